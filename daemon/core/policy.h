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
#define XHM_NAME_SIZE     32
/** Entries of the access list. */
#define XHM_MAX_ACCESS    16
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
};

/** Where a vCPU must be. */
struct xhm_vcpu_policy {
    struct xhm_pcpu_set pcpus; /**< hard affinity, exactly */
    bool exclusive;            /**< no vCPU of any other domain may be able to run on `pcpus` */
};

/** What is done about a fault. Ordered by severity. */
enum xhm_reaction {
    XHM_REACTION_REPORT = 1,
    XHM_REACTION_RESTART = 2,
};

/** Classes of faults of a partition; a policy declares one reaction for each. */
enum xhm_fault_class {
    XHM_CLASS_PRESENCE,                   /**< crashed, stopped, missing, not started in time */
    XHM_CLASS_ENTITY,                     /**< alive supervision of an entity */
    XHM_CLASS_PROBE,                      /**< probe page missing or not trustworthy */
    XHM_CLASS_DEADLINE,                   /**< deadline misses counted by the partition */
    XHM_CLASS_PLACEMENT,                  /**< vCPUs and pCPUs: affinity, exclusivity, number */
    XHM_CLASS_MEMORY,                     /**< memory outside its declared size */
    XHM_CLASS_COUNT,                      /**< number of classes that a policy declares a reaction for */
    XHM_CLASS_RECOVERY = XHM_CLASS_COUNT, /**< a restart that failed: always reported only */
    XHM_CLASS_SUPERVISOR,                 /**< faults of the supervisor or its links: always reported only */
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
    uint64_t size_kib;  /**< 0: not supervised */
    uint64_t slack_kib; /**< ballooning that is accepted */
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
    enum xhm_reaction reactions[XHM_CLASS_COUNT];
    struct xhm_restart_policy restart;
    bool injection_allowed;
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
};

/** Roles of API peers, as bits. */
enum xhm_role {
    XHM_ROLE_OBSERVER = 1u << 0, /**< may read */
    XHM_ROLE_OPERATOR = 1u << 1, /**< may restart partitions and apply policies */
    XHM_ROLE_RIG = 1u << 2,      /**< may inject faults */
    XHM_ROLE_AGENT = 1u << 3,    /**< carries out delegated actions */
};

/** One row of the access list: peers with this uid (or gid) hold these roles. */
struct xhm_access_policy {
    bool by_gid; /**< `id` is a group id */
    uint32_t id;
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
    uint32_t access_count;
    struct xhm_access_policy access[XHM_MAX_ACCESS];
    bool injection_allowed; /**< this ECU takes fault injections at all */
};

#endif
