/**
 * Private to the fault memory: which injections are ordered or active, so that the faults that they cause are
 * marked. Pure. What is ordered may have its effect, and raise its fault, before the agent has said so.
 *
 * They belong to one life of the supervisor: what an earlier one left is not known to be active still.
 */
#ifndef XHM_FAULTLOG_INJECTION_MARKS_H
#define XHM_FAULTLOG_INJECTION_MARKS_H

#include "layout.h"

/** Injections that can be under way at a time: one into each partition and one into the ECU. */
#define XHM_MAX_INJECTIONS (XHM_MAX_PARTITIONS + 1u)

/** An injection that was ordered and has not ended. */
struct xhm_injection_mark {
    char partition[XHM_NAME_SIZE];  /**< empty: into the ECU */
    struct xhm_fault_moment effect; /**< when it took effect; sequence 0: that was not told yet */
};

/** Those under way. */
struct xhm_injection_marks {
    uint64_t start; /**< life of the supervisor to which they belong */
    uint32_t count;
    struct xhm_injection_mark under_way[XHM_MAX_INJECTIONS];
};

/** Takes note of @p event when it is about an injection, or of another life. */
void injection_marks_take(struct xhm_injection_marks *marks, const struct xhm_held_event *event);

/** The injection under way into @p partition (empty: the ECU); NULL: there is none. */
const struct xhm_injection_mark *injection_marks_find(const struct xhm_injection_marks *marks, const char *partition);

#endif
