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

/** The supervisor's own keys. */
extern const struct xhm_timing_owner timing_supervisor;

/** An empty sum. */
void timing_sum_begin(struct xhm_timing_sum *sum);

/** Adds times x each_ns; nothing when it is 0. What does not fit into 64 bits leaves the sum without a bound. */
void timing_sum_add(struct xhm_timing_sum *sum, const char *name, struct xhm_timing_owner owner, const char *key,
                    uint64_t times, uint64_t each_ns);

/** Likewise for what the integrator measured. */
void timing_sum_add_measured(struct xhm_timing_sum *sum, const char *name, const char *key, uint64_t times,
                             uint64_t each_ns);

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
