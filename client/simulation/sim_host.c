// SPDX-License-Identifier: Apache-2.0
#include "sim_host.h"

#include "pcpu_set.h"

#include <stdio.h>
#include <string.h>

#define POOL_0        "Pool-0"
#define PCPUS_ONLINE  8
#define FREE_KIB      (1024 * 1024)
#define XEN_VERSION   (4u << 16 | 17)
#define WHOLE_CACHE   UINT64_C(0xffff)
#define ALL_BANDWIDTH 100

/* What its partitions need, where the policy leaves it open. */
static enum xhm_scheduler scheduler_of(const struct xhm_policy *policy, uint32_t number, enum xhm_scheduler declared) {
    for (uint32_t i = 0; declared == XHM_SCHEDULER_ANY && i < policy->partition_count; i++) {
        const struct xhm_partition_policy *partition = &policy->partitions[i];
        if (partition->cpupool_number == number && partition->vcpus[0].rtds.period_ns > 0) {
            return XHM_SCHEDULER_RTDS;
        }
    }
    return declared == XHM_SCHEDULER_ANY ? XHM_SCHEDULER_CREDIT2 : declared;
}

static struct xhm_pcpu_set pcpus_of(const struct xhm_policy *policy, uint32_t number,
                                    const struct xhm_pcpu_set *declared) {
    struct xhm_pcpu_set pcpus = *declared;

    for (uint32_t i = 0; pcpu_set_is_empty(declared) && i < policy->partition_count; i++) {
        for (uint32_t vcpu = 0; vcpu < policy->partitions[i].vcpu_count; vcpu++) {
            if (policy->partitions[i].cpupool_number == number) {
                pcpu_set_unite(&pcpus, &policy->partitions[i].vcpus[vcpu].pcpus);
            }
        }
    }
    return pcpus;
}

static void set_schedule(struct xhm_cpupool_facts *pool, const struct xhm_cpupool_policy *declared,
                         const struct xhm_policy *policy) {
    pool->schedule = pool->scheduler == XHM_SCHEDULER_ARINC653 ? XHM_FACTS_KNOWN : XHM_FACTS_NOT_AVAILABLE;
    pool->major_frame_ns = declared->major_frame_ns;
    pool->frame_count = declared->frame_count;
    for (uint32_t i = 0; i < declared->frame_count; i++) {
        const struct xhm_frame_policy *frame = &declared->frames[i];
        pool->frames[i] = (struct xhm_frame_facts){.vcpu = frame->vcpu, .duration_ns = frame->duration_ns};
        if (frame->partition_number > 0) {
            pool->frames[i].uuid = policy->partitions[frame->partition_number - 1].identity.uuid;
        }
    }
}

/* Pool-0, which a policy may declare too, has what no other cpupool has. */
static void add_cpupools(struct xhm_cpupools_facts *pools, const struct xhm_policy *policy) {
    struct xhm_cpupool_facts *rest = &pools->pools[0];

    pools->availability = XHM_FACTS_KNOWN;
    pools->count = 1;
    snprintf(rest->name, sizeof(rest->name), POOL_0);
    memset(&rest->pcpus, 0xff, sizeof(rest->pcpus));
    rest->scheduler = scheduler_of(policy, 0, XHM_SCHEDULER_ANY);
    rest->schedule = XHM_FACTS_NOT_AVAILABLE;
    for (uint32_t i = 0; i < policy->cpupool_count; i++) {
        const struct xhm_cpupool_policy *declared = &policy->cpupools[i];
        const bool is_rest = strcmp(declared->name, POOL_0) == 0;
        struct xhm_cpupool_facts *pool =
            is_rest || pools->count == XHM_MAX_CPUPOOLS ? rest : &pools->pools[pools->count++];
        const struct xhm_pcpu_set pcpus = pcpus_of(policy, i + 1, &declared->pcpus);

        memcpy(pool->name, declared->name, sizeof(pool->name));
        pool->id = is_rest ? 0 : i + 1;
        pool->scheduler = scheduler_of(policy, i + 1, declared->scheduler);
        set_schedule(pool, declared, policy);
        if (!is_rest) {
            pool->pcpus = pcpus;
            pcpu_set_remove(&rest->pcpus, &pcpus);
        } else if (!pcpu_set_is_empty(&declared->pcpus)) {
            pool->pcpus = declared->pcpus;
        }
    }
}

static void write_command_line(char line[XHM_COMMAND_LINE_SIZE], const struct xhm_platform_policy *policy) {
    size_t length = 0;

    for (uint32_t i = 0; i < policy->option_count; i++) {
        const struct xhm_option_policy *option = &policy->options[i];
        if (!option->forbidden && length + XHM_OPTION_SIZE < XHM_COMMAND_LINE_SIZE) {
            length += (size_t)snprintf(line + length, XHM_OPTION_SIZE + 1, "%s ", option->text);
        }
    }
}

static void set_host(struct xhm_host_facts *facts, const struct xhm_platform_policy *policy) {
    facts->availability = XHM_FACTS_KNOWN;
    facts->xen_version = policy->xen_version_min > 0 ? policy->xen_version_min : XEN_VERSION;
    if (policy->xen_version_max > 0 && facts->xen_version > policy->xen_version_max) {
        facts->xen_version = policy->xen_version_max;
    }
    facts->capabilities = policy->capabilities;
    facts->pcpus_online = policy->pcpus_online > 0 ? policy->pcpus_online : PCPUS_ONLINE;
    facts->free_memory_kib = policy->free_memory_kib > FREE_KIB ? policy->free_memory_kib : FREE_KIB;
    write_command_line(facts->command_line, policy);
}

void host_prepare(struct xhm_sim_host *host, const struct xhm_policy *policy) {
    memset(host, 0, sizeof(*host));
    set_host(&host->facts.host, &policy->platform);
    add_cpupools(&host->facts.cpupools, policy);
    host->facts.domains = XHM_FACTS_KNOWN;
    host->facts.topology.availability = XHM_FACTS_KNOWN;
    host->facts.topology.pcpu_count = XHM_MAX_PCPUS;
    for (uint32_t pcpu = 0; pcpu < XHM_MAX_PCPUS; pcpu++) {
        host->facts.topology.core[pcpu] = pcpu;
    }
    host->facts.services.availability = XHM_FACTS_KNOWN;
    for (uint32_t i = 0; i < XHM_MAX_SERVICES; i++) {
        host->facts.services.running[i] = true;
    }
}

void host_take_domain(const struct xhm_sim_host *host, const struct xhm_policy *policy, struct xhm_sim_domain *domain) {
    uint64_t mask = WHOLE_CACHE;

    for (uint32_t i = 0; i < policy->partition_count; i++) {
        const struct xhm_cache_policy *cache = &policy->partitions[i].cache;
        mask &= cache->exclusive ? ~cache->l3_mask : UINT64_MAX;
    }
    domain->cpupool_id = host->facts.cpupools.pools[0].id;
    domain->credit2 = (struct xhm_credit2_policy){.weight = 256};
    for (uint32_t vcpu = 0; vcpu < XHM_MAX_VCPUS; vcpu++) {
        domain->rtds[vcpu] = (struct xhm_rtds_policy){.period_ns = 10000000, .budget_ns = 4000000};
    }
    domain->facts = (struct xhm_domain_facts){.pod = XHM_FACTS_KNOWN,
                                              .devices = XHM_FACTS_KNOWN,
                                              .assigned = XHM_FACTS_KNOWN,
                                              .cache = XHM_FACTS_KNOWN,
                                              .l3_mask = {mask, mask},
                                              .bandwidth = XHM_FACTS_KNOWN,
                                              .bandwidth_percent = ALL_BANDWIDTH};
}

static void add_devices(const struct xhm_partition_policy *policy, struct xhm_sim_domain *domain) {
    for (uint32_t i = 0; i < policy->device_count; i++) {
        domain->backends[i] = policy->devices[i].backend_number;
        domain->facts.device[i] = (struct xhm_device_facts){.kind = policy->devices[i].kind,
                                                            .id = policy->devices[i].id,
                                                            .frontend_state = XHM_XENBUS_CONNECTED,
                                                            .backend_state = XHM_XENBUS_CONNECTED,
                                                            .counters = XHM_FACTS_KNOWN};
    }
    domain->facts.device_count = policy->device_count;
    memcpy(domain->facts.assigned_pci, policy->assigned, sizeof(domain->facts.assigned_pci));
    domain->facts.assigned_count = policy->assigned_count;
}

void host_take_partition(const struct xhm_sim_host *host, const struct xhm_partition_policy *policy,
                         struct xhm_sim_domain *domain) {
    const uint32_t number = policy->cpupool_number;
    const struct xhm_cpupools_facts *pools = &host->facts.cpupools;

    for (uint32_t i = 0; i < pools->count; i++) {
        domain->cpupool_id = pools->pools[i].id == number ? number : domain->cpupool_id;
    }
    for (uint32_t vcpu = 0; vcpu < policy->vcpu_count; vcpu++) {
        if (policy->vcpus[vcpu].rtds.period_ns > 0) {
            domain->rtds[vcpu] = policy->vcpus[vcpu].rtds;
        }
    }
    if (policy->credit2.weight > 0) {
        domain->credit2 = policy->credit2;
    }
    if (policy->cache.l3_mask > 0) {
        domain->facts.l3_mask[0] = policy->cache.l3_mask;
        domain->facts.l3_mask[1] = policy->cache.l3_mask;
    }
    if (policy->cache.bandwidth_percent > 0) {
        domain->facts.bandwidth_percent = policy->cache.bandwidth_percent;
    }
    add_devices(policy, domain);
}

static const struct xhm_sim_domain *find_backend(const struct xhm_sim_domain domains[XHM_MAX_DOMAINS],
                                                 const struct xhm_policy *policy, uint32_t number) {
    const char *name = number > 0 && number <= policy->partition_count ? policy->partitions[number - 1].name : "dom0";

    for (unsigned i = 0; i < XHM_MAX_DOMAINS; i++) {
        if (guest_is_running(&domains[i]) && strcmp(domains[i].name, name) == 0) {
            return &domains[i];
        }
    }
    return NULL;
}

/* A device whose backend's domain is gone has none; it is connected again as soon as there is a new one. */
static void gather_devices(struct xhm_domain_facts *facts, const struct xhm_sim_domain *domain,
                           const struct xhm_sim_domain domains[XHM_MAX_DOMAINS], const struct xhm_policy *policy) {
    for (uint32_t i = 0; i < facts->device_count; i++) {
        const struct xhm_sim_domain *backend = find_backend(domains, policy, domain->backends[i]);
        facts->device[i].backend_domid = backend != NULL ? backend->domid : UINT16_MAX;
        facts->device[i].backend_state = backend != NULL ? facts->device[i].backend_state : 0;
    }
}

void host_gather(struct xhm_sim_host *host, const struct xhm_sim_domain domains[XHM_MAX_DOMAINS],
                 const struct xhm_policy *policy, uint64_t clock_ns) {
    host->told = host->facts;
    host->told.number = ++host->number;
    host->told.gathered_ns = clock_ns;
    host->told.services.count = policy->platform.service_count;
    for (unsigned i = 0; i < XHM_MAX_DOMAINS; i++) {
        if (domains[i].exists && !domains[i].dying) {
            struct xhm_domain_facts *facts = &host->told.domain[host->told.domain_count++];
            *facts = domains[i].facts;
            facts->domid = domains[i].domid;
            facts->uuid = domains[i].uuid;
            gather_devices(facts, &domains[i], domains, policy);
        }
    }
}

struct xhm_cpupool_facts *host_find_cpupool(struct xhm_sim_host *host, const char *name) {
    for (uint32_t i = 0; i < host->facts.cpupools.count; i++) {
        if (strcmp(host->facts.cpupools.pools[i].name, name) == 0) {
            return &host->facts.cpupools.pools[i];
        }
    }
    return NULL;
}

enum xhm_scheduler host_scheduler(const struct xhm_sim_host *host, uint32_t cpupool_id) {
    for (uint32_t i = 0; i < host->facts.cpupools.count; i++) {
        if (host->facts.cpupools.pools[i].id == cpupool_id) {
            return host->facts.cpupools.pools[i].scheduler;
        }
    }
    return XHM_SCHEDULER_ANY;
}
