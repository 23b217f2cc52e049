// SPDX-License-Identifier: Apache-2.0
/**
 * Events to those who asked for them: from their position in the held events, as far as their buffer has room.
 */
#ifndef XHM_CONTROL_EVENTS_STREAM_H
#define XHM_CONTROL_EVENTS_STREAM_H

#include "peer.h"

/** Begins a stream; one that only follows is replaced. */
void events_stream_start(struct peer *peer, uint64_t request_id, const Xhm__V1__EventsRequest *request);

/** True when there is something to send. */
bool events_stream_has_more(const struct peer *peer);

/** Queues gaps and events, bounded by the turn and by room for replies. */
void events_stream_fill(struct peer *peer);

#endif
