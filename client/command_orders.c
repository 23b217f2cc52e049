// SPDX-License-Identifier: Apache-2.0
#include "command.h"
#include "names.h"

/* Orders to the supervisor: what is asked is accepted or refused; how it goes is told by events. */

enum xhm_exit command_restart(const struct xhm_invocation *invocation) {
    Xhm__V1__RestartRequest restart = XHM__V1__RESTART_REQUEST__INIT;
    Xhm__V1__ClientMessage request = XHM__V1__CLIENT_MESSAGE__INIT;
    request.body_case = XHM__V1__CLIENT_MESSAGE__BODY_RESTART;
    request.restart = &restart;
    restart.partition = (char *)invocation->arguments[0];
    char done[128];
    snprintf(done, sizeof(done), "restart of %s accepted", invocation->arguments[0]);
    return session_order(invocation, &request, done);
}

enum xhm_exit command_fail_over(const struct xhm_invocation *invocation) {
    Xhm__V1__FailOverRequest fail_over = XHM__V1__FAIL_OVER_REQUEST__INIT;
    Xhm__V1__ClientMessage request = XHM__V1__CLIENT_MESSAGE__INIT;
    request.body_case = XHM__V1__CLIENT_MESSAGE__BODY_FAIL_OVER;
    request.fail_over = &fail_over;
    fail_over.partition = (char *)invocation->arguments[0];
    char done[128];
    snprintf(done, sizeof(done), "fail over of %s accepted", invocation->arguments[0]);
    return session_order(invocation, &request, done);
}

static enum xhm_exit show_mode(const struct xhm_invocation *invocation) {
    Xhm__V1__ServerMessage *reply = NULL;
    enum xhm_exit status = session_ask_status(invocation, "", &reply);
    if (status != XHM_EXIT_OK) {
        return status;
    }
    char text[XHM_NAME_TEXT_SIZE];
    names_mode(reply->status->mode, text);
    if (invocation->options[XHM_OPTION_JSON] != NULL) {
        struct xhm_json json;
        json_init(&json, stdout);
        json_begin_object(&json, NULL);
        json_string(&json, "mode", text);
        json_end_object(&json);
    } else {
        puts(text);
    }
    xhm_client_free_reply(reply);
    return XHM_EXIT_OK;
}

enum xhm_exit command_mode(const struct xhm_invocation *invocation) {
    Xhm__V1__ModeRequest mode = XHM__V1__MODE_REQUEST__INIT;
    Xhm__V1__ClientMessage request = XHM__V1__CLIENT_MESSAGE__INIT;
    if (invocation->argument_count == 0) {
        return show_mode(invocation);
    }
    request.body_case = XHM__V1__CLIENT_MESSAGE__BODY_MODE;
    request.mode = &mode;
    mode.mode = names_find_mode(invocation->arguments[0]);
    if (mode.mode == XHM__V1__ECU_MODE__MODE_UNSPECIFIED) {
        return command_wrong_usage("\"%s\" is no mode: startup, run, shutdown or update", invocation->arguments[0]);
    }
    char done[128];
    snprintf(done, sizeof(done), "the ECU is in mode %s now", invocation->arguments[0]);
    return session_order(invocation, &request, done);
}

enum xhm_exit command_maintenance(const struct xhm_invocation *invocation) {
    Xhm__V1__MaintenanceRequest maintenance = XHM__V1__MAINTENANCE_REQUEST__INIT;
    Xhm__V1__ClientMessage request = XHM__V1__CLIENT_MESSAGE__INIT;
    bool end = invocation->options[XHM_OPTION_END] != NULL;
    request.body_case = XHM__V1__CLIENT_MESSAGE__BODY_MAINTENANCE;
    request.maintenance = &maintenance;
    maintenance.partition = (char *)invocation->arguments[0];
    if (end == (invocation->options[XHM_OPTION_FOR] != NULL)) {
        return command_wrong_usage("maintenance needs either --for TIME or --end");
    }
    if (!options_read_duration_ms(invocation, &maintenance.duration_ms)) {
        return XHM_EXIT_USAGE;
    }
    char done[160];
    snprintf(done, sizeof(done), "maintenance of %s %s%s", invocation->arguments[0], end ? "ended" : "for ",
             end ? "" : invocation->options[XHM_OPTION_FOR]);
    return session_order(invocation, &request, done);
}

static enum xhm_exit order_operation_cycle(const struct xhm_invocation *invocation, bool begin) {
    Xhm__V1__OperationCycleRequest cycle = XHM__V1__OPERATION_CYCLE_REQUEST__INIT;
    Xhm__V1__ClientMessage request = XHM__V1__CLIENT_MESSAGE__INIT;
    request.body_case = XHM__V1__CLIENT_MESSAGE__BODY_OPERATION_CYCLE;
    request.operation_cycle = &cycle;
    cycle.begin = begin;
    return session_order(invocation, &request, begin ? "an operation cycle begins" : "the operation cycle is over");
}

enum xhm_exit command_operation_cycle_begin(const struct xhm_invocation *invocation) {
    return order_operation_cycle(invocation, true);
}

enum xhm_exit command_operation_cycle_end(const struct xhm_invocation *invocation) {
    return order_operation_cycle(invocation, false);
}
