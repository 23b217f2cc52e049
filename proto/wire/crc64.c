// SPDX-License-Identifier: Apache-2.0
#include "crc64.h"

#define REFLECTED_POLYNOMIAL UINT64_C(0xC96C5795D7870F42)

/* Remainders of the 16 nibbles: a policy is hashed once in a while, so a small table is worth more than speed. */
#define SHIFT(r) ((r)&1 ? REFLECTED_POLYNOMIAL ^ ((r) >> 1) : (r) >> 1)
#define ROW(n)   [n] = SHIFT(SHIFT(SHIFT(SHIFT((uint64_t)(n)))))

static const uint64_t remainders[16] = {ROW(0), ROW(1), ROW(2),  ROW(3),  ROW(4),  ROW(5),  ROW(6),  ROW(7),
                                        ROW(8), ROW(9), ROW(10), ROW(11), ROW(12), ROW(13), ROW(14), ROW(15)};

uint64_t crc64_xz(const void *data, size_t size) {
    const uint8_t *bytes = data;
    uint64_t crc = UINT64_MAX;

    for (size_t i = 0; i < size; i++) {
        crc ^= bytes[i];
        crc = remainders[crc & 0xfu] ^ (crc >> 4);
        crc = remainders[crc & 0xfu] ^ (crc >> 4);
    }
    return ~crc;
}
