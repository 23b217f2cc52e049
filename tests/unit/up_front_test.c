// SPDX-License-Identifier: Apache-2.0
/* Covers: XHM-UPFRONT-1 */
#include "core_bench.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <stdlib.h>

static struct xhm_core_bench *make(void) {
    struct xhm_core_bench *bench = bench_make();

    bench_set_ladder(bench, 0, (struct xhm_ladder){1, {XHM_REACTION_REPORT}});
    bench_want_facts(bench);
    bench->policy.partitions[0].memory.up_front = true;
    bench_restart(bench);
    bench_run_brake(bench);
    bench_add_domain_facts(bench, BENCH_BRAKE_DOMID)->pod = XHM_FACTS_KNOWN;
    return bench;
}

static enum xhm_verdict tell(struct xhm_core_bench *bench) {
    bench_tell_facts(bench);
    bench_step(bench);
    return bench_verdict(bench, XHM_CHECK_MEMORY_NOT_UP_FRONT, XHM_SCOPE_WHOLE);
}

static enum xhm_verdict list(struct xhm_core_bench *bench) {
    bench_step(bench);
    return bench_verdict(bench, XHM_CHECK_MEMORY_NOT_UP_FRONT, XHM_SCOPE_WHOLE);
}

static void what_is_all_there_conforms(void **state) {
    struct xhm_core_bench *bench = make();

    assert_int_equal(list(bench), XHM_VERDICT_UNKNOWN);
    assert_int_equal(tell(bench), XHM_VERDICT_CONFORMS);
    bench->facts.domain[0].pod = XHM_FACTS_NOT_AVAILABLE;
    bench->facts.domain[0].pod_kib = 4;
    assert_int_equal(tell(bench), XHM_VERDICT_CONFORMS);
    assert_int_equal(bench->outcome.event_count, 0);
    free(bench);
}

static void each_way_of_not_being_there_is_a_fault(void **state) {
    for (unsigned i = 0; i < 4; i++) {
        struct xhm_core_bench *bench = make();
        struct xhm_domain_reading *domain = &bench->observation.domains[0];
        uint64_t *const values[] = {&bench->facts.domain[0].pod_kib, &domain->paged_kib, &domain->outstanding_kib,
                                    &domain->shared_kib};
        *values[i] = 4;
        assert_int_equal(tell(bench), XHM_VERDICT_DEVIATES);
        assert_true(bench_raised(bench, XHM_FAULT_MEMORY_NOT_UP_FRONT));
        assert_int_equal(bench->outcome.events[0].values[0], i < 3 ? 4 : 0);
        assert_int_equal(bench->outcome.events[0].values[1], i < 3 ? 0 : 4);
        *values[i] = 0;
        assert_int_equal(tell(bench), XHM_VERDICT_CONFORMS);
        assert_true(bench_cleared(bench, XHM_FAULT_MEMORY_NOT_UP_FRONT));
        free(bench);
    }
}

static void it_is_unknown_while_the_partition_is_restarted(void **state) {
    struct xhm_core_bench *bench = make();

    assert_int_equal(tell(bench), XHM_VERDICT_CONFORMS);
    bench_order(bench, (struct xhm_order){.kind = XHM_ORDER_RESTART, .partition = XHM_SIM_BRAKE});
    assert_int_equal(list(bench), XHM_VERDICT_UNKNOWN);
    free(bench);
}

/* What the hypervisor tells needs no facts to be a fault. */
static void without_facts_it_is_unknown_or_a_fault(void **state) {
    struct xhm_core_bench *bench = make();

    bench->facts.domain[0].pod = XHM_FACTS_UNKNOWN;
    assert_int_equal(tell(bench), XHM_VERDICT_UNKNOWN);
    bench->observation.domains[0].shared_kib = 4;
    assert_int_equal(list(bench), XHM_VERDICT_DEVIATES);
    bench->observation.domains[0].shared_kib = 0;
    assert_int_equal(list(bench), XHM_VERDICT_UNKNOWN);
    assert_true(bench_brake_has(bench, XHM_FAULT_MEMORY_NOT_UP_FRONT));
    bench->facts.domain[0].pod = XHM_FACTS_KNOWN;
    bench->facts.domain[0].pod_kib = 4;
    tell(bench);
    bench_steps(bench, 400);
    assert_int_equal(list(bench), XHM_VERDICT_UNKNOWN);
    assert_true(bench_brake_has(bench, XHM_FAULT_MEMORY_NOT_UP_FRONT));
    free(bench);
}

static void facts_of_another_instance_say_nothing(void **state) {
    struct xhm_core_bench *bench = make();

    bench->facts.domain[0].uuid.bytes[0] ^= 1;
    assert_int_equal(tell(bench), XHM_VERDICT_UNKNOWN);
    bench->facts.domain[0].uuid.bytes[0] ^= 1;
    bench->facts.domain[0].domid++;
    assert_int_equal(tell(bench), XHM_VERDICT_UNKNOWN);
    bench->facts.domain[0].domid--;
    bench->facts.domains = XHM_FACTS_UNKNOWN;
    assert_int_equal(tell(bench), XHM_VERDICT_UNKNOWN);
    bench->facts.domains = XHM_FACTS_KNOWN;
    assert_int_equal(tell(bench), XHM_VERDICT_CONFORMS);
    free(bench);
}

/* The toolstack was still building it when they were gathered. */
static void facts_from_before_health_say_nothing(void **state) {
    struct xhm_core_bench *bench = make();

    bench_steps(bench, 100);
    bench_brake(bench)->life_since_ns = bench->core.supervised_ns;
    bench_tell_facts(bench);
    bench->facts.gathered_ns -= XHM_SIM_S / 2;
    bench_step(bench);
    assert_int_equal(bench_verdict(bench, XHM_CHECK_MEMORY_NOT_UP_FRONT, XHM_SCOPE_WHOLE), XHM_VERDICT_UNKNOWN);
    assert_int_equal(tell(bench), XHM_VERDICT_CONFORMS);
    bench_brake(bench)->life = XHM_LIFE_STARTING;
    bench->observation.domains[0].shared_kib = 4;
    assert_int_equal(tell(bench), XHM_VERDICT_UNKNOWN);
    assert_false(bench_brake_has(bench, XHM_FAULT_MEMORY_NOT_UP_FRONT));
    free(bench);
}

static void without_a_domain_list_nothing_is_compared(void **state) {
    struct xhm_core_bench *bench = make();

    tell(bench);
    bench->observation.domains_sight = XHM_SIGHT_NOT_DUE;
    bench->facts.domain[0].pod_kib = 4;
    assert_int_equal(tell(bench), XHM_VERDICT_CONFORMS);
    free(bench);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_all_there_conforms),
        cmocka_unit_test(each_way_of_not_being_there_is_a_fault),
        cmocka_unit_test(it_is_unknown_while_the_partition_is_restarted),
        cmocka_unit_test(without_facts_it_is_unknown_or_a_fault),
        cmocka_unit_test(facts_of_another_instance_say_nothing),
        cmocka_unit_test(facts_from_before_health_say_nothing),
        cmocka_unit_test(without_a_domain_list_nothing_is_compared),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
