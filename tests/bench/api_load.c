// SPDX-License-Identifier: Apache-2.0
/*
 * api_load SOCKET MILLISECONDS KIND=COUNT...: clients of the control API that ask as much as they can, or behave badly,
 * for so long. Prints one JSON object: for each kind what its clients did and got. The kinds are in the table below.
 */
#include "control.pb-c.h"
#include "frame.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#define NS_PER_MS     UINT64_C(1000000)
#define CLIENTS_MAX   64u
#define INPUT_SIZE    (256u * 1024u)
#define SAMPLES_MAX   2000000u
#define SLOW_READ     512u
#define MESSAGE_MAX   64u
#define WORDS_REQUEST 4u

enum pace {
    PACE_ANSWERED = 0,         /* as soon as the last one was answered */
    PACE_NEVER = 1,            /* asks nothing after its first request */
    PACE_100 = 10 * NS_PER_MS, /* 100 a second */
    PACE_180 = 5555555,        /* 180 a second: within what a peer may ask */
};

enum reading {
    READS_ALL,
    READS_SLOWLY, /* SLOW_READ bytes every 20 ms */
    READS_LAST,   /* nothing until the time is over, then all */
};

enum manner {
    MANNER_ASKS,
    MANNER_FOLLOWS, /* first request: all events, from the first one on */
    MANNER_COMES,   /* leaves after one answer, and comes again */
    MANNER_GARBAGE, /* sends bytes that mean nothing; comes again when closed */
    MANNER_HALF,    /* sends the beginning of a message; comes again when closed */
};

enum question {
    ASK_STATUS,
    ASK_EVENTS,
    ASK_FAULTS,
    ASK_CONFORMANCE,
    ASK_IN_TURN,
    ASK_MAINTENANCE, /* begins and ends it: each is an event */
};

struct kind {
    const char *name;
    enum manner manner;
    enum question question;
    uint64_t pace_ns;
    enum reading reading;
};

static const struct kind kinds[] = {
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
#define KIND_COUNT (sizeof(kinds) / sizeof(kinds[0]))

/* What happened to the clients of a kind. */
struct figures {
    unsigned clients;
    unsigned long connected;
    unsigned long no_place;
    unsigned long asked;
    unsigned long answered;
    unsigned long limited; /* refused: more requests than a peer may make */
    unsigned long refused; /* for any other reason */
    unsigned long events;
    unsigned long gaps;
    unsigned long missing; /* events in the gaps */
    unsigned long closed;  /* by the server */
};

struct client {
    unsigned kind;
    int descriptor; /* -1: to connect */
    bool greeted;
    bool waits; /* for an answer */
    bool is_closed;
    uint64_t asked_ns;
    uint64_t due_ns;
    unsigned long turn;
    size_t size;
    uint8_t input[INPUT_SIZE];
};

static struct sockaddr_un address = {.sun_family = AF_UNIX};
static struct figures figures[KIND_COUNT];
static struct client clients[CLIENTS_MAX];
static unsigned client_count;
static uint32_t samples_us[SAMPLES_MAX]; /* from request to answer, of kinds that ask as they are answered */
static size_t sample_count;
static uint64_t random_state = 88172645463325252u;

static uint64_t now_ns(void) {
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000 * NS_PER_MS + (uint64_t)now.tv_nsec;
}

static uint8_t random_byte(void) {
    random_state ^= random_state << 13;
    random_state ^= random_state >> 7;
    random_state ^= random_state << 17;
    return (uint8_t)random_state;
}

static const struct kind *kind_of(const struct client *client) {
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

static void ask(struct client *client) {
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

static void send_garbage(struct client *client) {
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

static void connect_client(struct client *client) {
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

static void receive(struct client *client, size_t most) {
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

/* --- the run -------------------------------------------------------------------------------------------------------
 */

static bool reads_now(const struct client *client, bool is_over) {
    return kind_of(client)->reading == READS_ALL || (is_over && kind_of(client)->reading != READS_ALL);
}

/* Who was closed by the server comes again, but for those whose end is what is looked for. */
static bool comes_again(const struct client *client) {
    return !client->is_closed || kind_of(client)->manner != MANNER_FOLLOWS;
}

static void act(struct client *client, uint64_t now) {
    const struct kind *kind = kind_of(client);

    if (client->descriptor < 0) {
        if (comes_again(client)) {
            connect_client(client);
        }
        return;
    }
    if (now < client->due_ns) {
        return;
    }
    if (kind->reading == READS_SLOWLY) {
        client->due_ns = now + 20 * NS_PER_MS;
        receive(client, SLOW_READ);
    } else if (kind->manner == MANNER_GARBAGE) {
        client->due_ns = now + kind->pace_ns;
        send_garbage(client);
    } else if (kind->pace_ns != PACE_NEVER && client->greeted && !client->waits) {
        client->due_ns = client->due_ns + kind->pace_ns > now ? client->due_ns + kind->pace_ns : now;
        ask(client);
    }
}

/* Who does not read still has to say Hello and hear the answer. */
static void poll_clients(bool is_over, int timeout_ms) {
    struct pollfd polled[CLIENTS_MAX];

    for (unsigned i = 0; i < client_count; i++) {
        const struct client *client = &clients[i];

        polled[i] = (struct pollfd){.fd = reads_now(client, is_over) || !client->greeted ? client->descriptor : -1,
                                    .events = POLLIN};
    }
    if (poll(polled, client_count, timeout_ms) <= 0) {
        return;
    }
    for (unsigned i = 0; i < client_count; i++) {
        if (polled[i].revents != 0 && clients[i].descriptor >= 0) {
            receive(&clients[i], reads_now(&clients[i], is_over) ? INPUT_SIZE : SLOW_READ);
        }
    }
}

static void run(uint64_t duration_ns) {
    const uint64_t end_ns = now_ns() + duration_ns;
    uint64_t now;

    while ((now = now_ns()) < end_ns) {
        for (unsigned i = 0; i < client_count; i++) {
            act(&clients[i], now);
        }
        poll_clients(false, 1);
    }
}

/* What those who did not read have in store, until nothing more comes for a while. */
static void catch_up(void) {
    const uint64_t end_ns = now_ns() + 300 * NS_PER_MS;

    while (now_ns() < end_ns) {
        poll_clients(true, 10);
    }
}

/* --- what came of it -----------------------------------------------------------------------------------------------
 */

static int compare(const void *left, const void *right) {
    const uint32_t a = *(const uint32_t *)left;
    const uint32_t b = *(const uint32_t *)right;

    return (a > b) - (a < b);
}

static void print(uint64_t took_ns) {
    qsort(samples_us, sample_count, sizeof(samples_us[0]), compare);
    printf("{\"seconds\": %.3f, \"answers\": %zu, \"p50_us\": %u, \"p99_us\": %u, \"worst_us\": %u",
           (double)took_ns / 1e9, sample_count, sample_count ? samples_us[sample_count / 2] : 0,
           sample_count ? samples_us[sample_count * 99 / 100] : 0, sample_count ? samples_us[sample_count - 1] : 0);
    for (size_t i = 0; i < KIND_COUNT; i++) {
        const struct figures *of_kind = &figures[i];

        if (of_kind->clients > 0) {
            printf(",\n \"%s\": {\"clients\": %u, \"connected\": %lu, \"no_place\": %lu, \"asked\": %lu, "
                   "\"answered\": %lu, \"limited\": %lu, \"refused\": %lu, \"events\": %lu, \"gaps\": %lu, "
                   "\"missing\": %lu, \"closed\": %lu}",
                   kinds[i].name, of_kind->clients, of_kind->connected, of_kind->no_place, of_kind->asked,
                   of_kind->answered, of_kind->limited, of_kind->refused, of_kind->events, of_kind->gaps,
                   of_kind->missing, of_kind->closed);
        }
    }
    printf("}\n");
}

static bool add_clients(const char *argument) {
    const char *equals = strchr(argument, '=');
    unsigned long count = equals ? strtoul(equals + 1, NULL, 10) : 0;

    for (unsigned i = 0; equals && i < KIND_COUNT; i++) {
        if (strlen(kinds[i].name) == (size_t)(equals - argument) &&
            strncmp(kinds[i].name, argument, (size_t)(equals - argument)) == 0) {
            figures[i].clients += (unsigned)count;
            for (; count > 0 && client_count < CLIENTS_MAX; count--) {
                clients[client_count].kind = i;
                clients[client_count++].descriptor = -1;
            }
            return count == 0;
        }
    }
    return false;
}

int main(int argc, char *argv[]) {
    const unsigned long milliseconds = argc > 2 ? strtoul(argv[2], NULL, 10) : 0;
    bool known = argc > 3 && milliseconds > 0 && strlen(argv[1]) < sizeof(address.sun_path);

    for (int i = 3; known && i < argc; i++) {
        known = add_clients(argv[i]);
    }
    if (!known) {
        fprintf(stderr, "Usage: api_load SOCKET MILLISECONDS KIND=COUNT...\n");
        return 2;
    }
    strcpy(address.sun_path, argv[1]);

    const uint64_t begin_ns = now_ns();

    run(milliseconds * NS_PER_MS);

    const uint64_t took_ns = now_ns() - begin_ns;

    catch_up();
    print(took_ns);
    return 0;
}
