/* Covers: XHM-FACTS-3 */
/* Which devices the agent tells of, and what is not believed because a guest can write it. */
#include "agent_fake_host.h"

#include <stdio.h>
#include <string.h>

static const struct xhm_domain_facts *read_devices(uint16_t domid) {
    static struct xhm_domain_facts domain;

    domain = (struct xhm_domain_facts){.domid = domid};
    facts_read_devices(&sources, &domain);
    return &domain;
}

static void tells_devices_and_both_their_sides(void **state) {
    const struct xhm_domain_facts *domain;

    (void)state;
    put_device(5, "vif", "0", 0, "vif", "4", "4");
    put_device(5, "vif", "1", 3, "vif", "4", "2");
    put_device(5, "vbd", "51712", 0, "qdisk", "3", "4");
    put_device(5, "console", "0", 0, "console", "4", "4");
    put_device(5, "console", "1", 0, "console", "4", "4");
    put_device(5, "pci", "0", 0, "pci", "4", "4");
    put_device(5, "vkbd", "0", 0, "vkbd", "4", "4");
    put("/local/domain/5/device/suspend/event-channel", "");
    domain = read_devices(5);
    assert_int_equal(domain->devices, XHM_FACTS_KNOWN);
    assert_int_equal(domain->device_count, 5);
    assert_false(domain->more_devices);
    assert_int_equal(domain->device[0].kind, XHM_DEVICE_VIF);
    assert_int_equal(domain->device[0].id, 0);
    assert_int_equal(domain->device[0].backend_domid, 0);
    assert_int_equal(domain->device[0].frontend_state, XHM_XENBUS_CONNECTED);
    assert_int_equal(domain->device[0].backend_state, XHM_XENBUS_CONNECTED);
    assert_int_equal(domain->device[0].counters, XHM_FACTS_UNKNOWN);
    assert_int_equal(domain->device[1].id, 1);
    assert_int_equal(domain->device[1].backend_domid, 3);
    assert_int_equal(domain->device[1].backend_state, 2);
    assert_int_equal(domain->device[1].counters, XHM_FACTS_NOT_AVAILABLE);
    assert_int_equal(domain->device[2].kind, XHM_DEVICE_VBD);
    assert_int_equal(domain->device[2].id, 51712);
    assert_int_equal(domain->device[2].frontend_state, 3);
    assert_int_equal(domain->device[2].counters, XHM_FACTS_NOT_AVAILABLE);
    assert_int_equal(domain->device[3].kind, XHM_DEVICE_OTHER);
    assert_int_equal(domain->device[3].id, 1);
    assert_int_equal(domain->device[4].kind, XHM_DEVICE_VKBD);
    assert_int_equal(read_devices(6)->devices, XHM_FACTS_KNOWN);
    assert_int_equal(read_devices(6)->device_count, 0);
}

/* A guest removes its side, and writes nonsense into it: what the toolstack knows stands. */
static void a_guest_cannot_hide_or_move_a_device(void **state) {
    const struct xhm_domain_facts *domain;

    (void)state;
    put("/libxl/5/device/vif/0/backend", "/local/domain/0/backend/vif/5/0");
    put("/local/domain/0/backend/vif/5/0/state", "4");
    domain = read_devices(5);
    assert_int_equal(domain->device_count, 1);
    assert_int_equal(domain->device[0].frontend_state, 0);
    assert_int_equal(domain->device[0].backend_state, 4);

    put("/local/domain/5/device/vif/0/state", "4444444444");
    put("/local/domain/5/device/vif/0/backend", "/local/domain/9/backend/vif/5/0");
    domain = read_devices(5);
    assert_int_equal(domain->device_count, 1);
    assert_int_equal(domain->device[0].frontend_state, 0);
    assert_int_equal(domain->device[0].backend_domid, 0);

    put("/libxl/5/device/vbd/1/backend", "/local/domain/0/backend/vbd/6/1");
    put("/local/domain/0/backend/vbd/6/1/state", "4");
    domain = read_devices(5);
    assert_int_equal(domain->devices, XHM_FACTS_KNOWN);
    assert_int_equal(domain->device[1].backend_state, 0);
}

/* Made by other means than the toolstack's: there, but connected only if the backend says so, too. */
static void a_frontend_alone_is_a_device_without_a_backend(void **state) {
    static const char *const claims[] = {
        "/local/domain/7/backend/vif/5/0",
        "/local/domain/7/backend/vif/6/0",
        "/local/domain/7/backend/vif/5/1",
        "/local/domain/7/backend/vif/5/0/..",
        "/local/domain/7/backend/vif/5/0/",
        "/local/domain/99999/backend/vif/5/0",
        "/local/domain/5/data/vif/5/0",
        "/local/domain/7/backend/a-kind-with-a-name-that-is-much-longer/5/0",
        "nonsense",
        "",
    };
    const struct xhm_domain_facts *domain;

    (void)state;
    put("/local/domain/7/backend/vif/5/0/state", "4");
    put("/local/domain/5/device/vif/0/state", "4");
    put("/local/domain/5/device/vif/0/backend", claims[0]);
    for (size_t i = 0; i < sizeof(claims) / sizeof(claims[0]); i++) {
        snprintf(ecu.nodes[2].value, sizeof(ecu.nodes[2].value), "%s", claims[i]);
        domain = read_devices(5);
        assert_int_equal(domain->devices, XHM_FACTS_KNOWN);
        assert_int_equal(domain->device_count, 1);
        assert_int_equal(domain->device[0].frontend_state, 4);
        assert_int_equal(domain->device[0].backend_domid, 0);
        assert_int_equal(domain->device[0].backend_state, 0);
        assert_int_equal(domain->device[0].counters, XHM_FACTS_NOT_AVAILABLE);
    }
    put("/local/domain/7/backend/vif/5/0/frontend", "/local/domain/8/device/vif/0");
    snprintf(ecu.nodes[2].value, sizeof(ecu.nodes[2].value), "%s", claims[0]);
    assert_int_equal(read_devices(5)->device[0].backend_state, 0);
    strcpy(ecu.nodes[3].value, "/local/domain/5/device/vif/0");
    assert_int_equal(read_devices(5)->device[0].backend_state, 4);
    assert_int_equal(read_devices(5)->device[0].backend_domid, 7);
}

static void more_devices_than_fit_are_told_as_more(void **state) {
    char id[4];

    (void)state;
    for (unsigned i = 0; i < XHM_MAX_DEVICES; i++) {
        snprintf(id, sizeof(id), "%u", i);
        put_device(5, "vbd", id, 0, "vbd", "4", "4");
    }
    assert_int_equal(read_devices(5)->device_count, XHM_MAX_DEVICES);
    assert_false(read_devices(5)->more_devices);
    put("/local/domain/5/device/vbd/99/state", "1");
    assert_int_equal(read_devices(5)->device_count, XHM_MAX_DEVICES);
    assert_true(read_devices(5)->more_devices);
}

static void devices_that_cannot_be_read_are_unknown(void **state) {
    static const char *const paths[] = {"/libxl/5/device",
                                        "/libxl/5/device/vif",
                                        "/libxl/5/device/vif/0/backend",
                                        "/local/domain/5/device",
                                        "/libxl/5/device/vbd/3",
                                        "/local/domain/5/device/vbd/3/backend",
                                        "/local/domain/0/backend/vbd/5/3/frontend"};

    (void)state;
    put_device(5, "vif", "0", 0, "vif", "4", "4");
    put("/local/domain/5/device/vbd/3/backend", "/local/domain/0/backend/vbd/5/3");
    put("/local/domain/0/backend/vbd/5/3/frontend", "/local/domain/5/device/vbd/3");
    assert_int_equal(read_devices(5)->devices, XHM_FACTS_KNOWN);
    for (size_t i = 0; i < sizeof(paths) / sizeof(paths[0]); i++) {
        const bool is_guests = strcmp(paths[i], "/local/domain/5/device/vbd/3/backend") == 0;

        ecu.broken_path = paths[i];
        assert_int_equal(read_devices(5)->devices, is_guests ? XHM_FACTS_KNOWN : XHM_FACTS_UNKNOWN);
    }
}

static const struct xhm_domain_facts *read_assigned(void) {
    static struct xhm_domain_facts domain;

    domain = (struct xhm_domain_facts){.domid = 5};
    facts_read_assigned(&sources, &domain);
    return &domain;
}

static void tells_assigned_devices(void **state) {
    const struct xhm_domain_facts *domain;

    (void)state;
    assert_int_equal(read_assigned()->assigned, XHM_FACTS_KNOWN);
    assert_int_equal(read_assigned()->assigned_count, 0);
    put("/local/domain/0/backend/pci/5/0/num_devs", "3");
    put("/local/domain/0/backend/pci/5/0/dev-0", "0000:03:00.1");
    put("/local/domain/0/backend/pci/5/0/dev-2", "0001:ff:1f.7");
    domain = read_assigned();
    assert_int_equal(domain->assigned, XHM_FACTS_KNOWN);
    assert_int_equal(domain->assigned_count, 2);
    assert_int_equal(domain->assigned_pci[0], 0x000301);
    assert_int_equal(domain->assigned_pci[1], 0x1ffff);

    strcpy(ecu.nodes[1].value, "0000:03:20.1");
    assert_int_equal(read_assigned()->assigned, XHM_FACTS_UNKNOWN);
    strcpy(ecu.nodes[1].value, "0000:03:00.0");
    strcpy(ecu.nodes[0].value, "many");
    assert_int_equal(read_assigned()->assigned, XHM_FACTS_UNKNOWN);
    strcpy(ecu.nodes[0].value, "3");
    ecu.broken_path = "/local/domain/0/backend/pci/5/0/dev-0";
    assert_int_equal(read_assigned()->assigned, XHM_FACTS_UNKNOWN);
}

static void more_assigned_devices_than_fit_are_told_as_more(void **state) {
    char path[64];

    (void)state;
    put("/local/domain/0/backend/pci/5/0/num_devs", "9");
    for (unsigned i = 0; i < 9; i++) {
        snprintf(path, sizeof(path), "/local/domain/0/backend/pci/5/0/dev-%u", i);
        put(path, "0000:03:00.0");
    }
    assert_int_equal(read_assigned()->assigned_count, XHM_MAX_ASSIGNED);
    assert_true(read_assigned()->more_assigned);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(tells_devices_and_both_their_sides, fake_host_set_up),
        cmocka_unit_test_setup(a_guest_cannot_hide_or_move_a_device, fake_host_set_up),
        cmocka_unit_test_setup(a_frontend_alone_is_a_device_without_a_backend, fake_host_set_up),
        cmocka_unit_test_setup(more_devices_than_fit_are_told_as_more, fake_host_set_up),
        cmocka_unit_test_setup(devices_that_cannot_be_read_are_unknown, fake_host_set_up),
        cmocka_unit_test_setup(tells_assigned_devices, fake_host_set_up),
        cmocka_unit_test_setup(more_assigned_devices_than_fit_are_told_as_more, fake_host_set_up),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
