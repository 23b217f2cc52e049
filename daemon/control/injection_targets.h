// SPDX-License-Identifier: Apache-2.0
/**
 * What an injection is aimed at: entity, pCPU, other partition or size, as the policy lets them be chosen. Pure.
 */
#ifndef XHM_CONTROL_INJECTION_TARGETS_H
#define XHM_CONTROL_INJECTION_TARGETS_H

#include "injections.h"

/**
 * Fills in the targets of @p injection, whose kind is set, into @p partition; @p entity may be empty.
 * @return NULL, or why it is impossible: a sentence that the partition's name completes
 */
const char *injection_targets_choose(const struct xhm_policy *policy, uint32_t partition, const char *entity,
                                     struct injection *injection);

#endif
