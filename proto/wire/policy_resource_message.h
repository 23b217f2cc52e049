// SPDX-License-Identifier: Apache-2.0
/**
 * What one partition has of the host: vCPUs and their shares, cache, devices; field by field. Part of policy_message.h.
 */
#ifndef XHM_POLICY_RESOURCE_MESSAGE_H
#define XHM_POLICY_RESOURCE_MESSAGE_H

#include "policy_message.h"
#include "policy_place.h"

/** Adds vcpus, credit2, cache, devices and assigned of @p from to @p to. @return false when the arena is too small or a
 * count is above the room */
bool policy_resources_to_message(const struct xhm_partition_policy *from, struct xhm_arena *arena,
                                 Xhm__V1__PartitionPolicy *to);

/** Fills the same of @p to, where it is all zero. @return false with the refusal in @p place */
bool policy_resources_from_message(struct xhm_policy_place *place, const Xhm__V1__PartitionPolicy *from,
                                   struct xhm_partition_policy *to);

/** Builds the numbers of @p set, growing. @return false when the arena is too small */
bool policy_pcpus_to_message(const struct xhm_pcpu_set *set, struct xhm_arena *arena, uint32_t **numbers,
                             size_t *count);

#endif
