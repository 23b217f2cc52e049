// SPDX-License-Identifier: Apache-2.0
/*
 * API peers over the socket, end to end: four clients that come, say Hello, send whole, cut and broken messages, read
 * at their own pace and go, in an order that the input gives, while events happen, time passes and roles change.
 * Whatever they do, every reply is a message, and another client is served.
 *
 * An input is a row of operations of two bytes and more: what is done (the three low bits) by which client (the next
 * two), and a number. Sending is followed by so many bytes.
 */
#include "fuzz_server.h"

#include <sys/socket.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define PEERS 4

enum operation {
    CONNECT, /* with a Hello, when the number is odd */
    SEND,    /* bytes as they are */
    REQUEST, /* the bytes as one frame */
    READ,    /* 16 bytes for each of the number */
    LEAVE,
    TIME,   /* 100 ms for each of the number, in one step */
    HAPPEN, /* events, four for each of the number */
    ROLES,  /* the number's bits, from now on */
};

struct input {
    const uint8_t *data;
    size_t size;
};

static struct {
    int descriptor; /* -1: not connected */
    struct fuzz_received received;
} peers[PEERS];

static uint8_t take(struct input *input) {
    if (input->size == 0) {
        return 0;
    }
    input->size--;
    return *input->data++;
}

static void leave(unsigned index) {
    if (peers[index].descriptor >= 0) {
        close(peers[index].descriptor);
        peers[index].descriptor = -1;
    }
    peers[index].received.size = 0;
}

static void send_bytes(unsigned index, const uint8_t *data, size_t size) {
    /* What the socket does not take is lost: that, too, is a cut message. */
    if (peers[index].descriptor >= 0 && size > 0) {
        (void)send(peers[index].descriptor, data, size, MSG_NOSIGNAL | MSG_DONTWAIT);
    }
}

static void greet(unsigned index) {
    static const uint8_t hello[] = {6, 0x08, 0x01, 0x12, 0x02, 0x08, 0x01};

    send_bytes(index, hello, sizeof(hello));
}

static void request(unsigned index, const uint8_t *data, size_t size) {
    uint8_t prefix[XHM_FRAME_PREFIX_SIZE];

    send_bytes(index, prefix, frame_prefix((uint32_t)size, prefix));
    send_bytes(index, data, size);
}

static void read_some(unsigned index, size_t size) {
    struct fuzz_received *received = &peers[index].received;
    const size_t room = sizeof(received->data) - received->size;
    ssize_t got;

    if (peers[index].descriptor < 0) {
        return;
    }
    got = recv(peers[index].descriptor, received->data + received->size, size < room ? size : room, MSG_DONTWAIT);
    if (got > 0) {
        received->size += (size_t)got;
        fuzz_received_check(received);
    }
}

static void change_roles(uint32_t roles) {
    uint32_t origin[XHM_MAX_PARTITIONS];

    for (uint32_t i = 0; i < XHM_MAX_PARTITIONS; i++) {
        origin[i] = i < server.policy.partition_count ? i : XHM_NONE;
    }
    server.policy.access[0].roles = roles & XHM_ALL_ROLES;
    control_policy_changed(server.control, &server.policy, origin);
}

static void operate(struct input *input) {
    const uint8_t what = take(input);
    const unsigned index = (what >> 3) % PEERS;
    const uint8_t number = take(input);
    const size_t size = number < input->size ? number : input->size;

    switch ((enum operation)(what & 7u)) {
    case CONNECT:
        leave(index);
        peers[index].descriptor = fuzz_server_connect();
        if (number & 1u) {
            greet(index);
        }
        break;
    case SEND:
    case REQUEST:
        ((what & 7u) == SEND ? send_bytes : request)(index, input->data, size);
        input->data += size;
        input->size -= size;
        break;
    case READ:
        read_some(index, number * 16u);
        break;
    case LEAVE:
        leave(index);
        break;
    case TIME:
        fuzz_server_step(number * 100u * SAMPLE_MS);
        break;
    case HAPPEN:
        for (unsigned i = 0; i < number * 4u; i++) {
            fuzz_server_event();
        }
        break;
    case ROLES:
        change_roles(number);
        break;
    }
    fuzz_server_turn();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    struct input input = {data, size};

    fuzz_server_open(false);
    for (unsigned i = 0; i < PEERS; i++) {
        peers[i].descriptor = -1;
        peers[i].received.size = 0;
    }
    while (input.size > 0) {
        operate(&input);
    }
    change_roles(XHM_ALL_ROLES);
    fuzz_server_require_service();
    for (unsigned i = 0; i < PEERS; i++) {
        if (peers[i].descriptor >= 0) {
            fuzz_received_drain(&peers[i].received, peers[i].descriptor);
        }
        leave(i);
    }
    fuzz_server_turn();
    fuzz_server_close();
    return 0;
}
