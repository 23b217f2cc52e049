// SPDX-License-Identifier: Apache-2.0
/**
 * Bytes on their way to a peer: a buffer of fixed size that is filled with framed messages and sent as the peer reads.
 */
#ifndef XHM_CONTROL_OUTPUT_H
#define XHM_CONTROL_OUTPUT_H

#include <protobuf-c/protobuf-c.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/** Framed messages on their way to one peer. */
struct output {
    uint8_t *data; /**< of the owner; holds what is to be sent from begin to end */
    size_t capacity;
    size_t begin;
    size_t end;
};

/** An empty buffer over @p capacity bytes at @p data. */
void output_init(struct output *output, uint8_t *data, size_t capacity);

/** Bytes that are not sent yet. */
size_t output_pending(const struct output *output);

/** Appends @p message as a frame. @return false when it does not fit: nothing is appended then */
bool output_put(struct output *output, const ProtobufCMessage *message);

/** Sends what the socket takes without waiting. @return false when the connection is broken */
bool output_send(struct output *output, int descriptor);

#endif
