// SPDX-License-Identifier: Apache-2.0
/**
 * What the declared schedulers have to give, and what is asked of them: one row for each set of pCPUs of a cpupool.
 * docs/scheduling.md derives the bounds; policy_share.h (core) computes them.
 */
#ifndef XHM_SHARES_H
#define XHM_SHARES_H

#include "policy.h"

/** Shares are in parts of a billion of one pCPU. */
struct xhm_share_row {
    uint32_t cpupool;
    struct xhm_pcpu_set pcpus;
    uint32_t vcpu_count; /**< that have these pCPUs, or a minor frame */
    uint64_t needed;
    uint64_t bound; /**< the most that may be needed */
};

/** Rows that one policy can have: each vCPU of each partition on pCPUs of its own, at most. */
#define XHM_MAX_SHARE_ROWS (XHM_MAX_PARTITIONS * XHM_MAX_VCPUS)

/**
 * Writes the rows of @p policy, which must be sound, to @p rows. Cpupools of credit and credit2 have none: they promise
 * no share. Nor have those that no partition of the policy is in. @return how many
 */
uint32_t shares_compute(const struct xhm_policy *policy, struct xhm_share_row rows[XHM_MAX_SHARE_ROWS]);

#endif
