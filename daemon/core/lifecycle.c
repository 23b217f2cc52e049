#include "step.h"

/** What a transition does besides changing the state. */
enum effect {
    EFFECT_NONE = 0,
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

static const struct xhm_fault_details no_details = {{0, 0}};

static void emit_action(const struct xhm_step *step, uint32_t partition, enum xhm_action_kind kind) {
    const struct xhm_partition_state *state = step_state(step, partition);
    const struct xhm_action action = {
        .kind = kind,
        .partition = partition,
        .domid = state->domid,
        .uuid = step_policy(step, partition)->identity.uuid,
        .task_id = kind == XHM_ACTION_RECREATE ? state->task_id : 0,
    };
    outcome_action(step->outcome, &action);
}

static void follow(const struct xhm_step *step, uint32_t partition) {
    struct xhm_partition_state *state = step_state(step, partition);

    probe_supervision_reset(state);
    state->following = true;
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

static void clear_instance_faults(const struct xhm_step *step, uint32_t partition) {
    for (unsigned fault = 0; fault < XHM_FAULT_COUNT; fault++) {
        const enum xhm_fault_class fault_class = faults_info((enum xhm_fault)fault)->fault_class;
        if (fault_class == XHM_CLASS_PRESENCE || fault_class == XHM_CLASS_RECOVERY) {
            fault_state_clear(step, partition, (enum xhm_fault)fault);
        }
    }
}

static void healthy(const struct xhm_step *step, uint32_t partition) {
    clear_instance_faults(step, partition);
    step_event(step, XHM_EVENT_INSTANCE_HEALTHY, partition, XHM_NONE, 0, 0);
}

static void recovered(const struct xhm_step *step, uint32_t partition) {
    struct xhm_partition_state *state = step_state(step, partition);
    const uint64_t took_ms = (step->core->supervised_ns - state->restart_began_ns) / 1000000u;

    state->task_id = 0;
    fault_state_set(step, XHM_NONE, XHM_FAULT_ACTION_FAILED, partition, false, no_details);
    healthy(step, partition);
    step_event(step, XHM_EVENT_RESTART_DONE, partition, XHM_NONE, took_ms, 0);
}

static uint32_t restarts_in_window(const struct xhm_step *step, uint32_t partition) {
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
    step_event(step, XHM_EVENT_RESTART_DECIDED, partition, XHM_NONE, restarts_in_window(step, partition),
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
        {restarts_in_window(step, partition), step_policy(step, partition)->restart.limit}};

    state->task_id = 0;
    state->restart_wanted_again = false;
    fault_state_set(step, partition, XHM_FAULT_RESTART_LIMIT, XHM_SCOPE_WHOLE, true, details);
}

static void nothing(const struct xhm_step *step, uint32_t partition) {
    (void)step;
    (void)partition;
}

void lifecycle_event(const struct xhm_step *step, uint32_t partition, enum xhm_life_event event) {
    static void (*const effects[])(const struct xhm_step *, uint32_t) = {
        [EFFECT_NONE] = nothing,        [EFFECT_FOLLOW] = follow,   [EFFECT_RELEASE] = release,
        [EFFECT_HEALTHY] = healthy,     [EFFECT_STOP] = stop,       [EFFECT_RECREATE] = recreate,
        [EFFECT_RECOVERED] = recovered, [EFFECT_GIVE_UP] = give_up, [EFFECT_LOST] = lost,
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

static bool is_healthy(const struct xhm_step *step, uint32_t partition) {
    const struct xhm_partition_policy *policy = step_policy(step, partition);
    const struct xhm_partition_state *state = step_state(step, partition);
    const uint32_t all_pages = (1u << policy->page_count) - 1u;

    if (!state->instance_known || state->domain.paused || state->pages_attached != all_pages ||
        state->fault_scopes[XHM_FAULT_IDENTITY_AMBIGUOUS] != 0 || fault_state_any(state, XHM_CLASS_PROBE)) {
        return false;
    }
    for (uint32_t entity = 0; entity < policy->entity_count; entity++) {
        if (state->entities[entity].status != XHM_STATUS_OK) {
            return false;
        }
    }
    return true;
}

static bool any_entity_expired(const struct xhm_step *step, uint32_t partition) {
    for (uint32_t entity = 0; entity < step_policy(step, partition)->entity_count; entity++) {
        if (step_state(step, partition)->entities[entity].status == XHM_STATUS_EXPIRED) {
            return true;
        }
    }
    return false;
}

/* A failed entity is within its tolerance: only an expired one calls for the reaction of its class. */
static bool wants_restart(const struct xhm_step *step, uint32_t partition) {
    const struct xhm_partition_policy *policy = step_policy(step, partition);
    const struct xhm_partition_state *state = step_state(step, partition);

    for (unsigned i = 0; i < XHM_CLASS_COUNT; i++) {
        const enum xhm_fault_class fault_class = (enum xhm_fault_class)i;
        const bool due =
            fault_class == XHM_CLASS_ENTITY ? any_entity_expired(step, partition) : fault_state_any(state, fault_class);
        if (due && policy->reactions[i] == XHM_REACTION_RESTART) {
            return true;
        }
    }
    return false;
}

static void decide_restart(const struct xhm_step *step, uint32_t partition) {
    const bool allowed = restarts_in_window(step, partition) < step_policy(step, partition)->restart.limit;

    lifecycle_event(step, partition, allowed ? XHM_LIFE_GRANTED : XHM_LIFE_EXHAUSTED);
}

/* Faults of the instance before may still be active while a new one starts: only what concerns its start counts. */
static bool start_wants_restart(const struct xhm_step *step, uint32_t partition) {
    return step_state(step, partition)->fault_scopes[XHM_FAULT_PARTITION_START_OVERDUE] != 0 &&
           step_policy(step, partition)->reactions[XHM_CLASS_PRESENCE] == XHM_REACTION_RESTART;
}

/* What a fault of the old instance called for is being done while a restart is under way. */
static void consider_restart(const struct xhm_step *step, uint32_t partition) {
    const struct xhm_partition_state *state = step_state(step, partition);

    switch (state->life) {
    case XHM_LIFE_STARTING:
        if (start_wants_restart(step, partition)) {
            decide_restart(step, partition);
        }
        break;
    case XHM_LIFE_ABSENT:
    case XHM_LIFE_RUNNING:
        if (wants_restart(step, partition)) {
            decide_restart(step, partition);
        }
        break;
    case XHM_LIFE_RECREATING:
    case XHM_LIFE_VERIFYING:
        if (state->restart_wanted_again) {
            decide_restart(step, partition);
        }
        break;
    case XHM_LIFE_STOPPING:
    case XHM_LIFE_LIMITED:
    case XHM_LIFE_COUNT:
        break;
    }
}

static void watch_start(const struct xhm_step *step, uint32_t partition) {
    const struct xhm_partition_state *state = step_state(step, partition);
    const uint64_t starting_ns = step->core->supervised_ns - state->life_since_ns;
    const struct xhm_fault_details details = {{starting_ns, 0}};

    if (state->life == XHM_LIFE_STARTING && starting_ns > step_policy(step, partition)->startup_grace_ns) {
        fault_state_set(step, partition, XHM_FAULT_PARTITION_START_OVERDUE, XHM_SCOPE_WHOLE, true, details);
    }
}

/* An overdue restart is decided anew once a task was answered; while the agent is silent, waiting is all that is left.
 */
static void watch_restart(const struct xhm_step *step, uint32_t partition) {
    struct xhm_partition_state *state = step_state(step, partition);
    const uint64_t taken_ns = step->core->supervised_ns - state->restart_began_ns;
    const bool under_way =
        state->life == XHM_LIFE_STOPPING || state->life == XHM_LIFE_RECREATING || state->life == XHM_LIFE_VERIFYING;
    const struct xhm_fault_details details = {{taken_ns, 0}};

    if (!under_way || taken_ns <= step_policy(step, partition)->restart.timeout_ns) {
        return;
    }
    fault_state_set(step, partition, XHM_FAULT_RESTART_OVERDUE, XHM_SCOPE_WHOLE, true, details);
    if (state->life == XHM_LIFE_VERIFYING || state->task_answered) {
        state->restart_wanted_again = true;
    }
}

/* A stop shows in the domain list at once. When it does not, the agent's destroy is the stronger means. */
static void watch_stop(const struct xhm_step *step, uint32_t partition) {
    const struct xhm_partition_state *state = step_state(step, partition);
    const struct xhm_partition_policy *policy = step_policy(step, partition);
    const uint64_t stopping_ns = step->core->supervised_ns - state->life_since_ns;
    const uint64_t patience_ns = 3 * step->core->policy->supervisor.crash_check_period_ns;
    const struct xhm_fault_details details = {{state->stopped_domid, partition}};

    if (state->life != XHM_LIFE_STOPPING) {
        return;
    }
    const bool ineffective = !state->stop_seen && stopping_ns >= patience_ns;
    if (ineffective) {
        fault_state_set(step, XHM_NONE, XHM_FAULT_ACTION_FAILED, partition, true, details);
    }
    if ((state->stop_seen || ineffective) && stopping_ns >= policy->restart.backoff_ns) {
        lifecycle_event(step, partition, XHM_LIFE_WAITED);
    }
}

static void take_agent_report(const struct xhm_step *step, const struct xhm_agent_report *report) {
    for (uint32_t partition = 0; partition < step->core->policy->partition_count; partition++) {
        struct xhm_partition_state *state = step_state(step, partition);
        if (state->task_id != report->task_id || report->task_id == 0) {
            continue;
        }
        state->task_answered = true;
        if (report->result == XHM_AGENT_FAILED && state->life == XHM_LIFE_RECREATING) {
            fault_state_set(step, partition, XHM_FAULT_RESTART_FAILED, XHM_SCOPE_WHOLE, true, no_details);
            state->restart_wanted_again = true;
        }
    }
}

void lifecycle_step(const struct xhm_step *step) {
    for (uint32_t i = 0; i < step->observation->agent_report_count; i++) {
        take_agent_report(step, &step->observation->agent_reports[i]);
    }
    for (uint32_t partition = 0; partition < step->core->policy->partition_count; partition++) {
        if (is_healthy(step, partition)) {
            lifecycle_event(step, partition, XHM_LIFE_HEALTHY);
        }
        watch_start(step, partition);
        watch_restart(step, partition);
        consider_restart(step, partition);
        watch_stop(step, partition);
    }
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
