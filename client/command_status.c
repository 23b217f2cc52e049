// SPDX-License-Identifier: Apache-2.0
#include "command.h"
#include "status_print.h"

enum xhm_exit command_status(const struct xhm_invocation *invocation) {
    const bool detailed = invocation->argument_count > 0;
    Xhm__V1__ServerMessage *reply = NULL;
    enum xhm_exit status = session_ask_status(invocation, detailed ? invocation->arguments[0] : "", &reply);
    if (status != XHM_EXIT_OK) {
        return status;
    }
    if (invocation->options[XHM_OPTION_JSON] != NULL) {
        status_print_json(reply->status);
    } else {
        status_print_people(reply->status, detailed, invocation->colour);
    }
    const bool well = reply->status->status == XHM__V1__HEALTH_STATUS__STATUS_OK && reply->status->safe_state == NULL;
    status = well ? XHM_EXIT_OK : XHM_EXIT_NOT_OK;
    xhm_client_free_reply(reply);
    return status;
}
