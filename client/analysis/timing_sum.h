// SPDX-License-Identifier: Apache-2.0
/**
 * Adding up terms. Private to analysis.
 */
#ifndef XHM_TIMING_SUM_H
#define XHM_TIMING_SUM_H

#include "timing.h"

/** Whose key a term comes from. */
struct xhm_timing_owner {
    uint32_t partition;
    uint32_t entity;
};

/** The supervisor's own keys, and those of the whole policy. */
extern const struct xhm_timing_owner timing_supervisor;
extern const struct xhm_timing_owner timing_whole;

/** An empty sum. */
void timing_sum_begin(struct xhm_timing_sum *sum);

/** Adds times x each_ns; nothing when it is 0. What does not fit into 64 bits leaves the sum without a bound. */
void timing_sum_add(struct xhm_timing_sum *sum, const char *name, struct xhm_timing_owner owner, const char *key,
                    uint64_t times, uint64_t each_ns);

/** Likewise for what the integrator measured. */
void timing_sum_add_measured(struct xhm_timing_sum *sum, const char *name, const char *key, uint64_t times,
                             uint64_t each_ns);

/**
 * Adds how late a step may be, by what was measured and by the supervisor's own scheduler: `below` times while that is
 * less than a cycle, and `stages` times where steps are skipped.
 */
void timing_sum_add_lateness(struct xhm_timing_sum *sum, const struct xhm_policy *policy, uint64_t below,
                             uint64_t stages);

/** How late a step may be. */
uint64_t timing_lateness(const struct xhm_policy *policy);

/** Appends the terms of @p more. */
void timing_sum_append(struct xhm_timing_sum *sum, const struct xhm_timing_sum *more);

/** Says that there is no bound, and why. */
void timing_sum_unbounded(struct xhm_timing_sum *sum, const char *why_not);

/** True when @p a takes longer than @p b; what has no bound takes longest. */
bool timing_sum_is_longer(const struct xhm_timing_sum *a, const struct xhm_timing_sum *b);

/** Saturating arithmetic: XHM_TIMING_NONE when the result does not fit. */
uint64_t timing_multiply(uint64_t a, uint64_t b);
uint64_t timing_add(uint64_t a, uint64_t b);

/** a / b, rounded up; b is not 0. */
uint64_t timing_divide_up(uint64_t a, uint64_t b);

#endif
