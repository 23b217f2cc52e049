// SPDX-License-Identifier: Apache-2.0
/**
 * What an injection is aimed at: entity, pCPU, other partition or size, as the policy lets them be chosen. Pure.
 */
#ifndef XHM_CONTROL_INJECTION_TARGETS_H
#define XHM_CONTROL_INJECTION_TARGETS_H

#include "injections.h"

/** What the kind of an injection implies. */
struct injection_rule {
    bool of_ecu;         /**< into the ECU, not into a partition */
    uint64_t default_ms; /**< duration when none is asked for; 0: until cleared. Others end by themselves, too */
    uint64_t maximum_ms; /**< longest duration */
};

/** The rule of @p kind, or NULL when there is no such kind. */
const struct injection_rule *injection_targets_rule(int kind);

/**
 * Fills in the targets of @p injection, whose kind is set, into @p partition (not into the ECU); @p entity may be
 * empty.
 * @return NULL, or why it is impossible: a sentence that the partition's name completes
 */
const char *injection_targets_choose(const struct xhm_policy *policy, uint32_t partition, const char *entity,
                                     struct injection *injection);

#endif
