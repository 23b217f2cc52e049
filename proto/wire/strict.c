// SPDX-License-Identifier: Apache-2.0
#include "strict.h"

#include <stddef.h>
#include <stdint.h>
#include <string.h>

typedef const ProtobufCMessage *message_pointer;

/* protobuf-c describes members by their offsets; copying them out avoids any assumption about alignment or aliasing. */
static const void *pointer_at(const ProtobufCMessage *message, unsigned offset) {
    const void *pointer;

    memcpy(&pointer, (const char *)message + offset, sizeof(pointer));
    return pointer;
}

static size_t count_at(const ProtobufCMessage *message, unsigned offset) {
    size_t count;

    memcpy(&count, (const char *)message + offset, sizeof(count));
    return count;
}

static bool is_chosen(const ProtobufCMessage *message, const ProtobufCFieldDescriptor *field) {
    uint32_t chosen;

    if (!(field->flags & PROTOBUF_C_FIELD_FLAG_ONEOF)) {
        return true;
    }
    memcpy(&chosen, (const char *)message + field->quantifier_offset, sizeof(chosen));
    return chosen == field->id;
}

static bool field_is_known(const ProtobufCMessage *message, const ProtobufCFieldDescriptor *field) {
    const message_pointer *elements;
    size_t count;

    if (field->type != PROTOBUF_C_TYPE_MESSAGE || !is_chosen(message, field)) {
        return true;
    }
    if (field->label != PROTOBUF_C_LABEL_REPEATED) {
        const ProtobufCMessage *inner = pointer_at(message, field->offset);

        return !inner || strict_is_known(inner);
    }
    elements = pointer_at(message, field->offset);
    count = count_at(message, field->quantifier_offset);
    for (size_t i = 0; i < count; i++) {
        if (!strict_is_known(elements[i])) {
            return false;
        }
    }
    return true;
}

/* Recursion is as deep as the schema, which has no recursive messages (proto/README.md). */
bool strict_is_known(const ProtobufCMessage *message) {
    if (message->n_unknown_fields) {
        return false;
    }
    for (unsigned i = 0; i < message->descriptor->n_fields; i++) {
        if (!field_is_known(message, &message->descriptor->fields[i])) {
            return false;
        }
    }
    return true;
}
