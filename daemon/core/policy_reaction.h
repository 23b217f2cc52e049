/**
 * What a policy declares to be done about faults: ladders of typed actions, restarts, groups and safe states.
 */
#ifndef XHM_CORE_POLICY_REACTION_H
#define XHM_CORE_POLICY_REACTION_H

#include "policy_limits.h"
#include <stdbool.h>
#include <stdint.h>

/** Classes of faults of a partition; a policy declares one reaction for each. */
enum xhm_fault_class {
    XHM_CLASS_PRESENCE,                   /**< crashed, stopped, missing, not started in time */
    XHM_CLASS_ENTITY,                     /**< alive, deadline and logical supervision of an entity */
    XHM_CLASS_PROBE,                      /**< probe page missing or not trustworthy */
    XHM_CLASS_DEADLINE,                   /**< deadline misses and latency as measured by the partition */
    XHM_CLASS_PLACEMENT,                  /**< vCPUs and pCPUs: affinity, exclusivity, number */
    XHM_CLASS_MEMORY,                     /**< memory outside its declared size */
    XHM_CLASS_LOAD,                       /**< CPU time beyond the declared load */
    XHM_CLASS_DEVICE,                     /**< paravirtual and assigned devices */
    XHM_CLASS_COUNT,                      /**< number of classes that a policy declares a reaction for */
    XHM_CLASS_RECOVERY = XHM_CLASS_COUNT, /**< a restart that failed: always reported only */
    XHM_CLASS_SUPERVISOR,                 /**< faults of the supervisor or its links: always reported only */
    XHM_CLASS_PLATFORM,                   /**< the host is not as declared: always reported only */
};

/** What is done about a fault: typed actions, nothing else. Numbers are the compiled policy's. */
enum xhm_reaction {
    XHM_REACTION_REPORT = 1,      /**< record and tell; stands alone in a ladder, every other rung does it, too */
    XHM_REACTION_RESTART = 2,     /**< direct stop, delegated recreation, verified; unavailable once used up */
    XHM_REACTION_STOP = 3,        /**< direct stop; stays stopped until an operator restarts it */
    XHM_REACTION_PAUSE = 4,       /**< direct pause; stays paused until an operator restarts it */
    XHM_REACTION_FAIL_OVER = 5,   /**< direct stop, direct unpause of the standby; unavailable without a ready one */
    XHM_REACTION_SAFE_STATE = 6,  /**< enter the partition's safe state; always available */
    XHM_REACTION_LAST_RESORT = 7, /**< the policy's last resort; unavailable once its limit is used up */
    XHM_REACTION_END
};

/**
 * The escalation ladder of one fault class: the first rung that is available is carried out. What makes a rung
 * unavailable is said with each reaction; a ladder without an available rung left is exhausted (fault restart_limit).
 */
struct xhm_ladder {
    uint32_t count; /**< at least 1 in a sound policy */
    enum xhm_reaction rungs[XHM_MAX_RUNGS];
};

/** Limits of restarting one partition. Windows are in supervised time (see core.h). */
struct xhm_restart_policy {
    uint32_t limit;      /**< restarts allowed within window_ns, at most XHM_MAX_RESTART_LIMIT */
    uint64_t window_ns;  /**< length of the window */
    uint64_t backoff_ns; /**< wait between the decision and the restart, 0 for none */
    uint64_t timeout_ns; /**< from the decision's execution to a healthy new instance */
};

/** Partitions that are restarted with each other. */
struct xhm_group_policy {
    char name[XHM_NAME_SIZE];
    bool in_order;    /**< recreated one after another, each when the one before is healthy; else all at once */
    uint64_t members; /**< bit n: partition n; the order is that of the policy's partitions */
};

/** What a safe state does with one partition. */
enum xhm_disposition {
    XHM_DISPOSITION_LEAVE = 0, /**< nothing */
    XHM_DISPOSITION_PAUSE = 1, /**< direct pause, kept paused */
    XHM_DISPOSITION_STOP = 2,  /**< direct stop, kept stopped */
    XHM_DISPOSITION_START = 3, /**< a paused standby is unpaused (direct), an absent one created (delegated) */
    XHM_DISPOSITION_END
};

/** A named safe state. Later in the list is more severe: only a more severe one replaces one that is latched. */
struct xhm_safe_state_policy {
    char name[XHM_NAME_SIZE];
    enum xhm_disposition dispositions[XHM_MAX_PARTITIONS];
};

#endif
