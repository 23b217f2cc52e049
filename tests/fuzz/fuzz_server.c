// SPDX-License-Identifier: Apache-2.0
#include "fuzz_server.h"

#include <stdio.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <systemd/sd-event.h>
#include <unistd.h>

/* Any input is done with long before. */
#define TURNS_MAX     100000
/* So that their list is a large reply. */
#define FAULT_RECORDS 600u

struct fuzz_server server;
static struct sd_event *event;
static char folder[] = "/tmp/xhm-fuzz-XXXXXX";
static struct sockaddr_un address = {.sun_family = AF_UNIX};

/* --- what is around the server -------------------------------------------------------------------------------------
 */

uint32_t writer_faults(struct xhm_writer *writer, struct xhm_fault_record *records, uint32_t capacity) {
    const uint32_t count = capacity < FAULT_RECORDS ? capacity : FAULT_RECORDS;

    for (uint32_t i = 0; i < count; i++) {
        records[i] = (struct xhm_fault_record){.number = 0x0201,
                                               .partition = "brake",
                                               .entity = "control-loop",
                                               .active = i == 0,
                                               .occurrences = i + 1,
                                               .first_sequence = 10,
                                               .last_sequence = UINT64_MAX,
                                               .status = 0x2f,
                                               .freeze_frame = {.time_ns = 12345678901, .domid = 3}};
    }
    return count;
}

bool writer_degraded(const struct xhm_writer *writer) {
    return false;
}

void writer_say(struct xhm_writer *writer, const char *sentence) {
    require(strlen(sentence) < XHM_ERROR_SIZE);
}

static enum xhm_order_answer on_order(void *context, const struct xhm_order *order) {
    require(order->kind > 0 && order->kind < XHM_ORDER_KIND_END);
    require(order->partition < server.policy.partition_count);
    require(order->safe_state == 0 || order->safe_state < server.policy.safe_state_count);
    return XHM_ORDER_ACCEPTED;
}

static uint64_t on_state_generation(void *context) {
    return ++server.state_generation;
}

/* Storage is sometimes a little behind. */
static uint64_t on_state_stored(void *context) {
    return server.state_generation - server.state_generation % 2;
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
    const struct xhm_record record = {.sequence = ++server.sequence, .event = *recorded};

    control_event(server.control, &record);
}

/* --- opening and closing -------------------------------------------------------------------------------------------
 */

static void clean_up(void) {
    fuzz_server_close();
    sd_event_unref(event);
    rmdir(folder);
}

/* Once for the process: the loop is the same for all servers, so that what an input leaves behind in it is seen. */
static void open_once(void) {
    if (event) {
        return;
    }
    require(mkdtemp(folder) != NULL);
    snprintf(address.sun_path, sizeof(address.sun_path), "%s/control.sock", folder);
    require(sd_event_new(&event) >= 0);
    atexit(clean_up);
}

void fuzz_server_prepare(void) {
    open_once();
    memset(&server, 0, sizeof(server));
    sample_policy(&server.policy);
    server.policy.safe_state_count = 2;
    strcpy(server.policy.safe_states[0].name, "limp-home");
    strcpy(server.policy.safe_states[1].name, "standstill");
    server.policy.access[0].id = getuid();
    server.policy.access[0].roles = XHM_ALL_ROLES;
    core_init(&server.core, &server.policy, 1);
    server.now_ns = SAMPLE_S;
}

void fuzz_server_start(bool over_vchan) {
    static const struct xhm_control_figures figures = {.boot_id = "00000000-0000-0000-0000-000000000001"};
    const struct xhm_control_options options = {.socket_path = address.sun_path,
                                                .over_vchan = over_vchan,
                                                .core = &server.core,
                                                .figures = &figures,
                                                .handler = {.order = on_order,
                                                            .apply = on_apply,
                                                            .state_generation = on_state_generation,
                                                            .state_stored = on_state_stored,
                                                            .record = on_record}};
    char error[XHM_ERROR_SIZE];

    server.control = control_open(event, &options, error);
    if (!server.control) {
        fprintf(stderr, "%s\n", error);
    }
    require(server.control != NULL);
}

void fuzz_server_open(bool over_vchan) {
    fuzz_server_prepare();
    fuzz_server_start(over_vchan);
}

void fuzz_server_close(void) {
    control_close(server.control);
    server.control = NULL;
}

/* --- its life ------------------------------------------------------------------------------------------------------
 */

bool fuzz_server_turn_once(void) {
    return sd_event_run(event, 0) > 0;
}

void fuzz_server_turn(void) {
    int count = 0;

    while (fuzz_server_turn_once()) {
        require(count++ < TURNS_MAX);
    }
}

void fuzz_server_step(uint64_t passed_ns) {
    server.now_ns += passed_ns;
    control_observe(server.control, server.now_ns, &server.observation);
    fuzz_server_turn();
}

void fuzz_server_event(void) {
    const struct xhm_record record = {.sequence = ++server.sequence,
                                      .event = {.kind = XHM_EVENT_FAULT_RAISED,
                                                .fault = XHM_FAULT_ENTITY_ALIVE_LOW,
                                                .partition = SAMPLE_BRAKE,
                                                .time_ns = server.now_ns},
                                      .partition = "brake"};

    control_event(server.control, &record);
}

/* --- its clients ---------------------------------------------------------------------------------------------------
 */

int fuzz_server_connect(void) {
    const int peer = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

    require(peer >= 0 && connect(peer, (struct sockaddr *)&address, sizeof(address)) == 0);
    fuzz_server_turn();
    return peer;
}

void fuzz_received_check(struct fuzz_received *received) {
    const uint8_t *message;
    size_t message_size;
    size_t consumed;

    while (frame_next(received->data, received->size, XHM_FRAME_MAX_SIZE, &message, &message_size, &consumed) ==
           XHM_FRAME_COMPLETE) {
        Xhm__V1__ServerMessage *reply = xhm__v1__server_message__unpack(NULL, message_size, message);

        require(reply != NULL && reply->body_case != XHM__V1__SERVER_MESSAGE__BODY__NOT_SET);
        xhm__v1__server_message__free_unpacked(reply, NULL);
        received->size -= consumed;
        memmove(received->data, received->data + consumed, received->size);
    }
    require(received->size < sizeof(received->data));
}

bool fuzz_received_drain(struct fuzz_received *received, int descriptor) {
    ssize_t got;

    do {
        got = recv(descriptor, received->data + received->size, sizeof(received->data) - received->size, MSG_DONTWAIT);
        if (got > 0) {
            received->size += (size_t)got;
            fuzz_received_check(received);
            fuzz_server_turn();
        }
    } while (got > 0);
    return got < 0;
}

/* Hello{api_version = 1} with request id 1, and StatusRequest{} with request id 2. */
void fuzz_server_require_service(void) {
    static const uint8_t requests[] = {6, 0x08, 0x01, 0x12, 0x02, 0x08, 0x01, 4, 0x08, 0x02, 0x1a, 0x00};
    static struct fuzz_received received;
    const int peer = fuzz_server_connect();
    const uint8_t *message;
    size_t size;
    size_t consumed;
    ssize_t got;

    require(send(peer, requests, sizeof(requests), MSG_NOSIGNAL) == (ssize_t)sizeof(requests));
    fuzz_server_turn();
    received.size = 0;
    got = recv(peer, received.data, sizeof(received.data), MSG_DONTWAIT);
    require(got > 0);
    received.size = (size_t)got;
    for (unsigned i = 0; i < 2; i++) {
        Xhm__V1__ServerMessage *reply;

        require(frame_next(received.data, received.size, XHM_FRAME_MAX_SIZE, &message, &size, &consumed) ==
                XHM_FRAME_COMPLETE);
        reply = xhm__v1__server_message__unpack(NULL, size, message);
        require(reply != NULL && reply->request_id == i + 1);
        require(reply->body_case ==
                (i == 0 ? XHM__V1__SERVER_MESSAGE__BODY_HELLO : XHM__V1__SERVER_MESSAGE__BODY_STATUS));
        xhm__v1__server_message__free_unpacked(reply, NULL);
        received.size -= consumed;
        memmove(received.data, received.data + consumed, received.size);
    }
    close(peer);
    fuzz_server_turn();
}
