// SPDX-License-Identifier: Apache-2.0
#include "names.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <time.h>

#define LENGTH(array) (sizeof(array) / sizeof((array)[0]))

static const char *const lives[] = {
    [XHM__V1__LIFE__LIFE_ABSENT] = "absent",         [XHM__V1__LIFE__LIFE_STARTING] = "starting",
    [XHM__V1__LIFE__LIFE_RUNNING] = "running",       [XHM__V1__LIFE__LIFE_STOPPING] = "stopping",
    [XHM__V1__LIFE__LIFE_RECREATING] = "recreating", [XHM__V1__LIFE__LIFE_VERIFYING] = "verifying",
    [XHM__V1__LIFE__LIFE_LIMITED] = "limited",       [XHM__V1__LIFE__LIFE_HALTED] = "halted",
    [XHM__V1__LIFE__LIFE_STANDBY] = "standby",       [XHM__V1__LIFE__LIFE_RESUMING] = "resuming",
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
    [XHM__V1__EVENT_KIND__EVENT_REACTION] = "reaction",
    [XHM__V1__EVENT_KIND__EVENT_EXCUSED] = "excused",
    [XHM__V1__EVENT_KIND__EVENT_HALTED] = "halted",
    [XHM__V1__EVENT_KIND__EVENT_STANDBY_READY] = "standby_ready",
    [XHM__V1__EVENT_KIND__EVENT_FAIL_OVER_BEGUN] = "fail_over_begun",
    [XHM__V1__EVENT_KIND__EVENT_FAIL_OVER_DONE] = "fail_over_done",
    [XHM__V1__EVENT_KIND__EVENT_SAFE_STATE_ENTERED] = "safe_state_entered",
    [XHM__V1__EVENT_KIND__EVENT_SAFE_STATE_CLEAR_ASKED] = "safe_state_clear_asked",
    [XHM__V1__EVENT_KIND__EVENT_SAFE_STATE_CLEARED] = "safe_state_cleared",
    [XHM__V1__EVENT_KIND__EVENT_MODE_CHANGED] = "mode_changed",
    [XHM__V1__EVENT_KIND__EVENT_MAINTENANCE_BEGUN] = "maintenance_begun",
    [XHM__V1__EVENT_KIND__EVENT_MAINTENANCE_ENDED] = "maintenance_ended",
    [XHM__V1__EVENT_KIND__EVENT_OPERATION_CYCLE_BEGUN] = "operation_cycle_begun",
    [XHM__V1__EVENT_KIND__EVENT_OPERATION_CYCLE_ENDED] = "operation_cycle_ended",
    [XHM__V1__EVENT_KIND__EVENT_FAULTS_CLEARED] = "faults_cleared",
    [XHM__V1__EVENT_KIND__EVENT_LAST_RESORT] = "last_resort",
    [XHM__V1__EVENT_KIND__EVENT_PARTITION_STOPPED] = "partition_stopped",
    [XHM__V1__EVENT_KIND__EVENT_INJECTION_ORDERED] = "injection_ordered",
    [XHM__V1__EVENT_KIND__EVENT_POLICY_REFUSED] = "policy_refused",
    [XHM__V1__EVENT_KIND__EVENT_REQUESTS_LIMITED] = "requests_limited",
    [XHM__V1__EVENT_KIND__EVENT_PEER_SILENT] = "peer_silent",
    [XHM__V1__EVENT_KIND__EVENT_PEER_HEARD] = "peer_heard",
};
static const char *const verdicts[] = {
    [XHM__V1__VERDICT__VERDICT_CONFORMS] = "conforms",
    [XHM__V1__VERDICT__VERDICT_DEVIATES] = "deviates",
    [XHM__V1__VERDICT__VERDICT_UNKNOWN] = "unknown",
    [XHM__V1__VERDICT__VERDICT_NOT_AVAILABLE] = "not available",
    [XHM__V1__VERDICT__VERDICT_NOT_APPLICABLE] = "not applicable",
};
static const char *const injections[] = {
    [XHM__V1__INJECTION_KIND__INJECTION_HANG] = "hang",
    [XHM__V1__INJECTION_KIND__INJECTION_SPIN] = "spin",
    [XHM__V1__INJECTION_KIND__INJECTION_CRASH] = "crash",
    [XHM__V1__INJECTION_KIND__INJECTION_PIN] = "pin",
    [XHM__V1__INJECTION_KIND__INJECTION_MEMORY] = "memory",
    [XHM__V1__INJECTION_KIND__INJECTION_DEADLINE] = "deadline",
    [XHM__V1__INJECTION_KIND__INJECTION_SLOW] = "slow",
    [XHM__V1__INJECTION_KIND__INJECTION_EARLY] = "early",
    [XHM__V1__INJECTION_KIND__INJECTION_WRONG_ORDER] = "wrong-order",
    [XHM__V1__INJECTION_KIND__INJECTION_VCPU_OFF] = "vcpu-off",
    [XHM__V1__INJECTION_KIND__INJECTION_CORRUPT] = "corrupt",
    [XHM__V1__INJECTION_KIND__INJECTION_FROZEN_CLOCK] = "frozen-clock",
    [XHM__V1__INJECTION_KIND__INJECTION_PAUSE] = "pause",
    [XHM__V1__INJECTION_KIND__INJECTION_LATENCY] = "latency",
    [XHM__V1__INJECTION_KIND__INJECTION_VISIBILITY] = "visibility",
    [XHM__V1__INJECTION_KIND__INJECTION_AGENT_GONE] = "agent-gone",
    [XHM__V1__INJECTION_KIND__INJECTION_OVERRUN] = "overrun",
    [XHM__V1__INJECTION_KIND__INJECTION_RING_OVERFLOW] = "ring-overflow",
    [XHM__V1__INJECTION_KIND__INJECTION_TORN] = "torn",
    [XHM__V1__INJECTION_KIND__INJECTION_LOAD] = "load",
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

const char *names_word(enum xhm_vocabulary vocabulary, uint32_t number, char text[XHM_NAME_TEXT_SIZE]) {
    const char *word = words_find(vocabulary, number);
    return find(&word, 1, word != NULL ? 0 : number, text);
}

const char *names_status(uint32_t status, char text[XHM_NAME_TEXT_SIZE]) {
    return names_word(XHM_WORDS_STATUS, status, text);
}

const char *names_verdict(uint32_t verdict, char text[XHM_NAME_TEXT_SIZE]) {
    return find(verdicts, LENGTH(verdicts), verdict, text);
}

const char *names_mode(uint32_t mode, char text[XHM_NAME_TEXT_SIZE]) {
    return names_word(XHM_WORDS_MODE, mode, text);
}

Xhm__V1__EcuMode names_find_mode(const char *name) {
    for (unsigned mode = 1; words_find(XHM_WORDS_MODE, mode) != NULL; mode++) {
        if (strcmp(words_find(XHM_WORDS_MODE, mode), name) == 0) {
            return (Xhm__V1__EcuMode)mode;
        }
    }
    return XHM__V1__ECU_MODE__MODE_UNSPECIFIED;
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
    if (reason > UINT8_MAX) {
        snprintf(text, XHM_NAME_TEXT_SIZE, "none");
        return text;
    }
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

enum xhm_fault names_find_fault(const char *text) {
    for (unsigned fault = 0; fault < XHM_FAULT_COUNT; fault++) {
        char number[16];
        snprintf(number, sizeof(number), "0x%04x", faults_info((enum xhm_fault)fault)->number);
        if (strcasecmp(text, number) == 0 || strcmp(text, faults_info((enum xhm_fault)fault)->name) == 0) {
            return (enum xhm_fault)fault;
        }
    }
    return XHM_FAULT_COUNT;
}

const char *names_dtc(uint32_t dtc, char text[XHM_NAME_TEXT_SIZE]) {
    snprintf(text, XHM_NAME_TEXT_SIZE, dtc != 0 ? "0x%06x" : "-", dtc);
    return text;
}

const char *names_dtc_status(uint32_t status, char text[XHM_DTC_TEXT_SIZE]) {
    static const char *const bits[] = {
        "testFailed",
        "testFailedThisOperationCycle",
        "pendingDTC",
        "confirmedDTC",
        "testNotCompletedSinceLastClear",
        "testFailedSinceLastClear",
        "testNotCompletedThisOperationCycle",
        "warningIndicatorRequested",
    };
    size_t used = 0;
    snprintf(text, XHM_DTC_TEXT_SIZE, "none");
    for (unsigned bit = 0; bit < LENGTH(bits); bit++) {
        if ((status >> bit & 1u) != 0) {
            used += (size_t)snprintf(text + used, XHM_DTC_TEXT_SIZE - used, "%s%s", used > 0 ? ", " : "", bits[bit]);
        }
    }
    return text;
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
