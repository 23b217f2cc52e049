// SPDX-License-Identifier: Apache-2.0
/* Each term of each FDTI, in numbers that were added up by hand. */
#include "sample_policy.h"
#include "timing.h"
#include "timing_sum.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#define MS SAMPLE_MS

static struct xhm_policy policy;

static struct xhm_partition_policy *brake(void) {
    return &policy.partitions[SAMPLE_BRAKE];
}

static struct xhm_entity_policy *loop(void) {
    return &brake()->entities[0];
}

static int set_up(void **state) {
    (void)state;
    sample_policy(&policy);
    policy.supervisor.cycle_ns = 10 * MS;
    policy.supervisor.crash_check_period_ns = 100 * MS;
    policy.supervisor.conformance_period_ns = 1005 * MS;
    policy.supervisor.probe_busy_tolerance_ns = 50 * MS;
    policy.supervisor.scheduling_latency_ns = 2 * MS;
    return 0;
}

static uint64_t bound(enum xhm_detection detection) {
    struct xhm_timing_sum sum;
    uint64_t total_ns = 0;

    assert_true(timing_detection(&policy, SAMPLE_BRAKE, detection, &sum));
    assert_null(sum.why_not);
    for (uint32_t i = 0; i < sum.term_count; i++) {
        assert_true(sum.terms[i].ns == sum.terms[i].times * sum.terms[i].each_ns);
        assert_true(sum.terms[i].ns > 0);
        total_ns += sum.terms[i].ns;
    }
    assert_true(sum.total_ns == total_ns);
    return total_ns / MS;
}

static bool is_declared(enum xhm_detection detection) {
    struct xhm_timing_sum sum;
    return timing_detection(&policy, SAMPLE_BRAKE, detection, &sum);
}

static void domain_list(void **state) {
    assert_int_equal(bound(XHM_DETECTION_INSTANCE), 100 + 10 + 2);
    assert_int_equal(bound(XHM_DETECTION_VCPU_COUNT), 100 + 10 + 2);
}

static void alive(void **state) {
    loop()->alive.reference_cycle_ns = 100 * MS;
    for (uint32_t tolerance = 0; tolerance < 4; tolerance++) {
        loop()->alive.failed_tolerance = tolerance;
        assert_int_equal(bound(XHM_DETECTION_SILENCE), (tolerance + 2) * 100 + 10 + 2);
        assert_int_equal(bound(XHM_DETECTION_RATE), (tolerance + 2) * 100 + 10 + 10 + 2);
    }
}

static void deadline(void **state) {
    assert_false(is_declared(XHM_DETECTION_DEADLINE_LATE));
    loop()->deadline_count = 2;
    loop()->deadlines[0] = (struct xhm_deadline_policy){.from = 1, .to = 2, .max_ns = 30 * MS};
    loop()->deadlines[1] = (struct xhm_deadline_policy){.from = 2, .to = 3, .max_ns = 45 * MS};
    assert_int_equal(bound(XHM_DETECTION_DEADLINE_LATE), 10 + 10 + 45 + 10 + 10 + 2 * 2);
    assert_false(is_declared(XHM_DETECTION_DEADLINE_EARLY));
    loop()->deadlines[0].min_ns = MS;
    assert_int_equal(bound(XHM_DETECTION_DEADLINE_EARLY), 10 + 10 + 10 + 2);
}

static void at_the_next_reading(void **state) {
    assert_false(is_declared(XHM_DETECTION_LOGICAL));
    assert_false(is_declared(XHM_DETECTION_CHECKPOINTS_LOST));
    loop()->logical.initial_count = 1;
    assert_int_equal(bound(XHM_DETECTION_LOGICAL), 10 + 10 + 10 + 2);
    assert_int_equal(bound(XHM_DETECTION_CHECKPOINTS_LOST), 10 + 10 + 10 + 2);
    assert_int_equal(bound(XHM_DETECTION_DEADLINE_MISSES), 10 + 10 + 10 + 2);
    loop()->deadline_miss.window_ns = 0;
    assert_false(is_declared(XHM_DETECTION_DEADLINE_MISSES));
    assert_false(is_declared(XHM_DETECTION_LATENCY_BUDGET));
    loop()->latency_budget.worst_ns = MS;
    assert_int_equal(bound(XHM_DETECTION_LATENCY_BUDGET), 10 + 10 + 10 + 2);
    loop()->latency_budget = (struct xhm_latency_budget_policy){.late_ns = 64000, .window_ns = 1000 * MS};
    assert_int_equal(bound(XHM_DETECTION_LATENCY_BUDGET), 10 + 10 + 10 + 2);
}

static void probe(void **state) {
    assert_int_equal(bound(XHM_DETECTION_PAGE), 10 + 10 + 2);
    assert_int_equal(bound(XHM_DETECTION_STUCK), 10 + 50 + 10 + 10 + 2 * 2);
    brake()->page_count = 0;
    assert_false(is_declared(XHM_DETECTION_PAGE));
    assert_false(is_declared(XHM_DETECTION_STUCK));
}

static void latency(void **state) {
    struct xhm_timing_sum sum;

    assert_false(is_declared(XHM_DETECTION_LATENCY));
    loop()->latency = (struct xhm_latency_policy){.raise_ns = MS, .debounce = {255, 255}};
    loop()->alive = (struct xhm_alive_policy){.reference_cycle_ns = 100 * MS, .expected = 20, .min_margin = 2};
    assert_int_equal(bound(XHM_DETECTION_LATENCY), 10 + 10 + 10 + 10 + 2);
    loop()->latency.debounce.up_step = 50;
    assert_int_equal(bound(XHM_DETECTION_LATENCY), 6 * 10 + 10 + 10 + 10 + 2);
    loop()->alive.expected = 6;
    assert_int_equal(bound(XHM_DETECTION_LATENCY), 6 * 25 + 10 + 10 + 10 + 2);
    loop()->alive.reference_cycle_ns = 0;
    assert_true(timing_detection(&policy, SAMPLE_BRAKE, XHM_DETECTION_LATENCY, &sum));
    assert_non_null(sum.why_not);
    assert_true(sum.total_ns == XHM_TIMING_NONE);
}

/* 1005ms are 101 cycles. */
static void placement(void **state) {
    assert_int_equal(bound(XHM_DETECTION_VCPU_MOVED), 2 * 1010 + 10 + 2);
    assert_int_equal(bound(XHM_DETECTION_PCPU_SHARED), 100 + 2 * 1010 + 10 + 10 + 2);
    brake()->vcpus[0].exclusive = false;
    assert_false(is_declared(XHM_DETECTION_PCPU_SHARED));
    brake()->vcpu_count = 0;
    assert_false(is_declared(XHM_DETECTION_VCPU_MOVED));
    assert_false(is_declared(XHM_DETECTION_VCPU_COUNT));
    assert_int_equal(timing_vcpu_capacity(&policy), 100 * policy.supervisor.conformance_checks_per_cycle);
}

static void measured_in_the_domain_list(void **state) {
    brake()->memory.debounce.up_step = 255;
    assert_int_equal(bound(XHM_DETECTION_MEMORY), 100 + 10 + 2);
    brake()->memory.debounce.up_step = 254;
    assert_int_equal(bound(XHM_DETECTION_MEMORY), 2 * 100 + 10 + 2);
    brake()->memory.debounce.up_step = 1;
    assert_int_equal(bound(XHM_DETECTION_MEMORY), 255 * 100 + 10 + 2);
    assert_false(is_declared(XHM_DETECTION_LOAD));
    brake()->load = (struct xhm_load_policy){.raise_percent = 90, .clear_percent = 80, .debounce = {100, 100}};
    assert_int_equal(bound(XHM_DETECTION_LOAD), 100 + 3 * 100 + 10 + 2);
    brake()->memory.size_kib = 0;
    assert_false(is_declared(XHM_DETECTION_MEMORY));
}

/* Readings with activations every 25ms at worst; a window of 200ms. */
static void guest_clock(void **state) {
    struct xhm_timing_sum sum;

    assert_false(is_declared(XHM_DETECTION_CLOCK));
    loop()->clock = (struct xhm_clock_policy){.window_ns = 200 * MS, .tolerance_percent = 20};
    loop()->alive = (struct xhm_alive_policy){.reference_cycle_ns = 100 * MS, .expected = 20, .min_margin = 2};
    assert_int_equal(bound(XHM_DETECTION_CLOCK), 240 + 3 * 10 + 10 + 10 + 6 * 2);
    loop()->alive.expected = 6;
    assert_int_equal(bound(XHM_DETECTION_CLOCK), 240 + 30 + 3 * 10 + 10 + 10 + 6 * 2);
    loop()->alive.reference_cycle_ns = 0;
    assert_true(timing_detection(&policy, SAMPLE_BRAKE, XHM_DETECTION_CLOCK, &sum));
    assert_non_null(sum.why_not);
}

/* Facts of 2s that may be 5s old. */
static void facts(void **state) {
    policy.platform.facts_period_ns = 2 * SAMPLE_S;
    policy.platform.facts_timeout_ns = 5 * SAMPLE_S;
    assert_false(is_declared(XHM_DETECTION_CACHE));
    assert_false(is_declared(XHM_DETECTION_DEVICE));
    assert_false(is_declared(XHM_DETECTION_UP_FRONT));
    brake()->cache.l3_mask = 0xf;
    assert_int_equal(bound(XHM_DETECTION_CACHE), 5000 + 10 + 10 + 2);
    brake()->cache = (struct xhm_cache_policy){.bandwidth_percent = 50};
    assert_int_equal(bound(XHM_DETECTION_CACHE), 5000 + 10 + 10 + 2);
    brake()->devices_declared = true;
    assert_int_equal(bound(XHM_DETECTION_DEVICE), 5000 + 10 + 10 + 2);
    brake()->devices_declared = false;
    brake()->assigned_declared = true;
    assert_int_equal(bound(XHM_DETECTION_DEVICE), 5000 + 10 + 10 + 2);
    brake()->memory.up_front = true;
    assert_int_equal(bound(XHM_DETECTION_UP_FRONT), 5000 + 10 + 100 + 10 + 2);
    assert_int_equal(bound(XHM_DETECTION_PCPU_SHARED), 5000 + 10 + 100 + 2 * 1010 + 10 + 10 + 2);
    policy.supervisor.scheduling_latency_ns = 10 * MS;
    assert_int_equal(bound(XHM_DETECTION_PCPU_SHARED), 5000 + 10 + 100 + 2 * 1010 + 10 + 10 + 5 * 10);
    assert_int_equal(bound(XHM_DETECTION_UP_FRONT), 5000 + 10 + 100 + 10 + 2 * 10);
}

static void cpupool_and_share(void **state) {
    assert_false(is_declared(XHM_DETECTION_CPUPOOL));
    assert_false(is_declared(XHM_DETECTION_SHARE));
    brake()->cpupool_number = 1;
    assert_int_equal(bound(XHM_DETECTION_CPUPOOL), 100 + 10 + 2);
    brake()->credit2.weight = 256;
    assert_int_equal(bound(XHM_DETECTION_SHARE), 2 * 1010 + 10 + 2);
    brake()->credit2.weight = 0;
    brake()->vcpus[0].rtds.period_ns = 10 * MS;
    assert_int_equal(bound(XHM_DETECTION_SHARE), 2 * 1010 + 10 + 2);
    brake()->vcpu_count = 0;
    assert_false(is_declared(XHM_DETECTION_SHARE));
}

static uint64_t ns_of(enum xhm_detection detection, const char *key) {
    struct xhm_timing_sum sum;
    uint64_t ns = 0;

    assert_true(timing_detection(&policy, SAMPLE_BRAKE, detection, &sum));
    for (uint32_t i = 0; i < sum.term_count; i++) {
        char path[XHM_TIMING_KEY_SIZE];
        timing_write_key(&sum.terms[i], path);
        ns += strcmp(path, key) == 0 ? sum.terms[i].ns : 0;
    }
    return ns / MS;
}

/* The supervisor runs in infotainment here. Its wait counts as often as the lateness that was measured. */
static void the_supervisors_own_server_is_a_term_of_every_sum(void **state) {
    struct xhm_partition_policy *own = &policy.partitions[SAMPLE_INFOTAINMENT];

    policy.platform.supervisor_number = 1 + SAMPLE_INFOTAINMENT;
    policy.cpupool_count = 1;
    policy.cpupools[0].scheduler = XHM_SCHEDULER_RTDS;
    own->cpupool_number = 1;
    own->vcpus[0].rtds = (struct xhm_rtds_policy){.period_ns = 5 * MS, .budget_ns = 3 * MS};
    assert_int_equal(bound(XHM_DETECTION_INSTANCE), 100 + 10 + 2 + 2 * (5 - 3));
    assert_int_equal(bound(XHM_DETECTION_STUCK), 10 + 50 + 10 + 10 + 2 * (2 + 4));
    assert_int_equal(ns_of(XHM_DETECTION_INSTANCE, "partitions[2].vcpus"), 4);
    own->vcpus[0].rtds.budget_ns = MS;
    assert_int_equal(bound(XHM_DETECTION_INSTANCE), 100 + 10 + 2 + 8);
    /* Together they are a cycle: steps are skipped. */
    assert_int_equal(bound(XHM_DETECTION_VCPU_MOVED), 2 * 1010 + 10 + 3 * (2 + 8));
    assert_int_equal(timing_vcpu_capacity(&policy), 50 * policy.supervisor.conformance_checks_per_cycle);
}

static void the_supervisors_own_frame_is_a_term_of_every_sum(void **state) {
    policy.platform.supervisor_number = 1 + SAMPLE_INFOTAINMENT;
    policy.cpupool_count = 1;
    policy.cpupools[0] =
        (struct xhm_cpupool_policy){.scheduler = XHM_SCHEDULER_ARINC653, .major_frame_ns = 10 * MS, .frame_count = 1};
    policy.cpupools[0].frames[0] =
        (struct xhm_frame_policy){.partition_number = 1 + SAMPLE_INFOTAINMENT, .duration_ns = 5 * MS};
    policy.partitions[SAMPLE_INFOTAINMENT].cpupool_number = 1;
    assert_int_equal(bound(XHM_DETECTION_INSTANCE), 100 + 10 + 2 + 5);
    assert_int_equal(ns_of(XHM_DETECTION_INSTANCE, "cpupools"), 5);
}

/* Each stage begins where the one before was late. */
static void a_lateness_of_a_cycle_skips_steps(void **state) {
    policy.supervisor.scheduling_latency_ns = 10 * MS;
    loop()->alive.reference_cycle_ns = 100 * MS;
    loop()->alive.failed_tolerance = 2;
    loop()->logical.initial_count = 1;
    loop()->deadline_count = 1;
    loop()->deadlines[0] = (struct xhm_deadline_policy){.from = 1, .to = 2, .max_ns = 30 * MS};
    loop()->clock = (struct xhm_clock_policy){.window_ns = 200 * MS, .tolerance_percent = 20};
    loop()->alive.min_margin = 0;
    loop()->alive.expected = 10;
    loop()->latency = (struct xhm_latency_policy){.raise_ns = MS, .debounce = {100, 100}};
    brake()->memory.debounce.up_step = 100;
    brake()->load = (struct xhm_load_policy){.raise_percent = 90, .clear_percent = 80, .debounce = {100, 100}};
    assert_int_equal(bound(XHM_DETECTION_INSTANCE), 100 + 10 + 10);
    assert_int_equal(bound(XHM_DETECTION_SILENCE), 400 + 10 + 4 * 10);
    assert_int_equal(bound(XHM_DETECTION_RATE), 400 + 10 + 10 + 5 * 10);
    assert_int_equal(bound(XHM_DETECTION_DEADLINE_LATE), 10 + 10 + 30 + 10 + 10 + 3 * 10);
    assert_int_equal(bound(XHM_DETECTION_LOGICAL), 10 + 10 + 10 + 2 * 10);
    assert_int_equal(bound(XHM_DETECTION_PAGE), 10 + 10 + 10);
    assert_int_equal(bound(XHM_DETECTION_STUCK), 10 + 50 + 10 + 10 + 2 * 10);
    assert_int_equal(bound(XHM_DETECTION_CLOCK), 240 + 3 * 10 + 10 + 10 + 7 * 10);
    assert_int_equal(bound(XHM_DETECTION_LATENCY), 3 * 10 + 10 + 10 + 10 + 5 * 10);
    assert_int_equal(bound(XHM_DETECTION_VCPU_MOVED), 2 * 1010 + 10 + 3 * 10);
    assert_int_equal(bound(XHM_DETECTION_PCPU_SHARED), 100 + 2 * 1010 + 10 + 10 + 4 * 10);
    assert_int_equal(bound(XHM_DETECTION_MEMORY), 3 * 100 + 10 + 3 * 10);
    assert_int_equal(bound(XHM_DETECTION_LOAD), 4 * 100 + 10 + 4 * 10);
    assert_int_equal(timing_vcpu_capacity(&policy), 50 * policy.supervisor.conformance_checks_per_cycle);
}

static void a_counter_that_does_not_step_has_no_bound(void **state) {
    struct xhm_timing_sum sum;

    brake()->memory.debounce.up_step = 0;
    assert_true(timing_detection(&policy, SAMPLE_BRAKE, XHM_DETECTION_MEMORY, &sum));
    assert_non_null(sum.why_not);
}

/* Of several entities the slowest one counts, and the term names it. */
static void the_slowest_entity_counts(void **state) {
    struct xhm_timing_sum sum;

    brake()->entity_count = 3;
    sample_entity(&brake()->entities[1], "slow", 1);
    sample_entity(&brake()->entities[2], "fast", 2);
    brake()->entities[1].alive.reference_cycle_ns = 500 * MS;
    assert_true(timing_detection(&policy, SAMPLE_BRAKE, XHM_DETECTION_SILENCE, &sum));
    assert_int_equal(sum.terms[0].entity, 1);
    char key[XHM_TIMING_KEY_SIZE];
    timing_write_key(&sum.terms[0], key);
    assert_string_equal(key, "partitions[0].entities[1].alive.reference_cycle");
    timing_write_key(&sum.terms[1], key);
    assert_string_equal(key, "supervisor.cycle");
}

static void the_slowest_way_counts_for_its_class(void **state) {
    struct xhm_timing timing;

    timing_compute(&policy, SAMPLE_BRAKE, XHM_CLASS_PROBE, &timing);
    assert_true(timing.supervised);
    assert_int_equal(timing.slowest, XHM_DETECTION_STUCK);
    assert_true(timing.fits);
    timing_compute(&policy, SAMPLE_BRAKE, XHM_CLASS_LOAD, &timing);
    assert_false(timing.supervised);
    assert_non_null(timing.fdti.why_not);
    brake()->supervision_off = true;
    timing_compute(&policy, SAMPLE_BRAKE, XHM_CLASS_PROBE, &timing);
    assert_false(timing.supervised);
}

static void what_does_not_fit_has_no_bound(void **state) {
    struct xhm_timing_sum sum;

    loop()->alive.reference_cycle_ns = UINT64_MAX / 2;
    assert_true(timing_detection(&policy, SAMPLE_BRAKE, XHM_DETECTION_SILENCE, &sum));
    assert_non_null(sum.why_not);
    assert_true(sum.total_ns == XHM_TIMING_NONE);
    policy.supervisor.crash_check_period_ns = UINT64_MAX - 5 * MS;
    assert_true(timing_detection(&policy, SAMPLE_BRAKE, XHM_DETECTION_INSTANCE, &sum));
    assert_true(sum.total_ns == XHM_TIMING_NONE);
    policy.supervisor.conformance_period_ns = UINT64_MAX;
    assert_true(timing_detection(&policy, SAMPLE_BRAKE, XHM_DETECTION_VCPU_MOVED, &sum));
    assert_true(sum.total_ns == XHM_TIMING_NONE);
}

static void more_terms_than_there_is_room_for_have_no_bound(void **state) {
    struct xhm_timing_sum sum;

    timing_sum_begin(&sum);
    for (unsigned i = 0; i < XHM_TIMING_MAX_TERMS; i++) {
        timing_sum_add(&sum, "one", timing_supervisor, "cycle", 1, 1);
    }
    assert_null(sum.why_not);
    timing_sum_add(&sum, "nothing", timing_supervisor, "cycle", 1, 0);
    assert_null(sum.why_not);
    timing_sum_add(&sum, "one more", timing_supervisor, "cycle", 1, 1);
    assert_non_null(sum.why_not);
    assert_true(sum.total_ns == XHM_TIMING_NONE);
}

int main(void) {
#define TEST(name) cmocka_unit_test_setup(name, set_up)
    const struct CMUnitTest tests[] = {
        TEST(domain_list),
        TEST(alive),
        TEST(deadline),
        TEST(at_the_next_reading),
        TEST(probe),
        TEST(latency),
        TEST(placement),
        TEST(measured_in_the_domain_list),
        TEST(guest_clock),
        TEST(facts),
        TEST(cpupool_and_share),
        TEST(the_supervisors_own_server_is_a_term_of_every_sum),
        TEST(the_supervisors_own_frame_is_a_term_of_every_sum),
        TEST(a_lateness_of_a_cycle_skips_steps),
        TEST(a_counter_that_does_not_step_has_no_bound),
        TEST(the_slowest_entity_counts),
        TEST(the_slowest_way_counts_for_its_class),
        TEST(what_does_not_fit_has_no_bound),
        TEST(more_terms_than_there_is_room_for_have_no_bound),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
