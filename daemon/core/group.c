#include "step.h"

static bool is_member(const struct xhm_group_policy *group, uint32_t partition) {
    return (group->members >> partition & 1u) != 0;
}

/* Those that are not there, are kept as they are, or are being made anyway stay as they are. So does one that takes
   over at the moment, and one that maintenance or declaration withdraws from supervision. */
static bool is_pulled(const struct xhm_step *step, uint32_t partition) {
    const enum xhm_life life = step_state(step, partition)->life;

    return (life == XHM_LIFE_STARTING || life == XHM_LIFE_RUNNING || life == XHM_LIFE_VERIFYING) &&
           restart_is_possible(step, partition) && gate_supervision_is_active(step, partition);
}

static void pull_members(const struct xhm_step *step, const struct xhm_group_policy *group) {
    for (uint32_t partition = 0; partition < step->core->policy->partition_count; partition++) {
        if (is_member(group, partition) && is_pulled(step, partition)) {
            lifecycle_event(step, partition, XHM_LIFE_PULLED);
        }
    }
}

void group_pull_along(const struct xhm_step *step, uint32_t partition) {
    for (uint32_t i = 0; i < step->core->policy->group_count; i++) {
        if (is_member(&step->core->policy->groups[i], partition)) {
            pull_members(step, &step->core->policy->groups[i]);
        }
    }
}

/* Where there is no instance, and none is being made, nothing is restarted that another one would have to wait for. Of
   what is not judged nobody would ever know that it is healthy. */
static bool is_awaited(const struct xhm_step *step, uint32_t partition) {
    const enum xhm_life life = step_state(step, partition)->life;

    return gate_is_judged(step, partition) && life != XHM_LIFE_RUNNING && life != XHM_LIFE_ABSENT &&
           life != XHM_LIFE_STANDBY;
}

bool group_holds(const struct xhm_step *step, uint32_t partition) {
    for (uint32_t i = 0; i < step->core->policy->group_count; i++) {
        const struct xhm_group_policy *group = &step->core->policy->groups[i];
        for (uint32_t before = 0; group->in_order && is_member(group, partition) && before < partition; before++) {
            if (is_member(group, before) && is_awaited(step, before)) {
                return true;
            }
        }
    }
    return false;
}
