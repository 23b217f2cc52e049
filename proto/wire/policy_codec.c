// SPDX-License-Identifier: Apache-2.0
#include "policy_codec.h"

#include "crc64.h"
#include "policy_message.h"
#include "strict.h"

#include <string.h>

#define HEADER_SIZE sizeof(struct xhm_policy_header)
_Static_assert(sizeof(struct xhm_policy_header) == 24, "compiled policies have no padding in their header");

static const char *const sentences[XHM_POLICY_CODEC_VERDICT_COUNT] = {
    [XHM_POLICY_CODEC_OK] = "is a compiled policy",
    [XHM_POLICY_CODEC_TOO_SHORT] = "too short: not even a whole header",
    [XHM_POLICY_CODEC_TOO_LARGE] = "too large: compiled policies have at most 256 KiB",
    [XHM_POLICY_CODEC_BAD_MAGIC] = "not a compiled policy: the file does not begin with its magic",
    [XHM_POLICY_CODEC_BAD_SCHEMA] = "schema version is not the one that this program reads",
    [XHM_POLICY_CODEC_BAD_LENGTH] = "length does not match the header: the file was truncated or added to",
    [XHM_POLICY_CODEC_BAD_CHECKSUM] = "checksum does not match: the file was altered or damaged",
    [XHM_POLICY_CODEC_BAD_BODY] = "body is not a policy message",
    [XHM_POLICY_CODEC_UNKNOWN_FIELD] = "has a field that this program does not know: it was made for a newer one",
    [XHM_POLICY_CODEC_BAD_VALUE] = "has a value that its field cannot take",
    [XHM_POLICY_CODEC_TOO_MANY] = "declares more than this program was built to hold",
};

/* The file is little-endian whatever the host is. */
static uint64_t read_number(const uint8_t *bytes, size_t size) {
    uint64_t number = 0;

    for (size_t i = size; i-- > 0;) {
        number = number << 8 | bytes[i];
    }
    return number;
}

static void write_number(uint8_t *bytes, size_t size, uint64_t number) {
    for (size_t i = 0; i < size; i++) {
        bytes[i] = (uint8_t)(number >> (8 * i));
    }
}

#define READ_MEMBER(data, member)                                                                                      \
    read_number((data) + offsetof(struct xhm_policy_header, member), sizeof(((struct xhm_policy_header *)0)->member))
#define WRITE_MEMBER(data, member, number)                                                                             \
    write_number((data) + offsetof(struct xhm_policy_header, member), sizeof(((struct xhm_policy_header *)0)->member), \
                 number)

static enum xhm_policy_codec_verdict header_check(const uint8_t *data, size_t size) {
    if (size < HEADER_SIZE) {
        return XHM_POLICY_CODEC_TOO_SHORT;
    }
    if (size > XHM_POLICY_MAX_SIZE) {
        return XHM_POLICY_CODEC_TOO_LARGE;
    }
    if (memcmp(data, XHM_POLICY_MAGIC, sizeof(((struct xhm_policy_header *)0)->magic)) != 0) {
        return XHM_POLICY_CODEC_BAD_MAGIC;
    }
    if (READ_MEMBER(data, schema) != XHM_POLICY_SCHEMA) {
        return XHM_POLICY_CODEC_BAD_SCHEMA;
    }
    if (READ_MEMBER(data, body_size) != size - HEADER_SIZE) {
        return XHM_POLICY_CODEC_BAD_LENGTH;
    }
    if (READ_MEMBER(data, body_crc) != crc64_xz(data + HEADER_SIZE, size - HEADER_SIZE)) {
        return XHM_POLICY_CODEC_BAD_CHECKSUM;
    }
    return XHM_POLICY_CODEC_OK;
}

static enum xhm_policy_codec_verdict body_decode(const uint8_t *body, size_t size, struct xhm_arena *arena,
                                                 struct xhm_policy *policy, char field[64]) {
    struct xhm_policy *decoded = arena_take(arena, sizeof(*decoded));
    const Xhm__V1__Policy *message = xhm__v1__policy__unpack(&arena->allocator, size, body);
    enum xhm_policy_codec_verdict verdict;

    if (!decoded || !message) {
        return XHM_POLICY_CODEC_BAD_BODY;
    }
    if (!strict_is_known(&message->base)) {
        return XHM_POLICY_CODEC_UNKNOWN_FIELD;
    }
    if (message->schema != XHM_POLICY_SCHEMA) {
        return XHM_POLICY_CODEC_BAD_SCHEMA;
    }
    verdict = policy_from_message(message, decoded, field);
    if (verdict == XHM_POLICY_CODEC_OK) {
        *policy = *decoded;
    }
    return verdict;
}

enum xhm_policy_codec_verdict policy_codec_decode(const uint8_t *data, size_t size, struct xhm_arena *arena,
                                                  struct xhm_policy *policy, char field[64]) {
    enum xhm_policy_codec_verdict verdict;

    if (field) {
        field[0] = '\0';
    }
    verdict = header_check(data, size);
    if (verdict != XHM_POLICY_CODEC_OK) {
        return verdict;
    }
    verdict = body_decode(data + HEADER_SIZE, size - HEADER_SIZE, arena, policy, field);
    if (verdict == XHM_POLICY_CODEC_OK) {
        policy->hash = READ_MEMBER(data, body_crc);
    }
    return verdict;
}

size_t policy_codec_encode(const struct xhm_policy *policy, struct xhm_arena *arena, uint8_t *data, size_t capacity,
                           uint64_t *hash) {
    const Xhm__V1__Policy *message = policy_to_message(policy, arena);
    size_t body_size;
    uint64_t crc;

    if (!message) {
        return 0;
    }
    body_size = xhm__v1__policy__get_packed_size(message);
    if (body_size > XHM_POLICY_MAX_SIZE - HEADER_SIZE || capacity < HEADER_SIZE + body_size) {
        return 0;
    }
    xhm__v1__policy__pack(message, data + HEADER_SIZE);
    crc = crc64_xz(data + HEADER_SIZE, body_size);
    memcpy(data, XHM_POLICY_MAGIC, sizeof(((struct xhm_policy_header *)0)->magic));
    WRITE_MEMBER(data, schema, policy->schema);
    WRITE_MEMBER(data, body_size, body_size);
    WRITE_MEMBER(data, body_crc, crc);
    if (hash) {
        *hash = crc;
    }
    return HEADER_SIZE + body_size;
}

const char *policy_codec_name(enum xhm_policy_codec_verdict verdict) {
    return (unsigned)verdict < XHM_POLICY_CODEC_VERDICT_COUNT ? sentences[verdict] : "unknown verdict";
}
