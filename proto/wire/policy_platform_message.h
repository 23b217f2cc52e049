// SPDX-License-Identifier: Apache-2.0
/**
 * What is declared of the host and of its cpupools, field by field. Part of policy_message.h.
 */
#ifndef XHM_POLICY_PLATFORM_MESSAGE_H
#define XHM_POLICY_PLATFORM_MESSAGE_H

#include "policy_message.h"
#include "policy_place.h"

/** Whether anything of the platform is declared; a message of nothing is neither written nor accepted. */
bool policy_platform_is_declared(const struct xhm_platform_policy *platform);

/** Adds platform and cpupools of @p from to @p to. @return false when the arena is too small or a count is above the
 * room */
bool policy_platform_to_message(const struct xhm_policy *from, struct xhm_arena *arena, Xhm__V1__Policy *to);

/** Fills the same of @p to, where it is all zero. @return false with the refusal in @p place */
bool policy_platform_from_message(struct xhm_policy_place *place, const Xhm__V1__Policy *from, struct xhm_policy *to);

#endif
