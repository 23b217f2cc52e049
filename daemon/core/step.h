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

/** Copies a name of the policy, and nothing else into the rest of its room. */
void step_copy_name(char to[XHM_NAME_SIZE], const char *from);

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

/** Raises @p fault when its fault detection counter is at +127, clears it at -128, and leaves it between them. */
void fault_state_debounced(const struct xhm_step *step, uint32_t partition, enum xhm_fault fault, uint32_t scope,
                           int32_t counter, struct xhm_fault_details details);

/** Clears @p fault in every scope. */
void fault_state_clear(const struct xhm_step *step, uint32_t partition, enum xhm_fault fault);

/** Clears every fault of the class in every scope. */
void fault_state_clear_class(const struct xhm_step *step, uint32_t partition, enum xhm_fault_class fault_class);

/** True when the lower bits of the fault's scope are entities of the partition. */
bool fault_state_is_of_entity(enum xhm_fault fault);

/** True while any fault of these scopes is active: a partition's, or the supervisor's. */
bool fault_state_any_of(const uint64_t scopes[XHM_FAULT_COUNT]);

/** True while any fault of the partition with this class is active. */
bool fault_state_any(const struct xhm_partition_state *state, enum xhm_fault_class fault_class);

/** Matches the domain list with the partitions: instances appear, change and end. */
void presence_step(const struct xhm_step *step);

/** The entry of @p domid in the last domain list, if it is neither dying nor shut down nor paused; NULL otherwise. */
const struct xhm_roll_domain *presence_find(const struct xhm_core *core, uint16_t domid);

/** True when there is such an entry. */
bool presence_can_run(const struct xhm_core *core, uint16_t domid);

/** Reads the probe pages; supervises entities by what they say. */
void probe_supervision_step(const struct xhm_step *step);

/**
 * Orders an action for the partition's instance, of which no more than one of STOP, PAUSE and UNPAUSE is carried out in
 * one step. @return false when there was one already
 */
bool act(const struct xhm_step *step, uint32_t partition, enum xhm_action_kind kind);

/** Forgets what belongs to one instance: entities, cursors, vCPU positions. */
void probe_supervision_reset(struct xhm_partition_state *state);

/** Counters and windows of every entity go on from the next sound reading: after a pause of ours, for one. */
void probe_supervision_rebaseline(const struct xhm_step *step, uint32_t partition);

/** Notes which partitions are judged; while one is not, what bounds its start and its absence stands still. */
void gate_step(const struct xhm_step *step);

/** True when mode, maintenance and declaration let anything of the partition be judged at all. */
bool gate_is_judged(const struct xhm_step *step, uint32_t partition);

/** True when an absent or dead instance of the partition is a fault: by mode, maintenance and declaration. */
bool gate_presence_is_judged(const struct xhm_step *step, uint32_t partition);

/** True when entities, probe, placement, memory and load of the partition are judged. */
bool gate_supervision_is_active(const struct xhm_step *step, uint32_t partition);

/** True when a ladder of the partition may be climbed: not latched, not excused, by mode, maintenance, declaration. */
bool gate_reaction_is_allowed(const struct xhm_step *step, uint32_t partition);

/** What a mode of the ECU means. */
struct xhm_mode_rules {
    bool absence_is_judged; /**< a partition that is not there is a fault */
    bool partitions_judged; /**< dead instances, entities, probes, placement, memory, load */
    bool reactions_allowed; /**< ladders are climbed */
};

/** The mode after a boot of the ECU: as declared, run where nothing is. */
enum xhm_ecu_mode mode_initial(const struct xhm_policy *policy);

/** True for a mode that there is. */
bool mode_exists(enum xhm_ecu_mode mode);

/** What the present mode means. */
const struct xhm_mode_rules *mode_rules(const struct xhm_core *core);

/** Orders of a mode, and of an operation cycle. @return what core_order() answers */
enum xhm_order_answer mode_order(const struct xhm_step *step, const struct xhm_order *order);
enum xhm_order_answer mode_order_cycle_begin(const struct xhm_step *step, const struct xhm_order *order);
enum xhm_order_answer mode_order_cycle_end(const struct xhm_step *step, const struct xhm_order *order);

/** True while the partition is under maintenance. */
bool maintenance_is_active(const struct xhm_step *step, uint32_t partition);

/** A remembered end of maintenance, within what a maintenance can last. Supervised times. */
uint64_t maintenance_restored(const struct xhm_core *core, uint64_t until_ns);

/** Ends each maintenance whose time is over. */
void maintenance_step(const struct xhm_step *step);

/** Begins maintenance of a partition, changes how long it lasts, or ends it. @return what core_order() answers */
enum xhm_order_answer maintenance_order(const struct xhm_step *step, const struct xhm_order *order);

/** True while a partition that this one depends on is faulty: this one is reported and not blamed. */
bool dependency_is_faulty(const struct xhm_step *step, uint32_t partition);

/** Tells when partitions begin or cease to be excused; after everything was observed, before ladders are climbed. */
void dependency_step(const struct xhm_step *step);

/** Enters safe state @p index, unless one at least as severe is latched. @return whether it was entered */
bool safe_state_enter(const struct xhm_step *step, uint32_t index, enum xhm_safe_state_cause cause);

/** True while a safe state is latched. */
bool safe_state_is_latched(const struct xhm_core *core);

/** Enters the safe state that the policy declares for a start that cannot be trusted, if it declares one. */
void safe_state_enter_at_boot(const struct xhm_step *step, enum xhm_safe_state_cause cause);

/** Nobody knows whether a safe state is latched: that is a fault until it is cleared like a latch. */
void safe_state_unknown(const struct xhm_step *step);

/** Enters the safe state again that the life before left latched. */
void safe_state_remembered(const struct xhm_step *step, const char *name);

/** The policy of @p core was replaced while safe state @p name was latched: finds it again. */
void safe_state_policy_changed(struct xhm_core *core, const char *name);

/** Does what a start or a new policy left to be done; after presence_step(). */
void safe_state_step(const struct xhm_step *step);

/** Orders to enter a safe state and to clear it in two steps. @return what core_order() answers */
enum xhm_order_answer safe_state_order(const struct xhm_step *step, const struct xhm_order *order);
enum xhm_order_answer safe_state_order_clear(const struct xhm_step *step, const struct xhm_order *order);
enum xhm_order_answer safe_state_order_confirm(const struct xhm_step *step, const struct xhm_order *order);

/** True while the policy has a last resort, its limit is not used up, and it can be counted. */
bool last_resort_is_available(const struct xhm_core *core);

/** Takes the last resort, if it is available. */
void last_resort_take(const struct xhm_step *step);

/** True when the last resort was taken, and the supervisor is still here. */
bool last_resort_failed(const struct xhm_core *core);

/** Says whether last resorts are used up. */
void last_resort_step(const struct xhm_step *step);

/** Counts this start, after @p starts_before in a row without a healthy ECU. */
void boot_guard_start(const struct xhm_step *step, uint32_t starts_before);

/**
 * This life ends by a last resort: in order, so that core_restore() will take one start back, and yet its start is to
 * count.
 */
void boot_guard_count_again(struct xhm_core *core);

/** True for the faults that only a healthy ECU ends: they do not keep it from being called healthy. */
bool boot_guard_owns(enum xhm_fault fault);

/**
 * Takes whether the ECU is OK but for those faults. Once it was so without interruption for the longest restart window
 * of the policy, in supervised time, it is healthy: starts and last resorts are counted anew.
 */
void boot_guard_step(const struct xhm_step *step, bool ok);

/** Tells when what core_export() says has changed, or has aged. Last of everything that changes the state. */
void persistent_watch(const struct xhm_step *step);

/** Stops or pauses the partition's instance and keeps it so. @p how is XHM_DISPOSITION_STOP or _PAUSE. */
void lifecycle_halt(const struct xhm_step *step, uint32_t partition, enum xhm_disposition how);

/** Ends a halt: a paused instance is unpaused, a stopped one recreated or, if it cannot be, let go. Counts nowhere. */
void lifecycle_resume(const struct xhm_step *step, uint32_t partition);

/** For a safe state: a standby is unpaused and serves, an absent partition created. Counts in no window. */
void lifecycle_start(const struct xhm_step *step, uint32_t partition);

/** Has the instances of halted partitions and of standbys stopped or paused, each once, and watches the effect. */
void halt_step(const struct xhm_step *step, uint32_t partition);

/** To be called when core_restore() has taken over `halted`, `owns_pause` and `active`: lives follow from them. */
void halt_restored(struct xhm_core *core);

/** True when one pause of the partition's present instance is ours. */
bool pause_is_ours(const struct xhm_partition_state *state);

/** Pauses the instance, unless a pause is ours already. Its entities are not supervised from now on. */
void pause_take(const struct xhm_step *step, uint32_t partition);

/** Takes back our pause, and begins to supervise the instance anew. */
void pause_give_back(const struct xhm_step *step, uint32_t partition);

/** The instance is gone, and our pause with it. */
void pause_forget(const struct xhm_step *step, uint32_t partition);

/** Compares our pause with the domain list. */
void pause_watch(const struct xhm_step *step, uint32_t partition);

/** Climbs the ladders that the partition's faults call for, and carries out at most one rung. */
void escalation_step(const struct xhm_step *step, uint32_t partition);

/** Carries out the first available rung of the ladder of @p fault_class. @return false when nothing was done */
bool escalation_climb(const struct xhm_step *step, uint32_t partition, enum xhm_fault_class fault_class);

/**
 * A fail over to @p partition has failed: goes on with the ladder of @p owner after its rung fail_over, carried out on
 * @p partition.
 */
void escalation_go_on(const struct xhm_step *step, uint32_t owner, enum xhm_fault_class fault_class,
                      uint32_t partition);

/** True while an entity of the partition is EXPIRED. */
bool escalation_any_expired(const struct xhm_step *step, uint32_t partition);

/** True when an entity has been EXPIRED for as long as the policy tolerates. */
bool escalation_expired_for_long(const struct xhm_step *step, uint32_t partition);

/** The other side of the partition's pair, XHM_NONE when it belongs to none. */
uint32_t fail_over_partner(const struct xhm_policy *policy, uint32_t partition);

/** True for the side of a pair that does not serve at the moment. */
bool fail_over_is_inactive(const struct xhm_core *core, uint32_t partition);

/** Makes exactly one side of each pair the active one, where that is not so. */
void fail_over_settle(struct xhm_core *core);

/** True when the partition serves and its other side is a ready standby. */
bool fail_over_is_available(const struct xhm_step *step, uint32_t partition);

/** Stops the partition and has its standby take over. @p uid of the peer that ordered it, or XHM_NONE. */
void fail_over_begin(const struct xhm_step *step, uint32_t partition, enum xhm_fault_class fault_class, uint64_t uid);

/** Makes the partition the side that serves. */
void fail_over_activate(const struct xhm_step *step, uint32_t partition);

/** Likewise, by order of a peer. @return what core_order() answers; existence and latch are the caller's to check */
enum xhm_order_answer fail_over_order(const struct xhm_step *step, uint32_t partition, uint64_t uid);

/** The partition is healthy: tells a fail over that ends with it. */
void fail_over_done(const struct xhm_step *step, uint32_t partition);

/** Watches a fail over under way to the partition, and whether its standby is ready. */
void fail_over_step(const struct xhm_step *step, uint32_t partition);

/** Restarts the members of the partition's groups with it; counts in no window. */
void group_pull_along(const struct xhm_step *step, uint32_t partition);

/** True while a member of an ordered group that comes before the partition is not healthy. */
bool group_holds(const struct xhm_step *step, uint32_t partition);

/** Plans the next look-ups of the conformance sweep. */
void sweep_plan(struct xhm_core *core, uint32_t ticks, struct xhm_plan *plan);

/** Notes what a sweep's look-ups answered, and ends the sweep when it is through. */
void sweep_step(const struct xhm_step *step);

/** Begins the sweep anew, without a verdict on the one under way. */
void sweep_restart(struct xhm_core *core);

/**
 * Notes the verdict of one scope of a check, and raises or clears its fault: a deviation is one, and what is unknown
 * leaves it as it was.
 */
void conformance_tell_partition(const struct xhm_step *step, uint32_t partition, enum xhm_partition_check check,
                                uint32_t scope, enum xhm_verdict verdict, struct xhm_fault_details details);
void conformance_tell_platform(const struct xhm_step *step, enum xhm_platform_check check, uint32_t scope,
                               enum xhm_verdict verdict, struct xhm_fault_details details);

/** The verdict on something @p declared of which facts are @p known, and then say whether it @p deviates. */
enum xhm_verdict conformance_judge(bool declared, enum xhm_availability known, bool deviates);

/** Compares declared and observed placement. */
void conformance_step(const struct xhm_step *step);

/** True when facts about the instance count: before it is healthy, the toolstack is still setting it up. */
bool conformance_is_judged(const struct xhm_step *step, uint32_t partition);

/** Compares declared and observed memory, where a domain list was read. */
void memory_step(const struct xhm_step *step);

/** Measures the CPU time consumed between two domain lists, and compares it with the declared load. */
void load_step(const struct xhm_step *step);

/** The next domain list is only a base for the one after it. */
void load_rebaseline(struct xhm_partition_state *state);

/** A sweep went through, and every vCPU could be looked at if @p complete: judges what only a whole sweep can tell. */
void conformance_sweep_done(const struct xhm_step *step, bool complete);

/** Occurrences that move a partition through its life. */
enum xhm_life_event {
    XHM_LIFE_APPEARED,  /**< a new live instance was seen */
    XHM_LIFE_KEPT,      /**< likewise, and the life before of the supervisor left it paused */
    XHM_LIFE_ENDED,     /**< the live instance is dead */
    XHM_LIFE_HEALTHY,   /**< everything supervised of the instance was seen good */
    XHM_LIFE_READY,     /**< likewise, of the side of a pair that does not serve */
    XHM_LIFE_GRANTED,   /**< a restart is wanted, and allowed */
    XHM_LIFE_PULLED,    /**< a restart is wanted that counts in no window */
    XHM_LIFE_EXHAUSTED, /**< no rung of a ladder is left */
    XHM_LIFE_WAITED,    /**< stopped, and the backoff has passed */
    XHM_LIFE_TO_HALT,   /**< to be stopped or paused, and kept so */
    XHM_LIFE_TO_RESUME, /**< our pause is to be taken back */
    XHM_LIFE_LET_GO,    /**< stopped and not to be recreated by us: whoever can start it may */
    XHM_LIFE_EVENT_COUNT
};

/** Sends one occurrence through the table. */
void lifecycle_event(const struct xhm_step *step, uint32_t partition, enum xhm_life_event event);

/** Clears the faults of an instance that is gone and that no new one is expected to heal, and its entities. */
void lifecycle_forget_instance(const struct xhm_step *step, uint32_t partition);

/** Orders a direct stop of the instance, if there is one. */
void lifecycle_stop_instance(const struct xhm_step *step, uint32_t partition);

/** Restarts that count now: those decided less than the policy's window ago. */
uint32_t restart_in_window(const struct xhm_step *step, uint32_t partition);

/** True when the agent can recreate the partition. */
bool restart_is_possible(const struct xhm_step *step, uint32_t partition);

/** True when it can, and the window has room for one more restart. */
bool restart_is_available(const struct xhm_step *step, uint32_t partition);

/** Counts a restart that is decided now, and tells it. */
void restart_note(const struct xhm_step *step, uint32_t partition);

/** Empties the window. */
void restart_forget(struct xhm_partition_state *state);

/** A restart of the partition and of those that are restarted with it; counts. */
void lifecycle_restart(const struct xhm_step *step, uint32_t partition);

/** Derives the occurrences of this step (health, wishes, time-outs, agent reports) and sends them through the table. */
void lifecycle_step(const struct xhm_step *step);

/** An operator's wish: a restart that empties a used-up window. */
void lifecycle_order_restart(const struct xhm_step *step, uint32_t partition);

#endif
