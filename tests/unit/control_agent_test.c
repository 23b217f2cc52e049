// SPDX-License-Identifier: Apache-2.0
/* The agent as a peer: delegated actions and reports. */
#include "control_agent_peer.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static struct client second;

static void the_agent_is_who_beats(void **state) {
    client_open(&agent);
    harness_observe(SAMPLE_S);
    assert_false(harness.observation.agent_connected);
    beat(&agent);
    harness_observe(2 * SAMPLE_S);
    assert_true(harness.observation.agent_connected);
    assert_int_equal(harness.observation.agent_silent_ns, 0);
    harness_observe(5 * SAMPLE_S);
    assert_int_equal(harness.observation.agent_silent_ns, 3 * SAMPLE_S);
    beat(&agent);
    harness_observe(6 * SAMPLE_S);
    assert_int_equal(harness.observation.agent_silent_ns, 0);
    beat(&agent);
    harness_observe(0);
    assert_int_equal(harness.observation.agent_silent_ns, 0);
    harness_observe(7 * SAMPLE_S);
    assert_int_equal(harness.observation.agent_silent_ns, 0);
    client_close(&agent);
    harness_observe(7 * SAMPLE_S);
    assert_false(harness.observation.agent_connected);
}

static void a_heartbeat_with_an_id_is_answered(void **state) {
    HEARTBEAT(heartbeat);
    client_open(&agent);
    assert_accepted(client_ask(&agent, &heartbeat));
    client_close(&agent);
}

static void a_recreation_goes_to_the_agent_and_its_report_to_the_core(void **state) {
    const Xhm__V1__AgentTask *task;

    open_agent(&agent);
    delegate(SAMPLE_BRAKE, 41);
    task = receive_task(&agent);
    assert_int_equal(task->task_id, 41);
    assert_int_equal(task->kind, TASK(RECREATE));
    assert_string_equal(task->partition, "brake");
    assert_int_equal(task->uuid.len, 16);
    assert_memory_equal(task->uuid.data, harness.policy.partitions[0].identity.uuid.bytes, 16);
    assert_int_equal(task->timeout_ms, 60000);
    report(&agent, 41, true, 9);
    harness_observe(SAMPLE_S);
    assert_int_equal(harness.observation.agent_report_count, 1);
    assert_int_equal(harness.observation.agent_reports[0].task_id, 41);
    assert_int_equal(harness.observation.agent_reports[0].result, XHM_AGENT_DONE);
    assert_int_equal(harness.observation.agent_reports[0].domid, 9);
    harness_observe(2 * SAMPLE_S);
    assert_int_equal(harness.observation.agent_report_count, 0);
    /* Reported again, or on something that nobody asked for: nothing. */
    report(&agent, 41, true, 9);
    report(&agent, 99, true, 9);
    report(&agent, 0, true, 9);
    harness_observe(3 * SAMPLE_S);
    assert_int_equal(harness.observation.agent_report_count, 0);
    client_close(&agent);
}

static void a_failure_is_reported_and_told(void **state) {
    open_agent(&agent);
    delegate(SAMPLE_BRAKE, 41);
    receive_task(&agent);
    report(&agent, 41, false, 0);
    harness_observe(SAMPLE_S);
    assert_int_equal(harness.observation.agent_reports[0].result, XHM_AGENT_FAILED);
    assert_non_null(strstr(harness.said, "it is dark here"));
    client_close(&agent);
}

static void a_domid_that_is_none_is_a_failure(void **state) {
    open_agent(&agent);
    delegate(SAMPLE_BRAKE, 41);
    receive_task(&agent);
    report(&agent, 41, true, 0x10000);
    harness_observe(SAMPLE_S);
    assert_int_equal(harness.observation.agent_reports[0].result, XHM_AGENT_FAILED);
    client_close(&agent);
}

static void a_task_waits_for_the_agent_and_is_sent_again(void **state) {
    delegate(SAMPLE_FUSION, 42);
    harness_turn();
    for (int i = 0; i < 3; i++) {
        open_agent(&agent);
        assert_int_equal(receive_task(&agent)->task_id, 42);
        assert_null(client_receive(&agent));
        client_close(&agent);
    }
    open_agent(&agent);
    receive_task(&agent);
    report(&agent, 42, true, 5);
    client_close(&agent);
    open_agent(&agent);
    assert_null(client_receive(&agent));
    harness_observe(SAMPLE_S);
    assert_int_equal(harness.observation.agent_report_count, 1);
    client_close(&agent);
}

static void a_newer_task_replaces_the_older(void **state) {
    delegate(SAMPLE_FUSION, 42);
    delegate(SAMPLE_FUSION, 43);
    open_agent(&agent);
    assert_int_equal(receive_task(&agent)->task_id, 43);
    assert_null(client_receive(&agent));
    report(&agent, 42, true, 5);
    harness_observe(SAMPLE_S);
    assert_int_equal(harness.observation.agent_report_count, 0);
    client_close(&agent);
}

static void a_newer_agent_replaces_the_older(void **state) {
    delegate(SAMPLE_BRAKE, 44);
    open_agent(&agent);
    receive_task(&agent);
    client_open(&second);
    assert_false(client_is_closed(&agent));
    beat(&second);
    assert_true(client_is_closed(&agent));
    assert_int_equal(receive_task(&second)->task_id, 44);
    harness_observe(SAMPLE_S);
    assert_true(harness.observation.agent_connected);
    client_close(&agent);
    client_close(&second);
}

static void only_the_agent_reports(void **state) {
    delegate(SAMPLE_BRAKE, 45);
    open_agent(&agent);
    client_open(&second);
    report(&second, 45, true, 1);
    harness_observe(SAMPLE_S);
    assert_int_equal(harness.observation.agent_report_count, 0);
    client_close(&agent);
    client_close(&second);
}

static void tasks_follow_their_partitions_to_a_new_policy(void **state) {
    static struct xhm_policy former;
    uint32_t origin[XHM_MAX_PARTITIONS];

    for (uint32_t i = 0; i < XHM_MAX_PARTITIONS; i++) {
        origin[i] = XHM_NONE;
    }
    origin[0] = SAMPLE_FUSION;
    open_agent(&agent);
    client_open(&rig);
    assert_accepted(inject(KIND(HANG), brake, 0));
    delegate(SAMPLE_FUSION, 50);
    delegate(SAMPLE_BRAKE, 51);
    former = harness.policy;
    harness.policy.partitions[0] = harness.policy.partitions[SAMPLE_FUSION];
    harness.policy.partition_count = 1;
    control_policy_changed(harness.control, &former, origin);
    assert_last_record(XHM_EVENT_INJECTION_ENDED, SAMPLE_BRAKE, KIND(HANG), 1);
    assert_string_equal(harness.record_partition, "brake");
    client_close(&agent);
    open_agent(&agent);
    assert_int_equal(receive_task(&agent)->task_id, 50);
    assert_null(client_receive(&agent));
    client_close(&agent);
    client_close(&rig);
}

static void every_partition_may_report_at_once(void **state) {
    uint32_t count = 0;

    harness.policy.partition_count = XHM_MAX_PARTITIONS;
    open_agent(&agent);
    for (uint32_t i = 0; i < XHM_MAX_PARTITIONS; i++) {
        delegate(i, 100 + i);
    }
    for (uint32_t i = 0; i < XHM_MAX_PARTITIONS; i++) {
        receive_task(&agent);
        report(&agent, 100 + i, true, i + 1);
    }
    for (uint64_t i = 1; i <= 4; i++) {
        harness_observe(i * SAMPLE_S);
        count += harness.observation.agent_report_count;
        assert_true(harness.observation.agent_report_count <= XHM_MAX_AGENT_REPORTS);
    }
    assert_int_equal(count, XHM_MAX_PARTITIONS);
    client_close(&agent);
}

int main(void) {
    const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, harness_open, harness_close)
        TEST(the_agent_is_who_beats),
        TEST(a_heartbeat_with_an_id_is_answered),
        TEST(a_recreation_goes_to_the_agent_and_its_report_to_the_core),
        TEST(a_failure_is_reported_and_told),
        TEST(a_domid_that_is_none_is_a_failure),
        TEST(a_task_waits_for_the_agent_and_is_sent_again),
        TEST(a_newer_task_replaces_the_older),
        TEST(a_newer_agent_replaces_the_older),
        TEST(only_the_agent_reports),
        TEST(tasks_follow_their_partitions_to_a_new_policy),
        TEST(every_partition_may_report_at_once),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
