// SPDX-License-Identifier: Apache-2.0
#include "vchan_relay.h"

#include <xenctrl.h> /* first: it chooses the interface version of Xen's headers */

#include <errno.h>
#include <libxenvchan.h>
#include <poll.h>
#include <sys/socket.h>

/* Of one call: so that one peer that always has something to say does not keep the others waiting. */
#define CHUNKS_PER_MOVE 8

static bool is_empty(const struct vchan_relay_chunk *chunk) {
    return chunk->begin == chunk->end;
}

void vchan_relay_init(struct vchan_relay *relay, struct libxenvchan *vchan, int descriptor) {
    relay->vchan = vchan;
    relay->descriptor = descriptor;
    relay->is_finished = false;
    relay->finished_ns = 0;
    relay->to_socket.begin = relay->to_socket.end = 0;
    relay->to_vchan.begin = relay->to_vchan.end = 0;
    vchan->blocking = 0;
}

static bool would_wait(int number) {
    return number == EAGAIN || number == EWOULDBLOCK || number == EINTR || number == ENOBUFS;
}

/* --- from the vchan to the socket ----------------------------------------------------------------------------------
 */

bool vchan_relay_has_more(const struct vchan_relay *relay) {
    return is_empty(&relay->to_socket) && libxenvchan_data_ready(relay->vchan) > 0;
}

/* The library copies out of the shared ring. @return false when the vchan is broken */
static bool take_from_vchan(struct vchan_relay *relay) {
    struct vchan_relay_chunk *chunk = &relay->to_socket;
    int taken;

    if (!vchan_relay_has_more(relay)) {
        return true;
    }
    taken = libxenvchan_read(relay->vchan, chunk->data, sizeof(chunk->data));
    if (taken < 0 || (size_t)taken > sizeof(chunk->data)) {
        return false;
    }
    chunk->begin = 0;
    chunk->end = (size_t)taken;
    return true;
}

/* When nobody listens there any more, what they said before is still delivered to the vchan. */
static void give_to_socket(struct vchan_relay *relay) {
    struct vchan_relay_chunk *chunk = &relay->to_socket;
    ssize_t given;

    if (is_empty(chunk)) {
        return;
    }
    given = send(relay->descriptor, chunk->data + chunk->begin, chunk->end - chunk->begin, MSG_DONTWAIT | MSG_NOSIGNAL);
    if (given >= 0) {
        chunk->begin += (size_t)given;
    } else if (!would_wait(errno)) {
        chunk->begin = chunk->end = 0;
    }
}

/* --- from the socket to the vchan ----------------------------------------------------------------------------------
 */

static void take_from_socket(struct vchan_relay *relay) {
    struct vchan_relay_chunk *chunk = &relay->to_vchan;
    ssize_t taken;

    if (!is_empty(chunk) || relay->is_finished) {
        return;
    }
    taken = recv(relay->descriptor, chunk->data, sizeof(chunk->data), MSG_DONTWAIT);
    chunk->begin = 0;
    chunk->end = taken > 0 ? (size_t)taken : 0;
    relay->is_finished = taken == 0 || (taken < 0 && !would_wait(errno));
}

/* @return false when nothing is left to be given, or the vchan is broken */
static bool give_to_vchan(struct vchan_relay *relay) {
    struct vchan_relay_chunk *chunk = &relay->to_vchan;
    int given;

    if (is_empty(chunk)) {
        return !relay->is_finished;
    }
    given = libxenvchan_write(relay->vchan, chunk->data + chunk->begin, chunk->end - chunk->begin);
    if (given < 0 || (size_t)given > chunk->end - chunk->begin) {
        return false;
    }
    chunk->begin += (size_t)given;
    return true;
}

/* Closed by the other domain, and everything it said before is delivered or has nobody to go to. */
static bool is_over(const struct vchan_relay *relay) {
    return libxenvchan_is_open(relay->vchan) == VCHAN_CLOSED && is_empty(&relay->to_socket) &&
           !vchan_relay_has_more(relay);
}

/* While the vchan takes nothing, nothing is taken from the socket, and so its end is not read either. */
static bool is_deserted(const struct vchan_relay *relay) {
    struct pollfd polled = {.fd = relay->descriptor};

    return !is_empty(&relay->to_vchan) && poll(&polled, 1, 0) > 0 && (polled.revents & (POLLHUP | POLLERR));
}

static bool finishes_for_too_long(struct vchan_relay *relay, uint64_t now_ns) {
    if (!relay->is_finished && !is_deserted(relay)) {
        return false;
    }
    if (relay->finished_ns == 0) {
        relay->finished_ns = now_ns;
    }
    return now_ns - relay->finished_ns > VCHAN_RELAY_FINISH_NS;
}

bool vchan_relay_move(struct vchan_relay *relay, uint64_t now_ns) {
    for (int i = 0; i < CHUNKS_PER_MOVE; i++) {
        if (!take_from_vchan(relay)) {
            return false;
        }
        give_to_socket(relay);
        take_from_socket(relay);
        if (!give_to_vchan(relay)) {
            return false;
        }
    }
    return !is_over(relay) && !finishes_for_too_long(relay, now_ns);
}

short vchan_relay_socket_events(const struct vchan_relay *relay) {
    const bool wants_input = is_empty(&relay->to_vchan) && !relay->is_finished;

    return (short)((wants_input ? POLLIN : 0) | (is_empty(&relay->to_socket) ? 0 : POLLOUT));
}
