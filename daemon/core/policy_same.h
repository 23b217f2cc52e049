/**
 * Whether a declaration means the same as another: what decides which state outlives a new policy.
 */
#ifndef XHM_CORE_POLICY_SAME_H
#define XHM_CORE_POLICY_SAME_H

#include "policy.h"

/** The partition is recognised by the same identity. */
bool policy_same_identity(const struct xhm_identity *a, const struct xhm_identity *b);

/** The entity is supervised in the same way. Its rate of checkpoints bounds a check before boot and counts not here. */
bool policy_same_entity(const struct xhm_entity_policy *a, const struct xhm_entity_policy *b);

/** The same vCPUs have to be in the same places, with the same shares of time and cache. */
bool policy_same_placement(const struct xhm_policy *policy_a, const struct xhm_partition_policy *a,
                           const struct xhm_policy *policy_b, const struct xhm_partition_policy *b);

/** It has the same paravirtual and assigned devices. */
bool policy_same_devices(const struct xhm_policy *policy_a, const struct xhm_partition_policy *a,
                         const struct xhm_policy *policy_b, const struct xhm_partition_policy *b);

/** The same host is declared: platform, and cpupools in the same order. How old facts may be does not count. */
bool policy_same_host(const struct xhm_policy *a, const struct xhm_policy *b);

/** The same memory is declared. */
bool policy_same_memory(const struct xhm_memory_policy *a, const struct xhm_memory_policy *b);

/** The same load is declared. */
bool policy_same_load(const struct xhm_load_policy *a, const struct xhm_load_policy *b);

#endif
