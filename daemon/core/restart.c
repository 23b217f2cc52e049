#include "step.h"

uint32_t core_restarts_in_window(const struct xhm_core *core, uint32_t partition) {
    const struct xhm_partition_state *state = &core->partitions[partition];
    uint32_t count = 0;

    for (uint32_t i = 0; i < state->restart_kept; i++) {
        if (core->supervised_ns - state->restart_times_ns[i] < core->policy->partitions[partition].restart.window_ns) {
            count++;
        }
    }
    return count;
}

uint32_t restart_in_window(const struct xhm_step *step, uint32_t partition) {
    return core_restarts_in_window(step->core, partition);
}

bool restart_is_possible(const struct xhm_step *step, uint32_t partition) {
    return step_policy(step, partition)->identity.kind == XHM_IDENTITY_UUID;
}

bool restart_is_available(const struct xhm_step *step, uint32_t partition) {
    return restart_is_possible(step, partition) &&
           restart_in_window(step, partition) < step_policy(step, partition)->restart.limit;
}

void restart_note(const struct xhm_step *step, uint32_t partition) {
    struct xhm_partition_state *state = step_state(step, partition);

    state->restart_times_ns[state->restart_next] = step->core->supervised_ns;
    state->restart_next = (state->restart_next + 1) % XHM_MAX_RESTART_LIMIT;
    if (state->restart_kept < XHM_MAX_RESTART_LIMIT) {
        state->restart_kept++;
    }
    state->restart_total++;
    step->outcome->persistent_changed = true;
    step_event(step, XHM_EVENT_RESTART_DECIDED, partition, XHM_NONE, restart_in_window(step, partition),
               step_policy(step, partition)->restart.limit);
}

void restart_forget(struct xhm_partition_state *state) {
    state->restart_kept = 0;
    state->restart_next = 0;
}
