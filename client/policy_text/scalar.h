// SPDX-License-Identifier: Apache-2.0
/**
 * Single values of a policy text: durations, sizes, counts, sets of pCPUs, names. Each kind is read from and written to
 * text by one pair of functions; what is written reads back as the same value.
 */
#ifndef XHM_SCALAR_H
#define XHM_SCALAR_H

#include "policy.h"

/** Bytes of the longest text that a writer makes, its terminating zero included. */
#define XHM_SCALAR_TEXT_SIZE (5u * XHM_MAX_PCPUS + (XHM_NAME_SIZE + 4u) * XHM_MAX_PARTITIONS + 16u)

/** Kinds of value; the type in struct xhm_policy is named with each. */
enum xhm_scalar_kind {
    XHM_SCALAR_NAME,           /**< char[XHM_NAME_SIZE] */
    XHM_SCALAR_DURATION,       /**< uint64_t nanoseconds, text "10ms" */
    XHM_SCALAR_SIZE,           /**< uint64_t KiB, text "96MiB" */
    XHM_SCALAR_COUNT,          /**< uint32_t */
    XHM_SCALAR_PERCENT,        /**< uint32_t, text "80%" */
    XHM_SCALAR_FLAG,           /**< bool, text "true" or "false" */
    XHM_SCALAR_PERMISSION,     /**< bool, text "allowed" or "forbidden" */
    XHM_SCALAR_SUPERVISION,    /**< bool, text "deactivated" or "active" */
    XHM_SCALAR_ORDER,          /**< bool, text "in_order" or "together" */
    XHM_SCALAR_DEPLOYMENT,     /**< enum xhm_deployment */
    XHM_SCALAR_MODE,           /**< enum xhm_ecu_mode: those that an ECU may begin in */
    XHM_SCALAR_LAST_RESORT,    /**< enum xhm_last_resort */
    XHM_SCALAR_REACTION,       /**< struct xhm_ladder, text "restart"; a list, too */
    XHM_SCALAR_PCPUS,          /**< struct xhm_pcpu_set, text "1", "1,3", "2-3"; a list, too */
    XHM_SCALAR_CHECKPOINTS,    /**< uint32_t count, uint32_t[XHM_MAX_GRAPH_ENDS]; a list, too */
    XHM_SCALAR_ROLES,          /**< uint32_t set of enum xhm_role; a list, too */
    XHM_SCALAR_UUID,           /**< struct xhm_identity: kind and uuid */
    XHM_SCALAR_STATIC_DOMID,   /**< struct xhm_identity: kind and domid */
    XHM_SCALAR_UID,            /**< struct xhm_access_policy: kind and id */
    XHM_SCALAR_GID,            /**< struct xhm_access_policy: kind and id */
    XHM_SCALAR_PARTITION_PEER, /**< struct xhm_access_policy: kind and id, text: the partition's name */
    XHM_SCALAR_PARTITION,      /**< uint32_t 1 + index, text: the partition's name */
    XHM_SCALAR_PARTITIONS,     /**< uint64_t set of bits, text: names; a list, too */
    XHM_SCALAR_SAFE_STATE,     /**< uint32_t 1 + index, text: the safe state's name */
    XHM_SCALAR_PAUSED,       /**< enum xhm_disposition[XHM_MAX_PARTITIONS], text: names of those paused; a list, too */
    XHM_SCALAR_STOPPED,      /**< likewise, of those stopped */
    XHM_SCALAR_STARTED,      /**< likewise, of those started */
    XHM_SCALAR_CPUPOOL,      /**< uint32_t 1 + index, text: the cpupool's name */
    XHM_SCALAR_FORBIDDEN,    /**< bool, text "forbidden"; what is allowed is left out */
    XHM_SCALAR_SCHEDULER,    /**< enum xhm_scheduler, but ANY */
    XHM_SCALAR_DEVICE_KIND,  /**< enum xhm_device_kind */
    XHM_SCALAR_MASK,         /**< uint64_t, text "0xf0" */
    XHM_SCALAR_DTC,          /**< uint32_t, text "0xc10001" */
    XHM_SCALAR_VERSION,      /**< uint32_t major << 16 | minor, text "4.17" */
    XHM_SCALAR_CAPABILITIES, /**< uint32_t set of XEN_SYSCTL_PHYSCAP_* bits; a list, too */
    XHM_SCALAR_SERVICES,     /**< uint32_t count, char[XHM_MAX_SERVICES][XHM_NAME_SIZE]; a list, too */
    XHM_SCALAR_ASSIGNED,     /**< struct xhm_partition_policy: assigned devices; a list, or the word none */
    XHM_SCALAR_OPTION_REQUIRED,  /**< struct xhm_option_policy */
    XHM_SCALAR_OPTION_FORBIDDEN, /**< likewise */
    XHM_SCALAR_KIND_COUNT
};

/** What a kind refers to by name. */
enum xhm_reference_kind {
    XHM_REFERENCE_NONE,
    XHM_REFERENCE_PARTITION,
    XHM_REFERENCE_SAFE_STATE,
    XHM_REFERENCE_CPUPOOL,
    XHM_REFERENCE_COUNT
};

/** What is known of a kind. */
struct xhm_scalar_info {
    const char *noun; /**< "a duration" */
    bool list;        /**< may be a list of texts: each is read into the same target in turn */
    /**
     * Reads @p text to @p target. Lists add to what is there.
     * @return NULL, or a sentence that goes on from the value ("has no unit: …")
     */
    const char *(*read)(const char *text, void *target);
    /** Writes the value at @p source. */
    void (*write)(const void *source, char text[XHM_SCALAR_TEXT_SIZE]);
    /* Of a kind that refers to something by its name, which has none of the two above (references.h): */
    enum xhm_reference_kind reference;
    /** Adds a reference to number @p index. @return as read() does */
    const char *(*refer)(uint32_t index, void *target);
    /** Whether number @p index is referred to. */
    bool (*refers)(uint32_t index, const void *source);
};

/** The row of @p kind. */
const struct xhm_scalar_info *scalar_info(enum xhm_scalar_kind kind);

/** True when the value at @p source is the one that stands for "not declared": 0, no element, no reference. */
bool scalar_is_none(enum xhm_scalar_kind kind, const void *source);

/** True when YAML would take the plain word @p text for something else than a text: true, no, null, … */
bool scalar_is_yaml_word(const char *text);

/** Writes a duration in ns with the largest unit that divides it. */
void scalar_write_duration(const void *duration_ns, char text[XHM_SCALAR_TEXT_SIZE]);

/** Reads a duration to a uint64_t of ns. @return NULL, or a sentence that goes on from the value */
const char *scalar_read_duration(const char *text, void *duration_ns);

/** Writes @p uuid in the order in which xl prints it: 8-4-4-4-12 hexadecimal digits. */
void scalar_write_uuid(const struct xhm_uuid *uuid, char text[37]);

#endif
