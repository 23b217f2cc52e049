// SPDX-License-Identifier: Apache-2.0
/* Covers: XHM-TIME-1 */
/* Sweeps: a vCPU that was moved, and another domain on an exclusive pCPU. */
#include "phase_bench.h"

static bool has_moved(const struct xhm_core *core) {
    return phase_has(core, XHM_FAULT_VCPU_AFFINITY);
}

static bool has_company(const struct xhm_core *core) {
    return phase_has(core, XHM_FAULT_PCPU_SHARED);
}

static void add_domain(struct phase_bench *bench, uint32_t vcpus) {
    struct xhm_sim_domain *domain = ecu_add_domain(&bench->runner.ecu, "other", 0);

    assert_non_null(domain);
    domain->vcpu_count = vcpus;
    for (uint32_t vcpu = 0; vcpu < vcpus; vcpu++) {
        domain->vcpus[vcpu].online = true;
        guest_pin(domain, vcpu, &(struct xhm_pcpu_set){{UINT64_C(1) << 7}});
    }
}

/* 30 vCPUs and more: in every cycle of a sweep at least one is looked at. */
static struct phase_bench *make(uint64_t conformance_period_ns, bool skips) {
    struct phase_bench *bench = phase_make();

    if (skips) {
        phase_skip_steps(bench);
        bench->policy->supervisor.conformance_checks_per_cycle = 8;
    }

    bench->policy->supervisor.conformance_period_ns = conformance_period_ns;
    bench->policy->supervisor.crash_check_period_ns = 50 * XHM_SIM_MS;
    phase_settle_plainly(bench);
    add_domain(bench, 15);
    add_domain(bench, 15);
    while (bench->runner.core.sweep.completed < 20) {
        sim_step(&bench->runner);
    }
    phase_keep(bench);
    return bench;
}

static void move(struct phase_bench *bench) {
    guest_pin(phase_brake(bench), 0, &(struct xhm_pcpu_set){{UINT64_C(1) << 9}});
}

/* While the domains stay the same, every sweep comes to a vCPU at the same place. */
static void a_moved_vcpu_is_seen_in_time(void **state) {
    static const struct phase_fault moved = {XHM_DETECTION_VCPU_MOVED, move, has_moved};
    static const uint64_t periods_ns[] = {200 * XHM_SIM_MS, 195 * XHM_SIM_MS};

    for (size_t i = 0; i < sizeof(periods_ns) / sizeof(periods_ns[0]); i++) {
        struct phase_extremes extremes = phase_nothing;
        struct phase_bench *bench = make(periods_ns[i], false);
        phase_try(bench, &moved, periods_ns[i] + 20 * XHM_SIM_MS, &extremes);
        phase_holds(bench, &moved, &extremes);
        phase_free(bench);
    }
}

/* brake was first in the order of domains, but for dom0, and becomes last: two domains take dom0's successors' places.
 */
static void move_and_renumber(struct phase_bench *bench) {
    struct xhm_sim_domain *domains = bench->runner.ecu.domains;
    struct xhm_sim_domain *brake = phase_brake(bench);
    const unsigned last = bench->domain_count;

    move(bench);
    domains[last] = *brake;
    for (unsigned page = 0; page < XHM_MAX_PAGES; page++) {
        const struct xhm_sim_page *from = &brake->pages[page];
        domains[last].pages[page].mapped = from->mapped;
        domains[last].pages[page].writer = from->writer;
    }
    brake->exists = false;
}

/* A whole sweep and the next one up to its end: 2 conformance periods. */
static void a_moved_vcpu_is_seen_in_time_when_the_order_changes(void **state) {
    static const struct phase_fault moved = {XHM_DETECTION_VCPU_MOVED, move_and_renumber, has_moved};

    struct phase_bench *bench = make(200 * XHM_SIM_MS, false);
    phase_check(bench, &moved, 220 * XHM_SIM_MS);
    phase_free(bench);
}

static void add_company(struct phase_bench *bench) {
    guest_pin(ecu_add_domain(&bench->runner.ecu, "rogue", 0), 0, &bench->brake->vcpus[0].pcpus);
}

/* 1050ms: sweeps of 210ms and domain lists of 50ms are then as they were at first.
   A new domain must be in the domain list, and then waits for the sweep after the one under way; it is looked at last.
 */
static void a_new_domain_on_an_exclusive_pcpu_is_seen_in_time(void **state) {
    static const struct phase_fault company = {XHM_DETECTION_PCPU_SHARED, add_company, has_company};

    struct phase_bench *bench = make(200 * XHM_SIM_MS, false);
    phase_check(bench, &company, 1050 * XHM_SIM_MS);
    phase_free(bench);
}

static void with_skipped_steps_the_bounds_hold(void **state) {
    static const struct phase_fault faults[] = {{XHM_DETECTION_VCPU_MOVED, move_and_renumber, has_moved},
                                                {XHM_DETECTION_PCPU_SHARED, add_company, has_company}};
    struct phase_bench *bench = make(200 * XHM_SIM_MS, true);

    for (size_t i = 0; i < sizeof(faults) / sizeof(faults[0]); i++) {
        phase_check_holds(bench, &faults[i], 220 * XHM_SIM_MS);
    }
    phase_free(bench);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_moved_vcpu_is_seen_in_time),
        cmocka_unit_test(a_moved_vcpu_is_seen_in_time_when_the_order_changes),
        cmocka_unit_test(a_new_domain_on_an_exclusive_pcpu_is_seen_in_time),
        cmocka_unit_test(with_skipped_steps_the_bounds_hold),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
