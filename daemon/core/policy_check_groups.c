// SPDX-License-Identifier: Apache-2.0
#include "policy_check_parts.h"

static bool is_member(uint64_t members, uint32_t partition) {
    return (members >> partition & 1u) != 0;
}

static bool are_recreatable(const struct xhm_policy *policy, uint64_t members) {
    for (uint32_t i = 0; i < policy->partition_count; i++) {
        if (is_member(members, i) && !policy_check_is_recreatable(&policy->partitions[i])) {
            return false;
        }
    }
    return true;
}

/* At least two bits: without its lowest one, one is left. */
static bool has_two(uint64_t members) {
    return (members & (members - 1)) != 0;
}

void policy_check_groups(struct policy_check *check) {
    const struct xhm_policy *policy = check->policy;
    struct xhm_finding place = policy_check_nowhere;

    for (place.group = 0; place.group < policy->group_count; place.group++) {
        const struct xhm_group_policy *it = &policy->groups[place.group];
        uint32_t same_name = CHECK_NOWHERE;
        uint32_t common_member = CHECK_NOWHERE;

        for (uint32_t i = place.group; i-- > 0;) {
            same_name = policy_check_is_same_name(it->name, policy->groups[i].name) ? i : same_name;
            common_member = (it->members & policy->groups[i].members) != 0 ? i : common_member;
        }
        policy_check_require(check, policy_check_is_name(it->name), CHECK_FOUND(GROUP_NAME), place);
        policy_check_require_first(check, same_name, CHECK_FOUND(GROUP_NAME_TWICE), place);
        policy_check_require(check, has_two(it->members), CHECK_FOUND(GROUP_SMALL), place);
        policy_check_require_first(check, common_member, CHECK_FOUND(GROUP_COMMON_MEMBER), place);
        policy_check_require(check, are_recreatable(policy, it->members), CHECK_FOUND(GROUP_IDENTITY), place);
    }
}

/* What one safe state does, summed up over its partitions. */
struct dispositions {
    bool known;
    bool any;
    bool of_dom0;
    bool impossible_start;
};

static struct dispositions sum_up(const struct xhm_policy *policy, const struct xhm_safe_state_policy *it) {
    struct dispositions sum = {.known = true};

    for (uint32_t i = 0; i < policy->partition_count; i++) {
        const enum xhm_identity_kind kind = policy->partitions[i].identity.kind;

        if (it->dispositions[i] == XHM_DISPOSITION_LEAVE) {
            continue;
        }
        sum.any = true;
        sum.known = sum.known && (uint32_t)it->dispositions[i] < XHM_DISPOSITION_END;
        sum.of_dom0 = sum.of_dom0 || kind == XHM_IDENTITY_DOM0;
        sum.impossible_start =
            sum.impossible_start || (kind == XHM_IDENTITY_STATIC_DOMID && it->dispositions[i] == XHM_DISPOSITION_START);
    }
    return sum;
}

void policy_check_safe_states(struct policy_check *check) {
    const struct xhm_policy *policy = check->policy;
    struct xhm_finding place = policy_check_nowhere;

    for (place.safe_state = 0; place.safe_state < policy->safe_state_count; place.safe_state++) {
        const struct xhm_safe_state_policy *it = &policy->safe_states[place.safe_state];
        const struct dispositions sum = sum_up(policy, it);
        uint32_t same_name = CHECK_NOWHERE;

        for (uint32_t i = place.safe_state; i-- > 0;) {
            same_name = policy_check_is_same_name(it->name, policy->safe_states[i].name) ? i : same_name;
        }
        policy_check_require(check, policy_check_is_name(it->name), CHECK_FOUND(SAFE_STATE_NAME), place);
        policy_check_require_first(check, same_name, CHECK_FOUND(SAFE_STATE_NAME_TWICE), place);
        policy_check_require(check, sum.any, CHECK_FOUND(SAFE_STATE_EMPTY), place);
        policy_check_require(check, sum.known, CHECK_FOUND(DISPOSITION_WORD), place);
        policy_check_require(check, !sum.of_dom0, CHECK_FOUND(SAFE_STATE_DOM0), place);
        policy_check_require(check, !sum.impossible_start, CHECK_FOUND(SAFE_STATE_START), place);
    }
}
