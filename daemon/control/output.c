// SPDX-License-Identifier: Apache-2.0
#include "output.h"

#include "frame.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>

void output_init(struct output *output, uint8_t *data, size_t capacity) {
    *output = (struct output){.data = data, .capacity = capacity};
}

size_t output_pending(const struct output *output) {
    return output->end - output->begin;
}

/* Packing needs its room in one piece, so what is left is moved to the front when the end is near. */
static bool make_room(struct output *output, size_t size) {
    if (size <= output->capacity - output->end) {
        return true;
    }
    if (size > output->capacity - output_pending(output)) {
        return false;
    }
    memmove(output->data, output->data + output->begin, output_pending(output));
    output->end -= output->begin;
    output->begin = 0;
    return true;
}

bool output_put(struct output *output, const ProtobufCMessage *message) {
    const size_t size = protobuf_c_message_get_packed_size(message);
    uint8_t prefix[XHM_FRAME_PREFIX_SIZE];
    size_t prefix_size;

    if (size > XHM_FRAME_MAX_SIZE) {
        return false;
    }
    prefix_size = frame_prefix((uint32_t)size, prefix);
    if (!make_room(output, prefix_size + size)) {
        return false;
    }
    memcpy(output->data + output->end, prefix, prefix_size);
    protobuf_c_message_pack(message, output->data + output->end + prefix_size);
    output->end += prefix_size + size;
    return true;
}

bool output_send(struct output *output, int descriptor) {
    ssize_t sent;

    if (output_pending(output) == 0) {
        return true;
    }
    sent = send(descriptor, output->data + output->begin, output_pending(output), MSG_DONTWAIT | MSG_NOSIGNAL);
    if (sent < 0) {
        return errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR || errno == ENOBUFS;
    }
    output->begin += (size_t)sent;
    if (output->begin == output->end) {
        output->begin = output->end = 0;
    }
    return true;
}
