// SPDX-License-Identifier: Apache-2.0
/* What the tests of the policy codec share: a compiled policy that declares everything, to be spoiled. */
#ifndef XHM_POLICY_CODEC_HARNESS_H
#define XHM_POLICY_CODEC_HARNESS_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "crc64.h"
#include "full_policy.h"
#include "policy_message.h"

static _Alignas(16) uint8_t memory[XHM_POLICY_ARENA_SIZE];
static uint8_t file[XHM_POLICY_MAX_SIZE + 1];
static struct xhm_policy policy;
static struct xhm_policy decoded;
static struct xhm_arena arena;
static char field[64];
static size_t size;

static inline int set_up(void **state) {
    full_policy(&policy);
    arena_init(&arena, memory, sizeof(memory));
    memset(&decoded, 0x5a, sizeof(decoded));
    size = policy_codec_encode(&policy, &arena, file, sizeof(file), &policy.hash);
    arena_reset(&arena);
    return size ? 0 : -1;
}

static inline enum xhm_policy_codec_verdict decode(void) {
    arena_reset(&arena);
    return policy_codec_decode(file, size, &arena, &decoded, field);
}

static inline void assert_untouched(void) {
    for (size_t i = 0; i < sizeof(decoded); i++) {
        assert_int_equal(((const uint8_t *)&decoded)[i], 0x5a);
    }
}

static inline void assert_refused(enum xhm_policy_codec_verdict verdict, const char *path) {
    assert_int_equal(decode(), verdict);
    assert_string_equal(field, path);
    assert_untouched();
}

/* Makes header and body agree again after a test changed the body. */
static inline void seal(size_t body_size) {
    const uint64_t crc = crc64_xz(file + sizeof(struct xhm_policy_header), body_size);
    const uint32_t length = (uint32_t)body_size;

    memcpy(file + offsetof(struct xhm_policy_header, body_size), &length, sizeof(length));
    memcpy(file + offsetof(struct xhm_policy_header, body_crc), &crc, sizeof(crc));
    size = sizeof(struct xhm_policy_header) + body_size;
}

static inline void pack(const Xhm__V1__Policy *message) {
    assert_true(xhm__v1__policy__get_packed_size(message) <= XHM_POLICY_MAX_SIZE);
    seal(xhm__v1__policy__pack(message, file + sizeof(struct xhm_policy_header)));
}

/* The sample as a message in memory of its own, to be spoiled. */
static inline Xhm__V1__Policy *sample_message(void) {
    static _Alignas(16) uint8_t own_memory[65536];
    static struct xhm_arena own;

    arena_init(&own, own_memory, sizeof(own_memory));
    return policy_to_message(&policy, &own);
}

#endif
