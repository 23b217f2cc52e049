// SPDX-License-Identifier: Apache-2.0
/* What runs, as who looks at the facts is shown it beside them: what was seen of each domain, and for how long it
 * counts. */
#include "control_facts_peers.h"
#include "running.h"

#include <string.h>

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

int main(void) {
    const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, harness_open, harness_close)
        TEST(what_was_seen_is_shown),
        TEST(what_was_seen_of_a_domain_lasts_as_long_as_it),
        TEST(the_table_holds_as_many_domains_as_a_list),
        TEST(parameters_are_looked_at_while_somebody_looks),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
