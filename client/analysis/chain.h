// SPDX-License-Identifier: Apache-2.0
/**
 * Who watches the watchdog: for each link of the chain above xhmd, how long its loss stays undetected at worst, and how
 * long what is then done may take. docs/dedicated-domain.md derives the numbers.
 */
#ifndef XHM_CHAIN_H
#define XHM_CHAIN_H

#include "policy.h"

/** One loss. Static strings. */
struct xhm_chain_link {
    const char *lost;       /**< what is lost, and how */
    const char *watched_by; /**< who finds it */
    uint64_t detection_ns;  /**< from the loss until it is found; XHM_TIMING_NONE: not this project's to bound */
    uint64_t restart_ns;    /**< from there until it is back, or is given up and tried again; likewise */
    const char *note;       /**< terms, and what follows */
};

/** The links for where the supervisor of @p policy runs. @return how many, at *@p links */
uint32_t chain_links(const struct xhm_policy *policy, const struct xhm_chain_link **links);

/**
 * The longest that partitions can go unsupervised by one loss that the first restart mends: the greatest sum of a
 * detection and a restart, of those that have both.
 */
uint64_t chain_longest_ns(const struct xhm_policy *policy);

#endif
