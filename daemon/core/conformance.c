#include "conformance_parts.h"

bool conformance_is_judged(const struct xhm_step *step, uint32_t partition) {
    const struct xhm_partition_state *state = step_state(step, partition);

    return state->instance_known && (state->life == XHM_LIFE_RUNNING || state->life == XHM_LIFE_LIMITED) &&
           gate_supervision_is_active(step, partition);
}

static void check_vcpu_count(const struct xhm_step *step, uint32_t partition) {
    const uint32_t declared = step_policy(step, partition)->vcpu_count;
    const uint32_t online = step_state(step, partition)->domain.online_vcpus;
    const enum xhm_availability known = conformance_is_judged(step, partition) ? XHM_FACTS_KNOWN : XHM_FACTS_UNKNOWN;
    const struct xhm_fault_details details = {{online, declared}};

    if (declared > 0) {
        conformance_tell_partition(step, partition, XHM_CHECK_VCPU_COUNT, XHM_SCOPE_WHOLE,
                                   conformance_judge(true, known, online != declared), details);
    }
}

/* Affinity that the scheduler ignores says nothing, whatever it is. */
static enum xhm_verdict judge_affinity(const struct xhm_step *step, uint32_t partition, enum xhm_availability known,
                                       bool deviates) {
    const enum xhm_affinity_meaning meaning =
        facts_affinity_meaning(step, step_state(step, partition)->domain.cpupool_id);

    if (meaning == XHM_AFFINITY_IGNORED) {
        return XHM_VERDICT_NOT_APPLICABLE;
    }
    return conformance_judge(true, meaning == XHM_AFFINITY_UNKNOWN ? XHM_FACTS_UNKNOWN : known, deviates);
}

static void check_place(const struct xhm_step *step, uint32_t partition, const struct xhm_vcpu_reading *reading,
                        enum xhm_availability known) {
    const struct xhm_pcpu_set *declared = &step_policy(step, partition)->vcpus[reading->vcpu].pcpus;
    const struct xhm_fault_details affinity = {{reading->vcpu, reading->hard_affinity.words[0]}};
    const struct xhm_fault_details placement = {{reading->vcpu, reading->pcpu}};

    conformance_tell_partition(
        step, partition, XHM_CHECK_VCPU_AFFINITY, reading->vcpu,
        judge_affinity(step, partition, known, !pcpu_set_equals(declared, &reading->hard_affinity)), affinity);
    conformance_tell_partition(step, partition, XHM_CHECK_VCPU_PLACEMENT, reading->vcpu,
                               conformance_judge(true, known, !pcpu_set_has(declared, reading->pcpu)), placement);
}

/* A vCPU that is offline is nowhere. */
static void take_own_reading(const struct xhm_step *step, uint32_t partition, const struct xhm_vcpu_reading *reading) {
    const bool seen = reading->sight == XHM_SIGHT_KNOWN && reading->online;
    const bool judged = seen && conformance_is_judged(step, partition);

    if (reading->vcpu >= step_policy(step, partition)->vcpu_count) {
        return;
    }
    if (seen) {
        step_state(step, partition)->vcpu_seen_pcpu[reading->vcpu] = reading->pcpu;
    }
    check_place(step, partition, reading, judged ? XHM_FACTS_KNOWN : XHM_FACTS_UNKNOWN);
    scheduling_take_reading(step, partition, reading, judged);
}

static void take_reading(const struct xhm_step *step, const struct xhm_vcpu_reading *reading) {
    const struct xhm_roll_domain *domain = presence_find(step->core, reading->domid);

    /* A domain that is paused, shut down or gone since the sweep began runs nowhere, whatever its affinity says. */
    if (domain == NULL) {
        return;
    }
    for (uint32_t partition = 0; partition < step->core->policy->partition_count; partition++) {
        const struct xhm_partition_state *state = step_state(step, partition);
        if (state->instance_known && reading->domid == state->domid) {
            take_own_reading(step, partition, reading);
        }
    }
    if (reading->sight == XHM_SIGHT_KNOWN && reading->online) {
        exclusivity_take_reading(step, reading, domain->cpupool_id);
    }
}

void conformance_step(const struct xhm_step *step) {
    for (uint32_t i = 0; i < step->observation->vcpu_count; i++) {
        take_reading(step, &step->observation->vcpus[i]);
    }
    if (step->observation->domains_sight != XHM_SIGHT_KNOWN) {
        return;
    }
    for (uint32_t partition = 0; partition < step->core->policy->partition_count; partition++) {
        check_vcpu_count(step, partition);
    }
}

/* What was gathered before it became healthy shows how it was being set up. */
static void take_facts_of_partition(const struct xhm_step *step, uint32_t partition) {
    const bool judged = conformance_is_judged(step, partition) &&
                        step->core->facts.gathered_ns >= step_state(step, partition)->life_since_ns;
    const struct xhm_domain_facts *facts = judged ? facts_instance(step, partition) : NULL;

    if (facts != NULL) {
        up_front_take_facts(step, partition, facts);
        devices_take_facts(step, partition, facts);
        cache_take_facts(step, partition, facts);
    } else {
        conformance_forget_facts(step->core, partition);
    }
    exclusivity_take_topology(step, partition);
}

/* Where what is not there is no fault, the host is still being set up, or being changed. */
static void take_facts_of_host(const struct xhm_step *step) {
    if (mode_rules(step->core)->absence_is_judged) {
        platform_take_facts(step);
        cpupools_take_facts(step);
        return;
    }
    fault_state_clear_class(step, XHM_NONE, XHM_CLASS_PLATFORM);
    conformance_forget_host(step->core);
}

void conformance_take_facts(const struct xhm_step *step) {
    if (!step->core->facts.news || !step->core->facts.known) {
        return;
    }
    cpupools_take_ids(step);
    take_facts_of_host(step);
    for (uint32_t partition = 0; partition < step->core->policy->partition_count; partition++) {
        take_facts_of_partition(step, partition);
    }
}
