// SPDX-License-Identifier: Apache-2.0
/* Covers: XHM-TIME-2 */
/* An FHTI that is not below what is allocated is refused, with the key to shorten. */
#include "policy_text.h"
#include "sample_policy.h"
#include "timing_findings.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#define MS SAMPLE_MS

static struct xhm_policy policy;
static struct xhm_messages messages;

static struct xhm_partition_policy *brake(void) {
    return &policy.partitions[SAMPLE_BRAKE];
}

/* 100ms + 10ms + 2ms to detection, 3ms for a stop. */
static int set_up(void **state) {
    (void)state;
    sample_policy(&policy);
    policy.supervisor.cycle_ns = 10 * MS;
    policy.supervisor.crash_check_period_ns = 100 * MS;
    policy.supervisor.scheduling_latency_ns = 2 * MS;
    policy.supervisor.direct_action_ns = 3 * MS;
    brake()->reactions[XHM_CLASS_PRESENCE] = (struct xhm_ladder){1, {XHM_REACTION_STOP}};
    return 0;
}

/* The only message, or NULL. */
static const char *told(const struct xhm_locations *locations) {
    messages_init(&messages, "p");
    timing_findings_tell(&policy, locations, &messages);
    assert_in_range(messages.count, 0, 1);
    return messages.count == 1 ? messages.messages[0].text : NULL;
}

static const char *told_of(uint64_t allocated_ns) {
    brake()->allocated_fhti_ns[XHM_CLASS_PRESENCE] = allocated_ns;
    return told(&(struct xhm_locations){0});
}

static void below_is_below(void **state) {
    assert_null(told_of(0));
    assert_null(told_of(115 * MS + 1));
    assert_non_null(told_of(115 * MS));
}

static void names_the_key_to_shorten(void **state) {
    assert_string_equal(told_of(95 * MS),
                        "partitions[0].allocated_fhti.presence: the FHTI is 115ms: shorten "
                        "supervisor.crash_check_period, which adds 100ms, so that it adds less by more than 20ms");
    assert_non_null(strstr(told_of(14 * MS), "that alone is not enough"));
}

/* Terms of one key count together: three of a cycle are more than one of the tolerance. */
static void terms_of_one_key_count_together(void **state) {
    brake()->reactions[XHM_CLASS_PROBE] = (struct xhm_ladder){1, {XHM_REACTION_PAUSE}};
    policy.supervisor.probe_busy_tolerance_ns = 25 * MS;
    brake()->allocated_fhti_ns[XHM_CLASS_PROBE] = 30 * MS;
    const char *text = told(&(struct xhm_locations){0});
    assert_non_null(strstr(text, "the FHTI is 62ms: shorten supervisor.cycle, which adds 30ms, so that it adds less by "
                                 "more than 32ms; that alone is not enough"));
}

static void what_claims_nothing_is_refused(void **state) {
    brake()->reactions[XHM_CLASS_PRESENCE].rungs[0] = XHM_REACTION_RESTART;
    assert_non_null(strstr(told_of(3600 * SAMPLE_S), "there is no FHTI that could be below it: a restart is recovery"));
    brake()->reactions[XHM_CLASS_PRESENCE].rungs[0] = XHM_REACTION_REPORT;
    assert_non_null(strstr(told_of(3600 * SAMPLE_S), "the class is only reported"));
    brake()->reactions[XHM_CLASS_LOAD].rungs[0] = XHM_REACTION_STOP;
    brake()->allocated_fhti_ns[XHM_CLASS_PRESENCE] = 0;
    brake()->allocated_fhti_ns[XHM_CLASS_LOAD] = 1;
    assert_non_null(strstr(told(&(struct xhm_locations){0}), "nothing of this class is supervised"));
}

static void what_is_not_measured_claims_nothing(void **state) {
    policy.supervisor.scheduling_latency_ns = 0;
    assert_null(told_of(0));
    assert_non_null(strstr(told_of(SAMPLE_S), "supervisor.scheduling_latency: must be measured"));
    policy.supervisor.scheduling_latency_ns = MS;
    policy.supervisor.direct_action_ns = 0;
    assert_non_null(strstr(told_of(SAMPLE_S), "supervisor.direct_action: must be measured"));
}

/* "presence" is a key of reactions, too. */
static void stands_where_it_is_declared(void **state) {
    struct xhm_locations locations;
    struct xhm_scope scope = locations_top;

    scope.index[XHM_LEVEL_PARTITION] = SAMPLE_BRAKE;
    locations_init(&locations);
    locations_add(&locations, &scope, "", (struct xhm_mark){3, 1}, "partitions[0]", false);
    brake()->allocated_fhti_ns[XHM_CLASS_PRESENCE] = MS;
    assert_non_null(told(&locations));
    assert_int_equal(messages.messages[0].mark.line, 3);
    locations_add(&locations, &scope, "presence", (struct xhm_mark){5, 7}, "partitions[0].reactions.presence", false);
    locations_add(&locations, &scope, "presence", (struct xhm_mark){9, 8}, "partitions[0].allocated_fhti.presence",
                  false);
    assert_non_null(told(&locations));
    assert_int_equal(messages.messages[0].mark.line, 9);
    assert_int_equal(messages.messages[0].mark.column, 8);
    locations_deinit(&locations);
}

/* A compiled policy is refused for the same reason. */
static void belongs_to_the_check(void **state) {
    brake()->reactions[XHM_CLASS_PRESENCE] = (struct xhm_ladder){1, {XHM_REACTION_RESTART}};
    messages_init(&messages, "p");
    assert_true(policy_text_check(&policy, &messages));
    brake()->allocated_fhti_ns[XHM_CLASS_PRESENCE] = MS;
    assert_false(policy_text_check(&policy, &messages));
}

int main(void) {
#define TEST(name) cmocka_unit_test_setup(name, set_up)
    const struct CMUnitTest tests[] = {
        TEST(below_is_below),
        TEST(names_the_key_to_shorten),
        TEST(terms_of_one_key_count_together),
        TEST(what_claims_nothing_is_refused),
        TEST(what_is_not_measured_claims_nothing),
        TEST(stands_where_it_is_declared),
        TEST(belongs_to_the_check),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
