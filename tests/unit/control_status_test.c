// SPDX-License-Identifier: Apache-2.0
/* The status as peers see it. */
#include "control_harness.h"

static struct client client;

static void status_shows_the_core(void **state) {
    struct xhm_partition_state *brake = &harness.core.partitions[SAMPLE_BRAKE];
    const Xhm__V1__Status *status;
    const Xhm__V1__PartitionStatus *partition;

    STATUS(request);
    harness.core.status = XHM_STATUS_FAILED;
    harness.core.steps = 5;
    harness.core.overruns = 2;
    harness.core.fault_scopes[XHM_FAULT_AGENT_ABSENT] = UINT64_C(1) << XHM_SCOPE_WHOLE;
    harness.core.fault_occurrences[XHM_FAULT_AGENT_ABSENT] = 4;
    brake->life = XHM_LIFE_VERIFYING;
    brake->status = XHM_STATUS_EXPIRED;
    brake->instance_known = true;
    brake->domid = 12;
    brake->domain.memory_kib = 98304;
    brake->domain.memory_limit_kib = 99328;
    brake->restart_total = 3;
    brake->vcpu_seen_pcpu[0] = 0;
    brake->fault_scopes[XHM_FAULT_ENTITY_ALIVE_LOW] = 1u | 4u;
    brake->entities[0].status = XHM_STATUS_EXPIRED;
    brake->entities[0].reading_known = true;
    brake->entities[0].alive_counter = 1000;
    brake->entities[0].last_latency_ns = 41;
    brake->entities[0].worst_latency_ns = 42;
    brake->entities[0].histogram.counting = true;
    brake->entities[0].histogram.buckets[21] = 43;
    brake->measures.load_known = true;
    brake->measures.load_percent = 37;
    harness.core.partitions[SAMPLE_FUSION].vcpu_seen_pcpu[0] = XHM_NONE;
    client_open(&client);
    status = client_ask(&client, &request)->status;
    assert_string_equal(status->ecu_id, "cockpit-1");
    assert_int_equal(status->status, XHM__V1__HEALTH_STATUS__STATUS_FAILED);
    assert_int_equal(status->policy_hash, 0x1234);
    assert_int_equal(status->steps, 5);
    assert_int_equal(status->overruns, 2);
    assert_int_equal(status->worst_lateness_ns, 11);
    assert_int_equal(status->worst_step_ns, 22);
    assert_int_equal(status->last_sequence, 100);
    assert_false(status->agent_connected);
    assert_int_equal(status->n_faults, 1);
    assert_string_equal(status->faults[0]->fault_name, "agent_absent");
    assert_int_equal(status->faults[0]->n_scopes, 0);
    assert_int_equal(status->faults[0]->occurrences, 4);
    assert_int_equal(status->n_partitions, 3);
    partition = status->partitions[SAMPLE_BRAKE];
    assert_string_equal(partition->name, "brake");
    assert_int_equal(partition->life, XHM__V1__LIFE__LIFE_VERIFYING);
    assert_int_equal(partition->status, XHM__V1__HEALTH_STATUS__STATUS_EXPIRED);
    assert_int_equal(partition->instance_case, XHM__V1__PARTITION_STATUS__INSTANCE_DOMID);
    assert_int_equal(partition->domid, 12);
    assert_int_equal(partition->memory_kib, 98304);
    assert_int_equal(partition->memory_limit_kib, 99328);
    assert_int_equal(partition->restarts, 3);
    assert_int_equal(partition->vcpus[0]->last_look_case, XHM__V1__VCPU_STATUS__LAST_LOOK_PCPU);
    assert_int_equal(partition->vcpus[0]->pcpu, 0);
    assert_int_equal(partition->faults[0]->fault, 0x0201);
    assert_int_equal(partition->faults[0]->n_scopes, 2);
    assert_int_equal(partition->faults[0]->scopes[1], 2);
    assert_string_equal(partition->entities[0]->name, "control-loop");
    assert_int_equal(partition->entities[0]->alive_counter, 1000);
    assert_int_equal(partition->entities[0]->last_latency_ns, 41);
    assert_int_equal(partition->entities[0]->worst_latency_ns, 42);
    assert_int_equal(partition->entities[0]->n_latency_buckets, XHM_PROBE_HISTOGRAM_BUCKET_COUNT);
    assert_int_equal(partition->entities[0]->latency_buckets[21], 43);
    assert_true(partition->load_known);
    assert_int_equal(partition->load_percent, 37);
    partition = status->partitions[SAMPLE_FUSION];
    assert_int_equal(partition->instance_case, XHM__V1__PARTITION_STATUS__INSTANCE__NOT_SET);
    assert_false(partition->load_known);
    assert_int_equal(partition->entities[0]->n_latency_buckets, 0);
    assert_int_equal(partition->vcpus[0]->last_look_case, XHM__V1__VCPU_STATUS__LAST_LOOK__NOT_SET);
    client_close(&client);
}

static void status_shows_pairs_maintenance_and_excuses(void **state) {
    struct xhm_partition_state *brake = &harness.core.partitions[SAMPLE_BRAKE];
    const Xhm__V1__Status *status;

    STATUS(request);
    harness.policy.partitions[SAMPLE_FUSION].standby_for_number = 1 + SAMPLE_BRAKE;
    harness.policy.partitions[SAMPLE_INFOTAINMENT].supervision_off = true;
    harness.core.supervised_ns = 1000 * SAMPLE_S;
    brake->active = true;
    brake->maintenance_until_ns = 1000 * SAMPLE_S + 1500 * SAMPLE_MS + 1;
    brake->restart_kept = 2;
    brake->restart_times_ns[0] = 1; /* too long ago */
    brake->restart_times_ns[1] = 900 * SAMPLE_S;
    harness.core.partitions[SAMPLE_FUSION].active = false;
    harness.core.partitions[SAMPLE_FUSION].excused_by_number = 1 + SAMPLE_BRAKE;
    harness.core.partitions[SAMPLE_FUSION].maintenance_until_ns = 1000 * SAMPLE_S;
    harness.core.partitions[SAMPLE_INFOTAINMENT].active = true; /* of no pair */
    client_open(&client);
    status = client_ask(&client, &request)->status;
    assert_true(status->partitions[SAMPLE_BRAKE]->active);
    assert_int_equal(status->partitions[SAMPLE_BRAKE]->maintenance_left_ms, 1501);
    assert_int_equal(status->partitions[SAMPLE_BRAKE]->restarts_in_window, 1);
    assert_int_equal(status->partitions[SAMPLE_BRAKE]->n_excused_by, 0);
    assert_false(status->partitions[SAMPLE_FUSION]->active);
    assert_int_equal(status->partitions[SAMPLE_FUSION]->maintenance_left_ms, 0);
    assert_int_equal(status->partitions[SAMPLE_FUSION]->n_excused_by, 1);
    assert_string_equal(status->partitions[SAMPLE_FUSION]->excused_by[0], "brake");
    assert_false(status->partitions[SAMPLE_FUSION]->supervision_off);
    assert_true(status->partitions[SAMPLE_INFOTAINMENT]->supervision_off);
    assert_false(status->partitions[SAMPLE_INFOTAINMENT]->active);
    client_close(&client);
}

static void status_shows_the_ecu(void **state) {
    const Xhm__V1__Status *status;

    STATUS(request);
    client_open(&client);
    status = client_ask(&client, &request)->status;
    assert_int_equal(status->mode, XHM__V1__ECU_MODE__MODE_RUN);
    assert_null(status->safe_state);
    assert_null(status->first_expired);
    harness.core.mode = XHM_MODE_UPDATE;
    harness.core.operation_cycle = 7;
    harness.core.operation_cycle_open = true;
    harness.core.starts_without_health = 3;
    harness.core.first_expired = (struct xhm_first_expired){SAMPLE_FUSION, 0, ~(uint32_t)SAMPLE_FUSION, ~UINT32_C(0)};
    status = client_ask(&client, &request)->status;
    assert_int_equal(status->mode, XHM__V1__ECU_MODE__MODE_UPDATE);
    assert_int_equal(status->operation_cycle, 7);
    assert_true(status->operation_cycle_open);
    assert_int_equal(status->starts_without_health, 3);
    assert_string_equal(status->first_expired->partition, "fusion");
    assert_string_equal(status->first_expired->entity, "control-loop");
    assert_true(status->first_expired->intact);
    harness.core.first_expired.entity_complement ^= 1u;
    assert_false(client_ask(&client, &request)->status->first_expired->intact);
    harness.core.first_expired.partition = XHM_NONE;
    status = client_ask(&client, &request)->status;
    assert_false(status->first_expired->intact);
    assert_string_equal(status->first_expired->partition, "");
    client_close(&client);
}

static void status_shows_a_safe_state_and_whether_it_is_stored(void **state) {
    const Xhm__V1__Status *status;

    STATUS(request);
    harness.core.supervised_ns = 1000 * SAMPLE_S;
    harness.core.latch.number = 1;
    harness.state_generation = 4;
    harness.state_stored = 4;
    client_open(&client);
    /* Nobody knows yet which state holds it. */
    status = client_ask(&client, &request)->status;
    assert_string_equal(status->safe_state->name, "limp-home");
    assert_false(status->safe_state->stored);
    assert_false(status->safe_state->clear_asked);
    harness.state_stored = 3;
    harness_observe(SAMPLE_S);
    assert_false(client_ask(&client, &request)->status->safe_state->stored);
    harness.state_stored = 4;
    assert_true(client_ask(&client, &request)->status->safe_state->stored);
    /* A later state takes nothing back. */
    harness.state_generation = 5;
    harness_observe(2 * SAMPLE_S);
    assert_true(client_ask(&client, &request)->status->safe_state->stored);
    harness.core.latch.clear_token = 9;
    harness.core.latch.clear_asked_ns = 990 * SAMPLE_S;
    assert_true(client_ask(&client, &request)->status->safe_state->clear_asked);
    harness.core.latch.clear_asked_ns = 969 * SAMPLE_S;
    assert_false(client_ask(&client, &request)->status->safe_state->clear_asked);
    harness.core.latch = (struct xhm_latch_state){.lost = "of-before"};
    assert_string_equal(client_ask(&client, &request)->status->safe_state->name, "of-before");
    harness.core.latch = (struct xhm_latch_state){.number = 0};
    harness.core.fault_scopes[XHM_FAULT_LATCH_UNKNOWN] = 1;
    assert_string_equal(client_ask(&client, &request)->status->safe_state->name, "?");
    client_close(&client);
}

static void status_of_one_partition(void **state) {
    static char fusion[] = "fusion";
    static char nobody[] = "nobody";
    const Xhm__V1__ServerMessage *reply;

    STATUS(request);
    client_open(&client);
    request_body.partition = fusion;
    reply = client_ask(&client, &request);
    assert_int_equal(reply->status->n_partitions, 1);
    assert_string_equal(reply->status->partitions[0]->name, "fusion");
    request_body.partition = nobody;
    assert_refused(client_ask(&client, &request), REFUSED(NOT_FOUND));
    client_close(&client);
}

int main(void) {
    const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, harness_open, harness_close)
        TEST(status_shows_the_core),   TEST(status_shows_pairs_maintenance_and_excuses),
        TEST(status_shows_the_ecu),    TEST(status_shows_a_safe_state_and_whether_it_is_stored),
        TEST(status_of_one_partition),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
