// SPDX-License-Identifier: Apache-2.0
#include "counted_window.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#define S    UINT64_C(1000000000)
#define PART (S / 16)

static void what_is_added_counts_for_the_window(void **state) {
    struct xhm_counted_window window = {0};

    assert_int_equal(counted_window_add(&window, S, 0, 5 * S), 0);
    assert_int_equal(counted_window_add(&window, S, 3, 5 * S + 1), 3);
    assert_int_equal(counted_window_add(&window, S, 4, 5 * S + PART), 7);
    assert_int_equal(counted_window_add(&window, S, 0, 6 * S), 7);
    assert_int_equal(counted_window_add(&window, S, 0, 6 * S + PART), 4);
    assert_int_equal(counted_window_add(&window, S, 0, 6 * S + 2 * PART), 0);
}

static void a_long_time_leaves_nothing(void **state) {
    struct xhm_counted_window window = {0};

    counted_window_add(&window, S, 9, 5 * S);
    assert_int_equal(counted_window_add(&window, S, 1, 5000 * S), 1);
    assert_int_equal(window.part_index, 5000 * S / PART);
}

static void a_part_saturates(void **state) {
    struct xhm_counted_window window = {0};

    counted_window_add(&window, S, UINT64_MAX, S);
    assert_int_equal(counted_window_add(&window, S, 1, S), UINT32_MAX);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_added_counts_for_the_window),
        cmocka_unit_test(a_long_time_leaves_nothing),
        cmocka_unit_test(a_part_saturates),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
