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
    XHM_EVENT_RESTART_REFUSED = 11,    /**< limit reached or restart under way */
    XHM_EVENT_PAGE_ATTACHED = 12,      /**< values: page */
    XHM_EVENT_SUPERVISOR_STARTED = 13, /**< values: number of starts, 1 when the end before was unclean */
    XHM_EVENT_SUPERVISOR_STOPPED = 14,
    XHM_EVENT_POLICY_APPLIED = 15,
    XHM_EVENT_INJECTION_STARTED = 16, /**< values: kind, uid */
    XHM_EVENT_INJECTION_ENDED = 17,   /**< values: kind, 0 undone or 1 failed */
    XHM_EVENT_REQUEST_REFUSED = 18,   /**< a peer asked for what its roles do not allow; values: request, uid */
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
    XHM_ACTION_FOLLOW = 1,   /**< begin the probe rendezvous with instance `domid` */
    XHM_ACTION_RELEASE = 2,  /**< the instance ended: unmap its pages, forget it */
    XHM_ACTION_STOP = 3,     /**< direct: remote shutdown of instance `domid`, after checking `uuid` again */
    XHM_ACTION_RECREATE = 4, /**< delegated: destroy what is left and create from the declared file */
};

/** One action. */
struct xhm_action {
    enum xhm_action_kind kind;
    uint32_t partition;
    uint16_t domid;
    struct xhm_uuid uuid;
    uint64_t task_id; /**< of a delegated action; grows, never reused in one life of the supervisor */
};

/** Events and actions that one step can produce; what does not fit is counted in `events_dropped`. */
#define XHM_MAX_EVENTS  256
#define XHM_MAX_ACTIONS (4 * XHM_MAX_PARTITIONS)

/** Result of a step. Actions cannot overflow: no partition produces more than four in one step. */
struct xhm_outcome {
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
