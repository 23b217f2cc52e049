// SPDX-License-Identifier: Apache-2.0
/* Checkpoints: deadlines that are too long or too short, an undeclared order, and a ring that overflowed. */
#include "phase_bench.h"

static bool is_late(const struct xhm_core *core) {
    return phase_has(core, XHM_FAULT_ENTITY_DEADLINE_LATE);
}

static bool is_early(const struct xhm_core *core) {
    return phase_has(core, XHM_FAULT_ENTITY_DEADLINE_EARLY);
}

static bool is_out_of_order(const struct xhm_core *core) {
    return phase_has(core, XHM_FAULT_ENTITY_LOGICAL);
}

static bool has_lost_some(const struct xhm_core *core) {
    return phase_has(core, XHM_FAULT_PROBE_CHECKPOINTS_LOST);
}

static void reach(struct phase_bench *bench, uint32_t checkpoint) {
    xhm_probe_checkpoint(phase_loop(bench)->probe, checkpoint, bench->runner.ecu.now_ns);
}

/* From here on the end is awaited: the task goes on reporting that it is alive, and never reaches it. */
static void begin(struct phase_bench *bench) {
    reach(bench, 1);
}

static void begin_and_end_at_once(struct phase_bench *bench) {
    reach(bench, 1);
    reach(bench, 2);
}

static void reach_unknown(struct phase_bench *bench) {
    reach(bench, 3);
}

static void reach_end_first(struct phase_bench *bench) {
    reach(bench, 2);
}

static void overflow(struct phase_bench *bench) {
    for (unsigned i = 0; i < XHM_PROBE_RING_ENTRY_COUNT; i++) {
        begin_and_end_at_once(bench);
    }
}

static struct phase_bench *make(uint64_t max_ns, bool skips) {
    struct phase_bench *bench = phase_make();

    if (skips) {
        phase_skip_steps(bench);
    }
    bench->loop->deadline_count = max_ns != 0;
    bench->loop->deadlines[0] =
        (struct xhm_deadline_policy){.from = 1, .to = 2, .min_ns = XHM_SIM_MS, .max_ns = max_ns};
    bench->loop->logical = (struct xhm_logical_policy){.initial_count = max_ns == 0,
                                                       .initial = {1},
                                                       .final_count = 1,
                                                       .finals = {2},
                                                       .transition_count = 1,
                                                       .transitions = {{.from = 1, .to = 2}}};
    phase_settle_plainly(bench);
    return bench;
}

/* With 27ms and a lateness of 3ms, the time that is measured can end exactly at a step in time. */
static void an_end_that_never_comes_is_late_in_time(void **state) {
    static const struct phase_fault late = {XHM_DETECTION_DEADLINE_LATE, begin, is_late};
    static const uint64_t deadlines_ns[] = {5 * XHM_SIM_MS, 20 * XHM_SIM_MS, 27 * XHM_SIM_MS, 140 * XHM_SIM_MS};
    static const bool is_tight[] = {false, false, true, false};

    for (size_t i = 0; i < sizeof(deadlines_ns) / sizeof(deadlines_ns[0]); i++) {
        struct phase_bench *bench = make(deadlines_ns[i], false);
        (is_tight[i] ? phase_check : phase_check_holds)(bench, &late, 100 * XHM_SIM_MS);
        phase_free(bench);
    }
}

static void what_a_reading_tells_is_told_in_time(void **state) {
    static const struct {
        uint64_t max_ns;
        struct phase_fault fault;
    } cases[] = {
        {50 * XHM_SIM_MS, {XHM_DETECTION_DEADLINE_EARLY, begin_and_end_at_once, is_early}},
        {50 * XHM_SIM_MS, {XHM_DETECTION_CHECKPOINTS_LOST, overflow, has_lost_some}},
        {0, {XHM_DETECTION_LOGICAL, reach_unknown, is_out_of_order}},
        {0, {XHM_DETECTION_LOGICAL, reach_end_first, is_out_of_order}},
    };

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct phase_bench *bench = make(cases[i].max_ns, false);
        phase_check(bench, &cases[i].fault, 100 * XHM_SIM_MS);
        phase_free(bench);
        bench = make(cases[i].max_ns, true);
        phase_check_holds(bench, &cases[i].fault, 100 * XHM_SIM_MS);
        phase_free(bench);
    }
}

static void with_skipped_steps_a_late_end_is_seen_in_time(void **state) {
    static const struct phase_fault late = {XHM_DETECTION_DEADLINE_LATE, begin, is_late};
    struct phase_bench *bench = make(27 * XHM_SIM_MS, true);

    phase_check_holds(bench, &late, 100 * XHM_SIM_MS);
    phase_free(bench);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_end_that_never_comes_is_late_in_time),
        cmocka_unit_test(what_a_reading_tells_is_told_in_time),
        cmocka_unit_test(with_skipped_steps_a_late_end_is_seen_in_time),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
