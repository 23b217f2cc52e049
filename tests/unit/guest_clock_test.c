// SPDX-License-Identifier: Apache-2.0
/* Covers: XHM-CLOCK-1 */
#include "guest_clock.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#define MS UINT64_C(1000000)

static const struct xhm_clock_policy policy = {.window_ns = 100 * MS, .tolerance_percent = 10};

static struct xhm_guest_clock_finding read_at(struct xhm_guest_clock_state *state, uint64_t now_ms, bool written,
                                              uint64_t guest_ns) {
    return guest_clock_read(
        &policy, state,
        &(struct xhm_guest_clock_reading){.written = written, .guest_ns = guest_ns, .now_ns = now_ms * MS});
}

/* Readings every 10 ms; the first write lies in [0, 10], the last in [110, 120] of the supervisor's time. */
static enum xhm_guest_clock_verdict verdict_on(uint64_t first_guest_ns, uint64_t last_guest_ns) {
    struct xhm_guest_clock_state state = {0};

    read_at(&state, 0, true, 12345);
    read_at(&state, 10, true, first_guest_ns);
    for (uint64_t now_ms = 20; now_ms <= 110; now_ms += 10) {
        assert_int_equal(read_at(&state, now_ms, false, 999).verdict, XHM_GUEST_CLOCK_OPEN);
    }
    return read_at(&state, 120, true, last_guest_ns).verdict;
}

/* Between the writes lie 100 to 120 ms: with 10 % of tolerance 90 to 132 ms of the guest's clock are plausible. */
static void what_is_unknown_of_the_writes_is_no_fault(void **state) {
    assert_int_equal(verdict_on(5000, 5000 + 90 * MS), XHM_GUEST_CLOCK_GOOD);
    assert_int_equal(verdict_on(5000, 5000 + 132 * MS), XHM_GUEST_CLOCK_GOOD);
    assert_int_equal(verdict_on(5000, 5000 + 90 * MS - 1), XHM_GUEST_CLOCK_BAD);
    assert_int_equal(verdict_on(5000, 5000 + 132 * MS + 111), XHM_GUEST_CLOCK_BAD);
}

static void a_clock_that_stands_still_or_goes_back_is_bad(void **state) {
    assert_int_equal(verdict_on(5000, 5000), XHM_GUEST_CLOCK_BAD);
    assert_int_equal(verdict_on(500 * MS, 499 * MS), XHM_GUEST_CLOCK_BAD);
    assert_int_equal(verdict_on(UINT64_MAX, 100 * MS), XHM_GUEST_CLOCK_BAD);
    assert_int_equal(verdict_on(0, UINT64_MAX), XHM_GUEST_CLOCK_BAD);
}

/* Any offset, any epoch: only differences count. */
static void values_of_the_guests_clock_mean_nothing(void **state) {
    assert_int_equal(verdict_on(0, 110 * MS), XHM_GUEST_CLOCK_GOOD);
    assert_int_equal(verdict_on(UINT64_MAX - 110 * MS, UINT64_MAX), XHM_GUEST_CLOCK_GOOD);
}

static void a_window_ends_with_the_first_write_after_it(void **state) {
    struct xhm_guest_clock_state clock = {0};

    read_at(&clock, 0, false, 0);
    assert_int_equal(read_at(&clock, 10, true, 0).verdict, XHM_GUEST_CLOCK_OPEN);
    assert_int_equal(read_at(&clock, 109, true, 0).verdict, XHM_GUEST_CLOCK_OPEN);
    const struct xhm_guest_clock_finding finding = read_at(&clock, 110, true, 99 * MS);
    assert_int_equal(finding.verdict, XHM_GUEST_CLOCK_GOOD);
    assert_int_equal(finding.guest_ns, 99 * MS);
    assert_int_equal(finding.supervised_ns, 100 * MS);
    assert_int_equal(read_at(&clock, 200, true, 0).verdict, XHM_GUEST_CLOCK_OPEN);
    assert_int_equal(read_at(&clock, 210, true, 99 * MS).verdict, XHM_GUEST_CLOCK_BAD);
}

/* Of the first reading it is not known since when. */
static void the_first_reading_is_no_base(void **state) {
    struct xhm_guest_clock_state clock = {0};

    assert_int_equal(read_at(&clock, 1000, true, 1).verdict, XHM_GUEST_CLOCK_OPEN);
    assert_false(clock.based);
    assert_int_equal(read_at(&clock, 5000, true, 1).verdict, XHM_GUEST_CLOCK_OPEN);
    assert_true(clock.based);
}

/* One that writes seldom leaves much unknown: from 10 to 3010 ms, and from 3010 to 3020 ms. */
static void a_seldom_write_is_judged_by_what_is_known(void **state) {
    struct xhm_guest_clock_state clock = {0};

    read_at(&clock, 10, false, 0);
    read_at(&clock, 3010, true, 7);
    assert_int_equal(read_at(&clock, 3110, true, 7).verdict, XHM_GUEST_CLOCK_GOOD);
    read_at(&clock, 3200, false, 7);
    assert_int_equal(read_at(&clock, 3220, true, 7).verdict, XHM_GUEST_CLOCK_BAD);
}

static void a_slot_that_may_be_read_late_widens_what_is_unknown(void **state) {
    struct xhm_guest_clock_state clock = {0};
    struct xhm_guest_clock_reading reading = {.now_ns = 10 * MS, .lateness_ns = 5 * MS};

    guest_clock_read(&policy, &clock, &reading);
    reading = (struct xhm_guest_clock_reading){.written = true, .now_ns = 20 * MS, .lateness_ns = 5 * MS};
    guest_clock_read(&policy, &clock, &reading);
    reading.now_ns = 110 * MS;
    reading.written = false;
    guest_clock_read(&policy, &clock, &reading);
    reading = (struct xhm_guest_clock_reading){
        .written = true, .guest_ns = 85 * MS * 9 / 10, .now_ns = 125 * MS, .lateness_ns = 5 * MS};
    assert_int_equal(guest_clock_read(&policy, &clock, &reading).verdict, XHM_GUEST_CLOCK_GOOD);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_unknown_of_the_writes_is_no_fault),
        cmocka_unit_test(a_clock_that_stands_still_or_goes_back_is_bad),
        cmocka_unit_test(values_of_the_guests_clock_mean_nothing),
        cmocka_unit_test(a_window_ends_with_the_first_write_after_it),
        cmocka_unit_test(the_first_reading_is_no_base),
        cmocka_unit_test(a_seldom_write_is_judged_by_what_is_known),
        cmocka_unit_test(a_slot_that_may_be_read_late_widens_what_is_unknown),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
