#include "conformance_parts.h"

/** What a transition does besides changing the state. */
enum effect {
    EFFECT_FOLLOW,     /**< begin to supervise a new instance */
    EFFECT_RELEASE,    /**< let go of a dead instance */
    EFFECT_LOST,       /**< likewise, and the restart that made it has failed */
    EFFECT_HEALTHY,    /**< the instance is healthy: what was wrong with the one before is over */
    EFFECT_RECOVERED,  /**< likewise, and this ends a restart */
    EFFECT_TAKEN_OVER, /**< likewise, and this ends a fail over, if there was one */
    EFFECT_PARK,       /**< a healthy standby: pause it */
    EFFECT_REBUILT,    /**< likewise, and this ends a restart */
    EFFECT_STOP,       /**< a restart begins: count it, stop the instance directly */
    EFFECT_PULL,       /**< a restart begins that is not counted */
    EFFECT_RECREATE,   /**< ask the agent for a new instance */
    EFFECT_GIVE_UP,    /**< no rung is left */
    EFFECT_HALT,       /**< whatever was under way is over: halt.c stops or pauses, and keeps it so */
    EFFECT_UNPAUSE,    /**< take back our pause */
    EFFECT_LET_GO,     /**< no longer keep it stopped */
};

/** One cell of the table. `next` counts only when `known`. */
struct transition {
    bool known;
    enum xhm_life next;
    enum effect effect;
};

#define ON(life, event, next_life, effect_name)                                                                        \
    [XHM_LIFE_##life][XHM_LIFE_##event] = {.known = true, .next = XHM_LIFE_##next_life, .effect = EFFECT_##effect_name}

/* State x event. A cell that is not here means: nothing happens. */
// clang-format off
static const struct transition table[XHM_LIFE_COUNT][XHM_LIFE_EVENT_COUNT] = {
    ON(ABSENT,     APPEARED,  STARTING,   FOLLOW),
    ON(ABSENT,     KEPT,      STANDBY,    FOLLOW),
    ON(ABSENT,     GRANTED,   STOPPING,   STOP),
    ON(ABSENT,     PULLED,    STOPPING,   PULL),
    ON(ABSENT,     EXHAUSTED, LIMITED,    GIVE_UP),
    ON(ABSENT,     TO_HALT,   HALTED,     HALT),

    ON(STARTING,   ENDED,     ABSENT,     RELEASE),
    ON(STARTING,   HEALTHY,   RUNNING,    HEALTHY),
    ON(STARTING,   READY,     STANDBY,    PARK),
    ON(STARTING,   GRANTED,   STOPPING,   STOP),
    ON(STARTING,   PULLED,    STOPPING,   PULL),
    ON(STARTING,   EXHAUSTED, LIMITED,    GIVE_UP),
    ON(STARTING,   TO_HALT,   HALTED,     HALT),

    ON(RUNNING,    ENDED,     ABSENT,     RELEASE),
    ON(RUNNING,    READY,     STANDBY,    PARK),
    ON(RUNNING,    GRANTED,   STOPPING,   STOP),
    ON(RUNNING,    PULLED,    STOPPING,   PULL),
    ON(RUNNING,    EXHAUSTED, LIMITED,    GIVE_UP),
    ON(RUNNING,    TO_HALT,   HALTED,     HALT),

    ON(STOPPING,   APPEARED,  VERIFYING,  FOLLOW),
    ON(STOPPING,   ENDED,     STOPPING,   RELEASE),
    ON(STOPPING,   WAITED,    RECREATING, RECREATE),
    ON(STOPPING,   TO_HALT,   HALTED,     HALT),

    ON(RECREATING, APPEARED,  VERIFYING,  FOLLOW),
    ON(RECREATING, ENDED,     RECREATING, RELEASE),
    ON(RECREATING, GRANTED,   STOPPING,   STOP),
    ON(RECREATING, PULLED,    STOPPING,   PULL),
    ON(RECREATING, EXHAUSTED, LIMITED,    GIVE_UP),
    ON(RECREATING, TO_HALT,   HALTED,     HALT),

    ON(VERIFYING,  ENDED,     RECREATING, LOST),
    ON(VERIFYING,  HEALTHY,   RUNNING,    RECOVERED),
    ON(VERIFYING,  READY,     STANDBY,    REBUILT),
    ON(VERIFYING,  GRANTED,   STOPPING,   STOP),
    ON(VERIFYING,  PULLED,    STOPPING,   PULL),
    ON(VERIFYING,  EXHAUSTED, LIMITED,    GIVE_UP),
    ON(VERIFYING,  TO_HALT,   HALTED,     HALT),

    ON(LIMITED,    APPEARED,  STARTING,   FOLLOW),
    ON(LIMITED,    ENDED,     LIMITED,    RELEASE),
    ON(LIMITED,    GRANTED,   STOPPING,   STOP),
    ON(LIMITED,    PULLED,    STOPPING,   PULL),
    ON(LIMITED,    TO_HALT,   HALTED,     HALT),

    ON(HALTED,     APPEARED,  HALTED,     FOLLOW),
    ON(HALTED,     KEPT,      HALTED,     FOLLOW),
    ON(HALTED,     ENDED,     HALTED,     RELEASE),
    ON(HALTED,     GRANTED,   STOPPING,   STOP),
    ON(HALTED,     PULLED,    STOPPING,   PULL),
    ON(HALTED,     TO_HALT,   HALTED,     HALT),
    ON(HALTED,     TO_RESUME, RESUMING,   UNPAUSE),
    ON(HALTED,     LET_GO,    ABSENT,     LET_GO),

    ON(STANDBY,    ENDED,     ABSENT,     RELEASE),
    ON(STANDBY,    GRANTED,   STOPPING,   STOP),
    ON(STANDBY,    TO_HALT,   HALTED,     HALT),
    ON(STANDBY,    TO_RESUME, RESUMING,   UNPAUSE),

    ON(RESUMING,   ENDED,     ABSENT,     RELEASE),
    ON(RESUMING,   HEALTHY,   RUNNING,    TAKEN_OVER),
    ON(RESUMING,   READY,     STANDBY,    PARK),
    ON(RESUMING,   GRANTED,   STOPPING,   STOP),
    ON(RESUMING,   PULLED,    STOPPING,   PULL),
    ON(RESUMING,   EXHAUSTED, LIMITED,    GIVE_UP),
    ON(RESUMING,   TO_HALT,   HALTED,     HALT),
};
// clang-format on
#undef ON

static void follow(const struct xhm_step *step, uint32_t partition) {
    struct xhm_partition_state *state = step_state(step, partition);

    probe_supervision_reset(state);
    state->following = true;
    state->followed_at_step = step->core->steps;
    state->expired_cycles = 0;
    state->stopped_domid = UINT16_MAX;
    act(step, partition, XHM_ACTION_FOLLOW);
}

static void release(const struct xhm_step *step, uint32_t partition) {
    struct xhm_partition_state *state = step_state(step, partition);

    state->stop_seen = true;
    pause_forget(step, partition);
    if (state->following) {
        state->following = false;
        act(step, partition, XHM_ACTION_RELEASE);
    }
}

static void lost(const struct xhm_step *step, uint32_t partition) {
    release(step, partition);
    step_state(step, partition)->restart_wanted_again = true;
}

/* Of a foreign domain on an exclusive pCPU or its sibling. */
static bool is_about_others(enum xhm_fault fault) {
    return fault == XHM_FAULT_PCPU_SHARED || fault == XHM_FAULT_CORE_SHARED;
}

/* Faults of the probe and deadline misses were judged by the new instance's pages already; a foreign domain on an
   exclusive pCPU has nothing to do with the instance, nor has the other side of its pair. */
static bool ends_with_health(enum xhm_fault fault) {
    const enum xhm_fault_class fault_class = faults_info(fault)->fault_class;

    return !is_about_others(fault) && fault != XHM_FAULT_STANDBY_NOT_READY && fault_class != XHM_CLASS_PROBE &&
           fault_class != XHM_CLASS_DEADLINE;
}

static bool ends_with_instance(enum xhm_fault fault) {
    return !is_about_others(fault) && fault != XHM_FAULT_IDENTITY_AMBIGUOUS;
}

static void clear_faults(const struct xhm_step *step, uint32_t partition, bool (*ends)(enum xhm_fault fault)) {
    for (unsigned fault = 0; fault < XHM_FAULT_COUNT; fault++) {
        if (ends((enum xhm_fault)fault)) {
            fault_state_clear(step, partition, (enum xhm_fault)fault);
        }
    }
}

void lifecycle_forget_instance(const struct xhm_step *step, uint32_t partition) {
    clear_faults(step, partition, ends_with_instance);
    probe_supervision_reset(step_state(step, partition));
    conformance_forget(step->core, partition);
    step_state(step, partition)->expired_cycles = 0;
}

static void healthy(const struct xhm_step *step, uint32_t partition) {
    step_state(step, partition)->stop_failed = false;
    clear_faults(step, partition, ends_with_health);
    conformance_forget(step->core, partition);
    step_event(step, XHM_EVENT_INSTANCE_HEALTHY, partition, XHM_NONE, 0, 0);
}

static void recovered(const struct xhm_step *step, uint32_t partition) {
    struct xhm_partition_state *state = step_state(step, partition);
    const uint64_t took_ms = (step->core->supervised_ns - state->restart_began_ns) / 1000000u;

    state->task_id = 0;
    healthy(step, partition);
    step_event(step, XHM_EVENT_RESTART_DONE, partition, XHM_NONE, took_ms, 0);
}

static void taken_over(const struct xhm_step *step, uint32_t partition) {
    healthy(step, partition);
    fail_over_done(step, partition);
}

static void make_standby(const struct xhm_step *step, uint32_t partition) {
    pause_take(step, partition);
    step_event(step, XHM_EVENT_STANDBY_READY, partition, XHM_NONE, 0, 0);
}

static void park(const struct xhm_step *step, uint32_t partition) {
    healthy(step, partition);
    make_standby(step, partition);
}

static void rebuilt(const struct xhm_step *step, uint32_t partition) {
    recovered(step, partition);
    make_standby(step, partition);
}

void lifecycle_stop_instance(const struct xhm_step *step, uint32_t partition) {
    struct xhm_partition_state *state = step_state(step, partition);

    if (state->instance_known && act(step, partition, XHM_ACTION_STOP)) {
        state->stopped_domid = state->domid;
    }
}

static void end_what_was_under_way(struct xhm_partition_state *state) {
    state->restart_wanted_again = false;
    state->rebuild = false;
    state->start_wanted = false;
    state->ordered = false;
    state->fail_over_from_number = 0;
    state->task_id = 0;
    state->task_answered = false;
}

static void pull(const struct xhm_step *step, uint32_t partition) {
    struct xhm_partition_state *state = step_state(step, partition);

    end_what_was_under_way(state);
    state->ladder_class = XHM_CLASS_PRESENCE;
    state->restart_began_ns = step->core->supervised_ns;
    state->restart_due_ns = step->core->supervised_ns;
    state->stop_seen = !state->instance_known;
    state->stopped_domid = UINT16_MAX;
    if (state->halted != XHM_DISPOSITION_LEAVE) {
        state->halted = XHM_DISPOSITION_LEAVE;
        step->outcome->persistent_changed = true;
    }
    lifecycle_stop_instance(step, partition);
}

static void stop(const struct xhm_step *step, uint32_t partition) {
    restart_note(step, partition);
    pull(step, partition);
}

static void recreate(const struct xhm_step *step, uint32_t partition) {
    step_state(step, partition)->task_id = step->core->next_task_id++;
    act(step, partition, XHM_ACTION_RECREATE);
}

static void give_up(const struct xhm_step *step, uint32_t partition) {
    const struct xhm_fault_details details = {
        {restart_in_window(step, partition), step_policy(step, partition)->restart.limit}};

    end_what_was_under_way(step_state(step, partition));
    fault_state_set(step, partition, XHM_FAULT_RESTART_LIMIT, XHM_SCOPE_WHOLE, true, details);
}

static void halt(const struct xhm_step *step, uint32_t partition) {
    end_what_was_under_way(step_state(step, partition));
}

static void unpause(const struct xhm_step *step, uint32_t partition) {
    step_state(step, partition)->halted = XHM_DISPOSITION_LEAVE;
    pause_give_back(step, partition);
}

/* That it is not there counts from now on. */
static void let_go(const struct xhm_step *step, uint32_t partition) {
    step_state(step, partition)->halted = XHM_DISPOSITION_LEAVE;
    step_state(step, partition)->instance_since_ns = step->core->supervised_ns;
}

void lifecycle_event(const struct xhm_step *step, uint32_t partition, enum xhm_life_event event) {
    static void (*const effects[])(const struct xhm_step *, uint32_t) = {
        [EFFECT_FOLLOW] = follow,   [EFFECT_RELEASE] = release,     [EFFECT_LOST] = lost,
        [EFFECT_HEALTHY] = healthy, [EFFECT_RECOVERED] = recovered, [EFFECT_TAKEN_OVER] = taken_over,
        [EFFECT_PARK] = park,       [EFFECT_REBUILT] = rebuilt,     [EFFECT_STOP] = stop,
        [EFFECT_PULL] = pull,       [EFFECT_RECREATE] = recreate,   [EFFECT_GIVE_UP] = give_up,
        [EFFECT_HALT] = halt,       [EFFECT_UNPAUSE] = unpause,     [EFFECT_LET_GO] = let_go,
    };
    struct xhm_partition_state *state = step_state(step, partition);
    const struct transition *transition = &table[state->life][event];

    if (!transition->known) {
        return;
    }
    if (transition->next != state->life) {
        state->life = transition->next;
        state->life_since_ns = step->core->supervised_ns;
    }
    effects[transition->effect](step, partition);
}

void lifecycle_restart(const struct xhm_step *step, uint32_t partition) {
    lifecycle_event(step, partition, XHM_LIFE_GRANTED);
    group_pull_along(step, partition);
}

void lifecycle_order_restart(const struct xhm_step *step, uint32_t partition) {
    struct xhm_partition_state *state = step_state(step, partition);

    if (state->life == XHM_LIFE_LIMITED) {
        restart_forget(state);
        fault_state_clear(step, partition, XHM_FAULT_RESTART_LIMIT);
    }
    lifecycle_restart(step, partition);
    state->ordered = true;
}
