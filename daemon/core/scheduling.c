// SPDX-License-Identifier: Apache-2.0
#include "conformance_parts.h"

/** One parameter: as it is, and as it should be. */
struct parameter {
    uint64_t value;
    uint64_t declared;
};

enum xhm_scheduler scheduling_declared(const struct xhm_partition_policy *policy, uint32_t vcpu) {
    if (policy->vcpus[vcpu].rtds.period_ns > 0) {
        return XHM_SCHEDULER_RTDS;
    }
    return vcpu == 0 && policy->credit2.weight > 0 ? XHM_SCHEDULER_CREDIT2 : XHM_SCHEDULER_ANY;
}

/* The first parameter that differs; the last one where none does. */
static struct parameter first_differing(const struct parameter *parameters, unsigned count) {
    unsigned i = 0;

    while (i + 1 < count && parameters[i].value == parameters[i].declared) {
        i++;
    }
    return parameters[i];
}

static struct parameter compare(const struct xhm_partition_policy *policy, const struct xhm_vcpu_reading *reading) {
    const struct xhm_scheduling_reading *is = &reading->scheduling;
    const struct xhm_rtds_policy *server = &policy->vcpus[reading->vcpu].rtds;
    const struct parameter rtds[] = {{is->rtds.period_ns, server->period_ns},
                                     {is->rtds.budget_ns, server->budget_ns},
                                     {is->rtds.extratime, server->extratime}};
    const struct parameter credit2[] = {{is->credit2.weight, policy->credit2.weight},
                                        {is->credit2.cap, policy->credit2.cap}};

    if (is->scheduler == XHM_SCHEDULER_RTDS) {
        return first_differing(rtds, sizeof(rtds) / sizeof(rtds[0]));
    }
    return first_differing(credit2, sizeof(credit2) / sizeof(credit2[0]));
}

/* Under another scheduler there is nothing that would guarantee what was declared. */
static enum xhm_verdict judge(const struct xhm_scheduling_reading *is, bool asked, const struct parameter *worst) {
    if (asked && is->sight == XHM_SIGHT_UNKNOWN && is->other_scheduler) {
        return XHM_VERDICT_DEVIATES;
    }
    return conformance_judge(true, asked && is->sight == XHM_SIGHT_KNOWN ? XHM_FACTS_KNOWN : XHM_FACTS_UNKNOWN,
                             worst->value != worst->declared);
}

void scheduling_take_reading(const struct xhm_step *step, uint32_t partition, const struct xhm_vcpu_reading *reading,
                             bool judged) {
    const struct xhm_partition_policy *policy = step_policy(step, partition);
    const struct xhm_scheduling_reading *is = &reading->scheduling;
    const enum xhm_scheduler declared = scheduling_declared(policy, reading->vcpu);
    const struct parameter worst = compare(policy, reading);
    const struct xhm_fault_details details = {{reading->vcpu, is->sight == XHM_SIGHT_KNOWN ? worst.value : 0}};

    if (declared != XHM_SCHEDULER_ANY) {
        conformance_tell_partition(step, partition, XHM_CHECK_SCHEDULING_PARAMETERS, reading->vcpu,
                                   judge(is, judged && is->scheduler == declared, &worst), details);
    }
}
