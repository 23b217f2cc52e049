// SPDX-License-Identifier: Apache-2.0
/*
 * Words about the host, cpupools, schedulers, devices and shared resources:
 *   facts PERIOD TIMEOUT
 *   pool NAME SCHEDULER|any PCPUS|any [major DURATION]      frame POOL P|idle VCPU DURATION
 *   member P POOL       rtds P VCPU PERIOD BUDGET [extratime]       credit2 P WEIGHT CAP       whole-core P
 *   up-front P          device P KIND ID BACKEND|dom0 [WINDOW LIMIT]       no-devices P        assigned P N…
 *   cache P MASK exclusive|shared [PERCENT]
 *   host version MAJOR MINOR | option WORD | forbid WORD | capabilities N | pcpus N | free SIZE | no-claims |
 *        service NAME
 */
#include "outcome.h"
#include "sim_policy.h"
#include "trace.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/** One line of words. */
struct line {
    struct xhm_policy *policy;
    char *const *words;
    unsigned count;
};

static const char no_room[] = "no room for another one";

bool sim_policy_pcpus(const char *text, struct xhm_pcpu_set *set) {
    memset(set, 0, sizeof(*set));
    if (strcmp(text, "all") == 0) {
        memset(set, 0xff, sizeof(*set));
        return true;
    }
    while (*text != '\0') {
        char *end;
        unsigned long last;
        const unsigned long first = strtoul(text, &end, 10);
        last = *end == '-' ? strtoul(end + 1, &end, 10) : first;
        if (end == text || last >= XHM_MAX_PCPUS || (*end != ',' && *end != '\0')) {
            return false;
        }
        for (unsigned long pcpu = first; pcpu <= last; pcpu++) {
            set->words[pcpu / 64] |= UINT64_C(1) << (pcpu % 64);
        }
        text = *end == ',' ? end + 1 : end;
    }
    return true;
}

static bool has(const struct line *line, unsigned position, const char *word) {
    return line->count > position && strcmp(line->words[position], word) == 0;
}

static uint32_t number(const struct line *line, unsigned position) {
    uint64_t value;

    return line->count > position && trace_number(line->words[position], &value) ? (uint32_t)value : 0;
}

static uint64_t duration(const struct line *line, unsigned position) {
    uint64_t value;

    return line->count > position && trace_duration(line->words[position], &value) ? value : 0;
}

/* The partition that words[1] names; NULL: none. */
static struct xhm_partition_policy *partition_of(const struct line *line) {
    const uint32_t index = sim_policy_find(line->policy, line->words[1]);

    return index != XHM_NONE ? &line->policy->partitions[index] : NULL;
}

static uint32_t find_pool(const struct xhm_policy *policy, const char *name) {
    for (uint32_t i = 0; i < policy->cpupool_count; i++) {
        if (strcmp(policy->cpupools[i].name, name) == 0) {
            return i;
        }
    }
    return XHM_NONE;
}

static const char *set_facts(const struct line *line) {
    line->policy->platform.facts_period_ns = duration(line, 1);
    line->policy->platform.facts_timeout_ns = duration(line, 2);
    return line->policy->platform.facts_timeout_ns > 0 ? NULL : "needs a period and a time-out";
}

static const char *add_pool(const struct line *line) {
    struct xhm_cpupool_policy pool = {.major_frame_ns = duration(line, 5)};
    uint64_t scheduler = XHM_SCHEDULER_ANY;

    if (line->policy->cpupool_count == XHM_MAX_CPUPOOLS) {
        return no_room;
    }
    if (!has(line, 2, "any") &&
        !sim_policy_word(XHM_WORDS_SCHEDULER, line->words[2], XHM_SCHEDULER_NULL + 1, &scheduler)) {
        return "no such scheduler";
    }
    if (!has(line, 3, "any") && !sim_policy_pcpus(line->words[3], &pool.pcpus)) {
        return "needs pCPUs";
    }
    snprintf(pool.name, sizeof(pool.name), "%s", line->words[1]);
    pool.scheduler = (enum xhm_scheduler)scheduler;
    line->policy->cpupools[line->policy->cpupool_count++] = pool;
    return NULL;
}

static const char *add_frame(const struct line *line) {
    const uint32_t index = find_pool(line->policy, line->words[1]);
    const uint32_t partition = sim_policy_find(line->policy, line->words[2]);

    if (index == XHM_NONE || (partition == XHM_NONE && !has(line, 2, "idle"))) {
        return "needs a cpupool, and a partition or idle";
    }
    struct xhm_cpupool_policy *pool = &line->policy->cpupools[index];
    if (pool->frame_count == XHM_MAX_FRAMES) {
        return no_room;
    }
    pool->frames[pool->frame_count++] = (struct xhm_frame_policy){
        .partition_number = partition + 1, .vcpu = number(line, 3), .duration_ns = duration(line, 4)};
    return NULL;
}

static const char *set_member(const struct line *line, struct xhm_partition_policy *partition) {
    partition->cpupool_number = 1 + find_pool(line->policy, line->words[2]);
    return partition->cpupool_number > 0 ? NULL : "no such cpupool";
}

static const char *set_rtds(const struct line *line, struct xhm_partition_policy *partition) {
    const uint32_t vcpu = number(line, 2);

    if (vcpu >= XHM_MAX_VCPUS) {
        return "no such vCPU";
    }
    partition->vcpus[vcpu].rtds = (struct xhm_rtds_policy){
        .period_ns = duration(line, 3), .budget_ns = duration(line, 4), .extratime = has(line, 5, "extratime")};
    return NULL;
}

static const char *set_credit2(const struct line *line, struct xhm_partition_policy *partition) {
    partition->credit2 = (struct xhm_credit2_policy){.weight = number(line, 2), .cap = number(line, 3)};
    return NULL;
}

static const char *set_whole_core(const struct line *line, struct xhm_partition_policy *partition) {
    (void)line;
    partition->vcpus[0].whole_core = true;
    return NULL;
}

static const char *set_up_front(const struct line *line, struct xhm_partition_policy *partition) {
    (void)line;
    partition->memory.up_front = true;
    return NULL;
}

static const char *set_no_devices(const struct line *line, struct xhm_partition_policy *partition) {
    (void)line;
    partition->devices_declared = true;
    partition->device_count = 0;
    return NULL;
}

static const char *add_device(const struct line *line, struct xhm_partition_policy *partition) {
    const uint32_t backend = sim_policy_find(line->policy, line->words[4]);
    uint64_t kind;

    if (!sim_policy_word(XHM_WORDS_DEVICE_KIND, line->words[2], XHM_DEVICE_KIND_END, &kind) ||
        (backend == XHM_NONE && !has(line, 4, "dom0")) || partition->device_count == XHM_MAX_DEVICES) {
        return "needs a kind of device, an id, a backend, and room";
    }
    partition->devices_declared = true;
    partition->devices[partition->device_count++] = (struct xhm_device_policy){.kind = (enum xhm_device_kind)kind,
                                                                               .id = number(line, 3),
                                                                               .backend_number = backend + 1,
                                                                               .error_window_ns = duration(line, 5),
                                                                               .error_limit = number(line, 6)};
    return NULL;
}

static const char *set_assigned(const struct line *line, struct xhm_partition_policy *partition) {
    partition->assigned_declared = true;
    partition->assigned_count = 0;
    for (unsigned i = 2; i < line->count && i < 2 + XHM_MAX_ASSIGNED; i++) {
        partition->assigned[partition->assigned_count++] = number(line, i);
    }
    partition->assigned_devices = partition->assigned_count > 0;
    return NULL;
}

static const char *set_cache(const struct line *line, struct xhm_partition_policy *partition) {
    partition->cache = (struct xhm_cache_policy){
        .l3_mask = number(line, 2), .exclusive = has(line, 3, "exclusive"), .bandwidth_percent = number(line, 4)};
    return NULL;
}

static const char *add_option(struct xhm_platform_policy *policy, const char *text, bool forbidden) {
    if (policy->option_count == XHM_MAX_OPTIONS) {
        return no_room;
    }
    struct xhm_option_policy *option = &policy->options[policy->option_count++];
    snprintf(option->text, sizeof(option->text), "%s", text);
    option->forbidden = forbidden;
    return NULL;
}

static const char *add_service(struct xhm_platform_policy *policy, const char *name) {
    if (policy->service_count == XHM_MAX_SERVICES) {
        return no_room;
    }
    snprintf(policy->services[policy->service_count++], XHM_NAME_SIZE, "%s", name);
    return NULL;
}

static const char *set_host(const struct line *line) {
    struct xhm_platform_policy *policy = &line->policy->platform;

    if (has(line, 1, "no-claims")) {
        policy->claims_forbidden = true;
        return NULL;
    }
    if (line->count < 3) {
        return "needs a value";
    }
    if (has(line, 1, "option") || has(line, 1, "forbid")) {
        return add_option(policy, line->words[2], has(line, 1, "forbid"));
    }
    if (has(line, 1, "service")) {
        return add_service(policy, line->words[2]);
    }
    if (has(line, 1, "free")) {
        return trace_size(line->words[2], &policy->free_memory_kib) ? NULL : "needs a size";
    }
    if (has(line, 1, "version")) {
        policy->xen_version_min = number(line, 2) << 16 | number(line, 3);
        policy->xen_version_max = policy->xen_version_min;
    } else if (has(line, 1, "capabilities")) {
        policy->capabilities = number(line, 2);
    } else if (has(line, 1, "pcpus")) {
        policy->pcpus_online = number(line, 2);
    } else {
        return "no such property of the host";
    }
    return NULL;
}

bool sim_policy_equip(struct xhm_policy *policy, char *const *words, unsigned word_count, const char **mistake) {
    static const struct {
        const char *name;
        unsigned least_words;
        const char *(*of_host)(const struct line *line);
        const char *(*of_partition)(const struct line *line, struct xhm_partition_policy *partition);
    } declarations[] = {
        {"facts", 3, set_facts, NULL},           {"pool", 4, add_pool, NULL},
        {"frame", 5, add_frame, NULL},           {"host", 2, set_host, NULL},
        {"member", 3, NULL, set_member},         {"rtds", 5, NULL, set_rtds},
        {"credit2", 4, NULL, set_credit2},       {"up-front", 2, NULL, set_up_front},
        {"device", 5, NULL, add_device},         {"assigned", 2, NULL, set_assigned},
        {"cache", 4, NULL, set_cache},           {"whole-core", 2, NULL, set_whole_core},
        {"no-devices", 2, NULL, set_no_devices},
    };
    const struct line line = {policy, words, word_count};

    for (size_t i = 0; i < sizeof(declarations) / sizeof(declarations[0]); i++) {
        if (strcmp(declarations[i].name, words[0]) != 0) {
            continue;
        }
        if (word_count < declarations[i].least_words) {
            *mistake = "needs more words";
        } else if (declarations[i].of_host != NULL) {
            *mistake = declarations[i].of_host(&line);
        } else {
            struct xhm_partition_policy *partition = partition_of(&line);
            *mistake = partition != NULL ? declarations[i].of_partition(&line, partition) : "no such partition";
        }
        return true;
    }
    return false;
}

void sim_policy_unequip(struct xhm_policy *policy) {
    policy->cpupool_count = 0;
    memset(policy->cpupools, 0, sizeof(policy->cpupools));
    for (uint32_t i = 0; i < policy->partition_count; i++) {
        policy->partitions[i].cpupool_number = 0;
        policy->partitions[i].devices_declared = false;
        policy->partitions[i].device_count = 0;
    }
}
