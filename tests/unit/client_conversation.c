// SPDX-License-Identifier: Apache-2.0
#include "client_conversation.h"
#include "frame.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

struct supervisor supervisor;
struct seen seen;
struct xhm_client *client;

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

void on_event(void *context, const Xhm__V1__Event *event) {
    (void)context;
    seen.events[seen.event_count++] = event->sequence;
}

void on_gap(void *context, uint64_t first, uint64_t last) {
    (void)context;
    seen.gaps[seen.gap_count][0] = first;
    seen.gaps[seen.gap_count++][1] = last;
}

static void on_task(void *context, const Xhm__V1__AgentTask *task) {
    (void)context;
    seen.tasks[seen.task_count++] = task->task_id;
}

void on_reply(void *context, int result, const Xhm__V1__ServerMessage *reply) {
    (void)context;
    seen.results[seen.reply_count] = result;
    seen.bodies[seen.reply_count++] = reply != NULL ? (int)reply->body_case : 0;
}

int conversation_open(void **state) {
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

int conversation_close(void **state) {
    (void)state;
    xhm_client_close(client);
    if (supervisor.descriptor >= 0) {
        close(supervisor.descriptor);
    }
    return 0;
}

void run_client(void) {
    struct pollfd descriptor = {.fd = xhm_client_descriptor(client), .events = POLLIN};
    while (poll(&descriptor, 1, 0) > 0) {
        assert_int_equal(xhm_client_process(client), 0);
    }
}

Xhm__V1__ClientMessage *hear(Xhm__V1__ClientMessage__BodyCase body) {
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

uint64_t hear_id(Xhm__V1__ClientMessage__BodyCase body) {
    Xhm__V1__ClientMessage *message = hear(body);
    uint64_t id = message->request_id;
    assert_true(id != 0);
    xhm__v1__client_message__free_unpacked(message, NULL);
    return id;
}

void hear_unanswered(Xhm__V1__ClientMessage__BodyCase body) {
    Xhm__V1__ClientMessage *message = hear(body);
    assert_int_equal(message->request_id, 0);
    xhm__v1__client_message__free_unpacked(message, NULL);
}

void hears_nothing(void) {
    uint8_t byte;
    run_client();
    assert_int_equal(supervisor.in_used, 0);
    assert_int_equal(recv(supervisor.descriptor, &byte, 1, 0), -1);
    assert_int_equal(errno, EAGAIN);
}

size_t pack(const Xhm__V1__ServerMessage *message, uint8_t *bytes) {
    uint8_t prefix[XHM_FRAME_PREFIX_SIZE];
    size_t size = xhm__v1__server_message__get_packed_size(message);
    size_t prefix_size = frame_prefix((uint32_t)size, prefix);
    memcpy(bytes, prefix, prefix_size);
    xhm__v1__server_message__pack(message, bytes + prefix_size);
    return prefix_size + size;
}

void say(const Xhm__V1__ServerMessage *message) {
    uint8_t bytes[4096];
    size_t size = pack(message, bytes);
    assert_int_equal(send(supervisor.descriptor, bytes, size, 0), size);
}

void say_hello(uint64_t id, uint64_t last_sequence) {
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

void say_event(uint64_t sequence) {
    Xhm__V1__Event event = XHM__V1__EVENT__INIT;
    Xhm__V1__ServerMessage message = XHM__V1__SERVER_MESSAGE__INIT;
    event.sequence = sequence;
    message.body_case = XHM__V1__SERVER_MESSAGE__BODY_EVENT;
    message.event = &event;
    say(&message);
}

void say_gap(uint64_t first, uint64_t last) {
    Xhm__V1__Gap gap = XHM__V1__GAP__INIT;
    Xhm__V1__ServerMessage message = XHM__V1__SERVER_MESSAGE__INIT;
    gap.first_missing = first;
    gap.last_missing = last;
    message.body_case = XHM__V1__SERVER_MESSAGE__BODY_GAP;
    message.gap = &gap;
    say(&message);
}

void say_accepted(uint64_t id) {
    Xhm__V1__Accepted accepted = XHM__V1__ACCEPTED__INIT;
    Xhm__V1__ServerMessage message = XHM__V1__SERVER_MESSAGE__INIT;
    message.request_id = id;
    message.body_case = XHM__V1__SERVER_MESSAGE__BODY_ACCEPTED;
    message.accepted = &accepted;
    say(&message);
}

void say_refused(uint64_t id, Xhm__V1__RefusalReason reason) {
    Xhm__V1__Refused refused = XHM__V1__REFUSED__INIT;
    Xhm__V1__ServerMessage message = XHM__V1__SERVER_MESSAGE__INIT;
    refused.reason = reason;
    refused.message = (char *)"because of the test";
    message.request_id = id;
    message.body_case = XHM__V1__SERVER_MESSAGE__BODY_REFUSED;
    message.refused = &refused;
    say(&message);
}

void greet(uint64_t last_sequence) {
    RUN_UNTIL(supervisor.descriptor >= 0 && !xhm_client_is_connected(client));
    Xhm__V1__ClientMessage *hello = hear(XHM__V1__CLIENT_MESSAGE__BODY_HELLO);
    assert_int_equal(hello->hello->api_version, XHM_CLIENT_API_VERSION);
    assert_string_equal(hello->hello->client, "test");
    say_hello(hello->request_id, last_sequence);
    xhm__v1__client_message__free_unpacked(hello, NULL);
    RUN_UNTIL(xhm_client_is_connected(client));
}

void reconnect(uint64_t last_sequence) {
    unsigned before = supervisor.connections;
    close(supervisor.descriptor);
    supervisor.descriptor = -1;
    RUN_UNTIL(supervisor.connections > before);
    greet(last_sequence);
}

const Xhm__V1__ClientMessage *restart_request(void) {
    static Xhm__V1__RestartRequest restart;
    static Xhm__V1__ClientMessage request;
    xhm__v1__restart_request__init(&restart);
    xhm__v1__client_message__init(&request);
    restart.partition = (char *)"brake";
    request.body_case = XHM__V1__CLIENT_MESSAGE__BODY_RESTART;
    request.restart = &restart;
    return &request;
}
