// SPDX-License-Identifier: Apache-2.0
/* Covers: XHM-FAILOVER-1 XHM-FAILOVER-2 */
#include "core_bench.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

static struct xhm_partition_state *fusion_of(struct xhm_core_bench *bench) {
    return &bench->core.partitions[XHM_SIM_FUSION];
}

static void a_pair_has_exactly_one_active_side(void **state) {
    struct xhm_core_bench *bench = bench_make();

    bench->policy.partitions[XHM_SIM_FUSION].standby_for_number = 1 + XHM_SIM_BRAKE;
    bench_restart(bench);
    for (unsigned sides = 0; sides < 4; sides++) {
        bench_brake(bench)->active = (sides & 1) != 0;
        fusion_of(bench)->active = (sides & 2) != 0;
        fail_over_settle(&bench->core);
        assert_int_equal(fail_over_is_inactive(&bench->core, XHM_SIM_BRAKE), sides == 2);
        assert_int_equal(fail_over_is_inactive(&bench->core, XHM_SIM_FUSION), sides != 2);
    }
    assert_false(fail_over_is_inactive(&bench->core, XHM_SIM_INFOTAINMENT));
    assert_int_equal(fail_over_partner(&bench->policy, XHM_SIM_INFOTAINMENT), XHM_NONE);
    assert_int_equal(fail_over_partner(&bench->policy, XHM_SIM_BRAKE), XHM_SIM_FUSION);
    assert_int_equal(fail_over_partner(&bench->policy, XHM_SIM_FUSION), XHM_SIM_BRAKE);
    free(bench);
}

static void a_healthy_standby_is_paused_and_not_judged(void **state) {
    struct xhm_core_bench *bench = bench_make();

    bench->policy.partition_count = 2;
    bench_run_pair(bench);
    assert_int_equal(bench->core.status, XHM_STATUS_OK);
    assert_int_equal(fusion_of(bench)->status, XHM_STATUS_DEACTIVATED);
    assert_int_equal(fusion_of(bench)->entities[0].status, XHM_STATUS_DEACTIVATED);
    assert_true(pause_is_ours(fusion_of(bench)));
    assert_true(fusion_of(bench)->pause_seen);
    bench->pages[XHM_SIM_FUSION].attached = false;
    bench_steps(bench, 1000);
    assert_int_equal(fusion_of(bench)->life, XHM_LIFE_STANDBY);
    assert_false(fault_state_any(fusion_of(bench), XHM_CLASS_PRESENCE));
    assert_false(fault_state_any(fusion_of(bench), XHM_CLASS_PROBE));
    free(bench);
}

static void both_actions_of_a_fail_over_are_in_one_step(void **state) {
    struct xhm_core_bench *bench = bench_make();

    bench_run_pair(bench);
    bench_set_ladder(bench, XHM_SIM_BRAKE, (struct xhm_ladder){1, {XHM_REACTION_FAIL_OVER}});
    bench_brake(bench)->entities[0].status = XHM_STATUS_EXPIRED;
    bench_step(bench);
    assert_int_equal(bench_actions(bench, XHM_ACTION_STOP, XHM_SIM_BRAKE), 1);
    assert_int_equal(bench_actions(bench, XHM_ACTION_UNPAUSE, XHM_SIM_FUSION), 1);
    assert_int_equal(bench_events(bench, XHM_EVENT_FAIL_OVER_BEGUN, XHM_SIM_FUSION), 1);
    assert_true(bench->outcome.persistent_changed);
    assert_false(fusion_of(bench)->owns_pause);
    assert_int_equal(fusion_of(bench)->life, XHM_LIFE_RESUMING);
    assert_int_equal(bench_brake(bench)->life, XHM_LIFE_STOPPING);
    bench->observation.domains[1].paused = false;
    bench->observation.domains[0].shutdown = true;
    while (fusion_of(bench)->life == XHM_LIFE_RESUMING) {
        bench_step(bench);
    }
    assert_int_equal(bench_events(bench, XHM_EVENT_FAIL_OVER_DONE, XHM_SIM_FUSION), 1);
    assert_int_equal(fusion_of(bench)->life, XHM_LIFE_RUNNING);
    assert_int_equal(bench_brake(bench)->status, XHM_STATUS_FAILED);
    assert_false(fault_state_any(bench_brake(bench), XHM_CLASS_ENTITY));
    free(bench);
}

static void what_cannot_be_rebuilt_stays_stopped(void **state) {
    struct xhm_core_bench *bench = bench_make();

    bench_run_pair(bench);
    bench->policy.partitions[XHM_SIM_BRAKE].identity =
        (struct xhm_identity){.kind = XHM_IDENTITY_STATIC_DOMID, .domid = BENCH_BRAKE_DOMID};
    struct xhm_step step = bench_call(bench);
    fail_over_begin(&step, XHM_SIM_BRAKE, XHM_CLASS_ENTITY, XHM_NONE);
    assert_int_equal(bench_brake(bench)->life, XHM_LIFE_HALTED);
    assert_int_equal(bench_actions(bench, XHM_ACTION_STOP, XHM_SIM_BRAKE), 1);
    free(bench);
}

/* A restart that was already under way is not begun again, and becomes the rebuilding. */
static void a_partition_that_is_being_stopped_can_fail_over(void **state) {
    struct xhm_core_bench *bench = bench_make();

    bench_run_pair(bench);
    struct xhm_step step = bench_call(bench);
    lifecycle_restart(&step, XHM_SIM_BRAKE);
    step = bench_call(bench);
    assert_int_equal(fail_over_order(&step, XHM_SIM_BRAKE, 1000), XHM_ORDER_ACCEPTED);
    assert_int_equal(bench_actions(bench, XHM_ACTION_STOP, XHM_SIM_BRAKE), 0);
    assert_false(bench_brake(bench)->rebuild);
    free(bench);
}

static void orders_are_answered_by_what_there_is(void **state) {
    struct xhm_core_bench *bench = bench_make();

    bench_run_pair(bench);
    struct xhm_step step = bench_call(bench);
    assert_int_equal(fail_over_order(&step, XHM_SIM_INFOTAINMENT, 0), XHM_ORDER_IMPOSSIBLE);
    assert_int_equal(fail_over_order(&step, XHM_SIM_FUSION, 0), XHM_ORDER_NOT_READY);
    fusion_of(bench)->pause_seen = false;
    assert_int_equal(fail_over_order(&step, XHM_SIM_BRAKE, 0), XHM_ORDER_NOT_READY);
    fusion_of(bench)->pause_seen = true;
    fusion_of(bench)->owns_pause = false;
    assert_int_equal(fail_over_order(&step, XHM_SIM_BRAKE, 0), XHM_ORDER_NOT_READY);
    fusion_of(bench)->owns_pause = true;
    fusion_of(bench)->life = XHM_LIFE_STARTING;
    assert_int_equal(fail_over_order(&step, XHM_SIM_BRAKE, 0), XHM_ORDER_NOT_READY);
    fusion_of(bench)->life = XHM_LIFE_STANDBY;
    assert_int_equal(fail_over_order(&step, XHM_SIM_BRAKE, 7), XHM_ORDER_ACCEPTED);
    assert_int_equal(fail_over_order(&step, XHM_SIM_FUSION, 7), XHM_ORDER_UNDER_WAY);
    assert_int_equal(fail_over_order(&step, XHM_SIM_BRAKE, 7), XHM_ORDER_UNDER_WAY);
    free(bench);
}

/* Its absence counts while it is awaited, and from then on. */
static void a_standby_that_is_not_judged_is_not_missed(void **state) {
    struct xhm_core_bench *bench = bench_make();

    bench->policy.partitions[XHM_SIM_FUSION].standby_for_number = 1 + XHM_SIM_BRAKE;
    bench->policy.partitions[XHM_SIM_FUSION].supervision_off = true;
    bench_restart(bench);
    bench_run_brake(bench);
    bench_steps(bench, 3000);
    assert_false(bench_brake_has(bench, XHM_FAULT_STANDBY_NOT_READY));
    bench->policy.partitions[XHM_SIM_FUSION].supervision_off = false;
    bench_steps(bench, 2500);
    assert_false(bench_brake_has(bench, XHM_FAULT_STANDBY_NOT_READY));
    bench_steps(bench, 10);
    assert_true(bench_brake_has(bench, XHM_FAULT_STANDBY_NOT_READY));
    assert_int_equal(bench_brake(bench)->status, XHM_STATUS_FAILED);
    free(bench);
}

/* Fusion, the standby, runs paused: by the supervisor's life before this one. */
static struct xhm_core_bench *make_with_paused_standby(void) {
    struct xhm_core_bench *bench = bench_make();

    bench->policy.partitions[XHM_SIM_FUSION].standby_for_number = 1 + XHM_SIM_BRAKE;
    bench_restart(bench);
    bench_add_domain(bench, XHM_SIM_FUSION, BENCH_FUSION_DOMID)->paused = true;
    fusion_of(bench)->owns_pause = true;
    fusion_of(bench)->paused_domid = BENCH_FUSION_DOMID;
    fusion_of(bench)->paused_uuid = bench->policy.partitions[XHM_SIM_FUSION].identity.uuid;
    return bench;
}

static void a_standby_found_paused_by_the_life_before_is_ready(void **state) {
    struct xhm_core_bench *bench = make_with_paused_standby();

    bench_step(bench);
    assert_int_equal(fusion_of(bench)->life, XHM_LIFE_STANDBY);
    assert_int_equal(bench_actions(bench, XHM_ACTION_PAUSE, XHM_SIM_FUSION), 0);
    assert_int_equal(bench_actions(bench, XHM_ACTION_FOLLOW, XHM_SIM_FUSION), 1);
    free(bench);
}

/* The life before ended between its decision to let fusion serve, and the unpause. */
static void what_should_serve_is_not_left_paused(void **state) {
    struct xhm_core_bench *bench = make_with_paused_standby();

    fusion_of(bench)->active = true;
    bench_brake(bench)->active = false;
    bench_step(bench);
    assert_int_equal(fusion_of(bench)->life, XHM_LIFE_RESUMING);
    assert_int_equal(bench_actions(bench, XHM_ACTION_UNPAUSE, XHM_SIM_FUSION), 1);
    free(bench);
}

/* Neither another domid nor another identity is the one that we paused. */
static void another_instance_is_not_ours_to_unpause(void **state) {
    for (unsigned way = 0; way < 2; way++) {
        struct xhm_core_bench *bench = bench_make();
        bench->policy.partitions[XHM_SIM_FUSION].standby_for_number = 1 + XHM_SIM_BRAKE;
        bench_restart(bench);
        bench_add_domain(bench, XHM_SIM_FUSION, BENCH_FUSION_DOMID)->paused = true;
        fusion_of(bench)->owns_pause = true;
        fusion_of(bench)->paused_domid = way == 0 ? 77 : BENCH_FUSION_DOMID;
        bench_step(bench);
        assert_false(fusion_of(bench)->owns_pause);
        assert_int_equal(fusion_of(bench)->life, XHM_LIFE_STARTING);
        free(bench);
    }
}

static void a_policy_can_end_a_pair_and_make_another(void **state) {
    struct xhm_core_bench *bench = bench_make();
    struct xhm_policy next;
    uint32_t origin[XHM_MAX_PARTITIONS];

    bench_run_pair(bench);
    struct xhm_step step = bench_call(bench);
    fail_over_begin(&step, XHM_SIM_BRAKE, XHM_CLASS_ENTITY, XHM_NONE);
    next = bench->policy;
    core_apply_policy(&bench->core, &next, &bench->scratch, origin, &bench->outcome);
    assert_int_equal(fusion_of(bench)->fail_over_from_number, 1 + XHM_SIM_BRAKE);
    assert_true(fusion_of(bench)->active);
    /* brake is declared no more: fusion has nobody to take over from, and serves. */
    struct xhm_policy without = next;
    without.partition_count = 1;
    without.partitions[0] = next.partitions[XHM_SIM_FUSION];
    without.partitions[0].standby_for_number = 0;
    core_apply_policy(&bench->core, &without, &bench->scratch, origin, &bench->outcome);
    assert_int_equal(bench->core.partitions[0].fail_over_from_number, 0);
    assert_false(fail_over_is_inactive(&bench->core, 0));
    free(bench);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_pair_has_exactly_one_active_side),
        cmocka_unit_test(a_healthy_standby_is_paused_and_not_judged),
        cmocka_unit_test(both_actions_of_a_fail_over_are_in_one_step),
        cmocka_unit_test(what_cannot_be_rebuilt_stays_stopped),
        cmocka_unit_test(a_partition_that_is_being_stopped_can_fail_over),
        cmocka_unit_test(orders_are_answered_by_what_there_is),
        cmocka_unit_test(a_standby_that_is_not_judged_is_not_missed),
        cmocka_unit_test(a_standby_found_paused_by_the_life_before_is_ready),
        cmocka_unit_test(what_should_serve_is_not_left_paused),
        cmocka_unit_test(another_instance_is_not_ours_to_unpause),
        cmocka_unit_test(a_policy_can_end_a_pair_and_make_another),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
