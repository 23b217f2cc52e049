// SPDX-License-Identifier: Apache-2.0
#include "requests.h"

#include "conformance_show.h"
#include "events_stream.h"
#include "facts_show.h"
#include "fault_records.h"
#include "orders.h"
#include "policy_message.h"
#include "state.h"
#include "status_encode.h"
#include "strict.h"

#include <string.h>

#define API_VERSION  1u
#define ANY_READER   (XHM_ALL_ROLES & ~(uint32_t)XHM_ROLE_AGENT)
#define REASON(name) XHM__V1__REFUSAL_REASON__REFUSAL_##name
#define BODY(name)   XHM__V1__CLIENT_MESSAGE__BODY_##name

typedef const Xhm__V1__ClientMessage request;

/* A request that a peer may make. */
struct row {
    const char *name;
    uint32_t roles; /* any of them is enough */
    void (*handle)(struct peer *peer, request *message);
    bool strict; /* changes something: what it says has to be understood completely */
    bool silent; /* answered only when it has an id */
    bool urgent; /* has requests of its own in the peer's bucket */
};

static void handle_hello(struct peer *peer, request *message) {
    const struct xhm_control *control = peer->control;
    const struct xhm_policy *policy = control_policy(control);
    Xhm__V1__ServerMessage reply = XHM__V1__SERVER_MESSAGE__INIT;
    Xhm__V1__HelloReply hello = XHM__V1__HELLO_REPLY__INIT;

    if (message->hello->api_version != API_VERSION) {
        peer_refuse(peer, message->request_id, REASON(VERSION),
                    "hello: API version %u is not spoken here, only version %u", message->hello->api_version,
                    API_VERSION);
        peer_leave(peer);
        return;
    }
    reply.request_id = message->request_id;
    reply.body_case = XHM__V1__SERVER_MESSAGE__BODY_HELLO;
    reply.hello = &hello;
    hello.api_version = API_VERSION;
    hello.ecu_id = (char *)(uintptr_t)policy->ecu_id;
    hello.boot_id = (char *)(uintptr_t)control->options.figures->boot_id;
    hello.policy_hash = policy->hash;
    hello.roles = peer->roles;
    hello.last_sequence = control->held.last;
    hello.version = (char *)(uintptr_t)XHM_VERSION;
    peer->state = PEER_OPEN;
    peer_tell(peer, &reply);
}

static void handle_status(struct peer *peer, request *message) {
    struct xhm_control *control = peer->control;
    const bool all = message->status->partition[0] == '\0';
    const uint32_t partition = all ? XHM_NONE : control_find_partition(control, message->status->partition);
    Xhm__V1__ServerMessage reply = XHM__V1__SERVER_MESSAGE__INIT;

    if (!all && partition == XHM_NONE) {
        peer_refuse(peer, message->request_id, REASON(NOT_FOUND), "status: the policy names no partition %.31s",
                    message->status->partition);
        return;
    }
    reply.request_id = message->request_id;
    reply.body_case = XHM__V1__SERVER_MESSAGE__BODY_STATUS;
    reply.status = status_encode(control->options.core, partition, &control->arena);
    if (!reply.status) {
        peer_refuse_room(peer, message->request_id, "status");
        return;
    }
    reply.status->boot_id = (char *)(uintptr_t)control->options.figures->boot_id;
    reply.status->last_sequence = control->held.last;
    reply.status->worst_lateness_ns = control->options.figures->worst_lateness_ns;
    reply.status->worst_step_ns = control->options.figures->worst_step_ns;
    reply.status->agent_connected = control->agent.peer != NULL;
    if (reply.status->safe_state) {
        reply.status->safe_state->stored = control_latch_is_stored(control);
    }
    peer_tell(peer, &reply);
}

static void handle_events(struct peer *peer, request *message) {
    events_stream_start(peer, message->request_id, message->events);
}

static void handle_inject(struct peer *peer, request *message) {
    injections_request(peer, message->request_id, message->inject);
}

static void handle_inject_clear(struct peer *peer, request *message) {
    injections_clear(peer, message->request_id, message->inject_clear);
}

/* Refusals are events, but a peer must not be able to fill journal and fault memory with them. */
static void record_refusal(struct peer *peer, enum xhm_event_kind kind, uint32_t partition, uint64_t what) {
    struct xhm_control *control = peer->control;

    if (control->refusal_budget > 0) {
        control->refusal_budget--;
        control_record(control, kind, partition, what, credentials_peer(&peer->credentials));
    }
}

static void handle_policy_apply(struct peer *peer, request *message) {
    const struct xhm_control_handler *handler = &peer->control->options.handler;
    const ProtobufCBinaryData *compiled = &message->policy_apply->compiled;
    char error[XHM_ERROR_SIZE] = "";
    const enum xhm_policy_refusal refusal = handler->apply(handler->context, compiled->data, compiled->len, error);

    if (refusal == XHM_POLICY_TAKEN) {
        peer_accept(peer, message->request_id);
    } else {
        record_refusal(peer, XHM_EVENT_POLICY_REFUSED, XHM_NONE, refusal);
        peer_refuse(peer, message->request_id, REASON(BAD_POLICY), "%s", error);
    }
}

static void handle_policy_show(struct peer *peer, request *message) {
    struct xhm_control *control = peer->control;
    Xhm__V1__ServerMessage reply = XHM__V1__SERVER_MESSAGE__INIT;
    Xhm__V1__PolicyShowReply show = XHM__V1__POLICY_SHOW_REPLY__INIT;

    reply.request_id = message->request_id;
    reply.body_case = XHM__V1__SERVER_MESSAGE__BODY_POLICY;
    reply.policy = &show;
    show.policy_hash = control_policy(control)->hash;
    show.policy = policy_to_message(control_policy(control), &control->arena);
    if (!show.policy) {
        peer_refuse_room(peer, message->request_id, "policy show");
        return;
    }
    peer_tell(peer, &reply);
}

static void handle_agent_report(struct peer *peer, request *message) {
    agent_link_report(peer->control, peer, message->agent_report);
}

static void handle_agent_heartbeat(struct peer *peer, request *message) {
    agent_link_heartbeat(peer->control, peer, message->agent_heartbeat);
}

/* Answered only when it has an id, like the agent's other messages. */
static void handle_facts(struct peer *peer, request *message) {
    char error[XHM_ERROR_SIZE];
    const bool taken = facts_link_take(peer->control, peer, message->facts, error);

    if (message->request_id == 0) {
        return;
    }
    if (taken) {
        peer_accept(peer, message->request_id);
    } else {
        peer_refuse(peer, message->request_id, REASON(BAD_REQUEST), "%s", error);
    }
}

static void handle_heartbeat(struct peer *peer, request *message) {
    peer_heartbeat_take(peer, message->request_id, message->heartbeat);
}

#define OPERATOR XHM_ROLE_OPERATOR
#define SAFETY   ((uint32_t)XHM_ROLE_OPERATOR | (uint32_t)XHM_ROLE_CLUSTER)
#define STRICT   .strict = true
#define READS    .strict = false
#define SILENT   .silent = true
#define URGENT   .urgent = true

/* clang-format off: one line a request */
static const struct row rows[] = {
    [BODY(HELLO)] = {"hello", XHM_ALL_ROLES, handle_hello, READS},
    [BODY(STATUS)] = {"status", ANY_READER, handle_status, READS},
    [BODY(EVENTS)] = {"events", ANY_READER, handle_events, READS},
    [BODY(POLICY_SHOW)] = {"policy show", ANY_READER, handle_policy_show, READS},
    [BODY(FAULTS)] = {"faults", ANY_READER, fault_records_show, READS},
    [BODY(CONFORMANCE)] = {"conformance", ANY_READER, conformance_show_answer, READS},
    [BODY(FACTS_SHOW)] = {"facts show", ANY_READER, facts_show_answer, READS},
    [BODY(HEARTBEAT)] = {"heartbeat", XHM_ALL_ROLES, handle_heartbeat, STRICT},
    [BODY(RESTART)] = {"restart", OPERATOR, orders_restart, STRICT},
    [BODY(FAIL_OVER)] = {"fail over", OPERATOR, orders_fail_over, STRICT},
    [BODY(MODE)] = {"mode", OPERATOR, orders_mode, STRICT},
    [BODY(MAINTENANCE)] = {"maintenance", OPERATOR, orders_maintenance, STRICT},
    [BODY(OPERATION_CYCLE)] = {"operation cycle", OPERATOR, orders_operation_cycle, STRICT},
    [BODY(SAFE_STATE)] = {"safe state", SAFETY, orders_safe_state, STRICT, URGENT},
    [BODY(SAFE_STATE_CLEAR)] = {"safe state clear", OPERATOR, orders_safe_state_clear, STRICT},
    [BODY(FAULTS_CLEAR)] = {"faults clear", OPERATOR, fault_records_clear, STRICT},
    [BODY(POLICY_APPLY)] = {"policy apply", XHM_ROLE_INTEGRATOR, handle_policy_apply, STRICT},
    [BODY(INJECT)] = {"inject", XHM_ROLE_RIG, handle_inject, STRICT},
    [BODY(INJECT_CLEAR)] = {"inject clear", XHM_ROLE_RIG, handle_inject_clear, STRICT},
    [BODY(AGENT_REPORT)] = {"agent report", XHM_ROLE_AGENT, handle_agent_report, SILENT},
    [BODY(AGENT_HEARTBEAT)] = {"agent heartbeat", XHM_ROLE_AGENT, handle_agent_heartbeat, SILENT},
    [BODY(FACTS)] = {"facts", XHM_ROLE_AGENT, handle_facts, READS},
};
/* clang-format on */

static const struct row *find_row(Xhm__V1__ClientMessage__BodyCase body) {
    return (size_t)body < sizeof(rows) / sizeof(rows[0]) && rows[body].handle ? &rows[body] : NULL;
}

static void refuse_role(struct peer *peer, uint64_t request_id, Xhm__V1__ClientMessage__BodyCase body,
                        const struct row *row) {
    record_refusal(peer, XHM_EVENT_REQUEST_REFUSED, peer->credentials.partition, (uint64_t)body);
    peer_refuse(peer, request_id, REASON(NOT_PERMITTED), "%s: the policy does not give %s %u a role for it", row->name,
                peer->credentials.is_domain ? "domain" : "uid",
                peer->credentials.is_domain ? peer->credentials.domid : peer->credentials.uid);
    if (peer->state == PEER_GREETING) {
        peer_leave(peer);
    }
}

static void refuse_rate(struct peer *peer, request *message) {
    struct xhm_control *control = peer->control;

    if (!control->limit_was_told) {
        control->limit_was_told = true;
        control_record(control, XHM_EVENT_REQUESTS_LIMITED, peer->credentials.partition, (uint64_t)message->body_case,
                       credentials_peer(&peer->credentials));
    }
    peer_refuse(peer, message->request_id, REASON(BUSY), "this peer makes more than %u requests a second",
                REQUEST_RATE_PER_S);
}

static void dispatch(struct peer *peer, request *message) {
    const struct row *row = find_row(message->body_case);

    if (peer->state == PEER_GREETING && message->body_case != BODY(HELLO)) {
        peer_refuse(peer, message->request_id, REASON(BAD_REQUEST), "the first message must be hello");
        peer_leave(peer);
    } else if (!request_rate_take(&peer->rate, row && row->urgent)) {
        refuse_rate(peer, message);
    } else if (!row) {
        peer_refuse(peer, message->request_id, REASON(BAD_REQUEST), "the message holds no request that is known here");
    } else if (!(peer->roles & row->roles)) {
        refuse_role(peer, message->request_id, message->body_case, row);
    } else if (row->strict && !strict_is_known(&message->base)) {
        peer_refuse(peer, message->request_id, REASON(BAD_REQUEST),
                    "%s: the request has a field that is not known here, so it is not carried out in part", row->name);
    } else {
        row->handle(peer, message);
        if (row->silent && message->request_id != 0) {
            peer_accept(peer, message->request_id);
        }
    }
}

void requests_handle(struct peer *peer, const uint8_t *message, size_t size) {
    struct xhm_arena *arena = &peer->control->arena;
    request *decoded;

    arena_reset(arena);
    decoded = xhm__v1__client_message__unpack(&arena->allocator, size, message);
    if (!decoded) {
        peer_close(peer);
        return;
    }
    dispatch(peer, decoded);
}

/* The id is the first field of what every protobuf library writes; without it the refusal carries 0. */
static uint64_t read_request_id(const uint8_t *data, size_t size) {
    uint64_t id = 0;
    size_t at = 0;

    while (at < size && at < XHM_FRAME_PREFIX_SIZE && data[at] & 0x80u) {
        at++;
    }
    at++;
    if (at >= size || data[at++] != 0x08u) {
        return 0;
    }
    for (unsigned shift = 0; at < size && shift < 64; shift += 7) {
        id |= (uint64_t)(data[at] & 0x7fu) << shift;
        if (!(data[at++] & 0x80u)) {
            return id;
        }
    }
    return 0;
}

void requests_refuse_large(struct peer *peer, const uint8_t *data, size_t size) {
    const uint64_t request_id = read_request_id(data, size);

    if (!(peer->roles & XHM_ROLE_INTEGRATOR)) {
        refuse_role(peer, request_id, BODY(POLICY_APPLY), find_row(BODY(POLICY_APPLY)));
        return;
    }
    peer_refuse(peer, request_id, REASON(BUSY), "policy apply: another peer is giving a policy");
}
