// SPDX-License-Identifier: Apache-2.0
/*
 * From detection to the safe state or emergency operation, against the FRTI of client/analysis. Direct actions take no
 * virtual time, so their terms are left out here: they are measured on the target.
 */
#include "phase_bench.h"

#include <limits.h>

static bool has_expired(const struct xhm_core *core) {
    return core->partitions[XHM_SIM_BRAKE].entities[0].status == XHM_STATUS_EXPIRED;
}

/* With the instance that failed, its faults are over in the step that raises them. */
static bool fails_over(const struct xhm_core *core) {
    return core->partitions[XHM_SIM_FUSION].fail_over_from_number != 0;
}

static void hang(struct phase_bench *bench) {
    phase_loop(bench)->hung = true;
}

static void crash(struct phase_bench *bench) {
    guest_shut_down(phase_brake(bench), XHM_SHUTDOWN_CRASH);
}

static const struct phase_fault silence = {XHM_DETECTION_SILENCE, hang, has_expired};
static const struct phase_fault crash_fails_over = {XHM_DETECTION_INSTANCE, crash, fails_over};
static const struct phase_fault silence_fails_over = {XHM_DETECTION_SILENCE, hang, fails_over};

static struct xhm_sim_domain *standby(struct phase_bench *bench) {
    return ecu_find(&bench->runner.ecu, "fusion");
}

static bool brake_is_stopped(struct phase_bench *bench) {
    return phase_brake(bench)->shutdown;
}

static bool brake_is_paused(struct phase_bench *bench) {
    return phase_brake(bench)->supervisor_pauses == 1;
}

static bool standby_is_stopped(struct phase_bench *bench) {
    return standby(bench)->shutdown;
}

static bool safe_state_is_entered(struct phase_bench *bench) {
    return brake_is_stopped(bench) && guest_is_running(standby(bench));
}

static bool fail_over_is_done(struct phase_bench *bench) {
    for (size_t i = 0; i < bench->runner.seen_count; i++) {
        if (!bench->runner.seen[i].is_action && bench->runner.seen[i].kind == XHM_EVENT_FAIL_OVER_DONE) {
            return true;
        }
    }
    return false;
}

/* One reaction: what is waited for after the detection of which fault. */
struct reaction {
    const struct phase_fault *fault;
    enum xhm_fault_class fault_class;
    bool (*is_done)(struct phase_bench *bench);
};

static uint64_t bound_without_actions(struct phase_bench *bench, enum xhm_fault_class fault_class) {
    struct xhm_timing_sum sum;

    timing_reaction(bench->policy, XHM_SIM_BRAKE, fault_class, &sum);
    assert_null(sum.why_not);
    for (uint32_t i = 0; i < sum.term_count; i++) {
        sum.total_ns -= strcmp(sum.terms[i].key, "direct_action") == 0 ? sum.terms[i].ns : 0;
    }
    return sum.total_ns;
}

/* The run goes on from the detection, with steps in time up to the one before `late_from`, and late ones then. */
static uint64_t go_on(struct phase_bench *bench, const struct reaction *reaction, unsigned late_from, unsigned *steps) {
    const uint64_t detected_ns = bench->runner.ecu.now_ns;

    for (*steps = 0; !reaction->is_done(bench); (*steps)++) {
        bench->runner.lateness_ns = *steps + 1 >= late_from ? bench->policy->supervisor.scheduling_latency_ns : 0;
        sim_step(&bench->runner);
        assert_true(bench->runner.ecu.now_ns < detected_ns + 60 * XHM_SIM_S);
    }
    assert_int_equal(bench->runner.failures, 0);
    return bench->runner.ecu.now_ns - detected_ns;
}

static uint64_t take(struct phase_bench *bench, const struct reaction *reaction, uint64_t phase_ns, bool detected_late,
                     unsigned late_from, unsigned *steps) {
    const struct phase_disturbance disturbance = {.late_from = detected_late ? 1 : 0};
    unsigned detected;

    phase_measure(bench, reaction->fault, phase_ns, &disturbance, &detected);
    return go_on(bench, reaction, late_from, steps);
}

static uint64_t longest_of_phase(struct phase_bench *bench, const struct reaction *reaction, uint64_t phase_ns) {
    uint64_t longest_ns = 0;
    unsigned steps;

    for (unsigned late = 0; late < 2; late++) {
        take(bench, reaction, phase_ns, late > 0, UINT_MAX, &steps);
        for (unsigned from = steps > 0 ? steps : 1; from <= steps + 1; from++) {
            unsigned ignored;
            const uint64_t took_ns = take(bench, reaction, phase_ns, late > 0, from, &ignored);
            longest_ns = took_ns > longest_ns ? took_ns : longest_ns;
        }
    }
    return longest_ns;
}

static void check(struct phase_bench *bench, const struct reaction *reaction) {
    const bool skips = bench->policy->supervisor.scheduling_latency_ns >= bench->policy->supervisor.cycle_ns;
    const uint64_t bound_ns = bound_without_actions(bench, reaction->fault_class);
    uint64_t longest_ns = 0;

    phase_settle_plainly(bench);
    for (uint64_t phase_ns = 0; phase_ns < 100 * XHM_SIM_MS; phase_ns += XHM_SIM_MS) {
        const uint64_t took_ns = longest_of_phase(bench, reaction, phase_ns);
        longest_ns = took_ns > longest_ns ? took_ns : longest_ns;
    }
    print_message("reaction: %.3f ms, bound %.3f ms\n", (double)longest_ns / 1e6, (double)bound_ns / 1e6);
    assert_true(longest_ns <= bound_ns);
    assert_true(skips || longest_ns + bench->policy->supervisor.cycle_ns >= bound_ns);
    phase_free(bench);
}

/* brake with a ladder, and its standby. */
static struct phase_bench *make(enum xhm_fault_class fault_class, struct xhm_ladder ladder) {
    struct phase_bench *bench = phase_make();

    bench->policy->partition_count = 2;
    bench->policy->partitions[XHM_SIM_FUSION].standby_for_number = XHM_SIM_BRAKE + 1;
    bench->policy->safe_state_count = 1;
    memcpy(bench->policy->safe_states[0].name, "limp", sizeof("limp"));
    bench->policy->safe_states[0].dispositions[XHM_SIM_BRAKE] = XHM_DISPOSITION_STOP;
    bench->policy->safe_states[0].dispositions[XHM_SIM_FUSION] = XHM_DISPOSITION_START;
    bench->brake->safe_state_number = 1;
    bench->brake->reactions[fault_class] = ladder;
    return bench;
}

/* In the very step that raises the fault. */
static void a_direct_rung_is_taken_at_once(void **state) {
    static const struct {
        enum xhm_reaction rung;
        bool (*is_done)(struct phase_bench *bench);
    } rungs[] = {
        {XHM_REACTION_STOP, brake_is_stopped},
        {XHM_REACTION_PAUSE, brake_is_paused},
        {XHM_REACTION_SAFE_STATE, safe_state_is_entered},
    };

    for (size_t i = 0; i < sizeof(rungs) / sizeof(rungs[0]); i++) {
        check(make(XHM_CLASS_ENTITY, (struct xhm_ladder){1, {rungs[i].rung}}),
              &(struct reaction){&silence, XHM_CLASS_ENTITY, rungs[i].is_done});
    }
}

static void an_expired_entity_has_its_cycles_for_cleaning_up(void **state) {
    struct phase_bench *bench = make(XHM_CLASS_ENTITY, (struct xhm_ladder){1, {XHM_REACTION_STOP}});

    bench->brake->expired_tolerance = 7;
    check(bench, &(struct reaction){&silence, XHM_CLASS_ENTITY, brake_is_stopped});
}

static void fail_over_is_done_in_time(void **state) {
    const struct xhm_ladder ladder = {1, {XHM_REACTION_FAIL_OVER}};

    check(make(XHM_CLASS_PRESENCE, ladder),
          &(struct reaction){&crash_fails_over, XHM_CLASS_PRESENCE, fail_over_is_done});
    check(make(XHM_CLASS_ENTITY, ladder), &(struct reaction){&silence_fails_over, XHM_CLASS_ENTITY, fail_over_is_done});
}

static void crash_beside_a_standby_that_hangs(struct phase_bench *bench) {
    crash(bench);
    standby(bench)->tasks[0].hung = true;
}

/* The next rung comes when the standby has had its start-up grace in vain. */
static void after_a_failed_fail_over_the_next_rung_comes_in_time(void **state) {
    static const struct phase_fault fault = {XHM_DETECTION_INSTANCE, crash_beside_a_standby_that_hangs, fails_over};
    struct phase_bench *bench =
        make(XHM_CLASS_PRESENCE, (struct xhm_ladder){2, {XHM_REACTION_FAIL_OVER, XHM_REACTION_STOP}});

    bench->policy->partitions[XHM_SIM_FUSION].startup_grace_ns = 600 * XHM_SIM_MS;
    check(bench, &(struct reaction){&fault, XHM_CLASS_PRESENCE, standby_is_stopped});
}

static void with_skipped_steps_the_bounds_hold(void **state) {
    struct phase_bench *bench = make(XHM_CLASS_PRESENCE, (struct xhm_ladder){1, {XHM_REACTION_FAIL_OVER}});

    phase_skip_steps(bench);
    check(bench, &(struct reaction){&crash_fails_over, XHM_CLASS_PRESENCE, fail_over_is_done});
    bench = make(XHM_CLASS_ENTITY, (struct xhm_ladder){1, {XHM_REACTION_STOP}});
    phase_skip_steps(bench);
    bench->brake->expired_tolerance = 7;
    check(bench, &(struct reaction){&silence, XHM_CLASS_ENTITY, brake_is_stopped});
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_direct_rung_is_taken_at_once),
        cmocka_unit_test(an_expired_entity_has_its_cycles_for_cleaning_up),
        cmocka_unit_test(fail_over_is_done_in_time),
        cmocka_unit_test(after_a_failed_fail_over_the_next_rung_comes_in_time),
        cmocka_unit_test(with_skipped_steps_the_bounds_hold),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
