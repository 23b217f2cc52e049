// SPDX-License-Identifier: Apache-2.0
/* Orders: what the core is asked for, what a peer is answered, and what waits for storage meanwhile. */
#include "control_harness.h"

#include <string.h>

static struct client client;
static struct client other;
static char brake[] = "brake";
static char nobody[] = "nobody";
static char limp_home[] = "limp-home";
static char standstill[] = "standstill";

static void last_order_was(enum xhm_order_kind kind, uint32_t count) {
    assert_int_equal(harness.order_count, count);
    assert_int_equal(harness.order.kind, kind);
}

static void orders_of_partitions_are_handed_on(void **state) {
    RESTART(restart);
    FAIL_OVER(fail_over);
    client_open(&client);
    restart_body.partition = brake;
    fail_over_body.partition = brake;
    harness.order.partition = XHM_NONE;
    assert_accepted(client_ask(&client, &restart));
    last_order_was(XHM_ORDER_RESTART, 1);
    assert_int_equal(harness.order.partition, SAMPLE_BRAKE);
    harness.order.partition = XHM_NONE;
    assert_accepted(client_ask(&client, &fail_over));
    last_order_was(XHM_ORDER_FAIL_OVER, 2);
    assert_int_equal(harness.order.partition, SAMPLE_BRAKE);
    restart_body.partition = nobody;
    fail_over_body.partition = nobody;
    assert_refused_with(client_ask(&client, &restart), REFUSED(NOT_FOUND), "restart of partition nobody");
    assert_refused_with(client_ask(&client, &fail_over), REFUSED(NOT_FOUND), "fail over of partition nobody");
    assert_int_equal(harness.order_count, 2);
    client_close(&client);
}

static void maintenance_has_a_duration_or_an_end(void **state) {
    MAINTENANCE(request);
    client_open(&client);
    request_body.partition = brake;
    request_body.duration_ms = 600000;
    assert_accepted(client_ask(&client, &request));
    last_order_was(XHM_ORDER_MAINTENANCE, 1);
    assert_int_equal(harness.order.duration_ns, 600 * SAMPLE_S);
    request_body.duration_ms = 86400000;
    assert_accepted(client_ask(&client, &request));
    request_body.duration_ms = 0;
    assert_accepted(client_ask(&client, &request));
    assert_int_equal(harness.order.duration_ns, 0);
    assert_int_equal(harness.order.partition, SAMPLE_BRAKE);
    last_order_was(XHM_ORDER_MAINTENANCE, 3);
    request_body.duration_ms = 86400001;
    assert_refused_with(client_ask(&client, &request), REFUSED(BAD_REQUEST), "24 hours");
    request_body.duration_ms = UINT64_MAX;
    assert_refused_with(client_ask(&client, &request), REFUSED(BAD_REQUEST), "24 hours");
    request_body.duration_ms = 1;
    request_body.partition = nobody;
    assert_refused_with(client_ask(&client, &request), REFUSED(NOT_FOUND), "maintenance of partition nobody");
    assert_int_equal(harness.order_count, 3);
    client_close(&client);
}

static void modes_and_operation_cycles_are_handed_on(void **state) {
    MODE(mode);
    OPERATION_CYCLE(cycle);
    client_open(&client);
    mode_body.mode = XHM__V1__ECU_MODE__MODE_SHUTDOWN;
    assert_accepted(client_ask(&client, &mode));
    last_order_was(XHM_ORDER_MODE, 1);
    assert_int_equal(harness.order.mode, XHM_MODE_SHUTDOWN);
    cycle_body.begin = true;
    assert_accepted(client_ask(&client, &cycle));
    last_order_was(XHM_ORDER_CYCLE_BEGIN, 2);
    cycle_body.begin = false;
    assert_accepted(client_ask(&client, &cycle));
    last_order_was(XHM_ORDER_CYCLE_END, 3);
    mode_body.mode = (Xhm__V1__EcuMode)77;
    harness.order_answer = XHM_ORDER_OUT_OF_RANGE;
    assert_refused_with(client_ask(&client, &mode), REFUSED(BAD_REQUEST), "startup, run, shutdown and update");
    client_close(&client);
}

/* Every answer has a sentence that says what was asked and why not. */
static void every_refusal_is_explained(void **state) {
    RESTART(restart);
    FAIL_OVER(fail_over);
    MODE(mode);
    MAINTENANCE(maintenance);
    SAFE_STATE(safe_state);
    SAFE_STATE_CLEAR(clear);
    SAFE_STATE_CLEAR(confirm);
    OPERATION_CYCLE(begin);
    OPERATION_CYCLE(end);
    const struct {
        Xhm__V1__ClientMessage *message;
        enum xhm_order_answer answer;
        Xhm__V1__RefusalReason reason;
        const char *subject;
        const char *why;
    } rows[] = {
        {&restart, XHM_ORDER_UNDER_WAY, REFUSED(BUSY), "restart of partition brake", "under way"},
        {&restart, XHM_ORDER_NOT_FOUND, REFUSED(NOT_FOUND), "restart of partition brake", "names no such partition"},
        {&restart, XHM_ORDER_IMPOSSIBLE, REFUSED(NOT_AVAILABLE), "restart of partition brake", "uuid"},
        {&restart, XHM_ORDER_LATCHED, REFUSED(NOT_AVAILABLE), "restart of partition brake", "behind its back"},
        {&restart, (enum xhm_order_answer)99, REFUSED(NOT_AVAILABLE), "restart of partition brake", "does not say"},
        {&restart, (enum xhm_order_answer)0, REFUSED(NOT_AVAILABLE), "restart of partition brake", "does not say"},
        {&fail_over, XHM_ORDER_UNDER_WAY, REFUSED(BUSY), "fail over of partition brake", "under way"},
        {&fail_over, XHM_ORDER_IMPOSSIBLE, REFUSED(NOT_AVAILABLE), "fail over of partition brake", "no standby"},
        {&fail_over, XHM_ORDER_NOT_READY, REFUSED(NOT_AVAILABLE), "fail over of partition brake", "not ready"},
        {&fail_over, XHM_ORDER_LATCHED, REFUSED(NOT_AVAILABLE), "fail over of partition brake", "behind its back"},
        {&mode, XHM_ORDER_OUT_OF_RANGE, REFUSED(BAD_REQUEST), "mode run", "the modes are"},
        {&mode, XHM_ORDER_LATCHED, REFUSED(NOT_AVAILABLE), "mode run", "latched"},
        {&mode, XHM_ORDER_NOTHING_TO_DO, REFUSED(NOT_AVAILABLE), "mode run", "in this mode already"},
        {&maintenance, XHM_ORDER_OUT_OF_RANGE, REFUSED(BAD_REQUEST), "maintenance of partition brake", "24 hours"},
        {&maintenance, XHM_ORDER_NOTHING_TO_DO, REFUSED(NOT_AVAILABLE), "maintenance of partition brake",
         "not in maintenance"},
        {&safe_state, XHM_ORDER_NOT_FOUND, REFUSED(NOT_FOUND), "safe state limp-home", "no such safe state"},
        {&safe_state, XHM_ORDER_LESS_SEVERE, REFUSED(NOT_AVAILABLE), "safe state limp-home", "as severe"},
        {&clear, XHM_ORDER_NOT_LATCHED, REFUSED(NOT_AVAILABLE), "safe state clear", "no safe state is latched"},
        {&confirm, XHM_ORDER_NOT_LATCHED, REFUSED(NOT_AVAILABLE), "safe state clear", "no safe state is latched"},
        {&confirm, XHM_ORDER_BAD_TOKEN, REFUSED(BAD_REQUEST), "safe state clear", "30 seconds"},
        {&begin, XHM_ORDER_NOTHING_TO_DO, REFUSED(NOT_AVAILABLE), "beginning an operation cycle", "open already"},
        {&end, XHM_ORDER_NOTHING_TO_DO, REFUSED(NOT_AVAILABLE), "ending the operation cycle", "none is open"},
    };

    restart_body.partition = fail_over_body.partition = maintenance_body.partition = brake;
    mode_body.mode = XHM__V1__ECU_MODE__MODE_RUN;
    safe_state_body.name = limp_home;
    confirm_body.token = 5;
    begin_body.begin = true;
    client_open(&client);
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        const Xhm__V1__ServerMessage *answer;

        harness.order_answer = rows[i].answer;
        answer = client_ask(&client, rows[i].message);
        assert_refused_with(answer, rows[i].reason, rows[i].subject);
        assert_refused_with(answer, rows[i].reason, rows[i].why);
    }
    assert_int_equal(harness.order_count, sizeof(rows) / sizeof(rows[0]));
    client_close(&client);
}

/* --- safe states ---------------------------------------------------------------------------------------------------
 */

static void ask_for_limp_home(struct client *peer) {
    SAFE_STATE(request);
    request_body.name = limp_home;
    client_send(peer, &request);
}

static void a_safe_state_is_in_force_at_once_and_acknowledged_when_stored(void **state) {
    client_open(&client);
    ask_for_limp_home(&client);
    assert_null(client_receive(&client));
    last_order_was(XHM_ORDER_SAFE_STATE, 1);
    assert_int_equal(harness.order.safe_state, 0);
    harness_observe(SAMPLE_S);
    assert_null(client_receive(&client));
    harness.state_stored = harness.state_generation;
    harness_observe(SAMPLE_S + 1);
    assert_accepted(client_receive(&client));
    harness_observe(SAMPLE_S + 2);
    assert_null(client_receive(&client));
    client_close(&client);
}

static void what_is_stored_already_is_acknowledged_at_once(void **state) {
    harness.state_stored = 1;
    client_open(&client);
    ask_for_limp_home(&client);
    assert_accepted(client_receive(&client));
    client_close(&client);
}

static void what_was_never_handed_to_storage_is_not_acknowledged(void **state) {
    harness.state_generation = UINT64_MAX; /* 0 after the order */
    harness.state_stored = 5;
    client_open(&client);
    ask_for_limp_home(&client);
    harness_observe(SAMPLE_S);
    assert_null(client_receive(&client));
    client_close(&client);
}

static void the_latch_is_acknowledged_without_a_clock_too(void **state) {
    client_open(&client);
    ask_for_limp_home(&client);
    harness_observe(0);
    assert_null(client_receive(&client));
    harness.state_stored = 1;
    harness_observe(0);
    assert_accepted(client_receive(&client));
    client_close(&client);
}

static void others_are_served_while_an_answer_waits(void **state) {
    SAFE_STATE(more_severe);
    STATUS(status);
    status.request_id = 3;
    more_severe.request_id = 4;
    more_severe_body.name = standstill;
    client_open(&client);
    client_open(&other);
    ask_for_limp_home(&client);
    assert_int_equal(client_ask(&other, &status)->body_case, XHM__V1__SERVER_MESSAGE__BODY_STATUS);
    assert_int_equal(client_ask(&client, &status)->body_case, XHM__V1__SERVER_MESSAGE__BODY_STATUS);
    /* Of the same peer, too, and a more severe one acts at once. */
    client_send(&client, &more_severe);
    harness_turn();
    last_order_was(XHM_ORDER_SAFE_STATE, 2);
    assert_int_equal(harness.order.safe_state, 1);
    harness.state_stored = 1;
    harness_observe(SAMPLE_S);
    assert_int_equal(client_receive(&client)->request_id, 77);
    assert_null(client_receive(&client));
    harness.state_stored = 2;
    harness_observe(2 * SAMPLE_S);
    assert_int_equal(client_receive(&client)->request_id, 4);
    client_close(&client);
    client_close(&other);
}

static void a_memory_that_cannot_be_written_is_admitted(void **state) {
    harness.degraded = true;
    client_open(&client);
    ask_for_limp_home(&client);
    last_order_was(XHM_ORDER_SAFE_STATE, 1);
    assert_refused_with(client_receive(&client), REFUSED(NOT_AVAILABLE),
                        "safe state: limp-home is in force, but a restart of the supervisor may lose it: "
                        "the fault memory cannot be written");
    /* Likewise when that is found while the answer waits. */
    harness.degraded = false;
    ask_for_limp_home(&client);
    assert_null(client_receive(&client));
    harness.degraded = true;
    harness_observe(SAMPLE_S);
    assert_refused_with(client_receive(&client), REFUSED(NOT_AVAILABLE), "is in force");
    client_close(&client);
}

static void storage_that_hangs_is_not_waited_for_any_longer(void **state) {
    client_open(&client);
    ask_for_limp_home(&client);
    harness_observe(SAMPLE_S);
    harness_observe(6 * SAMPLE_S);
    assert_null(client_receive(&client));
    harness_observe(6 * SAMPLE_S + 1);
    assert_refused_with(client_receive(&client), REFUSED(NOT_AVAILABLE), "storage does not answer in time");
    client_close(&client);
}

static void too_many_waiting_answers_are_not_forgotten(void **state) {
    client_open(&client);
    for (unsigned i = 0; i < 4; i++) {
        ask_for_limp_home(&client);
        assert_null(client_receive(&client));
    }
    ask_for_limp_home(&client);
    assert_int_equal(harness.order_count, 5);
    assert_refused_with(client_receive(&client), REFUSED(NOT_AVAILABLE), "too many");
    harness.state_stored = 5;
    harness_observe(SAMPLE_S);
    for (unsigned i = 0; i < 4; i++) {
        assert_accepted(client_receive(&client));
    }
    assert_null(client_receive(&client));
    client_close(&client);
}

static void who_left_is_not_answered(void **state) {
    STATUS(status);
    client_open(&client);
    ask_for_limp_home(&client);
    client_close(&client);
    harness.state_stored = 1;
    harness_observe(SAMPLE_S);
    client_open(&other);
    assert_int_equal(client_ask(&other, &status)->body_case, XHM__V1__SERVER_MESSAGE__BODY_STATUS);
    assert_null(client_receive(&other));
    client_close(&other);
}

static void an_answer_waits_behind_a_large_reply(void **state) {
    FAULTS(faults);
    faults.request_id = 5;
    harness.fault_count = 1000;
    client_open(&client);
    ask_for_limp_home(&client);
    for (int i = 0; i < 6; i++) {
        client_send(&client, &faults);
    }
    harness.state_stored = 1;
    harness_observe(SAMPLE_S);
    for (int i = 0; i < 6; i++) {
        assert_int_equal(client_receive(&client)->request_id, 5);
    }
    harness_observe(SAMPLE_S + 1);
    assert_accepted(client_receive(&client));
    client_close(&client);
}

static void a_safe_state_is_left_in_two_steps(void **state) {
    const Xhm__V1__ServerMessage *reply;
    uint64_t token;

    SAFE_STATE_CLEAR(request);
    client_open(&client);
    reply = client_ask(&client, &request);
    assert_int_equal(reply->body_case, XHM__V1__SERVER_MESSAGE__BODY_SAFE_STATE_CLEAR);
    token = reply->safe_state_clear->token;
    last_order_was(XHM_ORDER_SAFE_STATE_CLEAR, 1);
    assert_int_not_equal(token, 0);
    assert_int_equal(harness.order.token, token);
    /* Another time, another token. */
    reply = client_ask(&client, &request);
    assert_int_not_equal(reply->safe_state_clear->token, token);
    request_body.token = reply->safe_state_clear->token;
    client_send(&client, &request);
    assert_null(client_receive(&client));
    last_order_was(XHM_ORDER_SAFE_STATE_CONFIRM, 3);
    assert_int_equal(harness.order.token, request_body.token);
    harness.state_stored = harness.state_generation;
    harness_observe(SAMPLE_S);
    assert_accepted(client_receive(&client));
    harness.degraded = true;
    assert_refused_with(client_ask(&client, &request), REFUSED(NOT_AVAILABLE), "may enter it again");
    client_close(&client);
}

/* --- the fault memory ----------------------------------------------------------------------------------------------
 */

static void clearing_faults_is_recorded(void **state) {
    FAULTS_CLEAR(request);
    client_open(&client);
    assert_accepted(client_ask(&client, &request));
    request_body.partition = brake;
    request_body.fault = 0x0201;
    assert_accepted(client_ask(&client, &request));
    assert_int_equal(harness.record_count, 2);
    assert_int_equal(harness.records[0].kind, XHM_EVENT_FAULTS_CLEARED);
    assert_int_equal(harness.records[0].partition, XHM_NONE);
    assert_int_equal(harness.records[0].values[0], 0);
    assert_int_equal(harness.records[1].partition, SAMPLE_BRAKE);
    assert_int_equal(harness.records[1].values[0], 0x0201);
    request_body.fault = 0x7777;
    assert_refused_with(client_ask(&client, &request), REFUSED(NOT_FOUND), "no fault 0x7777");
    request_body.fault = 0;
    request_body.partition = nobody;
    assert_refused_with(client_ask(&client, &request), REFUSED(NOT_FOUND), "names no partition nobody");
    assert_int_equal(harness.record_count, 2);
    client_close(&client);
}

int main(void) {
    const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, harness_open, harness_close)
        TEST(orders_of_partitions_are_handed_on),
        TEST(maintenance_has_a_duration_or_an_end),
        TEST(modes_and_operation_cycles_are_handed_on),
        TEST(every_refusal_is_explained),
        TEST(a_safe_state_is_in_force_at_once_and_acknowledged_when_stored),
        TEST(what_is_stored_already_is_acknowledged_at_once),
        TEST(what_was_never_handed_to_storage_is_not_acknowledged),
        TEST(the_latch_is_acknowledged_without_a_clock_too),
        TEST(others_are_served_while_an_answer_waits),
        TEST(a_memory_that_cannot_be_written_is_admitted),
        TEST(storage_that_hangs_is_not_waited_for_any_longer),
        TEST(too_many_waiting_answers_are_not_forgotten),
        TEST(who_left_is_not_answered),
        TEST(an_answer_waits_behind_a_large_reply),
        TEST(a_safe_state_is_left_in_two_steps),
        TEST(clearing_faults_is_recorded),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
