// SPDX-License-Identifier: Apache-2.0
/**
 * What runs on the ECU, as the last looks at domain list and vCPUs told: also of domains that no partition names. For
 * those who ask only; nothing is decided by it.
 */
#ifndef XHM_CONTROL_RUNNING_H
#define XHM_CONTROL_RUNNING_H

#include "control.h"

/** One domain. */
struct running_domain {
    struct xhm_domain_reading reading;
    struct xhm_vcpu_reading vcpus[XHM_MAX_VCPUS]; /**< sight KNOWN: looked at since the domain is there */
};

/** All domains that are neither dying nor shut down, in the order of their domids. */
struct running {
    uint32_t count;
    struct running_domain domains[XHM_MAX_DOMAINS];
};

/** Takes over what was seen in one cycle. */
void running_observe(struct running *running, const struct xhm_observation *observation);

/**
 * Adds questions about scheduling parameters to @p plan where the core has none: about vCPUs whose cpupool is, by
 * @p facts (may be NULL), under a scheduler that has some.
 */
void running_plan(const struct running *running, const struct xhm_facts *facts, struct xhm_plan *plan);

#endif
