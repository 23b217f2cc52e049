/**
 * Conformance: what was declared against what runs, and what is known about it.
 *
 * Every declared thing has a verdict. A deviation is a fault of the catalogue, with the same scope; the other verdicts
 * raise nothing, and none but XHM_VERDICT_CONFORMS is "fine".
 */
#ifndef XHM_CORE_CONFORMANCE_H
#define XHM_CORE_CONFORMANCE_H

#include "faults.h"

/** How a comparison came out. Numbers are the API's. */
enum xhm_verdict {
    XHM_VERDICT_UNDECLARED = 0,     /**< the policy says nothing about it */
    XHM_VERDICT_CONFORMS = 1,       /**< as declared */
    XHM_VERDICT_DEVIATES = 2,       /**< otherwise than declared */
    XHM_VERDICT_UNKNOWN = 3,        /**< not known at the moment: not looked at yet, or facts too old */
    XHM_VERDICT_NOT_AVAILABLE = 4,  /**< this host cannot tell, or does not have it */
    XHM_VERDICT_NOT_APPLICABLE = 5, /**< without meaning under the scheduler that runs */
    XHM_VERDICT_COUNT
};

/* X(fault): a check has the name of the fault that a deviation is. The first are of partitions, with scopes as said. */
#define XHM_PARTITION_CHECKS(X)                                                                                        \
    X(VCPU_AFFINITY)         /* scope: vCPU */                                                                         \
    X(VCPU_PLACEMENT)        /* scope: vCPU */                                                                         \
    X(VCPU_COUNT)            /* whole */                                                                               \
    X(PCPU_SHARED)           /* whole */                                                                               \
    X(CORE_SHARED)           /* whole */                                                                               \
    X(CPUPOOL_MEMBERSHIP)    /* whole */                                                                               \
    X(SCHEDULING_PARAMETERS) /* scope: vCPU */                                                                         \
    X(CACHE_ALLOCATION)      /* whole */                                                                               \
    X(MEMORY_SIZE)           /* whole */                                                                               \
    X(MEMORY_LIMIT)          /* whole */                                                                               \
    X(MEMORY_NOT_UP_FRONT)   /* whole */                                                                               \
    X(DEVICE_UNDECLARED)     /* whole */                                                                               \
    X(DEVICE_MISSING)        /* scope: device */                                                                       \
    X(DEVICE_DISCONNECTED)   /* scope: device */                                                                       \
    X(DEVICE_ERRORS)         /* scope: device */                                                                       \
    X(DEVICE_ASSIGNMENT)     /* whole */
#define XHM_PLATFORM_CHECKS(X)                                                                                         \
    X(PLATFORM_VERSION)    /* whole */                                                                                 \
    X(PLATFORM_OPTION)     /* scope: option */                                                                         \
    X(PLATFORM_CAPABILITY) /* whole */                                                                                 \
    X(PLATFORM_PCPUS)      /* whole */                                                                                 \
    X(PLATFORM_SERVICE)    /* scope: service */                                                                        \
    X(PLATFORM_MEMORY)     /* whole */                                                                                 \
    X(PLATFORM_CLAIMS)     /* whole */                                                                                 \
    X(CPUPOOL_MISSING)     /* scope: cpupool */                                                                        \
    X(CPUPOOL_PCPUS)       /* scope: cpupool */                                                                        \
    X(SCHEDULER_KIND)      /* scope: cpupool */                                                                        \
    X(SCHEDULE_FRAMES)     /* scope: cpupool */

/** Checks of one partition. */
enum xhm_partition_check {
#define XHM_CHECK_ENUM(fault) XHM_CHECK_##fault,
    XHM_PARTITION_CHECKS(XHM_CHECK_ENUM)
#undef XHM_CHECK_ENUM
    XHM_PARTITION_CHECK_COUNT
};

/** Checks of the host. */
enum xhm_platform_check {
#define XHM_CHECK_ENUM(fault) XHM_CHECK_##fault,
    XHM_PLATFORM_CHECKS(XHM_CHECK_ENUM)
#undef XHM_CHECK_ENUM
    XHM_PLATFORM_CHECK_COUNT
};

/** Verdicts of one check: for each verdict the scopes (bits as of the fault) that have it; each scope has one at most.
 */
struct xhm_verdicts {
    uint64_t scopes[XHM_VERDICT_COUNT]; /**< that of XHM_VERDICT_UNDECLARED stays 0 */
    uint64_t known_ns; /**< supervised time at which one was last known to conform or deviate, 0: never */
};

/** The fault that a deviation is. */
enum xhm_fault conformance_partition_fault(enum xhm_partition_check check);
enum xhm_fault conformance_platform_fault(enum xhm_platform_check check);

/** Verdict of one scope. */
enum xhm_verdict conformance_verdict_of(const struct xhm_verdicts *verdicts, uint32_t scope);

#endif
