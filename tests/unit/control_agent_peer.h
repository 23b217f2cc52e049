// SPDX-License-Identifier: Apache-2.0
/*
 * The agent and a rig as peers of the API's server: what they send, and what they are sent. Shared by the tests of the
 * agent and of injections.
 */
#ifndef XHM_CONTROL_AGENT_PEER_H
#define XHM_CONTROL_AGENT_PEER_H

#include "control_harness.h"

#define KIND(name) XHM__V1__INJECTION_KIND__INJECTION_##name
#define TASK(name) XHM__V1__AGENT_TASK_KIND__AGENT_TASK_##name

static struct client agent;
static struct client rig;
static char brake[] = "brake";

static inline void beat(struct client *who) {
    HEARTBEAT(heartbeat);
    heartbeat.request_id = 0;
    heartbeat_body.injection_supported = true;
    client_send(who, &heartbeat);
}

static inline void open_agent(struct client *who) {
    client_open(who);
    beat(who);
}

static inline void delegate(uint32_t partition, uint64_t task_id) {
    const struct xhm_action action = {.kind = XHM_ACTION_RECREATE, .partition = partition, .task_id = task_id};

    control_agent_recreate(harness.control, &action);
}

static inline void report(struct client *who, uint64_t task_id, bool done, uint32_t domid) {
    static char message[] = "destroying domain 5: it is dark here";

    AGENT_REPORT(request);
    request.request_id = 0;
    request_body.task_id = task_id;
    request_body.done = done;
    request_body.domid = domid;
    request_body.message = message;
    client_send(who, &request);
}

static inline const Xhm__V1__AgentTask *receive_task(struct client *who) {
    const Xhm__V1__ServerMessage *message = client_receive(who);

    assert_non_null(message);
    assert_int_equal(message->body_case, XHM__V1__SERVER_MESSAGE__BODY_AGENT_TASK);
    assert_int_equal(message->request_id, 0);
    return message->agent_task;
}

static inline const Xhm__V1__ServerMessage *inject(Xhm__V1__InjectionKind kind, char *partition, uint64_t duration_ms) {
    INJECT(request);
    request_body.kind = kind;
    request_body.partition = partition;
    request_body.duration_ms = duration_ms;
    return client_ask(&rig, &request);
}

static inline const Xhm__V1__ServerMessage *clear(char *partition) {
    INJECT_CLEAR(request);
    if (partition) {
        request_body.partition = partition;
    }
    return client_ask(&rig, &request);
}

static inline void assert_last_record(enum xhm_event_kind kind, uint32_t partition, uint64_t value0, uint64_t value1) {
    const struct xhm_event *event = &harness.records[harness.record_count - 1];

    assert_int_equal(event->kind, kind);
    assert_int_equal(event->partition, partition);
    assert_int_equal(event->values[0], value0);
    assert_int_equal(event->values[1], value1);
}

#endif
