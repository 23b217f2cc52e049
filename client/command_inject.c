// SPDX-License-Identifier: Apache-2.0
#include "command.h"
#include "names.h"

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
    if (!options_read_duration_ms(invocation, &inject.duration_ms)) {
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
