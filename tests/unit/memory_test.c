// SPDX-License-Identifier: Apache-2.0
/* Covers: XHM-DEBOUNCE-1 */
#include "core_bench.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <stdlib.h>

static struct xhm_core_bench *make_reported(void) {
    struct xhm_core_bench *bench = bench_make();

    bench_set_ladder(bench, 0, (struct xhm_ladder){1, {XHM_REACTION_REPORT}});
    bench_run_brake(bench);
    return bench;
}

static enum xhm_verdict verdict(const struct xhm_core_bench *bench) {
    return bench_verdict(bench, XHM_CHECK_MEMORY_SIZE, XHM_SCOPE_WHOLE);
}

/* Debounced, like the fault. */
static void the_verdict_says_what_the_fault_says(void **state) {
    struct xhm_core_bench *bench = bench_make();

    bench_set_ladder(bench, 0, (struct xhm_ladder){1, {XHM_REACTION_REPORT}});
    bench->policy.partitions[0].memory.debounce = (struct xhm_debounce_policy){64, 128};
    bench_restart(bench);
    bench_add_domain(bench, XHM_SIM_BRAKE, BENCH_BRAKE_DOMID);
    bench_step(bench);
    assert_int_equal(verdict(bench), XHM_VERDICT_UNKNOWN);
    bench->observation.domain_count = 0;
    bench_run_brake(bench);
    assert_int_equal(verdict(bench), XHM_VERDICT_CONFORMS);
    bench->observation.domains[0].memory_kib = 1;
    while (verdict(bench) == XHM_VERDICT_CONFORMS) {
        assert_false(bench_brake_has(bench, XHM_FAULT_MEMORY_SIZE));
        bench_step(bench);
    }
    assert_int_equal(verdict(bench), XHM_VERDICT_DEVIATES);
    assert_true(bench_raised(bench, XHM_FAULT_MEMORY_SIZE));
    free(bench);
}

static bool memory_is_a_fault(uint64_t memory_kib) {
    struct xhm_core_bench *bench = make_reported();

    bench->observation.domains[0].memory_kib = memory_kib;
    bench_step(bench);
    const bool fault = bench_brake_has(bench, XHM_FAULT_MEMORY_SIZE);
    free(bench);
    return fault;
}

static void memory_lies_within_its_slack(void **state) {
    assert_true(memory_is_a_fault(98304 - 1024 - 1));
    assert_false(memory_is_a_fault(98304 - 1024));
    assert_false(memory_is_a_fault(98304 + 1024));
    assert_true(memory_is_a_fault(98304 + 1024 + 1));
}

static bool limit_is_a_fault(uint64_t limit_kib) {
    struct xhm_core_bench *bench = make_reported();

    bench->observation.domains[0].memory_limit_kib = limit_kib;
    bench_step(bench);
    const bool fault = bench_brake_has(bench, XHM_FAULT_MEMORY_LIMIT);
    free(bench);
    return fault;
}

static void memory_limit_has_room_for_the_toolstack(void **state) {
    assert_false(limit_is_a_fault(98304 + 1024 + XHM_TOOLSTACK_MEMORY_KIB));
    assert_true(limit_is_a_fault(98304 + 1024 + XHM_TOOLSTACK_MEMORY_KIB + 1));
    assert_false(limit_is_a_fault(0));
}

/* Within the narrower slack is passed, beyond the wider one is failed; two steps of each. */
static void memory_is_debounced_between_two_slacks(void **state) {
    struct xhm_core_bench *bench = make_reported();
    struct xhm_domain_reading *domain = &bench->observation.domains[0];

    bench->policy.partitions[0].memory = (struct xhm_memory_policy){
        .size_kib = 98304, .slack_kib = 2048, .clear_slack_kib = 512, .debounce = {128, 128}};
    domain->memory_kib = 98304 + 2049;
    domain->memory_limit_kib = 98304 + XHM_TOOLSTACK_MEMORY_KIB + 2049;
    bench_step(bench);
    assert_false(bench_brake_has(bench, XHM_FAULT_MEMORY_SIZE));
    assert_false(bench_brake_has(bench, XHM_FAULT_MEMORY_LIMIT));
    bench_step(bench);
    assert_true(bench_brake_has(bench, XHM_FAULT_MEMORY_SIZE));
    assert_true(bench_brake_has(bench, XHM_FAULT_MEMORY_LIMIT));
    domain->memory_kib = 98304 - 513;
    domain->memory_limit_kib = 98304 + XHM_TOOLSTACK_MEMORY_KIB + 513;
    bench_steps(bench, 20);
    assert_true(bench_brake_has(bench, XHM_FAULT_MEMORY_SIZE));
    assert_true(bench_brake_has(bench, XHM_FAULT_MEMORY_LIMIT));
    domain->memory_kib = 98304 - 512;
    domain->memory_limit_kib = 98304 + XHM_TOOLSTACK_MEMORY_KIB + 512;
    bench_step(bench);
    assert_true(bench_brake_has(bench, XHM_FAULT_MEMORY_SIZE));
    bench_step(bench);
    assert_false(bench_brake_has(bench, XHM_FAULT_MEMORY_SIZE));
    assert_false(bench_brake_has(bench, XHM_FAULT_MEMORY_LIMIT));
    free(bench);
}

static void memory_is_unknown_while_the_partition_is_restarted(void **state) {
    static const enum xhm_partition_check checks[] = {XHM_CHECK_MEMORY_SIZE, XHM_CHECK_MEMORY_LIMIT};
    struct xhm_core_bench *bench = make_reported();

    for (size_t i = 0; i < sizeof(checks) / sizeof(checks[0]); i++) {
        assert_int_equal(bench_verdict(bench, checks[i], XHM_SCOPE_WHOLE), XHM_VERDICT_CONFORMS);
    }
    bench_order(bench, (struct xhm_order){.kind = XHM_ORDER_RESTART, .partition = XHM_SIM_BRAKE});
    bench_step(bench);
    assert_int_equal(bench_brake(bench)->life, XHM_LIFE_STOPPING);
    for (size_t i = 0; i < sizeof(checks) / sizeof(checks[0]); i++) {
        assert_int_equal(bench_verdict(bench, checks[i], XHM_SCOPE_WHOLE), XHM_VERDICT_UNKNOWN);
    }
    free(bench);
}

static void memory_that_is_not_declared_or_not_seen_is_not_judged(void **state) {
    struct xhm_core_bench *bench = make_reported();

    bench->observation.domains[0].memory_kib = 1;
    bench->observation.domains_sight = XHM_SIGHT_NOT_DUE;
    bench_steps(bench, 5);
    assert_false(bench_brake_has(bench, XHM_FAULT_MEMORY_SIZE));
    bench->observation.domains_sight = XHM_SIGHT_KNOWN;
    bench->policy.partitions[0].memory.size_kib = 0;
    bench_step(bench);
    assert_false(bench_brake_has(bench, XHM_FAULT_MEMORY_SIZE));
    free(bench);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_verdict_says_what_the_fault_says),
        cmocka_unit_test(memory_lies_within_its_slack),
        cmocka_unit_test(memory_limit_has_room_for_the_toolstack),
        cmocka_unit_test(memory_is_debounced_between_two_slacks),
        cmocka_unit_test(memory_is_unknown_while_the_partition_is_restarted),
        cmocka_unit_test(memory_that_is_not_declared_or_not_seen_is_not_judged),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
