// SPDX-License-Identifier: Apache-2.0
/* Covers: XHM-PROBE-1 */
/* The reader of latency histograms against pages of our encoder, and against what else a page may hold. */
#include "probe_page_fixture.h"

static struct xhm_probe_histogram_state histogram;

static int fresh_histogram(void **state) {
    memset(&histogram, 0, sizeof(histogram));
    return fresh_page(state);
}

static uint64_t read_histogram(uint64_t late_ns) {
    const struct xhm_probe_slot_reading *slot = read_and_advance();

    assert_int_equal(slot->verdict, XHM_PROBE_SLOT_OK);
    return probe_histogram_read(&copy, SLOT, slot, late_ns, &histogram);
}

/* What a guest can do that knows the ABI. */
static void sign_histogram(void) {
    struct xhm_probe_slot *slot = &page.slots[SLOT];
    struct xhm_probe_histogram_protected content = {.data_id = slot->head.data_id, .kind = slot->histogram.kind};

    memcpy(content.buckets, slot->histogram.buckets, sizeof(content.buckets));
    slot->histogram.crc = xhm_crc32p4(&content, sizeof(content));
}

static void report(uint64_t latency_ns, unsigned count) {
    for (unsigned i = 0; i < count; i++) {
        xhm_probe_deadline_report(entity, i % 2 == 0, latency_ns, 1);
    }
}

static void the_first_reading_is_a_base(void **state) {
    report(50000, 5);
    assert_int_equal(read_histogram(32000), 0);
    assert_int_equal(histogram.verdict, XHM_PROBE_HISTOGRAM_OK);
    assert_int_equal(histogram.activations, 5);
    assert_int_equal(histogram.buckets[6], 5);
    report(50000, 3);
    assert_int_equal(read_histogram(32000), 3);
}

static void late_is_from_its_bound_on(void **state) {
    read_histogram(32000);
    report(31999, 4);
    assert_int_equal(read_histogram(32000), 0);
    report(32000, 2);
    report(UINT64_MAX, 1);
    assert_int_equal(read_histogram(32000), 3);
}

/* A bound inside a bucket: everything in the bucket may have been late. */
static void a_bucket_counts_as_a_whole(void **state) {
    read_histogram(40000);
    report(32000, 2);
    assert_int_equal(read_histogram(40000), 2);
}

static void without_an_activation_nothing_is_read_again(void **state) {
    report(1, 1);
    read_histogram(1000);
    page.slots[SLOT].histogram.buckets[3] ^= 1;
    xhm_probe_alive(entity, 2);
    assert_int_equal(read_histogram(1000), 0);
    assert_int_equal(histogram.verdict, XHM_PROBE_HISTOGRAM_OK);
}

static void what_a_damaged_one_hid_is_told_by_the_next(void **state) {
    read_histogram(1000);
    report(2000, 2);
    page.slots[SLOT].histogram.buckets[3] ^= 1;
    assert_int_equal(read_histogram(1000), 0);
    assert_int_equal(histogram.verdict, XHM_PROBE_HISTOGRAM_BAD);
    report(2000, 1);
    assert_int_equal(read_histogram(1000), 3);
    assert_int_equal(histogram.verdict, XHM_PROBE_HISTOGRAM_OK);
}

static void one_of_another_moment_or_place_is_bad(void **state) {
    const struct xhm_probe_histogram before = page.slots[SLOT].histogram;

    report(2000, 1);
    page.slots[SLOT].histogram = before;
    read_histogram(1000);
    assert_int_equal(histogram.verdict, XHM_PROBE_HISTOGRAM_BAD);
    fresh_histogram(NULL);
    struct xhm_probe_entity *neighbour = NULL;
    assert_int_equal(xhm_probe_entity_init(&writer, SLOT + 1, ENTITY_ID + 1, 1, &neighbour), XHM_PROBE_DONE);
    page.slots[SLOT].histogram = page.slots[SLOT + 1].histogram;
    read_histogram(1000);
    assert_int_equal(histogram.verdict, XHM_PROBE_HISTOGRAM_BAD);
}

static void a_bucket_that_runs_backwards_is_bad(void **state) {
    report(2000, 5);
    read_histogram(1000);
    report(2000, 1);
    page.slots[SLOT].histogram.buckets[2] -= 2;
    page.slots[SLOT].histogram.buckets[3] += 2;
    sign_histogram();
    assert_int_equal(read_histogram(1000), 0);
    assert_int_equal(histogram.verdict, XHM_PROBE_HISTOGRAM_BAD);
    assert_int_equal(histogram.buckets[2], 5);
}

static void buckets_wrap(void **state) {
    entity->latency_buckets[2] = UINT32_MAX;
    entity->deadline_met = UINT32_MAX;
    report(2000, 1);
    read_histogram(1000);
    report(2000, 2);
    assert_int_equal(read_histogram(1000), 2);
    assert_int_equal(histogram.buckets[2], 2);
}

static void a_probe_that_counts_none_is_no_damage(void **state) {
    page.header.feature_bits &= ~XHM_PROBE_FEATURE_HISTOGRAM;
    page.header.version_minor = 0;
    page.header.crc = xhm_crc32p4(&page.header, 0x3c);
    memset(&page.slots[SLOT].histogram, 0, sizeof(page.slots[SLOT].histogram));
    read_histogram(1000);
    assert_int_equal(histogram.verdict, XHM_PROBE_HISTOGRAM_ABSENT);
    assert_false(histogram.counting);
}

static void an_unknown_kind_is_no_histogram(void **state) {
    page.slots[SLOT].histogram.kind = 77;
    sign_histogram();
    read_histogram(1000);
    assert_int_equal(histogram.verdict, XHM_PROBE_HISTOGRAM_ABSENT);
}

static void a_new_base_forgets_what_lies_before(void **state) {
    read_histogram(1000);
    report(2000, 4);
    probe_histogram_rebase(&histogram);
    assert_int_equal(histogram.verdict, XHM_PROBE_HISTOGRAM_UNREAD);
    assert_int_equal(read_histogram(1000), 0);
    report(2000, 1);
    assert_int_equal(read_histogram(1000), 1);
}

/* Parts of the copy that are not looked at are not written. */
static void only_a_declared_histogram_is_copied(void **state) {
    page.header.feature_bits &= ~XHM_PROBE_FEATURE_HISTOGRAM;
    page.header.crc = xhm_crc32p4(&page.header, 0x3c);
    memset(&copy.slots[SLOT].histogram, 0xa5, sizeof(copy.slots[SLOT].histogram));
    read_histogram(1000);
    assert_int_equal(copy.slots[SLOT].histogram.kind, 0xa5a5a5a5u);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(the_first_reading_is_a_base, fresh_histogram),
        cmocka_unit_test_setup(late_is_from_its_bound_on, fresh_histogram),
        cmocka_unit_test_setup(a_bucket_counts_as_a_whole, fresh_histogram),
        cmocka_unit_test_setup(without_an_activation_nothing_is_read_again, fresh_histogram),
        cmocka_unit_test_setup(what_a_damaged_one_hid_is_told_by_the_next, fresh_histogram),
        cmocka_unit_test_setup(one_of_another_moment_or_place_is_bad, fresh_histogram),
        cmocka_unit_test_setup(a_bucket_that_runs_backwards_is_bad, fresh_histogram),
        cmocka_unit_test_setup(buckets_wrap, fresh_histogram),
        cmocka_unit_test_setup(a_probe_that_counts_none_is_no_damage, fresh_histogram),
        cmocka_unit_test_setup(an_unknown_kind_is_no_histogram, fresh_histogram),
        cmocka_unit_test_setup(a_new_base_forgets_what_lies_before, fresh_histogram),
        cmocka_unit_test_setup(only_a_declared_histogram_is_copied, fresh_histogram),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
