// SPDX-License-Identifier: Apache-2.0
/* Gatherings of facts that fail: said once a spell, and nothing is told that was not gathered. */
#include "agent_gathering_harness.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static void a_child_that_does_not_end_is_told_once_and_nothing_comes_of_it(void **state) {
    const struct child_end end = {.is_timed_out = true, .status = 137, .output = "half a sent"};

    (void)state;
    order(2000);
    for (int i = 0; i < 3; i++) {
        expire();
        world.now_ms += AGENT_GATHERING_TIMEOUT_MS;
        end_child(&end);
        assert_int_equal(world.delay_ms, 0);
    }
    assert_int_equal(world.told, 0);
    assert_int_equal(world.problems, 1);
    assert_non_null(strstr(world.problem, "xenstore may not answer"));
}

static void trouble_is_told_once_a_spell(void **state) {
    (void)state;
    order(2000);
    for (int i = 0; i < 2; i++) {
        expire();
        gather(0, "reading the cpupools: Permission denied");
    }
    assert_int_equal(world.problems, 1);
    assert_non_null(strstr(world.problem, "reading the cpupools"));
    assert_int_equal(world.told, 2);
    expire();
    gather(0, "");
    expire();
    gather(0, "reading the cpupools: Permission denied");
    assert_int_equal(world.problems, 2);
}

static void without_xen_nothing_is_told(void **state) {
    (void)state;
    world.no_xen = true;
    order(2000);
    expire();
    assert_int_equal(gather(0, "cannot open it"), EXIT_FAILURE);
    assert_int_equal(world.told, 0);
    assert_int_equal(world.problems, 1);
    assert_int_equal(world.delay_ms, 2000);
}

static void without_xenstore_nothing_is_told(void **state) {
    (void)state;
    world.no_store = true;
    order(2000);
    expire();
    assert_int_equal(gather(0, "cannot open it"), EXIT_FAILURE);
    assert_int_equal(world.told, 0);
}

static void facts_that_xhmd_does_not_get_are_trouble(void **state) {
    (void)state;
    world.client_answer = -1;
    order(2000);
    expire();
    gather(0, "");
    assert_int_equal(world.told, 1);
    assert_int_equal(world.problems, 1);
    assert_non_null(strstr(world.problem, "the client does not take it"));
}

static void what_the_child_left_unreadable_is_not_told(void **state) {
    const struct child_end end = {.is_success = true, .output = ""};

    (void)state;
    order(2000);
    expire();
    /* A size, and bytes of no message: what a child with a bug would leave. */
    *(size_t *)world.work.function_context = 3;
    memset((uint8_t *)world.work.function_context + sizeof(size_t), 0xff, 3);
    end_child(&end);
    assert_int_equal(world.told, 0);
    assert_int_equal(world.problems, 1);
    assert_non_null(strstr(world.problem, "cannot be read"));
}

static void a_child_that_cannot_be_started_is_tried_again_after_a_period(void **state) {
    (void)state;
    world.fork_failure = EAGAIN;
    order(2000);
    expire();
    assert_int_equal(world.problems, 1);
    assert_non_null(strstr(world.problem, strerror(EAGAIN)));
    assert_int_equal(world.delay_ms, 2000);
    world.fork_failure = 0;
    expire();
    gather(0, "");
    assert_int_equal(world.told, 1);
}

static void a_timer_that_cannot_be_started_ends_the_agent(void **state) {
    (void)state;
    world.timer_failure = ENOMEM;
    order(2000);
    assert_int_equal(world.problems, 1);
    assert_non_null(strstr(world.problem, "cannot start a timer"));
    assert_true(world.has_ended);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(a_child_that_does_not_end_is_told_once_and_nothing_comes_of_it, gathering_open),
        cmocka_unit_test_setup(trouble_is_told_once_a_spell, gathering_open),
        cmocka_unit_test_setup(without_xen_nothing_is_told, gathering_open),
        cmocka_unit_test_setup(without_xenstore_nothing_is_told, gathering_open),
        cmocka_unit_test_setup(facts_that_xhmd_does_not_get_are_trouble, gathering_open),
        cmocka_unit_test_setup(what_the_child_left_unreadable_is_not_told, gathering_open),
        cmocka_unit_test_setup(a_child_that_cannot_be_started_is_tried_again_after_a_period, gathering_open),
        cmocka_unit_test_setup(a_timer_that_cannot_be_started_ends_the_agent, gathering_open),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
