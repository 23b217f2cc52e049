// SPDX-License-Identifier: Apache-2.0
#include "control_harness.h"

#include "arena.h"
#include "fake_vchan.h"
#include "frame.h"
#include "vchan.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <systemd/sd-event.h>
#include <unistd.h>

#define TURNS_MAX 10000
/* Together 5 s. */
#define WAITS_MAX 5000
#define WAIT_US   1000

struct harness harness;
static char folder[32];
static bool over_vchan;
static _Alignas(16) uint8_t client_memory[2000000];
static struct xhm_arena client_arena;

/* --- what is around the server -------------------------------------------------------------------------------------
 */

uint32_t writer_faults(struct xhm_writer *writer, struct xhm_fault_record *records, uint32_t capacity) {
    uint32_t count = harness.fault_count < capacity ? harness.fault_count : capacity;

    for (uint32_t i = 0; i < count; i++) {
        records[i] = (struct xhm_fault_record){.number = 0x0201,
                                               .partition = "brake",
                                               .entity = "control-loop",
                                               .active = i == 0,
                                               .occurrences = i + 1,
                                               .first_sequence = 10,
                                               .last_sequence = 20,
                                               .status = 0x2f,
                                               .aging_cycles = i,
                                               .injected = 1,
                                               .injection_sequence = 19,
                                               .freeze_frame = {.time_ns = 12345678901,
                                                                .values = {5, 100000000},
                                                                .policy_hash = 0x1234,
                                                                .domid = i == 0 ? 3 : XHM_NONE}};
    }
    return count;
}

bool writer_degraded(const struct xhm_writer *writer) {
    return harness.degraded;
}

void writer_say(struct xhm_writer *writer, const char *sentence) {
    snprintf(harness.said, sizeof(harness.said), "%s", sentence);
}

static void tell(const struct xhm_event *event, const struct xhm_policy *named_by) {
    struct xhm_record record = {.sequence = ++harness.sequence, .wall_clock_ns = 5, .event = *event};

    if (event->partition < named_by->partition_count) {
        strcpy(record.partition, named_by->partitions[event->partition].name);
    }
    strcpy(harness.record_partition, record.partition);
    if (event->kind == XHM_EVENT_FAIL_OVER_BEGUN) {
        strcpy(record.value_names[0], named_by->partitions[event->values[0]].name);
    }
    control_event(harness.control, &record);
}

static void on_record(void *context, const struct xhm_event *event, const struct xhm_policy *named_by) {
    if (harness.record_count < HARNESS_MAX_RECORDS) {
        harness.records[harness.record_count] = *event;
    }
    harness.record_count++;
    tell(event, named_by);
}

static enum xhm_order_answer on_order(void *context, const struct xhm_order *order) {
    assert_int_equal(order->uid, over_vchan ? XHM_PEER_DOMAIN | HARNESS_DOMID : getuid());
    harness.order = *order;
    harness.order_count++;
    harness.state_generation += harness.order_answer == XHM_ORDER_ACCEPTED;
    return harness.order_answer;
}

static uint64_t on_state_generation(void *context) {
    return harness.state_generation;
}

static uint64_t on_state_stored(void *context) {
    return harness.state_stored;
}

static enum xhm_policy_refusal on_apply(void *context, const uint8_t *data, size_t size, char error[XHM_ERROR_SIZE]) {
    harness.applied++;
    harness.applied_size = size;
    if (size > 0) {
        memcpy(harness.applied_data, data, size);
    }
    strcpy(error, "the policy is bad in this way");
    return harness.apply_answer;
}

void harness_roles(uint32_t roles) {
    harness.policy.access[0] = (struct xhm_access_policy){.id = getuid(), .roles = roles};
    if (over_vchan) {
        harness.policy.access[0].kind = XHM_ACCESS_PARTITION;
        harness.policy.access[0].id = 1 + SAMPLE_INFOTAINMENT;
    }
}

static void set_instance(bool known, uint16_t domid) {
    struct xhm_partition_state *state = &harness.core.partitions[SAMPLE_INFOTAINMENT];

    state->instance_known = known;
    state->domid = domid;
    state->instance_since_ns++;
}

void harness_instance(uint16_t domid) {
    set_instance(domid != 0, domid);
}

void harness_instance_is_dom0(void) {
    set_instance(true, 0);
}

static int open_server(void) {
    struct xhm_control_options options = {.socket_path = harness.socket_path,
                                          .over_vchan = over_vchan,
                                          .core = &harness.core,
                                          .figures = &harness.figures,
                                          .handler = {.order = on_order,
                                                      .apply = on_apply,
                                                      .state_generation = on_state_generation,
                                                      .state_stored = on_state_stored,
                                                      .record = on_record},
                                          .last_sequence = 100};
    char error[XHM_ERROR_SIZE] = "";

    memset(&harness, 0, sizeof(harness));
    strcpy(folder, "/tmp/xhm-control-XXXXXX");
    if (!mkdtemp(folder)) {
        return -1;
    }
    snprintf(harness.socket_path, sizeof(harness.socket_path), "%s/control.sock", folder);
    arena_init(&client_arena, client_memory, sizeof(client_memory));
    sample_policy(&harness.policy);
    harness.policy.hash = 0x1234;
    harness.policy.dtcs[XHM_FAULT_ENTITY_ALIVE_LOW] = 0xc10001;
    harness.policy.safe_state_count = 2;
    strcpy(harness.policy.safe_states[0].name, "limp-home");
    harness.policy.safe_states[0].dispositions[SAMPLE_INFOTAINMENT] = XHM_DISPOSITION_STOP;
    strcpy(harness.policy.safe_states[1].name, "standstill");
    harness.policy.safe_states[1].dispositions[SAMPLE_FUSION] = XHM_DISPOSITION_PAUSE;
    harness_roles(XHM_ALL_ROLES);
    core_init(&harness.core, &harness.policy, 1);
    harness.figures = (struct xhm_control_figures){
        .worst_lateness_ns = 11, .worst_step_ns = 22, .boot_id = "00000000-0000-0000-0000-000000000001"};
    harness.sequence = 100;
    harness.order_answer = XHM_ORDER_ACCEPTED;
    harness.apply_answer = XHM_POLICY_TAKEN;
    if (sd_event_new(&harness.event) < 0) {
        return -1;
    }
    harness.control = control_open(harness.event, &options, error);
    if (!harness.control) {
        print_error("%s\n", error);
    }
    return harness.control ? 0 : -1;
}

int harness_open(void **state) {
    over_vchan = false;
    return open_server();
}

int harness_open_over_vchan(void **state) {
    over_vchan = true;
    fake_vchan_reset(HARNESS_DOMID);
    if (open_server() != 0) {
        return -1;
    }
    harness_instance(HARNESS_DOMID);
    harness_observe(0);
    return 0;
}

int harness_close(void **state) {
    control_close(harness.control);
    sd_event_unref(harness.event);
    return rmdir(folder);
}

void harness_turn(void) {
    int count = 0;

    while (sd_event_run(harness.event, 0) > 0) {
        assert_true(count++ < TURNS_MAX);
    }
}

void harness_observe(uint64_t now_ns) {
    control_observe(harness.control, now_ns, &harness.observation);
}

void harness_event(void) {
    const struct xhm_event event = {.kind = XHM_EVENT_FAULT_RAISED,
                                    .fault = XHM_FAULT_ENTITY_ALIVE_LOW,
                                    .partition = SAMPLE_BRAKE,
                                    .entity = 0,
                                    .domid = 3,
                                    .time_ns = 1,
                                    .values = {8, 9}};

    tell(&event, &harness.policy);
}

void harness_named_event(void) {
    const struct xhm_event event = {.kind = XHM_EVENT_FAIL_OVER_BEGUN,
                                    .fault = XHM_FAULT_COUNT,
                                    .partition = SAMPLE_BRAKE,
                                    .entity = XHM_NONE,
                                    .domid = XHM_NONE,
                                    .values = {SAMPLE_FUSION, XHM_NONE}};

    tell(&event, &harness.policy);
}

/* --- clients -------------------------------------------------------------------------------------------------------
 */

static void connect_over_vchan(struct client *client) {
    const struct vchan_address address = {.domid = 0};

    assert_true(fake_vchan_wait_offers(HARNESS_DOMID, VCHAN_PORTS));
    client->vchan = NULL;
    client->descriptor = client_vchan_connect(&address, &client->vchan);
    assert_true(client->descriptor >= 0);
}

void client_connect(struct client *client) {
    struct sockaddr_un address = {.sun_family = AF_UNIX};

    client->size = 0;
    client->over_vchan = over_vchan;
    if (over_vchan) {
        connect_over_vchan(client);
        return;
    }
    client->descriptor = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    assert_true(client->descriptor >= 0);
    strcpy(address.sun_path, harness.socket_path);
    assert_int_equal(connect(client->descriptor, (struct sockaddr *)&address, sizeof(address)), 0);
    harness_turn();
}

void client_close(struct client *client) {
    close(client->descriptor);
    if (client->over_vchan) {
        client_vchan_release(client->vchan);
    }
    harness_turn();
}

void client_send_bytes(struct client *client, const void *data, size_t size) {
    const uint8_t *bytes = data;

    while (size > 0) {
        const ssize_t sent = send(client->descriptor, bytes, size, MSG_NOSIGNAL);

        if (sent < 0) {
            assert_true(errno == EAGAIN || errno == EPIPE || errno == ECONNRESET);
        }
        if (sent < 0 && errno != EAGAIN) {
            return;
        }
        bytes += sent > 0 ? (size_t)sent : 0;
        size -= sent > 0 ? (size_t)sent : 0;
        harness_turn();
    }
}

void client_send(struct client *client, const Xhm__V1__ClientMessage *message) {
    static uint8_t data[400000];
    const size_t size = xhm__v1__client_message__get_packed_size(message);
    const size_t prefix = frame_prefix((uint32_t)size, data);

    xhm__v1__client_message__pack(message, data + prefix);
    client_send_bytes(client, data, prefix + size);
}

Xhm__V1__ServerMessage *client_next(struct client *client) {
    Xhm__V1__ServerMessage *decoded;
    const uint8_t *message;
    size_t size;
    size_t consumed;

    if (frame_next(client->data, client->size, XHM_FRAME_MAX_SIZE, &message, &size, &consumed) != XHM_FRAME_COMPLETE) {
        return NULL;
    }
    arena_reset(&client_arena);
    decoded = xhm__v1__server_message__unpack(&client_arena.allocator, size, message);
    assert_non_null(decoded);
    client->size -= consumed;
    memmove(client->data, client->data + consumed, client->size);
    return decoded;
}

static bool read_more(struct client *client) {
    const ssize_t got =
        recv(client->descriptor, client->data + client->size, sizeof(client->data) - client->size, MSG_DONTWAIT);

    client->size += got > 0 ? (size_t)got : 0;
    return got > 0;
}

/* Threads are between us and the server. @return false when nothing came within 5 s, or the connection ended */
static bool wait_for_more(struct client *client) {
    for (int i = 0; i < WAITS_MAX; i++) {
        struct pollfd polled = {.fd = client->descriptor, .events = POLLIN};

        assert_true(sd_event_run(harness.event, WAIT_US) >= 0);
        if (poll(&polled, 1, 0) > 0) {
            return read_more(client);
        }
    }
    return false;
}

Xhm__V1__ServerMessage *client_receive(struct client *client) {
    Xhm__V1__ServerMessage *message;

    do {
        message = client_next(client);
        if (message) {
            return message;
        }
        harness_turn();
    } while (read_more(client) || (client->over_vchan && wait_for_more(client)));
    return NULL;
}

Xhm__V1__ServerMessage *client_ask(struct client *client, Xhm__V1__ClientMessage *message) {
    Xhm__V1__ServerMessage *answer;

    client_send(client, message);
    answer = client_receive(client);
    if (answer) {
        assert_int_equal(answer->request_id, message->request_id);
    }
    return answer;
}

void client_open(struct client *client) {
    const Xhm__V1__ServerMessage *reply;

    HELLO(hello);
    hello_body.api_version = 1;
    client_connect(client);
    reply = client_ask(client, &hello);
    assert_non_null(reply);
    assert_int_equal(reply->body_case, XHM__V1__SERVER_MESSAGE__BODY_HELLO);
}

bool client_is_closed(struct client *client) {
    ssize_t got;

    harness_turn();
    while (client->over_vchan && wait_for_more(client)) {
        client->size = 0;
    }
    do {
        got = recv(client->descriptor, client->data, sizeof(client->data), MSG_DONTWAIT);
    } while (got > 0);
    return got == 0 || errno == ECONNRESET;
}

void assert_accepted(const Xhm__V1__ServerMessage *message) {
    assert_non_null(message);
    if (message->body_case == XHM__V1__SERVER_MESSAGE__BODY_REFUSED) {
        print_error("refused: %s\n", message->refused->message);
    }
    assert_int_equal(message->body_case, XHM__V1__SERVER_MESSAGE__BODY_ACCEPTED);
    assert_int_equal(message->accepted->sequence, harness.sequence);
}

void assert_refused(const Xhm__V1__ServerMessage *message, Xhm__V1__RefusalReason reason) {
    assert_non_null(message);
    assert_int_equal(message->body_case, XHM__V1__SERVER_MESSAGE__BODY_REFUSED);
    assert_int_equal(message->refused->reason, reason);
    assert_true(strlen(message->refused->message) > 10);
}

void assert_refused_with(const Xhm__V1__ServerMessage *message, Xhm__V1__RefusalReason reason, const char *words) {
    assert_refused(message, reason);
    if (!strstr(message->refused->message, words)) {
        fail_msg("\"%s\" does not say \"%s\"", message->refused->message, words);
    }
}
