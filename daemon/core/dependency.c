#include "step.h"

/* A dependency on one side of a pair is one on the side that serves. */
static uint32_t serving_side(const struct xhm_core *core, uint32_t partition) {
    return fail_over_is_inactive(core, partition) ? fail_over_partner(core->policy, partition) : partition;
}

/* What need not be there is not faulty while it is not: else it would excuse others for ever. */
static bool is_absent_by_right(const struct xhm_step *step, uint32_t partition) {
    const struct xhm_partition_state *state = step_state(step, partition);

    return step_policy(step, partition)->optional && state->life == XHM_LIFE_ABSENT &&
           !fault_state_any(state, XHM_CLASS_PRESENCE);
}

/* What is not supervised is never known to be faulty. */
static bool is_faulty(const struct xhm_step *step, uint32_t partition) {
    const uint32_t serving = serving_side(step->core, partition);
    const struct xhm_partition_state *state = step_state(step, serving);

    return !step_policy(step, serving)->supervision_off && !is_absent_by_right(step, serving) &&
           (state->life != XHM_LIFE_RUNNING || fault_state_any(state, XHM_CLASS_PRESENCE) ||
            escalation_any_expired(step, serving));
}

/* 1 + index of the first faulty dependency, or 0. */
static uint32_t faulty_number(const struct xhm_step *step, uint32_t partition) {
    const uint64_t depends_on = step_policy(step, partition)->depends_on;

    for (uint32_t i = 0; i < step->core->policy->partition_count; i++) {
        if ((depends_on >> i & 1u) != 0 && is_faulty(step, i)) {
            return 1 + i;
        }
    }
    return 0;
}

bool dependency_is_faulty(const struct xhm_step *step, uint32_t partition) {
    return faulty_number(step, partition) != 0;
}

void dependency_step(const struct xhm_step *step) {
    for (uint32_t partition = 0; partition < step->core->policy->partition_count; partition++) {
        struct xhm_partition_state *state = step_state(step, partition);
        const uint32_t number = faulty_number(step, partition);

        if (number == state->excused_by_number) {
            continue;
        }
        if (state->excused_by_number != 0) {
            step_event(step, XHM_EVENT_EXCUSED, partition, XHM_NONE, state->excused_by_number - 1, 0);
        }
        if (number != 0) {
            step_event(step, XHM_EVENT_EXCUSED, partition, XHM_NONE, number - 1, 1);
        }
        state->excused_by_number = number;
    }
}
