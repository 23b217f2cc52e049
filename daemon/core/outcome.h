/**
 * What a step of the core decided: events to record and tell, and actions to carry out. Values only; the loop performs
 * them (a mutation returns a change record, the shell performs the effects).
 */
#ifndef XHM_CORE_OUTCOME_H
#define XHM_CORE_OUTCOME_H

#include "faults.h"
#include "status.h"

/** Stands for "none" in partition, entity and domid fields. */
#define XHM_NONE UINT32_MAX

/**
 * What events call `uid`: who asked. A user id for a process on the UNIX socket; for a partition's peer this bit and
 * the domid of its instance.
 */
#define XHM_PEER_DOMAIN (UINT64_C(1) << 32)

/** Kinds of event. Numbers are stable: they are the API's and the journal's. */
enum xhm_event_kind {
    XHM_EVENT_FAULT_RAISED = 1,
    XHM_EVENT_FAULT_CLEARED = 2,
    XHM_EVENT_LOCAL_STATUS = 3,        /**< values: old, new */
    XHM_EVENT_GLOBAL_STATUS = 4,       /**< values: old, new; partition XHM_NONE: the ECU's */
    XHM_EVENT_INSTANCE_STARTED = 5,    /**< a new instance was seen */
    XHM_EVENT_INSTANCE_ENDED = 6,      /**< values: shutdown reason or XHM_NONE */
    XHM_EVENT_INSTANCE_HEALTHY = 7,    /**< first good reference cycle of every entity */
    XHM_EVENT_RESTART_DECIDED = 8,     /**< values: restarts used in the window, limit */
    XHM_EVENT_RESTART_REQUESTED = 9,   /**< by an operator; values: uid */
    XHM_EVENT_RESTART_DONE = 10,       /**< values: time from decision to health in ms */
    XHM_EVENT_RESTART_REFUSED = 11,    /**< restart under way, impossible, or a safe state is latched */
    XHM_EVENT_PAGE_ATTACHED = 12,      /**< values: page */
    XHM_EVENT_SUPERVISOR_STARTED = 13, /**< values: number of starts, 1 when the end before was unclean */
    XHM_EVENT_SUPERVISOR_STOPPED = 14,
    XHM_EVENT_POLICY_APPLIED = 15,
    XHM_EVENT_INJECTION_STARTED = 16, /**< values: kind, uid */
    XHM_EVENT_INJECTION_ENDED = 17,   /**< values: kind, 0 undone or 1 failed */
    XHM_EVENT_REQUEST_REFUSED = 18,   /**< a peer asked for what its roles do not allow; values: request, uid */
    XHM_EVENT_REACTION = 19,          /**< a rung was taken; values: enum xhm_reaction, enum xhm_fault_class */
    XHM_EVENT_EXCUSED = 20,           /**< not blamed: a partition it depends on is faulty; values: that one, 1 or 0 */
    XHM_EVENT_HALTED = 21,            /**< stopped or paused on purpose; values: enum xhm_disposition */
    XHM_EVENT_STANDBY_READY = 22,     /**< the standby is healthy and paused */
    XHM_EVENT_FAIL_OVER_BEGUN =
        23, /**< partition: the one that takes over; values: the one that failed, uid or XHM_NONE */
    XHM_EVENT_FAIL_OVER_DONE = 24,     /**< first good reference cycle of the standby; values: ms since the decision */
    XHM_EVENT_SAFE_STATE_ENTERED = 25, /**< latched; values: index, enum xhm_safe_state_cause */
    XHM_EVENT_SAFE_STATE_CLEAR_ASKED = 26, /**< first step of two; values: index, uid */
    XHM_EVENT_SAFE_STATE_CLEARED = 27,     /**< second step; values: index, uid */
    XHM_EVENT_MODE_CHANGED = 28,           /**< values: enum xhm_ecu_mode, uid */
    XHM_EVENT_MAINTENANCE_BEGUN = 29,      /**< values: duration in ms, uid */
    XHM_EVENT_MAINTENANCE_ENDED = 30,      /**< values: 0 its time was over or 1 by request, uid */
    XHM_EVENT_OPERATION_CYCLE_BEGUN = 31,  /**< values: number of the cycle, uid */
    XHM_EVENT_OPERATION_CYCLE_ENDED = 32,  /**< values: number of the cycle, uid */
    XHM_EVENT_FAULTS_CLEARED = 33,         /**< by an operator; values: fault number or 0 for all, uid */
    XHM_EVENT_LAST_RESORT = 34,            /**< values: enum xhm_last_resort, which in a row */
    XHM_EVENT_PARTITION_STOPPED = 35,      /**< EXPIRED for longer than the tolerance */
    XHM_EVENT_INJECTION_ORDERED = 36,      /**< the agent is asked for it; values: kind, uid */
    XHM_EVENT_POLICY_REFUSED = 37,         /**< values: enum xhm_policy_refusal, uid or XHM_NONE at start */
    XHM_EVENT_REQUESTS_LIMITED = 38,       /**< a peer asks more than it may; values: request, uid */
    XHM_EVENT_PEER_SILENT = 39,            /**< a declared heartbeat did not come; values: declared ms, uid */
    XHM_EVENT_PEER_HEARD = 40,             /**< it came after all; values: ms declared before, uid */
};

/** Why a policy was not taken. Numbers are stable: they are the API's and the journal's. */
enum xhm_policy_refusal {
    XHM_POLICY_TAKEN = 0,         /**< it was */
    XHM_POLICY_UNSIGNED = 1,      /**< signatures are required, and it has none */
    XHM_POLICY_BAD_ENVELOPE = 2,  /**< the envelope around it is of another format, cut off or added to */
    XHM_POLICY_FOREIGN_KEY = 3,   /**< signed with a key that is not trusted */
    XHM_POLICY_ALTERED = 4,       /**< policy or signature is not what was signed */
    XHM_POLICY_OTHER_ECU = 5,     /**< for another ECU */
    XHM_POLICY_OLDER = 6,         /**< its version is below one that was taken before */
    XHM_POLICY_OTHER_CONTENT = 7, /**< its version was taken before, with other content */
    XHM_POLICY_UNSOUND = 8,       /**< not a compiled policy, or one with findings */
    XHM_POLICY_DROPS_PAUSED = 9,  /**< it leaves out a partition that is held paused */
    XHM_POLICY_REFUSAL_COUNT
};

/** One event. `values` are per kind, as said above; for faults see docs/fault-catalogue.md. */
struct xhm_event {
    enum xhm_event_kind kind;
    enum xhm_fault fault; /**< XHM_FAULT_COUNT when the event is not about a fault */
    uint32_t partition;   /**< index into the policy, or XHM_NONE */
    uint32_t entity;      /**< index into the partition's entities, or XHM_NONE */
    uint32_t domid;       /**< or XHM_NONE */
    uint64_t time_ns;     /**< supervisor's monotonic clock */
    uint64_t values[2];
};

/** Kinds of action. */
enum xhm_action_kind {
    XHM_ACTION_FOLLOW = 1,     /**< begin the probe rendezvous with instance `domid` */
    XHM_ACTION_RELEASE = 2,    /**< the instance ended: unmap its pages, forget it */
    XHM_ACTION_STOP = 3,       /**< direct: remote shutdown of instance `domid`, after checking `uuid` again */
    XHM_ACTION_RECREATE = 4,   /**< delegated: destroy what is left and create from the declared file */
    XHM_ACTION_PAUSE = 5,      /**< direct: pause instance `domid` once, after checking `uuid` again */
    XHM_ACTION_UNPAUSE = 6,    /**< direct: take back our one pause of instance `domid`, after checking `uuid` again */
    XHM_ACTION_REBOOT_ECU = 7, /**< direct, deployment dom0: reboot the machine; `partition` is XHM_NONE */
    XHM_ACTION_RESTART_SUPERVISOR = 8, /**< end with an error, so that the service manager starts xhmd again */
};

/** One action. */
struct xhm_action {
    enum xhm_action_kind kind;
    uint32_t partition;
    uint16_t domid;
    struct xhm_uuid uuid;
    uint64_t task_id; /**< of a delegated action; grows, never reused in one life of the supervisor */
};

/** What caused a safe state. Numbers are the API's. */
enum xhm_safe_state_cause {
    XHM_CAUSE_LADDER = 1,        /**< a partition's escalation ladder */
    XHM_CAUSE_REQUEST = 2,       /**< a permitted peer */
    XHM_CAUSE_LATCH_UNKNOWN = 3, /**< an unclean end, and no readable latch */
    XHM_CAUSE_BOOT_LOOP = 4,     /**< too many starts in a row without a healthy ECU */
    XHM_CAUSE_REMEMBERED = 5,    /**< it was latched when the life before ended */
};

/** Events and actions that one step can produce; what does not fit is counted in `events_dropped`. */
#define XHM_MAX_EVENTS  256
#define XHM_MAX_ACTIONS (6 * XHM_MAX_PARTITIONS + 2)

/**
 * Result of a step. Actions are carried out at once, and never wait for storage, but for two: before REBOOT_ECU and
 * RESTART_SUPERVISOR the loop stores what core_export() says, so that last resorts in a row are counted. Actions cannot
 * overflow: no partition produces more than six in one step.
 */
struct xhm_outcome {
    bool persistent_changed; /**< core_export() would say something new: to be stored */
    uint32_t event_count;
    uint32_t events_dropped;
    struct xhm_event events[XHM_MAX_EVENTS];
    uint32_t action_count;
    struct xhm_action actions[XHM_MAX_ACTIONS];
};

/** Empties @p outcome. */
void outcome_clear(struct xhm_outcome *outcome);

/** Appends a copy of @p event; counts it as dropped when there is no room. */
void outcome_event(struct xhm_outcome *outcome, const struct xhm_event *event);

/** Appends a copy of @p action. */
void outcome_action(struct xhm_outcome *outcome, const struct xhm_action *action);

#endif
