// SPDX-License-Identifier: Apache-2.0
/* Covers: XHM-FACTS-2 */
/* Facts that the agent tells: what it is asked for, what is taken, how old it is called, and who may look. */
#include "control_facts_peers.h"

#include <string.h>

static void the_agent_is_asked_when_it_comes(void **state) {
    const Xhm__V1__FactsOrder *order;

    declare(SAMPLE_S, "xenstored", "xenconsoled");
    open_agent(&agent);
    order = receive_order(&agent);
    assert_int_equal(order->period_ms, 1000);
    assert_int_equal(order->n_services, 2);
    assert_string_equal(order->services[0], "xenstored");
    assert_string_equal(order->services[1], "xenconsoled");
    assert_null(client_receive(&agent));
    client_close(&agent);

    open_agent(&second);
    assert_int_equal(receive_order(&second)->period_ms, 1000);
    client_close(&second);
}

static void nobody_is_asked_for_nothing(void **state) {
    open_agent(&agent);
    assert_null(client_receive(&agent));
    declare(0, NULL, NULL);
    assert_null(client_receive(&agent));
    declare(500000001, NULL, NULL);
    assert_int_equal(receive_order(&agent)->period_ms, 501);
    declare(0, NULL, NULL);
    assert_int_equal(receive_order(&agent)->period_ms, 0);
    client_close(&agent);
}

static void facts_are_never_called_younger_than_they_are(void **state) {
    const struct xhm_facts *facts;

    declare(SAMPLE_S, "a", "b");
    open_agent(&agent);
    const uint64_t order = receive_order(&agent)->order;

    assert_null(observe(20 * SAMPLE_S));
    assert_null(observe(21 * SAMPLE_S));
    told.host = (struct xhm_host_facts){.availability = XHM_FACTS_KNOWN, .free_memory_kib = 77};
    assert_accepted(tell(&agent, 3000, order));
    facts = observe(22 * SAMPLE_S);
    assert_non_null(facts);
    assert_int_equal(facts->number, 1);
    assert_int_equal(facts->gathered_ns, 17 * SAMPLE_S);
    assert_int_equal(facts->host.free_memory_kib, 77);
    assert_int_equal(facts->services.availability, XHM_FACTS_KNOWN);
    assert_true(facts->services.running[0]);

    assert_accepted(tell(&agent, UINT64_MAX, order));
    facts = observe(23 * SAMPLE_S);
    assert_int_equal(facts->number, 2);
    assert_int_equal(facts->gathered_ns, 0);
    assert_ptr_equal(observe(0), facts);
    client_close(&agent);
    assert_ptr_equal(observe(24 * SAMPLE_S), facts);
}

/* Before it had two observations the supervisor could only guess when they were gathered. */
static void facts_without_a_date_are_not_taken(void **state) {
    declare(SAMPLE_S, NULL, NULL);
    open_agent(&agent);
    receive_order(&agent);
    assert_refused_with(tell(&agent, 0, 1), REFUSED(BAD_REQUEST), "does not know the time");
    assert_null(observe(SAMPLE_S));
    assert_refused(tell(&agent, 0, 1), REFUSED(BAD_REQUEST));
    assert_null(observe(2 * SAMPLE_S));
    assert_accepted(tell(&agent, 0, 1));
    assert_non_null(observe(3 * SAMPLE_S));
    client_close(&agent);
}

static void other_services_are_another_question(void **state) {
    const struct xhm_facts *facts;
    uint64_t order;

    declare(SAMPLE_S, "a", "b");
    open_agent(&agent);
    order = receive_order(&agent)->order;
    observe(SAMPLE_S);
    observe(2 * SAMPLE_S);
    assert_accepted(tell(&agent, 0, order));
    assert_int_equal(observe(3 * SAMPLE_S)->services.availability, XHM_FACTS_KNOWN);

    declare(SAMPLE_S, "a", "b");
    assert_null(client_receive(&agent));
    assert_int_equal(observe(4 * SAMPLE_S)->services.availability, XHM_FACTS_KNOWN);

    declare(SAMPLE_S, "b", "a");
    facts = observe(5 * SAMPLE_S);
    assert_int_equal(facts->services.availability, XHM_FACTS_UNKNOWN);
    assert_accepted(tell(&agent, 0, order));
    assert_int_equal(observe(6 * SAMPLE_S)->services.availability, XHM_FACTS_UNKNOWN);
    assert_int_equal(harness.observation.facts->number, 2);

    const Xhm__V1__FactsOrder *next = receive_order(&agent);

    assert_true(next->order > order);
    order = next->order;
    assert_accepted(tell(&agent, 0, order));
    assert_int_equal(observe(7 * SAMPLE_S)->services.availability, XHM_FACTS_KNOWN);
    declare(SAMPLE_S, "b", NULL);
    assert_int_equal(observe(8 * SAMPLE_S)->services.availability, XHM_FACTS_UNKNOWN);
    client_close(&agent);
}

static void malformed_facts_are_not_told(void **state) {
    FACTS(bad);
    const struct xhm_facts *facts;

    declare(SAMPLE_S, NULL, NULL);
    open_agent(&agent);
    receive_order(&agent);
    observe(SAMPLE_S);
    observe(2 * SAMPLE_S);
    assert_accepted(tell(&agent, 0, 1));
    facts = observe(3 * SAMPLE_S);
    bad_body.domains = (Xhm__V1__Availability)9;
    assert_refused_with(client_ask(&agent, &bad), REFUSED(BAD_REQUEST), "domains");
    assert_non_null(strstr(harness.said, "domains"));
    harness.said[0] = '\0';
    assert_ptr_equal(observe(4 * SAMPLE_S), facts);
    assert_int_equal(facts->number, 1);

    bad.request_id = 0;
    client_send(&agent, &bad);
    assert_null(client_receive(&agent));
    assert_string_equal(harness.said, "");
    assert_ptr_equal(observe(5 * SAMPLE_S), facts);

    assert_accepted(tell(&agent, 0, 1));
    client_send(&agent, &bad);
    assert_null(client_receive(&agent));
    assert_non_null(strstr(harness.said, "domains"));
    client_close(&agent);
}

static void only_the_agent_tells_facts(void **state) {
    declare(SAMPLE_S, NULL, NULL);
    open_agent(&agent);
    receive_order(&agent);
    client_open(&second);
    observe(SAMPLE_S);
    observe(2 * SAMPLE_S);
    assert_refused_with(tell(&second, 0, 1), REFUSED(BAD_REQUEST), "the peer that is the agent");
    assert_null(observe(3 * SAMPLE_S));
    client_close(&second);
    client_close(&agent);
}

/* A policy that does not get complete has a buffer of its own. */
static void large_facts_are_taken_while_a_policy_is_given(void **state) {
    static const uint8_t begun_policy[] = {0x80, 0xa0, 0x0d, 0x08, 0x01, 0x3a};

    declare(SAMPLE_S, NULL, NULL);
    open_agent(&agent);
    receive_order(&agent);
    client_open(&second);
    client_send_bytes(&second, begun_policy, sizeof(begun_policy));
    observe(SAMPLE_S);
    observe(2 * SAMPLE_S);
    fill_domains(XHM_MAX_FACT_DOMAINS);
    for (uint64_t i = 0; i < 3; i++) {
        assert_accepted(tell(&agent, 0, 1));
        assert_int_equal(observe((3 + i) * SAMPLE_S)->domain_count, XHM_MAX_FACT_DOMAINS);
        assert_int_equal(harness.observation.facts->number, i + 1);
    }
    client_close(&second);
    client_close(&agent);
}

static void who_looks_makes_the_agent_gather_for_a_while(void **state) {
    declare(0, NULL, NULL);
    open_agent(&agent);
    client_open(&observer);
    observe(100 * SAMPLE_S);
    observe(101 * SAMPLE_S);
    assert_null(show()->facts);
    assert_int_equal(receive_order(&agent)->period_ms, 1000);
    observe(109 * SAMPLE_S);
    assert_null(client_receive(&agent));
    show();
    observe(118 * SAMPLE_S);
    assert_null(client_receive(&agent));
    observe(119 * SAMPLE_S);
    assert_int_equal(receive_order(&agent)->period_ms, 0);

    declare(60 * SAMPLE_S, NULL, NULL);
    assert_int_equal(receive_order(&agent)->period_ms, 60000);
    show();
    assert_int_equal(receive_order(&agent)->period_ms, 1000);
    declare(SAMPLE_S / 5, NULL, NULL);
    assert_int_equal(receive_order(&agent)->period_ms, 200);
    client_close(&observer);
    client_close(&agent);
}

static void facts_are_shown_with_their_age(void **state) {
    const Xhm__V1__FactsShowReply *reply;

    declare(SAMPLE_S, "a", "b");
    open_agent(&agent);
    client_open(&observer);
    const uint64_t order = receive_order(&agent)->order;

    observe(20 * SAMPLE_S);
    observe(21 * SAMPLE_S);
    fill_domains(3);
    assert_accepted(tell(&agent, 2000, order));
    observe(25 * SAMPLE_S);
    reply = show();
    assert_non_null(reply->facts);
    assert_int_equal(reply->facts->number, 1);
    assert_int_equal(reply->facts->age_ms, 7000);
    assert_int_equal(reply->facts->n_domain, 3);
    assert_int_equal(reply->facts->domain[2]->domid, 2);
    assert_int_equal(reply->facts->services->n_running, 2);
    client_close(&observer);
    client_close(&agent);
}

int main(void) {
    const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, harness_open, harness_close)
        TEST(the_agent_is_asked_when_it_comes),
        TEST(nobody_is_asked_for_nothing),
        TEST(facts_are_never_called_younger_than_they_are),
        TEST(facts_without_a_date_are_not_taken),
        TEST(other_services_are_another_question),
        TEST(malformed_facts_are_not_told),
        TEST(only_the_agent_tells_facts),
        TEST(large_facts_are_taken_while_a_policy_is_given),
        TEST(who_looks_makes_the_agent_gather_for_a_while),
        TEST(facts_are_shown_with_their_age),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
