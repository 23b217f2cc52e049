// SPDX-License-Identifier: Apache-2.0
/* Covers: XHM-API-4, XHM-API-5 */
/* Peers that the supervisor shall miss, and peers that ask too much. */
#include "control_harness.h"

#include "state.h"

#include <string.h>
#include <unistd.h>

static struct client client;
static struct client other;

/* --- heartbeats ------------------------------------------------------------------------------------------------------
 */

static const Xhm__V1__ServerMessage *beat(uint64_t within_ms) {
    PEER_HEARTBEAT(heartbeat);
    heartbeat_body.within_ms = within_ms;
    return client_ask(&client, &heartbeat);
}

/* A cycle of the supervisor at this time. */
static void cycle(uint64_t at_ns) {
    harness.core.supervised_ns = at_ns;
    harness_observe(at_ns);
}

static void assert_last(enum xhm_event_kind kind, uint64_t within_ms) {
    const struct xhm_event *event = &harness.records[harness.record_count - 1];

    assert_int_equal(event->kind, kind);
    assert_int_equal(event->values[0], within_ms);
    assert_int_equal(event->values[1], getuid());
}

static void a_heartbeat_is_answered_with_what_was_supervised(void **state) {
    const Xhm__V1__ServerMessage *reply;

    harness.core.steps = 1234;
    client_open(&client);
    reply = beat(500);
    assert_int_equal(reply->body_case, XHM__V1__SERVER_MESSAGE__BODY_HEARTBEAT);
    assert_int_equal(reply->heartbeat->steps, 1234);
    assert_string_equal(reply->heartbeat->safe_state, "");
    harness.core.latch.number = 1;
    assert_string_equal(beat(500)->heartbeat->safe_state, "limp-home");
    beat(0);
    client_close(&client);
    assert_int_equal(harness.record_count, 0);
}

static void a_missing_heartbeat_is_told_once_and_when_it_is_back(void **state) {
    client_open(&client);
    beat(500);
    cycle(SAMPLE_S);
    cycle(SAMPLE_S + 500 * SAMPLE_MS);
    assert_int_equal(harness.record_count, 0);
    cycle(SAMPLE_S + 500 * SAMPLE_MS + 1);
    assert_int_equal(harness.record_count, 1);
    assert_last(XHM_EVENT_PEER_SILENT, 500);
    cycle(100 * SAMPLE_S);
    assert_int_equal(harness.record_count, 1);
    beat(700);
    assert_int_equal(harness.record_count, 2);
    assert_last(XHM_EVENT_PEER_HEARD, 500);
    cycle(101 * SAMPLE_S);
    cycle(101 * SAMPLE_S + 700 * SAMPLE_MS);
    assert_int_equal(harness.record_count, 2);
    beat(0);
    client_close(&client);
}

/* The supervised time stands still while the supervisor does. */
static void the_supervisors_own_gap_is_not_the_peers_fault(void **state) {
    client_open(&client);
    beat(500);
    cycle(SAMPLE_S);
    harness_observe(60 * SAMPLE_S);
    assert_int_equal(harness.record_count, 0);
    beat(0);
    client_close(&client);
}

static void who_goes_without_a_word_is_missed(void **state) {
    client_open(&client);
    beat(500);
    client_close(&client);
    assert_int_equal(harness.record_count, 1);
    assert_last(XHM_EVENT_PEER_SILENT, 500);
    /* Who never declared one, or said good-bye, is not. */
    client_open(&client);
    client_close(&client);
    client_open(&client);
    beat(500);
    beat(0);
    client_close(&client);
    assert_int_equal(harness.record_count, 1);
}

static void whom_we_send_away_is_not_missed(void **state) {
    uint32_t origin[XHM_MAX_PARTITIONS] = {0};

    client_open(&client);
    beat(500);
    harness_roles(0);
    control_policy_changed(harness.control, &harness.policy, origin);
    assert_true(client_is_closed(&client));
    client_close(&client);
    assert_int_equal(harness.record_count, 0);
}

static void declarations_have_a_bound(void **state) {
    client_open(&client);
    assert_refused_with(beat(PEER_HEARTBEAT_MAX_MS + 1), REFUSED(BAD_REQUEST), "60000");
    assert_refused(beat(UINT64_MAX), REFUSED(BAD_REQUEST));
    assert_int_equal(beat(PEER_HEARTBEAT_MAX_MS)->body_case, XHM__V1__SERVER_MESSAGE__BODY_HEARTBEAT);
    beat(0);
    client_close(&client);
}

static void coming_and_going_does_not_fill_the_fault_memory(void **state) {
    for (int i = 0; i < 40; i++) {
        client_open(&client);
        beat(500);
        client_close(&client);
    }
    assert_int_equal(harness.record_count, CONTROL_HEARTBEAT_BUDGET);
    harness_observe(10 * SAMPLE_S);
    client_open(&client);
    beat(500);
    client_close(&client);
    assert_int_equal(harness.record_count, CONTROL_HEARTBEAT_BUDGET + 1);
}

/* --- rates -----------------------------------------------------------------------------------------------------------
 */

static unsigned ask_too_much(void) {
    unsigned refused = 0;

    STATUS(status);
    for (unsigned i = 0; i < REQUEST_RATE_AT_ONCE + 100; i++) {
        const Xhm__V1__ServerMessage *reply = client_ask(&client, &status);

        if (reply->body_case == XHM__V1__SERVER_MESSAGE__BODY_REFUSED) {
            assert_refused_with(reply, REFUSED(BUSY), "requests a second");
            refused++;
        }
    }
    return refused;
}

static void who_asks_too_much_is_refused_and_told_once_a_second(void **state) {
    client_open(&client);
    cycle(SAMPLE_S);
    /* Hello is a request, too. */
    assert_int_equal(ask_too_much(), 100 + REQUEST_RATE_URGENT + 1);
    assert_int_equal(harness.record_count, 1);
    assert_int_equal(harness.records[0].kind, XHM_EVENT_REQUESTS_LIMITED);
    assert_int_equal(harness.records[0].values[0], XHM__V1__CLIENT_MESSAGE__BODY_STATUS);
    assert_int_equal(harness.records[0].values[1], getuid());
    cycle(2 * SAMPLE_S);
    assert_true(ask_too_much() > 100);
    assert_int_equal(harness.record_count, 2);
    client_close(&client);
}

static void who_asks_too_much_can_still_enter_a_safe_state(void **state) {
    SAFE_STATE(safe_state);
    safe_state_body.name = (char[]){"limp-home"};
    harness.state_stored = UINT64_MAX;
    client_open(&client);
    ask_too_much();
    assert_accepted(client_ask(&client, &safe_state));
    assert_int_equal(harness.order_count, 1);
    client_close(&client);
}

static void the_others_are_not_refused_for_it(void **state) {
    STATUS(status);
    client_open(&client);
    client_open(&other);
    ask_too_much();
    assert_int_equal(client_ask(&other, &status)->body_case, XHM__V1__SERVER_MESSAGE__BODY_STATUS);
    client_close(&client);
    client_close(&other);
}

int main(void) {
    const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, harness_open, harness_close)
        TEST(a_heartbeat_is_answered_with_what_was_supervised),
        TEST(a_missing_heartbeat_is_told_once_and_when_it_is_back),
        TEST(the_supervisors_own_gap_is_not_the_peers_fault),
        TEST(who_goes_without_a_word_is_missed),
        TEST(whom_we_send_away_is_not_missed),
        TEST(declarations_have_a_bound),
        TEST(coming_and_going_does_not_fill_the_fault_memory),
        TEST(who_asks_too_much_is_refused_and_told_once_a_second),
        TEST(who_asks_too_much_can_still_enter_a_safe_state),
        TEST(the_others_are_not_refused_for_it),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
