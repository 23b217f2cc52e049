// SPDX-License-Identifier: Apache-2.0
/* Covers: XHM-SHARE-1, XHM-TIME-3 */
/* CPU time that servers and frames need, and the longest wait of the supervisor, in numbers added up by hand. */
#include "full_policy.h"
#include "policy_share.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>

#include <cmocka.h>

#define MS SAMPLE_MS

static struct xhm_policy policy;

static int set_up(void **state) {
    (void)state;
    full_policy(&policy);
    return 0;
}

static uint64_t share(uint64_t period_ns, uint64_t budget_ns) {
    const struct xhm_rtds_policy server = {.period_ns = period_ns, .budget_ns = budget_ns};

    return policy_share_of_server(&server);
}

static void shares_are_rounded_up(void **state) {
    (void)state;
    assert_int_equal(share(10 * MS, 4 * MS), 400000000);
    assert_int_equal(share(30 * MS, 10 * MS), 333333334);
    assert_int_equal(share(10 * MS, 10 * MS), XHM_SHARE_WHOLE);
    assert_int_equal(share(3600 * SAMPLE_S, 3600 * SAMPLE_S - 1000), 1000000000);
    assert_int_equal(share(10 * MS, 1), 100000);
}

static void what_xen_would_not_take_has_no_share(void **state) {
    (void)state;
    assert_int_equal(share(0, 0), 0);
    assert_int_equal(share(999, 10), 0);
    assert_int_equal(share(10 * MS, 11 * MS), 0);
    assert_int_equal(share(3601 * SAMPLE_S, MS), 0);
}

static void frames_of_one_partition_add_up(void **state) {
    (void)state;
    assert_int_equal(policy_share_of_frames(&policy.cpupools[FULL_ARINC], SAMPLE_BRAKE), 800000000);
    assert_int_equal(policy_share_of_frames(&policy.cpupools[FULL_ARINC], SAMPLE_FUSION), 0);
    assert_int_equal(policy_share_of_frames(&policy.cpupools[FULL_RT], SAMPLE_BRAKE), 0);
}

static void pcpus_are_those_of_affinity_and_pool(void **state) {
    (void)state;
    policy.partitions[SAMPLE_FUSION].vcpus[0].pcpus.words[0] = 0xff;
    assert_int_equal(policy_share_pcpus(&policy, SAMPLE_FUSION, 0).words[0], 4);
    policy.partitions[SAMPLE_FUSION].cpupool_number = 0;
    assert_int_equal(policy_share_pcpus(&policy, SAMPLE_FUSION, 0).words[0], 0xff);
    policy.partitions[SAMPLE_FUSION].cpupool_number = 1 + FULL_RT;
    memset(&policy.cpupools[FULL_RT].pcpus, 0, sizeof(policy.cpupools[FULL_RT].pcpus));
    assert_int_equal(policy_share_pcpus(&policy, SAMPLE_FUSION, 0).words[0], 0xff);
}

/* The bound of global EDF: as many as there are pCPUs, less the greatest share for each but one. */
static void servers_on_the_same_pcpus_add_up(void **state) {
    struct xhm_partition_policy *fusion = &policy.partitions[SAMPLE_FUSION];
    struct xhm_share_demand demand;
    (void)state;

    policy.cpupools[FULL_RT].pcpus.words[0] = 0x1c4;
    fusion->vcpu_count = 4;
    for (uint32_t i = 1; i < 4; i++) {
        fusion->vcpus[i].pcpus.words[0] = 0x1c0;
        fusion->vcpus[i].rtds = (struct xhm_rtds_policy){.period_ns = 10 * MS, .budget_ns = i * MS};
    }
    policy_share_add_up(&policy, FULL_RT, &fusion->vcpus[1].pcpus, &demand);
    assert_int_equal(demand.pcpu_count, 3);
    assert_int_equal(demand.server_count, 3);
    assert_int_equal(demand.total, 600000000);
    assert_int_equal(demand.greatest, 300000000);
    assert_int_equal(policy_share_bound(&demand), 3 * XHM_SHARE_WHOLE - 2 * UINT64_C(300000000));
    policy_share_add_up(&policy, FULL_RT, &fusion->vcpus[0].pcpus, &demand);
    assert_int_equal(demand.server_count, 1);
    assert_int_equal(policy_share_bound(&demand), XHM_SHARE_WHOLE);
}

static void nothing_declared_limits_nothing(void **state) {
    (void)state;
    assert_int_equal(policy_share_blackout(&policy), 0);
    policy.platform.supervisor_number = 0;
    assert_int_equal(policy_share_blackout(&policy), 0);
    policy.platform.supervisor_number = 1 + SAMPLE_INFOTAINMENT;
    assert_int_equal(policy_share_blackout(&policy), 0);
}

static void a_server_may_come_at_the_end_of_the_next_period(void **state) {
    struct xhm_partition_policy *fusion = &policy.partitions[SAMPLE_FUSION];
    (void)state;

    policy.platform.supervisor_number = 1 + SAMPLE_FUSION;
    assert_int_equal(policy_share_blackout(&policy), 2 * (10 - 4) * MS);
    fusion->vcpu_count = 2;
    fusion->vcpus[1].rtds = (struct xhm_rtds_policy){.period_ns = 20 * MS, .budget_ns = 5 * MS};
    assert_int_equal(policy_share_blackout(&policy), 2 * (20 - 5) * MS);
    fusion->vcpus[1].rtds.budget_ns = 20 * MS;
    assert_int_equal(policy_share_blackout(&policy), 2 * (10 - 4) * MS);
}

static void set_frames(const uint64_t *durations_ms, const uint32_t *partition_numbers, uint32_t count) {
    policy.cpupools[FULL_ARINC].frame_count = count;
    for (uint32_t i = 0; i < count; i++) {
        policy.cpupools[FULL_ARINC].frames[i] =
            (struct xhm_frame_policy){.partition_number = partition_numbers[i], .duration_ns = durations_ms[i] * MS};
    }
}

#define FRAMES(...)                                                                                                    \
    (const uint64_t[]) {                                                                                               \
        __VA_ARGS__                                                                                                    \
    }
#define OF(...)                                                                                                        \
    (const uint32_t[]) {                                                                                               \
        __VA_ARGS__                                                                                                    \
    }

/* The last gap goes around the end of the major frame of 100ms. */
static void frames_leave_gaps_around_the_major_frame(void **state) {
    (void)state;
    policy.platform.supervisor_number = 1 + SAMPLE_BRAKE;
    assert_int_equal(policy_share_blackout(&policy), 10 * MS);
    set_frames(FRAMES(40), OF(1), 1);
    assert_int_equal(policy_share_blackout(&policy), 60 * MS);
    set_frames(FRAMES(30, 10), OF(0, 1), 2);
    assert_int_equal(policy_share_blackout(&policy), 90 * MS);
    set_frames(FRAMES(10, 10, 50, 10), OF(0, 1, 2, 1), 4);
    assert_int_equal(policy_share_blackout(&policy), 50 * MS);
    set_frames(FRAMES(10, 10, 10, 10, 10, 10), OF(1, 2, 1, 0, 2, 1), 6);
    assert_int_equal(policy_share_blackout(&policy), 40 * MS);
    set_frames(FRAMES(50, 50), OF(1, 1), 2);
    assert_int_equal(policy_share_blackout(&policy), 0);
}

static void each_vcpu_of_the_supervisor_has_frames_of_its_own(void **state) {
    (void)state;
    policy.platform.supervisor_number = 1 + SAMPLE_BRAKE;
    policy.partitions[SAMPLE_BRAKE].vcpu_count = 2;
    set_frames(FRAMES(60, 40), OF(1, 1), 2);
    policy.cpupools[FULL_ARINC].frames[1].vcpu = 1;
    assert_int_equal(policy_share_blackout(&policy), 60 * MS);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(shares_are_rounded_up, set_up),
        cmocka_unit_test_setup(what_xen_would_not_take_has_no_share, set_up),
        cmocka_unit_test_setup(frames_of_one_partition_add_up, set_up),
        cmocka_unit_test_setup(pcpus_are_those_of_affinity_and_pool, set_up),
        cmocka_unit_test_setup(servers_on_the_same_pcpus_add_up, set_up),
        cmocka_unit_test_setup(nothing_declared_limits_nothing, set_up),
        cmocka_unit_test_setup(a_server_may_come_at_the_end_of_the_next_period, set_up),
        cmocka_unit_test_setup(frames_leave_gaps_around_the_major_frame, set_up),
        cmocka_unit_test_setup(each_vcpu_of_the_supervisor_has_frames_of_its_own, set_up),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
