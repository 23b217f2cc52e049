#include "step.h"

/* Halted partitions and standbys are kept as they are: an instance that appears behind our back is stopped or paused,
   once per appearance. Of two terminal actions for one partition in one step the second is carried out here, in the
   next step. */

static void keep_stopped(const struct xhm_step *step, uint32_t partition) {
    struct xhm_partition_state *state = step_state(step, partition);
    const uint64_t patience_ns = 3 * step->core->policy->supervisor.crash_check_period_ns;

    if (state->stopped_domid != state->domid) {
        lifecycle_stop_instance(step, partition);
    } else {
        state->stop_failed = step->core->supervised_ns - state->acted_ns >= patience_ns;
    }
}

static void keep(const struct xhm_step *step, uint32_t partition) {
    struct xhm_partition_state *state = step_state(step, partition);

    if (!state->instance_known) {
        state->stop_failed = false;
    } else if (state->life == XHM_LIFE_STANDBY || state->halted == XHM_DISPOSITION_PAUSE) {
        if (state->stopped_domid != state->domid) {
            pause_take(step, partition);
        }
    } else {
        keep_stopped(step, partition);
    }
}

static void stop_what_waits(const struct xhm_step *step, uint32_t partition) {
    const struct xhm_partition_state *state = step_state(step, partition);

    if (state->stopped_domid != state->domid) {
        lifecycle_stop_instance(step, partition);
    }
}

static void resume_what_waits(const struct xhm_step *step, uint32_t partition) {
    if (pause_is_ours(step_state(step, partition))) {
        pause_give_back(step, partition);
    }
}

void halt_step(const struct xhm_step *step, uint32_t partition) {
    static void (*const of_life[XHM_LIFE_COUNT])(const struct xhm_step *, uint32_t) = {
        [XHM_LIFE_HALTED] = keep,
        [XHM_LIFE_STANDBY] = keep,
        [XHM_LIFE_STOPPING] = stop_what_waits,
        [XHM_LIFE_RESUMING] = resume_what_waits,
    };
    const enum xhm_life life = step_state(step, partition)->life;

    pause_watch(step, partition);
    if (of_life[life] != NULL) {
        of_life[life](step, partition);
    }
}

/* An instance whose stop was ordered dies, whatever it is to be kept as: that concerns the one that may come next. */
void lifecycle_halt(const struct xhm_step *step, uint32_t partition, enum xhm_disposition how) {
    struct xhm_partition_state *state = step_state(step, partition);

    state->halted = how;
    state->halted_by_ladder = false;
    step->outcome->persistent_changed = true;
    lifecycle_event(step, partition, XHM_LIFE_TO_HALT);
    step_event(step, XHM_EVENT_HALTED, partition, XHM_NONE, how, 0);
    keep(step, partition);
}

/* An expired entity can only be healed by a new instance. Where there can be none, the present one goes on. */
static enum xhm_life_event way_out(const struct xhm_step *step, uint32_t partition) {
    const struct xhm_partition_state *state = step_state(step, partition);

    if (restart_is_possible(step, partition)) {
        return pause_is_ours(state) && !escalation_any_expired(step, partition) ? XHM_LIFE_TO_RESUME : XHM_LIFE_PULLED;
    }
    return state->instance_known ? XHM_LIFE_TO_RESUME : XHM_LIFE_LET_GO;
}

void lifecycle_resume(const struct xhm_step *step, uint32_t partition) {
    if (step_state(step, partition)->life == XHM_LIFE_HALTED) {
        lifecycle_event(step, partition, way_out(step, partition));
    }
}

void lifecycle_start(const struct xhm_step *step, uint32_t partition) {
    struct xhm_partition_state *state = step_state(step, partition);

    if (state->life == XHM_LIFE_STANDBY) {
        fail_over_activate(step, partition);
        lifecycle_event(step, partition, XHM_LIFE_TO_RESUME);
    } else if (state->life == XHM_LIFE_HALTED) {
        lifecycle_resume(step, partition);
    } else if ((state->life == XHM_LIFE_ABSENT || state->life == XHM_LIFE_LIMITED) && !state->instance_known &&
               restart_is_possible(step, partition)) {
        lifecycle_event(step, partition, XHM_LIFE_PULLED);
    }
    state->start_wanted = true;
    state->rebuild = false; /* what was to be rebuilt when the window has room is started now, uncounted */
}

void halt_restored(struct xhm_core *core) {
    for (uint32_t partition = 0; partition < core->policy->partition_count; partition++) {
        struct xhm_partition_state *state = &core->partitions[partition];
        state->life = state->halted != XHM_DISPOSITION_LEAVE ? XHM_LIFE_HALTED : state->life;
    }
    fail_over_settle(core);
}
