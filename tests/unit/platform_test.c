// SPDX-License-Identifier: Apache-2.0
/* Covers: XHM-PLATFORM-1 */
#include "core_bench.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

static struct xhm_core_bench *make(void) {
    struct xhm_core_bench *bench = bench_make();
    struct xhm_platform_policy *policy = &bench->policy.platform;

    bench_want_facts(bench);
    policy->xen_version_min = 0x40011;
    policy->xen_version_max = 0x40012;
    policy->option_count = 3;
    strcpy(policy->options[0].text, "sched=credit2");
    strcpy(policy->options[1].text, "dom0_mem=");
    strcpy(policy->options[2].text, "iommu=off");
    policy->options[2].forbidden = true;
    policy->capabilities = 0x5;
    policy->pcpus_online = 4;
    policy->free_memory_kib = 1000;
    policy->claims_forbidden = true;
    policy->service_count = 2;
    strcpy(policy->services[0], "xenstored");
    strcpy(policy->services[1], "xenconsoled");
    bench->facts.host = (struct xhm_host_facts){.availability = XHM_FACTS_KNOWN,
                                                .xen_version = 0x40011,
                                                .command_line = "console=com1 sched=credit2 dom0_mem=1G",
                                                .capabilities = 0x7,
                                                .pcpus_online = 4,
                                                .free_memory_kib = 1000};
    bench->facts.services =
        (struct xhm_service_facts){.availability = XHM_FACTS_KNOWN, .count = 2, .running = {true, true}};
    bench_restart(bench);
    return bench;
}

static void tell(struct xhm_core_bench *bench) {
    bench_tell_facts(bench);
    bench_step(bench);
}

static void everything_is(const struct xhm_core_bench *bench, enum xhm_verdict verdict) {
    for (unsigned check = XHM_CHECK_PLATFORM_VERSION; check <= XHM_CHECK_PLATFORM_CLAIMS; check++) {
        const bool scoped = check == XHM_CHECK_PLATFORM_OPTION || check == XHM_CHECK_PLATFORM_SERVICE;
        assert_int_equal(bench_host_verdict(bench, (enum xhm_platform_check)check, scoped ? 1 : XHM_SCOPE_WHOLE),
                         verdict);
    }
}

static void a_host_as_declared_conforms(void **state) {
    struct xhm_core_bench *bench = make();

    everything_is(bench, XHM_VERDICT_UNKNOWN);
    tell(bench);
    everything_is(bench, XHM_VERDICT_CONFORMS);
    bench->facts.host.availability = XHM_FACTS_UNKNOWN;
    bench->facts.services.availability = XHM_FACTS_UNKNOWN;
    tell(bench);
    everything_is(bench, XHM_VERDICT_UNKNOWN);
    bench->facts.host.availability = XHM_FACTS_NOT_AVAILABLE;
    bench->facts.services.availability = XHM_FACTS_NOT_AVAILABLE;
    tell(bench);
    everything_is(bench, XHM_VERDICT_NOT_AVAILABLE);
    free(bench);
}

static void what_is_not_declared_has_no_verdict(void **state) {
    struct xhm_core_bench *bench = make();

    bench->policy.platform = (struct xhm_platform_policy){0};
    bench_want_facts(bench);
    bench->facts.host.claimed_kib = 4;
    bench_restart(bench);
    tell(bench);
    everything_is(bench, XHM_VERDICT_UNDECLARED);
    free(bench);
}

static void restore(struct xhm_core_bench *bench, enum xhm_fault fault) {
    struct xhm_core_bench *fine = make();

    bench->facts.host = fine->facts.host;
    bench->facts.services = fine->facts.services;
    tell(bench);
    assert_true(bench_cleared(bench, fault));
    free(fine);
}

static void expect(struct xhm_core_bench *bench, enum xhm_fault fault, uint64_t value0, uint64_t value1) {
    tell(bench);
    assert_true(bench_raised(bench, fault));
    assert_int_equal(bench->outcome.events[0].partition, XHM_NONE);
    assert_int_equal(bench->outcome.events[0].values[0], value0);
    assert_int_equal(bench->outcome.events[0].values[1], value1);
    restore(bench, fault);
}

static void each_deviation_is_a_fault(void **state) {
    struct xhm_core_bench *bench = make();
    struct xhm_host_facts *host = &bench->facts.host;

    tell(bench);
    host->xen_version = 0x40010;
    expect(bench, XHM_FAULT_PLATFORM_VERSION, 0x40010, 0);
    host->xen_version = 0x40013;
    expect(bench, XHM_FAULT_PLATFORM_VERSION, 0x40013, 0);
    host->capabilities = 0x6;
    expect(bench, XHM_FAULT_PLATFORM_CAPABILITY, 0x1, 0x6);
    host->pcpus_online = 3;
    expect(bench, XHM_FAULT_PLATFORM_PCPUS, 3, 4);
    host->free_memory_kib = 999;
    expect(bench, XHM_FAULT_PLATFORM_MEMORY, 999, 1000);
    host->claimed_kib = 4;
    expect(bench, XHM_FAULT_PLATFORM_CLAIMS, 4, 0);
    bench->facts.services.running[1] = false;
    expect(bench, XHM_FAULT_PLATFORM_SERVICE, 1, 0);
    strcpy(host->command_line, "sched=credit2 dom0_mem=1G iommu=off");
    expect(bench, XHM_FAULT_PLATFORM_OPTION, 2, 0);
    free(bench);
}

static void a_range_may_have_one_end(void **state) {
    struct xhm_core_bench *bench = make();

    bench->policy.platform.xen_version_max = 0;
    bench->facts.host.xen_version = 0x50000;
    tell(bench);
    assert_int_equal(bench_host_verdict(bench, XHM_CHECK_PLATFORM_VERSION, XHM_SCOPE_WHOLE), XHM_VERDICT_CONFORMS);
    bench->policy.platform.xen_version_min = 0;
    bench->policy.platform.xen_version_max = 0x40012;
    tell(bench);
    assert_int_equal(bench_host_verdict(bench, XHM_CHECK_PLATFORM_VERSION, XHM_SCOPE_WHOLE), XHM_VERDICT_DEVIATES);
    free(bench);
}

static void a_service_that_was_not_told_of_is_unknown(void **state) {
    struct xhm_core_bench *bench = make();

    bench->facts.services.count = 1;
    tell(bench);
    assert_int_equal(bench_host_verdict(bench, XHM_CHECK_PLATFORM_SERVICE, 0), XHM_VERDICT_CONFORMS);
    assert_int_equal(bench_host_verdict(bench, XHM_CHECK_PLATFORM_SERVICE, 1), XHM_VERDICT_UNKNOWN);
    free(bench);
}

static bool has_option(const char *line, const char *option) {
    struct xhm_core_bench *bench = make();

    memset(bench->facts.host.command_line, 'x', XHM_COMMAND_LINE_SIZE);
    memcpy(bench->facts.host.command_line, line, strlen(line) + 1);
    strcpy(bench->policy.platform.options[0].text, option);
    tell(bench);
    const bool has = bench_host_verdict(bench, XHM_CHECK_PLATFORM_OPTION, 0) == XHM_VERDICT_CONFORMS;
    free(bench);
    return has;
}

static void an_option_is_a_word_or_the_beginning_of_one(void **state) {
    assert_true(has_option("sched=rtds", "sched=rtds"));
    assert_true(has_option("a  sched=rtds b", "sched=rtds"));
    assert_false(has_option("sched=rtds2", "sched=rtds"));
    assert_false(has_option("xsched=rtds", "sched=rtds"));
    assert_false(has_option("", "sched=rtds"));
    assert_true(has_option("sched=rtds", "sched="));
    assert_true(has_option("sched=", "sched="));
    assert_false(has_option("sched", "sched="));
    assert_false(has_option("schedule=rtds", "sched="));
    assert_false(has_option("smt", "smt=1"));
    assert_false(has_option("smt", ""));
}

/* A line that does not end, which Xen would not tell. */
static void a_line_ends_where_its_room_does(void **state) {
    struct xhm_core_bench *bench = make();

    memset(bench->facts.host.command_line, 'x', XHM_COMMAND_LINE_SIZE);
    tell(bench);
    assert_int_equal(bench_host_verdict(bench, XHM_CHECK_PLATFORM_OPTION, 0), XHM_VERDICT_DEVIATES);
    assert_int_equal(bench_host_verdict(bench, XHM_CHECK_PLATFORM_OPTION, 2), XHM_VERDICT_CONFORMS);
    free(bench);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_host_as_declared_conforms),
        cmocka_unit_test(what_is_not_declared_has_no_verdict),
        cmocka_unit_test(each_deviation_is_a_fault),
        cmocka_unit_test(a_range_may_have_one_end),
        cmocka_unit_test(a_service_that_was_not_told_of_is_unknown),
        cmocka_unit_test(an_option_is_a_word_or_the_beginning_of_one),
        cmocka_unit_test(a_line_ends_where_its_room_does),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
