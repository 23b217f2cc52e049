// SPDX-License-Identifier: Apache-2.0
/* Injections: what each of them does, and that all of it is taken back. */
#include "agent_tasks_harness.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#if XHM_INJECTION

/* Begins @p kind as task 1. */
static void inject(Xhm__V1__InjectionKind kind, const char *partition) {
    injection = kind;
    give_task(1, TASK(INJECT), partition, 5000);
    wait_for_reports(1);
}

static void clear(const char *partition) {
    give_task(2, TASK(CLEAR_INJECTION), partition, 5000);
    wait_for_reports(2);
    assert_true(ecu.report_done);
}

static void injects_and_undoes_in_the_instance(void **state) {
    (void)state;
    add_domain(brake_uuid, 5, 0);
    give_task(1, TASK(INJECT), "brake", 5000);
    wait_for_reports(1);
    assert_true(ecu.report_done);
    assert_string_equal(ecu.commands[0], "write 5 data/xhm/inject hang 1");
    give_task(2, TASK(CLEAR_INJECTION), "brake", 5000);
    wait_for_reports(2);
    assert_true(ecu.report_done);
    assert_string_equal(ecu.commands[1], "write 5 data/xhm/inject none");
    give_task(3, TASK(CLEAR_INJECTION), "brake", 5000);
    wait_for_reports(3);
    assert_true(ecu.report_done);
    assert_int_equal(ecu.command_count, 2);
}

static void tells_the_guest_each_order(void **state) {
    static const struct {
        Xhm__V1__InjectionKind kind;
        const char *order;
    } rows[] = {
        {KIND(HANG), "hang 1"},           {KIND(SLOW), "slow 1"},       {KIND(EARLY), "early 1"},
        {KIND(WRONG_ORDER), "order 1"},   {KIND(SPIN), "spin 1 2"},     {KIND(CORRUPT), "corrupt 1"},
        {KIND(FROZEN_CLOCK), "frozen 1"}, {KIND(LATENCY), "latency 1"}, {KIND(RING_OVERFLOW), "ring 1"},
        {KIND(TORN), "torn 1"},           {KIND(LOAD), "overload 1"},
    };

    (void)state;
    add_domain(brake_uuid, 5, 0);
    for (unsigned i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        char command[64];

        ecu.report_count = 0;
        ecu.command_count = 0;
        tasks_forget(&agent);
        inject(rows[i].kind, "brake");
        assert_true(ecu.report_done);
        snprintf(command, sizeof(command), "write 5 data/xhm/inject %s", rows[i].order);
        assert_string_equal(ecu.commands[0], command);
        clear("brake");
        assert_string_equal(ecu.commands[1], "write 5 data/xhm/inject none");
    }
}

static void pauses_and_stops_and_takes_it_back(void **state) {
    (void)state;
    add_domain(brake_uuid, 5, 0);
    inject(KIND(PAUSE), "brake");
    assert_int_equal(ecu.pauses, 1);
    clear("brake");
    assert_int_equal(ecu.pauses, 0);
    ecu.report_count = 0;
    tasks_forget(&agent);
    inject(KIND(VCPU_OFF), "brake");
    assert_int_equal(ecu.stopped_vcpus, 1);
    assert_int_equal(ecu.pauses, 0);
    clear("brake");
    assert_int_equal(ecu.stopped_vcpus, 0);
}

static void moves_and_moves_back(void **state) {
    (void)state;
    add_domain(brake_uuid, 5, 0);
    inject(KIND(PIN), "brake");
    assert_int_equal(ecu.affinity, 1 << 3);
    clear("brake");
    assert_int_equal(ecu.affinity, 2);
}

/* An instance that came after the injection is as declared: nothing of it is undone there. */
static void a_later_instance_is_left_alone(void **state) {
    (void)state;
    add_domain(brake_uuid, 5, 0);
    inject(KIND(PAUSE), "brake");
    ecu.domains[0].domain = 6;
    clear("brake");
    assert_int_equal(ecu.pauses, 1);
}

static void memory_and_crash_go_through_xl(void **state) {
    (void)state;
    add_domain(brake_uuid, 5, 0);
    ecu.domains[0].tot_pages = 2048;
    ecu.domains[0].max_pages = 2304;
    inject(KIND(MEMORY), "brake");
    assert_string_equal(ecu.commands[0], "xl mem-set 5 4096k");
    clear("brake");
    assert_string_equal(ecu.commands[1], "xl mem-set 5 8192k");
    ecu.report_count = 0;
    tasks_forget(&agent);
    ecu.domains[0].tot_pages = 512;
    inject(KIND(MEMORY), "brake");
    assert_string_equal(ecu.commands[2], "xl mem-max 5 4096k");
    clear("brake");
    assert_string_equal(ecu.commands[3], "xl mem-max 5 8192k");
    ecu.report_count = 0;
    tasks_forget(&agent);
    inject(KIND(CRASH), "brake");
    assert_string_equal(ecu.commands[4], "xl sysrq 5 c");
}

static void overloads_by_another_partition_that_runs(void **state) {
    (void)state;
    add_domain(brake_uuid, 5, 0);
    add_domain(other_uuid, 6, 0);
    snprintf(other, sizeof(other), "brake");
    inject(KIND(DEADLINE), "brake");
    assert_false(ecu.report_done);
    assert_non_null(strstr(ecu.report_message, "no such partition is running"));
    partitions_find(&agent.partitions, "brake")->running_domid = 6;
    ecu.report_count = 0;
    tasks_forget(&agent);
    inject(KIND(DEADLINE), "brake");
    assert_true(ecu.report_done);
    assert_int_equal(ecu.affinity, 1 << 3);
    assert_string_equal(ecu.commands[0], "write 6 data/xhm/inject overload 0");
    clear("brake");
    assert_int_equal(ecu.affinity, 2);
    assert_string_equal(ecu.commands[1], "write 6 data/xhm/inject none");
    other[0] = '\0';
}

static void stops_services_of_the_ecu(void **state) {
    (void)state;
    inject(KIND(OVERRUN), "");
    assert_true(ecu.report_done);
    assert_true(ecu.has_stopper);
    assert_int_equal(ecu.stopper.process, 77);
    assert_int_equal(ecu.stopper.duration_ms, 1500);
    assert_true(ecu.stopper.delay_ms > 0);
    clear("");
    assert_false(ecu.has_stopper);
    ecu.report_count = 0;
    tasks_forget(&agent);
    inject(KIND(AGENT_GONE), "");
    assert_int_equal(ecu.stopper.process, getpid());
    clear("");
    ecu.report_count = 0;
    tasks_forget(&agent);
    inject(KIND(VISIBILITY), "");
    assert_false(ecu.report_done);
    assert_non_null(strstr(ecu.report_message, "No such process"));
}

static void refuses_injections_into_the_wrong_place(void **state) {
    (void)state;
    add_domain(brake_uuid, 5, 0);
    inject(KIND(OVERRUN), "brake");
    assert_false(ecu.report_done);
    ecu.report_count = 0;
    tasks_forget(&agent);
    inject(KIND(HANG), "");
    assert_false(ecu.report_done);
    ecu.report_count = 0;
    tasks_forget(&agent);
    inject((Xhm__V1__InjectionKind)99, "brake");
    assert_false(ecu.report_done);
    assert_false(ecu.has_stopper);
    assert_int_equal(ecu.command_count, 0);
}

static void nothing_is_undone_without_a_live_instance(void **state) {
    (void)state;
    inject(KIND(PAUSE), "brake");
    assert_false(ecu.report_done);
    assert_non_null(strstr(ecu.report_message, "no live instance"));
    clear("brake");
    assert_int_equal(ecu.pauses, 0);
}

#else

static void is_refused_where_it_is_not_built_in(void **state) {
    (void)state;
    add_domain(brake_uuid, 5, 0);
    give_task(1, TASK(INJECT), "brake", 5000);
    wait_for_reports(1);
    assert_false(ecu.report_done);
    assert_non_null(strstr(ecu.report_message, "built without injection"));
    assert_int_equal(ecu.command_count, 0);
}

#endif

#define AGENT_TEST(test) cmocka_unit_test_setup_teardown(test, harness_open, harness_close)

int main(void) {
    const struct CMUnitTest tests[] = {
#if XHM_INJECTION
        AGENT_TEST(injects_and_undoes_in_the_instance),
        AGENT_TEST(tells_the_guest_each_order),
        AGENT_TEST(pauses_and_stops_and_takes_it_back),
        AGENT_TEST(moves_and_moves_back),
        AGENT_TEST(a_later_instance_is_left_alone),
        AGENT_TEST(memory_and_crash_go_through_xl),
        AGENT_TEST(overloads_by_another_partition_that_runs),
        AGENT_TEST(stops_services_of_the_ecu),
        AGENT_TEST(refuses_injections_into_the_wrong_place),
        AGENT_TEST(nothing_is_undone_without_a_live_instance),
#else
        AGENT_TEST(is_refused_where_it_is_not_built_in),
#endif
    };

    return cmocka_run_group_tests(tests, harness_open_group, harness_close_group);
}
