/**
 * Private to the core: what every part of a step works on, and the parts.
 */
#ifndef XHM_CORE_STEP_H
#define XHM_CORE_STEP_H

#include "core.h"

/** One step under way. */
struct xhm_step {
    struct xhm_core *core;
    const struct xhm_observation *observation; /**< NULL in a request of an operator */
    struct xhm_outcome *outcome;
    bool overrun; /**< the supervisor did not run in time: every window begins anew */
};

/** Declaration of a partition. */
static inline const struct xhm_partition_policy *step_policy(const struct xhm_step *step, uint32_t partition) {
    return &step->core->policy->partitions[partition];
}

/** State of a partition. */
static inline struct xhm_partition_state *step_state(const struct xhm_step *step, uint32_t partition) {
    return &step->core->partitions[partition];
}

/** Emits an event about @p partition and @p entity (XHM_NONE: none). */
void step_event(const struct xhm_step *step, enum xhm_event_kind kind, uint32_t partition, uint32_t entity,
                uint64_t value0, uint64_t value1);

/** What is to be told with a fault. */
struct xhm_fault_details {
    uint64_t values[2];
};

/**
 * Says whether @p fault is present, for one bit of its scope (an entity, a vCPU, or XHM_SCOPE_WHOLE). Emits an event
 * when that changes. @p partition XHM_NONE: a fault of the supervisor.
 */
void fault_state_set(const struct xhm_step *step, uint32_t partition, enum xhm_fault fault, uint32_t scope,
                     bool present, struct xhm_fault_details details);

/** Clears @p fault in every scope. */
void fault_state_clear(const struct xhm_step *step, uint32_t partition, enum xhm_fault fault);

/** True when the lower bits of the fault's scope are entities of the partition. */
bool fault_state_is_of_entity(enum xhm_fault fault);

/** True while any fault of the partition with this class is active. */
bool fault_state_any(const struct xhm_partition_state *state, enum xhm_fault_class fault_class);

/** Matches the domain list with the partitions: instances appear, change and end. */
void presence_step(const struct xhm_step *step);

/** True when the last domain list has @p domid, neither dying nor shut down nor paused. */
bool presence_can_run(const struct xhm_core *core, uint16_t domid);

/** Reads the probe pages; supervises entities by what they say. */
void probe_supervision_step(const struct xhm_step *step);

/** Forgets what belongs to one instance: entities, cursors, vCPU positions. */
void probe_supervision_reset(struct xhm_partition_state *state);

/** Plans the next look-ups of the conformance sweep. */
void sweep_plan(struct xhm_core *core, uint32_t ticks, struct xhm_plan *plan);

/** Notes what a sweep's look-ups answered, and ends the sweep when it is through. */
void sweep_step(const struct xhm_step *step);

/** Begins the sweep anew, without a verdict on the one under way. */
void sweep_restart(struct xhm_core *core);

/** Compares declared and observed placement and memory. */
void conformance_step(const struct xhm_step *step);

/** A sweep went through: judges what only a whole sweep can tell. */
void conformance_sweep_done(const struct xhm_step *step);

/** Occurrences that move a partition through its life. */
enum xhm_life_event {
    XHM_LIFE_APPEARED,  /**< a new live instance was seen */
    XHM_LIFE_ENDED,     /**< the live instance is dead */
    XHM_LIFE_HEALTHY,   /**< everything supervised of the instance was seen good */
    XHM_LIFE_GRANTED,   /**< a restart is wanted, and allowed */
    XHM_LIFE_EXHAUSTED, /**< a restart is wanted, but the limit is reached */
    XHM_LIFE_WAITED,    /**< stopped, and the backoff has passed */
    XHM_LIFE_EVENT_COUNT
};

/** Sends one occurrence through the table. */
void lifecycle_event(const struct xhm_step *step, uint32_t partition, enum xhm_life_event event);

/** Restarts that count now: those decided less than the policy's window ago. */
uint32_t lifecycle_restarts_in_window(const struct xhm_step *step, uint32_t partition);

/** Derives the occurrences of this step (health, wishes, time-outs, agent reports) and sends them through the table. */
void lifecycle_step(const struct xhm_step *step);

/** An operator's wish: a restart that empties a used-up window. */
void lifecycle_order_restart(const struct xhm_step *step, uint32_t partition);

#endif
