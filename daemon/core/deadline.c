#include "deadline.h"

static uint64_t since(uint64_t from_ns, uint64_t timestamp_ns) {
    return timestamp_ns > from_ns ? timestamp_ns - from_ns : 0;
}

static struct xhm_deadline_finding judge_end(const struct xhm_deadline_policy *policy,
                                             const struct xhm_deadline_state *state, uint64_t timestamp_ns) {
    const uint64_t longest_ns = since(state->oldest_from_ns, timestamp_ns);
    const uint64_t shortest_ns = since(state->newest_from_ns, timestamp_ns);

    if (timestamp_ns < state->newest_from_ns || shortest_ns < policy->min_ns) {
        return (struct xhm_deadline_finding){XHM_DEADLINE_EARLY, shortest_ns};
    }
    if (longest_ns > policy->max_ns) {
        return (struct xhm_deadline_finding){XHM_DEADLINE_LATE, longest_ns};
    }
    return (struct xhm_deadline_finding){XHM_DEADLINE_KEPT, 0};
}

static void start(struct xhm_deadline_state *state, uint64_t timestamp_ns, uint64_t now_ns) {
    if (!state->running) {
        state->running = true;
        state->oldest_from_ns = timestamp_ns;
        state->seen_ns = now_ns;
    }
    state->newest_from_ns = timestamp_ns;
}

struct xhm_deadline_finding deadline_checkpoint(const struct xhm_deadline_policy *policy,
                                                struct xhm_deadline_state *state, uint32_t checkpoint_id,
                                                uint64_t timestamp_ns, uint64_t now_ns) {
    struct xhm_deadline_finding finding = {XHM_DEADLINE_KEPT, 0};

    if (state->running && checkpoint_id == policy->to) {
        finding = judge_end(policy, state, timestamp_ns);
        state->running = false;
    }
    if (checkpoint_id == policy->from) {
        start(state, timestamp_ns, now_ns);
    }
    return finding;
}

bool deadline_is_overdue(const struct xhm_deadline_policy *policy, const struct xhm_deadline_state *state,
                         uint64_t now_ns) {
    return state->running && now_ns - state->seen_ns > policy->max_ns;
}
