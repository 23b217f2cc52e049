// SPDX-License-Identifier: Apache-2.0
#include "requests.h"

#include "events_stream.h"
#include "policy_message.h"
#include "state.h"
#include "status_encode.h"
#include "strict.h"

#include <string.h>

#define API_VERSION   1u
#define FAULT_RECORDS 1024u
#define ANY_READER    ((uint32_t)XHM_ROLE_OBSERVER | (uint32_t)XHM_ROLE_OPERATOR | (uint32_t)XHM_ROLE_RIG)
#define ANY_ROLE      (ANY_READER | (uint32_t)XHM_ROLE_AGENT)
#define REASON(name)  XHM__V1__REFUSAL_REASON__REFUSAL_##name
#define BODY(name)    XHM__V1__CLIENT_MESSAGE__BODY_##name

typedef const Xhm__V1__ClientMessage request;

/* A request that a peer may make. */
struct row {
    const char *name;
    uint32_t roles; /* any of them is enough */
    bool strict;    /* changes something: what it says has to be understood completely */
    bool silent;    /* answered only when it has an id */
    void (*handle)(struct peer *peer, request *message);
};

static void tell_no_room(struct peer *peer, request *message, const char *what) {
    peer_refuse(peer, message->request_id, REASON(NOT_AVAILABLE),
                "%s: too large for the room that this build has for a reply", what);
}

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
        tell_no_room(peer, message, "status");
        return;
    }
    reply.status->boot_id = (char *)(uintptr_t)control->options.figures->boot_id;
    reply.status->last_sequence = control->held.last;
    reply.status->worst_lateness_ns = control->options.figures->worst_lateness_ns;
    reply.status->worst_step_ns = control->options.figures->worst_step_ns;
    reply.status->agent_connected = control->agent.peer != NULL;
    peer_tell(peer, &reply);
}

static void handle_events(struct peer *peer, request *message) {
    events_stream_start(peer, message->request_id, message->events);
}

static void handle_restart(struct peer *peer, request *message) {
    const struct xhm_control *control = peer->control;
    const struct xhm_control_handler *handler = &control->options.handler;
    const char *name = message->restart->partition;
    const uint32_t partition = control_find_partition(control, name);
    const struct xhm_order order = {.kind = XHM_ORDER_RESTART, .partition = partition, .uid = peer->credentials.uid};
    const enum xhm_order_answer answer =
        partition == XHM_NONE ? XHM_ORDER_NOT_FOUND : handler->order(handler->context, &order);

    switch (answer) {
    case XHM_ORDER_ACCEPTED:
        peer_accept(peer, message->request_id);
        break;
    case XHM_ORDER_UNDER_WAY:
        peer_refuse(peer, message->request_id, REASON(BUSY), "restart: partition %.31s is being restarted already",
                    name);
        break;
    case XHM_ORDER_IMPOSSIBLE:
        peer_refuse(peer, message->request_id, REASON(NOT_AVAILABLE),
                    "restart: partition %.31s is not recognised by a uuid, it cannot be recreated", name);
        break;
    case XHM_ORDER_LATCHED:
    case XHM_ORDER_NOT_LATCHED:
    case XHM_ORDER_LESS_SEVERE:
    case XHM_ORDER_BAD_TOKEN:
    case XHM_ORDER_OUT_OF_RANGE:
    case XHM_ORDER_NOT_READY:
    case XHM_ORDER_NOTHING_TO_DO:
    case XHM_ORDER_NOT_FOUND:
        peer_refuse(peer, message->request_id, REASON(NOT_FOUND), "restart: the policy names no partition %.31s", name);
        break;
    }
}

static void handle_inject(struct peer *peer, request *message) {
    injections_request(peer, message->request_id, message->inject);
}

static void handle_inject_clear(struct peer *peer, request *message) {
    injections_clear(peer, message->request_id, message->inject_clear);
}

static void handle_policy_apply(struct peer *peer, request *message) {
    const struct xhm_control_handler *handler = &peer->control->options.handler;
    const ProtobufCBinaryData *compiled = &message->policy_apply->compiled;
    char error[XHM_ERROR_SIZE] = "";

    if (handler->apply(handler->context, compiled->data, compiled->len, peer->credentials.uid, error)) {
        peer_accept(peer, message->request_id);
    } else {
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
        tell_no_room(peer, message, "policy show");
        return;
    }
    peer_tell(peer, &reply);
}

static Xhm__V1__FaultRecord *fault_encode(const struct xhm_fault_record *from, struct xhm_arena *arena) {
    const enum xhm_fault fault = faults_find(from->number);
    Xhm__V1__FaultRecord *to = arena_message(arena, &xhm__v1__fault_record__descriptor);

    if (!to) {
        return NULL;
    }
    to->fault = from->number;
    if (fault < XHM_FAULT_COUNT) {
        to->fault_name = (char *)(uintptr_t)faults_info(fault)->name;
    }
    to->partition = (char *)(uintptr_t)from->partition;
    to->entity = (char *)(uintptr_t)from->entity;
    to->active = from->active;
    to->occurrences = from->occurrences;
    to->first_sequence = from->first_sequence;
    to->last_sequence = from->last_sequence;
    to->first_wall_clock_ns = from->first_wall_clock_ns;
    to->last_wall_clock_ns = from->last_wall_clock_ns;
    return to;
}

static bool fault_records_encode(struct xhm_control *control, Xhm__V1__FaultsReply *to) {
    struct xhm_arena *arena = &control->arena;
    struct xhm_fault_record *records = arena_take(arena, FAULT_RECORDS * sizeof(records[0]));
    uint32_t count;

    if (!records) {
        return false;
    }
    count = writer_faults(control->options.writer, records, FAULT_RECORDS);
    to->records = arena_take(arena, count * sizeof(to->records[0]));
    for (uint32_t i = 0; to->records && i < count; i++) {
        if (!(to->records[i] = fault_encode(&records[i], arena))) {
            return false;
        }
        to->n_records++;
    }
    return to->records != NULL;
}

static void handle_faults(struct peer *peer, request *message) {
    struct xhm_control *control = peer->control;
    Xhm__V1__ServerMessage reply = XHM__V1__SERVER_MESSAGE__INIT;
    Xhm__V1__FaultsReply faults = XHM__V1__FAULTS_REPLY__INIT;

    reply.request_id = message->request_id;
    reply.body_case = XHM__V1__SERVER_MESSAGE__BODY_FAULTS;
    reply.faults = &faults;
    faults.degraded = writer_degraded(control->options.writer);
    faults.recovered = control->options.fault_memory_recovered;
    if (!fault_records_encode(control, &faults)) {
        tell_no_room(peer, message, "faults");
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

static const struct row rows[] = {
    [BODY(HELLO)] = {.name = "hello", .roles = ANY_ROLE, .handle = handle_hello},
    [BODY(STATUS)] = {.name = "status", .roles = ANY_READER, .handle = handle_status},
    [BODY(EVENTS)] = {.name = "events", .roles = ANY_READER, .handle = handle_events},
    [BODY(RESTART)] = {.name = "restart", .roles = XHM_ROLE_OPERATOR, .strict = true, .handle = handle_restart},
    [BODY(INJECT)] = {.name = "inject", .roles = XHM_ROLE_RIG, .strict = true, .handle = handle_inject},
    [BODY(
        INJECT_CLEAR)] = {.name = "inject clear", .roles = XHM_ROLE_RIG, .strict = true, .handle = handle_inject_clear},
    [BODY(POLICY_APPLY)] = {.name = "policy apply",
                            .roles = XHM_ROLE_OPERATOR,
                            .strict = true,
                            .handle = handle_policy_apply},
    [BODY(POLICY_SHOW)] = {.name = "policy show", .roles = ANY_READER, .handle = handle_policy_show},
    [BODY(AGENT_REPORT)] = {.name = "agent report",
                            .roles = XHM_ROLE_AGENT,
                            .silent = true,
                            .handle = handle_agent_report},
    [BODY(AGENT_HEARTBEAT)] = {.name = "agent heartbeat",
                               .roles = XHM_ROLE_AGENT,
                               .silent = true,
                               .handle = handle_agent_heartbeat},
    [BODY(FAULTS)] = {.name = "faults", .roles = ANY_READER, .handle = handle_faults},
};

static const struct row *find_row(Xhm__V1__ClientMessage__BodyCase body) {
    return (size_t)body < sizeof(rows) / sizeof(rows[0]) && rows[body].handle ? &rows[body] : NULL;
}

/* Refusals are events, but a peer must not be able to fill journal and fault memory with them. */
static void record_refusal(struct peer *peer, Xhm__V1__ClientMessage__BodyCase body) {
    struct xhm_control *control = peer->control;

    if (control->refusal_budget > 0) {
        control->refusal_budget--;
        control_record(control, XHM_EVENT_REQUEST_REFUSED, XHM_NONE, (uint64_t)body, peer->credentials.uid);
    }
}

static void refuse_role(struct peer *peer, uint64_t request_id, Xhm__V1__ClientMessage__BodyCase body,
                        const struct row *row) {
    record_refusal(peer, body);
    peer_refuse(peer, request_id, REASON(NOT_PERMITTED), "%s: the policy does not give uid %u a role for it", row->name,
                peer->credentials.uid);
    if (peer->state == PEER_GREETING) {
        peer_leave(peer);
    }
}

static void dispatch(struct peer *peer, request *message) {
    const struct row *row = find_row(message->body_case);

    if (peer->state == PEER_GREETING && message->body_case != BODY(HELLO)) {
        peer_refuse(peer, message->request_id, REASON(BAD_REQUEST), "the first message must be hello");
        peer_leave(peer);
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

    if (!(peer->roles & XHM_ROLE_OPERATOR)) {
        refuse_role(peer, request_id, BODY(POLICY_APPLY), find_row(BODY(POLICY_APPLY)));
        return;
    }
    peer_refuse(peer, request_id, REASON(BUSY), "policy apply: another peer is giving a policy");
}
