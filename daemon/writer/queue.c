#include "queue.h"

#include <stdlib.h>
#include <string.h>

bool queue_init(struct xhm_queue *queue, size_t element_size, uint32_t capacity) {
    queue->element_size = element_size;
    queue->capacity = capacity;
    queue->elements = calloc(capacity, element_size);
    atomic_init(&queue->pushed, 0);
    atomic_init(&queue->popped, 0);
    return queue->elements != NULL;
}

void queue_deinit(struct xhm_queue *queue) {
    free(queue->elements);
    queue->elements = NULL;
    queue->capacity = 0;
}

static uint8_t *element_at(const struct xhm_queue *queue, uint64_t position) {
    return queue->elements + (size_t)(position % queue->capacity) * queue->element_size;
}

bool queue_push(struct xhm_queue *queue, const void *element) {
    const uint64_t pushed = atomic_load_explicit(&queue->pushed, memory_order_relaxed);
    const uint64_t popped = atomic_load_explicit(&queue->popped, memory_order_acquire);

    if (pushed - popped >= queue->capacity) {
        return false;
    }
    memcpy(element_at(queue, pushed), element, queue->element_size);
    atomic_store_explicit(&queue->pushed, pushed + 1, memory_order_release);
    return true;
}

bool queue_pop(struct xhm_queue *queue, void *element) {
    const uint64_t popped = atomic_load_explicit(&queue->popped, memory_order_relaxed);
    const uint64_t pushed = atomic_load_explicit(&queue->pushed, memory_order_acquire);

    if (pushed == popped) {
        return false;
    }
    memcpy(element, element_at(queue, popped), queue->element_size);
    atomic_store_explicit(&queue->popped, popped + 1, memory_order_release);
    return true;
}
