// SPDX-License-Identifier: Apache-2.0
#include "held_events.h"

void held_events_init(struct held_events *held, uint64_t last_sequence) {
    held->first = last_sequence + 1;
    held->last = last_sequence;
}

void held_events_add(struct held_events *held, const struct xhm_record *record) {
    /* Sequence numbers grow by one; if ever they do not, what was before cannot be counted on. */
    if (record->sequence != held->last + 1) {
        held->first = record->sequence;
    }
    held->records[record->sequence % XHM_CONTROL_HELD_EVENTS] = *record;
    held->last = record->sequence;
    if (held->last - held->first >= XHM_CONTROL_HELD_EVENTS) {
        held->first = held->last - XHM_CONTROL_HELD_EVENTS + 1;
    }
}

const struct xhm_record *held_events_get(const struct held_events *held, uint64_t sequence) {
    return &held->records[sequence % XHM_CONTROL_HELD_EVENTS];
}
