// SPDX-License-Identifier: Apache-2.0
/* Verdicts as the API tells them: one row for each declared thing, in words, and nothing called fine that is not. */
#include "control_harness.h"

#include <stdlib.h>
#include <string.h>

#define VERDICT(name) XHM__V1__VERDICT__VERDICT_##name
#define MS            SAMPLE_MS

static struct client client;

static int open_all(void **state) {
    const int result = harness_open(state);

    /* What the core has concluded so far is not what is tested here. */
    for (uint32_t i = 0; i < XHM_MAX_PARTITIONS; i++) {
        memset(harness.core.partitions[i].verdicts, 0, sizeof(harness.core.partitions[i].verdicts));
    }
    memset(harness.core.verdicts, 0, sizeof(harness.core.verdicts));
    harness.core.supervised_ns = 5000 * MS;
    if (result == 0) {
        client_open(&client);
    }
    return result;
}

static int close_all(void **state) {
    client_close(&client);
    return harness_close(state);
}

static void judge(struct xhm_verdicts *verdicts, uint32_t scope, enum xhm_verdict verdict, uint64_t known_ns) {
    verdicts->scopes[verdict] |= UINT64_C(1) << scope;
    verdicts->known_ns = known_ns;
}

static const Xhm__V1__ConformanceReply *ask(char *partition) {
    const Xhm__V1__ServerMessage *reply;

    CONFORMANCE(request);
    request_body.partition = partition;
    reply = client_ask(&client, &request);
    assert_non_null(reply);
    assert_int_equal(reply->body_case, XHM__V1__SERVER_MESSAGE__BODY_CONFORMANCE);
    return reply->conformance;
}

static void assert_row(const Xhm__V1__ConformanceCheck *check, const char *name, const char *partition,
                       const char *subject, Xhm__V1__Verdict verdict) {
    assert_string_equal(check->check, name);
    assert_string_equal(check->partition, partition);
    assert_string_equal(check->subject, subject);
    assert_int_equal(check->verdict, verdict);
}

static char all[] = "";

static void what_is_not_declared_has_no_row(void **state) {
    assert_int_equal(ask(all)->n_checks, 0);
}

static void each_scope_is_a_row_in_words(void **state) {
    struct xhm_verdicts *brake = harness.core.partitions[SAMPLE_BRAKE].verdicts;
    struct xhm_verdicts *fusion = harness.core.partitions[SAMPLE_FUSION].verdicts;
    const Xhm__V1__ConformanceReply *reply;

    harness.policy.partitions[SAMPLE_FUSION].devices[1] =
        (struct xhm_device_policy){.kind = XHM_DEVICE_9PFS, .id = 51712};
    judge(&brake[XHM_CHECK_VCPU_AFFINITY], 0, XHM_VERDICT_CONFORMS, 4000 * MS);
    judge(&brake[XHM_CHECK_VCPU_AFFINITY], 1, XHM_VERDICT_DEVIATES, 4000 * MS);
    judge(&brake[XHM_CHECK_MEMORY_SIZE], XHM_SCOPE_WHOLE, XHM_VERDICT_UNKNOWN, 0);
    judge(&fusion[XHM_CHECK_CACHE_ALLOCATION], XHM_SCOPE_WHOLE, XHM_VERDICT_NOT_AVAILABLE, 0);
    judge(&fusion[XHM_CHECK_DEVICE_MISSING], 1, XHM_VERDICT_CONFORMS, 5000 * MS);
    judge(&fusion[XHM_CHECK_SCHEDULING_PARAMETERS], 3, XHM_VERDICT_NOT_APPLICABLE, 1);
    reply = ask(all);
    assert_int_equal(reply->n_checks, 6);
    assert_row(reply->checks[0], "vcpu_affinity", "brake", "vCPU 0", VERDICT(CONFORMS));
    assert_true(reply->checks[0]->known);
    assert_int_equal(reply->checks[0]->age_ms, 1000);
    assert_row(reply->checks[1], "vcpu_affinity", "brake", "vCPU 1", VERDICT(DEVIATES));
    assert_row(reply->checks[2], "memory_size", "brake", "", VERDICT(UNKNOWN));
    assert_false(reply->checks[2]->known);
    assert_int_equal(reply->checks[2]->age_ms, 0);
    assert_row(reply->checks[3], "scheduling_parameters", "fusion", "vCPU 3", VERDICT(NOT_APPLICABLE));
    assert_row(reply->checks[4], "cache_allocation", "fusion", "", VERDICT(NOT_AVAILABLE));
    assert_row(reply->checks[5], "device_missing", "fusion", "9pfs 51712", VERDICT(CONFORMS));
    assert_true(reply->checks[5]->known);
    assert_int_equal(reply->checks[5]->age_ms, 0);
}

static void the_host_has_rows_of_its_own(void **state) {
    struct xhm_verdicts *host = harness.core.verdicts;
    const Xhm__V1__ConformanceReply *reply;

    strcpy(harness.policy.platform.options[0].text, "sched=credit2");
    strcpy(harness.policy.platform.options[1].text, "smt=");
    harness.policy.platform.options[1].forbidden = true;
    strcpy(harness.policy.platform.services[2], "xenstored");
    strcpy(harness.policy.cpupools[1].name, "rt");
    judge(&host[XHM_CHECK_PLATFORM_VERSION], XHM_SCOPE_WHOLE, XHM_VERDICT_CONFORMS, 1);
    judge(&host[XHM_CHECK_PLATFORM_OPTION], 0, XHM_VERDICT_CONFORMS, 1);
    judge(&host[XHM_CHECK_PLATFORM_OPTION], 1, XHM_VERDICT_DEVIATES, 1);
    judge(&host[XHM_CHECK_PLATFORM_SERVICE], 2, XHM_VERDICT_UNKNOWN, 1);
    judge(&host[XHM_CHECK_SCHEDULER_KIND], 1, XHM_VERDICT_DEVIATES, 1);
    reply = ask(all);
    assert_int_equal(reply->n_checks, 5);
    assert_row(reply->checks[0], "platform_version", "", "", VERDICT(CONFORMS));
    assert_row(reply->checks[1], "platform_option", "", "option sched=credit2", VERDICT(CONFORMS));
    assert_row(reply->checks[2], "platform_option", "", "no option smt=", VERDICT(DEVIATES));
    assert_row(reply->checks[3], "platform_service", "", "service xenstored", VERDICT(UNKNOWN));
    assert_row(reply->checks[4], "scheduler_kind", "", "pool rt", VERDICT(DEVIATES));
}

static void one_partition_can_be_asked_for(void **state) {
    static char fusion[] = "fusion";
    static char stranger[] = "stranger";
    const Xhm__V1__ConformanceReply *reply;

    judge(&harness.core.partitions[SAMPLE_BRAKE].verdicts[XHM_CHECK_VCPU_COUNT], XHM_SCOPE_WHOLE, XHM_VERDICT_CONFORMS,
          1);
    judge(&harness.core.partitions[SAMPLE_FUSION].verdicts[XHM_CHECK_VCPU_COUNT], XHM_SCOPE_WHOLE, XHM_VERDICT_DEVIATES,
          1);
    judge(&harness.core.verdicts[XHM_CHECK_PLATFORM_CLAIMS], XHM_SCOPE_WHOLE, XHM_VERDICT_CONFORMS, 1);
    assert_int_equal(ask(all)->n_checks, 3);
    reply = ask(fusion);
    assert_int_equal(reply->n_checks, 1);
    assert_row(reply->checks[0], "vcpu_count", "fusion", "", VERDICT(DEVIATES));

    CONFORMANCE(request);
    request_body.partition = stranger;
    assert_refused_with(client_ask(&client, &request), REFUSED(NOT_FOUND), "stranger");
}

/* Every scope that a check can have, of every check of every partition. */
static void the_largest_answer_is_whole_or_refused(void **state) {
    const uint64_t vcpus = (UINT64_C(1) << XHM_MAX_VCPUS) - 1;
    const uint64_t devices = (UINT64_C(1) << XHM_MAX_DEVICES) - 1;
    const Xhm__V1__ConformanceReply *reply;

    for (uint32_t i = 0; i < SAMPLE_PARTITIONS; i++) {
        for (uint32_t j = 0; j < XHM_MAX_DEVICES; j++) {
            harness.policy.partitions[i].devices[j].kind = XHM_DEVICE_VBD;
        }
        for (unsigned check = 0; check < XHM_PARTITION_CHECK_COUNT; check++) {
            uint64_t *scopes = &harness.core.partitions[i].verdicts[check].scopes[XHM_VERDICT_CONFORMS];

            *scopes = UINT64_C(1) << XHM_SCOPE_WHOLE;
            switch (check) {
            case XHM_CHECK_VCPU_AFFINITY:
            case XHM_CHECK_VCPU_PLACEMENT:
            case XHM_CHECK_SCHEDULING_PARAMETERS:
                *scopes = vcpus;
                break;
            case XHM_CHECK_DEVICE_MISSING:
            case XHM_CHECK_DEVICE_DISCONNECTED:
            case XHM_CHECK_DEVICE_ERRORS:
                *scopes = devices;
                break;
            default:
                break;
            }
        }
    }
    reply = ask(all);
    assert_int_equal(reply->n_checks,
                     SAMPLE_PARTITIONS * (3 * XHM_MAX_VCPUS + 3 * XHM_MAX_DEVICES + XHM_PARTITION_CHECK_COUNT - 6));
}

int main(void) {
    const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, open_all, close_all)
        TEST(what_is_not_declared_has_no_row),        TEST(each_scope_is_a_row_in_words),
        TEST(the_host_has_rows_of_its_own),           TEST(one_partition_can_be_asked_for),
        TEST(the_largest_answer_is_whole_or_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
