// SPDX-License-Identifier: Apache-2.0
/* Covers: XHM-CPUPOOL-1 */
#include "core_bench.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

static void declare(struct xhm_policy *policy) {
    policy->cpupool_count = 2;
    policy->cpupools[0] = (struct xhm_cpupool_policy){.name = "rest", .pcpus = {{0xc}}};
    policy->cpupools[1] = (struct xhm_cpupool_policy){.name = "rt",
                                                      .scheduler = XHM_SCHEDULER_ARINC653,
                                                      .major_frame_ns = 10 * XHM_SIM_MS,
                                                      .frame_count = 3,
                                                      .frames = {{1 + XHM_SIM_BRAKE, 0, 4 * XHM_SIM_MS},
                                                                 {0, 0, 2 * XHM_SIM_MS},
                                                                 {1 + XHM_SIM_FUSION, 1, 4 * XHM_SIM_MS}}};
    policy->partitions[XHM_SIM_BRAKE].cpupool_number = 2;
}

/* As declared. */
static void set_facts(struct xhm_core_bench *bench) {
    bench->facts.cpupools.count = 0;
    bench_add_cpupool(bench, 0, "Pool-0", XHM_SCHEDULER_CREDIT2, 0x1);
    bench_add_cpupool(bench, 3, "rest", XHM_SCHEDULER_CREDIT2, 0xc);
    struct xhm_cpupool_facts *pool = bench_add_cpupool(bench, 5, "rt", XHM_SCHEDULER_ARINC653, 0x2);

    pool->schedule = XHM_FACTS_KNOWN;
    pool->major_frame_ns = 10 * XHM_SIM_MS;
    pool->frame_count = 3;
    pool->frames[0] =
        (struct xhm_frame_facts){bench->policy.partitions[XHM_SIM_BRAKE].identity.uuid, 0, 4 * XHM_SIM_MS};
    pool->frames[1] = (struct xhm_frame_facts){.vcpu = 7, .duration_ns = 2 * XHM_SIM_MS};
    pool->frames[2] =
        (struct xhm_frame_facts){bench->policy.partitions[XHM_SIM_FUSION].identity.uuid, 1, 4 * XHM_SIM_MS};
}

static struct xhm_core_bench *make(void) {
    struct xhm_core_bench *bench = bench_make();

    bench_set_ladder(bench, 0, (struct xhm_ladder){1, {XHM_REACTION_REPORT}});
    bench_want_facts(bench);
    declare(&bench->policy);
    bench_restart(bench);
    bench_run_brake(bench);
    bench->observation.domains[0].cpupool_id = 5;
    set_facts(bench);
    return bench;
}

static void tell(struct xhm_core_bench *bench) {
    bench_tell_facts(bench);
    bench_step(bench);
}

static enum xhm_verdict host(const struct xhm_core_bench *bench, enum xhm_platform_check check) {
    return bench_host_verdict(bench, check, 1);
}

static enum xhm_verdict membership(const struct xhm_core_bench *bench) {
    return bench_verdict(bench, XHM_CHECK_CPUPOOL_MEMBERSHIP, XHM_SCOPE_WHOLE);
}

static void what_is_as_declared_conforms(void **state) {
    struct xhm_core_bench *bench = make();

    assert_int_equal(host(bench, XHM_CHECK_CPUPOOL_MISSING), XHM_VERDICT_UNKNOWN);
    bench_step(bench);
    assert_int_equal(membership(bench), XHM_VERDICT_UNKNOWN);
    tell(bench);
    assert_int_equal(bench->outcome.event_count, 0);
    assert_int_equal(membership(bench), XHM_VERDICT_CONFORMS);
    assert_int_equal(host(bench, XHM_CHECK_CPUPOOL_MISSING), XHM_VERDICT_CONFORMS);
    assert_int_equal(host(bench, XHM_CHECK_CPUPOOL_PCPUS), XHM_VERDICT_UNDECLARED);
    assert_int_equal(host(bench, XHM_CHECK_SCHEDULER_KIND), XHM_VERDICT_CONFORMS);
    assert_int_equal(host(bench, XHM_CHECK_SCHEDULE_FRAMES), XHM_VERDICT_CONFORMS);
    assert_int_equal(bench_host_verdict(bench, XHM_CHECK_CPUPOOL_PCPUS, 0), XHM_VERDICT_CONFORMS);
    assert_int_equal(bench_host_verdict(bench, XHM_CHECK_SCHEDULER_KIND, 0), XHM_VERDICT_UNDECLARED);
    free(bench);
}

/* The domain list is compared as soon as it is read. */
static void membership_is_by_name(void **state) {
    struct xhm_core_bench *bench = make();

    tell(bench);
    bench->observation.domains[0].cpupool_id = 0;
    bench_step(bench);
    assert_true(bench_raised(bench, XHM_FAULT_CPUPOOL_MEMBERSHIP));
    assert_int_equal(membership(bench), XHM_VERDICT_DEVIATES);
    strcpy(bench->facts.cpupools.pools[0].name, "rt");
    strcpy(bench->facts.cpupools.pools[2].name, "Pool-0");
    tell(bench);
    assert_true(bench_cleared(bench, XHM_FAULT_CPUPOOL_MEMBERSHIP));
    bench->observation.domains_sight = XHM_SIGHT_NOT_DUE;
    bench->observation.domains[0].cpupool_id = 3;
    bench_step(bench);
    assert_int_equal(membership(bench), XHM_VERDICT_CONFORMS);
    free(bench);
}

static void membership_is_unknown_before_health_and_with_old_facts(void **state) {
    struct xhm_core_bench *bench = make();

    tell(bench);
    bench_brake(bench)->life = XHM_LIFE_STARTING;
    bench_step(bench);
    assert_int_equal(membership(bench), XHM_VERDICT_UNKNOWN);
    bench_brake(bench)->life = XHM_LIFE_RUNNING;
    bench_step(bench);
    assert_int_equal(membership(bench), XHM_VERDICT_CONFORMS);
    bench_steps(bench, 400);
    assert_int_equal(membership(bench), XHM_VERDICT_UNKNOWN);
    assert_int_equal(host(bench, XHM_CHECK_CPUPOOL_MISSING), XHM_VERDICT_UNKNOWN);
    free(bench);
}

static void a_missing_cpupool_is_missing_and_nothing_else(void **state) {
    static const enum xhm_platform_check others[] = {XHM_CHECK_SCHEDULER_KIND, XHM_CHECK_SCHEDULE_FRAMES};
    struct xhm_core_bench *bench = make();

    tell(bench);
    for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
        assert_int_equal(host(bench, others[i]), XHM_VERDICT_CONFORMS);
    }
    bench->facts.cpupools.count = 2;
    tell(bench);
    assert_true(bench_raised(bench, XHM_FAULT_CPUPOOL_MISSING));
    assert_int_equal(bench->core.fault_scopes[XHM_FAULT_CPUPOOL_MISSING], UINT64_C(1) << 1);
    for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
        assert_int_equal(host(bench, others[i]), XHM_VERDICT_UNKNOWN);
    }
    assert_int_equal(membership(bench), XHM_VERDICT_DEVIATES);
    assert_int_equal(bench->core.status, XHM_STATUS_FAILED);
    assert_int_equal(bench_host_verdict(bench, XHM_CHECK_CPUPOOL_PCPUS, 0), XHM_VERDICT_CONFORMS);
    bench->facts.cpupools.count = 1;
    tell(bench);
    assert_int_equal(bench_host_verdict(bench, XHM_CHECK_CPUPOOL_PCPUS, 0), XHM_VERDICT_UNKNOWN);
    set_facts(bench);
    tell(bench);
    assert_true(bench_cleared(bench, XHM_FAULT_CPUPOOL_MISSING));
    free(bench);
}

static void what_does_not_fit_may_be_there(void **state) {
    struct xhm_core_bench *bench = make();

    bench->facts.cpupools.count = 2;
    bench->facts.cpupools.more = true;
    tell(bench);
    assert_int_equal(host(bench, XHM_CHECK_CPUPOOL_MISSING), XHM_VERDICT_UNKNOWN);
    assert_int_equal(membership(bench), XHM_VERDICT_UNKNOWN);
    bench->facts.cpupools.more = false;
    bench->facts.cpupools.availability = XHM_FACTS_UNKNOWN;
    tell(bench);
    assert_int_equal(host(bench, XHM_CHECK_CPUPOOL_MISSING), XHM_VERDICT_UNKNOWN);
    assert_int_equal(membership(bench), XHM_VERDICT_UNKNOWN);
    bench->facts.cpupools.availability = XHM_FACTS_NOT_AVAILABLE;
    tell(bench);
    assert_int_equal(host(bench, XHM_CHECK_CPUPOOL_MISSING), XHM_VERDICT_NOT_AVAILABLE);
    assert_int_equal(bench->core.fault_scopes[XHM_FAULT_CPUPOOL_MISSING], 0);
    free(bench);
}

static void pcpus_and_scheduler_are_exact(void **state) {
    struct xhm_core_bench *bench = make();

    bench->facts.cpupools.pools[1].pcpus.words[0] = 0x4;
    tell(bench);
    assert_true(bench_raised(bench, XHM_FAULT_CPUPOOL_PCPUS));
    assert_int_equal(bench->outcome.events[0].values[0], 0);
    assert_int_equal(bench->outcome.events[0].values[1], 0x4);
    bench->facts.cpupools.pools[2].scheduler = XHM_SCHEDULER_NULL;
    tell(bench);
    assert_true(bench_raised(bench, XHM_FAULT_SCHEDULER_KIND));
    assert_true(bench_raised(bench, XHM_FAULT_SCHEDULE_FRAMES));
    assert_int_equal(bench->outcome.events[0].values[0], 1);
    assert_int_equal(bench->outcome.events[0].values[1], XHM_SCHEDULER_NULL);
    set_facts(bench);
    tell(bench);
    assert_true(bench_cleared(bench, XHM_FAULT_CPUPOOL_PCPUS));
    assert_true(bench_cleared(bench, XHM_FAULT_SCHEDULER_KIND));
    assert_true(bench_cleared(bench, XHM_FAULT_SCHEDULE_FRAMES));
    free(bench);
}

/* One change each, and the frame that is told. */
static void a_schedule_is_exact(void **state) {
    static const struct {
        size_t offset;
        uint64_t frame;
    } changes[] = {
        {offsetof(struct xhm_cpupool_facts, major_frame_ns), 3},
        {offsetof(struct xhm_cpupool_facts, frames[0].uuid), 0},
        {offsetof(struct xhm_cpupool_facts, frames[0].vcpu), 0},
        {offsetof(struct xhm_cpupool_facts, frames[1].uuid), 1},
        {offsetof(struct xhm_cpupool_facts, frames[1].duration_ns), 1},
        {offsetof(struct xhm_cpupool_facts, frames[2].duration_ns), 2},
    };

    for (size_t i = 0; i < sizeof(changes) / sizeof(changes[0]); i++) {
        struct xhm_core_bench *bench = make();
        ((unsigned char *)&bench->facts.cpupools.pools[2])[changes[i].offset] ^= 0x10;
        tell(bench);
        assert_int_equal(host(bench, XHM_CHECK_SCHEDULE_FRAMES), XHM_VERDICT_DEVIATES);
        assert_int_equal(bench->outcome.events[0].values[1], changes[i].frame);
        free(bench);
    }
}

static void a_schedule_has_as_many_frames(void **state) {
    struct xhm_core_bench *bench = make();

    bench->facts.cpupools.pools[2].frame_count = 2;
    tell(bench);
    assert_true(bench_raised(bench, XHM_FAULT_SCHEDULE_FRAMES));
    assert_int_equal(bench->outcome.events[0].values[1], 2);
    set_facts(bench);
    tell(bench);
    bench->facts.cpupools.pools[2].frame_count = 40;
    tell(bench);
    assert_true(bench_raised(bench, XHM_FAULT_SCHEDULE_FRAMES));
    assert_int_equal(bench->outcome.events[0].values[1], 3);
    free(bench);
}

static void a_schedule_that_could_not_be_read_is_unknown(void **state) {
    struct xhm_core_bench *bench = make();

    bench->facts.cpupools.pools[2].schedule = XHM_FACTS_UNKNOWN;
    tell(bench);
    assert_int_equal(host(bench, XHM_CHECK_SCHEDULE_FRAMES), XHM_VERDICT_UNKNOWN);
    free(bench);
}

/* Who has no UUID declared has that of his instance. */
static void a_frame_of_an_unknown_handle_is_unknown(void **state) {
    struct xhm_core_bench *bench = make();

    bench->policy.partitions[XHM_SIM_FUSION].identity.kind = XHM_IDENTITY_STATIC_DOMID;
    bench->policy.partitions[XHM_SIM_FUSION].identity.domid = BENCH_FUSION_DOMID;
    tell(bench);
    assert_int_equal(host(bench, XHM_CHECK_SCHEDULE_FRAMES), XHM_VERDICT_UNKNOWN);
    bench_add_domain(bench, XHM_SIM_FUSION, BENCH_FUSION_DOMID);
    tell(bench);
    assert_int_equal(host(bench, XHM_CHECK_SCHEDULE_FRAMES), XHM_VERDICT_CONFORMS);
    free(bench);
}

/* While the ECU starts, cpupools are still being made. */
static void outside_of_mode_run_the_host_is_not_judged(void **state) {
    struct xhm_core_bench *bench = make();

    bench->facts.cpupools.count = 1;
    tell(bench);
    assert_int_not_equal(bench->core.fault_scopes[XHM_FAULT_CPUPOOL_MISSING], 0);
    bench->core.mode = XHM_MODE_STARTUP;
    tell(bench);
    assert_int_equal(bench->core.fault_scopes[XHM_FAULT_CPUPOOL_MISSING], 0);
    assert_int_equal(host(bench, XHM_CHECK_CPUPOOL_MISSING), XHM_VERDICT_UNKNOWN);
    free(bench);
}

static void a_new_policy_ends_faults_of_the_host(void **state) {
    struct xhm_core_bench *bench = make();
    static struct xhm_policy policy;
    uint32_t origin[XHM_MAX_PARTITIONS];

    bench->facts.cpupools.count = 1;
    tell(bench);
    policy = bench->policy;
    core_apply_policy(&bench->core, &policy, &bench->scratch, origin, &bench->outcome);
    assert_false(bench_cleared(bench, XHM_FAULT_CPUPOOL_MISSING));
    assert_int_equal(host(bench, XHM_CHECK_CPUPOOL_MISSING), XHM_VERDICT_DEVIATES);
    bench->core.policy = &bench->policy;
    policy.cpupool_count = 1;
    policy.partitions[XHM_SIM_BRAKE].cpupool_number = 0;
    core_apply_policy(&bench->core, &policy, &bench->scratch, origin, &bench->outcome);
    assert_true(bench_cleared(bench, XHM_FAULT_CPUPOOL_MISSING));
    assert_true(bench_cleared(bench, XHM_FAULT_CPUPOOL_MEMBERSHIP));
    assert_int_equal(host(bench, XHM_CHECK_CPUPOOL_MISSING), XHM_VERDICT_UNDECLARED);
    assert_int_equal(bench_host_verdict(bench, XHM_CHECK_CPUPOOL_MISSING, 0), XHM_VERDICT_UNKNOWN);
    free(bench);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_as_declared_conforms),
        cmocka_unit_test(membership_is_by_name),
        cmocka_unit_test(membership_is_unknown_before_health_and_with_old_facts),
        cmocka_unit_test(a_missing_cpupool_is_missing_and_nothing_else),
        cmocka_unit_test(what_does_not_fit_may_be_there),
        cmocka_unit_test(pcpus_and_scheduler_are_exact),
        cmocka_unit_test(a_schedule_is_exact),
        cmocka_unit_test(a_schedule_has_as_many_frames),
        cmocka_unit_test(a_schedule_that_could_not_be_read_is_unknown),
        cmocka_unit_test(a_frame_of_an_unknown_handle_is_unknown),
        cmocka_unit_test(outside_of_mode_run_the_host_is_not_judged),
        cmocka_unit_test(a_new_policy_ends_faults_of_the_host),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
