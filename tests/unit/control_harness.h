// SPDX-License-Identifier: Apache-2.0
/*
 * The API's server with everything around it played: a core in a state of the test's choice, a writer that only notes,
 * an event loop that the test turns by hand, and clients on the real socket or over a vchan of fake_vchan.c.
 */
#ifndef XHM_CONTROL_HARNESS_H
#define XHM_CONTROL_HARNESS_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "control.h"
#include "control.pb-c.h"
#include "sample_policy.h"

#define REFUSED(reason)     XHM__V1__REFUSAL_REASON__REFUSAL_##reason
#define HARNESS_MAX_RECORDS 64

/* Everything that the server saw or was told; a test changes it as it needs. */
struct harness {
    struct sd_event *event;
    struct xhm_control *control;
    struct xhm_policy policy;
    struct xhm_core core;
    struct xhm_observation observation;
    struct xhm_control_figures figures;
    char socket_path[64];
    uint64_t sequence;
    uint32_t record_count;
    struct xhm_event records[HARNESS_MAX_RECORDS]; /* of the API itself, in their order */
    char record_partition[XHM_NAME_SIZE];          /* of the last event */
    enum xhm_order_answer order_answer;
    uint32_t order_count;
    struct xhm_order order; /* the last one */
    uint64_t state_generation;
    uint64_t state_stored;
    bool degraded;
    enum xhm_policy_refusal apply_answer;
    uint32_t applied;
    uint8_t applied_data[300000];
    size_t applied_size;
    uint32_t fault_count;
    char said[XHM_ERROR_SIZE];
};

/* The domain of infotainment, whose peers come over vchan. */
#define HARNESS_DOMID 5

struct client {
    int descriptor;
    bool over_vchan;
    struct client_vchan *vchan;
    size_t size;
    uint8_t data[400000];
};

extern struct harness harness;

/* cmocka set-up and tear-down: a server for the sample policy; the tester's uid has every role. */
int harness_open(void **state);
int harness_close(void **state);
/* The same with the API offered over vchan, too: clients connect from infotainment, whose roles harness_roles() sets.
 */
int harness_open_over_vchan(void **state);

/* Infotainment has an instance with this domid; 0: it has none. The server sees it with the next observation. */
void harness_instance(uint16_t domid);
/* Its instance is dom0. */
void harness_instance_is_dom0(void);
/* Which roles the tester has from the next connection on. */
void harness_roles(uint32_t roles);
/* Turns the event loop until nothing is left to be done. */
void harness_turn(void);
/* What the supervision step asks for, at this time. */
void harness_observe(uint64_t now_ns);
/* An event happens. */
void harness_event(void);
/* Another one, whose first value is a partition. */
void harness_named_event(void);

/* A connection, without and with Hello. */
void client_connect(struct client *client);
void client_open(struct client *client);
void client_close(struct client *client);
/* Sends bytes as they are, turning the loop while the socket is full. */
void client_send_bytes(struct client *client, const void *data, size_t size);
void client_send(struct client *client, const Xhm__V1__ClientMessage *message);
/* The next message, which stays valid until the next call; NULL when there is none. */
Xhm__V1__ServerMessage *client_receive(struct client *client);
/* Next message out of what was received already; the loop is not turned. */
Xhm__V1__ServerMessage *client_next(struct client *client);
/* Sends a request and receives its answer. */
Xhm__V1__ServerMessage *client_ask(struct client *client, Xhm__V1__ClientMessage *message);
bool client_is_closed(struct client *client);
void assert_accepted(const Xhm__V1__ServerMessage *message);
void assert_refused(const Xhm__V1__ServerMessage *message, Xhm__V1__RefusalReason reason);
/* The refusal says this, too. */
void assert_refused_with(const Xhm__V1__ServerMessage *message, Xhm__V1__RefusalReason reason, const char *words);

/* Requests: X is the body's name, V its value. The message and its body live in the enclosing block. */
#define REQUEST(variable, CASE, member, type, init)                                                                    \
    Xhm__V1__ClientMessage variable = XHM__V1__CLIENT_MESSAGE__INIT;                                                   \
    type variable##_body = init;                                                                                       \
    variable.request_id = 77;                                                                                          \
    variable.body_case = XHM__V1__CLIENT_MESSAGE__BODY_##CASE;                                                         \
    variable.member = &variable##_body
#define HELLO(v)   REQUEST(v, HELLO, hello, Xhm__V1__Hello, XHM__V1__HELLO__INIT)
#define STATUS(v)  REQUEST(v, STATUS, status, Xhm__V1__StatusRequest, XHM__V1__STATUS_REQUEST__INIT)
#define EVENTS(v)  REQUEST(v, EVENTS, events, Xhm__V1__EventsRequest, XHM__V1__EVENTS_REQUEST__INIT)
#define RESTART(v) REQUEST(v, RESTART, restart, Xhm__V1__RestartRequest, XHM__V1__RESTART_REQUEST__INIT)
#define INJECT(v)  REQUEST(v, INJECT, inject, Xhm__V1__InjectRequest, XHM__V1__INJECT_REQUEST__INIT)
#define INJECT_CLEAR(v)                                                                                                \
    REQUEST(v, INJECT_CLEAR, inject_clear, Xhm__V1__InjectClearRequest, XHM__V1__INJECT_CLEAR_REQUEST__INIT)
#define POLICY_APPLY(v)                                                                                                \
    REQUEST(v, POLICY_APPLY, policy_apply, Xhm__V1__PolicyApplyRequest, XHM__V1__POLICY_APPLY_REQUEST__INIT)
#define POLICY_SHOW(v)                                                                                                 \
    REQUEST(v, POLICY_SHOW, policy_show, Xhm__V1__PolicyShowRequest, XHM__V1__POLICY_SHOW_REQUEST__INIT)
#define PEER_HEARTBEAT(v) REQUEST(v, HEARTBEAT, heartbeat, Xhm__V1__HeartbeatRequest, XHM__V1__HEARTBEAT_REQUEST__INIT)
#define FAIL_OVER(v)      REQUEST(v, FAIL_OVER, fail_over, Xhm__V1__FailOverRequest, XHM__V1__FAIL_OVER_REQUEST__INIT)
#define MODE(v)           REQUEST(v, MODE, mode, Xhm__V1__ModeRequest, XHM__V1__MODE_REQUEST__INIT)
#define MAINTENANCE(v)                                                                                                 \
    REQUEST(v, MAINTENANCE, maintenance, Xhm__V1__MaintenanceRequest, XHM__V1__MAINTENANCE_REQUEST__INIT)
#define SAFE_STATE(v) REQUEST(v, SAFE_STATE, safe_state, Xhm__V1__SafeStateRequest, XHM__V1__SAFE_STATE_REQUEST__INIT)
#define SAFE_STATE_CLEAR(v)                                                                                            \
    REQUEST(v, SAFE_STATE_CLEAR, safe_state_clear, Xhm__V1__SafeStateClearRequest,                                     \
            XHM__V1__SAFE_STATE_CLEAR_REQUEST__INIT)
#define OPERATION_CYCLE(v)                                                                                             \
    REQUEST(v, OPERATION_CYCLE, operation_cycle, Xhm__V1__OperationCycleRequest, XHM__V1__OPERATION_CYCLE_REQUEST__INIT)
#define FAULTS_CLEAR(v)                                                                                                \
    REQUEST(v, FAULTS_CLEAR, faults_clear, Xhm__V1__FaultsClearRequest, XHM__V1__FAULTS_CLEAR_REQUEST__INIT)
#define FAULTS(v)       REQUEST(v, FAULTS, faults, Xhm__V1__FaultsRequest, XHM__V1__FAULTS_REQUEST__INIT)
#define AGENT_REPORT(v) REQUEST(v, AGENT_REPORT, agent_report, Xhm__V1__AgentReport, XHM__V1__AGENT_REPORT__INIT)
#define HEARTBEAT(v)                                                                                                   \
    REQUEST(v, AGENT_HEARTBEAT, agent_heartbeat, Xhm__V1__AgentHeartbeat, XHM__V1__AGENT_HEARTBEAT__INIT)
#define FACTS(v)      REQUEST(v, FACTS, facts, Xhm__V1__Facts, XHM__V1__FACTS__INIT)
#define FACTS_SHOW(v) REQUEST(v, FACTS_SHOW, facts_show, Xhm__V1__FactsShowRequest, XHM__V1__FACTS_SHOW_REQUEST__INIT)
#define CONFORMANCE(v)                                                                                                 \
    REQUEST(v, CONFORMANCE, conformance, Xhm__V1__ConformanceRequest, XHM__V1__CONFORMANCE_REQUEST__INIT)

#endif
