#include "step.h"

static bool is_direct(enum xhm_action_kind kind) {
    return kind == XHM_ACTION_STOP || kind == XHM_ACTION_PAUSE || kind == XHM_ACTION_UNPAUSE;
}

static bool acted_directly(const struct xhm_outcome *outcome, uint32_t partition) {
    for (uint32_t i = 0; i < outcome->action_count; i++) {
        if (outcome->actions[i].partition == partition && is_direct(outcome->actions[i].kind)) {
            return true;
        }
    }
    return false;
}

bool act(const struct xhm_step *step, uint32_t partition, enum xhm_action_kind kind) {
    struct xhm_partition_state *state = step_state(step, partition);
    const bool recreates = kind == XHM_ACTION_RECREATE;
    const struct xhm_action action = {
        .kind = kind,
        .partition = partition,
        .domid = state->domid,
        .uuid = recreates ? step_policy(step, partition)->identity.uuid : state->uuid,
        .task_id = recreates ? state->task_id : 0,
    };

    if (is_direct(kind)) {
        if (acted_directly(step->outcome, partition)) {
            return false;
        }
        state->acted_ns = step->core->supervised_ns;
    }
    outcome_action(step->outcome, &action);
    return true;
}
