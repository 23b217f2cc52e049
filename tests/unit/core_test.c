// SPDX-License-Identifier: Apache-2.0
/* Covers: XHM-OVERRUN-1 XHM-UNKNOWN-1 */
#include "core_bench.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <stdlib.h>

static void a_new_core_knows_nothing(void **state) {
    struct xhm_core_bench *bench = bench_make();

    assert_int_equal(bench->core.status, XHM_STATUS_DEACTIVATED);
    assert_int_equal(bench->core.first_expired.partition, XHM_NONE);
    assert_int_equal(bench->core.first_expired.partition_complement, 0);
    for (uint32_t i = 0; i < XHM_MAX_PARTITIONS; i++) {
        assert_int_equal(bench->core.partitions[i].status, XHM_STATUS_DEACTIVATED);
        assert_int_equal(bench->core.partitions[i].life, XHM_LIFE_ABSENT);
        assert_int_equal(bench->core.partitions[i].vcpu_seen_pcpu[0], XHM_NONE);
    }
    bench_step(bench);
    assert_int_equal(bench->core.status, XHM_STATUS_DEACTIVATED);
    free(bench);
}

static void the_domain_list_is_read_at_its_period(void **state) {
    struct xhm_core_bench *bench = bench_make();
    unsigned reads = 0;

    for (unsigned i = 0; i < 101; i++) {
        core_plan(&bench->core, 1, &bench->plan);
        reads += bench->plan.read_domains;
        bench_step(bench);
    }
    assert_int_equal(reads, 11);
    core_plan(&bench->core, 30, &bench->plan);
    assert_true(bench->plan.read_domains);
    free(bench);
}

static void supervised_time_takes_one_cycle_of_a_gap(void **state) {
    struct xhm_core_bench *bench = bench_make();
    const uint64_t cycle_ns = bench->policy.supervisor.cycle_ns;
    uint64_t before_ns;

    bench_steps(bench, 5);
    before_ns = bench->core.supervised_ns;
    bench->observation.now_ns += bench->policy.supervisor.overrun_tolerance_ns;
    bench_step(bench);
    assert_false(bench_raised(bench, XHM_FAULT_SUPERVISOR_OVERRUN));
    assert_int_equal(bench->core.supervised_ns, before_ns + cycle_ns + bench->policy.supervisor.overrun_tolerance_ns);
    before_ns = bench->core.supervised_ns;
    bench->observation.now_ns += bench->policy.supervisor.overrun_tolerance_ns + 1;
    bench_step(bench);
    assert_true(bench_raised(bench, XHM_FAULT_SUPERVISOR_OVERRUN));
    assert_int_equal(bench->core.supervised_ns, before_ns + cycle_ns);
    assert_int_equal(bench->core.overruns, 1);
    bench_step(bench);
    assert_true(bench_cleared(bench, XHM_FAULT_SUPERVISOR_OVERRUN));
    free(bench);
}

static void a_failed_clock_takes_one_cycle_a_step(void **state) {
    struct xhm_core_bench *bench = bench_make();
    const uint64_t cycle_ns = bench->policy.supervisor.cycle_ns;
    const uint64_t now_ns = bench->observation.now_ns;

    bench_steps(bench, 2);
    const uint64_t before_ns = bench->core.supervised_ns;
    for (unsigned i = 0; i < 100; i++) {
        bench->observation.now_ns = 0;
        bench_step(bench);
        assert_int_equal(bench->core.status, XHM_STATUS_FAILED);
    }
    assert_int_equal(bench->core.supervised_ns, before_ns + 100 * cycle_ns);
    bench->observation.now_ns = now_ns + 1000 * cycle_ns;
    bench_step(bench);
    assert_int_equal(bench->core.supervised_ns, before_ns + 101 * cycle_ns);
    assert_true(bench_cleared(bench, XHM_FAULT_CLOCK_FAILED));
    assert_false(bench_raised(bench, XHM_FAULT_SUPERVISOR_OVERRUN));
    bench->observation.now_ns = now_ns;
    bench_step(bench);
    assert_true(bench_raised(bench, XHM_FAULT_CLOCK_FAILED));
    free(bench);
}

static void a_clock_that_stands_for_a_step_has_not_failed(void **state) {
    struct xhm_core_bench *bench = bench_make();

    bench_steps(bench, 2);
    bench->observation.now_ns -= bench->policy.supervisor.cycle_ns;
    bench_step(bench);
    assert_false(bench_raised(bench, XHM_FAULT_CLOCK_FAILED));
    free(bench);
}

static void a_clock_that_fails_at_once_is_told(void **state) {
    struct xhm_core_bench *bench = bench_make();

    bench->observation.now_ns = 0;
    bench_step(bench);
    assert_true(bench_raised(bench, XHM_FAULT_CLOCK_FAILED));
    assert_int_equal(bench->core.supervised_ns, 1);
    free(bench);
}

static void silence_of_the_hypervisor_makes_nobody_ok(void **state) {
    struct xhm_core_bench *bench = bench_make();

    bench_run_brake(bench);
    bench->observation.domains_sight = XHM_SIGHT_UNKNOWN;
    bench_steps(bench, 500);
    assert_int_equal(bench_brake(bench)->status, XHM_STATUS_OK);
    bench_step(bench);
    assert_true(bench_raised(bench, XHM_FAULT_HYPERVISOR_UNKNOWN));
    assert_int_equal(bench_brake(bench)->status, XHM_STATUS_FAILED);
    bench->observation.domains_sight = XHM_SIGHT_KNOWN;
    bench_step(bench);
    assert_int_equal(bench_brake(bench)->status, XHM_STATUS_OK);
    free(bench);
}

static void links_and_means_are_watched(void **state) {
    struct xhm_core_bench *bench = bench_make();

    bench->observation.xenstore_silent_ns = bench->policy.supervisor.visibility_timeout_ns;
    bench_step(bench);
    assert_false(bench_raised(bench, XHM_FAULT_XENSTORE_UNKNOWN));
    bench->observation.xenstore_silent_ns++;
    bench->observation.events_lost = true;
    bench->observation.fault_memory_degraded = true;
    bench->observation.action_failed = true;
    bench_step(bench);
    assert_true(bench_raised(bench, XHM_FAULT_XENSTORE_UNKNOWN));
    assert_true(bench_raised(bench, XHM_FAULT_EVENTS_LOST));
    assert_true(bench_raised(bench, XHM_FAULT_FAULT_MEMORY_DEGRADED));
    assert_true(bench_raised(bench, XHM_FAULT_ACTION_FAILED));
    bench->observation.xenstore_silent_ns = 0;
    bench->observation.events_lost = false;
    bench->observation.fault_memory_degraded = false;
    bench->observation.action_failed = false;
    bench_step(bench);
    assert_true(bench_cleared(bench, XHM_FAULT_XENSTORE_UNKNOWN));
    assert_true(bench_cleared(bench, XHM_FAULT_EVENTS_LOST));
    assert_true(bench_cleared(bench, XHM_FAULT_FAULT_MEMORY_DEGRADED));
    assert_true(bench_cleared(bench, XHM_FAULT_ACTION_FAILED));
    free(bench);
}

static void an_agent_that_is_absent_or_silent_is_a_fault(void **state) {
    struct xhm_core_bench *bench = bench_make();

    bench->observation.agent_connected = false;
    bench_steps(bench, 500);
    assert_int_equal(bench->core.fault_scopes[XHM_FAULT_AGENT_ABSENT], 0);
    bench_step(bench);
    assert_true(bench_raised(bench, XHM_FAULT_AGENT_ABSENT));
    bench->observation.agent_connected = true;
    bench->observation.agent_silent_ns = bench->policy.supervisor.agent_timeout_ns;
    bench_step(bench);
    assert_true(bench_cleared(bench, XHM_FAULT_AGENT_ABSENT));
    bench->observation.agent_silent_ns++;
    bench_step(bench);
    assert_true(bench_raised(bench, XHM_FAULT_AGENT_ABSENT));
    free(bench);
}

static void the_worst_partition_is_the_ecus_status(void **state) {
    struct xhm_core_bench *bench = bench_make();

    bench->policy.partition_count = 1;
    bench_run_brake(bench);
    assert_int_equal(bench->core.status, XHM_STATUS_OK);
    bench_brake(bench)->restart_kept = 0;
    bench->policy.partitions[0].restart.limit = 1;
    bench_brake(bench)->restart_times_ns[0] = bench->core.supervised_ns;
    bench_brake(bench)->restart_kept = 1;
    bench->observation.domain_count = 0;
    bench_step(bench);
    assert_true(bench_raised(bench, XHM_FAULT_RESTART_LIMIT));
    assert_int_equal(bench->core.status, XHM_STATUS_STOPPED);
    assert_int_equal(bench_events(bench, XHM_EVENT_GLOBAL_STATUS, XHM_NONE), 1);
    free(bench);
}

/* What an operator is answered in each state of life. */
static void operators_are_answered_by_the_state_of_life(void **state) {
    static const enum xhm_order_answer answers[XHM_LIFE_COUNT] = {
        [XHM_LIFE_ABSENT] = XHM_ORDER_ACCEPTED,      [XHM_LIFE_STARTING] = XHM_ORDER_ACCEPTED,
        [XHM_LIFE_RUNNING] = XHM_ORDER_ACCEPTED,     [XHM_LIFE_STOPPING] = XHM_ORDER_UNDER_WAY,
        [XHM_LIFE_RECREATING] = XHM_ORDER_UNDER_WAY, [XHM_LIFE_VERIFYING] = XHM_ORDER_UNDER_WAY,
        [XHM_LIFE_LIMITED] = XHM_ORDER_ACCEPTED,     [XHM_LIFE_HALTED] = XHM_ORDER_ACCEPTED,
        [XHM_LIFE_STANDBY] = XHM_ORDER_ACCEPTED,     [XHM_LIFE_RESUMING] = XHM_ORDER_ACCEPTED,
    };

    for (unsigned life = 0; life < XHM_LIFE_COUNT; life++) {
        struct xhm_core_bench *bench = bench_make();
        const bool accepted = answers[life] == XHM_ORDER_ACCEPTED;
        bench_run_brake(bench);
        bench_brake(bench)->life = (enum xhm_life)life;
        assert_int_equal(core_order(&bench->core,
                                    &(struct xhm_order){.kind = XHM_ORDER_RESTART, .partition = 0, .uid = 1000},
                                    &bench->outcome),
                         answers[life]);
        assert_int_equal(bench_events(bench, XHM_EVENT_RESTART_REQUESTED, 0), accepted);
        assert_int_equal(bench_events(bench, XHM_EVENT_RESTART_REFUSED, 0), !accepted);
        assert_true((bench_action(bench, XHM_ACTION_STOP) != NULL) == accepted);
        free(bench);
    }
}

static void operators_cannot_restart_what_cannot_be_recreated(void **state) {
    struct xhm_core_bench *bench = bench_make();

    assert_int_equal(core_order(&bench->core, &(struct xhm_order){.kind = XHM_ORDER_RESTART, .partition = 3, .uid = 0},
                                &bench->outcome),
                     XHM_ORDER_NOT_FOUND);
    bench->policy.partitions[0].identity.kind = XHM_IDENTITY_DOM0;
    assert_int_equal(core_order(&bench->core, &(struct xhm_order){.kind = XHM_ORDER_RESTART, .partition = 0, .uid = 0},
                                &bench->outcome),
                     XHM_ORDER_IMPOSSIBLE);
    bench->policy.partitions[0].identity.kind = XHM_IDENTITY_STATIC_DOMID;
    assert_int_equal(core_order(&bench->core, &(struct xhm_order){.kind = XHM_ORDER_RESTART, .partition = 0, .uid = 0},
                                &bench->outcome),
                     XHM_ORDER_IMPOSSIBLE);
    assert_int_equal(bench->outcome.action_count, 0);
    free(bench);
}

static void an_operator_empties_the_window_of_a_limited_partition(void **state) {
    struct xhm_core_bench *bench = bench_make();
    const struct xhm_step step = {.core = &bench->core, .outcome = &bench->outcome};

    bench_run_brake(bench);
    bench_brake(bench)->restart_kept = 3;
    lifecycle_event(&step, 0, XHM_LIFE_EXHAUSTED);
    assert_true(bench_brake_has(bench, XHM_FAULT_RESTART_LIMIT));
    core_order(&bench->core, &(struct xhm_order){.kind = XHM_ORDER_RESTART, .partition = 0, .uid = 1000},
               &bench->outcome);
    assert_false(bench_brake_has(bench, XHM_FAULT_RESTART_LIMIT));
    assert_int_equal(restart_in_window(&step, 0), 1);
    free(bench);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_new_core_knows_nothing),
        cmocka_unit_test(the_domain_list_is_read_at_its_period),
        cmocka_unit_test(supervised_time_takes_one_cycle_of_a_gap),
        cmocka_unit_test(a_failed_clock_takes_one_cycle_a_step),
        cmocka_unit_test(a_clock_that_stands_for_a_step_has_not_failed),
        cmocka_unit_test(a_clock_that_fails_at_once_is_told),
        cmocka_unit_test(silence_of_the_hypervisor_makes_nobody_ok),
        cmocka_unit_test(links_and_means_are_watched),
        cmocka_unit_test(an_agent_that_is_absent_or_silent_is_a_fault),
        cmocka_unit_test(the_worst_partition_is_the_ecus_status),
        cmocka_unit_test(operators_are_answered_by_the_state_of_life),
        cmocka_unit_test(operators_cannot_restart_what_cannot_be_recreated),
        cmocka_unit_test(an_operator_empties_the_window_of_a_limited_partition),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
