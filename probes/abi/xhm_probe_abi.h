// SPDX-License-Identifier: Apache-2.0
/*
 * The probe page: the one memory layout that a supervised partition and the supervisor share.
 *
 * A page is 4096 bytes whatever the guest's page size is, little-endian, and written by the partition only.
 * It begins with a header, followed by a fixed number of slots. Each supervised entity owns one slot and is its single
 * writer. docs/probe-abi.md is the same contract in prose: protocols of reading and writing, versions, rendezvous.
 *
 * Everything in a page is untrusted input for the supervisor. It copies the page once and validates the copy.
 */
#ifndef XHM_PROBE_ABI_H
#define XHM_PROBE_ABI_H

#include <stddef.h>
#include <stdint.h>

#if defined(__BYTE_ORDER__) && __BYTE_ORDER__ != __ORDER_LITTLE_ENDIAN__
#error "the probe page is little-endian; a big-endian guest needs a converting encoder, which does not exist yet"
#endif

/* "XHMP" read as bytes. */
#define XHM_PROBE_MAGIC 0x504d4858u

/*
 * A reader refuses another major version. A higher minor version only gives a meaning to bytes that were reserved, in a
 * way that a reader of a lower minor version may ignore.
 */
#define XHM_PROBE_VERSION_MAJOR 1u
#define XHM_PROBE_VERSION_MINOR 1u

#define XHM_PROBE_PAGE_SIZE   4096u
#define XHM_PROBE_HEADER_SIZE 256u
#define XHM_PROBE_SLOT_SIZE   960u
#define XHM_PROBE_SLOT_COUNT  4u

/* A checkpoint is overwritten when this many newer ones were reported: the bound for checkpoints per supervision cycle.
 */
#define XHM_PROBE_RING_ENTRY_COUNT 48u
#define XHM_PROBE_RING_ENTRY_SIZE  16u

/*
 * Buckets of a latency histogram: bucket 0 counts latencies below 1 us, each further one begins where the one before
 * ends and is twice as far from 0 (1 us, 2 us, 4 us, ...), and the last one, from 1.048576 s on, has no end.
 */
#define XHM_PROBE_HISTOGRAM_BUCKET_COUNT   22u
#define XHM_PROBE_HISTOGRAM_FIRST_BOUND_NS UINT64_C(1000)

/* Partition ids and page indices are bounded so that they fit, unhashed, into the 32-bit data id. Id 0 is no id. */
#define XHM_PROBE_PARTITION_ID_MAX 0xffffu
#define XHM_PROBE_PAGE_INDEX_MAX   0xffu

/*
 * Feature bits. A reader ignores unknown bits 0 to 15 and refuses a page with unknown bits 16 to 31: those change the
 * meaning of something that it would otherwise misread.
 */
#define XHM_PROBE_FEATURE_HISTOGRAM     (1u << 0)
#define XHM_PROBE_FEATURE_CLOCK_SHIFT   8u
#define XHM_PROBE_FEATURE_CLOCK_MASK    (0xfu << XHM_PROBE_FEATURE_CLOCK_SHIFT)
#define XHM_PROBE_FEATURE_REQUIRED_MASK 0xffff0000u

/* What the histogram of a slot counts. A reader takes a kind that it does not know for no histogram. */
enum xhm_probe_histogram_kind {
    XHM_PROBE_HISTOGRAM_NONE = 0,
    XHM_PROBE_HISTOGRAM_LATENCY = 1, /* wake-up latencies of all activations since the instance started */
};

/* Where the timestamps of a page come from, in the clock bits of the feature word. All kinds count nanoseconds. */
enum xhm_probe_clock_kind {
    XHM_PROBE_CLOCK_UNSPECIFIED = 0,
    XHM_PROBE_CLOCK_LINUX_MONOTONIC = 1,  /* CLOCK_MONOTONIC: its rate is slewed by NTP within 500 ppm */
    XHM_PROBE_CLOCK_HARDWARE_COUNTER = 2, /* Arm generic timer or x86 TSC, scaled by the guest */
};

/*
 * E2E protection: counter, data id and CRC. The polynomial is that of AUTOSAR E2E profile 4 (CRC-32P4, 0xF4ACFB13,
 * initial value and final XOR 0xFFFFFFFF, reflected input and output).
 *
 * The data id names the place a slot belongs to, so that a slot that turns up elsewhere is recognised.
 */
#define XHM_PROBE_DATA_ID(partition_id, page_index, slot_index)                                                        \
    (((uint32_t)(partition_id) << 16) | ((uint32_t)(page_index) << 8) | (uint32_t)(slot_index))

/* First 256 bytes of a page. Written when the page is shared and never after. */
struct xhm_probe_header {
    uint32_t magic;
    uint16_t version_major;
    uint16_t version_minor;
    uint16_t header_size;
    uint16_t slot_size;
    uint16_t slot_count;
    uint16_t ring_entry_count;
    uint32_t feature_bits;
    uint32_t partition_id;  /* as the policy declares it, 1 to XHM_PROBE_PARTITION_ID_MAX */
    uint32_t page_index;    /* 0 to XHM_PROBE_PAGE_INDEX_MAX, one page for each process of the partition */
    uint32_t page_sequence; /* sequence lock of the header: odd while it is written */
    uint64_t instance_id;   /* never 0; differs whenever the writer started with fresh counters */
    uint8_t reserved_protected[20];
    uint32_t crc; /* over all bytes before it, page_sequence with its final, even value */
    uint8_t reserved[192];
};

/* One reached checkpoint. */
struct xhm_probe_ring_entry {
    uint64_t timestamp_ns; /* guest's clock */
    uint32_t checkpoint_id;
    uint32_t crc; /* over struct xhm_probe_ring_entry_protected: a stale or displaced entry is recognised, too */
};

/* What the CRC of a ring entry is computed over; the entry's number and place are not stored but known. */
struct xhm_probe_ring_entry_protected {
    uint64_t ring_index; /* the ring_write_index that this entry was written at */
    uint64_t timestamp_ns;
    uint32_t checkpoint_id;
    uint32_t data_id;
};

/* Counters of one entity. Counters of 64 bits start at 0 with an instance and never wrap in practice. */
struct xhm_probe_slot_head {
    uint32_t sequence; /* sequence lock: odd while the slot is written, otherwise twice the counter (modulo 2^32) */
    uint32_t data_id;
    uint32_t counter;   /* E2E counter: completed writes of this slot, modulo 2^31 */
    uint32_t entity_id; /* as the policy declares it, never 0 in a used slot */
    uint64_t alive_counter;
    uint64_t deadline_met;
    uint64_t deadline_missed;
    uint64_t worst_latency_ns; /* worst since the instance started */
    uint64_t last_latency_ns;
    uint64_t guest_time_ns;    /* guest's clock at the last write */
    uint64_t ring_write_index; /* checkpoints ever reported; entry i is at position i modulo the ring's size */
    uint64_t ring_base_index;  /* entries below this index are not in this page (it was shared anew) */
    uint8_t reserved[12];
    uint32_t crc; /* over all bytes from data_id on */
};

/*
 * Latencies of one entity, counted. Zero unless XHM_PROBE_FEATURE_HISTOGRAM is set (since version 1.1). Each activation
 * is counted in one bucket, so the sum of all buckets is deadline_met + deadline_missed modulo 2^32: it says which
 * state of the head the histogram belongs to.
 */
struct xhm_probe_histogram {
    uint32_t kind;
    uint32_t buckets[XHM_PROBE_HISTOGRAM_BUCKET_COUNT]; /* each modulo 2^32 */
    uint32_t crc;                                       /* over struct xhm_probe_histogram_protected */
};

/* What the CRC of a histogram is computed over; its place is not stored but known. */
struct xhm_probe_histogram_protected {
    uint32_t data_id;
    uint32_t kind;
    uint32_t buckets[XHM_PROBE_HISTOGRAM_BUCKET_COUNT];
};

/* The bucket that counts a latency. */
static inline uint32_t xhm_probe_histogram_bucket(uint64_t latency_ns) {
    uint64_t bound_ns = XHM_PROBE_HISTOGRAM_FIRST_BOUND_NS;
    uint32_t bucket = 0;

    while (bucket < XHM_PROBE_HISTOGRAM_BUCKET_COUNT - 1 && latency_ns >= bound_ns) {
        bound_ns += bound_ns;
        bucket++;
    }
    return bucket;
}

/* The least latency that a bucket counts, in nanoseconds. bucket: below XHM_PROBE_HISTOGRAM_BUCKET_COUNT. */
static inline uint64_t xhm_probe_histogram_bound_ns(uint32_t bucket) {
    uint64_t bound_ns = bucket == 0 ? 0 : XHM_PROBE_HISTOGRAM_FIRST_BOUND_NS;

    for (uint32_t i = 1; i < bucket; i++) {
        bound_ns += bound_ns;
    }
    return bound_ns;
}

/* An unused slot is all zero. */
struct xhm_probe_slot {
    struct xhm_probe_slot_head head;
    struct xhm_probe_histogram histogram;
    struct xhm_probe_ring_entry ring[XHM_PROBE_RING_ENTRY_COUNT];
};

/* The whole page, as it is shared. */
struct xhm_probe_page {
    struct xhm_probe_header header;
    struct xhm_probe_slot slots[XHM_PROBE_SLOT_COUNT];
};

#define XHM_PROBE_ASSERT_OFFSET(type, member, offset)                                                                  \
    _Static_assert(offsetof(struct type, member) == (offset), "probe ABI: " #type "." #member " moved")
#define XHM_PROBE_ASSERT_SIZE(type, size) _Static_assert(sizeof(struct type) == (size), "probe ABI: size of " #type)

XHM_PROBE_ASSERT_OFFSET(xhm_probe_header, magic, 0x00);
XHM_PROBE_ASSERT_OFFSET(xhm_probe_header, version_major, 0x04);
XHM_PROBE_ASSERT_OFFSET(xhm_probe_header, version_minor, 0x06);
XHM_PROBE_ASSERT_OFFSET(xhm_probe_header, header_size, 0x08);
XHM_PROBE_ASSERT_OFFSET(xhm_probe_header, slot_size, 0x0a);
XHM_PROBE_ASSERT_OFFSET(xhm_probe_header, slot_count, 0x0c);
XHM_PROBE_ASSERT_OFFSET(xhm_probe_header, ring_entry_count, 0x0e);
XHM_PROBE_ASSERT_OFFSET(xhm_probe_header, feature_bits, 0x10);
XHM_PROBE_ASSERT_OFFSET(xhm_probe_header, partition_id, 0x14);
XHM_PROBE_ASSERT_OFFSET(xhm_probe_header, page_index, 0x18);
XHM_PROBE_ASSERT_OFFSET(xhm_probe_header, page_sequence, 0x1c);
XHM_PROBE_ASSERT_OFFSET(xhm_probe_header, instance_id, 0x20);
XHM_PROBE_ASSERT_OFFSET(xhm_probe_header, reserved_protected, 0x28);
XHM_PROBE_ASSERT_OFFSET(xhm_probe_header, crc, 0x3c);
XHM_PROBE_ASSERT_OFFSET(xhm_probe_header, reserved, 0x40);
XHM_PROBE_ASSERT_SIZE(xhm_probe_header, XHM_PROBE_HEADER_SIZE);

XHM_PROBE_ASSERT_OFFSET(xhm_probe_ring_entry, timestamp_ns, 0x00);
XHM_PROBE_ASSERT_OFFSET(xhm_probe_ring_entry, checkpoint_id, 0x08);
XHM_PROBE_ASSERT_OFFSET(xhm_probe_ring_entry, crc, 0x0c);
XHM_PROBE_ASSERT_SIZE(xhm_probe_ring_entry, XHM_PROBE_RING_ENTRY_SIZE);

XHM_PROBE_ASSERT_OFFSET(xhm_probe_ring_entry_protected, ring_index, 0x00);
XHM_PROBE_ASSERT_OFFSET(xhm_probe_ring_entry_protected, timestamp_ns, 0x08);
XHM_PROBE_ASSERT_OFFSET(xhm_probe_ring_entry_protected, checkpoint_id, 0x10);
XHM_PROBE_ASSERT_OFFSET(xhm_probe_ring_entry_protected, data_id, 0x14);
XHM_PROBE_ASSERT_SIZE(xhm_probe_ring_entry_protected, 24);

XHM_PROBE_ASSERT_OFFSET(xhm_probe_slot_head, sequence, 0x00);
XHM_PROBE_ASSERT_OFFSET(xhm_probe_slot_head, data_id, 0x04);
XHM_PROBE_ASSERT_OFFSET(xhm_probe_slot_head, counter, 0x08);
XHM_PROBE_ASSERT_OFFSET(xhm_probe_slot_head, entity_id, 0x0c);
XHM_PROBE_ASSERT_OFFSET(xhm_probe_slot_head, alive_counter, 0x10);
XHM_PROBE_ASSERT_OFFSET(xhm_probe_slot_head, deadline_met, 0x18);
XHM_PROBE_ASSERT_OFFSET(xhm_probe_slot_head, deadline_missed, 0x20);
XHM_PROBE_ASSERT_OFFSET(xhm_probe_slot_head, worst_latency_ns, 0x28);
XHM_PROBE_ASSERT_OFFSET(xhm_probe_slot_head, last_latency_ns, 0x30);
XHM_PROBE_ASSERT_OFFSET(xhm_probe_slot_head, guest_time_ns, 0x38);
XHM_PROBE_ASSERT_OFFSET(xhm_probe_slot_head, ring_write_index, 0x40);
XHM_PROBE_ASSERT_OFFSET(xhm_probe_slot_head, ring_base_index, 0x48);
XHM_PROBE_ASSERT_OFFSET(xhm_probe_slot_head, reserved, 0x50);
XHM_PROBE_ASSERT_OFFSET(xhm_probe_slot_head, crc, 0x5c);
XHM_PROBE_ASSERT_SIZE(xhm_probe_slot_head, 0x60);

XHM_PROBE_ASSERT_OFFSET(xhm_probe_histogram, kind, 0x00);
XHM_PROBE_ASSERT_OFFSET(xhm_probe_histogram, buckets, 0x04);
XHM_PROBE_ASSERT_OFFSET(xhm_probe_histogram, crc, 0x5c);
XHM_PROBE_ASSERT_SIZE(xhm_probe_histogram, 0x60);

XHM_PROBE_ASSERT_OFFSET(xhm_probe_histogram_protected, data_id, 0x00);
XHM_PROBE_ASSERT_OFFSET(xhm_probe_histogram_protected, kind, 0x04);
XHM_PROBE_ASSERT_OFFSET(xhm_probe_histogram_protected, buckets, 0x08);
XHM_PROBE_ASSERT_SIZE(xhm_probe_histogram_protected, 0x60);

XHM_PROBE_ASSERT_OFFSET(xhm_probe_slot, head, 0x00);
XHM_PROBE_ASSERT_OFFSET(xhm_probe_slot, histogram, 0x60);
XHM_PROBE_ASSERT_OFFSET(xhm_probe_slot, ring, 0xc0);
XHM_PROBE_ASSERT_SIZE(xhm_probe_slot, XHM_PROBE_SLOT_SIZE);

XHM_PROBE_ASSERT_OFFSET(xhm_probe_page, slots, XHM_PROBE_HEADER_SIZE);
XHM_PROBE_ASSERT_SIZE(xhm_probe_page, XHM_PROBE_PAGE_SIZE);

#endif
