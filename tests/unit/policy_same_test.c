// SPDX-License-Identifier: Apache-2.0
#include "policy_same.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <string.h>

/* Everything is declared, so that every member is compared. */
static const struct xhm_entity_policy entity = {
    .name = "loop",
    .id = 1,
    .page = 2,
    .slot = 3,
    .checkpoints_per_second = 100,
    .alive = {.reference_cycle_ns = 100, .expected = 5, .min_margin = 1, .max_margin = 2, .failed_tolerance = 3},
    .deadline_miss = {.window_ns = 1000, .limit = 4},
    .deadline_count = 2,
    .deadlines = {{1, 2, 3, 4}, {2, 3, 4, 5}},
    .logical = {.initial_count = 1,
                .initial = {1},
                .final_count = 1,
                .finals = {3},
                .transition_count = 2,
                .transitions = {{1, 2}, {2, 3}}},
    .clock = {.window_ns = 500, .tolerance_percent = 5},
    .latency = {.raise_ns = 100, .clear_ns = 50, .debounce = {1, 2}},
    .latency_budget = {.worst_ns = 900, .late_ns = 64, .window_ns = 2000, .late_limit = 8},
};

/* A change of any of these makes another entity of it. */
static const size_t changes[] = {
    offsetof(struct xhm_entity_policy, name),
    offsetof(struct xhm_entity_policy, id),
    offsetof(struct xhm_entity_policy, page),
    offsetof(struct xhm_entity_policy, slot),
    offsetof(struct xhm_entity_policy, alive.reference_cycle_ns),
    offsetof(struct xhm_entity_policy, alive.expected),
    offsetof(struct xhm_entity_policy, alive.min_margin),
    offsetof(struct xhm_entity_policy, alive.max_margin),
    offsetof(struct xhm_entity_policy, alive.failed_tolerance),
    offsetof(struct xhm_entity_policy, deadline_miss.window_ns),
    offsetof(struct xhm_entity_policy, deadline_miss.limit),
    offsetof(struct xhm_entity_policy, deadline_count),
    offsetof(struct xhm_entity_policy, deadlines[0].from),
    offsetof(struct xhm_entity_policy, deadlines[1].to),
    offsetof(struct xhm_entity_policy, deadlines[1].min_ns),
    offsetof(struct xhm_entity_policy, deadlines[1].max_ns),
    offsetof(struct xhm_entity_policy, logical.initial_count),
    offsetof(struct xhm_entity_policy, logical.initial[0]),
    offsetof(struct xhm_entity_policy, logical.final_count),
    offsetof(struct xhm_entity_policy, logical.finals[0]),
    offsetof(struct xhm_entity_policy, logical.transition_count),
    offsetof(struct xhm_entity_policy, logical.transitions[0].from),
    offsetof(struct xhm_entity_policy, logical.transitions[1].to),
    offsetof(struct xhm_entity_policy, clock.window_ns),
    offsetof(struct xhm_entity_policy, clock.tolerance_percent),
    offsetof(struct xhm_entity_policy, latency.raise_ns),
    offsetof(struct xhm_entity_policy, latency.clear_ns),
    offsetof(struct xhm_entity_policy, latency.debounce.up_step),
    offsetof(struct xhm_entity_policy, latency.debounce.down_step),
    offsetof(struct xhm_entity_policy, latency_budget.worst_ns),
    offsetof(struct xhm_entity_policy, latency_budget.late_ns),
    offsetof(struct xhm_entity_policy, latency_budget.window_ns),
    offsetof(struct xhm_entity_policy, latency_budget.late_limit),
};

/* What nothing looks at: beyond the counts, and the rate of checkpoints. */
static const size_t irrelevant[] = {
    offsetof(struct xhm_entity_policy, checkpoints_per_second), offsetof(struct xhm_entity_policy, deadlines[2].from),
    offsetof(struct xhm_entity_policy, logical.initial[1]),     offsetof(struct xhm_entity_policy, logical.finals[1]),
    offsetof(struct xhm_entity_policy, logical.transitions[2]),
};

static bool is_same_with_change(size_t offset) {
    struct xhm_entity_policy other = entity;

    ((unsigned char *)&other)[offset] ^= 1u;
    const bool same = policy_same_entity(&entity, &other);
    assert_int_equal(policy_same_entity(&other, &entity), same);
    return same;
}

static void an_entity_is_what_is_supervised_of_it(void **state) {
    assert_true(policy_same_entity(&entity, &entity));
    for (size_t i = 0; i < sizeof(changes) / sizeof(changes[0]); i++) {
        assert_false(is_same_with_change(changes[i]));
    }
    for (size_t i = 0; i < sizeof(irrelevant) / sizeof(irrelevant[0]); i++) {
        assert_true(is_same_with_change(irrelevant[i]));
    }
}

static void memory_is_size_slacks_and_debounce(void **state) {
    const struct xhm_memory_policy memory = {
        .size_kib = 10, .slack_kib = 4, .clear_slack_kib = 2, .debounce = {.up_step = 8, .down_step = 16}};
    struct xhm_memory_policy other = memory;

    assert_true(policy_same_memory(&memory, &other));
    for (uint64_t *value = &other.size_kib; value <= &other.clear_slack_kib; value++) {
        (*value)++;
        assert_false(policy_same_memory(&memory, &other));
        (*value)--;
    }
    other.up_front = true;
    assert_false(policy_same_memory(&memory, &other));
    other = memory;
    other.debounce.up_step++;
    assert_false(policy_same_memory(&memory, &other));
    other = memory;
    other.debounce.down_step++;
    assert_false(policy_same_memory(&memory, &other));
}

static void load_is_thresholds_and_debounce(void **state) {
    const struct xhm_load_policy load = {.raise_percent = 80, .clear_percent = 50, .debounce = {8, 16}};
    struct xhm_load_policy other = load;

    assert_true(policy_same_load(&load, &other));
    other.raise_percent++;
    assert_false(policy_same_load(&load, &other));
    other = load;
    other.clear_percent++;
    assert_false(policy_same_load(&load, &other));
    other = load;
    other.debounce.up_step++;
    assert_false(policy_same_load(&load, &other));
    other = load;
    other.debounce.down_step++;
    assert_false(policy_same_load(&load, &other));
}

static void identity_is_kind_uuid_and_domid(void **state) {
    const struct xhm_identity identity = {.kind = XHM_IDENTITY_UUID, .uuid = {{1, 2, 3}}, .domid = 4};
    struct xhm_identity other = identity;

    assert_true(policy_same_identity(&identity, &other));
    other.kind = XHM_IDENTITY_DOM0;
    assert_false(policy_same_identity(&identity, &other));
    other = identity;
    other.uuid.bytes[15] = 1;
    assert_false(policy_same_identity(&identity, &other));
    other = identity;
    other.domid = 5;
    assert_false(policy_same_identity(&identity, &other));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_entity_is_what_is_supervised_of_it),
        cmocka_unit_test(memory_is_size_slacks_and_debounce),
        cmocka_unit_test(load_is_thresholds_and_debounce),
        cmocka_unit_test(identity_is_kind_uuid_and_domid),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
