// SPDX-License-Identifier: Apache-2.0
/* The event stream: replay, live events, gaps. */
#include "control_harness.h"

#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static struct client client;
static struct client other;

static void ask(struct client *who, uint64_t since, bool follow) {
    EVENTS(events);
    events_body.since = since;
    events_body.follow = follow;
    client_send(who, &events);
}

static void happen(int count) {
    for (int i = 0; i < count; i++) {
        harness_event();
    }
}

static void assert_gap(const Xhm__V1__ServerMessage *message, uint64_t first, uint64_t last) {
    assert_non_null(message);
    assert_int_equal(message->body_case, XHM__V1__SERVER_MESSAGE__BODY_GAP);
    assert_int_equal(message->request_id, 0);
    assert_int_equal(message->gap->first_missing, first);
    assert_int_equal(message->gap->last_missing, last);
}

static void assert_event(const Xhm__V1__ServerMessage *message, uint64_t sequence) {
    assert_non_null(message);
    assert_int_equal(message->body_case, XHM__V1__SERVER_MESSAGE__BODY_EVENT);
    assert_int_equal(message->request_id, 0);
    assert_int_equal(message->event->sequence, sequence);
}

static void assert_events(struct client *who, uint64_t first, uint64_t last) {
    for (uint64_t sequence = first; sequence <= last; sequence++) {
        assert_event(client_receive(who), sequence);
    }
}

static void an_event_says_what_happened(void **state) {
    const Xhm__V1__Event *event;

    client_open(&client);
    happen(1);
    ask(&client, 100, true);
    event = client_receive(&client)->event;
    assert_int_equal(event->sequence, 101);
    assert_int_equal(event->monotonic_ns, 1);
    assert_int_equal(event->wall_clock_ns, 5);
    assert_int_equal(event->kind, XHM__V1__EVENT_KIND__EVENT_FAULT_RAISED);
    assert_int_equal(event->fault, 0x0201);
    assert_string_equal(event->fault_name, "entity_alive_low");
    assert_string_equal(event->partition, "brake");
    assert_int_equal(event->instance_case, XHM__V1__EVENT__INSTANCE_DOMID);
    assert_int_equal(event->domid, 3);
    assert_int_equal(event->n_values, 2);
    assert_int_equal(event->values[1], 9);
    assert_string_equal(event->value_names[0], "");
    harness_named_event();
    event = client_receive(&client)->event;
    assert_int_equal(event->n_value_names, 2);
    assert_string_equal(event->value_names[0], "fusion");
    client_close(&client);
}

static void a_list_ends_with_an_answer(void **state) {
    client_open(&client);
    happen(10);
    ask(&client, 105, false);
    assert_events(&client, 106, 110);
    assert_accepted(client_receive(&client));
    happen(1);
    assert_null(client_receive(&client));
    ask(&client, 111, false);
    assert_accepted(client_receive(&client));
    client_close(&client);
}

static void what_happened_before_this_life_is_a_gap(void **state) {
    client_open(&client);
    happen(2);
    ask(&client, 0, false);
    assert_gap(client_receive(&client), 1, 100);
    assert_events(&client, 101, 102);
    assert_accepted(client_receive(&client));
    client_close(&client);
}

static void who_follows_is_told_at_once(void **state) {
    client_open(&client);
    ask(&client, 100, true);
    assert_null(client_receive(&client));
    for (uint64_t i = 0; i < 300; i++) {
        happen(1);
        assert_events(&client, 101 + i, 101 + i);
    }
    client_close(&client);
}

static void who_knows_more_than_happened_follows_from_now(void **state) {
    client_open(&client);
    ask(&client, UINT64_MAX, true);
    assert_null(client_receive(&client));
    happen(1);
    assert_events(&client, 101, 101);
    client_close(&client);
}

static void all_held_events_are_replayed(void **state) {
    client_open(&client);
    happen(XHM_CONTROL_HELD_EVENTS + 50);
    ask(&client, 100, false);
    assert_gap(client_receive(&client), 101, 150);
    assert_events(&client, 151, 100 + XHM_CONTROL_HELD_EVENTS + 50);
    assert_accepted(client_receive(&client));
    client_close(&client);
}

static void events_of_the_replay_and_new_ones_come_in_order(void **state) {
    client_open(&client);
    happen(XHM_CONTROL_HELD_EVENTS / 2);
    ask(&client, 100, true);
    for (uint64_t sequence = 101; sequence <= XHM_CONTROL_HELD_EVENTS; sequence++) {
        if (sequence % 2 && harness.sequence < XHM_CONTROL_HELD_EVENTS) {
            happen(3);
        }
        assert_event(client_receive(&client), sequence);
    }
    client_close(&client);
}

static void who_reads_too_slowly_has_a_gap_and_goes_on(void **state) {
    const Xhm__V1__ServerMessage *message;
    uint64_t next = 101;
    uint64_t missing = 0;

    client_open(&client);
    ask(&client, 100, true);
    for (int i = 0; i < 3; i++) {
        happen(XHM_CONTROL_HELD_EVENTS);
        harness_turn();
    }
    while ((message = client_receive(&client))) {
        if (message->body_case == XHM__V1__SERVER_MESSAGE__BODY_GAP) {
            assert_int_equal(message->gap->first_missing, next);
            missing += message->gap->last_missing - next + 1;
            next = message->gap->last_missing + 1;
        } else {
            assert_event(message, next);
            next++;
        }
    }
    assert_int_equal(next, harness.sequence + 1);
    assert_true(missing > 0);
    happen(1);
    assert_events(&client, harness.sequence, harness.sequence);
    client_close(&client);
}

static void who_follows_slowly_does_not_hold_up_others(void **state) {
    client_open(&client);
    ask(&client, 100, true);
    client_open(&other);
    ask(&other, 100, true);
    for (uint64_t i = 0; i < 10000; i++) {
        happen(1);
        assert_event(client_receive(&other), 101 + i);
    }
    client_close(&client);
    client_close(&other);
}

static void who_follows_may_still_ask(void **state) {
    const Xhm__V1__ServerMessage *message;
    bool answered = false;

    STATUS(status);
    client_open(&client);
    ask(&client, 100, true);
    happen(3000);
    harness_turn();
    client_send(&client, &status);
    while ((message = client_receive(&client))) {
        answered = answered || message->body_case == XHM__V1__SERVER_MESSAGE__BODY_STATUS;
    }
    assert_true(answered);
    client_close(&client);
}

static void one_stream_at_a_time(void **state) {
    const Xhm__V1__ServerMessage *message;
    int refused = 0;
    int accepted = 0;

    client_open(&client);
    happen(4000);
    ask(&client, 100, false);
    ask(&client, 100, false);
    while ((message = client_receive(&client))) {
        refused += message->body_case == XHM__V1__SERVER_MESSAGE__BODY_REFUSED;
        accepted += message->body_case == XHM__V1__SERVER_MESSAGE__BODY_ACCEPTED;
    }
    assert_int_equal(refused, 1);
    assert_int_equal(accepted, 1);
    /* One that only follows is replaced. */
    ask(&client, harness.sequence, true);
    ask(&client, harness.sequence - 1, false);
    assert_events(&client, harness.sequence, harness.sequence);
    assert_accepted(client_receive(&client));
    happen(1);
    assert_null(client_receive(&client));
    client_close(&client);
}

static void a_jump_of_the_sequence_is_a_gap(void **state) {
    client_open(&client);
    ask(&client, 100, true);
    happen(1);
    harness.sequence += 10;
    happen(1);
    assert_gap(client_receive(&client), 101, 111);
    assert_events(&client, 112, 112);
    client_close(&client);
}

static void the_last_events_are_told_before_the_end(void **state) {
    client_open(&client);
    ask(&client, 100, true);
    happen(3);
    control_close(harness.control);
    harness.control = NULL;
    assert_events(&client, 101, 103);
    assert_true(client_is_closed(&client));
    client_close(&client);
}

static void who_follows_can_be_hurried(void **state) {
    ssize_t got;

    client_open(&client);
    client_open(&other);
    ask(&client, 100, true);
    assert_null(client_receive(&client));
    happen(3);
    /* No turn of the loop: it is in the socket already. */
    control_hurry(harness.control);
    got = recv(client.descriptor, client.data, sizeof(client.data), MSG_DONTWAIT);
    assert_true(got > 0);
    client.size = (size_t)got;
    for (uint64_t sequence = 101; sequence <= 103; sequence++) {
        assert_event(client_next(&client), sequence);
    }
    /* Nothing is told twice, and nothing to who did not ask. */
    assert_null(client_receive(&client));
    assert_null(client_receive(&other));
    client_close(&client);
    client_close(&other);
}

static void hurrying_leaves_a_broken_connection_to_its_turn(void **state) {
    client_open(&client);
    client_open(&other);
    ask(&client, 100, true);
    ask(&other, 100, true);
    harness_turn();
    close(client.descriptor);
    happen(1);
    control_hurry(harness.control);
    assert_events(&other, 101, 101);
    client_close(&other);
}

int main(void) {
    const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, harness_open, harness_close)
        TEST(an_event_says_what_happened),
        TEST(a_list_ends_with_an_answer),
        TEST(what_happened_before_this_life_is_a_gap),
        TEST(who_follows_is_told_at_once),
        TEST(who_knows_more_than_happened_follows_from_now),
        TEST(all_held_events_are_replayed),
        TEST(events_of_the_replay_and_new_ones_come_in_order),
        TEST(who_reads_too_slowly_has_a_gap_and_goes_on),
        TEST(who_follows_slowly_does_not_hold_up_others),
        TEST(who_follows_may_still_ask),
        TEST(one_stream_at_a_time),
        TEST(a_jump_of_the_sequence_is_a_gap),
        TEST(who_follows_can_be_hurried),
        TEST(hurrying_leaves_a_broken_connection_to_its_turn),
        TEST(the_last_events_are_told_before_the_end),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
