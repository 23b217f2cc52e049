/**
 * A bounded queue from one thread to one other, without locks: pushing and popping never wait.
 */
#ifndef XHM_WRITER_QUEUE_H
#define XHM_WRITER_QUEUE_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/** Cache line, so that the two threads do not disturb each other. */
#define XHM_CACHE_LINE 64

/** The queue. Elements are copied; all memory is taken in queue_init(). */
struct xhm_queue {
    size_t element_size;
    uint32_t capacity;
    uint8_t *elements;
    _Alignas(XHM_CACHE_LINE) _Atomic uint64_t pushed; /**< elements ever pushed; written by the one who pushes */
    _Alignas(XHM_CACHE_LINE) _Atomic uint64_t popped; /**< elements ever popped; written by the one who pops */
};

/** Prepares an empty queue. @return false when there is no memory */
bool queue_init(struct xhm_queue *queue, size_t element_size, uint32_t capacity);

/** Frees the memory. A queue of zeros is allowed. */
void queue_deinit(struct xhm_queue *queue);

/** Appends a copy of @p element. @return false when the queue is full */
bool queue_push(struct xhm_queue *queue, const void *element);

/** Moves the oldest element to @p element. @return false when the queue is empty */
bool queue_pop(struct xhm_queue *queue, void *element);

#endif
