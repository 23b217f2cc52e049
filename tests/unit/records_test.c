/* When peers are told: once the fault memory has it, and what is urgent within its bound, whatever storage does. */
#include "records.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define SAMPLE_LATER_NS UINT64_C(1000000000)

static struct xhm_records records;
static struct xhm_policy policy;
static uint64_t recorded;
static uint64_t told[XHM_RECORDS_PENDING + 8];
static unsigned told_count;
static unsigned hurried_count; /* told when peers were last hurried, 0: never */

/* --- what is around it: a writer whose storage hangs as the test likes, an API that notes ----------------------
 */

bool writer_record(struct xhm_writer *writer, const struct xhm_record *record) {
    return true;
}

uint64_t writer_recorded(const struct xhm_writer *writer) {
    return recorded;
}

uint32_t writer_past_events(struct xhm_writer *writer, struct xhm_record *past, uint32_t capacity) {
    memset(past, 0, 2 * sizeof(*past));
    past[0].sequence = 8;
    past[1].sequence = 9;
    return 2;
}

void writer_say(struct xhm_writer *writer, const char *sentence) {
    fail_msg("nothing to say, but: %s", sentence);
}

void writer_notify(struct xhm_writer *writer, const char *state) {
}

void control_event(struct xhm_control *control, const struct xhm_record *record) {
    told[told_count++] = record->sequence;
}

void control_hurry(struct xhm_control *control) {
    hurried_count = told_count;
}

static int set_up(void **state) {
    records_init(&records, NULL, 7, 10);
    records.control = (struct xhm_control *)&records; /* any but NULL: it is open */
    recorded = 10;
    told_count = hurried_count = 0;
    return 0;
}

static void happen(enum xhm_event_kind kind, uint64_t time_ns) {
    const struct xhm_event event = {
        .kind = kind, .partition = XHM_NONE, .entity = XHM_NONE, .domid = XHM_NONE, .time_ns = time_ns};

    records_tell(&records, records_make(&records, &event, &policy, 1));
}

static void told_up_to(uint64_t sequence) {
    assert_int_equal(told_count, sequence - 10);
    for (unsigned i = 0; i < told_count; i++) {
        assert_int_equal(told[i], 11 + i);
    }
}

static void peers_are_told_what_the_fault_memory_has(void **state) {
    happen(XHM_EVENT_MODE_CHANGED, 100);
    happen(XHM_EVENT_MODE_CHANGED, 100);
    records_release(&records, 100);
    told_up_to(10);
    recorded = 11;
    records_release(&records, 200);
    told_up_to(11);
    recorded = 12;
    records_release(&records, 300);
    told_up_to(12);
    records_release(&records, 400);
    told_up_to(12);
}

static void storage_that_hangs_delays_what_is_not_urgent(void **state) {
    happen(XHM_EVENT_MODE_CHANGED, 100);
    assert_false(records_are_urgent(&records));
    records_release(&records, UINT64_MAX);
    told_up_to(10);
    recorded = 11;
    records_release(&records, UINT64_MAX);
    told_up_to(11);
    assert_int_equal(hurried_count, 0);
}

static void urgent_records_do_not_wait_for_storage(void **state) {
    static const enum xhm_event_kind urgent[] = {XHM_EVENT_SAFE_STATE_ENTERED, XHM_EVENT_FAIL_OVER_BEGUN,
                                                 XHM_EVENT_LAST_RESORT};

    for (unsigned i = 0; i < sizeof(urgent) / sizeof(urgent[0]); i++) {
        set_up(state);
        happen(XHM_EVENT_REACTION, 1000);
        happen(urgent[i], 1000);
        happen(XHM_EVENT_MODE_CHANGED, 1000);
        assert_true(records_are_urgent(&records));
        /* Long after the step that dates it, as an order is. */
        records_release(&records, 1000 + 7 * XHM_RECORDS_URGENT_NS);
        told_up_to(10);
        records_release(&records, 1000 + 8 * XHM_RECORDS_URGENT_NS - 1);
        told_up_to(10);
        /* With what was before it, and nothing that came after. */
        records_release(&records, 1000 + 8 * XHM_RECORDS_URGENT_NS);
        told_up_to(12);
        assert_int_equal(hurried_count, 2);
        assert_false(records_are_urgent(&records));
        recorded = 13;
        records_release(&records, 1000 + 8 * XHM_RECORDS_URGENT_NS);
        told_up_to(13);
    }
}

static void urgent_records_are_told_at_once_when_they_are_recorded(void **state) {
    happen(XHM_EVENT_SAFE_STATE_ENTERED, 1000);
    recorded = 11;
    records_release(&records, 1001);
    told_up_to(11);
    assert_int_equal(hurried_count, 1);
    assert_false(records_are_urgent(&records));
    /* More that was recorded than is overdue. */
    happen(XHM_EVENT_SAFE_STATE_ENTERED, 2000);
    happen(XHM_EVENT_MODE_CHANGED, 2000);
    records_release(&records, 2000);
    recorded = 13;
    records_release(&records, 2000 + XHM_RECORDS_URGENT_NS);
    told_up_to(13);
}

static void a_second_urgent_record_does_not_put_off_the_first(void **state) {
    happen(XHM_EVENT_SAFE_STATE_ENTERED, 1000);
    records_release(&records, 1000);
    happen(XHM_EVENT_SAFE_STATE_ENTERED, 1000 + XHM_RECORDS_URGENT_NS / 2);
    records_release(&records, 1000 + XHM_RECORDS_URGENT_NS / 2);
    records_release(&records, 1000 + XHM_RECORDS_URGENT_NS);
    told_up_to(12);
}

static void without_a_clock_nothing_urgent_waits(void **state) {
    happen(XHM_EVENT_SAFE_STATE_ENTERED, 1000);
    records_release(&records, 0);
    told_up_to(11);
}

static void what_finds_no_room_is_counted(void **state) {
    for (unsigned i = 0; i < XHM_RECORDS_PENDING + 3; i++) {
        happen(XHM_EVENT_MODE_CHANGED, 100);
    }
    assert_int_equal(records.lost, 3);
    recorded = UINT64_MAX;
    records_release(&records, 100);
    told_up_to(10 + XHM_RECORDS_PENDING);
}

static void what_is_urgent_finds_room(void **state) {
    for (unsigned i = 0; i < XHM_RECORDS_PENDING; i++) {
        happen(XHM_EVENT_MODE_CHANGED, 100);
    }
    happen(XHM_EVENT_SAFE_STATE_ENTERED, 100);
    assert_int_equal(records.lost, 0);
    records_release(&records, 100);
    records_release(&records, 100 + XHM_RECORDS_URGENT_NS);
    told_up_to(10 + XHM_RECORDS_PENDING + 1);
}

static void records_wait_until_the_api_is_open(void **state) {
    records.control = NULL;
    for (unsigned i = 0; i < XHM_RECORDS_PENDING + 1; i++) {
        happen(XHM_EVENT_SAFE_STATE_ENTERED, 100);
    }
    assert_false(records_are_urgent(&records));
    records_release(&records, SAMPLE_LATER_NS);
    told_up_to(10);
    records.control = (struct xhm_control *)&records;
    assert_true(records_are_urgent(&records));
    records_release(&records, SAMPLE_LATER_NS);
    records_release(&records, 2 * SAMPLE_LATER_NS);
    told_up_to(10 + XHM_RECORDS_PENDING);
    assert_int_equal(records.lost, 1);
}

static void earlier_lives_are_told_again(void **state) {
    records_preload(&records);
    assert_int_equal(told_count, 2);
    assert_int_equal(told[0], 8);
    assert_int_equal(told[1], 9);
}

static const struct xhm_record *make(enum xhm_event_kind kind, enum xhm_fault fault, uint64_t value0, uint64_t value1) {
    const struct xhm_event event = {
        .kind = kind, .fault = fault, .partition = XHM_NONE, .domid = XHM_NONE, .values = {value0, value1}};

    return records_make(&records, &event, &policy, 1);
}

static void positions_in_the_policy_are_recorded_by_name(void **state) {
    policy.partition_count = 2;
    strcpy(policy.partitions[1].name, "fusion");
    policy.safe_state_count = 1;
    strcpy(policy.safe_states[0].name, "limp-home");
    assert_string_equal(make(XHM_EVENT_SAFE_STATE_CLEARED, XHM_FAULT_COUNT, 0, 0)->value_names[0], "limp-home");
    assert_string_equal(make(XHM_EVENT_SAFE_STATE_CLEARED, XHM_FAULT_COUNT, 0, 0)->value_names[1], "");
    assert_string_equal(make(XHM_EVENT_SAFE_STATE_ENTERED, XHM_FAULT_COUNT, XHM_NONE, 1)->value_names[0], "");
    assert_string_equal(make(XHM_EVENT_EXCUSED, XHM_FAULT_COUNT, 1, 1)->value_names[0], "fusion");
    assert_string_equal(make(XHM_EVENT_FAIL_OVER_BEGUN, XHM_FAULT_COUNT, 1, 0)->value_names[0], "fusion");
    assert_string_equal(make(XHM_EVENT_FAIL_OVER_BEGUN, XHM_FAULT_COUNT, 2, 0)->value_names[0], "");
    assert_string_equal(make(XHM_EVENT_FAULT_RAISED, XHM_FAULT_STANDBY_NOT_READY, 1, 5)->value_names[0], "fusion");
    assert_string_equal(make(XHM_EVENT_FAULT_RAISED, XHM_FAULT_ACTION_FAILED, 7, 1)->value_names[1], "fusion");
    assert_string_equal(make(XHM_EVENT_FAULT_RAISED, XHM_FAULT_ENTITY_ALIVE_LOW, 1, 1)->value_names[0], "");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(peers_are_told_what_the_fault_memory_has, set_up),
        cmocka_unit_test_setup(storage_that_hangs_delays_what_is_not_urgent, set_up),
        cmocka_unit_test_setup(urgent_records_do_not_wait_for_storage, set_up),
        cmocka_unit_test_setup(urgent_records_are_told_at_once_when_they_are_recorded, set_up),
        cmocka_unit_test_setup(a_second_urgent_record_does_not_put_off_the_first, set_up),
        cmocka_unit_test_setup(without_a_clock_nothing_urgent_waits, set_up),
        cmocka_unit_test_setup(what_finds_no_room_is_counted, set_up),
        cmocka_unit_test_setup(what_is_urgent_finds_room, set_up),
        cmocka_unit_test_setup(records_wait_until_the_api_is_open, set_up),
        cmocka_unit_test_setup(positions_in_the_policy_are_recorded_by_name, set_up),
        cmocka_unit_test_setup(earlier_lives_are_told_again, set_up),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
