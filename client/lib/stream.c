// SPDX-License-Identifier: Apache-2.0
#include "stream.h"

bool client_stream_take_event(struct xhm_stream *stream, uint64_t sequence, struct xhm_stream_gap *gap) {
    *gap = (struct xhm_stream_gap){.found = false};
    if (sequence <= stream->last) {
        return false;
    }
    if (sequence - stream->last > 1) {
        *gap = (struct xhm_stream_gap){.found = true, .first = stream->last + 1, .last = sequence - 1};
    }
    stream->last = sequence;
    return true;
}

void client_stream_take_gap(struct xhm_stream *stream, uint64_t first, uint64_t last, struct xhm_stream_gap *gap) {
    uint64_t begin = first > stream->last ? first : stream->last + 1;
    *gap = (struct xhm_stream_gap){.found = begin <= last && last > stream->last, .first = begin, .last = last};
    if (gap->found) {
        stream->last = last;
    }
}
