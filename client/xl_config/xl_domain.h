// SPDX-License-Identifier: Apache-2.0
/**
 * What an xl domain configuration says, as far as a policy has something to say about it.
 *
 * The structure holds no pointers and nothing of Xen's libraries: xl_reader.h fills it, client/lint compares it.
 */
#ifndef XHM_XL_DOMAIN_H
#define XHM_XL_DOMAIN_H

#include "messages.h"
#include "policy.h"

/** vCPUs of one domain that a configuration may have. */
#define XHM_XL_MAX_VCPUS  128
/** Elements that are kept of all lists of a configuration together. */
#define XHM_XL_MAX_ITEMS  64
/** Bytes of a text or of a list's element, its terminating zero included. */
#define XHM_XL_TEXT_SIZE  96
/** Things that are not compared, kept of one configuration; further ones are counted. */
#define XHM_XL_MAX_OTHERS 64

/** Keys of xl.cfg(5) whose values are read. The table with their names and kinds is xl_keys.c. */
enum xhm_xl_key {
    XHM_XL_NAME,
    XHM_XL_UUID,
    XHM_XL_MEMORY,
    XHM_XL_MAXMEM,
    XHM_XL_VCPUS,
    XHM_XL_MAXVCPUS,
    XHM_XL_CPUS,
    XHM_XL_POOL,
    XHM_XL_CPU_WEIGHT,
    XHM_XL_CAP,
    XHM_XL_PERIOD,
    XHM_XL_EXTRATIME,
    XHM_XL_ON_POWEROFF,
    XHM_XL_ON_REBOOT,
    XHM_XL_ON_CRASH,
    XHM_XL_ON_WATCHDOG,
    XHM_XL_ON_SOFT_RESET,
    XHM_XL_TYPE,
    XHM_XL_DISK,
    XHM_XL_VIF,
    XHM_XL_VFB,
    XHM_XL_VNC,
    XHM_XL_VKB,
    XHM_XL_VTPM,
    XHM_XL_P9,
    XHM_XL_PVCALLS,
    XHM_XL_VDISPL,
    XHM_XL_VSND,
    XHM_XL_CHANNEL,
    XHM_XL_USBCTRL,
    XHM_XL_USBDEV,
    XHM_XL_VIRTIO,
    XHM_XL_PCI,
    XHM_XL_DTDEV,
    XHM_XL_IOMEM,
    XHM_XL_IOPORTS,
    XHM_XL_IRQS,
    XHM_XL_KEY_COUNT
};

/** What stands behind a key. */
enum xhm_xl_kind {
    XHM_XL_KIND_TEXT,
    XHM_XL_KIND_NUMBER,
    XHM_XL_KIND_LIST, /**< texts */
    XHM_XL_KIND_CPUS, /**< one text for all vCPUs, or a list with one for each */
};

/** What became of a key. */
enum xhm_xl_state {
    XHM_XL_ABSENT = 0, /**< not given */
    XHM_XL_READ,
    XHM_XL_UNREADABLE, /**< given, but xl could not take it: told, and nothing is concluded from it */
};

/** The value of one key. */
struct xhm_xl_value {
    enum xhm_xl_state state;
    struct xhm_mark mark;        /**< of the key */
    char text[XHM_XL_TEXT_SIZE]; /**< XHM_XL_KIND_TEXT */
    uint64_t number;             /**< XHM_XL_KIND_NUMBER, in xl's own unit: memory and maxmem in MiB */
    uint32_t first_item;         /**< XHM_XL_KIND_LIST: index into `items` */
    uint32_t item_count;         /**< of the list, kept or not */
};

/** Where a vCPU may run, by hard affinity. */
struct xhm_xl_affinity {
    struct xhm_pcpu_set pcpus; /**< of those that this build knows */
    bool every;                /**< every pCPU of the machine but those missing in `pcpus`: xl's word "all" */
};

/** Something that is not compared: a key that has no meaning here, or what a key said before it was given again. */
struct xhm_xl_other {
    char name[32];
    struct xhm_mark mark;
    uint32_t line_forgotten; /**< given again: xl takes the value at `mark`, not that of this line; else 0 */
};

/** One configuration. */
struct xhm_xl_domain {
    struct xhm_xl_value values[XHM_XL_KEY_COUNT];
    struct xhm_uuid uuid;                              /**< counts when the value of XHM_XL_UUID was read */
    uint32_t vcpus;                                    /**< online at creation; 1 when not given */
    uint32_t max_vcpus;                                /**< that it can ever have; `vcpus` when not given */
    struct xhm_xl_affinity affinity[XHM_XL_MAX_VCPUS]; /**< of vCPUs below `max_vcpus` */
    char items[XHM_XL_MAX_ITEMS][XHM_XL_TEXT_SIZE];
    uint32_t item_count;
    struct xhm_xl_other others[XHM_XL_MAX_OTHERS];
    uint32_t other_count; /**< of all that there are; those from XHM_XL_MAX_OTHERS on are not kept */
};

/** Whether the key was given and could be read. */
bool xl_domain_has(const struct xhm_xl_domain *domain, enum xhm_xl_key key);

/** Whether it is a paravirtualised domain, which is what xl takes when no type is given. */
bool xl_domain_is_paravirtualised(const struct xhm_xl_domain *domain);

/** The name of the domain that has the device's backend; NULL for dom0, whatever the policy calls it. */
const char *xl_domain_backend(const struct xhm_policy *policy, const struct xhm_device_policy *device);

/** What Xen gives a vCPU under RTDS until somebody says otherwise; a configuration can only change the period. */
#define XHM_XL_RTDS_PERIOD_US 10000u
#define XHM_XL_RTDS_BUDGET_US 4000u

/** Whether the partition declares RTDS servers. */
bool xl_domain_declares_rtds(const struct xhm_partition_policy *partition);

/** The period in us with which a configuration gives a partition all the RTDS servers that it declares; 0: none does.
 */
uint64_t xl_domain_rtds_period_us(const struct xhm_partition_policy *partition);

/** Why xl does not create the partition, as a sentence; NULL when it does: identified by uuid. */
const char *xl_domain_created_otherwise(const struct xhm_partition_policy *partition);

#endif
