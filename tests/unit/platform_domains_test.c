/* Covers: XHM-IDENTITY-1 */
/* Reading Xen's domain list in pieces, vCPUs and their scheduling parameters, and stopping the right instance only,
 * against a Xen of our own. */
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
    enum xhm_scheduler scheduler;
    int scheduling_failure;
    unsigned scheduling_calls;
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

/* As Xen answers what is asked about another scheduler than the domain's. */
static int answer_scheduling(enum xhm_scheduler asked) {
    ecu.scheduling_calls++;
    errno = ecu.scheduling_failure != 0 ? ecu.scheduling_failure : EINVAL;
    return ecu.scheduler == asked && ecu.scheduling_failure == 0 ? 0 : -1;
}

int xc_sched_rtds_vcpu_get(xc_interface *interface, uint32_t domid, struct xen_domctl_schedparam_vcpu *vcpus,
                           uint32_t count) {
    (void)interface;
    assert_int_equal(domid, 5);
    assert_int_equal(count, 1);
    assert_int_equal(vcpus[0].vcpuid, 0);
    vcpus[0].u.rtds.period = 5000000;
    vcpus[0].u.rtds.budget = 1250;
    vcpus[0].u.rtds.flags = XEN_DOMCTL_SCHEDRT_extra;
    return answer_scheduling(XHM_SCHEDULER_RTDS);
}

int xc_sched_credit2_domain_get(xc_interface *interface, uint32_t domid, struct xen_domctl_sched_credit2 *domain) {
    (void)interface;
    assert_int_equal(domid, 5);
    domain->weight = 512;
    domain->cap = 75;
    return answer_scheduling(XHM_SCHEDULER_CREDIT2);
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
    ecu.domains[1].cpupool = 7;
    ecu.domains[1].shr_pages = 3;
    ecu.domains[1].paged_pages = 5;
    ecu.domains[1].outstanding_pages = UINT64_C(0x200000000);
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
    assert_int_equal(observation.domains[0].cpupool_id, 0);
    assert_int_equal(observation.domains[1].cpupool_id, 7);
    assert_true(observation.domains[1].shared_kib == 3 * 4);
    assert_true(observation.domains[1].paged_kib == 5 * 4);
    assert_true(observation.domains[1].outstanding_kib == UINT64_C(0x200000000) * 4);
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
    xen_vcpus_observe(&xen, 5, 0, XHM_SCHEDULER_ANY, &reading);
    assert_int_equal(reading.sight, XHM_SIGHT_KNOWN);
    assert_true(reading.online);
    assert_int_equal(reading.pcpu, 65);
    assert_true(reading.hard_affinity.words[0] == 0x05);
    assert_true(reading.hard_affinity.words[1] == 0x03);
    xen_vcpus_observe(&xen, 5, 1, XHM_SCHEDULER_RTDS, &reading);
    assert_int_equal(reading.sight, XHM_SIGHT_UNKNOWN);
    xen_vcpus_observe(&xen, 6, 0, XHM_SCHEDULER_ANY, &reading);
    assert_int_equal(reading.sight, XHM_SIGHT_UNKNOWN);
}

static const struct xhm_scheduling_reading *observe_scheduling(enum xhm_scheduler asked) {
    static struct xhm_vcpu_reading reading;
    static uint8_t cpumap[16];

    xen.pcpus = 66;
    xen.cpumap = cpumap;
    xen.cpumap_bytes = sizeof(cpumap);
    xen_vcpus_observe(&xen, 5, 0, asked, &reading);
    assert_int_equal(reading.sight, XHM_SIGHT_KNOWN);
    return &reading.scheduling;
}

static void reads_the_parameters_that_were_asked_for(void **state) {
    const struct xhm_scheduling_reading *scheduling;

    (void)state;
    ecu.scheduler = XHM_SCHEDULER_RTDS;
    scheduling = observe_scheduling(XHM_SCHEDULER_RTDS);
    assert_int_equal(scheduling->sight, XHM_SIGHT_KNOWN);
    assert_int_equal(scheduling->scheduler, XHM_SCHEDULER_RTDS);
    assert_true(scheduling->rtds.period_ns == UINT64_C(5000000000));
    assert_true(scheduling->rtds.budget_ns == 1250000);
    assert_true(scheduling->rtds.extratime);
    assert_int_equal(xen.hypercalls, 3);

    ecu.scheduler = XHM_SCHEDULER_CREDIT2;
    scheduling = observe_scheduling(XHM_SCHEDULER_CREDIT2);
    assert_int_equal(scheduling->sight, XHM_SIGHT_KNOWN);
    assert_int_equal(scheduling->credit2.weight, 512);
    assert_int_equal(scheduling->credit2.cap, 75);
}

static void asks_for_nothing_where_there_is_nothing(void **state) {
    static const enum xhm_scheduler without[] = {XHM_SCHEDULER_ANY, XHM_SCHEDULER_CREDIT, XHM_SCHEDULER_ARINC653,
                                                 XHM_SCHEDULER_NULL};

    (void)state;
    for (size_t i = 0; i < sizeof(without) / sizeof(without[0]); i++) {
        assert_int_equal(observe_scheduling(without[i])->sight, XHM_SIGHT_NOT_DUE);
    }
    assert_int_equal(ecu.scheduling_calls, 0);
    assert_int_equal(xen.hypercalls, 2 * sizeof(without) / sizeof(without[0]));
}

static void tells_another_scheduler_from_a_question_without_an_answer(void **state) {
    const struct xhm_scheduling_reading *scheduling;

    (void)state;
    ecu.scheduler = XHM_SCHEDULER_NULL;
    scheduling = observe_scheduling(XHM_SCHEDULER_RTDS);
    assert_int_equal(scheduling->sight, XHM_SIGHT_UNKNOWN);
    assert_true(scheduling->other_scheduler);
    scheduling = observe_scheduling(XHM_SCHEDULER_CREDIT2);
    assert_int_equal(scheduling->sight, XHM_SIGHT_UNKNOWN);
    assert_true(scheduling->other_scheduler);

    ecu.scheduling_failure = EACCES;
    scheduling = observe_scheduling(XHM_SCHEDULER_RTDS);
    assert_int_equal(scheduling->sight, XHM_SIGHT_UNKNOWN);
    assert_false(scheduling->other_scheduler);
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
        cmocka_unit_test_setup(reads_the_parameters_that_were_asked_for, set_up),
        cmocka_unit_test_setup(asks_for_nothing_where_there_is_nothing, set_up),
        cmocka_unit_test_setup(tells_another_scheduler_from_a_question_without_an_answer, set_up),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
