// SPDX-License-Identifier: Apache-2.0
#include "policy_check_parts.h"

static void check_device_errors(struct policy_check *check, const struct xhm_device_policy *it,
                                struct xhm_finding place) {
    const uint64_t period_ns = check->policy->platform.facts_period_ns;

    if (it->error_window_ns == 0) {
        return;
    }
    policy_check_require(check, it->kind == XHM_DEVICE_VIF, CHECK_FOUND(DEVICE_ERRORS_KIND), place);
    policy_check_require(
        check, it->error_window_ns <= CHECK_HOUR && (it->error_window_ns >= period_ns || period_ns > CHECK_HOUR),
        CHECK_FOUND(DEVICE_ERRORS_WINDOW), place);
}

static void check_device(struct policy_check *check, struct xhm_finding place) {
    const struct xhm_partition_policy *partition = &check->policy->partitions[place.partition];
    const struct xhm_device_policy *it = &partition->devices[place.device];
    uint32_t earlier = 0;

    while (partition->devices[earlier].kind != it->kind || partition->devices[earlier].id != it->id) {
        earlier++;
    }
    policy_check_require(check, policy_check_is_within((uint64_t)it->kind, XHM_DEVICE_VIF, XHM_DEVICE_OTHER),
                         CHECK_FOUND(DEVICE_KIND), place);
    policy_check_require_first(check, earlier == place.device ? CHECK_NOWHERE : earlier, CHECK_FOUND(DEVICE_TWICE),
                               place);
    policy_check_require(check, it->backend_number != place.partition + 1, CHECK_FOUND(DEVICE_BACKEND), place);
    check_device_errors(check, it, place);
}

static bool has_assigned(const struct xhm_partition_policy *it, uint32_t count, uint32_t address) {
    for (uint32_t i = 0; i < count; i++) {
        if (it->assigned[i] == address) {
            return true;
        }
    }
    return false;
}

static void check_assigned(struct policy_check *check, struct xhm_finding place) {
    const struct xhm_partition_policy *it = &check->policy->partitions[place.partition];
    bool twice = false;

    for (uint32_t i = 0; i < it->assigned_count; i++) {
        twice = twice || has_assigned(it, i, it->assigned[i]);
        for (uint32_t j = 0; j < place.partition; j++) {
            const struct xhm_partition_policy *earlier = &check->policy->partitions[j];

            twice = twice || has_assigned(earlier, earlier->assigned_count, it->assigned[i]);
        }
    }
    policy_check_require(check, !twice, CHECK_FOUND(ASSIGNED_TWICE), place);
    policy_check_require(check, !it->assigned_declared || it->assigned_devices == (it->assigned_count != 0),
                         CHECK_FOUND(ASSIGNED_FLAG), place);
}

/* Adding the lowest bit carries through all that stand beside it. */
static bool has_neighbours_only(uint64_t mask) {
    return (mask & (mask + (mask & (~mask + 1)))) == 0;
}

static void check_cache(struct policy_check *check, struct xhm_finding place) {
    const struct xhm_cache_policy *it = &check->policy->partitions[place.partition].cache;

    policy_check_require(check, has_neighbours_only(it->l3_mask), CHECK_FOUND(CACHE_MASK), place);
    policy_check_require(check, !it->exclusive || it->l3_mask != 0, CHECK_FOUND(CACHE_EXCLUSIVE), place);
    policy_check_require(check, it->bandwidth_percent < 100, CHECK_FOUND(CACHE_BANDWIDTH), place);
    for (place.other = 0; place.other < place.partition; place.other++) {
        const struct xhm_cache_policy *earlier = &check->policy->partitions[place.other].cache;

        policy_check_require(check, (it->l3_mask & earlier->l3_mask) == 0 || (!it->exclusive && !earlier->exclusive),
                             CHECK_FOUND(CACHE_COMMON), place);
    }
}

void policy_check_devices(struct policy_check *check, struct xhm_finding place) {
    check_cache(check, place);
    for (place.device = 0; place.device < check->policy->partitions[place.partition].device_count; place.device++) {
        check_device(check, place);
    }
    place.device = CHECK_NOWHERE;
    check_assigned(check, place);
}
