// SPDX-License-Identifier: Apache-2.0
/*
 * The API's server with everything around it played, for fuzz targets: a core with the sample policy and two safe
 * states, a writer that only counts, clients on its real socket.
 */
#ifndef XHM_FUZZ_SERVER_H
#define XHM_FUZZ_SERVER_H

#include "control.h"
#include "control.pb-c.h"
#include "frame.h"
#include "sample_policy.h"

#include <stdlib.h>

static inline void require(bool held) {
    if (!held) {
        abort();
    }
}

struct fuzz_server {
    struct xhm_control *control; /* NULL: closed */
    struct xhm_policy policy;
    struct xhm_core core;
    struct xhm_observation observation;
    uint64_t now_ns;
    uint64_t sequence;
    uint64_t state_generation;
};

extern struct fuzz_server server;

/* Opens it anew. The process's uid has the roles of the policy's first row of access. */
void fuzz_server_open(bool over_vchan);
/* Sets all about it up but for control_open(), for who changes the policy first. */
void fuzz_server_prepare(void);
void fuzz_server_start(bool over_vchan);
void fuzz_server_close(void);

/* One turn of the loop. @return false when nothing was to be done */
bool fuzz_server_turn_once(void);
/* Turns the loop until nothing is left to be done. */
void fuzz_server_turn(void);
/* A supervision step, so much later. */
void fuzz_server_step(uint64_t passed_ns);
/* An event happens. */
void fuzz_server_event(void);

/* A connection to the socket that has said nothing; its descriptor does not block. */
int fuzz_server_connect(void);
/* A new client is heard and answered, whatever the others did; it has a role. */
void fuzz_server_require_service(void);

/* What a client received and has not looked at. */
struct fuzz_received {
    size_t size;
    uint8_t data[2 * XHM_FRAME_MAX_SIZE];
};

/* Looks at it: whole frames are messages, and are dropped. */
void fuzz_received_check(struct fuzz_received *received);
/* Receives until nothing is left, turning the loop. @return false when the connection has ended */
bool fuzz_received_drain(struct fuzz_received *received, int descriptor);

#endif
