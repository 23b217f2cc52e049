// SPDX-License-Identifier: Apache-2.0
/* libxhm-client against the real server of the API, both in one process: the test turns the two loops in turn. */
#include "control_harness.h"
#include "policy_message.h"
#include "xhm_client.h"

#include <poll.h>
#include <stdio.h>
#include <string.h>

static struct xhm_client *client;
static unsigned connections;
static unsigned disconnections;
static uint64_t events[8192];
static size_t event_count;
static uint64_t gaps[16][2];
static size_t gap_count;
static uint64_t tasks[8];
static size_t task_count;
static uint64_t ordered_period_ms;
static uint64_t ordered;
static unsigned replies;
static int result_seen;
static int body_seen;
static int reason_seen;
static uint64_t number_seen;

static void on_connected(void *context, const Xhm__V1__HelloReply *reply) {
    connections++;
}

static void on_disconnected(void *context, const char *reason) {
    disconnections++;
}

static void on_event(void *context, const Xhm__V1__Event *event) {
    assert_true(event_count < sizeof(events) / sizeof(events[0]));
    events[event_count++] = event->sequence;
}

static void on_gap(void *context, uint64_t first, uint64_t last) {
    gaps[gap_count][0] = first;
    gaps[gap_count++][1] = last;
}

static void on_task(void *context, const Xhm__V1__AgentTask *task) {
    tasks[task_count++] = task->task_id;
}

static void on_facts_order(void *context, const Xhm__V1__FactsOrder *order) {
    ordered_period_ms = order->period_ms;
    ordered = order->order;
}

static uint64_t number_of(const Xhm__V1__ServerMessage *reply) {
    switch ((int)reply->body_case) {
    case XHM__V1__SERVER_MESSAGE__BODY_STATUS:
        return reply->status->n_partitions;
    case XHM__V1__SERVER_MESSAGE__BODY_POLICY:
        return reply->policy->policy_hash;
    case XHM__V1__SERVER_MESSAGE__BODY_FAULTS:
        return reply->faults->n_records;
    case XHM__V1__SERVER_MESSAGE__BODY_ACCEPTED:
        return reply->accepted->sequence;
    case XHM__V1__SERVER_MESSAGE__BODY_CONFORMANCE:
        return reply->conformance->n_checks;
    case XHM__V1__SERVER_MESSAGE__BODY_FACTS_SHOW:
        return reply->facts_show->facts != NULL ? reply->facts_show->facts->host->pcpus_online : 0;
    default:
        return 0;
    }
}

static void on_reply(void *context, int result, const Xhm__V1__ServerMessage *reply) {
    replies++;
    result_seen = result;
    body_seen = reply != NULL ? (int)reply->body_case : 0;
    reason_seen = body_seen == XHM__V1__SERVER_MESSAGE__BODY_REFUSED ? (int)reply->refused->reason : 0;
    number_seen = reply != NULL ? number_of(reply) : 0;
}

/* Both sides in turn, until the client has been quiet for a while of the server's turns. */
static void converse(void) {
    for (unsigned quiet = 0; quiet < 4; quiet++) {
        struct pollfd descriptor = {.fd = xhm_client_descriptor(client), .events = POLLIN};
        harness_turn();
        while (poll(&descriptor, 1, 0) > 0) {
            assert_int_equal(xhm_client_process(client), 0);
            quiet = 0;
        }
    }
}

/* The client's own times pass as well: a reconnection waits for its backoff. */
#define CONVERSE_UNTIL(condition)                                                                                      \
    do {                                                                                                               \
        struct pollfd descriptor = {.fd = xhm_client_descriptor(client), .events = POLLIN};                            \
        converse();                                                                                                    \
        if (!(condition)) {                                                                                            \
            assert_int_equal(poll(&descriptor, 1, 5000), 1);                                                           \
        }                                                                                                              \
    } while (!(condition))

static int set_up(void **state) {
    char error[XHM_CLIENT_ERROR_SIZE];
    if (harness_open(state) != 0) {
        return -1;
    }
    connections = disconnections = replies = 0;
    event_count = gap_count = task_count = 0;
    const struct xhm_client_options options = {
        .socket_path = harness.socket_path,
        .handler = {.connected = on_connected,
                    .disconnected = on_disconnected,
                    .event = on_event,
                    .gap = on_gap,
                    .agent_task = on_task,
                    .facts_order = on_facts_order},
        .backoff_first_ms = 1,
        .backoff_max_ms = 4,
    };
    client = xhm_client_open(&options, error);
    return client != NULL ? 0 : -1;
}

static int tear_down(void **state) {
    xhm_client_close(client);
    harness_turn();
    return harness_close(state);
}

/* A new life of the server at the same place; the events up to @p last_sequence were told before. */
static void restart_server(uint64_t last_sequence) {
    char error[XHM_ERROR_SIZE];
    const struct xhm_control_options options = {.socket_path = harness.socket_path,
                                                .core = &harness.core,
                                                .figures = &harness.figures,
                                                .last_sequence = last_sequence};
    control_close(harness.control);
    harness.sequence = last_sequence;
    harness.control = control_open(harness.event, &options, error);
    assert_non_null(harness.control);
}

static void ask(const Xhm__V1__ClientMessage *request) {
    unsigned before = replies;
    assert_int_equal(xhm_client_request(client, request, 0, on_reply, NULL), 0);
    CONVERSE_UNTIL(replies == before + 1);
    assert_int_equal(result_seen, 0);
}

static void greets(void **state) {
    converse();
    assert_int_equal(connections, 1);
    assert_int_equal(xhm_client_greeting(client)->policy_hash, harness.policy.hash);
    assert_int_equal(xhm_client_greeting(client)->roles, XHM_ALL_ROLES);
    assert_int_equal(xhm_client_greeting(client)->last_sequence, 100);
}

static void asks_everything(void **state) {
    STATUS(status);
    RESTART(restart);
    POLICY_SHOW(show);
    FAULTS(faults);
    converse();
    ask(&status);
    assert_int_equal(body_seen, XHM__V1__SERVER_MESSAGE__BODY_STATUS);
    assert_int_equal(number_seen, 3);
    restart_body.partition = (char *)(uintptr_t) "fusion";
    ask(&restart);
    assert_int_equal(body_seen, XHM__V1__SERVER_MESSAGE__BODY_ACCEPTED);
    assert_int_equal(harness.order.partition, SAMPLE_FUSION);
    restart_body.partition = (char *)(uintptr_t) "nobody";
    ask(&restart);
    assert_int_equal(reason_seen, REFUSED(NOT_FOUND));
    ask(&show);
    assert_int_equal(body_seen, XHM__V1__SERVER_MESSAGE__BODY_POLICY);
    assert_int_equal(number_seen, 0x1234);
    harness.fault_count = 2;
    ask(&faults);
    assert_int_equal(body_seen, XHM__V1__SERVER_MESSAGE__BODY_FAULTS);
    assert_int_equal(number_seen, 2);
}

static void enters_a_safe_state(void **state) {
    converse();
    assert_int_equal(xhm_client_safe_state(client, "standstill", 10000, on_reply, NULL), 0);
    converse();
    /* In force, and not acknowledged before it is stored. */
    assert_int_equal(harness.order.kind, XHM_ORDER_SAFE_STATE);
    assert_int_equal(harness.order.safe_state, 1);
    assert_int_equal(replies, 0);
    harness.state_stored = 1;
    harness_observe(SAMPLE_S);
    CONVERSE_UNTIL(replies == 1);
    assert_int_equal(body_seen, XHM__V1__SERVER_MESSAGE__BODY_ACCEPTED);
}

static void applies_large_policies(void **state) {
    static uint8_t large[250000];
    POLICY_APPLY(apply);
    converse();
    memset(large, 7, sizeof(large));
    apply_body.compiled.data = large;
    apply_body.compiled.len = sizeof(large);
    ask(&apply);
    assert_int_equal(body_seen, XHM__V1__SERVER_MESSAGE__BODY_ACCEPTED);
    assert_int_equal(harness.applied_size, sizeof(large));
    harness.apply_answer = XHM_POLICY_UNSOUND;
    ask(&apply);
    assert_int_equal(reason_seen, REFUSED(BAD_POLICY));
}

static void lists_events(void **state) {
    EVENTS(list);
    converse();
    for (unsigned i = 0; i < 5; i++) {
        harness_event();
    }
    list_body.since = 102;
    ask(&list);
    assert_int_equal(body_seen, XHM__V1__SERVER_MESSAGE__BODY_ACCEPTED);
    assert_int_equal(event_count, 3);
    assert_int_equal(events[0], 103);
    assert_int_equal(events[2], 105);
    assert_int_equal(gap_count, 0);
}

/* Before the first event that the server still holds, there is a gap, and it is told once. */
static void lists_from_the_beginning(void **state) {
    EVENTS(list);
    converse();
    harness_event();
    ask(&list);
    assert_int_equal(event_count, 1);
    assert_int_equal(gap_count, 1);
    assert_int_equal(gaps[0][0], 1);
    assert_int_equal(gaps[0][1], 100);
}

static void follows(void **state) {
    assert_int_equal(xhm_client_follow(client, UINT64_MAX), 0);
    converse();
    for (unsigned i = 0; i < 3000; i++) {
        harness_event();
        if (i % 100 == 0) {
            converse();
        }
    }
    CONVERSE_UNTIL(event_count == 3000);
    assert_int_equal(gap_count, 0);
    for (size_t i = 0; i < event_count; i++) {
        assert_int_equal(events[i], 101 + i);
    }
}

/* The supervisor restarts: events of before are held no more, but none is told twice, and what is missing is said. */
static void follows_over_a_restart(void **state) {
    assert_int_equal(xhm_client_follow(client, 100), 0);
    converse();
    harness_event();
    harness_event();
    CONVERSE_UNTIL(event_count == 2);
    restart_server(104);
    CONVERSE_UNTIL(connections == 2);
    harness_event();
    CONVERSE_UNTIL(event_count == 3);
    assert_int_equal(events[1], 102);
    assert_int_equal(events[2], 105);
    assert_int_equal(gap_count, 1);
    assert_int_equal(gaps[0][0], 103);
    assert_int_equal(gaps[0][1], 104);
}

static void is_rejected_without_role(void **state) {
    harness_roles(0);
    converse();
    assert_int_equal(connections, 0);
    assert_true(disconnections > 0);
    assert_true(xhm_client_is_rejected(client));
    harness_roles(XHM_ALL_ROLES);
    CONVERSE_UNTIL(connections == 1);
}

static void observers_only_read(void **state) {
    harness_roles(XHM_ROLE_OBSERVER);
    RESTART(restart);
    STATUS(status);
    converse();
    ask(&status);
    assert_int_equal(body_seen, XHM__V1__SERVER_MESSAGE__BODY_STATUS);
    restart_body.partition = (char *)(uintptr_t) "fusion";
    ask(&restart);
    assert_int_equal(reason_seen, REFUSED(NOT_PERMITTED));
    Xhm__V1__AgentHeartbeat heartbeat = XHM__V1__AGENT_HEARTBEAT__INIT;
    assert_int_equal(xhm_client_agent_heartbeat(client, &heartbeat), 0);
    CONVERSE_UNTIL(disconnections == 1);
    assert_true(xhm_client_is_rejected(client));
}

static void serves_an_agent(void **state) {
    Xhm__V1__AgentHeartbeat heartbeat = XHM__V1__AGENT_HEARTBEAT__INIT;
    Xhm__V1__AgentReport report = XHM__V1__AGENT_REPORT__INIT;
    const struct xhm_action action = {
        .kind = XHM_ACTION_RECREATE, .partition = SAMPLE_BRAKE, .task_id = 44, .uuid = {{0x10}}};
    converse();
    assert_int_equal(xhm_client_agent_heartbeat(client, &heartbeat), 0);
    converse();
    harness_observe(1);
    assert_true(harness.observation.agent_connected);
    control_agent_recreate(harness.control, &action);
    CONVERSE_UNTIL(task_count == 1);
    assert_int_equal(tasks[0], 44);
    report.task_id = 44;
    report.done = true;
    report.domid = 9;
    assert_int_equal(xhm_client_agent_report(client, &report), 0);
    converse();
    harness_observe(2);
    assert_int_equal(harness.observation.agent_report_count, 1);
    assert_int_equal(harness.observation.agent_reports[0].task_id, 44);
    assert_int_equal(harness.observation.agent_reports[0].domid, 9);
    assert_int_equal(disconnections, 0);
}

static void tells_and_shows_facts(void **state) {
    Xhm__V1__AgentHeartbeat heartbeat = XHM__V1__AGENT_HEARTBEAT__INIT;
    Xhm__V1__HostFacts host = XHM__V1__HOST_FACTS__INIT;
    Xhm__V1__Facts facts = XHM__V1__FACTS__INIT;
    assert_int_equal(xhm_client_agent_facts(client, &facts), XHM_CLIENT_NOT_CONNECTED);
    converse();
    assert_int_equal(xhm_client_agent_heartbeat(client, &heartbeat), 0);
    harness_observe(SAMPLE_S);
    harness_observe(2 * SAMPLE_S);
    assert_int_equal(xhm_client_facts(client, 5000, on_reply, NULL), 0);
    CONVERSE_UNTIL(ordered_period_ms == 1000);
    assert_int_equal(body_seen, XHM__V1__SERVER_MESSAGE__BODY_FACTS_SHOW);
    assert_int_equal(number_seen, 0);
    facts.host = &host;
    facts.order = ordered;
    host.availability = XHM__V1__AVAILABILITY__AVAILABILITY_KNOWN;
    host.pcpus_online = 6;
    assert_int_equal(xhm_client_agent_facts(client, &facts), 0);
    converse();
    harness_observe(3 * SAMPLE_S);
    assert_non_null(harness.observation.facts);
    assert_int_equal(harness.observation.facts->host.pcpus_online, 6);
    assert_int_equal(xhm_client_facts(client, 5000, on_reply, NULL), 0);
    CONVERSE_UNTIL(number_seen == 6);
}

static void tells_conformance(void **state) {
    memset(harness.core.partitions, 0, sizeof(harness.core.partitions));
    memset(harness.core.verdicts, 0, sizeof(harness.core.verdicts));
    harness.core.partitions[SAMPLE_FUSION].verdicts[XHM_CHECK_VCPU_AFFINITY].scopes[XHM_VERDICT_CONFORMS] = 3;
    harness.core.verdicts[XHM_CHECK_PLATFORM_CLAIMS].scopes[XHM_VERDICT_UNKNOWN] = UINT64_C(1) << XHM_SCOPE_WHOLE;
    converse();
    assert_int_equal(xhm_client_conformance(client, NULL, 5000, on_reply, NULL), 0);
    CONVERSE_UNTIL(number_seen == 3);
    assert_int_equal(body_seen, XHM__V1__SERVER_MESSAGE__BODY_CONFORMANCE);
    assert_int_equal(xhm_client_conformance(client, "fusion", 5000, on_reply, NULL), 0);
    CONVERSE_UNTIL(number_seen == 2);
    assert_int_equal(xhm_client_conformance(client, "nobody", 5000, on_reply, NULL), 0);
    CONVERSE_UNTIL(reason_seen == REFUSED(NOT_FOUND));
}

int main(void) {
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(greets),
        TEST(asks_everything),
        TEST(enters_a_safe_state),
        TEST(applies_large_policies),
        TEST(lists_events),
        TEST(lists_from_the_beginning),
        TEST(follows),
        TEST(follows_over_a_restart),
        TEST(is_rejected_without_role),
        TEST(observers_only_read),
        TEST(serves_an_agent),
        TEST(tells_and_shows_facts),
        TEST(tells_conformance),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
