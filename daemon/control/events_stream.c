// SPDX-License-Identifier: Apache-2.0
#include "events_stream.h"

#include "state.h"

/* Events leave half of the buffer to replies, so that a peer that follows can still ask. */
#define FILL_LIMIT (PEER_OUTPUT_SIZE / 2)

void events_stream_start(struct peer *peer, uint64_t request_id, const Xhm__V1__EventsRequest *request) {
    const struct held_events *held = &peer->control->held;

    if (peer->stream.active && !peer->stream.follow) {
        peer_refuse(peer, request_id, XHM__V1__REFUSAL_REASON__REFUSAL_BUSY,
                    "events: the list that was asked for before is not complete yet");
        return;
    }
    peer->stream = (struct peer_stream){
        .active = true,
        .follow = request->follow,
        /* A peer that knows more events than ever happened comes from another life of the fault memory. */
        .next = request->since < held->last ? request->since + 1 : held->last + 1,
        .until = request->follow ? UINT64_MAX : held->last,
        .request_id = request_id,
    };
}

bool events_stream_has_more(const struct peer *peer) {
    return peer->state == PEER_OPEN && peer->stream.active &&
           (!peer->stream.follow || peer->stream.next <= peer->control->held.last);
}

static bool offer_gap(struct peer *peer, uint64_t last_missing) {
    Xhm__V1__ServerMessage message = XHM__V1__SERVER_MESSAGE__INIT;
    Xhm__V1__Gap gap = XHM__V1__GAP__INIT;

    message.body_case = XHM__V1__SERVER_MESSAGE__BODY_GAP;
    message.gap = &gap;
    gap.first_missing = peer->stream.next;
    gap.last_missing = last_missing;
    if (!peer_offer(peer, &message)) {
        return false;
    }
    peer->stream.next = last_missing + 1;
    return true;
}

static void fault_fill(Xhm__V1__Event *to, enum xhm_fault fault) {
    if (fault < XHM_FAULT_COUNT) {
        to->fault = faults_info(fault)->number;
        to->fault_name = (char *)(uintptr_t)faults_info(fault)->name;
    }
}

static bool offer_event(struct peer *peer, const struct xhm_record *record) {
    Xhm__V1__ServerMessage message = XHM__V1__SERVER_MESSAGE__INIT;
    Xhm__V1__Event event = XHM__V1__EVENT__INIT;
    char *value_names[] = {(char *)(uintptr_t)record->value_names[0], (char *)(uintptr_t)record->value_names[1]};

    message.body_case = XHM__V1__SERVER_MESSAGE__BODY_EVENT;
    message.event = &event;
    event.sequence = record->sequence;
    event.monotonic_ns = record->event.time_ns;
    event.wall_clock_ns = record->wall_clock_ns;
    event.kind = (Xhm__V1__EventKind)record->event.kind;
    event.partition = (char *)(uintptr_t)record->partition;
    event.entity = (char *)(uintptr_t)record->entity;
    event.n_values = 2;
    event.values = (uint64_t *)(uintptr_t)record->event.values;
    event.n_value_names = 2;
    event.value_names = value_names;
    fault_fill(&event, record->event.fault);
    if (record->event.domid != XHM_NONE) {
        event.instance_case = XHM__V1__EVENT__INSTANCE_DOMID;
        event.domid = record->event.domid;
    }
    if (!peer_offer(peer, &message)) {
        return false;
    }
    peer->stream.next++;
    return true;
}

/* Sends what comes next. @return false when there is nothing more or no room */
static bool advance(struct peer *peer) {
    const struct held_events *held = &peer->control->held;
    struct peer_stream *stream = &peer->stream;

    if (stream->next > stream->until) {
        stream->active = false;
        peer_accept(peer, stream->request_id);
        return false;
    }
    if (stream->next > held->last) {
        return false;
    }
    if (stream->next < held->first) {
        return offer_gap(peer, held->first - 1 < stream->until ? held->first - 1 : stream->until);
    }
    return offer_event(peer, held_events_get(held, stream->next));
}

void events_stream_fill(struct peer *peer) {
    uint32_t count = 0;

    while (events_stream_has_more(peer) && count < PEER_EVENTS_PER_TURN && output_pending(&peer->output) < FILL_LIMIT &&
           advance(peer)) {
        count++;
    }
}
