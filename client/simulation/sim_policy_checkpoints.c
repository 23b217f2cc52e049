// SPDX-License-Identifier: Apache-2.0
/*
 * Words about an entity's checkpoints:
 *   deadline FROM TO MIN MAX      initial N…      finals N…      transitions FROM TO [FROM TO]…
 */
#include "sim_policy.h"
#include "trace.h"

#include <string.h>

#define ANY_RATE 100u

static const char no_checkpoints[] = "needs checkpoints, and not too many";

static bool parse_ids(uint32_t *ids, uint32_t capacity, uint32_t *count, char *const *words, unsigned word_count) {
    for (unsigned i = 0; i < word_count; i++) {
        uint64_t id;
        if (*count == capacity || !trace_number(words[i], &id)) {
            return false;
        }
        ids[(*count)++] = (uint32_t)id;
    }
    return true;
}

static const char *add_deadline(struct xhm_entity_policy *entity, char *const *words) {
    struct xhm_deadline_policy *deadline = &entity->deadlines[entity->deadline_count];
    uint64_t from;
    uint64_t to;

    if (entity->deadline_count == XHM_MAX_DEADLINES || !trace_number(words[1], &from) || !trace_number(words[2], &to) ||
        !trace_duration(words[3], &deadline->min_ns) || !trace_duration(words[4], &deadline->max_ns)) {
        return "needs two checkpoints and two durations, and room for another deadline";
    }
    deadline->from = (uint32_t)from;
    deadline->to = (uint32_t)to;
    entity->deadline_count++;
    return NULL;
}

static const char *add_transitions(struct xhm_logical_policy *logical, char *const *words, unsigned word_count) {
    if (word_count % 2 == 0) {
        return "needs pairs of checkpoints";
    }
    for (unsigned i = 1; i + 1 < word_count; i += 2) {
        uint64_t from;
        uint64_t to;
        if (logical->transition_count == XHM_MAX_TRANSITIONS || !trace_number(words[i], &from) ||
            !trace_number(words[i + 1], &to)) {
            return no_checkpoints;
        }
        logical->transitions[logical->transition_count++] =
            (struct xhm_transition_policy){(uint32_t)from, (uint32_t)to};
    }
    return NULL;
}

bool sim_policy_declare_checkpoints(struct xhm_entity_policy *entity, char *const *words, unsigned word_count,
                                    const char **mistake) {
    struct xhm_logical_policy *logical = &entity->logical;

    if (word_count == 5 && strcmp(words[0], "deadline") == 0) {
        *mistake = add_deadline(entity, words);
    } else if (word_count > 1 && strcmp(words[0], "initial") == 0) {
        const bool parsed =
            parse_ids(logical->initial, XHM_MAX_GRAPH_ENDS, &logical->initial_count, words + 1, word_count - 1);
        *mistake = parsed ? NULL : no_checkpoints;
    } else if (word_count > 1 && strcmp(words[0], "finals") == 0) {
        const bool parsed =
            parse_ids(logical->finals, XHM_MAX_GRAPH_ENDS, &logical->final_count, words + 1, word_count - 1);
        *mistake = parsed ? NULL : no_checkpoints;
    } else if (word_count > 2 && strcmp(words[0], "transitions") == 0) {
        *mistake = add_transitions(logical, words, word_count);
    } else {
        return false;
    }
    /* A rate has to be declared with checkpoints; what matters to a trace is only that there is one. */
    if (entity->checkpoints_per_second == 0) {
        entity->checkpoints_per_second = ANY_RATE;
    }
    return true;
}
