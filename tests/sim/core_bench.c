// SPDX-License-Identifier: Apache-2.0
#include "core_bench.h"

#include <stdlib.h>
#include <string.h>

#define START_NS (100 * XHM_SIM_S)

struct xhm_core_bench *bench_make(void) {
    struct xhm_core_bench *bench = calloc(1, sizeof(*bench));

    if (bench == NULL) {
        abort();
    }
    sim_policy_default(&bench->policy);
    bench_restart(bench);
    return bench;
}

void bench_restart(struct xhm_core_bench *bench) {
    core_init(&bench->core, &bench->policy, 1);
    memset(&bench->observation, 0, sizeof(bench->observation));
    memset(bench->pages, 0, sizeof(bench->pages));
    bench->observation.now_ns = START_NS;
    bench->observation.ticks = 1;
    bench->observation.domains_sight = XHM_SIGHT_KNOWN;
    bench->observation.agent_connected = true;
}

struct xhm_domain_reading *bench_add_domain(struct xhm_core_bench *bench, uint32_t partition, uint16_t domid) {
    const struct xhm_partition_policy *policy = &bench->policy.partitions[partition];
    struct xhm_domain_reading *domain = &bench->observation.domains[bench->observation.domain_count++];

    *domain = (struct xhm_domain_reading){.domid = domid,
                                          .uuid = policy->identity.uuid,
                                          .online_vcpus = policy->vcpu_count,
                                          .vcpu_slots = policy->vcpu_count,
                                          .memory_kib = policy->memory.size_kib,
                                          .memory_limit_kib = policy->memory.size_kib + XHM_TOOLSTACK_MEMORY_KIB};
    return domain;
}

void bench_attach(struct xhm_core_bench *bench, uint32_t partition, uint64_t instance_id) {
    const struct xhm_partition_policy *policy = &bench->policy.partitions[partition];
    struct xhm_bench_page *page = &bench->pages[partition];
    const struct xhm_probe_identity identity = {.partition_id = policy->partition_id, .instance_id = instance_id};

    xhm_probe_page_init(&page->writer, &page->page, &identity);
    for (uint32_t i = 0; i < policy->entity_count; i++) {
        xhm_probe_entity_init(&page->writer, policy->entities[i].slot, policy->entities[i].id, 0, &page->entities[i]);
    }
    page->attached = true;
}

struct xhm_vcpu_reading *bench_add_vcpu(struct xhm_core_bench *bench, uint16_t domid, uint16_t vcpu, uint32_t pcpu) {
    struct xhm_vcpu_reading *reading = &bench->observation.vcpus[bench->observation.vcpu_count++];

    *reading =
        (struct xhm_vcpu_reading){.sight = XHM_SIGHT_KNOWN, .domid = domid, .vcpu = vcpu, .online = true, .pcpu = pcpu};
    reading->hard_affinity.words[pcpu / 64] = UINT64_C(1) << (pcpu % 64);
    return reading;
}

void bench_want_facts(struct xhm_core_bench *bench) {
    bench->policy.platform.facts_period_ns = XHM_SIM_S;
    bench->policy.platform.facts_timeout_ns = 3 * XHM_SIM_S;
}

struct xhm_cpupool_facts *bench_add_cpupool(struct xhm_core_bench *bench, uint32_t id, const char *name,
                                            enum xhm_scheduler scheduler, uint64_t pcpus) {
    struct xhm_cpupool_facts *pool = &bench->facts.cpupools.pools[bench->facts.cpupools.count++];

    *pool = (struct xhm_cpupool_facts){.id = id, .scheduler = scheduler, .pcpus = {{pcpus}}};
    strcpy(pool->name, name);
    bench->facts.cpupools.availability = XHM_FACTS_KNOWN;
    return pool;
}

struct xhm_domain_facts *bench_add_domain_facts(struct xhm_core_bench *bench, uint16_t domid) {
    struct xhm_domain_facts *domain = &bench->facts.domain[bench->facts.domain_count++];

    *domain = (struct xhm_domain_facts){.domid = domid};
    for (uint32_t i = 0; i < bench->observation.domain_count; i++) {
        if (bench->observation.domains[i].domid == domid) {
            domain->uuid = bench->observation.domains[i].uuid;
        }
    }
    bench->facts.domains = XHM_FACTS_KNOWN;
    return domain;
}

void bench_tell_facts(struct xhm_core_bench *bench) {
    bench->facts.number++;
    bench->facts.gathered_ns = bench->observation.now_ns;
    bench->observation.facts = &bench->facts;
}

enum xhm_verdict bench_verdict(const struct xhm_core_bench *bench, enum xhm_partition_check check, uint32_t scope) {
    return conformance_verdict_of(&bench->core.partitions[XHM_SIM_BRAKE].verdicts[check], scope);
}

enum xhm_verdict bench_host_verdict(const struct xhm_core_bench *bench, enum xhm_platform_check check, uint32_t scope) {
    return conformance_verdict_of(&bench->core.verdicts[check], scope);
}

void bench_sweep(struct xhm_core_bench *bench) {
    bench->core.sweep.total = bench->observation.vcpu_count;
    bench->core.sweep.done = bench->core.sweep.total;
    bench_step(bench);
}

/* As often as is expected in one cycle, spread over the reference cycle. */
static void report(struct xhm_core_bench *bench, uint32_t partition) {
    const struct xhm_partition_policy *policy = &bench->policy.partitions[partition];

    for (uint32_t i = 0; i < policy->entity_count; i++) {
        const struct xhm_alive_policy *alive = &policy->entities[i].alive;
        const uint64_t cycles = alive->reference_cycle_ns / bench->policy.supervisor.cycle_ns;
        if (cycles > 0 && bench->core.steps * alive->expected % cycles < alive->expected) {
            xhm_probe_alive(bench->pages[partition].entities[i], bench->observation.now_ns);
        }
    }
}

static void observe_page(struct xhm_core_bench *bench, uint32_t partition) {
    struct xhm_page_observation *observation = &bench->observation.pages[partition][0];

    if (!bench->pages[partition].attached) {
        return;
    }
    if (bench->reporting) {
        report(bench, partition);
    }
    *observation = (struct xhm_page_observation){XHM_PAGE_COPIED, &bench->pages[partition].page};
}

void bench_step(struct xhm_core_bench *bench) {
    for (uint32_t partition = 0; partition < bench->policy.partition_count; partition++) {
        observe_page(bench, partition);
    }
    core_step(&bench->core, &bench->observation, &bench->outcome);
    bench->observation.now_ns += bench->policy.supervisor.cycle_ns;
    bench->observation.vcpu_count = 0;
    bench->observation.agent_report_count = 0;
}

void bench_steps(struct xhm_core_bench *bench, unsigned count) {
    for (unsigned i = 0; i < count; i++) {
        bench_step(bench);
    }
}

void bench_run_brake(struct xhm_core_bench *bench) {
    bench_add_domain(bench, XHM_SIM_BRAKE, BENCH_BRAKE_DOMID);
    bench_step(bench);
    bench_attach(bench, XHM_SIM_BRAKE, 7);
    bench->reporting = true;
    bench_steps(bench, 60);
}

void bench_run_pair(struct xhm_core_bench *bench) {
    bench->policy.partitions[XHM_SIM_FUSION].standby_for_number = 1 + XHM_SIM_BRAKE;
    bench_restart(bench);
    bench_run_brake(bench);
    bench_add_domain(bench, XHM_SIM_FUSION, BENCH_FUSION_DOMID);
    bench_step(bench);
    bench_attach(bench, XHM_SIM_FUSION, 9);
    while (bench->core.partitions[XHM_SIM_FUSION].life != XHM_LIFE_STANDBY) {
        bench_step(bench);
    }
    bench->observation.domains[1].paused = true;
    bench_step(bench);
}

void bench_set_ladder(struct xhm_core_bench *bench, uint32_t partition, struct xhm_ladder ladder) {
    for (unsigned i = 0; i < XHM_CLASS_COUNT; i++) {
        bench->policy.partitions[partition].reactions[i] = ladder;
    }
}

struct xhm_step bench_call(struct xhm_core_bench *bench) {
    outcome_clear(&bench->outcome);
    return (struct xhm_step){.core = &bench->core, .observation = &bench->observation, .outcome = &bench->outcome};
}

unsigned bench_actions(const struct xhm_core_bench *bench, enum xhm_action_kind kind, uint32_t partition) {
    unsigned count = 0;

    for (uint32_t i = 0; i < bench->outcome.action_count; i++) {
        count += bench->outcome.actions[i].kind == kind && bench->outcome.actions[i].partition == partition;
    }
    return count;
}

void bench_declare_safe_states(struct xhm_core_bench *bench) {
    struct xhm_policy *policy = &bench->policy;

    policy->safe_state_count = 2;
    policy->safe_states[0] = (struct xhm_safe_state_policy){.name = "limp"};
    policy->safe_states[1] = (struct xhm_safe_state_policy){
        .name = "silent", .dispositions = {XHM_DISPOSITION_STOP, XHM_DISPOSITION_PAUSE, XHM_DISPOSITION_START}};
}

enum xhm_order_answer bench_order(struct xhm_core_bench *bench, struct xhm_order order) {
    order.uid = 1000;
    return core_order(&bench->core, &order, &bench->outcome);
}

void bench_begin_again(struct xhm_core_bench *bench, const struct xhm_persistent *persistent,
                       enum xhm_persistent_reading reading) {
    const uint64_t next_task_id = bench->core.next_task_id;

    core_init(&bench->core, &bench->policy, next_task_id);
    core_restore(&bench->core, persistent, reading, &bench->outcome);
}

unsigned bench_events(const struct xhm_core_bench *bench, enum xhm_event_kind kind, uint32_t partition) {
    unsigned count = 0;

    for (uint32_t i = 0; i < bench->outcome.event_count; i++) {
        count += bench->outcome.events[i].kind == kind && bench->outcome.events[i].partition == partition;
    }
    return count;
}

static bool says(const struct xhm_core_bench *bench, enum xhm_event_kind kind, enum xhm_fault fault) {
    for (uint32_t i = 0; i < bench->outcome.event_count; i++) {
        if (bench->outcome.events[i].kind == kind && bench->outcome.events[i].fault == fault) {
            return true;
        }
    }
    return false;
}

bool bench_raised(const struct xhm_core_bench *bench, enum xhm_fault fault) {
    return says(bench, XHM_EVENT_FAULT_RAISED, fault);
}

bool bench_cleared(const struct xhm_core_bench *bench, enum xhm_fault fault) {
    return says(bench, XHM_EVENT_FAULT_CLEARED, fault);
}

const struct xhm_action *bench_action(const struct xhm_core_bench *bench, enum xhm_action_kind kind) {
    for (uint32_t i = 0; i < bench->outcome.action_count; i++) {
        if (bench->outcome.actions[i].kind == kind) {
            return &bench->outcome.actions[i];
        }
    }
    return NULL;
}

struct xhm_partition_state *bench_brake(struct xhm_core_bench *bench) {
    return &bench->core.partitions[XHM_SIM_BRAKE];
}

bool bench_brake_has(const struct xhm_core_bench *bench, enum xhm_fault fault) {
    return bench->core.partitions[XHM_SIM_BRAKE].fault_scopes[fault] != 0;
}
