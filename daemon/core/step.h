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

/** Counters and windows of every entity go on from the next sound reading: after a pause of ours, for one. */
void probe_supervision_rebaseline(const struct xhm_step *step, uint32_t partition);

/** True when an absent or dead instance of the partition is a fault: by mode, maintenance and declaration. */
bool gate_presence_is_judged(const struct xhm_step *step, uint32_t partition);

/** True when entities, probe, placement, memory and load of the partition are judged. */
bool gate_supervision_is_active(const struct xhm_step *step, uint32_t partition);

/** True when a ladder of the partition may be climbed: not latched, not excused, by mode, maintenance, declaration. */
bool gate_reaction_is_allowed(const struct xhm_step *step, uint32_t partition);

/** True while a partition that this one depends on is faulty: this one is reported and not blamed. */
bool dependency_is_faulty(const struct xhm_step *step, uint32_t partition);

/** Tells when partitions begin or cease to be excused. */
void dependency_step(const struct xhm_step *step);

/** Enters safe state @p index, unless one at least as severe is latched. @return whether it was entered */
bool safe_state_enter(const struct xhm_step *step, uint32_t index, enum xhm_safe_state_cause cause);

/** True while a safe state is latched. */
bool safe_state_is_latched(const struct xhm_core *core);

/** True while the policy has a last resort whose limit is not used up. */
bool last_resort_is_available(const struct xhm_core *core);

/** Takes the last resort. */
void last_resort_take(const struct xhm_step *step);

/** Stops or pauses the partition's instance and keeps it so. @p how is XHM_DISPOSITION_STOP or _PAUSE. */
void lifecycle_halt(const struct xhm_step *step, uint32_t partition, enum xhm_disposition how);

/** Ends a halt: a paused instance is unpaused, a stopped one recreated. Counts in no window. */
void lifecycle_resume(const struct xhm_step *step, uint32_t partition);

/** For a safe state: a standby is unpaused, an absent partition created. Counts in no window. */
void lifecycle_start(const struct xhm_step *step, uint32_t partition);

/** Carries out the first available rung of the ladder of @p fault_class. */
void escalation_climb(const struct xhm_step *step, uint32_t partition, enum xhm_fault_class fault_class);

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
