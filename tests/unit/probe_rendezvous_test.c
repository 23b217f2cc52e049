// SPDX-License-Identifier: Apache-2.0
/*
 * The probe's conversation with xenstore, as bytes: what the kernel would answer is put into a socket beforehand, and
 * what the probe asked is looked at afterwards.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

#include <xen/io/xs_wire.h>

#include "probe_rendezvous.h"
#include "xenstore_client.h"

static struct xhm_xenstore_client client;
static int kernel_fd;

static int connected(void **state) {
    int sockets[2];

    (void)state;
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, sockets), 0);
    client = (struct xhm_xenstore_client){.fd = sockets[0]};
    kernel_fd = sockets[1];
    return 0;
}

static int disconnected(void **state) {
    (void)state;
    xhm_xenstore_close(&client);
    if (kernel_fd >= 0) {
        close(kernel_fd);
    }
    return 0;
}

static void kernel_says(uint32_t type, const char *payload, size_t size) {
    const struct xsd_sockmsg header = {.type = type, .len = (uint32_t)size};

    assert_int_equal(write(kernel_fd, &header, sizeof(header)), sizeof(header));
    assert_int_equal(write(kernel_fd, payload, size), (ssize_t)size);
}

static void kernel_heard(uint32_t type, const char *payload, size_t size) {
    struct xsd_sockmsg header;
    char heard[256];

    assert_int_equal(read(kernel_fd, &header, sizeof(header)), sizeof(header));
    assert_int_equal(header.type, type);
    assert_int_equal(header.len, size);
    assert_int_equal(read(kernel_fd, heard, size), (ssize_t)size);
    assert_memory_equal(heard, payload, size);
}

static void test_supervisor_texts(void **state) {
    static const char *const refused[] = {
        "",     " ",     "1",    "1 ",   " 1 2",           "1  2",
        "1 2 ", "1 2 3", "-1 2", "+1 2", "0x1 2",          "1 2\n",
        "a b",  "1 -2",  "1,2",  "1 2a", "32752 1",        "4294967296 1",
        "1\t2", "1 +2",  "",     " 1",   "99999999999 99", "1 18446744073709551616",
    };
    struct xhm_probe_supervisor supervisor = {.domid = 77, .epoch = 88};

    (void)state;
    for (size_t i = 0; i < sizeof(refused) / sizeof(refused[0]); i++) {
        assert_false(xhm_rendezvous_parse_supervisor(refused[i], &supervisor));
        assert_int_equal(supervisor.domid, 77);
        assert_int_equal(supervisor.epoch, 88);
    }
    assert_true(xhm_rendezvous_parse_supervisor("0 0", &supervisor));
    assert_int_equal(supervisor.domid, 0);
    assert_true(xhm_rendezvous_parse_supervisor("32751 18446744073709551615", &supervisor));
    assert_int_equal(supervisor.domid, 32751);
    assert_true(supervisor.epoch == UINT64_MAX);
}

static void test_reading(void **state) {
    struct xhm_probe_supervisor supervisor;

    (void)state;
    kernel_says(XS_READ, "4 17", 4);
    assert_int_equal(xhm_rendezvous_read_supervisor(&client, &supervisor), 0);
    assert_int_equal(supervisor.domid, 4);
    assert_int_equal(supervisor.epoch, 17);
    kernel_heard(XS_READ, "data/xhm/supervisor", sizeof("data/xhm/supervisor"));
}

/* Seen on a real system with libxenstore's static archive: the event of a watch comes before the reply to it. */
static void test_an_event_before_the_reply(void **state) {
    char value[XHM_XENSTORE_VALUE_MAXIMUM + 1];

    (void)state;
    kernel_says(XS_WATCH_EVENT, "a\0xhm", 6);
    kernel_says(XS_WATCH, "OK", 3);
    assert_int_equal(xhm_xenstore_watch(&client, "a"), 0);
    kernel_heard(XS_WATCH, "a\0xhm", 6);
    assert_true(client.has_event);
    kernel_says(XS_WATCH_EVENT, "a\0xhm", 6);
    kernel_says(XS_READ, "new", 3);
    assert_int_equal(xhm_xenstore_read(&client, "a", value), 0);
    assert_string_equal(value, "new");
    assert_true(xhm_xenstore_take_event(&client));
    assert_false(xhm_xenstore_take_event(&client));
}

static void test_waiting_events_are_taken_at_once(void **state) {
    (void)state;
    assert_false(xhm_xenstore_take_event(&client));
    for (int i = 0; i < 3; i++) {
        kernel_says(XS_WATCH_EVENT, "a\0xhm", 6);
    }
    assert_true(xhm_xenstore_take_event(&client));
    assert_false(xhm_xenstore_take_event(&client));
}

static void test_announcing(void **state) {
    const struct xhm_probe_supervisor supervisor = {.domid = 5, .epoch = 1234};

    (void)state;
    kernel_says(XS_READ, "12", 2);
    kernel_says(XS_WRITE, "OK", 3);
    kernel_says(XS_SET_PERMS, "OK", 3);
    assert_int_equal(xhm_rendezvous_announce_page(&client, 3, 99, &supervisor), 0);
    kernel_heard(XS_READ, "domid", sizeof("domid"));
    kernel_heard(XS_WRITE, "data/xhm/page/3\00099 1234", sizeof("data/xhm/page/3\00099 1234") - 1);
    kernel_heard(XS_SET_PERMS, "data/xhm/page/3\0n12\0r5", sizeof("data/xhm/page/3\0n12\0r5"));
}

static void test_refusals_are_named(void **state) {
    char value[XHM_XENSTORE_VALUE_MAXIMUM + 1];
    struct xhm_probe_supervisor supervisor;

    (void)state;
    kernel_says(XS_ERROR, "ENOENT", sizeof("ENOENT"));
    assert_int_equal(xhm_rendezvous_read_supervisor(&client, &supervisor), -ENOENT);
    kernel_says(XS_ERROR, "EACCES", sizeof("EACCES"));
    assert_int_equal(xhm_xenstore_write(&client, "a", "b"), -EACCES);
    kernel_says(XS_ERROR, "EACCESS", sizeof("EACCESS"));
    assert_int_equal(xhm_xenstore_remove(&client, "a"), -EIO);
    kernel_says(XS_ERROR, "", 0);
    assert_int_equal(xhm_xenstore_remove(&client, "a"), -EIO);
    kernel_says(XS_READ, "nonsense", 8);
    assert_int_equal(xhm_rendezvous_read_supervisor(&client, &supervisor), -EINVAL);
    assert_true(client.fd >= 0);
    kernel_says(XS_READ, "", 0);
    assert_int_equal(xhm_xenstore_read(&client, "a", value), 0);
    assert_string_equal(value, "");
}

static void test_long_values(void **state) {
    char value[XHM_XENSTORE_VALUE_MAXIMUM + 1];
    char longest[XENSTORE_PAYLOAD_MAX];

    (void)state;
    memset(longest, 'x', sizeof(longest));
    kernel_says(XS_READ, longest, XHM_XENSTORE_VALUE_MAXIMUM);
    assert_int_equal(xhm_xenstore_read(&client, "a", value), 0);
    assert_int_equal(strlen(value), XHM_XENSTORE_VALUE_MAXIMUM);
    kernel_says(XS_READ, longest, XHM_XENSTORE_VALUE_MAXIMUM + 1);
    assert_int_equal(xhm_xenstore_read(&client, "a", value), -E2BIG);
    kernel_says(XS_READ, longest, sizeof(longest));
    assert_int_equal(xhm_xenstore_read(&client, "a", value), -E2BIG);
    kernel_says(XS_READ, "1", 1);
    assert_int_equal(xhm_xenstore_read(&client, "a", value), 0);
}

/* Whatever puts the connection out of step ends it, so that the transport connects anew. */
static void test_a_broken_conversation_is_ended(void **state) {
    const struct xsd_sockmsg oversized = {.type = XS_READ, .len = XENSTORE_PAYLOAD_MAX + 1};
    char value[XHM_XENSTORE_VALUE_MAXIMUM + 1];

    (void)state;
    kernel_says(XS_WRITE, "OK", 3);
    assert_int_equal(xhm_xenstore_read(&client, "a", value), -EPROTO);
    assert_int_equal(client.fd, -1);
    assert_int_equal(xhm_xenstore_read(&client, "a", value), -ENOTCONN);
    assert_false(xhm_xenstore_take_event(&client));
    close(kernel_fd);

    connected(NULL);
    assert_int_equal(write(kernel_fd, &oversized, sizeof(oversized)), sizeof(oversized));
    assert_int_equal(xhm_xenstore_read(&client, "a", value), -EPROTO);
    assert_int_equal(client.fd, -1);
    close(kernel_fd);

    connected(NULL);
    assert_int_equal(write(kernel_fd, &oversized, 7), 7);
    shutdown(kernel_fd, SHUT_WR);
    assert_int_equal(xhm_xenstore_read(&client, "a", value), -EPIPE);
    assert_int_equal(client.fd, -1);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_supervisor_texts),
        cmocka_unit_test_setup_teardown(test_reading, connected, disconnected),
        cmocka_unit_test_setup_teardown(test_an_event_before_the_reply, connected, disconnected),
        cmocka_unit_test_setup_teardown(test_waiting_events_are_taken_at_once, connected, disconnected),
        cmocka_unit_test_setup_teardown(test_announcing, connected, disconnected),
        cmocka_unit_test_setup_teardown(test_refusals_are_named, connected, disconnected),
        cmocka_unit_test_setup_teardown(test_long_values, connected, disconnected),
        cmocka_unit_test_setup_teardown(test_a_broken_conversation_is_ended, connected, disconnected),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
