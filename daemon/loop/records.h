/**
 * Turning the core's events into records with names and sequence numbers, and telling them; and what the service
 * manager is told. Part of the loop.
 */
#ifndef XHM_RECORDS_H
#define XHM_RECORDS_H

#include "control.h"
#include "core.h"
#include "writer.h"

/** How long an urgent record waits for the fault memory. */
#define XHM_RECORDS_URGENT_NS UINT64_C(1000000)

/** Records that wait for the fault memory before peers are told. */
#define XHM_RECORDS_PENDING 512

/**
 * Where records go. Peers are told an event only once the fault memory has it: what was told survives a kill of the
 * supervisor at any instruction. That takes microseconds while storage answers. Telling of a safe state is a direct
 * action and must not depend on it: such a record, and those before it, are told XHM_RECORDS_URGENT_NS after they were
 * first looked at, right after the step or the order that decided them, at the latest.
 */
struct xhm_records {
    struct xhm_writer *writer;
    struct xhm_control *control; /**< NULL until the API is open */
    uint64_t sequence;           /**< of the last record */
    uint64_t policy_hash;
    uint32_t lost;            /**< events that found no room, since the last step */
    uint64_t urgent_sequence; /**< of the newest urgent record */
    uint64_t urgent_ns;       /**< when the oldest one that waits was first looked at, 0: not yet */
    struct xhm_record record;
    uint32_t pending_first;
    uint32_t pending_count;
    struct xhm_record pending[XHM_RECORDS_PENDING];
};

/** Prepares @p records; the next record has the sequence after @p last_sequence. */
void records_init(struct xhm_records *records, struct xhm_writer *writer, uint64_t policy_hash, uint64_t last_sequence);

/** Fills a record for @p event with names from @p policy. @return valid until the next call */
const struct xhm_record *records_make(struct xhm_records *records, const struct xhm_event *event,
                                      const struct xhm_policy *policy, uint64_t wall_clock_ns);

/** Gives a record to the writer, and keeps it for the API. When there is no room it is counted as lost. */
void records_tell(struct xhm_records *records, const struct xhm_record *record);

/** Gives the API those records that the fault memory has by now, or that are overdue. To be called every cycle. */
void records_release(struct xhm_records *records, uint64_t now_ns);

/** True while an urgent record waits: records_release() is to be called again soon, not only in the next cycle. */
bool records_are_urgent(const struct xhm_records *records);

/** Gives the events of earlier lives, as far as the fault memory holds them, to the API. */
void records_preload(struct xhm_records *records);

/** An id greater than all that were given out; without a fault memory the wall clock stands in. */
uint64_t records_first_task_id(const struct xhm_writer_memory *memory, uint64_t wall_clock_ns);

#endif
