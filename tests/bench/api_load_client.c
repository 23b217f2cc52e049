// SPDX-License-Identifier: Apache-2.0
#include "api_load_client.h"
#include "control.pb-c.h"
#include "frame.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define MESSAGE_MAX   64u
#define WORDS_REQUEST 4u

const struct kind kinds[KIND_COUNT] = {
    {"status", MANNER_ASKS, ASK_STATUS, PACE_ANSWERED, READS_ALL},
    {"events", MANNER_ASKS, ASK_EVENTS, PACE_ANSWERED, READS_ALL},
    {"faults", MANNER_ASKS, ASK_FAULTS, PACE_ANSWERED, READS_ALL},
    {"conformance", MANNER_ASKS, ASK_CONFORMANCE, PACE_ANSWERED, READS_ALL},
    {"mixed", MANNER_ASKS, ASK_IN_TURN, PACE_ANSWERED, READS_ALL},
    {"within", MANNER_ASKS, ASK_IN_TURN, PACE_180, READS_ALL},
    {"maker", MANNER_ASKS, ASK_MAINTENANCE, PACE_180, READS_ALL},
    {"follower", MANNER_FOLLOWS, ASK_EVENTS, PACE_NEVER, READS_ALL},
    {"slow", MANNER_FOLLOWS, ASK_EVENTS, PACE_NEVER, READS_SLOWLY},
    {"deaf", MANNER_FOLLOWS, ASK_EVENTS, PACE_NEVER, READS_LAST},
    {"coming", MANNER_COMES, ASK_STATUS, PACE_ANSWERED, READS_ALL},
    {"garbage", MANNER_GARBAGE, ASK_STATUS, PACE_100, READS_ALL},
    {"half", MANNER_HALF, ASK_STATUS, PACE_NEVER, READS_ALL},
};

struct sockaddr_un address = {.sun_family = AF_UNIX};
struct figures figures[KIND_COUNT];
struct client clients[CLIENTS_MAX];
unsigned client_count;
uint32_t samples_us[SAMPLES_MAX];
size_t sample_count;
static uint64_t random_state = 88172645463325252u;

uint64_t now_ns(void) {
    struct timespec now = {0};

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000 * NS_PER_MS + (uint64_t)now.tv_nsec;
}

static uint8_t random_byte(void) {
    random_state ^= random_state << 13;
    random_state ^= random_state >> 7;
    random_state ^= random_state << 17;
    return (uint8_t)random_state;
}

const struct kind *kind_of(const struct client *client) {
    return &kinds[client->kind];
}

static struct figures *figures_of(const struct client *client) {
    return &figures[client->kind];
}

/* --- sending -------------------------------------------------------------------------------------------------------
 */

static void send_bytes(struct client *client, const uint8_t *data, size_t size) {
    (void)send(client->descriptor, data, size, MSG_NOSIGNAL | MSG_DONTWAIT);
}

static void send_message(struct client *client, const Xhm__V1__ClientMessage *message) {
    uint8_t data[XHM_FRAME_PREFIX_SIZE + MESSAGE_MAX];
    const size_t size = xhm__v1__client_message__get_packed_size(message);
    const size_t prefix_size = frame_prefix((uint32_t)size, data);

    if (size <= MESSAGE_MAX) {
        xhm__v1__client_message__pack(message, data + prefix_size);
        send_bytes(client, data, prefix_size + size);
    }
}

static void greet(struct client *client) {
    Xhm__V1__ClientMessage message = XHM__V1__CLIENT_MESSAGE__INIT;
    Xhm__V1__Hello hello = XHM__V1__HELLO__INIT;

    hello.api_version = 1;
    message.request_id = 1;
    message.body_case = XHM__V1__CLIENT_MESSAGE__BODY_HELLO;
    message.hello = &hello;
    send_message(client, &message);
}

static enum question question_of(const struct client *client) {
    const enum question question = kind_of(client)->question;

    return question == ASK_IN_TURN ? (enum question)(client->turn % WORDS_REQUEST) : question;
}

void ask(struct client *client) {
    static char partitions[][3] = {"p1", "p2", "p3", "p4"};
    Xhm__V1__ClientMessage message = XHM__V1__CLIENT_MESSAGE__INIT;
    Xhm__V1__StatusRequest status = XHM__V1__STATUS_REQUEST__INIT;
    Xhm__V1__EventsRequest events = XHM__V1__EVENTS_REQUEST__INIT;
    Xhm__V1__FaultsRequest faults = XHM__V1__FAULTS_REQUEST__INIT;
    Xhm__V1__ConformanceRequest conformance = XHM__V1__CONFORMANCE_REQUEST__INIT;
    Xhm__V1__MaintenanceRequest maintenance = XHM__V1__MAINTENANCE_REQUEST__INIT;

    message.request_id = 2 + client->turn;
    switch (question_of(client)) {
    case ASK_STATUS:
    case ASK_IN_TURN:
        message.body_case = XHM__V1__CLIENT_MESSAGE__BODY_STATUS;
        message.status = &status;
        break;
    case ASK_EVENTS:
        /* Who asks for lists asks for what is new, as it would; who follows wants all. */
        events.follow = kind_of(client)->manner == MANNER_FOLLOWS;
        events.since = events.follow ? 0 : UINT64_MAX;
        message.body_case = XHM__V1__CLIENT_MESSAGE__BODY_EVENTS;
        message.events = &events;
        break;
    case ASK_FAULTS:
        message.body_case = XHM__V1__CLIENT_MESSAGE__BODY_FAULTS;
        message.faults = &faults;
        break;
    case ASK_CONFORMANCE:
        message.body_case = XHM__V1__CLIENT_MESSAGE__BODY_CONFORMANCE;
        message.conformance = &conformance;
        break;
    case ASK_MAINTENANCE:
        maintenance.partition = partitions[(size_t)(client - clients) % 4];
        maintenance.duration_ms = client->turn % 2 == 0 ? 60000 : 0;
        message.body_case = XHM__V1__CLIENT_MESSAGE__BODY_MAINTENANCE;
        message.maintenance = &maintenance;
        break;
    }
    send_message(client, &message);
    client->turn++;
    client->waits = kind_of(client)->manner != MANNER_FOLLOWS;
    client->asked_ns = now_ns();
    figures_of(client)->asked++;
}

void send_garbage(struct client *client) {
    uint8_t data[256];

    for (size_t i = 0; i < sizeof(data); i++) {
        data[i] = random_byte();
    }
    send_bytes(client, data, 1 + random_byte());
}

/* --- coming and going ----------------------------------------------------------------------------------------------
 */

static void leave(struct client *client) {
    close(client->descriptor);
    client->descriptor = -1;
    client->greeted = client->waits = false;
    client->size = 0;
}

static void closed_by_server(struct client *client) {
    figures_of(client)->closed++;
    client->is_closed = true;
    leave(client);
}

void connect_client(struct client *client) {
    static const uint8_t half[] = {200, 1, 0x08};

    client->descriptor = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (client->descriptor < 0 || connect(client->descriptor, (struct sockaddr *)&address, sizeof(address)) != 0) {
        if (client->descriptor >= 0) {
            close(client->descriptor);
        }
        client->descriptor = -1;
        return;
    }
    figures_of(client)->connected++;
    if (kind_of(client)->manner == MANNER_HALF) {
        send_bytes(client, half, sizeof(half));
    } else if (kind_of(client)->manner != MANNER_GARBAGE) {
        greet(client);
    }
}

/* --- receiving -----------------------------------------------------------------------------------------------------
 */

static void note_answer(struct client *client) {
    if (!client->waits) {
        return;
    }
    client->waits = false;
    figures_of(client)->answered++;
    if (sample_count < SAMPLES_MAX && kind_of(client)->manner == MANNER_ASKS) {
        samples_us[sample_count++] = (uint32_t)((now_ns() - client->asked_ns) / 1000);
    }
}

static void note_refusal(struct client *client, const Xhm__V1__Refused *refused) {
    struct figures *of_kind = figures_of(client);

    if (!client->greeted) {
        of_kind->no_place++;
    } else if (strstr(refused->message, "requests a second")) {
        of_kind->limited++;
    } else {
        of_kind->refused++;
    }
    client->waits = false;
}

static void note(struct client *client, const Xhm__V1__ServerMessage *reply) {
    struct figures *of_kind = figures_of(client);

    switch ((unsigned)reply->body_case) {
    case XHM__V1__SERVER_MESSAGE__BODY_HELLO:
        client->greeted = true;
        if (kind_of(client)->manner == MANNER_FOLLOWS) {
            ask(client);
        }
        break;
    case XHM__V1__SERVER_MESSAGE__BODY_EVENT:
        of_kind->events++;
        break;
    case XHM__V1__SERVER_MESSAGE__BODY_GAP:
        of_kind->gaps++;
        of_kind->missing += reply->gap->last_missing - reply->gap->first_missing + 1;
        break;
    case XHM__V1__SERVER_MESSAGE__BODY_REFUSED:
        note_refusal(client, reply->refused);
        break;
    default:
        note_answer(client);
        break;
    }
}

static void look_at_input(struct client *client) {
    const uint8_t *message;
    size_t message_size;
    size_t consumed;
    size_t at = 0;

    while (frame_next(client->input + at, client->size - at, XHM_FRAME_MAX_SIZE, &message, &message_size, &consumed) ==
           XHM_FRAME_COMPLETE) {
        Xhm__V1__ServerMessage *reply = xhm__v1__server_message__unpack(NULL, message_size, message);

        if (!reply) {
            fprintf(stderr, "api_load: a reply is no message\n");
            exit(1);
        }
        note(client, reply);
        xhm__v1__server_message__free_unpacked(reply, NULL);
        at += consumed;
    }
    client->size -= at;
    memmove(client->input, client->input + at, client->size);
}

void receive(struct client *client, size_t most) {
    const size_t room = sizeof(client->input) - client->size;
    const ssize_t got = recv(client->descriptor, client->input + client->size, most < room ? most : room, MSG_DONTWAIT);

    if (got > 0) {
        client->size += (size_t)got;
        look_at_input(client);
        if (kind_of(client)->manner == MANNER_COMES && client->greeted && client->turn % 2 == 1 && !client->waits) {
            client->turn++;
            leave(client);
        }
    } else if (got == 0 || (errno != EAGAIN && errno != EINTR)) {
        closed_by_server(client);
    }
}
