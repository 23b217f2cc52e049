#include "step.h"

/** What a transition does besides changing the state. */
enum effect {
    EFFECT_FOLLOW,    /**< begin to supervise a new instance */
    EFFECT_RELEASE,   /**< let go of a dead instance */
    EFFECT_LOST,      /**< likewise, and the restart that made it has failed */
    EFFECT_HEALTHY,   /**< the instance is healthy: what was wrong with the one before is over */
    EFFECT_RECOVERED, /**< likewise, and this ends a restart */
    EFFECT_STOP,      /**< a restart begins: stop the instance directly */
    EFFECT_RECREATE,  /**< ask the agent for a new instance */
    EFFECT_GIVE_UP,   /**< no restart is left */
};

/** One cell of the table. `next` counts only when `known`. */
struct transition {
    bool known;
    enum xhm_life next;
    enum effect effect;
};

#define GO(next_life, effect_name)                                                                                     \
    { .known = true, .next = XHM_LIFE_##next_life, .effect = EFFECT_##effect_name }

/* State x event. A cell that is not here means: nothing happens. */
static const struct transition table[XHM_LIFE_COUNT][XHM_LIFE_EVENT_COUNT] =
    {
        [XHM_LIFE_ABSENT] =
            {
                [XHM_LIFE_APPEARED] = GO(STARTING, FOLLOW),
                [XHM_LIFE_GRANTED] = GO(STOPPING, STOP),
                [XHM_LIFE_EXHAUSTED] = GO(LIMITED, GIVE_UP),
            },
        [XHM_LIFE_STARTING] =
            {
                [XHM_LIFE_HEALTHY] = GO(RUNNING, HEALTHY),
                [XHM_LIFE_ENDED] = GO(ABSENT, RELEASE),
                [XHM_LIFE_GRANTED] = GO(STOPPING, STOP),
                [XHM_LIFE_EXHAUSTED] = GO(LIMITED, GIVE_UP),
            },
        [XHM_LIFE_RUNNING] =
            {
                [XHM_LIFE_ENDED] = GO(ABSENT, RELEASE),
                [XHM_LIFE_GRANTED] = GO(STOPPING, STOP),
                [XHM_LIFE_EXHAUSTED] = GO(LIMITED, GIVE_UP),
            },
        [XHM_LIFE_STOPPING] =
            {
                [XHM_LIFE_APPEARED] = GO(VERIFYING, FOLLOW),
                [XHM_LIFE_ENDED] = GO(STOPPING, RELEASE),
                [XHM_LIFE_WAITED] = GO(RECREATING, RECREATE),
            },
        [XHM_LIFE_RECREATING] =
            {
                [XHM_LIFE_APPEARED] = GO(VERIFYING, FOLLOW),
                [XHM_LIFE_ENDED] = GO(RECREATING, RELEASE),
                [XHM_LIFE_GRANTED] = GO(STOPPING, STOP),
                [XHM_LIFE_EXHAUSTED] = GO(LIMITED, GIVE_UP),
            },
        [XHM_LIFE_VERIFYING] =
            {
                [XHM_LIFE_HEALTHY] = GO(RUNNING, RECOVERED),
                [XHM_LIFE_ENDED] = GO(RECREATING, LOST),
                [XHM_LIFE_GRANTED] = GO(STOPPING, STOP),
                [XHM_LIFE_EXHAUSTED] = GO(LIMITED, GIVE_UP),
            },
        [XHM_LIFE_LIMITED] =
            {
                [XHM_LIFE_APPEARED] = GO(STARTING, FOLLOW),
                [XHM_LIFE_ENDED] = GO(LIMITED, RELEASE),
                [XHM_LIFE_GRANTED] = GO(STOPPING, STOP),
            },
};
#undef GO

static void emit_action(const struct xhm_step *step, uint32_t partition, enum xhm_action_kind kind) {
    const struct xhm_partition_state *state = step_state(step, partition);
    const struct xhm_action action = {
        .kind = kind,
        .partition = partition,
        .domid = state->domid,
        .uuid = kind == XHM_ACTION_RECREATE ? step_policy(step, partition)->identity.uuid : state->uuid,
        .task_id = kind == XHM_ACTION_RECREATE ? state->task_id : 0,
    };
    outcome_action(step->outcome, &action);
}

static void follow(const struct xhm_step *step, uint32_t partition) {
    struct xhm_partition_state *state = step_state(step, partition);

    probe_supervision_reset(state);
    state->following = true;
    state->followed_at_step = step->core->steps;
    emit_action(step, partition, XHM_ACTION_FOLLOW);
}

static void release(const struct xhm_step *step, uint32_t partition) {
    struct xhm_partition_state *state = step_state(step, partition);

    state->stop_seen = true;
    if (state->following) {
        state->following = false;
        emit_action(step, partition, XHM_ACTION_RELEASE);
    }
}

static void lost(const struct xhm_step *step, uint32_t partition) {
    release(step, partition);
    step_state(step, partition)->restart_wanted_again = true;
}

/* Faults of the probe and deadline misses were judged by the new instance's pages already; a foreign domain on an
   exclusive pCPU has nothing to do with the instance. */
static bool ends_with_instance(enum xhm_fault fault) {
    const enum xhm_fault_class fault_class = faults_info(fault)->fault_class;

    return fault != XHM_FAULT_PCPU_SHARED && fault_class != XHM_CLASS_PROBE && fault_class != XHM_CLASS_DEADLINE;
}

static void clear_instance_faults(const struct xhm_step *step, uint32_t partition) {
    for (unsigned fault = 0; fault < XHM_FAULT_COUNT; fault++) {
        if (ends_with_instance((enum xhm_fault)fault)) {
            fault_state_clear(step, partition, (enum xhm_fault)fault);
        }
    }
}

static void healthy(const struct xhm_step *step, uint32_t partition) {
    step_state(step, partition)->stop_failed = false;
    clear_instance_faults(step, partition);
    step_event(step, XHM_EVENT_INSTANCE_HEALTHY, partition, XHM_NONE, 0, 0);
}

static void recovered(const struct xhm_step *step, uint32_t partition) {
    struct xhm_partition_state *state = step_state(step, partition);
    const uint64_t took_ms = (step->core->supervised_ns - state->restart_began_ns) / 1000000u;

    state->task_id = 0;
    healthy(step, partition);
    step_event(step, XHM_EVENT_RESTART_DONE, partition, XHM_NONE, took_ms, 0);
}

uint32_t lifecycle_restarts_in_window(const struct xhm_step *step, uint32_t partition) {
    const struct xhm_partition_state *state = step_state(step, partition);
    uint32_t count = 0;

    for (uint32_t i = 0; i < state->restart_kept; i++) {
        if (step->core->supervised_ns - state->restart_times_ns[i] < step_policy(step, partition)->restart.window_ns) {
            count++;
        }
    }
    return count;
}

static void note_restart(const struct xhm_step *step, uint32_t partition) {
    struct xhm_partition_state *state = step_state(step, partition);

    state->restart_times_ns[state->restart_next] = step->core->supervised_ns;
    state->restart_next = (state->restart_next + 1) % XHM_MAX_RESTART_LIMIT;
    if (state->restart_kept < XHM_MAX_RESTART_LIMIT) {
        state->restart_kept++;
    }
    state->restart_total++;
    state->restart_began_ns = step->core->supervised_ns;
    step_event(step, XHM_EVENT_RESTART_DECIDED, partition, XHM_NONE, lifecycle_restarts_in_window(step, partition),
               step_policy(step, partition)->restart.limit);
}

static void stop(const struct xhm_step *step, uint32_t partition) {
    struct xhm_partition_state *state = step_state(step, partition);

    note_restart(step, partition);
    state->restart_wanted_again = false;
    state->task_id = 0;
    state->task_answered = false;
    state->stop_seen = !state->instance_known;
    state->stopped_domid = state->instance_known ? state->domid : UINT16_MAX;
    if (state->instance_known) {
        emit_action(step, partition, XHM_ACTION_STOP);
    }
}

static void recreate(const struct xhm_step *step, uint32_t partition) {
    step_state(step, partition)->task_id = step->core->next_task_id++;
    emit_action(step, partition, XHM_ACTION_RECREATE);
}

static void give_up(const struct xhm_step *step, uint32_t partition) {
    struct xhm_partition_state *state = step_state(step, partition);
    const struct xhm_fault_details details = {
        {lifecycle_restarts_in_window(step, partition), step_policy(step, partition)->restart.limit}};

    state->task_id = 0;
    state->restart_wanted_again = false;
    fault_state_set(step, partition, XHM_FAULT_RESTART_LIMIT, XHM_SCOPE_WHOLE, true, details);
}

void lifecycle_event(const struct xhm_step *step, uint32_t partition, enum xhm_life_event event) {
    static void (*const effects[])(const struct xhm_step *, uint32_t) = {
        [EFFECT_FOLLOW] = follow,     [EFFECT_RELEASE] = release,     [EFFECT_HEALTHY] = healthy, [EFFECT_STOP] = stop,
        [EFFECT_RECREATE] = recreate, [EFFECT_RECOVERED] = recovered, [EFFECT_GIVE_UP] = give_up, [EFFECT_LOST] = lost,
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

void lifecycle_order_restart(const struct xhm_step *step, uint32_t partition) {
    struct xhm_partition_state *state = step_state(step, partition);

    if (state->life == XHM_LIFE_LIMITED) {
        state->restart_kept = 0;
        state->restart_next = 0;
        fault_state_clear(step, partition, XHM_FAULT_RESTART_LIMIT);
    }
    lifecycle_event(step, partition, XHM_LIFE_GRANTED);
}
