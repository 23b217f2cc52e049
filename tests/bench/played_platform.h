// SPDX-License-Identifier: Apache-2.0
/**
 * A platform of the supervision loop without Xen: an ECU on which everything runs as the policy declares. Real encoders
 * write the probe pages, and every supervision step is noted with its lateness. Every partition has one vCPU, declared
 * for the pCPU of its number, and one entity.
 */
#ifndef XHM_PLAYED_PLATFORM_H
#define XHM_PLAYED_PLATFORM_H

#include "loop.h"

/** One supervision step. */
struct played_step {
    uint64_t now_ns; /**< when it began; CLOCK_MONOTONIC */
    uint64_t due_ns; /**< when the timer had expired for it */
    uint32_t ticks;  /**< cycles that it stands for; more than 1: it was late by whole cycles */
};

/** Starts the guests of @p loop, which must outlive everything here. @return false when a probe did not start */
bool played_platform_attach(const struct xhm_loop *loop);

/** The steps so far. */
const struct played_step *played_platform_steps(uint32_t *count);

#endif
