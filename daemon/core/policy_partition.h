/**
 * What a policy declares of one partition.
 */
#ifndef XHM_CORE_POLICY_PARTITION_H
#define XHM_CORE_POLICY_PARTITION_H

#include "policy_entity.h"
#include "policy_placement.h"
#include "policy_reaction.h"
#include <stdbool.h>
#include <stdint.h>

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

/** CPU time that a partition consumes, in percent of one pCPU, measured between two domain lists. */
struct xhm_load_policy {
    uint32_t raise_percent; /**< above is failed; 0: not supervised; at most 100 x vCPUs */
    uint32_t clear_percent; /**< at most this is passed; not above raise_percent */
    struct xhm_debounce_policy debounce;
};

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

#endif
