// SPDX-License-Identifier: Apache-2.0
#include "core_bench.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#define CONTROL_LOOP 0
#define DIAGNOSTICS  1

/* A bench in which brake runs, and a second policy that begins as a copy of the first. */
struct fixture {
    struct xhm_core_bench *bench;
    struct xhm_policy next;
    uint32_t origin[XHM_MAX_PARTITIONS];
};

static struct fixture *make_fixture(void) {
    struct fixture *fixture = calloc(1, sizeof(*fixture));

    fixture->bench = bench_make();
    for (unsigned i = 0; i < XHM_CLASS_COUNT; i++) {
        fixture->bench->policy.partitions[0].reactions[i] = (struct xhm_ladder){1, {XHM_REACTION_REPORT}};
    }
    bench_run_brake(fixture->bench);
    fixture->next = fixture->bench->policy;
    return fixture;
}

static void free_fixture(struct fixture *fixture) {
    free(fixture->bench);
    free(fixture);
}

static void apply(struct fixture *fixture) {
    struct xhm_core_bench *bench = fixture->bench;

    core_apply_policy(&bench->core, &fixture->next, &bench->scratch, fixture->origin, &bench->outcome);
}

static void set_fault(struct fixture *fixture, enum xhm_fault fault, uint32_t scope) {
    const struct xhm_step step = {.core = &fixture->bench->core, .outcome = &fixture->bench->outcome};
    const struct xhm_fault_details none = {{0, 0}};

    fault_state_set(&step, 0, fault, scope, true, none);
}

static void the_same_policy_changes_nothing(void **state) {
    struct fixture *fixture = make_fixture();
    struct xhm_partition_state before;

    set_fault(fixture, XHM_FAULT_ENTITY_ALIVE_LOW, DIAGNOSTICS);
    set_fault(fixture, XHM_FAULT_VCPU_AFFINITY, 3);
    set_fault(fixture, XHM_FAULT_MEMORY_LIMIT, XHM_SCOPE_WHOLE);
    bench_brake(fixture->bench)->entities[CONTROL_LOOP].failed_cycles = 1;
    before = *bench_brake(fixture->bench);
    apply(fixture);
    assert_memory_equal(bench_brake(fixture->bench), &before, sizeof(before));
    assert_ptr_equal(fixture->bench->core.policy, &fixture->next);
    assert_int_equal(fixture->bench->outcome.event_count, 1);
    assert_int_equal(fixture->bench->outcome.events[0].kind, XHM_EVENT_POLICY_APPLIED);
    assert_int_equal(fixture->bench->outcome.action_count, 0);
    for (uint32_t i = 0; i < XHM_MAX_PARTITIONS; i++) {
        assert_int_equal(fixture->origin[i], i < 3 ? i : XHM_NONE);
    }
    free_fixture(fixture);
}

static void a_dropped_partition_is_released_and_its_faults_end(void **state) {
    struct fixture *fixture = make_fixture();

    set_fault(fixture, XHM_FAULT_MEMORY_LIMIT, XHM_SCOPE_WHOLE);
    fixture->next.partition_count = 2;
    memmove(&fixture->next.partitions[0], &fixture->next.partitions[1], 2 * sizeof(fixture->next.partitions[0]));
    apply(fixture);
    assert_true(bench_cleared(fixture->bench, XHM_FAULT_MEMORY_LIMIT));
    assert_int_equal(bench_action(fixture->bench, XHM_ACTION_RELEASE)->domid, BENCH_BRAKE_DOMID);
    assert_int_equal(fixture->origin[0], 1);
    assert_int_equal(fixture->origin[1], 2);
    assert_int_equal(fixture->origin[2], XHM_NONE);
    assert_false(fixture->bench->core.partitions[0].instance_known);
    free_fixture(fixture);
}

/* Each of these makes another partition of it. */
static void identity_name_id_and_pages_make_the_partition(void **state) {
    for (unsigned change = 0; change < 6; change++) {
        struct fixture *fixture = make_fixture();
        struct xhm_partition_policy *brake = &fixture->next.partitions[0];
        switch (change) {
        case 0:
            brake->identity.uuid.bytes[3] ^= 1;
            break;
        case 1:
            brake->identity.kind = XHM_IDENTITY_DOM0;
            break;
        case 2:
            brake->identity.domid = 1;
            break;
        case 3:
            strcpy(brake->name, "other");
            break;
        case 4:
            brake->partition_id = 99;
            break;
        default:
            brake->page_count = 2;
            break;
        }
        apply(fixture);
        assert_int_equal(fixture->origin[0], XHM_NONE);
        assert_non_null(bench_action(fixture->bench, XHM_ACTION_RELEASE));
        assert_int_equal(bench_brake(fixture->bench)->life, XHM_LIFE_ABSENT);
        free_fixture(fixture);
    }
}

static void change_entity(struct xhm_entity_policy *entity, unsigned change) {
    switch (change) {
    case 0:
        strcpy(entity->name, "other");
        break;
    case 1:
        entity->id = 77;
        break;
    case 2:
        entity->page = 1;
        break;
    case 3:
        entity->slot = 3;
        break;
    case 4:
        entity->alive.reference_cycle_ns *= 2;
        break;
    case 5:
        entity->alive.expected++;
        break;
    case 6:
        entity->alive.min_margin++;
        break;
    case 7:
        entity->alive.max_margin++;
        break;
    case 8:
        entity->alive.failed_tolerance++;
        break;
    case 9:
        entity->deadline_miss.window_ns++;
        break;
    default:
        entity->deadline_miss.limit++;
        break;
    }
}

static void an_entity_of_another_meaning_starts_anew(void **state) {
    for (unsigned change = 0; change <= 10; change++) {
        struct fixture *fixture = make_fixture();
        struct xhm_partition_state *brake = bench_brake(fixture->bench);
        set_fault(fixture, XHM_FAULT_ENTITY_ALIVE_LOW, DIAGNOSTICS);
        set_fault(fixture, XHM_FAULT_ENTITY_ALIVE_LOW, CONTROL_LOOP);
        brake->entities[DIAGNOSTICS].status = XHM_STATUS_EXPIRED;
        brake->entities[CONTROL_LOOP].status = XHM_STATUS_EXPIRED;
        change_entity(&fixture->next.partitions[0].entities[DIAGNOSTICS], change);
        apply(fixture);
        assert_true(bench_cleared(fixture->bench, XHM_FAULT_ENTITY_ALIVE_LOW));
        assert_int_equal(brake->entities[DIAGNOSTICS].status, XHM_STATUS_DEACTIVATED);
        assert_int_equal(brake->entities[CONTROL_LOOP].status, XHM_STATUS_EXPIRED);
        assert_int_equal(brake->fault_scopes[XHM_FAULT_ENTITY_ALIVE_LOW], 1u << CONTROL_LOOP);
        free_fixture(fixture);
    }
}

static void what_does_not_change_the_meaning_keeps_the_entity(void **state) {
    struct fixture *fixture = make_fixture();

    bench_brake(fixture->bench)->entities[DIAGNOSTICS].status = XHM_STATUS_EXPIRED;
    fixture->next.partitions[0].entities[DIAGNOSTICS].checkpoints_per_second = 12;
    fixture->next.partitions[0].startup_grace_ns *= 2;
    apply(fixture);
    assert_int_equal(bench_brake(fixture->bench)->entities[DIAGNOSTICS].status, XHM_STATUS_EXPIRED);
    free_fixture(fixture);
}

static void entities_may_change_places(void **state) {
    struct fixture *fixture = make_fixture();
    struct xhm_entity_policy *entities = fixture->next.partitions[0].entities;
    const struct xhm_entity_policy first = entities[0];

    set_fault(fixture, XHM_FAULT_PROBE_STUCK, CONTROL_LOOP);
    bench_brake(fixture->bench)->entities[CONTROL_LOOP].failed_cycles = 9;
    fixture->bench->core.first_expired = (struct xhm_first_expired){0, CONTROL_LOOP, ~0u, ~(uint32_t)CONTROL_LOOP};
    entities[0] = entities[1];
    entities[1] = first;
    apply(fixture);
    assert_int_equal(bench_brake(fixture->bench)->entities[1].failed_cycles, 9);
    assert_int_equal(bench_brake(fixture->bench)->fault_scopes[XHM_FAULT_PROBE_STUCK], 1u << 1);
    assert_int_equal(fixture->bench->core.first_expired.entity, 1);
    assert_int_equal(fixture->bench->core.first_expired.entity_complement, ~1u);
    free_fixture(fixture);
}

static void the_first_expired_is_forgotten_with_its_entity(void **state) {
    struct fixture *fixture = make_fixture();

    fixture->bench->core.first_expired = (struct xhm_first_expired){0, DIAGNOSTICS, ~0u, ~(uint32_t)DIAGNOSTICS};
    fixture->next.partitions[0].entity_count = 1;
    apply(fixture);
    assert_int_equal(fixture->bench->core.first_expired.partition, XHM_NONE);
    free_fixture(fixture);
    fixture = make_fixture();
    fixture->bench->core.first_expired = (struct xhm_first_expired){0, DIAGNOSTICS, ~0u, ~(uint32_t)DIAGNOSTICS};
    strcpy(fixture->next.partitions[0].name, "other");
    apply(fixture);
    assert_int_equal(fixture->bench->core.first_expired.partition, XHM_NONE);
    free_fixture(fixture);
}

static void faults_against_a_declaration_end_with_it(void **state) {
    for (unsigned change = 0; change < 5; change++) {
        struct fixture *fixture = make_fixture();
        struct xhm_partition_policy *brake = &fixture->next.partitions[0];
        const bool memory = change >= 3;
        set_fault(fixture, XHM_FAULT_VCPU_PLACEMENT, 0);
        set_fault(fixture, XHM_FAULT_MEMORY_SIZE, XHM_SCOPE_WHOLE);
        switch (change) {
        case 0:
            brake->vcpu_count++;
            break;
        case 1:
            brake->vcpus[0].exclusive = false;
            break;
        case 2:
            brake->vcpus[0].pcpus.words[0] <<= 5;
            break;
        case 3:
            brake->memory.size_kib++;
            break;
        default:
            brake->memory.slack_kib++;
            break;
        }
        apply(fixture);
        assert_int_equal(bench_brake_has(fixture->bench, XHM_FAULT_VCPU_PLACEMENT), memory);
        assert_int_equal(bench_brake_has(fixture->bench, XHM_FAULT_MEMORY_SIZE), !memory);
        free_fixture(fixture);
    }
}

static void an_entity_that_never_comes_expires_after_the_grace(void **state) {
    struct fixture *fixture = make_fixture();
    struct xhm_core_bench *bench = fixture->bench;
    struct xhm_partition_policy *brake = &fixture->next.partitions[0];

    brake->entities[2] = brake->entities[0];
    brake->entities[2].slot = 2;
    brake->entities[2].id = 3;
    strcpy(brake->entities[2].name, "extra");
    brake->entity_count = 3;
    apply(fixture);
    bench_steps(bench, 500);
    assert_int_equal(bench_brake(bench)->entities[2].status, XHM_STATUS_DEACTIVATED);
    assert_int_equal(bench_brake(bench)->status, XHM_STATUS_DEACTIVATED);
    bench_step(bench);
    assert_int_equal(bench_brake(bench)->entities[2].status, XHM_STATUS_EXPIRED);
    assert_true(bench_raised(bench, XHM_FAULT_ENTITY_ALIVE_LOW));
    free_fixture(fixture);
}

/* Fault detection counters go on under an unchanged declaration, and begin anew under another. */
static void counters_of_what_is_measured_survive_what_does_not_change(void **state) {
    struct fixture *fixture = make_fixture();
    struct xhm_instance_measures *measures = &bench_brake(fixture->bench)->measures;

    bench_brake(fixture->bench)->entities[CONTROL_LOOP].latency_counter = 55;
    bench_brake(fixture->bench)->entities[CONTROL_LOOP].logical.position = 2;
    measures->memory_size_counter = 66;
    measures->memory_limit_counter = 77;
    measures->load_counter = 88;
    fixture->next.partitions[0].restart.limit = 7;
    apply(fixture);
    assert_int_equal(bench_brake(fixture->bench)->entities[CONTROL_LOOP].latency_counter, 55);
    assert_int_equal(bench_brake(fixture->bench)->entities[CONTROL_LOOP].logical.position, 2);
    assert_int_equal(measures->memory_size_counter, 66);
    assert_int_equal(measures->memory_limit_counter, 77);
    assert_int_equal(measures->load_counter, 88);

    set_fault(fixture, XHM_FAULT_LOAD_HIGH, XHM_SCOPE_WHOLE);
    set_fault(fixture, XHM_FAULT_MEMORY_SIZE, XHM_SCOPE_WHOLE);
    struct xhm_policy third = fixture->next;
    third.partitions[0].load.raise_percent = 50;
    core_apply_policy(&fixture->bench->core, &third, &fixture->bench->scratch, fixture->origin,
                      &fixture->bench->outcome);
    assert_true(bench_cleared(fixture->bench, XHM_FAULT_LOAD_HIGH));
    assert_true(bench_brake_has(fixture->bench, XHM_FAULT_MEMORY_SIZE));
    assert_int_equal(measures->load_counter, 0);
    assert_int_equal(measures->memory_size_counter, 66);
    struct xhm_policy fourth = third;
    fourth.partitions[0].memory.debounce.up_step = 5;
    core_apply_policy(&fixture->bench->core, &fourth, &fixture->bench->scratch, fixture->origin,
                      &fixture->bench->outcome);
    assert_true(bench_cleared(fixture->bench, XHM_FAULT_MEMORY_SIZE));
    assert_int_equal(measures->memory_size_counter, 0);
    assert_int_equal(measures->memory_limit_counter, 0);
    free_fixture(fixture);
}

/* A remembered pause counts until it is known that its instance is there no more. */
static void what_is_held_paused_cannot_be_left_out(void **state) {
    struct xhm_core_bench *bench = bench_make();
    struct xhm_policy next;
    struct xhm_persistent remembered;

    bench_run_pair(bench);
    next = bench->policy;
    assert_int_equal(core_paused_and_dropped(&bench->core, &next), XHM_NONE);
    next.partitions[XHM_SIM_FUSION].partition_id = 77;
    assert_int_equal(core_paused_and_dropped(&bench->core, &next), XHM_SIM_FUSION);
    memset(&remembered, 0, sizeof(remembered));
    core_export(&bench->core, &remembered);
    remembered.same_boot = true;
    bench_begin_again(bench, &remembered, XHM_PERSISTENT_READ);
    assert_int_equal(core_paused_and_dropped(&bench->core, &next), XHM_SIM_FUSION);
    bench_begin_again(bench, &remembered, XHM_PERSISTENT_READ);
    bench->observation.domain_count = 0;
    bench_step(bench);
    assert_int_equal(core_paused_and_dropped(&bench->core, &next), XHM_NONE);
    free(bench);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_same_policy_changes_nothing),
        cmocka_unit_test(a_dropped_partition_is_released_and_its_faults_end),
        cmocka_unit_test(identity_name_id_and_pages_make_the_partition),
        cmocka_unit_test(an_entity_of_another_meaning_starts_anew),
        cmocka_unit_test(what_does_not_change_the_meaning_keeps_the_entity),
        cmocka_unit_test(entities_may_change_places),
        cmocka_unit_test(the_first_expired_is_forgotten_with_its_entity),
        cmocka_unit_test(faults_against_a_declaration_end_with_it),
        cmocka_unit_test(an_entity_that_never_comes_expires_after_the_grace),
        cmocka_unit_test(what_is_held_paused_cannot_be_left_out),
        cmocka_unit_test(counters_of_what_is_measured_survive_what_does_not_change),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
