/**
 * What the integrator declared: the policy, as the supervision core reads it.
 *
 * The structure is filled by the policy codec (proto/wire/policy_codec.h) from a compiled policy, or by a test. It
 * holds no pointers: copying it copies the policy. All times are in nanoseconds, all sizes in KiB. Its meaning is
 * validated by policy_check() (policy_check.h); nothing else may assume that a policy is sound.
 */
#ifndef XHM_CORE_POLICY_H
#define XHM_CORE_POLICY_H

#include "xhm_config.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/** Bytes of a name, its terminating zero included. Names match [a-z][a-z0-9-]*. */
#define XHM_NAME_SIZE       32
/** Entries of the access list. */
#define XHM_MAX_ACCESS      16
/** Deadlines (pairs of checkpoints) of one entity. */
#define XHM_MAX_DEADLINES   4
/** Transitions of one entity's checkpoint graph. */
#define XHM_MAX_TRANSITIONS 24
/** Initial, and likewise final, checkpoints of one entity's graph. */
#define XHM_MAX_GRAPH_ENDS  4
/** Rungs of an escalation ladder. */
#define XHM_MAX_RUNGS       4
/** Named safe states. */
#define XHM_MAX_SAFE_STATES 8
/** Restart groups. */
#define XHM_MAX_GROUPS      8
/** Room for a number of each fault of the catalogue (faults.h). */
#define XHM_MAX_FAULTS      96
/** Diagnostic trouble codes have 24 bits. */
#define XHM_DTC_END         (UINT32_C(1) << 24)

/** Cpupools that a policy may declare. */
#define XHM_MAX_CPUPOOLS  8
/** Minor frames of one ARINC 653 schedule. */
#define XHM_MAX_FRAMES    32
/** Paravirtual devices of one partition. */
#define XHM_MAX_DEVICES   8
/** Devices assigned to one partition. */
#define XHM_MAX_ASSIGNED  8
/** Options of Xen's command line, and services of dom0, that a policy may name. */
#define XHM_MAX_OPTIONS   16
#define XHM_MAX_SERVICES  8
/** Bytes of one option of Xen's command line, its terminating zero included. */
#define XHM_OPTION_SIZE   64
/** 64-bit words of a set of pCPUs. */
#define XHM_PCPU_WORDS    (XHM_MAX_PCPUS / 64)
/** Version of the policy schema that this build reads. */
#define XHM_POLICY_SCHEMA 1u

/** A domain handle, in the order in which xl prints it. */
struct xhm_uuid {
    uint8_t bytes[16];
};

/** How a partition is recognised among Xen's domains (architecture, rule 9). */
enum xhm_identity_kind {
    XHM_IDENTITY_UUID = 1,         /**< by domain handle, whatever the domid */
    XHM_IDENTITY_STATIC_DOMID = 2, /**< by fixed domid: dom0less partitions */
    XHM_IDENTITY_DOM0 = 3,         /**< domain 0 */
};

/** Identity of a partition: `uuid` counts for XHM_IDENTITY_UUID, `domid` for XHM_IDENTITY_STATIC_DOMID. */
struct xhm_identity {
    enum xhm_identity_kind kind;
    struct xhm_uuid uuid;
    uint16_t domid;
};

/** A set of physical CPUs: bit n of word n / 64 is pCPU n. */
struct xhm_pcpu_set {
    uint64_t words[XHM_PCPU_WORDS];
};

/**
 * Alive supervision (AUTOSAR WdgM): at the end of each reference cycle, indications - expected must lie in
 * [-min_margin, +max_margin]. Absent when reference_cycle_ns is 0.
 */
struct xhm_alive_policy {
    uint64_t reference_cycle_ns; /**< whole multiple of the supervision cycle */
    uint32_t expected;           /**< indications in one reference cycle, at least 1 */
    uint32_t min_margin;         /**< indications that may be missing, below `expected` */
    uint32_t max_margin;         /**< indications that may be too many */
    uint32_t failed_tolerance;   /**< failed reference-cycle tolerance: bad cycles before FAILED turns EXPIRED */
};

/** Deadline misses that the partition counted itself: more than `limit` within `window_ns` is a fault. */
struct xhm_deadline_miss_policy {
    uint64_t window_ns; /**< 0: not supervised */
    uint32_t limit;
};

/**
 * Deadline supervision (AUTOSAR WdgM): the time from checkpoint `from` to the next checkpoint `to`, by the guest's
 * timestamps, lies in [min_ns, max_ns]. An end checkpoint that has not come when max_ns has passed by the supervisor's
 * time since `from` was seen is a violation, too.
 */
struct xhm_deadline_policy {
    uint32_t from;   /**< checkpoint id, not 0 */
    uint32_t to;     /**< checkpoint id, not 0; may be `from`: the distance between two of them */
    uint64_t min_ns; /**< 0: none */
    uint64_t max_ns; /**< above min_ns */
};

/** One edge of a checkpoint graph. */
struct xhm_transition_policy {
    uint32_t from; /**< checkpoint id */
    uint32_t to;   /**< checkpoint id */
};

/**
 * Logical supervision (AUTOSAR WdgM): the first checkpoint is one of `initial`; each further one is reached by a
 * declared transition from the one before it, or, after a final checkpoint, is an initial one again. Branches and loops
 * are transitions like any other. Absent when initial_count is 0.
 */
struct xhm_logical_policy {
    uint32_t initial_count;
    uint32_t initial[XHM_MAX_GRAPH_ENDS];
    uint32_t final_count;
    uint32_t finals[XHM_MAX_GRAPH_ENDS];
    uint32_t transition_count;
    struct xhm_transition_policy transitions[XHM_MAX_TRANSITIONS];
};

/**
 * The guest's clock compared with the supervisor's by rate, over `window_ns`. Between two readings in which the entity
 * has written, the guest's clock must advance by the supervisor's time +- tolerance_percent, beyond what is unknown of
 * the moments of the two writes (each lies between two readings).
 */
struct xhm_clock_policy {
    uint64_t window_ns;         /**< 0: not supervised */
    uint32_t tolerance_percent; /**< 1 to 50 */
};

/**
 * Debounce of what is measured, not counted (AUTOSAR Dem counter-based): each measurement that is beyond the raise
 * threshold steps the fault detection counter up, each within the clear threshold steps it down, one between leaves it.
 * At +127 the fault is raised, at -128 it is cleared. 255 for both is no debounce at all.
 */
struct xhm_debounce_policy {
    uint32_t up_step;   /**< 1 to 255 */
    uint32_t down_step; /**< 1 to 255 */
};

/** Wake-up latency, as the entity measured it for its last activation, once a cycle in which it wrote. */
struct xhm_latency_policy {
    uint64_t raise_ns; /**< above is failed; 0: not supervised */
    uint64_t clear_ns; /**< at most this is passed; not above raise_ns */
    struct xhm_debounce_policy debounce;
};

/**
 * The budget of wake-up latency, against what the entity measured over all its activations: none above `worst_ns`, and
 * of the activations within each `window_ns` no more than `late_limit` of at least `late_ns` (by the histogram of the
 * probe page, so `late_ns` is the lower bound of one of its buckets, xhm_probe_histogram_bound_ns()).
 */
struct xhm_latency_budget_policy {
    uint64_t worst_ns;   /**< 0: the worst case is not supervised */
    uint64_t late_ns;    /**< 0: the histogram is not supervised */
    uint64_t window_ns;  /**< not 0 where late_ns is not */
    uint32_t late_limit; /**< activations in one window */
};

/** CPU time that a partition consumes, in percent of one pCPU, measured between two domain lists. */
struct xhm_load_policy {
    uint32_t raise_percent; /**< above is failed; 0: not supervised; at most 100 x vCPUs */
    uint32_t clear_percent; /**< at most this is passed; not above raise_percent */
    struct xhm_debounce_policy debounce;
};

/** A supervised entity: one single-writer slot in one probe page. */
struct xhm_entity_policy {
    char name[XHM_NAME_SIZE];
    uint32_t id;   /**< entity id that the probe writes, not 0 */
    uint32_t page; /**< probe page, below the partition's page_count */
    uint32_t slot; /**< slot in the page, below XHM_PROBE_SLOT_COUNT */
    uint32_t
        checkpoints_per_second; /**< highest rate of checkpoints, for the ring's overrun check; 0: no checkpoints */
    struct xhm_alive_policy alive;
    struct xhm_deadline_miss_policy deadline_miss;
    uint32_t deadline_count;
    struct xhm_deadline_policy deadlines[XHM_MAX_DEADLINES];
    struct xhm_logical_policy logical;
    struct xhm_clock_policy clock;
    struct xhm_latency_policy latency;
    struct xhm_latency_budget_policy latency_budget;
};

/** Xen's schedulers. Numbers are Xen's XEN_SCHEDULER_* (xen/include/public/domctl.h). */
enum xhm_scheduler {
    XHM_SCHEDULER_ANY = 0, /**< not supervised */
    XHM_SCHEDULER_CREDIT = 5,
    XHM_SCHEDULER_CREDIT2 = 6,
    XHM_SCHEDULER_ARINC653 = 7,
    XHM_SCHEDULER_RTDS = 8,
    XHM_SCHEDULER_NULL = 9,
};

/** The RTDS server of one vCPU: `budget_ns` of CPU time in each `period_ns`. Xen keeps whole microseconds. */
struct xhm_rtds_policy {
    uint64_t period_ns; /**< 0: not supervised; whole microseconds */
    uint64_t budget_ns; /**< at most period_ns */
    bool extratime;     /**< it may use idle time beyond its budget */
};

/** Where a vCPU must be, and what share it has. */
struct xhm_vcpu_policy {
    struct xhm_pcpu_set pcpus; /**< hard affinity, exactly */
    bool exclusive;            /**< no vCPU of any other domain may be able to run on `pcpus` */
    bool whole_core;           /**< nor on any SMT sibling of them */
    struct xhm_rtds_policy rtds;
};

/** Weight and cap of a partition under credit2. */
struct xhm_credit2_policy {
    uint32_t weight; /**< 1 to 65535; 0: not supervised */
    uint32_t cap;    /**< in percent of one pCPU, 0: none */
};

/** One minor frame of an ARINC 653 schedule. */
struct xhm_frame_policy {
    uint32_t partition_number; /**< 1 + index of the partition that runs in it; 0: an idle frame */
    uint32_t vcpu;
    uint64_t duration_ns;
};

/** A cpupool: which scheduler has which pCPUs. Declared pools are exactly so; others may exist beside them. */
struct xhm_cpupool_policy {
    char name[XHM_NAME_SIZE];     /**< as `xl cpupool-list` shows it: letters, digits, - and _ */
    enum xhm_scheduler scheduler; /**< XHM_SCHEDULER_ANY: not supervised */
    struct xhm_pcpu_set pcpus;    /**< exactly; empty: not supervised */
    uint64_t major_frame_ns;      /**< of the ARINC 653 schedule; 0: not supervised */
    uint32_t frame_count;
    struct xhm_frame_policy frames[XHM_MAX_FRAMES]; /**< in this order, from the start of the major frame */
};

/** Kinds of paravirtual device, by the name of the frontend's folder in xenstore. */
enum xhm_device_kind {
    XHM_DEVICE_VIF = 1,   /**< network */
    XHM_DEVICE_VBD = 2,   /**< block */
    XHM_DEVICE_VFB = 3,   /**< framebuffer */
    XHM_DEVICE_VKBD = 4,  /**< keyboard and pointer */
    XHM_DEVICE_9PFS = 5,  /**< file system */
    XHM_DEVICE_VSND = 6,  /**< sound */
    XHM_DEVICE_VUSB = 7,  /**< USB */
    XHM_DEVICE_OTHER = 8, /**< any other; the console, which every domain has, is none of them */
    XHM_DEVICE_KIND_END
};

/** A paravirtual device that a partition may have, and must have connected. */
struct xhm_device_policy {
    enum xhm_device_kind kind;
    uint32_t id;              /**< device id: the name of its folder in xenstore */
    uint32_t backend_number;  /**< 1 + index of the partition that has the backend; 0: dom0 */
    uint64_t error_window_ns; /**< of a vif; 0: errors and drops are not supervised */
    uint32_t error_limit;     /**< errors and drops together within the window */
};

/** Shares of the last-level cache and of memory bandwidth. */
struct xhm_cache_policy {
    uint64_t l3_mask;           /**< capacity mask, exactly; 0: not supervised */
    bool exclusive;             /**< no other domain's mask may overlap it */
    uint32_t bandwidth_percent; /**< throttle value of memory bandwidth allocation, exactly; 0: not supervised */
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

/** Limits of restarting one partition. Windows are in supervised time (see core.h). */
struct xhm_restart_policy {
    uint32_t limit;      /**< restarts allowed within window_ns, at most XHM_MAX_RESTART_LIMIT */
    uint64_t window_ns;  /**< length of the window */
    uint64_t backoff_ns; /**< wait between the decision and the restart, 0 for none */
    uint64_t timeout_ns; /**< from the decision's execution to a healthy new instance */
};

/** Highest restart limit a policy may declare: the times of that many restarts are kept. */
#define XHM_MAX_RESTART_LIMIT 16

/** KiB that the toolstack adds to every memory limit on x86 (LIBXL_MAXMEM_CONSTANT in Xen's libxl_internal.h). */
#define XHM_TOOLSTACK_MEMORY_KIB 1024u

/**
 * Declared memory: what the instance has must lie in [size - slack, size + slack], its limit at most
 * size + slack + XHM_TOOLSTACK_MEMORY_KIB.
 */
struct xhm_memory_policy {
    uint64_t size_kib;        /**< 0: not supervised */
    uint64_t slack_kib;       /**< ballooning that is accepted */
    uint64_t clear_slack_kib; /**< within size +- this is passed; not above slack_kib */
    struct xhm_debounce_policy debounce;
    bool up_front; /**< no populate-on-demand, no paging, no sharing, no outstanding claim: all of it is there */
};

/** One partition. */
struct xhm_partition_policy {
    char name[XHM_NAME_SIZE];
    uint32_t partition_id; /**< id that the probe writes into its pages, not 0, unique */
    struct xhm_identity identity;
    uint64_t startup_grace_ns; /**< from a new instance to its first good reference cycles */
    struct xhm_memory_policy memory;
    uint32_t vcpu_count; /**< 0: placement is not supervised; else exactly so many online vCPUs */
    struct xhm_vcpu_policy vcpus[XHM_MAX_VCPUS];
    uint32_t page_count; /**< probe pages the partition attaches */
    uint32_t entity_count;
    struct xhm_entity_policy entities[XHM_MAX_ENTITIES];
    struct xhm_ladder reactions[XHM_CLASS_COUNT];
    struct xhm_restart_policy restart;
    struct xhm_load_policy load;
    bool injection_allowed;

    bool optional;               /**< that there is no instance is no fault; one that is there is fully supervised */
    uint64_t start_within_ns;    /**< a first instance is awaited so long after the supervisor's start or mode run */
    bool supervision_off;        /**< deactivated by declaration: status DEACTIVATED, nothing is judged */
    uint32_t expired_tolerance;  /**< cycles between EXPIRED and STOPPED, for cleaning up: the ladder waits for it */
    uint64_t depends_on;         /**< bit n: partition n; while one of them is faulty this one is not blamed */
    uint32_t standby_for_number; /**< 1 + index of the partition whose standby this is; 0: it is none */
    uint32_t safe_state_number;  /**< 1 + index of the safe state that the rung safe_state enters; 0: none */
    bool xen_watchdog;           /**< it arms a Xen domain watchdog of its own, which runs on while it is paused */
    bool assigned_devices;       /**< devices are assigned, which go on with DMA while it is paused */
    bool pause_is_safe;          /**< the integrator declares that pausing it is safe all the same */
    /** What the integrator allocates of the item's FTTI to this mechanism, by fault class; 0: nothing declared. */
    uint64_t allocated_fhti_ns[XHM_CLASS_COUNT];

    uint32_t cpupool_number; /**< 1 + index of the cpupool it must be in; 0: not supervised */
    struct xhm_credit2_policy credit2;
    struct xhm_cache_policy cache;
    bool devices_declared; /**< it has exactly the paravirtual devices that follow; false: not supervised */
    uint32_t device_count;
    struct xhm_device_policy devices[XHM_MAX_DEVICES];
    bool assigned_declared; /**< exactly these devices are assigned to it; false: not supervised */
    uint32_t assigned_count;
    uint32_t assigned[XHM_MAX_ASSIGNED]; /**< PCI addresses: segment << 16 | bus << 8 | device << 3 | function */
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

/** What is left when nothing else is. */
enum xhm_last_resort {
    XHM_LAST_RESORT_NONE = 0,
    XHM_LAST_RESORT_REBOOT_ECU = 1,         /**< the hardware domain reboots the machine; deployment dom0 only */
    XHM_LAST_RESORT_RESTART_SUPERVISOR = 2, /**< xhmd ends with an error; its service manager starts it again */
};

/** Where the supervisor runs: what it can do depends on it. */
enum xhm_deployment {
    XHM_DEPLOYMENT_DOM0 = 1,
    XHM_DEPLOYMENT_DEDICATED = 2,
};

/** Operating mode of the ECU. Numbers are the API's. */
enum xhm_ecu_mode {
    XHM_MODE_STARTUP = 1,  /**< partitions that are not there yet are no fault; reactions are carried out */
    XHM_MODE_RUN = 2,      /**< everything is judged */
    XHM_MODE_SHUTDOWN = 3, /**< partitions end on purpose: nothing is judged, nothing is done */
    XHM_MODE_UPDATE = 4,   /**< likewise, while software is replaced */
    XHM_MODE_END
};

/** The supervisor's own timing. */
struct xhm_supervisor_policy {
    uint64_t cycle_ns;                     /**< supervision cycle */
    uint64_t crash_check_period_ns;        /**< period of reading the domain list, whole multiple of the cycle */
    uint64_t conformance_period_ns;        /**< time within which every vCPU of every domain is looked at once */
    uint32_t conformance_checks_per_cycle; /**< bound on vCPU look-ups in one cycle */
    uint64_t overrun_tolerance_ns;    /**< a step later than this is an overrun fault and re-baselines every window */
    uint64_t probe_busy_tolerance_ns; /**< a probe slot that stays mid-write for longer is a fault */
    uint64_t visibility_timeout_ns;   /**< xenstore or hypervisor silent for longer is a fault of the link */
    uint64_t agent_timeout_ns;        /**< agent silent for longer is a fault of the link */
    enum xhm_deployment deployment;
    enum xhm_ecu_mode initial_mode; /**< after a boot of the ECU */
    /**
     * Bounds that the integrator measured or was given, terms of every FDTI and FRTI: how late a supervision step may
     * be by scheduling, and how long a direct action takes until it shows (hypercall, or a message to a peer).
     */
    uint64_t scheduling_latency_ns;
    uint64_t direct_action_ns;
    uint32_t boot_limit; /**< starts in a row without a healthy ECU before the supervisor starts latched; 0: no limit */
    uint32_t boot_safe_state_number; /**< 1 + index of the safe state of a boot loop or an unreadable latch; 0: none */
    enum xhm_last_resort last_resort;
    uint32_t last_resort_limit; /**< last resorts in a row without a healthy ECU, over boots */
};

/** One option of Xen's command line. */
struct xhm_option_policy {
    char text[XHM_OPTION_SIZE]; /**< a word of it: "sched=credit2", or its beginning up to =: "sched=" */
    bool forbidden;             /**< it must not be there; else it must */
};

/**
 * The host as a whole. Nothing in it is supervised where its value is 0. What only dom0 can tell comes from the agent
 * as dated facts, which are unknown once they are older than `facts_timeout_ns`.
 */
struct xhm_platform_policy {
    uint64_t facts_period_ns;  /**< the agent gathers facts this often; 0: not at all */
    uint64_t facts_timeout_ns; /**< facts older than this are unknown, which is a fault */
    uint32_t xen_version_min;  /**< major << 16 | minor; 0: none */
    uint32_t xen_version_max;  /**< likewise, the last one allowed; 0: none */
    uint32_t option_count;
    struct xhm_option_policy options[XHM_MAX_OPTIONS];
    uint32_t capabilities; /**< bits of Xen's XEN_SYSCTL_PHYSCAP_* (xen/include/public/sysctl.h) that must be there */
    uint32_t pcpus_online; /**< exactly */
    uint64_t free_memory_kib; /**< at least so much of the host's memory is free */
    bool claims_forbidden;    /**< no memory is claimed and not yet populated, by any domain */
    uint32_t service_count;
    char services[XHM_MAX_SERVICES][XHM_NAME_SIZE]; /**< process names in dom0 that must be running */
    uint32_t supervisor_number; /**< 1 + index of the partition in which xhmd runs; 0: not declared */
};

/** Roles of API peers, as bits. */
enum xhm_role {
    XHM_ROLE_OBSERVER = 1u << 0,   /**< may read */
    XHM_ROLE_OPERATOR = 1u << 1,   /**< may read, restart partitions, set modes, enter and clear safe states */
    XHM_ROLE_RIG = 1u << 2,        /**< may read and inject faults */
    XHM_ROLE_AGENT = 1u << 3,      /**< carries out delegated actions */
    XHM_ROLE_CLUSTER = 1u << 4,    /**< may read and enter safe states */
    XHM_ROLE_INTEGRATOR = 1u << 5, /**< may read and apply policies */
};

/** Every role there is. */
#define XHM_ALL_ROLES                                                                                                  \
    ((uint32_t)XHM_ROLE_OBSERVER | (uint32_t)XHM_ROLE_OPERATOR | (uint32_t)XHM_ROLE_RIG | (uint32_t)XHM_ROLE_AGENT |   \
     (uint32_t)XHM_ROLE_CLUSTER | (uint32_t)XHM_ROLE_INTEGRATOR)

/** What the peers of an access row have in common. */
enum xhm_access_kind {
    XHM_ACCESS_UID = 0,       /**< their user, on the UNIX socket */
    XHM_ACCESS_GID = 1,       /**< a group of theirs, on the UNIX socket */
    XHM_ACCESS_PARTITION = 2, /**< the partition in which they run, over vchan */
};

/** One row of the access list: the peers that it names hold these roles. */
struct xhm_access_policy {
    enum xhm_access_kind kind;
    uint32_t id;    /**< user id, group id, or 1 + index of the partition */
    uint32_t roles; /**< set of enum xhm_role */
};

/** The whole policy. */
struct xhm_policy {
    uint32_t schema;
    char ecu_id[XHM_NAME_SIZE];
    uint64_t hash; /**< CRC-64 of the compiled body, filled by the codec: the policy's identity in events */
    struct xhm_supervisor_policy supervisor;
    uint32_t partition_count;
    struct xhm_partition_policy partitions[XHM_MAX_PARTITIONS];
    uint32_t group_count;
    struct xhm_group_policy groups[XHM_MAX_GROUPS];
    uint32_t safe_state_count;
    struct xhm_safe_state_policy safe_states[XHM_MAX_SAFE_STATES];
    uint32_t access_count;
    struct xhm_access_policy access[XHM_MAX_ACCESS];
    bool injection_allowed; /**< this ECU takes fault injections at all */
    struct xhm_platform_policy platform;
    uint32_t cpupool_count;
    struct xhm_cpupool_policy cpupools[XHM_MAX_CPUPOOLS];
    uint32_t dtcs[XHM_MAX_FAULTS]; /**< by enum xhm_fault: the fault's DTC, below XHM_DTC_END; 0: none */
};

#endif
