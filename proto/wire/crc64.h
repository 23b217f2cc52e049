// SPDX-License-Identifier: Apache-2.0
/**
 * CRC-64/XZ: polynomial 0x42F0E1EBA9EA3693 (ECMA-182), reflected, initial value and final XOR all ones; the check value
 * of "123456789" is 0x995DC9BBDF1939FA.
 */
#ifndef XHM_CRC64_H
#define XHM_CRC64_H

#include <stddef.h>
#include <stdint.h>

/** The CRC of @p size bytes at @p data. */
uint64_t crc64_xz(const void *data, size_t size);

#endif
