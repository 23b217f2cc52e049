// SPDX-License-Identifier: Apache-2.0
/* Following events with libxhm-client: none is lost or told twice over reconnections, what is missing is named. */
#include "client_conversation.h"

static void expect_stream_request(uint64_t since) {
    Xhm__V1__ClientMessage *message = hear(XHM__V1__CLIENT_MESSAGE__BODY_EVENTS);
    assert_true(message->events->follow);
    assert_true(message->events->since == since);
    xhm__v1__client_message__free_unpacked(message, NULL);
}

static void follows_over_reconnections(void **state) {
    (void)state;
    assert_int_equal(xhm_client_follow(client, 3), 0);
    greet(4);
    expect_stream_request(3);
    say_event(4);
    say_event(5);
    run_client();
    reconnect(9);
    expect_stream_request(5);
    say_event(5);
    say_event(6);
    say_gap(7, 8);
    say_event(9);
    say_event(12);
    run_client();
    assert_int_equal(seen.event_count, 5);
    assert_int_equal(seen.events[2], 6);
    assert_int_equal(seen.events[4], 12);
    assert_int_equal(seen.gap_count, 2);
    assert_int_equal(seen.gaps[0][0], 7);
    assert_int_equal(seen.gaps[0][1], 8);
    assert_int_equal(seen.gaps[1][0], 10);
    assert_int_equal(seen.gaps[1][1], 11);
    assert_int_equal(xhm_client_last_sequence(client), 12);
}

static void follows_from_now_on(void **state) {
    (void)state;
    greet(41);
    assert_int_equal(xhm_client_follow(client, UINT64_MAX), 0);
    expect_stream_request(41);
    say_event(42);
    run_client();
    assert_int_equal(seen.event_count, 1);
    assert_int_equal(seen.gap_count, 0);
}

static void notices_a_numbering_that_began_anew(void **state) {
    (void)state;
    assert_int_equal(xhm_client_follow(client, 0), 0);
    greet(100);
    expect_stream_request(0);
    say_gap(1, 99);
    say_event(100);
    run_client();
    reconnect(2);
    expect_stream_request(0);
    say_event(1);
    say_event(2);
    run_client();
    assert_int_equal(seen.gap_count, 2);
    assert_int_equal(seen.gaps[1][0], 0);
    assert_int_equal(seen.gaps[1][1], 0);
    assert_int_equal(seen.event_count, 3);
}

static void is_told_of_a_refused_stream(void **state) {
    (void)state;
    greet(0);
    assert_int_equal(xhm_client_follow(client, 0), 0);
    say_refused(hear_id(XHM__V1__CLIENT_MESSAGE__BODY_EVENTS), XHM__V1__REFUSAL_REASON__REFUSAL_NOT_PERMITTED);
    RUN_UNTIL(seen.disconnected == 1);
    assert_true(xhm_client_is_rejected(client));
}

int main(void) {
#define TEST(name) cmocka_unit_test_setup_teardown(name, conversation_open, conversation_close)
    const struct CMUnitTest tests[] = {
        TEST(follows_over_reconnections),
        TEST(follows_from_now_on),
        TEST(notices_a_numbering_that_began_anew),
        TEST(is_told_of_a_refused_stream),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
