// SPDX-License-Identifier: Apache-2.0
/* The reader against pages of our encoder, of a damaged, hostile or interrupted writer, and of pure chance. */
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "crc32p4.h"
#include "probe_reader.h"
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

static int fresh_page(void **state) {
    (void)state;
    memset(&page, 0, sizeof(page));
    memset(&copy, 0, sizeof(copy));
    memset(&cursor, 0, sizeof(cursor));
    assert_int_equal(xhm_probe_page_init(&writer, &page, &identity), XHM_PROBE_DONE);
    assert_int_equal(xhm_probe_entity_init(&writer, SLOT, ENTITY_ID, 1, &entity), XHM_PROBE_DONE);
    return 0;
}

static const struct xhm_probe_slot_reading *read_page(void) {
    probe_reader_copy(&page, &copy);
    probe_reader_decode(&copy, PARTITION_ID, PAGE_INDEX, &cursor, &reading);
    return &reading.slots[SLOT];
}

static const struct xhm_probe_slot_reading *read_and_advance(void) {
    const struct xhm_probe_slot_reading *slot = read_page();

    probe_reader_advance(&cursor, &reading);
    return slot;
}

/* What a guest can do that knows the ABI: any content with a right checksum. */
static void sign_head(struct xhm_probe_slot_head *head) {
    head->crc = xhm_crc32p4((const uint8_t *)head + 4, 0x5c - 4);
}

static void sign_header(struct xhm_probe_header *header) {
    header->crc = xhm_crc32p4(header, 0x3c);
}

static uint32_t next_random(void) {
    static uint64_t random_state = 0x9e3779b97f4a7c15u;

    random_state ^= random_state << 13;
    random_state ^= random_state >> 7;
    random_state ^= random_state << 17;
    return (uint32_t)(random_state >> 16);
}

static void test_round_trip(void **state) {
    (void)state;
    xhm_probe_checkpoint(entity, 5, 100);
    xhm_probe_checkpoint(entity, 6, 200);
    xhm_probe_alive(entity, 300);
    xhm_probe_deadline_report(entity, true, 11, 400);
    xhm_probe_deadline_report(entity, false, 9, 500);

    const struct xhm_probe_slot_reading *slot = read_page();

    assert_int_equal(reading.verdict, XHM_PROBE_PAGE_OK);
    assert_int_equal(reading.instance_id, 0xabcdef);
    assert_int_equal(reading.feature_bits, XHM_PROBE_CLOCK_HARDWARE_COUNTER << XHM_PROBE_FEATURE_CLOCK_SHIFT);
    assert_int_equal(reading.slots[0].verdict, XHM_PROBE_SLOT_EMPTY);
    assert_int_equal(slot->verdict, XHM_PROBE_SLOT_OK);
    assert_true(slot->written);
    assert_true(slot->is_baseline);
    assert_int_equal(slot->entity_id, ENTITY_ID);
    assert_int_equal(slot->alive_counter, 1);
    assert_int_equal(slot->deadline_met, 1);
    assert_int_equal(slot->deadline_missed, 1);
    assert_int_equal(slot->worst_latency_ns, 11);
    assert_int_equal(slot->last_latency_ns, 9);
    assert_int_equal(slot->guest_time_ns, 500);
    assert_int_equal(slot->ring_write_index, 2);
    assert_int_equal(slot->lost_count, 0);
    assert_int_equal(slot->entry_count, 2);
    assert_int_equal(slot->entries[0].checkpoint_id, 5);
    assert_int_equal(slot->entries[0].timestamp_ns, 100);
    assert_int_equal(slot->entries[1].checkpoint_id, 6);
    assert_int_equal(slot->entries[1].timestamp_ns, 200);
}

static void test_each_checkpoint_is_delivered_once(void **state) {
    (void)state;
    xhm_probe_checkpoint(entity, 1, 1);
    assert_int_equal(read_and_advance()->entry_count, 1);

    const struct xhm_probe_slot_reading *slot = read_and_advance();

    assert_int_equal(slot->entry_count, 0);
    assert_false(slot->written);
    assert_false(slot->is_baseline);
    xhm_probe_checkpoint(entity, 2, 2);
    xhm_probe_checkpoint(entity, 3, 3);
    slot = read_and_advance();
    assert_true(slot->written);
    assert_int_equal(slot->entry_count, 2);
    assert_int_equal(slot->entries[0].checkpoint_id, 2);
    assert_int_equal(slot->lost_count, 0);
}

static void test_a_reading_without_cursor_gets_the_whole_ring(void **state) {
    (void)state;
    for (uint32_t i = 0; i < RING * 3; i++) {
        xhm_probe_checkpoint(entity, i, i);
    }
    probe_reader_copy(&page, &copy);
    probe_reader_decode(&copy, PARTITION_ID, PAGE_INDEX, NULL, &reading);
    assert_int_equal(reading.slots[SLOT].verdict, XHM_PROBE_SLOT_OK);
    assert_int_equal(reading.slots[SLOT].entry_count, RING);
    assert_int_equal(reading.slots[SLOT].entries[0].checkpoint_id, RING * 2);
    assert_int_equal(reading.slots[SLOT].lost_count, 0);
}

static void test_overwritten_checkpoints_are_counted(void **state) {
    (void)state;
    read_and_advance();
    for (uint32_t i = 0; i < RING; i++) {
        xhm_probe_checkpoint(entity, i, i);
    }
    assert_int_equal(read_page()->lost_count, 0);
    assert_int_equal(read_page()->entry_count, RING);
    for (uint32_t i = 0; i < 7; i++) {
        xhm_probe_checkpoint(entity, i, i);
    }

    const struct xhm_probe_slot_reading *slot = read_and_advance();

    assert_int_equal(slot->verdict, XHM_PROBE_SLOT_OK);
    assert_int_equal(slot->lost_count, 7);
    assert_int_equal(slot->entry_count, RING);
    assert_int_equal(slot->entries[0].checkpoint_id, 7);
    assert_false(slot->is_baseline);
}

/* A new supervisor's domain, or another epoch for the same supervisor: counters continue, nothing counts as lost. */
static void test_a_page_shared_anew_continues(void **state) {
    static struct xhm_probe_page new_page;

    (void)state;
    xhm_probe_alive(entity, 1);
    read_and_advance();
    for (uint32_t i = 0; i < 5; i++) {
        xhm_probe_checkpoint(entity, i, i);
    }
    assert_int_equal(xhm_probe_page_move(&writer, &new_page), XHM_PROBE_DONE);
    xhm_probe_alive(entity, 10);
    xhm_probe_checkpoint(entity, 99, 11);
    probe_reader_copy(&new_page, &copy);
    probe_reader_decode(&copy, PARTITION_ID, PAGE_INDEX, &cursor, &reading);

    const struct xhm_probe_slot_reading *slot = &reading.slots[SLOT];

    assert_int_equal(slot->verdict, XHM_PROBE_SLOT_OK);
    assert_true(slot->is_baseline);
    assert_int_equal(slot->alive_counter, 2);
    assert_int_equal(slot->lost_count, 0);
    assert_int_equal(slot->entry_count, 1);
    assert_int_equal(slot->entries[0].checkpoint_id, 99);
    probe_reader_advance(&cursor, &reading);
    assert_int_equal(cursor.slots[SLOT].ring_write_index, 6);
}

static void test_a_new_instance_starts_over(void **state) {
    struct xhm_probe_identity second = identity;

    (void)state;
    for (int i = 0; i < 9; i++) {
        xhm_probe_alive(entity, 1);
    }
    read_and_advance();
    second.instance_id = 0x777;
    assert_int_equal(xhm_probe_page_init(&writer, &page, &second), XHM_PROBE_DONE);
    assert_int_equal(xhm_probe_entity_init(&writer, SLOT, ENTITY_ID + 1, 1, &entity), XHM_PROBE_DONE);

    const struct xhm_probe_slot_reading *slot = read_and_advance();

    assert_int_equal(reading.instance_id, 0x777);
    assert_int_equal(slot->verdict, XHM_PROBE_SLOT_OK);
    assert_true(slot->is_baseline);
    assert_int_equal(slot->alive_counter, 0);
    assert_int_equal(cursor.slots[SLOT].entity_id, ENTITY_ID + 1);
}

static void test_counters_wrap(void **state) {
    (void)state;
    entity->counter = 0x7ffffffdu;
    entity->alive_counter = UINT64_MAX - 3;
    for (int i = 0; i < 3; i++) {
        xhm_probe_alive(entity, 1);

        const struct xhm_probe_slot_reading *slot = read_and_advance();

        assert_int_equal(slot->verdict, XHM_PROBE_SLOT_OK);
        assert_true(slot->written);
    }
    assert_int_equal(cursor.slots[SLOT].counter, 0);
}

static void test_page_verdicts(void **state) {
    struct xhm_probe_page_reading *result = &reading;

#define EXPECT_PAGE(change, expected)                                                                                  \
    do {                                                                                                               \
        fresh_page(NULL);                                                                                              \
        change;                                                                                                        \
        read_page();                                                                                                   \
        assert_int_equal(result->verdict, expected);                                                                   \
        assert_true(expected == XHM_PROBE_PAGE_OK || result->slots[SLOT].verdict == XHM_PROBE_SLOT_EMPTY);             \
    } while (0)
#define EXPECT_SIGNED_PAGE(change, expected)                                                                           \
    EXPECT_PAGE(                                                                                                       \
        {                                                                                                              \
            change;                                                                                                    \
            sign_header(&page.header);                                                                                 \
        },                                                                                                             \
        expected)

    (void)state;
    EXPECT_PAGE((void)0, XHM_PROBE_PAGE_OK);
    EXPECT_PAGE(memset(&page, 0, sizeof(page)), XHM_PROBE_PAGE_BAD_MAGIC);
    EXPECT_PAGE(memset(&page, 0xff, sizeof(page)), XHM_PROBE_PAGE_BAD_MAGIC);
    EXPECT_PAGE(page.header.page_sequence |= 1, XHM_PROBE_PAGE_BUSY);
    EXPECT_PAGE(page.header.instance_id ^= 8, XHM_PROBE_PAGE_BAD_CRC);
    EXPECT_SIGNED_PAGE(page.header.version_major = 2, XHM_PROBE_PAGE_BAD_VERSION);
    EXPECT_SIGNED_PAGE(page.header.version_minor = 9, XHM_PROBE_PAGE_OK);
    EXPECT_SIGNED_PAGE(page.header.header_size = 64, XHM_PROBE_PAGE_BAD_LAYOUT);
    EXPECT_SIGNED_PAGE(page.header.slot_size = 0xffff, XHM_PROBE_PAGE_BAD_LAYOUT);
    EXPECT_SIGNED_PAGE(page.header.slot_count = 0xffff, XHM_PROBE_PAGE_BAD_LAYOUT);
    EXPECT_SIGNED_PAGE(page.header.ring_entry_count = 0, XHM_PROBE_PAGE_BAD_LAYOUT);
    EXPECT_SIGNED_PAGE(page.header.feature_bits |= 1u << 15, XHM_PROBE_PAGE_OK);
    EXPECT_SIGNED_PAGE(page.header.feature_bits |= 1u << 16, XHM_PROBE_PAGE_UNKNOWN_FEATURE);
    EXPECT_SIGNED_PAGE(page.header.partition_id = PARTITION_ID + 1, XHM_PROBE_PAGE_WRONG_PARTITION);
    EXPECT_SIGNED_PAGE(page.header.page_index = PAGE_INDEX + 1, XHM_PROBE_PAGE_WRONG_PAGE);
    EXPECT_SIGNED_PAGE(page.header.instance_id = 0, XHM_PROBE_PAGE_BAD_INSTANCE);
#undef EXPECT_PAGE
#undef EXPECT_SIGNED_PAGE
}

static void test_slot_verdicts(void **state) {
    struct xhm_probe_slot *slot = &page.slots[SLOT];

/* Two reports are seen by the cursor before the change, one more comes after it. */
#define EXPECT_SLOT(change, expected)                                                                                  \
    do {                                                                                                               \
        fresh_page(NULL);                                                                                              \
        xhm_probe_alive(entity, 1);                                                                                    \
        xhm_probe_checkpoint(entity, 1, 1);                                                                            \
        read_and_advance();                                                                                            \
        xhm_probe_checkpoint(entity, 2, 2);                                                                            \
        change;                                                                                                        \
        read_page();                                                                                                   \
        assert_int_equal(reading.verdict, XHM_PROBE_PAGE_OK);                                                          \
        assert_int_equal(reading.slots[SLOT].verdict, expected);                                                       \
        assert_true(expected == XHM_PROBE_SLOT_OK || reading.slots[SLOT].entry_count == 0);                            \
    } while (0)
#define EXPECT_SIGNED_SLOT(change, expected)                                                                           \
    EXPECT_SLOT(                                                                                                       \
        {                                                                                                              \
            change;                                                                                                    \
            sign_head(&slot->head);                                                                                    \
        },                                                                                                             \
        expected)

    (void)state;
    EXPECT_SLOT((void)0, XHM_PROBE_SLOT_OK);
    EXPECT_SLOT(memset(slot, 0, sizeof(*slot)), XHM_PROBE_SLOT_EMPTY);
    EXPECT_SLOT(slot->head.sequence |= 1, XHM_PROBE_SLOT_BUSY);
    EXPECT_SLOT(slot->head.alive_counter ^= 1, XHM_PROBE_SLOT_BAD_CRC);
    EXPECT_SIGNED_SLOT(slot->head.data_id ^= 1, XHM_PROBE_SLOT_BAD_DATA_ID);
    EXPECT_SLOT(slot->head.sequence += 2, XHM_PROBE_SLOT_BAD_SEQUENCE);
    EXPECT_SIGNED_SLOT(slot->head.entity_id = 0, XHM_PROBE_SLOT_BAD_ENTITY);
    EXPECT_SIGNED_SLOT(slot->head.entity_id++, XHM_PROBE_SLOT_BAD_ENTITY);
    EXPECT_SIGNED_SLOT(slot->head.alive_counter--, XHM_PROBE_SLOT_BAD_SEQUENCE);
    EXPECT_SIGNED_SLOT((slot->head.counter -= 2, slot->head.sequence -= 4), XHM_PROBE_SLOT_BAD_SEQUENCE);
    EXPECT_SIGNED_SLOT(slot->head.ring_write_index = 0, XHM_PROBE_SLOT_BAD_SEQUENCE);
    EXPECT_SIGNED_SLOT(slot->head.ring_write_index++, XHM_PROBE_SLOT_BAD_RING);
    EXPECT_SIGNED_SLOT(slot->head.ring_write_index = UINT64_MAX, XHM_PROBE_SLOT_BAD_RING);
    EXPECT_SIGNED_SLOT(slot->head.ring_base_index = 3, XHM_PROBE_SLOT_BAD_RING);
    EXPECT_SIGNED_SLOT(slot->head.ring_base_index = UINT64_MAX, XHM_PROBE_SLOT_BAD_RING);
    EXPECT_SLOT(slot->ring[1].timestamp_ns ^= 1, XHM_PROBE_SLOT_BAD_RING);
    EXPECT_SLOT(slot->ring[1] = slot->ring[0], XHM_PROBE_SLOT_BAD_RING);
    EXPECT_SLOT(slot->ring[0].timestamp_ns ^= 1, XHM_PROBE_SLOT_OK); /* delivered before: nobody relies on it now */
#undef EXPECT_SLOT
#undef EXPECT_SIGNED_SLOT
}

static void test_a_slot_of_another_place_is_recognised(void **state) {
    (void)state;
    page.slots[0] = page.slots[SLOT];
    read_page();
    assert_int_equal(reading.slots[0].verdict, XHM_PROBE_SLOT_BAD_DATA_ID);
}

static void test_a_slot_that_is_not_ok_is_delivered_later(void **state) {
    (void)state;
    read_and_advance();
    xhm_probe_checkpoint(entity, 7, 7);
    page.slots[SLOT].head.sequence |= 1;
    assert_int_equal(read_and_advance()->verdict, XHM_PROBE_SLOT_BUSY);
    xhm_probe_alive(entity, 8);

    const struct xhm_probe_slot_reading *slot = read_and_advance();

    assert_int_equal(slot->verdict, XHM_PROBE_SLOT_OK);
    assert_int_equal(slot->entry_count, 1);
    assert_int_equal(slot->entries[0].checkpoint_id, 7);
}

/* A reading of a damaged page may differ from that of the sound one only by not being OK. */
static void assert_nothing_wrong_is_believed(const struct xhm_probe_page_reading *sound, size_t offset) {
    if (reading.verdict != XHM_PROBE_PAGE_OK) {
        return;
    }
    assert_int_equal(reading.instance_id, sound->instance_id);
    assert_int_equal(reading.feature_bits, sound->feature_bits);
    for (size_t i = 0; i < XHM_PROBE_SLOT_COUNT; i++) {
        const struct xhm_probe_slot_reading *slot = &reading.slots[i];

        if (slot->verdict != XHM_PROBE_SLOT_OK) {
            continue;
        }
        if (memcmp(slot, &sound->slots[i], offsetof(struct xhm_probe_slot_reading, entries)) != 0 ||
            memcmp(slot->entries, sound->slots[i].entries, sizeof(slot->entries[0]) * slot->entry_count) != 0) {
            fail_msg("damage at offset %zu was believed in slot %zu", offset, i);
        }
    }
}

static void test_no_single_damaged_byte_is_believed(void **state) {
    static struct xhm_probe_page_reading sound;
    uint8_t *bytes = (uint8_t *)&page;
    unsigned refused_count = 0;

    (void)state;
    for (uint32_t i = 0; i < RING + 5; i++) {
        xhm_probe_checkpoint(entity, i, i * 1000);
        xhm_probe_alive(entity, i * 1000 + 1);
        xhm_probe_deadline_report(entity, i % 3 != 0, i, i * 1000 + 2);
    }
    memset(&reading, 0, sizeof(reading));
    read_page();
    sound = reading;
    for (size_t offset = 0; offset < sizeof(page); offset++) {
        for (unsigned mask = 1; mask < 256; mask++) {
            bytes[offset] ^= (uint8_t)mask;
            probe_reader_decode(&page, PARTITION_ID, PAGE_INDEX, NULL, &reading);
            assert_nothing_wrong_is_believed(&sound, offset);
            refused_count += reading.verdict != XHM_PROBE_PAGE_OK || reading.slots[SLOT].verdict != XHM_PROBE_SLOT_OK;
            bytes[offset] ^= (uint8_t)mask;
        }
    }
    /* Everything that is protected and in use: header, head without sequence parity tricks, and the whole ring. */
    assert_int_equal(refused_count, (0x40 + 0x60 + RING * XHM_PROBE_RING_ENTRY_SIZE) * 255u);
}

static void test_chance_never_passes_and_never_harms(void **state) {
    (void)state;
    read_and_advance();
    for (int i = 0; i < 100000; i++) {
        uint32_t *words = (uint32_t *)(void *)&copy;

        for (size_t word = 0; word < sizeof(copy) / sizeof(*words); word++) {
            words[word] = next_random();
        }
        probe_reader_decode(&copy, PARTITION_ID, PAGE_INDEX, &cursor, &reading);
        assert_int_not_equal(reading.verdict, XHM_PROBE_PAGE_OK);
        /* The same behind a valid header, so that slots are looked at, too; every other time with a right checksum. */
        copy.header = page.header;
        if (i % 2 == 0) {
            copy.slots[SLOT].head.sequence &= ~1u;
            copy.slots[SLOT].head.data_id = XHM_PROBE_DATA_ID(PARTITION_ID, PAGE_INDEX, SLOT);
            copy.slots[SLOT].head.counter = copy.slots[SLOT].head.sequence / 2;
            copy.slots[SLOT].head.entity_id = ENTITY_ID;
            if (i % 4 == 0) {
                copy.slots[SLOT].head.ring_base_index >>= next_random() % 64;
            }
            sign_head(&copy.slots[SLOT].head);
        }
        probe_reader_decode(&copy, PARTITION_ID, PAGE_INDEX, i % 8 < 4 ? NULL : &cursor, &reading);
        assert_int_equal(reading.verdict, XHM_PROBE_PAGE_OK);
        for (size_t slot = 0; slot < XHM_PROBE_SLOT_COUNT; slot++) {
            assert_true(reading.slots[slot].verdict < XHM_PROBE_SLOT_VERDICT_COUNT);
            assert_true(reading.slots[slot].verdict != XHM_PROBE_SLOT_OK || reading.slots[slot].entry_count == 0);
        }
    }
}

/* Every moment at which a writer can be interrupted: after each word that a report stores, in the order of storing. */
static void test_an_interrupted_write_is_never_believed(void **state) {
    struct xhm_probe_page before;
    struct xhm_probe_page after;
    const size_t head_offset = offsetof(struct xhm_probe_page, slots[SLOT].head);
    const size_t entry_offset = offsetof(struct xhm_probe_page, slots[SLOT].ring[0]);

    (void)state;
    read_and_advance();
    before = page;
    xhm_probe_checkpoint(entity, 3, 3);
    after = page;
    page = before;
    page.slots[SLOT].head.sequence |= 1;
    assert_int_equal(read_page()->verdict, XHM_PROBE_SLOT_BUSY);
    for (size_t step = 0; step < XHM_PROBE_RING_ENTRY_SIZE; step += 8) {
        memcpy((uint8_t *)&page + entry_offset + step, (uint8_t *)&after + entry_offset + step, 8);
        assert_int_equal(read_page()->verdict, XHM_PROBE_SLOT_BUSY);
    }
    for (size_t step = 0; step < sizeof(struct xhm_probe_slot_head); step += 8) {
        memcpy((uint8_t *)&page + head_offset + step, (uint8_t *)&after + head_offset + step, 8);
        page.slots[SLOT].head.sequence = after.slots[SLOT].head.sequence - 1;
        assert_int_equal(read_page()->verdict, XHM_PROBE_SLOT_BUSY);
    }
    page.slots[SLOT].head.sequence = after.slots[SLOT].head.sequence;
    assert_int_equal(read_page()->verdict, XHM_PROBE_SLOT_OK);
    assert_memory_equal(&page, &after, sizeof(page));
}

/* Each report is a checkpoint whose id and time follow from its index, so that any mixture of two writes shows. */
static void *write_without_rest(void *argument) {
    const bool *stop = argument;

    for (uint64_t i = 0; !__atomic_load_n(stop, __ATOMIC_RELAXED); i++) {
        xhm_probe_checkpoint(entity, (uint32_t)i * 3, i * 5);
    }
    return NULL;
}

static void test_a_writer_that_never_rests(void **state) {
    bool stop = false;
    pthread_t thread;
    uint64_t delivered_count = 0;
    uint64_t lost_count = 0;

    (void)state;
    read_and_advance();
    assert_int_equal(pthread_create(&thread, NULL, write_without_rest, &stop), 0);
    for (int i = 0; i < 100000 || delivered_count < 1000; i++) {
        const struct xhm_probe_slot_reading *slot = read_page();

        if (slot->verdict == XHM_PROBE_SLOT_BUSY) {
            continue;
        }
        assert_int_equal(slot->verdict, XHM_PROBE_SLOT_OK);
        for (uint32_t j = 0; j < slot->entry_count; j++) {
            const uint64_t index = slot->ring_write_index - slot->entry_count + j;

            assert_int_equal(slot->entries[j].checkpoint_id, (uint32_t)index * 3);
            assert_int_equal(slot->entries[j].timestamp_ns, index * 5);
        }
        delivered_count += slot->entry_count;
        lost_count += slot->lost_count;
        probe_reader_advance(&cursor, &reading);
    }
    __atomic_store_n(&stop, true, __ATOMIC_RELAXED);
    pthread_join(thread, NULL);
    assert_int_equal(delivered_count + lost_count, cursor.slots[SLOT].ring_write_index);
}

/* A supervisor that is replaced again and again, while the task goes on: no counter is ever lower than it was. */
static void test_moving_under_a_busy_writer(void **state) {
    static struct xhm_probe_page pages[3];
    bool stop = false;
    pthread_t thread;
    unsigned moved_count = 0;

    (void)state;
    assert_int_equal(pthread_create(&thread, NULL, write_without_rest, &stop), 0);
    while (moved_count < 2000) {
        struct xhm_probe_page *next = &pages[moved_count % 3];

        /* Only then is nobody writing to an older page any more, so that it may be used again. */
        if (!xhm_probe_page_is_moved(&writer)) {
            continue;
        }
        assert_int_equal(xhm_probe_page_move(&writer, next), XHM_PROBE_DONE);
        moved_count++;
        probe_reader_copy(next, &copy);
        probe_reader_decode(&copy, PARTITION_ID, PAGE_INDEX, &cursor, &reading);
        assert_int_equal(reading.verdict, XHM_PROBE_PAGE_OK);

        const enum xhm_probe_slot_verdict verdict = reading.slots[SLOT].verdict;

        assert_true(verdict == XHM_PROBE_SLOT_OK || verdict == XHM_PROBE_SLOT_BUSY || verdict == XHM_PROBE_SLOT_EMPTY);
        probe_reader_advance(&cursor, &reading);
    }
    __atomic_store_n(&stop, true, __ATOMIC_RELAXED);
    pthread_join(thread, NULL);
    xhm_probe_alive(entity, 1);
    probe_reader_copy(writer.page, &copy);
    probe_reader_decode(&copy, PARTITION_ID, PAGE_INDEX, &cursor, &reading);
    assert_int_equal(reading.slots[SLOT].verdict, XHM_PROBE_SLOT_OK);
    assert_int_equal(reading.slots[SLOT].ring_write_index, entity->ring_write_index);
}

static void test_verdict_names(void **state) {
    (void)state;
    for (int i = 0; i < XHM_PROBE_PAGE_VERDICT_COUNT; i++) {
        assert_string_not_equal(probe_reader_page_verdict_name((enum xhm_probe_page_verdict)i), "invalid");
    }
    for (int i = 0; i < XHM_PROBE_SLOT_VERDICT_COUNT; i++) {
        assert_string_not_equal(probe_reader_slot_verdict_name((enum xhm_probe_slot_verdict)i), "invalid");
    }
    assert_string_equal(probe_reader_page_verdict_name(XHM_PROBE_PAGE_VERDICT_COUNT), "invalid");
    assert_string_equal(probe_reader_slot_verdict_name(XHM_PROBE_SLOT_VERDICT_COUNT), "invalid");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(test_round_trip, fresh_page),
        cmocka_unit_test_setup(test_each_checkpoint_is_delivered_once, fresh_page),
        cmocka_unit_test_setup(test_a_reading_without_cursor_gets_the_whole_ring, fresh_page),
        cmocka_unit_test_setup(test_overwritten_checkpoints_are_counted, fresh_page),
        cmocka_unit_test_setup(test_a_page_shared_anew_continues, fresh_page),
        cmocka_unit_test_setup(test_a_new_instance_starts_over, fresh_page),
        cmocka_unit_test_setup(test_counters_wrap, fresh_page),
        cmocka_unit_test(test_page_verdicts),
        cmocka_unit_test(test_slot_verdicts),
        cmocka_unit_test_setup(test_a_slot_of_another_place_is_recognised, fresh_page),
        cmocka_unit_test_setup(test_a_slot_that_is_not_ok_is_delivered_later, fresh_page),
        cmocka_unit_test_setup(test_no_single_damaged_byte_is_believed, fresh_page),
        cmocka_unit_test_setup(test_chance_never_passes_and_never_harms, fresh_page),
        cmocka_unit_test_setup(test_an_interrupted_write_is_never_believed, fresh_page),
        cmocka_unit_test_setup(test_a_writer_that_never_rests, fresh_page),
        cmocka_unit_test_setup(test_moving_under_a_busy_writer, fresh_page),
        cmocka_unit_test(test_verdict_names),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
