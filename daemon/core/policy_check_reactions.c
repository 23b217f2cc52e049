// SPDX-License-Identifier: Apache-2.0
#include "policy_check_parts.h"

/* How severe a rung is: it goes on, it is taken out of service, the ECU is, the machine is. */
enum severity {
    SEVERITY_NONE,
    SEVERITY_RECOVERY,
    SEVERITY_HALT,
    SEVERITY_SAFE_STATE,
    SEVERITY_LAST_RESORT,
};

static const enum severity severities[XHM_REACTION_END] = {
    [XHM_REACTION_RESTART] = SEVERITY_RECOVERY,
    [XHM_REACTION_FAIL_OVER] = SEVERITY_RECOVERY,
    [XHM_REACTION_STOP] = SEVERITY_HALT,
    [XHM_REACTION_PAUSE] = SEVERITY_HALT,
    [XHM_REACTION_SAFE_STATE] = SEVERITY_SAFE_STATE,
    [XHM_REACTION_LAST_RESORT] = SEVERITY_LAST_RESORT,
};

static bool has(const struct xhm_ladder *it, enum xhm_reaction reaction) {
    for (uint32_t i = 0; i < it->count; i++) {
        if (it->rungs[i] == reaction) {
            return true;
        }
    }
    return false;
}

bool policy_check_has_rung(const struct xhm_partition_policy *partition, enum xhm_reaction reaction) {
    for (uint32_t i = 0; i < XHM_CLASS_COUNT; i++) {
        if (has(&partition->reactions[i], reaction)) {
            return true;
        }
    }
    return false;
}

static bool are_rungs_known(const struct xhm_ladder *it) {
    for (uint32_t i = 0; i < it->count; i++) {
        if (!policy_check_is_within((uint32_t)it->rungs[i], XHM_REACTION_REPORT, XHM_REACTION_END - 1)) {
            return false;
        }
    }
    return it->count != 0;
}

static bool has_rung_twice(const struct xhm_ladder *it) {
    uint32_t seen = 0;
    uint32_t twice = 0;

    for (uint32_t i = 0; i < it->count; i++) {
        twice |= seen & 1u << it->rungs[i];
        seen |= 1u << it->rungs[i];
    }
    return twice != 0;
}

/* Recovery may be tried in several ways; from then on each rung is more severe than the one before. */
static bool is_climbing(const struct xhm_ladder *it) {
    for (uint32_t i = 1; i < it->count; i++) {
        const enum severity before = severities[it->rungs[i - 1]];
        const enum severity after = severities[it->rungs[i]];

        if (after < before || (after == before && after != SEVERITY_RECOVERY)) {
            return false;
        }
    }
    return true;
}

static void check_ladder(struct policy_check *check, const struct xhm_ladder *it, struct xhm_finding place) {
    if (!are_rungs_known(it)) {
        policy_check_require(check, false, CHECK_FOUND(REACTION_MISSING), place);
        return;
    }
    if (has_rung_twice(it)) {
        policy_check_require(check, false, CHECK_FOUND(RUNG_TWICE), place);
        return;
    }
    if (it->count > 1 && has(it, XHM_REACTION_REPORT)) {
        policy_check_require(check, false, CHECK_FOUND(REPORT_BESIDE), place);
        return;
    }
    policy_check_require(check, is_climbing(it), CHECK_FOUND(RUNG_ORDER), place);
}

/* What the policy must declare elsewhere for a rung to be possible. */
static void check_means(struct policy_check *check, const struct xhm_ladder *it, struct xhm_finding place) {
    const struct xhm_policy *policy = check->policy;
    const struct xhm_partition_policy *partition = &policy->partitions[place.partition];

    policy_check_require(check, !has(it, XHM_REACTION_FAIL_OVER) || policy_check_is_of_pair(policy, place.partition),
                         CHECK_FOUND(RUNG_FAIL_OVER), place);
    policy_check_require(check, !has(it, XHM_REACTION_SAFE_STATE) || partition->safe_state_number != 0,
                         CHECK_FOUND(RUNG_SAFE_STATE), place);
    policy_check_require(check,
                         !has(it, XHM_REACTION_LAST_RESORT) || policy->supervisor.last_resort != XHM_LAST_RESORT_NONE,
                         CHECK_FOUND(RUNG_LAST_RESORT), place);
    policy_check_require(check,
                         partition->identity.kind != XHM_IDENTITY_DOM0 ||
                             (!has(it, XHM_REACTION_STOP) && !has(it, XHM_REACTION_PAUSE)),
                         CHECK_FOUND(RUNG_OF_DOM0), place);
}

void policy_check_reactions(struct policy_check *check, struct xhm_finding place) {
    const struct xhm_partition_policy *it = &check->policy->partitions[place.partition];
    const bool recovers =
        policy_check_has_rung(it, XHM_REACTION_RESTART) || policy_check_has_rung(it, XHM_REACTION_FAIL_OVER);

    policy_check_require(check, !recovers || policy_check_is_recreatable(it), CHECK_FOUND(IDENTITY_RESTART), place);
    for (place.fault_class = 0; place.fault_class < XHM_CLASS_COUNT; place.fault_class++) {
        check_ladder(check, &it->reactions[place.fault_class], place);
        check_means(check, &it->reactions[place.fault_class], place);
    }
}
