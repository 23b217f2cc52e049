// SPDX-License-Identifier: Apache-2.0
#include "policy_check_parts.h"

/* An identity of no known kind is refused as such. */
bool policy_check_is_recreatable(const struct xhm_partition_policy *partition) {
    return partition->identity.kind != XHM_IDENTITY_STATIC_DOMID && partition->identity.kind != XHM_IDENTITY_DOM0;
}

static bool is_paused_by_safe_state(const struct xhm_policy *policy, uint32_t partition) {
    for (uint32_t i = 0; i < policy->safe_state_count; i++) {
        if (policy->safe_states[i].dispositions[partition] == XHM_DISPOSITION_PAUSE) {
            return true;
        }
    }
    return false;
}

bool policy_check_is_of_pair(const struct xhm_policy *policy, uint32_t partition) {
    for (uint32_t i = 0; i < policy->partition_count; i++) {
        if (policy->partitions[i].standby_for_number == partition + 1) {
            return true;
        }
    }
    return policy->partitions[partition].standby_for_number != 0;
}

static bool is_paused(const struct xhm_policy *policy, uint32_t partition) {
    /* Each side of a pair is the paused one at times. */
    return policy_check_is_of_pair(policy, partition) || is_paused_by_safe_state(policy, partition) ||
           policy_check_has_rung(&policy->partitions[partition], XHM_REACTION_PAUSE);
}

static void check_pause(struct policy_check *check, struct xhm_finding place) {
    const struct xhm_partition_policy *it = &check->policy->partitions[place.partition];

    policy_check_require(check,
                         it->pause_is_safe || (!it->xen_watchdog && !it->assigned_devices) ||
                             !is_paused(check->policy, place.partition),
                         CHECK_FOUND(PAUSE_UNSAFE), place);
}

static bool has_entity(const struct xhm_partition_policy *it, uint32_t id) {
    for (uint32_t i = 0; i < it->entity_count; i++) {
        if (it->entities[i].id == id) {
            return true;
        }
    }
    return false;
}

/* Ids are unique in a sound partition, so equal counts and one direction are enough. */
static bool has_same_entities(const struct xhm_partition_policy *a, const struct xhm_partition_policy *b) {
    for (uint32_t i = 0; i < a->entity_count; i++) {
        if (!has_entity(b, a->entities[i].id)) {
            return false;
        }
    }
    return a->entity_count == b->entity_count;
}

static uint64_t pcpus_of(const struct xhm_partition_policy *it, uint32_t word) {
    uint64_t pcpus = 0;

    for (uint32_t i = 0; i < it->vcpu_count; i++) {
        pcpus |= it->vcpus[i].pcpus.words[word];
    }
    return pcpus;
}

static bool have_own_pcpus(const struct xhm_partition_policy *a, const struct xhm_partition_policy *b) {
    uint64_t common = 0;

    for (uint32_t word = 0; word < XHM_PCPU_WORDS; word++) {
        common |= pcpus_of(a, word) & pcpus_of(b, word);
    }
    return common == 0 && a->vcpu_count != 0 && b->vcpu_count != 0;
}

static void check_standby(struct policy_check *check, struct xhm_finding place) {
    const struct xhm_policy *policy = check->policy;
    const struct xhm_partition_policy *it = &policy->partitions[place.partition];
    uint32_t earlier = 0;

    if (it->standby_for_number == 0) {
        return;
    }
    const uint32_t index = it->standby_for_number - 1;
    const struct xhm_partition_policy *primary = &policy->partitions[index];

    if (primary->standby_for_number != 0) {
        policy_check_require(check, false, CHECK_FOUND(STANDBY_CHAIN), place);
        return;
    }
    while (policy->partitions[earlier].standby_for_number != it->standby_for_number) {
        earlier++;
    }
    policy_check_require_first(check, earlier == place.partition ? CHECK_NOWHERE : earlier, CHECK_FOUND(STANDBY_TWICE),
                               place);
    place.other = index;
    policy_check_require(check, policy_check_is_recreatable(it) && policy_check_is_recreatable(primary),
                         CHECK_FOUND(STANDBY_IDENTITY), place);
    policy_check_require(check, have_own_pcpus(it, primary), CHECK_FOUND(STANDBY_PCPUS), place);
    policy_check_require(check, has_same_entities(it, primary), CHECK_FOUND(STANDBY_ENTITIES), place);
}

/* All that a partition depends on, by whatever many steps. Each pass adds at least one more, or is the last one. */
static uint64_t all_dependencies(const struct xhm_policy *policy, uint32_t partition) {
    uint64_t all = policy->partitions[partition].depends_on;
    uint64_t before;

    do {
        before = all;
        for (uint32_t i = 0; i < policy->partition_count; i++) {
            all |= (all >> i & 1u) != 0 ? policy->partitions[i].depends_on : 0;
        }
    } while (all != before);
    return all;
}

/* A cycle is told once, of the last of its partitions. */
static bool closes_cycle(const struct xhm_policy *policy, uint32_t partition) {
    const uint64_t all = all_dependencies(policy, partition);

    for (uint32_t i = partition + 1; i < policy->partition_count; i++) {
        if ((all >> i & 1u) != 0 && (all_dependencies(policy, i) >> partition & 1u) != 0) {
            return false;
        }
    }
    return (all >> partition & 1u) != 0;
}

static void check_dependencies(struct policy_check *check, struct xhm_finding place) {
    const struct xhm_policy *policy = check->policy;
    const uint64_t own = UINT64_C(1) << place.partition;
    const bool itself = (policy->partitions[place.partition].depends_on & own) != 0;

    policy_check_require(check, !itself, CHECK_FOUND(DEPENDS_ON_ITSELF), place);
    policy_check_require(check, itself || !closes_cycle(policy, place.partition), CHECK_FOUND(DEPENDS_CYCLE), place);
}

void policy_check_relations(struct policy_check *check, struct xhm_finding place) {
    check_standby(check, place);
    check_dependencies(check, place);
    check_pause(check, place);
}
