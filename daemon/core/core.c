#include "conformance_parts.h"
#include <string.h>

static void prepare_partition(struct xhm_partition_state *state) {
    memset(state, 0, sizeof(*state));
    state->status = XHM_STATUS_DEACTIVATED;
    state->stopped_domid = UINT16_MAX;
    probe_supervision_reset(state);
}

void core_init(struct xhm_core *core, const struct xhm_policy *policy, uint64_t first_task_id) {
    memset(core, 0, sizeof(*core));
    core->policy = policy;
    core->supervised_ns = 1;
    core->next_task_id = first_task_id;
    core->status = XHM_STATUS_DEACTIVATED;
    core->facts.gathered_ns = core->supervised_ns;
    core->facts.ran_since_ns = core->supervised_ns;
    core->mode = mode_initial(policy);
    core->first_expired.partition = XHM_NONE;
    core->first_expired.entity = XHM_NONE;
    core->first_expired.partition_complement = ~XHM_NONE;
    core->first_expired.entity_complement = ~XHM_NONE;
    for (uint32_t i = 0; i < XHM_MAX_PARTITIONS; i++) {
        prepare_partition(&core->partitions[i]);
        conformance_forget(core, i);
    }
    conformance_forget_host(core);
    fail_over_settle(core);
}

void core_plan(struct xhm_core *core, uint32_t ticks, struct xhm_plan *plan) {
    const struct xhm_supervisor_policy *policy = &core->policy->supervisor;

    core->domains_ticks += ticks;
    plan->read_domains = core->steps == 0 || core->domains_ticks * policy->cycle_ns >= policy->crash_check_period_ns;
    if (plan->read_domains) {
        core->domains_ticks = 0;
    }
    sweep_plan(core, ticks, plan);
}

static void tell_overrun(const struct xhm_step *step, uint64_t gap_ns) {
    const struct xhm_fault_details details = {{gap_ns, step->observation->ticks}};

    if (step->overrun) {
        step->core->overruns++;
        sweep_restart(step->core);
    }
    fault_state_set(step, XHM_NONE, XHM_FAULT_SUPERVISOR_OVERRUN, XHM_SCOPE_WHOLE, step->overrun, details);
}

/* Supervised time takes one cycle of a gap in which the supervisor did not run, whatever the gap's length. Steps
   without a clock take one cycle each; the first reading after them is only a new base. */
static void advance_time(struct xhm_step *step) {
    struct xhm_core *core = step->core;
    const struct xhm_supervisor_policy *policy = &core->policy->supervisor;
    const uint64_t now_ns = step->observation->now_ns;
    const bool failed = now_ns == 0 || now_ns < core->now_ns;
    const bool failed_before = core->fault_scopes[XHM_FAULT_CLOCK_FAILED] != 0;
    const struct xhm_fault_details clock = {{now_ns, core->now_ns}};
    uint64_t gap_ns = core->steps > 0 ? policy->cycle_ns : 0;

    fault_state_set(step, XHM_NONE, XHM_FAULT_CLOCK_FAILED, XHM_SCOPE_WHOLE, failed, clock);
    if (!failed && !failed_before && core->steps > 0) {
        gap_ns = now_ns - core->now_ns;
    }
    if (!failed) {
        core->now_ns = now_ns;
    }
    step->overrun = gap_ns > policy->cycle_ns + policy->overrun_tolerance_ns;
    core->supervised_ns += step->overrun ? policy->cycle_ns : gap_ns;
    tell_overrun(step, gap_ns);
}

static void watch_hypervisor(const struct xhm_step *step) {
    struct xhm_core *core = step->core;
    const uint64_t silent_ns = core->supervised_ns - core->domains_known_ns;
    const struct xhm_fault_details details = {{silent_ns, 0}};

    fault_state_set(step, XHM_NONE, XHM_FAULT_HYPERVISOR_UNKNOWN, XHM_SCOPE_WHOLE,
                    silent_ns > core->policy->supervisor.visibility_timeout_ns, details);
}

/* The silence was measured by the clock, so it holds the time in which the supervisor did not run. */
static void watch_xenstore(const struct xhm_step *step) {
    const uint64_t silent_ns = step->observation->xenstore_silent_ns;
    const struct xhm_fault_details details = {{silent_ns, 0}};

    if (step->overrun) {
        return;
    }
    fault_state_set(step, XHM_NONE, XHM_FAULT_XENSTORE_UNKNOWN, XHM_SCOPE_WHOLE,
                    silent_ns > step->core->policy->supervisor.visibility_timeout_ns, details);
}

/* The agent's silence was measured by the clock, as above. */
static void hear_agent(const struct xhm_step *step) {
    const uint64_t silent_ns = step->observation->agent_silent_ns;
    const uint64_t now_ns = step->core->supervised_ns;

    if (step->observation->agent_connected && !step->overrun && silent_ns < now_ns - step->core->agent_heard_ns) {
        step->core->agent_heard_ns = now_ns - silent_ns;
    }
}

static void watch_agent(const struct xhm_step *step) {
    struct xhm_core *core = step->core;
    const uint64_t timeout_ns = core->policy->supervisor.agent_timeout_ns;

    hear_agent(step);
    const uint64_t absent_ns = core->supervised_ns - core->agent_heard_ns;
    const struct xhm_fault_details details = {{absent_ns, step->observation->agent_connected}};
    fault_state_set(step, XHM_NONE, XHM_FAULT_AGENT_ABSENT, XHM_SCOPE_WHOLE, absent_ns > timeout_ns, details);
}

static void watch_actions(const struct xhm_step *step) {
    struct xhm_fault_details details = {{XHM_NONE, XHM_NONE}};
    bool failed = step->observation->action_failed || last_resort_failed(step->core);

    for (uint32_t partition = 0; partition < step->core->policy->partition_count; partition++) {
        const struct xhm_partition_state *state = step_state(step, partition);
        if (state->stop_failed || state->pause_failed) {
            const uint64_t domid = state->pause_failed ? state->paused_domid : state->stopped_domid;
            details = (struct xhm_fault_details){{domid, partition}};
            failed = true;
        }
    }
    fault_state_set(step, XHM_NONE, XHM_FAULT_ACTION_FAILED, XHM_SCOPE_WHOLE, failed, details);
}

static void watch_own_means(const struct xhm_step *step) {
    const struct xhm_fault_details none = {{0, 0}};

    fault_state_set(step, XHM_NONE, XHM_FAULT_EVENTS_LOST, XHM_SCOPE_WHOLE, step->observation->events_lost, none);
    fault_state_set(step, XHM_NONE, XHM_FAULT_FAULT_MEMORY_DEGRADED, XHM_SCOPE_WHOLE,
                    step->observation->fault_memory_degraded, none);
}

static enum xhm_status worse(enum xhm_status a, enum xhm_status b) {
    return a > b ? a : b;
}

/** What a life means for the global status, before entities and faults are counted in. */
static enum xhm_status status_of_life(enum xhm_life life) {
    static const enum xhm_status of_life[XHM_LIFE_COUNT] = {
        [XHM_LIFE_ABSENT] = XHM_STATUS_DEACTIVATED,  [XHM_LIFE_STARTING] = XHM_STATUS_DEACTIVATED,
        [XHM_LIFE_RUNNING] = XHM_STATUS_OK,          [XHM_LIFE_STOPPING] = XHM_STATUS_EXPIRED,
        [XHM_LIFE_RECREATING] = XHM_STATUS_EXPIRED,  [XHM_LIFE_VERIFYING] = XHM_STATUS_EXPIRED,
        [XHM_LIFE_LIMITED] = XHM_STATUS_STOPPED,     [XHM_LIFE_HALTED] = XHM_STATUS_STOPPED,
        [XHM_LIFE_STANDBY] = XHM_STATUS_DEACTIVATED, [XHM_LIFE_RESUMING] = XHM_STATUS_EXPIRED,
    };
    return of_life[life];
}

/* A standby that is being made anew is lost redundancy, not lost function. */
static enum xhm_status status_of_side(const struct xhm_core *core, uint32_t partition) {
    const enum xhm_status status = status_of_life(core->partitions[partition].life);

    return status == XHM_STATUS_EXPIRED && fail_over_is_inactive(core, partition) ? XHM_STATUS_FAILED : status;
}

static bool is_expired_beyond_tolerance(const struct xhm_step *step, uint32_t partition) {
    return step_state(step, partition)->life == XHM_LIFE_RUNNING &&
           step_policy(step, partition)->expired_tolerance > 0 && escalation_expired_for_long(step, partition);
}

static enum xhm_status status_of_partition(const struct xhm_step *step, uint32_t partition) {
    const struct xhm_partition_state *state = step_state(step, partition);
    enum xhm_status status = status_of_side(step->core, partition);

    if (!gate_is_judged(step, partition)) {
        return status == XHM_STATUS_STOPPED ? status : XHM_STATUS_DEACTIVATED;
    }
    for (uint32_t entity = 0; entity < step_policy(step, partition)->entity_count; entity++) {
        status = worse(status, state->entities[entity].status);
    }
    if (fault_state_any_of(state->fault_scopes)) {
        status = worse(status, fault_state_any(state, XHM_CLASS_PRESENCE) ? XHM_STATUS_EXPIRED : XHM_STATUS_FAILED);
    }
    if (step->core->fault_scopes[XHM_FAULT_HYPERVISOR_UNKNOWN] != 0) {
        status = worse(status, XHM_STATUS_FAILED);
    }
    if (is_expired_beyond_tolerance(step, partition)) {
        status = XHM_STATUS_STOPPED;
    }
    return status;
}

/* A ready standby, and an optional partition that is not there, are as they should be. */
static bool counts_for_ecu(const struct xhm_step *step, uint32_t partition) {
    const struct xhm_partition_state *state = step_state(step, partition);
    const bool absent = step_policy(step, partition)->optional && state->life == XHM_LIFE_ABSENT;

    return state->status != XHM_STATUS_DEACTIVATED ||
           (state->life != XHM_LIFE_STANDBY && !absent && !step_policy(step, partition)->supervision_off);
}

/* Of the supervisor itself, but for what only the health of the whole ECU can end. */
static bool any_own_fault(const struct xhm_core *core) {
    for (unsigned fault = 0; fault < XHM_FAULT_COUNT; fault++) {
        if (core->fault_scopes[fault] != 0 && !boot_guard_owns((enum xhm_fault)fault)) {
            return true;
        }
    }
    return false;
}

/* In a safe state the ECU does not do what it is for, however healthy what is left of it. */
static enum xhm_status status_of_latch(const struct xhm_core *core) {
    return safe_state_is_latched(core) ? XHM_STATUS_EXPIRED : XHM_STATUS_OK;
}

static void update_status(const struct xhm_step *step) {
    struct xhm_core *core = step->core;
    enum xhm_status ecu = worse(any_own_fault(core) ? XHM_STATUS_FAILED : XHM_STATUS_OK, status_of_latch(core));
    bool any_counts = false;

    for (uint32_t partition = 0; partition < core->policy->partition_count; partition++) {
        struct xhm_partition_state *state = &core->partitions[partition];
        const enum xhm_status status = status_of_partition(step, partition);
        if (status != state->status) {
            step_event(step, XHM_EVENT_GLOBAL_STATUS, partition, XHM_NONE, state->status, status);
            state->status = status;
        }
        if (counts_for_ecu(step, partition)) {
            any_counts = true;
            ecu = worse(ecu, status);
        }
    }
    if (!any_counts) {
        ecu = worse(ecu, XHM_STATUS_DEACTIVATED);
    }
    boot_guard_step(step, ecu == XHM_STATUS_OK);
    if (fault_state_any_of(core->fault_scopes)) {
        ecu = worse(ecu, XHM_STATUS_FAILED);
    }
    if (ecu != core->status) {
        step_event(step, XHM_EVENT_GLOBAL_STATUS, XHM_NONE, XHM_NONE, core->status, ecu);
        core->status = ecu;
    }
}

void core_step(struct xhm_core *core, const struct xhm_observation *observation, struct xhm_outcome *outcome) {
    struct xhm_step step = {core, observation, outcome, false};

    outcome_clear(outcome);
    advance_time(&step);
    maintenance_step(&step);
    gate_step(&step);
    last_resort_step(&step);
    presence_step(&step);
    safe_state_step(&step);
    facts_step(&step);
    probe_supervision_step(&step);
    conformance_take_facts(&step);
    conformance_step(&step);
    cpupool_step(&step);
    up_front_step(&step);
    memory_step(&step);
    load_step(&step);
    sweep_step(&step);
    watch_hypervisor(&step);
    watch_xenstore(&step);
    watch_agent(&step);
    watch_own_means(&step);
    dependency_step(&step);
    lifecycle_step(&step);
    watch_actions(&step);
    update_status(&step);
    core->steps++;
    persistent_watch(&step);
}
