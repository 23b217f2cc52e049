#include "step.h"

bool gate_presence_is_judged(const struct xhm_step *step, uint32_t partition) {
    return !step_policy(step, partition)->supervision_off;
}

/* What is kept stopped or paused on purpose is not judged. */
static bool is_kept(enum xhm_life life) {
    return life == XHM_LIFE_HALTED || life == XHM_LIFE_STANDBY;
}

bool gate_supervision_is_active(const struct xhm_step *step, uint32_t partition) {
    return !step_policy(step, partition)->supervision_off && !is_kept(step_state(step, partition)->life);
}

bool gate_reaction_is_allowed(const struct xhm_step *step, uint32_t partition) {
    return !step_policy(step, partition)->supervision_off && !safe_state_is_latched(step->core) &&
           !dependency_is_faulty(step, partition);
}
