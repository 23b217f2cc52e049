// SPDX-License-Identifier: Apache-2.0
#include "conformance_parts.h"

void up_front_take_facts(const struct xhm_step *step, uint32_t partition, const struct xhm_domain_facts *facts) {
    struct xhm_instance_measures *measures = &step_state(step, partition)->measures;

    measures->pod = facts->pod;
    measures->pod_kib = facts->pod == XHM_FACTS_KNOWN ? facts->pod_kib : 0;
}

/* What the hypervisor tells is enough for a fault; that all is there takes the facts, too. A domain that cannot have
   populate-on-demand has none. */
static enum xhm_verdict judge(const struct xhm_domain_reading *domain, const struct xhm_instance_measures *measures) {
    const bool deviates =
        domain->shared_kib > 0 || domain->paged_kib > 0 || domain->outstanding_kib > 0 || measures->pod_kib > 0;

    if (!deviates && measures->pod == XHM_FACTS_UNKNOWN) {
        return XHM_VERDICT_UNKNOWN;
    }
    return deviates ? XHM_VERDICT_DEVIATES : XHM_VERDICT_CONFORMS;
}

static void check(const struct xhm_step *step, uint32_t partition) {
    const struct xhm_partition_state *state = step_state(step, partition);
    const struct xhm_domain_reading *domain = &state->domain;
    const struct xhm_fault_details details = {
        {domain->paged_kib + domain->outstanding_kib + state->measures.pod_kib, domain->shared_kib}};
    const enum xhm_verdict verdict =
        conformance_is_judged(step, partition) ? judge(domain, &state->measures) : XHM_VERDICT_UNKNOWN;

    conformance_tell_partition(step, partition, XHM_CHECK_MEMORY_NOT_UP_FRONT, XHM_SCOPE_WHOLE, verdict, details);
}

void up_front_step(const struct xhm_step *step) {
    if (step->observation->domains_sight != XHM_SIGHT_KNOWN) {
        return;
    }
    for (uint32_t partition = 0; partition < step->core->policy->partition_count; partition++) {
        if (step_policy(step, partition)->memory.up_front) {
            check(step, partition);
        }
    }
}
