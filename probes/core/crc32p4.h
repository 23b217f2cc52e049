// SPDX-License-Identifier: Apache-2.0
/*
 * CRC-32P4 of the AUTOSAR CRC library, the checksum of E2E profile 4: polynomial 0xF4ACFB13, initial value and final
 * XOR 0xFFFFFFFF, input and output reflected. Check value: 0x1697D06A for the nine bytes "123456789".
 * Freestanding; shared by the probe and the supervisor's reader.
 */
#ifndef XHM_CRC32P4_H
#define XHM_CRC32P4_H

#include <stddef.h>
#include <stdint.h>

/* Checksum of length bytes at data. No bytes at all give 0. */
uint32_t xhm_crc32p4(const void *data, size_t length);

#endif
