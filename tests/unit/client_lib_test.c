// SPDX-License-Identifier: Apache-2.0
/* Connections and requests of libxhm-client: bounds, times, and peers that do not keep to the protocol. */
#include "client_conversation.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static void greets(void **state) {
    (void)state;
    assert_null(xhm_client_greeting(client));
    greet(7);
    assert_int_equal(seen.connected, 1);
    assert_string_equal(xhm_client_greeting(client)->ecu_id, "played");
    assert_string_equal(xhm_client_error(client), "");
    hears_nothing();
}

static void requests_and_replies(void **state) {
    (void)state;
    assert_int_equal(xhm_client_request(client, restart_request(), 0, on_reply, NULL), XHM_CLIENT_NOT_CONNECTED);
    greet(0);
    assert_int_equal(xhm_client_request(client, restart_request(), 0, on_reply, NULL), 0);
    assert_int_equal(xhm_client_request(client, restart_request(), 0, on_reply, NULL), 0);
    uint64_t first = hear_id(XHM__V1__CLIENT_MESSAGE__BODY_RESTART);
    uint64_t second = hear_id(XHM__V1__CLIENT_MESSAGE__BODY_RESTART);
    assert_true(first != second);
    say_refused(second, XHM__V1__REFUSAL_REASON__REFUSAL_BUSY);
    say_accepted(12345);
    say_accepted(first);
    run_client();
    assert_int_equal(seen.reply_count, 2);
    assert_int_equal(seen.bodies[0], XHM__V1__SERVER_MESSAGE__BODY_REFUSED);
    assert_int_equal(seen.bodies[1], XHM__V1__SERVER_MESSAGE__BODY_ACCEPTED);
}

static void bounds_waiting_requests(void **state) {
    (void)state;
    greet(0);
    for (unsigned i = 0; i < XHM_CLIENT_MAX_REQUESTS; i++) {
        assert_int_equal(xhm_client_request(client, restart_request(), 0, on_reply, NULL), 0);
    }
    assert_int_equal(xhm_client_request(client, restart_request(), 0, on_reply, NULL), XHM_CLIENT_BUSY);
    close(supervisor.descriptor);
    supervisor.descriptor = -1;
    RUN_UNTIL(seen.disconnected == 1);
    assert_int_equal(seen.reply_count, XHM_CLIENT_MAX_REQUESTS);
    assert_int_equal(seen.results[0], XHM_CLIENT_NOT_CONNECTED);
}

static void ends_requests_in_time(void **state) {
    (void)state;
    greet(0);
    assert_int_equal(xhm_client_request(client, restart_request(), 1, on_reply, NULL), 0);
    uint64_t id = hear_id(XHM__V1__CLIENT_MESSAGE__BODY_RESTART);
    RUN_UNTIL(seen.reply_count == 1);
    assert_int_equal(seen.results[0], XHM_CLIENT_TIMED_OUT);
    say_accepted(id);
    run_client();
    assert_int_equal(seen.reply_count, 1);
    assert_true(xhm_client_is_connected(client));
}

static void leaves_one_that_does_not_greet(void **state) {
    (void)state;
    RUN_UNTIL(supervisor.descriptor >= 0);
    RUN_UNTIL(seen.disconnected == 1);
    assert_non_null(strstr(seen.reason, "does not answer the greeting"));
}

static void is_told_of_rejection(void **state) {
    (void)state;
    RUN_UNTIL(supervisor.descriptor >= 0);
    say_refused(hear_id(XHM__V1__CLIENT_MESSAGE__BODY_HELLO), XHM__V1__REFUSAL_REASON__REFUSAL_VERSION);
    RUN_UNTIL(seen.disconnected == 1);
    assert_true(xhm_client_is_rejected(client));
    assert_non_null(strstr(xhm_client_error(client), "because of the test"));
}

static void tries_again_with_backoff(void **state) {
    (void)state;
    supervisor.refuse = ECONNREFUSED;
    RUN_UNTIL(seen.disconnected == 3);
    assert_non_null(strstr(seen.reason, "Connection refused"));
    assert_int_equal(seen.connected, 0);
    supervisor.refuse = 0;
    greet(0);
    assert_int_equal(seen.connected, 1);
}

static void leaves_peers_that_talk_nonsense(void **state) {
    (void)state;
    static const struct {
        const char *bytes;
        size_t size;
    } nonsense[] = {
        {"\xff\xff\xff\xff\xff\xff", 6}, /* no length */
        {"\xff\xff\xff\x7f", 4},         /* a length above any message */
        {"\x03\xff\xff\xff", 4},         /* a frame of something else */
        {"\x02\x08\x05", 3},             /* an answer without body, instead of a greeting */
    };
    for (size_t i = 0; i < sizeof(nonsense) / sizeof(nonsense[0]); i++) {
        unsigned before = seen.disconnected;
        RUN_UNTIL(supervisor.connections == i + 1);
        hear_id(XHM__V1__CLIENT_MESSAGE__BODY_HELLO);
        assert_int_equal(send(supervisor.descriptor, nonsense[i].bytes, nonsense[i].size, 0), nonsense[i].size);
        RUN_UNTIL(seen.disconnected == before + 1);
    }
    RUN_UNTIL(supervisor.connections == 5);
    greet(0);
}

static void assembles_messages_from_single_bytes(void **state) {
    (void)state;
    Xhm__V1__Event event = XHM__V1__EVENT__INIT;
    Xhm__V1__ServerMessage message = XHM__V1__SERVER_MESSAGE__INIT;
    uint8_t bytes[256];
    event.sequence = 300;
    message.body_case = XHM__V1__SERVER_MESSAGE__BODY_EVENT;
    message.event = &event;
    size_t size = pack(&message, bytes);
    greet(299);
    for (size_t i = 0; i < size; i++) {
        assert_int_equal(seen.event_count, 0);
        assert_int_equal(send(supervisor.descriptor, &bytes[i], 1, 0), 1);
        run_client();
    }
    assert_int_equal(seen.event_count, 1);
    assert_int_equal(seen.events[0], 300);
}

/* A supervisor that does not read: what waits is bounded, and nothing blocks. */
static void is_busy_when_nobody_reads(void **state) {
    (void)state;
    Xhm__V1__PolicyApplyRequest apply = XHM__V1__POLICY_APPLY_REQUEST__INIT;
    Xhm__V1__ClientMessage request = XHM__V1__CLIENT_MESSAGE__INIT;
    apply.compiled.len = 256u * 1024u;
    apply.compiled.data = calloc(1, apply.compiled.len);
    assert_non_null(apply.compiled.data);
    request.body_case = XHM__V1__CLIENT_MESSAGE__BODY_POLICY_APPLY;
    request.policy_apply = &apply;
    greet(0);
    int result = 0;
    for (unsigned i = 0; i < 20 && result == 0; i++) {
        result = xhm_client_request(client, &request, 0, on_reply, NULL);
        assert_int_equal(xhm_client_process(client), 0);
    }
    assert_int_equal(result, XHM_CLIENT_BUSY);
    free(apply.compiled.data);
}

static void request_again(void *context, int result, const Xhm__V1__ServerMessage *reply) {
    on_reply(context, result, reply);
    assert_int_equal(xhm_client_request(client, restart_request(), 0, on_reply, NULL), 0);
}

static void takes_requests_in_callbacks(void **state) {
    (void)state;
    greet(0);
    assert_int_equal(xhm_client_request(client, restart_request(), 0, request_again, NULL), 0);
    say_accepted(hear_id(XHM__V1__CLIENT_MESSAGE__BODY_RESTART));
    say_accepted(hear_id(XHM__V1__CLIENT_MESSAGE__BODY_RESTART));
    run_client();
    assert_int_equal(seen.reply_count, 2);
}

int main(void) {
#define TEST(name) cmocka_unit_test_setup_teardown(name, conversation_open, conversation_close)
    const struct CMUnitTest tests[] = {
        TEST(greets),
        TEST(requests_and_replies),
        TEST(bounds_waiting_requests),
        TEST(ends_requests_in_time),
        TEST(leaves_one_that_does_not_greet),
        TEST(is_told_of_rejection),
        TEST(tries_again_with_backoff),
        TEST(leaves_peers_that_talk_nonsense),
        TEST(assembles_messages_from_single_bytes),
        TEST(is_busy_when_nobody_reads),
        TEST(takes_requests_in_callbacks),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
