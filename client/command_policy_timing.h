// SPDX-License-Identifier: Apache-2.0
/**
 * What `xhmctl policy check` says about a sound policy's times.
 */
#ifndef XHM_COMMAND_POLICY_TIMING_H
#define XHM_COMMAND_POLICY_TIMING_H

#include "output.h"
#include "policy.h"

/** The table, and each sum with its terms. */
void policy_timing_print(const struct xhm_policy *policy);

/** The same as the member "partitions" of the object that is being written. */
void policy_timing_print_json(struct xhm_json *json, const struct xhm_policy *policy);

#endif
