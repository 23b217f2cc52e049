/* Covers: XHM-FACTS-3 */
/* What the agent tells of the host and its domains: what is read, and what is unknown or not available. */
#include "agent_fake_host.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static void tells_the_host(void **state) {
    (void)state;
    facts_read_host(&sources, &facts.host);
    assert_int_equal(facts.host.availability, XHM_FACTS_KNOWN);
    assert_int_equal(facts.host.xen_version, 4 << 16 | 17);
    assert_memory_equal(facts.host.command_line, "sched=rtds xxx", 14);
    assert_int_equal(strlen(facts.host.command_line), XHM_COMMAND_LINE_SIZE - 1);
    assert_int_equal(facts.host.capabilities, 5);
    assert_int_equal(facts.host.pcpus_online, 4);
    assert_int_equal(facts.host.free_memory_kib, 4000);
    assert_int_equal(facts.host.claimed_kib, 12);
    assert_int_equal(facts.host.scheduler, XHM_SCHEDULER_RTDS);

    ecu.failure = EACCES;
    facts_read_host(&sources, &facts.host);
    assert_int_equal(facts.host.availability, XHM_FACTS_UNKNOWN);
}

static void tells_which_pcpus_share_a_core(void **state) {
    static const uint32_t cores[] = {0, 1, 1, 3, UINT32_MAX, 5};

    (void)state;
    facts_read_topology(&sources, &facts.topology);
    assert_int_equal(facts.topology.availability, XHM_FACTS_KNOWN);
    assert_int_equal(facts.topology.pcpu_count, 6);
    assert_memory_equal(facts.topology.core, cores, sizeof(cores));
    ecu.failure = EPERM;
    facts_read_topology(&sources, &facts.topology);
    assert_int_equal(facts.topology.availability, XHM_FACTS_UNKNOWN);
}

static void write_process(const char *folder, const char *pid, const char *stat, const char *command, size_t size) {
    char path[128];
    FILE *file;

    snprintf(path, sizeof(path), "%s/%s", folder, pid);
    assert_int_equal(mkdir(path, 0700), 0);
    snprintf(path, sizeof(path), "%s/%s/stat", folder, pid);
    file = fopen(path, "w");
    assert_non_null(file);
    fputs(stat, file);
    fclose(file);
    snprintf(path, sizeof(path), "%s/%s/cmdline", folder, pid);
    file = fopen(path, "w");
    assert_non_null(file);
    fwrite(command, 1, size, file);
    fclose(file);
}

static void remove_process(const char *folder, const char *pid) {
    char path[128];

    snprintf(path, sizeof(path), "%s/%s/stat", folder, pid);
    unlink(path);
    snprintf(path, sizeof(path), "%s/%s/cmdline", folder, pid);
    unlink(path);
    snprintf(path, sizeof(path), "%s/%s", folder, pid);
    assert_int_equal(rmdir(path), 0);
}

#define COMMAND(text) text, sizeof(text)

static void tells_whether_services_run(void **state) {
    static const char names[XHM_MAX_SERVICES][XHM_NAME_SIZE] = {
        "xenstored", "xenconsoled", "qemu-system-i386", "qemu-system-i38", "xl) S 1 (x", "stopped", "absent"};
    static const bool expected[] = {true, false, true, false, true, false, false};
    char folder[] = "/tmp/xhm-proc-XXXXXX";
    const struct facts_sources here = {.processes = folder};

    (void)state;
    assert_non_null(mkdtemp(folder));
    write_process(folder, "1", "1 (xenstored) S 0 1", COMMAND("/usr/sbin/xenstored"));
    write_process(folder, "2", "2 (xenconsoled) Z 0 1", "", 0);
    write_process(folder, "3", "3 (qemu-system-i38) R 0 1", COMMAND("/usr/lib/xen/bin/qemu-system-i386\0-xen"));
    write_process(folder, "4", "4 (xl) S 1 (x) S 0 1", COMMAND("xl"));
    write_process(folder, "5", "5 (stopped) T 0 1", COMMAND("stopped"));
    write_process(folder, "6", "no process", "", 0);
    write_process(folder, "self", "7 (absent) S 0 1", COMMAND("absent"));
    facts_read_services(&here, 7, names, &facts.services);
    assert_int_equal(facts.services.availability, XHM_FACTS_KNOWN);
    assert_int_equal(facts.services.count, 7);
    for (size_t i = 0; i < sizeof(expected); i++) {
        if (facts.services.running[i] != expected[i]) {
            fail_msg("%s", names[i]);
        }
    }
    remove_process(folder, "1");
    remove_process(folder, "2");
    remove_process(folder, "3");
    remove_process(folder, "4");
    remove_process(folder, "5");
    remove_process(folder, "6");
    remove_process(folder, "self");
    rmdir(folder);
    memset(&facts, 0, sizeof(facts));
    facts_read_services(&here, 7, names, &facts.services);
    assert_int_equal(facts.services.availability, XHM_FACTS_UNKNOWN);
}

static void tells_cpupools_and_their_schedules(void **state) {
    const struct xhm_cpupool_facts *pools = facts.cpupools.pools;

    (void)state;
    ecu.pool_count = 3;
    put("/local/pool/3/name", "rt");
    put("/local/pool/6/name", "a-name-that-is-longer-than-any-that-can-be-declared");
    facts_read_cpupools(&sources, &facts.cpupools);
    assert_int_equal(facts.cpupools.availability, XHM_FACTS_KNOWN);
    assert_int_equal(facts.cpupools.count, 3);
    assert_false(facts.cpupools.more);
    assert_string_equal(pools[0].name, "Pool-0");
    assert_int_equal(pools[0].scheduler, XHM_SCHEDULER_CREDIT2);
    assert_true(pools[0].pcpus.words[0] == 0x05);
    assert_int_equal(pools[0].schedule, XHM_FACTS_NOT_AVAILABLE);
    assert_int_equal(pools[1].id, 3);
    assert_string_equal(pools[1].name, "rt");
    assert_true(pools[1].pcpus.words[0] == 0x02);
    assert_int_equal(pools[1].schedule, XHM_FACTS_KNOWN);
    assert_int_equal(pools[1].major_frame_ns, 100000000);
    assert_int_equal(pools[1].frame_count, 40);
    assert_int_equal(pools[1].frames[1].uuid.bytes[15], 9);
    assert_int_equal(pools[1].frames[1].vcpu, 2);
    assert_int_equal(pools[1].frames[1].duration_ns, 30000000);
    assert_string_equal(pools[2].name, "a-name-that-is-longer-than-any~");
}

static void a_pool_that_cannot_be_read_leaves_all_unknown(void **state) {
    (void)state;
    ecu.pool_count = 2;
    ecu.pool_failure = EPERM;
    facts_read_cpupools(&sources, &facts.cpupools);
    assert_int_equal(facts.cpupools.availability, XHM_FACTS_UNKNOWN);

    memset(&facts, 0, sizeof(facts));
    ecu.pool_failure = 0;
    ecu.broken_path = "/local/pool/3/name";
    facts_read_cpupools(&sources, &facts.cpupools);
    assert_int_equal(facts.cpupools.availability, XHM_FACTS_UNKNOWN);

    memset(&facts, 0, sizeof(facts));
    ecu.broken_path = NULL;
    ecu.schedule_failure = EINVAL;
    facts_read_cpupools(&sources, &facts.cpupools);
    assert_int_equal(facts.cpupools.availability, XHM_FACTS_KNOWN);
    assert_string_equal(facts.cpupools.pools[1].name, "");
    assert_int_equal(facts.cpupools.pools[1].schedule, XHM_FACTS_UNKNOWN);
}

static void more_pools_than_fit_are_told_as_more(void **state) {
    (void)state;
    ecu.pool_count = XHM_MAX_CPUPOOLS;
    facts_read_cpupools(&sources, &facts.cpupools);
    assert_int_equal(facts.cpupools.count, XHM_MAX_CPUPOOLS);
    assert_false(facts.cpupools.more);
    memset(&facts, 0, sizeof(facts));
    ecu.pool_count = XHM_MAX_CPUPOOLS + 1;
    facts_read_cpupools(&sources, &facts.cpupools);
    assert_int_equal(facts.cpupools.count, XHM_MAX_CPUPOOLS);
    assert_true(facts.cpupools.more);
    assert_int_equal(facts.cpupools.availability, XHM_FACTS_KNOWN);
}

static xc_domaininfo_t *add_domain(uint16_t domid, uint32_t flags) {
    xc_domaininfo_t *domain = &ecu.domains[ecu.domain_count++];

    domain->domain = domid;
    domain->flags = flags;
    domain->handle[0] = (uint8_t)domid;
    return domain;
}

static const struct xhm_domain_facts *read_shares(void) {
    static struct xhm_domain_facts domain;

    domain = (struct xhm_domain_facts){.domid = 5};
    facts_read_shares(&sources, &domain);
    return &domain;
}

static void tells_shares_of_cache_and_bandwidth(void **state) {
    (void)state;
    assert_int_equal(read_shares()->cache, XHM_FACTS_KNOWN);
    assert_int_equal(read_shares()->l3_mask[0], 0xf0);
    assert_int_equal(read_shares()->l3_mask[1], 0xf0);
    assert_int_equal(read_shares()->bandwidth, XHM_FACTS_KNOWN);
    assert_int_equal(read_shares()->bandwidth_percent, 40);
    ecu.sockets = 2;
    assert_int_equal(read_shares()->cache, XHM_FACTS_KNOWN);
    assert_int_equal(read_shares()->l3_mask[1], 0x0f);
}

static void a_host_without_shares_says_so(void **state) {
    static const int lacks[] = {ENODEV, ENOENT, EOPNOTSUPP, ENOSYS};

    (void)state;
    for (size_t i = 0; i < sizeof(lacks) / sizeof(lacks[0]); i++) {
        ecu.shares_failure = lacks[i];
        assert_int_equal(read_shares()->cache, XHM_FACTS_NOT_AVAILABLE);
        assert_int_equal(read_shares()->bandwidth, XHM_FACTS_NOT_AVAILABLE);
    }
    ecu.shares_failure = EPERM;
    assert_int_equal(read_shares()->cache, XHM_FACTS_UNKNOWN);
    assert_int_equal(read_shares()->bandwidth, XHM_FACTS_UNKNOWN);
}

static void masks_of_code_and_data_are_one_only_if_equal(void **state) {
    (void)state;
    ecu.masks_are_apart = true;
    ecu.data_mask = 0xf0;
    assert_int_equal(read_shares()->cache, XHM_FACTS_KNOWN);
    assert_int_equal(read_shares()->l3_mask[0], 0xf0);
    ecu.data_mask = 0x30;
    assert_int_equal(read_shares()->cache, XHM_FACTS_UNKNOWN);
}

static void tells_every_domain(void **state) {
    const struct xhm_domain_facts *domain = facts.domain;

    (void)state;
    add_domain(0, 0);
    add_domain(4, XEN_DOMINF_dying);
    add_domain(5, XEN_DOMINF_hvm_guest);
    add_domain(6, 0);
    put_device(5, "vif", "0", 0, "vif", "4", "4");
    put_device(5, "vif", "1", 6, "vif", "4", "4");
    put_device(6, "vif", "1", 0, "vif", "4", "4");
    facts_read_domains(&sources, &facts);
    assert_int_equal(facts.domains, XHM_FACTS_KNOWN);
    assert_int_equal(facts.domain_count, 3);
    assert_int_equal(domain[0].domid, 0);
    assert_int_equal(domain[0].pod, XHM_FACTS_NOT_AVAILABLE);
    assert_int_equal(domain[1].domid, 5);
    assert_int_equal(domain[1].uuid.bytes[0], 5);
    assert_int_equal(domain[1].pod, XHM_FACTS_KNOWN);
    assert_int_equal(domain[1].pod_kib, 20);
    assert_int_equal(domain[1].device[0].counters, XHM_FACTS_KNOWN);
    assert_int_equal(domain[1].device[0].errors, 1111);
    assert_int_equal(domain[1].device[1].counters, XHM_FACTS_NOT_AVAILABLE);
    assert_int_equal(domain[1].assigned, XHM_FACTS_KNOWN);
    assert_int_equal(domain[1].cache, XHM_FACTS_KNOWN);
    assert_int_equal(domain[2].device[0].id, 1);
    assert_int_equal(domain[2].device[0].counters, XHM_FACTS_UNKNOWN);
}

static void what_libxenstat_does_not_tell_is_unknown(void **state) {
    (void)state;
    add_domain(5, XEN_DOMINF_hvm_guest);
    put_device(5, "vif", "0", 0, "vif", "4", "4");
    ecu.has_statistics = false;
    facts_read_domains(&sources, &facts);
    assert_int_equal(facts.domains, XHM_FACTS_KNOWN);
    assert_int_equal(facts.domain[0].device[0].counters, XHM_FACTS_UNKNOWN);
}

static void populate_on_demand_may_be_unknown_or_not_there(void **state) {
    (void)state;
    add_domain(5, XEN_DOMINF_hvm_guest);
    ecu.pod_failure = ENOSYS;
    facts_read_domains(&sources, &facts);
    assert_int_equal(facts.domain[0].pod, XHM_FACTS_NOT_AVAILABLE);
    memset(&facts, 0, sizeof(facts));
    ecu.pod_failure = EPERM;
    facts_read_domains(&sources, &facts);
    assert_int_equal(facts.domain[0].pod, XHM_FACTS_UNKNOWN);
}

static void a_list_that_is_not_whole_is_unknown(void **state) {
    (void)state;
    for (uint16_t i = 0; i <= XHM_MAX_FACT_DOMAINS; i++) {
        add_domain(i, i == 0 ? XEN_DOMINF_dying : 0);
    }
    facts_read_domains(&sources, &facts);
    assert_int_equal(facts.domains, XHM_FACTS_KNOWN);
    assert_int_equal(facts.domain_count, XHM_MAX_FACT_DOMAINS);
    memset(&facts, 0, sizeof(facts));
    ecu.domains[0].flags = 0;
    facts_read_domains(&sources, &facts);
    assert_int_equal(facts.domains, XHM_FACTS_UNKNOWN);
    assert_int_equal(facts.domain_count, 0);
    ecu.failure = EACCES;
    facts_read_domains(&sources, &facts);
    assert_int_equal(facts.domains, XHM_FACTS_UNKNOWN);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(tells_the_host, fake_host_set_up),
        cmocka_unit_test_setup(tells_which_pcpus_share_a_core, fake_host_set_up),
        cmocka_unit_test_setup(tells_whether_services_run, fake_host_set_up),
        cmocka_unit_test_setup(tells_cpupools_and_their_schedules, fake_host_set_up),
        cmocka_unit_test_setup(a_pool_that_cannot_be_read_leaves_all_unknown, fake_host_set_up),
        cmocka_unit_test_setup(more_pools_than_fit_are_told_as_more, fake_host_set_up),
        cmocka_unit_test_setup(tells_shares_of_cache_and_bandwidth, fake_host_set_up),
        cmocka_unit_test_setup(a_host_without_shares_says_so, fake_host_set_up),
        cmocka_unit_test_setup(masks_of_code_and_data_are_one_only_if_equal, fake_host_set_up),
        cmocka_unit_test_setup(tells_every_domain, fake_host_set_up),
        cmocka_unit_test_setup(what_libxenstat_does_not_tell_is_unknown, fake_host_set_up),
        cmocka_unit_test_setup(populate_on_demand_may_be_unknown_or_not_there, fake_host_set_up),
        cmocka_unit_test_setup(a_list_that_is_not_whole_is_unknown, fake_host_set_up),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
