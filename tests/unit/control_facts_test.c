// SPDX-License-Identifier: Apache-2.0
/* Covers: XHM-FACTS-2 */
/* Facts that the agent tells: what it is asked for, what is taken, how old it is called, and who may look. */
#include "control_harness.h"

#include "facts_message.h"
#include "running.h"

#include <stdlib.h>
#include <string.h>

static struct client agent;
static struct client second;
static struct client observer;
static const uint32_t same[XHM_MAX_PARTITIONS] = {0, 1, 2, 3};

static void beat(struct client *who) {
    HEARTBEAT(heartbeat);
    heartbeat.request_id = 0;
    client_send(who, &heartbeat);
}

static void open_agent(struct client *who) {
    client_open(who);
    beat(who);
}

/* Facts are wanted every @p period_ns, about these services. */
static void declare(uint64_t period_ns, const char *service, const char *other) {
    struct xhm_platform_policy *platform = &harness.policy.platform;

    platform->facts_period_ns = period_ns;
    platform->service_count = 0;
    if (service) {
        strcpy(platform->services[platform->service_count++], service);
    }
    if (other) {
        strcpy(platform->services[platform->service_count++], other);
    }
    control_policy_changed(harness.control, &harness.policy, same);
}

static const Xhm__V1__FactsOrder *receive_order(struct client *who) {
    const Xhm__V1__ServerMessage *message = client_receive(who);

    assert_non_null(message);
    assert_int_equal(message->body_case, XHM__V1__SERVER_MESSAGE__BODY_FACTS_ORDER);
    assert_int_equal(message->request_id, 0);
    return message->facts_order;
}

static struct xhm_facts told;
static struct xhm_arena arena;
static _Alignas(16) uint8_t memory[4u * 1024u * 1024u];

/* Tells `told`, with two services: one runs. */
static const Xhm__V1__ServerMessage *tell(struct client *who, uint64_t age_ms, uint64_t order) {
    Xhm__V1__Facts *facts;

    FACTS(request);
    arena_init(&arena, memory, sizeof(memory));
    told.services = (struct xhm_service_facts){.availability = XHM_FACTS_KNOWN, .count = 2, .running = {true, false}};
    facts = facts_to_message(&told, &arena);
    assert_non_null(facts);
    facts->age_ms = age_ms;
    facts->order = order;
    request_body = *facts;
    return client_ask(who, &request);
}

static const struct xhm_facts *observe(uint64_t now_ns) {
    harness_observe(now_ns);
    return harness.observation.facts;
}

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

static void fill_domains(uint32_t count) {
    memset(&told, 0, sizeof(told));
    told.domains = XHM_FACTS_KNOWN;
    told.domain_count = count;
    for (uint32_t i = 0; i < count; i++) {
        told.domain[i].domid = (uint16_t)i;
        told.domain[i].uuid.bytes[0] = (uint8_t)i;
        told.domain[i].device_count = XHM_MAX_DEVICES;
        for (uint32_t j = 0; j < XHM_MAX_DEVICES; j++) {
            told.domain[i].device[j].kind = XHM_DEVICE_VBD;
        }
    }
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

static const Xhm__V1__FactsShowReply *show(void) {
    const Xhm__V1__ServerMessage *reply;

    FACTS_SHOW(request);
    reply = client_ask(&observer, &request);
    assert_non_null(reply);
    assert_int_equal(reply->body_case, XHM__V1__SERVER_MESSAGE__BODY_FACTS_SHOW);
    return reply->facts_show;
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

/* ---- what runs ---- */

static void see_domain(uint16_t domid, uint8_t uuid, uint32_t cpupool_id) {
    harness.observation.domains[harness.observation.domain_count++] =
        (struct xhm_domain_reading){.domid = domid,
                                    .uuid = {{uuid}},
                                    .online_vcpus = 1,
                                    .vcpu_slots = 2,
                                    .memory_kib = 1000u * domid,
                                    .memory_limit_kib = 2000u * domid,
                                    .cpupool_id = cpupool_id};
}

static void see_list(void) {
    harness.observation.domains_sight = XHM_SIGHT_KNOWN;
    harness.observation.domain_count = 0;
    harness.observation.vcpu_count = 0;
}

static struct xhm_vcpu_reading *see_vcpu(uint16_t domid, uint16_t vcpu) {
    struct xhm_vcpu_reading *reading = &harness.observation.vcpus[harness.observation.vcpu_count++];

    *reading = (struct xhm_vcpu_reading){.sight = XHM_SIGHT_KNOWN, .domid = domid, .vcpu = vcpu, .online = true};
    reading->hard_affinity.words[0] = 6;
    reading->pcpu = 2;
    return reading;
}

static void what_was_seen_is_shown(void **state) {
    const Xhm__V1__FactsShowReply *reply;
    struct xhm_vcpu_reading *vcpu;

    client_open(&observer);
    see_list();
    see_domain(0, 0, 0);
    see_domain(3, 33, 1);
    see_domain(4, 44, 0);
    see_domain(5, 55, 0);
    harness.observation.domains[3].dying = true;
    vcpu = see_vcpu(3, 1);
    vcpu->scheduling = (struct xhm_scheduling_reading){
        .sight = XHM_SIGHT_KNOWN, .scheduler = XHM_SCHEDULER_RTDS, .rtds = {10000000, 4000000, true}};
    vcpu = see_vcpu(4, 0);
    vcpu->scheduling = (struct xhm_scheduling_reading){
        .sight = XHM_SIGHT_KNOWN, .scheduler = XHM_SCHEDULER_CREDIT2, .credit2 = {256, 50}};
    see_vcpu(9, 0);
    observe(SAMPLE_S);
    reply = show();
    assert_int_equal(reply->n_domains, 3);
    assert_int_equal(reply->domains[0]->domid, 0);
    assert_int_equal(reply->domains[0]->n_vcpus, 2);
    assert_false(reply->domains[0]->vcpus[0]->known);
    assert_null(reply->domains[0]->credit2);

    assert_int_equal(reply->domains[1]->domid, 3);
    assert_int_equal(reply->domains[1]->uuid.len, 16);
    assert_int_equal(reply->domains[1]->uuid.data[0], 33);
    assert_int_equal(reply->domains[1]->online_vcpus, 1);
    assert_int_equal(reply->domains[1]->memory_kib, 3000);
    assert_int_equal(reply->domains[1]->memory_limit_kib, 6000);
    assert_int_equal(reply->domains[1]->cpupool_id, 1);
    assert_false(reply->domains[1]->vcpus[0]->known);
    assert_true(reply->domains[1]->vcpus[1]->known);
    assert_true(reply->domains[1]->vcpus[1]->online);
    assert_int_equal(reply->domains[1]->vcpus[1]->pcpu, 2);
    assert_int_equal(reply->domains[1]->vcpus[1]->n_hard_affinity, 2);
    assert_int_equal(reply->domains[1]->vcpus[1]->hard_affinity[0], 1);
    assert_int_equal(reply->domains[1]->vcpus[1]->hard_affinity[1], 2);
    assert_int_equal(reply->domains[1]->vcpus[1]->rtds->period_ns, 10000000);
    assert_int_equal(reply->domains[1]->vcpus[1]->rtds->budget_ns, 4000000);
    assert_true(reply->domains[1]->vcpus[1]->rtds->extratime);

    assert_int_equal(reply->domains[2]->credit2->weight, 256);
    assert_int_equal(reply->domains[2]->credit2->cap, 50);
    client_close(&observer);
}

static bool knows(uint16_t domid) {
    const Xhm__V1__FactsShowReply *reply = show();

    for (size_t i = 0; i < reply->n_domains; i++) {
        if (reply->domains[i]->domid == domid) {
            return reply->domains[i]->vcpus[0]->known;
        }
    }
    return false;
}

static void what_was_seen_of_a_domain_lasts_as_long_as_it(void **state) {
    client_open(&observer);
    see_list();
    see_domain(0, 0, 0);
    see_domain(3, 33, 0);
    see_domain(7, 77, 0);
    see_vcpu(3, 0);
    see_vcpu(7, 0);
    observe(SAMPLE_S);
    assert_true(knows(3));
    assert_true(knows(7));

    see_list();
    see_domain(0, 0, 0);
    see_domain(2, 22, 0);
    see_domain(7, 77, 0);
    see_domain(8, 88, 0);
    observe(2 * SAMPLE_S);
    assert_int_equal(show()->n_domains, 4);
    assert_false(knows(2));
    assert_true(knows(7));

    see_list();
    see_domain(0, 0, 0);
    see_domain(7, 78, 0);
    observe(3 * SAMPLE_S);
    assert_int_equal(show()->n_domains, 2);
    assert_false(knows(7));

    see_vcpu(7, 0);
    harness.observation.domains_sight = XHM_SIGHT_UNKNOWN;
    observe(4 * SAMPLE_S);
    assert_true(knows(7));
    see_vcpu(7, 0)->sight = XHM_SIGHT_UNKNOWN;
    observe(5 * SAMPLE_S);
    assert_false(knows(7));
    client_close(&observer);
}

/* A full table of other domains, then another full one. */
static void the_table_holds_as_many_domains_as_a_list(void **state) {
    client_open(&observer);
    for (unsigned round = 0; round < 3; round++) {
        see_list();
        for (uint16_t i = 0; i < XHM_MAX_DOMAINS; i++) {
            see_domain((uint16_t)(1 + 2 * i + (round == 1 ? 1 : 0)), (uint8_t)i, 0);
        }
        observe((1 + round) * SAMPLE_S);
        assert_int_equal(show()->n_domains, XHM_MAX_DOMAINS);
        assert_int_equal(show()->domains[XHM_MAX_DOMAINS - 1]->domid,
                         harness.observation.domains[XHM_MAX_DOMAINS - 1].domid);
    }
    client_close(&observer);
}

static void parameters_are_looked_at_while_somebody_looks(void **state) {
    struct xhm_plan plan = {
        .vcpu_count = 4,
        .vcpus = {{.domid = 3}, {.domid = 4}, {.domid = 3, .scheduling = XHM_SCHEDULER_CREDIT2}, {.domid = 99}}};

    declare(SAMPLE_S, NULL, NULL);
    open_agent(&agent);
    client_open(&observer);
    receive_order(&agent);
    see_list();
    see_domain(3, 33, 2);
    see_domain(4, 44, 8);
    observe(SAMPLE_S);
    observe(2 * SAMPLE_S);
    show();
    control_plan(harness.control, &plan);
    assert_int_equal(plan.vcpus[0].scheduling, XHM_SCHEDULER_ANY);

    memset(&told, 0, sizeof(told));
    told.cpupools = (struct xhm_cpupools_facts){.availability = XHM_FACTS_KNOWN, .count = 2};
    told.cpupools.pools[0] = (struct xhm_cpupool_facts){.id = 0, .scheduler = XHM_SCHEDULER_CREDIT2};
    told.cpupools.pools[1] = (struct xhm_cpupool_facts){.id = 2, .scheduler = XHM_SCHEDULER_RTDS};
    assert_accepted(tell(&agent, 0, 1));
    control_plan(harness.control, &plan);
    assert_int_equal(plan.vcpus[0].scheduling, XHM_SCHEDULER_RTDS);
    assert_int_equal(plan.vcpus[1].scheduling, XHM_SCHEDULER_ANY);
    assert_int_equal(plan.vcpus[2].scheduling, XHM_SCHEDULER_CREDIT2);
    assert_int_equal(plan.vcpus[3].scheduling, XHM_SCHEDULER_ANY);

    plan.vcpus[0].scheduling = XHM_SCHEDULER_ANY;
    observe(13 * SAMPLE_S);
    control_plan(harness.control, &plan);
    assert_int_equal(plan.vcpus[0].scheduling, XHM_SCHEDULER_ANY);
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
        TEST(what_was_seen_is_shown),
        TEST(what_was_seen_of_a_domain_lasts_as_long_as_it),
        TEST(the_table_holds_as_many_domains_as_a_list),
        TEST(parameters_are_looked_at_while_somebody_looks),
        TEST(facts_are_shown_with_their_age),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
