// SPDX-License-Identifier: Apache-2.0
#include "names.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#define LENGTH(array) (sizeof(array) / sizeof((array)[0]))

static const char *const statuses[] = {
    [XHM__V1__HEALTH_STATUS__STATUS_OK] = "OK",           [XHM__V1__HEALTH_STATUS__STATUS_DEACTIVATED] = "DEACTIVATED",
    [XHM__V1__HEALTH_STATUS__STATUS_FAILED] = "FAILED",   [XHM__V1__HEALTH_STATUS__STATUS_EXPIRED] = "EXPIRED",
    [XHM__V1__HEALTH_STATUS__STATUS_STOPPED] = "STOPPED",
};
static const char *const lives[] = {
    [XHM__V1__LIFE__LIFE_ABSENT] = "absent",         [XHM__V1__LIFE__LIFE_STARTING] = "starting",
    [XHM__V1__LIFE__LIFE_RUNNING] = "running",       [XHM__V1__LIFE__LIFE_STOPPING] = "stopping",
    [XHM__V1__LIFE__LIFE_RECREATING] = "recreating", [XHM__V1__LIFE__LIFE_VERIFYING] = "verifying",
    [XHM__V1__LIFE__LIFE_LIMITED] = "limited",
};
static const char *const events[] = {
    [XHM__V1__EVENT_KIND__EVENT_FAULT_RAISED] = "fault_raised",
    [XHM__V1__EVENT_KIND__EVENT_FAULT_CLEARED] = "fault_cleared",
    [XHM__V1__EVENT_KIND__EVENT_LOCAL_STATUS] = "local_status",
    [XHM__V1__EVENT_KIND__EVENT_GLOBAL_STATUS] = "global_status",
    [XHM__V1__EVENT_KIND__EVENT_INSTANCE_STARTED] = "instance_started",
    [XHM__V1__EVENT_KIND__EVENT_INSTANCE_ENDED] = "instance_ended",
    [XHM__V1__EVENT_KIND__EVENT_INSTANCE_HEALTHY] = "instance_healthy",
    [XHM__V1__EVENT_KIND__EVENT_RESTART_DECIDED] = "restart_decided",
    [XHM__V1__EVENT_KIND__EVENT_RESTART_REQUESTED] = "restart_requested",
    [XHM__V1__EVENT_KIND__EVENT_RESTART_DONE] = "restart_done",
    [XHM__V1__EVENT_KIND__EVENT_RESTART_REFUSED] = "restart_refused",
    [XHM__V1__EVENT_KIND__EVENT_PAGE_ATTACHED] = "page_attached",
    [XHM__V1__EVENT_KIND__EVENT_SUPERVISOR_STARTED] = "supervisor_started",
    [XHM__V1__EVENT_KIND__EVENT_SUPERVISOR_STOPPED] = "supervisor_stopped",
    [XHM__V1__EVENT_KIND__EVENT_POLICY_APPLIED] = "policy_applied",
    [XHM__V1__EVENT_KIND__EVENT_INJECTION_STARTED] = "injection_started",
    [XHM__V1__EVENT_KIND__EVENT_INJECTION_ENDED] = "injection_ended",
    [XHM__V1__EVENT_KIND__EVENT_REQUEST_REFUSED] = "request_refused",
};
static const char *const injections[] = {
    [XHM__V1__INJECTION_KIND__INJECTION_HANG] = "hang",     [XHM__V1__INJECTION_KIND__INJECTION_SPIN] = "spin",
    [XHM__V1__INJECTION_KIND__INJECTION_CRASH] = "crash",   [XHM__V1__INJECTION_KIND__INJECTION_PIN] = "pin",
    [XHM__V1__INJECTION_KIND__INJECTION_MEMORY] = "memory", [XHM__V1__INJECTION_KIND__INJECTION_DEADLINE] = "deadline",
};
static const char *const shutdowns[] = {"poweroff", "reboot", "suspend", "crash", "watchdog", "soft_reset"};

static const char *find(const char *const *names, size_t count, uint32_t number, char text[XHM_NAME_TEXT_SIZE]) {
    if (number < count && names[number] != NULL) {
        snprintf(text, XHM_NAME_TEXT_SIZE, "%s", names[number]);
    } else {
        snprintf(text, XHM_NAME_TEXT_SIZE, "unknown-%u", number);
    }
    return text;
}

const char *names_status(uint32_t status, char text[XHM_NAME_TEXT_SIZE]) {
    return find(statuses, LENGTH(statuses), status, text);
}

enum xhm_paint names_status_paint(uint32_t status) {
    switch (status) {
    case XHM__V1__HEALTH_STATUS__STATUS_OK:
        return XHM_PAINT_GOOD;
    case XHM__V1__HEALTH_STATUS__STATUS_DEACTIVATED:
    case XHM__V1__HEALTH_STATUS__STATUS_FAILED:
        return XHM_PAINT_WARNING;
    default:
        return XHM_PAINT_BAD;
    }
}

const char *names_life(uint32_t life, char text[XHM_NAME_TEXT_SIZE]) {
    return find(lives, LENGTH(lives), life, text);
}

const char *names_event(uint32_t kind, char text[XHM_NAME_TEXT_SIZE]) {
    return find(events, LENGTH(events), kind, text);
}

const char *names_injection(uint32_t kind, char text[XHM_NAME_TEXT_SIZE]) {
    return find(injections, LENGTH(injections), kind, text);
}

const char *names_shutdown(uint32_t reason, char text[XHM_NAME_TEXT_SIZE]) {
    return find(shutdowns, LENGTH(shutdowns), reason, text);
}

Xhm__V1__InjectionKind names_find_injection(const char *name) {
    for (size_t i = 0; i < LENGTH(injections); i++) {
        if (injections[i] != NULL && strcmp(injections[i], name) == 0) {
            return (Xhm__V1__InjectionKind)i;
        }
    }
    return XHM__V1__INJECTION_KIND__INJECTION_UNSPECIFIED;
}

void names_time(uint64_t wall_clock_ns, char text[XHM_TIME_TEXT_SIZE]) {
    time_t seconds = (time_t)(wall_clock_ns / 1000000000u);
    struct tm broken_down;
    if (wall_clock_ns == 0 || gmtime_r(&seconds, &broken_down) == NULL) {
        snprintf(text, XHM_TIME_TEXT_SIZE, "-");
        return;
    }
    size_t used = strftime(text, XHM_TIME_TEXT_SIZE, "%Y-%m-%dT%H:%M:%S", &broken_down);
    snprintf(text + used, XHM_TIME_TEXT_SIZE - used, ".%03uZ", (unsigned)(wall_clock_ns / 1000000u % 1000u));
}
