// SPDX-License-Identifier: Apache-2.0
#include "policy_entity_message.h"

#include <string.h>

void policy_debounce_from_message(const Xhm__V1__DebouncePolicy *from, struct xhm_debounce_policy *to) {
    if (from) {
        to->up_step = from->up_step;
        to->down_step = from->down_step;
    }
}

/* What is present but declares nothing to be watched would be a check that is silently skipped: refused. */
static bool alive_read(struct xhm_policy_place *place, const Xhm__V1__AlivePolicy *from, struct xhm_alive_policy *to) {
    if (!from) {
        return true;
    }
    to->reference_cycle_ns = from->reference_cycle_ns;
    to->expected = from->expected;
    to->min_margin = from->min_margin;
    to->max_margin = from->max_margin;
    to->failed_tolerance = from->failed_tolerance;
    return policy_place_require(place, from->reference_cycle_ns, "alive.reference_cycle_ns");
}

static bool deadline_miss_read(struct xhm_policy_place *place, const Xhm__V1__DeadlineMissPolicy *from,
                               struct xhm_deadline_miss_policy *to) {
    if (!from) {
        return true;
    }
    to->window_ns = from->window_ns;
    to->limit = from->limit;
    return policy_place_require(place, from->window_ns, "deadline_miss.window_ns");
}

static bool deadlines_read(struct xhm_policy_place *place, const Xhm__V1__EntityPolicy *from,
                           struct xhm_entity_policy *to) {
    if (!policy_place_fits(place, from->n_deadlines, XHM_MAX_DEADLINES, "deadlines")) {
        return false;
    }
    for (size_t i = 0; i < from->n_deadlines; i++) {
        to->deadlines[i] = (struct xhm_deadline_policy){.from = from->deadlines[i]->from,
                                                        .to = from->deadlines[i]->to,
                                                        .min_ns = from->deadlines[i]->min_ns,
                                                        .max_ns = from->deadlines[i]->max_ns};
    }
    to->deadline_count = (uint32_t)from->n_deadlines;
    return true;
}

static bool ends_read(struct xhm_policy_place *place, const uint32_t *from, size_t count, uint32_t *to,
                      uint32_t *to_count, const char *leaf) {
    if (!policy_place_fits(place, count, XHM_MAX_GRAPH_ENDS, leaf)) {
        return false;
    }
    for (size_t i = 0; i < count; i++) {
        to[i] = from[i];
    }
    *to_count = (uint32_t)count;
    return true;
}

static bool logical_read(struct xhm_policy_place *place, const Xhm__V1__LogicalPolicy *from,
                         struct xhm_logical_policy *to) {
    if (!from) {
        return true;
    }
    if (!policy_place_require(place, from->n_initial, "logical.initial") ||
        !ends_read(place, from->initial, from->n_initial, to->initial, &to->initial_count, "logical.initial") ||
        !ends_read(place, from->finals, from->n_finals, to->finals, &to->final_count, "logical.finals") ||
        !policy_place_fits(place, from->n_transitions, XHM_MAX_TRANSITIONS, "logical.transitions")) {
        return false;
    }
    for (size_t i = 0; i < from->n_transitions; i++) {
        to->transitions[i] =
            (struct xhm_transition_policy){.from = from->transitions[i]->from, .to = from->transitions[i]->to};
    }
    to->transition_count = (uint32_t)from->n_transitions;
    return true;
}

static bool clock_read(struct xhm_policy_place *place, const Xhm__V1__ClockPolicy *from, struct xhm_clock_policy *to) {
    if (!from) {
        return true;
    }
    to->window_ns = from->window_ns;
    to->tolerance_percent = from->tolerance_percent;
    return policy_place_require(place, from->window_ns, "clock.window_ns");
}

static bool latency_read(struct xhm_policy_place *place, const Xhm__V1__LatencyPolicy *from,
                         struct xhm_latency_policy *to) {
    if (!from) {
        return true;
    }
    to->raise_ns = from->raise_ns;
    to->clear_ns = from->clear_ns;
    policy_debounce_from_message(from->debounce, &to->debounce);
    return policy_place_require(place, from->raise_ns, "latency.raise_ns");
}

static bool latency_budget_read(struct xhm_policy_place *place, const Xhm__V1__LatencyBudgetPolicy *from,
                                struct xhm_latency_budget_policy *to) {
    if (!from) {
        return true;
    }
    to->worst_ns = from->worst_ns;
    to->late_ns = from->late_ns;
    to->window_ns = from->window_ns;
    to->late_limit = from->late_limit;
    return policy_place_require(place, from->worst_ns || from->late_ns, "latency_budget");
}

bool policy_entity_from_message(struct xhm_policy_place *place, const Xhm__V1__EntityPolicy *from,
                                struct xhm_entity_policy *to) {
    to->id = from->id;
    to->page = from->page;
    to->slot = from->slot;
    to->checkpoints_per_second = from->checkpoints_per_second;
    return policy_place_read_name(place, from->name, to->name, "name") && alive_read(place, from->alive, &to->alive) &&
           deadline_miss_read(place, from->deadline_miss, &to->deadline_miss) && deadlines_read(place, from, to) &&
           logical_read(place, from->logical, &to->logical) && clock_read(place, from->clock, &to->clock) &&
           latency_read(place, from->latency, &to->latency) &&
           latency_budget_read(place, from->latency_budget, &to->latency_budget);
}
