// SPDX-License-Identifier: Apache-2.0
/**
 * Refuses what cannot be done in time: an FHTI that is not below the one that the policy declares as allocated. Part of
 * policy_text.h.
 */
#ifndef XHM_TIMING_FINDINGS_H
#define XHM_TIMING_FINDINGS_H

#include "locations.h"

/**
 * Adds a message for each allocated FHTI of @p policy, which is sound otherwise, that does not hold; it names what to
 * shorten. @p locations may be empty: messages have no lines then.
 */
void timing_findings_tell(const struct xhm_policy *policy, const struct xhm_locations *locations,
                          struct xhm_messages *messages);

#endif
