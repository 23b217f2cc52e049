// SPDX-License-Identifier: Apache-2.0
/* Covers: XHM-SAFE-1 XHM-SAFE-2 */
/* Safe states: what entering and clearing one does, and how a latch is found again. Answers to orders: orders_test.c.
 */
#include "core_bench.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#define TOKEN UINT64_C(77)

/* brake and fusion run; infotainment is absent. */
static struct xhm_core_bench *make(void) {
    struct xhm_core_bench *bench = bench_make();

    bench_declare_safe_states(bench);
    bench_add_domain(bench, XHM_SIM_FUSION, 9);
    bench_run_brake(bench);
    return bench;
}

static void enter(struct xhm_core_bench *bench, uint32_t index) {
    const struct xhm_order order = {.kind = XHM_ORDER_SAFE_STATE, .safe_state = index};
    assert_int_equal(bench_order(bench, order), XHM_ORDER_ACCEPTED);
}

static void clear(struct xhm_core_bench *bench) {
    bench_order(bench, (struct xhm_order){.kind = XHM_ORDER_SAFE_STATE_CLEAR, .token = TOKEN});
    assert_int_equal(bench_order(bench, (struct xhm_order){.kind = XHM_ORDER_SAFE_STATE_CONFIRM, .token = TOKEN}),
                     XHM_ORDER_ACCEPTED);
}

static struct xhm_persistent export(const struct xhm_core_bench *bench) {
    struct xhm_persistent persistent;

    memset(&persistent, 0, sizeof(persistent));
    core_export(&bench->core, &persistent);
    persistent.same_boot = true;
    return persistent;
}

static uint64_t first_cause(const struct xhm_core_bench *bench) {
    for (uint32_t i = 0; i < bench->outcome.event_count; i++) {
        if (bench->outcome.events[i].kind == XHM_EVENT_SAFE_STATE_ENTERED) {
            return bench->outcome.events[i].values[1];
        }
    }
    return 0;
}

static void every_disposition_is_applied_in_the_same_step(void **state) {
    struct xhm_core_bench *bench = make();

    (void)state;
    enter(bench, 1);
    assert_int_equal(first_cause(bench), XHM_CAUSE_REQUEST);
    assert_int_equal(bench_actions(bench, XHM_ACTION_STOP, XHM_SIM_BRAKE), 1);
    assert_int_equal(bench_actions(bench, XHM_ACTION_PAUSE, XHM_SIM_FUSION), 1);
    assert_int_equal(bench->core.partitions[XHM_SIM_INFOTAINMENT].life, XHM_LIFE_STOPPING);
    bench_step(bench);
    assert_int_equal(bench_actions(bench, XHM_ACTION_RECREATE, XHM_SIM_INFOTAINMENT), 1);
    assert_int_equal(bench->core.partitions[XHM_SIM_INFOTAINMENT].restart_kept, 0);
    free(bench);
}

static void the_policy_is_the_bound_of_indices(void **state) {
    struct xhm_core_bench *bench = make();
    const struct xhm_step step = bench_call(bench);

    (void)state;
    assert_false(safe_state_enter(&step, 2, XHM_CAUSE_LADDER));
    assert_false(safe_state_enter(&step, UINT32_MAX, XHM_CAUSE_LADDER));
    assert_true(safe_state_enter(&step, 1, XHM_CAUSE_LADDER));
    assert_false(safe_state_enter(&step, 1, XHM_CAUSE_LADDER));
    assert_false(safe_state_enter(&step, 0, XHM_CAUSE_LADDER));
    free(bench);
}

static void clearing_resumes_what_the_safe_state_halted_and_nothing_else(void **state) {
    struct xhm_core_bench *bench = make();
    const struct xhm_step step = bench_call(bench);

    (void)state;
    lifecycle_halt(&step, XHM_SIM_BRAKE, XHM_DISPOSITION_STOP);
    enter(bench, 0);
    enter(bench, 1);
    clear(bench);
    assert_int_equal(bench->core.partitions[XHM_SIM_BRAKE].life, XHM_LIFE_HALTED);
    assert_int_equal(bench_actions(bench, XHM_ACTION_UNPAUSE, XHM_SIM_FUSION), 1);
    assert_int_equal(bench->core.partitions[XHM_SIM_FUSION].halted, XHM_DISPOSITION_LEAVE);
    assert_false(safe_state_is_latched(&bench->core));
    assert_string_equal(core_safe_state_name(&bench->core), "");
    free(bench);
}

static void a_latch_is_remembered_by_its_name(void **state) {
    struct xhm_core_bench *bench = make();

    (void)state;
    enter(bench, 1);
    bench_step(bench);
    const struct xhm_persistent persistent = export(bench);
    assert_string_equal(persistent.safe_state, "silent");
    bench_begin_again(bench, &persistent, XHM_PERSISTENT_READ);
    assert_int_equal(first_cause(bench), XHM_CAUSE_REMEMBERED);
    assert_int_equal(bench->outcome.action_count, 0);
    bench->observation.domains[0].paused = true;
    bench->observation.domain_count = 1; /* fusion, as we left it */
    bench_step(bench);
    assert_int_equal(bench_actions(bench, XHM_ACTION_PAUSE, XHM_SIM_FUSION), 0);
    assert_int_equal(bench->core.partitions[XHM_SIM_FUSION].life, XHM_LIFE_HALTED);
    assert_int_equal(bench->core.partitions[XHM_SIM_BRAKE].life, XHM_LIFE_HALTED);
    free(bench);
}

static void what_is_to_be_started_waits_for_the_first_look(void **state) {
    struct xhm_core_bench *bench = make();

    (void)state;
    enter(bench, 1);
    const struct xhm_persistent persistent = export(bench);
    bench_begin_again(bench, &persistent, XHM_PERSISTENT_READ);
    bench->observation.domains_sight = XHM_SIGHT_UNKNOWN;
    bench_steps(bench, 5);
    assert_int_equal(bench->core.partitions[XHM_SIM_INFOTAINMENT].life, XHM_LIFE_ABSENT);
    bench->observation.domains_sight = XHM_SIGHT_KNOWN;
    bench_add_domain(bench, XHM_SIM_INFOTAINMENT, 12);
    bench_step(bench);
    assert_int_equal(bench->core.partitions[XHM_SIM_INFOTAINMENT].life, XHM_LIFE_STARTING);
    assert_int_equal(bench_actions(bench, XHM_ACTION_RECREATE, XHM_SIM_INFOTAINMENT), 0);
    free(bench);
}

static void an_unreadable_memory_starts_latched(void **state) {
    struct xhm_persistent persistent;
    struct xhm_core_bench *bench = make();

    (void)state;
    memset(&persistent, 0xff, sizeof(persistent)); /* is not looked at */
    bench->policy.supervisor.boot_safe_state_number = 2;
    bench_begin_again(bench, &persistent, XHM_PERSISTENT_UNREADABLE);
    assert_true(bench_raised(bench, XHM_FAULT_LATCH_UNKNOWN));
    assert_int_equal(first_cause(bench), XHM_CAUSE_LATCH_UNKNOWN);
    assert_string_equal(core_safe_state_name(&bench->core), "silent");
    clear(bench);
    assert_true(bench_cleared(bench, XHM_FAULT_LATCH_UNKNOWN));
    free(bench);
}

static void without_a_boot_safe_state_nobody_knowing_stays_a_fault_over_restarts(void **state) {
    struct xhm_core_bench *bench = make();
    struct xhm_persistent persistent;

    (void)state;
    bench_begin_again(bench, NULL, XHM_PERSISTENT_UNREADABLE);
    for (unsigned i = 0; i < 2; i++) {
        assert_true(bench_raised(bench, XHM_FAULT_LATCH_UNKNOWN));
        assert_false(safe_state_is_latched(&bench->core));
        persistent = export(bench);
        assert_string_equal(persistent.safe_state, "?");
        bench_begin_again(bench, &persistent, XHM_PERSISTENT_READ);
    }
    clear(bench);
    assert_int_equal(bench_events(bench, XHM_EVENT_SAFE_STATE_CLEARED, XHM_NONE), 1);
    assert_int_equal(bench->outcome.events[0].values[0], XHM_NONE);
    persistent = export(bench);
    assert_string_equal(persistent.safe_state, "");
    free(bench);
}

static void a_name_that_the_policy_does_not_have_stays_latched(void **state) {
    struct xhm_core_bench *bench = make();

    (void)state;
    struct xhm_persistent persistent = export(bench);
    memset(persistent.safe_state, 'x', sizeof(persistent.safe_state)); /* and ends nowhere */
    bench_begin_again(bench, &persistent, XHM_PERSISTENT_READ);
    assert_true(bench_raised(bench, XHM_FAULT_LATCH_UNKNOWN));
    assert_true(safe_state_is_latched(&bench->core));
    assert_int_equal(strlen(core_safe_state_name(&bench->core)), XHM_NAME_SIZE - 1);
    bench_step(bench);
    assert_true(safe_state_is_latched(&bench->core));
    assert_int_equal(bench->core.status, XHM_STATUS_EXPIRED);
    enter(bench, 0);
    assert_string_equal(core_safe_state_name(&bench->core), "limp");
    free(bench);
}

static void a_name_that_the_policy_does_not_have_leads_to_the_boot_safe_state(void **state) {
    struct xhm_core_bench *bench = make();

    (void)state;
    struct xhm_persistent persistent = export(bench);
    strcpy(persistent.safe_state, "of-before");
    bench->policy.supervisor.boot_safe_state_number = 1;
    bench_begin_again(bench, &persistent, XHM_PERSISTENT_READ);
    assert_string_equal(core_safe_state_name(&bench->core), "limp");
    free(bench);
}

static void a_policy_is_applied_under_a_latch(void **state) {
    struct xhm_core_bench *bench = make();
    static struct xhm_policy other;
    uint32_t origin[XHM_MAX_PARTITIONS];

    (void)state;
    enter(bench, 1);
    bench_step(bench);
    /* In another place, and with another disposition. */
    other = bench->policy;
    other.safe_states[0] = bench->policy.safe_states[1];
    other.safe_states[0].dispositions[XHM_SIM_FUSION] = XHM_DISPOSITION_STOP;
    strcpy(other.safe_states[1].name, "idle");
    core_apply_policy(&bench->core, &other, &bench->scratch, origin, &bench->outcome);
    assert_int_equal(bench->core.latch.number, 1);
    bench_step(bench);
    assert_int_equal(bench_actions(bench, XHM_ACTION_STOP, XHM_SIM_FUSION), 1);
    /* Not at all. */
    bench->policy.safe_state_count = 1;
    core_apply_policy(&bench->core, &bench->policy, &bench->scratch, origin, &bench->outcome);
    assert_int_equal(bench->core.latch.number, 0);
    assert_true(safe_state_is_latched(&bench->core));
    bench_step(bench);
    assert_true(bench_raised(bench, XHM_FAULT_LATCH_UNKNOWN));
    assert_string_equal(core_safe_state_name(&bench->core), "silent");
    free(bench);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_disposition_is_applied_in_the_same_step),
        cmocka_unit_test(the_policy_is_the_bound_of_indices),
        cmocka_unit_test(clearing_resumes_what_the_safe_state_halted_and_nothing_else),
        cmocka_unit_test(a_latch_is_remembered_by_its_name),
        cmocka_unit_test(what_is_to_be_started_waits_for_the_first_look),
        cmocka_unit_test(an_unreadable_memory_starts_latched),
        cmocka_unit_test(without_a_boot_safe_state_nobody_knowing_stays_a_fault_over_restarts),
        cmocka_unit_test(a_name_that_the_policy_does_not_have_stays_latched),
        cmocka_unit_test(a_name_that_the_policy_does_not_have_leads_to_the_boot_safe_state),
        cmocka_unit_test(a_policy_is_applied_under_a_latch),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
