// SPDX-License-Identifier: Apache-2.0
/**
 * The entities of one partition and what they share with it, field by field. Part of policy_message.h.
 */
#ifndef XHM_POLICY_ENTITY_MESSAGE_H
#define XHM_POLICY_ENTITY_MESSAGE_H

#include "policy_message.h"
#include "policy_place.h"

/** Builds the message of @p from in @p arena. @return NULL when the arena is too small or a count is above the room */
Xhm__V1__EntityPolicy *policy_entity_to_message(const struct xhm_entity_policy *from, struct xhm_arena *arena);

/** Fills @p to, which is all zero. @return false with the refusal in @p place */
bool policy_entity_from_message(struct xhm_policy_place *place, const Xhm__V1__EntityPolicy *from,
                                struct xhm_entity_policy *to);

/** Builds the message of @p from. @return NULL when the arena is too small */
Xhm__V1__DebouncePolicy *policy_debounce_to_message(const struct xhm_debounce_policy *from, struct xhm_arena *arena);

/** Fills @p to; an absent message leaves steps of 0, which policy_check() refuses where something is debounced. */
void policy_debounce_from_message(const Xhm__V1__DebouncePolicy *from, struct xhm_debounce_policy *to);

#endif
