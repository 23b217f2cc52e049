/**
 * The supervision core: one state, one reducer.
 *
 * Per cycle the loop asks core_plan() what to look at, has the platform look, and hands the observation to core_step(),
 * which says what happened and what shall be done. Two times are kept: the supervisor's monotonic clock, and
 * *supervised time*, which stands still while the supervisor did not run. All windows and counters age by supervised
 * time.
 */
#ifndef XHM_CORE_CORE_H
#define XHM_CORE_CORE_H

#include "conformance.h"
#include "counted_window.h"
#include "deadline.h"
#include "guest_clock.h"
#include "logical.h"
#include "observation.h"
#include "outcome.h"
#include "persistent.h"
#include "policy.h"
#include "probe_histogram.h"
#include "status.h"

/** Bit of a fault's scope that means the partition (or supervisor) as a whole; lower bits are entities or vCPUs. */
#define XHM_SCOPE_WHOLE 63u

/** Where a partition is in its life; the transitions are the table in lifecycle.c. Numbers are the API's. */
enum xhm_life {
    XHM_LIFE_ABSENT = 0,     /**< no live instance seen */
    XHM_LIFE_STARTING = 1,   /**< instance seen, not yet healthy */
    XHM_LIFE_RUNNING = 2,    /**< was healthy: fully supervised */
    XHM_LIFE_STOPPING = 3,   /**< restart decided, stopped directly, waiting for the backoff to pass */
    XHM_LIFE_RECREATING = 4, /**< the agent was asked to recreate it */
    XHM_LIFE_VERIFYING = 5,  /**< new instance seen after a restart, not yet healthy */
    XHM_LIFE_LIMITED = 6,    /**< the ladder is exhausted: only an operator or a new healthy instance leads out */
    XHM_LIFE_HALTED = 7,     /**< stopped or paused on purpose: only an operator or the end of a safe state leads out */
    XHM_LIFE_STANDBY = 8,    /**< healthy standby, paused by us, ready to take over */
    XHM_LIFE_RESUMING = 9,   /**< unpaused by us, until its first good reference cycle */
    XHM_LIFE_COUNT
};

/** Supervision state of one entity within the current instance. */
struct xhm_entity_state {
    enum xhm_status status;
    bool counting; /**< a reference cycle has begun: `alive_at_start` and `window_*` are valid */
    uint32_t window_ticks;
    uint64_t window_start_ns;
    uint64_t alive_at_start;
    uint32_t failed_cycles;     /**< AUTOSAR's failed counter */
    uint32_t good_cycles;       /**< good reference cycles of this instance, saturating */
    bool read_now;              /**< a sound reading was taken in this step */
    bool base_stale;            /**< `alive_at_start` was not read in the step it stands for */
    uint64_t expected_since_ns; /**< supervised time from which a policy expects it of a running instance */
    uint64_t busy_since_ns;     /**< supervised time at which the slot was first found mid-write, 0 when it is not */

    bool miss_counting;               /**< `deadline_missed` is a base for differences */
    struct xhm_counted_window misses; /**< deadline misses */

    struct xhm_probe_histogram_state histogram; /**< read where a latency budget is declared */
    struct xhm_counted_window late;             /**< activations of at least its `late_ns` */

    bool checkpoints_stale; /**< what is read next continues nothing: it positions the graph and is not judged */
    bool checkpoints_lost;  /**< some were lost in the reference cycle under way */
    struct xhm_deadline_state deadlines[XHM_MAX_DEADLINES];
    struct xhm_logical_state logical;
    struct xhm_guest_clock_state clock;
    int32_t latency_counter; /**< fault detection counter of the wake-up latency */

    /* Last trustworthy reading. */
    bool reading_known;
    uint64_t alive_counter;
    uint64_t deadline_met;
    uint64_t deadline_missed;
    uint64_t worst_latency_ns;
    uint64_t last_latency_ns;
};

/** Errors of a declared paravirtual device. */
struct xhm_device_state {
    bool counting;                    /**< `errors` is a base for differences */
    uint64_t errors;                  /**< by the last facts */
    struct xhm_counted_window window; /**< of new ones */
};

/** What is measured of one instance with every domain list or set of facts. All zero when the instance is new. */
struct xhm_instance_measures {
    int32_t memory_size_counter; /**< fault detection counters */
    int32_t memory_limit_counter;
    int32_t load_counter;
    bool load_based;                                  /**< `load_base_*` stand for a domain list of this instance */
    uint64_t load_base_ns;                            /**< supervised time of that list */
    uint64_t load_base_cpu_ns;                        /**< CPU time consumed until then */
    bool load_known;                                  /**< `load_percent` is valid */
    uint32_t load_percent;                            /**< of one pCPU, between the last two domain lists */
    enum xhm_availability pod;                        /**< whether `pod_kib` is known, by the last facts */
    uint64_t pod_kib;                                 /**< memory that would be populated on demand */
    struct xhm_device_state devices[XHM_MAX_DEVICES]; /**< as declared */
};

/** Everything known of one partition. */
struct xhm_partition_state {
    enum xhm_life life;
    enum xhm_status status;
    uint64_t fault_scopes[XHM_FAULT_COUNT]; /**< active faults: bit n: entity or vCPU n, XHM_SCOPE_WHOLE */
    uint32_t fault_occurrences[XHM_FAULT_COUNT];

    bool instance_known;       /**< domid, uuid and what follows describe a live instance */
    bool following;            /**< the platform was told to attach to this instance */
    uint64_t followed_at_step; /**< pages seen in this step may still be those of the instance before */
    uint16_t domid;
    struct xhm_uuid uuid;
    uint64_t instance_since_ns;       /**< supervised time at which the instance was first seen, or lost */
    struct xhm_domain_reading domain; /**< last reading of the live instance */
    struct xhm_probe_cursor cursors[XHM_MAX_PAGES]; /**< what was seen of each page of this instance */
    uint32_t pages_attached;                        /**< bit n: page n was sound in the last step */

    struct xhm_entity_state entities[XHM_MAX_ENTITIES];
    uint32_t vcpu_seen_pcpu[XHM_MAX_VCPUS]; /**< pCPU of the last look, XHM_NONE before */
    struct xhm_instance_measures measures;

    uint64_t restart_times_ns[XHM_MAX_RESTART_LIMIT]; /**< supervised times of the last restarts, a ring */
    uint32_t restart_next;                            /**< ring position */
    uint32_t restart_kept;                            /**< valid entries of the ring */
    uint32_t restart_total;                           /**< restarts in the life of this core */
    uint64_t life_since_ns;                           /**< supervised time of the last transition */
    uint64_t restart_began_ns;                        /**< supervised time of the decision under way */
    uint64_t task_id;                                 /**< delegated task under way, 0: none */
    bool task_answered;                               /**< the agent has reported on it */
    uint64_t task_answered_ns;                        /**< supervised time at which it did */
    bool stop_seen;                                   /**< the instance that the restart replaces runs no more */
    bool stop_failed;                  /**< a direct stop had no effect; until the next healthy instance */
    bool restart_wanted_again;         /**< the restart under way failed: decide anew */
    uint16_t stopped_domid;            /**< instance that the last restart replaced, UINT16_MAX: none */
    uint32_t shared_this_sweep;        /**< bit n: an offender of check n was seen in the running sweep */
    uint32_t undecided_this_sweep;     /**< bit n: likewise a vCPU of which it is not known where it may run */
    uint64_t restart_due_ns;           /**< supervised time from which the time-out of the restart under way runs */
    enum xhm_fault_class ladder_class; /**< ladder that decided the restart under way, or the halt */
    bool rebuild;                      /**< the restart under way rebuilds a standby: it waits for room in the window */
    bool ordered;                      /**< a peer ordered the restart under way */
    bool start_wanted;                 /**< a safe state starts it: the restart under way goes on while latched */
    uint64_t expired_cycles;           /**< cycles for which an entity has been EXPIRED */

    enum xhm_disposition halted; /**< how it is HALTED; XHM_DISPOSITION_LEAVE when it is not */
    bool halted_by_ladder;       /**< by the ladder `ladder_class`, which goes on when that has no effect */
    bool owns_pause;             /**< exactly one pause of the instance that these name is ours: */
    uint16_t paused_domid;
    struct xhm_uuid paused_uuid;
    bool pause_seen;   /**< the domain list has shown the effect of our pause */
    bool pause_failed; /**< our pause had no effect */
    uint64_t acted_ns; /**< supervised time of the last direct stop or pause */

    bool active;                          /**< of a pair: the side that serves; see fail_over.c */
    uint64_t standby_seen_ns;             /**< of the inactive side: supervised time at which it was last ready */
    uint32_t fail_over_from_number;       /**< 1 + index of the partition that this one takes over from, 0: none */
    enum xhm_fault_class fail_over_class; /**< ladder that decided the fail over */
    uint64_t fail_over_began_ns;          /**< supervised time of that decision */

    uint32_t excused_by_number; /**< 1 + index of the faulty dependency that was told, 0: none */

    uint64_t maintenance_until_ns; /**< supervised time at which maintenance ends, 0: there is none */
    bool judged;                   /**< by mode, maintenance and declaration, in the last step */
    struct xhm_verdicts verdicts[XHM_PARTITION_CHECK_COUNT];
    bool stays_halted;                    /**< it was halted already when the latched safe state was entered */
    struct xhm_pcpu_set siblings;         /**< of the pCPUs that it declares as whole cores, without themselves */
    enum xhm_availability siblings_known; /**< whether they are, by the last facts */
};

/** A live domain that can run. */
struct xhm_roll_domain {
    uint16_t domid;
    uint16_t vcpu_slots;
    uint32_t cpupool_id;
    uint32_t partition_number; /**< in a sweep: 1 + index of the partition whose instance it is, 0: none */
};

/** Live domains of the last answered list that can run: what a conformance sweep covers. */
struct xhm_domain_roll {
    uint32_t count;
    struct xhm_roll_domain domains[XHM_MAX_DOMAINS];
};

/** What is known of a declared cpupool. */
struct xhm_cpupool_state {
    enum xhm_availability known; /**< whether it is known which one it is, by the last facts */
    uint32_t id;                 /**< as in xhm_domain_reading; XHM_NONE: there is none */
};

/** What is known of the facts that dom0 tells. */
struct xhm_facts_state {
    uint64_t number;       /**< of the last set, 0: none yet */
    uint64_t gathered_ns;  /**< supervised time at which it was gathered; before the first one the start */
    uint64_t ran_since_ns; /**< supervised time since which the supervisor has run without an overrun */
    bool known;            /**< it was gathered for this policy, and is not too old */
    bool news;             /**< it came in this step */
};

/** Progress of the conformance sweep over all vCPUs of all domains. */
struct xhm_sweep_state {
    struct xhm_domain_roll roll; /**< as it was when the sweep began */
    uint32_t total;              /**< look-ups in this sweep: one a vCPU, two where its scheduling is declared */
    uint32_t done;               /**< look-ups made so far */
    uint32_t vcpus;              /**< vCPUs in this sweep */
    uint32_t domain;             /**< next to look at */
    uint32_t vcpu;               /**< next to look at */
    uint64_t ticks;              /**< cycles since the sweep began */
    uint64_t completed;          /**< sweeps completed */
    bool unknown;                /**< a vCPU of a domain that still lives could not be looked at in this sweep */
    bool unknown_before;         /**< likewise in the sweep before */
    uint16_t unknown_domid;
};

/** The first entity that expired, kept with a complemented copy (WdgM). */
struct xhm_first_expired {
    uint32_t partition;
    uint32_t entity;
    uint32_t partition_complement;
    uint32_t entity_complement;
};

/** The latched safe state, and the first step of clearing it. */
struct xhm_latch_state {
    uint32_t number;          /**< 1 + index of the latched safe state, 0: none */
    char lost[XHM_NAME_SIZE]; /**< name of a latched one that the policy does not have, empty: none */
    bool apply_again;         /**< it is to be applied, once more or at last: the next step that sees domains does so */
    uint64_t clear_token;     /**< of the first step of clearing, 0: nobody asked for it */
    uint64_t clear_asked_ns;  /**< supervised time of it */
};

/** The whole state. No pointers but the policy's, which the caller keeps alive and unchanged. */
struct xhm_core {
    const struct xhm_policy *policy;
    uint64_t now_ns;
    uint64_t supervised_ns; /**< supervised time, from 1 on */
    uint64_t steps;
    uint64_t overruns;
    uint64_t next_task_id;
    uint64_t domains_known_ns; /**< supervised time of the last answered domain list */
    uint64_t domains_ticks;    /**< cycles since the list was last asked for */
    uint64_t agent_heard_ns;   /**< supervised time at which the agent was last present */
    struct xhm_domain_roll roll;
    enum xhm_status status;                 /**< of the ECU */
    uint64_t fault_scopes[XHM_FAULT_COUNT]; /**< supervisor faults */
    uint32_t fault_occurrences[XHM_FAULT_COUNT];
    struct xhm_verdicts verdicts[XHM_PLATFORM_CHECK_COUNT]; /**< of the host */
    struct xhm_first_expired first_expired;
    struct xhm_sweep_state sweep;
    struct xhm_facts_state facts;
    struct xhm_cpupool_state cpupools[XHM_MAX_CPUPOOLS];
    struct xhm_latch_state latch;
    uint32_t starts_without_health;       /**< starts in a row without a healthy ECU, this one included */
    uint32_t last_resorts_without_health; /**< last resorts in a row */
    uint64_t last_resort_taken_ns;        /**< supervised time of the one of this life, 0: none */
    uint64_t ok_since_ns;                 /**< supervised time since which boot_guard_step() is told OK, 0: not now */
    struct xhm_persistent told;           /**< what core_export() said when last a change of it was told */
    enum xhm_ecu_mode mode;
    uint64_t operation_cycle; /**< number of the last one begun, 0: none yet */
    bool operation_cycle_open;
    struct xhm_partition_state partitions[XHM_MAX_PARTITIONS];
};

/**
 * Prepares @p core for @p policy. @p first_task_id must be greater than any id used before, in earlier lives of the
 * supervisor too.
 */
void core_init(struct xhm_core *core, const struct xhm_policy *policy, uint64_t first_task_id);

/**
 * Takes over what the life before left, right after core_init(); events are dated by core->now_ns, which the caller
 * sets before. What @p persistent does not name begins anew; unless @p reading is XHM_PERSISTENT_READ it is not looked
 * at. Events and actions (a remembered safe state is entered again) go to @p outcome, which always says
 * persistent_changed: this start is counted as one without health before anything else happens.
 */
void core_restore(struct xhm_core *core, const struct xhm_persistent *persistent, enum xhm_persistent_reading reading,
                  struct xhm_outcome *outcome);

/**
 * Says what the next life has to know. Cheap; to be stored when an outcome says persistent_changed. What the loop fills
 * in (boot_id, same_boot, clean) is left as it is.
 */
void core_export(const struct xhm_core *core, struct xhm_persistent *persistent);

/** What the platform should look at in the step that comes @p ticks cycles after the last. */
void core_plan(struct xhm_core *core, uint32_t ticks, struct xhm_plan *plan);

/** Takes what was seen, updates the state, and says what happened and what to do. */
void core_step(struct xhm_core *core, const struct xhm_observation *observation, struct xhm_outcome *outcome);

/** Name of the latched safe state, which the policy may not have; "": none, "?": nobody knows whether there is one. */
const char *core_safe_state_name(const struct xhm_core *core);

/** True when the first step of clearing the safe state was made, and its time is not over. */
bool core_safe_state_clear_is_asked(const struct xhm_core *core);

/** Restarts of the partition that count now: those decided less than the policy's window ago. */
uint32_t core_restarts_in_window(const struct xhm_core *core, uint32_t partition);

/** True for the side of a pair that serves. */
bool core_serves(const struct xhm_core *core, uint32_t partition);

/** What a peer can order. Numbers are stable. */
enum xhm_order_kind {
    XHM_ORDER_RESTART = 1,            /**< of `partition`: counts like any other; leads out of LIMITED and HALTED */
    XHM_ORDER_FAIL_OVER = 2,          /**< of `partition` to its ready standby */
    XHM_ORDER_MODE = 3,               /**< `mode` */
    XHM_ORDER_MAINTENANCE = 4,        /**< of `partition` for `duration_ns`; 0 ends it */
    XHM_ORDER_SAFE_STATE = 5,         /**< enter `safe_state` */
    XHM_ORDER_SAFE_STATE_CLEAR = 6,   /**< first step: `token` (random, not 0) is to be given back within 30 s */
    XHM_ORDER_SAFE_STATE_CONFIRM = 7, /**< second step, with the `token` of the first */
    XHM_ORDER_CYCLE_BEGIN = 8,        /**< begin an operation cycle */
    XHM_ORDER_CYCLE_END = 9,          /**< end it */
    XHM_ORDER_KIND_END
};

/** One order of an authorised peer. What its kind does not use is not looked at. */
struct xhm_order {
    enum xhm_order_kind kind;
    uint64_t uid; /**< of the peer, for the record; XHM_PEER_DOMAIN and its domid for one of a partition */
    uint32_t partition;
    uint32_t safe_state; /**< index into the policy */
    enum xhm_ecu_mode mode;
    uint64_t duration_ns; /**< at most 24 h */
    uint64_t token;
};

/** Answers to an order. Numbers are stable. */
enum xhm_order_answer {
    XHM_ORDER_ACCEPTED = 1,
    XHM_ORDER_UNDER_WAY = 2,      /**< it is being restarted, or failed over, already */
    XHM_ORDER_NOT_FOUND = 3,      /**< the policy names no such partition or safe state */
    XHM_ORDER_IMPOSSIBLE = 4,     /**< dom0 and partitions of fixed domid cannot be recreated; no standby is declared */
    XHM_ORDER_LATCHED = 5,        /**< a safe state is latched: nothing is restarted behind its back */
    XHM_ORDER_NOT_LATCHED = 6,    /**< there is no safe state to clear */
    XHM_ORDER_LESS_SEVERE = 7,    /**< a safe state that is at least as severe is latched already */
    XHM_ORDER_BAD_TOKEN = 8,      /**< not the token of the first step, or its time is over */
    XHM_ORDER_OUT_OF_RANGE = 9,   /**< a mode, kind or duration that there is not */
    XHM_ORDER_NOT_READY = 10,     /**< the standby is not ready */
    XHM_ORDER_NOTHING_TO_DO = 11, /**< it is so already: mode, maintenance, operation cycle */
};

/**
 * Carries out an order: the state changes at once, @p outcome says what happened and what is to be done. An order that
 * is not accepted changes nothing; refusals of restarts are told as XHM_EVENT_RESTART_REFUSED.
 */
enum xhm_order_answer core_order(struct xhm_core *core, const struct xhm_order *order, struct xhm_outcome *outcome);

/**
 * Index into the running policy of a partition that the supervisor holds paused and that @p policy does not know any
 * more, XHM_NONE: there is none. Such a policy is not to be applied: nobody would take the pause back, and whether what
 * is a standby, or was paused for safety, may run is not for a policy's omission to say.
 */
uint32_t core_paused_and_dropped(const struct xhm_core *core, const struct xhm_policy *policy);

/**
 * Replaces the policy, which leaves out no partition that is held paused. State of partitions and entities whose
 * declaration did not change is kept, latches and counters included; an instance that is still declared stays followed.
 * @p scratch is working memory. On return
 * @p origin[i] is the old index of new partition i, or XHM_NONE. Partitions in @p outcome are *old* indices throughout.
 */
void core_apply_policy(struct xhm_core *core, const struct xhm_policy *policy, struct xhm_core *scratch,
                       uint32_t origin[XHM_MAX_PARTITIONS], struct xhm_outcome *outcome);

#endif
