// SPDX-License-Identifier: Apache-2.0
#include "policy_check_parts.h"

#include "observation.h"

#define INDICATIONS_MAX   1000000u
#define TOLERANCE_MAX     1000u
#define CLOCK_CYCLES_MIN  10u
#define CLOCK_PERCENT_MAX 50u

static void check_alive(struct policy_check *check, const struct xhm_alive_policy *it, struct xhm_finding place) {
    const uint64_t margin_max =
        policy_check_is_within(it->expected, 1, INDICATIONS_MAX) ? it->expected - 1 : UINT32_MAX;
    const struct policy_check_range ranges[] = {
        {CHECK_FOUND(ALIVE_EXPECTED), it->expected, 1, INDICATIONS_MAX},
        {CHECK_FOUND(ALIVE_MIN_MARGIN), it->min_margin, 0, margin_max},
        {CHECK_FOUND(ALIVE_MAX_MARGIN), it->max_margin, 0, INDICATIONS_MAX},
        {CHECK_FOUND(ALIVE_TOLERANCE), it->failed_tolerance, 0, TOLERANCE_MAX},
    };

    if (it->reference_cycle_ns == 0) {
        return;
    }
    policy_check_require(check,
                         it->reference_cycle_ns <= CHECK_HOUR &&
                             policy_check_is_multiple(it->reference_cycle_ns, check->cycle_ns),
                         CHECK_FOUND(ALIVE_MULTIPLE), place);
    policy_check_require_ranges(check, ranges, CHECK_COUNT_OF(ranges), place);
}

/*
 * A step may come as late as a cycle and the overrun tolerance after the last; the checkpoints of that time must still
 * be in the ring. One entry is left for the checkpoint that falls on the edge.
 */
static bool fits_in_ring(const struct policy_check *check, uint32_t checkpoints_per_second) {
    const uint64_t longest_ns = check->cycle_ns + check->overrun_ns;

    return longest_ns == 0 || checkpoints_per_second <= (XHM_PROBE_RING_ENTRY_COUNT - 1) * CHECK_SECOND / longest_ns;
}

static void check_entity_unique(struct policy_check *check, const struct xhm_partition_policy *partition,
                                struct xhm_finding place) {
    const struct xhm_entity_policy *it = &partition->entities[place.entity];
    uint32_t name = CHECK_NOWHERE;
    uint32_t id = CHECK_NOWHERE;
    uint32_t slot = CHECK_NOWHERE;

    for (uint32_t i = place.entity; i-- > 0;) {
        const struct xhm_entity_policy *earlier = &partition->entities[i];

        name = policy_check_is_same_name(it->name, earlier->name) ? i : name;
        id = it->id && it->id == earlier->id ? i : id;
        slot = it->page == earlier->page && it->slot == earlier->slot ? i : slot;
    }
    policy_check_require_first(check, name, CHECK_FOUND(ENTITY_NAME_TWICE), place);
    policy_check_require_first(check, id, CHECK_FOUND(ENTITY_ID_TWICE), place);
    policy_check_require_first(check, slot, CHECK_FOUND(ENTITY_SLOT_TWICE), place);
}

static void check_latency(struct policy_check *check, const struct xhm_latency_policy *it, struct xhm_finding place) {
    if (it->raise_ns != 0) {
        policy_check_require(check, it->raise_ns <= CHECK_HOUR, CHECK_FOUND(LATENCY_RANGE), place);
        policy_check_require(check, it->clear_ns <= it->raise_ns, CHECK_FOUND(LATENCY_CLEAR), place);
        policy_check_require(check, policy_check_is_debounce(&it->debounce), CHECK_FOUND(LATENCY_DEBOUNCE), place);
    }
}

/* Any but the lower bound of the first bucket, which is 0. */
static bool is_bucket_bound(uint64_t ns) {
    return xhm_probe_histogram_bound_ns(xhm_probe_histogram_bucket(ns)) == ns;
}

static void check_latency_budget(struct policy_check *check, const struct xhm_latency_budget_policy *it,
                                 struct xhm_finding place) {
    const bool window_sound =
        it->late_ns == 0 ? it->window_ns == 0 : policy_check_is_within(it->window_ns, check->cycle_ns, CHECK_HOUR);

    policy_check_require(check, it->worst_ns <= CHECK_HOUR, CHECK_FOUND(BUDGET_WORST), place);
    policy_check_require(check, it->late_ns == 0 || is_bucket_bound(it->late_ns), CHECK_FOUND(BUDGET_LATE), place);
    policy_check_require(check, window_sound, CHECK_FOUND(BUDGET_WINDOW), place);
    policy_check_require(check, it->late_ns != 0 || it->late_limit == 0, CHECK_FOUND(BUDGET_LIMIT), place);
}

static void check_clock(struct policy_check *check, const struct xhm_clock_policy *it, struct xhm_finding place) {
    const struct policy_check_range ranges[] = {
        {CHECK_FOUND(CLOCK_WINDOW), it->window_ns, CLOCK_CYCLES_MIN * check->cycle_ns, CHECK_HOUR},
        {CHECK_FOUND(CLOCK_TOLERANCE), it->tolerance_percent, 1, CLOCK_PERCENT_MAX},
    };

    if (it->window_ns != 0) {
        policy_check_require_ranges(check, ranges, CHECK_COUNT_OF(ranges), place);
    }
}

static bool has_checkpoints(const struct xhm_entity_policy *it) {
    return it->deadline_count != 0 || it->logical.initial_count != 0;
}

static bool is_supervised(const struct xhm_entity_policy *it) {
    return it->alive.reference_cycle_ns || it->deadline_miss.window_ns || has_checkpoints(it) || it->latency.raise_ns ||
           it->latency_budget.worst_ns || it->latency_budget.late_ns || it->clock.window_ns;
}

void policy_check_entity(struct policy_check *check, struct xhm_finding place) {
    const struct xhm_partition_policy *partition = &check->policy->partitions[place.partition];
    const struct xhm_entity_policy *it = &partition->entities[place.entity];
    const uint64_t window_ns = it->deadline_miss.window_ns;

    policy_check_require(check, policy_check_is_name(it->name), CHECK_FOUND(ENTITY_NAME), place);
    policy_check_require(check, it->id != 0, CHECK_FOUND(ENTITY_ID_ZERO), place);
    policy_check_require(check, it->page < partition->page_count, CHECK_FOUND(ENTITY_PAGE_RANGE), place);
    policy_check_require(check, it->slot < XHM_PROBE_SLOT_COUNT, CHECK_FOUND(ENTITY_SLOT_RANGE), place);
    check_entity_unique(check, partition, place);
    policy_check_require(check, fits_in_ring(check, it->checkpoints_per_second), CHECK_FOUND(RING_OVERRUN), place);
    policy_check_require(check, it->checkpoints_per_second != 0 || !has_checkpoints(it), CHECK_FOUND(CHECKPOINT_RATE),
                         place);
    check_alive(check, &it->alive, place);
    policy_check_require(check, window_ns == 0 || policy_check_is_within(window_ns, check->cycle_ns, CHECK_HOUR),
                         CHECK_FOUND(MISS_WINDOW_RANGE), place);
    check_latency(check, &it->latency, place);
    check_latency_budget(check, &it->latency_budget, place);
    check_clock(check, &it->clock, place);
    policy_check_require(check, is_supervised(it), CHECK_FOUND(ENTITY_UNSUPERVISED), place);
}
