/**
 * Reads the latency histogram of a slot (probes/abi/xhm_probe_abi.h): the part that is read only where a latency budget
 * is declared.
 *
 * Like probe_reader.h it judges a copy of the page, and any content of it is an acceptable input.
 */
#ifndef XHM_CORE_PROBE_HISTOGRAM_H
#define XHM_CORE_PROBE_HISTOGRAM_H

#include "probe_reader.h"

/** What came of reading the histogram of a slot. */
enum xhm_probe_histogram_verdict {
    XHM_PROBE_HISTOGRAM_UNREAD = 0, /**< nobody looked */
    XHM_PROBE_HISTOGRAM_OK,
    XHM_PROBE_HISTOGRAM_ABSENT, /**< the probe counts none, or one of a kind that this reader does not know */
    XHM_PROBE_HISTOGRAM_BAD,    /**< corrupted, of another place or another moment, or a bucket ran backwards */
};

/** What was seen of the histogram of one slot. All zero is a valid start. */
struct xhm_probe_histogram_state {
    enum xhm_probe_histogram_verdict verdict;           /**< of the last reading */
    bool counting;                                      /**< `buckets` were read, and are a base for differences */
    uint32_t activations;                               /**< sum of the buckets, modulo 2^32 */
    uint32_t buckets[XHM_PROBE_HISTOGRAM_BUCKET_COUNT]; /**< since the probe's instance started, each modulo 2^32 */
};

/**
 * Reads the histogram that belongs to @p slot, a sound reading of slot @p slot_index of @p copy. Without an activation
 * since the last sound reading nothing is read again. One that is not sound leaves the buckets as they were, so that
 * what it would have told is told by the next one that is.
 * @return activations of at least @p late_ns since the last sound reading; 0 when there was none. Buckets count as a
 *         whole: @p late_ns should be the bound of one
 */
uint64_t probe_histogram_read(const struct xhm_probe_page *copy, uint32_t slot_index,
                              const struct xhm_probe_slot_reading *slot, uint64_t late_ns,
                              struct xhm_probe_histogram_state *state);

/** What is read next continues nothing: it is a new base. */
void probe_histogram_rebase(struct xhm_probe_histogram_state *state);

#endif
