// SPDX-License-Identifier: Apache-2.0
/* What is measured of an instance: wake-up latency and load, debounced, and the guest's clock. */
#include "phase_bench.h"

static bool has_high_latency(const struct xhm_core *core) {
    return phase_has(core, XHM_FAULT_LATENCY_HIGH);
}

static bool has_high_load(const struct xhm_core *core) {
    return phase_has(core, XHM_FAULT_LOAD_HIGH);
}

static bool has_bad_clock(const struct xhm_core *core) {
    return phase_has(core, XHM_FAULT_PROBE_CLOCK);
}

static void wake_late(struct phase_bench *bench) {
    phase_loop(bench)->latency_ns = 8 * XHM_SIM_MS;
}

static void burn(struct phase_bench *bench) {
    phase_brake(bench)->load_percent = 100;
}

static void freeze(struct phase_bench *bench) {
    struct xhm_sim_domain *brake = phase_brake(bench);
    const uint64_t now_ns = bench->runner.ecu.now_ns;

    guest_set_clock(brake, now_ns, guest_time(brake, now_ns), 0);
}

static const struct phase_fault latency = {XHM_DETECTION_LATENCY, wake_late, has_high_latency};
static const struct phase_fault load = {XHM_DETECTION_LOAD, burn, has_high_load};
static const struct phase_fault frozen = {XHM_DETECTION_CLOCK, freeze, has_bad_clock};

/* A task that writes once a period, right after a step of the supervisor: it is seen a whole cycle later. */
static struct phase_bench *make_even(uint32_t expected, bool skips) {
    struct phase_bench *bench = phase_make();

    if (skips) {
        phase_skip_steps(bench);
    }
    bench->loop->alive =
        (struct xhm_alive_policy){.reference_cycle_ns = 100 * XHM_SIM_MS, .expected = expected, .max_margin = 5};
    return bench;
}

static void settle(struct phase_bench *bench) {
    phase_settle(bench, bench->loop->alive.reference_cycle_ns / bench->loop->alive.expected, 1, PHASE_GRAIN_NS);
}

static void check_latency(uint32_t expected, uint32_t up_step, bool skips) {
    struct phase_bench *bench = make_even(expected, skips);

    bench->loop->latency =
        (struct xhm_latency_policy){.raise_ns = 5 * XHM_SIM_MS, .clear_ns = 2 * XHM_SIM_MS, .debounce = {up_step, 255}};
    settle(bench);
    (skips ? phase_check_holds : phase_check)(bench, &latency, 100 * XHM_SIM_MS);
    phase_free(bench);
}

/* One reading a cycle with 10 activations, one an activation with 4 and 2. */
static void debounced_latency_is_seen_in_time(void **state) {
    check_latency(10, 255, false);
    check_latency(10, 50, false);
    check_latency(4, 128, false);
    check_latency(2, 100, false);
    check_latency(10, 50, true);
    check_latency(4, 128, true);
}

/* The period in which the load rises is 99% when it does so right after a domain list: not yet high. */
static void check_load(uint32_t up_step, bool skips) {
    struct phase_bench *bench = phase_make();

    if (skips) {
        phase_skip_steps(bench);
    }
    bench->policy->supervisor.crash_check_period_ns = 50 * XHM_SIM_MS;
    bench->brake->load = (struct xhm_load_policy){.raise_percent = 99, .clear_percent = 50, .debounce = {up_step, 255}};
    phase_settle_plainly(bench);
    phase_brake(bench)->load_percent = 0;
    for (unsigned i = 0; i < 20; i++) {
        sim_step(&bench->runner);
    }
    phase_keep(bench);
    (skips ? phase_check_holds : phase_check)(bench, &load, 100 * XHM_SIM_MS);
    phase_free(bench);
}

static void debounced_load_is_seen_in_time(void **state) {
    check_load(255, false);
    check_load(100, false);
    check_load(50, false);
    check_load(100, true);
}

/* Windows end a cycle later than they could, as they are somewhat longer than whole cycles. In how much of the running
   window the clock has to stand still is found within a millisecond. */
static void check_clock(uint32_t tolerance_percent, uint32_t expected, bool skips) {
    struct phase_extremes extremes = phase_nothing;
    struct phase_bench *bench = make_even(expected, skips);

    if (!skips) {
        bench->policy->supervisor.scheduling_latency_ns = XHM_SIM_MS / 10;
    }
    bench->loop->clock = (struct xhm_clock_policy){.window_ns = 200 * XHM_SIM_MS + 2 * PHASE_GRAIN_NS,
                                                   .tolerance_percent = tolerance_percent};
    settle(bench);
    phase_try(bench, &frozen, 260 * XHM_SIM_MS, &extremes);
    if (skips || expected < 10) {
        phase_holds(bench, &frozen, &extremes);
    } else {
        phase_is_tight_within(bench, &frozen, &extremes, XHM_SIM_MS);
    }
    phase_free(bench);
}

static void a_clock_that_stands_still_is_seen_in_time(void **state) {
    check_clock(1, 10, false);
    check_clock(10, 10, false);
    check_clock(50, 10, false);
    check_clock(10, 4, false);
    check_clock(10, 10, true);
    check_clock(10, 4, true);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(debounced_latency_is_seen_in_time),
        cmocka_unit_test(debounced_load_is_seen_in_time),
        cmocka_unit_test(a_clock_that_stands_still_is_seen_in_time),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
