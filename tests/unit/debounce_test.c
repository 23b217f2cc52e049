// SPDX-License-Identifier: Apache-2.0
/* Covers: XHM-DEBOUNCE-1 */
#include "debounce.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

static void thresholds_belong_to_the_better_side(void **state) {
    assert_int_equal(debounce_measure(101, 100, 50), XHM_MEASURED_FAILED);
    assert_int_equal(debounce_measure(100, 100, 50), XHM_MEASURED_BETWEEN);
    assert_int_equal(debounce_measure(51, 100, 50), XHM_MEASURED_BETWEEN);
    assert_int_equal(debounce_measure(50, 100, 50), XHM_MEASURED_PASSED);
    assert_int_equal(debounce_measure(101, 100, 100), XHM_MEASURED_FAILED);
    assert_int_equal(debounce_measure(100, 100, 100), XHM_MEASURED_PASSED);
    assert_int_equal(debounce_measure(UINT64_MAX, 100, 100), XHM_MEASURED_FAILED);
}

/* How many equal measurements it takes from one value of the counter to an end. */
static unsigned steps_to_an_end(const struct xhm_debounce_policy *policy, enum xhm_measured measured, int32_t from) {
    int32_t counter = from;
    unsigned steps = 0;

    do {
        debounce_step(policy, measured, &counter);
        steps++;
    } while (counter != XHM_DEBOUNCE_FAILED && counter != XHM_DEBOUNCE_PASSED);
    return steps;
}

static void the_counter_reaches_its_ends_in_declared_steps(void **state) {
    static const struct xhm_debounce_policy policy = {.up_step = 51, .down_step = 64};

    assert_int_equal(steps_to_an_end(&policy, XHM_MEASURED_FAILED, 0), 3);
    assert_int_equal(steps_to_an_end(&policy, XHM_MEASURED_FAILED, XHM_DEBOUNCE_PASSED), 5);
    assert_int_equal(steps_to_an_end(&policy, XHM_MEASURED_PASSED, 0), 2);
    assert_int_equal(steps_to_an_end(&policy, XHM_MEASURED_PASSED, XHM_DEBOUNCE_FAILED), 4);
}

static void the_largest_steps_are_no_debounce_at_all(void **state) {
    static const struct xhm_debounce_policy policy = {.up_step = 255, .down_step = 255};
    int32_t counter = 0;

    assert_int_equal(debounce_step(&policy, XHM_MEASURED_PASSED, &counter), XHM_DEBOUNCE_PASSED);
    assert_int_equal(debounce_step(&policy, XHM_MEASURED_FAILED, &counter), XHM_DEBOUNCE_FAILED);
    assert_int_equal(debounce_step(&policy, XHM_MEASURED_PASSED, &counter), XHM_DEBOUNCE_PASSED);
}

static void the_counter_never_leaves_its_range(void **state) {
    static const struct xhm_debounce_policy policy = {.up_step = 254, .down_step = UINT32_MAX};
    int32_t counter = XHM_DEBOUNCE_PASSED;

    assert_int_equal(debounce_step(&policy, XHM_MEASURED_FAILED, &counter), 126);
    assert_int_equal(debounce_step(&policy, XHM_MEASURED_FAILED, &counter), XHM_DEBOUNCE_FAILED);
    assert_int_equal(debounce_step(&policy, XHM_MEASURED_FAILED, &counter), XHM_DEBOUNCE_FAILED);
    assert_int_equal(debounce_step(&policy, XHM_MEASURED_PASSED, &counter), XHM_DEBOUNCE_PASSED);
    assert_int_equal(debounce_step(&policy, XHM_MEASURED_PASSED, &counter), XHM_DEBOUNCE_PASSED);
}

static void what_lies_between_changes_nothing(void **state) {
    static const struct xhm_debounce_policy policy = {.up_step = 255, .down_step = 255};
    int32_t counter = 17;

    assert_int_equal(debounce_step(&policy, XHM_MEASURED_BETWEEN, &counter), 17);
    assert_int_equal(counter, 17);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(thresholds_belong_to_the_better_side),
        cmocka_unit_test(the_counter_reaches_its_ends_in_declared_steps),
        cmocka_unit_test(the_largest_steps_are_no_debounce_at_all),
        cmocka_unit_test(the_counter_never_leaves_its_range),
        cmocka_unit_test(what_lies_between_changes_nothing),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
