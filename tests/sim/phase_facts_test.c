// SPDX-License-Identifier: Apache-2.0
/* Covers: XHM-TIME-1 */
/*
 * What facts tell is found in time, whatever the agent does: a device is assigned that must not be, at every
 * millisecond of a cycle and right after the last facts were gathered, and the agent tells it as late as it can without
 * being found stale.
 */
#include "core_bench.h"
#include "timing.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>

#include <cmocka.h>

static struct xhm_core_bench *make(void) {
    struct xhm_core_bench *bench = bench_make();

    bench_set_ladder(bench, XHM_SIM_BRAKE, (struct xhm_ladder){1, {XHM_REACTION_REPORT}});
    bench_want_facts(bench);
    bench->policy.partitions[XHM_SIM_BRAKE].assigned_declared = true;
    bench->policy.supervisor.scheduling_latency_ns = 0;
    bench_restart(bench);
    bench_run_brake(bench);
    bench_add_domain_facts(bench, BENCH_BRAKE_DOMID)->assigned = XHM_FACTS_KNOWN;
    bench_tell_facts(bench);
    bench_step(bench);
    assert_int_equal(bench_verdict(bench, XHM_CHECK_DEVICE_ASSIGNMENT, XHM_SCOPE_WHOLE), XHM_VERDICT_CONFORMS);
    return bench;
}

static uint64_t bound_ns(const struct xhm_core_bench *bench) {
    struct xhm_timing_sum sum;

    assert_true(timing_detection(&bench->policy, XHM_SIM_BRAKE, XHM_DETECTION_DEVICE, &sum));
    assert_null(sum.why_not);
    return sum.total_ns;
}

/* Gathered right before the fault, at `fault_ns`, and seen by the step after it. */
static void tell_last_good_facts(struct xhm_core_bench *bench, uint64_t fault_ns) {
    bench_tell_facts(bench);
    bench->facts.gathered_ns = fault_ns - 1;
    bench_step(bench);
    assert_false(bench_brake_has(bench, XHM_FAULT_DEVICE_ASSIGNMENT));
}

/* Until the next step would find them too old. */
static void wait_until_stale(struct xhm_core_bench *bench, uint64_t fault_ns) {
    while (bench->observation.now_ns - (fault_ns - 1) <= bench->policy.platform.facts_timeout_ns) {
        bench_step(bench);
        assert_false(bench_raised(bench, XHM_FAULT_FACTS_STALE));
        assert_false(bench_brake_has(bench, XHM_FAULT_DEVICE_ASSIGNMENT));
    }
}

static uint64_t detect(uint64_t phase_ns, uint64_t *bound) {
    struct xhm_core_bench *bench = make();
    const uint64_t fault_ns = bench->observation.now_ns - phase_ns;

    tell_last_good_facts(bench, fault_ns);
    wait_until_stale(bench, fault_ns);
    bench->facts.domain[0].assigned_count = 1;
    bench_tell_facts(bench);
    const uint64_t seen_ns = bench->observation.now_ns;
    bench_step(bench);
    assert_true(bench_brake_has(bench, XHM_FAULT_DEVICE_ASSIGNMENT));
    *bound = bound_ns(bench);
    free(bench);
    return seen_ns - fault_ns;
}

/* In virtual time a step takes none of the cycle that the bound has for it. */
static void never_later_than_the_bound(void **state) {
    uint64_t latest_ns = 0;
    uint64_t bound = 0;
    (void)state;

    for (uint64_t phase_ns = 0; phase_ns < 10 * XHM_SIM_MS; phase_ns += XHM_SIM_MS) {
        const uint64_t took_ns = detect(phase_ns, &bound);
        latest_ns = took_ns > latest_ns ? took_ns : latest_ns;
    }
    print_message("device: %.3f ms, bound %.3f ms\n", (double)latest_ns / 1e6, (double)bound / 1e6);
    assert_true(latest_ns <= bound - 10 * XHM_SIM_MS);
    assert_true(latest_ns > bound - 20 * XHM_SIM_MS);
}

/* An agent that is later still is found to be. */
static void or_the_facts_are_stale(void **state) {
    struct xhm_core_bench *bench = make();
    const uint64_t fault_ns = bench->observation.now_ns;
    (void)state;

    tell_last_good_facts(bench, fault_ns);
    wait_until_stale(bench, fault_ns);
    bench_step(bench);
    assert_true(bench_raised(bench, XHM_FAULT_FACTS_STALE));
    assert_int_equal(bench_verdict(bench, XHM_CHECK_DEVICE_ASSIGNMENT, XHM_SCOPE_WHOLE), XHM_VERDICT_UNKNOWN);
    free(bench);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(never_later_than_the_bound),
        cmocka_unit_test(or_the_facts_are_stale),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
