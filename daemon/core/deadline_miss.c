#include "deadline_miss.h"

static void advance_window(const struct xhm_deadline_miss_policy *policy, struct xhm_entity_state *state,
                           uint64_t now_ns) {
    const uint64_t part_ns = policy->window_ns / (XHM_MISS_WINDOW_PARTS - 1);
    const uint64_t part = now_ns / part_ns;

    for (unsigned step = 0; step < XHM_MISS_WINDOW_PARTS && state->miss_part_index < part; step++) {
        state->miss_part_index++;
        state->miss_parts[state->miss_part_index % XHM_MISS_WINDOW_PARTS] = 0;
    }
    state->miss_part_index = part;
}

static uint64_t misses_in_window(const struct xhm_entity_state *state) {
    uint64_t sum = 0;

    for (unsigned i = 0; i < XHM_MISS_WINDOW_PARTS; i++) {
        sum += state->miss_parts[i];
    }
    return sum;
}

bool deadline_miss_update(const struct xhm_deadline_miss_policy *policy, struct xhm_entity_state *state,
                          uint64_t missed, uint64_t now_ns) {
    advance_window(policy, state, now_ns);
    if (state->miss_counting && missed > state->deadline_missed) {
        const uint64_t fresh = missed - state->deadline_missed;
        uint32_t *part = &state->miss_parts[state->miss_part_index % XHM_MISS_WINDOW_PARTS];
        *part = fresh > UINT32_MAX - *part ? UINT32_MAX : *part + (uint32_t)fresh;
    }
    state->miss_counting = true;
    return misses_in_window(state) > policy->limit;
}
