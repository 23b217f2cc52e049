// SPDX-License-Identifier: Apache-2.0
#include "peer_heartbeat.h"

#include "state.h"

#define NS_PER_MS UINT64_C(1000000)

/* A peer must not be able to fill journal and fault memory by coming and going. */
static void record(struct peer *peer, enum xhm_event_kind kind) {
    if (peer->control->heartbeat_budget == 0) {
        return;
    }
    peer->control->heartbeat_budget--;
    control_record(peer->control, kind, peer->credentials.partition, peer->heartbeat.within_ns / NS_PER_MS,
                   credentials_peer(&peer->credentials));
}

static void answer(struct peer *peer, uint64_t request_id) {
    const struct xhm_core *core = peer->control->options.core;
    Xhm__V1__ServerMessage message = XHM__V1__SERVER_MESSAGE__INIT;
    Xhm__V1__HeartbeatReply reply = XHM__V1__HEARTBEAT_REPLY__INIT;

    message.request_id = request_id;
    message.body_case = XHM__V1__SERVER_MESSAGE__BODY_HEARTBEAT;
    message.heartbeat = &reply;
    reply.steps = core->steps;
    reply.safe_state = (char *)(uintptr_t)core_safe_state_name(core);
    peer_tell(peer, &message);
}

void peer_heartbeat_take(struct peer *peer, uint64_t request_id, const Xhm__V1__HeartbeatRequest *request) {
    if (request->within_ms > PEER_HEARTBEAT_MAX_MS) {
        peer_refuse(peer, request_id, XHM__V1__REFUSAL_REASON__REFUSAL_BAD_REQUEST,
                    "heartbeat: the next one must come within %u ms at most", PEER_HEARTBEAT_MAX_MS);
        return;
    }
    if (peer->heartbeat.is_missed) {
        record(peer, XHM_EVENT_PEER_HEARD);
    }
    peer->heartbeat = (struct peer_heartbeat){.within_ns = request->within_ms * NS_PER_MS};
    answer(peer, request_id);
}

void peer_heartbeat_age(struct peer *peer) {
    const uint64_t now_ns = peer->control->options.core->supervised_ns;
    struct peer_heartbeat *heartbeat = &peer->heartbeat;

    if (heartbeat->heard_ns == 0) {
        heartbeat->heard_ns = now_ns;
    }
    if (heartbeat->within_ns > 0 && !heartbeat->is_missed && now_ns - heartbeat->heard_ns > heartbeat->within_ns) {
        heartbeat->is_missed = true;
        record(peer, XHM_EVENT_PEER_SILENT);
    }
}

void peer_heartbeat_end(struct peer *peer) {
    if (peer->heartbeat.within_ns > 0 && !peer->heartbeat.is_missed) {
        record(peer, XHM_EVENT_PEER_SILENT);
    }
    peer->heartbeat = (struct peer_heartbeat){.within_ns = 0};
}
