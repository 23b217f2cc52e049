// SPDX-License-Identifier: Apache-2.0
/* Covers: XHM-DEBOUNCE-1 */
#include "core_bench.h"
#include "debounce.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <stdlib.h>

#define CYCLE_NS (10 * XHM_SIM_MS)

/* The domain list is read in every step, so a measurement is one cycle. */
static struct xhm_core_bench *make(struct xhm_load_policy load) {
    struct xhm_core_bench *bench = bench_make();

    bench->policy.partitions[0].load = load;
    bench_set_ladder(bench, 0, (struct xhm_ladder){1, {XHM_REACTION_REPORT}});
    bench_run_brake(bench);
    return bench;
}

static struct xhm_core_bench *make_undebounced(void) {
    return make((struct xhm_load_policy){.raise_percent = 80, .clear_percent = 50, .debounce = {255, 255}});
}

static void step_with_cpu_time(struct xhm_core_bench *bench, uint64_t cpu_ns) {
    bench->observation.domains[0].cpu_time_ns += cpu_ns;
    bench_step(bench);
}

static void step_with_load(struct xhm_core_bench *bench, uint64_t percent) {
    step_with_cpu_time(bench, CYCLE_NS * percent / 100);
}

static bool is_load_high(struct xhm_core_bench *bench) {
    return bench_brake_has(bench, XHM_FAULT_LOAD_HIGH);
}

static void load_has_two_thresholds(void **state) {
    struct xhm_core_bench *bench = make_undebounced();

    step_with_load(bench, 80);
    assert_false(is_load_high(bench));
    assert_true(bench_brake(bench)->measures.load_known);
    assert_int_equal(bench_brake(bench)->measures.load_percent, 80);
    step_with_load(bench, 81);
    assert_true(is_load_high(bench));
    assert_int_equal(bench_brake(bench)->status, XHM_STATUS_FAILED);
    step_with_load(bench, 51);
    assert_true(is_load_high(bench));
    step_with_load(bench, 50);
    assert_false(is_load_high(bench));
    free(bench);
}

static void load_is_debounced(void **state) {
    struct xhm_core_bench *bench =
        make((struct xhm_load_policy){.raise_percent = 80, .clear_percent = 50, .debounce = {85, 128}});

    for (unsigned i = 0; i < 3; i++) {
        step_with_load(bench, 100);
        assert_int_equal(is_load_high(bench), i == 2);
    }
    step_with_load(bench, 0);
    assert_true(is_load_high(bench));
    step_with_load(bench, 0);
    assert_false(is_load_high(bench));
    free(bench);
}

static void what_is_not_declared_is_measured_and_not_judged(void **state) {
    struct xhm_core_bench *bench = make((struct xhm_load_policy){0});

    step_with_load(bench, 300);
    assert_int_equal(bench_brake(bench)->measures.load_percent, 300);
    assert_false(is_load_high(bench));
    free(bench);
}

/* A boot may take what it needs. */
static void before_the_instance_is_healthy_load_is_not_judged(void **state) {
    struct xhm_core_bench *bench = bench_make();

    bench->policy.partitions[0].load =
        (struct xhm_load_policy){.raise_percent = 80, .clear_percent = 50, .debounce = {255, 255}};
    bench_add_domain(bench, XHM_SIM_BRAKE, BENCH_BRAKE_DOMID);
    for (unsigned i = 0; i < 5; i++) {
        step_with_load(bench, 100);
    }
    assert_int_equal(bench_brake(bench)->measures.load_percent, 100);
    assert_int_equal(bench_brake(bench)->measures.load_counter, 0);
    free(bench);
}

static void a_gap_and_a_list_that_is_not_answered_are_no_load(void **state) {
    struct xhm_core_bench *bench = make_undebounced();

    bench->observation.now_ns += 3 * XHM_SIM_S;
    step_with_cpu_time(bench, 3 * XHM_SIM_S); /* an overrun: supervised time took a cycle of it */
    step_with_load(bench, 0);
    assert_int_equal(bench_brake(bench)->fault_occurrences[XHM_FAULT_LOAD_HIGH], 0);
    bench->observation.domains_sight = XHM_SIGHT_UNKNOWN;
    for (unsigned i = 0; i < 9; i++) {
        step_with_load(bench, 60);
    }
    bench->observation.domains_sight = XHM_SIGHT_KNOWN;
    step_with_load(bench, 60);
    assert_int_equal(bench_brake(bench)->measures.load_percent, 60);
    free(bench);
}

static void without_a_clock_nothing_is_measured(void **state) {
    struct xhm_core_bench *bench = make_undebounced();
    const uint64_t now_ns = bench->observation.now_ns;

    for (unsigned i = 0; i < 3; i++) {
        bench->observation.now_ns = 0;
        step_with_load(bench, 1000);
    }
    bench->observation.now_ns = now_ns + XHM_SIM_S;
    step_with_load(bench, 1000);
    step_with_load(bench, 20);
    assert_int_equal(bench_brake(bench)->measures.load_percent, 20);
    assert_int_equal(bench_brake(bench)->fault_occurrences[XHM_FAULT_LOAD_HIGH], 0);
    free(bench);
}

/* Untrusted numbers: CPU time that goes back, or is more than all pCPUs can give, is never a small load. */
static void impossible_times_are_no_load_or_the_highest(void **state) {
    struct xhm_core_bench *bench = make_undebounced();

    step_with_load(bench, 30);
    bench->observation.domains[0].cpu_time_ns = 0;
    bench_step(bench);
    assert_int_equal(bench_brake(bench)->measures.load_percent, 30);
    step_with_load(bench, 40);
    assert_int_equal(bench_brake(bench)->measures.load_percent, 40);
    bench->observation.domains[0].cpu_time_ns = UINT64_MAX;
    bench_step(bench);
    assert_int_equal(bench_brake(bench)->measures.load_percent, 100 * XHM_MAX_PCPUS);
    bench->observation.now_ns -= CYCLE_NS; /* no time has passed */
    bench_step(bench);
    assert_int_equal(bench_brake(bench)->measures.load_percent, 100 * XHM_MAX_PCPUS);
    free(bench);
}

static void a_new_instance_is_measured_anew(void **state) {
    struct xhm_core_bench *bench = make_undebounced();

    step_with_load(bench, 100);
    assert_int_equal(bench_brake(bench)->measures.load_counter, XHM_DEBOUNCE_FAILED);
    bench->observation.domains[0].domid = 6;
    bench_step(bench);
    assert_int_equal(bench_brake(bench)->measures.load_counter, 0);
    assert_false(bench_brake(bench)->measures.load_known);
    free(bench);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(load_has_two_thresholds),
        cmocka_unit_test(load_is_debounced),
        cmocka_unit_test(what_is_not_declared_is_measured_and_not_judged),
        cmocka_unit_test(before_the_instance_is_healthy_load_is_not_judged),
        cmocka_unit_test(a_gap_and_a_list_that_is_not_answered_are_no_load),
        cmocka_unit_test(without_a_clock_nothing_is_measured),
        cmocka_unit_test(impossible_times_are_no_load_or_the_highest),
        cmocka_unit_test(a_new_instance_is_measured_anew),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
