// SPDX-License-Identifier: Apache-2.0
/**
 * What the hard affinity of a vCPU means: it depends on the scheduler of its cpupool (docs/conformance.md).
 */
#ifndef XHM_CORE_AFFINITY_H
#define XHM_CORE_AFFINITY_H

#include "policy.h"

/** What a scheduler of Xen 4.17 makes of hard affinity. */
enum xhm_affinity_meaning {
    XHM_AFFINITY_UNKNOWN,  /**< of a scheduler that we do not know */
    XHM_AFFINITY_CONFINES, /**< whenever it is dispatched: the vCPU runs nowhere else */
    XHM_AFFINITY_ASSIGNS,  /**< when a pCPU is assigned to the vCPU, which keeps it; without a free one it never runs */
    XHM_AFFINITY_IGNORED,  /**< stored and never looked at: the vCPU stays where it is, the schedule says when */
};

/** What @p scheduler, which may be any number, makes of it. */
enum xhm_affinity_meaning affinity_meaning(enum xhm_scheduler scheduler);

#endif
