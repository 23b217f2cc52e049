#include "step.h"

static bool set_equals(const struct xhm_pcpu_set *a, const struct xhm_pcpu_set *b) {
    for (unsigned i = 0; i < XHM_PCPU_WORDS; i++) {
        if (a->words[i] != b->words[i]) {
            return false;
        }
    }
    return true;
}

static bool set_overlaps(const struct xhm_pcpu_set *a, const struct xhm_pcpu_set *b) {
    for (unsigned i = 0; i < XHM_PCPU_WORDS; i++) {
        if ((a->words[i] & b->words[i]) != 0) {
            return true;
        }
    }
    return false;
}

static bool set_has(const struct xhm_pcpu_set *set, uint32_t pcpu) {
    return pcpu < XHM_MAX_PCPUS && (set->words[pcpu / 64] >> (pcpu % 64) & 1u) != 0;
}

bool conformance_is_judged(const struct xhm_step *step, uint32_t partition) {
    const struct xhm_partition_state *state = step_state(step, partition);

    return state->instance_known && (state->life == XHM_LIFE_RUNNING || state->life == XHM_LIFE_LIMITED) &&
           gate_supervision_is_active(step, partition);
}

static void check_vcpu_count(const struct xhm_step *step, uint32_t partition) {
    const uint32_t declared = step_policy(step, partition)->vcpu_count;
    const uint32_t online = step_state(step, partition)->domain.online_vcpus;
    const struct xhm_fault_details details = {{online, declared}};

    if (declared > 0) {
        fault_state_set(step, partition, XHM_FAULT_VCPU_COUNT, XHM_SCOPE_WHOLE, online != declared, details);
    }
}

static void check_own_vcpu(const struct xhm_step *step, uint32_t partition, const struct xhm_vcpu_reading *reading) {
    const struct xhm_partition_policy *policy = step_policy(step, partition);
    struct xhm_partition_state *state = step_state(step, partition);

    if (reading->vcpu >= policy->vcpu_count || !reading->online) {
        return;
    }
    const struct xhm_pcpu_set *declared = &policy->vcpus[reading->vcpu].pcpus;
    const struct xhm_fault_details affinity = {{reading->vcpu, reading->hard_affinity.words[0]}};
    const struct xhm_fault_details placement = {{reading->vcpu, reading->pcpu}};

    state->vcpu_seen_pcpu[reading->vcpu] = reading->pcpu;
    if (!conformance_is_judged(step, partition)) {
        return;
    }
    fault_state_set(step, partition, XHM_FAULT_VCPU_AFFINITY, reading->vcpu,
                    !set_equals(declared, &reading->hard_affinity), affinity);
    fault_state_set(step, partition, XHM_FAULT_VCPU_PLACEMENT, reading->vcpu, !set_has(declared, reading->pcpu),
                    placement);
}

static bool owns_exclusively(const struct xhm_partition_policy *policy, const struct xhm_pcpu_set *used) {
    for (uint32_t vcpu = 0; vcpu < policy->vcpu_count; vcpu++) {
        if (policy->vcpus[vcpu].exclusive && set_overlaps(&policy->vcpus[vcpu].pcpus, used)) {
            return true;
        }
    }
    return false;
}

static void check_foreign_vcpu(const struct xhm_step *step, uint32_t partition,
                               const struct xhm_vcpu_reading *reading) {
    const struct xhm_fault_details details = {{reading->domid, reading->vcpu}};

    if (reading->online && gate_supervision_is_active(step, partition) &&
        owns_exclusively(step_policy(step, partition), &reading->hard_affinity)) {
        step_state(step, partition)->shared_this_sweep = true;
        fault_state_set(step, partition, XHM_FAULT_PCPU_SHARED, XHM_SCOPE_WHOLE, true, details);
    }
}

static void take_vcpu_reading(const struct xhm_step *step, const struct xhm_vcpu_reading *reading) {
    for (uint32_t partition = 0; partition < step->core->policy->partition_count; partition++) {
        const struct xhm_partition_state *state = step_state(step, partition);
        if (state->instance_known && reading->domid == state->domid) {
            check_own_vcpu(step, partition, reading);
        } else {
            check_foreign_vcpu(step, partition, reading);
        }
    }
}

/* A domain that is paused, shut down or gone since the sweep began runs nowhere, whatever its affinity still says. */
void conformance_step(const struct xhm_step *step) {
    for (uint32_t i = 0; i < step->observation->vcpu_count; i++) {
        const struct xhm_vcpu_reading *reading = &step->observation->vcpus[i];
        if (reading->sight == XHM_SIGHT_KNOWN && presence_can_run(step->core, reading->domid)) {
            take_vcpu_reading(step, reading);
        }
    }
    if (step->observation->domains_sight != XHM_SIGHT_KNOWN) {
        return;
    }
    for (uint32_t partition = 0; partition < step->core->policy->partition_count; partition++) {
        if (conformance_is_judged(step, partition)) {
            check_vcpu_count(step, partition);
        }
    }
}

void conformance_sweep_done(const struct xhm_step *step) {
    const struct xhm_fault_details none = {{0, 0}};

    for (uint32_t partition = 0; partition < step->core->policy->partition_count; partition++) {
        struct xhm_partition_state *state = step_state(step, partition);
        if (!state->shared_this_sweep) {
            fault_state_set(step, partition, XHM_FAULT_PCPU_SHARED, XHM_SCOPE_WHOLE, false, none);
        }
        state->shared_this_sweep = false;
    }
}
