// SPDX-License-Identifier: Apache-2.0
/* Covers: XHM-DEADLINE-1 XHM-DEADLINE-2 */
#include "deadline.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#define FROM 1
#define TO   2

static const struct xhm_deadline_policy between = {.from = FROM, .to = TO, .min_ns = 100, .max_ns = 200};
static const struct xhm_deadline_policy distance = {.from = FROM, .to = FROM, .min_ns = 100, .max_ns = 200};

/* The verdict on an end that comes so long after its start, by the guest's clock. */
static enum xhm_deadline_verdict verdict_after(const struct xhm_deadline_policy *policy, uint64_t elapsed_ns) {
    struct xhm_deadline_state state = {0};

    assert_int_equal(deadline_checkpoint(policy, &state, policy->from, 5000, 10).verdict, XHM_DEADLINE_KEPT);
    const struct xhm_deadline_finding finding = deadline_checkpoint(policy, &state, policy->to, 5000 + elapsed_ns, 20);
    if (finding.verdict != XHM_DEADLINE_KEPT) {
        assert_int_equal(finding.elapsed_ns, elapsed_ns);
    }
    return finding.verdict;
}

static void both_bounds_belong_to_the_deadline(void **state) {
    assert_int_equal(verdict_after(&between, 99), XHM_DEADLINE_EARLY);
    assert_int_equal(verdict_after(&between, 100), XHM_DEADLINE_KEPT);
    assert_int_equal(verdict_after(&between, 200), XHM_DEADLINE_KEPT);
    assert_int_equal(verdict_after(&between, 201), XHM_DEADLINE_LATE);
}

static void a_distance_between_two_of_the_same_is_a_deadline(void **state) {
    assert_int_equal(verdict_after(&distance, 99), XHM_DEADLINE_EARLY);
    assert_int_equal(verdict_after(&distance, 150), XHM_DEADLINE_KEPT);
    assert_int_equal(verdict_after(&distance, 201), XHM_DEADLINE_LATE);
}

static void each_end_of_a_distance_begins_the_next(void **state) {
    struct xhm_deadline_state deadline = {0};

    deadline_checkpoint(&distance, &deadline, FROM, 1000, 1);
    assert_int_equal(deadline_checkpoint(&distance, &deadline, FROM, 1150, 2).verdict, XHM_DEADLINE_KEPT);
    assert_int_equal(deadline_checkpoint(&distance, &deadline, FROM, 1351, 3).verdict, XHM_DEADLINE_LATE);
    assert_int_equal(deadline_checkpoint(&distance, &deadline, FROM, 1450, 4).verdict, XHM_DEADLINE_EARLY);
}

static void other_checkpoints_and_ends_without_a_start_say_nothing(void **state) {
    struct xhm_deadline_state deadline = {0};

    assert_int_equal(deadline_checkpoint(&between, &deadline, TO, 1, 1).verdict, XHM_DEADLINE_KEPT);
    assert_int_equal(deadline_checkpoint(&between, &deadline, 7, 1, 1).verdict, XHM_DEADLINE_KEPT);
    assert_false(deadline.running);
    deadline_checkpoint(&between, &deadline, FROM, 1000, 1);
    deadline_checkpoint(&between, &deadline, 7, 9000, 1);
    assert_int_equal(deadline_checkpoint(&between, &deadline, TO, 1150, 1).verdict, XHM_DEADLINE_KEPT);
    assert_int_equal(deadline_checkpoint(&between, &deadline, TO, 9150, 1).verdict, XHM_DEADLINE_KEPT);
}

/* A second start does not excuse the end of the first, nor does the first make up for the second. */
static void each_of_two_starts_has_its_deadline(void **state) {
    struct xhm_deadline_state deadline = {0};

    deadline_checkpoint(&between, &deadline, FROM, 1000, 1);
    deadline_checkpoint(&between, &deadline, FROM, 1100, 1);
    assert_int_equal(deadline_checkpoint(&between, &deadline, TO, 1201, 1).verdict, XHM_DEADLINE_LATE);
    deadline_checkpoint(&between, &deadline, FROM, 2000, 1);
    deadline_checkpoint(&between, &deadline, FROM, 2100, 1);
    assert_int_equal(deadline_checkpoint(&between, &deadline, TO, 2199, 1).verdict, XHM_DEADLINE_EARLY);
    deadline_checkpoint(&between, &deadline, FROM, 3000, 1);
    deadline_checkpoint(&between, &deadline, FROM, 3100, 1);
    assert_int_equal(deadline_checkpoint(&between, &deadline, TO, 3200, 1).verdict, XHM_DEADLINE_KEPT);
}

static void a_clock_that_goes_back_is_early(void **state) {
    static const struct xhm_deadline_policy no_least = {.from = FROM, .to = TO, .max_ns = 200};
    struct xhm_deadline_state deadline = {0};

    deadline_checkpoint(&no_least, &deadline, FROM, 1000, 1);
    const struct xhm_deadline_finding finding = deadline_checkpoint(&no_least, &deadline, TO, 999, 1);
    assert_int_equal(finding.verdict, XHM_DEADLINE_EARLY);
    assert_int_equal(finding.elapsed_ns, 0);
    deadline_checkpoint(&no_least, &deadline, FROM, UINT64_MAX, 1);
    deadline_checkpoint(&no_least, &deadline, FROM, 0, 1);
    assert_int_equal(deadline_checkpoint(&no_least, &deadline, TO, 100, 1).verdict, XHM_DEADLINE_KEPT);
}

/* By the supervisor's time, from the first start that has no end. */
static void an_end_that_never_comes_is_overdue_after_the_maximum(void **state) {
    struct xhm_deadline_state deadline = {0};

    assert_false(deadline_is_overdue(&between, &deadline, 100000));
    deadline_checkpoint(&between, &deadline, FROM, 1, 1000);
    assert_false(deadline_is_overdue(&between, &deadline, 1200));
    assert_true(deadline_is_overdue(&between, &deadline, 1201));
    deadline_checkpoint(&between, &deadline, FROM, 150, 1150);
    assert_true(deadline_is_overdue(&between, &deadline, 1201));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(both_bounds_belong_to_the_deadline),
        cmocka_unit_test(a_distance_between_two_of_the_same_is_a_deadline),
        cmocka_unit_test(each_end_of_a_distance_begins_the_next),
        cmocka_unit_test(other_checkpoints_and_ends_without_a_start_say_nothing),
        cmocka_unit_test(each_of_two_starts_has_its_deadline),
        cmocka_unit_test(a_clock_that_goes_back_is_early),
        cmocka_unit_test(an_end_that_never_comes_is_overdue_after_the_maximum),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
