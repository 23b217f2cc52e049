/**
 * Deadline misses that a partition counted itself, within a sliding window (counted_window.h): a fault is raised no
 * later than the miss that exceeds the limit, and never for misses that lie further apart than the window and one part.
 */
#ifndef XHM_CORE_DEADLINE_MISS_H
#define XHM_CORE_DEADLINE_MISS_H

#include "core.h"

/**
 * Takes the counter's value @p missed at supervised time @p now_ns into the window of @p state.
 * @return true while the misses in the window exceed the limit
 */
bool deadline_miss_update(const struct xhm_deadline_miss_policy *policy, struct xhm_entity_state *state,
                          uint64_t missed, uint64_t now_ns);

#endif
