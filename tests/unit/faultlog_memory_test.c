/* Covers: XHM-MEMORY-2 XHM-MEMORY-3 */
/* The fault memory over a buffer: what it keeps, what it forgets, and what it makes of damage. */
#include "faultlog_scenario_test.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>

#include <cmocka.h>

static struct scenario_view views[SCENARIO_STEPS + 1];
static uint8_t bytes[SCENARIO_BYTES];
static struct xhm_fault_memory memory;
static struct xhm_fault_findings findings;

static enum xhm_fault_opening reopen(void) {
    const struct xhm_fault_region region = scenario_region(bytes);

    return fault_memory_open(&memory, &region, &scenario_identity, &findings);
}

static void begin_new(void) {
    const struct xhm_fault_region region = scenario_region(bytes);

    memset(bytes, 0, sizeof(bytes));
    fault_memory_format(&region, scenario_identity.ecu_id);
    assert_int_equal(reopen(), XHM_FAULT_OPENED);
}

static void tell(uint64_t sequence, enum xhm_event_kind kind, enum xhm_fault fault, const char *partition) {
    const struct xhm_record record = scenario_record(sequence, kind, fault, partition);

    assert_true(fault_memory_record(&memory, &record));
}

static const struct xhm_fault_entry *entry_of(enum xhm_fault fault) {
    for (uint32_t i = 0; i < SCENARIO_FAULTS; i++) {
        if (memory.entries[i].number == faults_info(fault)->number) {
            return &memory.entries[i];
        }
    }
    return NULL;
}

static bool is_active(const struct xhm_fault_entry *entry) {
    return entry != NULL && entry->active_scopes > 0;
}

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

static void tell_cycle(uint64_t sequence, bool begins, uint64_t number) {
    struct xhm_record record = scenario_record(
        sequence, begins ? XHM_EVENT_OPERATION_CYCLE_BEGUN : XHM_EVENT_OPERATION_CYCLE_ENDED, XHM_FAULT_COUNT, "");

    record.event.values[0] = number;
    assert_true(fault_memory_record(&memory, &record));
}

static void clear_faults(uint64_t sequence, uint32_t number, const char *partition) {
    struct xhm_record record = scenario_record(sequence, XHM_EVENT_FAULTS_CLEARED, XHM_FAULT_COUNT, partition);

    record.event.values[0] = number;
    assert_true(fault_memory_record(&memory, &record));
}

#define OF_THIS_CYCLE (XHM_DTC_TEST_FAILED_THIS_OPERATION_CYCLE | XHM_DTC_TEST_NOT_COMPLETED_THIS_OPERATION_CYCLE)

static void an_operation_cycle_begins_and_ends_the_bits_of_it(void **state) {
    const struct xhm_fault_entry *active;
    const struct xhm_fault_entry *passed;

    (void)state;
    begin_new();
    tell(1, RAISED, XHM_FAULT_MEMORY_SIZE, "brake");
    tell(2, RAISED, XHM_FAULT_VCPU_COUNT, "brake");
    tell(3, CLEARED, XHM_FAULT_VCPU_COUNT, "brake");
    active = entry_of(XHM_FAULT_MEMORY_SIZE);
    passed = entry_of(XHM_FAULT_VCPU_COUNT);
    tell_cycle(4, true, 1);
    assert_int_equal(active->status & OF_THIS_CYCLE, XHM_DTC_TEST_FAILED_THIS_OPERATION_CYCLE);
    assert_int_equal(passed->status & OF_THIS_CYCLE, XHM_DTC_TEST_NOT_COMPLETED_THIS_OPERATION_CYCLE);
    assert_int_equal(passed->status & XHM_DTC_PENDING, XHM_DTC_PENDING);
    tell_cycle(5, false, 1);
    assert_int_equal(passed->status, XHM_DTC_TEST_NOT_COMPLETED_THIS_OPERATION_CYCLE | XHM_DTC_CONFIRMED |
                                         XHM_DTC_TEST_FAILED_SINCE_LAST_CLEAR);
    assert_int_equal(active->status & XHM_DTC_PENDING, XHM_DTC_PENDING);
    assert_int_equal(passed->aging_cycles, 1);
    assert_int_equal(active->aging_cycles, 0);
    tell_cycle(6, true, 2);
    tell(7, RAISED, XHM_FAULT_VCPU_COUNT, "brake");
    assert_int_equal(passed->status & OF_THIS_CYCLE, XHM_DTC_TEST_FAILED_THIS_OPERATION_CYCLE);
    assert_int_equal(passed->status & XHM_DTC_PENDING, XHM_DTC_PENDING);
    assert_int_equal(passed->aging_cycles, 0);
}

static void what_passes_in_a_cycle_is_completed_in_it(void **state) {
    (void)state;
    begin_new();
    tell(1, RAISED, XHM_FAULT_MEMORY_SIZE, "brake");
    assert_int_equal(reopen(), XHM_FAULT_OPENED);
    tell_cycle(2, true, 1);
    assert_int_equal(entry_of(XHM_FAULT_MEMORY_SIZE)->status & OF_THIS_CYCLE,
                     XHM_DTC_TEST_NOT_COMPLETED_THIS_OPERATION_CYCLE);
    tell(3, CLEARED, XHM_FAULT_MEMORY_SIZE, "brake");
    assert_int_equal(entry_of(XHM_FAULT_MEMORY_SIZE)->status & OF_THIS_CYCLE, 0);
}

static void a_restart_of_the_daemon_begins_and_ends_no_cycle(void **state) {
    (void)state;
    begin_new();
    tell(1, RAISED, XHM_FAULT_MEMORY_SIZE, "brake");
    tell(2, CLEARED, XHM_FAULT_MEMORY_SIZE, "brake");
    tell_cycle(3, true, 1);
    fault_memory_end(&memory);
    assert_int_equal(reopen(), XHM_FAULT_OPENED);
    assert_int_equal(reopen(), XHM_FAULT_OPENED);
    assert_int_equal(entry_of(XHM_FAULT_MEMORY_SIZE)->aging_cycles, 0);
    assert_int_equal(entry_of(XHM_FAULT_MEMORY_SIZE)->open_cycle, 1);
    tell_cycle(4, false, 1);
    assert_int_equal(entry_of(XHM_FAULT_MEMORY_SIZE)->aging_cycles, 1);
}

/* Ends that fit no beginning, and beginnings without an end: nobody knows what came between. */
static void only_complete_cycles_age(void **state) {
    (void)state;
    begin_new();
    tell(1, RAISED, XHM_FAULT_MEMORY_SIZE, "brake");
    tell(2, CLEARED, XHM_FAULT_MEMORY_SIZE, "brake");
    tell_cycle(3, true, 1);
    tell_cycle(4, true, 2);
    tell_cycle(5, false, 1);
    tell_cycle(6, false, 2);
    tell_cycle(7, false, 0);
    assert_int_equal(entry_of(XHM_FAULT_MEMORY_SIZE)->aging_cycles, 0);
}

static void a_fault_that_stays_away_for_forty_cycles_is_removed(void **state) {
    uint64_t sequence = 4;

    (void)state;
    begin_new();
    tell(1, RAISED, XHM_FAULT_MEMORY_SIZE, "brake");
    tell(2, RAISED, XHM_FAULT_VCPU_COUNT, "brake");
    tell(3, CLEARED, XHM_FAULT_VCPU_COUNT, "brake");
    for (uint64_t cycle = 1; cycle <= 40; cycle++) {
        assert_non_null(entry_of(XHM_FAULT_VCPU_COUNT));
        tell_cycle(sequence++, true, cycle);
        assert_int_equal(reopen(), XHM_FAULT_OPENED);
        tell(sequence++, RAISED, XHM_FAULT_MEMORY_SIZE, "brake");
        tell_cycle(sequence++, false, cycle);
    }
    assert_null(entry_of(XHM_FAULT_VCPU_COUNT));
    assert_non_null(entry_of(XHM_FAULT_MEMORY_SIZE));
    fault_memory_end(&memory);
    assert_int_equal(reopen(), XHM_FAULT_OPENED);
    assert_int_equal(findings.damaged, 0);
    assert_null(entry_of(XHM_FAULT_VCPU_COUNT));
}

static void an_operator_clears_what_is_not_active(void **state) {
    (void)state;
    begin_new();
    tell(1, RAISED, XHM_FAULT_MEMORY_SIZE, "brake");
    tell(2, RAISED, XHM_FAULT_VCPU_COUNT, "brake");
    tell(3, CLEARED, XHM_FAULT_VCPU_COUNT, "brake");
    tell(4, RAISED, XHM_FAULT_VCPU_AFFINITY, "fusion");
    tell(5, CLEARED, XHM_FAULT_VCPU_AFFINITY, "fusion");
    clear_faults(6, 0, "brake");
    assert_non_null(entry_of(XHM_FAULT_MEMORY_SIZE));
    assert_null(entry_of(XHM_FAULT_VCPU_COUNT));
    assert_non_null(entry_of(XHM_FAULT_VCPU_AFFINITY));
    clear_faults(7, faults_info(XHM_FAULT_MEMORY_SIZE)->number, "");
    clear_faults(8, faults_info(XHM_FAULT_VCPU_COUNT)->number, "fusion");
    assert_non_null(entry_of(XHM_FAULT_VCPU_AFFINITY));
    clear_faults(9, faults_info(XHM_FAULT_VCPU_AFFINITY)->number, "");
    assert_null(entry_of(XHM_FAULT_VCPU_AFFINITY));
    /* Active then, and kept: the next life does not clear it after all. */
    assert_int_equal(reopen(), XHM_FAULT_OPENED);
    assert_non_null(entry_of(XHM_FAULT_MEMORY_SIZE));
    clear_faults(10, 0, "");
    assert_null(entry_of(XHM_FAULT_MEMORY_SIZE));
    /* What comes after a clearing begins anew. */
    tell(11, RAISED, XHM_FAULT_VCPU_COUNT, "brake");
    assert_int_equal(entry_of(XHM_FAULT_VCPU_COUNT)->occurrences, 1);
    assert_int_equal(entry_of(XHM_FAULT_VCPU_COUNT)->first.sequence, 11);
    fault_memory_end(&memory);
    assert_int_equal(reopen(), XHM_FAULT_OPENED);
    assert_int_equal(findings.damaged, 0);
    assert_non_null(entry_of(XHM_FAULT_VCPU_COUNT));
}

static void injected_occurrences_are_marked(void **state) {
    struct xhm_fault_record faults[SCENARIO_FAULTS];

    (void)state;
    begin_new();
    tell(1, RAISED, XHM_FAULT_MEMORY_SIZE, "brake");
    tell(2, XHM_EVENT_INJECTION_STARTED, XHM_FAULT_COUNT, "brake");
    tell(3, XHM_EVENT_INJECTION_STARTED, XHM_FAULT_COUNT, "");
    tell(4, RAISED, XHM_FAULT_MEMORY_SIZE, "brake");
    tell(5, RAISED, XHM_FAULT_MEMORY_SIZE, "fusion");
    tell(6, RAISED, XHM_FAULT_AGENT_ABSENT, "");
    tell(7, XHM_EVENT_INJECTION_ENDED, XHM_FAULT_COUNT, "brake");
    tell(8, RAISED, XHM_FAULT_MEMORY_SIZE, "brake");
    assert_int_equal(fault_memory_faults(&memory, faults, SCENARIO_FAULTS), 3);
    assert_int_equal(faults[0].occurrences, 3);
    assert_int_equal(faults[0].injected, 1);
    assert_int_equal(faults[0].injection_sequence, 2);
    assert_int_equal(faults[0].injection_wall_clock_ns, 2000);
    assert_int_equal(faults[1].injected, 1);
    assert_int_equal(faults[1].injection_sequence, 3);
    assert_int_equal(faults[2].injected, 0);
    assert_int_equal(faults[2].injection_sequence, 0);
    /* Whether one outlived the supervisor is not known: what it causes then is taken for real. */
    assert_int_equal(reopen(), XHM_FAULT_OPENED);
    tell(9, RAISED, XHM_FAULT_AGENT_ABSENT, "");
    assert_int_equal(entry_of(XHM_FAULT_AGENT_ABSENT)->injected, 1);
    assert_int_equal(entry_of(XHM_FAULT_AGENT_ABSENT)->occurrences, 2);
}

/* The agent tells that an injection took effect after the fault that it caused was seen. */
static void occurrences_since_the_order_are_marked_when_it_took_effect(void **state) {
    struct xhm_fault_record faults[SCENARIO_FAULTS];

    (void)state;
    begin_new();
    tell(1, XHM_EVENT_INJECTION_ORDERED, XHM_FAULT_COUNT, "brake");
    tell(2, RAISED, XHM_FAULT_MEMORY_SIZE, "brake");
    tell(3, CLEARED, XHM_FAULT_MEMORY_SIZE, "brake");
    tell(4, RAISED, XHM_FAULT_MEMORY_SIZE, "brake");
    tell(5, RAISED, XHM_FAULT_MEMORY_SIZE, "fusion");
    tell(6, XHM_EVENT_INJECTION_STARTED, XHM_FAULT_COUNT, "fusion");
    assert_int_equal(fault_memory_faults(&memory, faults, SCENARIO_FAULTS), 2);
    assert_int_equal(faults[0].injected, 0);
    assert_int_equal(faults[1].injected, 0);
    assert_int_equal(faults[1].injection_sequence, 0);
    tell(7, XHM_EVENT_INJECTION_STARTED, XHM_FAULT_COUNT, "brake");
    tell(8, RAISED, XHM_FAULT_MEMORY_SIZE, "brake");
    fault_memory_faults(&memory, faults, SCENARIO_FAULTS);
    assert_string_equal(faults[0].partition, "brake");
    assert_int_equal(faults[0].injected, 3);
    assert_int_equal(faults[0].injection_sequence, 7);
    assert_int_equal(faults[0].injection_wall_clock_ns, 7000);
    assert_int_equal(faults[1].injected, 0);
    /* Counts stay at their end. */
    tell(9, XHM_EVENT_INJECTION_ORDERED, XHM_FAULT_COUNT, "fusion");
    tell(10, RAISED, XHM_FAULT_VCPU_COUNT, "fusion");
    tell(11, RAISED, XHM_FAULT_VCPU_COUNT, "fusion");
    memory.entries[entry_of(XHM_FAULT_VCPU_COUNT) - memory.entries].injected = UINT32_MAX - 1;
    tell(12, XHM_EVENT_INJECTION_STARTED, XHM_FAULT_COUNT, "fusion");
    assert_int_equal(entry_of(XHM_FAULT_VCPU_COUNT)->injected, UINT32_MAX);
    assert_int_equal(entry_of(XHM_FAULT_VCPU_COUNT)->undecided, 0);
}

static void occurrences_since_an_order_without_effect_are_real(void **state) {
    (void)state;
    begin_new();
    tell(1, XHM_EVENT_INJECTION_ORDERED, XHM_FAULT_COUNT, "brake");
    tell(2, RAISED, XHM_FAULT_MEMORY_SIZE, "brake");
    assert_int_equal(entry_of(XHM_FAULT_MEMORY_SIZE)->undecided, 1);
    tell(3, XHM_EVENT_INJECTION_ENDED, XHM_FAULT_COUNT, "brake");
    assert_int_equal(entry_of(XHM_FAULT_MEMORY_SIZE)->undecided, 0);
    tell(4, RAISED, XHM_FAULT_MEMORY_SIZE, "brake");
    assert_int_equal(entry_of(XHM_FAULT_MEMORY_SIZE)->undecided, 0);
    /* An end that was lost: the next order begins anew. */
    tell(5, XHM_EVENT_INJECTION_ORDERED, XHM_FAULT_COUNT, "brake");
    tell(6, RAISED, XHM_FAULT_MEMORY_SIZE, "brake");
    tell(7, XHM_EVENT_INJECTION_ORDERED, XHM_FAULT_COUNT, "brake");
    tell(8, XHM_EVENT_INJECTION_STARTED, XHM_FAULT_COUNT, "brake");
    tell(9, XHM_EVENT_INJECTION_ENDED, XHM_FAULT_COUNT, "brake");
    assert_int_equal(entry_of(XHM_FAULT_MEMORY_SIZE)->injected, 0);
    assert_int_equal(entry_of(XHM_FAULT_MEMORY_SIZE)->occurrences, 3);
}

/* An order belongs to one life: an effect that is told in a later one, even by the ring after that, is of another. */
static void an_order_of_an_earlier_life_decides_nothing(void **state) {
    (void)state;
    begin_new();
    tell(1, XHM_EVENT_INJECTION_ORDERED, XHM_FAULT_COUNT, "brake");
    tell(2, RAISED, XHM_FAULT_MEMORY_SIZE, "brake");
    assert_int_equal(reopen(), XHM_FAULT_OPENED);
    assert_int_equal(entry_of(XHM_FAULT_MEMORY_SIZE)->undecided, 0);
    tell(3, XHM_EVENT_INJECTION_ORDERED, XHM_FAULT_COUNT, "brake");
    tell(4, XHM_EVENT_INJECTION_STARTED, XHM_FAULT_COUNT, "brake");
    assert_int_equal(entry_of(XHM_FAULT_MEMORY_SIZE)->injected, 0);
    assert_int_equal(reopen(), XHM_FAULT_OPENED);
    assert_int_equal(entry_of(XHM_FAULT_MEMORY_SIZE)->injected, 0);
    assert_int_equal(entry_of(XHM_FAULT_MEMORY_SIZE)->undecided, 0);
}

static void more_injections_than_there_are_places_mark_no_more(void **state) {
    char name[XHM_NAME_SIZE];

    (void)state;
    begin_new();
    for (uint64_t i = 1; i <= XHM_MAX_INJECTIONS + 1; i++) {
        snprintf(name, sizeof(name), "partition-%u", (unsigned)i);
        tell(i, XHM_EVENT_INJECTION_STARTED, XHM_FAULT_COUNT, name);
    }
    assert_int_equal(memory.injections.count, XHM_MAX_INJECTIONS);
    assert_null(injection_marks_find(&memory.injections, name));
    tell(500, XHM_EVENT_INJECTION_ENDED, XHM_FAULT_COUNT, name);
    assert_int_equal(memory.injections.count, XHM_MAX_INJECTIONS);
    tell(501, XHM_EVENT_INJECTION_STARTED, XHM_FAULT_COUNT, "partition-1");
    assert_int_equal(memory.injections.count, XHM_MAX_INJECTIONS);
    assert_int_equal(injection_marks_find(&memory.injections, "partition-1")->effect.sequence, 501);
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
        cmocka_unit_test(an_operation_cycle_begins_and_ends_the_bits_of_it),
        cmocka_unit_test(what_passes_in_a_cycle_is_completed_in_it),
        cmocka_unit_test(a_restart_of_the_daemon_begins_and_ends_no_cycle),
        cmocka_unit_test(only_complete_cycles_age),
        cmocka_unit_test(a_fault_that_stays_away_for_forty_cycles_is_removed),
        cmocka_unit_test(an_operator_clears_what_is_not_active),
        cmocka_unit_test(injected_occurrences_are_marked),
        cmocka_unit_test(occurrences_since_the_order_are_marked_when_it_took_effect),
        cmocka_unit_test(occurrences_since_an_order_without_effect_are_real),
        cmocka_unit_test(an_order_of_an_earlier_life_decides_nothing),
        cmocka_unit_test(more_injections_than_there_are_places_mark_no_more),
        cmocka_unit_test(flip_every_bit),
        cmocka_unit_test(truncate_at_every_length),
        cmocka_unit_test(a_slot_in_a_wrong_place_is_damage),
    };

    return cmocka_run_group_tests(tests, prepare, NULL);
}
