// SPDX-License-Identifier: Apache-2.0
/* Recreating partitions: sequence, identity, idempotence, time-outs, limits. */
#include "agent_tasks_harness.h"

#include <stdio.h>
#include <string.h>

static void replaces_a_running_instance(void **state) {
    char create[128];

    (void)state;
    add_domain(brake_uuid, 5, 0);
    add_domain(other_uuid, 6, 0);
    give_recreation(1, "brake", 5000);
    wait_for_reports(1);
    assert_true(ecu.report_done);
    assert_int_equal(ecu.report_id, 1);
    assert_int_equal(ecu.report_domid, 7);
    snprintf(create, sizeof(create), "xl create -e -q %s/brake.cfg", folder);
    assert_int_equal(ecu.command_count, 3);
    assert_string_equal(ecu.commands[0], "xl destroy 5");
    assert_string_equal(ecu.commands[1], create);
    assert_string_equal(ecu.commands[2], "write 7 data/xhm/supervisor 0 1");
}

static void a_dying_instance_is_no_obstacle(void **state) {
    (void)state;
    add_domain(brake_uuid, 5, XEN_DOMINF_dying);
    give_recreation(1, "brake", 5000);
    wait_for_reports(1);
    assert_true(ecu.report_done);
    assert_int_equal(ecu.command_count, 2);
}

static void removes_every_live_instance(void **state) {
    (void)state;
    add_domain(brake_uuid, 4, 0);
    add_domain(brake_uuid, 5, XEN_DOMINF_shutdown);
    give_recreation(1, "brake", 5000);
    wait_for_reports(1);
    assert_true(ecu.report_done);
    assert_string_equal(ecu.commands[0], "xl destroy 4");
    assert_string_equal(ecu.commands[1], "xl destroy 5");
}

static void answers_again_without_doing_again(void **state) {
    (void)state;
    give_recreation(9, "brake", 5000);
    give_recreation(9, "brake", 5000);
    wait_for_reports(1);

    const unsigned commands = ecu.command_count;

    give_recreation(9, "brake", 5000);
    wait_for_reports(2);
    assert_true(ecu.report_done);
    assert_int_equal(ecu.report_domid, 7);
    assert_int_equal(ecu.command_count, commands);

    tasks_forget(&agent);
    give_recreation(9, "brake", 5000);
    wait_for_reports(3);
    assert_int_equal(ecu.report_domid, 8);
}

static void fails_when_the_old_instance_stays(void **state) {
    (void)state;
    ecu.destroys = false;
    add_domain(brake_uuid, 5, 0);
    give_recreation(1, "brake", 200);
    wait_for_reports(1);
    assert_false(ecu.report_done);
    assert_string_equal(ecu.report_message, "xl destroy 5: no effect within the time allowed");
    assert_int_equal(ecu.command_count, 1);
}

static void fails_with_the_last_line_of_xl(void **state) {
    (void)state;
    ecu.create_status = 1;
    give_recreation(1, "brake", 5000);
    wait_for_reports(1);
    assert_false(ecu.report_done);
    assert_non_null(strstr(ecu.report_message, "failed with status 1: libxl: error: no memory"));
}

static void fails_when_xl_hangs(void **state) {
    (void)state;
    ecu.hangs = true;
    give_recreation(1, "brake", 150);
    wait_for_reports(1);
    assert_false(ecu.report_done);
    assert_non_null(strstr(ecu.report_message, "xl create"));
    assert_non_null(strstr(ecu.report_message, "was killed"));
}

static void fails_when_the_file_declares_another_uuid(void **state) {
    (void)state;
    ecu.created_uuid = other_uuid;
    give_recreation(1, "brake", 5000);
    wait_for_reports(1);
    assert_false(ecu.report_done);
    assert_non_null(strstr(ecu.report_message, "no domain has its UUID"));
}

static void a_newer_task_takes_over(void **state) {
    (void)state;
    ecu.hangs = true;
    give_recreation(1, "brake", 60000);
    ecu.hangs = false;
    give_recreation(2, "brake", 5000);
    assert_int_equal(ecu.report_id, 1);
    assert_false(ecu.report_done);
    wait_for_reports(2);
    assert_int_equal(ecu.report_id, 2);
    assert_true(ecu.report_done);
}

static void refuses_too_many_creations_before_destroying(void **state) {
    (void)state;
    give_recreation(1, "brake", 5000);
    wait_for_reports(1);
    for (uint32_t i = 0; i < AGENT_CREATIONS_PER_WINDOW; i++) {
        partitions_count_creation(partitions_find(&agent.partitions, "brake"), agent_now_ms(&agent));
    }

    const unsigned commands = ecu.command_count;

    give_recreation(2, "brake", 5000);
    wait_for_reports(2);
    assert_false(ecu.report_done);
    assert_non_null(strstr(ecu.report_message, "already"));
    assert_int_equal(ecu.command_count, commands);
}

static void refuses_what_is_not_declared(void **state) {
    static const char *const names[] = {"fusion", "../../etc/brake", "", "-e"};

    (void)state;
    for (unsigned i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        give_recreation(i + 1, names[i], 5000);
        wait_for_reports(i + 1);
        assert_false(ecu.report_done);
    }
    assert_int_equal(ecu.command_count, 0);
}

static void a_recreation_is_not_disturbed_by_injections(void **state) {
    (void)state;
    ecu.hangs = true;
    give_recreation(1, "brake", 60000);
    give_task(2, TASK(INJECT), "brake", 5000);
    wait_for_reports(1);
    assert_int_equal(ecu.report_id, 2);
    assert_false(ecu.report_done);
    give_task(3, TASK(CLEAR_INJECTION), "brake", 5000);
    wait_for_reports(2);
    assert_int_equal(ecu.report_id, 3);
    assert_int_equal(ecu.command_count, 1);
}

#define AGENT_TEST(test) cmocka_unit_test_setup_teardown(test, harness_open, harness_close)

int main(void) {
    const struct CMUnitTest tests[] = {
        AGENT_TEST(replaces_a_running_instance),
        AGENT_TEST(a_dying_instance_is_no_obstacle),
        AGENT_TEST(removes_every_live_instance),
        AGENT_TEST(answers_again_without_doing_again),
        AGENT_TEST(fails_when_the_old_instance_stays),
        AGENT_TEST(fails_with_the_last_line_of_xl),
        AGENT_TEST(fails_when_xl_hangs),
        AGENT_TEST(fails_when_the_file_declares_another_uuid),
        AGENT_TEST(a_newer_task_takes_over),
        AGENT_TEST(refuses_too_many_creations_before_destroying),
        AGENT_TEST(refuses_what_is_not_declared),
        AGENT_TEST(a_recreation_is_not_disturbed_by_injections),
    };

    return cmocka_run_group_tests(tests, harness_open_group, harness_close_group);
}
