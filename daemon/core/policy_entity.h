/**
 * What a policy declares of a supervised entity: its indications, its checkpoints, its clock and its wake-up latency.
 */
#ifndef XHM_CORE_POLICY_ENTITY_H
#define XHM_CORE_POLICY_ENTITY_H

#include "policy_limits.h"
#include <stdint.h>

/**
 * Alive supervision (AUTOSAR WdgM): at the end of each reference cycle, indications - expected must lie in
 * [-min_margin, +max_margin]. Absent when reference_cycle_ns is 0.
 */
struct xhm_alive_policy {
    uint64_t reference_cycle_ns; /**< whole multiple of the supervision cycle */
    uint32_t expected;           /**< indications in one reference cycle, at least 1 */
    uint32_t min_margin;         /**< indications that may be missing, below `expected` */
    uint32_t max_margin;         /**< indications that may be too many */
    uint32_t failed_tolerance;   /**< failed reference-cycle tolerance: bad cycles before FAILED turns EXPIRED */
};

/** Deadline misses that the partition counted itself: more than `limit` within `window_ns` is a fault. */
struct xhm_deadline_miss_policy {
    uint64_t window_ns; /**< 0: not supervised */
    uint32_t limit;
};

/**
 * Deadline supervision (AUTOSAR WdgM): the time from checkpoint `from` to the next checkpoint `to`, by the guest's
 * timestamps, lies in [min_ns, max_ns]. An end checkpoint that has not come when max_ns has passed by the supervisor's
 * time since `from` was seen is a violation, too.
 */
struct xhm_deadline_policy {
    uint32_t from;   /**< checkpoint id, not 0 */
    uint32_t to;     /**< checkpoint id, not 0; may be `from`: the distance between two of them */
    uint64_t min_ns; /**< 0: none */
    uint64_t max_ns; /**< above min_ns */
};

/** One edge of a checkpoint graph. */
struct xhm_transition_policy {
    uint32_t from; /**< checkpoint id */
    uint32_t to;   /**< checkpoint id */
};

/**
 * Logical supervision (AUTOSAR WdgM): the first checkpoint is one of `initial`; each further one is reached by a
 * declared transition from the one before it, or, after a final checkpoint, is an initial one again. Branches and loops
 * are transitions like any other. Absent when initial_count is 0.
 */
struct xhm_logical_policy {
    uint32_t initial_count;
    uint32_t initial[XHM_MAX_GRAPH_ENDS];
    uint32_t final_count;
    uint32_t finals[XHM_MAX_GRAPH_ENDS];
    uint32_t transition_count;
    struct xhm_transition_policy transitions[XHM_MAX_TRANSITIONS];
};

/**
 * The guest's clock compared with the supervisor's by rate, over `window_ns`. Between two readings in which the entity
 * has written, the guest's clock must advance by the supervisor's time +- tolerance_percent, beyond what is unknown of
 * the moments of the two writes (each lies between two readings).
 */
struct xhm_clock_policy {
    uint64_t window_ns;         /**< 0: not supervised */
    uint32_t tolerance_percent; /**< 1 to 50 */
};

/**
 * Debounce of what is measured, not counted (AUTOSAR Dem counter-based): each measurement that is beyond the raise
 * threshold steps the fault detection counter up, each within the clear threshold steps it down, one between leaves it.
 * At +127 the fault is raised, at -128 it is cleared. 255 for both is no debounce at all.
 */
struct xhm_debounce_policy {
    uint32_t up_step;   /**< 1 to 255 */
    uint32_t down_step; /**< 1 to 255 */
};

/** Wake-up latency, as the entity measured it for its last activation, once a cycle in which it wrote. */
struct xhm_latency_policy {
    uint64_t raise_ns; /**< above is failed; 0: not supervised */
    uint64_t clear_ns; /**< at most this is passed; not above raise_ns */
    struct xhm_debounce_policy debounce;
};

/**
 * The budget of wake-up latency, against what the entity measured over all its activations: none above `worst_ns`, and
 * of the activations within each `window_ns` no more than `late_limit` of at least `late_ns` (by the histogram of the
 * probe page, so `late_ns` is the lower bound of one of its buckets, xhm_probe_histogram_bound_ns()).
 */
struct xhm_latency_budget_policy {
    uint64_t worst_ns;   /**< 0: the worst case is not supervised */
    uint64_t late_ns;    /**< 0: the histogram is not supervised */
    uint64_t window_ns;  /**< not 0 where late_ns is not */
    uint32_t late_limit; /**< activations in one window */
};

/** A supervised entity: one single-writer slot in one probe page. */
struct xhm_entity_policy {
    char name[XHM_NAME_SIZE];
    uint32_t id;   /**< entity id that the probe writes, not 0 */
    uint32_t page; /**< probe page, below the partition's page_count */
    uint32_t slot; /**< slot in the page, below XHM_PROBE_SLOT_COUNT */
    uint32_t
        checkpoints_per_second; /**< highest rate of checkpoints, for the ring's overrun check; 0: no checkpoints */
    struct xhm_alive_policy alive;
    struct xhm_deadline_miss_policy deadline_miss;
    uint32_t deadline_count;
    struct xhm_deadline_policy deadlines[XHM_MAX_DEADLINES];
    struct xhm_logical_policy logical;
    struct xhm_clock_policy clock;
    struct xhm_latency_policy latency;
    struct xhm_latency_budget_policy latency_budget;
};

#endif
