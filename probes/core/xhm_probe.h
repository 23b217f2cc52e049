// SPDX-License-Identifier: Apache-2.0
/*
 * The probe: what a partition calls to report that its supervised entities are alive, in time and in order.
 *
 * Freestanding: no libc, no allocation, no system call, no waiting. The caller gives the memory and the time, and gets
 * the page to the supervisor by a transport of its choice (probes/linux for Linux guests).
 *
 * Threads: initialising and moving belong to one thread of the caller's choice. After xhm_probe_entity_init() each
 * entity is used by one thread only (or by threads that exclude each other); different entities need no exclusion.
 * A report costs two short checksums and at most about thirty stores, whatever anybody else does.
 */
#ifndef XHM_PROBE_H
#define XHM_PROBE_H

#include "xhm_probe_abi.h"

#include <stdbool.h>
#include <stdint.h>

/* Results. Negative values are the caller's mistakes; nothing was changed then. */
enum xhm_probe_result {
    XHM_PROBE_DONE = 0,
    XHM_PROBE_BAD_ARGUMENT = -1, /* an id, index or address outside its range */
    XHM_PROBE_SLOT_TAKEN = -2,   /* the slot already has an entity */
};

/*
 * One supervised entity. Members are private. The counters are kept here and only copied to the page, so that a damaged
 * page never feeds back into them.
 */
struct xhm_probe_entity {
    struct xhm_probe_slot *slot;         /* written by the entity's thread only */
    struct xhm_probe_slot *pending_slot; /* set by xhm_probe_page_move(), taken at the entity's next report */
    uint32_t data_id;
    uint32_t entity_id;
    uint32_t counter;
    uint32_t ring_position;
    uint64_t alive_counter;
    uint64_t deadline_met;
    uint64_t deadline_missed;
    uint64_t worst_latency_ns;
    uint64_t last_latency_ns;
    uint64_t ring_write_index;
    uint64_t ring_base_index;
    uint32_t latency_buckets[XHM_PROBE_HISTOGRAM_BUCKET_COUNT];
};

/* The writer of one page. Members are private; the caller owns the memory, which must outlive every report. */
struct xhm_probe_writer {
    struct xhm_probe_page *page;
    uint32_t partition_id;
    uint32_t page_index;
    uint32_t feature_bits;
    uint32_t page_sequence;
    uint64_t instance_id;
    struct xhm_probe_entity entities[XHM_PROBE_SLOT_COUNT];
};

/* How a page is to be declared. */
struct xhm_probe_identity {
    uint32_t partition_id;                /* as in the policy, 1 to XHM_PROBE_PARTITION_ID_MAX */
    uint32_t page_index;                  /* 0 to XHM_PROBE_PAGE_INDEX_MAX */
    uint64_t instance_id;                 /* not 0; must differ from that of every earlier start of this process */
    enum xhm_probe_clock_kind clock_kind; /* of every now_ns that will be given */
};

/*
 * Starts a page with no entities and all counters at 0.
 * page: 4096 bytes, aligned to 8; owned by the caller, written by the writer until it was moved elsewhere.
 * May be repeated on a page that is already shared, with a new instance id, when all entities start over.
 */
enum xhm_probe_result xhm_probe_page_init(struct xhm_probe_writer *writer, struct xhm_probe_page *page,
                                          const struct xhm_probe_identity *identity);

/*
 * Puts an entity into a slot.
 * slot_index: below XHM_PROBE_SLOT_COUNT, not in use. entity_id: as in the policy, not 0. now_ns: the guest's clock.
 * entity: set to the entity, which lives in the writer.
 */
enum xhm_probe_result xhm_probe_entity_init(struct xhm_probe_writer *writer, uint32_t slot_index, uint32_t entity_id,
                                            uint64_t now_ns, struct xhm_probe_entity **entity);

/* Reports that the entity is alive. Call it once for each expected alive indication of the policy. */
void xhm_probe_alive(struct xhm_probe_entity *entity, uint64_t now_ns);

/*
 * Reports that a checkpoint was reached at now_ns. It does not count as an alive indication.
 * The ring holds XHM_PROBE_RING_ENTRY_COUNT checkpoints; more of them between two supervision cycles is a fault.
 */
void xhm_probe_checkpoint(struct xhm_probe_entity *entity, uint32_t checkpoint_id, uint64_t now_ns);

/*
 * Reports one finished activation.
 * met: it ended within its deadline. latency_ns: from its release to its start, as the task measured it; counted in the
 * slot's histogram.
 */
void xhm_probe_deadline_report(struct xhm_probe_entity *entity, bool met, uint64_t latency_ns, uint64_t now_ns);

/*
 * Continues on another page, with all counters as they are, when the page has to be shared with a new supervisor.
 * The new page starts with what the entities last reported; each entity changes over by itself at its next report, so
 * no task is ever waited for. The history of checkpoints stays behind.
 * page: 4096 bytes, aligned to 8, not the present page. The old page must stay writable until
 * xhm_probe_page_is_moved().
 */
enum xhm_probe_result xhm_probe_page_move(struct xhm_probe_writer *writer, struct xhm_probe_page *page);

/*
 * Whether every entity has changed over, so that the old pages may be released. An entity that never reports again
 * never changes over.
 */
bool xhm_probe_page_is_moved(const struct xhm_probe_writer *writer);

#endif
