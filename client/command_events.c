// SPDX-License-Identifier: Apache-2.0
#include "command.h"
#include "names.h"
#include "scalar_lists.h"

#include <errno.h>
#include <inttypes.h>
#include <poll.h>
#include <string.h>

/* How an event's two values are named and written. */
enum value_form {
    FORM_NUMBER,
    FORM_STATUS,
    FORM_SHUTDOWN,
    FORM_INJECTION
};

static const struct {
    const char *names[2];
    enum value_form form;
} value_forms[] = {
    [XHM__V1__EVENT_KIND__EVENT_FAULT_RAISED] = {{"v0", "v1"}, FORM_NUMBER},
    [XHM__V1__EVENT_KIND__EVENT_FAULT_CLEARED] = {{"v0", "v1"}, FORM_NUMBER},
    [XHM__V1__EVENT_KIND__EVENT_LOCAL_STATUS] = {{"old", "new"}, FORM_STATUS},
    [XHM__V1__EVENT_KIND__EVENT_GLOBAL_STATUS] = {{"old", "new"}, FORM_STATUS},
    [XHM__V1__EVENT_KIND__EVENT_INSTANCE_ENDED] = {{"reason"}, FORM_SHUTDOWN},
    [XHM__V1__EVENT_KIND__EVENT_RESTART_DECIDED] = {{"used", "limit"}, FORM_NUMBER},
    [XHM__V1__EVENT_KIND__EVENT_RESTART_REQUESTED] = {{"uid"}, FORM_NUMBER},
    [XHM__V1__EVENT_KIND__EVENT_RESTART_DONE] = {{"ms"}, FORM_NUMBER},
    [XHM__V1__EVENT_KIND__EVENT_PAGE_ATTACHED] = {{"page"}, FORM_NUMBER},
    [XHM__V1__EVENT_KIND__EVENT_SUPERVISOR_STARTED] = {{"starts", "unclean"}, FORM_NUMBER},
    [XHM__V1__EVENT_KIND__EVENT_INJECTION_STARTED] = {{"injection", "uid"}, FORM_INJECTION},
    [XHM__V1__EVENT_KIND__EVENT_INJECTION_ENDED] = {{"injection", "failed"}, FORM_INJECTION},
    [XHM__V1__EVENT_KIND__EVENT_REQUEST_REFUSED] = {{"request", "uid"}, FORM_NUMBER},
};

static const char *value_name(const Xhm__V1__Event *event, size_t i) {
    bool known = event->kind < sizeof(value_forms) / sizeof(value_forms[0]) && i < 2;
    return known && i < event->n_values ? value_forms[event->kind].names[i] : NULL;
}

/* The first value of an injection is its kind; a shutdown reason that is no 8-bit number means that there was none. */
static bool write_value(const Xhm__V1__Event *event, size_t i, char text[XHM_NAME_TEXT_SIZE]) {
    uint64_t value = event->values[i];
    uint32_t number = value <= UINT32_MAX ? (uint32_t)value : UINT32_MAX;
    switch (value_forms[event->kind].form) {
    case FORM_STATUS:
        names_status(number, text);
        return true;
    case FORM_SHUTDOWN:
        if (number > UINT8_MAX) {
            snprintf(text, XHM_NAME_TEXT_SIZE, "none");
        } else {
            names_shutdown(number, text);
        }
        return true;
    case FORM_INJECTION:
        if (i == 0) {
            names_injection(number, text);
            return true;
        }
        break;
    case FORM_NUMBER:
        break;
    }
    snprintf(text, XHM_NAME_TEXT_SIZE, "%" PRIu64, value);
    return false;
}

static const char *or_dash(const char *text) {
    return text[0] != '\0' ? text : "-";
}

static void print_line(const Xhm__V1__Event *event) {
    char time_text[XHM_TIME_TEXT_SIZE];
    char kind[XHM_NAME_TEXT_SIZE];
    char line[512];
    char clean[512];
    names_time(event->wall_clock_ns, time_text);
    snprintf(line, sizeof(line), "%" PRIu64 " %s %s %s %s %s", event->sequence, time_text,
             names_event(event->kind, kind), or_dash(event->partition), or_dash(event->entity),
             or_dash(event->fault_name));
    output_clean(line, clean, sizeof(clean));
    fputs(clean, stdout);
    if (event->instance_case == XHM__V1__EVENT__INSTANCE_DOMID) {
        printf(" domid=%u", event->domid);
    }
    for (size_t i = 0; i < event->n_values; i++) {
        char value[XHM_NAME_TEXT_SIZE];
        if (value_name(event, i) != NULL) {
            write_value(event, i, value);
            printf(" %s=%s", value_name(event, i), value);
        }
    }
    fputc('\n', stdout);
}

static void print_json(const Xhm__V1__Event *event) {
    char kind[XHM_NAME_TEXT_SIZE];
    struct xhm_json json;
    json_init(&json, stdout);
    json_begin_object(&json, NULL);
    json_number(&json, "sequence", event->sequence);
    json_number(&json, "monotonic_ns", event->monotonic_ns);
    json_number(&json, "wall_clock_ns", event->wall_clock_ns);
    json_string(&json, "kind", names_event(event->kind, kind));
    json_number(&json, "fault", event->fault);
    json_string(&json, "fault_name", event->fault_name);
    json_string(&json, "partition", event->partition);
    json_string(&json, "entity", event->entity);
    if (event->instance_case == XHM__V1__EVENT__INSTANCE_DOMID) {
        json_number(&json, "domid", event->domid);
    } else {
        json_null(&json, "domid");
    }
    json_begin_array(&json, "values");
    for (size_t i = 0; i < event->n_values; i++) {
        json_number(&json, NULL, event->values[i]);
    }
    json_end_array(&json);
    for (size_t i = 0; i < event->n_values; i++) {
        char value[XHM_NAME_TEXT_SIZE];
        if (value_name(event, i) == NULL) {
            continue;
        }
        if (write_value(event, i, value)) {
            json_string(&json, value_name(event, i), value);
        } else {
            json_number(&json, value_name(event, i), event->values[i]);
        }
    }
    json_end_object(&json);
}

/* What the callbacks need. */
struct listing {
    bool json;
    bool following;
    bool lost; /**< the connection was lost, and that was said */
};

static void on_event(void *context, const Xhm__V1__Event *event) {
    const struct listing *listing = context;
    (listing->json ? print_json : print_line)(event);
    if (listing->following) {
        fflush(stdout);
    }
}

static void on_gap(void *context, uint64_t first, uint64_t last) {
    const struct listing *listing = context;
    if (listing->json) {
        struct xhm_json json;
        json_init(&json, stdout);
        json_begin_object(&json, NULL);
        json_number(&json, "sequence", last);
        json_string(&json, "kind", "gap");
        json_number(&json, "first_missing", first);
        json_number(&json, "last_missing", last);
        json_end_object(&json);
    } else {
        printf("%" PRIu64 " - gap - - - first=%" PRIu64 " last=%" PRIu64 "\n", last, first, last);
    }
}

static void on_connected(void *context, const Xhm__V1__HelloReply *reply) {
    (void)reply;
    struct listing *listing = context;
    if (listing->lost) {
        fputs("xhmctl: connected again\n", stderr);
    }
    listing->lost = false;
}

static void on_disconnected(void *context, const char *reason) {
    struct listing *listing = context;
    if (listing->following && !listing->lost) {
        fprintf(stderr, "xhmctl: %s\n", reason);
    }
    listing->lost = true;
}

static enum xhm_exit list(struct xhm_client *client, uint64_t since) {
    Xhm__V1__EventsRequest events = XHM__V1__EVENTS_REQUEST__INIT;
    Xhm__V1__ClientMessage request = XHM__V1__CLIENT_MESSAGE__INIT;
    Xhm__V1__ServerMessage *reply = NULL;
    events.since = since;
    request.body_case = XHM__V1__CLIENT_MESSAGE__BODY_EVENTS;
    request.events = &events;
    enum xhm_exit status = session_call(client, &request, &reply);
    xhm_client_free_reply(reply);
    return status;
}

/* The first attempt decides whether there is a supervisor at all; later ones are repeated for as long as it takes. */
static enum xhm_exit follow(struct xhm_client *client, uint64_t since) {
    int result = client != NULL ? xhm_client_follow(client, since) : XHM_CLIENT_NOT_CONNECTED;
    bool connected = false;
    while (result == 0 && ferror(stdout) == 0) {
        struct pollfd descriptor = {.fd = xhm_client_descriptor(client), .events = POLLIN};
        if (poll(&descriptor, 1, -1) < 0 && errno != EINTR) {
            result = -errno;
            break;
        }
        result = xhm_client_process(client);
        connected = connected || xhm_client_is_connected(client);
        if (result == 0 && !connected && xhm_client_error(client)[0] != '\0') {
            return xhm_client_is_rejected(client) ? XHM_EXIT_NOT_PERMITTED : XHM_EXIT_NO_DAEMON;
        }
        if (result == 0 && xhm_client_is_rejected(client)) {
            return XHM_EXIT_NOT_PERMITTED;
        }
    }
    fprintf(stderr, "xhmctl: following events: %s\n", xhm_client_result_name(result));
    return XHM_EXIT_NO_DAEMON;
}

enum xhm_exit command_events(const struct xhm_invocation *invocation) {
    const char *since_text = invocation->options[XHM_OPTION_SINCE];
    const char *after = "";
    uint64_t since = 0;
    if (since_text != NULL &&
        (scalar_lists_number(since_text, UINT64_MAX - 1, &since, &after) != XHM_NUMBER_READ || *after != '\0')) {
        return command_wrong_usage("--since needs a sequence number, but it is \"%s\"", since_text);
    }
    struct listing listing = {
        .json = invocation->options[XHM_OPTION_JSON] != NULL,
        .following = invocation->options[XHM_OPTION_FOLLOW] != NULL,
    };
    const struct xhm_client_handler handler = {.context = &listing,
                                               .connected = on_connected,
                                               .disconnected = on_disconnected,
                                               .event = on_event,
                                               .gap = on_gap};
    struct xhm_client *client = session_open(invocation, &handler);
    enum xhm_exit status = listing.following ? follow(client, since) : list(client, since);
    xhm_client_close(client);
    return status;
}
