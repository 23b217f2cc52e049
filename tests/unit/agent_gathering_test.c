// SPDX-License-Identifier: Apache-2.0
/*
 * When the agent gathers facts, what it tells of them, and what becomes of a gathering that fails or is overtaken.
 * When a child ends and when the timer expires is up to the test. Covers: XHM-FACTS-2
 */
#include "agent_gathering_harness.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

static void an_order_is_begun_at_once_and_goes_on_in_its_period(void **state) {
    (void)state;
    order(2000);
    assert_int_equal(world.delay_ms, 0);
    expire();
    assert_int_equal(world.work.timeout_ms, AGENT_GATHERING_TIMEOUT_MS);
    assert_int_equal(gather(300, ""), EXIT_SUCCESS);
    assert_int_equal(world.told, 1);
    assert_int_equal(world.delay_ms, 1700);
    expire();
    assert_int_equal(gather(100, ""), EXIT_SUCCESS);
    assert_int_equal(world.told, 2);
    assert_int_equal(world.delay_ms, 1900);
    assert_int_equal(world.problems, 0);
}

static void what_is_told_has_order_number_and_age(void **state) {
    (void)state;
    order(2000);
    expire();
    gather(300, "");
    assert_int_equal(world.order, ORDER);
    assert_int_equal(world.age_ms, 300);

    const uint64_t first = world.number;

    expire();
    gather(20, "");
    assert_int_equal(world.number, first + 1);
    assert_int_equal(world.age_ms, 20);
}

static void what_is_told_is_what_the_host_shows(void **state) {
    (void)state;
    ecu.domain_count = 2;
    ecu.domains[1].domain = 5;
    order(2000);
    expire();
    gather(0, "");
    assert_int_equal(world.facts.host.free_memory_kib, 4000);
    assert_int_equal(world.facts.domain_count, 2);
    assert_int_equal(world.facts.domain[1].domid, 5);
    assert_int_equal(world.facts.cpupools.count, 1);
}

/* This very process is a service that runs; further names than there is room for are not looked for. */
static void ordered_services_are_looked_for(void **state) {
    const char *names[2 * XHM_MAX_SERVICES];

    (void)state;
    for (size_t i = 0; i < 2 * XHM_MAX_SERVICES; i++) {
        names[i] = i == 1 ? program_invocation_short_name : "no-such-service";
    }
    order_services(2000, 2 * XHM_MAX_SERVICES, names);
    expire();
    gather(0, "");
    assert_int_equal(world.facts.services.count, XHM_MAX_SERVICES);
    assert_false(world.facts.services.running[0]);
    assert_true(world.facts.services.running[1]);
}

static void one_that_takes_longer_than_its_period_is_followed_at_once(void **state) {
    (void)state;
    order(200);
    expire();
    gather(900, "");
    assert_int_equal(world.delay_ms, 0);
    assert_int_equal(world.told, 1);
    assert_int_equal(world.age_ms, 900);
}

static void nobody_can_order_more_often_than_the_least_period(void **state) {
    (void)state;
    order(1);
    expire();
    gather(0, "");
    assert_int_equal(world.delay_ms, 50);
}

static void period_0_stops(void **state) {
    (void)state;
    order(2000);
    order(0);
    assert_null(world.due);
    assert_int_equal(world.timers, 1);
}

static void stopping_abandons_what_is_under_way(void **state) {
    (void)state;
    order(2000);
    expire();
    gathering_stop();
    assert_int_equal(world.abandoned, 1);
    assert_null(world.due);
    gathering_stop();
    assert_int_equal(world.abandoned, 1);
}

static bool is_mapped(void *memory) {
    return msync(memory, 1, MS_ASYNC) == 0;
}

/* It may still write for a moment, but not where the facts of the next order will stand. */
static void an_abandoned_child_loses_what_it_shares_with_the_agent(void **state) {
    void *former;

    (void)state;
    order(2000);
    expire();
    former = world.work.function_context;
    assert_true(is_mapped(former));
    gathering_stop();
    assert_false(is_mapped(former));
    order(500);
    expire();
    assert_int_equal(gather(0, ""), EXIT_SUCCESS);
    assert_int_equal(world.told, 1);
    assert_int_equal(world.delay_ms, 500);
}

static void a_new_order_overtakes_the_gathering_under_way(void **state) {
    (void)state;
    order(2000);
    expire();
    order(500);
    assert_int_equal(world.abandoned, 1);
    assert_int_equal(world.told, 0);
    assert_int_equal(world.delay_ms, 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(an_order_is_begun_at_once_and_goes_on_in_its_period, gathering_open),
        cmocka_unit_test_setup(what_is_told_has_order_number_and_age, gathering_open),
        cmocka_unit_test_setup(what_is_told_is_what_the_host_shows, gathering_open),
        cmocka_unit_test_setup(ordered_services_are_looked_for, gathering_open),
        cmocka_unit_test_setup(one_that_takes_longer_than_its_period_is_followed_at_once, gathering_open),
        cmocka_unit_test_setup(nobody_can_order_more_often_than_the_least_period, gathering_open),
        cmocka_unit_test_setup(period_0_stops, gathering_open),
        cmocka_unit_test_setup(stopping_abandons_what_is_under_way, gathering_open),
        cmocka_unit_test_setup(an_abandoned_child_loses_what_it_shares_with_the_agent, gathering_open),
        cmocka_unit_test_setup(a_new_order_overtakes_the_gathering_under_way, gathering_open),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
