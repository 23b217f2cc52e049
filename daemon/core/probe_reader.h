// SPDX-License-Identifier: Apache-2.0
/*
 * Reads probe pages (probes/abi/xhm_probe_abi.h).
 *
 * Two steps, because the page stays writable for a partition that nobody trusts:
 *   probe_reader_copy()    takes one stable copy of the shared page, with bounded retries;
 *   probe_reader_decode()  judges the copy only. Any 4096 bytes are an acceptable input and get a named verdict.
 * A cursor remembers what was seen of a page, so that each checkpoint is delivered once and counters that run backwards
 * are noticed. Nothing here allocates, waits or keeps state of its own.
 */
#ifndef XHM_PROBE_READER_H
#define XHM_PROBE_READER_H

#include "xhm_probe_abi.h"

#include <stdbool.h>
#include <stdint.h>

/* What came of reading the header of a page. */
enum xhm_probe_page_verdict {
    XHM_PROBE_PAGE_OK = 0,
    XHM_PROBE_PAGE_BUSY,            /* the header was being written; a page that stays busy is a fault */
    XHM_PROBE_PAGE_BAD_MAGIC,       /* no probe page, or not initialised yet */
    XHM_PROBE_PAGE_BAD_VERSION,     /* another major version */
    XHM_PROBE_PAGE_BAD_LAYOUT,      /* sizes that do not belong to this major version */
    XHM_PROBE_PAGE_BAD_CRC,         /* header corrupted */
    XHM_PROBE_PAGE_UNKNOWN_FEATURE, /* requires a feature that this reader would misread */
    XHM_PROBE_PAGE_WRONG_PARTITION, /* sound, but of another partition */
    XHM_PROBE_PAGE_WRONG_PAGE,      /* sound, but of another page index */
    XHM_PROBE_PAGE_BAD_INSTANCE,    /* instance id 0 */
    XHM_PROBE_PAGE_VERDICT_COUNT
};

/* What came of reading a slot. */
enum xhm_probe_slot_verdict {
    XHM_PROBE_SLOT_OK = 0,
    XHM_PROBE_SLOT_EMPTY,         /* all zero: never used */
    XHM_PROBE_SLOT_BUSY,          /* a write was under way in all tries; a slot that stays busy is a fault */
    XHM_PROBE_SLOT_BAD_CRC,       /* corrupted */
    XHM_PROBE_SLOT_BAD_DATA_ID,   /* sound, but belongs to another partition, page or slot */
    XHM_PROBE_SLOT_BAD_SEQUENCE,  /* sequence lock and E2E counter disagree, or a counter ran backwards */
    XHM_PROBE_SLOT_BAD_ENTITY,    /* entity id 0, or another entity than the cursor saw in this instance */
    XHM_PROBE_SLOT_BAD_RING,      /* impossible ring indices, or a corrupted, stale or displaced ring entry */
    XHM_PROBE_SLOT_BAD_HISTOGRAM, /* never of a slot as a whole: the rest of it is sound (probe_histogram.h) */
    XHM_PROBE_SLOT_VERDICT_COUNT
};

/* A checkpoint, as it stands in the ring. */
struct xhm_probe_checkpoint {
    uint64_t timestamp_ns; /* guest's clock */
    uint32_t checkpoint_id;
};

/* One slot. All members but the verdict are 0 unless the verdict is OK. */
struct xhm_probe_slot_reading {
    enum xhm_probe_slot_verdict verdict;
    bool written;           /* something was written since the cursor; true in a baseline */
    bool is_baseline;       /* entries[] do not continue what the cursor saw: the slot's first reading in this probe
                               instance, or the page was shared anew. The counters still continue in the second case */
    uint32_t entity_id;     /* never 0 if OK; not checked against the policy */
    uint32_t counter;       /* E2E counter, modulo 2^31 */
    uint64_t alive_counter; /* alive indications since the instance started */
    uint64_t deadline_met;
    uint64_t deadline_missed;
    uint64_t worst_latency_ns; /* since the instance started */
    uint64_t last_latency_ns;
    uint64_t guest_time_ns;    /* guest's clock at the last write; any value is possible */
    uint64_t ring_write_index; /* checkpoints since the instance started */
    uint64_t lost_count;       /* checkpoints since the cursor that newer ones overwrote; 0 in a baseline */
    uint32_t entry_count;      /* valid elements of entries[] */
    struct xhm_probe_checkpoint entries[XHM_PROBE_RING_ENTRY_COUNT]; /* oldest first; all newer than the cursor */
};

/* One page. If the verdict is not OK, instance_id and feature_bits are 0 and all slots are EMPTY. */
struct xhm_probe_page_reading {
    enum xhm_probe_page_verdict verdict;
    uint32_t feature_bits;
    uint64_t instance_id;
    struct xhm_probe_slot_reading slots[XHM_PROBE_SLOT_COUNT];
};

/*
 * What was already seen of one page. All zero is a valid start ("nothing seen"). The caller owns one for each attached
 * page and clears it when the partition's instance ends. A new probe instance id makes it start over by itself; a page
 * that was shared again by the same probe instance continues.
 */
struct xhm_probe_slot_cursor {
    bool is_seen;
    uint32_t entity_id;
    uint32_t counter;
    uint64_t alive_counter;
    uint64_t deadline_met;
    uint64_t deadline_missed;
    uint64_t ring_write_index;
};

/* What of a page was read already. */
struct xhm_probe_cursor {
    uint64_t instance_id; /* 0: nothing seen */
    struct xhm_probe_slot_cursor slots[XHM_PROBE_SLOT_COUNT];
};

/*
 * Copies a shared page, retrying each part that is being written a bounded number of times. A part that was in change
 * in all tries is marked in the copy by an odd sequence, which decode reports as BUSY. Parts of the copy that decode
 * does not look at are not written.
 *
 * shared_page: 4096 readable bytes, aligned to 8, changed by somebody else at any moment. copy: aligned to 8.
 * Time is bounded, whatever the writer does: at most 4 tries for the header and for each slot.
 */
void probe_reader_copy(const void *shared_page, struct xhm_probe_page *copy);

/*
 * Validates a copy and delivers what is new since the cursor.
 *
 * partition_id, page_index: what the policy says that this page must be.
 * cursor: what was seen before, or NULL to get everything that the ring holds. Not changed.
 * reading: owned by the caller, completely overwritten except entries[] beyond entry_count.
 * A page that is not OK is reported in reading->verdict; the function itself cannot fail.
 */
void probe_reader_decode(const struct xhm_probe_page *copy, uint32_t partition_id, uint32_t page_index,
                         const struct xhm_probe_cursor *cursor, struct xhm_probe_page_reading *reading);

/*
 * Takes what a reading delivered into the cursor. Slots that were not OK are left as they were, so that their
 * checkpoints are delivered by a later reading; a page that was not OK changes nothing.
 */
void probe_reader_advance(struct xhm_probe_cursor *cursor, const struct xhm_probe_page_reading *reading);

/* Stable lower-case names for logs and the API, e.g. "bad-crc"; "invalid" for a value outside the enumeration. */
const char *probe_reader_page_verdict_name(enum xhm_probe_page_verdict verdict);
const char *probe_reader_slot_verdict_name(enum xhm_probe_slot_verdict verdict);

#endif
