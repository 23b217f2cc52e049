// SPDX-License-Identifier: Apache-2.0
/**
 * Peers that the supervisor shall miss: one that declares a heartbeat and then falls silent, or goes without a word, is
 * an event. In the other direction each answer proves completed supervision steps, so that supervision is mutual.
 */
#ifndef XHM_CONTROL_PEER_HEARTBEAT_H
#define XHM_CONTROL_PEER_HEARTBEAT_H

#include "control.pb-c.h"
#include <stdbool.h>
#include <stdint.h>

/** Longest time between two heartbeats that can be declared. */
#define PEER_HEARTBEAT_MAX_MS 60000u

struct peer;

/** What a peer declared. All zero: nothing. */
struct peer_heartbeat {
    uint64_t within_ns; /**< the next one comes within this time, 0: none is awaited */
    uint64_t heard_ns;  /**< supervised time at which control_observe() first saw the last one, 0: it has not yet */
    bool is_missed;     /**< that it did not come was told */
};

/** A heartbeat came: answers it. */
void peer_heartbeat_take(struct peer *peer, uint64_t request_id, const Xhm__V1__HeartbeatRequest *request);

/**
 * Tells, once, that a heartbeat is missing: never earlier than declared, at most a cycle later. By supervised time:
 * what waits in the socket while the supervisor does not run is not the peer's fault.
 */
void peer_heartbeat_age(struct peer *peer);

/** The connection ends. */
void peer_heartbeat_end(struct peer *peer);

#endif
