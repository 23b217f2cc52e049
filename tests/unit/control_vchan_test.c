// SPDX-License-Identifier: Apache-2.0
/* Covers: XHM-API-3 */
/*
 * Peers in partitions: who is offered a vchan and when, and peers that die, flood, stall or come back. The server's
 * real threads run against a vchan of our own; every wait is for a condition, with a bound.
 */
#include "control_harness.h"
#include "fake_vchan.h"
#include "vchan.h"
#include "xhm_client.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define NEXT_DOMID 6

static struct client client;
static struct client second;

static void observe(void) {
    harness_observe(0);
}

static void assert_serves(struct client *whom) {
    STATUS(status);
    const Xhm__V1__ServerMessage *reply = client_ask(whom, &status);

    assert_non_null(reply);
    assert_int_equal(reply->body_case, XHM__V1__SERVER_MESSAGE__BODY_STATUS);
}

static void a_partition_is_a_peer_with_its_roles(void **state) {
    HELLO(hello);
    const Xhm__V1__ServerMessage *reply;

    hello_body.api_version = 1;
    harness_roles(XHM_ROLE_CLUSTER);
    client_connect(&client);
    reply = client_ask(&client, &hello);
    assert_non_null(reply);
    assert_int_equal(reply->hello->roles, XHM_ROLE_CLUSTER);
    assert_serves(&client);
    client_close(&client);
}

static void refusals_say_which_partition_asked(void **state) {
    RESTART(restart);
    harness_roles(XHM_ROLE_CLUSTER);
    client_open(&client);
    assert_refused_with(client_ask(&client, &restart), REFUSED(NOT_PERMITTED), "domain 5");
    assert_int_equal(harness.record_count, 1);
    assert_int_equal(harness.records[0].kind, XHM_EVENT_REQUEST_REFUSED);
    assert_int_equal(harness.records[0].partition, SAMPLE_INFOTAINMENT);
    assert_int_equal(harness.records[0].values[1], XHM_PEER_DOMAIN | HARNESS_DOMID);
    client_close(&client);
}

static void a_role_of_uid_0_is_no_role_of_a_partition(void **state) {
    harness_roles(XHM_ROLE_CLUSTER);
    harness.policy.access[0].kind = XHM_ACCESS_UID;
    harness.policy.access[0].id = 0;
    observe();
    assert_true(fake_vchan_wait_offers(HARNESS_DOMID, 0));
}

static void who_has_no_role_is_offered_nothing(void **state) {
    assert_true(fake_vchan_wait_offers(HARNESS_DOMID, VCHAN_PORTS));
    harness_roles(0);
    observe();
    assert_true(fake_vchan_wait_offers(HARNESS_DOMID, 0));
    harness_roles(XHM_ROLE_OBSERVER);
    observe();
    assert_true(fake_vchan_wait_offers(HARNESS_DOMID, VCHAN_PORTS));
}

static void a_partition_has_as_many_connections_as_ports(void **state) {
    const struct vchan_address address = {.domid = 0};
    struct client_vchan *vchan = NULL;
    uint8_t byte;
    int third;

    client_open(&client);
    second.over_vchan = true;
    second.vchan = NULL;
    second.size = 0;
    second.descriptor = client_vchan_connect(&address, &second.vchan);
    HELLO(hello);
    hello_body.api_version = 1;
    assert_non_null(client_ask(&second, &hello));
    third = client_vchan_connect(&address, &vchan);
    assert_true(third >= 0);
    while (recv(third, &byte, 1, 0) < 0) {
        assert_int_equal(errno, EAGAIN);
    }
    assert_non_null(strstr(client_vchan_failure(vchan), "in use"));
    close(third);
    client_vchan_release(vchan);
    assert_serves(&client);
    assert_serves(&second);
    client_close(&client);
    client_close(&second);
}

static void open_at(struct client *at, const char *path) {
    struct vchan_address address = {.domid = 0};

    HELLO(hello);
    hello_body.api_version = 1;
    strcpy(address.path, path);
    *at = (struct client){.over_vchan = true};
    at->descriptor = client_vchan_connect(&address, &at->vchan);
    assert_true(at->descriptor >= 0);
    assert_non_null(client_ask(at, &hello));
}

/* However many operators there are. */
static void the_agent_of_dom0_has_a_place_of_its_own(void **state) {
    static struct client operators[VCHAN_PORTS_OF_DOM0];
    char path[VCHAN_PATH_SIZE];

    fake_vchan_own_domid(0);
    harness_instance_is_dom0();
    observe();
    assert_true(fake_vchan_wait_offers(0, VCHAN_PORTS_AT_MOST));
    for (uint32_t i = 0; i < VCHAN_PORTS_OF_DOM0; i++) {
        open_at(&operators[i], "");
    }
    assert_true(fake_vchan_wait_offers(0, 1));
    vchan_address_offer(0, VCHAN_PORT_OF_AGENT, path);
    open_at(&client, path);
    assert_serves(&client);
    assert_serves(&operators[VCHAN_PORTS_OF_DOM0 - 1]);
    client_close(&client);
    for (uint32_t i = 0; i < VCHAN_PORTS_OF_DOM0; i++) {
        client_close(&operators[i]);
    }
}

/* Its hello is on the way when the connection turns out to be impossible. */
static void a_client_says_why_it_cannot_connect(void **state) {
    const struct xhm_client_options options = {.socket_path = "vchan:0"};
    char error[XHM_CLIENT_ERROR_SIZE];
    Xhm__V1__ServerMessage *reply;
    struct xhm_client *program;

    STATUS(status);
    fake_vchan_own_domid(NEXT_DOMID);
    program = xhm_client_open(&options, error);
    assert_non_null(program);
    assert_int_equal(xhm_client_call(program, &status, 5000, &reply), XHM_CLIENT_NOT_CONNECTED);
    assert_non_null(strstr(xhm_client_error(program), "vchan:0: no supervisor there offers"));
    xhm_client_close(program);
}

static void who_leaves_may_come_back(void **state) {
    for (int i = 0; i < 5; i++) {
        client_open(&client);
        assert_serves(&client);
        client_close(&client);
        assert_true(fake_vchan_wait_offers(HARNESS_DOMID, VCHAN_PORTS));
    }
}

/* A domain that is destroyed does not say so: the end of its instance, as the core sees it, closes everything. */
static void a_destroyed_domain_leaves_nothing(void **state) {
    client_open(&client);
    fake_vchan_destroy_domain(HARNESS_DOMID);
    assert_int_equal(fake_vchan_servers(), VCHAN_PORTS);
    harness_instance(0);
    observe();
    assert_true(client_is_closed(&client));
    assert_true(fake_vchan_wait_offers(HARNESS_DOMID, 0));
    while (fake_vchan_servers() > 0) {
        harness_turn();
    }
    assert_true(fake_vchan_wait_removed("data/vchan/5"));
    client_close(&client);
}

static void the_next_instance_is_offered_its_own(void **state) {
    client_open(&client);
    harness_instance(NEXT_DOMID);
    observe();
    assert_true(fake_vchan_wait_offers(NEXT_DOMID, VCHAN_PORTS));
    assert_true(client_is_closed(&client));
    client_close(&client);
    assert_true(fake_vchan_wait_offers(HARNESS_DOMID, 0));

    fake_vchan_own_domid(NEXT_DOMID);
    second.over_vchan = true;
    second.vchan = NULL;
    second.size = 0;
    second.descriptor = client_vchan_connect(&(struct vchan_address){.domid = 0}, &second.vchan);
    HELLO(hello);
    hello_body.api_version = 1;
    assert_non_null(client_ask(&second, &hello));
    client_close(&second);
}

/* The same domid says nothing: it is another instance. */
static void an_instance_with_the_same_domid_is_another(void **state) {
    client_open(&client);
    harness_instance(HARNESS_DOMID);
    observe();
    assert_true(client_is_closed(&client));
    client_close(&client);
    client_open(&client);
    client_close(&client);
}

static void roles_that_end_end_the_connection(void **state) {
    uint32_t origin[XHM_MAX_PARTITIONS];

    for (uint32_t i = 0; i < XHM_MAX_PARTITIONS; i++) {
        origin[i] = i < harness.policy.partition_count ? i : XHM_NONE;
    }
    client_open(&client);
    control_policy_changed(harness.control, &harness.policy, origin);
    assert_serves(&client);
    harness_roles(0);
    control_policy_changed(harness.control, &harness.policy, origin);
    assert_true(client_is_closed(&client));
    client_close(&client);
}

/* Infotainment becomes the first partition: its connection goes on, and is not taken for that of another. */
static void a_renumbered_partition_stays_connected(void **state) {
    uint32_t origin[XHM_MAX_PARTITIONS];

    client_open(&client);
    for (uint32_t i = 0; i < XHM_MAX_PARTITIONS; i++) {
        origin[i] = i < harness.policy.partition_count ? i : XHM_NONE;
    }
    origin[0] = SAMPLE_INFOTAINMENT;
    origin[SAMPLE_INFOTAINMENT] = 0;
    harness.core.partitions[0] = harness.core.partitions[SAMPLE_INFOTAINMENT];
    harness.core.partitions[SAMPLE_INFOTAINMENT].instance_known = false;
    harness.policy.access[0].id = 1;
    control_policy_changed(harness.control, &harness.policy, origin);
    observe();
    assert_serves(&client);
    /* What was its number is now that of a partition without a role. */
    origin[0] = XHM_NONE;
    control_policy_changed(harness.control, &harness.policy, origin);
    assert_true(client_is_closed(&client));
    client_close(&client);
}

static uint64_t now_ns(void) {
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * SAMPLE_S + (uint64_t)now.tv_nsec;
}

/* Neither events without end nor a page that says now this, now that costs the others anything. */
static void a_peer_that_floods_is_served_at_its_pace(void **state) {
    const uint64_t until_ns = now_ns() + SAMPLE_S;

    client_open(&client);
    while (now_ns() < until_ns) {
        fake_vchan_kick(HARNESS_DOMID);
    }
    assert_serves(&client);
    client_close(&client);
}

static void a_page_that_lies_is_offered_anew_at_a_bounded_rate(void **state) {
    const uint64_t until_ns = now_ns() + SAMPLE_S;
    unsigned count = 0;

    while (now_ns() < until_ns) {
        fake_vchan_claim(HARNESS_DOMID, (int)(count++ % 4));
        harness_turn();
    }
    /* At most one in 100 ms on each port, and the first. */
    assert_true(fake_vchan_offered() <= 12 * VCHAN_PORTS);
}

/* The server gives it up, and offers the port anew. */
static void a_peer_that_does_not_read_is_closed(void **state) {
    HELLO(hello);
    const uint64_t until_ns = now_ns() + 30 * SAMPLE_S;
    uint8_t data[16];
    size_t size;

    hello_body.api_version = 1;
    client_open(&client);
    size = xhm__v1__client_message__pack(&hello, data + 1);
    data[0] = (uint8_t)size;
    while (fake_vchan_offered() == VCHAN_PORTS && now_ns() < until_ns) {
        (void)!send(client.descriptor, data, size + 1, MSG_NOSIGNAL);
        harness_turn();
    }
    assert_int_equal(fake_vchan_offered(), VCHAN_PORTS + 1);
    client_close(&client);
}

/* Connections go on while xenstore is silent; new ones wait for it. */
static void a_silent_xenstore_is_waited_for_by_nobody_else(void **state) {
    client_open(&client);
    fake_vchan_stall(true);
    harness_instance(HARNESS_DOMID);
    assert_serves(&client);
    observe();
    assert_true(client_is_closed(&client));
    client_close(&client);
    fake_vchan_stall(false);
    client_open(&client);
    client_close(&client);
}

static void what_cannot_be_offered_is_said_once(void **state) {
    assert_true(fake_vchan_wait_offers(HARNESS_DOMID, VCHAN_PORTS));
    fake_vchan_fail(EACCES);
    harness_instance(NEXT_DOMID);
    while (harness.said[0] == '\0') {
        observe();
    }
    assert_non_null(strstr(harness.said, "Permission denied"));
    harness.said[0] = '\0';
    observe();
    assert_string_equal(harness.said, "");
    fake_vchan_fail(0);
    assert_true(fake_vchan_wait_offers(NEXT_DOMID, VCHAN_PORTS));
}

static void the_end_of_the_supervisor_closes_everything(void **state) {
    client_open(&client);
    assert_serves(&client);
    control_close(harness.control);
    harness.control = NULL;
    assert_true(client_is_closed(&client));
    assert_int_equal(fake_vchan_servers(), 0);
    close(client.descriptor);
    client_vchan_release(client.vchan);
}

int main(void) {
    const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, harness_open_over_vchan, harness_close)
        TEST(a_partition_is_a_peer_with_its_roles),
        TEST(refusals_say_which_partition_asked),
        TEST(a_role_of_uid_0_is_no_role_of_a_partition),
        TEST(who_has_no_role_is_offered_nothing),
        TEST(a_partition_has_as_many_connections_as_ports),
        TEST(the_agent_of_dom0_has_a_place_of_its_own),
        TEST(a_client_says_why_it_cannot_connect),
        TEST(who_leaves_may_come_back),
        TEST(a_destroyed_domain_leaves_nothing),
        TEST(the_next_instance_is_offered_its_own),
        TEST(an_instance_with_the_same_domid_is_another),
        TEST(roles_that_end_end_the_connection),
        TEST(a_renumbered_partition_stays_connected),
        TEST(a_peer_that_floods_is_served_at_its_pace),
        TEST(a_page_that_lies_is_offered_anew_at_a_bounded_rate),
        TEST(a_peer_that_does_not_read_is_closed),
        TEST(a_silent_xenstore_is_waited_for_by_nobody_else),
        TEST(what_cannot_be_offered_is_said_once),
        TEST(the_end_of_the_supervisor_closes_everything),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
