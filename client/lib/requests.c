// SPDX-License-Identifier: Apache-2.0
#include "client_internal.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static bool send_events_request(struct xhm_client *client) {
    Xhm__V1__EventsRequest events = XHM__V1__EVENTS_REQUEST__INIT;
    Xhm__V1__ClientMessage message = XHM__V1__CLIENT_MESSAGE__INIT;
    events.since = client->stream.last;
    events.follow = true;
    client->follow_id = client->next_id++;
    message.request_id = client->follow_id;
    message.body_case = XHM__V1__CLIENT_MESSAGE__BODY_EVENTS;
    message.events = &events;
    return client_link_send(client, &message);
}

static void free_first_report(struct xhm_client *client) {
    xhm__v1__agent_report__free_unpacked(client->reports[0], NULL);
    client->report_count--;
    memmove(client->reports, client->reports + 1, client->report_count * sizeof(client->reports[0]));
}

void client_requests_send_reports(struct xhm_client *client) {
    while (client->report_count > 0) {
        Xhm__V1__ClientMessage message = XHM__V1__CLIENT_MESSAGE__INIT;
        message.body_case = XHM__V1__CLIENT_MESSAGE__BODY_AGENT_REPORT;
        message.agent_report = client->reports[0];
        if (!client_link_send(client, &message)) {
            return;
        }
        free_first_report(client);
    }
}

void client_requests_greet(struct xhm_client *client, uint64_t now_ms) {
    Xhm__V1__Hello hello = XHM__V1__HELLO__INIT;
    Xhm__V1__ClientMessage message = XHM__V1__CLIENT_MESSAGE__INIT;
    hello.api_version = XHM_CLIENT_API_VERSION;
    hello.client = client->name;
    client->hello_id = client->next_id++;
    client->hello_deadline_ms = now_ms + client->hello_timeout_ms;
    message.request_id = client->hello_id;
    message.body_case = XHM__V1__CLIENT_MESSAGE__BODY_HELLO;
    message.hello = &hello;
    client_link_send(client, &message);
}

static void tell_gap(struct xhm_client *client, uint64_t first, uint64_t last) {
    if (client->handler.gap != NULL) {
        client->handler.gap(client->handler.context, first, last);
    }
}

/* A supervisor whose numbers are below those already seen has lost its memory: everything it says is new. */
static bool resume_stream(struct xhm_client *client, uint64_t last_sequence, bool first_greeting) {
    if (client->stream.last == UINT64_MAX) {
        client->stream.last = last_sequence;
    } else if (!first_greeting && client->stream.last > last_sequence) {
        client->stream.last = 0;
        tell_gap(client, 0, 0);
    }
    return send_events_request(client);
}

/* Nobody waits for this answer, so the refusal is told with the connection. */
static void reject(struct xhm_client *client, const char *what, const Xhm__V1__Refused *refused) {
    client->rejected = true;
    client_link_drop(client, "the supervisor refuses %s: %s", what, refused->message);
}

static void handle_greeting(struct xhm_client *client, Xhm__V1__ServerMessage *message) {
    if (message->body_case == XHM__V1__SERVER_MESSAGE__BODY_REFUSED) {
        reject(client, "the connection", message->refused);
        xhm_client_free_reply(message);
        return;
    }
    if (message->body_case != XHM__V1__SERVER_MESSAGE__BODY_HELLO) {
        client_link_drop(client, "the peer did not answer the greeting with a greeting");
        xhm_client_free_reply(message);
        return;
    }
    bool first_greeting = !client->greeted_once;
    client->hello_id = 0;
    client->greeting = message;
    client->greeted_once = true;
    client_link_greeted(client);
    if (client->handler.connected != NULL) {
        client->handler.connected(client->handler.context, message->hello);
    }
    /* What the callback sent at once may have ended the connection, and the greeting with it. */
    if (client->greeting == NULL) {
        return;
    }
    client_requests_send_reports(client);
    if (client->following) {
        resume_stream(client, message->hello->last_sequence, first_greeting);
    }
}

static void handle_event(struct xhm_client *client, const Xhm__V1__Event *event) {
    struct xhm_stream_gap gap;
    bool is_new = client_stream_take_event(&client->stream, event->sequence, &gap);
    if (gap.found) {
        tell_gap(client, gap.first, gap.last);
    }
    if (is_new && client->handler.event != NULL) {
        client->handler.event(client->handler.context, event);
    }
}

static void handle_unasked(struct xhm_client *client, const Xhm__V1__ServerMessage *message) {
    struct xhm_stream_gap gap;
    if (message->body_case == XHM__V1__SERVER_MESSAGE__BODY_EVENT) {
        handle_event(client, message->event);
    } else if (message->body_case == XHM__V1__SERVER_MESSAGE__BODY_REFUSED) {
        reject(client, "the agent's messages", message->refused);
    } else if (message->body_case == XHM__V1__SERVER_MESSAGE__BODY_GAP) {
        client_stream_take_gap(&client->stream, message->gap->first_missing, message->gap->last_missing, &gap);
        if (gap.found) {
            tell_gap(client, gap.first, gap.last);
        }
    } else if (message->body_case == XHM__V1__SERVER_MESSAGE__BODY_AGENT_TASK && client->handler.agent_task != NULL) {
        client->handler.agent_task(client->handler.context, message->agent_task);
    } else if (message->body_case == XHM__V1__SERVER_MESSAGE__BODY_FACTS_ORDER && client->handler.facts_order != NULL) {
        client->handler.facts_order(client->handler.context, message->facts_order);
    }
}

/* The entry is free before the callback runs: it may begin the next request. */
static void finish(struct xhm_client_pending *pending, int result, const Xhm__V1__ServerMessage *reply) {
    struct xhm_client_pending finished = *pending;
    pending->id = 0;
    if (finished.on_reply != NULL) {
        finished.on_reply(finished.context, result, reply);
    }
}

static struct xhm_client_pending *find(struct xhm_client *client, uint64_t id) {
    for (size_t i = 0; i < XHM_CLIENT_MAX_REQUESTS; i++) {
        if (client->pending[i].id == id) {
            return &client->pending[i];
        }
    }
    return NULL;
}

static bool is_refused_stream(const struct xhm_client *client, const Xhm__V1__ServerMessage *message) {
    return client->following && message->request_id == client->follow_id &&
           message->body_case == XHM__V1__SERVER_MESSAGE__BODY_REFUSED;
}

void client_requests_handle(struct xhm_client *client, Xhm__V1__ServerMessage *message) {
    uint64_t id = message->request_id;
    if (client->hello_id != 0) {
        handle_greeting(client, message);
        return;
    }
    struct xhm_client_pending *pending = id != 0 ? find(client, id) : NULL;
    if (id == 0) {
        handle_unasked(client, message);
    } else if (is_refused_stream(client, message)) {
        reject(client, "the event stream", message->refused);
    } else if (pending != NULL) {
        Xhm__V1__ServerMessage **keep = pending->keep;
        finish(pending, XHM_CLIENT_OK, message);
        if (keep != NULL) {
            *keep = message;
            return;
        }
    }
    xhm_client_free_reply(message);
}

void client_requests_expire(struct xhm_client *client, uint64_t now_ms) {
    for (size_t i = 0; i < XHM_CLIENT_MAX_REQUESTS; i++) {
        if (client->pending[i].id != 0 && now_ms >= client->pending[i].deadline_ms) {
            finish(&client->pending[i], XHM_CLIENT_TIMED_OUT, NULL);
        }
    }
    if (client->hello_id != 0 && now_ms >= client->hello_deadline_ms) {
        client_link_drop(client, "the supervisor does not answer the greeting");
    }
}

void client_requests_fail(struct xhm_client *client, int result) {
    for (size_t i = 0; i < XHM_CLIENT_MAX_REQUESTS; i++) {
        if (client->pending[i].id != 0) {
            finish(&client->pending[i], result, NULL);
        }
    }
}

uint64_t client_requests_next_deadline_ms(const struct xhm_client *client) {
    uint64_t next_ms = XHM_CLIENT_NEVER;
    for (size_t i = 0; i < XHM_CLIENT_MAX_REQUESTS; i++) {
        if (client->pending[i].id != 0 && client->pending[i].deadline_ms < next_ms) {
            next_ms = client->pending[i].deadline_ms;
        }
    }
    return next_ms;
}

void client_requests_forget(struct xhm_client *client, Xhm__V1__ServerMessage **keep) {
    for (size_t i = 0; i < XHM_CLIENT_MAX_REQUESTS; i++) {
        if (client->pending[i].id != 0 && client->pending[i].keep == keep) {
            client->pending[i].id = 0;
        }
    }
}

int client_requests_begin(struct xhm_client *client, const Xhm__V1__ClientMessage *request, uint32_t timeout_ms,
                          const struct xhm_client_pending *how) {
    if (client->greeting == NULL) {
        return XHM_CLIENT_NOT_CONNECTED;
    }
    struct xhm_client_pending *pending = find(client, 0);
    Xhm__V1__ClientMessage numbered = *request;
    numbered.request_id = client->next_id;
    if (pending == NULL || !client_link_send(client, &numbered)) {
        return XHM_CLIENT_BUSY;
    }
    *pending = *how;
    pending->id = client->next_id++;
    pending->deadline_ms = timeout_ms != 0 ? client_link_now_ms() + timeout_ms : XHM_CLIENT_NEVER;
    if (request->body_case == XHM__V1__CLIENT_MESSAGE__BODY_EVENTS) {
        client->stream.last = request->events->since;
    }
    return client_link_arm(client);
}

XHM_PUBLIC int xhm_client_request(struct xhm_client *client, const Xhm__V1__ClientMessage *request, uint32_t timeout_ms,
                                  xhm_client_reply_function *on_reply, void *context) {
    const struct xhm_client_pending how = {.on_reply = on_reply, .context = context};
    return client_requests_begin(client, request, timeout_ms, &how);
}

XHM_PUBLIC int xhm_client_safe_state(struct xhm_client *client, const char *name, uint32_t timeout_ms,
                                     xhm_client_reply_function *on_reply, void *context) {
    Xhm__V1__SafeStateRequest safe_state = XHM__V1__SAFE_STATE_REQUEST__INIT;
    Xhm__V1__ClientMessage request = XHM__V1__CLIENT_MESSAGE__INIT;
    safe_state.name = (char *)name;
    request.body_case = XHM__V1__CLIENT_MESSAGE__BODY_SAFE_STATE;
    request.safe_state = &safe_state;
    return xhm_client_request(client, &request, timeout_ms, on_reply, context);
}

XHM_PUBLIC int xhm_client_conformance(struct xhm_client *client, const char *partition, uint32_t timeout_ms,
                                      xhm_client_reply_function *on_reply, void *context) {
    Xhm__V1__ConformanceRequest conformance = XHM__V1__CONFORMANCE_REQUEST__INIT;
    Xhm__V1__ClientMessage request = XHM__V1__CLIENT_MESSAGE__INIT;
    if (partition != NULL) {
        conformance.partition = (char *)partition;
    }
    request.body_case = XHM__V1__CLIENT_MESSAGE__BODY_CONFORMANCE;
    request.conformance = &conformance;
    return xhm_client_request(client, &request, timeout_ms, on_reply, context);
}

XHM_PUBLIC int xhm_client_facts(struct xhm_client *client, uint32_t timeout_ms, xhm_client_reply_function *on_reply,
                                void *context) {
    Xhm__V1__FactsShowRequest facts = XHM__V1__FACTS_SHOW_REQUEST__INIT;
    Xhm__V1__ClientMessage request = XHM__V1__CLIENT_MESSAGE__INIT;
    request.body_case = XHM__V1__CLIENT_MESSAGE__BODY_FACTS_SHOW;
    request.facts_show = &facts;
    return xhm_client_request(client, &request, timeout_ms, on_reply, context);
}

XHM_PUBLIC int xhm_client_follow(struct xhm_client *client, uint64_t since) {
    client->following = true;
    client->stream.last = since;
    if (client->greeting == NULL) {
        return 0;
    }
    if (!resume_stream(client, client->greeting->hello->last_sequence, true)) {
        return XHM_CLIENT_BUSY;
    }
    return client_link_arm(client);
}

/* A deep copy by way of the wire: what the caller passes belongs to the caller. */
static Xhm__V1__AgentReport *copy_report(const Xhm__V1__AgentReport *report) {
    size_t size = xhm__v1__agent_report__get_packed_size(report);
    uint8_t *bytes = malloc(size + 1);
    if (bytes == NULL) {
        return NULL;
    }
    xhm__v1__agent_report__pack(report, bytes);
    Xhm__V1__AgentReport *copy = xhm__v1__agent_report__unpack(NULL, size, bytes);
    free(bytes);
    return copy;
}

XHM_PUBLIC int xhm_client_agent_report(struct xhm_client *client, const Xhm__V1__AgentReport *report) {
    if (client->report_count == XHM_CLIENT_MAX_REPORTS) {
        return XHM_CLIENT_BUSY;
    }
    Xhm__V1__AgentReport *copy = copy_report(report);
    if (copy == NULL) {
        return -ENOMEM;
    }
    client->reports[client->report_count++] = copy;
    if (client->greeting == NULL) {
        return 0;
    }
    client_requests_send_reports(client);
    return client_link_arm(client);
}

static int send_now(struct xhm_client *client, const Xhm__V1__ClientMessage *message) {
    if (client->greeting == NULL) {
        return XHM_CLIENT_NOT_CONNECTED;
    }
    return client_link_send(client, message) ? 0 : XHM_CLIENT_BUSY;
}

XHM_PUBLIC int xhm_client_agent_heartbeat(struct xhm_client *client, const Xhm__V1__AgentHeartbeat *heartbeat) {
    Xhm__V1__ClientMessage message = XHM__V1__CLIENT_MESSAGE__INIT;
    message.body_case = XHM__V1__CLIENT_MESSAGE__BODY_AGENT_HEARTBEAT;
    message.agent_heartbeat = (Xhm__V1__AgentHeartbeat *)heartbeat;
    int result = send_now(client, &message);
    return result != 0 ? result : client_link_arm(client);
}

XHM_PUBLIC int xhm_client_agent_facts(struct xhm_client *client, const Xhm__V1__Facts *facts) {
    Xhm__V1__ClientMessage message = XHM__V1__CLIENT_MESSAGE__INIT;
    message.body_case = XHM__V1__CLIENT_MESSAGE__BODY_FACTS;
    message.facts = (Xhm__V1__Facts *)facts;
    int result = send_now(client, &message);
    if (result != 0) {
        return result;
    }
    client_link_write(client);
    return client_link_arm(client);
}
