// SPDX-License-Identifier: Apache-2.0
/*
 * peer_turn_bench TURNS KIND: what one turn of one API peer costs the supervision thread: eight requests of one kind
 * that are all there when it begins, with the greatest policy that this build takes and a full fault memory.
 *
 * For callgrind: --toggle-collect=measured_turn counts exactly these turns. Prints how many replies came of all of
 * them, and the time of the shortest in ns: without callgrind, of one that nothing interrupted, the kernel's share
 * included.
 */
#include "fuzz_server.h"

#include <stdio.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define REQUESTS_A_TURN 8u
#define REQUEST_MAX     256u
#define NS_PER_S        UINT64_C(1000000000)

static uint8_t sent[REQUESTS_A_TURN * REQUEST_MAX];
static size_t sent_size;
static struct fuzz_received received;

static uint64_t clock_now_ns(void) {
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * NS_PER_S + (uint64_t)now.tv_nsec;
}

static void put(const Xhm__V1__ClientMessage *message) {
    const size_t size = xhm__v1__client_message__get_packed_size(message);

    require(size < REQUEST_MAX - XHM_FRAME_PREFIX_SIZE);
    sent_size += frame_prefix((uint32_t)size, sent + sent_size);
    sent_size += xhm__v1__client_message__pack(message, sent + sent_size);
}

/* Each kind with an empty body: what it asks for is all that there is. */
static bool put_kind(const char *kind) {
    static Xhm__V1__StatusRequest status = XHM__V1__STATUS_REQUEST__INIT;
    static Xhm__V1__EventsRequest events = XHM__V1__EVENTS_REQUEST__INIT;
    static Xhm__V1__FaultsRequest faults = XHM__V1__FAULTS_REQUEST__INIT;
    static Xhm__V1__ConformanceRequest conformance = XHM__V1__CONFORMANCE_REQUEST__INIT;
    static Xhm__V1__PolicyShowRequest show = XHM__V1__POLICY_SHOW_REQUEST__INIT;
    static Xhm__V1__FactsShowRequest facts = XHM__V1__FACTS_SHOW_REQUEST__INIT;
    static Xhm__V1__HeartbeatRequest heartbeat = XHM__V1__HEARTBEAT_REQUEST__INIT;
    const struct {
        const char *name;
        Xhm__V1__ClientMessage__BodyCase body;
        void *request;
    } kinds[] = {
        {"status", XHM__V1__CLIENT_MESSAGE__BODY_STATUS, &status},
        {"events", XHM__V1__CLIENT_MESSAGE__BODY_EVENTS, &events},
        {"faults", XHM__V1__CLIENT_MESSAGE__BODY_FAULTS, &faults},
        {"conformance", XHM__V1__CLIENT_MESSAGE__BODY_CONFORMANCE, &conformance},
        {"policy_show", XHM__V1__CLIENT_MESSAGE__BODY_POLICY_SHOW, &show},
        {"facts_show", XHM__V1__CLIENT_MESSAGE__BODY_FACTS_SHOW, &facts},
        {"heartbeat", XHM__V1__CLIENT_MESSAGE__BODY_HEARTBEAT, &heartbeat},
    };

    for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
        if (strcmp(kinds[i].name, kind) == 0) {
            Xhm__V1__ClientMessage message = XHM__V1__CLIENT_MESSAGE__INIT;

            message.request_id = 1;
            message.body_case = kinds[i].body;
            message.status = kinds[i].request;
            put(&message);
            return true;
        }
    }
    return false;
}

/* As many partitions, entities, vCPUs and devices as there is room for. */
static void fill_policy(void) {
    for (uint32_t i = 0; i < XHM_MAX_PARTITIONS; i++) {
        struct xhm_partition_policy *partition = &server.policy.partitions[i];

        if (i >= server.policy.partition_count) {
            *partition = server.policy.partitions[SAMPLE_BRAKE];
            snprintf(partition->name, sizeof(partition->name), "partition-%u", i);
            partition->partition_id = i + 1;
            memset(partition->identity.uuid.bytes, (int)(0x80 + i), sizeof(partition->identity.uuid.bytes));
        }
        for (uint32_t j = 0; j < XHM_MAX_ENTITIES; j++) {
            partition->entities[j] = partition->entities[0];
            snprintf(partition->entities[j].name, sizeof(partition->entities[j].name), "entity-%u", j);
        }
        partition->entity_count = XHM_MAX_ENTITIES;
        for (uint32_t j = 1; j < XHM_MAX_VCPUS; j++) {
            partition->vcpus[j] = partition->vcpus[0];
        }
        partition->vcpu_count = XHM_MAX_VCPUS;
    }
    server.policy.partition_count = XHM_MAX_PARTITIONS;
}

static unsigned long count_replies(void) {
    const uint8_t *message;
    size_t message_size;
    size_t consumed;
    size_t at = 0;
    unsigned long count = 0;

    while (frame_next(received.data + at, received.size - at, XHM_FRAME_MAX_SIZE, &message, &message_size, &consumed) ==
           XHM_FRAME_COMPLETE) {
        at += consumed;
        count++;
    }
    received.size -= at;
    memmove(received.data, received.data + at, received.size);
    return count;
}

/* Until everything that was asked is answered: large replies go one after another. */
static unsigned long read_replies(int peer) {
    unsigned long count = 0;
    ssize_t got;

    while ((got = recv(peer, received.data + received.size, sizeof(received.data) - received.size, MSG_DONTWAIT)) > 0) {
        received.size += (size_t)got;
        count += count_replies();
        fuzz_server_turn();
    }
    return count;
}

static int greet(void) {
    static const uint8_t hello[] = {6, 0x08, 0x01, 0x12, 0x02, 0x08, 0x01};
    const int peer = fuzz_server_connect();

    require(send(peer, hello, sizeof(hello), MSG_NOSIGNAL) == (ssize_t)sizeof(hello));
    fuzz_server_turn();
    require(read_replies(peer) == 1);
    return peer;
}

void measured_turn(void);

__attribute__((noinline)) void measured_turn(void) {
    require(fuzz_server_turn_once());
}

int main(int argc, char *argv[]) {
    const unsigned long turns = argc == 3 ? strtoul(argv[1], NULL, 10) : 0;
    uint64_t shortest_ns = UINT64_MAX;
    unsigned long replies = 0;
    int peer;

    for (unsigned i = 0; turns > 0 && i < REQUESTS_A_TURN; i++) {
        if (!put_kind(argv[2])) {
            sent_size = 0;
            break;
        }
    }
    if (sent_size == 0) {
        fprintf(stderr,
                "Usage: peer_turn_bench TURNS status|events|faults|conformance|policy_show|facts_show|heartbeat\n");
        return 2;
    }
    fuzz_server_prepare();
    fill_policy();
    core_init(&server.core, &server.policy, 1);
    fuzz_server_start(false);
    for (unsigned i = 0; i < XHM_CONTROL_HELD_EVENTS; i++) {
        fuzz_server_event();
    }
    peer = greet();
    for (unsigned long i = 0; i < turns; i++) {
        uint64_t took_ns;

        /* The bucket is full again. */
        fuzz_server_step(2 * SAMPLE_S);
        require(send(peer, sent, sent_size, MSG_NOSIGNAL) == (ssize_t)sent_size);
        took_ns = clock_now_ns();
        measured_turn();
        took_ns = clock_now_ns() - took_ns;
        shortest_ns = took_ns < shortest_ns ? took_ns : shortest_ns;
        fuzz_server_turn();
        replies += read_replies(peer);
    }
    printf("%lu %llu\n", replies, (unsigned long long)shortest_ns);
    close(peer);
    return 0;
}
