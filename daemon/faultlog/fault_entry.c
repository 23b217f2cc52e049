#include "fault_entry.h"

#include <string.h>

static void raise_entry(struct xhm_fault_entry *entry, const struct xhm_held_event *event) {
    const struct xhm_event *told = &event->record.event;

    entry->last = layout_moment_of(event);
    if (entry->occurrences == 0) {
        entry->first = entry->last;
    }
    if (entry->occurrences < UINT32_MAX) {
        entry->occurrences++;
    }
    if (entry->active_scopes < UINT32_MAX) {
        entry->active_scopes++;
    }
    entry->aging_cycles = 0;
    entry->status = XHM_DTC_TEST_FAILED | XHM_DTC_TEST_FAILED_THIS_OPERATION_CYCLE | XHM_DTC_PENDING |
                    XHM_DTC_CONFIRMED | XHM_DTC_TEST_FAILED_SINCE_LAST_CLEAR;
    entry->freeze_frame = (struct xhm_freeze_frame){
        .time_ns = told->time_ns,
        .values = {told->values[0], told->values[1]},
        .policy_hash = event->record.policy_hash,
        .domid = told->domid,
    };
}

static void set_bits(struct xhm_fault_entry *entry, unsigned bits) {
    entry->status = (uint8_t)(entry->status | bits);
}

static void clear_bits(struct xhm_fault_entry *entry, unsigned bits) {
    entry->status = (uint8_t)(entry->status & ~bits);
}

/* A test that passed is completed, too. */
static void clear_entry(struct xhm_fault_entry *entry) {
    if (entry->active_scopes > 0) {
        entry->active_scopes--;
    }
    if (entry->active_scopes == 0) {
        clear_bits(entry, XHM_DTC_TEST_FAILED | XHM_DTC_TEST_NOT_COMPLETED_THIS_OPERATION_CYCLE);
    }
}

/* What is active when a cycle begins fails in it, too. */
static void begin_cycle(struct xhm_fault_entry *entry, uint64_t cycle) {
    entry->open_cycle = cycle;
    if (entry->active_scopes > 0) {
        set_bits(entry, XHM_DTC_TEST_FAILED_THIS_OPERATION_CYCLE);
        clear_bits(entry, XHM_DTC_TEST_NOT_COMPLETED_THIS_OPERATION_CYCLE);
    } else {
        clear_bits(entry, XHM_DTC_TEST_FAILED_THIS_OPERATION_CYCLE);
        set_bits(entry, XHM_DTC_TEST_NOT_COMPLETED_THIS_OPERATION_CYCLE);
    }
}

/* A cycle is clean only if it was seen from its beginning. */
static void end_cycle(struct xhm_fault_entry *entry, uint64_t cycle) {
    const bool is_complete = cycle != 0 && entry->open_cycle == cycle;

    entry->open_cycle = 0;
    if (is_complete && (entry->status & XHM_DTC_TEST_FAILED_THIS_OPERATION_CYCLE) == 0) {
        clear_bits(entry, XHM_DTC_PENDING);
        entry->aging_cycles += entry->aging_cycles < UINT32_MAX;
    }
}

/* The occurrences since the order were its effect. */
static void decide_injected(struct xhm_fault_entry *entry, const struct xhm_held_event *event) {
    const uint32_t room = UINT32_MAX - entry->injected;

    entry->injected += entry->undecided < room ? entry->undecided : room;
    entry->undecided = 0;
    entry->injection = layout_moment_of(event);
}

void fault_entry_forget_activity(struct xhm_fault_entry *entry) {
    entry->active_scopes = 0;
    entry->undecided = 0;
    clear_bits(entry, XHM_DTC_TEST_FAILED);
}

static bool is_cleared_by(const struct xhm_fault_entry *entry, const struct xhm_record *record) {
    const uint64_t number = record->event.values[0];

    return (number == 0 || number == entry->number) &&
           (record->partition[0] == '\0' || strncmp(record->partition, entry->partition, XHM_NAME_SIZE) == 0);
}

static bool is_about_injection(enum xhm_event_kind kind) {
    return kind == XHM_EVENT_INJECTION_ORDERED || kind == XHM_EVENT_INJECTION_STARTED ||
           kind == XHM_EVENT_INJECTION_ENDED;
}

static bool is_decided_by(const struct xhm_fault_entry *entry, const struct xhm_held_event *event) {
    return entry->undecided > 0 && entry->active_start == event->start &&
           is_about_injection(event->record.event.kind) &&
           strncmp(event->record.partition, entry->partition, XHM_NAME_SIZE) == 0;
}

bool fault_entry_is_meant(const struct xhm_fault_entry *entry, const struct xhm_held_event *event) {
    const enum xhm_event_kind kind = event->record.event.kind;

    return kind == XHM_EVENT_OPERATION_CYCLE_BEGUN || kind == XHM_EVENT_OPERATION_CYCLE_ENDED ||
           is_decided_by(entry, event) || (kind == XHM_EVENT_FAULTS_CLEARED && is_cleared_by(entry, &event->record));
}

void fault_entry_change(struct xhm_fault_entry *entry, const struct xhm_held_event *event) {
    const struct xhm_event *told = &event->record.event;

    /* An event that is applied again can be of a later life than the record. */
    if (entry->active_start != event->start) {
        entry->active_start = event->start;
        fault_entry_forget_activity(entry);
    }
    if (told->kind == XHM_EVENT_FAULT_RAISED) {
        raise_entry(entry, event);
    } else if (told->kind == XHM_EVENT_FAULT_CLEARED) {
        clear_entry(entry);
    } else if (told->kind == XHM_EVENT_OPERATION_CYCLE_BEGUN) {
        begin_cycle(entry, told->values[0]);
    } else if (told->kind == XHM_EVENT_OPERATION_CYCLE_ENDED) {
        end_cycle(entry, told->values[0]);
    } else if (told->kind == XHM_EVENT_INJECTION_STARTED) {
        decide_injected(entry, event);
    } else if (is_about_injection(told->kind)) {
        entry->undecided = 0;
    }
    entry->changed_sequence = event->record.sequence;
}

bool fault_entry_is_over(const struct xhm_fault_entry *entry, const struct xhm_held_event *event) {
    const enum xhm_event_kind kind = event->record.event.kind;

    return entry->active_scopes == 0 && (kind == XHM_EVENT_FAULTS_CLEARED || (kind == XHM_EVENT_OPERATION_CYCLE_ENDED &&
                                                                              entry->aging_cycles >= XHM_AGING_CYCLES));
}

void fault_entry_mark(struct xhm_fault_entry *entry, const struct xhm_injection_mark *injection) {
    if (injection == NULL) {
        return;
    }
    if (injection->effect.sequence == 0) {
        entry->undecided += entry->undecided < UINT32_MAX;
        return;
    }
    entry->injection = injection->effect;
    entry->injected += entry->injected < UINT32_MAX;
}
