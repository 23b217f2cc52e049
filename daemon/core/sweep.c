#include "conformance_parts.h"

static uint32_t number_of(const struct xhm_core *core, uint16_t domid) {
    for (uint32_t partition = 0; partition < core->policy->partition_count; partition++) {
        if (core->partitions[partition].instance_known && core->partitions[partition].domid == domid) {
            return partition + 1;
        }
    }
    return 0;
}

/* Where a cycle may make one look-up only, there is never room for a second one at the same vCPU. */
static enum xhm_scheduler scheduling_to_ask(const struct xhm_core *core, const struct xhm_roll_domain *domain,
                                            uint32_t vcpu) {
    if (domain->partition_number == 0 || core->policy->supervisor.conformance_checks_per_cycle < 2) {
        return XHM_SCHEDULER_ANY;
    }
    const struct xhm_partition_policy *policy = &core->policy->partitions[domain->partition_number - 1];
    return vcpu < policy->vcpu_count ? scheduling_declared(policy, vcpu) : XHM_SCHEDULER_ANY;
}

static uint32_t cost_of(const struct xhm_core *core, const struct xhm_roll_domain *domain, uint32_t vcpu) {
    return scheduling_to_ask(core, domain, vcpu) != XHM_SCHEDULER_ANY ? 2 : 1;
}

static uint32_t second_look_ups(const struct xhm_core *core, const struct xhm_roll_domain *domain) {
    uint32_t count = 0;

    for (uint32_t vcpu = 0; vcpu < domain->vcpu_slots && vcpu < XHM_MAX_VCPUS; vcpu++) {
        count += cost_of(core, domain, vcpu) - 1;
    }
    return count;
}

static void begin_sweep(struct xhm_core *core) {
    struct xhm_sweep_state *sweep = &core->sweep;

    sweep->roll = core->roll;
    sweep->total = 0;
    sweep->vcpus = 0;
    for (uint32_t i = 0; i < sweep->roll.count; i++) {
        struct xhm_roll_domain *domain = &sweep->roll.domains[i];
        domain->partition_number = number_of(core, domain->domid);
        sweep->vcpus += domain->vcpu_slots;
        sweep->total += domain->vcpu_slots + second_look_ups(core, domain);
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

/* Look-ups are spread evenly: after t of the period, t/period of them are made. */
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

/* The next vCPU of the sweep, if there is room for what is to be asked of it. @return what it costs, 0: no room */
static uint32_t plan_one(struct xhm_core *core, uint32_t room, struct xhm_plan *plan) {
    struct xhm_sweep_state *sweep = &core->sweep;

    while (sweep->vcpu >= sweep->roll.domains[sweep->domain].vcpu_slots) {
        sweep->domain++;
        sweep->vcpu = 0;
    }
    const struct xhm_roll_domain *domain = &sweep->roll.domains[sweep->domain];
    const uint32_t cost = cost_of(core, domain, sweep->vcpu);
    if (cost > room) {
        return 0;
    }
    plan->vcpus[plan->vcpu_count].domid = domain->domid;
    plan->vcpus[plan->vcpu_count].vcpu = (uint16_t)sweep->vcpu;
    plan->vcpus[plan->vcpu_count].scheduling = scheduling_to_ask(core, domain, sweep->vcpu);
    plan->vcpu_count++;
    sweep->vcpu++;
    sweep->done += cost;
    return cost;
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
    for (uint32_t room = due_now(core), cost = 1; room > 0 && cost > 0; room -= cost) {
        cost = plan_one(core, room, plan);
    }
}

/* That a domain is under another scheduler is an answer. */
static bool is_unknown(const struct xhm_vcpu_reading *vcpu) {
    return vcpu->sight == XHM_SIGHT_UNKNOWN ||
           (vcpu->scheduling.sight == XHM_SIGHT_UNKNOWN && !vcpu->scheduling.other_scheduler);
}

static void note_unknown(const struct xhm_step *step) {
    struct xhm_sweep_state *sweep = &step->core->sweep;

    for (uint32_t i = 0; i < step->observation->vcpu_count; i++) {
        const struct xhm_vcpu_reading *vcpu = &step->observation->vcpus[i];
        if (is_unknown(vcpu) && presence_can_run(step->core, vcpu->domid)) {
            sweep->unknown = true;
            sweep->unknown_domid = vcpu->domid;
        }
    }
}

static void tell_timeliness(const struct xhm_step *step) {
    const struct xhm_supervisor_policy *policy = &step->core->policy->supervisor;
    const uint64_t took_ns = step->core->sweep.ticks * policy->cycle_ns;
    const struct xhm_fault_details details = {{took_ns, step->core->sweep.vcpus}};

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
    conformance_sweep_done(step, !sweep->unknown);
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
