/**
 * Varint-delimited framing, as in protobuf's own delimited streams: a base-128 varint length, then the message. Bytes
 * in, bytes out; no I/O.
 */
#ifndef XHM_FRAME_H
#define XHM_FRAME_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/** Largest message either side accepts. */
#define XHM_FRAME_MAX_SIZE    (320u * 1024u)
/** Largest length prefix. */
#define XHM_FRAME_PREFIX_SIZE 5u

/** What came of looking for a frame at the beginning of some bytes. */
enum xhm_frame_verdict {
    XHM_FRAME_COMPLETE,   /**< *message and *message_size are set, *consumed is the whole frame */
    XHM_FRAME_INCOMPLETE, /**< more bytes are needed; *consumed is the size of the whole frame, 0 while unknown */
    XHM_FRAME_TOO_LARGE,  /**< announced size is above the limit given */
    XHM_FRAME_MALFORMED,  /**< no valid varint */
};

/** Looks for one frame at the start of @p data. */
enum xhm_frame_verdict frame_next(const uint8_t *data, size_t size, size_t limit, const uint8_t **message,
                                  size_t *message_size, size_t *consumed);

/** Writes the prefix for @p message_size to @p prefix. @return its length, 1 to XHM_FRAME_PREFIX_SIZE */
size_t frame_prefix(uint32_t message_size, uint8_t prefix[XHM_FRAME_PREFIX_SIZE]);

#endif
