#include "debounce.h"
#include "step.h"
#include <string.h>

void step_copy_name(char to[XHM_NAME_SIZE], const char *from) {
    memset(to, 0, XHM_NAME_SIZE);
    memcpy(to, from, strlen(from));
}

void step_event(const struct xhm_step *step, enum xhm_event_kind kind, uint32_t partition, uint32_t entity,
                uint64_t value0, uint64_t value1) {
    struct xhm_event event = {
        .kind = kind,
        .fault = XHM_FAULT_COUNT,
        .partition = partition,
        .entity = entity,
        .domid = XHM_NONE,
        .time_ns = step->core->now_ns,
        .values = {value0, value1},
    };

    if (partition != XHM_NONE && step_state(step, partition)->instance_known) {
        event.domid = step_state(step, partition)->domid;
    }
    outcome_event(step->outcome, &event);
}

bool fault_state_is_of_entity(enum xhm_fault fault) {
    const enum xhm_fault_class fault_class = faults_info(fault)->fault_class;

    return fault_class == XHM_CLASS_ENTITY || fault_class == XHM_CLASS_PROBE || fault_class == XHM_CLASS_DEADLINE;
}

static void tell_fault(const struct xhm_step *step, uint32_t partition, enum xhm_fault fault, uint32_t scope,
                       bool present, struct xhm_fault_details details) {
    struct xhm_event event = {
        .kind = present ? XHM_EVENT_FAULT_RAISED : XHM_EVENT_FAULT_CLEARED,
        .fault = fault,
        .partition = partition,
        .entity = fault_state_is_of_entity(fault) && scope < XHM_MAX_ENTITIES ? scope : XHM_NONE,
        .domid = XHM_NONE,
        .time_ns = step->core->now_ns,
        .values = {details.values[0], details.values[1]},
    };

    if (partition != XHM_NONE && step_state(step, partition)->instance_known) {
        event.domid = step_state(step, partition)->domid;
    }
    outcome_event(step->outcome, &event);
}

void fault_state_set(const struct xhm_step *step, uint32_t partition, enum xhm_fault fault, uint32_t scope,
                     bool present, struct xhm_fault_details details) {
    const bool supervisor = partition == XHM_NONE;
    uint64_t *scopes =
        supervisor ? &step->core->fault_scopes[fault] : &step_state(step, partition)->fault_scopes[fault];
    uint32_t *occurrences =
        supervisor ? &step->core->fault_occurrences[fault] : &step_state(step, partition)->fault_occurrences[fault];
    const uint64_t bit = UINT64_C(1) << scope;

    if (((*scopes & bit) != 0) == present) {
        return;
    }
    *scopes ^= bit;
    if (present && *occurrences < UINT32_MAX) {
        (*occurrences)++;
    }
    tell_fault(step, partition, fault, scope, present, details);
}

void fault_state_debounced(const struct xhm_step *step, uint32_t partition, enum xhm_fault fault, uint32_t scope,
                           int32_t counter, struct xhm_fault_details details) {
    if (counter == XHM_DEBOUNCE_FAILED || counter == XHM_DEBOUNCE_PASSED) {
        fault_state_set(step, partition, fault, scope, counter == XHM_DEBOUNCE_FAILED, details);
    }
}

void fault_state_clear(const struct xhm_step *step, uint32_t partition, enum xhm_fault fault) {
    const struct xhm_fault_details none = {{0, 0}};

    for (uint32_t scope = 0; scope <= XHM_SCOPE_WHOLE; scope++) {
        fault_state_set(step, partition, fault, scope, false, none);
    }
}

bool fault_state_any_of(const uint64_t scopes[XHM_FAULT_COUNT]) {
    for (unsigned fault = 0; fault < XHM_FAULT_COUNT; fault++) {
        if (scopes[fault] != 0) {
            return true;
        }
    }
    return false;
}

void fault_state_clear_class(const struct xhm_step *step, uint32_t partition, enum xhm_fault_class fault_class) {
    for (unsigned fault = 0; fault < XHM_FAULT_COUNT; fault++) {
        if (faults_info((enum xhm_fault)fault)->fault_class == fault_class) {
            fault_state_clear(step, partition, (enum xhm_fault)fault);
        }
    }
}

bool fault_state_any(const struct xhm_partition_state *state, enum xhm_fault_class fault_class) {
    for (unsigned fault = 0; fault < XHM_FAULT_COUNT; fault++) {
        if (state->fault_scopes[fault] != 0 && faults_info((enum xhm_fault)fault)->fault_class == fault_class) {
            return true;
        }
    }
    return false;
}
