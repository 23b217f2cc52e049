// SPDX-License-Identifier: Apache-2.0
/* What happens to the host, and to what dom0 alone can tell of a domain. */
#include "pcpu_set.h"
#include "sim_command.h"
#include "sim_policy.h"

#include <stdio.h>
#include <string.h>

static const char no_domain[] = "needs a domain";
static const char no_numbers[] = "needs numbers";

/* The number that a word is; XHM_NONE when it is none. */
static uint32_t number_word(const struct xhm_sim_call *call, unsigned position) {
    uint64_t number;

    return call->word_count > position && trace_number(call->words[position], &number) ? (uint32_t)number : XHM_NONE;
}

static bool find_availability(const char *word, enum xhm_availability *availability) {
    static const char *const names[] = {"unknown", "known", "not-available"};

    for (unsigned i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        if (strcmp(names[i], word) == 0) {
            *availability = (enum xhm_availability)i;
            return true;
        }
    }
    return false;
}

static enum xhm_availability *find_group(struct xhm_facts *facts, const char *name) {
    const struct {
        const char *name;
        enum xhm_availability *availability;
    } groups[] = {
        {"host", &facts->host.availability},
        {"topology", &facts->topology.availability},
        {"services", &facts->services.availability},
        {"cpupools", &facts->cpupools.availability},
        {"domains", &facts->domains},
    };

    for (size_t i = 0; i < sizeof(groups) / sizeof(groups[0]); i++) {
        if (strcmp(groups[i].name, name) == 0) {
            return groups[i].availability;
        }
    }
    return NULL;
}

/* facts stall|resume, or facts GROUP known|unknown|not-available */
const char *command_facts(const struct xhm_sim_call *call) {
    struct xhm_sim_host *host = &call->runner->ecu.host;
    enum xhm_availability *group = find_group(&host->facts, call->words[1]);

    if (call->word_count == 2) {
        host->stalled = command_has(call, 1, "stall");
        return host->stalled || command_has(call, 1, "resume") ? NULL : "needs stall or resume";
    }
    return group != NULL && find_availability(call->words[2], group) ? NULL : "needs a group, and whether it is known";
}

static const char *set_line(struct xhm_host_facts *facts, const struct xhm_sim_call *call) {
    size_t length = 0;

    for (unsigned i = 2; i < call->word_count; i++) {
        length +=
            (size_t)snprintf(facts->command_line + length, sizeof(facts->command_line) - length, "%s ", call->words[i]);
    }
    return NULL;
}

/* pCPUs share cores by so many. */
static const char *set_threads(struct xhm_topology_facts *topology, uint32_t threads) {
    if (threads == 0 || threads == XHM_NONE) {
        return no_numbers;
    }
    for (uint32_t pcpu = 0; pcpu < topology->pcpu_count; pcpu++) {
        topology->core[pcpu] = pcpu / threads;
    }
    return NULL;
}

static const char *set_size(uint64_t *size_kib, const char *text) {
    return trace_size(text, size_kib) ? NULL : "needs a size";
}

/* host version MAJOR MINOR | options WORD… | pcpus N | capabilities N | threads N | free SIZE | claimed SIZE |
   service N yes|no */
const char *command_host(const struct xhm_sim_call *call) {
    struct xhm_facts *facts = &call->runner->ecu.host.facts;
    const uint32_t first = number_word(call, 2);
    const uint32_t second = number_word(call, 3);

    if (command_has(call, 1, "options")) {
        return set_line(&facts->host, call);
    }
    if (command_has(call, 1, "free")) {
        return set_size(&facts->host.free_memory_kib, call->words[2]);
    }
    if (command_has(call, 1, "claimed")) {
        return set_size(&facts->host.claimed_kib, call->words[2]);
    }
    if (command_has(call, 1, "threads")) {
        return set_threads(&facts->topology, first);
    }
    if (command_has(call, 1, "service") && first < XHM_MAX_SERVICES) {
        facts->services.running[first] = command_has(call, 3, "yes");
    } else if (command_has(call, 1, "version") && second != XHM_NONE) {
        facts->host.xen_version = first << 16 | second;
    } else if (command_has(call, 1, "pcpus") && first != XHM_NONE) {
        facts->host.pcpus_online = first;
    } else if (command_has(call, 1, "capabilities") && first != XHM_NONE) {
        facts->host.capabilities = first;
    } else {
        return "needs a property of the host and its value";
    }
    return NULL;
}

static const char *set_frame(struct xhm_cpupool_facts *pool, const struct xhm_sim_call *call) {
    const uint32_t frame = number_word(call, 3);

    return frame < pool->frame_count && call->word_count > 4 &&
                   trace_duration(call->words[4], &pool->frames[frame].duration_ns)
               ? NULL
               : "needs a frame and a duration";
}

/* pool NAME pcpus LIST | scheduler NAME | rename NAME | major DURATION | frame N DURATION */
const char *command_pool(const struct xhm_sim_call *call) {
    struct xhm_cpupool_facts *pool = host_find_cpupool(&call->runner->ecu.host, call->words[1]);
    uint64_t scheduler;

    if (pool == NULL) {
        return "no such cpupool";
    }
    if (command_has(call, 2, "pcpus")) {
        return sim_policy_pcpus(call->words[3], &pool->pcpus) ? NULL : "needs pCPUs";
    }
    if (command_has(call, 2, "major")) {
        return trace_duration(call->words[3], &pool->major_frame_ns) ? NULL : "needs a duration";
    }
    if (command_has(call, 2, "frame")) {
        return set_frame(pool, call);
    }
    if (command_has(call, 2, "rename")) {
        snprintf(pool->name, sizeof(pool->name), "%s", call->words[3]);
        return NULL;
    }
    if (!command_has(call, 2, "scheduler") ||
        !sim_policy_word(XHM_WORDS_SCHEDULER, call->words[3], XHM_SCHEDULER_NULL + 1, &scheduler)) {
        return "needs a property of the cpupool and its value";
    }
    pool->scheduler = (enum xhm_scheduler)scheduler;
    return NULL;
}

/* move D POOL */
const char *command_move(const struct xhm_sim_call *call) {
    struct xhm_sim_domain *domain = command_domain(call);
    const struct xhm_cpupool_facts *pool = host_find_cpupool(&call->runner->ecu.host, call->words[2]);

    if (domain == NULL || pool == NULL) {
        return "needs a domain and a cpupool";
    }
    domain->cpupool_id = pool->id;
    return NULL;
}

/* rtds D VCPU PERIOD BUDGET [extratime] */
const char *command_rtds(const struct xhm_sim_call *call) {
    struct xhm_sim_domain *domain = command_domain(call);
    const uint32_t vcpu = number_word(call, 2);
    struct xhm_rtds_policy rtds = {.extratime = command_has(call, 5, "extratime")};

    if (domain == NULL || vcpu >= XHM_MAX_VCPUS || !trace_duration(call->words[3], &rtds.period_ns) ||
        !trace_duration(call->words[4], &rtds.budget_ns)) {
        return "needs a domain, a vCPU, a period and a budget";
    }
    domain->rtds[vcpu] = rtds;
    return NULL;
}

/* credit2 D WEIGHT CAP */
const char *command_credit2(const struct xhm_sim_call *call) {
    struct xhm_sim_domain *domain = command_domain(call);

    if (domain == NULL) {
        return no_domain;
    }
    domain->credit2 = (struct xhm_credit2_policy){.weight = number_word(call, 2), .cap = number_word(call, 3)};
    return NULL;
}

static struct xhm_device_facts *find_device(struct xhm_domain_facts *facts, uint64_t kind, uint32_t id) {
    for (uint32_t i = 0; i < facts->device_count; i++) {
        if (facts->device[i].kind == (enum xhm_device_kind)kind && facts->device[i].id == id) {
            return &facts->device[i];
        }
    }
    return NULL;
}

static const char *attach(struct xhm_domain_facts *facts, uint64_t kind, uint32_t id) {
    facts->more_devices = facts->more_devices || facts->device_count == XHM_MAX_DEVICES;
    if (facts->device_count < XHM_MAX_DEVICES) {
        facts->device[facts->device_count++] = (struct xhm_device_facts){.kind = (enum xhm_device_kind)kind,
                                                                         .id = id,
                                                                         .frontend_state = XHM_XENBUS_CONNECTED,
                                                                         .backend_state = XHM_XENBUS_CONNECTED,
                                                                         .counters = XHM_FACTS_KNOWN};
    }
    return NULL;
}

static const char *change_device(const struct xhm_sim_call *call, struct xhm_sim_domain *domain,
                                 struct xhm_device_facts *device) {
    const uint32_t index = (uint32_t)(device - domain->facts.device);
    const uint32_t first = number_word(call, 5);
    const uint32_t second = number_word(call, 6);

    if (command_has(call, 4, "detach")) {
        domain->facts.device_count--;
        memmove(device, device + 1, (domain->facts.device_count - index) * sizeof(*device));
        memmove(&domain->backends[index], &domain->backends[index + 1],
                (domain->facts.device_count - index) * sizeof(domain->backends[0]));
    } else if (command_has(call, 4, "states") && second != XHM_NONE) {
        device->frontend_state = first;
        device->backend_state = second;
    } else if (command_has(call, 4, "errors") && first != XHM_NONE) {
        device->errors = first;
    } else if (command_has(call, 4, "backend") && call->word_count > 5) {
        domain->backends[index] = 1 + sim_policy_find(call->runner->ecu.policy, call->words[5]);
    } else {
        return "needs what becomes of the device";
    }
    return NULL;
}

/* device D KIND ID attach | detach | states FRONTEND BACKEND | errors N | backend P|dom0 */
const char *command_device(const struct xhm_sim_call *call) {
    struct xhm_sim_domain *domain = command_domain(call);
    const uint32_t id = number_word(call, 3);
    uint64_t kind;

    if (domain == NULL || id == XHM_NONE ||
        !sim_policy_word(XHM_WORDS_DEVICE_KIND, call->words[2], XHM_DEVICE_KIND_END, &kind)) {
        return "needs a domain, a kind of device and an id";
    }
    if (command_has(call, 4, "attach")) {
        return attach(&domain->facts, kind, id);
    }
    struct xhm_device_facts *device = find_device(&domain->facts, kind, id);
    return device != NULL ? change_device(call, domain, device) : "no such device";
}

/* assigned D N…: exactly these PCI addresses, as numbers; none: no word follows */
const char *command_assigned(const struct xhm_sim_call *call) {
    struct xhm_sim_domain *domain = command_domain(call);

    if (domain == NULL) {
        return no_domain;
    }
    domain->facts.assigned_count = 0;
    for (unsigned i = 2; i < call->word_count && i < 2 + XHM_MAX_ASSIGNED; i++) {
        domain->facts.assigned_pci[domain->facts.assigned_count++] = number_word(call, i);
    }
    return NULL;
}

/* cache D MASK [PERCENT] | cache D not-available */
const char *command_cache(const struct xhm_sim_call *call) {
    struct xhm_sim_domain *domain = command_domain(call);
    const uint32_t mask = number_word(call, 2);

    if (domain == NULL) {
        return no_domain;
    }
    if (find_availability(call->words[2], &domain->facts.cache)) {
        domain->facts.bandwidth = domain->facts.cache;
        return NULL;
    }
    domain->facts.l3_mask[0] = mask;
    domain->facts.l3_mask[1] = mask;
    if (call->word_count > 3) {
        domain->facts.bandwidth_percent = number_word(call, 3);
    }
    return mask != XHM_NONE ? NULL : no_numbers;
}
