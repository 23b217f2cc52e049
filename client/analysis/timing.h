// SPDX-License-Identifier: Apache-2.0
/**
 * Worst-case times that follow from a policy: pure arithmetic over its numbers, with the terms of each sum.
 *
 * FDTI: from the moment a fault exists to the end of the supervision step that raises it. FRTI: from there until a safe
 * state or emergency operation is reached by direct actions. FHTI: their sum. docs/timing.md derives each bound and
 * names its assumptions; tests/sim/phase_*_test.c compare each with the core in virtual time.
 */
#ifndef XHM_TIMING_H
#define XHM_TIMING_H

#include "policy.h"

/** There is no such time: the fault is not supervised, or the time has no bound. */
#define XHM_TIMING_NONE UINT64_MAX

/** Stands for "none" in the indices of a term. */
#define XHM_TIMING_NOWHERE UINT32_MAX
/** Stands for the policy as a whole in the partition of a term. */
#define XHM_TIMING_WHOLE   (UINT32_MAX - 1)

/** Terms of one sum. */
#define XHM_TIMING_MAX_TERMS 16

/** Bytes of a key's path, its terminating zero included. */
#define XHM_TIMING_KEY_SIZE 96

/** One term: times x each_ns. */
struct xhm_timing_term {
    const char *name;   /**< what happens in this time */
    const char *key;    /**< the policy key that it comes from, within `partition` and `entity` */
    uint32_t partition; /**< whose key it is, XHM_TIMING_NOWHERE: the supervisor's, XHM_TIMING_WHOLE: the policy's */
    uint32_t entity;    /**< likewise, XHM_TIMING_NOWHERE: the partition's */
    bool measured;      /**< measured by the integrator: writing a smaller number would not make it so */
    uint64_t times;
    uint64_t each_ns;
    uint64_t ns; /**< the product, XHM_TIMING_NONE when it does not fit */
};

/** A sum. Empty and bounded is 0 ns. */
struct xhm_timing_sum {
    const char *why_not; /**< NULL: there is a bound, `total_ns`; otherwise why there is none */
    uint64_t total_ns;   /**< XHM_TIMING_NONE when there is none */
    uint32_t term_count;
    struct xhm_timing_term terms[XHM_TIMING_MAX_TERMS];
};

/** Ways in which faults are detected, each with a sum of its own. */
enum xhm_detection {
    XHM_DETECTION_INSTANCE,         /**< crash, stop, disappearance, pause by somebody else */
    XHM_DETECTION_SILENCE,          /**< an entity reports no more */
    XHM_DETECTION_RATE,             /**< an entity reports too seldom or too often */
    XHM_DETECTION_DEADLINE_LATE,    /**< an end checkpoint comes late, or never */
    XHM_DETECTION_DEADLINE_EARLY,   /**< an end checkpoint comes too early */
    XHM_DETECTION_LOGICAL,          /**< checkpoints in an order that is not declared */
    XHM_DETECTION_PAGE,             /**< probe page or slot missing, damaged, foreign or begun anew */
    XHM_DETECTION_STUCK,            /**< a write that is never completed */
    XHM_DETECTION_CHECKPOINTS_LOST, /**< the ring of checkpoints overflowed */
    XHM_DETECTION_CLOCK,            /**< the guest's clock stands still */
    XHM_DETECTION_DEADLINE_MISSES,  /**< the miss that is one too many */
    XHM_DETECTION_LATENCY,          /**< wake-up latency above its threshold */
    XHM_DETECTION_LATENCY_BUDGET,   /**< the activation that exceeds the latency budget */
    XHM_DETECTION_VCPU_COUNT,       /**< vCPUs taken off or put on line */
    XHM_DETECTION_VCPU_MOVED,       /**< affinity or place of a vCPU changed */
    XHM_DETECTION_PCPU_SHARED,      /**< another domain may run on an exclusive pCPU */
    XHM_DETECTION_CPUPOOL,          /**< the partition is in another cpupool */
    XHM_DETECTION_SHARE,            /**< parameters of its scheduler changed */
    XHM_DETECTION_CACHE,            /**< its share of cache or memory bandwidth changed */
    XHM_DETECTION_UP_FRONT,         /**< memory that is not there from the beginning */
    XHM_DETECTION_DEVICE,           /**< a paravirtual or assigned device is not as declared */
    XHM_DETECTION_MEMORY,           /**< memory outside its declared size */
    XHM_DETECTION_LOAD,             /**< more CPU time than declared */
    XHM_DETECTION_COUNT
};

/** What is said about a way of detection. Static strings. */
struct xhm_detection_info {
    const char *name;
    const char *faults; /**< in words */
    enum xhm_fault_class fault_class;
};

const struct xhm_detection_info *timing_detection_info(enum xhm_detection detection);

/**
 * The FDTI of one way of detection in partition @p partition of @p policy, which must be sound: of the entity for which
 * it takes longest. @return false when the policy declares nothing that is supervised so
 */
bool timing_detection(const struct xhm_policy *policy, uint32_t partition, enum xhm_detection detection,
                      struct xhm_timing_sum *sum);

/**
 * The FRTI of the ladder of @p fault_class in partition @p partition: of the direct rung that takes longest to come to
 * and to carry out. A ladder whose first rung is a report, a restart or the last resort has none.
 */
void timing_reaction(const struct xhm_policy *policy, uint32_t partition, enum xhm_fault_class fault_class,
                     struct xhm_timing_sum *sum);

/** Everything about one class of faults of one partition. */
struct xhm_timing {
    bool supervised;            /**< otherwise only `allocated_ns` counts */
    enum xhm_detection slowest; /**< the way of detection that `fdti` is of */
    struct xhm_timing_sum fdti; /**< the greatest of the class; without a bound when any of them has none */
    struct xhm_timing_sum frti; /**< without a bound: why_not says why */
    uint64_t fhti_ns;           /**< XHM_TIMING_NONE when either has no bound */
    uint64_t restart_ns;        /**< time-out of a restart in the ladder: recovery, never claimed; or NONE */
    uint64_t allocated_ns;      /**< declared allocated FHTI; 0: none */
    bool fits;                  /**< nothing is allocated, or fhti_ns is below it */
};

void timing_compute(const struct xhm_policy *policy, uint32_t partition, enum xhm_fault_class fault_class,
                    struct xhm_timing *timing);

/** What has to become shorter so that the FHTI gets below what is allocated. */
struct xhm_timing_advice {
    const struct xhm_timing_term
        *term;          /**< one term of the key that adds most, in the timing; NULL: all are measured */
    uint64_t adds_ns;   /**< by all terms of that key */
    uint64_t excess_ns; /**< what it adds has to become less by more than that */
    bool enough;        /**< otherwise not even adding nothing would do */
};

/** @p timing has an FHTI and does not fit. */
void timing_advise(const struct xhm_timing *timing, struct xhm_timing_advice *advice);

/** Writes the path of a term's key: "partitions[0].entities[1].alive.reference_cycle". */
void timing_write_key(const struct xhm_timing_term *term, char path[XHM_TIMING_KEY_SIZE]);

/** The class as policy keys name it: "presence". */
const char *timing_class_name(enum xhm_fault_class fault_class);

/**
 * vCPUs that can be looked at in one conformance period with this policy: with more vCPUs on the host than this, the
 * bounds of placement do not hold (and xhmd says so: conformance_late).
 */
uint64_t timing_vcpu_capacity(const struct xhm_policy *policy);

#endif
