// SPDX-License-Identifier: Apache-2.0
#include "sim_ecu.h"

#include <stdio.h>
#include <string.h>

/* The supervisor's clock at the beginning of a trace: not 0, as on a real machine. */
#define CLOCK_BASE_NS (1000 * UINT64_C(1000000000))

void ecu_init(struct xhm_sim_ecu *ecu, const struct xhm_policy *policy) {
    memset(ecu, 0, sizeof(*ecu));
    ecu->policy = policy;
    ecu->next_domid = 1;
    ecu->agent.connected = true;
    ecu->agent.delay_ns = XHM_SIM_BUILD_NS;
    host_prepare(&ecu->host, policy);
    guest_create(&ecu->domains[0], "dom0", 0);
    host_take_domain(&ecu->host, policy, &ecu->domains[0]);
}

struct xhm_sim_domain *ecu_add_domain(struct xhm_sim_ecu *ecu, const char *name, uint16_t domid) {
    const uint16_t chosen = domid != 0 ? domid : ecu->next_domid;

    for (unsigned i = 0; i < XHM_MAX_DOMAINS; i++) {
        if (!ecu->domains[i].exists) {
            guest_create(&ecu->domains[i], name, chosen);
            host_take_domain(&ecu->host, ecu->policy, &ecu->domains[i]);
            ecu->next_domid = chosen >= ecu->next_domid ? (uint16_t)(chosen + 1) : ecu->next_domid;
            return &ecu->domains[i];
        }
    }
    return NULL;
}

struct xhm_sim_domain *ecu_start(struct xhm_sim_ecu *ecu, uint32_t partition, uint16_t domid, uint64_t build_ns) {
    const struct xhm_partition_policy *policy = &ecu->policy->partitions[partition];
    const bool fixed = policy->identity.kind == XHM_IDENTITY_STATIC_DOMID;
    struct xhm_sim_domain *domain = ecu_add_domain(ecu, policy->name, fixed ? policy->identity.domid : domid);

    if (domain != NULL) {
        guest_become_partition(domain, policy, ecu->now_ns, build_ns);
        host_take_partition(&ecu->host, policy, domain);
        guest_run(domain, ecu->now_ns);
    }
    return domain;
}

struct xhm_sim_domain *ecu_find(struct xhm_sim_ecu *ecu, const char *name) {
    struct xhm_sim_domain *found = NULL;

    for (unsigned i = 0; i < XHM_MAX_DOMAINS; i++) {
        struct xhm_sim_domain *domain = &ecu->domains[i];
        if (domain->exists && !domain->dying && strcmp(domain->name, name) == 0 &&
            (found == NULL || domain->domid > found->domid)) {
            found = domain;
        }
    }
    return found;
}

static bool is_mapped(const struct xhm_sim_ecu *ecu, uint16_t domid) {
    for (unsigned i = 0; i < XHM_MAX_PARTITIONS; i++) {
        for (unsigned page = 0; page < XHM_MAX_PAGES; page++) {
            if (ecu->links[i].following && ecu->links[i].domid == domid && ecu->links[i].attached[page]) {
                return true;
            }
        }
    }
    return false;
}

void ecu_destroy(struct xhm_sim_ecu *ecu, struct xhm_sim_domain *domain) {
    domain->dying = true;
    domain->exists = is_mapped(ecu, domain->domid);
}

static void bury_zombies(struct xhm_sim_ecu *ecu) {
    for (unsigned i = 0; i < XHM_MAX_DOMAINS; i++) {
        struct xhm_sim_domain *domain = &ecu->domains[i];
        if (domain->exists && domain->dying && domain->policy != NULL) {
            domain->exists = is_mapped(ecu, domain->domid);
        }
    }
}

static void recreate(struct xhm_sim_ecu *ecu, uint32_t partition) {
    for (struct xhm_sim_domain *old = ecu_find(ecu, ecu->policy->partitions[partition].name); old != NULL;
         old = ecu_find(ecu, ecu->policy->partitions[partition].name)) {
        ecu_destroy(ecu, old);
    }
    ecu_start(ecu, partition, 0, XHM_SIM_BUILD_NS);
}

static void report(struct xhm_sim_ecu *ecu, uint64_t task_id, enum xhm_agent_result result) {
    if (ecu->report_count < XHM_MAX_AGENT_REPORTS) {
        ecu->reports[ecu->report_count++] = (struct xhm_agent_report){.task_id = task_id, .result = result};
    }
}

static void end_task(struct xhm_sim_ecu *ecu, uint32_t partition) {
    const uint64_t task_id = ecu->agent.tasks[partition].task_id;

    ecu->agent.tasks[partition].task_id = 0;
    switch (ecu->agent.mood) {
    case XHM_SIM_AGENT_WORKS:
        recreate(ecu, partition);
        report(ecu, task_id, XHM_AGENT_DONE);
        break;
    case XHM_SIM_AGENT_FAILS:
        report(ecu, task_id, XHM_AGENT_FAILED);
        break;
    case XHM_SIM_AGENT_LIES:
        report(ecu, task_id, XHM_AGENT_DONE);
        break;
    case XHM_SIM_AGENT_FORGETS:
        recreate(ecu, partition);
        break;
    }
}

/* A task is sent again when the agent comes back, so one that could not be done yet is simply still to be done. */
static void run_agent(struct xhm_sim_ecu *ecu) {
    for (uint32_t partition = 0; partition < XHM_MAX_PARTITIONS; partition++) {
        if (ecu->agent.tasks[partition].task_id != 0 && ecu->agent.connected && !ecu->agent.silent &&
            ecu->now_ns >= ecu->agent.tasks[partition].done_at_ns) {
            end_task(ecu, partition);
        }
    }
}

/* What is told for a time that a late step has passed already happens at once. */
void ecu_run(struct xhm_sim_ecu *ecu, uint64_t now_ns) {
    ecu->now_ns = now_ns > ecu->now_ns ? now_ns : ecu->now_ns;
    run_agent(ecu);
    for (unsigned i = 0; i < XHM_MAX_DOMAINS; i++) {
        guest_run(&ecu->domains[i], ecu->now_ns);
    }
}

static uint32_t online_vcpus(const struct xhm_sim_domain *domain) {
    uint32_t count = 0;

    for (uint32_t vcpu = 0; vcpu < domain->vcpu_count; vcpu++) {
        count += domain->vcpus[vcpu].online;
    }
    return count;
}

static void read_domains(const struct xhm_sim_ecu *ecu, struct xhm_observation *observation) {
    observation->domains_sight = ecu->hypervisor_stalled ? XHM_SIGHT_UNKNOWN : XHM_SIGHT_KNOWN;
    for (unsigned i = 0; i < XHM_MAX_DOMAINS && !ecu->hypervisor_stalled; i++) {
        const struct xhm_sim_domain *domain = &ecu->domains[i];
        if (domain->exists) {
            observation->domains[observation->domain_count++] =
                (struct xhm_domain_reading){.domid = domain->domid,
                                            .uuid = domain->uuid,
                                            .dying = domain->dying,
                                            .shutdown = domain->shutdown,
                                            .paused = domain->paused || domain->supervisor_pauses > 0,
                                            .reason = domain->reason,
                                            .online_vcpus = online_vcpus(domain),
                                            .vcpu_slots = domain->vcpu_count,
                                            .memory_kib = domain->memory_kib,
                                            .memory_limit_kib = domain->memory_limit_kib,
                                            .cpu_time_ns = domain->cpu_time_ns,
                                            .cpupool_id = domain->cpupool_id,
                                            .shared_kib = domain->shared_kib,
                                            .paged_kib = domain->paged_kib,
                                            .outstanding_kib = domain->claimed_kib};
        }
    }
}

static struct xhm_sim_domain *find_domid(struct xhm_sim_ecu *ecu, uint16_t domid) {
    for (unsigned i = 0; i < XHM_MAX_DOMAINS; i++) {
        if (ecu->domains[i].exists && ecu->domains[i].domid == domid) {
            return &ecu->domains[i];
        }
    }
    return NULL;
}

static void look_at_scheduling(const struct xhm_sim_ecu *ecu, const struct xhm_sim_domain *domain, uint16_t vcpu,
                               enum xhm_scheduler scheduler, struct xhm_scheduling_reading *reading) {
    const bool other = host_scheduler(&ecu->host, domain->cpupool_id) != scheduler;

    *reading = (struct xhm_scheduling_reading){.sight = XHM_SIGHT_NOT_DUE, .scheduler = scheduler};
    if (scheduler != XHM_SCHEDULER_ANY) {
        reading->sight = other ? XHM_SIGHT_UNKNOWN : XHM_SIGHT_KNOWN;
        reading->other_scheduler = other;
        reading->rtds = domain->rtds[vcpu];
        reading->credit2 = domain->credit2;
    }
}

static void look_at_vcpu(struct xhm_sim_ecu *ecu, uint16_t domid, uint16_t vcpu, enum xhm_scheduler scheduler,
                         struct xhm_vcpu_reading *reading) {
    const struct xhm_sim_domain *domain = find_domid(ecu, domid);

    *reading = (struct xhm_vcpu_reading){.sight = XHM_SIGHT_UNKNOWN, .domid = domid, .vcpu = vcpu};
    if (domain == NULL || domain->blind || ecu->hypervisor_stalled || vcpu >= domain->vcpu_count) {
        return;
    }
    reading->sight = XHM_SIGHT_KNOWN;
    reading->online = domain->vcpus[vcpu].online;
    reading->pcpu = domain->vcpus[vcpu].pcpu;
    reading->hard_affinity = domain->vcpus[vcpu].affinity;
    look_at_scheduling(ecu, domain, vcpu, scheduler, &reading->scheduling);
}

static void look_at_page(struct xhm_sim_ecu *ecu, struct xhm_sim_link *link, uint32_t page,
                         struct xhm_page_observation *observation) {
    const struct xhm_sim_domain *domain = link->following ? find_domid(ecu, link->domid) : NULL;
    const struct xhm_sim_page *offer = domain != NULL ? &domain->pages[page] : NULL;

    *observation = (struct xhm_page_observation){XHM_PAGE_DETACHED, NULL};
    if (offer == NULL || !offer->offered || offer->mapped == NULL) {
        link->attached[page] = false;
        return;
    }
    if (!link->attached[page]) {
        link->attached[page] =
            !offer->refused && !ecu->xenstore_stalled && ecu->now_ns >= link->since_ns + XHM_SIM_RENDEZVOUS_NS;
    }
    if (link->attached[page]) {
        probe_reader_copy(offer->scribbled ? &offer->scribble : offer->mapped, &link->copies[page]);
        *observation = (struct xhm_page_observation){XHM_PAGE_COPIED, &link->copies[page]};
    } else if (offer->refused) {
        observation->sight = XHM_PAGE_REFUSED;
    }
}

static void observe_agent(struct xhm_sim_ecu *ecu, struct xhm_observation *observation) {
    observation->agent_connected = ecu->agent.connected;
    observation->agent_silent_ns = ecu->agent.silent ? ecu->now_ns - ecu->agent.silent_since_ns : 0;
    observation->agent_report_count = ecu->report_count;
    memcpy(observation->agent_reports, ecu->reports, sizeof(ecu->reports));
    ecu->report_count = 0;
}

/* The agent gathers and tells at once, dated by the supervisor's clock. */
static void observe_facts(struct xhm_sim_ecu *ecu, struct xhm_observation *observation) {
    const uint64_t period_ns = ecu->policy->platform.facts_period_ns;
    struct xhm_sim_host *host = &ecu->host;

    if (period_ns > 0 && ecu->agent.connected && !ecu->agent.silent && !host->stalled && ecu->now_ns >= host->next_ns) {
        host->next_ns = ecu->now_ns + period_ns;
        host_gather(host, ecu->domains, ecu->policy, observation->now_ns);
    }
    observation->facts = host->told.number > 0 ? &host->told : NULL;
}

void ecu_observe(struct xhm_sim_ecu *ecu, const struct xhm_plan *plan, uint32_t ticks,
                 struct xhm_observation *observation) {
    memset(observation, 0, sizeof(*observation));
    observation->now_ns = ecu->clock_failed ? 0 : CLOCK_BASE_NS + ecu->now_ns + (uint64_t)ecu->clock_offset_ns;
    observation->ticks = ticks;
    if (plan->read_domains) {
        read_domains(ecu, observation);
    }
    for (uint32_t i = 0; i < plan->vcpu_count; i++) {
        look_at_vcpu(ecu, plan->vcpus[i].domid, plan->vcpus[i].vcpu, plan->vcpus[i].scheduling,
                     &observation->vcpus[observation->vcpu_count++]);
    }
    for (uint32_t partition = 0; partition < ecu->policy->partition_count; partition++) {
        for (uint32_t page = 0; page < ecu->policy->partitions[partition].page_count; page++) {
            look_at_page(ecu, &ecu->links[partition], page, &observation->pages[partition][page]);
        }
    }
    observation->xenstore_silent_ns = ecu->xenstore_stalled ? ecu->now_ns - ecu->xenstore_since_ns : 0;
    observe_agent(ecu, observation);
    observe_facts(ecu, observation);
    observation->events_lost = ecu->events_lost;
    observation->fault_memory_degraded = ecu->fault_memory_degraded;
    observation->action_failed = ecu->action_failed;
    ecu->action_failed = false;
}

static void stop(struct xhm_sim_ecu *ecu, const struct xhm_action *action) {
    struct xhm_sim_domain *domain = find_domid(ecu, action->domid);

    if (domain == NULL || memcmp(&domain->uuid, &action->uuid, sizeof(domain->uuid)) != 0) {
        ecu->action_failed = true;
    } else if (!domain->stubborn) {
        guest_shut_down(domain, XHM_SHUTDOWN_POWEROFF);
    }
}

/* Xen counts pauses; a toolstack's own (`paused`) is one of them here. */
static void count_pause(struct xhm_sim_ecu *ecu, const struct xhm_action *action, int change) {
    struct xhm_sim_domain *domain = find_domid(ecu, action->domid);

    if (domain == NULL || memcmp(&domain->uuid, &action->uuid, sizeof(domain->uuid)) != 0 ||
        domain->supervisor_pauses + change < 0) {
        ecu->action_failed = true;
        return;
    }
    if (!domain->stubborn) {
        domain->supervisor_pauses += change;
    }
}

void ecu_act(struct xhm_sim_ecu *ecu, const struct xhm_action *action) {
    struct xhm_sim_link *link = &ecu->links[action->partition < XHM_MAX_PARTITIONS ? action->partition : 0];

    switch (action->kind) {
    case XHM_ACTION_FOLLOW:
        memset(link, 0, sizeof(*link));
        link->following = true;
        link->domid = action->domid;
        link->since_ns = ecu->now_ns;
        break;
    case XHM_ACTION_RELEASE:
        memset(link, 0, sizeof(*link));
        bury_zombies(ecu);
        break;
    case XHM_ACTION_STOP:
        stop(ecu, action);
        break;
    case XHM_ACTION_PAUSE:
        count_pause(ecu, action, 1);
        break;
    case XHM_ACTION_UNPAUSE:
        count_pause(ecu, action, -1);
        break;
    case XHM_ACTION_REBOOT_ECU:
        ecu->last_resort = XHM_LAST_RESORT_REBOOT_ECU;
        break;
    case XHM_ACTION_RESTART_SUPERVISOR:
        ecu->last_resort = XHM_LAST_RESORT_RESTART_SUPERVISOR;
        break;
    case XHM_ACTION_RECREATE:
        ecu->agent.tasks[action->partition].task_id = action->task_id;
        ecu->agent.tasks[action->partition].done_at_ns = ecu->now_ns + ecu->agent.delay_ns;
        break;
    }
}

void ecu_renumber(struct xhm_sim_ecu *ecu, const struct xhm_policy *policy, const uint32_t origin[XHM_MAX_PARTITIONS]) {
    struct xhm_sim_link links[XHM_MAX_PARTITIONS];
    struct xhm_sim_agent agent = ecu->agent;

    memset(links, 0, sizeof(links));
    memset(agent.tasks, 0, sizeof(agent.tasks));
    for (unsigned i = 0; i < XHM_MAX_PARTITIONS; i++) {
        if (origin[i] != XHM_NONE) {
            links[i] = ecu->links[origin[i]];
            agent.tasks[i] = ecu->agent.tasks[origin[i]];
        }
    }
    memcpy(ecu->links, links, sizeof(links));
    ecu->agent = agent;
    ecu->policy = policy;
}

void ecu_forget_supervisor(struct xhm_sim_ecu *ecu) {
    memset(ecu->links, 0, sizeof(ecu->links));
    memset(ecu->agent.tasks, 0, sizeof(ecu->agent.tasks));
    ecu->report_count = 0;
    ecu->host.told.number = 0;
    ecu->host.next_ns = ecu->now_ns;
    bury_zombies(ecu);
}

void ecu_reboot(struct xhm_sim_ecu *ecu) {
    ecu_forget_supervisor(ecu);
    for (unsigned i = 0; i < XHM_MAX_DOMAINS; i++) {
        ecu->domains[i].exists = ecu->domains[i].exists && ecu->domains[i].domid == 0;
    }
    ecu->next_domid = 1;
    for (uint32_t partition = 0; partition < ecu->policy->partition_count; partition++) {
        if (ecu->policy->partitions[partition].identity.kind != XHM_IDENTITY_DOM0) {
            ecu_start(ecu, partition, 0, XHM_SIM_BUILD_NS);
        }
    }
}
