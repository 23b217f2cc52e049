// SPDX-License-Identifier: Apache-2.0
/*
 * A reply is told as a whole or refused, however little room there is to make it in: each request that shows something
 * is made with every size of the arena, from one that just holds the request to one that just holds the reply.
 */
#include "control_facts_peers.h"
#include "state.h"

#include <string.h>

#define STEP 16u /* what the arena gives out is aligned to it */

static uint64_t now_ns;

/* Requests are limited by a rate. */
static void let_time_pass(void) {
    now_ns += SAMPLE_S;
    harness_observe(now_ns);
}

static void look_at_vcpu(uint16_t domid, enum xhm_scheduler scheduler) {
    struct xhm_vcpu_reading *vcpu = &harness.observation.vcpus[harness.observation.vcpu_count++];

    *vcpu = (struct xhm_vcpu_reading){.sight = XHM_SIGHT_KNOWN, .domid = domid, .online = true};
    vcpu->hard_affinity.words[0] = 6;
    vcpu->scheduling.sight = XHM_SIGHT_KNOWN;
    vcpu->scheduling.scheduler = scheduler;
}

/* An ECU of which there is something to show: faults, facts, and vCPUs, of which some were looked at. */
static void show_everything(void) {
    struct xhm_partition_state *brake = &harness.core.partitions[SAMPLE_BRAKE];

    brake->fault_scopes[XHM_FAULT_VCPU_AFFINITY] = 5;
    brake->entities[0].histogram.counting = true;
    harness.core.partitions[SAMPLE_FUSION].excused_by_number = 1 + SAMPLE_BRAKE;
    harness.core.fault_scopes[XHM_FAULT_AGENT_ABSENT] = 1;
    harness.fault_count = 3;
    harness.observation.domains_sight = XHM_SIGHT_KNOWN;
    for (uint16_t domid = 0; domid < 3; domid++) {
        harness.observation.domains[harness.observation.domain_count++] =
            (struct xhm_domain_reading){.domid = domid, .online_vcpus = 1, .vcpu_slots = 2};
    }
    look_at_vcpu(0, XHM_SCHEDULER_RTDS);
    look_at_vcpu(1, XHM_SCHEDULER_CREDIT2);
    let_time_pass();
    let_time_pass();
    declare(SAMPLE_S, "xenstored", "xenconsoled");
    open_agent(&agent);
    fill_domains(2);
    assert_accepted(tell(&agent, 0, receive_order(&agent)->order));
}

/* What decoding the request takes of the arena. */
static size_t room_of(const Xhm__V1__ClientMessage *message) {
    static _Alignas(16) uint8_t memory[4096];
    uint8_t packed[256];
    const size_t size = xhm__v1__client_message__pack(message, packed);
    struct xhm_arena arena;

    arena_init(&arena, memory, sizeof(memory));
    assert_non_null(xhm__v1__client_message__unpack(&arena.allocator, size, packed));
    return arena.used;
}

static size_t pack_reply(const Xhm__V1__ServerMessage *reply, uint8_t packed[65536]) {
    assert_non_null(reply);
    assert_in_range(xhm__v1__server_message__get_packed_size(reply), 1, 65536);
    return xhm__v1__server_message__pack(reply, packed);
}

static void assert_whole_or_refused(Xhm__V1__ClientMessage *message) {
    static uint8_t whole[65536];
    static uint8_t again[65536];
    struct xhm_arena *arena = &harness.control->arena;
    const size_t all = arena->size;

    let_time_pass();
    const size_t size = pack_reply(client_ask(&observer, message), whole);
    const size_t needed = arena->used;

    assert_in_range(needed, room_of(message) + STEP, all);
    arena->size = needed;
    assert_int_equal(pack_reply(client_ask(&observer, message), again), size);
    assert_memory_equal(again, whole, size);
    for (arena->size = room_of(message); arena->size < needed; arena->size += STEP) {
        let_time_pass();
        assert_refused_with(client_ask(&observer, message), REFUSED(NOT_AVAILABLE), "too large for the room");
    }
    arena->size = all;
}

/* What is encoded last is what may be missing unnoticed: each part of a status has its turn. */
static void each_part_of_a_status_is_whole_or_refused(void **state) {
    struct xhm_partition_policy *last = &harness.policy.partitions[SAMPLE_INFOTAINMENT];
    struct xhm_partition_state *seen = &harness.core.partitions[SAMPLE_INFOTAINMENT];

    STATUS(status);
    (void)state;
    now_ns = 0;
    client_open(&observer);
    last->vcpu_count = 0;
    assert_whole_or_refused(&status);
    seen->entities[0].histogram.counting = true;
    assert_whole_or_refused(&status);
    last->entity_count = 0;
    last->vcpu_count = 2;
    assert_whole_or_refused(&status);
    last->vcpu_count = 0;
    seen->excused_by_number = 1;
    assert_whole_or_refused(&status);
    harness.core.first_expired.partition = 0;
    assert_whole_or_refused(&status);
    client_close(&observer);
}

static void replies_are_whole_or_refused(void **state) {
    STATUS(status);
    FAULTS(faults);
    POLICY_SHOW(policy);
    CONFORMANCE(conformance);
    FACTS_SHOW(facts);
    Xhm__V1__ClientMessage *const requests[] = {&status, &faults, &policy, &conformance, &facts};

    (void)state;
    now_ns = 0;
    show_everything();
    client_open(&observer);
    for (size_t i = 0; i < sizeof(requests) / sizeof(requests[0]); i++) {
        assert_whole_or_refused(requests[i]);
    }
    client_close(&observer);
    client_close(&agent);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(replies_are_whole_or_refused, harness_open, harness_close),
        cmocka_unit_test_setup_teardown(each_part_of_a_status_is_whole_or_refused, harness_open, harness_close),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
