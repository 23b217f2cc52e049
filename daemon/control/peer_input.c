// SPDX-License-Identifier: Apache-2.0
#include "peer_input.h"

#include "requests.h"
#include "state.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>

void peer_input_reset(struct peer *peer) {
    for (unsigned i = 0; i < PEER_LARGE_INPUTS; i++) {
        if (peer->control->large.readers[i] == peer) {
            peer->control->large.readers[i] = NULL;
        }
    }
    peer->input.data = peer->input.small;
    peer->input.capacity = sizeof(peer->input.small);
    peer->input.size = 0;
}

bool peer_input_receive(struct peer *peer) {
    struct peer_input *input = &peer->input;
    const ssize_t got = recv(peer->descriptor, input->data + input->size, input->capacity - input->size, MSG_DONTWAIT);

    if (got > 0) {
        input->size += (size_t)got;
        return true;
    }
    return got < 0 && (errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR);
}

static void consume(struct peer *peer, size_t size) {
    struct peer_input *input = &peer->input;

    if (input->data != input->small) {
        peer_input_reset(peer);
        return;
    }
    input->size -= size;
    memmove(input->data, input->data + size, input->size);
}

static void skip_refused(struct peer *peer) {
    struct peer_input *input = &peer->input;
    const size_t skipped = input->skip < input->size ? input->skip : input->size;

    if (skipped > 0) {
        input->skip -= skipped;
        consume(peer, skipped);
    }
}

/* The agent has a buffer of its own: nobody who is slow to give a policy keeps its facts away. */
static bool may_be_large(const struct peer *peer) {
    return peer->control->agent.peer == peer || (peer->roles & XHM_ROLE_INTEGRATOR);
}

/* The frame exceeds the peer's own buffer: lend it a large one, for exactly this frame, or pass over the frame. */
static void take_large(struct peer *peer, size_t frame_size) {
    struct peer_input *input = &peer->input;
    struct peer_large *large = &peer->control->large;
    const unsigned index = peer->control->agent.peer == peer ? PEER_LARGE_INPUTS - 1 : 0;

    if (peer->state != PEER_OPEN) {
        peer_close(peer);
        return;
    }
    if (!may_be_large(peer) || large->readers[index]) {
        requests_refuse_large(peer, input->data, input->size);
        input->skip = frame_size;
        skip_refused(peer);
        return;
    }
    large->readers[index] = peer;
    memcpy(large->inputs[index], input->small, input->size);
    input->data = large->inputs[index];
    input->capacity = frame_size;
}

/* Handles the frame at the front. @return false when there is no whole one, or the connection ended */
static bool handle_one(struct peer *peer) {
    struct peer_input *input = &peer->input;
    const uint8_t *message;
    size_t size;
    size_t consumed;

    skip_refused(peer);
    switch (frame_next(input->data, input->size, PEER_LARGE_INPUT_SIZE - XHM_FRAME_PREFIX_SIZE, &message, &size,
                       &consumed)) {
    case XHM_FRAME_COMPLETE:
        requests_handle(peer, message, size);
        peer->partial_since_ns = 0;
        if (peer->state != PEER_FREE) {
            consume(peer, consumed);
        }
        return true;
    case XHM_FRAME_INCOMPLETE:
        if (consumed > input->capacity) {
            take_large(peer, consumed);
        }
        return false;
    case XHM_FRAME_TOO_LARGE:
    case XHM_FRAME_MALFORMED:
        break;
    }
    peer_close(peer);
    return false;
}

static bool has_whole_frame(const struct peer *peer) {
    const struct peer_input *input = &peer->input;
    const uint8_t *message;
    size_t size;
    size_t consumed;

    return input->size > 0 && input->skip == 0 &&
           frame_next(input->data, input->size, PEER_LARGE_INPUT_SIZE, &message, &size, &consumed) !=
               XHM_FRAME_INCOMPLETE;
}

void peer_input_handle(struct peer *peer) {
    uint32_t count = 0;

    while (peer_is_heard(peer) && count < PEER_REQUESTS_PER_TURN && handle_one(peer)) {
        count++;
    }
    /* Also of a peer that is not heard now: nothing else wakes it when its large reply is gone. */
    peer->more = peer->state != PEER_FREE && peer->state != PEER_CLOSING && has_whole_frame(peer);
}
