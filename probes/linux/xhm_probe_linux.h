// SPDX-License-Identifier: Apache-2.0
/*
 * libxhm-probe: the probe (xhm_probe.h) with its transport for Linux guests of Xen.
 *
 * A thread of the library's own talks to xenstore and to the grant device; the tasks that report never wait for it, nor
 * for xenstored, nor for the supervisor. Use: open, add entities, start, then report from the tasks by the functions of
 * xhm_probe.h. When the supervisor's domain is replaced, the page is shared again and all counters go on.
 *
 * Needs /dev/xen/xenbus and /dev/xen/gntalloc (module xen-gntalloc). As long as they are missing, or no supervisor is
 * announced, reports are counted and the library tries again every second.
 */
#ifndef XHM_PROBE_LINUX_H
#define XHM_PROBE_LINUX_H

#include "xhm_probe.h"

#include <stdbool.h>
#include <stdint.h>

struct xhm_probe_linux;

/* What a probe is opened with. */
struct xhm_probe_linux_settings {
    uint32_t partition_id; /* as in the policy, 1 to XHM_PROBE_PARTITION_ID_MAX */
    uint32_t page_index;   /* 0 to XHM_PROBE_PAGE_INDEX_MAX; each process of the partition has its own */
    /* Told in one line, without a line feed, what the transport does. May be NULL. Called by the library's thread. */
    void (*report)(void *report_context, const char *line);
    void *report_context;
};

/*
 * Makes a probe with a random instance id, no entities and nothing shared.
 * *probe: set to the probe, owned by the caller, or to NULL.
 * Returns 0, -EINVAL (settings outside their range), -ENOMEM, or an error of getrandom(2).
 */
int xhm_probe_linux_open(struct xhm_probe_linux **probe, const struct xhm_probe_linux_settings *settings);

/*
 * Adds a supervised entity; only before xhm_probe_linux_start().
 * slot_index: below XHM_PROBE_SLOT_COUNT, unused. entity_id: as in the policy, not 0.
 * *entity: lives as long as the probe. Returns 0, -EINVAL, -EBUSY (slot taken or already started).
 */
int xhm_probe_linux_add_entity(struct xhm_probe_linux *probe, uint32_t slot_index, uint32_t entity_id,
                               struct xhm_probe_entity **entity);

/*
 * Starts the library's thread, with normal scheduling and all signals blocked. Returns 0, -EBUSY (already started) or
 * the error of the thread's creation.
 */
int xhm_probe_linux_start(struct xhm_probe_linux *probe);

/* Whether a supervisor was announced and the page is shared with it; it need not have attached yet. */
bool xhm_probe_linux_is_shared(const struct xhm_probe_linux *probe);

/*
 * Stops sharing and frees everything; no entity may be in use any more. NULL is allowed. Waits up to 2 s for the
 * library's thread; if xenstored does not answer in that time, the memory is left to the end of the process.
 */
void xhm_probe_linux_close(struct xhm_probe_linux *probe);

/* CLOCK_MONOTONIC in nanoseconds: the clock that this transport declares, to be given to every report. */
uint64_t xhm_probe_linux_now_ns(void);

#endif
