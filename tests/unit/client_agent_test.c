// SPDX-License-Identifier: Apache-2.0
/* libxhm-client as the agent uses it: tasks, reports that wait for a connection, heartbeats. */
#include "client_conversation.h"

static void serves_an_agent(void **state) {
    (void)state;
    Xhm__V1__AgentTask task = XHM__V1__AGENT_TASK__INIT;
    Xhm__V1__ServerMessage message = XHM__V1__SERVER_MESSAGE__INIT;
    Xhm__V1__AgentHeartbeat heartbeat = XHM__V1__AGENT_HEARTBEAT__INIT;
    Xhm__V1__AgentReport report = XHM__V1__AGENT_REPORT__INIT;
    assert_int_equal(xhm_client_agent_heartbeat(client, &heartbeat), XHM_CLIENT_NOT_CONNECTED);
    report.task_id = 8;
    assert_int_equal(xhm_client_agent_report(client, &report), 0);
    greet(0);
    Xhm__V1__ClientMessage *heard = hear(XHM__V1__CLIENT_MESSAGE__BODY_AGENT_REPORT);
    assert_int_equal(heard->agent_report->task_id, 8);
    xhm__v1__client_message__free_unpacked(heard, NULL);

    task.task_id = 9;
    task.partition = (char *)"brake";
    message.body_case = XHM__V1__SERVER_MESSAGE__BODY_AGENT_TASK;
    message.agent_task = &task;
    say(&message);
    run_client();
    assert_int_equal(seen.task_count, 1);
    assert_int_equal(seen.tasks[0], 9);

    report.task_id = 9;
    report.message = (char *)"recreated";
    assert_int_equal(xhm_client_agent_report(client, &report), 0);
    heard = hear(XHM__V1__CLIENT_MESSAGE__BODY_AGENT_REPORT);
    assert_string_equal(heard->agent_report->message, "recreated");
    xhm__v1__client_message__free_unpacked(heard, NULL);
    heartbeat.counter = 1;
    assert_int_equal(xhm_client_agent_heartbeat(client, &heartbeat), 0);
    hear_unanswered(XHM__V1__CLIENT_MESSAGE__BODY_AGENT_HEARTBEAT);
    say_refused(0, XHM__V1__REFUSAL_REASON__REFUSAL_NOT_PERMITTED);
    RUN_UNTIL(seen.disconnected == 1);
    assert_true(xhm_client_is_rejected(client));
}

static void bounds_kept_reports(void **state) {
    (void)state;
    Xhm__V1__AgentReport report = XHM__V1__AGENT_REPORT__INIT;
    for (unsigned i = 0; i < 32; i++) {
        assert_int_equal(xhm_client_agent_report(client, &report), 0);
    }
    assert_int_equal(xhm_client_agent_report(client, &report), XHM_CLIENT_BUSY);
    greet(0);
    for (unsigned i = 0; i < 32; i++) {
        hear_unanswered(XHM__V1__CLIENT_MESSAGE__BODY_AGENT_REPORT);
    }
    hears_nothing();
}

int main(void) {
#define TEST(name) cmocka_unit_test_setup_teardown(name, conversation_open, conversation_close)
    const struct CMUnitTest tests[] = {
        TEST(serves_an_agent),
        TEST(bounds_kept_reports),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
