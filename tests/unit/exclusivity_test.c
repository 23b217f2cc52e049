// SPDX-License-Identifier: Apache-2.0
/* Covers: XHM-PLACEMENT-1 */
#include "core_bench.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <stdlib.h>

#define STRANGER 20

/* brake has pCPU 1 for itself, its whole core too, and a stranger runs in cpupool 3. pCPU 0 and 1 share a core, 2 and 3
   another one; pCPU 4 is offline. */
static struct xhm_core_bench *make(enum xhm_scheduler scheduler, uint64_t pcpus) {
    struct xhm_core_bench *bench = bench_make();

    bench_set_ladder(bench, 0, (struct xhm_ladder){1, {XHM_REACTION_REPORT}});
    bench->policy.partitions[0].vcpus[0].whole_core = true;
    bench_want_facts(bench);
    bench_add_cpupool(bench, 0, "Pool-0", XHM_SCHEDULER_CREDIT2, 0x3);
    bench_add_cpupool(bench, 3, "rest", scheduler, pcpus);
    bench->facts.topology =
        (struct xhm_topology_facts){.availability = XHM_FACTS_KNOWN, .pcpu_count = 5, .core = {7, 7, 8, 8, UINT32_MAX}};
    bench_restart(bench);
    bench_run_brake(bench);
    bench_tell_facts(bench);
    struct xhm_domain_reading *stranger = bench_add_domain(bench, XHM_SIM_INFOTAINMENT, STRANGER);
    stranger->uuid.bytes[0] = 0xee;
    stranger->cpupool_id = 3;
    bench_step(bench);
    return bench;
}

/* The stranger runs on this pCPU, and may run on those. */
static void see(struct xhm_core_bench *bench, uint32_t pcpu, uint64_t affinity) {
    bench_add_vcpu(bench, STRANGER, 0, pcpu)->hard_affinity.words[0] = affinity;
    bench_sweep(bench);
}

static enum xhm_verdict pcpu_verdict(const struct xhm_core_bench *bench) {
    return bench_verdict(bench, XHM_CHECK_PCPU_SHARED, XHM_SCOPE_WHOLE);
}

static enum xhm_verdict core_verdict(const struct xhm_core_bench *bench) {
    return bench_verdict(bench, XHM_CHECK_CORE_SHARED, XHM_SCOPE_WHOLE);
}

/* Xen tells the affinity as it was set, not what of it is in the cpupool. */
static void affinity_counts_within_the_cpupool(void **state) {
    static const enum xhm_scheduler schedulers[] = {XHM_SCHEDULER_CREDIT, XHM_SCHEDULER_CREDIT2, XHM_SCHEDULER_RTDS,
                                                    XHM_SCHEDULER_NULL};

    for (unsigned i = 0; i < sizeof(schedulers) / sizeof(schedulers[0]); i++) {
        struct xhm_core_bench *bench = make(schedulers[i], 0xc);
        see(bench, 2, UINT64_MAX);
        assert_int_equal(pcpu_verdict(bench), XHM_VERDICT_CONFORMS);
        assert_int_equal(core_verdict(bench), XHM_VERDICT_CONFORMS);
        bench->facts.cpupools.pools[1].pcpus.words[0] = 0xe;
        bench_tell_facts(bench);
        see(bench, 2, UINT64_MAX);
        assert_true(bench_raised(bench, XHM_FAULT_PCPU_SHARED));
        assert_int_equal(pcpu_verdict(bench), XHM_VERDICT_DEVIATES);
        assert_int_equal(core_verdict(bench), XHM_VERDICT_CONFORMS);
        see(bench, 2, 0xc);
        assert_true(bench_cleared(bench, XHM_FAULT_PCPU_SHARED));
        free(bench);
    }
}

static void a_schedule_leaves_a_vcpu_where_it_is(void **state) {
    struct xhm_core_bench *bench = make(XHM_SCHEDULER_ARINC653, 0x3);

    see(bench, 3, UINT64_MAX);
    assert_int_equal(pcpu_verdict(bench), XHM_VERDICT_CONFORMS);
    bench_add_vcpu(bench, STRANGER, 0, 3)->pcpu = XHM_MAX_PCPUS + 1;
    bench_sweep(bench);
    assert_int_equal(pcpu_verdict(bench), XHM_VERDICT_CONFORMS);
    see(bench, 1, 0x8);
    assert_int_equal(pcpu_verdict(bench), XHM_VERDICT_DEVIATES);
    free(bench);
}

static void a_sibling_is_as_bad_as_the_pcpu(void **state) {
    struct xhm_core_bench *bench = make(XHM_SCHEDULER_CREDIT2, 0xd);

    see(bench, 0, 0x1);
    assert_true(bench_raised(bench, XHM_FAULT_CORE_SHARED));
    assert_int_equal(core_verdict(bench), XHM_VERDICT_DEVIATES);
    assert_int_equal(pcpu_verdict(bench), XHM_VERDICT_CONFORMS);
    see(bench, 2, 0xc);
    assert_true(bench_cleared(bench, XHM_FAULT_CORE_SHARED));
    free(bench);
}

static void an_offline_pcpu_has_no_sibling(void **state) {
    struct xhm_core_bench *bench = make(XHM_SCHEDULER_CREDIT2, 0xff);

    bench->policy.partitions[0].vcpus[0].pcpus.words[0] = 0x12;
    bench->facts.topology.core[3] = UINT32_MAX;
    bench_tell_facts(bench);
    see(bench, 3, 0x8);
    assert_int_equal(core_verdict(bench), XHM_VERDICT_CONFORMS);
    free(bench);
}

static void what_the_host_cannot_tell_is_not_fine(void **state) {
    struct xhm_core_bench *bench = make(XHM_SCHEDULER_CREDIT2, 0xc);

    bench->facts.topology.availability = XHM_FACTS_NOT_AVAILABLE;
    bench_tell_facts(bench);
    see(bench, 0, 0x1);
    assert_int_equal(core_verdict(bench), XHM_VERDICT_NOT_AVAILABLE);
    bench->facts.topology.availability = XHM_FACTS_UNKNOWN;
    bench_tell_facts(bench);
    see(bench, 0, 0x1);
    assert_int_equal(core_verdict(bench), XHM_VERDICT_UNKNOWN);
    free(bench);
}

/* Facts are too old: whether the stranger's affinity is in its cpupool is not known. Within brake's own it is. */
static void old_facts_decide_nothing(void **state) {
    struct xhm_core_bench *bench = make(XHM_SCHEDULER_CREDIT2, 0xc);

    bench_steps(bench, 400);
    see(bench, 2, 0xc);
    assert_int_equal(pcpu_verdict(bench), XHM_VERDICT_CONFORMS);
    assert_int_equal(core_verdict(bench), XHM_VERDICT_UNKNOWN);
    see(bench, 2, UINT64_MAX);
    assert_int_equal(pcpu_verdict(bench), XHM_VERDICT_UNKNOWN);
    assert_false(bench_brake_has(bench, XHM_FAULT_PCPU_SHARED));
    bench->observation.domains[1].cpupool_id = 0;
    see(bench, 2, UINT64_MAX);
    assert_int_equal(pcpu_verdict(bench), XHM_VERDICT_DEVIATES);
    bench->observation.domains[0] = bench->observation.domains[1];
    bench->observation.domain_count = 1;
    see(bench, 2, UINT64_MAX);
    assert_int_equal(pcpu_verdict(bench), XHM_VERDICT_UNKNOWN);
    assert_true(bench_brake_has(bench, XHM_FAULT_PCPU_SHARED));
    free(bench);
}

static void a_cpupool_that_was_not_told_decides_nothing(void **state) {
    struct xhm_core_bench *bench = make(XHM_SCHEDULER_CREDIT2, 0xc);

    bench->observation.domains[1].cpupool_id = 9;
    see(bench, 2, 0x4);
    assert_int_equal(pcpu_verdict(bench), XHM_VERDICT_CONFORMS);
    see(bench, 2, 0x6);
    assert_int_equal(pcpu_verdict(bench), XHM_VERDICT_UNKNOWN);
    see(bench, 1, 0x4);
    assert_int_equal(pcpu_verdict(bench), XHM_VERDICT_UNKNOWN);
    bench->facts.cpupools.pools[1].id = 9;
    bench->facts.cpupools.pools[1].scheduler = (enum xhm_scheduler)77;
    bench_tell_facts(bench);
    see(bench, 1, 0x4);
    assert_int_equal(pcpu_verdict(bench), XHM_VERDICT_UNKNOWN);
    free(bench);
}

static void a_vcpu_that_was_not_seen_decides_nothing(void **state) {
    struct xhm_core_bench *bench = make(XHM_SCHEDULER_CREDIT2, 0xc);

    bench_add_vcpu(bench, STRANGER, 0, 2);
    bench->core.sweep.unknown = true;
    bench_sweep(bench);
    assert_int_equal(pcpu_verdict(bench), XHM_VERDICT_UNKNOWN);
    assert_int_equal(core_verdict(bench), XHM_VERDICT_UNKNOWN);
    free(bench);
}

static void what_is_not_judged_has_no_fault_and_no_verdict(void **state) {
    struct xhm_core_bench *bench = make(XHM_SCHEDULER_CREDIT2, 0x3);

    see(bench, 1, 0x3);
    assert_int_equal(pcpu_verdict(bench), XHM_VERDICT_DEVIATES);
    bench_brake(bench)->life = XHM_LIFE_HALTED;
    bench_brake(bench)->halted = XHM_DISPOSITION_PAUSE;
    see(bench, 1, 0x3);
    assert_int_equal(pcpu_verdict(bench), XHM_VERDICT_UNKNOWN);
    assert_int_equal(core_verdict(bench), XHM_VERDICT_UNKNOWN);
    assert_false(bench_brake_has(bench, XHM_FAULT_PCPU_SHARED));
    free(bench);
}

static void a_restart_does_not_heal_it(void **state) {
    struct xhm_core_bench *bench = make(XHM_SCHEDULER_CREDIT2, 0xd);

    bench_set_ladder(bench, 0, (struct xhm_ladder){1, {XHM_REACTION_RESTART}});
    see(bench, 0, 0x1);
    assert_true(bench_brake_has(bench, XHM_FAULT_CORE_SHARED));
    bench_steps(bench, 10);
    assert_int_equal(bench_brake(bench)->life, XHM_LIFE_RUNNING);
    assert_null(bench_action(bench, XHM_ACTION_STOP));
    free(bench);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(affinity_counts_within_the_cpupool),
        cmocka_unit_test(a_schedule_leaves_a_vcpu_where_it_is),
        cmocka_unit_test(a_sibling_is_as_bad_as_the_pcpu),
        cmocka_unit_test(an_offline_pcpu_has_no_sibling),
        cmocka_unit_test(what_the_host_cannot_tell_is_not_fine),
        cmocka_unit_test(old_facts_decide_nothing),
        cmocka_unit_test(a_cpupool_that_was_not_told_decides_nothing),
        cmocka_unit_test(a_vcpu_that_was_not_seen_decides_nothing),
        cmocka_unit_test(what_is_not_judged_has_no_fault_and_no_verdict),
        cmocka_unit_test(a_restart_does_not_heal_it),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
