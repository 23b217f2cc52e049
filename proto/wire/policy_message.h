// SPDX-License-Identifier: Apache-2.0
/**
 * struct xhm_policy <-> the message xhm.v1.Policy, field by field. The codec wraps the message into a file; the control
 * API shows it.
 */
#ifndef XHM_POLICY_MESSAGE_H
#define XHM_POLICY_MESSAGE_H

#include "policy.pb-c.h"
#include "policy_codec.h"

/**
 * Builds the message of @p policy in @p arena. Its strings and identities point into @p policy.
 * @return NULL when the arena is too small or a count in @p policy is above this build's room
 */
Xhm__V1__Policy *policy_to_message(const struct xhm_policy *policy, struct xhm_arena *arena);

/**
 * Fills @p policy, whose hash becomes 0, from @p message. @p field is as in policy_codec_decode().
 * @return XHM_POLICY_CODEC_OK, or BAD_VALUE or TOO_MANY; @p policy is then of no use
 */
enum xhm_policy_codec_verdict policy_from_message(const Xhm__V1__Policy *message, struct xhm_policy *policy,
                                                  char field[64]);

#endif
