// SPDX-License-Identifier: Apache-2.0
/* Covers: XHM-CACHE-1 */
#include "core_bench.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <stdlib.h>

#define STRANGER 20

static struct xhm_core_bench *make(struct xhm_cache_policy cache) {
    struct xhm_core_bench *bench = bench_make();

    bench_set_ladder(bench, 0, (struct xhm_ladder){1, {XHM_REACTION_REPORT}});
    bench_want_facts(bench);
    bench->policy.partitions[0].cache = cache;
    bench_restart(bench);
    bench_run_brake(bench);
    bench_add_domain(bench, XHM_SIM_INFOTAINMENT, STRANGER)->uuid.bytes[0] = 0xee;
    struct xhm_domain_facts *stranger = bench_add_domain_facts(bench, STRANGER);
    stranger->cache = XHM_FACTS_KNOWN;
    stranger->l3_mask[0] = 0xf0;
    stranger->l3_mask[1] = 0xf0;
    struct xhm_domain_facts *brake = bench_add_domain_facts(bench, BENCH_BRAKE_DOMID);
    brake->cache = XHM_FACTS_KNOWN;
    brake->l3_mask[0] = 0x0f;
    brake->l3_mask[1] = 0x0f;
    brake->bandwidth = XHM_FACTS_KNOWN;
    brake->bandwidth_percent = 50;
    return bench;
}

static enum xhm_verdict tell(struct xhm_core_bench *bench) {
    bench_tell_facts(bench);
    bench_step(bench);
    return bench_verdict(bench, XHM_CHECK_CACHE_ALLOCATION, XHM_SCOPE_WHOLE);
}

static struct xhm_domain_facts *stranger(struct xhm_core_bench *bench) {
    return &bench->facts.domain[0];
}

static struct xhm_domain_facts *brake(struct xhm_core_bench *bench) {
    return &bench->facts.domain[1];
}

static const struct xhm_cache_policy all = {.l3_mask = 0x0f, .exclusive = true, .bandwidth_percent = 50};

static void allocation_is_exact(void **state) {
    struct xhm_core_bench *bench = make(all);

    assert_int_equal(tell(bench), XHM_VERDICT_CONFORMS);
    brake(bench)->l3_mask[1] = 0x07;
    assert_int_equal(tell(bench), XHM_VERDICT_DEVIATES);
    assert_true(bench_raised(bench, XHM_FAULT_CACHE_ALLOCATION));
    assert_int_equal(bench->outcome.events[0].values[0], 0x0f);
    brake(bench)->l3_mask[1] = 0x0f;
    assert_int_equal(tell(bench), XHM_VERDICT_CONFORMS);
    assert_true(bench_cleared(bench, XHM_FAULT_CACHE_ALLOCATION));
    brake(bench)->l3_mask[0] = 0x1f;
    assert_int_equal(tell(bench), XHM_VERDICT_DEVIATES);
    brake(bench)->l3_mask[0] = 0x0f;
    brake(bench)->bandwidth_percent = 60;
    assert_int_equal(tell(bench), XHM_VERDICT_DEVIATES);
    free(bench);
}

static void a_mask_of_another_domain_is_a_fault(void **state) {
    struct xhm_core_bench *bench = make(all);

    for (unsigned socket = 0; socket < 2; socket++) {
        stranger(bench)->l3_mask[socket] = 0xf8;
        assert_int_equal(tell(bench), XHM_VERDICT_DEVIATES);
        assert_true(bench_raised(bench, XHM_FAULT_CACHE_ALLOCATION));
        stranger(bench)->l3_mask[socket] = 0xf0;
        assert_int_equal(tell(bench), XHM_VERDICT_CONFORMS);
    }
    stranger(bench)->cache = XHM_FACTS_UNKNOWN;
    assert_int_equal(tell(bench), XHM_VERDICT_UNKNOWN);
    stranger(bench)->domid++;
    assert_int_equal(tell(bench), XHM_VERDICT_UNKNOWN);
    bench->observation.domain_count = 1;
    assert_int_equal(tell(bench), XHM_VERDICT_CONFORMS);
    free(bench);
}

static void only_what_is_declared_counts(void **state) {
    struct xhm_core_bench *bench = make((struct xhm_cache_policy){.l3_mask = 0x0f});

    brake(bench)->bandwidth = XHM_FACTS_UNKNOWN;
    stranger(bench)->l3_mask[0] = 0xff;
    assert_int_equal(tell(bench), XHM_VERDICT_CONFORMS);
    free(bench);
    bench = make((struct xhm_cache_policy){.bandwidth_percent = 50});
    brake(bench)->cache = XHM_FACTS_UNKNOWN;
    assert_int_equal(tell(bench), XHM_VERDICT_CONFORMS);
    free(bench);
    bench = make((struct xhm_cache_policy){0});
    assert_int_equal(tell(bench), XHM_VERDICT_UNDECLARED);
    free(bench);
}

/* The worst of what is declared: a deviation before what is unknown, and that before what the host has not. */
static void what_the_host_has_not_is_not_fine(void **state) {
    struct xhm_core_bench *bench = make(all);

    brake(bench)->cache = XHM_FACTS_NOT_AVAILABLE;
    assert_int_equal(tell(bench), XHM_VERDICT_NOT_AVAILABLE);
    brake(bench)->bandwidth = XHM_FACTS_UNKNOWN;
    assert_int_equal(tell(bench), XHM_VERDICT_UNKNOWN);
    brake(bench)->cache = XHM_FACTS_KNOWN;
    brake(bench)->l3_mask[0] = 1;
    assert_int_equal(tell(bench), XHM_VERDICT_DEVIATES);
    bench_steps(bench, 400);
    assert_int_equal(bench_verdict(bench, XHM_CHECK_CACHE_ALLOCATION, XHM_SCOPE_WHOLE), XHM_VERDICT_UNKNOWN);
    free(bench);
}

static void a_restart_does_not_heal_it(void **state) {
    struct xhm_core_bench *bench = make(all);

    bench_set_ladder(bench, 0, (struct xhm_ladder){1, {XHM_REACTION_RESTART}});
    brake(bench)->l3_mask[0] = 1;
    tell(bench);
    assert_true(bench_brake_has(bench, XHM_FAULT_CACHE_ALLOCATION));
    assert_int_equal(bench_brake(bench)->life, XHM_LIFE_RUNNING);
    free(bench);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(allocation_is_exact),          cmocka_unit_test(a_mask_of_another_domain_is_a_fault),
        cmocka_unit_test(only_what_is_declared_counts), cmocka_unit_test(what_the_host_has_not_is_not_fine),
        cmocka_unit_test(a_restart_does_not_heal_it),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
