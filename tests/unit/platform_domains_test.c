/* Covers: XHM-IDENTITY-1 */
/* Reading Xen's domain list in pieces, and stopping the right instance only, against a Xen of our own. */
#include "xen_domains.h"
#include "xen_vcpus.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define MAX_FAKE_DOMAINS (XHM_MAX_DOMAINS + 8)

static struct {
    xc_domaininfo_t domains[MAX_FAKE_DOMAINS];
    unsigned count;
    unsigned greatest_call;
    int failure;
    int stopped_domid;
    int stopped_reason;
} ecu;

int xc_domain_getinfolist(xc_interface *interface, uint32_t first, unsigned maximum, xc_domaininfo_t *list) {
    int count = 0;

    (void)interface;
    ecu.greatest_call = maximum > ecu.greatest_call ? maximum : ecu.greatest_call;
    if (ecu.failure != 0) {
        errno = ecu.failure;
        return -1;
    }
    for (unsigned i = 0; i < ecu.count && (unsigned)count < maximum; i++) {
        if (ecu.domains[i].domain >= first) {
            list[count++] = ecu.domains[i];
        }
    }
    return count;
}

int xc_domain_shutdown(xc_interface *interface, uint32_t domid, int reason) {
    (void)interface;
    ecu.stopped_domid = (int)domid;
    ecu.stopped_reason = reason;
    return 0;
}

int xc_vcpu_getinfo(xc_interface *interface, uint32_t domid, uint32_t vcpu, xc_vcpuinfo_t *info) {
    (void)interface;
    memset(info, 0, sizeof(*info));
    info->online = 1;
    info->cpu = 65;
    errno = ESRCH;
    return domid == 5 && vcpu == 0 ? 0 : -1;
}

/* Sets more bits than there are pCPUs, as Xen may in the last byte. */
int xc_vcpu_getaffinity(xc_interface *interface, uint32_t domid, int vcpu, xc_cpumap_t hard, xc_cpumap_t soft,
                        uint32_t flags) {
    (void)interface, (void)domid, (void)vcpu, (void)soft, (void)flags;
    hard[0] = 0x05;
    hard[8] = 0xff;
    return 0;
}

static struct xhm_xen xen;
static struct xhm_observation observation;

static int set_up(void **state) {
    (void)state;
    memset(&ecu, 0, sizeof(ecu));
    memset(&xen, 0, sizeof(xen));
    ecu.stopped_domid = -1;
    return 0;
}

static void add_domains(unsigned count) {
    for (unsigned i = 0; i < count; i++) {
        xc_domaininfo_t *domain = &ecu.domains[ecu.count];

        domain->domain = (domid_t)(3 * ecu.count);
        domain->handle[15] = (uint8_t)ecu.count;
        ecu.count++;
    }
}

static void reads_the_list_in_pieces_of_a_page(void **state) {
    static const unsigned counts[] = {
        0, 1, XHM_XEN_DOMAINS_PER_CALL - 1, XHM_XEN_DOMAINS_PER_CALL, XHM_XEN_DOMAINS_PER_CALL + 1, XHM_MAX_DOMAINS};

    for (size_t i = 0; i < sizeof(counts) / sizeof(counts[0]); i++) {
        set_up(state);
        add_domains(counts[i]);
        xen_domains_observe(&xen, &observation);
        assert_int_equal(observation.domains_sight, XHM_SIGHT_KNOWN);
        assert_int_equal(observation.domain_count, counts[i]);
        assert_int_equal(xen.hypercalls, counts[i] / XHM_XEN_DOMAINS_PER_CALL + 1);
        for (unsigned j = 0; j < counts[i]; j++) {
            assert_int_equal(observation.domains[j].domid, 3 * j);
            assert_int_equal(observation.domains[j].uuid.bytes[15], j);
        }
    }
    assert_true(ecu.greatest_call * sizeof(xc_domaininfo_t) < XC_PAGE_SIZE);
}

static void a_list_that_does_not_fit_is_unknown(void **state) {
    (void)state;
    add_domains(XHM_MAX_DOMAINS + 1);
    xen_domains_observe(&xen, &observation);
    assert_int_equal(observation.domains_sight, XHM_SIGHT_UNKNOWN);
    assert_int_equal(observation.domain_count, 0);
}

static void a_failed_call_is_unknown(void **state) {
    (void)state;
    add_domains(2);
    ecu.failure = EACCES;
    xen_domains_observe(&xen, &observation);
    assert_int_equal(observation.domains_sight, XHM_SIGHT_UNKNOWN);
    assert_int_equal(observation.domain_count, 0);
}

static void converts_flags_and_sizes(void **state) {
    (void)state;
    add_domains(2);
    ecu.domains[0].flags = XEN_DOMINF_paused | 7u << XEN_DOMINF_shutdownshift;
    ecu.domains[0].max_vcpu_id = XEN_INVALID_MAX_VCPU_ID;
    ecu.domains[1].flags = XEN_DOMINF_shutdown | XEN_DOMINF_dying | 3u << XEN_DOMINF_shutdownshift;
    ecu.domains[1].tot_pages = 24576;
    ecu.domains[1].max_pages = 24832;
    ecu.domains[1].max_vcpu_id = 3;
    ecu.domains[1].nr_online_vcpus = 2;
    xen_domains_observe(&xen, &observation);
    assert_true(observation.domains[0].paused);
    assert_false(observation.domains[0].shutdown);
    assert_int_equal(observation.domains[0].reason, 0);
    assert_int_equal(observation.domains[0].vcpu_slots, 0);
    assert_true(observation.domains[1].shutdown);
    assert_true(observation.domains[1].dying);
    assert_int_equal(observation.domains[1].reason, XHM_SHUTDOWN_CRASH);
    assert_int_equal(observation.domains[1].memory_kib, 96 * 1024);
    assert_int_equal(observation.domains[1].memory_limit_kib, 97 * 1024);
    assert_int_equal(observation.domains[1].vcpu_slots, 4);
    assert_int_equal(observation.domains[1].online_vcpus, 2);
}

static void stops_the_instance_meant_and_no_other(void **state) {
    struct xhm_uuid uuid = {.bytes = {[15] = 1}};
    char error[XHM_ERROR_SIZE] = "";

    (void)state;
    add_domains(3);
    assert_true(xen_domains_stop(&xen, 3, &uuid, error));
    assert_int_equal(ecu.stopped_domid, 3);
    assert_int_equal(ecu.stopped_reason, XHM_SHUTDOWN_WATCHDOG);
    ecu.stopped_domid = -1;
    assert_false(xen_domains_stop(&xen, 6, &uuid, error));
    assert_non_null(strstr(error, "another UUID"));
    assert_false(xen_domains_stop(&xen, 4, &uuid, error));
    assert_non_null(strstr(error, "gone"));
    assert_false(xen_domains_stop(&xen, 9, &uuid, error));
    assert_non_null(strstr(error, "gone"));
    assert_int_equal(ecu.stopped_domid, -1);
}

static void what_has_stopped_is_left_alone(void **state) {
    const struct xhm_uuid uuid = {.bytes = {[15] = 1}};
    char error[XHM_ERROR_SIZE] = "";

    (void)state;
    add_domains(3);
    ecu.domains[1].flags = XEN_DOMINF_shutdown;
    assert_true(xen_domains_stop(&xen, 3, &uuid, error));
    ecu.domains[1].flags = XEN_DOMINF_dying;
    assert_true(xen_domains_stop(&xen, 3, &uuid, error));
    assert_int_equal(ecu.stopped_domid, -1);
}

static void reads_a_vcpu_or_says_unknown(void **state) {
    uint8_t cpumap[16];
    struct xhm_vcpu_reading reading;

    (void)state;
    xen.pcpus = 66;
    xen.cpumap = cpumap;
    xen.cpumap_bytes = sizeof(cpumap);
    xen_vcpus_observe(&xen, 5, 0, &reading);
    assert_int_equal(reading.sight, XHM_SIGHT_KNOWN);
    assert_true(reading.online);
    assert_int_equal(reading.pcpu, 65);
    assert_true(reading.hard_affinity.words[0] == 0x05);
    assert_true(reading.hard_affinity.words[1] == 0x03);
    xen_vcpus_observe(&xen, 5, 1, &reading);
    assert_int_equal(reading.sight, XHM_SIGHT_UNKNOWN);
    xen_vcpus_observe(&xen, 6, 0, &reading);
    assert_int_equal(reading.sight, XHM_SIGHT_UNKNOWN);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(reads_the_list_in_pieces_of_a_page, set_up),
        cmocka_unit_test_setup(a_list_that_does_not_fit_is_unknown, set_up),
        cmocka_unit_test_setup(a_failed_call_is_unknown, set_up),
        cmocka_unit_test_setup(converts_flags_and_sizes, set_up),
        cmocka_unit_test_setup(stops_the_instance_meant_and_no_other, set_up),
        cmocka_unit_test_setup(what_has_stopped_is_left_alone, set_up),
        cmocka_unit_test_setup(reads_a_vcpu_or_says_unknown, set_up),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
