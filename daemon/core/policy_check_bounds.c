// SPDX-License-Identifier: Apache-2.0
#include "policy_check_parts.h"

static bool are_entity_counts_sound(const struct xhm_entity_policy *it) {
    const struct xhm_logical_policy *logical = &it->logical;

    return it->deadline_count <= XHM_MAX_DEADLINES && logical->initial_count <= XHM_MAX_GRAPH_ENDS &&
           logical->final_count <= XHM_MAX_GRAPH_ENDS && logical->transition_count <= XHM_MAX_TRANSITIONS;
}

static bool are_rung_counts_sound(const struct xhm_partition_policy *it) {
    uint32_t highest = 0;

    for (uint32_t i = 0; i < XHM_CLASS_COUNT; i++) {
        highest = it->reactions[i].count > highest ? it->reactions[i].count : highest;
    }
    return highest <= XHM_MAX_RUNGS;
}

static void check_partition_counts(struct policy_check *check, struct xhm_finding place) {
    const struct xhm_partition_policy *it = &check->policy->partitions[place.partition];
    const bool sound = it->vcpu_count <= XHM_MAX_VCPUS && it->entity_count <= XHM_MAX_ENTITIES &&
                       it->device_count <= XHM_MAX_DEVICES && it->assigned_count <= XHM_MAX_ASSIGNED &&
                       are_rung_counts_sound(it);

    policy_check_require(check, sound, CHECK_FOUND(COUNT_RANGE), place);
    for (place.entity = 0; sound && place.entity < it->entity_count; place.entity++) {
        policy_check_require(check, are_entity_counts_sound(&it->entities[place.entity]), CHECK_FOUND(COUNT_RANGE),
                             place);
    }
}

/* Bits of partitions that the policy does not have. In two steps, as no shift may be of all 64 bits. */
static uint64_t strangers(const struct xhm_policy *policy, uint64_t set) {
    const uint32_t half = policy->partition_count / 2;

    return set >> half >> (policy->partition_count - half);
}

/* Any number is a user or a group. */
static bool names_its_peers(const struct xhm_policy *policy, const struct xhm_access_policy *it) {
    return it->kind != XHM_ACCESS_PARTITION || (it->id >= 1 && it->id <= policy->partition_count);
}

static bool are_backends_known(const struct xhm_policy *policy, const struct xhm_partition_policy *it) {
    uint32_t highest = 0;

    for (uint32_t i = 0; i < it->device_count; i++) {
        highest = it->devices[i].backend_number > highest ? it->devices[i].backend_number : highest;
    }
    return highest <= policy->partition_count;
}

static void check_partition_references(struct policy_check *check) {
    const struct xhm_policy *policy = check->policy;
    struct xhm_finding place = policy_check_nowhere;

    for (place.partition = 0; place.partition < policy->partition_count; place.partition++) {
        const struct xhm_partition_policy *it = &policy->partitions[place.partition];

        policy_check_require(check,
                             strangers(policy, it->depends_on) == 0 &&
                                 it->standby_for_number <= policy->partition_count &&
                                 it->safe_state_number <= policy->safe_state_count &&
                                 it->cpupool_number <= policy->cpupool_count && are_backends_known(policy, it),
                             CHECK_FOUND(REFERENCE_RANGE), place);
    }
}

static void check_frame_references(struct policy_check *check) {
    const struct xhm_policy *policy = check->policy;
    struct xhm_finding place = policy_check_nowhere;

    for (place.cpupool = 0; place.cpupool < policy->cpupool_count; place.cpupool++) {
        for (place.frame = 0; place.frame < policy->cpupools[place.cpupool].frame_count; place.frame++) {
            policy_check_require(
                check, policy->cpupools[place.cpupool].frames[place.frame].partition_number <= policy->partition_count,
                CHECK_FOUND(REFERENCE_RANGE), place);
        }
    }
}

static void check_references(struct policy_check *check) {
    const struct xhm_policy *policy = check->policy;
    struct xhm_finding place = policy_check_nowhere;

    policy_check_require(check,
                         policy->supervisor.boot_safe_state_number <= policy->safe_state_count &&
                             policy->platform.supervisor_number <= policy->partition_count,
                         CHECK_FOUND(REFERENCE_RANGE), place);
    check_partition_references(check);
    check_frame_references(check);
    for (place.group = 0; place.group < policy->group_count; place.group++) {
        policy_check_require(check, strangers(policy, policy->groups[place.group].members) == 0,
                             CHECK_FOUND(REFERENCE_RANGE), place);
    }
    place.group = CHECK_NOWHERE;
    for (place.safe_state = 0; place.safe_state < policy->safe_state_count; place.safe_state++) {
        uint32_t end = XHM_MAX_PARTITIONS;

        while (end > policy->partition_count && policy->safe_states[place.safe_state].dispositions[end - 1] == 0) {
            end--;
        }
        policy_check_require(check, end <= policy->partition_count, CHECK_FOUND(REFERENCE_RANGE), place);
    }
    place.safe_state = CHECK_NOWHERE;
    for (place.access = 0; place.access < policy->access_count; place.access++) {
        policy_check_require(check, names_its_peers(policy, &policy->access[place.access]),
                             CHECK_FOUND(REFERENCE_RANGE), place);
    }
}

static void check_pool_counts(struct policy_check *check) {
    struct xhm_finding place = policy_check_nowhere;

    for (place.cpupool = 0; place.cpupool < check->policy->cpupool_count; place.cpupool++) {
        policy_check_require(check, check->policy->cpupools[place.cpupool].frame_count <= XHM_MAX_FRAMES,
                             CHECK_FOUND(COUNT_RANGE), place);
    }
}

void policy_check_bounds(struct policy_check *check) {
    const struct xhm_policy *policy = check->policy;
    struct xhm_finding place = policy_check_nowhere;

    policy_check_require(check,
                         policy->partition_count <= XHM_MAX_PARTITIONS && policy->access_count <= XHM_MAX_ACCESS &&
                             policy->group_count <= XHM_MAX_GROUPS && policy->safe_state_count <= XHM_MAX_SAFE_STATES &&
                             policy->cpupool_count <= XHM_MAX_CPUPOOLS &&
                             policy->platform.option_count <= XHM_MAX_OPTIONS &&
                             policy->platform.service_count <= XHM_MAX_SERVICES,
                         CHECK_FOUND(COUNT_RANGE), place);
    if (check->count == 0) {
        check_pool_counts(check);
    }
    for (place.partition = 0; check->count == 0 && place.partition < policy->partition_count; place.partition++) {
        check_partition_counts(check, place);
    }
    if (check->count == 0) {
        check_references(check);
    }
}
