// SPDX-License-Identifier: Apache-2.0
/*
 * Words about what partitions have to do with each other:
 *   standby P for Q      depends P on Q      group NAME together|in-order P Q…
 * A standby does its partition's work: it takes over the partition's entities.
 */
#include "outcome.h"
#include "sim_policy.h"

#include <stdio.h>
#include <string.h>

static const char no_partition[] = "no such partition";

static const char *set_standby(struct xhm_policy *policy, char *const *words) {
    const uint32_t standby = sim_policy_find(policy, words[1]);
    const uint32_t partition = sim_policy_find(policy, words[3]);

    if (standby == XHM_NONE || partition == XHM_NONE) {
        return no_partition;
    }
    policy->partitions[standby].standby_for_number = 1 + partition;
    policy->partitions[standby].page_count = policy->partitions[partition].page_count;
    policy->partitions[standby].entity_count = policy->partitions[partition].entity_count;
    memcpy(policy->partitions[standby].entities, policy->partitions[partition].entities,
           sizeof(policy->partitions[standby].entities));
    return NULL;
}

static const char *set_dependency(struct xhm_policy *policy, char *const *words) {
    const uint32_t dependent = sim_policy_find(policy, words[1]);
    const uint32_t partition = sim_policy_find(policy, words[3]);

    if (dependent == XHM_NONE || partition == XHM_NONE) {
        return no_partition;
    }
    policy->partitions[dependent].depends_on |= UINT64_C(1) << partition;
    return NULL;
}

static const char *add_group(struct xhm_policy *policy, char *const *words, unsigned word_count) {
    struct xhm_group_policy group = {.in_order = strcmp(words[2], "in-order") == 0};

    if (policy->group_count == XHM_MAX_GROUPS) {
        return "too many groups";
    }
    snprintf(group.name, sizeof(group.name), "%s", words[1]);
    for (unsigned i = 3; i < word_count; i++) {
        const uint32_t partition = sim_policy_find(policy, words[i]);
        if (partition == XHM_NONE) {
            return no_partition;
        }
        group.members |= UINT64_C(1) << partition;
    }
    policy->groups[policy->group_count++] = group;
    return NULL;
}

bool sim_policy_relate(struct xhm_policy *policy, char *const *words, unsigned word_count, const char **mistake) {
    if (word_count == 4 && strcmp(words[0], "standby") == 0 && strcmp(words[2], "for") == 0) {
        *mistake = set_standby(policy, words);
    } else if (word_count == 4 && strcmp(words[0], "depends") == 0 && strcmp(words[2], "on") == 0) {
        *mistake = set_dependency(policy, words);
    } else if (word_count >= 4 && strcmp(words[0], "group") == 0) {
        *mistake = add_group(policy, words, word_count);
    } else {
        return false;
    }
    return true;
}

void sim_policy_unrelate(struct xhm_policy *policy) {
    policy->group_count = 0;
    memset(policy->groups, 0, sizeof(policy->groups));
    for (uint32_t i = 0; i < policy->partition_count; i++) {
        policy->partitions[i].standby_for_number = 0;
        policy->partitions[i].depends_on = 0;
    }
}
