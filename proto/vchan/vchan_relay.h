// SPDX-License-Identifier: Apache-2.0
/**
 * Moves bytes between a vchan and a stream socket, in both directions, without waiting.
 *
 * For both ends of the control API: whoever speaks it has an ordinary descriptor to poll, and nothing but this file
 * touches memory that another domain writes to at any time. A direction that is not read holds one chunk and then
 * takes nothing more, so that the slow side is felt by the other, and by nobody else.
 */
#ifndef XHM_VCHAN_RELAY_H
#define XHM_VCHAN_RELAY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct libxenvchan;

/** Bytes that are on their way in one direction. */
#define VCHAN_RELAY_CHUNK_SIZE 4096u
/** For how long the last bytes of a side that has closed wait for the other to take them. */
#define VCHAN_RELAY_FINISH_NS  UINT64_C(1000000000)

/** What libxenvchan_is_open() answers. */
enum vchan_life {
    VCHAN_CLOSED = 0,
    VCHAN_OPEN = 1,
    VCHAN_AWAITS_CLIENT = 2, /**< to the server only */
};

/** Taken from one side and not given to the other yet. */
struct vchan_relay_chunk {
    size_t begin;
    size_t end;
    uint8_t data[VCHAN_RELAY_CHUNK_SIZE];
};

/** One connection. */
struct vchan_relay {
    struct libxenvchan *vchan; /**< non-blocking; of the owner */
    int descriptor;            /**< non-blocking stream socket; of the owner */
    bool is_finished;          /**< the socket's other end was closed: nothing more comes from there */
    uint64_t finished_ns;      /**< since when, 0: not yet seen */
    struct vchan_relay_chunk to_socket;
    struct vchan_relay_chunk to_vchan;
};

/** Joins @p vchan, which is made non-blocking, and @p descriptor. */
void vchan_relay_init(struct vchan_relay *relay, struct libxenvchan *vchan, int descriptor);

/**
 * Moves what can be moved now, a bounded number of bytes.
 * @return false when the connection has ended at @p now_ns: one side closed it and what it had sent before is
 * delivered, or was not taken within VCHAN_RELAY_FINISH_NS; or the other side is gone
 */
bool vchan_relay_move(struct vchan_relay *relay, uint64_t now_ns);

/** True when vchan_relay_move() has more to do at once, of which no descriptor tells. */
bool vchan_relay_has_more(const struct vchan_relay *relay);

/** What to poll the socket for, 0: not at all. The vchan's own descriptor is always polled for input. */
short vchan_relay_socket_events(const struct vchan_relay *relay);

#endif
