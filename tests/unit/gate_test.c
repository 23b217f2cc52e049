// SPDX-License-Identifier: Apache-2.0
/* What mode, maintenance and declaration let be judged and done: a table, and what happens at its borders. */
#include "core_bench.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

/* One row of the table of modes. */
struct row {
    bool absence;
    bool partitions;
    bool reactions;
};

static const struct row rows[XHM_MODE_END] = {
    [XHM_MODE_STARTUP] = {false, true, true},
    [XHM_MODE_RUN] = {true, true, true},
    [XHM_MODE_SHUTDOWN] = {false, false, false},
    [XHM_MODE_UPDATE] = {false, false, false},
};

static void each_mode_is_a_row(void **state) {
    struct xhm_core_bench *bench = bench_make();

    (void)state;
    bench_run_brake(bench);
    for (unsigned mode = XHM_MODE_STARTUP; mode < XHM_MODE_END; mode++) {
        const struct xhm_step step = bench_call(bench);
        bench->core.mode = (enum xhm_ecu_mode)mode;
        assert_int_equal(mode_rules(&bench->core)->absence_is_judged, rows[mode].absence);
        assert_int_equal(gate_presence_is_judged(&step, 0), rows[mode].partitions);
        assert_int_equal(gate_supervision_is_active(&step, 0), rows[mode].partitions);
        assert_int_equal(gate_reaction_is_allowed(&step, 0), rows[mode].reactions);
    }
    free(bench);
}

static void without_a_declared_mode_the_ecu_runs(void **state) {
    struct xhm_policy policy = {.schema = XHM_POLICY_SCHEMA};

    (void)state;
    assert_int_equal(mode_initial(&policy), XHM_MODE_RUN);
    policy.supervisor.initial_mode = XHM_MODE_STARTUP;
    assert_int_equal(mode_initial(&policy), XHM_MODE_STARTUP);
    assert_false(mode_exists((enum xhm_ecu_mode)0));
    assert_true(mode_exists(XHM_MODE_UPDATE));
    assert_false(mode_exists(XHM_MODE_END));
}

static void declaration_maintenance_latch_and_dependency_close_the_gate(void **state) {
    struct xhm_core_bench *bench = bench_make();
    struct xhm_partition_policy *brake = &bench->policy.partitions[XHM_SIM_BRAKE];

    (void)state;
    bench_run_brake(bench);
    const struct xhm_step step = bench_call(bench);
    assert_true(gate_reaction_is_allowed(&step, 0));
    brake->supervision_off = true;
    assert_false(gate_is_judged(&step, 0));
    brake->supervision_off = false;
    bench_brake(bench)->maintenance_until_ns = bench->core.supervised_ns + 1;
    assert_false(gate_is_judged(&step, 0));
    bench_brake(bench)->maintenance_until_ns = 0;
    bench->core.latch.number = 1;
    assert_true(gate_is_judged(&step, 0));
    assert_false(gate_reaction_is_allowed(&step, 0));
    bench->core.latch.number = 0;
    brake->depends_on = UINT64_C(1) << XHM_SIM_FUSION;
    assert_false(gate_reaction_is_allowed(&step, 0));
    free(bench);
}

static void what_is_kept_halted_is_not_supervised(void **state) {
    struct xhm_core_bench *bench = bench_make();

    (void)state;
    bench_run_brake(bench);
    const struct xhm_step step = bench_call(bench);
    bench_brake(bench)->life = XHM_LIFE_HALTED;
    assert_false(gate_supervision_is_active(&step, 0));
    assert_true(gate_presence_is_judged(&step, 0));
    bench_brake(bench)->life = XHM_LIFE_STANDBY;
    assert_false(gate_supervision_is_active(&step, 0));
    free(bench);
}

static void what_ceases_to_be_judged_is_cleared_visibly(void **state) {
    struct xhm_core_bench *bench = bench_make();
    const struct xhm_fault_details none = {{0, 0}};

    (void)state;
    bench_run_brake(bench);
    const struct xhm_step step = bench_call(bench);
    fault_state_set(&step, 0, XHM_FAULT_MEMORY_SIZE, XHM_SCOPE_WHOLE, true, none);
    fault_state_set(&step, 0, XHM_FAULT_RESTART_FAILED, XHM_SCOPE_WHOLE, true, none);
    bench_order(bench, (struct xhm_order){.kind = XHM_ORDER_MODE, .mode = XHM_MODE_SHUTDOWN});
    bench_step(bench);
    assert_true(bench_cleared(bench, XHM_FAULT_MEMORY_SIZE));
    assert_false(bench_brake_has(bench, XHM_FAULT_MEMORY_SIZE));
    /* What recovery has left is no judgement of the instance. */
    assert_true(bench_brake_has(bench, XHM_FAULT_RESTART_FAILED));
    assert_int_equal(bench_events(bench, XHM_EVENT_LOCAL_STATUS, 0), 2);
    assert_int_equal(bench_brake(bench)->entities[0].status, XHM_STATUS_DEACTIVATED);
    assert_int_equal(bench_brake(bench)->status, XHM_STATUS_DEACTIVATED);
    assert_int_equal(bench->core.status, XHM_STATUS_DEACTIVATED);
    bench_step(bench);
    assert_int_equal(bench->outcome.event_count, 0);
    free(bench);
}

static void what_is_stopped_stays_so_without_judgement(void **state) {
    struct xhm_core_bench *bench = bench_make();

    (void)state;
    bench_run_brake(bench);
    const struct xhm_step step = bench_call(bench);
    lifecycle_event(&step, 0, XHM_LIFE_EXHAUSTED);
    bench_order(bench, (struct xhm_order){.kind = XHM_ORDER_MAINTENANCE, .duration_ns = XHM_SIM_S});
    bench_step(bench);
    assert_int_equal(bench_brake(bench)->status, XHM_STATUS_STOPPED);
    free(bench);
}

static void a_start_has_its_whole_time_once_it_is_judged(void **state) {
    struct xhm_core_bench *bench = bench_make();

    (void)state;
    bench_add_domain(bench, XHM_SIM_BRAKE, BENCH_BRAKE_DOMID);
    bench_step(bench);
    bench_order(bench, (struct xhm_order){.kind = XHM_ORDER_MAINTENANCE, .duration_ns = 20 * XHM_SIM_S});
    bench_steps(bench, 2001);
    assert_false(bench_brake_has(bench, XHM_FAULT_PARTITION_START_OVERDUE));
    bench_steps(bench, 498);
    assert_false(bench_brake_has(bench, XHM_FAULT_PARTITION_START_OVERDUE));
    bench_steps(bench, 2);
    assert_true(bench_brake_has(bench, XHM_FAULT_PARTITION_START_OVERDUE));
    free(bench);
}

static void in_startup_an_absence_does_not_age(void **state) {
    struct xhm_core_bench *bench = bench_make();

    (void)state;
    bench->policy.supervisor.initial_mode = XHM_MODE_STARTUP;
    bench_restart(bench);
    bench_steps(bench, 1000);
    assert_false(bench_brake_has(bench, XHM_FAULT_PARTITION_MISSING));
    bench_order(bench, (struct xhm_order){.kind = XHM_ORDER_MODE, .mode = XHM_MODE_RUN});
    bench_steps(bench, 499);
    assert_false(bench_brake_has(bench, XHM_FAULT_PARTITION_MISSING));
    bench_steps(bench, 2);
    assert_true(bench_brake_has(bench, XHM_FAULT_PARTITION_MISSING));
    free(bench);
}

static void maintenance_ends_with_its_time(void **state) {
    struct xhm_core_bench *bench = bench_make();

    (void)state;
    bench_run_brake(bench);
    bench_order(bench, (struct xhm_order){.kind = XHM_ORDER_MAINTENANCE, .duration_ns = XHM_SIM_S});
    bench_steps(bench, 99);
    assert_int_equal(bench_events(bench, XHM_EVENT_MAINTENANCE_ENDED, 0), 0);
    bench_step(bench);
    assert_int_equal(bench_events(bench, XHM_EVENT_MAINTENANCE_ENDED, 0), 1);
    assert_int_equal(bench->outcome.events[0].values[0], 0);
    assert_int_equal(bench->outcome.events[0].values[1], XHM_NONE);
    assert_true(bench->outcome.persistent_changed);
    free(bench);
}

static void where_nothing_is_supervised_nothing_is_ok(void **state) {
    struct xhm_core_bench *bench = bench_make();

    (void)state;
    for (uint32_t i = 0; i < bench->policy.partition_count; i++) {
        bench->policy.partitions[i].supervision_off = true;
    }
    bench_restart(bench);
    bench_steps(bench, 3);
    assert_int_equal(bench->core.status, XHM_STATUS_DEACTIVATED);
    free(bench);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_mode_is_a_row),
        cmocka_unit_test(without_a_declared_mode_the_ecu_runs),
        cmocka_unit_test(declaration_maintenance_latch_and_dependency_close_the_gate),
        cmocka_unit_test(what_is_kept_halted_is_not_supervised),
        cmocka_unit_test(what_ceases_to_be_judged_is_cleared_visibly),
        cmocka_unit_test(what_is_stopped_stays_so_without_judgement),
        cmocka_unit_test(a_start_has_its_whole_time_once_it_is_judged),
        cmocka_unit_test(in_startup_an_absence_does_not_age),
        cmocka_unit_test(maintenance_ends_with_its_time),
        cmocka_unit_test(where_nothing_is_supervised_nothing_is_ok),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
