// SPDX-License-Identifier: Apache-2.0
/* A page, its writer and its reader, for the tests of daemon/core/probe_reader.c. */
#ifndef XHM_PROBE_PAGE_FIXTURE_H
#define XHM_PROBE_PAGE_FIXTURE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "crc32p4.h"
#include "probe_histogram.h"
#include "xhm_probe.h"

#define PARTITION_ID 3u
#define PAGE_INDEX   1u
#define SLOT         2u
#define ENTITY_ID    40u
#define RING         XHM_PROBE_RING_ENTRY_COUNT

static struct xhm_probe_page page;
static struct xhm_probe_page copy;
static struct xhm_probe_writer writer;
static struct xhm_probe_entity *entity;
static struct xhm_probe_page_reading reading;
static struct xhm_probe_cursor cursor;

static const struct xhm_probe_identity identity = {
    .partition_id = PARTITION_ID,
    .page_index = PAGE_INDEX,
    .instance_id = 0xabcdef,
    .clock_kind = XHM_PROBE_CLOCK_HARDWARE_COUNTER,
};

static inline int fresh_page(void **state) {
    (void)state;
    memset(&page, 0, sizeof(page));
    memset(&copy, 0, sizeof(copy));
    memset(&cursor, 0, sizeof(cursor));
    assert_int_equal(xhm_probe_page_init(&writer, &page, &identity), XHM_PROBE_DONE);
    assert_int_equal(xhm_probe_entity_init(&writer, SLOT, ENTITY_ID, 1, &entity), XHM_PROBE_DONE);
    return 0;
}

static inline const struct xhm_probe_slot_reading *read_page(void) {
    probe_reader_copy(&page, &copy);
    probe_reader_decode(&copy, PARTITION_ID, PAGE_INDEX, &cursor, &reading);
    return &reading.slots[SLOT];
}

static inline const struct xhm_probe_slot_reading *read_and_advance(void) {
    const struct xhm_probe_slot_reading *slot = read_page();

    probe_reader_advance(&cursor, &reading);
    return slot;
}

/* What a guest can do that knows the ABI: any content with a right checksum. */
static inline void sign_head(struct xhm_probe_slot_head *head) {
    head->crc = xhm_crc32p4((const uint8_t *)head + 4, 0x5c - 4);
}

#endif
