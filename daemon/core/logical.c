#include "logical.h"

static bool is_among(const uint32_t *ids, uint32_t count, uint32_t id) {
    for (uint32_t i = 0; i < count; i++) {
        if (ids[i] == id) {
            return true;
        }
    }
    return false;
}

static bool is_initial(const struct xhm_logical_policy *policy, uint32_t id) {
    return is_among(policy->initial, policy->initial_count, id);
}

static bool is_final(const struct xhm_logical_policy *policy, uint32_t id) {
    return is_among(policy->finals, policy->final_count, id);
}

/* What is neither an initial checkpoint nor part of a transition is nowhere in the graph. */
static bool is_declared(const struct xhm_logical_policy *policy, uint32_t id) {
    for (uint32_t i = 0; i < policy->transition_count; i++) {
        if (policy->transitions[i].from == id || policy->transitions[i].to == id) {
            return true;
        }
    }
    return is_initial(policy, id);
}

static bool is_transition(const struct xhm_logical_policy *policy, uint32_t from, uint32_t to) {
    for (uint32_t i = 0; i < policy->transition_count; i++) {
        if (policy->transitions[i].from == from && policy->transitions[i].to == to) {
            return true;
        }
    }
    return false;
}

static bool is_reachable(const struct xhm_logical_policy *policy, uint32_t position, uint32_t id) {
    if (position == 0) {
        return is_initial(policy, id);
    }
    return is_transition(policy, position, id) || (is_final(policy, position) && is_initial(policy, id));
}

bool logical_checkpoint(const struct xhm_logical_policy *policy, struct xhm_logical_state *state,
                        uint32_t checkpoint_id) {
    const bool declared = is_declared(policy, checkpoint_id);
    const bool allowed = declared && (!state->synced || is_reachable(policy, state->position, checkpoint_id));

    state->synced = declared;
    state->position = checkpoint_id;
    return allowed;
}
