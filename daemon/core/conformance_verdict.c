#include "step.h"

enum xhm_fault conformance_partition_fault(enum xhm_partition_check check) {
    static const enum xhm_fault faults[XHM_PARTITION_CHECK_COUNT] = {
#define XHM_CHECK_FAULT(fault) [XHM_CHECK_##fault] = XHM_FAULT_##fault,
        XHM_PARTITION_CHECKS(XHM_CHECK_FAULT)};
    return faults[check];
}

enum xhm_fault conformance_platform_fault(enum xhm_platform_check check) {
    static const enum xhm_fault faults[XHM_PLATFORM_CHECK_COUNT] = {XHM_PLATFORM_CHECKS(XHM_CHECK_FAULT)
#undef XHM_CHECK_FAULT
    };
    return faults[check];
}

enum xhm_verdict conformance_verdict_of(const struct xhm_verdicts *verdicts, uint32_t scope) {
    unsigned verdict = XHM_VERDICT_COUNT - 1;

    while (verdict > XHM_VERDICT_UNDECLARED && (verdicts->scopes[verdict] >> scope & 1u) == 0) {
        verdict--;
    }
    return (enum xhm_verdict)verdict;
}

static void note(const struct xhm_step *step, struct xhm_verdicts *verdicts, uint32_t scope, enum xhm_verdict verdict) {
    for (unsigned i = 0; i < XHM_VERDICT_COUNT; i++) {
        verdicts->scopes[i] &= ~(UINT64_C(1) << scope);
    }
    if (verdict != XHM_VERDICT_UNDECLARED) {
        verdicts->scopes[verdict] |= UINT64_C(1) << scope;
    }
    if (verdict == XHM_VERDICT_CONFORMS || verdict == XHM_VERDICT_DEVIATES) {
        verdicts->known_ns = step->core->supervised_ns;
    }
}

/* Of what is unknown a fault stays as it was; what cannot be a deviation here, or is declared no more, is none. */
static void tell(const struct xhm_step *step, uint32_t partition, enum xhm_fault fault, uint32_t scope,
                 enum xhm_verdict verdict, struct xhm_fault_details details) {
    if (verdict != XHM_VERDICT_UNKNOWN) {
        fault_state_set(step, partition, fault, scope, verdict == XHM_VERDICT_DEVIATES, details);
    }
}

void conformance_tell_partition(const struct xhm_step *step, uint32_t partition, enum xhm_partition_check check,
                                uint32_t scope, enum xhm_verdict verdict, struct xhm_fault_details details) {
    note(step, &step_state(step, partition)->verdicts[check], scope, verdict);
    tell(step, partition, conformance_partition_fault(check), scope, verdict, details);
}

void conformance_tell_platform(const struct xhm_step *step, enum xhm_platform_check check, uint32_t scope,
                               enum xhm_verdict verdict, struct xhm_fault_details details) {
    note(step, &step->core->verdicts[check], scope, verdict);
    tell(step, XHM_NONE, conformance_platform_fault(check), scope, verdict, details);
}

enum xhm_verdict conformance_judge(bool declared, enum xhm_availability known, bool deviates) {
    static const enum xhm_verdict unknown[] = {
        [XHM_FACTS_UNKNOWN] = XHM_VERDICT_UNKNOWN,
        [XHM_FACTS_NOT_AVAILABLE] = XHM_VERDICT_NOT_AVAILABLE,
    };
    if (!declared) {
        return XHM_VERDICT_UNDECLARED;
    }
    if (known != XHM_FACTS_KNOWN) {
        return unknown[known];
    }
    return deviates ? XHM_VERDICT_DEVIATES : XHM_VERDICT_CONFORMS;
}
