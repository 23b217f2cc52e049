// SPDX-License-Identifier: Apache-2.0
/* Covers: XHM-PLACEMENT-1 */
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
    bench_brake(bench)->shared_this_sweep = true;
    conformance_sweep_done(&step);
    assert_true(bench_brake_has(bench, XHM_FAULT_PCPU_SHARED));
    conformance_sweep_done(&step);
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
        cmocka_unit_test(offline_and_undeclared_vcpus_are_not_placed),
        cmocka_unit_test(a_stranger_on_an_exclusive_pcpu_is_a_fault_until_a_clean_sweep),
        cmocka_unit_test(strangers_that_cannot_run_there_are_no_fault),
        cmocka_unit_test(a_dead_instance_does_not_offend_itself),
        cmocka_unit_test(a_shared_pcpu_may_be_used_by_others),
        cmocka_unit_test(what_is_not_supervised_is_not_judged),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
