// SPDX-License-Identifier: Apache-2.0
#include "command.h"
#include "status_print.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

static void print_safe_state(const struct xhm_invocation *invocation, const Xhm__V1__SafeStateStatus *safe_state) {
    if (invocation->options[XHM_OPTION_JSON] != NULL) {
        struct xhm_json json;
        json_init(&json, stdout);
        json_begin_object(&json, NULL);
        status_json_safe_state(&json, safe_state);
        json_end_object(&json);
    } else if (safe_state == NULL) {
        puts("no safe state is latched");
    } else {
        status_print_safe_state(safe_state, invocation->colour);
    }
}

enum xhm_exit command_safe_state(const struct xhm_invocation *invocation) {
    Xhm__V1__ServerMessage *reply = NULL;
    enum xhm_exit status = session_ask_status(invocation, "", &reply);
    if (status != XHM_EXIT_OK) {
        return status;
    }
    print_safe_state(invocation, reply->status->safe_state);
    status = reply->status->safe_state == NULL ? XHM_EXIT_OK : XHM_EXIT_NOT_OK;
    xhm_client_free_reply(reply);
    return status;
}

enum xhm_exit command_safe_state_enter(const struct xhm_invocation *invocation) {
    Xhm__V1__SafeStateRequest safe_state = XHM__V1__SAFE_STATE_REQUEST__INIT;
    Xhm__V1__ClientMessage request = XHM__V1__CLIENT_MESSAGE__INIT;
    request.body_case = XHM__V1__CLIENT_MESSAGE__BODY_SAFE_STATE;
    request.safe_state = &safe_state;
    safe_state.name = (char *)invocation->arguments[0];
    char done[128];
    snprintf(done, sizeof(done), "safe state %s is in force and on storage", invocation->arguments[0]);
    return session_order(invocation, &request, done);
}

/* A token as the first step printed it. @return 0 when it is none */
static uint64_t read_token(const char *text) {
    size_t length = strlen(text);
    return length > 0 && length <= 16 && strspn(text, "0123456789abcdefABCDEF") == length ? strtoull(text, NULL, 16)
                                                                                          : 0;
}

static void print_first_step(const struct xhm_invocation *invocation, const Xhm__V1__SafeStateClearReply *clear) {
    if (invocation->options[XHM_OPTION_JSON] != NULL) {
        struct xhm_json json;
        json_init(&json, stdout);
        json_begin_object(&json, NULL);
        json_string(&json, "safe_state", clear->safe_state);
        json_hash(&json, "token", clear->token);
        json_end_object(&json);
    } else {
        char name[XHM_TABLE_CELL_SIZE];
        output_clean(clear->safe_state, name, sizeof(name));
        printf("safe state %s is still in force; to leave it, within 30 seconds:\n"
               "xhmctl safe-state clear --confirm %016" PRIx64 "\n",
               name, clear->token);
    }
}

enum xhm_exit command_safe_state_clear(const struct xhm_invocation *invocation) {
    Xhm__V1__SafeStateClearRequest clear = XHM__V1__SAFE_STATE_CLEAR_REQUEST__INIT;
    Xhm__V1__ClientMessage request = XHM__V1__CLIENT_MESSAGE__INIT;
    const char *confirm = invocation->options[XHM_OPTION_CONFIRM];
    request.body_case = XHM__V1__CLIENT_MESSAGE__BODY_SAFE_STATE_CLEAR;
    request.safe_state_clear = &clear;
    if (confirm != NULL) {
        clear.token = read_token(confirm);
        return clear.token != 0 ? session_order(invocation, &request, "the safe state was left")
                                : command_wrong_usage("--confirm: \"%s\" is no token", confirm);
    }
    Xhm__V1__ServerMessage *reply = NULL;
    enum xhm_exit status =
        session_ask(invocation, &request, XHM__V1__SERVER_MESSAGE__BODY_SAFE_STATE_CLEAR, "the first step", &reply);
    if (status == XHM_EXIT_OK) {
        print_first_step(invocation, reply->safe_state_clear);
    }
    xhm_client_free_reply(reply);
    return status;
}
