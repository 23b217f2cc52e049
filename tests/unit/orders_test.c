// SPDX-License-Identifier: Apache-2.0
/* Covers: XHM-MODE-1 XHM-MAINTENANCE-1 XHM-SAFE-3 */
/* Every answer to every kind of order, and that an order which is not accepted changes nothing. */
#include "core_bench.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#define UID   1000u
#define TOKEN UINT64_C(0x1234567890abcdef)

static struct xhm_core_bench *make(void) {
    struct xhm_core_bench *bench = bench_make();

    bench_declare_safe_states(bench);
    bench_run_brake(bench);
    return bench;
}

/* A refused order leaves the core byte for byte as it was, and nothing to do or to store. */
static void refused(struct xhm_core_bench *bench, struct xhm_order order, enum xhm_order_answer answer) {
    memcpy(&bench->scratch, &bench->core, sizeof(bench->core));
    assert_int_equal(bench_order(bench, order), answer);
    assert_memory_equal(&bench->scratch, &bench->core, sizeof(bench->core));
    assert_int_equal(bench->outcome.action_count, 0);
    assert_false(bench->outcome.persistent_changed);
}

static void accepted(struct xhm_core_bench *bench, struct xhm_order order) {
    assert_int_equal(bench_order(bench, order), XHM_ORDER_ACCEPTED);
}

static void kinds_that_there_are_not_are_out_of_range(void **state) {
    struct xhm_core_bench *bench = make();

    (void)state;
    refused(bench, (struct xhm_order){.kind = (enum xhm_order_kind)0}, XHM_ORDER_OUT_OF_RANGE);
    refused(bench, (struct xhm_order){.kind = XHM_ORDER_KIND_END}, XHM_ORDER_OUT_OF_RANGE);
    free(bench);
}

static void partitions_and_safe_states_that_there_are_not_are_not_found(void **state) {
    static const enum xhm_order_kind kinds[] = {XHM_ORDER_RESTART, XHM_ORDER_FAIL_OVER, XHM_ORDER_MAINTENANCE,
                                                XHM_ORDER_SAFE_STATE};
    struct xhm_core_bench *bench = make();

    (void)state;
    for (unsigned i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
        refused(bench, (struct xhm_order){.kind = kinds[i], .partition = 3, .safe_state = 2, .duration_ns = 1},
                XHM_ORDER_NOT_FOUND);
    }
    free(bench);
}

static void a_restart_is_accepted_once(void **state) {
    struct xhm_core_bench *bench = make();

    (void)state;
    accepted(bench, (struct xhm_order){.kind = XHM_ORDER_RESTART, .partition = 0});
    assert_true(bench->outcome.persistent_changed);
    refused(bench, (struct xhm_order){.kind = XHM_ORDER_RESTART, .partition = 0}, XHM_ORDER_UNDER_WAY);
    assert_int_equal(bench_events(bench, XHM_EVENT_RESTART_REFUSED, 0), 1);
    free(bench);
}

static void a_restart_leads_out_of_limited_and_halted(void **state) {
    struct xhm_core_bench *bench = make();
    const struct xhm_step step = {.core = &bench->core, .observation = &bench->observation, .outcome = &bench->outcome};

    (void)state;
    lifecycle_event(&step, 0, XHM_LIFE_EXHAUSTED);
    assert_int_equal(bench_brake(bench)->life, XHM_LIFE_LIMITED);
    accepted(bench, (struct xhm_order){.kind = XHM_ORDER_RESTART, .partition = 0});
    assert_int_equal(bench_brake(bench)->life, XHM_LIFE_STOPPING);

    outcome_clear(&bench->outcome);
    lifecycle_halt(&step, 0, XHM_DISPOSITION_STOP);
    assert_int_equal(bench_brake(bench)->life, XHM_LIFE_HALTED);
    accepted(bench, (struct xhm_order){.kind = XHM_ORDER_RESTART, .partition = 0});
    assert_int_equal(bench_brake(bench)->life, XHM_LIFE_STOPPING);
    assert_int_equal(bench_brake(bench)->halted, XHM_DISPOSITION_LEAVE);
    free(bench);
}

static void what_cannot_be_recreated_is_not_restarted(void **state) {
    struct xhm_core_bench *bench = make();

    (void)state;
    bench->policy.partitions[0].identity.kind = XHM_IDENTITY_STATIC_DOMID;
    refused(bench, (struct xhm_order){.kind = XHM_ORDER_RESTART, .partition = 0}, XHM_ORDER_IMPOSSIBLE);
    bench->policy.partitions[0].identity.kind = XHM_IDENTITY_DOM0;
    refused(bench, (struct xhm_order){.kind = XHM_ORDER_RESTART, .partition = 0}, XHM_ORDER_IMPOSSIBLE);
    free(bench);
}

static void nothing_is_restarted_while_a_safe_state_is_latched(void **state) {
    struct xhm_core_bench *bench = make();

    (void)state;
    accepted(bench, (struct xhm_order){.kind = XHM_ORDER_SAFE_STATE, .safe_state = 0});
    refused(bench, (struct xhm_order){.kind = XHM_ORDER_RESTART, .partition = 0}, XHM_ORDER_LATCHED);
    assert_int_equal(bench_events(bench, XHM_EVENT_RESTART_REFUSED, 0), 1);
    refused(bench, (struct xhm_order){.kind = XHM_ORDER_FAIL_OVER, .partition = 0}, XHM_ORDER_LATCHED);
    free(bench);
}

static void a_partition_without_a_standby_does_not_fail_over(void **state) {
    struct xhm_core_bench *bench = make();

    (void)state;
    refused(bench, (struct xhm_order){.kind = XHM_ORDER_FAIL_OVER, .partition = 0}, XHM_ORDER_IMPOSSIBLE);
    free(bench);
}

static void a_standby_that_is_not_ready_does_not_take_over(void **state) {
    struct xhm_core_bench *bench = bench_make();

    (void)state;
    bench->policy.partitions[1].standby_for_number = 1;
    bench_restart(bench);
    bench_run_brake(bench);
    refused(bench, (struct xhm_order){.kind = XHM_ORDER_FAIL_OVER, .partition = 0}, XHM_ORDER_NOT_READY);
    free(bench);
}

static void modes_are_changed_to_those_that_there_are(void **state) {
    struct xhm_core_bench *bench = make();

    (void)state;
    refused(bench, (struct xhm_order){.kind = XHM_ORDER_MODE, .mode = (enum xhm_ecu_mode)0}, XHM_ORDER_OUT_OF_RANGE);
    refused(bench, (struct xhm_order){.kind = XHM_ORDER_MODE, .mode = XHM_MODE_END}, XHM_ORDER_OUT_OF_RANGE);
    refused(bench, (struct xhm_order){.kind = XHM_ORDER_MODE, .mode = XHM_MODE_RUN}, XHM_ORDER_NOTHING_TO_DO);
    accepted(bench, (struct xhm_order){.kind = XHM_ORDER_MODE, .mode = XHM_MODE_SHUTDOWN});
    assert_int_equal(bench->core.mode, XHM_MODE_SHUTDOWN);
    assert_int_equal(bench_events(bench, XHM_EVENT_MODE_CHANGED, XHM_NONE), 1);
    assert_int_equal(bench->outcome.events[0].values[0], XHM_MODE_SHUTDOWN);
    assert_int_equal(bench->outcome.events[0].values[1], UID);
    assert_true(bench->outcome.persistent_changed);
    free(bench);
}

static void maintenance_lasts_at_most_a_day(void **state) {
    const uint64_t day_ns = 24 * 3600 * XHM_SIM_S;
    struct xhm_core_bench *bench = make();

    (void)state;
    refused(bench, (struct xhm_order){.kind = XHM_ORDER_MAINTENANCE, .duration_ns = day_ns + 1},
            XHM_ORDER_OUT_OF_RANGE);
    refused(bench, (struct xhm_order){.kind = XHM_ORDER_MAINTENANCE}, XHM_ORDER_NOTHING_TO_DO);
    accepted(bench, (struct xhm_order){.kind = XHM_ORDER_MAINTENANCE, .duration_ns = day_ns});
    assert_int_equal(bench_events(bench, XHM_EVENT_MAINTENANCE_BEGUN, 0), 1);
    assert_int_equal(bench->outcome.events[0].values[0], 24 * 3600 * 1000);
    assert_true(bench->outcome.persistent_changed);
    accepted(bench, (struct xhm_order){.kind = XHM_ORDER_MAINTENANCE});
    assert_int_equal(bench_events(bench, XHM_EVENT_MAINTENANCE_ENDED, 0), 1);
    assert_int_equal(bench->outcome.events[0].values[0], 1);
    assert_int_equal(bench->outcome.events[0].values[1], UID);
    free(bench);
}

static void only_a_more_severe_safe_state_replaces_one(void **state) {
    struct xhm_core_bench *bench = make();

    (void)state;
    accepted(bench, (struct xhm_order){.kind = XHM_ORDER_SAFE_STATE, .safe_state = 0});
    refused(bench, (struct xhm_order){.kind = XHM_ORDER_SAFE_STATE, .safe_state = 0}, XHM_ORDER_LESS_SEVERE);
    accepted(bench, (struct xhm_order){.kind = XHM_ORDER_SAFE_STATE, .safe_state = 1});
    assert_int_equal(bench->core.latch.number, 2);
    refused(bench, (struct xhm_order){.kind = XHM_ORDER_SAFE_STATE, .safe_state = 0}, XHM_ORDER_LESS_SEVERE);
    free(bench);
}

static void a_latch_is_cleared_in_two_steps(void **state) {
    struct xhm_core_bench *bench = make();

    (void)state;
    refused(bench, (struct xhm_order){.kind = XHM_ORDER_SAFE_STATE_CLEAR, .token = TOKEN}, XHM_ORDER_NOT_LATCHED);
    refused(bench, (struct xhm_order){.kind = XHM_ORDER_SAFE_STATE_CONFIRM, .token = TOKEN}, XHM_ORDER_NOT_LATCHED);
    accepted(bench, (struct xhm_order){.kind = XHM_ORDER_SAFE_STATE, .safe_state = 1});
    refused(bench, (struct xhm_order){.kind = XHM_ORDER_SAFE_STATE_CONFIRM, .token = TOKEN}, XHM_ORDER_BAD_TOKEN);
    refused(bench, (struct xhm_order){.kind = XHM_ORDER_SAFE_STATE_CONFIRM, .token = 0}, XHM_ORDER_BAD_TOKEN);
    refused(bench, (struct xhm_order){.kind = XHM_ORDER_SAFE_STATE_CLEAR, .token = 0}, XHM_ORDER_OUT_OF_RANGE);
    accepted(bench, (struct xhm_order){.kind = XHM_ORDER_SAFE_STATE_CLEAR, .token = TOKEN});
    assert_int_equal(bench_events(bench, XHM_EVENT_SAFE_STATE_CLEAR_ASKED, XHM_NONE), 1);
    assert_int_equal(bench->outcome.events[0].values[0], 1);
    refused(bench, (struct xhm_order){.kind = XHM_ORDER_SAFE_STATE_CONFIRM, .token = TOKEN + 1}, XHM_ORDER_BAD_TOKEN);
    accepted(bench, (struct xhm_order){.kind = XHM_ORDER_SAFE_STATE_CONFIRM, .token = TOKEN});
    assert_int_equal(bench_events(bench, XHM_EVENT_SAFE_STATE_CLEARED, XHM_NONE), 1);
    assert_int_equal(bench->outcome.events[0].values[0], 1);
    assert_true(bench->outcome.persistent_changed);
    refused(bench, (struct xhm_order){.kind = XHM_ORDER_SAFE_STATE_CONFIRM, .token = TOKEN}, XHM_ORDER_NOT_LATCHED);
    free(bench);
}

static void the_second_step_has_thirty_seconds_of_supervised_time(void **state) {
    for (unsigned late = 0; late < 2; late++) {
        struct xhm_core_bench *bench = make();
        bench->policy.supervisor.overrun_tolerance_ns = 60 * XHM_SIM_S;

        (void)state;
        accepted(bench, (struct xhm_order){.kind = XHM_ORDER_SAFE_STATE, .safe_state = 0});
        accepted(bench, (struct xhm_order){.kind = XHM_ORDER_SAFE_STATE_CLEAR, .token = TOKEN});
        bench->observation.now_ns = bench->core.now_ns + 30 * XHM_SIM_S + late;
        bench_step(bench);
        assert_int_equal(bench_order(bench, (struct xhm_order){.kind = XHM_ORDER_SAFE_STATE_CONFIRM, .token = TOKEN}),
                         late ? XHM_ORDER_BAD_TOKEN : XHM_ORDER_ACCEPTED);
        free(bench);
    }
}

static void a_token_is_for_the_safe_state_that_was_latched(void **state) {
    struct xhm_core_bench *bench = make();

    (void)state;
    accepted(bench, (struct xhm_order){.kind = XHM_ORDER_SAFE_STATE, .safe_state = 0});
    accepted(bench, (struct xhm_order){.kind = XHM_ORDER_SAFE_STATE_CLEAR, .token = TOKEN});
    accepted(bench, (struct xhm_order){.kind = XHM_ORDER_SAFE_STATE, .safe_state = 1});
    refused(bench, (struct xhm_order){.kind = XHM_ORDER_SAFE_STATE_CONFIRM, .token = TOKEN}, XHM_ORDER_BAD_TOKEN);
    free(bench);
}

static void operation_cycles_are_numbered(void **state) {
    struct xhm_core_bench *bench = make();

    (void)state;
    refused(bench, (struct xhm_order){.kind = XHM_ORDER_CYCLE_END}, XHM_ORDER_NOTHING_TO_DO);
    for (unsigned number = 1; number <= 2; number++) {
        accepted(bench, (struct xhm_order){.kind = XHM_ORDER_CYCLE_BEGIN});
        assert_int_equal(bench_events(bench, XHM_EVENT_OPERATION_CYCLE_BEGUN, XHM_NONE), 1);
        assert_int_equal(bench->outcome.events[0].values[0], number);
        assert_true(bench->outcome.persistent_changed);
        refused(bench, (struct xhm_order){.kind = XHM_ORDER_CYCLE_BEGIN}, XHM_ORDER_NOTHING_TO_DO);
        accepted(bench, (struct xhm_order){.kind = XHM_ORDER_CYCLE_END});
        assert_int_equal(bench_events(bench, XHM_EVENT_OPERATION_CYCLE_ENDED, XHM_NONE), 1);
        assert_int_equal(bench->outcome.events[0].values[0], number);
        assert_true(bench->outcome.persistent_changed);
    }
    free(bench);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(kinds_that_there_are_not_are_out_of_range),
        cmocka_unit_test(partitions_and_safe_states_that_there_are_not_are_not_found),
        cmocka_unit_test(a_restart_is_accepted_once),
        cmocka_unit_test(a_restart_leads_out_of_limited_and_halted),
        cmocka_unit_test(what_cannot_be_recreated_is_not_restarted),
        cmocka_unit_test(nothing_is_restarted_while_a_safe_state_is_latched),
        cmocka_unit_test(a_partition_without_a_standby_does_not_fail_over),
        cmocka_unit_test(a_standby_that_is_not_ready_does_not_take_over),
        cmocka_unit_test(modes_are_changed_to_those_that_there_are),
        cmocka_unit_test(maintenance_lasts_at_most_a_day),
        cmocka_unit_test(only_a_more_severe_safe_state_replaces_one),
        cmocka_unit_test(a_latch_is_cleared_in_two_steps),
        cmocka_unit_test(the_second_step_has_thirty_seconds_of_supervised_time),
        cmocka_unit_test(a_token_is_for_the_safe_state_that_was_latched),
        cmocka_unit_test(operation_cycles_are_numbered),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
