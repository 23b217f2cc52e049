/**
 * Logical supervision: checkpoints come in an order that the declared graph allows (AUTOSAR WdgM).
 */
#ifndef XHM_CORE_LOGICAL_H
#define XHM_CORE_LOGICAL_H

#include "policy.h"

/** Where an entity is in its graph. */
struct xhm_logical_state {
    bool synced;       /**< false: unknown, the next checkpoint tells */
    uint32_t position; /**< last checkpoint; 0: none yet, an initial one is awaited. Valid when synced */
};

/**
 * Takes @p checkpoint_id. When the position is not known, every checkpoint of the graph is accepted.
 * @return false for a violation; the entity is then where it says it is, as far as the graph knows that checkpoint
 */
bool logical_checkpoint(const struct xhm_logical_policy *policy, struct xhm_logical_state *state,
                        uint32_t checkpoint_id);

#endif
