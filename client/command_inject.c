// SPDX-License-Identifier: Apache-2.0
#include "command.h"
#include "names.h"

/* These are done to the ECU's services: no partition is named. */
static bool is_into_ecu(Xhm__V1__InjectionKind kind) {
    return kind == XHM__V1__INJECTION_KIND__INJECTION_VISIBILITY ||
           kind == XHM__V1__INJECTION_KIND__INJECTION_AGENT_GONE || kind == XHM__V1__INJECTION_KIND__INJECTION_OVERRUN;
}

static enum xhm_exit wrong_kind(const char *text) {
    char kinds[512] = "";
    size_t used = 0;
    for (uint32_t i = 1; i < xhm__v1__injection_kind__descriptor.n_values; i++) {
        char name[XHM_NAME_TEXT_SIZE];
        names_injection((uint32_t)xhm__v1__injection_kind__descriptor.values[i].value, name);
        used += (size_t)snprintf(kinds + used, sizeof(kinds) - used, "%s%s", i > 1 ? ", " : "", name);
    }
    return command_wrong_usage("\"%s\" is no kind of injection; there are %s", text, kinds);
}

enum xhm_exit command_inject(const struct xhm_invocation *invocation) {
    Xhm__V1__InjectRequest inject = XHM__V1__INJECT_REQUEST__INIT;
    Xhm__V1__ClientMessage request = XHM__V1__CLIENT_MESSAGE__INIT;
    const char *kind = invocation->arguments[0];
    request.body_case = XHM__V1__CLIENT_MESSAGE__BODY_INJECT;
    request.inject = &inject;
    inject.kind = names_find_injection(kind);
    if (inject.kind == XHM__V1__INJECTION_KIND__INJECTION_UNSPECIFIED) {
        return wrong_kind(kind);
    }
    if (is_into_ecu(inject.kind) == (invocation->argument_count > 1)) {
        return command_wrong_usage(is_into_ecu(inject.kind) ? "inject %s is into the ECU: it takes no partition"
                                                            : "inject %s needs a partition",
                                   kind);
    }
    if (!is_into_ecu(inject.kind)) {
        inject.partition = (char *)invocation->arguments[1];
    }
    if (invocation->options[XHM_OPTION_ENTITY] != NULL) {
        inject.entity = (char *)invocation->options[XHM_OPTION_ENTITY];
    }
    if (!options_read_duration_ms(invocation, &inject.duration_ms)) {
        return XHM_EXIT_USAGE;
    }
    char done[160];
    snprintf(done, sizeof(done), "injection of %s into %s accepted", kind,
             is_into_ecu(inject.kind) ? "the ECU" : inject.partition);
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
