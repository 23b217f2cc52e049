/**
 * What outlives the supervisor: the state that the next life of xhmd, or of its domain, must not begin without.
 *
 * core_export() fills it, the recorder stores it (daemon/faultlog, two copies of each record), core_restore() takes it
 * over. Times are *supervised time*, which goes on over restarts of the supervisor where it stood when it was last
 * stored: time in which the supervisor did not run ages nothing, and what a crash lost of it only makes windows longer.
 */
#ifndef XHM_CORE_PERSISTENT_H
#define XHM_CORE_PERSISTENT_H

#include "policy.h"

/** How the state was found at start. */
enum xhm_persistent_reading {
    XHM_PERSISTENT_NONE = 1,       /**< a new fault memory: there was no life before */
    XHM_PERSISTENT_READ = 2,       /**< read, and whole */
    XHM_PERSISTENT_UNREADABLE = 3, /**< there was a life before, and its state cannot be read */
};

/** What is remembered of one partition. Found again by its name. */
struct xhm_persistent_partition {
    char name[XHM_NAME_SIZE];                         /**< empty: the entry is not used */
    uint64_t restart_times_ns[XHM_MAX_RESTART_LIMIT]; /**< supervised times, oldest first */
    uint32_t restart_count;                           /**< valid entries */
    uint64_t maintenance_until_ns;                    /**< supervised time, 0: none */
    bool owns_pause;                                  /**< one pause of this instance is ours: */
    uint16_t paused_domid;
    struct xhm_uuid paused_uuid;
    enum xhm_disposition halted; /**< XHM_DISPOSITION_LEAVE when it is not halted, else PAUSE or STOP */
    bool stays_halted;           /**< it was halted before the latched safe state: clearing does not resume it */
    bool active;                 /**< of a pair: the side that serves; the other one is the standby */
};

/** A signed policy that was taken. All zero: none was. */
struct xhm_policy_mark {
    uint64_t version; /**< from 1 on */
    uint64_t hash;
};

/** What is remembered of the ECU. */
struct xhm_persistent {
    char boot_id[40]; /**< of the ECU, filled in by the loop: what belongs to one boot is forgotten in another */
    bool same_boot;   /**< filled in by the loop before core_restore() */
    bool clean;       /**< likewise: the life before said that it ended */
    struct xhm_policy_mark policy; /**< likewise, and not the core's: what may be taken after it */
    uint64_t supervised_ns;
    enum xhm_ecu_mode mode;               /**< counts within one boot only */
    char safe_state[XHM_NAME_SIZE];       /**< latched, by name; empty: none; "?": nobody knows whether */
    uint32_t starts_without_health;       /**< starts in a row without a healthy ECU, this one included */
    uint32_t last_resorts_without_health; /**< last resorts in a row without a healthy ECU */
    uint64_t operation_cycle;             /**< number of the last one begun, 0: none yet */
    bool operation_cycle_open;
    uint32_t partition_count;
    struct xhm_persistent_partition partitions[XHM_MAX_PARTITIONS];
};

#endif
