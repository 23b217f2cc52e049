// SPDX-License-Identifier: Apache-2.0
/**
 * Facts about the host that only dom0 can tell: what the agent is asked for, and the last whole set that it told.
 */
#ifndef XHM_CONTROL_FACTS_LINK_H
#define XHM_CONTROL_FACTS_LINK_H

#include "control.h"
#include "control.pb-c.h"

struct peer;

/** What the agent was, or is to be, asked for. */
struct facts_order {
    uint64_t period_ms; /**< 0: nothing */
    uint64_t number;    /**< grows when the services change */
};

/** What the agent was asked to gather, and the facts that it told last. */
struct facts_link {
    struct facts_order wanted;
    struct facts_order sent; /**< on the present connection */
    uint32_t ordered_count;  /**< services of the order `wanted`: */
    char ordered[XHM_MAX_SERVICES][XHM_NAME_SIZE];
    uint64_t shown_until_ns;  /**< somebody wants to see facts until then */
    uint64_t now_ns;          /**< of the last observation with a clock, */
    uint64_t before_ns;       /**< and of the one before */
    uint64_t told;            /**< sets taken */
    bool refusing;            /**< the last set was not taken, which was said */
    uint32_t current;         /**< of the two sets, when `told` is not 0 */
    struct xhm_facts sets[2]; /**< the last set, and room for its successor */
};

/** To be called once, when the policy is known. */
void facts_link_init(struct xhm_control *control);

/**
 * Takes a set of facts from the agent: all of it or, when it is malformed, nothing, as if it had not been told.
 * @return false with a sentence in @p error
 */
bool facts_link_take(struct xhm_control *control, const struct peer *peer, const Xhm__V1__Facts *facts,
                     char error[XHM_ERROR_SIZE]);

/** The facts' part of the observation. */
void facts_link_observe(struct xhm_control *control, uint64_t now_ns, struct xhm_observation *observation);

/** Somebody wants to see facts, whatever the policy says: for a while they are gathered often. */
void facts_link_want(struct xhm_control *control);

/** True while somebody wants to see facts. */
bool facts_link_is_wanted(const struct xhm_control *control);

/** The last set, or NULL. */
const struct xhm_facts *facts_link_current(const struct xhm_control *control);

/** True when @p peer is the agent and an order is to be sent to it. */
bool facts_link_has_order(const struct xhm_control *control, const struct peer *peer);

/** Queues the order to @p peer if it is the agent. */
void facts_link_fill(struct xhm_control *control, struct peer *peer);

/** The agent is another one, or gone: the next one knows of no order. */
void facts_link_lost(struct xhm_control *control);

/** The policy was replaced: what was told about services answers another question, if those are others. */
void facts_link_policy_changed(struct xhm_control *control);

#endif
