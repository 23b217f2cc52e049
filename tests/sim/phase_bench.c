// SPDX-License-Identifier: Apache-2.0
#include "phase_bench.h"

#define LONG_NS (600 * XHM_SIM_S)

const struct phase_extremes phase_nothing = {UINT64_MAX, 0};

struct phase_bench *phase_make(void) {
    struct phase_bench *bench = calloc(1, sizeof(*bench));

    assert_non_null(bench);
    bench->trace.path = "phase";
    bench->runner.trace = &bench->trace;
    bench->runner.errors = stderr;
    assert_int_equal(sim_begin(&bench->runner), XHM_SIM_HELD);
    bench->policy = &bench->runner.policies[0];
    bench->policy->supervisor.scheduling_latency_ns = 3 * XHM_SIM_MS;
    bench->policy->partition_count = 1;
    bench->brake = &bench->policy->partitions[XHM_SIM_BRAKE];
    bench->brake->entity_count = 1;
    bench->loop = &bench->brake->entities[0];
    for (unsigned i = 0; i < XHM_CLASS_COUNT; i++) {
        bench->brake->reactions[i] = (struct xhm_ladder){1, {XHM_REACTION_REPORT}};
    }
    return bench;
}

void phase_free(struct phase_bench *bench) {
    free(bench->runner.seen);
    free(bench);
}

struct xhm_sim_domain *phase_brake(struct phase_bench *bench) {
    return ecu_find(&bench->runner.ecu, "brake");
}

struct xhm_sim_task *phase_loop(struct phase_bench *bench) {
    return &phase_brake(bench)->tasks[0];
}

bool phase_has(const struct xhm_core *core, enum xhm_fault fault) {
    return core->partitions[XHM_SIM_BRAKE].fault_scopes[fault] != 0;
}

/* The simulated ECU is large: only domains that exist are copied. */
static void copy_ecu(struct xhm_sim_ecu *to, const struct xhm_sim_ecu *from, unsigned domain_count) {
    const size_t head = offsetof(struct xhm_sim_ecu, domains);
    const size_t tail = head + sizeof(from->domains);

    memcpy(to, from, head);
    memcpy(to->domains, from->domains, domain_count * sizeof(from->domains[0]));
    for (unsigned i = domain_count; i < XHM_MAX_DOMAINS; i++) {
        to->domains[i].exists = false;
    }
    memcpy((char *)to + tail, (const char *)from + tail, sizeof(*from) - tail);
}

void phase_keep(struct phase_bench *bench) {
    assert_int_equal(bench->runner.core.partitions[XHM_SIM_BRAKE].status, XHM_STATUS_OK);
    bench->domain_count = 0;
    for (unsigned i = 0; i < XHM_MAX_DOMAINS; i++) {
        bench->domain_count = bench->runner.ecu.domains[i].exists ? i + 1 : bench->domain_count;
    }
    copy_ecu(&bench->settled_ecu, &bench->runner.ecu, bench->domain_count);
    bench->settled_core = bench->runner.core;
    bench->settled_invariants = bench->runner.invariants;
    bench->settled_ns = bench->runner.last_step_ns;
}

static void restore(struct phase_bench *bench) {
    copy_ecu(&bench->runner.ecu, &bench->settled_ecu, bench->domain_count);
    bench->runner.core = bench->settled_core;
    bench->runner.invariants = bench->settled_invariants;
    bench->runner.last_step_ns = bench->settled_ns;
    bench->runner.next_step_ns = bench->settled_ns + bench->policy->supervisor.cycle_ns;
    bench->runner.seen_count = 0;
    bench->runner.lateness_ns = 0;
}

static void run_for(struct phase_bench *bench, uint64_t duration_ns) {
    const uint64_t end_ns = bench->runner.last_step_ns + duration_ns;

    while (bench->runner.last_step_ns < end_ns) {
        sim_step(&bench->runner);
    }
}

/* Checkpoints are reached by the faults of the tests alone. */
static void leave_paths(struct phase_bench *bench) {
    phase_loop(bench)->path_length = 0;
    phase_loop(bench)->path_position = 0;
}

static void begin(struct phase_bench *bench) {
    core_init(&bench->runner.core, bench->policy, 1);
    ecu_init(&bench->runner.ecu, bench->policy);
    invariants_begin(&bench->runner.invariants, &bench->runner.core);
    bench->runner.last_step_ns = 0;
    bench->runner.next_step_ns = 0;
    bench->runner.lateness_ns = 0;
    for (uint32_t i = 0; i < bench->policy->partition_count; i++) {
        assert_non_null(ecu_start(&bench->runner.ecu, i, (uint16_t)(5 + i), 0));
    }
    leave_paths(bench);
    run_for(bench, 2 * XHM_SIM_S);
}

static void run_to_reference_cycle(struct phase_bench *bench) {
    do {
        sim_step(&bench->runner);
    } while (bench->loop->alive.reference_cycle_ns != 0 &&
             bench->runner.core.partitions[XHM_SIM_BRAKE].entities[0].window_ticks != 0);
}

void phase_settle_plainly(struct phase_bench *bench) {
    begin(bench);
    run_to_reference_cycle(bench);
    phase_keep(bench);
}

void phase_settle(struct phase_bench *bench, uint64_t period_ns, uint32_t reports, uint64_t offset_ns) {
    begin(bench);
    run_to_reference_cycle(bench);
    phase_loop(bench)->reports = reports;
    phase_loop(bench)->period_ns = period_ns;
    phase_loop(bench)->next_ns = bench->runner.last_step_ns + offset_ns;
    run_for(bench, (bench->loop->alive.failed_tolerance + 3) * bench->loop->alive.reference_cycle_ns);
    run_to_reference_cycle(bench);
    phase_keep(bench);
}

static void make_busy(struct xhm_sim_runner *runner) {
    runner->ecu.links[XHM_SIM_BRAKE].copies[0].slots[0].head.sequence |= 1u;
}

static bool is_late(const struct phase_disturbance *disturbance, unsigned step) {
    return step == disturbance->late_once || (disturbance->late_from != 0 && step >= disturbance->late_from);
}

uint64_t phase_measure(struct phase_bench *bench, const struct phase_fault *fault, uint64_t phase_ns,
                       const struct phase_disturbance *disturbance, unsigned *detected) {
    const uint64_t fault_ns = bench->settled_ns + phase_ns;
    unsigned step = 0;

    restore(bench);
    while (!fault->is_detected(&bench->runner.core)) {
        if (step == 0 && fault_ns < bench->runner.next_step_ns) {
            ecu_run(&bench->runner.ecu, fault_ns);
            fault->inject(bench);
            step = 1;
        }
        bench->runner.lateness_ns =
            step > 0 && is_late(disturbance, step) ? bench->policy->supervisor.scheduling_latency_ns : 0;
        bench->runner.tamper = step > 0 && step == disturbance->busy ? make_busy : NULL;
        sim_step(&bench->runner);
        *detected = step;
        step += step > 0;
        assert_true(bench->runner.last_step_ns < fault_ns + LONG_NS);
    }
    bench->runner.tamper = NULL;
    assert_int_equal(bench->runner.failures, 0);
    return bench->runner.ecu.now_ns - fault_ns;
}

static uint64_t bound_of(struct phase_bench *bench, const struct phase_fault *fault) {
    struct xhm_timing_sum sum;

    assert_true(timing_detection(bench->policy, XHM_SIM_BRAKE, fault->detection, &sum));
    assert_null(sum.why_not);
    return sum.total_ns;
}

static bool has_busy_term(struct phase_bench *bench, const struct phase_fault *fault) {
    struct xhm_timing_sum sum;
    bool found = false;

    assert_true(timing_detection(bench->policy, XHM_SIM_BRAKE, fault->detection, &sum));
    for (uint32_t i = 0; i < sum.term_count; i++) {
        found = found || strstr(sum.terms[i].name, "mid-write") != NULL;
    }
    return found && fault->detection != XHM_DETECTION_STUCK;
}

static unsigned try_one(struct phase_bench *bench, const struct phase_fault *fault, uint64_t phase_ns,
                        struct phase_disturbance disturbance, struct phase_extremes *extremes) {
    unsigned detected = 0;
    const uint64_t took_ns = phase_measure(bench, fault, phase_ns, &disturbance, &detected);

    extremes->least_ns = took_ns < extremes->least_ns ? took_ns : extremes->least_ns;
    extremes->most_ns = took_ns > extremes->most_ns ? took_ns : extremes->most_ns;
    return detected;
}

/* Where a time is measured, it takes longest when it begins late and just does not end with a step in time: it begins
   with step `first`, and `last` would detect it. */
static void try_around(struct phase_bench *bench, const struct phase_fault *fault, uint64_t phase_ns, unsigned first,
                       unsigned last, struct phase_extremes *extremes) {
    const unsigned busy = first - 1;

    for (unsigned from = last; from <= last + 1; from++) {
        try_one(bench, fault, phase_ns, (struct phase_disturbance){.late_from = from, .busy = busy}, extremes);
        try_one(bench, fault, phase_ns, (struct phase_disturbance){.late_once = first, .late_from = from, .busy = busy},
                extremes);
    }
}

/* The first step, or the one that would detect, finds the slot in the middle of a write. */
static void try_busy(struct phase_bench *bench, const struct phase_fault *fault, uint64_t phase_ns, unsigned in_time,
                     unsigned late, struct phase_extremes *extremes) {
    try_one(bench, fault, phase_ns, (struct phase_disturbance){.busy = in_time}, extremes);
    try_one(bench, fault, phase_ns, (struct phase_disturbance){.late_from = in_time + 1, .busy = in_time}, extremes);
    try_one(bench, fault, phase_ns, (struct phase_disturbance){.late_from = 1, .busy = late}, extremes);
    try_around(bench, fault, phase_ns, 2,
               try_one(bench, fault, phase_ns, (struct phase_disturbance){.busy = 1}, extremes), extremes);
}

static void try_phase(struct phase_bench *bench, const struct phase_fault *fault, uint64_t phase_ns,
                      struct phase_extremes *extremes) {
    const unsigned in_time = try_one(bench, fault, phase_ns, (struct phase_disturbance){0}, extremes);
    const unsigned late = try_one(bench, fault, phase_ns, (struct phase_disturbance){.late_from = 1}, extremes);

    try_around(bench, fault, phase_ns, 1, in_time, extremes);
    if (has_busy_term(bench, fault)) {
        try_busy(bench, fault, phase_ns, in_time, late, extremes);
    }
}

void phase_try(struct phase_bench *bench, const struct phase_fault *fault, uint64_t period_ns,
               struct phase_extremes *extremes) {
    for (uint64_t phase_ns = 0; phase_ns < period_ns; phase_ns += XHM_SIM_MS) {
        try_phase(bench, fault, phase_ns, extremes);
        if (phase_ns % bench->policy->supervisor.cycle_ns == 0) {
            try_phase(bench, fault, phase_ns + PHASE_GRAIN_NS, extremes);
        }
    }
}

void phase_holds(struct phase_bench *bench, const struct phase_fault *fault, const struct phase_extremes *extremes) {
    const uint64_t bound_ns = bound_of(bench, fault);

    print_message("%s: %.3f to %.3f ms, bound %.3f ms\n", timing_detection_info(fault->detection)->name,
                  (double)extremes->least_ns / 1e6, (double)extremes->most_ns / 1e6, (double)bound_ns / 1e6);
    assert_true(extremes->most_ns <= bound_ns);
}

void phase_is_tight_within(struct phase_bench *bench, const struct phase_fault *fault,
                           const struct phase_extremes *extremes, uint64_t slack_ns) {
    phase_holds(bench, fault, extremes);
    assert_true(extremes->most_ns + bench->policy->supervisor.cycle_ns + slack_ns >= bound_of(bench, fault));
}

void phase_is_tight(struct phase_bench *bench, const struct phase_fault *fault, const struct phase_extremes *extremes) {
    phase_is_tight_within(bench, fault, extremes, 2 * PHASE_GRAIN_NS);
}

void phase_check(struct phase_bench *bench, const struct phase_fault *fault, uint64_t period_ns) {
    struct phase_extremes extremes = phase_nothing;

    phase_try(bench, fault, period_ns, &extremes);
    phase_is_tight(bench, fault, &extremes);
}

void phase_skip_steps(struct phase_bench *bench) {
    bench->policy->supervisor.scheduling_latency_ns = bench->policy->supervisor.cycle_ns * 5 / 2;
}

void phase_check_holds(struct phase_bench *bench, const struct phase_fault *fault, uint64_t period_ns) {
    struct phase_extremes extremes = phase_nothing;

    phase_try(bench, fault, period_ns, &extremes);
    phase_holds(bench, fault, &extremes);
}
