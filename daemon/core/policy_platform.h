/**
 * What a policy declares of the host as a whole.
 */
#ifndef XHM_CORE_POLICY_PLATFORM_H
#define XHM_CORE_POLICY_PLATFORM_H

#include "policy_limits.h"
#include <stdbool.h>
#include <stdint.h>

/** One option of Xen's command line. */
struct xhm_option_policy {
    char text[XHM_OPTION_SIZE]; /**< a word of it: "sched=credit2", or its beginning up to =: "sched=" */
    bool forbidden;             /**< it must not be there; else it must */
};

/**
 * The host as a whole. Nothing in it is supervised where its value is 0. What only dom0 can tell comes from the agent
 * as dated facts, which are unknown once they are older than `facts_timeout_ns`.
 */
struct xhm_platform_policy {
    uint64_t facts_period_ns;  /**< the agent gathers facts this often; 0: not at all */
    uint64_t facts_timeout_ns; /**< facts older than this are unknown, which is a fault */
    uint32_t xen_version_min;  /**< major << 16 | minor; 0: none */
    uint32_t xen_version_max;  /**< likewise, the last one allowed; 0: none */
    uint32_t option_count;
    struct xhm_option_policy options[XHM_MAX_OPTIONS];
    uint32_t capabilities; /**< bits of Xen's XEN_SYSCTL_PHYSCAP_* (xen/include/public/sysctl.h) that must be there */
    uint32_t pcpus_online; /**< exactly */
    uint64_t free_memory_kib; /**< at least so much of the host's memory is free */
    bool claims_forbidden;    /**< no memory is claimed and not yet populated, by any domain */
    uint32_t service_count;
    char services[XHM_MAX_SERVICES][XHM_NAME_SIZE]; /**< process names in dom0 that must be running */
    uint32_t supervisor_number; /**< 1 + index of the partition in which xhmd runs; 0: not declared */
};

#endif
