// SPDX-License-Identifier: Apache-2.0
#include "command.h"
#include "names.h"
#include "outcome.h"
#include "scalar_lists.h"

#include <errno.h>
#include <inttypes.h>
#include <poll.h>
#include <string.h>

/* How one of an event's values is called and written. */
struct value_form {
    const char *name;                                                     /**< NULL: it means nothing */
    enum xhm_vocabulary words;                                            /**< of the core's numbers */
    const char *(*write)(uint32_t number, char text[XHM_NAME_TEXT_SIZE]); /**< of other numbers; NULL: a number */
};

#define NUMBER(name)                                                                                                   \
    { name, XHM_WORDS_NONE, NULL }
/* Who asked. */
#define PEER NUMBER("uid")
#define WORD(name, vocabulary)                                                                                         \
    { name, XHM_WORDS_##vocabulary, NULL }
#define WRITTEN(name, function)                                                                                        \
    { name, XHM_WORDS_NONE, function }

static const struct value_form value_forms[][2] = {
#define KIND(kind) [XHM__V1__EVENT_KIND__EVENT_##kind]
    KIND(FAULT_RAISED) = {NUMBER("v0"), NUMBER("v1")},
    KIND(FAULT_CLEARED) = {NUMBER("v0"), NUMBER("v1")},
    KIND(LOCAL_STATUS) = {WORD("old", STATUS), WORD("new", STATUS)},
    KIND(GLOBAL_STATUS) = {WORD("old", STATUS), WORD("new", STATUS)},
    KIND(INSTANCE_ENDED) = {WRITTEN("reason", names_shutdown)},
    KIND(RESTART_DECIDED) = {NUMBER("used"), NUMBER("limit")},
    KIND(RESTART_REQUESTED) = {PEER},
    KIND(RESTART_DONE) = {NUMBER("ms")},
    KIND(PAGE_ATTACHED) = {NUMBER("page")},
    KIND(SUPERVISOR_STARTED) = {NUMBER("starts"), NUMBER("unclean")},
    KIND(INJECTION_STARTED) = {WRITTEN("injection", names_injection), PEER},
    KIND(INJECTION_ENDED) = {WRITTEN("injection", names_injection), NUMBER("failed")},
    KIND(REQUEST_REFUSED) = {NUMBER("request"), PEER},
    KIND(REACTION) = {WORD("reaction", REACTION), WORD("class", FAULT_CLASS)},
    KIND(EXCUSED) = {NUMBER("because_of"), NUMBER("begins")},
    KIND(HALTED) = {WORD("how", DISPOSITION)},
    KIND(FAIL_OVER_BEGUN) = {NUMBER("replaces"), PEER},
    KIND(FAIL_OVER_DONE) = {NUMBER("ms")},
    KIND(SAFE_STATE_ENTERED) = {NUMBER("safe_state"), WORD("cause", SAFE_STATE_CAUSE)},
    KIND(SAFE_STATE_CLEAR_ASKED) = {NUMBER("safe_state"), PEER},
    KIND(SAFE_STATE_CLEARED) = {NUMBER("safe_state"), PEER},
    KIND(MODE_CHANGED) = {WORD("mode", MODE), PEER},
    KIND(MAINTENANCE_BEGUN) = {NUMBER("ms"), PEER},
    KIND(MAINTENANCE_ENDED) = {NUMBER("by_request"), PEER},
    KIND(OPERATION_CYCLE_BEGUN) = {NUMBER("cycle"), PEER},
    KIND(OPERATION_CYCLE_ENDED) = {NUMBER("cycle"), PEER},
    KIND(FAULTS_CLEARED) = {NUMBER("fault"), PEER},
    KIND(INJECTION_ORDERED) = {WRITTEN("injection", names_injection), PEER},
    KIND(POLICY_REFUSED) = {WORD("reason", POLICY_REFUSAL), PEER},
    KIND(REQUESTS_LIMITED) = {NUMBER("request"), PEER},
    KIND(PEER_SILENT) = {NUMBER("within_ms"), PEER},
    KIND(PEER_HEARD) = {NUMBER("within_ms"), PEER},
    KIND(LAST_RESORT) = {WORD("last_resort", LAST_RESORT), NUMBER("in_a_row")},
#undef KIND
};

/* A peer that is no user of the supervisor's system but runs in a domain. */
static const struct value_form peer_domid = NUMBER("peer_domid");

static const struct value_form *value_form(const Xhm__V1__Event *event, size_t i) {
    bool known = event->kind < sizeof(value_forms) / sizeof(value_forms[0]) && i < 2;
    const struct value_form *form =
        known && value_forms[event->kind][i].name != NULL ? &value_forms[event->kind][i] : NULL;
    bool in_domain = form != NULL && strcmp(form->name, "uid") == 0 && (event->values[i] & XHM_PEER_DOMAIN) != 0;
    return in_domain ? &peer_domid : form;
}

static uint64_t value_of(const Xhm__V1__Event *event, size_t i, const struct value_form *form) {
    return form == &peer_domid ? event->values[i] & ~XHM_PEER_DOMAIN : event->values[i];
}

/* What stands for nobody and nothing, as a user or as an index. */
#define NONE UINT32_MAX

/* A value that is a position in the policy has a name, as the policy was at that time. */
static bool write_name(const Xhm__V1__Event *event, size_t i, char text[XHM_NAME_TEXT_SIZE]) {
    if (i >= event->n_value_names || event->value_names[i][0] == '\0') {
        return false;
    }
    output_clean(event->value_names[i], text, XHM_NAME_TEXT_SIZE);
    return true;
}

/* @return whether it is a word, which JSON puts into quotes */
static bool write_value(const Xhm__V1__Event *event, size_t i, const struct value_form *form,
                        char text[XHM_NAME_TEXT_SIZE]) {
    const uint64_t value = value_of(event, i, form);
    if (write_name(event, i, text)) {
        return true;
    }
    uint32_t number = value <= UINT32_MAX ? (uint32_t)value : UINT32_MAX;
    if (form->write != NULL) {
        form->write(number, text);
        return true;
    }
    if (form->words != XHM_WORDS_NONE) {
        names_word(form->words, number, text);
        return true;
    }
    if (value == NONE) {
        snprintf(text, XHM_NAME_TEXT_SIZE, "none");
    } else {
        snprintf(text, XHM_NAME_TEXT_SIZE, "%" PRIu64, value);
    }
    return false;
}

static void json_value(struct xhm_json *json, const Xhm__V1__Event *event, size_t i, const struct value_form *form) {
    const uint64_t value = value_of(event, i, form);
    char text[XHM_NAME_TEXT_SIZE];
    if (write_value(event, i, form, text)) {
        json_string(json, form->name, text);
    } else if (value == NONE) {
        json_null(json, form->name);
    } else {
        json_number(json, form->name, value);
    }
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
        const struct value_form *form = value_form(event, i);
        if (form != NULL) {
            write_value(event, i, form, value);
            printf(" %s=%s", form->name, value);
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
        const struct value_form *form = value_form(event, i);
        if (form != NULL) {
            json_value(&json, event, i, form);
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
