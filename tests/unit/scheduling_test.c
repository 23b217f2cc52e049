// SPDX-License-Identifier: Apache-2.0
/* Covers: XHM-SCHEDULING-1 */
#include "core_bench.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <stdlib.h>

static const struct xhm_rtds_policy server = {.period_ns = 10 * XHM_SIM_MS, .budget_ns = 4 * XHM_SIM_MS};

static struct xhm_core_bench *make(struct xhm_rtds_policy rtds, struct xhm_credit2_policy credit2) {
    struct xhm_core_bench *bench = bench_make();

    bench_set_ladder(bench, 0, (struct xhm_ladder){1, {XHM_REACTION_REPORT}});
    bench->policy.partitions[0].vcpus[0].rtds = rtds;
    bench->policy.partitions[0].credit2 = credit2;
    bench_restart(bench);
    bench_run_brake(bench);
    return bench;
}

/* One look at brake's vCPU. Returns the verdict. */
static enum xhm_verdict look(struct xhm_core_bench *bench, struct xhm_scheduling_reading reading) {
    bench_add_vcpu(bench, BENCH_BRAKE_DOMID, 0, 1)->scheduling = reading;
    bench_step(bench);
    return bench_verdict(bench, XHM_CHECK_SCHEDULING_PARAMETERS, 0);
}

static struct xhm_scheduling_reading rtds(uint64_t period_ms, uint64_t budget_ms, bool extratime) {
    return (struct xhm_scheduling_reading){
        .sight = XHM_SIGHT_KNOWN,
        .scheduler = XHM_SCHEDULER_RTDS,
        .rtds = {.period_ns = period_ms * XHM_SIM_MS, .budget_ns = budget_ms * XHM_SIM_MS, .extratime = extratime}};
}

static struct xhm_scheduling_reading credit2(uint32_t weight, uint32_t cap) {
    return (struct xhm_scheduling_reading){
        .sight = XHM_SIGHT_KNOWN, .scheduler = XHM_SCHEDULER_CREDIT2, .credit2 = {.weight = weight, .cap = cap}};
}

static uint64_t told_value(const struct xhm_core_bench *bench) {
    assert_true(bench_raised(bench, XHM_FAULT_SCHEDULING_PARAMETERS));
    return bench->outcome.events[0].values[1];
}

static void rtds_parameters_are_exact(void **state) {
    struct xhm_core_bench *bench = make(server, (struct xhm_credit2_policy){0});

    assert_int_equal(bench_verdict(bench, XHM_CHECK_SCHEDULING_PARAMETERS, 0), XHM_VERDICT_UNKNOWN);
    assert_int_equal(look(bench, rtds(10, 4, false)), XHM_VERDICT_CONFORMS);
    assert_int_equal(look(bench, rtds(20, 4, false)), XHM_VERDICT_DEVIATES);
    assert_int_equal(told_value(bench), 20 * XHM_SIM_MS);
    assert_int_equal(look(bench, rtds(10, 4, false)), XHM_VERDICT_CONFORMS);
    assert_true(bench_cleared(bench, XHM_FAULT_SCHEDULING_PARAMETERS));
    assert_int_equal(look(bench, rtds(10, 5, true)), XHM_VERDICT_DEVIATES);
    assert_int_equal(told_value(bench), 5 * XHM_SIM_MS);
    look(bench, rtds(10, 4, false));
    assert_int_equal(look(bench, rtds(10, 4, true)), XHM_VERDICT_DEVIATES);
    assert_int_equal(told_value(bench), 1);
    free(bench);
}

static void credit2_parameters_are_exact(void **state) {
    struct xhm_core_bench *bench = make((struct xhm_rtds_policy){0}, (struct xhm_credit2_policy){256, 50});

    assert_int_equal(look(bench, credit2(256, 50)), XHM_VERDICT_CONFORMS);
    assert_int_equal(look(bench, credit2(99, 50)), XHM_VERDICT_DEVIATES);
    assert_int_equal(told_value(bench), 99);
    look(bench, credit2(256, 50));
    assert_int_equal(look(bench, credit2(256, 0)), XHM_VERDICT_DEVIATES);
    assert_int_equal(told_value(bench), 0);
    free(bench);
}

static void under_another_scheduler_nothing_is_guaranteed(void **state) {
    struct xhm_core_bench *bench = make(server, (struct xhm_credit2_policy){0});
    const struct xhm_scheduling_reading other = {
        .sight = XHM_SIGHT_UNKNOWN, .scheduler = XHM_SCHEDULER_RTDS, .other_scheduler = true};

    assert_int_equal(look(bench, other), XHM_VERDICT_DEVIATES);
    assert_int_equal(told_value(bench), 0);
    free(bench);
}

static void what_was_not_asked_or_answered_is_unknown(void **state) {
    struct xhm_core_bench *bench = make(server, (struct xhm_credit2_policy){0});
    const struct xhm_scheduling_reading unknown = {.sight = XHM_SIGHT_UNKNOWN, .scheduler = XHM_SCHEDULER_RTDS};

    look(bench, rtds(10, 3, false));
    assert_int_equal(look(bench, unknown), XHM_VERDICT_UNKNOWN);
    assert_true(bench_brake_has(bench, XHM_FAULT_SCHEDULING_PARAMETERS));
    assert_int_equal(look(bench, credit2(1, 1)), XHM_VERDICT_UNKNOWN);
    look(bench, rtds(10, 4, false));
    bench_brake(bench)->life = XHM_LIFE_STARTING;
    assert_int_equal(look(bench, rtds(10, 3, false)), XHM_VERDICT_UNKNOWN);
    assert_false(bench_brake_has(bench, XHM_FAULT_SCHEDULING_PARAMETERS));
    free(bench);
}

static void what_is_not_declared_has_no_verdict(void **state) {
    struct xhm_core_bench *bench = make((struct xhm_rtds_policy){0}, (struct xhm_credit2_policy){0});

    assert_int_equal(look(bench, rtds(10, 3, false)), XHM_VERDICT_UNDECLARED);
    assert_false(bench_brake_has(bench, XHM_FAULT_SCHEDULING_PARAMETERS));
    free(bench);
}

/* Two vCPUs with servers of their own, one without, one that is not declared, a stranger with twenty. */
static struct xhm_core_bench *make_sweep(uint32_t checks_per_cycle) {
    struct xhm_core_bench *bench = bench_make();
    struct xhm_partition_policy *brake = &bench->policy.partitions[0];

    brake->vcpu_count = 3;
    brake->vcpus[1] = brake->vcpus[0];
    brake->vcpus[2] = brake->vcpus[0];
    brake->vcpus[0].rtds = server;
    brake->vcpus[2].rtds = server;
    bench->policy.supervisor.conformance_checks_per_cycle = checks_per_cycle;
    bench_restart(bench);
    bench_run_brake(bench);
    bench->observation.domains[0].vcpu_slots = 4;
    struct xhm_domain_reading *stranger = bench_add_domain(bench, XHM_SIM_INFOTAINMENT, 20);
    stranger->uuid.bytes[0] = 0xee;
    stranger->vcpu_slots = 20;
    bench_step(bench);
    return bench;
}

/* Plans until the sweep is through. Returns how often scheduling was asked for, having counted the look-ups. */
static unsigned sweep(struct xhm_core_bench *bench, uint32_t *look_ups, uint32_t *most) {
    const uint64_t completed = bench->core.sweep.completed;
    unsigned asked = 0;

    *look_ups = 0;
    *most = 0;
    while (bench->core.sweep.completed == completed) {
        uint32_t now = 0;
        core_plan(&bench->core, 1, &bench->plan);
        for (uint32_t i = 0; i < bench->plan.vcpu_count; i++) {
            const bool second = bench->plan.vcpus[i].scheduling == XHM_SCHEDULER_RTDS;
            asked += second;
            now += second ? 2 : 1;
            bench_add_vcpu(bench, bench->plan.vcpus[i].domid, bench->plan.vcpus[i].vcpu, 1);
        }
        *look_ups += now;
        *most = now > *most ? now : *most;
        bench_step(bench);
    }
    return asked;
}

static void a_second_look_up_counts_as_one(void **state) {
    for (uint32_t bound = 2; bound < 5; bound++) {
        struct xhm_core_bench *bench = make_sweep(bound);
        uint32_t look_ups;
        uint32_t most;

        assert_int_equal(sweep(bench, &look_ups, &most), 2);
        assert_int_equal(look_ups, 26);
        assert_true(most <= bound);
        assert_int_equal(bench->core.sweep.total, 26);
        assert_int_equal(bench->core.sweep.vcpus, 24);
        assert_int_equal(bench->core.fault_scopes[XHM_FAULT_CONFORMANCE_LATE], 0);
        free(bench);
    }
}

/* A sweep that is late makes as many look-ups in a cycle as it may, and never one more. */
static void the_bound_of_a_cycle_holds_when_late(void **state) {
    struct xhm_core_bench *bench = make_sweep(3);
    uint32_t look_ups;
    uint32_t most;

    sweep(bench, &look_ups, &most);
    core_plan(&bench->core, 100000, &bench->plan);
    assert_int_equal(bench->plan.vcpu_count, 0);
    core_plan(&bench->core, 100000, &bench->plan);
    assert_int_equal(bench->plan.vcpu_count, 2);
    assert_int_equal(bench->plan.vcpus[0].scheduling, XHM_SCHEDULER_RTDS);
    assert_int_equal(bench->plan.vcpus[1].scheduling, XHM_SCHEDULER_ANY);
    free(bench);
}

static void without_room_for_two_nothing_is_asked(void **state) {
    struct xhm_core_bench *bench = make_sweep(1);
    uint32_t look_ups;
    uint32_t most;

    assert_int_equal(sweep(bench, &look_ups, &most), 0);
    assert_int_equal(look_ups, 24);
    assert_int_equal(bench_verdict(bench, XHM_CHECK_SCHEDULING_PARAMETERS, 0), XHM_VERDICT_UNKNOWN);
    free(bench);
}

static void lost_sight_of_parameters_is_told(void **state) {
    struct xhm_core_bench *bench = make_sweep(4);

    for (unsigned i = 0; i < 2; i++) {
        bench_add_vcpu(bench, BENCH_BRAKE_DOMID, 0, 1)->scheduling =
            (struct xhm_scheduling_reading){.sight = XHM_SIGHT_UNKNOWN, .other_scheduler = true};
        bench_sweep(bench);
    }
    assert_int_equal(bench->core.fault_scopes[XHM_FAULT_CONFORMANCE_UNKNOWN], 0);
    for (unsigned i = 0; i < 2; i++) {
        bench->core.sweep.unknown = false;
        bench_add_vcpu(bench, BENCH_BRAKE_DOMID, 0, 1)->scheduling.sight = XHM_SIGHT_UNKNOWN;
        bench_sweep(bench);
    }
    assert_int_not_equal(bench->core.fault_scopes[XHM_FAULT_CONFORMANCE_UNKNOWN], 0);
    free(bench);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rtds_parameters_are_exact),
        cmocka_unit_test(credit2_parameters_are_exact),
        cmocka_unit_test(under_another_scheduler_nothing_is_guaranteed),
        cmocka_unit_test(what_was_not_asked_or_answered_is_unknown),
        cmocka_unit_test(what_is_not_declared_has_no_verdict),
        cmocka_unit_test(a_second_look_up_counts_as_one),
        cmocka_unit_test(the_bound_of_a_cycle_holds_when_late),
        cmocka_unit_test(without_room_for_two_nothing_is_asked),
        cmocka_unit_test(lost_sight_of_parameters_is_told),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
