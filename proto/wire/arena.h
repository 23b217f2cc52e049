/**
 * A bounded allocator for protobuf-c: memory of the caller, given out upwards, freed all at once by arena_reset().
 * What does not fit is refused (NULL), which protobuf-c reports as a failed decode.
 */
#ifndef XHM_ARENA_H
#define XHM_ARENA_H

#include <protobuf-c/protobuf-c.h>
#include <stddef.h>
#include <stdint.h>

/** Memory of the owner, given out piece by piece and taken back as a whole. */
struct xhm_arena {
    ProtobufCAllocator allocator; /**< pass &arena->allocator to protobuf-c */
    uint8_t *memory;
    size_t size;
    size_t used;
};

/** Prepares @p arena over @p size bytes at @p memory, which must be aligned to 16 and outlive it. */
void arena_init(struct xhm_arena *arena, void *memory, size_t size);

/** Gives everything back. */
void arena_reset(struct xhm_arena *arena);

/** Takes zeroed memory for building a message to be packed. @return NULL when it does not fit */
void *arena_take(struct xhm_arena *arena, size_t size);

/** Takes one message of the type of @p descriptor, initialised. @return NULL when it does not fit */
void *arena_message(struct xhm_arena *arena, const ProtobufCMessageDescriptor *descriptor);

#endif
