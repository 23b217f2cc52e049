// SPDX-License-Identifier: Apache-2.0
/*
 * What a trace can expect. P is a partition, `ecu` (the supervisor itself) or `any`; E is an entity of a partition.
 *
 *   happens in a cycle:
 *     fault P NAME [E]      cleared P NAME [E]      event P KIND [VALUE]      action KIND P      anything
 *   is true in a cycle:
 *     status P STATUS       entity P.E STATUS       life P LIFE               active P NAME      inactive P NAME
 *     failed-cycles P.E N   first-expired P.E       domains NAME N            faultless P
 *     latched NAME|none     mode MODE               answered ANSWER (to the last order)
 *     starts N and last-resorts N, in a row without a healthy ECU
 *     count N WORDS…        WORDS, one of the first kind, happened N times since the trace began
 */
#include "sim_policy.h"
#include "sim_tell.h"

#include <stdlib.h>
#include <string.h>

static const char *const status_names[] = {
    [XHM_STATUS_OK] = "ok",           [XHM_STATUS_DEACTIVATED] = "deactivated", [XHM_STATUS_FAILED] = "failed",
    [XHM_STATUS_EXPIRED] = "expired", [XHM_STATUS_STOPPED] = "stopped",
};

static const char *const life_names[] = {
    [XHM_LIFE_ABSENT] = "absent",     [XHM_LIFE_STARTING] = "starting",     [XHM_LIFE_RUNNING] = "running",
    [XHM_LIFE_STOPPING] = "stopping", [XHM_LIFE_RECREATING] = "recreating", [XHM_LIFE_VERIFYING] = "verifying",
    [XHM_LIFE_LIMITED] = "limited",   [XHM_LIFE_HALTED] = "halted",         [XHM_LIFE_STANDBY] = "standby",
    [XHM_LIFE_RESUMING] = "resuming",
};

#define NAMES(table) table, sizeof(table) / sizeof((table)[0])

/* Position of a name in a table with gaps, or -1. */
static int find_name(const char *const *names, size_t count, const char *name) {
    for (size_t i = 0; i < count; i++) {
        if (names[i] != NULL && strcmp(names[i], name) == 0) {
            return (int)i;
        }
    }
    return -1;
}

static enum xhm_fault find_fault(const char *name) {
    for (unsigned i = 0; i < XHM_FAULT_COUNT; i++) {
        if (strcmp(faults_info((enum xhm_fault)i)->name, name) == 0) {
            return (enum xhm_fault)i;
        }
    }
    return XHM_FAULT_COUNT;
}

/* As the journal names them. */
static int find_event(const char *name) {
    for (int kind = 1; kind <= XHM_EVENT_HIGHEST; kind++) {
        if (strcmp(event_catalogue_info((enum xhm_event_kind)kind)->name, name) == 0) {
            return kind;
        }
    }
    return -1;
}

static int find_action(const char *name) {
    for (int kind = 1; sim_action_name((enum xhm_action_kind)kind) != NULL; kind++) {
        if (strcmp(sim_action_name((enum xhm_action_kind)kind), name) == 0) {
            return kind;
        }
    }
    return -1;
}

/* A name may belong to a partition that the policy in use dropped. */
static bool is_partition(const struct xhm_sim_runner *runner, const char *name) {
    for (unsigned i = 0; i < runner->policy_count; i++) {
        if (sim_policy_find(&runner->policies[i], name) != XHM_NONE) {
            return true;
        }
    }
    return strcmp(name, "ecu") == 0 || strcmp(name, "any") == 0;
}

static bool fits(const char *word, const char *name) {
    return strcmp(word, "any") == 0 || strcmp(word, name) == 0;
}

/* What an expectation of something that happens looks for. NULL and -1 match everything. */
struct pattern {
    bool is_action;
    int kind;
    enum xhm_fault fault;
    const char *partition;
    const char *entity;
    const char *value;
};

static bool parse_fault(struct pattern *pattern, char *const *words, unsigned word_count) {
    pattern->kind = strcmp(words[0], "fault") == 0 ? XHM_EVENT_FAULT_RAISED : XHM_EVENT_FAULT_CLEARED;
    pattern->partition = words[1];
    pattern->fault = find_fault(words[2]);
    pattern->entity = word_count > 3 ? words[3] : NULL;
    return pattern->fault != XHM_FAULT_COUNT || strcmp(words[2], "any") == 0;
}

/* Returns whether the words are an expectation of something that happens. */
static bool parse_pattern(const struct xhm_sim_runner *runner, char *const *words, unsigned word_count,
                          struct pattern *pattern) {
    *pattern = (struct pattern){.kind = -1, .fault = XHM_FAULT_COUNT, .partition = "any"};

    if (word_count == 1 && strcmp(words[0], "anything") == 0) {
        return true;
    }
    if (word_count < 3) {
        return false;
    }
    if (strcmp(words[0], "fault") == 0 || strcmp(words[0], "cleared") == 0) {
        return parse_fault(pattern, words, word_count) && is_partition(runner, pattern->partition);
    }
    if (strcmp(words[0], "event") == 0) {
        pattern->partition = words[1];
        pattern->kind = find_event(words[2]);
        pattern->value = word_count > 3 ? words[3] : NULL;
        return pattern->kind >= 0 && is_partition(runner, pattern->partition);
    }
    if (strcmp(words[0], "action") == 0) {
        pattern->is_action = true;
        pattern->kind = find_action(words[1]);
        pattern->partition = words[2];
        return pattern->kind >= 0 && is_partition(runner, pattern->partition);
    }
    return false;
}

static bool matches(const struct pattern *pattern, const struct xhm_sim_seen *seen) {
    uint64_t value;

    if (pattern->kind < 0) {
        return true;
    }
    return seen->is_action == pattern->is_action && seen->kind == pattern->kind &&
           fits(pattern->partition, seen->partition) &&
           (pattern->fault == XHM_FAULT_COUNT || pattern->fault == seen->fault) &&
           (pattern->entity == NULL || strcmp(pattern->entity, seen->entity) == 0) &&
           (pattern->value == NULL || (trace_number(pattern->value, &value) && value == seen->values[0]));
}

static unsigned count_matches(const struct xhm_sim_runner *runner, const struct pattern *pattern, size_t first) {
    unsigned count = 0;

    for (size_t i = first; i < runner->seen_count; i++) {
        count += matches(pattern, &runner->seen[i]);
    }
    return count;
}

static enum xhm_sim_match answer(bool yes) {
    return yes ? XHM_SIM_MATCH_YES : XHM_SIM_MATCH_NO;
}

static enum xhm_sim_match expect_count(const struct xhm_sim_runner *runner, char *const *words, unsigned word_count) {
    struct pattern pattern;
    uint64_t count;

    if (word_count < 2 || !trace_number(words[0], &count) ||
        !parse_pattern(runner, words + 1, word_count - 1, &pattern)) {
        return XHM_SIM_MATCH_MISTAKE;
    }
    return answer(count_matches(runner, &pattern, 0) == count);
}

static bool has_fault(const uint64_t scopes[XHM_FAULT_COUNT], enum xhm_fault fault) {
    for (unsigned i = 0; i < XHM_FAULT_COUNT; i++) {
        if (scopes[i] != 0 && (fault == XHM_FAULT_COUNT || fault == (enum xhm_fault)i)) {
            return true;
        }
    }
    return false;
}

static enum xhm_sim_match expect_active(const struct xhm_sim_runner *runner, const char *partition, const char *name,
                                        bool active) {
    const enum xhm_fault fault = name != NULL ? find_fault(name) : XHM_FAULT_COUNT;
    const uint32_t index = sim_policy_find(runner->ecu.policy, partition);

    if (!is_partition(runner, partition) || (name != NULL && fault == XHM_FAULT_COUNT)) {
        return XHM_SIM_MATCH_MISTAKE;
    }
    if (strcmp(partition, "ecu") == 0) {
        return answer(has_fault(runner->core.fault_scopes, fault) == active);
    }
    return answer(index != XHM_NONE && has_fault(runner->core.partitions[index].fault_scopes, fault) == active);
}

static enum xhm_sim_match expect_status(const struct xhm_sim_runner *runner, const char *partition, const char *name) {
    const int status = find_name(NAMES(status_names), name);
    const uint32_t index = sim_policy_find(runner->ecu.policy, partition);

    if (status < 0 || !is_partition(runner, partition)) {
        return XHM_SIM_MATCH_MISTAKE;
    }
    if (strcmp(partition, "ecu") == 0) {
        return answer((int)runner->core.status == status);
    }
    return answer(index != XHM_NONE && (int)runner->core.partitions[index].status == status);
}

static enum xhm_sim_match expect_life(const struct xhm_sim_runner *runner, const char *partition, const char *name) {
    const int life = find_name(NAMES(life_names), name);
    const uint32_t index = sim_policy_find(runner->ecu.policy, partition);

    if (life < 0 || !is_partition(runner, partition)) {
        return XHM_SIM_MATCH_MISTAKE;
    }
    return answer(index != XHM_NONE && (int)runner->core.partitions[index].life == life);
}

/* Finds P.E in the policy in use. */
static bool find_entity(const struct xhm_sim_runner *runner, const char *path, uint32_t *partition, uint32_t *entity) {
    char name[2 * XHM_NAME_SIZE];
    char *dot;

    snprintf(name, sizeof(name), "%s", path);
    dot = strchr(name, '.');
    if (dot == NULL) {
        return false;
    }
    *dot = '\0';
    *partition = sim_policy_find(runner->ecu.policy, name);
    *entity = *partition == XHM_NONE ? XHM_NONE
                                     : sim_policy_find_entity(&runner->ecu.policy->partitions[*partition], dot + 1);
    return *entity != XHM_NONE;
}

static enum xhm_sim_match expect_entity(const struct xhm_sim_runner *runner, char *const *words, unsigned word_count) {
    uint32_t partition;
    uint32_t entity;
    uint64_t number = 0;

    if (!find_entity(runner, words[1], &partition, &entity)) {
        return runner->core.steps > 0 ? XHM_SIM_MATCH_NO : XHM_SIM_MATCH_YES;
    }
    const struct xhm_entity_state *state = &runner->core.partitions[partition].entities[entity];
    if (strcmp(words[0], "first-expired") == 0) {
        return answer(runner->core.first_expired.partition == partition &&
                      runner->core.first_expired.entity == entity &&
                      runner->core.first_expired.entity_complement == ~entity &&
                      runner->core.first_expired.partition_complement == ~partition);
    }
    if (word_count < 3) {
        return XHM_SIM_MATCH_MISTAKE;
    }
    if (strcmp(words[0], "failed-cycles") == 0) {
        return trace_number(words[2], &number) ? answer(state->failed_cycles == number) : XHM_SIM_MATCH_MISTAKE;
    }
    const int status = find_name(NAMES(status_names), words[2]);
    return status < 0 ? XHM_SIM_MATCH_MISTAKE : answer((int)state->status == status);
}

static enum xhm_sim_match expect_domains(const struct xhm_sim_runner *runner, const char *name, const char *text) {
    uint64_t expected;
    uint64_t count = 0;

    for (unsigned i = 0; i < XHM_MAX_DOMAINS; i++) {
        const struct xhm_sim_domain *domain = &runner->ecu.domains[i];
        count += domain->exists && strcmp(domain->name, name) == 0;
    }
    return trace_number(text, &expected) ? answer(count == expected) : XHM_SIM_MATCH_MISTAKE;
}

static bool is_word(const char *word, const char *expected) {
    return strcmp(word, expected) == 0;
}

enum xhm_sim_match sim_expect(const struct xhm_sim_runner *runner, char *const *words, unsigned word_count) {
    struct pattern pattern;

    if (parse_pattern(runner, words, word_count, &pattern)) {
        return answer(count_matches(runner, &pattern, runner->seen_before) > 0);
    }
    if (word_count >= 3 && is_word(words[0], "count")) {
        return expect_count(runner, words + 1, word_count - 1);
    }
    if (word_count >= 2 &&
        (is_word(words[0], "entity") || is_word(words[0], "failed-cycles") || is_word(words[0], "first-expired"))) {
        return expect_entity(runner, words, word_count);
    }
    if (word_count == 2 && is_word(words[0], "faultless")) {
        return expect_active(runner, words[1], NULL, false);
    }
    if (word_count == 2) {
        return sim_expect_ecu(runner, words);
    }
    if (word_count != 3) {
        return XHM_SIM_MATCH_MISTAKE;
    }
    if (is_word(words[0], "status")) {
        return expect_status(runner, words[1], words[2]);
    }
    if (is_word(words[0], "life")) {
        return expect_life(runner, words[1], words[2]);
    }
    if (is_word(words[0], "active") || is_word(words[0], "inactive")) {
        return expect_active(runner, words[1], words[2], is_word(words[0], "active"));
    }
    if (is_word(words[0], "domains")) {
        return expect_domains(runner, words[1], words[2]);
    }
    return XHM_SIM_MATCH_MISTAKE;
}
