// SPDX-License-Identifier: Apache-2.0
#include "command.h"
#include "names.h"
#include "scalar.h"

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

/* @return false after saying what is wrong */
static bool read_duration_ms(const struct xhm_invocation *invocation, uint64_t *duration_ms) {
    const char *text = invocation->options[XHM_OPTION_FOR];
    uint64_t duration_ns = 0;
    *duration_ms = 0;
    if (text == NULL) {
        return true;
    }
    const char *wrong = scalar_read_duration(text, &duration_ns);
    if (wrong == NULL && duration_ns < 1000000u) {
        wrong = "is too short: at least 1ms";
    }
    if (wrong != NULL) {
        command_wrong_usage("--for: \"%s\" %s", text, wrong);
        return false;
    }
    *duration_ms = duration_ns / 1000000u;
    return true;
}

enum xhm_exit command_inject(const struct xhm_invocation *invocation) {
    Xhm__V1__InjectRequest inject = XHM__V1__INJECT_REQUEST__INIT;
    Xhm__V1__ClientMessage request = XHM__V1__CLIENT_MESSAGE__INIT;
    request.body_case = XHM__V1__CLIENT_MESSAGE__BODY_INJECT;
    request.inject = &inject;
    inject.kind = names_find_injection(invocation->arguments[0]);
    inject.partition = (char *)invocation->arguments[1];
    if (inject.kind == XHM__V1__INJECTION_KIND__INJECTION_UNSPECIFIED) {
        return command_wrong_usage("\"%s\" is no kind of injection: hang, spin, crash, pin, memory or deadline",
                                   invocation->arguments[0]);
    }
    if (invocation->options[XHM_OPTION_ENTITY] != NULL) {
        inject.entity = (char *)invocation->options[XHM_OPTION_ENTITY];
    }
    if (!read_duration_ms(invocation, &inject.duration_ms)) {
        return XHM_EXIT_USAGE;
    }
    char done[160];
    snprintf(done, sizeof(done), "injection of %s into %s accepted", invocation->arguments[0],
             invocation->arguments[1]);
    return session_order(invocation, &request, done);
}

enum xhm_exit command_inject_clear(const struct xhm_invocation *invocation) {
    Xhm__V1__InjectClearRequest clear = XHM__V1__INJECT_CLEAR_REQUEST__INIT;
    Xhm__V1__ClientMessage request = XHM__V1__CLIENT_MESSAGE__INIT;
    request.body_case = XHM__V1__CLIENT_MESSAGE__BODY_INJECT_CLEAR;
    request.inject_clear = &clear;
    if (invocation->argument_count > 0) {
        clear.partition = (char *)invocation->arguments[0];
    }
    return session_order(invocation, &request, "injections are being undone");
}
