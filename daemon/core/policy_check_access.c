// SPDX-License-Identifier: Apache-2.0
#include "policy_check_parts.h"

static bool starts_partitions(const struct xhm_safe_state_policy *it) {
    for (uint32_t i = 0; i < XHM_MAX_PARTITIONS; i++) {
        if (it->dispositions[i] == XHM_DISPOSITION_START) {
            return true;
        }
    }
    return false;
}

/* Whether anything in the policy is carried out by the agent. */
static bool needs_agent(const struct xhm_policy *policy) {
    if (policy->platform.facts_period_ns != 0) {
        return true;
    }
    for (uint32_t i = 0; i < policy->partition_count; i++) {
        const struct xhm_partition_policy *it = &policy->partitions[i];

        if (it->standby_for_number != 0 || policy_check_has_rung(it, XHM_REACTION_RESTART)) {
            return true;
        }
    }
    for (uint32_t i = 0; i < policy->safe_state_count; i++) {
        if (starts_partitions(&policy->safe_states[i])) {
            return true;
        }
    }
    return false;
}

void policy_check_access(struct policy_check *check) {
    const struct xhm_policy *policy = check->policy;
    struct xhm_finding place = policy_check_nowhere;
    uint32_t roles = 0;

    for (place.access = 0; place.access < policy->access_count; place.access++) {
        const struct xhm_access_policy *it = &policy->access[place.access];
        uint32_t earlier = 0;

        while (policy->access[earlier].kind != it->kind || policy->access[earlier].id != it->id) {
            earlier++;
        }
        policy_check_require(check, it->roles != 0, CHECK_FOUND(ACCESS_ROLES), place);
        policy_check_require_first(check, earlier == place.access ? CHECK_NOWHERE : earlier, CHECK_FOUND(ACCESS_TWICE),
                                   place);
        roles |= it->roles;
    }
    policy_check_require(check, roles & XHM_ROLE_OPERATOR, CHECK_FOUND(NO_OPERATOR), policy_check_nowhere);
    policy_check_require(check, !needs_agent(policy) || roles & XHM_ROLE_AGENT, CHECK_FOUND(NO_AGENT),
                         policy_check_nowhere);
}
