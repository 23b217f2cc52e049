// SPDX-License-Identifier: Apache-2.0
#include "timing_sum.h"

#include "policy_share.h"

#include <string.h>

const struct xhm_timing_owner timing_supervisor = {XHM_TIMING_NOWHERE, XHM_TIMING_NOWHERE};
const struct xhm_timing_owner timing_whole = {XHM_TIMING_WHOLE, XHM_TIMING_NOWHERE};

static const char too_large[] = "the sum does not fit into 64 bits";

uint64_t timing_add(uint64_t a, uint64_t b) {
    uint64_t sum;
    return __builtin_add_overflow(a, b, &sum) ? XHM_TIMING_NONE : sum;
}

uint64_t timing_multiply(uint64_t a, uint64_t b) {
    uint64_t product;
    return __builtin_mul_overflow(a, b, &product) ? XHM_TIMING_NONE : product;
}

uint64_t timing_divide_up(uint64_t a, uint64_t b) {
    return a / b + (a % b != 0);
}

void timing_sum_begin(struct xhm_timing_sum *sum) {
    memset(sum, 0, sizeof(*sum));
}

void timing_sum_unbounded(struct xhm_timing_sum *sum, const char *why_not) {
    if (sum->why_not == NULL) {
        sum->why_not = why_not;
    }
    sum->total_ns = XHM_TIMING_NONE;
}

static void add_term(struct xhm_timing_sum *sum, const struct xhm_timing_term *term) {
    if (term->ns == 0) {
        return;
    }
    if (sum->term_count == XHM_TIMING_MAX_TERMS) {
        timing_sum_unbounded(sum, "the sum has more terms than are foreseen");
        return;
    }
    sum->terms[sum->term_count++] = *term;
    sum->total_ns = timing_add(sum->total_ns, term->ns);
    if (sum->total_ns == XHM_TIMING_NONE) {
        timing_sum_unbounded(sum, too_large);
    }
}

void timing_sum_add(struct xhm_timing_sum *sum, const char *name, struct xhm_timing_owner owner, const char *key,
                    uint64_t times, uint64_t each_ns) {
    const struct xhm_timing_term term = {.name = name,
                                         .key = key,
                                         .partition = owner.partition,
                                         .entity = owner.entity,
                                         .times = times,
                                         .each_ns = each_ns,
                                         .ns = timing_multiply(times, each_ns)};
    add_term(sum, &term);
}

void timing_sum_add_measured(struct xhm_timing_sum *sum, const char *name, const char *key, uint64_t times,
                             uint64_t each_ns) {
    const struct xhm_timing_term term = {.name = name,
                                         .key = key,
                                         .partition = XHM_TIMING_NOWHERE,
                                         .entity = XHM_TIMING_NOWHERE,
                                         .measured = true,
                                         .times = times,
                                         .each_ns = each_ns,
                                         .ns = timing_multiply(times, each_ns)};
    add_term(sum, &term);
}

uint64_t timing_lateness(const struct xhm_policy *policy) {
    return timing_add(policy->supervisor.scheduling_latency_ns, policy_share_blackout(policy));
}

/* Between two budgets of its RTDS server, or between two minor frames. */
static void add_blackout(struct xhm_timing_sum *sum, const struct xhm_policy *policy, uint64_t times) {
    const uint64_t blackout_ns = policy_share_blackout(policy);

    if (blackout_ns == 0) {
        return;
    }
    const uint32_t supervisor = policy->platform.supervisor_number - 1;
    const struct xhm_cpupool_policy *pool = &policy->cpupools[policy->partitions[supervisor].cpupool_number - 1];
    const bool rtds = pool->scheduler == XHM_SCHEDULER_RTDS;

    timing_sum_add(sum,
                   rtds ? "the supervisor waits for its server's budget" : "the supervisor waits for its minor frame",
                   rtds ? (struct xhm_timing_owner){supervisor, XHM_TIMING_NOWHERE} : timing_whole,
                   rtds ? "vcpus" : "cpupools", times, blackout_ns);
}

void timing_sum_add_lateness(struct xhm_timing_sum *sum, const struct xhm_policy *policy, uint64_t below,
                             uint64_t stages) {
    const uint64_t times = timing_lateness(policy) >= policy->supervisor.cycle_ns ? stages : below;

    timing_sum_add_measured(sum, "lateness of a step", "scheduling_latency", times,
                            policy->supervisor.scheduling_latency_ns);
    add_blackout(sum, policy, times);
}

void timing_sum_append(struct xhm_timing_sum *sum, const struct xhm_timing_sum *more) {
    for (uint32_t i = 0; i < more->term_count; i++) {
        add_term(sum, &more->terms[i]);
    }
    if (more->why_not != NULL) {
        timing_sum_unbounded(sum, more->why_not);
    }
}

bool timing_sum_is_longer(const struct xhm_timing_sum *a, const struct xhm_timing_sum *b) {
    return a->total_ns > b->total_ns;
}
