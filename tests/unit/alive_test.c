// SPDX-License-Identifier: Apache-2.0
/* Covers: XHM-ALIVE-1 XHM-ALIVE-2 */
#include "alive.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#define REFERENCE_NS UINT64_C(100000000)

static const struct xhm_alive_policy policy = {
    .reference_cycle_ns = REFERENCE_NS, .expected = 10, .min_margin = 2, .max_margin = 1};

static void margins_are_inclusive(void **state) {
    assert_int_equal(alive_judge(&policy, 7, REFERENCE_NS), XHM_ALIVE_LOW);
    assert_int_equal(alive_judge(&policy, 8, REFERENCE_NS), XHM_ALIVE_GOOD);
    assert_int_equal(alive_judge(&policy, 11, REFERENCE_NS), XHM_ALIVE_GOOD);
    assert_int_equal(alive_judge(&policy, 12, REFERENCE_NS), XHM_ALIVE_HIGH);
}

static void expected_is_scaled_by_the_time_that_passed(void **state) {
    assert_int_equal(alive_judge(&policy, 17, 2 * REFERENCE_NS), XHM_ALIVE_LOW);
    assert_int_equal(alive_judge(&policy, 18, 2 * REFERENCE_NS), XHM_ALIVE_GOOD);
    assert_int_equal(alive_judge(&policy, 21, 2 * REFERENCE_NS), XHM_ALIVE_GOOD);
    assert_int_equal(alive_judge(&policy, 22, 2 * REFERENCE_NS), XHM_ALIVE_HIGH);
}

static void rounding_favours_the_entity(void **state) {
    assert_int_equal(alive_judge(&policy, 7, REFERENCE_NS - 1), XHM_ALIVE_GOOD);
    assert_int_equal(alive_judge(&policy, 12, REFERENCE_NS + 1), XHM_ALIVE_GOOD);
}

static void silence_is_never_good(void **state) {
    const struct xhm_alive_policy one = {.reference_cycle_ns = REFERENCE_NS, .expected = 1, .max_margin = 1};
    const struct xhm_alive_policy wide = {.reference_cycle_ns = REFERENCE_NS, .expected = 5, .min_margin = 4};

    assert_int_equal(alive_judge(&one, 0, REFERENCE_NS - 1), XHM_ALIVE_LOW);
    assert_int_equal(alive_judge(&one, 1, REFERENCE_NS - 1), XHM_ALIVE_GOOD);
    assert_int_equal(alive_judge(&wide, 0, REFERENCE_NS - 1), XHM_ALIVE_LOW);
    assert_int_equal(alive_judge(&wide, 1, REFERENCE_NS), XHM_ALIVE_GOOD);
    assert_int_equal(alive_judge(&one, 0, REFERENCE_NS / 2 - 1), XHM_ALIVE_GOOD);
}

static void greatest_numbers_do_not_overflow(void **state) {
    const struct xhm_alive_policy greatest = {.reference_cycle_ns = UINT64_C(3600000000000),
                                              .expected = 1000000,
                                              .min_margin = 999999,
                                              .max_margin = 1000000};

    assert_int_equal(alive_judge(&greatest, 2000000, UINT64_C(7200000000000)), XHM_ALIVE_GOOD);
    assert_int_equal(alive_judge(&greatest, 3000001, UINT64_C(7200000000000)), XHM_ALIVE_HIGH);
    assert_int_equal(alive_judge(&greatest, 1000000, UINT64_C(7200000000000)), XHM_ALIVE_LOW);
    assert_int_equal(alive_judge(&greatest, UINT64_MAX, UINT64_C(7200000000000)), XHM_ALIVE_HIGH);
}

static void failed_counter_goes_up_and_down(void **state) {
    uint32_t failed = 0;

    assert_int_equal(alive_next_status(XHM_STATUS_OK, XHM_ALIVE_LOW, 2, false, &failed), XHM_STATUS_FAILED);
    assert_int_equal(alive_next_status(XHM_STATUS_FAILED, XHM_ALIVE_HIGH, 2, false, &failed), XHM_STATUS_FAILED);
    assert_int_equal(failed, 2);
    assert_int_equal(alive_next_status(XHM_STATUS_FAILED, XHM_ALIVE_GOOD, 2, false, &failed), XHM_STATUS_FAILED);
    assert_int_equal(failed, 1);
    assert_int_equal(alive_next_status(XHM_STATUS_FAILED, XHM_ALIVE_GOOD, 2, false, &failed), XHM_STATUS_OK);
    assert_int_equal(alive_next_status(XHM_STATUS_OK, XHM_ALIVE_GOOD, 2, false, &failed), XHM_STATUS_OK);
    assert_int_equal(failed, 0);
}

static void counter_above_the_tolerance_expires(void **state) {
    uint32_t failed = 2;

    assert_int_equal(alive_next_status(XHM_STATUS_FAILED, XHM_ALIVE_LOW, 2, false, &failed), XHM_STATUS_EXPIRED);
    assert_int_equal(failed, 3);
    failed = 0;
    assert_int_equal(alive_next_status(XHM_STATUS_OK, XHM_ALIVE_LOW, 0, false, &failed), XHM_STATUS_EXPIRED);
}

static void expired_is_latched(void **state) {
    uint32_t failed = 3;

    assert_int_equal(alive_next_status(XHM_STATUS_EXPIRED, XHM_ALIVE_GOOD, 2, false, &failed), XHM_STATUS_EXPIRED);
    assert_int_equal(failed, 3);
}

/* The failed counter stays at the tolerance, so that one good cycle is enough afterwards. */
static void what_is_excused_does_not_pass_failed(void **state) {
    uint32_t failed = 0;

    assert_int_equal(alive_next_status(XHM_STATUS_OK, XHM_ALIVE_LOW, 1, true, &failed), XHM_STATUS_FAILED);
    assert_int_equal(alive_next_status(XHM_STATUS_FAILED, XHM_ALIVE_LOW, 1, true, &failed), XHM_STATUS_FAILED);
    assert_int_equal(failed, 1);
    assert_int_equal(alive_next_status(XHM_STATUS_FAILED, XHM_ALIVE_GOOD, 1, true, &failed), XHM_STATUS_OK);
    assert_int_equal(alive_next_status(XHM_STATUS_OK, XHM_ALIVE_LOW, 0, true, &failed), XHM_STATUS_FAILED);
    assert_int_equal(failed, 0);
    assert_int_equal(alive_next_status(XHM_STATUS_FAILED, XHM_ALIVE_LOW, 0, false, &failed), XHM_STATUS_EXPIRED);
    assert_int_equal(alive_next_status(XHM_STATUS_EXPIRED, XHM_ALIVE_LOW, 0, true, &failed), XHM_STATUS_EXPIRED);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(margins_are_inclusive),
        cmocka_unit_test(expected_is_scaled_by_the_time_that_passed),
        cmocka_unit_test(rounding_favours_the_entity),
        cmocka_unit_test(silence_is_never_good),
        cmocka_unit_test(greatest_numbers_do_not_overflow),
        cmocka_unit_test(failed_counter_goes_up_and_down),
        cmocka_unit_test(counter_above_the_tolerance_expires),
        cmocka_unit_test(expired_is_latched),
        cmocka_unit_test(what_is_excused_does_not_pass_failed),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
