// SPDX-License-Identifier: Apache-2.0
#include "command.h"
#include "output.h"

#include <string.h>

/* Longer than a busy supervisor takes for any answer, shorter than a person's patience. */
#define ANSWER_TIMEOUT_MS 10000u

struct xhm_client *session_open(const struct xhm_invocation *invocation, const struct xhm_client_handler *handler) {
    char error[XHM_CLIENT_ERROR_SIZE];
    struct xhm_client_options options = {
        .socket_path = invocation->options[XHM_OPTION_CONNECT],
        .name = "xhmctl",
    };
    if (handler != NULL) {
        options.handler = *handler;
    }
    struct xhm_client *client = xhm_client_open(&options, error);
    if (client == NULL) {
        fprintf(stderr, "xhmctl: %s\n", error);
    }
    return client;
}

static enum xhm_exit refused(const Xhm__V1__Refused *refusal) {
    char message[512];
    output_clean(refusal->message, message, sizeof(message));
    fprintf(stderr, "xhmctl: refused: %s\n", message);
    switch (refusal->reason) {
    case XHM__V1__REFUSAL_REASON__REFUSAL_NOT_PERMITTED:
        return XHM_EXIT_NOT_PERMITTED;
    case XHM__V1__REFUSAL_REASON__REFUSAL_BAD_POLICY:
        return XHM_EXIT_POLICY_REFUSED;
    case XHM__V1__REFUSAL_REASON__REFUSAL_NOT_FOUND:
    case XHM__V1__REFUSAL_REASON__REFUSAL_BAD_REQUEST:
        return XHM_EXIT_USAGE;
    case XHM__V1__REFUSAL_REASON__REFUSAL_VERSION:
        return XHM_EXIT_NO_DAEMON;
    case XHM__V1__REFUSAL_REASON__REFUSAL_UNSPECIFIED:
    case XHM__V1__REFUSAL_REASON__REFUSAL_BUSY:
    case XHM__V1__REFUSAL_REASON__REFUSAL_NOT_AVAILABLE:
    case _XHM__V1__REFUSAL_REASON_IS_INT_SIZE:
        break;
    }
    return XHM_EXIT_NOT_OK;
}

static enum xhm_exit not_answered(struct xhm_client *client, int result) {
    const char *why = xhm_client_error(client);
    fprintf(stderr, "xhmctl: %s%s%s\n", xhm_client_result_name(result), why[0] != '\0' ? ": " : "", why);
    return result == XHM_CLIENT_REJECTED ? XHM_EXIT_NOT_PERMITTED : XHM_EXIT_NO_DAEMON;
}

enum xhm_exit session_call(struct xhm_client *client, const Xhm__V1__ClientMessage *request,
                           Xhm__V1__ServerMessage **reply) {
    if (client == NULL) {
        return XHM_EXIT_NO_DAEMON;
    }
    int result = xhm_client_call(client, request, ANSWER_TIMEOUT_MS, reply);
    if (result != XHM_CLIENT_OK) {
        return not_answered(client, result);
    }
    if ((*reply)->body_case != XHM__V1__SERVER_MESSAGE__BODY_REFUSED) {
        return XHM_EXIT_OK;
    }
    enum xhm_exit status = refused((*reply)->refused);
    xhm_client_free_reply(*reply);
    *reply = NULL;
    return status;
}

enum xhm_exit session_ask(const struct xhm_invocation *invocation, const Xhm__V1__ClientMessage *request,
                          Xhm__V1__ServerMessage__BodyCase body, const char *what, Xhm__V1__ServerMessage **reply) {
    struct xhm_client *client = session_open(invocation, NULL);
    enum xhm_exit status = session_call(client, request, reply);
    if (status == XHM_EXIT_OK && (*reply)->body_case != body) {
        fprintf(stderr, "xhmctl: asking for %s: the supervisor answered something else\n", what);
        xhm_client_free_reply(*reply);
        *reply = NULL;
        status = XHM_EXIT_NO_DAEMON;
    }
    xhm_client_close(client);
    return status;
}

enum xhm_exit session_ask_status(const struct xhm_invocation *invocation, const char *partition,
                                 Xhm__V1__ServerMessage **reply) {
    Xhm__V1__StatusRequest status = XHM__V1__STATUS_REQUEST__INIT;
    Xhm__V1__ClientMessage request = XHM__V1__CLIENT_MESSAGE__INIT;
    request.body_case = XHM__V1__CLIENT_MESSAGE__BODY_STATUS;
    request.status = &status;
    status.partition = (char *)partition;
    return session_ask(invocation, &request, XHM__V1__SERVER_MESSAGE__BODY_STATUS, "the status", reply);
}

enum xhm_exit session_order(const struct xhm_invocation *invocation, const Xhm__V1__ClientMessage *request,
                            const char *done) {
    Xhm__V1__ServerMessage *reply = NULL;
    enum xhm_exit status =
        session_ask(invocation, request, XHM__V1__SERVER_MESSAGE__BODY_ACCEPTED, "what it shall do", &reply);
    if (status == XHM_EXIT_OK && invocation->options[XHM_OPTION_JSON] != NULL) {
        struct xhm_json json;
        json_init(&json, stdout);
        json_begin_object(&json, NULL);
        json_bool(&json, "accepted", true);
        json_number(&json, "sequence", reply->accepted->sequence);
        json_string(&json, "message", done);
        json_end_object(&json);
    } else if (status == XHM_EXIT_OK) {
        puts(done);
    }
    xhm_client_free_reply(reply);
    return status;
}
