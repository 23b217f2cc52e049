// SPDX-License-Identifier: Apache-2.0
#include "core_bench.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

/* Domains 0 to count - 1 with so many vCPUs each; cycle 10ms, period 1s. */
static struct xhm_core_bench *make_with_domains(uint32_t count, uint32_t vcpus) {
    struct xhm_core_bench *bench = bench_make();

    for (uint32_t i = 0; i < count; i++) {
        struct xhm_domain_reading *domain = bench_add_domain(bench, XHM_SIM_BRAKE, (uint16_t)i);
        memset(&domain->uuid, 0xee, sizeof(domain->uuid));
        domain->vcpu_slots = vcpus;
    }
    bench_step(bench);
    return bench;
}

/* Plans a cycle and answers what was planned. Returns how many look-ups it was. */
static uint32_t cycle(struct xhm_core_bench *bench, uint32_t ticks, enum xhm_sight sight) {
    core_plan(&bench->core, ticks, &bench->plan);
    for (uint32_t i = 0; i < bench->plan.vcpu_count; i++) {
        bench_add_vcpu(bench, bench->plan.vcpus[i].domid, bench->plan.vcpus[i].vcpu, 200)->sight = sight;
    }
    bench_step(bench);
    return bench->plan.vcpu_count;
}

/* Until a sweep has begun. */
static void begin_sweep(struct xhm_core_bench *bench) {
    while (bench->core.sweep.total == 0) {
        cycle(bench, 1, XHM_SIGHT_KNOWN);
    }
}

static void look_ups_are_spread_over_the_period(void **state) {
    struct xhm_core_bench *bench = make_with_domains(5, 4);
    uint32_t seen = 0;

    begin_sweep(bench);
    for (unsigned i = 1; i < 100; i++) {
        const uint32_t now = cycle(bench, 1, XHM_SIGHT_KNOWN);
        assert_true(now <= 1);
        seen += now;
        assert_int_equal(seen, (20 * i + 99) / 100);
    }
    assert_int_equal(seen, 20);
    assert_int_equal(bench->core.sweep.completed, 1);
    free(bench);
}

static void every_vcpu_is_looked_at_once(void **state) {
    struct xhm_core_bench *bench = make_with_domains(7, 3);
    unsigned seen[7][3] = {{0}};

    begin_sweep(bench);
    while (bench->core.sweep.completed == 0) {
        cycle(bench, 1, XHM_SIGHT_KNOWN);
        for (uint32_t i = 0; i < bench->plan.vcpu_count; i++) {
            seen[bench->plan.vcpus[i].domid][bench->plan.vcpus[i].vcpu]++;
        }
    }
    for (unsigned i = 0; i < 7 * 3; i++) {
        assert_int_equal(seen[i / 3][i % 3], 1);
    }
    free(bench);
}

static void domains_without_vcpus_are_skipped(void **state) {
    struct xhm_core_bench *bench = make_with_domains(4, 1);

    bench->observation.domains[1].vcpu_slots = 0;
    bench->observation.domains[2].vcpu_slots = 0;
    begin_sweep(bench);
    while (bench->core.sweep.completed == 0) {
        cycle(bench, 1, XHM_SIGHT_KNOWN);
        for (uint32_t i = 0; i < bench->plan.vcpu_count; i++) {
            assert_true(bench->plan.vcpus[i].domid == 0 || bench->plan.vcpus[i].domid == 3);
        }
    }
    free(bench);
}

static void nothing_to_look_at_is_no_sweep(void **state) {
    struct xhm_core_bench *bench = bench_make();

    for (unsigned i = 0; i < 300; i++) {
        assert_int_equal(cycle(bench, 1, XHM_SIGHT_KNOWN), 0);
    }
    assert_int_equal(bench->core.sweep.completed, 0);
    free(bench);
}

static void a_cycle_looks_no_more_than_it_may(void **state) {
    struct xhm_core_bench *bench = make_with_domains(64, 16);

    begin_sweep(bench);
    while (bench->core.sweep.completed == 0) {
        assert_true(cycle(bench, 1, XHM_SIGHT_KNOWN) <= bench->policy.supervisor.conformance_checks_per_cycle);
    }
    assert_true(bench_raised(bench, XHM_FAULT_CONFORMANCE_LATE));
    free(bench);
}

static void a_sweep_in_time_is_not_late(void **state) {
    struct xhm_core_bench *bench = make_with_domains(25, 16);

    while (bench->core.sweep.completed < 3) {
        cycle(bench, 1, XHM_SIGHT_KNOWN);
        assert_int_equal(bench->core.fault_scopes[XHM_FAULT_CONFORMANCE_LATE], 0);
    }
    free(bench);
}

static void missed_ticks_are_made_up_for(void **state) {
    struct xhm_core_bench *bench = make_with_domains(5, 4);

    begin_sweep(bench);
    assert_int_equal(cycle(bench, 20, XHM_SIGHT_KNOWN), 4);
    free(bench);
}

static void unknown_twice_is_lost_sight(void **state) {
    struct xhm_core_bench *bench = make_with_domains(2, 1);

    while (bench->core.sweep.completed < 1) {
        cycle(bench, 1, XHM_SIGHT_UNKNOWN);
    }
    assert_int_equal(bench->core.fault_scopes[XHM_FAULT_CONFORMANCE_UNKNOWN], 0);
    while (bench->core.sweep.completed < 2) {
        cycle(bench, 1, XHM_SIGHT_UNKNOWN);
    }
    assert_true(bench_raised(bench, XHM_FAULT_CONFORMANCE_UNKNOWN));
    while (bench->core.sweep.completed < 3) {
        cycle(bench, 1, XHM_SIGHT_KNOWN);
    }
    assert_true(bench_cleared(bench, XHM_FAULT_CONFORMANCE_UNKNOWN));
    free(bench);
}

static void unknown_of_a_domain_that_is_gone_is_none(void **state) {
    struct xhm_core_bench *bench = make_with_domains(2, 1);

    begin_sweep(bench);
    bench->observation.domain_count = 0;
    while (bench->core.sweep.completed < 1) {
        cycle(bench, 1, XHM_SIGHT_UNKNOWN);
    }
    assert_false(bench->core.sweep.unknown_before);
    free(bench);
}

static void an_overrun_begins_the_sweep_anew(void **state) {
    struct xhm_core_bench *bench = make_with_domains(5, 4);

    begin_sweep(bench);
    for (unsigned i = 0; i < 50; i++) {
        cycle(bench, 1, XHM_SIGHT_KNOWN);
    }
    bench->observation.now_ns += 3 * XHM_SIM_S;
    cycle(bench, 300, XHM_SIGHT_KNOWN);
    assert_int_equal(bench->core.sweep.done, 0);
    assert_int_equal(bench->core.sweep.completed, 0);
    free(bench);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(look_ups_are_spread_over_the_period),
        cmocka_unit_test(every_vcpu_is_looked_at_once),
        cmocka_unit_test(domains_without_vcpus_are_skipped),
        cmocka_unit_test(nothing_to_look_at_is_no_sweep),
        cmocka_unit_test(a_cycle_looks_no_more_than_it_may),
        cmocka_unit_test(a_sweep_in_time_is_not_late),
        cmocka_unit_test(missed_ticks_are_made_up_for),
        cmocka_unit_test(unknown_twice_is_lost_sight),
        cmocka_unit_test(unknown_of_a_domain_that_is_gone_is_none),
        cmocka_unit_test(an_overrun_begins_the_sweep_anew),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
