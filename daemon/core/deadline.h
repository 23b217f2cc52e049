/**
 * Deadline supervision: the time between two checkpoints (AUTOSAR WdgM). Arithmetic only.
 */
#ifndef XHM_CORE_DEADLINE_H
#define XHM_CORE_DEADLINE_H

#include "policy.h"

/**
 * One deadline under way. When its start checkpoint comes again before its end, each of the two starts has its
 * deadline: the newest must not be followed too early, the oldest not too late. All zero is none under way.
 */
struct xhm_deadline_state {
    bool running;
    uint64_t oldest_from_ns; /**< guest's timestamp of the first start that is not ended */
    uint64_t newest_from_ns; /**< of the last one */
    uint64_t seen_ns;        /**< supervised time at which the first one was read */
};

/** Verdict on a checkpoint. */
enum xhm_deadline_verdict {
    XHM_DEADLINE_KEPT, /**< in time, or none of this deadline's checkpoints */
    XHM_DEADLINE_EARLY,
    XHM_DEADLINE_LATE,
};

/** What a checkpoint says about a deadline; @p elapsed_ns is valid for EARLY and LATE. */
struct xhm_deadline_finding {
    enum xhm_deadline_verdict verdict;
    uint64_t elapsed_ns;
};

/**
 * Takes checkpoint @p checkpoint_id with the guest's timestamp @p timestamp_ns, read at supervised time @p now_ns. A
 * timestamp before its start's is early, whatever the least time.
 */
struct xhm_deadline_finding deadline_checkpoint(const struct xhm_deadline_policy *policy,
                                                struct xhm_deadline_state *state, uint32_t checkpoint_id,
                                                uint64_t timestamp_ns, uint64_t now_ns);

/** True when an end has not come although more than the maximum has passed since its start was read. */
bool deadline_is_overdue(const struct xhm_deadline_policy *policy, const struct xhm_deadline_state *state,
                         uint64_t now_ns);

#endif
