#include "step.h"

static const struct xhm_fault_details no_details = {{0, 0}};

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

/* Whether a new instance can end the fault. A second domain with the same identity would only be mistaken for the new
   instance, and a foreign domain stays where it is. */
static bool is_healed_by_restart(enum xhm_fault fault) {
    return fault != XHM_FAULT_IDENTITY_AMBIGUOUS && fault != XHM_FAULT_PCPU_SHARED;
}

/* A failed entity is within its tolerance: only an expired one calls for the reaction of its class. */
static bool calls_for_restart(const struct xhm_step *step, uint32_t partition, enum xhm_fault_class fault_class) {
    const struct xhm_partition_state *state = step_state(step, partition);

    if (step_policy(step, partition)->reactions[fault_class].rungs[0] != XHM_REACTION_RESTART) {
        return false;
    }
    if (fault_class == XHM_CLASS_ENTITY) {
        return any_entity_expired(step, partition);
    }
    for (unsigned i = 0; i < XHM_FAULT_COUNT; i++) {
        const enum xhm_fault fault = (enum xhm_fault)i;
        if (state->fault_scopes[fault] != 0 && faults_info(fault)->fault_class == fault_class &&
            is_healed_by_restart(fault)) {
            return true;
        }
    }
    return false;
}

static bool wants_restart(const struct xhm_step *step, uint32_t partition) {
    for (unsigned i = 0; i < XHM_CLASS_COUNT; i++) {
        if (calls_for_restart(step, partition, (enum xhm_fault_class)i)) {
            return true;
        }
    }
    return false;
}

static void decide_restart(const struct xhm_step *step, uint32_t partition) {
    const bool allowed = lifecycle_restarts_in_window(step, partition) < step_policy(step, partition)->restart.limit;

    lifecycle_event(step, partition, allowed ? XHM_LIFE_GRANTED : XHM_LIFE_EXHAUSTED);
}

/* Faults of the instance before may still be active while a new one starts: only what concerns its start counts. */
static bool start_wants_restart(const struct xhm_step *step, uint32_t partition) {
    return step_state(step, partition)->fault_scopes[XHM_FAULT_PARTITION_START_OVERDUE] != 0 &&
           step_policy(step, partition)->reactions[XHM_CLASS_PRESENCE].rungs[0] == XHM_REACTION_RESTART;
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
        if (calls_for_restart(step, partition, XHM_CLASS_PRESENCE)) {
            decide_restart(step, partition);
        }
        break;
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
    case XHM_LIFE_HALTED:
    case XHM_LIFE_STANDBY:
    case XHM_LIFE_RESUMING:
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

/* A new instance, or an agent that has just answered, is given the start-up grace however late it comes. While the
   agent is silent, waiting is all that is left. */
static bool has_had_its_chance(const struct xhm_step *step, uint32_t partition) {
    const struct xhm_partition_state *state = step_state(step, partition);
    const uint64_t since_ns = state->life == XHM_LIFE_VERIFYING ? state->life_since_ns : state->task_answered_ns;
    const bool waits_for_agent = state->life != XHM_LIFE_VERIFYING && !state->task_answered;

    return !waits_for_agent && step->core->supervised_ns - since_ns > step_policy(step, partition)->startup_grace_ns;
}

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
    if (has_had_its_chance(step, partition)) {
        state->restart_wanted_again = true;
    }
}

/* A stop shows in the domain list at once. When it does not, the agent's destroy is the stronger means. */
static void watch_stop(const struct xhm_step *step, uint32_t partition) {
    struct xhm_partition_state *state = step_state(step, partition);
    const struct xhm_partition_policy *policy = step_policy(step, partition);
    const uint64_t stopping_ns = step->core->supervised_ns - state->life_since_ns;
    const uint64_t patience_ns = 3 * step->core->policy->supervisor.crash_check_period_ns;

    if (state->life != XHM_LIFE_STOPPING) {
        return;
    }
    const bool ineffective = !state->stop_seen && stopping_ns >= patience_ns;
    if (ineffective) {
        state->stop_failed = true;
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
        state->task_answered_ns = step->core->supervised_ns;
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
