// SPDX-License-Identifier: Apache-2.0
/**
 * Worst-case fault detection times (FDTI) that follow from a policy: pure arithmetic over its numbers.
 *
 * Each bound is the time from the moment a fault exists to the supervision step that raises it, for an instance that
 * was healthy before, as long as the supervisor's steps are in time and Xen answers. A late step adds its
 * lateness, at most the overrun tolerance: a later one is a fault of the supervisor. Every bound holds one supervision
 * cycle for the distance to the next step.
 */
#ifndef XHM_DETECTION_H
#define XHM_DETECTION_H

#include "policy.h"

/** The fault is not supervised: there is no bound. */
#define XHM_DETECTION_NONE UINT64_MAX

/** Bounds of one partition by class of faults, in ns. */
struct xhm_detection {
    uint64_t bound_ns[XHM_CLASS_COUNT];
};

/**
 * Computes the bounds of partition @p partition of @p policy, which must be sound:
 * - presence (crash, stop, disappearance): crash check period + cycle;
 * - entity (silence, until EXPIRED), the slowest entity: (failed tolerance + 2) reference cycles + cycle, as the
 * silence can begin right after the reports that make the running reference cycle a good one;
 * - probe (corrupt, foreign, stuck): probe-busy tolerance + 2 cycles, one until the broken write is first seen;
 * - deadline (from the miss that is one too many): 2 cycles, one as a step may find the slot in the middle of a write;
 * - placement: crash check period + 2 conformance periods + 2 cycles: a foreign domain on an exclusive pCPU is first
 *   found in the domain list, may have missed the sweep under way and be the last one of the next. Steps that are late
 *   within the overrun tolerance make a sweep later without a fault: see above;
 * - memory: crash check period + cycle.
 */
void detection_compute(const struct xhm_policy *policy, uint32_t partition, struct xhm_detection *detection);

/**
 * vCPUs that can be looked at in one conformance period with this policy: with more vCPUs on the host than this, the
 * placement bound does not hold (and xhmd says so: conformance_late).
 */
uint64_t detection_vcpu_capacity(const struct xhm_supervisor_policy *supervisor);

#endif
