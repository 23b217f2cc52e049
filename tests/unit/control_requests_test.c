// SPDX-License-Identifier: Apache-2.0
/* Hello, roles, and each request with its answers. */
#include "control_harness.h"

#include "policy_message.h"

#include <string.h>
#include <unistd.h>

static struct client client;
static struct client other;

static void hello_tells_who_is_there(void **state) {
    const Xhm__V1__ServerMessage *reply;

    HELLO(hello);
    hello_body.api_version = 1;
    client_connect(&client);
    reply = client_ask(&client, &hello);
    assert_int_equal(reply->body_case, XHM__V1__SERVER_MESSAGE__BODY_HELLO);
    assert_int_equal(reply->hello->api_version, 1);
    assert_string_equal(reply->hello->ecu_id, "cockpit-1");
    assert_string_equal(reply->hello->boot_id, harness.figures.boot_id);
    assert_int_equal(reply->hello->policy_hash, 0x1234);
    assert_int_equal(reply->hello->roles, XHM_ALL_ROLES);
    assert_int_equal(reply->hello->last_sequence, 100);
    assert_string_equal(reply->hello->version, XHM_VERSION);
    client_close(&client);
}

static void another_version_is_refused(void **state) {
    HELLO(hello);
    hello_body.api_version = 2;
    client_connect(&client);
    assert_refused(client_ask(&client, &hello), REFUSED(VERSION));
    assert_true(client_is_closed(&client));
    client_close(&client);
}

static void hello_comes_first(void **state) {
    STATUS(status);
    client_connect(&client);
    assert_refused(client_ask(&client, &status), REFUSED(BAD_REQUEST));
    assert_true(client_is_closed(&client));
    client_close(&client);
}

static void a_stranger_is_refused_and_recorded(void **state) {
    HELLO(hello);
    hello_body.api_version = 1;
    harness.policy.access[0].id = getuid() + 1;
    client_connect(&client);
    assert_refused(client_ask(&client, &hello), REFUSED(NOT_PERMITTED));
    assert_true(client_is_closed(&client));
    assert_int_equal(harness.record_count, 1);
    assert_int_equal(harness.records[0].kind, XHM_EVENT_REQUEST_REFUSED);
    assert_int_equal(harness.records[0].values[0], XHM__V1__CLIENT_MESSAGE__BODY_HELLO);
    assert_int_equal(harness.records[0].values[1], getuid());
    client_close(&client);
}

static void roles_come_from_groups_too(void **state) {
    const Xhm__V1__ServerMessage *reply;

    HELLO(hello);
    hello_body.api_version = 1;
    harness_roles(XHM_ROLE_OBSERVER);
    harness.policy.access[1] =
        (struct xhm_access_policy){.kind = XHM_ACCESS_GID, .id = getgid(), .roles = XHM_ROLE_RIG};
    harness.policy.access_count = 2;
    client_connect(&client);
    reply = client_ask(&client, &hello);
    assert_int_equal(reply->hello->roles, XHM_ROLE_OBSERVER | XHM_ROLE_RIG);
    client_close(&client);
}

static void recorded_refusals_are_bounded(void **state) {
    RESTART(restart);
    harness_roles(XHM_ROLE_OBSERVER);
    client_open(&client);
    for (int i = 0; i < 30; i++) {
        assert_refused(client_ask(&client, &restart), REFUSED(NOT_PERMITTED));
    }
    assert_int_equal(harness.record_count, 10);
    harness_observe(SAMPLE_S);
    harness_observe(2 * SAMPLE_S);
    for (int i = 0; i < 30; i++) {
        assert_refused(client_ask(&client, &restart), REFUSED(NOT_PERMITTED));
    }
    assert_int_equal(harness.record_count, 12);
    client_close(&client);
}

static void text_of_a_peer_comes_back_plain(void **state) {
    static char strange[] = "\xff\n\x1b[2J";
    const Xhm__V1__ServerMessage *reply;

    STATUS(request);
    client_open(&client);
    request_body.partition = strange;
    reply = client_ask(&client, &request);
    assert_refused(reply, REFUSED(NOT_FOUND));
    assert_non_null(strstr(reply->refused->message, " ???[2J"));
    client_close(&client);
}

static void a_request_with_an_unknown_field_is_not_carried_out_in_part(void **state) {
    /* RestartRequest{partition = "b", 15 = 1} */
    static const uint8_t frame[] = {9, 0x08, 0x4d, 0x2a, 0x05, 0x0a, 0x01, 'b', 0x78, 0x01};

    client_open(&client);
    client_send_bytes(&client, frame, sizeof(frame));
    assert_refused(client_receive(&client), REFUSED(BAD_REQUEST));
    client_close(&client);
}

static void a_request_of_a_newer_api_is_refused(void **state) {
    /* ClientMessage{request_id = 77, 99 = ""} */
    static const uint8_t frame[] = {5, 0x08, 0x4d, 0x9a, 0x06, 0x00};

    client_open(&client);
    client_send_bytes(&client, frame, sizeof(frame));
    assert_refused(client_receive(&client), REFUSED(BAD_REQUEST));
    client_close(&client);
}

static void policies_are_handed_on_whole(void **state) {
    static uint8_t compiled[XHM_POLICY_MAX_SIZE + 96]; /* the largest, signed */

    POLICY_APPLY(request);
    for (size_t i = 0; i < sizeof(compiled); i++) {
        compiled[i] = (uint8_t)(i * 7);
    }
    client_open(&client);
    for (size_t size = 0; size <= sizeof(compiled); size += size < 5000 ? 1250 : sizeof(compiled) - 5000) {
        request_body.compiled.data = compiled;
        request_body.compiled.len = size;
        assert_accepted(client_ask(&client, &request));
        assert_int_equal(harness.applied_size, size);
        assert_memory_equal(harness.applied_data, compiled, size);
    }
    harness.apply_answer = XHM_POLICY_UNSOUND;
    assert_refused(client_ask(&client, &request), REFUSED(BAD_POLICY));
    assert_int_equal(harness.record_count, 1);
    assert_int_equal(harness.records[0].kind, XHM_EVENT_POLICY_REFUSED);
    assert_int_equal(harness.records[0].values[0], XHM_POLICY_UNSOUND);
    assert_int_equal(harness.records[0].values[1], getuid());
    client_close(&client);
}

/* A peer that is refused again and again fills neither journal nor fault memory. */
static void refused_policies_are_recorded_at_a_bounded_rate(void **state) {
    POLICY_APPLY(request);
    harness.apply_answer = XHM_POLICY_OLDER;
    client_open(&client);
    for (unsigned i = 0; i < 50; i++) {
        assert_refused(client_ask(&client, &request), REFUSED(BAD_POLICY));
    }
    assert_in_range(harness.record_count, 1, 10);
    client_close(&client);
}

static void large_requests_of_others_are_passed_over(void **state) {
    static uint8_t compiled[20000];

    POLICY_APPLY(request);
    STATUS(status);
    harness_roles(XHM_ROLE_OBSERVER);
    request_body.compiled.data = compiled;
    request_body.compiled.len = sizeof(compiled);
    client_open(&client);
    assert_refused(client_ask(&client, &request), REFUSED(NOT_PERMITTED));
    assert_int_equal(harness.applied, 0);
    assert_int_equal(harness.record_count, 1);
    assert_int_equal(client_ask(&client, &status)->body_case, XHM__V1__SERVER_MESSAGE__BODY_STATUS);
    client_close(&client);
}

static void one_policy_is_given_at_a_time(void **state) {
    static uint8_t compiled[20000];
    static const uint8_t beginning[5000] = {0xb9, 0x9c, 0x01, 0x08, 0x4d};

    POLICY_APPLY(request);
    request_body.compiled.data = compiled;
    request_body.compiled.len = sizeof(compiled);
    client_open(&client);
    client_open(&other);
    client_send_bytes(&client, beginning, sizeof(beginning));
    assert_refused(client_ask(&other, &request), REFUSED(BUSY));
    /* Who does not go on loses the buffer with the connection. */
    harness_observe(SAMPLE_S);
    harness_observe(12 * SAMPLE_S);
    assert_true(client_is_closed(&client));
    assert_accepted(client_ask(&other, &request));
    client_close(&client);
    client_close(&other);
}

static void the_running_policy_is_shown(void **state) {
    static struct xhm_policy shown;
    const Xhm__V1__ServerMessage *reply;

    POLICY_SHOW(request);
    client_open(&client);
    reply = client_ask(&client, &request);
    assert_int_equal(reply->body_case, XHM__V1__SERVER_MESSAGE__BODY_POLICY);
    assert_int_equal(reply->policy->policy_hash, 0x1234);
    assert_int_equal(policy_from_message(reply->policy->policy, &shown, NULL), XHM_POLICY_CODEC_OK);
    shown.hash = 0x1234;
    assert_memory_equal(&shown, &harness.policy, sizeof(shown));
    client_close(&client);
}

static void the_fault_memory_is_shown(void **state) {
    const Xhm__V1__ServerMessage *reply;

    FAULTS(request);
    harness.fault_count = 2;
    client_open(&client);
    reply = client_ask(&client, &request);
    assert_int_equal(reply->body_case, XHM__V1__SERVER_MESSAGE__BODY_FAULTS);
    assert_int_equal(reply->faults->n_records, 2);
    assert_int_equal(reply->faults->records[0]->dtc, 0xc10001);
    assert_int_equal(reply->faults->records[1]->dtc, 0xc10001);
    assert_string_equal(reply->faults->records[0]->fault_name, "entity_alive_low");
    assert_string_equal(reply->faults->records[0]->entity, "control-loop");
    assert_true(reply->faults->records[0]->active);
    assert_int_equal(reply->faults->records[1]->occurrences, 2);
    assert_int_equal(reply->faults->records[0]->status, 0x2f);
    assert_int_equal(reply->faults->records[1]->aging_cycles, 1);
    assert_int_equal(reply->faults->records[0]->injected, 1);
    assert_int_equal(reply->faults->records[0]->injection_sequence, 19);
    assert_int_equal(reply->faults->records[0]->freeze_frame->monotonic_ns, 12345678901);
    assert_int_equal(reply->faults->records[0]->freeze_frame->policy_hash, 0x1234);
    assert_int_equal(reply->faults->records[0]->freeze_frame->n_values, 2);
    assert_int_equal(reply->faults->records[0]->freeze_frame->values[1], 100000000);
    assert_int_equal(reply->faults->records[0]->freeze_frame->domid, 3);
    assert_int_equal(reply->faults->records[1]->freeze_frame->instance_case, XHM__V1__FREEZE_FRAME__INSTANCE__NOT_SET);
    client_close(&client);
}

static void large_replies_go_to_one_peer_at_a_time(void **state) {
    const Xhm__V1__ServerMessage *reply;

    FAULTS(request);
    STATUS(status);
    harness.fault_count = 1000;
    client_open(&client);
    client_open(&other);
    /* The first does not read: its reply stays in the large buffer. */
    for (int i = 0; i < 6; i++) {
        client_send(&client, &request);
    }
    reply = client_ask(&other, &request);
    assert_refused(reply, REFUSED(BUSY));
    assert_int_equal(client_ask(&other, &status)->body_case, XHM__V1__SERVER_MESSAGE__BODY_STATUS);
    for (int i = 0; i < 6; i++) {
        reply = client_receive(&client);
        assert_int_equal(reply->body_case, XHM__V1__SERVER_MESSAGE__BODY_FAULTS);
        assert_int_equal(reply->faults->n_records, 1000);
    }
    reply = client_ask(&other, &request);
    assert_int_equal(reply->body_case, XHM__V1__SERVER_MESSAGE__BODY_FAULTS);
    client_close(&client);
    client_close(&other);
}

static void roles_follow_the_policy(void **state) {
    uint32_t origin[XHM_MAX_PARTITIONS] = {0, 1, 2};

    RESTART(restart);
    client_open(&client);
    harness_roles(XHM_ROLE_OBSERVER);
    control_policy_changed(harness.control, &harness.policy, origin);
    assert_refused(client_ask(&client, &restart), REFUSED(NOT_PERMITTED));
    harness.policy.access_count = 0;
    control_policy_changed(harness.control, &harness.policy, origin);
    assert_true(client_is_closed(&client));
    client_close(&client);
}

int main(void) {
    const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, harness_open, harness_close)
        TEST(hello_tells_who_is_there),
        TEST(another_version_is_refused),
        TEST(hello_comes_first),
        TEST(a_stranger_is_refused_and_recorded),
        TEST(roles_come_from_groups_too),
        TEST(recorded_refusals_are_bounded),
        TEST(text_of_a_peer_comes_back_plain),
        TEST(a_request_with_an_unknown_field_is_not_carried_out_in_part),
        TEST(a_request_of_a_newer_api_is_refused),
        TEST(policies_are_handed_on_whole),
        TEST(refused_policies_are_recorded_at_a_bounded_rate),
        TEST(large_requests_of_others_are_passed_over),
        TEST(one_policy_is_given_at_a_time),
        TEST(the_running_policy_is_shown),
        TEST(the_fault_memory_is_shown),
        TEST(large_replies_go_to_one_peer_at_a_time),
        TEST(roles_follow_the_policy),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
