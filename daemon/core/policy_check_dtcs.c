// SPDX-License-Identifier: Apache-2.0
#include "faults.h"
#include "policy_check_parts.h"

static bool is_used_earlier(const struct xhm_policy *policy, uint32_t fault) {
    for (uint32_t earlier = 0; earlier < fault; earlier++) {
        if (policy->dtcs[earlier] == policy->dtcs[fault]) {
            return true;
        }
    }
    return false;
}

void policy_check_dtcs(struct policy_check *check) {
    const struct xhm_policy *policy = check->policy;
    struct xhm_finding place = policy_check_nowhere;

    for (place.fault = 0; place.fault < XHM_FAULT_COUNT; place.fault++) {
        if (policy->dtcs[place.fault] != 0) {
            policy_check_require(check, policy->dtcs[place.fault] < XHM_DTC_END, CHECK_FOUND(DTC_RANGE), place);
            policy_check_require(check, !is_used_earlier(policy, place.fault), CHECK_FOUND(DTC_TWICE), place);
        }
    }
}
