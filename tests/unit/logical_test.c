// SPDX-License-Identifier: Apache-2.0
/* Covers: XHM-LOGICAL-1 */
#include "logical.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

/* 1 or 2 begin; 1 branches to 3 or 4; 4 loops on itself and back to 1; 5 ends, and may go on to 6. */
static const struct xhm_logical_policy graph = {
    .initial_count = 2,
    .initial = {1, 2},
    .final_count = 1,
    .finals = {5},
    .transition_count = 8,
    .transitions = {{1, 3}, {1, 4}, {4, 4}, {4, 1}, {3, 5}, {2, 5}, {5, 6}, {6, 5}},
};

/* Takes checkpoints up to a 0; returns the first that is a violation, 0 for none. */
static uint32_t first_violation(const uint32_t *checkpoints, bool from_the_beginning) {
    struct xhm_logical_state state = {.synced = from_the_beginning};

    for (; *checkpoints != 0; checkpoints++) {
        if (!logical_checkpoint(&graph, &state, *checkpoints)) {
            return *checkpoints;
        }
    }
    return 0;
}

#define FROM_THE_BEGINNING(...) first_violation((const uint32_t[]){__VA_ARGS__, 0}, true)
#define FROM_ANYWHERE(...)      first_violation((const uint32_t[]){__VA_ARGS__, 0}, false)

static void every_declared_way_is_allowed(void **state) {
    assert_int_equal(FROM_THE_BEGINNING(1, 3, 5), 0);
    assert_int_equal(FROM_THE_BEGINNING(2, 5), 0);
    assert_int_equal(FROM_THE_BEGINNING(1, 4, 4, 4, 1, 3, 5), 0);
    assert_int_equal(FROM_THE_BEGINNING(2, 5, 6, 5, 6, 5), 0);
}

static void after_a_final_one_the_graph_begins_again(void **state) {
    assert_int_equal(FROM_THE_BEGINNING(1, 3, 5, 2, 5, 1, 3, 5), 0);
    assert_int_equal(FROM_THE_BEGINNING(1, 3, 5, 3), 3);
    assert_int_equal(FROM_THE_BEGINNING(1, 4, 2), 2);
}

static void the_first_one_is_initial(void **state) {
    assert_int_equal(FROM_THE_BEGINNING(3), 3);
    assert_int_equal(FROM_THE_BEGINNING(5), 5);
}

static void what_is_not_declared_is_a_violation(void **state) {
    assert_int_equal(FROM_THE_BEGINNING(1, 5), 5);
    assert_int_equal(FROM_THE_BEGINNING(1, 1), 1);
    assert_int_equal(FROM_THE_BEGINNING(2, 3), 3);
    assert_int_equal(FROM_THE_BEGINNING(1, 3, 4), 4);
}

static void an_unknown_checkpoint_is_a_violation_wherever_it_comes(void **state) {
    assert_int_equal(FROM_THE_BEGINNING(7), 7);
    assert_int_equal(FROM_THE_BEGINNING(1, 7), 7);
    assert_int_equal(FROM_ANYWHERE(7), 7);
}

static void an_unknown_position_is_told_by_the_next_checkpoint(void **state) {
    assert_int_equal(FROM_ANYWHERE(3, 5, 1), 0);
    assert_int_equal(FROM_ANYWHERE(6, 5), 0);
    assert_int_equal(FROM_ANYWHERE(3, 4), 4);
}

/* One mistake is one violation: the entity goes on from where it says it is. */
static void after_a_violation_the_graph_is_followed_on(void **state) {
    struct xhm_logical_state logical = {.synced = true};

    assert_true(logical_checkpoint(&graph, &logical, 1));
    assert_false(logical_checkpoint(&graph, &logical, 5));
    assert_true(logical_checkpoint(&graph, &logical, 6));
    assert_false(logical_checkpoint(&graph, &logical, 9));
    assert_false(logical.synced);
    assert_true(logical_checkpoint(&graph, &logical, 4));
}

static void a_graph_may_have_nothing_but_one_checkpoint(void **state) {
    static const struct xhm_logical_policy single = {
        .initial_count = 1, .initial = {1}, .final_count = 1, .finals = {1}};
    struct xhm_logical_state logical = {.synced = true};

    assert_true(logical_checkpoint(&single, &logical, 1));
    assert_true(logical_checkpoint(&single, &logical, 1));
    assert_false(logical_checkpoint(&single, &logical, 2));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_declared_way_is_allowed),
        cmocka_unit_test(after_a_final_one_the_graph_begins_again),
        cmocka_unit_test(the_first_one_is_initial),
        cmocka_unit_test(what_is_not_declared_is_a_violation),
        cmocka_unit_test(an_unknown_checkpoint_is_a_violation_wherever_it_comes),
        cmocka_unit_test(an_unknown_position_is_told_by_the_next_checkpoint),
        cmocka_unit_test(after_a_violation_the_graph_is_followed_on),
        cmocka_unit_test(a_graph_may_have_nothing_but_one_checkpoint),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
