// SPDX-License-Identifier: Apache-2.0
/*
 * What must hold for every step of the supervision core, whatever it sees.
 */
#ifndef XHM_SIM_INVARIANTS_H
#define XHM_SIM_INVARIANTS_H

#include "core.h"

/* Restarts of one partition that still count. */
struct xhm_invariants_window {
    unsigned count;
    uint64_t times_ns[64];
};

/* The pause of a partition that is ours. */
struct xhm_invariants_pause {
    bool owned;
    uint16_t domid;
};

/* What was true before the step, and what the steps before it have promised. */
struct xhm_invariants {
    uint64_t last_task_id;
    bool following[XHM_MAX_PARTITIONS];
    struct xhm_invariants_window restarts[XHM_MAX_PARTITIONS];
    struct xhm_invariants_pause pauses[XHM_MAX_PARTITIONS];

    bool latched;
    uint64_t fault_scopes[XHM_MAX_PARTITIONS + 1][XHM_FAULT_COUNT]; /* the last row is the supervisor's */
    bool known[XHM_MAX_PARTITIONS];
    uint16_t domid[XHM_MAX_PARTITIONS];
    bool expired[XHM_MAX_PARTITIONS][XHM_MAX_ENTITIES];
};

/* Begins with a core that was just initialised. */
void invariants_begin(struct xhm_invariants *invariants, const struct xhm_core *core);

/* Right before a step, or a request. */
void invariants_before(struct xhm_invariants *invariants, const struct xhm_core *core);

/* Right after a step. Returns what was violated, or NULL. */
const char *invariants_after_step(struct xhm_invariants *invariants, const struct xhm_core *core,
                                  const struct xhm_outcome *outcome);

/* Right after an order, of whose partition the life was `life` before. */
const char *invariants_after_order(struct xhm_invariants *invariants, const struct xhm_core *core,
                                   const struct xhm_outcome *outcome, const struct xhm_order *order,
                                   enum xhm_life life);

/* Right after core_restore() of a new life of the supervisor, which remembers the one before or does not. In that one a
   safe state was latched or not. */
const char *invariants_restarted(struct xhm_invariants *invariants, const struct xhm_core *core, bool remembers,
                                 bool latched);

/* Right after a policy was applied; origin as in core_apply_policy(). */
void invariants_after_policy(struct xhm_invariants *invariants, const struct xhm_core *core,
                             const struct xhm_outcome *outcome, const uint32_t origin[XHM_MAX_PARTITIONS]);

#endif
