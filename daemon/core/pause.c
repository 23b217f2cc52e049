#include "step.h"
#include <string.h>

/* Xen counts pauses, and anybody can add or take one. We own exactly one of an instance or none, remember it with the
   instance it belongs to, and never take back one that is not ours. */

bool pause_is_ours(const struct xhm_partition_state *state) {
    return state->owns_pause && state->instance_known && state->paused_domid == state->domid &&
           memcmp(&state->paused_uuid, &state->uuid, sizeof(state->uuid)) == 0;
}

/* What is not supervised is not known to be OK. An expired entity stays so until its instance is replaced. */
static void begin_entities_anew(const struct xhm_step *step, uint32_t partition) {
    for (uint32_t entity = 0; entity < step_policy(step, partition)->entity_count; entity++) {
        struct xhm_entity_state *state = &step_state(step, partition)->entities[entity];
        if (state->status == XHM_STATUS_EXPIRED) {
            continue;
        }
        if (state->status != XHM_STATUS_DEACTIVATED) {
            step_event(step, XHM_EVENT_LOCAL_STATUS, partition, entity, state->status, XHM_STATUS_DEACTIVATED);
        }
        state->status = XHM_STATUS_DEACTIVATED;
        state->good_cycles = 0;
        state->failed_cycles = 0;
    }
}

static void own(const struct xhm_step *step, uint32_t partition, bool owns) {
    struct xhm_partition_state *state = step_state(step, partition);

    state->owns_pause = owns;
    state->paused_domid = state->domid;
    state->paused_uuid = state->uuid;
    state->pause_seen = false;
    state->pause_failed = false;
    step->outcome->persistent_changed = true;
}

void pause_take(const struct xhm_step *step, uint32_t partition) {
    if (!pause_is_ours(step_state(step, partition)) && act(step, partition, XHM_ACTION_PAUSE)) {
        own(step, partition, true);
        begin_entities_anew(step, partition);
    }
}

/* Where another action comes first in this step, halt_step() takes it back in the next one. The last domain list still
   shows our own pause; a pause of somebody else shows in the next one. */
void pause_give_back(const struct xhm_step *step, uint32_t partition) {
    struct xhm_partition_state *state = step_state(step, partition);

    if (pause_is_ours(state) && !state->pause_failed && !act(step, partition, XHM_ACTION_UNPAUSE)) {
        return;
    }
    own(step, partition, false);
    state->domain.paused = false;
    begin_entities_anew(step, partition);
    probe_supervision_rebaseline(step, partition);
}

void pause_forget(const struct xhm_step *step, uint32_t partition) {
    if (step_state(step, partition)->owns_pause) {
        own(step, partition, false);
    }
}

void pause_watch(const struct xhm_step *step, uint32_t partition) {
    struct xhm_partition_state *state = step_state(step, partition);
    const uint64_t patience_ns = 3 * step->core->policy->supervisor.crash_check_period_ns;

    if (step->observation->domains_sight != XHM_SIGHT_KNOWN || !pause_is_ours(state)) {
        return;
    }
    if (state->domain.paused) {
        state->pause_seen = true;
        state->pause_failed = false;
    } else if (state->pause_seen) {
        own(step, partition, false); /* somebody took it back */
    } else if (step->core->supervised_ns - state->acted_ns >= patience_ns) {
        state->pause_failed = true;
    }
}
