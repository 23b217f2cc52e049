// SPDX-License-Identifier: Apache-2.0
/* Addresses of the API over vchan: how they are read, and where they lead in xenstore. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "vchan_address.h"

#include <string.h>

#define LONG_PATH "/0123456789/0123456789/0123456789/0123456789/0123456789/0123456789/0123456789/0123456789/0123456789"

static void addresses_are_read_or_refused(void **state) {
    static const struct {
        const char *text;
        const char *refusal; /* part of it; NULL: it is an address */
        uint16_t domid;
        const char *path;
    } rows[] = {
        {"vchan:0", NULL, 0, ""},
        {"vchan:32751", NULL, 32751, ""},
        {"vchan:7:data/xhm/api", NULL, 7, "data/xhm/api"},
        {"vchan:7:/local/domain/7/data/api", NULL, 7, "/local/domain/7/data/api"},
        {"vchan:", "has no domid", 0, NULL},
        {"vchan:-1", "has no domid", 0, NULL},
        {"vchan: 1", "has no domid", 0, NULL},
        {"vchan:32752", "too large", 0, NULL},
        {"vchan:99999999999999999999999", "too large", 0, NULL},
        {"vchan:7:", "behind its domid", 0, NULL},
        {"vchan:7x", "behind its domid", 0, NULL},
        {"vchan:7/", "behind its domid", 0, NULL},
        {"vchan:7:" LONG_PATH LONG_PATH, "too long", 0, NULL},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct vchan_address address;
        const char *refusal;

        assert_true(vchan_address_is_meant(rows[i].text));
        refusal = vchan_address_read(rows[i].text, &address);
        if (rows[i].refusal) {
            assert_non_null(refusal);
            assert_non_null(strstr(refusal, rows[i].refusal));
        } else {
            assert_null(refusal);
            assert_int_equal(address.domid, rows[i].domid);
            assert_string_equal(address.path, rows[i].path);
        }
    }
    assert_false(vchan_address_is_meant("/run/xhm/control.sock"));
    assert_false(vchan_address_is_meant("vchan"));
}

static void both_ends_mean_the_same_path(void **state) {
    const struct vchan_address plain = {.domid = 3};
    const struct vchan_address relative = {.domid = 3, .path = "data/api"};
    const struct vchan_address absolute = {.domid = 3, .path = "/elsewhere"};
    char path[VCHAN_PATH_SIZE];

    (void)state;
    vchan_address_offer(12, 1, path);
    assert_string_equal(path, "data/vchan/12/xhm1");
    vchan_address_seen(&plain, 12, 1, path);
    assert_string_equal(path, "/local/domain/3/data/vchan/12/xhm1");
    vchan_address_seen(&relative, 12, 1, path);
    assert_string_equal(path, "/local/domain/3/data/api");
    vchan_address_seen(&absolute, 12, 1, path);
    assert_string_equal(path, "/elsewhere");
}

static void dom0_has_more_ports_and_one_for_its_agent(void **state) {
    static const struct {
        uint16_t client;
        uint32_t tried;
        bool offered[VCHAN_PORTS_AT_MOST + 1];
    } rows[] = {
        {0, VCHAN_PORTS_OF_DOM0, {true, true, true, true, true, false}},
        {1, VCHAN_PORTS, {true, true, false, false, false, false}},
        {VCHAN_HIGHEST_DOMID, VCHAN_PORTS, {true, true, false, false, false, false}},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        assert_int_equal(vchan_address_ports(rows[i].client), rows[i].tried);
        for (uint32_t port = 0; port <= VCHAN_PORTS_AT_MOST; port++) {
            assert_int_equal(vchan_address_is_offered(rows[i].client, port), rows[i].offered[port]);
        }
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(addresses_are_read_or_refused),
        cmocka_unit_test(both_ends_mean_the_same_path),
        cmocka_unit_test(dom0_has_more_ports_and_one_for_its_agent),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
