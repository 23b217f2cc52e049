// SPDX-License-Identifier: Apache-2.0
/* The reader against pages of our encoder: what it delivers, what it remembers, and the name of each refusal. */
#include "probe_page_fixture.h"

static void sign_header(struct xhm_probe_header *header) {
    header->crc = xhm_crc32p4(header, 0x3c);
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
    assert_int_equal(reading.feature_bits,
                     XHM_PROBE_FEATURE_HISTOGRAM | XHM_PROBE_CLOCK_HARDWARE_COUNTER << XHM_PROBE_FEATURE_CLOCK_SHIFT);
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
        cmocka_unit_test(test_verdict_names),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
