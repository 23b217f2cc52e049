// SPDX-License-Identifier: Apache-2.0
/**
 * The order of events: what was told already, and what is missing. Pure.
 */
#ifndef XHM_STREAM_H
#define XHM_STREAM_H

#include <stdbool.h>
#include <stdint.h>

/** Position in the numbering of one supervisor. */
struct xhm_stream {
    uint64_t last; /**< highest sequence number told or known to be missing */
};

/** A range of events that will not come. */
struct xhm_stream_gap {
    bool found;
    uint64_t first;
    uint64_t last;
};

/**
 * An event with number @p sequence came.
 * @return true when it is to be told, after *@p gap if that is found; false: it was told before
 */
bool client_stream_take_event(struct xhm_stream *stream, uint64_t sequence, struct xhm_stream_gap *gap);

/** The supervisor says that events @p first to @p last are missing; *@p gap is what of that is new. */
void client_stream_take_gap(struct xhm_stream *stream, uint64_t first, uint64_t last, struct xhm_stream_gap *gap);

#endif
