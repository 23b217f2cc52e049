// SPDX-License-Identifier: Apache-2.0
/* The agent follows the supervisor's domain by its UUID through all its instances. */
#include "supervisor.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#define UUID "50be4715-0000-4000-8000-0000000000fF"

static struct {
    xc_domaininfo_t domains[2];
    unsigned count;
    int failure;
} host;

int xc_domain_getinfolist(xc_interface *xen, uint32_t first, unsigned maximum, xc_domaininfo_t *list) {
    (void)xen, (void)maximum;
    if (host.failure != 0) {
        return -1;
    }
    assert_int_equal(first, 0);
    memcpy(list, host.domains, sizeof(host.domains));
    return (int)host.count;
}

static void add(uint16_t domid, const struct agent_supervisor *supervisor, uint32_t flags) {
    xc_domaininfo_t *domain = &host.domains[host.count++];

    *domain = (xc_domaininfo_t){.domain = domid, .flags = flags};
    memcpy(domain->handle, supervisor->uuid, sizeof(domain->handle));
}

static struct agent_supervisor followed(void) {
    struct agent_supervisor supervisor = {0};

    memset(&host, 0, sizeof(host));
    assert_true(supervisor_parse(UUID, &supervisor));
    return supervisor;
}

static void only_a_whole_uuid_is_taken(void **state) {
    static const char *const wrong[] = {
        "",
        "50be4715",
        "50be4715-0000-4000-8000-0000000000ff0",
        "50be4715000004000-8000-0000000000fff",
        "50be4715-0000-4000-8000-0000000000fg",
        "00000000-0000-0000-0000-000000000000",
    };
    struct agent_supervisor supervisor = {0};

    (void)state;
    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
        assert_false(supervisor_parse(wrong[i], &supervisor));
    }
    assert_true(supervisor_parse(UUID, &supervisor));
    assert_memory_equal(supervisor.uuid, "\x50\xbe\x47\x15\0\0\x40\0\x80\0\0\0\0\0\0\xff", DOMAINS_UUID_SIZE);
}

static void each_instance_is_new_once(void **state) {
    struct agent_supervisor supervisor = followed();

    (void)state;
    assert_false(supervisor_look(NULL, &supervisor));
    assert_false(supervisor.is_known);
    add(7, &supervisor, 0);
    assert_true(supervisor_look(NULL, &supervisor));
    assert_string_equal(supervisor.address, "vchan:7:data/vchan/0/xhm4");
    assert_false(supervisor_look(NULL, &supervisor));

    host.count = 0;
    add(7, &supervisor, XEN_DOMINF_dying);
    add(9, &supervisor, 0);
    assert_true(supervisor_look(NULL, &supervisor));
    assert_int_equal(supervisor.domid, 9);
    assert_string_equal(supervisor.address, "vchan:9:data/vchan/0/xhm4");
}

static void what_is_gone_or_cannot_be_read_is_nothing_new(void **state) {
    struct agent_supervisor supervisor = followed();

    (void)state;
    add(7, &supervisor, 0);
    assert_true(supervisor_look(NULL, &supervisor));
    host.failure = 1;
    assert_false(supervisor_look(NULL, &supervisor));
    host.failure = 0;
    host.count = 0;
    assert_false(supervisor_look(NULL, &supervisor));
    assert_true(supervisor.is_known);
    assert_string_equal(supervisor.address, "vchan:7:data/vchan/0/xhm4");
}

static void nothing_is_followed_unasked(void **state) {
    struct agent_supervisor supervisor = {0};

    (void)state;
    memset(&host, 0, sizeof(host));
    add(3, &supervisor, 0);
    assert_false(supervisor_look(NULL, &supervisor));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(only_a_whole_uuid_is_taken),
        cmocka_unit_test(each_instance_is_new_once),
        cmocka_unit_test(what_is_gone_or_cannot_be_read_is_nothing_new),
        cmocka_unit_test(nothing_is_followed_unasked),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
