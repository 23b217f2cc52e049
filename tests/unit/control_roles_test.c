// SPDX-License-Identifier: Apache-2.0
/* Covers: XHM-API-2 */
/*
 * Every request of every role is permitted or refused as docs/control-api.md says: there is no request without a row.
 * Argument: the document.
 */
#include "control_harness.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define TEXT_SIZE  (64 * 1024)
#define ROLE_COUNT 6

static char *document;
static struct client client;

/* Column of each role, from the left. */
static const uint32_t roles[ROLE_COUNT] = {XHM_ROLE_OBSERVER, XHM_ROLE_OPERATOR, XHM_ROLE_RIG,
                                           XHM_ROLE_AGENT,    XHM_ROLE_CLUSTER,  XHM_ROLE_INTEGRATOR};

/* The roles that the row of @p request names. */
static uint32_t documented_roles(const char *request) {
    char begin[64];
    const char *cell;
    uint32_t found = 0;

    snprintf(begin, sizeof(begin), "\n| `%s` |", request);
    cell = strstr(document, begin);
    if (!cell) {
        fail_msg("the document has no row for the request %s", request);
        return 0;
    }
    cell += strlen(begin);
    for (unsigned column = 0; column < ROLE_COUNT; column++) {
        const char *end = strchr(cell, '|');

        assert_non_null(end);
        found |= memmem(cell, (size_t)(end - cell), "yes", 3) ? roles[column] : 0;
        cell = end + 1;
    }
    return found;
}

/* An empty request of the kind with this field number, with request id 77. */
static void send_empty(uint32_t number) {
    const uint32_t tag = number << 3 | 2;
    uint8_t frame[8] = {0, 0x08, 77};
    uint8_t size = 3;

    if (tag >= 0x80) {
        frame[size++] = (uint8_t)(tag | 0x80);
        frame[size++] = (uint8_t)(tag >> 7);
    } else {
        frame[size++] = (uint8_t)tag;
    }
    frame[size++] = 0;
    frame[0] = (uint8_t)(size - 1);
    client_send_bytes(&client, frame, size);
}

static bool is_permitted(uint32_t number) {
    const Xhm__V1__ServerMessage *answer;

    send_empty(number);
    do {
        answer = client_receive(&client);
        assert_non_null(answer);
    } while (answer->request_id != 77);
    return answer->body_case != XHM__V1__SERVER_MESSAGE__BODY_REFUSED ||
           answer->refused->reason != REFUSED(NOT_PERMITTED);
}

static void every_request_against_every_role(void **state) {
    const ProtobufCMessageDescriptor *requests = &xhm__v1__client_message__descriptor;
    unsigned count = 0;

    /* So that an order for a safe state is answered at once. */
    harness.state_stored = UINT64_MAX;
    for (unsigned role = 0; role < ROLE_COUNT; role++) {
        harness_roles(roles[role]);
        client_open(&client);
        for (unsigned i = 0; i < requests->n_fields; i++) {
            const ProtobufCFieldDescriptor *request = &requests->fields[i];

            if (request->type != PROTOBUF_C_TYPE_MESSAGE || strcmp(request->name, "hello") == 0) {
                continue;
            }
            if (is_permitted(request->id) != ((documented_roles(request->name) & roles[role]) != 0)) {
                fail_msg("%s of a peer with the role %u is not answered as the document says", request->name,
                         roles[role]);
            }
            count++;
        }
        client_close(&client);
    }
    assert_true(count >= 21 * ROLE_COUNT);
}

/* What changes nothing may be asked by every reader; what does is refused to the others and changes nothing. */
static void what_is_refused_changes_nothing(void **state) {
    const ProtobufCMessageDescriptor *requests = &xhm__v1__client_message__descriptor;

    harness_roles(XHM_ROLE_OBSERVER);
    client_open(&client);
    for (unsigned i = 0; i < requests->n_fields; i++) {
        if (requests->fields[i].type == PROTOBUF_C_TYPE_MESSAGE && strcmp(requests->fields[i].name, "hello") != 0) {
            is_permitted(requests->fields[i].id);
        }
    }
    assert_int_equal(harness.order_count, 0);
    assert_int_equal(harness.applied, 0);
    for (unsigned i = 0; i < harness.record_count && i < HARNESS_MAX_RECORDS; i++) {
        assert_int_equal(harness.records[i].kind, XHM_EVENT_REQUEST_REFUSED);
    }
    client_close(&client);
}

static void the_documented_requests_exist(void **state) {
    for (const char *at = strstr(document, "\n| `"); at; at = strstr(at + 1, "\n| `")) {
        char name[64];

        assert_int_equal(sscanf(at, "\n| `%63[a-z_]`", name), 1);
        if (!protobuf_c_message_descriptor_get_field_by_name(&xhm__v1__client_message__descriptor, name)) {
            fail_msg("the document describes the request %s, which does not exist", name);
        }
    }
}

static void a_stranger_may_do_nothing(void **state) {
    HELLO(hello);
    hello_body.api_version = 1;
    harness_roles(0);
    client_connect(&client);
    assert_refused(client_ask(&client, &hello), REFUSED(NOT_PERMITTED));
    assert_true(client_is_closed(&client));
    client_close(&client);
}

int main(int argument_count, char **arguments) {
    const struct CMUnitTest tests[] = {
#define TEST(name)            cmocka_unit_test_setup_teardown(name, harness_open, harness_close)
#define TEST_OVER_VCHAN(name) cmocka_unit_test_setup_teardown(name, harness_open_over_vchan, harness_close)
        TEST(every_request_against_every_role),
        TEST_OVER_VCHAN(every_request_against_every_role),
        TEST_OVER_VCHAN(what_is_refused_changes_nothing),
        TEST(what_is_refused_changes_nothing),
        TEST(the_documented_requests_exist),
        TEST(a_stranger_may_do_nothing),
    };
    FILE *file = argument_count == 2 ? fopen(arguments[1], "re") : NULL;
    int failed;

    document = calloc(1, TEXT_SIZE);
    if (!file || !document || fread(document, 1, TEXT_SIZE - 1, file) == 0) {
        fprintf(stderr, "usage: control_roles_test DOCUMENT, which must be readable\n");
        return 2;
    }
    fclose(file);
    failed = cmocka_run_group_tests(tests, NULL, NULL);
    free(document);
    return failed;
}
