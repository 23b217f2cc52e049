// SPDX-License-Identifier: Apache-2.0
/* Covers: XHM-PAUSE-1 */
#include "core_bench.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

static struct xhm_core_bench *running(void) {
    struct xhm_core_bench *bench = bench_make();

    bench_run_brake(bench);
    return bench;
}

static void a_pause_is_made_once_and_taken_back_once(void **state) {
    struct xhm_core_bench *bench = running();
    struct xhm_step step = bench_call(bench);

    lifecycle_halt(&step, XHM_SIM_BRAKE, XHM_DISPOSITION_PAUSE);
    lifecycle_halt(&step, XHM_SIM_BRAKE, XHM_DISPOSITION_PAUSE);
    assert_int_equal(bench_actions(bench, XHM_ACTION_PAUSE, XHM_SIM_BRAKE), 1);
    assert_true(bench->outcome.persistent_changed);
    assert_int_equal(bench_brake(bench)->paused_domid, BENCH_BRAKE_DOMID);
    bench->observation.domains[0].paused = true;
    bench_steps(bench, 100);
    assert_int_equal(bench_brake(bench)->status, XHM_STATUS_STOPPED);
    assert_false(bench_brake_has(bench, XHM_FAULT_PARTITION_PAUSED));
    step = bench_call(bench);
    lifecycle_resume(&step, XHM_SIM_BRAKE);
    lifecycle_resume(&step, XHM_SIM_BRAKE);
    assert_int_equal(bench_actions(bench, XHM_ACTION_UNPAUSE, XHM_SIM_BRAKE), 1);
    assert_int_equal(bench_brake(bench)->life, XHM_LIFE_RESUMING);
    assert_int_equal(bench_brake(bench)->halted, XHM_DISPOSITION_LEAVE);
    bench->observation.domains[0].paused = false;
    bench_steps(bench, 60);
    assert_int_equal(bench_brake(bench)->life, XHM_LIFE_RUNNING);
    assert_int_equal(bench->core.partitions[XHM_SIM_BRAKE].status, XHM_STATUS_OK);
    free(bench);
}

/* Whoever else paused it: that is seen once ours is taken back. */
static void a_pause_of_others_is_a_fault_after_ours(void **state) {
    struct xhm_core_bench *bench = running();
    struct xhm_step step = bench_call(bench);

    lifecycle_halt(&step, XHM_SIM_BRAKE, XHM_DISPOSITION_PAUSE);
    bench->observation.domains[0].paused = true;
    bench_step(bench);
    step = bench_call(bench);
    lifecycle_resume(&step, XHM_SIM_BRAKE);
    bench_step(bench);
    assert_true(bench_raised(bench, XHM_FAULT_PARTITION_PAUSED));
    free(bench);
}

static void a_pause_without_effect_is_a_failed_action_and_not_taken_back(void **state) {
    struct xhm_core_bench *bench = running();
    struct xhm_step step = bench_call(bench);

    lifecycle_halt(&step, XHM_SIM_BRAKE, XHM_DISPOSITION_PAUSE);
    bench_steps(bench, 29);
    assert_false(bench->core.fault_scopes[XHM_FAULT_ACTION_FAILED] != 0);
    bench_steps(bench, 1);
    assert_true(bench->core.fault_scopes[XHM_FAULT_ACTION_FAILED] != 0);
    step = bench_call(bench);
    lifecycle_resume(&step, XHM_SIM_BRAKE);
    assert_int_equal(bench->outcome.action_count, 0);
    bench_step(bench);
    assert_false(bench->core.fault_scopes[XHM_FAULT_ACTION_FAILED] != 0);
    free(bench);
}

static void a_pause_that_others_take_back_is_made_again(void **state) {
    struct xhm_core_bench *bench = running();
    struct xhm_step step = bench_call(bench);

    lifecycle_halt(&step, XHM_SIM_BRAKE, XHM_DISPOSITION_PAUSE);
    bench->observation.domains[0].paused = true;
    bench_step(bench);
    bench->observation.domains_sight = XHM_SIGHT_NOT_DUE;
    bench->observation.domains[0].paused = false;
    bench_step(bench);
    assert_int_equal(bench_actions(bench, XHM_ACTION_PAUSE, XHM_SIM_BRAKE), 0);
    bench->observation.domains_sight = XHM_SIGHT_KNOWN;
    bench_step(bench);
    assert_int_equal(bench_actions(bench, XHM_ACTION_PAUSE, XHM_SIM_BRAKE), 1);
    free(bench);
}

static void what_appears_is_halted_once(void **state) {
    static const enum xhm_disposition ways[] = {XHM_DISPOSITION_STOP, XHM_DISPOSITION_PAUSE};
    static const enum xhm_action_kind kinds[] = {XHM_ACTION_STOP, XHM_ACTION_PAUSE};

    for (unsigned i = 0; i < 2; i++) {
        struct xhm_core_bench *bench = bench_make();
        struct xhm_step step = bench_call(bench);
        unsigned count = 0;
        lifecycle_halt(&step, XHM_SIM_BRAKE, ways[i]);
        assert_int_equal(bench->outcome.action_count, 0);
        bench_add_domain(bench, XHM_SIM_BRAKE, 9);
        for (unsigned cycle = 0; cycle < 20; cycle++) {
            bench_step(bench);
            count += bench_actions(bench, kinds[i], XHM_SIM_BRAKE);
        }
        assert_int_equal(count, 1);
        bench->observation.domains[0].domid = 10;
        bench_step(bench);
        assert_int_equal(bench_actions(bench, kinds[i], XHM_SIM_BRAKE), 1);
        assert_int_equal(bench_brake(bench)->life, XHM_LIFE_HALTED);
        free(bench);
    }
}

static void a_stop_without_effect_is_a_failed_action(void **state) {
    struct xhm_core_bench *bench = running();
    struct xhm_step step = bench_call(bench);

    lifecycle_halt(&step, XHM_SIM_BRAKE, XHM_DISPOSITION_STOP);
    bench_steps(bench, 31);
    assert_true(bench->core.fault_scopes[XHM_FAULT_ACTION_FAILED] != 0);
    bench->observation.domain_count = 0;
    bench_step(bench);
    assert_false(bench->core.fault_scopes[XHM_FAULT_ACTION_FAILED] != 0);
    assert_false(fault_state_any(bench_brake(bench), XHM_CLASS_PRESENCE));
    free(bench);
}

/* One terminal action in one step: what comes second is carried out in the next. */
static void a_second_terminal_action_waits(void **state) {
    struct xhm_core_bench *bench = running();
    struct xhm_step step = bench_call(bench);

    lifecycle_halt(&step, XHM_SIM_BRAKE, XHM_DISPOSITION_PAUSE);
    lifecycle_halt(&step, XHM_SIM_BRAKE, XHM_DISPOSITION_STOP);
    assert_int_equal(bench_actions(bench, XHM_ACTION_PAUSE, XHM_SIM_BRAKE), 1);
    assert_int_equal(bench_actions(bench, XHM_ACTION_STOP, XHM_SIM_BRAKE), 0);
    bench_step(bench);
    assert_int_equal(bench_actions(bench, XHM_ACTION_STOP, XHM_SIM_BRAKE), 1);
    free(bench);
}

/* A safe state may start what was paused in the very same step, and a restart may follow a pause. */
static void what_comes_after_a_pause_is_not_lost(void **state) {
    struct xhm_core_bench *bench = running();
    struct xhm_step step = bench_call(bench);

    lifecycle_halt(&step, XHM_SIM_BRAKE, XHM_DISPOSITION_PAUSE);
    lifecycle_start(&step, XHM_SIM_BRAKE);
    assert_int_equal(bench_brake(bench)->life, XHM_LIFE_RESUMING);
    assert_int_equal(bench->outcome.action_count, 1);
    assert_true(pause_is_ours(bench_brake(bench)));
    bench_step(bench);
    assert_int_equal(bench_actions(bench, XHM_ACTION_UNPAUSE, XHM_SIM_BRAKE), 1);
    assert_false(bench_brake(bench)->owns_pause);
    step = bench_call(bench);
    lifecycle_halt(&step, XHM_SIM_BRAKE, XHM_DISPOSITION_PAUSE);
    lifecycle_restart(&step, XHM_SIM_BRAKE);
    assert_int_equal(bench->outcome.action_count, 1);
    bench_step(bench);
    assert_int_equal(bench_actions(bench, XHM_ACTION_STOP, XHM_SIM_BRAKE), 1);
    bench_step(bench);
    assert_int_equal(bench_actions(bench, XHM_ACTION_STOP, XHM_SIM_BRAKE), 0);
    free(bench);
}

static void a_pause_after_an_unpause_is_not_lost(void **state) {
    struct xhm_core_bench *bench = running();
    struct xhm_step step = bench_call(bench);

    lifecycle_halt(&step, XHM_SIM_BRAKE, XHM_DISPOSITION_PAUSE);
    step = bench_call(bench);
    lifecycle_resume(&step, XHM_SIM_BRAKE);
    lifecycle_halt(&step, XHM_SIM_BRAKE, XHM_DISPOSITION_PAUSE);
    assert_int_equal(bench->outcome.action_count, 1);
    assert_false(bench_brake(bench)->owns_pause);
    bench_step(bench);
    assert_int_equal(bench_actions(bench, XHM_ACTION_PAUSE, XHM_SIM_BRAKE), 1);
    free(bench);
}

/* The instance that was paused when the life before ended is gone. */
static void a_remembered_pause_goes_with_its_instance(void **state) {
    struct xhm_core_bench *bench = bench_make();

    bench_brake(bench)->halted = XHM_DISPOSITION_PAUSE;
    bench_brake(bench)->owns_pause = true;
    bench_brake(bench)->paused_domid = BENCH_BRAKE_DOMID;
    halt_restored(&bench->core);
    bench_steps(bench, 40);
    assert_false(bench_brake(bench)->pause_failed);
    bench_add_domain(bench, XHM_SIM_BRAKE, BENCH_BRAKE_DOMID + 1);
    bench_step(bench);
    assert_int_equal(bench_actions(bench, XHM_ACTION_PAUSE, XHM_SIM_BRAKE), 1);
    assert_int_equal(bench_brake(bench)->paused_domid, BENCH_BRAKE_DOMID + 1);
    free(bench);
}

static void an_instance_that_is_being_stopped_is_not_paused(void **state) {
    struct xhm_core_bench *bench = running();
    struct xhm_step step = bench_call(bench);

    lifecycle_restart(&step, XHM_SIM_BRAKE);
    step = bench_call(bench);
    lifecycle_halt(&step, XHM_SIM_BRAKE, XHM_DISPOSITION_PAUSE);
    bench_steps(bench, 5);
    assert_int_equal(bench_brake(bench)->life, XHM_LIFE_HALTED);
    assert_int_equal(bench_actions(bench, XHM_ACTION_PAUSE, XHM_SIM_BRAKE), 0);
    free(bench);
}

static void an_expired_entity_is_resumed_by_a_new_instance(void **state) {
    struct xhm_core_bench *bench = running();
    struct xhm_step step = bench_call(bench);

    lifecycle_halt(&step, XHM_SIM_BRAKE, XHM_DISPOSITION_PAUSE);
    bench_brake(bench)->entities[0].status = XHM_STATUS_EXPIRED;
    step = bench_call(bench);
    lifecycle_resume(&step, XHM_SIM_BRAKE);
    assert_int_equal(bench_brake(bench)->life, XHM_LIFE_STOPPING);
    assert_int_equal(bench_brake(bench)->restart_kept, 0);
    assert_int_equal(bench_actions(bench, XHM_ACTION_STOP, XHM_SIM_BRAKE), 1);
    free(bench);
}

static void what_cannot_be_recreated_goes_on_or_is_let_go(void **state) {
    struct xhm_core_bench *bench = running();
    struct xhm_step step = bench_call(bench);

    bench->policy.partitions[XHM_SIM_BRAKE].identity.kind = XHM_IDENTITY_DOM0;
    lifecycle_halt(&step, XHM_SIM_BRAKE, XHM_DISPOSITION_PAUSE);
    bench_brake(bench)->entities[0].status = XHM_STATUS_EXPIRED;
    step = bench_call(bench);
    lifecycle_resume(&step, XHM_SIM_BRAKE);
    assert_int_equal(bench_brake(bench)->life, XHM_LIFE_RESUMING);
    assert_int_equal(bench_brake(bench)->entities[0].status, XHM_STATUS_EXPIRED);
    step = bench_call(bench);
    lifecycle_halt(&step, XHM_SIM_BRAKE, XHM_DISPOSITION_STOP);
    lifecycle_resume(&step, XHM_SIM_BRAKE);
    assert_int_equal(bench_brake(bench)->life, XHM_LIFE_RESUMING);
    lifecycle_halt(&step, XHM_SIM_BRAKE, XHM_DISPOSITION_STOP);
    bench_brake(bench)->instance_known = false;
    lifecycle_resume(&step, XHM_SIM_BRAKE);
    assert_int_equal(bench_brake(bench)->life, XHM_LIFE_ABSENT);
    assert_int_equal(bench_brake(bench)->halted, XHM_DISPOSITION_LEAVE);
    free(bench);
}

static void a_safe_state_starts_what_is_not_there(void **state) {
    for (unsigned life = 0; life < XHM_LIFE_COUNT; life++) {
        struct xhm_core_bench *bench = bench_make();
        struct xhm_step step = bench_call(bench);
        const bool created = life == XHM_LIFE_ABSENT || life == XHM_LIFE_LIMITED || life == XHM_LIFE_HALTED;
        const enum xhm_life next = created                    ? XHM_LIFE_STOPPING
                                   : life == XHM_LIFE_STANDBY ? XHM_LIFE_RESUMING
                                                              : (enum xhm_life)life;
        bench_brake(bench)->life = (enum xhm_life)life;
        bench_brake(bench)->halted = XHM_DISPOSITION_STOP;
        lifecycle_start(&step, XHM_SIM_BRAKE);
        assert_int_equal(bench_brake(bench)->life, next);
        assert_true(bench_brake(bench)->start_wanted);
        assert_int_equal(bench_brake(bench)->restart_kept, 0);
        free(bench);
    }
}

static void an_instance_that_is_there_is_not_started(void **state) {
    struct xhm_core_bench *bench = running();
    struct xhm_step step = bench_call(bench);

    bench_brake(bench)->life = XHM_LIFE_LIMITED;
    lifecycle_start(&step, XHM_SIM_BRAKE);
    assert_int_equal(bench_brake(bench)->life, XHM_LIFE_LIMITED);
    bench_brake(bench)->instance_known = false;
    bench->policy.partitions[XHM_SIM_BRAKE].identity.kind = XHM_IDENTITY_STATIC_DOMID;
    lifecycle_start(&step, XHM_SIM_BRAKE);
    assert_int_equal(bench_brake(bench)->life, XHM_LIFE_LIMITED);
    free(bench);
}

/* The backoff is for those that fail: what a safe state starts does not wait for it. */
static void a_start_does_not_wait_for_the_backoff(void **state) {
    struct xhm_core_bench *bench = bench_make();
    struct xhm_step step = bench_call(bench);

    bench->policy.partitions[XHM_SIM_BRAKE].restart.backoff_ns = XHM_SIM_S;
    lifecycle_start(&step, XHM_SIM_BRAKE);
    bench_step(bench);
    assert_int_equal(bench_actions(bench, XHM_ACTION_RECREATE, XHM_SIM_BRAKE), 1);
    free(bench);
}

static void a_halt_is_remembered(void **state) {
    struct xhm_core_bench *bench = bench_make();

    bench_brake(bench)->halted = XHM_DISPOSITION_PAUSE;
    bench_brake(bench)->owns_pause = true;
    bench_brake(bench)->paused_domid = BENCH_BRAKE_DOMID;
    bench_brake(bench)->paused_uuid = bench->policy.partitions[XHM_SIM_BRAKE].identity.uuid;
    halt_restored(&bench->core);
    assert_int_equal(bench_brake(bench)->life, XHM_LIFE_HALTED);
    assert_int_equal(bench->core.partitions[XHM_SIM_FUSION].life, XHM_LIFE_ABSENT);
    bench_add_domain(bench, XHM_SIM_BRAKE, BENCH_BRAKE_DOMID)->paused = true;
    bench_step(bench);
    assert_int_equal(bench_brake(bench)->life, XHM_LIFE_HALTED);
    assert_int_equal(bench_actions(bench, XHM_ACTION_PAUSE, XHM_SIM_BRAKE), 0);
    assert_int_equal(bench_actions(bench, XHM_ACTION_FOLLOW, XHM_SIM_BRAKE), 1);
    free(bench);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_pause_is_made_once_and_taken_back_once),
        cmocka_unit_test(a_pause_of_others_is_a_fault_after_ours),
        cmocka_unit_test(a_pause_without_effect_is_a_failed_action_and_not_taken_back),
        cmocka_unit_test(a_pause_that_others_take_back_is_made_again),
        cmocka_unit_test(what_appears_is_halted_once),
        cmocka_unit_test(a_stop_without_effect_is_a_failed_action),
        cmocka_unit_test(a_second_terminal_action_waits),
        cmocka_unit_test(what_comes_after_a_pause_is_not_lost),
        cmocka_unit_test(a_pause_after_an_unpause_is_not_lost),
        cmocka_unit_test(a_remembered_pause_goes_with_its_instance),
        cmocka_unit_test(an_instance_that_is_being_stopped_is_not_paused),
        cmocka_unit_test(an_expired_entity_is_resumed_by_a_new_instance),
        cmocka_unit_test(what_cannot_be_recreated_goes_on_or_is_let_go),
        cmocka_unit_test(a_safe_state_starts_what_is_not_there),
        cmocka_unit_test(an_instance_that_is_there_is_not_started),
        cmocka_unit_test(a_start_does_not_wait_for_the_backoff),
        cmocka_unit_test(a_halt_is_remembered),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
