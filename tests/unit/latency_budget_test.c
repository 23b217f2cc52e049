// SPDX-License-Identifier: Apache-2.0
/* Covers: XHM-LATENCY-1 */
/* The declared budget of wake-up latency against what the pages say. */
#include "core_bench.h"
#include "crc32p4.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <stdlib.h>

#define LOOP   0 /* control-loop, whose budget is declared */
#define BOUND  UINT64_C(64000)
#define WINDOW XHM_SIM_S

static struct xhm_core_bench *make(struct xhm_latency_budget_policy budget) {
    struct xhm_core_bench *bench = bench_make();

    bench->policy.partitions[0].entities[LOOP].latency_budget = budget;
    bench_set_ladder(bench, 0, (struct xhm_ladder){1, {XHM_REACTION_REPORT}});
    bench_run_brake(bench);
    assert_int_equal(bench_brake(bench)->status, XHM_STATUS_OK);
    return bench;
}

static struct xhm_core_bench *make_whole(void) {
    return make((struct xhm_latency_budget_policy){
        .worst_ns = XHM_SIM_MS, .late_ns = BOUND, .window_ns = WINDOW, .late_limit = 2});
}

static void steps_with_latency(struct xhm_core_bench *bench, uint64_t latency_ns, unsigned count) {
    for (unsigned i = 0; i < count; i++) {
        xhm_probe_deadline_report(bench->pages[0].entities[LOOP], true, latency_ns, bench->observation.now_ns);
        bench_step(bench);
    }
}

static bool is_beyond_budget(struct xhm_core_bench *bench) {
    return bench_brake_has(bench, XHM_FAULT_LATENCY_BUDGET);
}

static void late_activations_count_within_the_window(void **state) {
    struct xhm_core_bench *bench = make_whole();

    steps_with_latency(bench, BOUND - 1, 20);
    steps_with_latency(bench, BOUND, 2);
    assert_false(is_beyond_budget(bench));
    steps_with_latency(bench, BOUND, 1);
    assert_true(is_beyond_budget(bench));
    assert_int_equal(bench_brake(bench)->status, XHM_STATUS_FAILED);
    bench_steps(bench, (unsigned)(WINDOW / bench->policy.supervisor.cycle_ns) - 2);
    assert_true(is_beyond_budget(bench));
    bench_steps(bench, 10);
    assert_false(is_beyond_budget(bench));
    assert_int_equal(bench_brake(bench)->status, XHM_STATUS_OK);
    free(bench);
}

/* The worst case is one of the instance: nothing that comes after it takes it back. */
static void a_worst_case_beyond_the_budget_lasts_as_long_as_its_instance(void **state) {
    struct xhm_core_bench *bench = make_whole();

    steps_with_latency(bench, XHM_SIM_MS, 1);
    assert_false(is_beyond_budget(bench));
    steps_with_latency(bench, XHM_SIM_MS + 1, 1);
    assert_true(is_beyond_budget(bench));
    bench_steps(bench, 3 * (unsigned)(WINDOW / bench->policy.supervisor.cycle_ns));
    assert_true(is_beyond_budget(bench));
    bench->observation.domains[0].domid = 6;
    bench_step(bench);
    bench_attach(bench, 0, 9);
    bench_step(bench);
    assert_false(is_beyond_budget(bench));
    free(bench);
}

static void a_probe_that_begins_anew_begins_a_new_count(void **state) {
    struct xhm_core_bench *bench = make_whole();

    steps_with_latency(bench, XHM_SIM_MS + 1, 1);
    assert_true(is_beyond_budget(bench));
    bench_attach(bench, 0, 9);
    for (unsigned i = 0; i < 5; i++) {
        xhm_probe_deadline_report(bench->pages[0].entities[LOOP], true, BOUND, bench->observation.now_ns);
    }
    bench_step(bench);
    assert_true(bench_brake_has(bench, XHM_FAULT_PROBE_RESTARTED));
    assert_false(bench_brake_has(bench, XHM_FAULT_PROBE_CORRUPT));
    assert_false(is_beyond_budget(bench));
    assert_int_equal(bench_brake(bench)->entities[LOOP].histogram.activations, 5);
    free(bench);
}

/* What happened while the supervisor did not run is no activation of a window. */
static void a_gap_counts_nothing(void **state) {
    struct xhm_core_bench *bench = make_whole();

    steps_with_latency(bench, BOUND, 1);
    bench->observation.now_ns += 3 * XHM_SIM_S;
    steps_with_latency(bench, BOUND, 1);
    steps_with_latency(bench, BOUND, 1);
    assert_false(is_beyond_budget(bench));
    steps_with_latency(bench, BOUND, 1);
    assert_true(is_beyond_budget(bench));
    free(bench);
}

static void only_the_worst_case_is_declared(void **state) {
    struct xhm_core_bench *bench = make((struct xhm_latency_budget_policy){.worst_ns = XHM_SIM_MS});

    steps_with_latency(bench, BOUND, 50);
    assert_false(is_beyond_budget(bench));
    assert_int_equal(bench_brake(bench)->entities[LOOP].histogram.verdict, XHM_PROBE_HISTOGRAM_OK);
    steps_with_latency(bench, 2 * XHM_SIM_MS, 1);
    assert_true(is_beyond_budget(bench));
    free(bench);
}

static void only_late_activations_are_declared(void **state) {
    struct xhm_core_bench *bench =
        make((struct xhm_latency_budget_policy){.late_ns = BOUND, .window_ns = WINDOW, .late_limit = 0});

    assert_false(is_beyond_budget(bench));
    steps_with_latency(bench, XHM_SIM_S, 1);
    assert_true(is_beyond_budget(bench));
    bench_steps(bench, (unsigned)(WINDOW / bench->policy.supervisor.cycle_ns) + 10);
    assert_false(is_beyond_budget(bench));
    free(bench);
}

static void undeclared_nothing_is_read(void **state) {
    struct xhm_core_bench *bench = make((struct xhm_latency_budget_policy){0});

    bench->pages[0].page.slots[LOOP].histogram.buckets[5] ^= 1;
    bench_step(bench);
    assert_int_equal(bench_brake(bench)->entities[LOOP].histogram.verdict, XHM_PROBE_HISTOGRAM_UNREAD);
    assert_false(bench_brake_has(bench, XHM_FAULT_PROBE_CORRUPT));
    free(bench);
}

static void make_old(struct xhm_core_bench *bench, bool old) {
    struct xhm_probe_header *header = &bench->pages[0].page.header;

    header->feature_bits ^= XHM_PROBE_FEATURE_HISTOGRAM;
    header->version_minor = old ? 0 : 1;
    header->crc = xhm_crc32p4(header, offsetof(struct xhm_probe_header, crc));
}

/* A probe of version 1.0: the worst case is judged, and that nothing else can be is a fault of its own. */
static void a_budget_that_cannot_be_judged_is_a_fault(void **state) {
    struct xhm_core_bench *bench = make_whole();

    assert_false(bench_brake_has(bench, XHM_FAULT_PROBE_HISTOGRAM));
    make_old(bench, true);
    steps_with_latency(bench, BOUND, 5);
    assert_true(bench_brake_has(bench, XHM_FAULT_PROBE_HISTOGRAM));
    assert_int_equal(bench_brake(bench)->status, XHM_STATUS_FAILED);
    assert_false(is_beyond_budget(bench));
    steps_with_latency(bench, 2 * XHM_SIM_MS, 1);
    assert_true(is_beyond_budget(bench));
    make_old(bench, false);
    bench_step(bench);
    assert_false(bench_brake_has(bench, XHM_FAULT_PROBE_HISTOGRAM));
    free(bench);
}

static void an_old_probe_is_enough_for_the_worst_case(void **state) {
    struct xhm_core_bench *bench = make((struct xhm_latency_budget_policy){.worst_ns = XHM_SIM_MS});

    make_old(bench, true);
    steps_with_latency(bench, BOUND, 5);
    assert_false(bench_brake_has(bench, XHM_FAULT_PROBE_HISTOGRAM));
    assert_int_equal(bench_brake(bench)->status, XHM_STATUS_OK);
    free(bench);
}

/* The rest of the slot goes on being supervised. */
static void a_damaged_histogram_is_a_corrupt_probe(void **state) {
    struct xhm_core_bench *bench = make_whole();
    const uint64_t alive_before = bench_brake(bench)->entities[LOOP].alive_counter;

    xhm_probe_deadline_report(bench->pages[0].entities[LOOP], true, 1, bench->observation.now_ns);
    bench->pages[0].page.slots[LOOP].histogram.buckets[5] ^= 1;
    bench_step(bench);
    assert_true(bench_brake_has(bench, XHM_FAULT_PROBE_CORRUPT));
    bench->reporting = true;
    bench_steps(bench, 3);
    assert_true(bench_brake(bench)->entities[LOOP].alive_counter > alive_before);
    steps_with_latency(bench, 1, 1);
    assert_false(bench_brake_has(bench, XHM_FAULT_PROBE_CORRUPT));
    free(bench);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(late_activations_count_within_the_window),
        cmocka_unit_test(a_worst_case_beyond_the_budget_lasts_as_long_as_its_instance),
        cmocka_unit_test(a_probe_that_begins_anew_begins_a_new_count),
        cmocka_unit_test(a_gap_counts_nothing),
        cmocka_unit_test(only_the_worst_case_is_declared),
        cmocka_unit_test(only_late_activations_are_declared),
        cmocka_unit_test(undeclared_nothing_is_read),
        cmocka_unit_test(a_budget_that_cannot_be_judged_is_a_fault),
        cmocka_unit_test(an_old_probe_is_enough_for_the_worst_case),
        cmocka_unit_test(a_damaged_histogram_is_a_corrupt_probe),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
