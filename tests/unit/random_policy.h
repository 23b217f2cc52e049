// SPDX-License-Identifier: Apache-2.0
/*
 * Policies at random: everything that the schema can say, in bounds that the structure sets, and hardly ever sound. The
 * sequence of policies is the same in every run.
 */
#ifndef XHM_RANDOM_POLICY_H
#define XHM_RANDOM_POLICY_H

#include "policy.h"

/* The next policy. */
void random_policy(struct xhm_policy *policy);

#endif
