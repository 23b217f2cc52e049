// SPDX-License-Identifier: Apache-2.0
#include "conformance_parts.h"

/** Where a vCPU of a domain may run. */
struct reach {
    struct xhm_pcpu_set pcpus; /**< nowhere else, as far as is known */
    bool certain;              /**< it may indeed run there */
    bool by_affinity;          /**< likewise, as soon as it is known that these pCPUs are in its cpupool */
    uint32_t cpupool_id;
};

/* The affinity that Xen tells may hold pCPUs of other cpupools, on which the vCPU never runs. Which pCPUs a cpupool has
   changes: old facts do not count for that. What affinity means is known only of a cpupool that facts name. */
static void reach_by_affinity(const struct xhm_step *step, const struct xhm_vcpu_reading *reading,
                              struct reach *reach) {
    reach->by_affinity = true;
    reach->certain = step->core->facts.known || !facts_are_wanted(step->core);
    reach->pcpus = reading->hard_affinity;
    if (step->core->facts.known) {
        reach->pcpus = pcpu_set_common(&reach->pcpus, &facts_cpupool(step, reach->cpupool_id)->pcpus);
    }
}

static struct reach reach_of(const struct xhm_step *step, const struct xhm_vcpu_reading *reading, uint32_t cpupool_id) {
    const enum xhm_affinity_meaning meaning = facts_affinity_meaning(step, cpupool_id);
    struct reach reach = {.cpupool_id = cpupool_id};

    if (meaning == XHM_AFFINITY_IGNORED) {
        pcpu_set_add(&reach.pcpus, reading->pcpu);
        reach.certain = true;
    } else if (meaning == XHM_AFFINITY_UNKNOWN) {
        reach.pcpus = reading->hard_affinity;
        pcpu_set_add(&reach.pcpus, reading->pcpu);
    } else {
        reach_by_affinity(step, reading, &reach);
    }
    return reach;
}

static bool is_in_cpupool(const struct xhm_partition_state *state, uint32_t id) {
    return state->instance_known && state->domain.cpupool_id == id;
}

static void judge(const struct xhm_step *step, uint32_t partition, enum xhm_partition_check check,
                  const struct xhm_vcpu_reading *reading, const struct reach *reach) {
    struct xhm_partition_state *state = step_state(step, partition);
    const struct xhm_fault_details details = {{reading->domid, reading->vcpu}};
    const uint32_t bit = 1u << check;

    if (reach->certain || (reach->by_affinity && is_in_cpupool(state, reach->cpupool_id))) {
        state->shared_this_sweep |= bit;
        conformance_tell_partition(step, partition, check, XHM_SCOPE_WHOLE, XHM_VERDICT_DEVIATES, details);
    } else {
        state->undecided_this_sweep |= bit;
    }
}

static struct xhm_pcpu_set exclusive_pcpus(const struct xhm_partition_policy *policy) {
    struct xhm_pcpu_set exclusive = {{0}};

    for (uint32_t vcpu = 0; vcpu < policy->vcpu_count; vcpu++) {
        if (policy->vcpus[vcpu].exclusive) {
            pcpu_set_unite(&exclusive, &policy->vcpus[vcpu].pcpus);
        }
    }
    return exclusive;
}

static void compare(const struct xhm_step *step, uint32_t partition, const struct xhm_vcpu_reading *reading,
                    const struct reach *reach) {
    const struct xhm_pcpu_set exclusive = exclusive_pcpus(step_policy(step, partition));

    if (pcpu_set_overlaps(&exclusive, &reach->pcpus)) {
        judge(step, partition, XHM_CHECK_PCPU_SHARED, reading, reach);
    }
    if (pcpu_set_overlaps(&step_state(step, partition)->siblings, &reach->pcpus)) {
        judge(step, partition, XHM_CHECK_CORE_SHARED, reading, reach);
    }
}

void exclusivity_take_reading(const struct xhm_step *step, const struct xhm_vcpu_reading *reading,
                              uint32_t cpupool_id) {
    const struct reach reach = reach_of(step, reading, cpupool_id);

    for (uint32_t partition = 0; partition < step->core->policy->partition_count; partition++) {
        const struct xhm_partition_state *state = step_state(step, partition);
        const bool own = state->instance_known && reading->domid == state->domid;
        if (!own && gate_supervision_is_active(step, partition)) {
            compare(step, partition, reading, &reach);
        }
    }
}

/* All pCPUs of the core that holds `pcpu`. */
static void add_core(struct xhm_pcpu_set *pcpus, const struct xhm_topology_facts *topology, uint32_t pcpu) {
    for (uint32_t i = 0; topology->core[pcpu] != UINT32_MAX && i < topology->pcpu_count; i++) {
        if (topology->core[i] == topology->core[pcpu]) {
            pcpu_set_add(pcpus, i);
        }
    }
}

/* Who is on the declared pCPUs themselves is the other check's concern. */
static void add_siblings(struct xhm_pcpu_set *siblings, const struct xhm_topology_facts *topology,
                         const struct xhm_pcpu_set *declared) {
    struct xhm_pcpu_set cores = {{0}};

    for (uint32_t pcpu = 0; pcpu < topology->pcpu_count; pcpu++) {
        if (pcpu_set_has(declared, pcpu)) {
            add_core(&cores, topology, pcpu);
        }
    }
    pcpu_set_remove(&cores, declared);
    pcpu_set_unite(siblings, &cores);
}

void exclusivity_take_topology(const struct xhm_step *step, uint32_t partition) {
    const struct xhm_topology_facts *topology = &step->observation->facts->topology;
    const struct xhm_partition_policy *policy = step_policy(step, partition);
    struct xhm_partition_state *state = step_state(step, partition);

    state->siblings = (struct xhm_pcpu_set){{0}};
    state->siblings_known = topology->availability;
    for (uint32_t vcpu = 0; topology->availability == XHM_FACTS_KNOWN && vcpu < policy->vcpu_count; vcpu++) {
        if (policy->vcpus[vcpu].whole_core) {
            add_siblings(&state->siblings, topology, &policy->vcpus[vcpu].pcpus);
        }
    }
}

/* Of what nobody was seen on it is only known that it is exclusive when everybody was seen, and where he may run. */
static void conclude(const struct xhm_step *step, uint32_t partition, enum xhm_partition_check check,
                     enum xhm_availability known) {
    struct xhm_partition_state *state = step_state(step, partition);
    const bool declared = conformance_declares(step, partition, check, XHM_SCOPE_WHOLE);
    const struct xhm_fault_details none = {{0, 0}};

    if ((state->shared_this_sweep >> check & 1u) == 0) {
        conformance_tell_partition(step, partition, check, XHM_SCOPE_WHOLE, conformance_judge(declared, known, false),
                                   none);
    }
}

static void conclude_both(const struct xhm_step *step, uint32_t partition, uint32_t undecided) {
    const enum xhm_availability pcpus =
        (undecided >> XHM_CHECK_PCPU_SHARED & 1u) != 0 ? XHM_FACTS_UNKNOWN : XHM_FACTS_KNOWN;
    enum xhm_availability cores = step_state(step, partition)->siblings_known;

    if (cores == XHM_FACTS_KNOWN && (undecided >> XHM_CHECK_CORE_SHARED & 1u) != 0) {
        cores = XHM_FACTS_UNKNOWN;
    }
    conclude(step, partition, XHM_CHECK_PCPU_SHARED, pcpus);
    conclude(step, partition, XHM_CHECK_CORE_SHARED, cores);
}

/* What is not judged has no fault, and nothing is known of it. */
static void conclude_nothing(const struct xhm_step *step, uint32_t partition) {
    step_state(step, partition)->shared_this_sweep = 0;
    fault_state_clear(step, partition, XHM_FAULT_PCPU_SHARED);
    fault_state_clear(step, partition, XHM_FAULT_CORE_SHARED);
    conclude_both(step, partition, UINT32_MAX);
}

void conformance_sweep_done(const struct xhm_step *step, bool complete) {
    for (uint32_t partition = 0; partition < step->core->policy->partition_count; partition++) {
        struct xhm_partition_state *state = step_state(step, partition);
        if (gate_supervision_is_active(step, partition)) {
            conclude_both(step, partition, complete ? state->undecided_this_sweep : UINT32_MAX);
        } else {
            conclude_nothing(step, partition);
        }
        state->shared_this_sweep = 0;
        state->undecided_this_sweep = 0;
    }
}
