// SPDX-License-Identifier: Apache-2.0
#include "core_bench.h"
#include "debounce.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <stdlib.h>

static const struct xhm_fault_details details = {{11, 22}};

static struct xhm_step step_of(struct xhm_core_bench *bench) {
    outcome_clear(&bench->outcome);
    return (struct xhm_step){.core = &bench->core, .outcome = &bench->outcome};
}

static void a_fault_is_told_when_it_changes(void **state) {
    struct xhm_core_bench *bench = bench_make();
    const struct xhm_step step = step_of(bench);

    fault_state_set(&step, 0, XHM_FAULT_MEMORY_SIZE, XHM_SCOPE_WHOLE, false, details);
    assert_int_equal(bench->outcome.event_count, 0);
    fault_state_set(&step, 0, XHM_FAULT_MEMORY_SIZE, XHM_SCOPE_WHOLE, true, details);
    fault_state_set(&step, 0, XHM_FAULT_MEMORY_SIZE, XHM_SCOPE_WHOLE, true, details);
    assert_int_equal(bench->outcome.event_count, 1);
    assert_int_equal(bench->outcome.events[0].kind, XHM_EVENT_FAULT_RAISED);
    assert_int_equal(bench->outcome.events[0].entity, XHM_NONE);
    assert_int_equal(bench->outcome.events[0].domid, XHM_NONE);
    assert_int_equal(bench->outcome.events[0].values[1], 22);
    fault_state_set(&step, 0, XHM_FAULT_MEMORY_SIZE, XHM_SCOPE_WHOLE, false, details);
    assert_int_equal(bench->outcome.events[1].kind, XHM_EVENT_FAULT_CLEARED);
    assert_int_equal(bench_brake(bench)->fault_occurrences[XHM_FAULT_MEMORY_SIZE], 1);
    free(bench);
}

static void scopes_are_independent(void **state) {
    struct xhm_core_bench *bench = bench_make();
    const struct xhm_step step = step_of(bench);

    fault_state_set(&step, 0, XHM_FAULT_VCPU_AFFINITY, 0, true, details);
    fault_state_set(&step, 0, XHM_FAULT_VCPU_AFFINITY, 3, true, details);
    assert_int_equal(bench->outcome.event_count, 2);
    assert_int_equal(bench->outcome.events[1].entity, XHM_NONE);
    fault_state_clear(&step, 0, XHM_FAULT_VCPU_AFFINITY);
    assert_int_equal(bench->outcome.event_count, 4);
    assert_false(bench_brake_has(bench, XHM_FAULT_VCPU_AFFINITY));
    free(bench);
}

static void faults_of_entities_name_them(void **state) {
    static const enum xhm_fault faults[] = {XHM_FAULT_ENTITY_ALIVE_LOW, XHM_FAULT_PROBE_STUCK,
                                            XHM_FAULT_DEADLINE_MISSES};
    struct xhm_core_bench *bench = bench_make();
    const struct xhm_step step = step_of(bench);

    bench_brake(bench)->instance_known = true;
    bench_brake(bench)->domid = 42;
    for (unsigned i = 0; i < 3; i++) {
        fault_state_set(&step, 0, faults[i], 1, true, details);
        assert_int_equal(bench->outcome.events[i].entity, 1);
        assert_int_equal(bench->outcome.events[i].domid, 42);
    }
    free(bench);
}

static void faults_of_the_supervisor_belong_to_no_partition(void **state) {
    struct xhm_core_bench *bench = bench_make();
    const struct xhm_step step = step_of(bench);

    fault_state_set(&step, XHM_NONE, XHM_FAULT_CLOCK_FAILED, XHM_SCOPE_WHOLE, true, details);
    assert_int_equal(bench->outcome.events[0].partition, XHM_NONE);
    assert_int_equal(bench->core.fault_occurrences[XHM_FAULT_CLOCK_FAILED], 1);
    assert_true(bench->core.fault_scopes[XHM_FAULT_CLOCK_FAILED] != 0);
    free(bench);
}

static void occurrences_saturate(void **state) {
    struct xhm_core_bench *bench = bench_make();
    const struct xhm_step step = step_of(bench);

    bench_brake(bench)->fault_occurrences[XHM_FAULT_MEMORY_SIZE] = UINT32_MAX;
    fault_state_set(&step, 0, XHM_FAULT_MEMORY_SIZE, XHM_SCOPE_WHOLE, true, details);
    assert_int_equal(bench_brake(bench)->fault_occurrences[XHM_FAULT_MEMORY_SIZE], UINT32_MAX);
    free(bench);
}

static void any_looks_at_one_class(void **state) {
    struct xhm_core_bench *bench = bench_make();
    const struct xhm_step step = step_of(bench);

    assert_false(fault_state_any(bench_brake(bench), XHM_CLASS_MEMORY));
    fault_state_set(&step, 0, XHM_FAULT_MEMORY_LIMIT, XHM_SCOPE_WHOLE, true, details);
    assert_true(fault_state_any(bench_brake(bench), XHM_CLASS_MEMORY));
    assert_false(fault_state_any(bench_brake(bench), XHM_CLASS_PLACEMENT));
    free(bench);
}

static void what_does_not_fit_is_counted(void **state) {
    struct xhm_core_bench *bench = bench_make();
    const struct xhm_step step = step_of(bench);
    const struct xhm_action action = {.kind = XHM_ACTION_STOP};

    for (unsigned i = 0; i < XHM_MAX_EVENTS + 3; i++) {
        step_event(&step, XHM_EVENT_PAGE_ATTACHED, 0, XHM_NONE, i, 0);
    }
    assert_int_equal(bench->outcome.event_count, XHM_MAX_EVENTS);
    assert_int_equal(bench->outcome.events_dropped, 3);
    for (unsigned i = 0; i < XHM_MAX_ACTIONS + 3; i++) {
        outcome_action(&bench->outcome, &action);
    }
    assert_int_equal(bench->outcome.action_count, XHM_MAX_ACTIONS);
    free(bench);
}

static void a_debounced_fault_changes_at_the_ends_of_its_counter(void **state) {
    struct xhm_core_bench *bench = bench_make();
    const struct xhm_step step = bench_call(bench);
    const struct xhm_fault_details none = {{0, 0}};
    static const struct {
        int32_t counter;
        bool present;
    } steps[] = {{126, false}, {XHM_DEBOUNCE_FAILED, true}, {0, true}, {-127, true}, {XHM_DEBOUNCE_PASSED, false}};

    for (size_t i = 0; i < sizeof(steps) / sizeof(steps[0]); i++) {
        fault_state_debounced(&step, 0, XHM_FAULT_LOAD_HIGH, XHM_SCOPE_WHOLE, steps[i].counter, none);
        assert_int_equal(bench_brake_has(bench, XHM_FAULT_LOAD_HIGH), steps[i].present);
    }
    free(bench);
}

static void the_catalogue_is_found_by_number(void **state) {
    for (unsigned i = 0; i < XHM_FAULT_COUNT; i++) {
        assert_int_equal(faults_find(faults_info((enum xhm_fault)i)->number), i);
    }
    assert_int_equal(faults_find(0), XHM_FAULT_COUNT);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_fault_is_told_when_it_changes),
        cmocka_unit_test(scopes_are_independent),
        cmocka_unit_test(faults_of_entities_name_them),
        cmocka_unit_test(faults_of_the_supervisor_belong_to_no_partition),
        cmocka_unit_test(occurrences_saturate),
        cmocka_unit_test(any_looks_at_one_class),
        cmocka_unit_test(what_does_not_fit_is_counted),
        cmocka_unit_test(a_debounced_fault_changes_at_the_ends_of_its_counter),
        cmocka_unit_test(the_catalogue_is_found_by_number),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
