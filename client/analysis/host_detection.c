// SPDX-License-Identifier: Apache-2.0
/* FDTI of what is not told by the partition's own probe. docs/timing.md derives the sums in the same order. */
#include "host_detection.h"

bool detection_of_instance(const struct subject *subject, struct xhm_timing_sum *sum) {
    add_domain_lists(sum, subject, "until the next domain list", 1);
    add_step(sum, subject, (struct lateness){1, 1});
    return true;
}

bool detection_of_vcpu_count(const struct subject *subject, struct xhm_timing_sum *sum) {
    detection_of_instance(subject, sum);
    return subject->partition->vcpu_count != 0;
}

bool detection_of_vcpu_moved(const struct subject *subject, struct xhm_timing_sum *sum) {
    add_sweeps(sum, subject, 2);
    add_step(sum, subject, (struct lateness){1, 3});
    return subject->partition->vcpu_count != 0;
}

/* Where cpupools are known, the one of a domain may be as new as the domain. */
bool detection_of_pcpu_shared(const struct subject *subject, struct xhm_timing_sum *sum) {
    const bool facts = subject->policy->platform.facts_period_ns != 0;

    for (uint32_t vcpu = 0; vcpu < subject->partition->vcpu_count; vcpu++) {
        if (subject->partition->vcpus[vcpu].exclusive) {
            if (facts) {
                add_facts(sum, subject);
            }
            add_domain_lists(sum, subject, "until the next domain list", 1);
            add_sweeps(sum, subject, 2);
            add_cycles(sum, subject, "between two sweeps");
            add_step(sum, subject, (struct lateness){1, facts ? 5 : 4});
            return true;
        }
    }
    return false;
}

bool detection_of_cpupool(const struct subject *subject, struct xhm_timing_sum *sum) {
    detection_of_instance(subject, sum);
    return subject->partition->cpupool_number != 0;
}

bool detection_of_share(const struct subject *subject, struct xhm_timing_sum *sum) {
    bool declared = subject->partition->credit2.weight != 0;

    for (uint32_t vcpu = 0; vcpu < subject->partition->vcpu_count; vcpu++) {
        declared = declared || subject->partition->vcpus[vcpu].rtds.period_ns != 0;
    }
    add_sweeps(sum, subject, 2);
    add_step(sum, subject, (struct lateness){1, 3});
    return declared && subject->partition->vcpu_count != 0;
}

bool detection_of_cache(const struct subject *subject, struct xhm_timing_sum *sum) {
    add_facts(sum, subject);
    add_step(sum, subject, (struct lateness){1, 1});
    return subject->partition->cache.l3_mask != 0 || subject->partition->cache.bandwidth_percent != 0;
}

bool detection_of_device(const struct subject *subject, struct xhm_timing_sum *sum) {
    add_facts(sum, subject);
    add_step(sum, subject, (struct lateness){1, 1});
    return subject->partition->devices_declared || subject->partition->assigned_declared;
}

/* What facts tell of memory is judged with the next domain list. */
bool detection_of_up_front(const struct subject *subject, struct xhm_timing_sum *sum) {
    add_facts(sum, subject);
    add_domain_lists(sum, subject, "until the next domain list", 1);
    add_step(sum, subject, (struct lateness){1, 2});
    return subject->partition->memory.up_front;
}

bool detection_of_memory(const struct subject *subject, struct xhm_timing_sum *sum) {
    const uint64_t readings = debounce_readings(&subject->partition->memory.debounce, sum);

    add_domain_lists(sum, subject, "debounce: one reading a domain list", readings);
    add_step(sum, subject, (struct lateness){1, readings});
    return subject->partition->memory.size_kib != 0;
}

bool detection_of_load(const struct subject *subject, struct xhm_timing_sum *sum) {
    const uint64_t readings = debounce_readings(&subject->partition->load.debounce, sum);

    add_domain_lists(sum, subject, "until the next domain list, from which the first whole period counts", 1);
    add_domain_lists(sum, subject, "debounce: one reading a domain list", readings);
    add_step(sum, subject, (struct lateness){1, readings + 1});
    return subject->partition->load.raise_percent != 0;
}
