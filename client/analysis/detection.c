// SPDX-License-Identifier: Apache-2.0
#include "detection.h"

/* A sum or product that does not fit is as good as no bound; sound policies stay far below. */
static uint64_t add(uint64_t a, uint64_t b) {
    uint64_t sum;
    return __builtin_add_overflow(a, b, &sum) ? XHM_DETECTION_NONE : sum;
}

static uint64_t multiply(uint64_t a, uint64_t b) {
    uint64_t product;
    return __builtin_mul_overflow(a, b, &product) ? XHM_DETECTION_NONE : product;
}

static uint64_t entity_bound(const struct xhm_partition_policy *partition, uint64_t cycle_ns) {
    uint64_t slowest = 0;
    for (uint32_t i = 0; i < partition->entity_count; i++) {
        const struct xhm_alive_policy *alive = &partition->entities[i].alive;
        if (alive->reference_cycle_ns != 0) {
            uint64_t bound = multiply(alive->reference_cycle_ns, (uint64_t)alive->failed_tolerance + 2);
            slowest = bound > slowest ? bound : slowest;
        }
    }
    return slowest == 0 ? XHM_DETECTION_NONE : add(slowest, cycle_ns);
}

static uint64_t placement_bound(const struct xhm_supervisor_policy *supervisor) {
    uint64_t two_sweeps_ns = add(multiply(supervisor->conformance_period_ns, 2), multiply(supervisor->cycle_ns, 2));
    return add(two_sweeps_ns, supervisor->crash_check_period_ns);
}

static bool counts_deadline_misses(const struct xhm_partition_policy *partition) {
    for (uint32_t i = 0; i < partition->entity_count; i++) {
        if (partition->entities[i].deadline_miss.window_ns != 0) {
            return true;
        }
    }
    return false;
}

void detection_compute(const struct xhm_policy *policy, uint32_t partition, struct xhm_detection *detection) {
    const struct xhm_supervisor_policy *supervisor = &policy->supervisor;
    const struct xhm_partition_policy *declared = &policy->partitions[partition];
    uint64_t cycle_ns = supervisor->cycle_ns;
    uint64_t two_cycles_ns = multiply(cycle_ns, 2);
    uint64_t domain_list_ns = add(supervisor->crash_check_period_ns, cycle_ns);

    detection->bound_ns[XHM_CLASS_PRESENCE] = domain_list_ns;
    detection->bound_ns[XHM_CLASS_ENTITY] = entity_bound(declared, cycle_ns);
    detection->bound_ns[XHM_CLASS_PROBE] =
        declared->page_count == 0 ? XHM_DETECTION_NONE : add(supervisor->probe_busy_tolerance_ns, two_cycles_ns);
    detection->bound_ns[XHM_CLASS_DEADLINE] = counts_deadline_misses(declared) ? two_cycles_ns : XHM_DETECTION_NONE;
    detection->bound_ns[XHM_CLASS_PLACEMENT] =
        declared->vcpu_count == 0 ? XHM_DETECTION_NONE : placement_bound(supervisor);
    detection->bound_ns[XHM_CLASS_LOAD] = XHM_DETECTION_NONE;
    detection->bound_ns[XHM_CLASS_MEMORY] = declared->memory.size_kib == 0 ? XHM_DETECTION_NONE : domain_list_ns;
}

uint64_t detection_vcpu_capacity(const struct xhm_supervisor_policy *supervisor) {
    return multiply(supervisor->conformance_period_ns / supervisor->cycle_ns, supervisor->conformance_checks_per_cycle);
}
