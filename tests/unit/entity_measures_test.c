// SPDX-License-Identifier: Apache-2.0
/* Covers: XHM-CLOCK-1 XHM-DEBOUNCE-1 */
#include "core_bench.h"
#include "debounce.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <stdlib.h>

#define LOOP 0 /* control-loop, of which latency and clock are supervised */

static struct xhm_core_bench *make(void) {
    struct xhm_core_bench *bench = bench_make();
    struct xhm_entity_policy *entity = &bench->policy.partitions[0].entities[LOOP];

    entity->latency = (struct xhm_latency_policy){.raise_ns = 100, .clear_ns = 50, .debounce = {64, 64}};
    entity->clock = (struct xhm_clock_policy){.window_ns = 100 * XHM_SIM_MS, .tolerance_percent = 10};
    bench_set_ladder(bench, 0, (struct xhm_ladder){1, {XHM_REACTION_REPORT}});
    bench_run_brake(bench);
    assert_int_equal(bench_brake(bench)->status, XHM_STATUS_OK);
    return bench;
}

/* One cycle in which the entity measured such a latency. */
static void step_with_latency(struct xhm_core_bench *bench, uint64_t latency_ns) {
    xhm_probe_deadline_report(bench->pages[0].entities[LOOP], true, latency_ns, bench->observation.now_ns);
    bench_step(bench);
}

static void steps_with_latency(struct xhm_core_bench *bench, uint64_t latency_ns, unsigned count) {
    for (unsigned i = 0; i < count; i++) {
        step_with_latency(bench, latency_ns);
    }
}

static bool is_latency_high(struct xhm_core_bench *bench) {
    return bench_brake_has(bench, XHM_FAULT_LATENCY_HIGH);
}

/* The healthy cycles before have brought the counter to -128: four steps up, then four down. */
static void latency_is_debounced_both_ways(void **state) {
    struct xhm_core_bench *bench = make();

    assert_int_equal(bench_brake(bench)->entities[LOOP].latency_counter, XHM_DEBOUNCE_PASSED);
    steps_with_latency(bench, 101, 3);
    assert_false(is_latency_high(bench));
    step_with_latency(bench, 101);
    assert_true(is_latency_high(bench));
    assert_int_equal(bench_brake(bench)->entities[LOOP].last_latency_ns, 101);
    assert_int_equal(bench_brake(bench)->status, XHM_STATUS_FAILED);
    steps_with_latency(bench, 100, 50);
    assert_true(is_latency_high(bench));
    steps_with_latency(bench, 50, 3);
    assert_true(is_latency_high(bench));
    step_with_latency(bench, 50);
    assert_false(is_latency_high(bench));
    free(bench);
}

static void a_cycle_in_which_nothing_was_written_measures_nothing(void **state) {
    struct xhm_core_bench *bench = make();

    step_with_latency(bench, 101);
    bench->reporting = false;
    bench_steps(bench, 5);
    assert_int_equal(bench_brake(bench)->entities[LOOP].latency_counter, XHM_DEBOUNCE_PASSED + 64);
    free(bench);
}

static void an_entity_that_is_starting_is_not_measured(void **state) {
    struct xhm_core_bench *bench = make();

    bench->observation.domains[0].domid = 6;
    bench_step(bench);
    bench_attach(bench, 0, 9);
    steps_with_latency(bench, 101, 5);
    assert_int_equal(bench_brake(bench)->entities[LOOP].status, XHM_STATUS_DEACTIVATED);
    assert_int_equal(bench_brake(bench)->entities[LOOP].latency_counter, 0);
    free(bench);
}

/* An entity without a page: the fault stays until something of the new instance is known. */
static void faults_that_were_measured_end_with_their_instance(void **state) {
    struct xhm_core_bench *bench = make();

    steps_with_latency(bench, 101, 4);
    assert_true(is_latency_high(bench));
    bench->observation.domains[0].domid = 6;
    bench->pages[0].attached = false;
    bench->observation.pages[0][0] = (struct xhm_page_observation){XHM_PAGE_DETACHED, NULL};
    bench_steps(bench, 3);
    assert_true(is_latency_high(bench));
    bench_attach(bench, 0, 9);
    bench_step(bench);
    assert_false(is_latency_high(bench));
    free(bench);
}

static bool is_clock_bad(struct xhm_core_bench *bench) {
    return bench_brake_has(bench, XHM_FAULT_PROBE_CLOCK);
}

/* Steps in which the guest's clock shows what it is told. */
static void steps_with_guest_clock(struct xhm_core_bench *bench, uint64_t guest_ns, uint64_t advance_ns,
                                   unsigned count) {
    bench->reporting = false;
    for (unsigned i = 0; i < count; i++) {
        xhm_probe_alive(bench->pages[0].entities[LOOP], guest_ns + i * advance_ns);
        bench_step(bench);
    }
}

static void a_clock_is_compared_by_rate(void **state) {
    struct xhm_core_bench *bench = make();

    assert_false(is_clock_bad(bench));
    steps_with_guest_clock(bench, bench->observation.now_ns, 0, 25);
    assert_true(is_clock_bad(bench));
    steps_with_guest_clock(bench, 77, 10 * XHM_SIM_MS, 25);
    assert_false(is_clock_bad(bench));
    assert_int_equal(bench_brake(bench)->fault_occurrences[XHM_FAULT_PROBE_CLOCK], 1);
    free(bench);
}

static void a_gap_is_no_measure_of_a_clock(void **state) {
    struct xhm_core_bench *bench = make();

    bench->observation.now_ns += 3 * XHM_SIM_S; /* an overrun */
    bench_steps(bench, 30);
    assert_false(is_clock_bad(bench));
    bench->observation.domains[0].paused = true;
    steps_with_guest_clock(bench, bench->observation.now_ns, 0, 30);
    assert_false(is_clock_bad(bench));
    bench->observation.domains[0].paused = false;
    bench->reporting = true;
    bench_steps(bench, 30);
    assert_false(is_clock_bad(bench));
    free(bench);
}

static void without_a_clock_of_its_own_the_supervisor_compares_nothing(void **state) {
    struct xhm_core_bench *bench = make();
    uint64_t now_ns = bench->observation.now_ns;

    for (unsigned i = 0; i < 50; i++) {
        bench->observation.now_ns = 0;
        bench_step(bench);
    }
    assert_int_equal(bench->core.fault_scopes[XHM_FAULT_CLOCK_FAILED] != 0, true);
    assert_false(is_clock_bad(bench));
    now_ns += 4 * XHM_SIM_S;
    bench->observation.now_ns = now_ns;
    bench_steps(bench, 30);
    assert_int_equal(bench->core.fault_scopes[XHM_FAULT_CLOCK_FAILED], 0);
    assert_false(is_clock_bad(bench));
    free(bench);
}

/* The same probe instance in another page: when it last wrote is not known. */
static void a_page_that_is_shared_anew_is_a_new_base(void **state) {
    static struct xhm_probe_page other;
    struct xhm_core_bench *bench = make();

    bench_steps(bench, 5);
    xhm_probe_checkpoint(bench->pages[0].entities[0], 1, 1);
    assert_int_equal(xhm_probe_page_move(&bench->pages[0].writer, &other), XHM_PROBE_DONE);
    xhm_probe_alive(bench->pages[0].entities[0], 1);
    xhm_probe_alive(bench->pages[0].entities[1], 1);
    bench->pages[0].page = other;
    bench->reporting = false;
    bench_steps(bench, 2);
    assert_false(bench_brake(bench)->entities[LOOP].clock.based);
    free(bench);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(latency_is_debounced_both_ways),
        cmocka_unit_test(a_cycle_in_which_nothing_was_written_measures_nothing),
        cmocka_unit_test(an_entity_that_is_starting_is_not_measured),
        cmocka_unit_test(faults_that_were_measured_end_with_their_instance),
        cmocka_unit_test(a_clock_is_compared_by_rate),
        cmocka_unit_test(a_gap_is_no_measure_of_a_clock),
        cmocka_unit_test(without_a_clock_of_its_own_the_supervisor_compares_nothing),
        cmocka_unit_test(a_page_that_is_shared_anew_is_a_new_base),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
