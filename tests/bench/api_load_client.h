// SPDX-License-Identifier: Apache-2.0
/* The clients of api_load: what kinds there are, and what one of them does. */
#ifndef XHM_API_LOAD_CLIENT_H
#define XHM_API_LOAD_CLIENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/un.h>

#define NS_PER_MS   UINT64_C(1000000)
#define CLIENTS_MAX 64u
#define INPUT_SIZE  (256u * 1024u)
#define SAMPLES_MAX 2000000u
#define KIND_COUNT  13u

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

extern const struct kind kinds[KIND_COUNT];

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

/* Where the clients connect to. */
extern struct sockaddr_un address;
extern struct figures figures[KIND_COUNT];
extern struct client clients[CLIENTS_MAX];
extern unsigned client_count;
/* Microseconds from request to answer, of kinds that ask as they are answered. */
extern uint32_t samples_us[SAMPLES_MAX];
extern size_t sample_count;

/* The monotonic clock. */
uint64_t now_ns(void);
const struct kind *kind_of(const struct client *client);
/* Connects, and greets or sends what is no greeting. */
void connect_client(struct client *client);
/* Asks the next question. */
void ask(struct client *client);
void send_garbage(struct client *client);
/* Takes what has come, at most so many bytes, and notes it; a client that was closed by the server leaves. */
void receive(struct client *client, size_t most);

#endif
