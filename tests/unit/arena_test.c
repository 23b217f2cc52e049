// SPDX-License-Identifier: Apache-2.0
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "agent.pb-c.h"
#include "arena.h"

static _Alignas(16) uint8_t memory[256];

static void memory_is_aligned_and_zeroed(void **state) {
    struct xhm_arena arena;
    uint8_t *first;
    uint8_t *second;

    memset(memory, 0xaa, sizeof(memory));
    arena_init(&arena, memory, sizeof(memory));
    first = arena_take(&arena, 3);
    second = arena_take(&arena, 20);
    assert_ptr_equal(first, memory);
    assert_ptr_equal(second, memory + 16);
    for (size_t i = 0; i < 20; i++) {
        assert_int_equal(second[i], 0);
    }
}

static void what_does_not_fit_is_refused(void **state) {
    struct xhm_arena arena;

    arena_init(&arena, memory, 100);
    assert_non_null(arena_take(&arena, 90));
    assert_null(arena_take(&arena, 5));
    assert_null(arena_take(&arena, SIZE_MAX));
    assert_null(arena_take(&arena, SIZE_MAX - 8));
    arena_reset(&arena);
    assert_non_null(arena_take(&arena, 100));
    assert_null(arena_take(&arena, 1));
}

static void messages_are_decoded_into_it_or_not_at_all(void **state) {
    Xhm__V1__AgentReport report = XHM__V1__AGENT_REPORT__INIT;
    uint8_t packed[64];
    size_t size;
    struct xhm_arena arena;
    Xhm__V1__AgentReport *decoded;

    report.task_id = 7;
    report.message = "twelve bytes";
    size = xhm__v1__agent_report__pack(&report, packed);
    arena_init(&arena, memory, sizeof(memory));
    decoded = xhm__v1__agent_report__unpack(&arena.allocator, size, packed);
    assert_non_null(decoded);
    assert_true((uint8_t *)decoded >= memory && (uint8_t *)decoded < memory + sizeof(memory));
    assert_string_equal(decoded->message, "twelve bytes");
    xhm__v1__agent_report__free_unpacked(decoded, &arena.allocator);

    arena_init(&arena, memory, sizeof(*decoded) + 4);
    assert_null(xhm__v1__agent_report__unpack(&arena.allocator, size, packed));
}

static void messages_to_be_packed_are_initialised(void **state) {
    struct xhm_arena arena;
    Xhm__V1__AgentTask *task;

    arena_init(&arena, memory, sizeof(*task) + sizeof(*task) / 2);
    task = arena_message(&arena, &xhm__v1__agent_task__descriptor);
    assert_non_null(task);
    assert_ptr_equal(task->base.descriptor, &xhm__v1__agent_task__descriptor);
    assert_string_equal(task->partition, "");
    assert_null(arena_message(&arena, &xhm__v1__agent_task__descriptor));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(memory_is_aligned_and_zeroed),
        cmocka_unit_test(what_does_not_fit_is_refused),
        cmocka_unit_test(messages_are_decoded_into_it_or_not_at_all),
        cmocka_unit_test(messages_to_be_packed_are_initialised),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
