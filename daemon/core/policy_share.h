// SPDX-License-Identifier: Apache-2.0
/**
 * CPU time that declared RTDS servers and ARINC 653 frames need, and for how long the supervisor's own scheduler keeps
 * it waiting. docs/scheduling.md derives the arithmetic. Pure; for a policy whose counts and references are in bounds.
 */
#ifndef XHM_CORE_POLICY_SHARE_H
#define XHM_CORE_POLICY_SHARE_H

#include "policy.h"

/** The whole of one pCPU: shares are in parts of a billion of one. */
#define XHM_SHARE_WHOLE UINT64_C(1000000000)

/** The pCPUs of vCPU @p vcpu: its affinity, as far as its cpupool has them where that declares its pCPUs. */
struct xhm_pcpu_set policy_share_pcpus(const struct xhm_policy *policy, uint32_t partition, uint32_t vcpu);

/** Number of pCPUs in a set. */
uint32_t policy_share_count(const struct xhm_pcpu_set *pcpus);

/** What a server needs of one pCPU, rounded up; 0 for one that Xen would not take. */
uint64_t policy_share_of_server(const struct xhm_rtds_policy *server);

/** What frames of partition @p partition need of the major frame, rounded up; 0 without a sound schedule. */
uint64_t policy_share_of_frames(const struct xhm_cpupool_policy *pool, uint32_t partition);

/** What the servers need together that have exactly these pCPUs. */
struct xhm_share_demand {
    uint32_t pcpu_count;
    uint32_t server_count;
    uint64_t total;    /**< sum of the shares */
    uint64_t greatest; /**< of one of them */
};

/** Adds up the servers of cpupool @p pool on @p pcpus. */
void policy_share_add_up(const struct xhm_policy *policy, uint32_t pool, const struct xhm_pcpu_set *pcpus,
                         struct xhm_share_demand *demand);

/** The most that may be needed together for global EDF to keep all budgets, given the greatest share. */
uint64_t policy_share_bound(const struct xhm_share_demand *demand);

/**
 * The longest time for which a vCPU of the declared supervisor may have to wait by its scheduler: between two budgets
 * of its RTDS server, or between two minor frames. 0 where nothing is declared that would limit it.
 */
uint64_t policy_share_blackout(const struct xhm_policy *policy);

#endif
