// SPDX-License-Identifier: Apache-2.0
/* What the encoder puts into a page, and how it moves to another one. The page is looked at as bytes and as structure.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "crc32p4.h"
#include "xhm_probe.h"

static struct xhm_probe_page page;
static struct xhm_probe_page other_page;
static struct xhm_probe_writer writer;
static struct xhm_probe_entity *entity;

static const struct xhm_probe_identity identity = {
    .partition_id = 0x1234,
    .page_index = 5,
    .instance_id = 0x1122334455667788u,
    .clock_kind = XHM_PROBE_CLOCK_LINUX_MONOTONIC,
};

static int fresh_page(void **state) {
    (void)state;
    memset(&page, 0, sizeof(page));
    memset(&other_page, 0, sizeof(other_page));
    assert_int_equal(xhm_probe_page_init(&writer, &page, &identity), XHM_PROBE_DONE);
    assert_int_equal(xhm_probe_entity_init(&writer, 1, 77, 1000, &entity), XHM_PROBE_DONE);
    return 0;
}

static void test_header_bytes(void **state) {
    static const uint8_t expected[0x3c] = {
        'X',  'H', 'M', 'P', 1, 0, 1, 0, 0x00, 0x01, 0xc0, 0x03, 4,    0,    48,   0,    0x01, 0x01, 0,    0, 0x34,
        0x12, 0,   0,   5,   0, 0, 0, 2, 0,    0,    0,    0x88, 0x77, 0x66, 0x55, 0x44, 0x33, 0x22, 0x11, /* reserved
                                                                                                            */
    };

    (void)state;
    assert_memory_equal(&page, expected, sizeof(expected));
    assert_int_equal(page.header.crc, xhm_crc32p4(expected, sizeof(expected)));
}

static void test_first_write_of_an_entity(void **state) {
    const struct xhm_probe_slot_head *head = &page.slots[1].head;

    (void)state;
    assert_int_equal(head->sequence, 2);
    assert_int_equal(head->counter, 1);
    assert_int_equal(head->data_id, 0x12340501u);
    assert_int_equal(head->entity_id, 77);
    assert_int_equal(head->guest_time_ns, 1000);
    assert_int_equal(head->alive_counter, 0);
    assert_int_equal(head->crc, xhm_crc32p4((const uint8_t *)head + 4, 0x5c - 4));
}

static void test_unused_slots_are_zero(void **state) {
    static const struct xhm_probe_slot zero;

    (void)state;
    assert_memory_equal(&page.slots[0], &zero, sizeof(zero));
    assert_memory_equal(&page.slots[3], &zero, sizeof(zero));
}

static void test_reports_change_their_own_counters_only(void **state) {
    const struct xhm_probe_slot_head *head = &page.slots[1].head;

    (void)state;
    xhm_probe_alive(entity, 2000);
    xhm_probe_alive(entity, 2001);
    xhm_probe_deadline_report(entity, true, 500, 2002);
    xhm_probe_deadline_report(entity, false, 900, 2003);
    xhm_probe_deadline_report(entity, true, 100, 2004);
    xhm_probe_checkpoint(entity, 9, 2005);
    assert_int_equal(head->alive_counter, 2);
    assert_int_equal(head->deadline_met, 2);
    assert_int_equal(head->deadline_missed, 1);
    assert_int_equal(head->worst_latency_ns, 900);
    assert_int_equal(head->last_latency_ns, 100);
    assert_int_equal(head->ring_write_index, 1);
    assert_int_equal(head->guest_time_ns, 2005);
    assert_int_equal(head->counter, 7);
    assert_int_equal(head->sequence, 14);
}

static uint32_t histogram_crc(const struct xhm_probe_slot *slot) {
    struct xhm_probe_histogram_protected content = {.data_id = slot->head.data_id, .kind = slot->histogram.kind};

    memcpy(content.buckets, slot->histogram.buckets, sizeof(content.buckets));
    return xhm_crc32p4(&content, sizeof(content));
}

static void test_buckets_are_powers_of_two_of_a_microsecond(void **state) {
    (void)state;
    assert_int_equal(xhm_probe_histogram_bound_ns(0), 0);
    assert_int_equal(xhm_probe_histogram_bound_ns(1), 1000);
    assert_int_equal(xhm_probe_histogram_bound_ns(11), 1024000);
    assert_int_equal(xhm_probe_histogram_bound_ns(21), 1048576000);
    assert_int_equal(xhm_probe_histogram_bucket(0), 0);
    assert_int_equal(xhm_probe_histogram_bucket(UINT64_MAX), XHM_PROBE_HISTOGRAM_BUCKET_COUNT - 1);
    for (uint32_t bucket = 1; bucket < XHM_PROBE_HISTOGRAM_BUCKET_COUNT; bucket++) {
        assert_int_equal(xhm_probe_histogram_bucket(xhm_probe_histogram_bound_ns(bucket)), bucket);
        assert_int_equal(xhm_probe_histogram_bucket(xhm_probe_histogram_bound_ns(bucket) - 1), bucket - 1);
    }
}

static void test_each_activation_is_counted_in_one_bucket(void **state) {
    const struct xhm_probe_slot *slot = &page.slots[1];

    (void)state;
    assert_int_equal(slot->histogram.kind, XHM_PROBE_HISTOGRAM_LATENCY);
    assert_int_equal(slot->histogram.crc, histogram_crc(slot));
    xhm_probe_deadline_report(entity, true, 999, 1);
    xhm_probe_deadline_report(entity, false, 1000, 2);
    xhm_probe_deadline_report(entity, true, 1999, 3);
    xhm_probe_deadline_report(entity, true, UINT64_MAX, 4);
    xhm_probe_alive(entity, 5);
    assert_int_equal(slot->histogram.buckets[0], 1);
    assert_int_equal(slot->histogram.buckets[1], 2);
    assert_int_equal(slot->histogram.buckets[2], 0);
    assert_int_equal(slot->histogram.buckets[21], 1);
    assert_int_equal(slot->histogram.crc, histogram_crc(slot));
}

/* A report between the move and the change over would else leave the new page with an older histogram than its head. */
static void test_the_histogram_moves_with_its_entity(void **state) {
    const struct xhm_probe_slot *slot = &other_page.slots[1];

    (void)state;
    xhm_probe_deadline_report(entity, true, 5000, 1);
    assert_int_equal(xhm_probe_page_move(&writer, &other_page), XHM_PROBE_DONE);
    assert_memory_equal(&slot->histogram, &page.slots[1].histogram, sizeof(slot->histogram));
    memset(&other_page.slots[1].histogram, 0xa5, sizeof(slot->histogram));
    xhm_probe_alive(entity, 2);
    assert_int_equal(slot->histogram.buckets[3], 1);
    assert_int_equal(slot->histogram.crc, histogram_crc(slot));
}

static void test_move_does_not_sign_a_damaged_histogram(void **state) {
    (void)state;
    page.slots[1].histogram.buckets[0] ^= 4;
    assert_int_equal(xhm_probe_page_move(&writer, &other_page), XHM_PROBE_DONE);
    assert_int_not_equal(other_page.slots[1].histogram.crc, histogram_crc(&other_page.slots[1]));
    xhm_probe_alive(entity, 2);
    assert_int_equal(other_page.slots[1].histogram.crc, histogram_crc(&other_page.slots[1]));
}

static void test_ring_entries_wrap_and_carry_their_index(void **state) {
    (void)state;
    for (uint32_t i = 0; i < XHM_PROBE_RING_ENTRY_COUNT + 2; i++) {
        xhm_probe_checkpoint(entity, 100 + i, 5000 + i);
    }

    const struct xhm_probe_ring_entry *newest = &page.slots[1].ring[1];
    const struct xhm_probe_ring_entry_protected content = {
        .ring_index = XHM_PROBE_RING_ENTRY_COUNT + 1,
        .timestamp_ns = 5000 + XHM_PROBE_RING_ENTRY_COUNT + 1,
        .checkpoint_id = 100 + XHM_PROBE_RING_ENTRY_COUNT + 1,
        .data_id = 0x12340501u,
    };

    assert_int_equal(newest->timestamp_ns, content.timestamp_ns);
    assert_int_equal(newest->checkpoint_id, content.checkpoint_id);
    assert_int_equal(newest->crc, xhm_crc32p4(&content, sizeof(content)));
    assert_int_equal(page.slots[1].ring[2].checkpoint_id, 102);
    assert_int_equal(page.slots[1].head.ring_write_index, XHM_PROBE_RING_ENTRY_COUNT + 2);
}

static void test_counter_and_sequence_wrap_together(void **state) {
    const struct xhm_probe_slot_head *head = &page.slots[1].head;

    (void)state;
    entity->counter = 0x7ffffffeu;
    xhm_probe_alive(entity, 1);
    assert_int_equal(head->counter, 0x7fffffffu);
    assert_int_equal(head->sequence, 0xfffffffeu);
    xhm_probe_alive(entity, 2);
    assert_int_equal(head->counter, 0);
    assert_int_equal(head->sequence, 0);
    xhm_probe_alive(entity, 3);
    assert_int_equal(head->counter, 1);
    assert_int_equal(head->sequence, 2);
}

static void test_damage_to_the_page_does_not_feed_back(void **state) {
    (void)state;
    xhm_probe_alive(entity, 1);
    memset(&page.slots[1], 0xa5, sizeof(page.slots[1]));
    xhm_probe_alive(entity, 2);
    assert_int_equal(page.slots[1].head.alive_counter, 2);
    assert_int_equal(page.slots[1].head.counter, 3);
}

static void test_move_carries_the_last_report_over(void **state) {
    (void)state;
    xhm_probe_alive(entity, 1);
    xhm_probe_checkpoint(entity, 3, 2);
    assert_int_equal(xhm_probe_page_move(&writer, &other_page), XHM_PROBE_DONE);
    assert_false(xhm_probe_page_is_moved(&writer));
    assert_int_equal(other_page.header.page_sequence, 4);
    assert_int_equal(other_page.header.instance_id, identity.instance_id);
    assert_int_equal(other_page.slots[1].head.alive_counter, 1);
    assert_int_equal(other_page.slots[1].head.ring_write_index, 1);
    assert_int_equal(other_page.slots[1].head.ring_base_index, 1);
    assert_int_equal(other_page.slots[1].head.counter, page.slots[1].head.counter);
}

static void test_entity_changes_over_at_its_next_report(void **state) {
    struct xhm_probe_page before;

    (void)state;
    xhm_probe_alive(entity, 1);
    assert_int_equal(xhm_probe_page_move(&writer, &other_page), XHM_PROBE_DONE);
    before = page;
    xhm_probe_checkpoint(entity, 8, 3);
    assert_true(xhm_probe_page_is_moved(&writer));
    assert_memory_equal(&before, &page, sizeof(page));
    assert_int_equal(other_page.slots[1].head.alive_counter, 1);
    assert_int_equal(other_page.slots[1].head.ring_write_index, 1);
    assert_int_equal(other_page.slots[1].head.ring_base_index, 0);
    assert_int_equal(other_page.slots[1].ring[0].checkpoint_id, 8);
}

/* A task that hangs inside a write must neither hold the move nor get a made-up report. */
static void test_move_leaves_a_torn_slot_empty(void **state) {
    (void)state;
    page.slots[1].head.sequence |= 1;
    assert_int_equal(xhm_probe_page_move(&writer, &other_page), XHM_PROBE_DONE);
    assert_int_equal(other_page.slots[1].head.entity_id, 0);
    assert_false(xhm_probe_page_is_moved(&writer));
}

static void test_move_does_not_sign_damage(void **state) {
    (void)state;
    page.slots[1].head.alive_counter ^= 4;
    assert_int_equal(xhm_probe_page_move(&writer, &other_page), XHM_PROBE_DONE);
    assert_int_equal(other_page.slots[1].head.entity_id, 0);
    xhm_probe_alive(entity, 2);
    assert_int_equal(other_page.slots[1].head.alive_counter, 1);
}

static void test_two_moves_before_a_report(void **state) {
    static struct xhm_probe_page third_page;

    (void)state;
    xhm_probe_alive(entity, 1);
    assert_int_equal(xhm_probe_page_move(&writer, &other_page), XHM_PROBE_DONE);
    assert_int_equal(xhm_probe_page_move(&writer, &third_page), XHM_PROBE_DONE);
    assert_int_equal(third_page.slots[1].head.alive_counter, 1);
    xhm_probe_alive(entity, 2);
    assert_true(xhm_probe_page_is_moved(&writer));
    assert_int_equal(third_page.slots[1].head.alive_counter, 2);
    assert_int_equal(third_page.header.page_sequence, 6);
}

static void test_starting_over_changes_the_sequence(void **state) {
    struct xhm_probe_identity second = identity;

    (void)state;
    second.instance_id++;
    xhm_probe_alive(entity, 1);
    assert_int_equal(xhm_probe_page_init(&writer, &page, &second), XHM_PROBE_DONE);
    assert_int_equal(page.header.page_sequence, 4);
    assert_int_equal(page.slots[1].head.entity_id, 0);
}

static void test_wrong_arguments_are_refused(void **state) {
    struct xhm_probe_identity bad = identity;
    struct xhm_probe_writer unused = {0};
    struct xhm_probe_entity *none = NULL;

    (void)state;
    bad.partition_id = 0;
    assert_int_equal(xhm_probe_page_init(&unused, &page, &bad), XHM_PROBE_BAD_ARGUMENT);
    bad.partition_id = XHM_PROBE_PARTITION_ID_MAX + 1;
    assert_int_equal(xhm_probe_page_init(&unused, &page, &bad), XHM_PROBE_BAD_ARGUMENT);
    bad = identity;
    bad.page_index = XHM_PROBE_PAGE_INDEX_MAX + 1;
    assert_int_equal(xhm_probe_page_init(&unused, &page, &bad), XHM_PROBE_BAD_ARGUMENT);
    bad = identity;
    bad.instance_id = 0;
    assert_int_equal(xhm_probe_page_init(&unused, &page, &bad), XHM_PROBE_BAD_ARGUMENT);
    assert_int_equal(xhm_probe_page_init(&unused, NULL, &identity), XHM_PROBE_BAD_ARGUMENT);
    assert_int_equal(xhm_probe_page_init(&unused, (struct xhm_probe_page *)(void *)((char *)&page + 4), &identity),
                     XHM_PROBE_BAD_ARGUMENT);
    assert_int_equal(xhm_probe_entity_init(&unused, 0, 1, 0, &none), XHM_PROBE_BAD_ARGUMENT);
    assert_int_equal(xhm_probe_entity_init(&writer, XHM_PROBE_SLOT_COUNT, 1, 0, &none), XHM_PROBE_BAD_ARGUMENT);
    assert_int_equal(xhm_probe_entity_init(&writer, 0, 0, 0, &none), XHM_PROBE_BAD_ARGUMENT);
    assert_int_equal(xhm_probe_entity_init(&writer, 1, 1, 0, &none), XHM_PROBE_SLOT_TAKEN);
    assert_int_equal(xhm_probe_page_move(&writer, &page), XHM_PROBE_BAD_ARGUMENT);
    assert_int_equal(xhm_probe_page_move(&unused, &page), XHM_PROBE_BAD_ARGUMENT);
    assert_null(none);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(test_header_bytes, fresh_page),
        cmocka_unit_test_setup(test_first_write_of_an_entity, fresh_page),
        cmocka_unit_test_setup(test_unused_slots_are_zero, fresh_page),
        cmocka_unit_test_setup(test_reports_change_their_own_counters_only, fresh_page),
        cmocka_unit_test(test_buckets_are_powers_of_two_of_a_microsecond),
        cmocka_unit_test_setup(test_each_activation_is_counted_in_one_bucket, fresh_page),
        cmocka_unit_test_setup(test_the_histogram_moves_with_its_entity, fresh_page),
        cmocka_unit_test_setup(test_move_does_not_sign_a_damaged_histogram, fresh_page),
        cmocka_unit_test_setup(test_ring_entries_wrap_and_carry_their_index, fresh_page),
        cmocka_unit_test_setup(test_counter_and_sequence_wrap_together, fresh_page),
        cmocka_unit_test_setup(test_damage_to_the_page_does_not_feed_back, fresh_page),
        cmocka_unit_test_setup(test_move_carries_the_last_report_over, fresh_page),
        cmocka_unit_test_setup(test_entity_changes_over_at_its_next_report, fresh_page),
        cmocka_unit_test_setup(test_move_leaves_a_torn_slot_empty, fresh_page),
        cmocka_unit_test_setup(test_move_does_not_sign_damage, fresh_page),
        cmocka_unit_test_setup(test_two_moves_before_a_report, fresh_page),
        cmocka_unit_test_setup(test_starting_over_changes_the_sequence, fresh_page),
        cmocka_unit_test_setup(test_wrong_arguments_are_refused, fresh_page),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
