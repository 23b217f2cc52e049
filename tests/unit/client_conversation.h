// SPDX-License-Identifier: Apache-2.0
/*
 * A client of libxhm-client, and a supervisor that is played by the test, over a pair of sockets. A test reads like the
 * conversation: what the client says is heard, what the supervisor says is sent.
 */
#ifndef XHM_CLIENT_CONVERSATION_H
#define XHM_CLIENT_CONVERSATION_H

#include "xhm_client.h"

#include <poll.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

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

extern struct supervisor supervisor;
extern struct seen seen;
extern struct xhm_client *client;

/* cmocka set-up and tear-down: a client that begins to connect; a test may close it and open another one. */
int conversation_open(void **state);
int conversation_close(void **state);

/* Callbacks of the client, which note in `seen`. */
void on_event(void *context, const Xhm__V1__Event *event);
void on_gap(void *context, uint64_t first, uint64_t last);
void on_reply(void *context, int result, const Xhm__V1__ServerMessage *reply);

/* Lets the client run until its descriptor is quiet. */
void run_client(void);

/* Lets the client run until the condition holds; a client that never gets there fails by the poll's time-out. */
#define RUN_UNTIL(condition)                                                                                           \
    while (!(condition)) {                                                                                             \
        struct pollfd waiting = {.fd = xhm_client_descriptor(client), .events = POLLIN};                               \
        assert_int_equal(poll(&waiting, 1, 5000), 1);                                                                  \
        assert_int_equal(xhm_client_process(client), 0);                                                               \
    }

/* What the client says next; the caller frees the message, which is of this kind or the test fails. */
Xhm__V1__ClientMessage *hear(Xhm__V1__ClientMessage__BodyCase body);
/* The same, of which only the request's number counts. */
uint64_t hear_id(Xhm__V1__ClientMessage__BodyCase body);
/* The same, of what an agent says: nobody answers, so that it has no number. */
void hear_unanswered(Xhm__V1__ClientMessage__BodyCase body);
/* The client says nothing. */
void hears_nothing(void);

/* Writes a message as a frame. Returns its size; 4096 bytes are enough for what is said here. */
size_t pack(const Xhm__V1__ServerMessage *message, uint8_t *bytes);
/* What the supervisor says. */
void say(const Xhm__V1__ServerMessage *message);
void say_hello(uint64_t id, uint64_t last_sequence);
void say_event(uint64_t sequence);
void say_gap(uint64_t first, uint64_t last);
void say_accepted(uint64_t id);
void say_refused(uint64_t id, Xhm__V1__RefusalReason reason);

/* The client connects, and both greet each other. */
void greet(uint64_t last_sequence);
/* The supervisor goes away; the client connects again. */
void reconnect(uint64_t last_sequence);

/* A request as good as any other: to restart brake. */
const Xhm__V1__ClientMessage *restart_request(void);

#endif
