// SPDX-License-Identifier: Apache-2.0
/* Covers: XHM-INJECTION-1 */
/* Injections: asked for by a rig, carried out by the agent, recorded. */
#include "control_agent_peer.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static char infotainment[] = "infotainment";

static void an_injection_is_recorded_carried_out_and_undone(void **state) {
    const Xhm__V1__AgentTask *task;
    uint64_t first;

    open_agent(&agent);
    client_open(&rig);
    assert_accepted(inject(KIND(HANG), brake, 0));
    assert_last_record(XHM_EVENT_INJECTION_ORDERED, SAMPLE_BRAKE, KIND(HANG), getuid());
    task = receive_task(&agent);
    first = task->task_id;
    assert_true(first > UINT64_C(1) << 62);
    assert_int_equal(task->kind, TASK(INJECT));
    assert_int_equal(task->injection, KIND(HANG));
    assert_int_equal(task->entity_id, 1);
    assert_string_equal(task->partition, "brake");
    report(&agent, first, true, 0);
    assert_last_record(XHM_EVENT_INJECTION_STARTED, SAMPLE_BRAKE, KIND(HANG), getuid());
    assert_refused(inject(KIND(SPIN), brake, 0), REFUSED(BUSY));
    assert_accepted(clear(brake));
    task = receive_task(&agent);
    assert_int_equal(task->kind, TASK(CLEAR_INJECTION));
    assert_int_equal(task->injection, KIND(HANG));
    assert_true(task->task_id > first);
    assert_int_equal(harness.record_count, 2);
    report(&agent, task->task_id, true, 0);
    assert_last_record(XHM_EVENT_INJECTION_ENDED, SAMPLE_BRAKE, KIND(HANG), 0);
    assert_accepted(inject(KIND(SPIN), brake, 0));
    client_close(&agent);
    client_close(&rig);
}

static void an_injection_ends_after_its_time(void **state) {
    uint64_t id;

    open_agent(&agent);
    client_open(&rig);
    assert_accepted(inject(KIND(HANG), brake, 2000));
    id = receive_task(&agent)->task_id;
    harness_observe(SAMPLE_S);
    harness_observe(10 * SAMPLE_S);
    assert_null(client_receive(&agent));
    report(&agent, id, true, 0);
    harness_observe(11 * SAMPLE_S);
    harness_observe(13 * SAMPLE_S - 1);
    assert_null(client_receive(&agent));
    harness_observe(13 * SAMPLE_S);
    assert_int_equal(receive_task(&agent)->kind, TASK(CLEAR_INJECTION));
    harness_observe(14 * SAMPLE_S);
    assert_null(client_receive(&agent));
    client_close(&agent);
    client_close(&rig);
}

static void a_failed_injection_is_over(void **state) {
    open_agent(&agent);
    client_open(&rig);
    assert_accepted(inject(KIND(HANG), brake, 0));
    report(&agent, receive_task(&agent)->task_id, false, 0);
    assert_last_record(XHM_EVENT_INJECTION_ENDED, SAMPLE_BRAKE, KIND(HANG), 1);
    assert_non_null(strstr(harness.said, "it is dark here"));
    client_close(&agent);
    client_close(&rig);
}

/* Reports of an injection that is being undone, about its beginning; @return how many events that made. */
static uint32_t report_late(bool done) {
    uint64_t begun;
    uint64_t undone;
    uint32_t count;

    assert_accepted(inject(KIND(HANG), brake, 0));
    begun = receive_task(&agent)->task_id;
    assert_accepted(clear(brake));
    undone = receive_task(&agent)->task_id;
    harness.record_count = 0;
    report(&agent, begun, done, 0);
    report(&agent, begun, done, 0);
    count = harness.record_count;
    report(&agent, undone, true, 0);
    assert_last_record(XHM_EVENT_INJECTION_ENDED, SAMPLE_BRAKE, KIND(HANG), 0);
    return count;
}

/* The agent's word that it took effect may cross the wish to undo it. */
static void an_effect_is_recorded_though_it_is_being_undone(void **state) {
    open_agent(&agent);
    client_open(&rig);
    assert_int_equal(report_late(true), 1);
    assert_int_equal(harness.records[0].kind, XHM_EVENT_INJECTION_STARTED);
    assert_int_equal(report_late(false), 0);
    assert_string_equal(harness.said, "");
    client_close(&agent);
    client_close(&rig);
}

static void a_crash_is_over_when_it_was_seen(void **state) {
    struct xhm_partition_state *partition = &harness.core.partitions[SAMPLE_BRAKE];

    partition->instance_known = true;
    partition->domid = 5;
    open_agent(&agent);
    client_open(&rig);
    assert_accepted(inject(KIND(CRASH), brake, 0));
    report(&agent, receive_task(&agent)->task_id, true, 0);
    assert_last_record(XHM_EVENT_INJECTION_STARTED, SAMPLE_BRAKE, KIND(CRASH), getuid());
    harness_observe(SAMPLE_S);
    assert_null(client_receive(&agent));
    partition->instance_known = false;
    harness_observe(2 * SAMPLE_S);
    report(&agent, receive_task(&agent)->task_id, true, 0);
    assert_last_record(XHM_EVENT_INJECTION_ENDED, SAMPLE_BRAKE, KIND(CRASH), 0);
    client_close(&agent);
    client_close(&rig);
}

static void an_injection_into_the_ecu_names_no_partition_and_is_bounded(void **state) {
    static char nothing[] = "";
    const Xhm__V1__AgentTask *task;

    open_agent(&agent);
    client_open(&rig);
    assert_refused(inject(KIND(OVERRUN), brake, 0), REFUSED(BAD_REQUEST));
    assert_refused(inject(KIND(OVERRUN), nothing, 5001), REFUSED(BAD_REQUEST));
    assert_refused(inject(KIND(AGENT_GONE), nothing, 8001), REFUSED(BAD_REQUEST));
    assert_refused(inject(KIND(VISIBILITY), nothing, 60001), REFUSED(BAD_REQUEST));
    assert_refused(inject(KIND(HANG), nothing, 0), REFUSED(NOT_FOUND));
    assert_accepted(inject(KIND(OVERRUN), nothing, 0));
    task = receive_task(&agent);
    assert_string_equal(task->partition, "");
    assert_int_equal(task->uuid.len, 0);
    assert_int_equal(task->duration_ms, 2000);
    report(&agent, task->task_id, true, 0);
    assert_last_record(XHM_EVENT_INJECTION_STARTED, XHM_NONE, KIND(OVERRUN), getuid());
    assert_refused(inject(KIND(VISIBILITY), nothing, 0), REFUSED(BUSY));
    harness_observe(SAMPLE_S);
    harness_observe(3 * SAMPLE_S);
    task = receive_task(&agent);
    assert_int_equal(task->kind, TASK(CLEAR_INJECTION));
    assert_string_equal(task->partition, "");
    report(&agent, task->task_id, true, 0);
    assert_last_record(XHM_EVENT_INJECTION_ENDED, XHM_NONE, KIND(OVERRUN), 0);
    harness.policy.injection_allowed = false;
    assert_refused(inject(KIND(OVERRUN), nothing, 0), REFUSED(NOT_PERMITTED));
    client_close(&agent);
    client_close(&rig);
}

static void what_an_earlier_life_left_can_be_cleared(void **state) {
    open_agent(&agent);
    client_open(&rig);
    harness.policy.partitions[SAMPLE_FUSION].injection_allowed = false;
    assert_accepted(clear(NULL));
    for (int i = 0; i < 3; i++) {
        static const char *const places[] = {"brake", "infotainment", ""};
        const Xhm__V1__AgentTask *task = receive_task(&agent);

        assert_int_equal(task->kind, TASK(CLEAR_INJECTION));
        assert_string_equal(task->partition, places[i]);
        report(&agent, task->task_id, true, 0);
    }
    assert_null(client_receive(&agent));
    assert_int_equal(harness.record_count, 0);
    client_close(&agent);
    client_close(&rig);
}

static void targets_are_chosen_from_the_policy(void **state) {
    const struct {
        Xhm__V1__InjectionKind kind;
        uint64_t target_pcpu;
        const char *other_partition;
        uint64_t memory_kib;
    } rows[] = {
        {KIND(PIN), 0, "", 0},
        {KIND(DEADLINE), 1, "infotainment", 0},
        {KIND(MEMORY), 0, "", 98304 - 98304 / 4},
        {KIND(SPIN), 0, "", 0},
    };

    open_agent(&agent);
    client_open(&rig);
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        const Xhm__V1__AgentTask *task;
        uint64_t id;

        assert_accepted(inject(rows[i].kind, brake, 0));
        task = receive_task(&agent);
        id = task->task_id;
        assert_int_equal(task->injection, rows[i].kind);
        assert_int_equal(task->target_pcpu, rows[i].target_pcpu);
        assert_string_equal(task->other_partition, rows[i].other_partition);
        assert_int_equal(task->memory_kib, rows[i].memory_kib);
        report(&agent, id, false, 0);
    }
    /* Who owns pCPU 0 is moved to the lowest that another one uses. */
    harness.policy.partitions[SAMPLE_BRAKE].vcpus[0].pcpus.words[0] = 1;
    assert_accepted(inject(KIND(PIN), brake, 0));
    assert_int_equal(receive_task(&agent)->target_pcpu, 2);
    client_close(&agent);
    client_close(&rig);
}

static void what_the_policy_does_not_declare_cannot_be_disturbed(void **state) {
    struct xhm_partition_policy *it = &harness.policy.partitions[SAMPLE_INFOTAINMENT];

    open_agent(&agent);
    client_open(&rig);
    it->vcpu_count = 0;
    it->entity_count = 0;
    it->memory.size_kib = 0;
    assert_refused(inject(KIND(PIN), infotainment, 0), REFUSED(NOT_AVAILABLE));
    assert_refused(inject(KIND(DEADLINE), infotainment, 0), REFUSED(NOT_AVAILABLE));
    assert_refused(inject(KIND(MEMORY), infotainment, 0), REFUSED(NOT_AVAILABLE));
    assert_refused(inject(KIND(HANG), infotainment, 0), REFUSED(NOT_AVAILABLE));
    harness.policy.partition_count = 1;
    assert_refused(inject(KIND(DEADLINE), brake, 0), REFUSED(NOT_AVAILABLE));
    harness.policy.partitions[0].vcpus[0].pcpus.words[0] = 1;
    assert_refused(inject(KIND(PIN), brake, 0), REFUSED(NOT_AVAILABLE));
    assert_int_equal(harness.record_count, 0);
    client_close(&agent);
    client_close(&rig);
}

static void injections_need_policy_and_agent(void **state) {
    static char nobody[] = "nobody";

    client_open(&rig);
    assert_refused(inject(KIND(HANG), brake, 0), REFUSED(NOT_AVAILABLE));
    client_open(&agent);
    HEARTBEAT(heartbeat);
    client_ask(&agent, &heartbeat);
    assert_refused(inject(KIND(HANG), brake, 0), REFUSED(NOT_AVAILABLE));
    beat(&agent);
    assert_refused(inject(KIND(HANG), nobody, 0), REFUSED(NOT_FOUND));
    assert_refused(clear(nobody), REFUSED(NOT_FOUND));
    assert_refused(inject(KIND(UNSPECIFIED), brake, 0), REFUSED(BAD_REQUEST));
    assert_refused(inject((Xhm__V1__InjectionKind)21, brake, 0), REFUSED(BAD_REQUEST));
    assert_refused(inject((Xhm__V1__InjectionKind)-1, brake, 0), REFUSED(BAD_REQUEST));
    assert_refused(inject(KIND(HANG), brake, 86400001), REFUSED(BAD_REQUEST));
    harness.policy.partitions[SAMPLE_BRAKE].injection_allowed = false;
    assert_refused(inject(KIND(HANG), brake, 0), REFUSED(NOT_PERMITTED));
    harness.policy.partitions[SAMPLE_BRAKE].injection_allowed = true;
    harness.policy.injection_allowed = false;
    assert_refused(inject(KIND(HANG), brake, 0), REFUSED(NOT_PERMITTED));
    assert_refused(clear(brake), REFUSED(NOT_PERMITTED));
    assert_int_equal(harness.record_count, 0);
    client_close(&agent);
    client_close(&rig);
}

int main(void) {
    const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, harness_open, harness_close)
        TEST(an_injection_is_recorded_carried_out_and_undone),
        TEST(an_injection_ends_after_its_time),
        TEST(a_failed_injection_is_over),
        TEST(an_effect_is_recorded_though_it_is_being_undone),
        TEST(a_crash_is_over_when_it_was_seen),
        TEST(an_injection_into_the_ecu_names_no_partition_and_is_bounded),
        TEST(what_an_earlier_life_left_can_be_cleared),
        TEST(targets_are_chosen_from_the_policy),
        TEST(what_the_policy_does_not_declare_cannot_be_disturbed),
        TEST(injections_need_policy_and_agent),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
