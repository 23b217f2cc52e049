// SPDX-License-Identifier: Apache-2.0
#include "deadline_miss.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#define S    UINT64_C(1000000000)
#define PART (S / 16)

static const struct xhm_deadline_miss_policy policy = {.window_ns = S, .limit = 3};

/* As probe supervision does: the counter's value is kept between two calls. */
static bool update(struct xhm_entity_state *state, uint64_t missed, uint64_t now_ns) {
    const bool exceeded = deadline_miss_update(&policy, state, missed, now_ns);

    state->deadline_missed = missed;
    return exceeded;
}

static void first_value_is_a_base(void **state) {
    struct xhm_entity_state entity = {0};

    assert_false(update(&entity, 1000, 1));
    assert_false(update(&entity, 1003, 2));
}

static void limit_is_allowed_and_one_more_is_not(void **state) {
    struct xhm_entity_state entity = {0};

    update(&entity, 0, S);
    assert_false(update(&entity, 3, S + 1));
    assert_true(update(&entity, 4, S + 2));
}

static void misses_within_the_window_always_count_together(void **state) {
    for (uint64_t phase = 0; phase < PART; phase += PART / 7) {
        struct xhm_entity_state entity = {0};
        const uint64_t first = 10 * S + phase;

        update(&entity, 0, first - 1);
        assert_false(update(&entity, 3, first));
        assert_true(update(&entity, 4, first + S - 1));
    }
}

static void misses_further_apart_than_window_and_part_never_count_together(void **state) {
    for (uint64_t phase = 0; phase < PART; phase += PART / 7) {
        struct xhm_entity_state entity = {0};
        const uint64_t first = 10 * S + phase;

        update(&entity, 0, first - 1);
        update(&entity, 3, first);
        assert_false(update(&entity, 4, first + S + PART));
    }
}

static void exceeded_ends_with_the_window(void **state) {
    struct xhm_entity_state entity = {0};

    update(&entity, 0, S);
    assert_true(update(&entity, 9, S + 1));
    assert_true(update(&entity, 9, 2 * S - 1));
    assert_false(update(&entity, 9, 2 * S + PART));
    assert_false(update(&entity, 9, 1000 * S));
}

static void counter_that_goes_back_counts_nothing(void **state) {
    struct xhm_entity_state entity = {0};

    update(&entity, 10, S);
    assert_false(update(&entity, 5, S + 1));
    assert_false(update(&entity, 8, S + 2));
    assert_true(update(&entity, 9, S + 3));
}

static void a_part_saturates(void **state) {
    struct xhm_entity_state entity = {0};

    update(&entity, 0, S);
    assert_true(update(&entity, UINT64_C(5000000000), S + 1));
    assert_true(update(&entity, UINT64_C(15000000000), S + 2));
    assert_int_equal(entity.misses.parts[entity.misses.part_index % XHM_WINDOW_PARTS], UINT32_MAX);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(first_value_is_a_base),
        cmocka_unit_test(limit_is_allowed_and_one_more_is_not),
        cmocka_unit_test(misses_within_the_window_always_count_together),
        cmocka_unit_test(misses_further_apart_than_window_and_part_never_count_together),
        cmocka_unit_test(exceeded_ends_with_the_window),
        cmocka_unit_test(counter_that_goes_back_counts_nothing),
        cmocka_unit_test(a_part_saturates),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
