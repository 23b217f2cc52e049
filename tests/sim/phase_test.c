// SPDX-License-Identifier: Apache-2.0
/*
 * A fault at every millisecond of the periods that could matter is never detected later than the bound that the policy
 * implies, and for at least one phase the bound is used up but for a cycle. The bounds, with every step in time:
 *
 *   crash                  crash_check_period
 *   entity EXPIRED         (failed_tolerance + 1) · reference_cycle + rest
 *   rest, any reporting    reference_cycle
 *   rest, periodic task    (min_margin + 1) / expected · reference_cycle
 *   vCPU moved             conformance_period, while the domains stay the same
 *   new domain's vCPU      2 · conformance_period + crash_check_period
 *
 * The rest is what remains of the reference cycle in which the entity stopped, if it had reported often enough by then.
 */
#include "sim_policy.h"
#include "sim_runner.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#define SETTLED_NS (4 * XHM_SIM_S)

struct bench {
    struct xhm_trace trace;
    struct xhm_sim_runner runner;
    struct xhm_sim_runner settled; /* pointers stay valid, because it is only ever copied back to the same place */
};

static struct xhm_partition_policy *brake(struct bench *bench) {
    return &bench->runner.policies[0].partitions[0];
}

static struct bench *make_bench(void) {
    struct bench *bench = calloc(1, sizeof(*bench));

    assert_non_null(bench);
    bench->trace.path = "phase_test";
    bench->runner.trace = &bench->trace;
    bench->runner.errors = stderr;
    assert_int_equal(sim_begin(&bench->runner), XHM_SIM_HELD);
    bench->runner.policies[0].partition_count = 1;
    brake(bench)->entity_count = 1;
    for (unsigned i = 0; i < XHM_CLASS_COUNT; i++) {
        brake(bench)->reactions[i] = (struct xhm_ladder){1, {XHM_REACTION_REPORT}};
    }
    return bench;
}

static void free_bench(struct bench *bench) {
    free(bench->runner.seen);
    free(bench);
}

/* Lets the partition become healthy; its task reports offset_ns after the supervisor's steps. */
static void settle(struct bench *bench, uint64_t offset_ns) {
    struct xhm_sim_domain *domain;

    core_init(&bench->runner.core, &bench->runner.policies[0], 1);
    ecu_init(&bench->runner.ecu, &bench->runner.policies[0]);
    bench->runner.last_step_ns = 0;
    bench->runner.next_step_ns = 0;
    domain = ecu_start(&bench->runner.ecu, 0, 5, 0);
    while (bench->runner.next_step_ns <= XHM_SIM_S) {
        sim_step(&bench->runner);
    }
    domain->tasks[0].next_ns += offset_ns;
    while (bench->runner.next_step_ns <= SETTLED_NS) {
        sim_step(&bench->runner);
    }
    assert_int_equal(bench->runner.core.status, XHM_STATUS_OK);
    bench->runner.seen_count = 0;
    bench->settled = bench->runner;
}

static bool has_crashed(const struct xhm_core *core) {
    return core->partitions[0].fault_scopes[XHM_FAULT_PARTITION_CRASHED] != 0;
}

static bool has_expired(const struct xhm_core *core) {
    return core->partitions[0].entities[0].status == XHM_STATUS_EXPIRED;
}

static bool has_moved(const struct xhm_core *core) {
    return core->partitions[0].fault_scopes[XHM_FAULT_VCPU_AFFINITY] != 0;
}

static bool has_company(const struct xhm_core *core) {
    return core->partitions[0].fault_scopes[XHM_FAULT_PCPU_SHARED] != 0;
}

static void crash(struct xhm_sim_ecu *ecu) {
    guest_shut_down(ecu_find(ecu, "brake"), XHM_SHUTDOWN_CRASH);
}

static void hang(struct xhm_sim_ecu *ecu) {
    ecu_find(ecu, "brake")->tasks[0].hung = true;
}

static void pin(struct xhm_sim_ecu *ecu) {
    guest_pin(ecu_find(ecu, "brake"), 0, &(struct xhm_pcpu_set){{UINT64_C(1) << 9}});
}

static void add_company(struct xhm_sim_ecu *ecu) {
    guest_pin(ecu_add_domain(ecu, "rogue", 0), 0, &ecu->policy->partitions[0].vcpus[0].pcpus);
}

/* Time from the fault, phase_ns after the settled moment, to its detection. */
static uint64_t measure(struct bench *bench, uint64_t phase_ns, void (*inject)(struct xhm_sim_ecu *ecu),
                        bool (*is_detected)(const struct xhm_core *core)) {
    struct xhm_sim_seen *const seen = bench->runner.seen;
    const size_t seen_room = bench->runner.seen_room;
    uint64_t fault_ns;
    bool injected = false;

    bench->runner = bench->settled;
    bench->runner.seen = seen;
    bench->runner.seen_room = seen_room;
    fault_ns = bench->runner.last_step_ns + phase_ns;
    while (!is_detected(&bench->runner.core)) {
        if (!injected && fault_ns <= bench->runner.next_step_ns) {
            ecu_run(&bench->runner.ecu, fault_ns);
            inject(&bench->runner.ecu);
            injected = true;
        }
        sim_step(&bench->runner);
        assert_true(bench->runner.last_step_ns < fault_ns + 60 * XHM_SIM_S);
    }
    assert_int_equal(bench->runner.failures, 0);
    return bench->runner.last_step_ns - fault_ns;
}

struct extremes {
    uint64_t least_ns;
    uint64_t most_ns;
};

static void add_phases(struct bench *bench, uint64_t period_ns, void (*inject)(struct xhm_sim_ecu *ecu),
                       bool (*is_detected)(const struct xhm_core *core), struct extremes *extremes) {
    for (uint64_t phase_ns = XHM_SIM_MS; phase_ns <= period_ns; phase_ns += XHM_SIM_MS) {
        const uint64_t took_ns = measure(bench, phase_ns, inject, is_detected);
        extremes->least_ns = took_ns < extremes->least_ns ? took_ns : extremes->least_ns;
        extremes->most_ns = took_ns > extremes->most_ns ? took_ns : extremes->most_ns;
    }
}

static void check(const char *what, const struct extremes *extremes, uint64_t bound_ns, uint64_t cycle_ns) {
    print_message("%s: %.0f to %.0f ms, bound %.0f ms\n", what, (double)extremes->least_ns / 1e6,
                  (double)extremes->most_ns / 1e6, (double)bound_ns / 1e6);
    assert_true(extremes->most_ns <= bound_ns);
    assert_true(extremes->most_ns + cycle_ns >= bound_ns);
}

static void check_crash(uint64_t cycle_ns, uint64_t crash_check_period_ns) {
    struct bench *bench = make_bench();
    struct xhm_supervisor_policy *policy = &bench->runner.policies[0].supervisor;
    struct extremes extremes = {UINT64_MAX, 0};

    policy->cycle_ns = cycle_ns;
    policy->crash_check_period_ns = crash_check_period_ns;
    settle(bench, 0);
    add_phases(bench, crash_check_period_ns, crash, has_crashed, &extremes);
    check("crash", &extremes, crash_check_period_ns, cycle_ns);
    free_bench(bench);
}

static void crash_is_seen_within_one_crash_check_period(void **state) {
    check_crash(10 * XHM_SIM_MS, 100 * XHM_SIM_MS);
    check_crash(10 * XHM_SIM_MS, 10 * XHM_SIM_MS);
    check_crash(20 * XHM_SIM_MS, 60 * XHM_SIM_MS);
    check_crash(5 * XHM_SIM_MS, 250 * XHM_SIM_MS);
}

static struct bench *make_placement_bench(void) {
    struct bench *bench = make_bench();

    settle(bench, 0);
    for (unsigned i = 0; i < 6; i++) {
        ecu_add_domain(&bench->runner.ecu, "other", 0);
    }
    while (bench->runner.core.sweep.completed < 6) {
        sim_step(&bench->runner);
    }
    bench->settled = bench->runner;
    return bench;
}

/* While the domains stay the same, every sweep comes to a vCPU at the same place. */
static void a_moved_vcpu_is_seen_within_one_sweep(void **state) {
    struct bench *bench = make_placement_bench();
    const struct xhm_supervisor_policy *policy = &bench->runner.policies[0].supervisor;
    struct extremes extremes = {UINT64_MAX, 0};

    add_phases(bench, policy->conformance_period_ns, pin, has_moved, &extremes);
    check("pin", &extremes, policy->conformance_period_ns, policy->cycle_ns);
    free_bench(bench);
}

/* A new domain must be in the domain list, and then waits for the sweep after the one under way; it is looked at last.
 */
static void a_new_domain_on_an_exclusive_pcpu_is_seen_within_two_sweeps(void **state) {
    struct bench *bench = make_placement_bench();
    const struct xhm_supervisor_policy *policy = &bench->runner.policies[0].supervisor;
    const uint64_t bound_ns = 2 * policy->conformance_period_ns + policy->crash_check_period_ns;
    struct extremes extremes = {UINT64_MAX, 0};

    add_phases(bench, policy->conformance_period_ns, add_company, has_company, &extremes);
    print_message("company: %.0f to %.0f ms, bound %.0f ms\n", (double)extremes.least_ns / 1e6,
                  (double)extremes.most_ns / 1e6, (double)bound_ns / 1e6);
    assert_true(extremes.most_ns <= bound_ns);
    free_bench(bench);
}

/* Offsets of the task against the supervisor's steps are a phase of their own. */
static void check_hang(const struct xhm_alive_policy *alive) {
    const uint64_t cycle_ns = 10 * XHM_SIM_MS;
    const uint64_t period_ns = alive->reference_cycle_ns / alive->expected;
    const uint64_t rest_ns = (alive->min_margin + 1) * period_ns;
    const uint64_t bound_ns = (alive->failed_tolerance + 1) * alive->reference_cycle_ns + rest_ns;
    struct extremes extremes = {UINT64_MAX, 0};

    for (uint64_t offset_ns = 0; offset_ns < period_ns && offset_ns < cycle_ns; offset_ns += XHM_SIM_MS) {
        struct bench *bench = make_bench();
        brake(bench)->entities[0].alive = *alive;
        settle(bench, offset_ns);
        add_phases(bench, alive->reference_cycle_ns, hang, has_expired, &extremes);
        free_bench(bench);
    }
    check("hang", &extremes, bound_ns, cycle_ns);
    assert_true(extremes.most_ns <= (alive->failed_tolerance + 2) * alive->reference_cycle_ns + cycle_ns);
}

static void hang_expires_within_the_bound(void **state) {
    for (uint32_t tolerance = 0; tolerance <= 3; tolerance++) {
        check_hang(&(struct xhm_alive_policy){.reference_cycle_ns = 100 * XHM_SIM_MS,
                                              .expected = 10,
                                              .min_margin = 1,
                                              .max_margin = 1,
                                              .failed_tolerance = tolerance});
    }
    check_hang(&(struct xhm_alive_policy){.reference_cycle_ns = 200 * XHM_SIM_MS,
                                          .expected = 10,
                                          .min_margin = 4,
                                          .max_margin = 1,
                                          .failed_tolerance = 1});
}

/* With a margin that leaves one indication, the rest is a whole reference cycle: the bound for any reporting. */
static void hang_with_the_widest_margin_takes_one_reference_cycle_more(void **state) {
    check_hang(&(struct xhm_alive_policy){.reference_cycle_ns = 100 * XHM_SIM_MS,
                                          .expected = 1,
                                          .min_margin = 0,
                                          .max_margin = 1,
                                          .failed_tolerance = 1});
    check_hang(&(struct xhm_alive_policy){.reference_cycle_ns = 120 * XHM_SIM_MS,
                                          .expected = 4,
                                          .min_margin = 3,
                                          .max_margin = 3,
                                          .failed_tolerance = 2});
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(crash_is_seen_within_one_crash_check_period),
        cmocka_unit_test(a_moved_vcpu_is_seen_within_one_sweep),
        cmocka_unit_test(a_new_domain_on_an_exclusive_pcpu_is_seen_within_two_sweeps),
        cmocka_unit_test(hang_expires_within_the_bound),
        cmocka_unit_test(hang_with_the_widest_margin_takes_one_reference_cycle_more),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
