/* Covers: XHM-MEMORY-2 */
/* The fault memory over a buffer: what it keeps, what it forgets, and what it makes of damage. */
#include "faultlog_bench_test.h"

static struct scenario_view views[SCENARIO_STEPS + 1];

static void is_new_at_first(void **state) {
    (void)state;
    begin_new();
    assert_true(findings.clean);
    assert_int_equal(findings.damaged, 0);
    assert_int_equal(memory.header.starts, 1);
    assert_int_equal(memory.held_sequence, 0);
}

static void counts_lives_and_clean_ends(void **state) {
    (void)state;
    begin_new();
    assert_int_equal(reopen(), XHM_FAULT_OPENED);
    assert_false(findings.clean);
    fault_memory_end(&memory);
    assert_int_equal(reopen(), XHM_FAULT_OPENED);
    assert_true(findings.clean);
    assert_int_equal(memory.header.starts, 3);
}

static void keeps_first_and_last_occurrence(void **state) {
    const struct xhm_fault_entry *entry;

    (void)state;
    begin_new();
    tell(1, RAISED, XHM_FAULT_MEMORY_SIZE, "brake");
    tell(2, CLEARED, XHM_FAULT_MEMORY_SIZE, "brake");
    tell(5, RAISED, XHM_FAULT_MEMORY_SIZE, "brake");
    assert_int_equal(reopen(), XHM_FAULT_OPENED);
    entry = entry_of(XHM_FAULT_MEMORY_SIZE);
    assert_non_null(entry);
    assert_int_equal(entry->occurrences, 2);
    assert_int_equal(entry->first.sequence, 1);
    assert_int_equal(entry->first.wall_clock_ns, 1000);
    assert_int_equal(entry->last.sequence, 5);
    assert_memory_equal(entry->last.boot_id, scenario_identity.boot_id, XHM_BOOT_ID_SIZE);
    assert_int_equal(entry->freeze_frame.values[1], 10);
    assert_int_equal(entry->freeze_frame.domid, 7);
    assert_int_equal(entry->freeze_frame.policy_hash, 0x1234);
}

static void tells_partitions_and_entities_apart(void **state) {
    struct xhm_record record = scenario_record(3, RAISED, XHM_FAULT_ENTITY_ALIVE_LOW, "brake");
    struct xhm_fault_record faults[SCENARIO_FAULTS];

    (void)state;
    begin_new();
    tell(1, RAISED, XHM_FAULT_ENTITY_ALIVE_LOW, "brake");
    tell(2, RAISED, XHM_FAULT_ENTITY_ALIVE_LOW, "fusion");
    strcpy(record.entity, "control");
    assert_true(fault_memory_record(&memory, &record));
    assert_int_equal(fault_memory_faults(&memory, faults, SCENARIO_FAULTS), 3);
    assert_string_equal(faults[0].entity, "control");
    assert_string_equal(faults[1].partition, "fusion");
    assert_int_equal(faults[2].first_sequence, 1);
}

static void is_active_until_every_scope_is_cleared(void **state) {
    const struct xhm_fault_entry *entry;

    (void)state;
    begin_new();
    tell(1, RAISED, XHM_FAULT_VCPU_AFFINITY, "brake");
    tell(2, RAISED, XHM_FAULT_VCPU_AFFINITY, "brake");
    tell(3, CLEARED, XHM_FAULT_VCPU_AFFINITY, "brake");
    entry = entry_of(XHM_FAULT_VCPU_AFFINITY);
    assert_true(is_active(entry));
    assert_int_equal(entry->status, XHM_DTC_TEST_FAILED | XHM_DTC_TEST_FAILED_THIS_OPERATION_CYCLE | XHM_DTC_PENDING |
                                        XHM_DTC_CONFIRMED | XHM_DTC_TEST_FAILED_SINCE_LAST_CLEAR);
    tell(4, CLEARED, XHM_FAULT_VCPU_AFFINITY, "brake");
    assert_false(is_active(entry));
    assert_int_equal(entry->status & XHM_DTC_TEST_FAILED, 0);
    assert_int_equal(entry->status & XHM_DTC_CONFIRMED, XHM_DTC_CONFIRMED);
}

static void nothing_is_active_in_a_new_life_until_raised_in_it(void **state) {
    (void)state;
    begin_new();
    tell(1, RAISED, XHM_FAULT_VCPU_AFFINITY, "brake");
    tell(2, RAISED, XHM_FAULT_VCPU_AFFINITY, "brake");
    assert_int_equal(reopen(), XHM_FAULT_OPENED);
    assert_false(is_active(entry_of(XHM_FAULT_VCPU_AFFINITY)));
    assert_int_equal(entry_of(XHM_FAULT_VCPU_AFFINITY)->status & XHM_DTC_TEST_FAILED, 0);
    tell(3, RAISED, XHM_FAULT_VCPU_AFFINITY, "brake");
    assert_true(is_active(entry_of(XHM_FAULT_VCPU_AFFINITY)));
    tell(4, CLEARED, XHM_FAULT_VCPU_AFFINITY, "brake");
    assert_false(is_active(entry_of(XHM_FAULT_VCPU_AFFINITY)));
    assert_int_equal(entry_of(XHM_FAULT_VCPU_AFFINITY)->occurrences, 3);
}

static void a_full_memory_replaces_the_oldest_inactive_record(void **state) {
    (void)state;
    begin_new();
    tell(1, RAISED, XHM_FAULT_MEMORY_SIZE, "brake");
    tell(2, RAISED, XHM_FAULT_MEMORY_LIMIT, "brake");
    tell(3, RAISED, XHM_FAULT_VCPU_COUNT, "brake");
    tell(4, CLEARED, XHM_FAULT_VCPU_COUNT, "brake");
    tell(5, CLEARED, XHM_FAULT_MEMORY_LIMIT, "brake");
    tell(6, RAISED, XHM_FAULT_PROBE_STUCK, "brake");
    assert_null(entry_of(XHM_FAULT_MEMORY_LIMIT));
    assert_non_null(entry_of(XHM_FAULT_MEMORY_SIZE));
    assert_non_null(entry_of(XHM_FAULT_VCPU_COUNT));
    assert_int_equal(memory.header.replaced_total, 1);
}

static void a_memory_full_of_active_records_stores_no_more_and_counts(void **state) {
    (void)state;
    begin_new();
    tell(1, RAISED, XHM_FAULT_MEMORY_SIZE, "brake");
    tell(2, RAISED, XHM_FAULT_MEMORY_LIMIT, "brake");
    tell(3, RAISED, XHM_FAULT_VCPU_COUNT, "brake");
    tell(4, RAISED, XHM_FAULT_PROBE_STUCK, "brake");
    assert_null(entry_of(XHM_FAULT_PROBE_STUCK));
    assert_int_equal(memory.header.unstored_total, 1);
    assert_int_equal(memory.held_sequence, 4);
}

static void an_event_is_recorded_once(void **state) {
    const struct xhm_record record = scenario_record(4, RAISED, XHM_FAULT_MEMORY_SIZE, "brake");

    (void)state;
    begin_new();
    tell(4, RAISED, XHM_FAULT_MEMORY_SIZE, "brake");
    assert_false(fault_memory_record(&memory, &record));
    assert_int_equal(reopen(), XHM_FAULT_OPENED);
    assert_false(fault_memory_record(&memory, &record));
    assert_int_equal(entry_of(XHM_FAULT_MEMORY_SIZE)->occurrences, 1);
}

static void the_ring_holds_the_newest_events_with_their_gaps(void **state) {
    struct xhm_record events[SCENARIO_EVENTS];

    (void)state;
    begin_new();
    for (uint64_t sequence = 1; sequence <= 7; sequence++) {
        tell(sequence, XHM_EVENT_POLICY_APPLIED, XHM_FAULT_COUNT, "");
    }
    tell(9, RAISED, XHM_FAULT_PROBE_STUCK, "brake");
    assert_int_equal(reopen(), XHM_FAULT_OPENED);
    assert_int_equal(fault_memory_events(&memory, events, SCENARIO_EVENTS), 4);
    assert_int_equal(events[0].sequence, 5);
    assert_int_equal(events[3].sequence, 9);
    assert_int_equal(events[3].event.fault, XHM_FAULT_PROBE_STUCK);
    assert_string_equal(events[3].partition, "brake");
    assert_int_equal(fault_memory_events(&memory, events, 2), 1);
    assert_int_equal(events[0].sequence, 9);
    assert_int_equal(fault_memory_events(&memory, events, 0), 0);
}

static void remembers_the_highest_task_id(void **state) {
    (void)state;
    begin_new();
    fault_memory_task_id(&memory, 12);
    fault_memory_task_id(&memory, 11);
    fault_memory_end(&memory);
    assert_int_equal(reopen(), XHM_FAULT_OPENED);
    assert_int_equal(memory.header.last_task_id, 12);
}

/* The last ids given out may not have reached the memory. */
static void skips_task_ids_after_an_unclean_end(void **state) {
    (void)state;
    begin_new();
    fault_memory_task_id(&memory, 12);
    assert_int_equal(reopen(), XHM_FAULT_OPENED);
    assert_true(memory.header.last_task_id > 12 + 1000);
}

static void another_ecu_or_geometry_is_left_alone(void **state) {
    static uint8_t before[SCENARIO_BYTES];
    struct xhm_fault_region region = scenario_region(bytes);
    struct xhm_fault_identity identity = scenario_identity;

    (void)state;
    begin_new();
    memcpy(before, bytes, sizeof(before));
    strcpy(identity.ecu_id, "gateway");
    assert_int_equal(fault_memory_open(&memory, &region, &identity, &findings), XHM_FAULT_OTHER_ECU);
    region.geometry.event_slots--;
    assert_int_equal(fault_memory_open(&memory, &region, &scenario_identity, &findings), XHM_FAULT_OTHER_FORMAT);
    assert_memory_equal(before, bytes, sizeof(before));
}

static void zeros_and_noise_are_opened_and_used(void **state) {
    (void)state;
    memset(bytes, 0, sizeof(bytes));
    assert_int_equal(reopen(), XHM_FAULT_OPENED);
    assert_true(findings.header_lost);
    assert_false(findings.clean);
    for (size_t i = 0; i < sizeof(bytes); i++) {
        bytes[i] = (uint8_t)(i * 167 + 13);
    }
    assert_int_equal(reopen(), XHM_FAULT_OPENED);
    assert_true(findings.damaged >= SCENARIO_FAULTS);
    tell(1, RAISED, XHM_FAULT_MEMORY_SIZE, "brake");
    assert_int_equal(reopen(), XHM_FAULT_OPENED);
    assert_int_equal(findings.damaged, 0);
    assert_non_null(entry_of(XHM_FAULT_MEMORY_SIZE));
}

/* The bytes that the whole story leaves. */
static void tell_story(uint8_t told[SCENARIO_BYTES], bool end) {
    begin_new();
    for (size_t step = 0; step < SCENARIO_STEPS; step++) {
        assert_true(scenario_tell(&memory, step));
        scenario_commit(&memory, step);
    }
    if (end) {
        fault_memory_end(&memory);
    }
    memcpy(told, bytes, SCENARIO_BYTES);
}

static bool was_ever_seen(const struct xhm_fault_record *fault) {
    for (size_t step = 0; step <= SCENARIO_STEPS; step++) {
        for (uint32_t i = 0; i < views[step].fault_count; i++) {
            if (scenario_same_fault(fault, &views[step].faults[i])) {
                return true;
            }
        }
    }
    return false;
}

/* Opens the damaged bytes: nothing that never was may come out, and ids and counts never go back. */
static void require_truth(struct scenario_view *view) {
    assert_int_equal(reopen(), XHM_FAULT_OPENED);
    scenario_look(&memory, view);
    for (uint32_t i = 0; i < view->fault_count; i++) {
        assert_true(was_ever_seen(&view->faults[i]));
    }
    for (uint32_t i = 0; i < view->event_count; i++) {
        assert_true(scenario_holds_event(&views[SCENARIO_STEPS], &view->events[i]));
    }
}

static void flip_every_bit(void **state) {
    static uint8_t told[SCENARIO_BYTES];
    size_t repaired = 0;

    (void)state;
    tell_story(told, true);
    for (size_t bit = 0; bit < 8 * SCENARIO_BYTES; bit++) {
        struct scenario_view view;

        memcpy(bytes, told, sizeof(bytes));
        bytes[bit / 8] ^= (uint8_t)(1u << bit % 8);
        require_truth(&view);
        assert_int_equal(memory.held_sequence, SCENARIO_STEPS);
        assert_int_equal(memory.header.starts, 2);
        assert_true(memory.header.last_task_id >= 4);
        if (findings.damaged == 0) {
            assert_true(scenario_same_faults(&view, &views[SCENARIO_STEPS]));
            assert_int_equal(view.event_count, SCENARIO_EVENTS);
            assert_true(findings.clean);
        } else {
            repaired++;
            assert_true(findings.damaged == 1);
        }
        /* Damage is told once: afterwards the memory is sound. */
        assert_int_equal(reopen(), XHM_FAULT_OPENED);
        assert_int_equal(findings.damaged, 0);
    }
    /* Every bit of every used slot: the header's and the faults' copies, and the ring. */
    assert_true(repaired >= 8 * XHM_SLOT_SIZE * (2 + SCENARIO_FAULTS + SCENARIO_EVENTS));
}

static void truncate_at_every_length(void **state) {
    static uint8_t told[SCENARIO_BYTES];

    (void)state;
    tell_story(told, false);
    for (size_t length = 0; length < SCENARIO_BYTES; length++) {
        struct scenario_view view;

        memset(bytes, 0, sizeof(bytes));
        memcpy(bytes, told, length);
        require_truth(&view);
        assert_false(findings.clean);
    }
}

static void a_slot_in_a_wrong_place_is_damage(void **state) {
    static uint8_t told[SCENARIO_BYTES];

    (void)state;
    tell_story(told, false);
    for (size_t from = 0; from < SCENARIO_BYTES; from += XHM_SLOT_SIZE) {
        for (size_t to = 0; to < SCENARIO_BYTES; to += XHM_SLOT_SIZE) {
            struct scenario_view view;

            memcpy(bytes, told, sizeof(bytes));
            memmove(bytes + to, bytes + from, XHM_SLOT_SIZE);
            require_truth(&view);
        }
    }
}

static int prepare(void **state) {
    (void)state;
    scenario_views(views);
    return 0;
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(is_new_at_first),
        cmocka_unit_test(counts_lives_and_clean_ends),
        cmocka_unit_test(keeps_first_and_last_occurrence),
        cmocka_unit_test(tells_partitions_and_entities_apart),
        cmocka_unit_test(is_active_until_every_scope_is_cleared),
        cmocka_unit_test(nothing_is_active_in_a_new_life_until_raised_in_it),
        cmocka_unit_test(a_full_memory_replaces_the_oldest_inactive_record),
        cmocka_unit_test(a_memory_full_of_active_records_stores_no_more_and_counts),
        cmocka_unit_test(an_event_is_recorded_once),
        cmocka_unit_test(the_ring_holds_the_newest_events_with_their_gaps),
        cmocka_unit_test(remembers_the_highest_task_id),
        cmocka_unit_test(skips_task_ids_after_an_unclean_end),
        cmocka_unit_test(another_ecu_or_geometry_is_left_alone),
        cmocka_unit_test(zeros_and_noise_are_opened_and_used),
        cmocka_unit_test(flip_every_bit),
        cmocka_unit_test(truncate_at_every_length),
        cmocka_unit_test(a_slot_in_a_wrong_place_is_damage),
    };

    return cmocka_run_group_tests(tests, prepare, NULL);
}
