// SPDX-License-Identifier: Apache-2.0
#include "arena.h"

#include <string.h>

#define ALIGNMENT 16u

static void *take(struct xhm_arena *arena, size_t size) {
    const size_t left = arena->size - arena->used;
    void *taken;

    if (size > left) {
        return NULL;
    }
    taken = arena->memory + arena->used;
    /* Rounding up may pass the end when the memory's size is no multiple of the alignment. */
    arena->used += left - size < ALIGNMENT ? left : (size + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
    return taken;
}

static void *allocate(void *context, size_t size) {
    return take(context, size);
}

static void release(void *context, void *pointer) {
    (void)context;
    (void)pointer;
}

void arena_init(struct xhm_arena *arena, void *memory, size_t size) {
    arena->allocator = (ProtobufCAllocator){.alloc = allocate, .free = release, .allocator_data = arena};
    arena->memory = memory;
    arena->size = size;
    arena->used = 0;
}

void arena_reset(struct xhm_arena *arena) {
    arena->used = 0;
}

void *arena_take(struct xhm_arena *arena, size_t size) {
    void *taken = take(arena, size);

    if (taken) {
        memset(taken, 0, size);
    }
    return taken;
}

void *arena_message(struct xhm_arena *arena, const ProtobufCMessageDescriptor *descriptor) {
    void *message = take(arena, descriptor->sizeof_message);

    if (message) {
        protobuf_c_message_init(descriptor, message);
    }
    return message;
}
