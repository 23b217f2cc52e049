// SPDX-License-Identifier: Apache-2.0
/* Covers: XHM-TIME-1 */
/* Alive supervision: silence, too few and too many reports, for tasks that report in bursts and evenly. */
#include "phase_bench.h"

static bool has_expired(const struct xhm_core *core) {
    return core->partitions[XHM_SIM_BRAKE].entities[0].status == XHM_STATUS_EXPIRED;
}

static void hang(struct phase_bench *bench) {
    phase_loop(bench)->hung = true;
}

/* So many reports more or less a late judgement forgives. */
static uint32_t forgiven(const struct phase_bench *bench) {
    const struct xhm_supervisor_policy *supervisor = &bench->policy->supervisor;
    const struct xhm_alive_policy *alive = &bench->loop->alive;
    const bool skips = supervisor->scheduling_latency_ns >= supervisor->cycle_ns;
    const uint64_t late_ns = supervisor->cycle_ns + (skips ? 2 : 1) * supervisor->scheduling_latency_ns;

    return (uint32_t)((alive->expected * late_ns + alive->reference_cycle_ns - 1) / alive->reference_cycle_ns);
}

/* So few that two activations in one reference cycle, which lateness can make of them, are still too few. */
static void slow_down(struct phase_bench *bench) {
    phase_loop(bench)->reports = (bench->loop->alive.expected - bench->loop->alive.min_margin - 1) / 2;
}

static void hurry(struct phase_bench *bench) {
    phase_loop(bench)->reports = bench->loop->alive.expected + bench->loop->alive.max_margin + 1 + forgiven(bench);
}

static const struct phase_fault silence = {XHM_DETECTION_SILENCE, hang, has_expired};
static const struct phase_fault too_few = {XHM_DETECTION_RATE, slow_down, has_expired};
static const struct phase_fault too_many = {XHM_DETECTION_RATE, hurry, has_expired};

static const struct xhm_alive_policy policies[] = {
    {.reference_cycle_ns = 50 * XHM_SIM_MS, .expected = 10, .min_margin = 1, .max_margin = 1, .failed_tolerance = 0},
    {.reference_cycle_ns = 50 * XHM_SIM_MS, .expected = 10, .min_margin = 4, .max_margin = 0, .failed_tolerance = 1},
    {.reference_cycle_ns = 100 * XHM_SIM_MS, .expected = 5, .min_margin = 1, .max_margin = 3, .failed_tolerance = 2},
    {.reference_cycle_ns = 10 * XHM_SIM_MS, .expected = 4, .min_margin = 1, .max_margin = 3, .failed_tolerance = 3},
};

/* All reports of a reference cycle come right at its beginning, or somewhat later. */
static void check_bursts(const struct phase_fault *fault, const struct xhm_alive_policy *alive) {
    static const uint64_t offsets_ns[] = {PHASE_GRAIN_NS, 4 * XHM_SIM_MS};
    struct phase_extremes extremes = phase_nothing;
    struct phase_bench *bench = phase_make();

    bench->loop->alive = *alive;
    for (size_t i = 0; i < sizeof(offsets_ns) / sizeof(offsets_ns[0]); i++) {
        phase_settle(bench, alive->reference_cycle_ns, alive->expected, offsets_ns[i]);
        phase_try(bench, fault, alive->reference_cycle_ns, &extremes);
    }
    phase_is_tight(bench, fault, &extremes);
    phase_free(bench);
}

static void in_bursts(const struct phase_fault *fault) {
    for (size_t i = 0; i < sizeof(policies) / sizeof(policies[0]); i++) {
        check_bursts(fault, &policies[i]);
    }
}

static void silence_expires_in_time(void **state) {
    in_bursts(&silence);
}

/* With a reference cycle of a single cycle, so few would be none at all. */
static void too_few_reports_expire_in_time(void **state) {
    for (size_t i = 0; policies[i].reference_cycle_ns > 10 * XHM_SIM_MS; i++) {
        check_bursts(&too_few, &policies[i]);
    }
}

static void too_many_reports_expire_in_time(void **state) {
    in_bursts(&too_many);
}

/* A task that reports evenly cannot use the whole bound, unless one report is enough for a reference cycle. */
static void check_evenly(const struct xhm_alive_policy *alive) {
    const uint64_t period_ns = alive->reference_cycle_ns / alive->expected;
    struct phase_extremes extremes = phase_nothing;
    struct phase_bench *bench = phase_make();

    bench->loop->alive = *alive;
    for (uint64_t offset_ns = PHASE_GRAIN_NS; offset_ns < period_ns; offset_ns += XHM_SIM_MS) {
        phase_settle(bench, period_ns, 1, offset_ns);
        phase_try(bench, &silence, alive->reference_cycle_ns, &extremes);
    }
    (alive->min_margin + 1 == alive->expected ? phase_is_tight : phase_holds)(bench, &silence, &extremes);
    phase_free(bench);
}

static void an_even_task_expires_in_time(void **state) {
    check_evenly(&(struct xhm_alive_policy){
        .reference_cycle_ns = 60 * XHM_SIM_MS, .expected = 1, .max_margin = 1, .failed_tolerance = 1});
    check_evenly(&(struct xhm_alive_policy){
        .reference_cycle_ns = 60 * XHM_SIM_MS, .expected = 6, .min_margin = 1, .max_margin = 1, .failed_tolerance = 1});
    check_evenly(&(struct xhm_alive_policy){
        .reference_cycle_ns = 40 * XHM_SIM_MS, .expected = 4, .min_margin = 3, .max_margin = 3, .failed_tolerance = 2});
}

/* Too few reports would have to be none here, as so much is forgiven. */
static void with_skipped_steps_the_bounds_hold(void **state) {
    static const struct phase_fault *const faults[] = {&silence, &too_many};

    for (size_t i = 0; i < sizeof(faults) / sizeof(faults[0]); i++) {
        struct phase_bench *bench = phase_make();
        phase_skip_steps(bench);
        bench->loop->alive = policies[2];
        phase_settle(bench, policies[2].reference_cycle_ns, policies[2].expected, PHASE_GRAIN_NS);
        phase_check_holds(bench, faults[i], policies[2].reference_cycle_ns);
        phase_free(bench);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(silence_expires_in_time),
        cmocka_unit_test(too_few_reports_expire_in_time),
        cmocka_unit_test(too_many_reports_expire_in_time),
        cmocka_unit_test(an_even_task_expires_in_time),
        cmocka_unit_test(with_skipped_steps_the_bounds_hold),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
