/**
 * A guest's clock compared with the supervisor's, by rate only. Arithmetic only.
 *
 * A slot carries the guest's time of its last write. When a write is seen that the reading before did not see, its
 * moment lies between the two readings. Over a window between two such writes the guest's clock must have advanced by
 * no less than the shortest and no more than the longest time that can lie between them, tolerance added.
 */
#ifndef XHM_CORE_GUEST_CLOCK_H
#define XHM_CORE_GUEST_CLOCK_H

#include "policy.h"

/** What is known of one clock. All zero is nothing. */
struct xhm_guest_clock_state {
    bool read;  /**< `read_ns` is the supervised time of the last reading */
    bool based; /**< the window under way has a first write: */
    uint64_t read_ns;
    uint64_t guest_ns;    /**< guest's time of that write */
    uint64_t earliest_ns; /**< supervised times between which it happened */
    uint64_t latest_ns;
};

/** Verdict on one reading. */
enum xhm_guest_clock_verdict {
    XHM_GUEST_CLOCK_OPEN, /**< the window is not over, or nothing was written */
    XHM_GUEST_CLOCK_GOOD,
    XHM_GUEST_CLOCK_BAD, /**< stood still, went back, or ran at another rate */
};

/** A verdict, and what the clocks advanced by: valid unless OPEN. */
struct xhm_guest_clock_finding {
    enum xhm_guest_clock_verdict verdict;
    uint64_t guest_ns;
    uint64_t supervised_ns;
};

/** One reading of a slot. */
struct xhm_guest_clock_reading {
    bool written;         /**< something was written since the reading before */
    uint64_t guest_ns;    /**< guest's time of the last write; any value is possible */
    uint64_t now_ns;      /**< supervised time */
    uint64_t lateness_ns; /**< the slot may have been read so long after `now_ns` */
};

/** Takes a reading. A window ends with the first write that is seen at least window_ns after its beginning. */
struct xhm_guest_clock_finding guest_clock_read(const struct xhm_clock_policy *policy,
                                                struct xhm_guest_clock_state *state,
                                                const struct xhm_guest_clock_reading *reading);

#endif
