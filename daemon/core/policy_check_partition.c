// SPDX-License-Identifier: Apache-2.0
#include "policy_check_parts.h"

#include "observation.h"

#include <string.h>

#define MEMORY_MIN_KIB UINT64_C(1024)
#define MEMORY_MAX_KIB (UINT64_C(16) << 30)

static bool is_page_used(const struct xhm_partition_policy *it, uint32_t page) {
    for (uint32_t i = 0; i < it->entity_count; i++) {
        if (it->entities[i].page == page) {
            return true;
        }
    }
    return false;
}

static void check_pages(struct policy_check *check, const struct xhm_partition_policy *it, struct xhm_finding place) {
    const bool sound = it->page_count <= XHM_MAX_PAGES;
    uint32_t used = 0;

    while (used < it->page_count && sound && is_page_used(it, used)) {
        used++;
    }
    policy_check_require(check, sound, CHECK_FOUND(PAGE_COUNT_RANGE), place);
    policy_check_require(check, !sound || used == it->page_count, CHECK_FOUND(PAGE_UNUSED), place);
}

static bool is_null(const struct xhm_uuid *uuid) {
    static const struct xhm_uuid null;

    return memcmp(uuid, &null, sizeof(null)) == 0;
}

/* An identity of no known kind is as good as none. */
static bool is_identity(const struct xhm_identity *it) {
    return it->kind == XHM_IDENTITY_UUID ? !is_null(&it->uuid)
                                         : it->kind == XHM_IDENTITY_STATIC_DOMID || it->kind == XHM_IDENTITY_DOM0;
}

static uint32_t fixed_domid(const struct xhm_identity *it) {
    return it->kind == XHM_IDENTITY_DOM0 ? 0 : it->domid;
}

static bool is_same_identity(const struct xhm_identity *a, const struct xhm_identity *b) {
    if (!is_identity(a) || (a->kind == XHM_IDENTITY_UUID) != (b->kind == XHM_IDENTITY_UUID)) {
        return false;
    }
    return a->kind == XHM_IDENTITY_UUID ? memcmp(&a->uuid, &b->uuid, sizeof(a->uuid)) == 0
                                        : fixed_domid(a) == fixed_domid(b);
}

static void check_partition_unique(struct policy_check *check, struct xhm_finding place) {
    const struct xhm_partition_policy *it = &check->policy->partitions[place.partition];
    uint32_t name = CHECK_NOWHERE;
    uint32_t id = CHECK_NOWHERE;
    uint32_t identity = CHECK_NOWHERE;

    for (uint32_t i = place.partition; i-- > 0;) {
        const struct xhm_partition_policy *earlier = &check->policy->partitions[i];

        name = policy_check_is_same_name(it->name, earlier->name) ? i : name;
        id = it->partition_id && it->partition_id == earlier->partition_id ? i : id;
        identity = is_same_identity(&it->identity, &earlier->identity) ? i : identity;
    }
    policy_check_require_first(check, name, CHECK_FOUND(PARTITION_NAME_TWICE), place);
    policy_check_require_first(check, id, CHECK_FOUND(PARTITION_ID_TWICE), place);
    policy_check_require_first(check, identity, CHECK_FOUND(IDENTITY_TWICE), place);
}

/* Limits count wherever a restart is possible: an operator may ask for one though no reaction does. */
static void check_restart(struct policy_check *check, const struct xhm_partition_policy *it, struct xhm_finding place) {
    const uint64_t grace_ns = it->startup_grace_ns <= CHECK_HOUR ? it->startup_grace_ns : 0;
    const struct policy_check_range ranges[] = {
        {CHECK_FOUND(RESTART_LIMIT_RANGE), it->restart.limit, 1, XHM_MAX_RESTART_LIMIT},
        {CHECK_FOUND(RESTART_WINDOW_RANGE), it->restart.window_ns, CHECK_SECOND, 24 * CHECK_HOUR},
        {CHECK_FOUND(RESTART_BACKOFF_RANGE), it->restart.backoff_ns, 0, CHECK_HOUR},
        {CHECK_FOUND(RESTART_TIMEOUT_RANGE), it->restart.timeout_ns, grace_ns, CHECK_HOUR},
    };

    if (!policy_check_is_recreatable(it)) {
        return;
    }
    policy_check_require_ranges(check, ranges, CHECK_COUNT_OF(ranges), place);
}

static bool is_memory_sound(const struct xhm_memory_policy *it) {
    return (it->size_kib == 0 && it->slack_kib == 0) ||
           (policy_check_is_within(it->size_kib, MEMORY_MIN_KIB, MEMORY_MAX_KIB) && it->slack_kib < it->size_kib);
}

static void check_memory(struct policy_check *check, const struct xhm_memory_policy *it, struct xhm_finding place) {
    policy_check_require(check, is_memory_sound(it), CHECK_FOUND(MEMORY_RANGE), place);
    if (it->size_kib != 0) {
        policy_check_require(check, !it->up_front || it->slack_kib == 0, CHECK_FOUND(MEMORY_UP_FRONT), place);
        policy_check_require(check, it->clear_slack_kib <= it->slack_kib, CHECK_FOUND(MEMORY_CLEAR), place);
        policy_check_require(check, policy_check_is_debounce(&it->debounce), CHECK_FOUND(MEMORY_DEBOUNCE), place);
    }
}

static void check_load(struct policy_check *check, const struct xhm_partition_policy *partition,
                       struct xhm_finding place) {
    const struct xhm_load_policy *it = &partition->load;
    const uint32_t vcpu_count = partition->vcpu_count != 0 ? partition->vcpu_count : XHM_MAX_VCPUS;

    if (it->raise_percent != 0) {
        policy_check_require(check, it->raise_percent <= 100 * vcpu_count, CHECK_FOUND(LOAD_RANGE), place);
        policy_check_require(check, it->clear_percent <= it->raise_percent, CHECK_FOUND(LOAD_CLEAR), place);
        policy_check_require(check, policy_check_is_debounce(&it->debounce), CHECK_FOUND(LOAD_DEBOUNCE), place);
    }
}

static void check_allocations(struct policy_check *check, const struct xhm_partition_policy *it,
                              struct xhm_finding place) {
    for (place.fault_class = 0; place.fault_class < XHM_CLASS_COUNT; place.fault_class++) {
        const uint64_t allocated_ns = it->allocated_fhti_ns[place.fault_class];

        policy_check_require(check,
                             allocated_ns == 0 || policy_check_is_within(allocated_ns, check->cycle_ns, CHECK_HOUR),
                             CHECK_FOUND(ALLOCATION_RANGE), place);
    }
}

void policy_check_partition(struct policy_check *check, struct xhm_finding place) {
    const struct xhm_partition_policy *it = &check->policy->partitions[place.partition];
    const struct policy_check_range ranges[] = {
        {CHECK_FOUND(PARTITION_ID_RANGE), it->partition_id, 1, XHM_PROBE_PARTITION_ID_MAX},
        {CHECK_FOUND(GRACE_RANGE), it->startup_grace_ns, check->crash_check_ns, CHECK_HOUR},
        {CHECK_FOUND(EXPIRED_TOLERANCE), it->expired_tolerance, 0, 1000},
    };

    policy_check_require(check, policy_check_is_name(it->name), CHECK_FOUND(PARTITION_NAME), place);
    policy_check_require(check, is_identity(&it->identity), CHECK_FOUND(IDENTITY_NULL), place);
    check_partition_unique(check, place);
    policy_check_require_ranges(check, ranges, CHECK_COUNT_OF(ranges), place);
    /* The same as the start-up grace is as good or bad as that: said there. */
    policy_check_require(check,
                         it->start_within_ns == it->startup_grace_ns ||
                             policy_check_is_within(it->start_within_ns, check->crash_check_ns, CHECK_HOUR),
                         CHECK_FOUND(START_WITHIN_RANGE), place);
    check_memory(check, &it->memory, place);
    check_load(check, it, place);
    check_pages(check, it, place);
    check_restart(check, it, place);
    check_allocations(check, it, place);
}
