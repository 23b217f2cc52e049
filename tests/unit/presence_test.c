// SPDX-License-Identifier: Apache-2.0
/* Covers: XHM-PRESENCE-1 XHM-PRESENCE-2 */
#include "core_bench.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

static void an_instance_is_followed_by_its_uuid(void **state) {
    struct xhm_core_bench *bench = bench_make();

    bench_add_domain(bench, XHM_SIM_BRAKE, 77);
    bench_step(bench);
    assert_int_equal(bench_events(bench, XHM_EVENT_INSTANCE_STARTED, XHM_SIM_BRAKE), 1);
    assert_int_equal(bench_action(bench, XHM_ACTION_FOLLOW)->domid, 77);
    assert_memory_equal(&bench_action(bench, XHM_ACTION_FOLLOW)->uuid,
                        &bench->policy.partitions[XHM_SIM_BRAKE].identity.uuid, sizeof(struct xhm_uuid));
    assert_int_equal(bench->core.partitions[XHM_SIM_FUSION].life, XHM_LIFE_ABSENT);
    free(bench);
}

static void a_fixed_domid_or_dom0_needs_no_uuid(void **state) {
    struct xhm_core_bench *bench = bench_make();

    bench->policy.partitions[0].identity = (struct xhm_identity){.kind = XHM_IDENTITY_STATIC_DOMID, .domid = 9};
    bench->policy.partitions[1].identity = (struct xhm_identity){.kind = XHM_IDENTITY_DOM0};
    bench_add_domain(bench, 2, 9)->uuid.bytes[0] = 0xaa;
    bench_add_domain(bench, 2, 0)->uuid.bytes[0] = 0xbb;
    bench_step(bench);
    assert_int_equal(bench->core.partitions[0].domid, 9);
    assert_true(bench->core.partitions[0].following);
    assert_int_equal(bench_action(bench, XHM_ACTION_FOLLOW)->uuid.bytes[0], 0xaa);
    assert_true(bench->core.partitions[1].following);
    assert_int_equal(bench->core.partitions[1].domid, 0);
    free(bench);
}

static void dying_entries_never_match(void **state) {
    struct xhm_core_bench *bench = bench_make();

    bench_add_domain(bench, XHM_SIM_BRAKE, 4)->dying = true;
    bench_step(bench);
    assert_false(bench_brake(bench)->instance_known);
    free(bench);
}

static void shut_down_entries_do_not_hide_a_live_one(void **state) {
    struct xhm_core_bench *bench = bench_make();

    bench_add_domain(bench, XHM_SIM_BRAKE, 4)->shutdown = true;
    bench_add_domain(bench, XHM_SIM_BRAKE, 5);
    bench_step(bench);
    assert_int_equal(bench_brake(bench)->domid, 5);
    assert_false(bench_brake_has(bench, XHM_FAULT_IDENTITY_AMBIGUOUS));
    free(bench);
}

static void two_live_entries_are_a_fault_and_the_followed_one_stays(void **state) {
    struct xhm_core_bench *bench = bench_make();

    bench_run_brake(bench);
    bench->observation.domains[1] = bench->observation.domains[0];
    bench->observation.domains[0].domid = 3;
    bench->observation.domain_count = 2;
    bench_step(bench);
    assert_true(bench_raised(bench, XHM_FAULT_IDENTITY_AMBIGUOUS));
    assert_int_equal(bench_brake(bench)->domid, BENCH_BRAKE_DOMID);
    assert_null(bench_action(bench, XHM_ACTION_STOP));
    bench->observation.domains[0].shutdown = true;
    bench_step(bench);
    assert_true(bench_cleared(bench, XHM_FAULT_IDENTITY_AMBIGUOUS));
    free(bench);
}

static void each_reason_of_a_shutdown_is_named(void **state) {
    for (uint8_t reason = XHM_SHUTDOWN_POWEROFF; reason <= XHM_SHUTDOWN_SOFT_RESET; reason++) {
        struct xhm_core_bench *bench = bench_make();
        const bool crash = reason == XHM_SHUTDOWN_CRASH;
        bench_run_brake(bench);
        bench->observation.domains[0].shutdown = true;
        bench->observation.domains[0].reason = reason;
        bench_step(bench);
        assert_true(bench_raised(bench, crash ? XHM_FAULT_PARTITION_CRASHED : XHM_FAULT_PARTITION_STOPPED));
        assert_non_null(bench_action(bench, XHM_ACTION_RELEASE));
        assert_int_equal(bench_action(bench, XHM_ACTION_RELEASE)->domid, BENCH_BRAKE_DOMID);
        free(bench);
    }
}

static void a_vanished_instance_is_missing(void **state) {
    struct xhm_core_bench *bench = bench_make();

    bench_run_brake(bench);
    bench->observation.domain_count = 0;
    bench_step(bench);
    assert_true(bench_raised(bench, XHM_FAULT_PARTITION_MISSING));
    assert_int_equal(bench_events(bench, XHM_EVENT_INSTANCE_ENDED, XHM_SIM_BRAKE), 1);
    free(bench);
}

static void a_reused_domid_of_another_uuid_is_not_the_instance(void **state) {
    struct xhm_core_bench *bench = bench_make();

    bench_run_brake(bench);
    memset(&bench->observation.domains[0].uuid, 0x99, sizeof(struct xhm_uuid));
    bench_step(bench);
    assert_true(bench_raised(bench, XHM_FAULT_PARTITION_MISSING));
    assert_null(bench_action(bench, XHM_ACTION_STOP));
    free(bench);
}

/* Both within one look at the domain list: the pages of that step are still those of the instance before. */
static void a_successor_is_not_judged_by_its_predecessors_pages(void **state) {
    struct xhm_core_bench *bench = bench_make();

    bench_run_brake(bench);
    bench->observation.domains[0].domid = 6;
    bench_step(bench);
    assert_int_equal(bench_events(bench, XHM_EVENT_INSTANCE_ENDED, XHM_SIM_BRAKE), 1);
    assert_int_equal(bench_events(bench, XHM_EVENT_INSTANCE_STARTED, XHM_SIM_BRAKE), 1);
    assert_int_equal(bench_action(bench, XHM_ACTION_RELEASE)->domid, BENCH_BRAKE_DOMID);
    assert_int_equal(bench_action(bench, XHM_ACTION_FOLLOW)->domid, 6);
    assert_int_equal(bench_brake(bench)->cursors[0].instance_id, 0);
    bench_attach(bench, XHM_SIM_BRAKE, 8);
    bench_step(bench);
    assert_false(bench_brake_has(bench, XHM_FAULT_PROBE_RESTARTED));
    assert_int_equal(bench_brake(bench)->life, XHM_LIFE_STARTING);
    free(bench);
}

static void found_dead_at_the_start_is_said_once(void **state) {
    struct xhm_core_bench *bench = bench_make();

    bench->policy.partitions[0].reactions[XHM_CLASS_PRESENCE] = (struct xhm_ladder){1, {XHM_REACTION_REPORT}};
    bench_add_domain(bench, XHM_SIM_BRAKE, 5)->shutdown = true;
    bench->observation.domains[0].reason = XHM_SHUTDOWN_CRASH;
    bench_step(bench);
    assert_true(bench_raised(bench, XHM_FAULT_PARTITION_CRASHED));
    bench_steps(bench, 600);
    assert_int_equal(bench_brake(bench)->fault_occurrences[XHM_FAULT_PARTITION_CRASHED], 1);
    assert_false(bench_brake_has(bench, XHM_FAULT_PARTITION_MISSING));
    free(bench);
}

static void missing_from_the_start_is_a_fault_after_the_grace(void **state) {
    struct xhm_core_bench *bench = bench_make();

    bench_steps(bench, 500);
    assert_false(bench_brake_has(bench, XHM_FAULT_PARTITION_MISSING));
    bench_steps(bench, 2);
    assert_true(bench_brake_has(bench, XHM_FAULT_PARTITION_MISSING));
    free(bench);
}

static void an_unanswered_list_says_nothing(void **state) {
    struct xhm_core_bench *bench = bench_make();

    bench_run_brake(bench);
    bench->observation.domain_count = 0;
    bench->observation.domains_sight = XHM_SIGHT_UNKNOWN;
    bench_step(bench);
    assert_true(bench_brake(bench)->instance_known);
    bench->observation.domains_sight = XHM_SIGHT_NOT_DUE;
    bench_step(bench);
    assert_true(bench_brake(bench)->instance_known);
    assert_int_equal(bench->outcome.event_count, 0);
    free(bench);
}

static void a_pause_is_seen_while_running(void **state) {
    struct xhm_core_bench *bench = bench_make();

    bench->policy.partitions[0].reactions[XHM_CLASS_PRESENCE] = (struct xhm_ladder){1, {XHM_REACTION_REPORT}};
    bench_run_brake(bench);
    bench->observation.domains[0].paused = true;
    bench_step(bench);
    assert_true(bench_raised(bench, XHM_FAULT_PARTITION_PAUSED));
    assert_false(presence_can_run(&bench->core, BENCH_BRAKE_DOMID));
    bench->observation.domains[0].paused = false;
    bench_step(bench);
    assert_true(bench_cleared(bench, XHM_FAULT_PARTITION_PAUSED));
    assert_true(presence_can_run(&bench->core, BENCH_BRAKE_DOMID));
    free(bench);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_instance_is_followed_by_its_uuid),
        cmocka_unit_test(a_fixed_domid_or_dom0_needs_no_uuid),
        cmocka_unit_test(dying_entries_never_match),
        cmocka_unit_test(shut_down_entries_do_not_hide_a_live_one),
        cmocka_unit_test(two_live_entries_are_a_fault_and_the_followed_one_stays),
        cmocka_unit_test(each_reason_of_a_shutdown_is_named),
        cmocka_unit_test(a_vanished_instance_is_missing),
        cmocka_unit_test(a_reused_domid_of_another_uuid_is_not_the_instance),
        cmocka_unit_test(a_successor_is_not_judged_by_its_predecessors_pages),
        cmocka_unit_test(found_dead_at_the_start_is_said_once),
        cmocka_unit_test(missing_from_the_start_is_a_fault_after_the_grace),
        cmocka_unit_test(an_unanswered_list_says_nothing),
        cmocka_unit_test(a_pause_is_seen_while_running),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
