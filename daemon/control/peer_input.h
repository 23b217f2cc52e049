// SPDX-License-Identifier: Apache-2.0
/**
 * From a peer's socket to its requests: frames, what is too large for the peer's own buffer, and what is passed over.
 */
#ifndef XHM_CONTROL_PEER_INPUT_H
#define XHM_CONTROL_PEER_INPUT_H

#include "peer.h"

/** Forgets what was received. */
void peer_input_reset(struct peer *peer);

/** Reads once what the buffer has room for, without waiting. @return false when the connection ended */
bool peer_input_receive(struct peer *peer);

/** Handles whole requests, at most PEER_REQUESTS_PER_TURN. */
void peer_input_handle(struct peer *peer);

#endif
