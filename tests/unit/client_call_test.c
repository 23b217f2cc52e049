// SPDX-License-Identifier: Apache-2.0
/* The call of libxhm-client that waits for its reply. It needs a supervisor that runs by itself: a child process plays
 * it. */
#include "client_conversation.h"
#include "frame.h"

#include <errno.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

static void play_in_child(void (*play)(void)) {
    int pair[2];
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair), 0);
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        close(pair[0]);
        supervisor.descriptor = pair[1];
        play();
        _exit(0);
    }
    close(pair[1]);
    supervisor.refuse = 0;
    supervisor.descriptor = pair[0];
}

static int give_prepared(void *context) {
    struct supervisor *it = context;
    int descriptor = it->descriptor;
    it->descriptor = -1;
    return descriptor >= 0 ? descriptor : -ECONNREFUSED;
}

static uint64_t child_hears(void) {
    uint8_t bytes[4096];
    const uint8_t *message;
    size_t size;
    size_t consumed;
    size_t used = 0;
    while (frame_next(bytes, used, sizeof(bytes), &message, &size, &consumed) == XHM_FRAME_INCOMPLETE) {
        ssize_t received = recv(supervisor.descriptor, bytes + used, 1, 0);
        if (received <= 0) {
            _exit(1);
        }
        used += (size_t)received;
    }
    Xhm__V1__ClientMessage *heard = xhm__v1__client_message__unpack(NULL, size, message);
    return heard != NULL ? heard->request_id : 0;
}

static void play_listing(void) {
    say_hello(child_hears(), 3);
    uint64_t id = child_hears();
    say_event(2);
    say_event(3);
    say_accepted(id);
}

static void play_silence(void) {
    say_hello(child_hears(), 3);
    child_hears();
    child_hears(); /* ends with the connection */
}

static void use_child_client(void (*play)(void)) {
    char error[XHM_CLIENT_ERROR_SIZE];
    xhm_client_close(client);
    play_in_child(play);
    const struct xhm_client_options options = {.name = "test",
                                               .handler = {.event = on_event, .gap = on_gap},
                                               .connect = give_prepared,
                                               .connect_context = &supervisor};
    client = xhm_client_open(&options, error);
    assert_non_null(client);
}

static void calls_and_waits(void **state) {
    (void)state;
    Xhm__V1__EventsRequest events = XHM__V1__EVENTS_REQUEST__INIT;
    Xhm__V1__ClientMessage request = XHM__V1__CLIENT_MESSAGE__INIT;
    Xhm__V1__ServerMessage *reply = NULL;
    events.since = 1;
    request.body_case = XHM__V1__CLIENT_MESSAGE__BODY_EVENTS;
    request.events = &events;
    use_child_client(play_listing);
    assert_int_equal(xhm_client_call(client, &request, 5000, &reply), 0);
    assert_int_equal(reply->body_case, XHM__V1__SERVER_MESSAGE__BODY_ACCEPTED);
    assert_int_equal(seen.event_count, 2);
    assert_int_equal(seen.gap_count, 0);
    xhm_client_free_reply(reply);
    /* The child has left: the next call finds nobody. */
    assert_int_equal(xhm_client_call(client, &request, 5000, &reply), XHM_CLIENT_NOT_CONNECTED);
    assert_null(reply);
    assert_true(wait(NULL) > 0);
}

static void calls_end_in_time(void **state) {
    (void)state;
    Xhm__V1__ServerMessage *reply = NULL;
    use_child_client(play_silence);
    assert_int_equal(xhm_client_call(client, restart_request(), 50, &reply), XHM_CLIENT_TIMED_OUT);
    assert_null(reply);
    xhm_client_close(client);
    client = NULL;
    assert_true(wait(NULL) > 0);
}

static void finds_no_supervisor(void **state) {
    (void)state;
    char error[XHM_CLIENT_ERROR_SIZE];
    Xhm__V1__ServerMessage *reply = NULL;
    xhm_client_close(client);
    const struct xhm_client_options options = {.socket_path = "/nonexistent/control.sock"};
    client = xhm_client_open(&options, error);
    assert_int_equal(xhm_client_call(client, restart_request(), 5000, &reply), XHM_CLIENT_NOT_CONNECTED);
    assert_string_equal(xhm_client_error(client), "connecting to /nonexistent/control.sock: No such file or directory");
}

int main(void) {
#define TEST(name) cmocka_unit_test_setup_teardown(name, conversation_open, conversation_close)
    const struct CMUnitTest tests[] = {
        TEST(calls_and_waits),
        TEST(calls_end_in_time),
        TEST(finds_no_supervisor),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
