// SPDX-License-Identifier: Apache-2.0
#include "schema_parts.h"

static const struct xhm_schema_key debounce_keys[] = {
    {"up", DEFAULT("255"), SCALAR(COUNT), AT(xhm_debounce_policy, up_step)},
    {"down", DEFAULT("255"), SCALAR(COUNT), AT(xhm_debounce_policy, down_step)},
};
const struct xhm_schema_mapping schema_debounce = {"debounce", KEYS(debounce_keys)};

static const struct xhm_schema_key alive_keys[] = {
    {"reference_cycle", REQUIRED, SCALAR(DURATION), AT(xhm_alive_policy, reference_cycle_ns)},
    {"expected", REQUIRED, SCALAR(COUNT), AT(xhm_alive_policy, expected)},
    {"min_margin", DEFAULT("0"), SCALAR(COUNT), AT(xhm_alive_policy, min_margin)},
    {"max_margin", DEFAULT("0"), SCALAR(COUNT), AT(xhm_alive_policy, max_margin)},
    {"failed_tolerance", DEFAULT("0"), SCALAR(COUNT), AT(xhm_alive_policy, failed_tolerance)},
};
static const struct xhm_schema_mapping alive = {"partitions[].entities[].alive", KEYS(alive_keys)};

static const struct xhm_schema_key deadline_miss_keys[] = {
    {"window", REQUIRED, SCALAR(DURATION), AT(xhm_deadline_miss_policy, window_ns)},
    {"limit", REQUIRED, SCALAR(COUNT), AT(xhm_deadline_miss_policy, limit)},
};
static const struct xhm_schema_mapping deadline_miss = {"partitions[].entities[].deadline_miss",
                                                        KEYS(deadline_miss_keys)};

static const struct xhm_schema_key deadline_keys[] = {
    {"from", REQUIRED, SCALAR(COUNT), AT(xhm_deadline_policy, from)},
    {"to", REQUIRED, SCALAR(COUNT), AT(xhm_deadline_policy, to)},
    {"min", DEFAULT("0s"), SCALAR(DURATION), AT(xhm_deadline_policy, min_ns)},
    {"max", REQUIRED, SCALAR(DURATION), AT(xhm_deadline_policy, max_ns)},
};
static const struct xhm_schema_mapping deadline = {"partitions[].entities[].deadlines[]", KEYS(deadline_keys)};

static const struct xhm_schema_key transition_keys[] = {
    {"from", REQUIRED, SCALAR(COUNT), AT(xhm_transition_policy, from)},
    {"to", REQUIRED, SCALAR(COUNT), AT(xhm_transition_policy, to)},
};
static const struct xhm_schema_mapping transition = {"partitions[].entities[].logical.transitions[]",
                                                     KEYS(transition_keys)};

static const struct xhm_schema_key logical_keys[] = {
    {"initial", REQUIRED, SCALAR(CHECKPOINTS), AT(xhm_logical_policy, initial_count)},
    {"finals", NONE, SCALAR(CHECKPOINTS), AT(xhm_logical_policy, final_count)},
    {"transitions", NONE, AT(xhm_logical_policy, transitions),
     SEQUENCE(transition, xhm_logical_policy, transition_count, TRANSITION, xhm_transition_policy,
              XHM_MAX_TRANSITIONS)},
};
static const struct xhm_schema_mapping logical = {"partitions[].entities[].logical", KEYS(logical_keys)};

static const struct xhm_schema_key clock_keys[] = {
    {"window", REQUIRED, SCALAR(DURATION), AT(xhm_clock_policy, window_ns)},
    {"tolerance", REQUIRED, SCALAR(PERCENT), AT(xhm_clock_policy, tolerance_percent)},
};
static const struct xhm_schema_mapping clock = {"partitions[].entities[].clock", KEYS(clock_keys)};

static const struct xhm_schema_key latency_keys[] = {
    {"raise", REQUIRED, SCALAR(DURATION), AT(xhm_latency_policy, raise_ns)},
    {"clear", DERIVED("`raise`"), SCALAR(DURATION), AT(xhm_latency_policy, clear_ns)},
    {"debounce", DEFAULT(NULL), MAPPING(schema_debounce), AT(xhm_latency_policy, debounce)},
};
static const struct xhm_schema_mapping latency = {"partitions[].entities[].latency", KEYS(latency_keys)};

static const struct xhm_schema_key latency_budget_keys[] = {
    {"worst", OPTIONAL, SCALAR(DURATION), AT(xhm_latency_budget_policy, worst_ns)},
    {"late", OPTIONAL, SCALAR(DURATION), AT(xhm_latency_budget_policy, late_ns)},
    {"window", OPTIONAL, SCALAR(DURATION), AT(xhm_latency_budget_policy, window_ns)},
    {"limit", DEFAULT("0"), SCALAR(COUNT), AT(xhm_latency_budget_policy, late_limit)},
};
static const struct xhm_schema_mapping latency_budget = {"partitions[].entities[].latency_budget",
                                                         KEYS(latency_budget_keys)};

static const struct xhm_schema_key entity_keys[] = {
    {"name", REQUIRED, SCALAR(NAME), AT(xhm_entity_policy, name)},
    {"id", REQUIRED, SCALAR(COUNT), AT(xhm_entity_policy, id)},
    {"page", DEFAULT("0"), SCALAR(COUNT), AT(xhm_entity_policy, page)},
    {"slot", DEFAULT("0"), SCALAR(COUNT), AT(xhm_entity_policy, slot)},
    {"checkpoints_per_second", DEFAULT("0"), SCALAR(COUNT), AT(xhm_entity_policy, checkpoints_per_second)},
    {"alive", OPTIONAL, MAPPING(alive), AT(xhm_entity_policy, alive)},
    {"deadlines", OPTIONAL, AT(xhm_entity_policy, deadlines),
     SEQUENCE(deadline, xhm_entity_policy, deadline_count, DEADLINE, xhm_deadline_policy, XHM_MAX_DEADLINES)},
    {"logical", OPTIONAL, MAPPING(logical), AT(xhm_entity_policy, logical)},
    {"deadline_miss", OPTIONAL, MAPPING(deadline_miss), AT(xhm_entity_policy, deadline_miss)},
    {"latency", OPTIONAL, MAPPING(latency), AT(xhm_entity_policy, latency)},
    {"latency_budget", OPTIONAL, MAPPING(latency_budget), AT(xhm_entity_policy, latency_budget)},
    {"clock", OPTIONAL, MAPPING(clock), AT(xhm_entity_policy, clock)},
};
const struct xhm_schema_mapping schema_entity = {"partitions[].entities[]", KEYS(entity_keys)};
