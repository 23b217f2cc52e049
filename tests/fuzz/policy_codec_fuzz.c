// SPDX-License-Identifier: Apache-2.0
/*
 * Compiled policies: whatever is decoded is checked, encoded and decoded again, and must be the same. An input that is
 * no file is taken for a body, too: the checksum would keep everything else out.
 */
#include "crc64.h"
#include "policy_check.h"
#include "policy_codec.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define HEADER_SIZE sizeof(struct xhm_policy_header)

static _Alignas(16) uint8_t memory[XHM_POLICY_ARENA_SIZE];
static uint8_t sealed[XHM_POLICY_MAX_SIZE];
static uint8_t encoded[XHM_POLICY_MAX_SIZE];
static struct xhm_policy policy;
static struct xhm_policy again;

static void require(bool held) {
    if (!held) {
        abort();
    }
}

static void encode_again(void) {
    struct xhm_arena arena;
    uint64_t hash;
    size_t size;

    arena_init(&arena, memory, sizeof(memory));
    size = policy_codec_encode(&policy, &arena, encoded, sizeof(encoded), &hash);
    /* Reactions that the input left out are written as such and refused: policy_check() says so, too. */
    if (size == 0) {
        return;
    }
    arena_reset(&arena);
    if (policy_codec_decode(encoded, size, &arena, &again, NULL) == XHM_POLICY_CODEC_OK) {
        require(again.hash == hash);
        again.hash = policy.hash;
        require(memcmp(&again, &policy, sizeof(policy)) == 0);
    } else {
        require(policy_check(&policy, NULL, 0) > 0);
    }
}

static void decode(const uint8_t *data, size_t size) {
    struct xhm_finding findings[16];
    struct xhm_arena arena;
    char field[64];

    arena_init(&arena, memory, sizeof(memory));
    if (policy_codec_decode(data, size, &arena, &policy, field) == XHM_POLICY_CODEC_OK) {
        policy_check(&policy, findings, 16);
        encode_again();
    }
    require(memchr(field, '\0', sizeof(field)) != NULL);
}

static void put(uint8_t *at, size_t size, uint64_t value) {
    for (size_t i = 0; i < size; i++) {
        at[i] = (uint8_t)(value >> (8 * i));
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    decode(data, size);
    if (size >= HEADER_SIZE && memcmp(data, XHM_POLICY_MAGIC, 8) == 0) {
        data += HEADER_SIZE;
        size -= HEADER_SIZE;
    }
    if (size <= sizeof(sealed) - HEADER_SIZE) {
        memcpy(sealed, XHM_POLICY_MAGIC, 8);
        put(sealed + offsetof(struct xhm_policy_header, schema), 4, XHM_POLICY_SCHEMA);
        put(sealed + offsetof(struct xhm_policy_header, body_size), 4, size);
        put(sealed + offsetof(struct xhm_policy_header, body_crc), 8, crc64_xz(data, size));
        memcpy(sealed + HEADER_SIZE, data, size);
        decode(sealed, HEADER_SIZE + size);
    }
    return 0;
}
