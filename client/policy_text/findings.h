// SPDX-License-Identifier: Apache-2.0
/**
 * Renders what policy_check() finds at the line and column of the element that it is about. Part of policy_text.h.
 */
#ifndef XHM_FINDINGS_H
#define XHM_FINDINGS_H

#include "locations.h"
#include "policy_check.h"

/**
 * Checks @p policy and adds a message for each finding that does not merely follow from a value that could not be read.
 * @p locations may be empty: messages have no lines then.
 */
void findings_tell(const struct xhm_policy *policy, const struct xhm_locations *locations,
                   struct xhm_messages *messages);

#endif
