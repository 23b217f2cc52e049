/**
 * Private to the fault memory: what an event makes of one fault record. Pure.
 */
#ifndef XHM_FAULTLOG_FAULT_ENTRY_H
#define XHM_FAULTLOG_FAULT_ENTRY_H

#include "injection_marks.h"

/** Complete operation cycles in a row without an occurrence after which a record is removed. */
#define XHM_AGING_CYCLES 40u

/**
 * True when @p event, which is not about one fault, changes @p entry: an operation cycle, a clearing that names it, or
 * what became of an injection that was ordered before its last occurrences.
 */
bool fault_entry_is_meant(const struct xhm_fault_entry *entry, const struct xhm_held_event *event);

/**
 * Applies @p event, which is meant for @p entry: raised, cleared, a cycle that begins or ends, a clearing by an
 * operator, an injection that took effect or ended.
 */
void fault_entry_change(struct xhm_fault_entry *entry, const struct xhm_held_event *event);

/** True when the entry is to be removed after @p event: aged, or cleared by an operator and not active. */
bool fault_entry_is_over(const struct xhm_fault_entry *entry, const struct xhm_held_event *event);

/** Notes that the last occurrence fell into @p injection; NULL: into none. */
void fault_entry_mark(struct xhm_fault_entry *entry, const struct xhm_injection_mark *injection);

/** In a new life of the supervisor: nothing is active until it is raised in it. */
void fault_entry_forget_activity(struct xhm_fault_entry *entry);

#endif
