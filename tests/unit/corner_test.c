// SPDX-License-Identifier: Apache-2.0
/* Corners of the core that no ordinary course of events leads to, each called for by name. */
#include "alive.h"
#include "core_bench.h"
#include "logical.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#define CONTROL_LOOP 0

static const struct xhm_fault_details none = {{0, 0}};

/* brake is healthy, and its faults are only reported. */
static struct xhm_core_bench *make_reported(void) {
    struct xhm_core_bench *bench = bench_make();

    bench_set_ladder(bench, 0, (struct xhm_ladder){1, {XHM_REACTION_REPORT}});
    bench_run_brake(bench);
    return bench;
}

static void an_excused_counter_beyond_its_tolerance_stays(void **state) {
    uint32_t failed_cycles = 1;

    (void)state;
    assert_int_equal(alive_next_status(XHM_STATUS_FAILED, XHM_ALIVE_LOW, 0, true, &failed_cycles), XHM_STATUS_EXPIRED);
    assert_int_equal(failed_cycles, 1);
}

static void a_checkpoint_that_only_ends_transitions_is_declared(void **state) {
    const struct xhm_logical_policy policy = {
        .initial_count = 1, .initial = {1}, .transition_count = 1, .transitions = {{1, 2}}};
    struct xhm_logical_state logical = {.synced = true};

    (void)state;
    assert_true(logical_checkpoint(&policy, &logical, 1));
    assert_true(logical_checkpoint(&policy, &logical, 2));
    assert_true(logical.synced);
    assert_false(logical_checkpoint(&policy, &logical, 1));
}

static void a_fault_of_a_page_as_a_whole_names_no_entity(void **state) {
    struct xhm_core_bench *bench = bench_make();
    const struct xhm_step step = bench_call(bench);

    (void)state;
    fault_state_set(&step, 0, XHM_FAULT_PROBE_MISSING, XHM_SCOPE_WHOLE, true, none);
    assert_int_equal(bench->outcome.events[0].entity, XHM_NONE);
    free(bench);
}

/* A sound policy has none; the first entity stands for it all the same. */
static void a_page_without_an_entity_is_told_of_the_first(void **state) {
    struct xhm_core_bench *bench = make_reported();

    (void)state;
    bench->policy.partitions[0].page_count = 2;
    bench_step(bench);
    assert_true(bench_brake_has(bench, XHM_FAULT_PROBE_MISSING));
    assert_int_equal(bench_brake(bench)->fault_scopes[XHM_FAULT_PROBE_MISSING], 1);
    free(bench);
}

static void good_cycles_are_counted_no_further_than_they_can_be(void **state) {
    struct xhm_core_bench *bench = make_reported();

    (void)state;
    bench_brake(bench)->entities[CONTROL_LOOP].good_cycles = UINT32_MAX;
    bench_steps(bench, 20);
    assert_int_equal(bench_brake(bench)->entities[CONTROL_LOOP].good_cycles, UINT32_MAX);
    free(bench);
}

static void without_alive_supervision_expired_stays(void **state) {
    struct xhm_core_bench *bench = make_reported();
    struct xhm_entity_policy *policy = &bench->policy.partitions[0].entities[CONTROL_LOOP];

    (void)state;
    policy->alive.reference_cycle_ns = 0;
    bench_brake(bench)->entities[CONTROL_LOOP].status = XHM_STATUS_EXPIRED;
    bench_steps(bench, 5);
    assert_int_equal(bench_brake(bench)->entities[CONTROL_LOOP].status, XHM_STATUS_EXPIRED);
    free(bench);
}

static void reach(struct xhm_core_bench *bench, uint32_t checkpoint, unsigned times) {
    for (unsigned i = 0; i < times; i++) {
        xhm_probe_checkpoint(bench->pages[0].entities[CONTROL_LOOP], checkpoint, 1000 + i);
    }
}

static void without_alive_supervision_a_loss_ends_with_the_next_checkpoints(void **state) {
    struct xhm_core_bench *bench = make_reported();
    struct xhm_entity_policy *policy = &bench->policy.partitions[0].entities[CONTROL_LOOP];

    (void)state;
    policy->alive.reference_cycle_ns = 0;
    policy->deadline_miss.window_ns = XHM_SIM_S;
    policy->logical = (struct xhm_logical_policy){.initial_count = 1, .initial = {1}, .final_count = 1, .finals = {1}};
    bench_step(bench);
    reach(bench, 1, XHM_PROBE_RING_ENTRY_COUNT + 5);
    bench_step(bench);
    assert_true(bench_brake_has(bench, XHM_FAULT_PROBE_CHECKPOINTS_LOST));
    bench_step(bench);
    assert_true(bench_brake_has(bench, XHM_FAULT_PROBE_CHECKPOINTS_LOST));
    reach(bench, 1, 1);
    bench_step(bench);
    assert_false(bench_brake_has(bench, XHM_FAULT_PROBE_CHECKPOINTS_LOST));
    free(bench);
}

/* brake depends on fusion, which is not there. */
static void an_excused_entity_that_failed_stays_so_with_the_next_violation(void **state) {
    struct xhm_core_bench *bench = make_reported();
    struct xhm_entity_policy *policy = &bench->policy.partitions[0].entities[CONTROL_LOOP];

    (void)state;
    policy->logical = (struct xhm_logical_policy){.initial_count = 1, .initial = {1}, .final_count = 1, .finals = {1}};
    bench->policy.partitions[0].depends_on = UINT64_C(1) << XHM_SIM_FUSION;
    bench_step(bench);
    for (unsigned i = 0; i < 2; i++) {
        reach(bench, 9, 1);
        bench_step(bench);
        assert_int_equal(bench_brake(bench)->entities[CONTROL_LOOP].status, XHM_STATUS_FAILED);
    }
    free(bench);
}

/* One domain list, in a step whose clock stood still, and one with more CPU time than there are pCPUs. */
static void impossible_loads_are_bounded(void **state) {
    struct xhm_core_bench *bench = make_reported();
    struct xhm_domain_reading *brake = NULL;

    (void)state;
    for (uint32_t i = 0; i < bench->observation.domain_count; i++) {
        if (bench->observation.domains[i].domid == BENCH_BRAKE_DOMID) {
            brake = &bench->observation.domains[i];
        }
    }
    bench->policy.partitions[0].load =
        (struct xhm_load_policy){.raise_percent = 90, .clear_percent = 90, .debounce = {255, 255}};
    assert_non_null(brake);
    bench_steps(bench, 20);
    brake->cpu_time_ns += UINT64_C(1) << 60;
    bench_step(bench);
    assert_true(bench_brake_has(bench, XHM_FAULT_LOAD_HIGH));
    const struct xhm_step again = {&bench->core, &bench->observation, &bench->outcome, false};
    load_step(&again);
    assert_true(bench_brake_has(bench, XHM_FAULT_LOAD_HIGH));
    free(bench);
}

static void a_changed_load_begins_anew(void **state) {
    struct xhm_core_bench *bench = make_reported();
    struct xhm_policy next;
    uint32_t origin[XHM_MAX_PARTITIONS];

    (void)state;
    bench_brake(bench)->measures.load_counter = 7;
    bench_brake(bench)->measures.memory_size_counter = 5;
    next = bench->policy;
    next.partitions[0].load = (struct xhm_load_policy){.raise_percent = 50, .clear_percent = 40, .debounce = {1, 1}};
    core_apply_policy(&bench->core, &next, &bench->scratch, origin, &bench->outcome);
    assert_int_equal(bench_brake(bench)->measures.load_counter, 0);
    assert_int_equal(bench_brake(bench)->measures.memory_size_counter, 5);
    free(bench);
}

static void a_lost_safe_state_goes_on_under_its_name(void **state) {
    struct xhm_core_bench *bench = bench_make();
    struct xhm_persistent persistent;

    (void)state;
    memset(&persistent, 0, sizeof(persistent));
    strcpy(persistent.safe_state, "long-gone");
    bench_begin_again(bench, &persistent, XHM_PERSISTENT_READ);
    assert_string_equal(core_safe_state_name(&bench->core), "long-gone");
    free(bench);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_excused_counter_beyond_its_tolerance_stays),
        cmocka_unit_test(a_checkpoint_that_only_ends_transitions_is_declared),
        cmocka_unit_test(a_fault_of_a_page_as_a_whole_names_no_entity),
        cmocka_unit_test(a_page_without_an_entity_is_told_of_the_first),
        cmocka_unit_test(good_cycles_are_counted_no_further_than_they_can_be),
        cmocka_unit_test(without_alive_supervision_expired_stays),
        cmocka_unit_test(without_alive_supervision_a_loss_ends_with_the_next_checkpoints),
        cmocka_unit_test(an_excused_entity_that_failed_stays_so_with_the_next_violation),
        cmocka_unit_test(impossible_loads_are_bounded),
        cmocka_unit_test(a_changed_load_begins_anew),
        cmocka_unit_test(a_lost_safe_state_goes_on_under_its_name),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
