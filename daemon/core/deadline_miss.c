#include "deadline_miss.h"

bool deadline_miss_update(const struct xhm_deadline_miss_policy *policy, struct xhm_entity_state *state,
                          uint64_t missed, uint64_t now_ns) {
    const bool more = state->miss_counting && missed > state->deadline_missed;
    const uint64_t fresh = more ? missed - state->deadline_missed : 0;

    state->miss_counting = true;
    return counted_window_add(&state->misses, policy->window_ns, fresh, now_ns) > policy->limit;
}
