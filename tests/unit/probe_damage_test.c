// SPDX-License-Identifier: Apache-2.0
/* Covers: XHM-PROBE-1 */
/* The reader against damaged and random pages, interrupted writes, and writers that never rest. */
#include "probe_page_fixture.h"

#include <pthread.h>

static uint32_t next_random(void) {
    static uint64_t random_state = 0x9e3779b97f4a7c15u;

    random_state ^= random_state << 13;
    random_state ^= random_state >> 7;
    random_state ^= random_state << 17;
    return (uint32_t)(random_state >> 16);
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

static void test_no_single_damaged_byte_of_a_histogram_is_believed(void **state) {
    struct xhm_probe_histogram_state sound = {0};
    uint8_t *bytes = (uint8_t *)&page.slots[SLOT].histogram;

    (void)state;
    for (uint32_t i = 0; i < 100; i++) {
        xhm_probe_deadline_report(entity, i % 3 != 0, i * 977, i);
    }
    probe_histogram_read(&page, SLOT, read_page(), 0, &sound);
    assert_int_equal(sound.verdict, XHM_PROBE_HISTOGRAM_OK);
    for (size_t offset = 0; offset < sizeof(page.slots[SLOT].histogram); offset++) {
        for (unsigned mask = 1; mask < 256; mask++) {
            struct xhm_probe_histogram_state state_read = {0};

            bytes[offset] ^= (uint8_t)mask;
            probe_histogram_read(&page, SLOT, &reading.slots[SLOT], 0, &state_read);
            assert_int_equal(state_read.verdict, XHM_PROBE_HISTOGRAM_BAD);
            bytes[offset] ^= (uint8_t)mask;
        }
    }
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
int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(test_no_single_damaged_byte_is_believed, fresh_page),
        cmocka_unit_test_setup(test_no_single_damaged_byte_of_a_histogram_is_believed, fresh_page),
        cmocka_unit_test_setup(test_chance_never_passes_and_never_harms, fresh_page),
        cmocka_unit_test_setup(test_an_interrupted_write_is_never_believed, fresh_page),
        cmocka_unit_test_setup(test_a_writer_that_never_rests, fresh_page),
        cmocka_unit_test_setup(test_moving_under_a_busy_writer, fresh_page),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
