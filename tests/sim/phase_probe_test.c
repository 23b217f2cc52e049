// SPDX-License-Identifier: Apache-2.0
/* Covers: XHM-TIME-1 */
/* What a probe page or slot tells at once: damage, loss, a write that is never completed, deadline misses, an exceeded
   latency budget. */
#include "phase_bench.h"

static bool is_corrupt(const struct xhm_core *core) {
    return phase_has(core, XHM_FAULT_PROBE_CORRUPT);
}

static bool is_of_other_format(const struct xhm_core *core) {
    return phase_has(core, XHM_FAULT_PROBE_FORMAT);
}

static bool is_foreign(const struct xhm_core *core) {
    return phase_has(core, XHM_FAULT_PROBE_FOREIGN);
}

static bool is_missing(const struct xhm_core *core) {
    return phase_has(core, XHM_FAULT_PROBE_MISSING);
}

static bool has_restarted(const struct xhm_core *core) {
    return phase_has(core, XHM_FAULT_PROBE_RESTARTED);
}

static bool is_stuck(const struct xhm_core *core) {
    return phase_has(core, XHM_FAULT_PROBE_STUCK);
}

static bool has_missed(const struct xhm_core *core) {
    return phase_has(core, XHM_FAULT_DEADLINE_MISSES);
}

static bool is_beyond_budget(const struct xhm_core *core) {
    return phase_has(core, XHM_FAULT_LATENCY_BUDGET);
}

static void corrupt_slot(struct phase_bench *bench) {
    guest_scribble(phase_brake(bench), 0)->slots[0].head.alive_counter ^= 1u;
}

static void corrupt_header(struct phase_bench *bench) {
    guest_scribble(phase_brake(bench), 0)->header.feature_bits ^= 2u;
}

static void overwrite(struct phase_bench *bench) {
    memset(guest_scribble(phase_brake(bench), 0), 0xa5, sizeof(struct xhm_probe_page));
}

static void take_foreign_page(struct phase_bench *bench) {
    struct xhm_probe_writer writer;
    const struct xhm_probe_identity identity = {.partition_id = 999, .instance_id = 7};

    xhm_probe_page_init(&writer, guest_scribble(phase_brake(bench), 0), &identity);
}

static void withdraw(struct phase_bench *bench) {
    phase_brake(bench)->pages[0].offered = false;
}

static void restart_probe(struct phase_bench *bench) {
    guest_restart_probe(phase_brake(bench), 0, bench->runner.ecu.now_ns);
}

static void stop_mid_write(struct phase_bench *bench) {
    guest_scribble(phase_brake(bench), 0)->slots[0].head.sequence |= 1u;
}

static void stop_mid_write_of_header(struct phase_bench *bench) {
    guest_scribble(phase_brake(bench), 0)->header.page_sequence |= 1u;
}

static void miss(struct phase_bench *bench) {
    for (uint32_t i = 0; i <= bench->loop->deadline_miss.limit; i++) {
        xhm_probe_deadline_report(phase_loop(bench)->probe, false, 2 * XHM_SIM_MS, bench->runner.ecu.now_ns);
    }
}

/* Alternately by the worst case and by too many that are late: one activation more than is allowed. */
static void wake_beyond_budget(struct phase_bench *bench) {
    const struct xhm_latency_budget_policy *budget = &bench->loop->latency_budget;
    const uint64_t latency_ns = budget->worst_ns != 0 ? budget->worst_ns + 1 : budget->late_ns;

    for (uint32_t i = 0; i <= budget->late_limit; i++) {
        xhm_probe_deadline_report(phase_loop(bench)->probe, true, latency_ns, bench->runner.ecu.now_ns);
    }
}

static void check(const struct phase_fault *fault, uint64_t busy_tolerance_ns) {
    struct phase_bench *bench = phase_make();

    bench->policy->supervisor.probe_busy_tolerance_ns = busy_tolerance_ns;
    phase_settle_plainly(bench);
    phase_check(bench, fault, 2 * bench->loop->alive.reference_cycle_ns);
    phase_free(bench);
}

static void damage_is_seen_by_the_next_step(void **state) {
    static const struct phase_fault faults[] = {
        {XHM_DETECTION_PAGE, corrupt_slot, is_corrupt},      {XHM_DETECTION_PAGE, corrupt_header, is_corrupt},
        {XHM_DETECTION_PAGE, overwrite, is_of_other_format}, {XHM_DETECTION_PAGE, take_foreign_page, is_foreign},
        {XHM_DETECTION_PAGE, withdraw, is_missing},          {XHM_DETECTION_PAGE, restart_probe, has_restarted},
    };

    for (size_t i = 0; i < sizeof(faults) / sizeof(faults[0]); i++) {
        check(&faults[i], 50 * XHM_SIM_MS);
    }
}

/* With 57ms and a lateness of 3ms, the time that is measured ends exactly at a step in time. */
static void a_write_that_is_never_completed_is_stuck_in_time(void **state) {
    static const struct phase_fault faults[] = {
        {XHM_DETECTION_STUCK, stop_mid_write, is_stuck},
        {XHM_DETECTION_STUCK, stop_mid_write_of_header, is_stuck},
    };

    for (size_t i = 0; i < sizeof(faults) / sizeof(faults[0]); i++) {
        check(&faults[i], 57 * XHM_SIM_MS);
    }
}

static void deadline_misses_are_seen_at_the_next_reading(void **state) {
    check(&(struct phase_fault){XHM_DETECTION_DEADLINE_MISSES, miss, has_missed}, 50 * XHM_SIM_MS);
}

static void check_budget(struct xhm_latency_budget_policy budget, bool skips) {
    static const struct phase_fault beyond = {XHM_DETECTION_LATENCY_BUDGET, wake_beyond_budget, is_beyond_budget};
    struct phase_bench *bench = phase_make();

    if (skips) {
        phase_skip_steps(bench);
    }
    bench->loop->latency_budget = budget;
    phase_settle_plainly(bench);
    (skips ? phase_check_holds : phase_check)(bench, &beyond, 2 * bench->loop->alive.reference_cycle_ns);
    phase_free(bench);
}

static void an_exceeded_latency_budget_is_seen_at_the_next_reading(void **state) {
    const struct xhm_latency_budget_policy worst = {.worst_ns = 5 * XHM_SIM_MS};
    const struct xhm_latency_budget_policy late = {.late_ns = 1024000, .window_ns = XHM_SIM_S, .late_limit = 3};

    check_budget(worst, false);
    check_budget(late, false);
    check_budget(worst, true);
    check_budget(late, true);
}

static void with_skipped_steps_the_bounds_hold(void **state) {
    static const struct phase_fault faults[] = {
        {XHM_DETECTION_PAGE, corrupt_slot, is_corrupt},
        {XHM_DETECTION_STUCK, stop_mid_write, is_stuck},
        {XHM_DETECTION_DEADLINE_MISSES, miss, has_missed},
    };
    struct phase_bench *bench = phase_make();

    phase_skip_steps(bench);
    phase_settle_plainly(bench);
    for (size_t i = 0; i < sizeof(faults) / sizeof(faults[0]); i++) {
        phase_check_holds(bench, &faults[i], 2 * bench->loop->alive.reference_cycle_ns);
    }
    phase_free(bench);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(damage_is_seen_by_the_next_step),
        cmocka_unit_test(a_write_that_is_never_completed_is_stuck_in_time),
        cmocka_unit_test(deadline_misses_are_seen_at_the_next_reading),
        cmocka_unit_test(an_exceeded_latency_budget_is_seen_at_the_next_reading),
        cmocka_unit_test(with_skipped_steps_the_bounds_hold),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
