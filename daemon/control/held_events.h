// SPDX-License-Identifier: Apache-2.0
/**
 * The last XHM_CONTROL_HELD_EVENTS events, by sequence number. Every reader has a position in them, so that replay,
 * live events and gaps are one thing.
 */
#ifndef XHM_CONTROL_HELD_EVENTS_H
#define XHM_CONTROL_HELD_EVENTS_H

#include "control.h"

/** Holds the events first to last; empty when first is last + 1. */
struct held_events {
    uint64_t first;
    uint64_t last;
    struct xhm_record records[XHM_CONTROL_HELD_EVENTS];
};

/** Holds nothing; @p last_sequence is of the last event ever. */
void held_events_init(struct held_events *held, uint64_t last_sequence);

/** Adds the next event, in the place of the oldest when there is no more room. */
void held_events_add(struct held_events *held, const struct xhm_record *record);

/** The event @p sequence, which must be held. */
const struct xhm_record *held_events_get(const struct held_events *held, uint64_t sequence);

#endif
