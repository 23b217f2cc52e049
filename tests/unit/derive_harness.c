// SPDX-License-Identifier: Apache-2.0
#include "derive_harness.h"
#include "core.h"
#include "policy_check.h"
#include "policy_text.h"

#include <stdlib.h>
#include <string.h>

struct seen_domain ecu[MAX_DOMAINS];
uint32_t ecu_count;
struct xhm_facts facts;
struct xhm_policy policy;
static struct xhm_policy read_back;
struct derive_notes notes;
static struct xhm_core core;
static struct xhm_observation observation;
static struct xhm_outcome outcome;

/* ---- the ECU ---- */

struct seen_domain *add_domain(uint16_t domid, uint8_t uuid, uint32_t vcpus, uint64_t pcpus) {
    struct seen_domain *domain = &ecu[ecu_count];
    struct xhm_domain_facts *told = &facts.domain[ecu_count++];

    *domain = (struct seen_domain){.reading = {.domid = domid,
                                               .online_vcpus = vcpus,
                                               .vcpu_slots = vcpus,
                                               .memory_kib = 98304,
                                               .memory_limit_kib = 98304 + XHM_TOOLSTACK_MEMORY_KIB}};
    memset(domain->reading.uuid.bytes, uuid, sizeof(domain->reading.uuid.bytes));
    for (uint32_t i = 0; i < vcpus; i++) {
        domain->vcpus[i] =
            (struct xhm_vcpu_reading){.sight = XHM_SIGHT_KNOWN, .domid = domid, .vcpu = (uint16_t)i, .online = true};
        domain->vcpus[i].hard_affinity.words[0] = pcpus;
        domain->vcpus[i].pcpu = (uint32_t)__builtin_ctzll(pcpus);
    }
    *told = (struct xhm_domain_facts){.domid = domid,
                                      .uuid = domain->reading.uuid,
                                      .pod = XHM_FACTS_NOT_AVAILABLE,
                                      .devices = XHM_FACTS_KNOWN,
                                      .assigned = XHM_FACTS_KNOWN,
                                      .cache = XHM_FACTS_NOT_AVAILABLE,
                                      .bandwidth = XHM_FACTS_NOT_AVAILABLE};
    facts.domain_count = ecu_count;
    return domain;
}

struct xhm_cpupool_facts *add_pool(uint32_t id, const char *name, enum xhm_scheduler scheduler, uint64_t pcpus) {
    struct xhm_cpupool_facts *pool = &facts.cpupools.pools[facts.cpupools.count++];

    *pool = (struct xhm_cpupool_facts){.id = id, .scheduler = scheduler, .schedule = XHM_FACTS_NOT_AVAILABLE};
    strcpy(pool->name, name);
    pool->pcpus.words[0] = pcpus;
    return pool;
}

int make_ecu(void **state) {
    (void)state;
    ecu_count = 0;
    memset(&facts, 0, sizeof(facts));
    facts.number = 1;
    facts.host = (struct xhm_host_facts){.availability = XHM_FACTS_KNOWN,
                                         .xen_version = 4 << 16 | 17,
                                         .command_line = "placeholder sched=credit2  dom0_max_vcpus=1",
                                         .capabilities = 0x7,
                                         .pcpus_online = 4,
                                         .free_memory_kib = 500000,
                                         .scheduler = XHM_SCHEDULER_CREDIT2};
    facts.topology =
        (struct xhm_topology_facts){.availability = XHM_FACTS_KNOWN, .pcpu_count = 4, .core = {0, 1, 2, 3}};
    facts.services.availability = XHM_FACTS_KNOWN;
    facts.cpupools.availability = XHM_FACTS_KNOWN;
    facts.domains = XHM_FACTS_KNOWN;
    add_pool(0, "Pool-0", XHM_SCHEDULER_CREDIT2, 0xf);
    add_domain(0, 0, 1, 1);
    add_domain(1, 0x10, 1, 2);
    add_domain(2, 0x11, 1, 4);
    add_domain(3, 0x12, 1, 8);
    for (uint32_t i = 0; i < ecu_count; i++) {
        ecu[i].vcpus[0].scheduling = (struct xhm_scheduling_reading){
            .sight = XHM_SIGHT_KNOWN, .scheduler = XHM_SCHEDULER_CREDIT2, .credit2 = {256, 0}};
    }
    sample_policy(&policy);
    policy.partitions[SAMPLE_INFOTAINMENT].vcpus[0].exclusive = false;
    for (uint32_t i = 0; i < policy.partition_count; i++) {
        policy.partitions[i].entity_count = 0;
        policy.partitions[i].page_count = 0;
        memset(policy.partitions[i].entities, 0, sizeof(policy.partitions[i].entities));
    }
    return 0;
}

/* ---- the supervisor's answer ---- */

static Xhm__V1__FactsShowReply reply;
static Xhm__V1__Facts facts_message;
static Xhm__V1__RunningDomain domains[MAX_DOMAINS];
static Xhm__V1__RunningDomain *domain_pointers[MAX_DOMAINS];
static Xhm__V1__RunningVcpu vcpus[MAX_DOMAINS][MAX_SEEN];
static Xhm__V1__RunningVcpu *vcpu_pointers[MAX_DOMAINS][MAX_SEEN];
static Xhm__V1__RtdsPolicy rtds[MAX_DOMAINS][MAX_SEEN];
static Xhm__V1__Credit2Policy credit2[MAX_DOMAINS];
static uint32_t affinities[MAX_DOMAINS][MAX_SEEN][64];

static void answer_vcpu(uint32_t i, uint32_t j) {
    const struct xhm_vcpu_reading *from = &ecu[i].vcpus[j];
    Xhm__V1__RunningVcpu *vcpu = &vcpus[i][j];

    *vcpu = (Xhm__V1__RunningVcpu)XHM__V1__RUNNING_VCPU__INIT;
    vcpu_pointers[i][j] = vcpu;
    vcpu->known = from->sight == XHM_SIGHT_KNOWN;
    vcpu->online = from->online;
    vcpu->pcpu = from->pcpu;
    vcpu->hard_affinity = affinities[i][j];
    for (uint32_t pcpu = 0; pcpu < 64; pcpu++) {
        if (from->hard_affinity.words[0] >> pcpu & 1) {
            vcpu->hard_affinity[vcpu->n_hard_affinity++] = pcpu;
        }
    }
    if (from->scheduling.sight == XHM_SIGHT_KNOWN && from->scheduling.scheduler == XHM_SCHEDULER_RTDS) {
        rtds[i][j] = (Xhm__V1__RtdsPolicy)XHM__V1__RTDS_POLICY__INIT;
        rtds[i][j].period_ns = from->scheduling.rtds.period_ns;
        rtds[i][j].budget_ns = from->scheduling.rtds.budget_ns;
        rtds[i][j].extratime = from->scheduling.rtds.extratime;
        vcpu->rtds = &rtds[i][j];
    }
    if (from->scheduling.sight == XHM_SIGHT_KNOWN && from->scheduling.scheduler == XHM_SCHEDULER_CREDIT2) {
        credit2[i] = (Xhm__V1__Credit2Policy)XHM__V1__CREDIT2_POLICY__INIT;
        credit2[i].weight = from->scheduling.credit2.weight;
        credit2[i].cap = from->scheduling.credit2.cap;
        domains[i].credit2 = &credit2[i];
    }
}

Xhm__V1__FactsShowReply *answer(void) {
    reply = (Xhm__V1__FactsShowReply)XHM__V1__FACTS_SHOW_REPLY__INIT;
    facts_message = (Xhm__V1__Facts)XHM__V1__FACTS__INIT;
    reply.facts = &facts_message;
    reply.n_domains = ecu_count;
    reply.domains = domain_pointers;
    for (uint32_t i = 0; i < ecu_count; i++) {
        Xhm__V1__RunningDomain *domain = &domains[i];

        *domain = (Xhm__V1__RunningDomain)XHM__V1__RUNNING_DOMAIN__INIT;
        domain_pointers[i] = domain;
        domain->domid = ecu[i].reading.domid;
        domain->uuid.data = ecu[i].reading.uuid.bytes;
        domain->uuid.len = sizeof(ecu[i].reading.uuid.bytes);
        domain->online_vcpus = ecu[i].reading.online_vcpus;
        domain->memory_kib = ecu[i].reading.memory_kib;
        domain->memory_limit_kib = ecu[i].reading.memory_limit_kib;
        domain->cpupool_id = ecu[i].reading.cpupool_id;
        domain->shared_kib = ecu[i].reading.shared_kib;
        domain->paused = ecu[i].reading.paused;
        domain->vcpus = vcpu_pointers[i];
        domain->n_vcpus = ecu[i].reading.vcpu_slots;
        for (uint32_t j = 0; j < domain->n_vcpus; j++) {
            answer_vcpu(i, j);
        }
    }
    return &reply;
}

/* ---- the core's view, and what it says ---- */

static bool is_of_what_was_derived(enum xhm_fault fault) {
    const enum xhm_fault_class fault_class = faults_info(fault)->fault_class;

    return fault_class == XHM_CLASS_PLACEMENT || fault_class == XHM_CLASS_MEMORY || fault_class == XHM_CLASS_DEVICE ||
           fault_class == XHM_CLASS_PLATFORM || fault_class == XHM_CLASS_PRESENCE;
}

static void assert_no_fault(const uint64_t scopes[XHM_FAULT_COUNT], const char *whose) {
    for (unsigned fault = 0; fault < XHM_FAULT_COUNT; fault++) {
        if (is_of_what_was_derived((enum xhm_fault)fault) && scopes[fault] != 0) {
            fail_msg("%s has the fault %s", whose, faults_info((enum xhm_fault)fault)->name);
        }
    }
}

static void see(uint64_t now_ns, const struct xhm_plan *plan) {
    memset(&observation, 0, sizeof(observation));
    observation.now_ns = now_ns;
    observation.ticks = 1;
    observation.domains_sight = XHM_SIGHT_KNOWN;
    for (uint32_t i = 0; i < ecu_count; i++) {
        observation.domains[observation.domain_count++] = ecu[i].reading;
    }
    for (uint32_t i = 0; i < plan->vcpu_count; i++) {
        for (uint32_t j = 0; j < ecu_count; j++) {
            if (ecu[j].reading.domid == plan->vcpus[i].domid) {
                observation.vcpus[observation.vcpu_count++] = ecu[j].vcpus[plan->vcpus[i].vcpu];
            }
        }
    }
    observation.agent_connected = true;
    observation.facts = &facts;
}

/* Seconds in which the core sees nothing but this ECU. */
static void assert_raises_nothing(void) {
    struct xhm_plan plan = {0};

    core_init(&core, &read_back, 1);
    for (uint64_t step = 1; step < 1500; step++) {
        const uint64_t now_ns = step * read_back.supervisor.cycle_ns;

        core_plan(&core, 1, &plan);
        if (step % 50 == 0) {
            facts.number++;
            facts.gathered_ns = now_ns;
        }
        see(now_ns, &plan);
        core_step(&core, &observation, &outcome);
    }
    assert_no_fault(core.fault_scopes, "the host");
    for (uint32_t i = 0; i < read_back.partition_count; i++) {
        assert_no_fault(core.partitions[i].fault_scopes, read_back.partitions[i].name);
    }
}

/* ---- the round trip ---- */

static void read_text_back(void) {
    struct xhm_messages messages;
    char *text = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&text, &size);

    policy_text_write_yaml(&policy, out);
    fclose(out);
    messages_init(&messages, "derived");
    if (!policy_text_read(text, size, &read_back, &messages)) {
        messages_print(&messages, stderr);
        fail_msg("the derived policy is not read back:\n%s", text);
    }
    free(text);
}

void derive(void) {
    const struct derive_running running = {answer(), &facts};

    derive_policy(&policy, &running, &notes);
    assert_true(derive_relax(&policy, &notes));
    assert_int_equal(policy_check(&policy, NULL, 0), 0);
    read_text_back();
    assert_raises_nothing();
}

static bool says(const char *words) {
    for (uint32_t i = 0; i < notes.count && i < DERIVE_MAX_NOTES; i++) {
        if (strstr(notes.notes[i].text, words) != NULL) {
            return true;
        }
    }
    return false;
}

void assert_says(const char *words) {
    if (!says(words)) {
        for (uint32_t i = 0; i < notes.count; i++) {
            print_error("note: %s\n", notes.notes[i].text);
        }
        fail_msg("no note says \"%s\"", words);
    }
}
