// SPDX-License-Identifier: Apache-2.0
#include "policy_check_parts.h"

/* A checkpoint graph, and which of its transitions can be taken at all: bit n is transition n. */
struct graph {
    const struct xhm_logical_policy *logical;
    uint32_t reached;
};
_Static_assert(XHM_MAX_TRANSITIONS <= 32, "every transition of a graph has a bit");

static bool is_in(const uint32_t *checkpoints, uint32_t count, uint32_t checkpoint) {
    for (uint32_t i = 0; i < count; i++) {
        if (checkpoints[i] == checkpoint) {
            return true;
        }
    }
    return false;
}

static bool is_initial(const struct graph *graph, uint32_t checkpoint) {
    return is_in(graph->logical->initial, graph->logical->initial_count, checkpoint);
}

static bool is_final(const struct graph *graph, uint32_t checkpoint) {
    return is_in(graph->logical->finals, graph->logical->final_count, checkpoint);
}

/* Reached so far. Here and below, nothing else is said of a checkpoint 0 than that it is one. */
static bool is_reached(const struct graph *graph, uint32_t checkpoint) {
    for (uint32_t i = 0; i < graph->logical->transition_count; i++) {
        if ((graph->reached >> i & 1u) != 0 && graph->logical->transitions[i].to == checkpoint) {
            return true;
        }
    }
    return checkpoint == 0 || is_initial(graph, checkpoint);
}

static bool goes_on(const struct graph *graph, uint32_t checkpoint) {
    for (uint32_t i = 0; i < graph->logical->transition_count; i++) {
        if (graph->logical->transitions[i].from == checkpoint) {
            return true;
        }
    }
    return checkpoint == 0 || is_final(graph, checkpoint);
}

/* Each pass reaches at least one transition more, or is the last one. */
static void reach(struct graph *graph) {
    uint32_t before;

    do {
        before = graph->reached;
        for (uint32_t i = 0; i < graph->logical->transition_count; i++) {
            if (is_reached(graph, graph->logical->transitions[i].from)) {
                graph->reached |= 1u << i;
            }
        }
    } while (graph->reached != before);
}

/* An end of a graph: not 0, each once. */
static bool are_ends(const uint32_t *checkpoints, uint32_t count) {
    for (uint32_t i = 0; i < count; i++) {
        if (checkpoints[i] == 0 || is_in(checkpoints, i, checkpoints[i])) {
            return false;
        }
    }
    return true;
}

static uint32_t find_transition(const struct xhm_logical_policy *it, uint32_t end,
                                const struct xhm_transition_policy *transition) {
    for (uint32_t i = 0; i < end; i++) {
        if (it->transitions[i].from == transition->from && it->transitions[i].to == transition->to) {
            return i;
        }
    }
    return CHECK_NOWHERE;
}

static void check_transition(struct policy_check *check, const struct graph *graph, struct xhm_finding place) {
    const struct xhm_transition_policy *it = &graph->logical->transitions[place.transition];
    const uint32_t earlier = find_transition(graph->logical, place.transition, it);

    policy_check_require(check, it->from != 0 && it->to != 0, CHECK_FOUND(TRANSITION_ZERO), place);
    policy_check_require_first(check, earlier, CHECK_FOUND(TRANSITION_TWICE), place);
    policy_check_require(check, (graph->reached >> place.transition & 1u) != 0, CHECK_FOUND(TRANSITION_UNREACHED),
                         place);
    policy_check_require(check, earlier != CHECK_NOWHERE || goes_on(graph, it->to), CHECK_FOUND(TRANSITION_DEAD_END),
                         place);
}

static void check_ends(struct policy_check *check, const struct graph *graph, struct xhm_finding place) {
    const struct xhm_logical_policy *it = graph->logical;
    bool reached = true;
    bool going_on = true;

    for (uint32_t i = 0; i < it->final_count; i++) {
        reached = reached && is_reached(graph, it->finals[i]);
    }
    for (uint32_t i = 0; i < it->initial_count; i++) {
        going_on = going_on && goes_on(graph, it->initial[i]);
    }
    policy_check_require(check, are_ends(it->initial, it->initial_count), CHECK_FOUND(LOGICAL_INITIAL), place);
    policy_check_require(check, are_ends(it->finals, it->final_count), CHECK_FOUND(LOGICAL_FINALS), place);
    policy_check_require(check, reached, CHECK_FOUND(LOGICAL_UNREACHED), place);
    policy_check_require(check, going_on, CHECK_FOUND(LOGICAL_DEAD_END), place);
}

static uint32_t find_deadline(const struct xhm_entity_policy *it, uint32_t end) {
    for (uint32_t i = 0; i < end; i++) {
        if (it->deadlines[i].from == it->deadlines[end].from && it->deadlines[i].to == it->deadlines[end].to) {
            return i;
        }
    }
    return CHECK_NOWHERE;
}

static void check_deadline(struct policy_check *check, const struct xhm_entity_policy *entity,
                           const struct graph *graph, struct xhm_finding place) {
    const struct xhm_deadline_policy *it = &entity->deadlines[place.deadline];

    policy_check_require(check, it->from != 0 && it->to != 0, CHECK_FOUND(DEADLINE_ZERO), place);
    policy_check_require(check, it->min_ns < it->max_ns && it->max_ns <= CHECK_HOUR, CHECK_FOUND(DEADLINE_RANGE),
                         place);
    policy_check_require_first(check, find_deadline(entity, place.deadline), CHECK_FOUND(DEADLINE_TWICE), place);
    policy_check_require(
        check, graph->logical->initial_count == 0 || (is_reached(graph, it->from) && is_reached(graph, it->to)),
        CHECK_FOUND(DEADLINE_GRAPH), place);
}

void policy_check_graph(struct policy_check *check, struct xhm_finding place) {
    const struct xhm_entity_policy *entity = &check->policy->partitions[place.partition].entities[place.entity];
    struct graph graph = {.logical = &entity->logical};

    if (entity->logical.initial_count != 0) {
        reach(&graph);
        check_ends(check, &graph, place);
        for (place.transition = 0; place.transition < entity->logical.transition_count; place.transition++) {
            check_transition(check, &graph, place);
        }
        place.transition = CHECK_NOWHERE;
    }
    for (place.deadline = 0; place.deadline < entity->deadline_count; place.deadline++) {
        check_deadline(check, entity, &graph, place);
    }
}
