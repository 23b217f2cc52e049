// SPDX-License-Identifier: Apache-2.0
#include "frame.h"

/* Base-128 varint of at most XHM_FRAME_PREFIX_SIZE bytes. */
static enum xhm_frame_verdict prefix_read(const uint8_t *data, size_t size, uint64_t *value, size_t *length) {
    *value = 0;
    for (size_t i = 0; i < XHM_FRAME_PREFIX_SIZE; i++) {
        if (i == size) {
            return XHM_FRAME_INCOMPLETE;
        }
        *value |= (uint64_t)(data[i] & 0x7fu) << (7 * i);
        if (!(data[i] & 0x80u)) {
            *length = i + 1;
            return XHM_FRAME_COMPLETE;
        }
    }
    return XHM_FRAME_MALFORMED;
}

enum xhm_frame_verdict frame_next(const uint8_t *data, size_t size, size_t limit, const uint8_t **message,
                                  size_t *message_size, size_t *consumed) {
    uint64_t announced;
    size_t prefix = 0;
    enum xhm_frame_verdict verdict;

    *message = NULL;
    *message_size = 0;
    *consumed = 0;
    verdict = prefix_read(data, size, &announced, &prefix);
    if (verdict != XHM_FRAME_COMPLETE) {
        return verdict;
    }
    if (announced > limit) {
        return XHM_FRAME_TOO_LARGE;
    }
    *consumed = prefix + (size_t)announced;
    if (size < *consumed) {
        return XHM_FRAME_INCOMPLETE;
    }
    *message = data + prefix;
    *message_size = (size_t)announced;
    return XHM_FRAME_COMPLETE;
}

size_t frame_prefix(uint32_t message_size, uint8_t prefix[XHM_FRAME_PREFIX_SIZE]) {
    size_t length = 0;

    while (message_size >= 0x80u) {
        prefix[length++] = (uint8_t)(message_size | 0x80u);
        message_size >>= 7;
    }
    prefix[length++] = (uint8_t)message_size;
    return length;
}
