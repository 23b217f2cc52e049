// SPDX-License-Identifier: Apache-2.0
/**
 * The terms that the sums of several ways of detection have in common. Private to analysis.
 */
#ifndef XHM_DETECTION_TERMS_H
#define XHM_DETECTION_TERMS_H

#include "timing_sum.h"

/** What a sum is made of. */
struct subject {
    const struct xhm_policy *policy;
    const struct xhm_supervisor_policy *supervisor;
    const struct xhm_partition_policy *partition;
    const struct xhm_entity_policy *entity; /* NULL for what concerns the partition as a whole */
    struct xhm_timing_owner owner;
};

static inline void add_cycles(struct xhm_timing_sum *sum, const struct subject *subject, const char *name) {
    timing_sum_add(sum, name, timing_supervisor, "cycle", 1, subject->supervisor->cycle_ns);
}

static inline void add_wait_for_step(struct xhm_timing_sum *sum, const struct subject *subject) {
    add_cycles(sum, subject, "until the next step");
}

static inline void add_mid_write(struct xhm_timing_sum *sum, const struct subject *subject) {
    add_cycles(sum, subject, "one step that finds the slot mid-write");
}

static inline void add_domain_lists(struct xhm_timing_sum *sum, const struct subject *subject, const char *name,
                                    uint64_t count) {
    timing_sum_add(sum, name, timing_supervisor, "crash_check_period", count,
                   subject->supervisor->crash_check_period_ns);
}

/* A sweep takes whole cycles. */
static inline void add_sweeps(struct xhm_timing_sum *sum, const struct subject *subject, uint64_t count) {
    const uint64_t cycle_ns = subject->supervisor->cycle_ns;
    const uint64_t cycles = timing_divide_up(subject->supervisor->conformance_period_ns, cycle_ns);

    timing_sum_add(sum, "conformance sweeps, in whole cycles", timing_supervisor, "conformance_period", count,
                   timing_multiply(cycles, cycle_ns));
}

/*
 * How often the lateness of a step counts. While it is below a cycle every step is its own, and what is counted in
 * cycles is late once; `below` says how often then. A longer lateness skips steps, and each of `stages` begins where
 * the one before was late.
 */
struct lateness {
    uint64_t below;
    uint64_t stages;
};

static inline void add_step(struct xhm_timing_sum *sum, const struct subject *subject, struct lateness lateness) {
    add_cycles(sum, subject, "the step itself");
    timing_sum_add_lateness(sum, subject->policy, lateness.below, lateness.stages);
}

/* Facts that are looked at are never older than that. */
static inline void add_facts(struct xhm_timing_sum *sum, const struct subject *subject) {
    timing_sum_add(sum, "facts may be so old", timing_whole, "platform.facts_timeout", 1,
                   subject->policy->platform.facts_timeout_ns);
    add_cycles(sum, subject, "until the first step after it");
}

/* From the passed end of the counter, -128, to the failed one, +127. */
static inline uint64_t debounce_readings(const struct xhm_debounce_policy *debounce, struct xhm_timing_sum *sum) {
    if (debounce->up_step == 0) {
        timing_sum_unbounded(sum, "its debounce counter never steps up");
        return 0;
    }
    return timing_divide_up(255, debounce->up_step);
}

#endif
