// SPDX-License-Identifier: Apache-2.0
/* Covers: XHM-DERIVE-1 */
/*
 * Policies derived from an ECU that runs in the test's mind: sound, read back from their text, and accepted by the core
 * that is then shown exactly this ECU. What cannot be declared is left out with a note.
 */
#include "derive_harness.h"

#include <string.h>

static void what_runs_as_declared_stays_declared(void **state) {
    (void)state;
    derive();
    assert_int_equal(policy.partition_count, 4);
    assert_string_equal(policy.partitions[SAMPLE_BRAKE].name, "brake");
    assert_true(policy.partitions[SAMPLE_BRAKE].vcpus[0].exclusive);
    assert_int_equal(policy.partitions[SAMPLE_BRAKE].memory.size_kib, 98304);
    assert_int_equal(policy.partitions[SAMPLE_BRAKE].reactions[XHM_CLASS_PRESENCE].rungs[0], XHM_REACTION_RESTART);
    assert_int_equal(policy.partitions[SAMPLE_BRAKE].credit2.weight, 256);
    assert_true(policy.partitions[SAMPLE_BRAKE].devices_declared);
    assert_int_equal(policy.partitions[SAMPLE_BRAKE].device_count, 0);
    assert_int_equal(policy.partitions[SAMPLE_BRAKE].cpupool_number, 1);
}

static void the_host_is_declared_as_it_is(void **state) {
    (void)state;
    policy.platform.option_count = 2;
    strcpy(policy.platform.options[0].text, "sched=rtds");
    policy.platform.options[1].forbidden = true;
    strcpy(policy.platform.options[1].text, "smt=");
    policy.platform.service_count = 2;
    strcpy(policy.platform.services[0], "xenstored");
    strcpy(policy.platform.services[1], "xenconsoled");
    policy.platform.facts_period_ns = SAMPLE_S;
    policy.platform.facts_timeout_ns = 5 * SAMPLE_S;
    facts.services.count = 2;
    facts.services.running[1] = true;
    {
        const struct derive_running running = {answer(), &facts};

        derive_policy(&policy, &running, &notes);
        assert_true(derive_relax(&policy, &notes));
    }
    assert_int_equal(policy.platform.facts_period_ns, SAMPLE_S);
    assert_int_equal(policy.platform.xen_version_min, 4 << 16 | 17);
    assert_int_equal(policy.platform.pcpus_online, 4);
    assert_int_equal(policy.platform.capabilities, 7);
    assert_true(policy.platform.claims_forbidden);
    assert_int_equal(policy.platform.option_count, 4);
    assert_string_equal(policy.platform.options[0].text, "smt=");
    assert_true(policy.platform.options[0].forbidden);
    assert_string_equal(policy.platform.options[1].text, "placeholder");
    assert_string_equal(policy.platform.options[2].text, "sched=credit2");
    assert_string_equal(policy.platform.options[3].text, "dom0_max_vcpus=1");
    assert_int_equal(policy.platform.service_count, 1);
    assert_string_equal(policy.platform.services[0], "xenconsoled");
    assert_says("The option sched=rtds was declared required");
    assert_says("The service xenstored does not run");
    assert_says("500000KiB");
}

static void who_is_no_partition_becomes_one(void **state) {
    const struct xhm_partition_policy *added;

    (void)state;
    add_domain(9, 0xab, 2, 0x9);
    add_domain(12, 0, 1, 0x1);
    derive();
    assert_int_equal(policy.partition_count, 6);
    assert_string_equal(policy.partitions[3].name, "dom0");
    assert_int_equal(policy.partitions[3].identity.kind, XHM_IDENTITY_DOM0);
    added = &policy.partitions[4];
    assert_string_equal(added->name, "domain-abababab");
    assert_int_equal(added->partition_id, 5);
    assert_int_equal(added->vcpu_count, 2);
    assert_int_equal(added->vcpus[1].pcpus.words[0], 0x9);
    assert_int_equal(added->entity_count, 0);
    assert_int_equal(added->reactions[XHM_CLASS_MEMORY].rungs[0], XHM_REACTION_REPORT);
    assert_int_equal(policy.partitions[5].identity.kind, XHM_IDENTITY_STATIC_DOMID);
    assert_int_equal(policy.partitions[5].identity.domid, 12);
    assert_says("domain 9 now");
}

static void what_runs_otherwise_is_declared_otherwise(void **state) {
    (void)state;
    ecu[1].reading.memory_kib = 131072;
    ecu[1].reading.memory_limit_kib = 196608;
    ecu[1].vcpus[0].hard_affinity.words[0] = 0x6;
    ecu[2].reading.memory_limit_kib = 1u << 30;
    ecu[3].reading.shared_kib = 4;
    derive();
    assert_int_equal(policy.partitions[SAMPLE_BRAKE].memory.size_kib, 131072);
    assert_int_equal(policy.partitions[SAMPLE_BRAKE].memory.slack_kib, 196608 - 131072 - XHM_TOOLSTACK_MEMORY_KIB);
    assert_false(policy.partitions[SAMPLE_BRAKE].memory.up_front);
    assert_int_equal(policy.partitions[SAMPLE_BRAKE].vcpus[0].pcpus.words[0], 0x6);
    assert_false(policy.partitions[SAMPLE_BRAKE].vcpus[0].exclusive);
    assert_false(policy.partitions[SAMPLE_FUSION].vcpus[0].exclusive);
    assert_int_equal(policy.partitions[SAMPLE_FUSION].memory.size_kib, 0);
    assert_false(policy.partitions[SAMPLE_INFOTAINMENT].memory.up_front);
    assert_says("another domain may run there");
    assert_says("memory is not declared");
}

static void what_does_not_run_is_optional(void **state) {
    (void)state;
    ecu_count = facts.domain_count = 3;
    derive();
    assert_true(policy.partitions[SAMPLE_INFOTAINMENT].optional);
    assert_false(policy.partitions[SAMPLE_BRAKE].optional);
    assert_says("does not run");
}

static void use_rtds(uint64_t budget_ns) {
    facts.cpupools.pools[0].pcpus.words[0] = 0x1;
    add_pool(4, "rt", XHM_SCHEDULER_RTDS, 0xe);
    for (uint32_t i = 1; i < 4; i++) {
        ecu[i].reading.cpupool_id = 4;
        ecu[i].vcpus[0].scheduling = (struct xhm_scheduling_reading){
            .sight = XHM_SIGHT_KNOWN, .scheduler = XHM_SCHEDULER_RTDS, .rtds = {10 * SAMPLE_MS, budget_ns, false}};
    }
}

static void servers_and_pools_are_declared(void **state) {
    (void)state;
    use_rtds(4 * SAMPLE_MS);
    derive();
    assert_int_equal(policy.cpupool_count, 2);
    assert_string_equal(policy.cpupools[1].name, "rt");
    assert_int_equal(policy.cpupools[1].scheduler, XHM_SCHEDULER_RTDS);
    assert_int_equal(policy.cpupools[1].pcpus.words[0], 0xe);
    assert_int_equal(policy.partitions[SAMPLE_FUSION].cpupool_number, 2);
    assert_int_equal(policy.partitions[SAMPLE_FUSION].vcpus[0].rtds.period_ns, 10 * SAMPLE_MS);
    assert_int_equal(policy.partitions[SAMPLE_FUSION].vcpus[0].rtds.budget_ns, 4 * SAMPLE_MS);
    assert_int_equal(policy.partitions[3].credit2.weight, 256);
    assert_int_equal(policy.partitions[SAMPLE_FUSION].credit2.weight, 0);
}

/* Two servers on one pCPU that need more than there is run all the same: that cannot be declared. */
static void servers_beyond_schedulability_are_left_out(void **state) {
    (void)state;
    use_rtds(9 * SAMPLE_MS);
    ecu[2].vcpus[0].hard_affinity.words[0] = 0x2;
    ecu[2].vcpus[0].pcpu = 1;
    derive();
    assert_says("Not declared as it runs");
}

static void an_affinity_beyond_the_pool_leaves_the_membership_out(void **state) {
    (void)state;
    facts.cpupools.pools[0].pcpus.words[0] = 0x3;
    add_pool(4, "apart", XHM_SCHEDULER_CREDIT2, 0xc);
    ecu[2].reading.cpupool_id = 4;
    ecu[3].reading.cpupool_id = 4;
    ecu[3].vcpus[0].hard_affinity.words[0] = 0x9;
    ecu[3].vcpus[0].pcpu = 3;
    derive();
    assert_int_equal(policy.partitions[SAMPLE_FUSION].cpupool_number, 2);
    assert_int_equal(policy.partitions[SAMPLE_INFOTAINMENT].vcpus[0].pcpus.words[0], 0x9);
    assert_int_equal(policy.partitions[SAMPLE_INFOTAINMENT].cpupool_number, 0);
    assert_says("names a pCPU that the partition's cpupool does not have");
}

static void a_schedule_is_declared(void **state) {
    struct xhm_cpupool_facts *pool;

    (void)state;
    facts.cpupools.pools[0].pcpus.words[0] = 0xd;
    pool = add_pool(7, "frames", XHM_SCHEDULER_ARINC653, 0x2);
    pool->schedule = XHM_FACTS_KNOWN;
    pool->major_frame_ns = 100 * SAMPLE_MS;
    pool->frame_count = 3;
    pool->frames[0] = (struct xhm_frame_facts){ecu[1].reading.uuid, 0, 50 * SAMPLE_MS};
    pool->frames[1] = (struct xhm_frame_facts){{{0}}, 0, 20 * SAMPLE_MS};
    pool->frames[2] = (struct xhm_frame_facts){ecu[1].reading.uuid, 0, 30 * SAMPLE_MS};
    ecu[1].reading.cpupool_id = 7;
    ecu[1].vcpus[0].hard_affinity.words[0] = 0xf;
    ecu[1].vcpus[0].pcpu = 1;
    ecu[1].vcpus[0].scheduling = (struct xhm_scheduling_reading){.sight = XHM_SIGHT_NOT_DUE};
    derive();
    assert_int_equal(policy.cpupools[1].major_frame_ns, 100 * SAMPLE_MS);
    assert_int_equal(policy.cpupools[1].frame_count, 3);
    assert_int_equal(policy.cpupools[1].frames[0].partition_number, SAMPLE_BRAKE + 1);
    assert_int_equal(policy.cpupools[1].frames[1].partition_number, 0);
    assert_int_equal(policy.cpupools[1].frames[2].duration_ns, 30 * SAMPLE_MS);
    assert_int_equal(policy.partitions[SAMPLE_BRAKE].vcpus[0].pcpus.words[0], 0x2);
}

static void devices_are_declared_or_left_out(void **state) {
    (void)state;
    facts.domain[1].device_count = 2;
    facts.domain[1].device[0] = (struct xhm_device_facts){
        .kind = XHM_DEVICE_VIF, .id = 0, .backend_domid = 3, .frontend_state = 4, .backend_state = 4};
    facts.domain[1].device[1] =
        (struct xhm_device_facts){.kind = XHM_DEVICE_VBD, .id = 51712, .frontend_state = 4, .backend_state = 4};
    facts.domain[2].device_count = 1;
    facts.domain[2].device[0] =
        (struct xhm_device_facts){.kind = XHM_DEVICE_VIF, .id = 0, .frontend_state = 2, .backend_state = 4};
    facts.domain[3].assigned_count = 1;
    facts.domain[3].assigned_pci[0] = 0x0301;
    derive();
    assert_int_equal(policy.partitions[SAMPLE_BRAKE].device_count, 2);
    assert_int_equal(policy.partitions[SAMPLE_BRAKE].devices[0].backend_number, SAMPLE_INFOTAINMENT + 1);
    assert_int_equal(policy.partitions[SAMPLE_BRAKE].devices[1].id, 51712);
    assert_false(policy.partitions[SAMPLE_FUSION].devices_declared);
    assert_true(policy.partitions[SAMPLE_INFOTAINMENT].assigned_declared);
    assert_int_equal(policy.partitions[SAMPLE_INFOTAINMENT].assigned[0], 0x0301);
    assert_says("one is not connected");
}

static void masks_are_declared(void **state) {
    (void)state;
    for (uint32_t i = 0; i < ecu_count; i++) {
        facts.domain[i].cache = XHM_FACTS_KNOWN;
        facts.domain[i].l3_mask[0] = facts.domain[i].l3_mask[1] = i == 1 ? 0xf0 : 0x0f;
    }
    policy.partitions[SAMPLE_BRAKE].cache = (struct xhm_cache_policy){.l3_mask = 0x0f, .exclusive = true};
    policy.partitions[SAMPLE_FUSION].cache = (struct xhm_cache_policy){.l3_mask = 0x30, .exclusive = true};
    derive();
    assert_int_equal(policy.partitions[SAMPLE_BRAKE].cache.l3_mask, 0xf0);
    assert_true(policy.partitions[SAMPLE_BRAKE].cache.exclusive);
    assert_int_equal(policy.partitions[SAMPLE_FUSION].cache.l3_mask, 0x0f);
    assert_false(policy.partitions[SAMPLE_FUSION].cache.exclusive);
}

static void without_facts_only_what_the_hypervisor_tells_is_derived(void **state) {
    const struct derive_running running = {answer(), NULL};

    (void)state;
    assert_false(derive_knows_all(&running));
    derive_policy(&policy, &running, &notes);
    assert_true(derive_relax(&policy, &notes));
    assert_int_equal(policy.platform.facts_period_ns, 0);
    assert_false(policy.partitions[SAMPLE_BRAKE].devices_declared);
    assert_int_equal(policy.partitions[3].vcpu_count, 1);
    assert_says("The agent told nothing");
}

static void it_is_known_when_all_is_known(void **state) {
    Xhm__V1__FactsShowReply *reply = answer();
    const struct derive_running running = {reply, &facts};

    (void)state;
    assert_true(derive_knows_all(&running));
    reply->facts->age_ms = 60000;
    assert_false(derive_knows_all(&running));
    reply->facts->age_ms = 1000;
    reply->domains[2]->vcpus[0]->known = false;
    assert_false(derive_knows_all(&running));
    reply->domains[2]->paused = true;
    assert_true(derive_knows_all(&running));
    reply->domains[1]->credit2 = NULL;
    assert_false(derive_knows_all(&running));
    facts.cpupools.pools[0].scheduler = XHM_SCHEDULER_RTDS;
    assert_false(derive_knows_all(&running));
    facts.cpupools.pools[0].scheduler = XHM_SCHEDULER_NULL;
    assert_true(derive_knows_all(&running));
}

int main(void) {
    const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup(name, make_ecu)
        TEST(what_runs_as_declared_stays_declared),
        TEST(the_host_is_declared_as_it_is),
        TEST(who_is_no_partition_becomes_one),
        TEST(what_runs_otherwise_is_declared_otherwise),
        TEST(what_does_not_run_is_optional),
        TEST(servers_and_pools_are_declared),
        TEST(servers_beyond_schedulability_are_left_out),
        TEST(an_affinity_beyond_the_pool_leaves_the_membership_out),
        TEST(a_schedule_is_declared),
        TEST(devices_are_declared_or_left_out),
        TEST(masks_are_declared),
        TEST(without_facts_only_what_the_hypervisor_tells_is_derived),
        TEST(it_is_known_when_all_is_known),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
