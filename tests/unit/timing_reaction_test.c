// SPDX-License-Identifier: Apache-2.0
/* The FRTI of each ladder: which rungs count, and what a failed one costs. fusion is the standby of brake here. */
#include "sample_policy.h"
#include "timing.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#define MS SAMPLE_MS

static struct xhm_policy policy;

static struct xhm_partition_policy *brake(void) {
    return &policy.partitions[SAMPLE_BRAKE];
}

static int set_up(void **state) {
    (void)state;
    sample_policy(&policy);
    policy.supervisor.cycle_ns = 10 * MS;
    policy.supervisor.scheduling_latency_ns = 2 * MS;
    policy.supervisor.direct_action_ns = 3 * MS;
    policy.partitions[SAMPLE_FUSION].standby_for_number = SAMPLE_BRAKE + 1;
    policy.partitions[SAMPLE_FUSION].startup_grace_ns = 500 * MS;
    policy.partitions[SAMPLE_FUSION].entities[0].alive.reference_cycle_ns = 200 * MS;
    policy.safe_state_count = 1;
    policy.safe_states[0].dispositions[SAMPLE_BRAKE] = XHM_DISPOSITION_STOP;
    policy.safe_states[0].dispositions[SAMPLE_FUSION] = XHM_DISPOSITION_START;
    policy.safe_states[0].dispositions[SAMPLE_INFOTAINMENT] = XHM_DISPOSITION_PAUSE;
    brake()->safe_state_number = 1;
    return 0;
}

static struct xhm_timing_sum reaction(enum xhm_fault_class fault_class, struct xhm_ladder ladder) {
    struct xhm_timing_sum sum;

    brake()->reactions[fault_class] = ladder;
    timing_reaction(&policy, SAMPLE_BRAKE, fault_class, &sum);
    return sum;
}

static uint64_t bound(struct xhm_ladder ladder) {
    const struct xhm_timing_sum sum = reaction(XHM_CLASS_PRESENCE, ladder);

    assert_null(sum.why_not);
    return sum.total_ns / MS;
}

static void claims_nothing(struct xhm_ladder ladder, const char *why_not) {
    const struct xhm_timing_sum sum = reaction(XHM_CLASS_PRESENCE, ladder);

    assert_true(sum.total_ns == XHM_TIMING_NONE);
    assert_non_null(strstr(sum.why_not, why_not));
}

#define LADDER(...)                                                                                                    \
    ((struct xhm_ladder){sizeof((enum xhm_reaction[]){__VA_ARGS__}) / sizeof(enum xhm_reaction), {__VA_ARGS__}})

enum {
    FAIL_OVER = 2 * 3 + 10 + 200 + 10 + 2,
    FAILED_FAIL_OVER = 2 * 3 + 500 + 20 + 2,
    SAFE_STATE = 3 * 3 + 3
};

static void one_direct_rung(void **state) {
    assert_int_equal(bound(LADDER(XHM_REACTION_STOP)), 3);
    assert_int_equal(bound(LADDER(XHM_REACTION_PAUSE)), 3);
    assert_int_equal(bound(LADDER(XHM_REACTION_SAFE_STATE)), SAFE_STATE);
    assert_int_equal(bound(LADDER(XHM_REACTION_FAIL_OVER)), FAIL_OVER);
}

/* The supervisor runs in infotainment: what its server lets it wait counts with each lateness. */
static void the_supervisors_own_server_is_a_term(void **state) {
    struct xhm_partition_policy *own = &policy.partitions[SAMPLE_INFOTAINMENT];
    (void)state;

    policy.platform.supervisor_number = 1 + SAMPLE_INFOTAINMENT;
    policy.cpupool_count = 1;
    policy.cpupools[0].scheduler = XHM_SCHEDULER_RTDS;
    own->cpupool_number = 1;
    own->vcpus[0].rtds = (struct xhm_rtds_policy){.period_ns = 5 * MS, .budget_ns = 3 * MS};
    assert_int_equal(bound(LADDER(XHM_REACTION_FAIL_OVER)), FAIL_OVER + 4);
    own->vcpus[0].rtds.budget_ns = MS;
    assert_int_equal(bound(LADDER(XHM_REACTION_FAIL_OVER)), FAIL_OVER + 8 + 2 + 8);
    assert_int_equal(bound(LADDER(XHM_REACTION_STOP)), 3);
}

static void what_is_never_claimed(void **state) {
    claims_nothing(LADDER(XHM_REACTION_REPORT), "only reported");
    claims_nothing(LADDER(XHM_REACTION_RESTART), "recovery");
    claims_nothing(LADDER(XHM_REACTION_RESTART, XHM_REACTION_STOP), "recovery");
    claims_nothing(LADDER(XHM_REACTION_RESTART, XHM_REACTION_FAIL_OVER, XHM_REACTION_SAFE_STATE), "recovery");
    claims_nothing(LADDER(XHM_REACTION_LAST_RESORT), "last resort");
}

/* A fail over that fails is followed by the next rung only after the standby's start-up grace. */
static void a_failed_rung_costs_its_time(void **state) {
    assert_int_equal(bound(LADDER(XHM_REACTION_FAIL_OVER, XHM_REACTION_SAFE_STATE)), FAILED_FAIL_OVER + SAFE_STATE);
    assert_int_equal(bound(LADDER(XHM_REACTION_FAIL_OVER, XHM_REACTION_STOP)), FAILED_FAIL_OVER + 3);
    assert_int_equal(bound(LADDER(XHM_REACTION_FAIL_OVER, XHM_REACTION_RESTART)), FAIL_OVER);
    assert_int_equal(bound(LADDER(XHM_REACTION_FAIL_OVER, XHM_REACTION_RESTART, XHM_REACTION_STOP)), FAIL_OVER);
    policy.partitions[SAMPLE_FUSION].startup_grace_ns = 20 * MS;
    assert_int_equal(bound(LADDER(XHM_REACTION_FAIL_OVER, XHM_REACTION_STOP)), FAIL_OVER);
}

static void rungs_behind_one_that_is_always_available_do_not_count(void **state) {
    assert_int_equal(bound(LADDER(XHM_REACTION_STOP, XHM_REACTION_SAFE_STATE)), 3);
    assert_int_equal(bound(LADDER(XHM_REACTION_SAFE_STATE, XHM_REACTION_FAIL_OVER)), SAFE_STATE);
}

static void fail_over_needs_a_partner(void **state) {
    struct xhm_timing_sum sum;

    policy.partitions[SAMPLE_FUSION].reactions[XHM_CLASS_PRESENCE] = LADDER(XHM_REACTION_FAIL_OVER);
    timing_reaction(&policy, SAMPLE_FUSION, XHM_CLASS_PRESENCE, &sum);
    assert_null(sum.why_not);
    policy.partitions[SAMPLE_FUSION].standby_for_number = 0;
    claims_nothing(LADDER(XHM_REACTION_FAIL_OVER), "no standby");
    assert_int_equal(bound(LADDER(XHM_REACTION_FAIL_OVER, XHM_REACTION_STOP)), 3);
}

static void a_safe_state_that_needs_dom0_has_no_bound(void **state) {
    policy.safe_states[0].dispositions[SAMPLE_INFOTAINMENT] = XHM_DISPOSITION_START;
    claims_nothing(LADDER(XHM_REACTION_SAFE_STATE), "delegated");
    claims_nothing(LADDER(XHM_REACTION_FAIL_OVER, XHM_REACTION_SAFE_STATE), "delegated");
    policy.safe_states[0].dispositions[SAMPLE_INFOTAINMENT] = XHM_DISPOSITION_LEAVE;
    assert_int_equal(bound(LADDER(XHM_REACTION_SAFE_STATE)), SAFE_STATE - 3);
    brake()->safe_state_number = 0;
    claims_nothing(LADDER(XHM_REACTION_SAFE_STATE), "no safe state");
}

static void the_ladder_of_an_expired_entity_waits_for_its_clean_up(void **state) {
    brake()->expired_tolerance = 5;
    assert_int_equal(reaction(XHM_CLASS_ENTITY, LADDER(XHM_REACTION_STOP)).total_ns / MS, 5 * 10 + 10 + 2 + 3);
    assert_int_equal(bound(LADDER(XHM_REACTION_STOP)), 3);
}

static void of_the_standby_s_entities_the_slowest_counts(void **state) {
    struct xhm_partition_policy *standby = &policy.partitions[SAMPLE_FUSION];

    standby->entity_count = 2;
    sample_entity(&standby->entities[1], "slow", 1);
    standby->entities[1].alive.reference_cycle_ns = 300 * MS;
    assert_int_equal(bound(LADDER(XHM_REACTION_FAIL_OVER)), FAIL_OVER + 100);
}

static void a_lateness_of_a_cycle_makes_the_reference_cycle_begin_late(void **state) {
    policy.supervisor.scheduling_latency_ns = 10 * MS;
    assert_int_equal(bound(LADDER(XHM_REACTION_FAIL_OVER)), FAIL_OVER - 2 + 2 * 10);
}

static void fhti_is_the_sum(void **state) {
    struct xhm_timing timing;

    brake()->reactions[XHM_CLASS_PRESENCE] = LADDER(XHM_REACTION_FAIL_OVER, XHM_REACTION_RESTART);
    timing_compute(&policy, SAMPLE_BRAKE, XHM_CLASS_PRESENCE, &timing);
    assert_true(timing.fhti_ns == timing.fdti.total_ns + timing.frti.total_ns);
    assert_true(timing.restart_ns == brake()->restart.timeout_ns);
    brake()->reactions[XHM_CLASS_PRESENCE] = LADDER(XHM_REACTION_STOP);
    timing_compute(&policy, SAMPLE_BRAKE, XHM_CLASS_PRESENCE, &timing);
    assert_true(timing.restart_ns == XHM_TIMING_NONE);
    policy.supervisor.direct_action_ns = UINT64_MAX - MS;
    timing_compute(&policy, SAMPLE_BRAKE, XHM_CLASS_PRESENCE, &timing);
    assert_true(timing.fhti_ns == XHM_TIMING_NONE);
    brake()->allocated_fhti_ns[XHM_CLASS_PRESENCE] = UINT64_MAX - 1;
    timing_compute(&policy, SAMPLE_BRAKE, XHM_CLASS_PRESENCE, &timing);
    assert_false(timing.fits);
}

int main(void) {
#define TEST(name) cmocka_unit_test_setup(name, set_up)
    const struct CMUnitTest tests[] = {
        TEST(one_direct_rung),
        TEST(the_supervisors_own_server_is_a_term),
        TEST(what_is_never_claimed),
        TEST(a_failed_rung_costs_its_time),
        TEST(rungs_behind_one_that_is_always_available_do_not_count),
        TEST(fail_over_needs_a_partner),
        TEST(a_safe_state_that_needs_dom0_has_no_bound),
        TEST(the_ladder_of_an_expired_entity_waits_for_its_clean_up),
        TEST(of_the_standby_s_entities_the_slowest_counts),
        TEST(a_lateness_of_a_cycle_makes_the_reference_cycle_begin_late),
        TEST(fhti_is_the_sum),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
