// SPDX-License-Identifier: Apache-2.0
/*
 * What a peer sends: the input goes through a real socket to the API's server, after a Hello, and to another connection
 * without one. The server must answer or close, and serve the next.
 */
#include "control.h"
#include "control.pb-c.h"
#include "frame.h"
#include "sample_policy.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <systemd/sd-event.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define TURNS_MAX 100000

static struct sd_event *event;
static struct xhm_control *control;
static struct xhm_policy policy;
static struct xhm_core core;
static struct xhm_observation observation;
static uint64_t sequence;
static uint64_t state_generation;
static uint64_t now_ns = SAMPLE_S;
static char folder[] = "/tmp/xhm-fuzz-XXXXXX";
static struct sockaddr_un address = {.sun_family = AF_UNIX};

static void require(bool held) {
    if (!held) {
        abort();
    }
}

uint32_t writer_faults(struct xhm_writer *writer, struct xhm_fault_record *records, uint32_t capacity) {
    memset(records, 0, capacity * sizeof(records[0]));
    return capacity < 600 ? capacity : 600;
}

bool writer_degraded(const struct xhm_writer *writer) {
    return false;
}

void writer_say(struct xhm_writer *writer, const char *sentence) {
    require(strlen(sentence) < XHM_ERROR_SIZE);
}

static enum xhm_order_answer on_order(void *context, const struct xhm_order *order) {
    require(order->kind > 0 && order->kind < XHM_ORDER_KIND_END);
    require(order->partition < policy.partition_count);
    require(order->safe_state == 0 || order->safe_state < policy.safe_state_count);
    return XHM_ORDER_ACCEPTED;
}

static uint64_t on_state_generation(void *context) {
    return ++state_generation;
}

/* Storage is sometimes a little behind. */
static uint64_t on_state_stored(void *context) {
    return state_generation - state_generation % 2;
}

static enum xhm_policy_refusal on_apply(void *context, const uint8_t *data, size_t size, char error[XHM_ERROR_SIZE]) {
    uint8_t sum = 0;

    for (size_t i = 0; i < size; i++) {
        sum ^= data[i];
    }
    snprintf(error, XHM_ERROR_SIZE, "refused, sum %u", sum);
    return XHM_POLICY_UNSOUND;
}

static void on_record(void *context, const struct xhm_event *recorded, const struct xhm_policy *named_by) {
    const struct xhm_record record = {.sequence = ++sequence, .event = *recorded};

    control_event(control, &record);
}

static void clean_up(void) {
    control_close(control);
    sd_event_unref(event);
    rmdir(folder);
}

static void open_server(void) {
    static const struct xhm_control_figures figures = {.boot_id = "00000000-0000-0000-0000-000000000001"};
    struct xhm_control_options options = {.socket_path = address.sun_path,
                                          .core = &core,
                                          .figures = &figures,
                                          .handler = {.order = on_order,
                                                      .apply = on_apply,
                                                      .state_generation = on_state_generation,
                                                      .state_stored = on_state_stored,
                                                      .record = on_record}};
    char error[XHM_ERROR_SIZE];

    require(mkdtemp(folder) != NULL);
    snprintf(address.sun_path, sizeof(address.sun_path), "%s/control.sock", folder);
    sample_policy(&policy);
    policy.safe_state_count = 1;
    strcpy(policy.safe_states[0].name, "limp-home");
    policy.access[0].id = getuid();
    core_init(&core, &policy, 1);
    require(sd_event_new(&event) >= 0);
    control = control_open(event, &options, error);
    require(control != NULL);
    atexit(clean_up);
}

static void turn(void) {
    int count = 0;

    while (sd_event_run(event, 0) > 0) {
        require(count++ < TURNS_MAX);
    }
}

static int connect_peer(void) {
    const int peer = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

    require(peer >= 0 && connect(peer, (struct sockaddr *)&address, sizeof(address)) == 0);
    turn();
    return peer;
}

/* Every reply must be a message in a frame. */
static void drain(int peer) {
    static uint8_t data[2 * XHM_FRAME_MAX_SIZE];
    size_t size = 0;
    ssize_t got;

    while ((got = recv(peer, data + size, sizeof(data) - size, MSG_DONTWAIT)) > 0) {
        const uint8_t *message;
        size_t message_size;
        size_t consumed;

        size += (size_t)got;
        while (frame_next(data, size, XHM_FRAME_MAX_SIZE, &message, &message_size, &consumed) == XHM_FRAME_COMPLETE) {
            Xhm__V1__ServerMessage *reply = xhm__v1__server_message__unpack(NULL, message_size, message);

            require(reply != NULL && reply->body_case != XHM__V1__SERVER_MESSAGE__BODY__NOT_SET);
            xhm__v1__server_message__free_unpacked(reply, NULL);
            size -= consumed;
            memmove(data, data + consumed, size);
        }
        require(size < sizeof(data));
        turn();
    }
}

static void send_all(int peer, const uint8_t *data, size_t size) {
    while (size > 0) {
        const ssize_t sent = send(peer, data, size, MSG_NOSIGNAL);

        if (sent > 0) {
            data += sent;
            size -= (size_t)sent;
        }
        turn();
        drain(peer);
        if (sent <= 0 && (sent == 0 || recv(peer, &(char){0}, 1, MSG_DONTWAIT | MSG_PEEK) == 0)) {
            return;
        }
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    /* Hello{api_version = 1} with request id 1 */
    static const uint8_t hello[] = {6, 0x08, 0x01, 0x12, 0x02, 0x08, 0x01};
    int peers[2];

    if (!control) {
        open_server();
    }
    for (int i = 0; i < 2; i++) {
        peers[i] = connect_peer();
        send_all(peers[i], hello, i ? 0 : sizeof(hello));
        send_all(peers[i], data, size);
        drain(peers[i]);
    }
    control_observe(control, now_ns += SAMPLE_S, &observation);
    turn();
    for (int i = 0; i < 2; i++) {
        drain(peers[i]);
        close(peers[i]);
    }
    turn();
    return 0;
}
