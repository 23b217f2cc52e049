// SPDX-License-Identifier: Apache-2.0
/* Covers: XHM-PLACEMENT-1 XHM-VERDICT-1 */
#include "core_bench.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <stdlib.h>

static struct xhm_core_bench *make_reported(void) {
    struct xhm_core_bench *bench = bench_make();

    for (unsigned i = 0; i < XHM_CLASS_COUNT; i++) {
        bench->policy.partitions[0].reactions[i] = (struct xhm_ladder){1, {XHM_REACTION_REPORT}};
    }
    bench_run_brake(bench);
    return bench;
}

static void what_is_not_declared_is_not_judged(void **state) {
    struct xhm_core_bench *bench = bench_make();

    bench->policy.partitions[0].memory.size_kib = 0;
    bench->policy.partitions[0].vcpu_count = 0;
    bench_run_brake(bench);
    bench->observation.domains[0].memory_kib = 1;
    bench->observation.domains[0].online_vcpus = 7;
    bench_add_vcpu(bench, 5, 0, 9);
    bench_step(bench);
    assert_int_equal(bench->outcome.event_count, 0);
    free(bench);
}

static void nothing_is_judged_before_the_instance_is_healthy(void **state) {
    struct xhm_core_bench *bench = bench_make();

    bench_add_domain(bench, XHM_SIM_BRAKE, 5)->memory_kib = 1;
    bench_step(bench);
    bench_add_vcpu(bench, 5, 0, 9);
    bench_step(bench);
    assert_int_equal(bench->outcome.event_count, 0);
    assert_int_equal(bench_brake(bench)->vcpu_seen_pcpu[0], 9);
    free(bench);
}

static void number_of_vcpus_is_exact(void **state) {
    struct xhm_core_bench *bench = make_reported();

    bench->observation.domains[0].online_vcpus = 2;
    bench_step(bench);
    assert_true(bench_raised(bench, XHM_FAULT_VCPU_COUNT));
    bench->observation.domains[0].online_vcpus = 1;
    bench_step(bench);
    assert_true(bench_cleared(bench, XHM_FAULT_VCPU_COUNT));
    free(bench);
}

static void affinity_is_exact_and_placement_within(void **state) {
    struct xhm_core_bench *bench = make_reported();
    struct xhm_vcpu_reading *vcpu = bench_add_vcpu(bench, 5, 0, 1);

    vcpu->hard_affinity.words[XHM_PCPU_WORDS - 1] = 1;
    bench_step(bench);
    assert_true(bench_raised(bench, XHM_FAULT_VCPU_AFFINITY));
    assert_false(bench_brake_has(bench, XHM_FAULT_VCPU_PLACEMENT));
    bench_add_vcpu(bench, 5, 0, 1)->pcpu = 2;
    bench_step(bench);
    assert_true(bench_cleared(bench, XHM_FAULT_VCPU_AFFINITY));
    assert_true(bench_raised(bench, XHM_FAULT_VCPU_PLACEMENT));
    for (unsigned i = 0; i < 2; i++) {
        bench_add_vcpu(bench, 5, 0, 1)->pcpu = i == 0 ? XHM_MAX_PCPUS : UINT32_MAX;
        bench_step(bench);
        assert_true(bench_brake_has(bench, XHM_FAULT_VCPU_PLACEMENT));
    }
    bench_add_vcpu(bench, 5, 0, 1);
    bench_step(bench);
    assert_false(bench_brake_has(bench, XHM_FAULT_VCPU_PLACEMENT));
    free(bench);
}

static enum xhm_verdict affinity(struct xhm_core_bench *bench, uint32_t pcpu) {
    bench_add_vcpu(bench, BENCH_BRAKE_DOMID, 0, 1)->hard_affinity.words[0] = UINT64_C(1) << pcpu;
    bench_step(bench);
    return bench_verdict(bench, XHM_CHECK_VCPU_AFFINITY, 0);
}

static enum xhm_verdict placement(const struct xhm_core_bench *bench) {
    return bench_verdict(bench, XHM_CHECK_VCPU_PLACEMENT, 0);
}

/* What affinity means is the scheduler's; the pCPU on which a vCPU is, is a fact. */
static void affinity_is_judged_by_the_scheduler(void **state) {
    static const struct {
        enum xhm_scheduler scheduler;
        enum xhm_verdict as_declared;
        enum xhm_verdict otherwise;
    } rows[] = {
        {XHM_SCHEDULER_CREDIT, XHM_VERDICT_CONFORMS, XHM_VERDICT_DEVIATES},
        {XHM_SCHEDULER_CREDIT2, XHM_VERDICT_CONFORMS, XHM_VERDICT_DEVIATES},
        {XHM_SCHEDULER_RTDS, XHM_VERDICT_CONFORMS, XHM_VERDICT_DEVIATES},
        {XHM_SCHEDULER_NULL, XHM_VERDICT_CONFORMS, XHM_VERDICT_DEVIATES},
        {XHM_SCHEDULER_ARINC653, XHM_VERDICT_NOT_APPLICABLE, XHM_VERDICT_NOT_APPLICABLE},
        {XHM_SCHEDULER_ANY, XHM_VERDICT_UNKNOWN, XHM_VERDICT_UNKNOWN},
        {(enum xhm_scheduler)1000, XHM_VERDICT_UNKNOWN, XHM_VERDICT_UNKNOWN},
    };

    for (unsigned i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct xhm_core_bench *bench = make_reported();
        bench_want_facts(bench);
        assert_int_equal(affinity(bench, 1), XHM_VERDICT_UNKNOWN);
        bench_add_cpupool(bench, 0, "Pool-0", rows[i].scheduler, 0x2);
        bench_tell_facts(bench);
        assert_int_equal(affinity(bench, 1), rows[i].as_declared);
        assert_int_equal(placement(bench), XHM_VERDICT_CONFORMS);
        assert_int_equal(affinity(bench, 2), rows[i].otherwise);
        bench_steps(bench, 400);
        assert_int_equal(affinity(bench, 1), rows[i].as_declared);
        assert_false(bench_brake_has(bench, XHM_FAULT_VCPU_AFFINITY));
        free(bench);
    }
}

static void verdicts_are_unknown_until_something_is_seen(void **state) {
    struct xhm_core_bench *bench = bench_make();
    const uint32_t whole = XHM_SCOPE_WHOLE;

    bench_restart(bench);
    assert_int_equal(bench_verdict(bench, XHM_CHECK_VCPU_AFFINITY, 0), XHM_VERDICT_UNKNOWN);
    assert_int_equal(bench_verdict(bench, XHM_CHECK_VCPU_AFFINITY, 1), XHM_VERDICT_UNDECLARED);
    assert_int_equal(bench_verdict(bench, XHM_CHECK_CORE_SHARED, whole), XHM_VERDICT_UNDECLARED);
    bench_run_brake(bench);
    assert_int_equal(bench_verdict(bench, XHM_CHECK_VCPU_COUNT, whole), XHM_VERDICT_CONFORMS);
    assert_int_equal(bench_verdict(bench, XHM_CHECK_PCPU_SHARED, whole), XHM_VERDICT_UNKNOWN);
    bench_add_vcpu(bench, BENCH_BRAKE_DOMID, 0, 1);
    bench_sweep(bench);
    assert_int_equal(placement(bench), XHM_VERDICT_CONFORMS);
    assert_int_equal(bench_verdict(bench, XHM_CHECK_PCPU_SHARED, whole), XHM_VERDICT_CONFORMS);
    bench_add_vcpu(bench, BENCH_BRAKE_DOMID, 0, 1)->sight = XHM_SIGHT_UNKNOWN;
    bench_step(bench);
    assert_int_equal(placement(bench), XHM_VERDICT_UNKNOWN);
    bench->observation.domain_count = 0;
    bench_step(bench);
    assert_int_equal(bench_verdict(bench, XHM_CHECK_VCPU_COUNT, whole), XHM_VERDICT_UNKNOWN);
    assert_int_equal(bench_verdict(bench, XHM_CHECK_PCPU_SHARED, whole), XHM_VERDICT_UNKNOWN);
    free(bench);
}

static void offline_and_undeclared_vcpus_are_not_placed(void **state) {
    struct xhm_core_bench *bench = make_reported();

    bench_add_vcpu(bench, 5, 0, 3)->online = false;
    bench_add_vcpu(bench, 5, 1, 3);
    bench_step(bench);
    assert_int_equal(bench->outcome.event_count, 0);
    free(bench);
}

static struct xhm_domain_reading *add_stranger(struct xhm_core_bench *bench, uint16_t domid) {
    struct xhm_domain_reading *stranger = bench_add_domain(bench, XHM_SIM_INFOTAINMENT, domid);

    stranger->uuid.bytes[0] = 0xee;
    return stranger;
}

static void a_stranger_on_an_exclusive_pcpu_is_a_fault_until_a_clean_sweep(void **state) {
    struct xhm_core_bench *bench = make_reported();
    const struct xhm_step step = {.core = &bench->core, .observation = &bench->observation, .outcome = &bench->outcome};

    add_stranger(bench, 20);
    bench_add_vcpu(bench, 20, 0, 1);
    bench_step(bench);
    assert_true(bench_raised(bench, XHM_FAULT_PCPU_SHARED));
    bench_brake(bench)->shared_this_sweep = 1u << XHM_CHECK_PCPU_SHARED;
    conformance_sweep_done(&step, true);
    assert_true(bench_brake_has(bench, XHM_FAULT_PCPU_SHARED));
    conformance_sweep_done(&step, true);
    assert_false(bench_brake_has(bench, XHM_FAULT_PCPU_SHARED));
    free(bench);
}

static void strangers_that_cannot_run_there_are_no_fault(void **state) {
    struct xhm_core_bench *bench = make_reported();

    add_stranger(bench, 20);
    add_stranger(bench, 21)->paused = true;
    add_stranger(bench, 22)->dying = true;
    add_stranger(bench, 23)->shutdown = true;
    bench_add_vcpu(bench, 20, 0, 1)->online = false;
    bench_add_vcpu(bench, 20, 1, 9);
    bench_add_vcpu(bench, 20, 2, 1)->sight = XHM_SIGHT_UNKNOWN;
    for (uint16_t domid = 21; domid <= 24; domid++) {
        bench_add_vcpu(bench, domid, 0, 1);
    }
    bench_step(bench);
    assert_false(bench_brake_has(bench, XHM_FAULT_PCPU_SHARED));
    free(bench);
}

/* A crashed instance stays listed for a while, with its affinity: it is no stranger to itself. */
static void a_dead_instance_does_not_offend_itself(void **state) {
    struct xhm_core_bench *bench = make_reported();

    bench->observation.domains[0].shutdown = true;
    bench->observation.domains[0].reason = XHM_SHUTDOWN_CRASH;
    bench_add_vcpu(bench, 5, 0, 1);
    bench_step(bench);
    bench->observation.domains_sight = XHM_SIGHT_NOT_DUE;
    bench_add_vcpu(bench, 5, 0, 1);
    bench_step(bench);
    assert_false(bench_brake_has(bench, XHM_FAULT_PCPU_SHARED));
    free(bench);
}

static void a_shared_pcpu_may_be_used_by_others(void **state) {
    struct xhm_core_bench *bench = bench_make();

    bench->policy.partitions[0].vcpus[0].exclusive = false;
    bench_run_brake(bench);
    add_stranger(bench, 20);
    bench_add_vcpu(bench, 20, 0, 1);
    bench_step(bench);
    assert_false(bench_brake_has(bench, XHM_FAULT_PCPU_SHARED));
    free(bench);
}

/* Neither its own vCPUs nor a stranger on its pCPU. */
static void what_is_not_supervised_is_not_judged(void **state) {
    struct xhm_core_bench *bench = make_reported();

    bench->policy.partitions[0].supervision_off = true;
    bench_add_domain(bench, XHM_SIM_INFOTAINMENT, 77);
    bench_step(bench);
    bench_add_vcpu(bench, BENCH_BRAKE_DOMID, 0, 9);
    bench_add_vcpu(bench, 77, 0, 1);
    bench_step(bench);
    for (unsigned fault = XHM_FAULT_VCPU_AFFINITY; fault <= XHM_FAULT_MEMORY_LIMIT; fault++) {
        assert_false(bench_brake_has(bench, (enum xhm_fault)fault));
    }
    assert_int_equal(bench_brake(bench)->status, XHM_STATUS_DEACTIVATED);
    free(bench);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_not_declared_is_not_judged),
        cmocka_unit_test(nothing_is_judged_before_the_instance_is_healthy),
        cmocka_unit_test(number_of_vcpus_is_exact),
        cmocka_unit_test(affinity_is_exact_and_placement_within),
        cmocka_unit_test(affinity_is_judged_by_the_scheduler),
        cmocka_unit_test(verdicts_are_unknown_until_something_is_seen),
        cmocka_unit_test(offline_and_undeclared_vcpus_are_not_placed),
        cmocka_unit_test(a_stranger_on_an_exclusive_pcpu_is_a_fault_until_a_clean_sweep),
        cmocka_unit_test(strangers_that_cannot_run_there_are_no_fault),
        cmocka_unit_test(a_dead_instance_does_not_offend_itself),
        cmocka_unit_test(a_shared_pcpu_may_be_used_by_others),
        cmocka_unit_test(what_is_not_supervised_is_not_judged),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
