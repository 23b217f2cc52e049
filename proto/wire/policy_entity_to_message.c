// SPDX-License-Identifier: Apache-2.0
#include "policy_entity_message.h"

#include <string.h>

Xhm__V1__DebouncePolicy *policy_debounce_to_message(const struct xhm_debounce_policy *from, struct xhm_arena *arena) {
    Xhm__V1__DebouncePolicy *to = arena_message(arena, &xhm__v1__debounce_policy__descriptor);

    if (to) {
        to->up_step = from->up_step;
        to->down_step = from->down_step;
    }
    return to;
}

static bool alive_build(const struct xhm_alive_policy *from, struct xhm_arena *arena, Xhm__V1__AlivePolicy **to) {
    if (!from->reference_cycle_ns) {
        return true;
    }
    *to = arena_message(arena, &xhm__v1__alive_policy__descriptor);
    if (!*to) {
        return false;
    }
    (*to)->reference_cycle_ns = from->reference_cycle_ns;
    (*to)->expected = from->expected;
    (*to)->min_margin = from->min_margin;
    (*to)->max_margin = from->max_margin;
    (*to)->failed_tolerance = from->failed_tolerance;
    return true;
}

static bool deadline_miss_build(const struct xhm_deadline_miss_policy *from, struct xhm_arena *arena,
                                Xhm__V1__DeadlineMissPolicy **to) {
    if (!from->window_ns) {
        return true;
    }
    *to = arena_message(arena, &xhm__v1__deadline_miss_policy__descriptor);
    if (!*to) {
        return false;
    }
    (*to)->window_ns = from->window_ns;
    (*to)->limit = from->limit;
    return true;
}

static bool deadlines_build(const struct xhm_entity_policy *from, struct xhm_arena *arena, Xhm__V1__EntityPolicy *to) {
    to->deadlines = arena_take(arena, from->deadline_count * sizeof(to->deadlines[0]));
    if (!to->deadlines) {
        return false;
    }
    for (uint32_t i = 0; i < from->deadline_count; i++) {
        Xhm__V1__DeadlinePolicy *deadline = arena_message(arena, &xhm__v1__deadline_policy__descriptor);

        if (!deadline) {
            return false;
        }
        deadline->from = from->deadlines[i].from;
        deadline->to = from->deadlines[i].to;
        deadline->min_ns = from->deadlines[i].min_ns;
        deadline->max_ns = from->deadlines[i].max_ns;
        to->deadlines[i] = deadline;
    }
    to->n_deadlines = from->deadline_count;
    return true;
}

/* @return a copy of the numbers that may be packed, or NULL */
static uint32_t *numbers_build(const uint32_t *from, uint32_t count, struct xhm_arena *arena) {
    uint32_t *to = arena_take(arena, count * sizeof(to[0]));

    if (to) {
        memcpy(to, from, count * sizeof(to[0]));
    }
    return to;
}

static bool transitions_build(const struct xhm_logical_policy *from, struct xhm_arena *arena,
                              Xhm__V1__LogicalPolicy *to) {
    to->transitions = arena_take(arena, from->transition_count * sizeof(to->transitions[0]));
    if (!to->transitions) {
        return false;
    }
    for (uint32_t i = 0; i < from->transition_count; i++) {
        Xhm__V1__TransitionPolicy *transition = arena_message(arena, &xhm__v1__transition_policy__descriptor);

        if (!transition) {
            return false;
        }
        transition->from = from->transitions[i].from;
        transition->to = from->transitions[i].to;
        to->transitions[i] = transition;
    }
    to->n_transitions = from->transition_count;
    return true;
}

static bool logical_build(const struct xhm_logical_policy *from, struct xhm_arena *arena, Xhm__V1__LogicalPolicy **to) {
    Xhm__V1__LogicalPolicy *logical;

    if (!from->initial_count) {
        return true;
    }
    *to = logical = arena_message(arena, &xhm__v1__logical_policy__descriptor);
    if (!logical || !(logical->initial = numbers_build(from->initial, from->initial_count, arena)) ||
        !(logical->finals = numbers_build(from->finals, from->final_count, arena))) {
        return false;
    }
    logical->n_initial = from->initial_count;
    logical->n_finals = from->final_count;
    return transitions_build(from, arena, logical);
}

static bool clock_build(const struct xhm_clock_policy *from, struct xhm_arena *arena, Xhm__V1__ClockPolicy **to) {
    if (!from->window_ns) {
        return true;
    }
    *to = arena_message(arena, &xhm__v1__clock_policy__descriptor);
    if (!*to) {
        return false;
    }
    (*to)->window_ns = from->window_ns;
    (*to)->tolerance_percent = from->tolerance_percent;
    return true;
}

static bool latency_build(const struct xhm_latency_policy *from, struct xhm_arena *arena, Xhm__V1__LatencyPolicy **to) {
    if (!from->raise_ns) {
        return true;
    }
    *to = arena_message(arena, &xhm__v1__latency_policy__descriptor);
    if (!*to) {
        return false;
    }
    (*to)->raise_ns = from->raise_ns;
    (*to)->clear_ns = from->clear_ns;
    (*to)->debounce = policy_debounce_to_message(&from->debounce, arena);
    return (*to)->debounce;
}

static bool latency_budget_build(const struct xhm_latency_budget_policy *from, struct xhm_arena *arena,
                                 Xhm__V1__LatencyBudgetPolicy **to) {
    if (!from->worst_ns && !from->late_ns) {
        return true;
    }
    *to = arena_message(arena, &xhm__v1__latency_budget_policy__descriptor);
    if (!*to) {
        return false;
    }
    (*to)->worst_ns = from->worst_ns;
    (*to)->late_ns = from->late_ns;
    (*to)->window_ns = from->window_ns;
    (*to)->late_limit = from->late_limit;
    return true;
}

static bool has_room(const struct xhm_entity_policy *from) {
    return from->deadline_count <= XHM_MAX_DEADLINES && from->logical.initial_count <= XHM_MAX_GRAPH_ENDS &&
           from->logical.final_count <= XHM_MAX_GRAPH_ENDS && from->logical.transition_count <= XHM_MAX_TRANSITIONS;
}

Xhm__V1__EntityPolicy *policy_entity_to_message(const struct xhm_entity_policy *from, struct xhm_arena *arena) {
    Xhm__V1__EntityPolicy *to = arena_message(arena, &xhm__v1__entity_policy__descriptor);

    if (!to || !has_room(from)) {
        return NULL;
    }
    to->name = (char *)(uintptr_t)from->name;
    to->id = from->id;
    to->page = from->page;
    to->slot = from->slot;
    to->checkpoints_per_second = from->checkpoints_per_second;
    return alive_build(&from->alive, arena, &to->alive) &&
                   deadline_miss_build(&from->deadline_miss, arena, &to->deadline_miss) &&
                   deadlines_build(from, arena, to) && logical_build(&from->logical, arena, &to->logical) &&
                   clock_build(&from->clock, arena, &to->clock) && latency_build(&from->latency, arena, &to->latency) &&
                   latency_budget_build(&from->latency_budget, arena, &to->latency_budget)
               ? to
               : NULL;
}
