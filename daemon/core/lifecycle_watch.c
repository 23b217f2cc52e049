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

static void watch_start(const struct xhm_step *step, uint32_t partition) {
    const struct xhm_partition_state *state = step_state(step, partition);
    const uint64_t starting_ns = step->core->supervised_ns - state->life_since_ns;
    const struct xhm_fault_details details = {{starting_ns, 0}};
    const bool starting =
        state->life == XHM_LIFE_STARTING || (state->life == XHM_LIFE_RESUMING && state->fail_over_from_number == 0);

    if (starting && starting_ns > step_policy(step, partition)->startup_grace_ns) {
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
    const uint64_t taken_ns = step->core->supervised_ns - state->restart_due_ns;
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

/* In a mode in which nothing is done only a peer has partitions recreated. */
static bool is_held_by_mode(const struct xhm_step *step, uint32_t partition) {
    return !mode_rules(step->core)->reactions_allowed && !step_state(step, partition)->ordered;
}

/* A standby is rebuilt as soon as the window has room; a member of an ordered group when it is its turn. The time-out
   runs from then on. */
static bool has_to_wait(const struct xhm_step *step, uint32_t partition) {
    struct xhm_partition_state *state = step_state(step, partition);
    const uint64_t stopping_ns = step->core->supervised_ns - state->life_since_ns;
    const bool held = (state->rebuild && !restart_is_available(step, partition)) || group_holds(step, partition) ||
                      is_held_by_mode(step, partition);

    if (state->start_wanted) {
        return false;
    }
    if (held) {
        state->restart_due_ns = step->core->supervised_ns;
    }
    return held || stopping_ns < step_policy(step, partition)->restart.backoff_ns;
}

/* A stop shows in the domain list at once. When it does not, the agent's destroy is the stronger means. */
static void watch_stop(const struct xhm_step *step, uint32_t partition) {
    struct xhm_partition_state *state = step_state(step, partition);
    const uint64_t stopping_ns = step->core->supervised_ns - state->life_since_ns;
    const uint64_t patience_ns = 3 * step->core->policy->supervisor.crash_check_period_ns;

    if (state->life != XHM_LIFE_STOPPING) {
        return;
    }
    const bool ineffective = !state->stop_seen && stopping_ns >= patience_ns;
    if (ineffective) {
        state->stop_failed = true;
    }
    if (has_to_wait(step, partition) || !(state->stop_seen || ineffective)) {
        return;
    }
    if (state->rebuild) {
        restart_note(step, partition);
    }
    lifecycle_event(step, partition, XHM_LIFE_WAITED);
}

/* While a safe state is latched nothing is restarted behind its back. */
static void obey_latch(const struct xhm_step *step, uint32_t partition) {
    const struct xhm_partition_state *state = step_state(step, partition);

    if (safe_state_is_latched(step->core) && state->life == XHM_LIFE_STOPPING && !state->start_wanted) {
        lifecycle_halt(step, partition, XHM_DISPOSITION_STOP);
    }
}

/* The side of a pair that does not serve is kept ready, but never paused behind a safe state's back. What is paused
   although it should serve goes on. */
static void watch_health(const struct xhm_step *step, uint32_t partition) {
    const bool inactive = fail_over_is_inactive(step->core, partition);
    const bool parks = inactive && !safe_state_is_latched(step->core);

    if (is_healthy(step, partition)) {
        lifecycle_event(step, partition, parks ? XHM_LIFE_READY : XHM_LIFE_HEALTHY);
    }
    if (step_state(step, partition)->life == XHM_LIFE_STANDBY && !inactive) {
        lifecycle_event(step, partition, XHM_LIFE_TO_RESUME);
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
        obey_latch(step, partition);
        watch_health(step, partition);
        watch_start(step, partition);
        watch_restart(step, partition);
        fail_over_step(step, partition);
        escalation_step(step, partition);
        watch_stop(step, partition);
        halt_step(step, partition);
    }
}
