// SPDX-License-Identifier: Apache-2.0
/* Covers: XHM-LADDER-1 */
#include "core_bench.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

static const struct xhm_fault_details none = {{0, 0}};

/* Which rung was taken in the last step or call, 0: none. */
static unsigned reaction(const struct xhm_core_bench *bench) {
    for (uint32_t i = 0; i < bench->outcome.event_count; i++) {
        if (bench->outcome.events[i].kind == XHM_EVENT_REACTION) {
            return (unsigned)bench->outcome.events[i].values[0];
        }
    }
    return 0;
}

static struct xhm_core_bench *running(struct xhm_ladder ladder) {
    struct xhm_core_bench *bench = bench_make();

    bench_set_ladder(bench, XHM_SIM_BRAKE, ladder);
    bench_run_brake(bench);
    assert_int_equal(bench_brake(bench)->life, XHM_LIFE_RUNNING);
    return bench;
}

static void the_first_available_rung_is_taken(void **state) {
    struct xhm_core_bench *bench =
        running((struct xhm_ladder){3, {XHM_REACTION_FAIL_OVER, XHM_REACTION_RESTART, XHM_REACTION_STOP}});
    struct xhm_step step = bench_call(bench);

    assert_true(escalation_climb(&step, XHM_SIM_BRAKE, XHM_CLASS_MEMORY));
    assert_int_equal(reaction(bench), XHM_REACTION_RESTART);
    assert_int_equal(bench_brake(bench)->ladder_class, XHM_CLASS_MEMORY);
    assert_int_equal(bench_actions(bench, XHM_ACTION_STOP, XHM_SIM_BRAKE), 1);
    bench_brake(bench)->life = XHM_LIFE_RUNNING;
    bench->policy.partitions[XHM_SIM_BRAKE].restart.limit = 1;
    step = bench_call(bench);
    assert_true(escalation_climb(&step, XHM_SIM_BRAKE, XHM_CLASS_MEMORY));
    assert_int_equal(reaction(bench), XHM_REACTION_STOP);
    assert_int_equal(bench_brake(bench)->life, XHM_LIFE_HALTED);
    free(bench);
}

static void what_cannot_be_recreated_is_not_restarted(void **state) {
    struct xhm_core_bench *bench = running((struct xhm_ladder){2, {XHM_REACTION_RESTART, XHM_REACTION_PAUSE}});
    struct xhm_step step = bench_call(bench);

    bench->policy.partitions[XHM_SIM_BRAKE].identity.kind = XHM_IDENTITY_DOM0;
    assert_true(escalation_climb(&step, XHM_SIM_BRAKE, XHM_CLASS_ENTITY));
    assert_int_equal(reaction(bench), XHM_REACTION_PAUSE);
    assert_int_equal(bench_brake(bench)->halted, XHM_DISPOSITION_PAUSE);
    assert_int_equal(bench_actions(bench, XHM_ACTION_PAUSE, XHM_SIM_BRAKE), 1);
    free(bench);
}

static void report_is_no_reaction(void **state) {
    struct xhm_core_bench *bench = running((struct xhm_ladder){1, {XHM_REACTION_REPORT}});
    struct xhm_step step = bench_call(bench);

    assert_false(escalation_climb(&step, XHM_SIM_BRAKE, XHM_CLASS_ENTITY));
    assert_int_equal(reaction(bench), 0);
    assert_int_equal(bench->outcome.action_count, 0);
    free(bench);
}

static void a_ladder_without_an_available_rung_is_used_up(void **state) {
    struct xhm_core_bench *bench = running((struct xhm_ladder){2, {XHM_REACTION_FAIL_OVER, XHM_REACTION_SAFE_STATE}});
    struct xhm_step step = bench_call(bench);

    assert_true(escalation_climb(&step, XHM_SIM_BRAKE, XHM_CLASS_ENTITY));
    assert_int_equal(reaction(bench), 0);
    assert_int_equal(bench_brake(bench)->life, XHM_LIFE_LIMITED);
    assert_true(bench_brake_has(bench, XHM_FAULT_RESTART_LIMIT));
    free(bench);
}

static void what_a_restart_does_not_heal_uses_no_ladder_up(void **state) {
    struct xhm_core_bench *bench = running((struct xhm_ladder){1, {XHM_REACTION_RESTART}});
    struct xhm_step step = bench_call(bench);

    fault_state_set(&step, XHM_SIM_BRAKE, XHM_FAULT_PCPU_SHARED, XHM_SCOPE_WHOLE, true, none);
    escalation_step(&step, XHM_SIM_BRAKE);
    assert_int_equal(bench_brake(bench)->life, XHM_LIFE_RUNNING);
    bench_set_ladder(bench, XHM_SIM_BRAKE, (struct xhm_ladder){2, {XHM_REACTION_RESTART, XHM_REACTION_STOP}});
    escalation_step(&step, XHM_SIM_BRAKE);
    assert_int_equal(reaction(bench), XHM_REACTION_STOP);
    free(bench);
}

static void the_last_resort_ends_a_ladder(void **state) {
    struct xhm_core_bench *bench = running((struct xhm_ladder){1, {XHM_REACTION_LAST_RESORT}});
    struct xhm_step step = bench_call(bench);

    bench->policy.supervisor.last_resort = XHM_LAST_RESORT_REBOOT_ECU;
    bench->policy.supervisor.last_resort_limit = 1;
    assert_true(escalation_climb(&step, XHM_SIM_BRAKE, XHM_CLASS_ENTITY));
    assert_int_equal(reaction(bench), XHM_REACTION_LAST_RESORT);
    assert_int_equal(bench_brake(bench)->life, XHM_LIFE_LIMITED);
    free(bench);
}

static void no_ladder_is_climbed_where_that_is_not_allowed(void **state) {
    struct xhm_core_bench *bench = running((struct xhm_ladder){1, {XHM_REACTION_STOP}});
    struct xhm_step step = bench_call(bench);

    fault_state_set(&step, XHM_SIM_BRAKE, XHM_FAULT_MEMORY_SIZE, XHM_SCOPE_WHOLE, true, none);
    bench->policy.partitions[XHM_SIM_BRAKE].supervision_off = true;
    escalation_step(&step, XHM_SIM_BRAKE);
    assert_int_equal(reaction(bench), 0);
    bench->policy.partitions[XHM_SIM_BRAKE].supervision_off = false;
    escalation_step(&step, XHM_SIM_BRAKE);
    assert_int_equal(reaction(bench), XHM_REACTION_STOP);
    free(bench);
}

/* Lives in which nothing is climbed, whatever is wrong. */
static void some_lives_are_left_alone(void **state) {
    static const enum xhm_life lives[] = {XHM_LIFE_STOPPING, XHM_LIFE_LIMITED,    XHM_LIFE_HALTED,
                                          XHM_LIFE_STANDBY,  XHM_LIFE_RECREATING, XHM_LIFE_VERIFYING,
                                          XHM_LIFE_STARTING, XHM_LIFE_RESUMING};

    for (unsigned i = 0; i < sizeof(lives) / sizeof(lives[0]); i++) {
        struct xhm_core_bench *bench = running((struct xhm_ladder){1, {XHM_REACTION_STOP}});
        struct xhm_step step = bench_call(bench);
        fault_state_set(&step, XHM_SIM_BRAKE, XHM_FAULT_PARTITION_CRASHED, XHM_SCOPE_WHOLE, true, none);
        bench_brake(bench)->life = lives[i];
        escalation_step(&step, XHM_SIM_BRAKE);
        assert_int_equal(reaction(bench), 0);
        free(bench);
    }
}

static void expired_cycles_are_counted_to_the_tolerance(void **state) {
    struct xhm_core_bench *bench = running((struct xhm_ladder){1, {XHM_REACTION_STOP}});

    bench->policy.partitions[XHM_SIM_BRAKE].expired_tolerance = 3;
    bench_brake(bench)->entities[0].status = XHM_STATUS_EXPIRED;
    for (unsigned cycle = 1; cycle <= 3; cycle++) {
        bench_step(bench);
        assert_int_equal(bench_brake(bench)->expired_cycles, cycle);
        assert_int_equal(reaction(bench), 0);
        assert_int_equal(bench_brake(bench)->status, XHM_STATUS_EXPIRED);
    }
    bench_step(bench);
    assert_int_equal(bench_events(bench, XHM_EVENT_PARTITION_STOPPED, XHM_SIM_BRAKE), 1);
    assert_int_equal(reaction(bench), XHM_REACTION_STOP);
    free(bench);
}

static void a_gap_of_the_supervisor_is_one_cycle(void **state) {
    struct xhm_core_bench *bench = running((struct xhm_ladder){1, {XHM_REACTION_REPORT}});

    bench_brake(bench)->entities[0].status = XHM_STATUS_EXPIRED;
    bench->observation.now_ns += XHM_SIM_S;
    bench->observation.ticks = 101;
    bench_step(bench);
    assert_int_equal(bench_brake(bench)->expired_cycles, 1);
    bench_brake(bench)->entities[0].status = XHM_STATUS_OK;
    bench->observation.ticks = 1;
    bench_step(bench);
    assert_int_equal(bench_brake(bench)->expired_cycles, 0);
    free(bench);
}

/* A restart that an operator ordered is tried again within its limit, though the ladder only reports. */
static void a_failed_restart_climbs_its_ladder_again(void **state) {
    struct xhm_core_bench *bench = running((struct xhm_ladder){1, {XHM_REACTION_REPORT}});
    struct xhm_step step = bench_call(bench);

    bench_brake(bench)->life = XHM_LIFE_RECREATING;
    bench_brake(bench)->restart_wanted_again = true;
    escalation_step(&step, XHM_SIM_BRAKE);
    assert_int_equal(reaction(bench), XHM_REACTION_RESTART);
    bench_set_ladder(bench, XHM_SIM_BRAKE, (struct xhm_ladder){1, {XHM_REACTION_PAUSE}});
    bench_brake(bench)->life = XHM_LIFE_VERIFYING;
    bench_brake(bench)->restart_wanted_again = true;
    step = bench_call(bench);
    escalation_step(&step, XHM_SIM_BRAKE);
    assert_int_equal(reaction(bench), XHM_REACTION_PAUSE);
    free(bench);
}

static void a_ladder_goes_on_behind_fail_over(void **state) {
    struct xhm_core_bench *bench = bench_make();
    struct xhm_partition_state *fusion = &bench->core.partitions[XHM_SIM_FUSION];

    bench_run_pair(bench);
    bench_set_ladder(bench, XHM_SIM_BRAKE,
                     (struct xhm_ladder){3, {XHM_REACTION_RESTART, XHM_REACTION_FAIL_OVER, XHM_REACTION_STOP}});
    struct xhm_step step = bench_call(bench);
    fusion->life = XHM_LIFE_RESUMING;
    escalation_go_on(&step, XHM_SIM_BRAKE, XHM_CLASS_ENTITY, XHM_SIM_FUSION);
    assert_int_equal(reaction(bench), XHM_REACTION_STOP);
    assert_int_equal(fusion->life, XHM_LIFE_HALTED);
    /* Where there is no such rung, from the beginning. */
    bench_set_ladder(bench, XHM_SIM_BRAKE, (struct xhm_ladder){1, {XHM_REACTION_PAUSE}});
    fusion->life = XHM_LIFE_RESUMING;
    step = bench_call(bench);
    escalation_go_on(&step, XHM_SIM_BRAKE, XHM_CLASS_ENTITY, XHM_SIM_FUSION);
    assert_int_equal(reaction(bench), XHM_REACTION_PAUSE);
    /* Not where it only reports, and not where no reaction is allowed. */
    bench_set_ladder(bench, XHM_SIM_BRAKE, (struct xhm_ladder){1, {XHM_REACTION_REPORT}});
    step = bench_call(bench);
    escalation_go_on(&step, XHM_SIM_BRAKE, XHM_CLASS_ENTITY, XHM_SIM_FUSION);
    assert_int_equal(reaction(bench), 0);
    bench_set_ladder(bench, XHM_SIM_BRAKE, (struct xhm_ladder){1, {XHM_REACTION_STOP}});
    bench->policy.partitions[XHM_SIM_FUSION].supervision_off = true;
    escalation_go_on(&step, XHM_SIM_BRAKE, XHM_CLASS_ENTITY, XHM_SIM_FUSION);
    assert_int_equal(reaction(bench), 0);
    free(bench);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_first_available_rung_is_taken),
        cmocka_unit_test(what_cannot_be_recreated_is_not_restarted),
        cmocka_unit_test(report_is_no_reaction),
        cmocka_unit_test(a_ladder_without_an_available_rung_is_used_up),
        cmocka_unit_test(what_a_restart_does_not_heal_uses_no_ladder_up),
        cmocka_unit_test(the_last_resort_ends_a_ladder),
        cmocka_unit_test(no_ladder_is_climbed_where_that_is_not_allowed),
        cmocka_unit_test(some_lives_are_left_alone),
        cmocka_unit_test(expired_cycles_are_counted_to_the_tolerance),
        cmocka_unit_test(a_gap_of_the_supervisor_is_one_cycle),
        cmocka_unit_test(a_failed_restart_climbs_its_ladder_again),
        cmocka_unit_test(a_ladder_goes_on_behind_fail_over),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
