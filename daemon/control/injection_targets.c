// SPDX-License-Identifier: Apache-2.0
#include "injection_targets.h"

#include <string.h>

#define KIND(name)      XHM__V1__INJECTION_KIND__INJECTION_##name
#define DURATION_MAX_MS UINT64_C(86400000)

static bool has_pcpu(const struct xhm_pcpu_set *set, uint32_t pcpu) {
    return set->words[pcpu / 64] >> (pcpu % 64) & 1;
}

static bool is_used_elsewhere(const struct xhm_policy *policy, uint32_t partition, uint32_t pcpu) {
    for (uint32_t i = 0; i < policy->partition_count; i++) {
        for (uint32_t j = 0; i != partition && j < policy->partitions[i].vcpu_count; j++) {
            if (has_pcpu(&policy->partitions[i].vcpus[j].pcpus, pcpu)) {
                return true;
            }
        }
    }
    return false;
}

static const char *choose_entity(const struct xhm_policy *policy, uint32_t partition, const char *entity,
                                 struct injection *injection) {
    const struct xhm_partition_policy *it = &policy->partitions[partition];

    for (uint32_t i = 0; i < it->entity_count; i++) {
        if (entity[0] == '\0' || strcmp(entity, it->entities[i].name) == 0) {
            injection->entity_id = it->entities[i].id;
            return NULL;
        }
    }
    return "there is no such entity in";
}

static const char *choose_nothing(const struct xhm_policy *policy, uint32_t partition, const char *entity,
                                  struct injection *injection) {
    (void)policy;
    (void)partition;
    (void)entity;
    (void)injection;
    return NULL;
}

/* The lowest pCPU that the vCPU must not be on and that surely exists: pCPU 0, or one that another partition uses. */
static const char *choose_wrong_pcpu(const struct xhm_policy *policy, uint32_t partition, const char *entity,
                                     struct injection *injection) {
    const struct xhm_partition_policy *it = &policy->partitions[partition];

    (void)entity;
    if (it->vcpu_count == 0) {
        return "the policy declares no placement of";
    }
    for (uint32_t pcpu = 0; pcpu < XHM_MAX_PCPUS; pcpu++) {
        if (!has_pcpu(&it->vcpus[0].pcpus, pcpu) && (pcpu == 0 || is_used_elsewhere(policy, partition, pcpu))) {
            injection->target_pcpu = pcpu;
            return NULL;
        }
    }
    return "the policy names no pCPU but those of";
}

/* Someone who is not restarted for being disturbed, or else the last of the others. */
static uint32_t find_disturber(const struct xhm_policy *policy, uint32_t partition) {
    uint32_t found = XHM_NONE;

    for (uint32_t i = 0; i < policy->partition_count; i++) {
        if (i != partition) {
            found = i;
            if (policy->partitions[i].reactions[XHM_CLASS_ENTITY].rungs[0] == XHM_REACTION_REPORT) {
                return i;
            }
        }
    }
    return found;
}

static const char *choose_disturber(const struct xhm_policy *policy, uint32_t partition, const char *entity,
                                    struct injection *injection) {
    const struct xhm_partition_policy *it = &policy->partitions[partition];
    const uint32_t other = find_disturber(policy, partition);

    (void)entity;
    if (it->vcpu_count == 0) {
        return "the policy declares no placement of";
    }
    if (other == XHM_NONE) {
        return "there is no other partition that could disturb";
    }
    while (injection->target_pcpu < XHM_MAX_PCPUS - 1 && !has_pcpu(&it->vcpus[0].pcpus, injection->target_pcpu)) {
        injection->target_pcpu++;
    }
    memcpy(injection->other_partition, policy->partitions[other].name, XHM_NAME_SIZE);
    return NULL;
}

static const char *choose_size(const struct xhm_policy *policy, uint32_t partition, const char *entity,
                               struct injection *injection) {
    const uint64_t size_kib = policy->partitions[partition].memory.size_kib;

    (void)entity;
    injection->memory_kib = size_kib - size_kib / 4;
    return size_kib ? NULL : "the policy declares no memory size of";
}

/* One row for each kind. */
static const struct row {
    const char *(*choose)(const struct xhm_policy *policy, uint32_t partition, const char *entity,
                          struct injection *injection);
    struct injection_rule rule;
} rows[] = {
#define UNTIL_CLEARED                                                                                                  \
    { .maximum_ms = DURATION_MAX_MS }
    [KIND(HANG)] = {choose_entity, UNTIL_CLEARED},
    [KIND(SLOW)] = {choose_entity, UNTIL_CLEARED},
    [KIND(EARLY)] = {choose_entity, UNTIL_CLEARED},
    [KIND(WRONG_ORDER)] = {choose_entity, UNTIL_CLEARED},
    [KIND(CORRUPT)] = {choose_entity, UNTIL_CLEARED},
    [KIND(FROZEN_CLOCK)] = {choose_entity, UNTIL_CLEARED},
    [KIND(LATENCY)] = {choose_entity, UNTIL_CLEARED},
    [KIND(RING_OVERFLOW)] = {choose_entity, UNTIL_CLEARED},
    [KIND(TORN)] = {choose_entity, UNTIL_CLEARED},
    [KIND(LOAD)] = {choose_entity, UNTIL_CLEARED},
    [KIND(CRASH)] = {choose_nothing, UNTIL_CLEARED},
    [KIND(PAUSE)] = {choose_nothing, UNTIL_CLEARED},
    [KIND(VCPU_OFF)] = {choose_nothing, UNTIL_CLEARED},
    [KIND(PIN)] = {choose_wrong_pcpu, UNTIL_CLEARED},
    [KIND(MEMORY)] = {choose_size, UNTIL_CLEARED},
    [KIND(DEADLINE)] = {choose_disturber, UNTIL_CLEARED},
    /* A spinning guest cannot be told to stop. */
    [KIND(SPIN)] = {choose_nothing, {.default_ms = 60000, .maximum_ms = 600000}},
    /* The last two stay below the time after which systemd would end what is stopped (WatchdogSec of the units). */
    [KIND(VISIBILITY)] = {NULL, {.of_ecu = true, .default_ms = 15000, .maximum_ms = 60000}},
    [KIND(AGENT_GONE)] = {NULL, {.of_ecu = true, .default_ms = 7000, .maximum_ms = 8000}},
    [KIND(OVERRUN)] = {NULL, {.of_ecu = true, .default_ms = 2000, .maximum_ms = 5000}},
#undef UNTIL_CLEARED
};

const struct injection_rule *injection_targets_rule(int kind) {
    const bool known = kind > KIND(UNSPECIFIED) && (size_t)kind < sizeof(rows) / sizeof(rows[0]);

    return known ? &rows[kind].rule : NULL;
}

const char *injection_targets_choose(const struct xhm_policy *policy, uint32_t partition, const char *entity,
                                     struct injection *injection) {
    return rows[injection->kind].choose(policy, partition, entity, injection);
}
