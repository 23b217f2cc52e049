// SPDX-License-Identifier: Apache-2.0
/* Covers: XHM-BOOT-1 */
/* Starts and last resorts are counted until the ECU is healthy, and what happens when there are too many. */
#include "core_bench.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

static void begin_again(struct xhm_core_bench *bench, bool clean) {
    struct xhm_persistent persistent;

    memset(&persistent, 0, sizeof(persistent));
    core_export(&bench->core, &persistent);
    persistent.same_boot = true;
    persistent.clean = clean;
    bench_begin_again(bench, &persistent, XHM_PERSISTENT_READ);
}

/* All three partitions, healthy; the ECU is no better than faults that only its health ends allow. */
static void run_all(struct xhm_core_bench *bench, enum xhm_status wanted) {
    for (uint32_t i = 0; i < 3; i++) {
        bench_add_domain(bench, i, (uint16_t)(BENCH_BRAKE_DOMID + i));
    }
    bench_step(bench);
    for (uint32_t i = 0; i < 3; i++) {
        bench_attach(bench, i, 7 + i);
    }
    bench->reporting = true;
    bench_steps(bench, 250);
    assert_int_equal(bench->core.status, wanted);
}

/* The restart window of the policy, 60 s, without a break. */
static void stay_ok(struct xhm_core_bench *bench) {
    bench_steps(bench, 6000);
    assert_int_equal(bench->core.status, XHM_STATUS_OK);
}

static void a_start_is_counted_and_stored_at_once(void **state) {
    const struct xhm_persistent nothing = {.supervised_ns = 77};
    struct xhm_core_bench *bench = bench_make();

    (void)state;
    bench_begin_again(bench, &nothing, XHM_PERSISTENT_NONE);
    assert_int_equal(bench->core.starts_without_health, 1);
    assert_int_equal(bench->core.supervised_ns, 1);
    assert_true(bench->outcome.persistent_changed);
    assert_int_equal(bench->outcome.event_count, 0);
    begin_again(bench, false);
    assert_int_equal(bench->core.starts_without_health, 2);
    assert_true(bench->outcome.persistent_changed);
    free(bench);
}

static void a_clean_stop_takes_its_start_back(void **state) {
    struct xhm_core_bench *bench = bench_make();

    (void)state;
    begin_again(bench, true);
    assert_int_equal(bench->core.starts_without_health, 1);
    begin_again(bench, false);
    assert_int_equal(bench->core.starts_without_health, 2);
    begin_again(bench, true);
    assert_int_equal(bench->core.starts_without_health, 2);
    free(bench);
}

static void starts_are_counted_no_further_than_they_can_be(void **state) {
    struct xhm_core_bench *bench = bench_make();

    (void)state;
    bench->core.starts_without_health = UINT32_MAX;
    begin_again(bench, false);
    assert_int_equal(bench->core.starts_without_health, UINT32_MAX);
    free(bench);
}

static void too_many_starts_lead_to_the_boot_safe_state(void **state) {
    struct xhm_core_bench *bench = bench_make();

    (void)state;
    bench_declare_safe_states(bench);
    bench->policy.supervisor.boot_limit = 2;
    bench->policy.supervisor.boot_safe_state_number = 1;
    begin_again(bench, false);
    begin_again(bench, false);
    assert_int_equal(bench->core.starts_without_health, 2);
    assert_false(safe_state_is_latched(&bench->core));
    begin_again(bench, false);
    assert_true(bench_raised(bench, XHM_FAULT_BOOT_LOOP));
    assert_int_equal(bench_events(bench, XHM_EVENT_SAFE_STATE_ENTERED, XHM_NONE), 1);
    assert_int_equal(bench->outcome.events[1].values[1], XHM_CAUSE_BOOT_LOOP);
    assert_int_equal(bench->core.latch.number, 1);
    free(bench);
}

static void without_a_boot_safe_state_a_boot_loop_is_a_fault_that_health_ends(void **state) {
    struct xhm_core_bench *bench = bench_make();

    (void)state;
    bench->policy.supervisor.boot_limit = 1;
    begin_again(bench, false);
    begin_again(bench, false);
    assert_true(bench_raised(bench, XHM_FAULT_BOOT_LOOP));
    assert_false(safe_state_is_latched(&bench->core));
    bench_step(bench);
    assert_int_equal(bench->core.status, XHM_STATUS_FAILED);
    run_all(bench, XHM_STATUS_FAILED);
    stay_ok(bench);
    assert_int_equal(bench->core.fault_scopes[XHM_FAULT_BOOT_LOOP], 0);
    assert_int_equal(bench->core.starts_without_health, 0);
    free(bench);
}

static struct xhm_core_bench *with_last_resort(enum xhm_last_resort kind, uint32_t limit) {
    struct xhm_core_bench *bench = bench_make();

    bench->policy.supervisor.last_resort = kind;
    bench->policy.supervisor.last_resort_limit = limit;
    bench_step(bench);
    return bench;
}

static void a_last_resort_is_what_the_policy_declares(void **state) {
    static const enum xhm_action_kind actions[] = {
        [XHM_LAST_RESORT_REBOOT_ECU] = XHM_ACTION_REBOOT_ECU,
        [XHM_LAST_RESORT_RESTART_SUPERVISOR] = XHM_ACTION_RESTART_SUPERVISOR,
    };

    (void)state;
    for (unsigned kind = XHM_LAST_RESORT_NONE; kind <= XHM_LAST_RESORT_RESTART_SUPERVISOR; kind++) {
        struct xhm_core_bench *bench = with_last_resort((enum xhm_last_resort)kind, 1);
        const struct xhm_step step = bench_call(bench);
        assert_int_equal(last_resort_is_available(&bench->core), kind != XHM_LAST_RESORT_NONE);
        last_resort_take(&step);
        assert_int_equal(bench->outcome.action_count, kind != XHM_LAST_RESORT_NONE);
        assert_int_equal(bench_events(bench, XHM_EVENT_LAST_RESORT, XHM_NONE), kind != XHM_LAST_RESORT_NONE);
        if (kind != XHM_LAST_RESORT_NONE) {
            assert_non_null(bench_action(bench, actions[kind]));
            assert_int_equal(bench->outcome.actions[0].partition, XHM_NONE);
            assert_true(bench->outcome.persistent_changed);
        }
        free(bench);
    }
}

static void a_life_takes_one_last_resort(void **state) {
    struct xhm_core_bench *bench = with_last_resort(XHM_LAST_RESORT_RESTART_SUPERVISOR, 3);
    const struct xhm_step step = bench_call(bench);

    (void)state;
    last_resort_take(&step);
    assert_false(last_resort_is_available(&bench->core));
    last_resort_take(&step);
    assert_int_equal(bench->core.last_resorts_without_health, 1);
    assert_int_equal(bench->outcome.action_count, 1);
    free(bench);
}

static void a_life_that_ends_by_a_last_resort_counts(void **state) {
    struct xhm_core_bench *bench = with_last_resort(XHM_LAST_RESORT_RESTART_SUPERVISOR, 3);
    struct xhm_step step = bench_call(bench);

    (void)state;
    begin_again(bench, false);
    last_resort_take(&step);
    begin_again(bench, true);
    assert_int_equal(bench->core.starts_without_health, 2);
    bench->core.starts_without_health = UINT32_MAX;
    last_resort_take(&step);
    assert_int_equal(bench->core.starts_without_health, UINT32_MAX);
    free(bench);
}

static void a_last_resort_without_effect_is_a_failed_action(void **state) {
    struct xhm_core_bench *bench = with_last_resort(XHM_LAST_RESORT_REBOOT_ECU, 3);
    const struct xhm_step step = bench_call(bench);

    (void)state;
    last_resort_take(&step);
    bench_steps(bench, 1000);
    assert_int_equal(bench->core.fault_scopes[XHM_FAULT_ACTION_FAILED], 0);
    bench_step(bench);
    assert_int_not_equal(bench->core.fault_scopes[XHM_FAULT_ACTION_FAILED], 0);
    free(bench);
}

static void last_resorts_are_counted_over_lives_and_used_up(void **state) {
    struct xhm_core_bench *bench = with_last_resort(XHM_LAST_RESORT_RESTART_SUPERVISOR, 2);

    (void)state;
    for (unsigned taken = 1; taken <= 2; taken++) {
        const struct xhm_step step = bench_call(bench);
        assert_true(last_resort_is_available(&bench->core));
        last_resort_take(&step);
        assert_int_equal(bench->outcome.events[0].values[1], taken);
        begin_again(bench, false);
        assert_int_equal(bench->core.last_resorts_without_health, taken);
    }
    assert_false(last_resort_is_available(&bench->core));
    bench_step(bench);
    assert_true(bench_raised(bench, XHM_FAULT_LAST_RESORT_LIMIT));
    run_all(bench, XHM_STATUS_FAILED);
    assert_false(last_resort_is_available(&bench->core));
    stay_ok(bench);
    assert_int_equal(bench->core.fault_scopes[XHM_FAULT_LAST_RESORT_LIMIT], 0);
    assert_true(last_resort_is_available(&bench->core));
    free(bench);
}

static void a_latched_ecu_is_not_healthy(void **state) {
    struct xhm_core_bench *bench = bench_make();

    (void)state;
    bench_declare_safe_states(bench);
    begin_again(bench, false);
    run_all(bench, XHM_STATUS_OK);
    stay_ok(bench);
    bench_order(bench, (struct xhm_order){.kind = XHM_ORDER_SAFE_STATE, .safe_state = 0});
    bench_step(bench);
    assert_int_equal(bench->core.status, XHM_STATUS_EXPIRED);
    begin_again(bench, false);
    bench_steps(bench, 250);
    assert_int_equal(bench->core.partitions[0].status, XHM_STATUS_OK);
    assert_int_equal(bench->core.status, XHM_STATUS_EXPIRED);
    assert_int_equal(bench->core.starts_without_health, 1);
    free(bench);
}

static void health_takes_the_longest_restart_window_without_a_break(void **state) {
    struct xhm_core_bench *bench = bench_make();

    (void)state;
    bench->policy.partitions[1].restart.window_ns = 90 * XHM_SIM_S;
    begin_again(bench, false);
    const struct xhm_step step = bench_call(bench);
    boot_guard_step(&step, true);
    const uint64_t since_ns = bench->core.ok_since_ns;
    assert_int_equal(since_ns, bench->core.supervised_ns);
    bench->core.supervised_ns = since_ns + 90 * XHM_SIM_S - 1;
    boot_guard_step(&step, true);
    assert_int_equal(bench->core.starts_without_health, 1);
    assert_int_equal(bench->core.ok_since_ns, since_ns);
    boot_guard_step(&step, false);
    assert_int_equal(bench->core.ok_since_ns, 0);
    bench->core.supervised_ns++;
    boot_guard_step(&step, true);
    assert_int_equal(bench->core.starts_without_health, 1);
    bench->core.supervised_ns += 90 * XHM_SIM_S;
    boot_guard_step(&step, true);
    assert_int_equal(bench->core.starts_without_health, 0);
    begin_again(bench, false);
    assert_int_equal(bench->core.ok_since_ns, 0);
    free(bench);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_start_is_counted_and_stored_at_once),
        cmocka_unit_test(a_clean_stop_takes_its_start_back),
        cmocka_unit_test(starts_are_counted_no_further_than_they_can_be),
        cmocka_unit_test(too_many_starts_lead_to_the_boot_safe_state),
        cmocka_unit_test(without_a_boot_safe_state_a_boot_loop_is_a_fault_that_health_ends),
        cmocka_unit_test(a_last_resort_is_what_the_policy_declares),
        cmocka_unit_test(a_life_takes_one_last_resort),
        cmocka_unit_test(a_life_that_ends_by_a_last_resort_counts),
        cmocka_unit_test(a_last_resort_without_effect_is_a_failed_action),
        cmocka_unit_test(last_resorts_are_counted_over_lives_and_used_up),
        cmocka_unit_test(a_latched_ecu_is_not_healthy),
        cmocka_unit_test(health_takes_the_longest_restart_window_without_a_break),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
