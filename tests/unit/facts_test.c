// SPDX-License-Identifier: Apache-2.0
/* Covers: XHM-FACTS-1 */
#include "core_bench.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <stdlib.h>

static struct xhm_core_bench *make_wanting(void) {
    struct xhm_core_bench *bench = bench_make();

    bench_set_ladder(bench, 0, (struct xhm_ladder){1, {XHM_REACTION_REPORT}});
    bench_want_facts(bench);
    bench->policy.platform.pcpus_online = 4;
    bench->facts.host = (struct xhm_host_facts){.availability = XHM_FACTS_KNOWN, .pcpus_online = 4};
    bench_restart(bench);
    return bench;
}

static bool is_stale(const struct xhm_core_bench *bench) {
    return bench->core.fault_scopes[XHM_FAULT_FACTS_STALE] != 0;
}

static void without_being_wanted_they_are_never_stale_nor_known(void **state) {
    struct xhm_core_bench *bench = bench_make();

    bench_tell_facts(bench);
    bench_steps(bench, 1000);
    assert_false(is_stale(bench));
    assert_false(bench->core.facts.known);
    free(bench);
}

static void the_first_set_may_take_as_long_as_a_set_may_be_old(void **state) {
    struct xhm_core_bench *bench = make_wanting();

    bench_steps(bench, 301);
    assert_false(is_stale(bench));
    bench_step(bench);
    assert_true(bench_raised(bench, XHM_FAULT_FACTS_STALE));
    bench_tell_facts(bench);
    bench_step(bench);
    assert_true(bench_cleared(bench, XHM_FAULT_FACTS_STALE));
    assert_true(bench->core.facts.known);
    free(bench);
}

static void an_empty_set_is_none(void **state) {
    struct xhm_core_bench *bench = make_wanting();

    bench->observation.facts = &bench->facts;
    bench_step(bench);
    assert_false(bench->core.facts.news);
    assert_false(bench->core.facts.known);
    free(bench);
}

static void a_set_is_known_until_it_is_too_old(void **state) {
    struct xhm_core_bench *bench = make_wanting();

    bench_steps(bench, 100);
    bench_tell_facts(bench);
    bench->facts.gathered_ns -= XHM_SIM_S / 2;
    bench_step(bench);
    assert_true(bench->core.facts.news);
    bench_steps(bench, 250);
    assert_false(bench->core.facts.news);
    assert_true(bench->core.facts.known);
    bench_step(bench);
    assert_true(is_stale(bench));
    assert_false(bench->core.facts.known);
    free(bench);
}

/* It was gathered long ago, and only arrives now. */
static void a_set_that_comes_too_late_is_not_known(void **state) {
    struct xhm_core_bench *bench = make_wanting();

    bench_steps(bench, 500);
    bench_tell_facts(bench);
    bench->facts.gathered_ns -= 4 * XHM_SIM_S;
    bench_step(bench);
    assert_true(is_stale(bench));
    assert_false(bench->core.facts.known);
    free(bench);
}

static void a_date_that_is_still_to_come_is_now(void **state) {
    struct xhm_core_bench *bench = make_wanting();

    bench_tell_facts(bench);
    bench->facts.gathered_ns += 100 * XHM_SIM_S;
    bench_step(bench);
    assert_true(bench->core.facts.known);
    bench_steps(bench, 301);
    assert_true(is_stale(bench));
    free(bench);
}

/* The agent could not tell anything new to a supervisor that did not run. */
static void time_in_which_the_supervisor_did_not_run_ages_nothing(void **state) {
    struct xhm_core_bench *bench = make_wanting();

    bench_tell_facts(bench);
    bench_step(bench);
    bench->observation.now_ns += 60 * XHM_SIM_S;
    bench_step(bench);
    assert_false(is_stale(bench));
    bench_tell_facts(bench);
    bench->facts.gathered_ns -= 30 * XHM_SIM_S;
    bench_step(bench);
    assert_true(bench->core.facts.known);
    bench_steps(bench, 300);
    assert_true(is_stale(bench));
    free(bench);
}

static void another_host_awaits_another_set(void **state) {
    struct xhm_core_bench *bench = make_wanting();
    static struct xhm_policy policy;
    uint32_t origin[XHM_MAX_PARTITIONS];

    bench_tell_facts(bench);
    bench_steps(bench, 2);
    policy = bench->policy;
    core_apply_policy(&bench->core, &policy, &bench->scratch, origin, &bench->outcome);
    bench_step(bench);
    assert_true(bench->core.facts.known);
    policy.platform.pcpus_online = 8;
    bench->policy.platform.pcpus_online = 4;
    bench->core.policy = &bench->policy;
    core_apply_policy(&bench->core, &policy, &bench->scratch, origin, &bench->outcome);
    bench_step(bench);
    assert_false(bench->core.facts.known);
    assert_false(is_stale(bench));
    bench_tell_facts(bench);
    bench_step(bench);
    assert_true(bench->core.facts.known);
    free(bench);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(without_being_wanted_they_are_never_stale_nor_known),
        cmocka_unit_test(the_first_set_may_take_as_long_as_a_set_may_be_old),
        cmocka_unit_test(an_empty_set_is_none),
        cmocka_unit_test(a_set_is_known_until_it_is_too_old),
        cmocka_unit_test(a_set_that_comes_too_late_is_not_known),
        cmocka_unit_test(a_date_that_is_still_to_come_is_now),
        cmocka_unit_test(time_in_which_the_supervisor_did_not_run_ages_nothing),
        cmocka_unit_test(another_host_awaits_another_set),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
