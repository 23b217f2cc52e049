// SPDX-License-Identifier: Apache-2.0
/* Covers: XHM-POLICY-1 */
/* The meaning of policies: each row spoils the sound sample in one way and expects exactly one finding. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "policy_check_rows.h"
#include "sim_policy.h"
#include "xhm_probe_abi.h"

/* Shorthands of the table: the supervisor, partition n, its first entity. */
#define S    policy.supervisor
#define P(n) policy.partitions[n]
#define E    policy.partitions[1].entities[0]

static void second_entity(void) {
    P(1).entity_count = 2;
    sample_entity(&P(1).entities[1], "second", 1);
}

static void second_access(uint32_t id, uint32_t roles) {
    policy.access_count = 2;
    policy.access[1] = (struct xhm_access_policy){.id = id, .roles = roles};
}

static void second_peer(uint32_t partition_number) {
    second_access(partition_number, XHM_ROLE_OBSERVER);
    policy.access[1].kind = XHM_ACCESS_PARTITION;
}

/* X(finding, what spoils the sample, partition, entity, vcpu, other, access) */
#define SPOILED_POLICIES(X)                                                                                            \
    X(SCHEMA, policy.schema = 2, NOWHERE, NOWHERE, NOWHERE, NOWHERE, NOWHERE)                                          \
    X(ECU_ID, strcpy(policy.ecu_id, "Cockpit"), NOWHERE, NOWHERE, NOWHERE, NOWHERE, NOWHERE)                           \
    X(ECU_ID, policy.ecu_id[0] = '\0', NOWHERE, NOWHERE, NOWHERE, NOWHERE, NOWHERE)                                    \
    X(ECU_ID, strcpy(policy.ecu_id, "{cockpit"), NOWHERE, NOWHERE, NOWHERE, NOWHERE, NOWHERE)                          \
    X(CYCLE_RANGE, S.cycle_ns = 0, NOWHERE, NOWHERE, NOWHERE, NOWHERE, NOWHERE)                                        \
    X(CYCLE_RANGE, S.cycle_ns = SAMPLE_MS - 1, NOWHERE, NOWHERE, NOWHERE, NOWHERE, NOWHERE)                            \
    X(CYCLE_RANGE, S.cycle_ns = 10 * SAMPLE_S + 1, NOWHERE, NOWHERE, NOWHERE, NOWHERE, NOWHERE)                        \
    X(CRASH_CHECK_MULTIPLE, S.crash_check_period_ns = 0, NOWHERE, NOWHERE, NOWHERE, NOWHERE, NOWHERE)                  \
    X(CRASH_CHECK_MULTIPLE, S.crash_check_period_ns++, NOWHERE, NOWHERE, NOWHERE, NOWHERE, NOWHERE)                    \
    X(CRASH_CHECK_MULTIPLE, S.crash_check_period_ns = 61 * SAMPLE_S, NOWHERE, NOWHERE, NOWHERE, NOWHERE, NOWHERE)      \
    X(CONFORMANCE_RANGE, S.conformance_period_ns = S.cycle_ns - 1, NOWHERE, NOWHERE, NOWHERE, NOWHERE, NOWHERE)        \
    X(CONFORMANCE_RANGE, S.conformance_period_ns = 3601 * SAMPLE_S, NOWHERE, NOWHERE, NOWHERE, NOWHERE, NOWHERE)       \
    X(CHECKS_RANGE, S.conformance_checks_per_cycle = 0, NOWHERE, NOWHERE, NOWHERE, NOWHERE, NOWHERE)                   \
    X(CHECKS_RANGE, S.conformance_checks_per_cycle = 65, NOWHERE, NOWHERE, NOWHERE, NOWHERE, NOWHERE)                  \
    X(OVERRUN_RANGE, S.overrun_tolerance_ns = S.cycle_ns - 1, NOWHERE, NOWHERE, NOWHERE, NOWHERE, NOWHERE)             \
    X(OVERRUN_RANGE, S.overrun_tolerance_ns = 61 * SAMPLE_S, NOWHERE, NOWHERE, NOWHERE, NOWHERE, NOWHERE)              \
    X(BUSY_RANGE, S.probe_busy_tolerance_ns = S.cycle_ns - 1, NOWHERE, NOWHERE, NOWHERE, NOWHERE, NOWHERE)             \
    X(BUSY_RANGE, S.probe_busy_tolerance_ns = 61 * SAMPLE_S, NOWHERE, NOWHERE, NOWHERE, NOWHERE, NOWHERE)              \
    X(VISIBILITY_RANGE, S.visibility_timeout_ns = 99 * SAMPLE_MS, NOWHERE, NOWHERE, NOWHERE, NOWHERE, NOWHERE)         \
    X(VISIBILITY_RANGE, S.visibility_timeout_ns = 3601 * SAMPLE_S, NOWHERE, NOWHERE, NOWHERE, NOWHERE, NOWHERE)        \
    X(AGENT_RANGE, S.agent_timeout_ns = 2 * SAMPLE_S - 1, NOWHERE, NOWHERE, NOWHERE, NOWHERE, NOWHERE)                 \
    X(AGENT_RANGE, S.agent_timeout_ns = 3601 * SAMPLE_S, NOWHERE, NOWHERE, NOWHERE, NOWHERE, NOWHERE)                  \
    X(NO_PARTITIONS, policy.partition_count = 0, NOWHERE, NOWHERE, NOWHERE, NOWHERE, NOWHERE)                          \
    X(COUNT_RANGE, policy.partition_count = XHM_MAX_PARTITIONS + 1, NOWHERE, NOWHERE, NOWHERE, NOWHERE, NOWHERE)       \
    X(COUNT_RANGE, policy.access_count = XHM_MAX_ACCESS + 1, NOWHERE, NOWHERE, NOWHERE, NOWHERE, NOWHERE)              \
    X(COUNT_RANGE, P(2).vcpu_count = XHM_MAX_VCPUS + 1, 2, NOWHERE, NOWHERE, NOWHERE, NOWHERE)                         \
    X(COUNT_RANGE, P(2).entity_count = XHM_MAX_ENTITIES + 1, 2, NOWHERE, NOWHERE, NOWHERE, NOWHERE)                    \
    X(PARTITION_NAME, strcpy(P(1).name, "1st"), 1, NOWHERE, NOWHERE, NOWHERE, NOWHERE)                                 \
    X(PARTITION_NAME, strcpy(P(1).name, "a_b"), 1, NOWHERE, NOWHERE, NOWHERE, NOWHERE)                                 \
    X(PARTITION_NAME, memset(P(1).name, 'a', XHM_NAME_SIZE), 1, NOWHERE, NOWHERE, NOWHERE, NOWHERE)                    \
    X(PARTITION_NAME_TWICE, strcpy(P(2).name, "brake"), 2, NOWHERE, NOWHERE, 0, NOWHERE)                               \
    X(PARTITION_ID_RANGE, P(2).partition_id = 0, 2, NOWHERE, NOWHERE, NOWHERE, NOWHERE)                                \
    X(PARTITION_ID_RANGE, P(2).partition_id = 65536, 2, NOWHERE, NOWHERE, NOWHERE, NOWHERE)                            \
    X(PARTITION_ID_TWICE, P(2).partition_id = P(1).partition_id, 2, NOWHERE, NOWHERE, 1, NOWHERE)                      \
    X(IDENTITY_NULL, memset(&P(1).identity.uuid, 0, 16), 1, NOWHERE, NOWHERE, NOWHERE, NOWHERE)                        \
    X(IDENTITY_NULL, memset(&P(1).identity, 0, sizeof(P(1).identity)), 1, NOWHERE, NOWHERE, NOWHERE, NOWHERE)          \
    X(IDENTITY_TWICE, P(2).identity = P(0).identity, 2, NOWHERE, NOWHERE, 0, NOWHERE)                                  \
    X(IDENTITY_RESTART, P(1).identity.kind = XHM_IDENTITY_DOM0, 1, NOWHERE, NOWHERE, NOWHERE, NOWHERE)                 \
    X(IDENTITY_RESTART, P(1).identity = fixed_domid(5), 1, NOWHERE, NOWHERE, NOWHERE, NOWHERE)                         \
    X(GRACE_RANGE, P(1).startup_grace_ns = 99 * SAMPLE_MS, 1, NOWHERE, NOWHERE, NOWHERE, NOWHERE)                      \
    X(GRACE_RANGE, P(1).startup_grace_ns = 3601 * SAMPLE_S, 1, NOWHERE, NOWHERE, NOWHERE, NOWHERE)                     \
    X(MEMORY_RANGE, P(1).memory.size_kib = P(1).memory.slack_kib, 1, NOWHERE, NOWHERE, NOWHERE, NOWHERE)               \
    X(MEMORY_RANGE, P(1).memory.size_kib = 0, 1, NOWHERE, NOWHERE, NOWHERE, NOWHERE)                                   \
    X(MEMORY_RANGE, P(1).memory.size_kib = (UINT64_C(16) << 30) + 1, 1, NOWHERE, NOWHERE, NOWHERE, NOWHERE)            \
    X(VCPU_EMPTY, P(1).vcpus[0].pcpus.words[0] = 0, 1, NOWHERE, 0, NOWHERE, NOWHERE)                                   \
    X(PCPU_TWO_OWNERS, P(1).vcpus[0] = P(0).vcpus[0], 1, NOWHERE, 0, 0, NOWHERE)                                       \
    X(PCPU_TWO_OWNERS, P(2).vcpus[0].pcpus.words[0] |= 1u << 1, 2, NOWHERE, 0, 0, NOWHERE)                             \
    X(PCPU_TWO_OWNERS, two_vcpus_on_the_pcpu_of_brake(), 1, NOWHERE, 1, 0, NOWHERE)                                    \
    X(PAGE_COUNT_RANGE, P(1).page_count = XHM_MAX_PAGES + 1, 1, NOWHERE, NOWHERE, NOWHERE, NOWHERE)                    \
    X(PAGE_UNUSED, P(1).page_count = 2, 1, NOWHERE, NOWHERE, NOWHERE, NOWHERE)                                         \
    X(ENTITY_NAME, strcpy(E.name, "-loop"), 1, 0, NOWHERE, NOWHERE, NOWHERE)                                           \
    X(ENTITY_NAME_TWICE, (second_entity(), strcpy(P(1).entities[1].name, E.name)), 1, 1, NOWHERE, 0, NOWHERE)          \
    X(ENTITY_ID_ZERO, E.id = 0, 1, 0, NOWHERE, NOWHERE, NOWHERE)                                                       \
    X(ENTITY_ID_TWICE, (second_entity(), P(1).entities[1].id = E.id), 1, 1, NOWHERE, 0, NOWHERE)                       \
    X(ENTITY_PAGE_RANGE, (second_entity(), P(1).entities[1].page = 1), 1, 1, NOWHERE, NOWHERE, NOWHERE)                \
    X(ENTITY_SLOT_RANGE, E.slot = XHM_PROBE_SLOT_COUNT, 1, 0, NOWHERE, NOWHERE, NOWHERE)                               \
    X(ENTITY_SLOT_TWICE, (second_entity(), P(1).entities[1].slot = 0), 1, 1, NOWHERE, 0, NOWHERE)                      \
    X(ALIVE_MULTIPLE, E.alive.reference_cycle_ns++, 1, 0, NOWHERE, NOWHERE, NOWHERE)                                   \
    X(ALIVE_MULTIPLE, E.alive.reference_cycle_ns = 3601 * SAMPLE_S, 1, 0, NOWHERE, NOWHERE, NOWHERE)                   \
    X(ALIVE_EXPECTED, E.alive.expected = 0, 1, 0, NOWHERE, NOWHERE, NOWHERE)                                           \
    X(ALIVE_EXPECTED, E.alive.expected = 1000001, 1, 0, NOWHERE, NOWHERE, NOWHERE)                                     \
    X(ALIVE_MIN_MARGIN, E.alive.min_margin = E.alive.expected, 1, 0, NOWHERE, NOWHERE, NOWHERE)                        \
    X(ALIVE_MAX_MARGIN, E.alive.max_margin = 1000001, 1, 0, NOWHERE, NOWHERE, NOWHERE)                                 \
    X(ALIVE_TOLERANCE, E.alive.failed_tolerance = 1001, 1, 0, NOWHERE, NOWHERE, NOWHERE)                               \
    X(MISS_WINDOW_RANGE, E.deadline_miss.window_ns = S.cycle_ns - 1, 1, 0, NOWHERE, NOWHERE, NOWHERE)                  \
    X(MISS_WINDOW_RANGE, E.deadline_miss.window_ns = 3601 * SAMPLE_S, 1, 0, NOWHERE, NOWHERE, NOWHERE)                 \
    X(RING_OVERRUN, E.checkpoints_per_second = 784, 1, 0, NOWHERE, NOWHERE, NOWHERE)                                   \
    X(RING_OVERRUN, E.checkpoints_per_second = UINT32_MAX, 1, 0, NOWHERE, NOWHERE, NOWHERE)                            \
    X(ENTITY_UNSUPERVISED, watch_nothing(), 1, 0, NOWHERE, NOWHERE, NOWHERE)                                           \
    X(RESTART_LIMIT_RANGE, P(1).restart.limit = 0, 1, NOWHERE, NOWHERE, NOWHERE, NOWHERE)                              \
    X(RESTART_LIMIT_RANGE, P(1).restart.limit = 17, 1, NOWHERE, NOWHERE, NOWHERE, NOWHERE)                             \
    X(RESTART_WINDOW_RANGE, P(1).restart.window_ns = SAMPLE_S - 1, 1, NOWHERE, NOWHERE, NOWHERE, NOWHERE)              \
    X(RESTART_WINDOW_RANGE, P(1).restart.window_ns = 86401 * SAMPLE_S, 1, NOWHERE, NOWHERE, NOWHERE, NOWHERE)          \
    X(RESTART_BACKOFF_RANGE, P(1).restart.backoff_ns = 3601 * SAMPLE_S, 1, NOWHERE, NOWHERE, NOWHERE, NOWHERE)         \
    X(RESTART_TIMEOUT_RANGE, P(1).restart.timeout_ns = 29 * SAMPLE_S, 1, NOWHERE, NOWHERE, NOWHERE, NOWHERE)           \
    X(RESTART_TIMEOUT_RANGE, P(2).restart.timeout_ns = 3601 * SAMPLE_S, 2, NOWHERE, NOWHERE, NOWHERE, NOWHERE)         \
    X(ACCESS_ROLES, second_access(7, 0), NOWHERE, NOWHERE, NOWHERE, NOWHERE, 1)                                        \
    X(REFERENCE_RANGE, second_peer(0), NOWHERE, NOWHERE, NOWHERE, NOWHERE, 1)                                          \
    X(REFERENCE_RANGE, second_peer(policy.partition_count + 1), NOWHERE, NOWHERE, NOWHERE, NOWHERE, 1)                 \
    X(ACCESS_TWICE, second_access(0, XHM_ROLE_OBSERVER), NOWHERE, NOWHERE, NOWHERE, 0, 1)                              \
    X(NO_OPERATOR, policy.access[0].roles = XHM_ROLE_AGENT, NOWHERE, NOWHERE, NOWHERE, NOWHERE, NOWHERE)               \
    X(NO_AGENT, policy.access[0].roles = XHM_ROLE_OPERATOR, NOWHERE, NOWHERE, NOWHERE, NOWHERE, NOWHERE)

static struct xhm_identity fixed_domid(uint16_t domid) {
    return (struct xhm_identity){.kind = XHM_IDENTITY_STATIC_DOMID, .domid = domid};
}

static void two_vcpus_on_the_pcpu_of_brake(void) {
    P(1).vcpu_count = 3;
    P(1).vcpus[1] = P(1).vcpus[2] = P(0).vcpus[0];
}

static void watch_nothing(void) {
    E.alive.reference_cycle_ns = 0;
    E.deadline_miss.window_ns = 0;
}

static void expect_row(enum xhm_finding_kind kind, const char *what, uint32_t partition, uint32_t entity, uint32_t vcpu,
                       uint32_t other, uint32_t access) {
    struct xhm_finding place = nowhere;

    place.partition = partition;
    place.entity = entity;
    place.vcpu = vcpu;
    place.other = other;
    place.access = access;
    expect(kind, what, place);
}

static void each_fault_of_a_policy_is_found_alone(void **state) {
#define EXPECT_ROW(kind, spoil, ...)                                                                                   \
    sample_policy(&policy);                                                                                            \
    spoil;                                                                                                             \
    expect_row(XHM_FINDING_##kind, #spoil, __VA_ARGS__);
    SPOILED_POLICIES(EXPECT_ROW)
#undef EXPECT_ROW
}

static void every_finding_was_provoked(void **state) {
    for (unsigned i = 0; i < XHM_FINDING_COUNT; i++) {
        if (!is_seen((enum xhm_finding_kind)i)) {
            fail_msg("no test provokes \"%s\"", policy_check_sentence((enum xhm_finding_kind)i));
        }
    }
}

static void sample_is_sound(void **state) {
    sample_policy(&policy);
    expect_sound();
    full_policy(&policy);
    expect_sound();
}

static void ids_of_0_are_no_repetition(void **state) {
    sample_policy(&policy);
    second_entity();
    E.id = P(1).entities[1].id = 0;
    assert_int_equal(policy_check(&policy, findings, CAPACITY), 2);
    assert_int_equal(findings[0].kind, XHM_FINDING_ENTITY_ID_ZERO);
    assert_int_equal(findings[1].kind, XHM_FINDING_ENTITY_ID_ZERO);
}

static void a_user_and_a_group_may_have_the_same_number(void **state) {
    sample_policy(&policy);
    second_access(0, XHM_ROLE_OBSERVER);
    policy.access[1].kind = XHM_ACCESS_GID;
    expect_sound();
}

static void simulated_policies_are_sound(void **state) {
    sim_policy_default(&policy);
    expect_sound();
    /* Each has a pCPU of the first 64 for itself. */
    sim_policy_many(&policy, XHM_MAX_PARTITIONS < 63 ? XHM_MAX_PARTITIONS : 63);
    expect_sound();
}

static void what_is_not_exclusive_may_be_shared(void **state) {
    sample_policy(&policy);
    P(0).vcpus[0].exclusive = P(1).vcpus[0].exclusive = false;
    P(1).vcpus[0].pcpus = P(0).vcpus[0].pcpus;
    assert_int_equal(policy_check(&policy, findings, CAPACITY), 0);
}

static void vcpus_of_one_partition_may_share_their_own(void **state) {
    sample_policy(&policy);
    P(0).vcpu_count = 2;
    P(0).vcpus[1] = P(0).vcpus[0];
    assert_int_equal(policy_check(&policy, findings, CAPACITY), 0);
}

static void partitions_that_cannot_be_restarted_need_no_limits(void **state) {
    sample_policy(&policy);
    P(2).identity = (struct xhm_identity){.kind = XHM_IDENTITY_DOM0};
    memset(&P(2).restart, 0, sizeof(P(2).restart));
    assert_int_equal(policy_check(&policy, findings, CAPACITY), 0);
    P(2).identity = fixed_domid(3);
    assert_int_equal(policy_check(&policy, findings, CAPACITY), 0);
}

static void dom0_is_domid_0_however_it_is_named(void **state) {
    sample_policy(&policy);
    for (unsigned i = 1; i < 3; i++) {
        for (unsigned j = 0; j < XHM_CLASS_COUNT; j++) {
            P(i).reactions[j] = (struct xhm_ladder){1, {XHM_REACTION_REPORT}};
        }
    }
    P(1).identity = (struct xhm_identity){.kind = XHM_IDENTITY_DOM0};
    P(2).identity = fixed_domid(0);
    expect_row(XHM_FINDING_IDENTITY_TWICE, "domid 0 twice", 2, NOWHERE, NOWHERE, 1, NOWHERE);
}

static void without_restarts_no_agent_is_needed(void **state) {
    sample_policy(&policy);
    for (unsigned i = 0; i < policy.partition_count; i++) {
        for (unsigned j = 0; j < XHM_CLASS_COUNT; j++) {
            P(i).reactions[j] = (struct xhm_ladder){1, {XHM_REACTION_REPORT}};
        }
    }
    policy.access[0].roles = XHM_ROLE_OPERATOR;
    assert_int_equal(policy_check(&policy, findings, CAPACITY), 0);
}

static void ring_bound_is_exact(void **state) {
    sample_policy(&policy);
    /* 47 checkpoints in 10 ms + 50 ms. */
    E.checkpoints_per_second = 783;
    assert_int_equal(policy_check(&policy, findings, CAPACITY), 0);
}

static void an_empty_policy_has_many_findings_in_the_order_of_the_policy(void **state) {
    uint32_t count;

    memset(&policy, 0, sizeof(policy));
    policy.partition_count = 2;
    policy.partitions[0].entity_count = 1;
    count = policy_check(&policy, findings, CAPACITY);
    assert_true(count > 10 && count < CAPACITY);
    assert_int_equal(findings[0].kind, XHM_FINDING_SCHEMA);
    assert_int_equal(findings[count - 1].kind, XHM_FINDING_NO_OPERATOR);
    for (uint32_t i = 1; i < count; i++) {
        const uint32_t before = findings[i - 1].partition;

        assert_true(before == NOWHERE || findings[i].partition >= before);
    }
}

static void more_findings_than_room_are_counted(void **state) {
    uint32_t count;

    memset(&policy, 0, sizeof(policy));
    count = policy_check(&policy, NULL, 0);
    memset(findings, 0xaa, sizeof(findings));
    assert_int_equal(policy_check(&policy, findings, 2), count);
    assert_int_equal(findings[1].kind, XHM_FINDING_ECU_ID);
    assert_int_equal(findings[2].partition, 0xaaaaaaaa);
}

static void every_finding_has_field_and_sentence(void **state) {
    for (unsigned i = 0; i < XHM_FINDING_COUNT; i++) {
        assert_non_null(policy_check_field((enum xhm_finding_kind)i));
        assert_non_null(policy_check_sentence((enum xhm_finding_kind)i));
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sample_is_sound),
        cmocka_unit_test(simulated_policies_are_sound),
        cmocka_unit_test(ids_of_0_are_no_repetition),
        cmocka_unit_test(a_user_and_a_group_may_have_the_same_number),
        cmocka_unit_test(each_fault_of_a_policy_is_found_alone),
        cmocka_unit_test(what_needs_no_agent_needs_none),
        cmocka_unit_test(a_standby_may_fail_over_to_its_primary),
        cmocka_unit_test(one_kind_of_supervision_is_enough),
        cmocka_unit_test(a_partition_of_fixed_domid_can_be_halted),
        cmocka_unit_test(each_fault_of_complete_supervision_is_found_alone),
        cmocka_unit_test(each_fault_of_the_host_is_found_alone),
        cmocka_unit_test(each_kind_of_fact_needs_the_agent),
        cmocka_unit_test(an_affinity_to_the_whole_host_is_none),
        cmocka_unit_test(servers_that_fit_are_sound),
        cmocka_unit_test(names_have_all_their_characters),
        cmocka_unit_test(a_supervisor_that_waits_but_not_for_too_long_is_sound),
        cmocka_unit_test(masks_that_are_not_exclusive_may_overlap),
        cmocka_unit_test(under_null_each_vcpu_may_have_its_own),
        cmocka_unit_test(every_finding_was_provoked),
        cmocka_unit_test(what_is_not_exclusive_may_be_shared),
        cmocka_unit_test(vcpus_of_one_partition_may_share_their_own),
        cmocka_unit_test(partitions_that_cannot_be_restarted_need_no_limits),
        cmocka_unit_test(dom0_is_domid_0_however_it_is_named),
        cmocka_unit_test(without_restarts_no_agent_is_needed),
        cmocka_unit_test(ring_bound_is_exact),
        cmocka_unit_test(an_empty_policy_has_many_findings_in_the_order_of_the_policy),
        cmocka_unit_test(more_findings_than_room_are_counted),
        cmocka_unit_test(every_finding_has_field_and_sentence),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
