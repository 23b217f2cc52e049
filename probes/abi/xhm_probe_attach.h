// SPDX-License-Identifier: Apache-2.0
/*
 * How a probe page reaches the supervisor: descriptors of the attachment and the names of the rendezvous in xenstore.
 *
 * The rendezvous lives in the partition's own xenstore subtree (/local/domain/<domid>), so that no partition needs a
 * right outside it:
 *   data/xhm/supervisor     written by the agent:  "<domid> <epoch>" of the supervisor's domain
 *   data/xhm/page/<index>   written by the probe:  "<grant reference> <epoch>", readable for the supervisor's domain
 *   data/xhm/inject         written by the agent, read only by test builds of xhm-rt-task
 *   data/xhm/injected       written by those: the same text, when they carry it out
 * All numbers are decimal. The epoch changes whenever partitions have to share again, even if the domid is the same.
 */
#ifndef XHM_PROBE_ATTACH_H
#define XHM_PROBE_ATTACH_H

#include <stdint.h>

#define XHM_PROBE_XENSTORE_SUPERVISOR     "data/xhm/supervisor"
#define XHM_PROBE_XENSTORE_PAGE_DIRECTORY "data/xhm/page"
#define XHM_PROBE_XENSTORE_INJECT         "data/xhm/inject"
#define XHM_PROBE_XENSTORE_INJECTED       "data/xhm/injected"

/* How a page is shared with the supervisor. */
enum xhm_probe_attach_kind {
    XHM_PROBE_ATTACH_NONE = 0,
    XHM_PROBE_ATTACH_GRANT = 1,         /* Xen grant, announced through xenstore */
    XHM_PROBE_ATTACH_STATIC_MEMORY = 2, /* static shared memory of a dom0less system; reserved, no transport yet */
};

/* One attached page, as the supervisor sees it. Holds no resource; it can be copied freely. */
struct xhm_probe_attach {
    enum xhm_probe_attach_kind kind;
    uint32_t page_index;
    union {
        struct {
            uint32_t domid; /* of the partition's instance that granted the page */
            uint32_t grant_reference;
            uint64_t epoch; /* of the rendezvous that the grant answers */
        } grant;
        struct {
            uint64_t physical_address; /* in the supervisor's address space, aligned to 4096 */
            uint32_t shared_memory_id; /* the id of the device tree's xen,shm-id, as the policy declares it */
        } static_memory;
    } as;
};

#endif
