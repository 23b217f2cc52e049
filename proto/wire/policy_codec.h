/**
 * Compiled policy files <-> struct xhm_policy.
 *
 * A file is a header (struct xhm_policy_header, little-endian) and a protobuf body (xhm.v1.Policy). The CRC-64/XZ of
 * the body is its checksum and the policy's identity. Unknown fields, at any depth, are refused: an old supervisor must
 * not silently skip a new check (architecture, rule 2). Decoding allocates from the caller's arena only.
 */
#ifndef XHM_POLICY_CODEC_H
#define XHM_POLICY_CODEC_H

#include "arena.h"
#include "policy.h"

#define XHM_POLICY_MAGIC    "XHMPOL1\n"
/** Largest compiled policy accepted, header included. */
#define XHM_POLICY_MAX_SIZE (256u * 1024u)
/** An arena of this size is enough to decode or encode whatever this build has room for. */
#define XHM_POLICY_ARENA_SIZE                                                                                          \
    (2 * sizeof(struct xhm_policy) + 131072u +                                                                         \
     XHM_MAX_PARTITIONS * (6144u + XHM_MAX_ENTITIES * 2688u + XHM_MAX_VCPUS * (256u + 4u * XHM_MAX_PCPUS)))

/** What a compiled policy begins with; numbers are little-endian. */
struct xhm_policy_header {
    uint8_t magic[8];
    uint32_t schema;    /**< XHM_POLICY_SCHEMA */
    uint32_t body_size; /**< bytes that follow */
    uint64_t body_crc;  /**< CRC-64/XZ */
};

/** What is wrong with a compiled policy; names by policy_codec_name(). */
enum xhm_policy_codec_verdict {
    XHM_POLICY_CODEC_OK = 0,
    XHM_POLICY_CODEC_TOO_SHORT, /**< not even a header */
    XHM_POLICY_CODEC_TOO_LARGE,
    XHM_POLICY_CODEC_BAD_MAGIC,
    XHM_POLICY_CODEC_BAD_SCHEMA,
    XHM_POLICY_CODEC_BAD_LENGTH, /**< truncated, or bytes after the body */
    XHM_POLICY_CODEC_BAD_CHECKSUM,
    XHM_POLICY_CODEC_BAD_BODY,      /**< not the protobuf message, or the arena is too small */
    XHM_POLICY_CODEC_UNKNOWN_FIELD, /**< made for a newer supervisor */
    XHM_POLICY_CODEC_BAD_VALUE, /**< a value out of its type's range: name too long, enum unknown, uuid length, … */
    XHM_POLICY_CODEC_TOO_MANY,  /**< more partitions, entities, vCPUs, … than this build has room for */
    XHM_POLICY_CODEC_VERDICT_COUNT
};

/**
 * Decodes @p size bytes at @p data into @p policy, which is changed only when XHM_POLICY_CODEC_OK is returned.
 * @p field (64 bytes, may be NULL) gets the path of the offending field, e.g. "partitions[2].entities[0].name", or "".
 * The meaning is not validated here: policy_check() does that.
 */
enum xhm_policy_codec_verdict policy_codec_decode(const uint8_t *data, size_t size, struct xhm_arena *arena,
                                                  struct xhm_policy *policy, char field[64]);

/**
 * Writes the compiled form of @p policy to @p data and fills policy->hash's value into *@p hash (may be NULL).
 * @return its size, or 0 when @p capacity is too small or the arena is
 */
size_t policy_codec_encode(const struct xhm_policy *policy, struct xhm_arena *arena, uint8_t *data, size_t capacity,
                           uint64_t *hash);

/** A sentence for @p verdict, e.g. "checksum does not match: the file was altered or damaged". */
const char *policy_codec_name(enum xhm_policy_codec_verdict verdict);

#endif
