#include "step.h"

static void begin_sweep(struct xhm_core *core) {
    struct xhm_sweep_state *sweep = &core->sweep;

    sweep->roll = core->roll;
    sweep->total = 0;
    for (uint32_t i = 0; i < sweep->roll.count; i++) {
        sweep->total += sweep->roll.domains[i].vcpu_slots;
    }
    sweep->done = 0;
    sweep->domain = 0;
    sweep->vcpu = 0;
    sweep->ticks = 0;
    sweep->unknown = false;
}

void sweep_restart(struct xhm_core *core) {
    core->sweep.unknown_before = false;
    begin_sweep(core);
}

/* Look-ups are spread evenly: after t of the period, t/period of all vCPUs have been looked at. */
static uint32_t due_now(const struct xhm_core *core) {
    const struct xhm_supervisor_policy *policy = &core->policy->supervisor;
    const struct xhm_sweep_state *sweep = &core->sweep;
    const uint64_t elapsed_ns = sweep->ticks * policy->cycle_ns;
    uint64_t due = sweep->total;

    if (elapsed_ns < policy->conformance_period_ns) {
        due = (sweep->total * elapsed_ns + policy->conformance_period_ns - 1) / policy->conformance_period_ns;
    }
    const uint64_t missing = due > sweep->done ? due - sweep->done : 0;
    return missing < policy->conformance_checks_per_cycle ? (uint32_t)missing : policy->conformance_checks_per_cycle;
}

static void plan_one(struct xhm_sweep_state *sweep, struct xhm_plan *plan) {
    while (sweep->vcpu >= sweep->roll.domains[sweep->domain].vcpu_slots) {
        sweep->domain++;
        sweep->vcpu = 0;
    }
    plan->vcpus[plan->vcpu_count].domid = sweep->roll.domains[sweep->domain].domid;
    plan->vcpus[plan->vcpu_count].vcpu = (uint16_t)sweep->vcpu;
    plan->vcpu_count++;
    sweep->vcpu++;
    sweep->done++;
}

static bool is_through(const struct xhm_sweep_state *sweep) {
    return sweep->done >= sweep->total;
}

void sweep_plan(struct xhm_core *core, uint32_t ticks, struct xhm_plan *plan) {
    struct xhm_sweep_state *sweep = &core->sweep;

    sweep->ticks += ticks;
    if (is_through(sweep) &&
        sweep->ticks * core->policy->supervisor.cycle_ns >= core->policy->supervisor.conformance_period_ns) {
        begin_sweep(core);
    }
    plan->vcpu_count = 0;
    for (uint32_t count = due_now(core); count > 0; count--) {
        plan_one(sweep, plan);
    }
}

static void note_unknown(const struct xhm_step *step) {
    struct xhm_sweep_state *sweep = &step->core->sweep;

    for (uint32_t i = 0; i < step->observation->vcpu_count; i++) {
        const struct xhm_vcpu_reading *vcpu = &step->observation->vcpus[i];
        if (vcpu->sight == XHM_SIGHT_UNKNOWN && presence_can_run(step->core, vcpu->domid)) {
            sweep->unknown = true;
            sweep->unknown_domid = vcpu->domid;
        }
    }
}

static void tell_timeliness(const struct xhm_step *step) {
    const struct xhm_supervisor_policy *policy = &step->core->policy->supervisor;
    const uint64_t took_ns = step->core->sweep.ticks * policy->cycle_ns;
    const struct xhm_fault_details details = {{took_ns, step->core->sweep.total}};

    fault_state_set(step, XHM_NONE, XHM_FAULT_CONFORMANCE_LATE, XHM_SCOPE_WHOLE,
                    took_ns > policy->conformance_period_ns + policy->cycle_ns + policy->overrun_tolerance_ns, details);
}

/* A domain that dies during a sweep is unknown once; only what stays unknown while it lives is lost visibility. */
static void end_sweep(const struct xhm_step *step) {
    struct xhm_sweep_state *sweep = &step->core->sweep;
    const struct xhm_fault_details details = {{sweep->unknown_domid, 0}};

    tell_timeliness(step);
    fault_state_set(step, XHM_NONE, XHM_FAULT_CONFORMANCE_UNKNOWN, XHM_SCOPE_WHOLE,
                    sweep->unknown && sweep->unknown_before, details);
    if (!sweep->unknown) {
        conformance_sweep_done(step);
    }
    sweep->unknown_before = sweep->unknown;
    sweep->completed++;
}

void sweep_step(const struct xhm_step *step) {
    const struct xhm_sweep_state *sweep = &step->core->sweep;

    note_unknown(step);
    if (step->observation->vcpu_count > 0 && is_through(sweep)) {
        end_sweep(step);
    }
}
