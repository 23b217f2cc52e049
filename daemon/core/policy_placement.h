/**
 * What a policy declares of pCPUs: which vCPUs run on them, under which scheduler, with which share of the cache.
 */
#ifndef XHM_CORE_POLICY_PLACEMENT_H
#define XHM_CORE_POLICY_PLACEMENT_H

#include "policy_limits.h"
#include <stdbool.h>
#include <stdint.h>

/** A set of physical CPUs: bit n of word n / 64 is pCPU n. */
struct xhm_pcpu_set {
    uint64_t words[XHM_PCPU_WORDS];
};

/** Xen's schedulers. Numbers are Xen's XEN_SCHEDULER_* (xen/include/public/domctl.h). */
enum xhm_scheduler {
    XHM_SCHEDULER_ANY = 0, /**< not supervised */
    XHM_SCHEDULER_CREDIT = 5,
    XHM_SCHEDULER_CREDIT2 = 6,
    XHM_SCHEDULER_ARINC653 = 7,
    XHM_SCHEDULER_RTDS = 8,
    XHM_SCHEDULER_NULL = 9,
};

/** The RTDS server of one vCPU: `budget_ns` of CPU time in each `period_ns`. Xen keeps whole microseconds. */
struct xhm_rtds_policy {
    uint64_t period_ns; /**< 0: not supervised; whole microseconds */
    uint64_t budget_ns; /**< at most period_ns */
    bool extratime;     /**< it may use idle time beyond its budget */
};

/** Where a vCPU must be, and what share it has. */
struct xhm_vcpu_policy {
    struct xhm_pcpu_set pcpus; /**< hard affinity, exactly */
    bool exclusive;            /**< no vCPU of any other domain may be able to run on `pcpus` */
    bool whole_core;           /**< nor on any SMT sibling of them */
    struct xhm_rtds_policy rtds;
};

/** Weight and cap of a partition under credit2. */
struct xhm_credit2_policy {
    uint32_t weight; /**< 1 to 65535; 0: not supervised */
    uint32_t cap;    /**< in percent of one pCPU, 0: none */
};

/** One minor frame of an ARINC 653 schedule. */
struct xhm_frame_policy {
    uint32_t partition_number; /**< 1 + index of the partition that runs in it; 0: an idle frame */
    uint32_t vcpu;
    uint64_t duration_ns;
};

/** A cpupool: which scheduler has which pCPUs. Declared pools are exactly so; others may exist beside them. */
struct xhm_cpupool_policy {
    char name[XHM_NAME_SIZE];     /**< as `xl cpupool-list` shows it: letters, digits, - and _ */
    enum xhm_scheduler scheduler; /**< XHM_SCHEDULER_ANY: not supervised */
    struct xhm_pcpu_set pcpus;    /**< exactly; empty: not supervised */
    uint64_t major_frame_ns;      /**< of the ARINC 653 schedule; 0: not supervised */
    uint32_t frame_count;
    struct xhm_frame_policy frames[XHM_MAX_FRAMES]; /**< in this order, from the start of the major frame */
};

/** Shares of the last-level cache and of memory bandwidth. */
struct xhm_cache_policy {
    uint64_t l3_mask;           /**< capacity mask, exactly; 0: not supervised */
    bool exclusive;             /**< no other domain's mask may overlap it */
    uint32_t bandwidth_percent; /**< throttle value of memory bandwidth allocation, exactly; 0: not supervised */
};

#endif
