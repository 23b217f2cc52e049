// SPDX-License-Identifier: Apache-2.0
/*
 * libxhm-client against a supervisor that is played by the test, over a pair of sockets. A test reads like the
 * conversation: what the client says is expected, what the supervisor says is sent.
 */
#include "frame.h"
#include "xhm_client.h"

#include <errno.h>
#include <poll.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

/* The played supervisor: its end of the latest connection. */
struct supervisor {
    int descriptor; /**< -1: no client */
    int refuse;     /**< errno value that connecting fails with, 0 to accept */
    unsigned connections;
    uint8_t in[65536];
    size_t in_used;
};

/* What the callbacks saw. */
struct seen {
    unsigned connected;
    unsigned disconnected;
    char reason[256];
    uint64_t events[64];
    size_t event_count;
    uint64_t gaps[16][2];
    size_t gap_count;
    uint64_t tasks[8];
    size_t task_count;
    int results[64];
    int bodies[64];
    size_t reply_count;
};

static struct supervisor supervisor;
static struct seen seen;
static struct xhm_client *client;

static int take_connection(void *context) {
    struct supervisor *it = context;
    int pair[2];
    if (it->refuse != 0) {
        return -it->refuse;
    }
    if (it->descriptor >= 0) {
        close(it->descriptor);
    }
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, pair), 0);
    it->descriptor = pair[1];
    it->in_used = 0;
    it->connections++;
    return pair[0];
}

static void on_connected(void *context, const Xhm__V1__HelloReply *reply) {
    (void)context;
    (void)reply;
    seen.connected++;
}

static void on_disconnected(void *context, const char *reason) {
    (void)context;
    seen.disconnected++;
    snprintf(seen.reason, sizeof(seen.reason), "%s", reason);
}

static void on_event(void *context, const Xhm__V1__Event *event) {
    (void)context;
    seen.events[seen.event_count++] = event->sequence;
}

static void on_gap(void *context, uint64_t first, uint64_t last) {
    (void)context;
    seen.gaps[seen.gap_count][0] = first;
    seen.gaps[seen.gap_count++][1] = last;
}

static void on_task(void *context, const Xhm__V1__AgentTask *task) {
    (void)context;
    seen.tasks[seen.task_count++] = task->task_id;
}

static void on_reply(void *context, int result, const Xhm__V1__ServerMessage *reply) {
    (void)context;
    seen.results[seen.reply_count] = result;
    seen.bodies[seen.reply_count++] = reply != NULL ? (int)reply->body_case : 0;
}

static int set_up(void **state) {
    (void)state;
    char error[XHM_CLIENT_ERROR_SIZE];
    supervisor = (struct supervisor){.descriptor = -1};
    seen = (struct seen){0};
    const struct xhm_client_options options = {
        .name = "test",
        .handler = {.connected = on_connected,
                    .disconnected = on_disconnected,
                    .event = on_event,
                    .gap = on_gap,
                    .agent_task = on_task},
        .backoff_first_ms = 1,
        .backoff_max_ms = 4,
        .hello_timeout_ms = 200,
        .connect = take_connection,
        .connect_context = &supervisor,
    };
    client = xhm_client_open(&options, error);
    return client != NULL ? 0 : -1;
}

static int tear_down(void **state) {
    (void)state;
    xhm_client_close(client);
    if (supervisor.descriptor >= 0) {
        close(supervisor.descriptor);
    }
    return 0;
}

/* Lets the client run until its descriptor is quiet. */
static void run_client(void) {
    struct pollfd descriptor = {.fd = xhm_client_descriptor(client), .events = POLLIN};
    while (poll(&descriptor, 1, 0) > 0) {
        assert_int_equal(xhm_client_process(client), 0);
    }
}

/* Lets the client run until the condition holds; a client that never gets there fails by the poll's time-out. */
#define RUN_UNTIL(condition)                                                                                           \
    while (!(condition)) {                                                                                             \
        struct pollfd waiting = {.fd = xhm_client_descriptor(client), .events = POLLIN};                               \
        assert_int_equal(poll(&waiting, 1, 5000), 1);                                                                  \
        assert_int_equal(xhm_client_process(client), 0);                                                               \
    }

static Xhm__V1__ClientMessage *hear(Xhm__V1__ClientMessage__BodyCase body) {
    const uint8_t *bytes;
    size_t size;
    size_t consumed;
    run_client();
    ssize_t received =
        recv(supervisor.descriptor, supervisor.in + supervisor.in_used, sizeof(supervisor.in) - supervisor.in_used, 0);
    supervisor.in_used += received > 0 ? (size_t)received : 0;
    assert_int_equal(frame_next(supervisor.in, supervisor.in_used, XHM_FRAME_MAX_SIZE, &bytes, &size, &consumed),
                     XHM_FRAME_COMPLETE);
    Xhm__V1__ClientMessage *message = xhm__v1__client_message__unpack(NULL, size, bytes);
    assert_non_null(message);
    assert_int_equal(message->body_case, body);
    supervisor.in_used -= consumed;
    memmove(supervisor.in, supervisor.in + consumed, supervisor.in_used);
    return message;
}

static uint64_t hear_id(Xhm__V1__ClientMessage__BodyCase body) {
    Xhm__V1__ClientMessage *message = hear(body);
    uint64_t id = message->request_id;
    assert_true(id != 0);
    xhm__v1__client_message__free_unpacked(message, NULL);
    return id;
}

/* Agents say things that nobody answers: these have no id. */
static void hear_unanswered(Xhm__V1__ClientMessage__BodyCase body) {
    Xhm__V1__ClientMessage *message = hear(body);
    assert_int_equal(message->request_id, 0);
    xhm__v1__client_message__free_unpacked(message, NULL);
}

static void hears_nothing(void) {
    uint8_t byte;
    run_client();
    assert_int_equal(supervisor.in_used, 0);
    assert_int_equal(recv(supervisor.descriptor, &byte, 1, 0), -1);
    assert_int_equal(errno, EAGAIN);
}

static size_t pack(const Xhm__V1__ServerMessage *message, uint8_t *bytes) {
    uint8_t prefix[XHM_FRAME_PREFIX_SIZE];
    size_t size = xhm__v1__server_message__get_packed_size(message);
    size_t prefix_size = frame_prefix((uint32_t)size, prefix);
    memcpy(bytes, prefix, prefix_size);
    xhm__v1__server_message__pack(message, bytes + prefix_size);
    return prefix_size + size;
}

static void say(const Xhm__V1__ServerMessage *message) {
    uint8_t bytes[4096];
    size_t size = pack(message, bytes);
    assert_int_equal(send(supervisor.descriptor, bytes, size, 0), size);
}

static void say_hello(uint64_t id, uint64_t last_sequence) {
    Xhm__V1__HelloReply hello = XHM__V1__HELLO_REPLY__INIT;
    Xhm__V1__ServerMessage message = XHM__V1__SERVER_MESSAGE__INIT;
    hello.api_version = 1;
    hello.ecu_id = (char *)"played";
    hello.last_sequence = last_sequence;
    message.request_id = id;
    message.body_case = XHM__V1__SERVER_MESSAGE__BODY_HELLO;
    message.hello = &hello;
    say(&message);
}

static void say_event(uint64_t sequence) {
    Xhm__V1__Event event = XHM__V1__EVENT__INIT;
    Xhm__V1__ServerMessage message = XHM__V1__SERVER_MESSAGE__INIT;
    event.sequence = sequence;
    message.body_case = XHM__V1__SERVER_MESSAGE__BODY_EVENT;
    message.event = &event;
    say(&message);
}

static void say_gap(uint64_t first, uint64_t last) {
    Xhm__V1__Gap gap = XHM__V1__GAP__INIT;
    Xhm__V1__ServerMessage message = XHM__V1__SERVER_MESSAGE__INIT;
    gap.first_missing = first;
    gap.last_missing = last;
    message.body_case = XHM__V1__SERVER_MESSAGE__BODY_GAP;
    message.gap = &gap;
    say(&message);
}

static void say_accepted(uint64_t id) {
    Xhm__V1__Accepted accepted = XHM__V1__ACCEPTED__INIT;
    Xhm__V1__ServerMessage message = XHM__V1__SERVER_MESSAGE__INIT;
    message.request_id = id;
    message.body_case = XHM__V1__SERVER_MESSAGE__BODY_ACCEPTED;
    message.accepted = &accepted;
    say(&message);
}

static void say_refused(uint64_t id, Xhm__V1__RefusalReason reason) {
    Xhm__V1__Refused refused = XHM__V1__REFUSED__INIT;
    Xhm__V1__ServerMessage message = XHM__V1__SERVER_MESSAGE__INIT;
    refused.reason = reason;
    refused.message = (char *)"because of the test";
    message.request_id = id;
    message.body_case = XHM__V1__SERVER_MESSAGE__BODY_REFUSED;
    message.refused = &refused;
    say(&message);
}

static void greet(uint64_t last_sequence) {
    RUN_UNTIL(supervisor.descriptor >= 0 && !xhm_client_is_connected(client));
    Xhm__V1__ClientMessage *hello = hear(XHM__V1__CLIENT_MESSAGE__BODY_HELLO);
    assert_int_equal(hello->hello->api_version, XHM_CLIENT_API_VERSION);
    assert_string_equal(hello->hello->client, "test");
    say_hello(hello->request_id, last_sequence);
    xhm__v1__client_message__free_unpacked(hello, NULL);
    RUN_UNTIL(xhm_client_is_connected(client));
}

/* The supervisor goes away; the client connects again. */
static void reconnect(uint64_t last_sequence) {
    unsigned before = supervisor.connections;
    close(supervisor.descriptor);
    supervisor.descriptor = -1;
    RUN_UNTIL(supervisor.connections > before);
    greet(last_sequence);
}

static Xhm__V1__ClientMessage restart_request(Xhm__V1__RestartRequest *restart) {
    Xhm__V1__ClientMessage request = XHM__V1__CLIENT_MESSAGE__INIT;
    xhm__v1__restart_request__init(restart);
    restart->partition = (char *)"brake";
    request.body_case = XHM__V1__CLIENT_MESSAGE__BODY_RESTART;
    request.restart = restart;
    return request;
}

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
    Xhm__V1__RestartRequest restart;
    const Xhm__V1__ClientMessage request = restart_request(&restart);
    assert_int_equal(xhm_client_request(client, &request, 0, on_reply, NULL), XHM_CLIENT_NOT_CONNECTED);
    greet(0);
    assert_int_equal(xhm_client_request(client, &request, 0, on_reply, NULL), 0);
    assert_int_equal(xhm_client_request(client, &request, 0, on_reply, NULL), 0);
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
    Xhm__V1__RestartRequest restart;
    const Xhm__V1__ClientMessage request = restart_request(&restart);
    greet(0);
    for (unsigned i = 0; i < XHM_CLIENT_MAX_REQUESTS; i++) {
        assert_int_equal(xhm_client_request(client, &request, 0, on_reply, NULL), 0);
    }
    assert_int_equal(xhm_client_request(client, &request, 0, on_reply, NULL), XHM_CLIENT_BUSY);
    close(supervisor.descriptor);
    supervisor.descriptor = -1;
    RUN_UNTIL(seen.disconnected == 1);
    assert_int_equal(seen.reply_count, XHM_CLIENT_MAX_REQUESTS);
    assert_int_equal(seen.results[0], XHM_CLIENT_NOT_CONNECTED);
}

static void ends_requests_in_time(void **state) {
    (void)state;
    Xhm__V1__RestartRequest restart;
    const Xhm__V1__ClientMessage request = restart_request(&restart);
    greet(0);
    assert_int_equal(xhm_client_request(client, &request, 1, on_reply, NULL), 0);
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

static void expect_stream_request(uint64_t since) {
    Xhm__V1__ClientMessage *message = hear(XHM__V1__CLIENT_MESSAGE__BODY_EVENTS);
    assert_true(message->events->follow);
    assert_true(message->events->since == since);
    xhm__v1__client_message__free_unpacked(message, NULL);
}

static void follows_over_reconnections(void **state) {
    (void)state;
    assert_int_equal(xhm_client_follow(client, 3), 0);
    greet(4);
    expect_stream_request(3);
    say_event(4);
    say_event(5);
    run_client();
    reconnect(9);
    expect_stream_request(5);
    say_event(5);
    say_event(6);
    say_gap(7, 8);
    say_event(9);
    say_event(12);
    run_client();
    assert_int_equal(seen.event_count, 5);
    assert_int_equal(seen.events[2], 6);
    assert_int_equal(seen.events[4], 12);
    assert_int_equal(seen.gap_count, 2);
    assert_int_equal(seen.gaps[0][0], 7);
    assert_int_equal(seen.gaps[0][1], 8);
    assert_int_equal(seen.gaps[1][0], 10);
    assert_int_equal(seen.gaps[1][1], 11);
    assert_int_equal(xhm_client_last_sequence(client), 12);
}

static void follows_from_now_on(void **state) {
    (void)state;
    greet(41);
    assert_int_equal(xhm_client_follow(client, UINT64_MAX), 0);
    expect_stream_request(41);
    say_event(42);
    run_client();
    assert_int_equal(seen.event_count, 1);
    assert_int_equal(seen.gap_count, 0);
}

static void notices_a_numbering_that_began_anew(void **state) {
    (void)state;
    assert_int_equal(xhm_client_follow(client, 0), 0);
    greet(100);
    expect_stream_request(0);
    say_gap(1, 99);
    say_event(100);
    run_client();
    reconnect(2);
    expect_stream_request(0);
    say_event(1);
    say_event(2);
    run_client();
    assert_int_equal(seen.gap_count, 2);
    assert_int_equal(seen.gaps[1][0], 0);
    assert_int_equal(seen.gaps[1][1], 0);
    assert_int_equal(seen.event_count, 3);
}

static void is_told_of_a_refused_stream(void **state) {
    (void)state;
    greet(0);
    assert_int_equal(xhm_client_follow(client, 0), 0);
    say_refused(hear_id(XHM__V1__CLIENT_MESSAGE__BODY_EVENTS), XHM__V1__REFUSAL_REASON__REFUSAL_NOT_PERMITTED);
    RUN_UNTIL(seen.disconnected == 1);
    assert_true(xhm_client_is_rejected(client));
}

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
    Xhm__V1__RestartRequest restart;
    const Xhm__V1__ClientMessage request = restart_request(&restart);
    on_reply(context, result, reply);
    assert_int_equal(xhm_client_request(client, &request, 0, on_reply, NULL), 0);
}

static void takes_requests_in_callbacks(void **state) {
    (void)state;
    Xhm__V1__RestartRequest restart;
    const Xhm__V1__ClientMessage request = restart_request(&restart);
    greet(0);
    assert_int_equal(xhm_client_request(client, &request, 0, request_again, NULL), 0);
    say_accepted(hear_id(XHM__V1__CLIENT_MESSAGE__BODY_RESTART));
    say_accepted(hear_id(XHM__V1__CLIENT_MESSAGE__BODY_RESTART));
    run_client();
    assert_int_equal(seen.reply_count, 2);
}

/* The synchronous call needs a supervisor that runs by itself: a child process plays it. */
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
    Xhm__V1__RestartRequest restart;
    const Xhm__V1__ClientMessage request = restart_request(&restart);
    Xhm__V1__ServerMessage *reply = NULL;
    use_child_client(play_silence);
    assert_int_equal(xhm_client_call(client, &request, 50, &reply), XHM_CLIENT_TIMED_OUT);
    assert_null(reply);
    xhm_client_close(client);
    client = NULL;
    assert_true(wait(NULL) > 0);
}

static void finds_no_supervisor(void **state) {
    (void)state;
    char error[XHM_CLIENT_ERROR_SIZE];
    Xhm__V1__RestartRequest restart;
    const Xhm__V1__ClientMessage request = restart_request(&restart);
    Xhm__V1__ServerMessage *reply = NULL;
    xhm_client_close(client);
    const struct xhm_client_options options = {.socket_path = "/nonexistent/control.sock"};
    client = xhm_client_open(&options, error);
    assert_int_equal(xhm_client_call(client, &request, 5000, &reply), XHM_CLIENT_NOT_CONNECTED);
    assert_string_equal(xhm_client_error(client), "connecting to /nonexistent/control.sock: No such file or directory");
}

int main(void) {
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
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
        TEST(follows_over_reconnections),
        TEST(follows_from_now_on),
        TEST(notices_a_numbering_that_began_anew),
        TEST(is_told_of_a_refused_stream),
        TEST(serves_an_agent),
        TEST(bounds_kept_reports),
        TEST(is_busy_when_nobody_reads),
        TEST(takes_requests_in_callbacks),
        TEST(calls_and_waits),
        TEST(calls_end_in_time),
        TEST(finds_no_supervisor),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
