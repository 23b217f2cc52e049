// SPDX-License-Identifier: Apache-2.0
/**
 * One connected peer: its buffers, its turn in the event loop, and how long it may keep others waiting.
 */
#ifndef XHM_CONTROL_PEER_H
#define XHM_CONTROL_PEER_H

#include "awaited.h"
#include "control.pb-c.h"
#include "facts_message.h"
#include "frame.h"
#include "output.h"
#include "peer_heartbeat.h"
#include "policy_codec.h"
#include "request_rate.h"
#include "roles.h"
#include <systemd/sd-event.h>

#define PEER_COUNT             16u
#define PEER_INPUT_SIZE        4096u
#define PEER_OUTPUT_SIZE       (32u * 1024u)
/** Requests of one peer that one turn handles, and events that it sends. */
#define PEER_REQUESTS_PER_TURN 8u
#define PEER_EVENTS_PER_TURN   64u
/** Largest requests: a signed policy, or a set of facts, and what is around it. */
#define PEER_LARGE_INPUT_SIZE                                                                                          \
    ((XHM_POLICY_MAX_SIZE > XHM_FACTS_MAX_SIZE ? XHM_POLICY_MAX_SIZE : XHM_FACTS_MAX_SIZE) + 256u)
/** Large requests that can be received at once: one of the agent, and one of anybody else. */
#define PEER_LARGE_INPUTS 2u

/** How far a connection has come. */
enum peer_state {
    PEER_FREE,     /**< nobody is connected */
    PEER_GREETING, /**< connected, no Hello yet */
    PEER_OPEN,
    PEER_CLOSING, /**< sends what is left, reads nothing more */
};

/** Position in the held events of a peer that asked for them. */
struct peer_stream {
    bool active;
    bool follow;
    uint64_t next;       /**< sequence to be sent next */
    uint64_t until;      /**< last sequence to be sent */
    uint64_t request_id; /**< to be answered at the end, when not following */
};

/** What was received and not handled yet. */
struct peer_input {
    uint8_t small[PEER_INPUT_SIZE];
    uint8_t *data; /**< `small`, or the shared large buffer */
    size_t capacity;
    size_t size;
    size_t skip; /**< bytes of a refused frame that are still to come */
};

/** One place for a connection, and who is at the other end of it. */
struct peer {
    struct xhm_control *control;
    sd_event_source *source;
    int descriptor;
    enum peer_state state;
    struct credentials credentials;
    uint32_t roles;
    bool more; /**< the input holds a whole request that waits for the next turn */
    struct peer_input input;
    struct output output;
    uint8_t output_memory[PEER_OUTPUT_SIZE];
    struct peer_stream stream;
    struct awaited_list awaited;
    struct request_rate rate;
    struct peer_heartbeat heartbeat;
    /* Times at which control_observe() first saw the peer in a state that must not last, 0: it was not. */
    uint64_t silent_since_ns;
    uint64_t partial_since_ns;
    uint64_t leaving_since_ns;
};

/** Buffers for what exceeds a peer's own, lent to one peer at a time. */
struct peer_large {
    const struct peer *readers[PEER_LARGE_INPUTS]; /**< who receives into `inputs`: the agent into the last */
    const struct peer *writer;                     /**< whose reply is in `output` */
    struct output output;
    uint8_t inputs[PEER_LARGE_INPUTS][PEER_LARGE_INPUT_SIZE];
    uint8_t output_memory[XHM_FRAME_MAX_SIZE + XHM_FRAME_PREFIX_SIZE];
};

/** Makes every peer, with event sources that wait disabled on @p placeholder. @return 0 or a negative errno */
int peers_open(struct xhm_control *control, int placeholder);
/** Tells everybody what can be told without waiting, and closes. */
void peers_close(struct xhm_control *control);

/** Takes over a connected socket. @return false when there is no room for a peer of its roles */
bool peers_admit(struct xhm_control *control, int descriptor, const struct credentials *credentials);

/** Ends the connection at once. */
void peer_close(struct peer *peer);
/** Ends the connection as soon as what is queued was sent. */
void peer_leave(struct peer *peer);
/** Sees to it that the peer gets a turn soon, because there is something to tell. */
void peer_wake(struct peer *peer);
/** Sends a peer that follows what it was not sent yet. Never closes it: that is for its next turn. */
void peer_hurry(struct peer *peer);
/** Counts the time: closes the peer when it kept us waiting for too long, fills its bucket, misses its heartbeat. */
void peer_age(struct peer *peer, uint64_t now_ns);

/** True while a reply of the peer is in the large buffer. */
bool peer_has_large_reply(const struct peer *peer);
/** True while requests of the peer are taken. */
bool peer_is_heard(const struct peer *peer);

/** Queues @p message. A peer that does not read its replies is closed. */
void peer_tell(struct peer *peer, const Xhm__V1__ServerMessage *message);
/** Queues Accepted. */
void peer_accept(struct peer *peer, uint64_t request_id);
/** Queues Refused with a sentence. */
void peer_refuse(struct peer *peer, uint64_t request_id, Xhm__V1__RefusalReason reason, const char *format, ...)
    __attribute__((format(printf, 4, 5)));
/** Queues Refused: the reply to @p what exceeds what this build can make. */
void peer_refuse_room(struct peer *peer, uint64_t request_id, const char *what);
/** Queues a message that nobody asked for, if there is room. @return false when there is none now */
bool peer_offer(struct peer *peer, const Xhm__V1__ServerMessage *message);

#endif
