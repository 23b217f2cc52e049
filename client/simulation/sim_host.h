// SPDX-License-Identifier: Apache-2.0
/*
 * The simulated host: cpupools, SMT, devices, shared resources, and the agent that gathers facts about them. It begins
 * as the policy declares it, whatever that is.
 */
#ifndef XHM_SIM_HOST_H
#define XHM_SIM_HOST_H

#include "facts.h"
#include "sim_guest.h"

struct xhm_sim_host {
    struct xhm_facts facts; /* as they are; domains aside */
    struct xhm_facts told;  /* the last set that the agent told; number 0: none */
    uint64_t number;        /* of the last set gathered */
    uint64_t next_ns;       /* when the agent gathers again */
    bool stalled;           /* it gathers nothing */
};

/* A host as declared. */
void host_prepare(struct xhm_sim_host *host, const struct xhm_policy *policy);

/* A new domain: in Pool-0, without devices, with the cache that is nobody's. */
void host_take_domain(const struct xhm_sim_host *host, const struct xhm_policy *policy, struct xhm_sim_domain *domain);

/* Likewise one that is an instance of a partition: as declared. */
void host_take_partition(const struct xhm_sim_host *host, const struct xhm_partition_policy *policy,
                         struct xhm_sim_domain *domain);

/* The agent gathers a new set of facts, at clock_ns by the supervisor's clock. */
void host_gather(struct xhm_sim_host *host, const struct xhm_sim_domain domains[XHM_MAX_DOMAINS],
                 const struct xhm_policy *policy, uint64_t clock_ns);

/* A cpupool by its name; NULL: none. */
struct xhm_cpupool_facts *host_find_cpupool(struct xhm_sim_host *host, const char *name);

/* Scheduler of a cpupool. */
enum xhm_scheduler host_scheduler(const struct xhm_sim_host *host, uint32_t cpupool_id);

#endif
