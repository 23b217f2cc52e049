/* The queue between two threads. */
#include "queue.h"

#include <pthread.h>
#include <sched.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static void keeps_order_and_refuses_when_full(void **state) {
    struct xhm_queue queue;
    uint64_t element;

    (void)state;
    assert_true(queue_init(&queue, sizeof(element), 3));
    assert_false(queue_pop(&queue, &element));
    for (uint64_t round = 0; round < 10; round++) {
        for (element = 0; element < 3; element++) {
            assert_true(queue_push(&queue, &element));
        }
        assert_false(queue_push(&queue, &element));
        for (uint64_t expected = 0; expected < 3; expected++) {
            assert_true(queue_pop(&queue, &element));
            assert_int_equal(element, expected);
        }
        assert_false(queue_pop(&queue, &element));
    }
    queue_deinit(&queue);
}

/* Larger than a word, so that a torn element would be seen. */
struct wide {
    uint64_t words[24];
};

#define PASSED 200000u

static void *push_all(void *context) {
    struct xhm_queue *queue = context;

    for (uint64_t i = 0; i < PASSED; i++) {
        struct wide wide;

        for (unsigned word = 0; word < 24; word++) {
            wide.words[word] = i * 24 + word;
        }
        while (!queue_push(queue, &wide)) {
            sched_yield();
        }
    }
    return NULL;
}

static void passes_whole_elements_between_threads(void **state) {
    struct xhm_queue queue;
    struct wide wide;
    pthread_t pusher;

    (void)state;
    assert_true(queue_init(&queue, sizeof(wide), 7));
    assert_int_equal(pthread_create(&pusher, NULL, push_all, &queue), 0);
    for (uint64_t i = 0; i < PASSED; i++) {
        while (!queue_pop(&queue, &wide)) {
            sched_yield();
        }
        for (unsigned word = 0; word < 24; word++) {
            assert_int_equal(wide.words[word], i * 24 + word);
        }
    }
    pthread_join(pusher, NULL);
    assert_false(queue_pop(&queue, &wide));
    queue_deinit(&queue);
}

static void a_queue_of_zeros_can_be_freed(void **state) {
    struct xhm_queue queue = {.elements = NULL};

    (void)state;
    queue_deinit(&queue);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(keeps_order_and_refuses_when_full),
        cmocka_unit_test(passes_whole_elements_between_threads),
        cmocka_unit_test(a_queue_of_zeros_can_be_freed),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
