/* Covers: XHM-MEMORY-3 XHM-INJECTION-1 */
/* What becomes of a fault record: operation cycles, aging, clearing by an operator, and marks of injections. */
#include "faultlog_bench_test.h"

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

int main(void) {
    const struct CMUnitTest tests[] = {
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
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
