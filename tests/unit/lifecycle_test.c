// SPDX-License-Identifier: Apache-2.0
/* Every cell of the table in lifecycle.c: the next state and what is done. A cell that is not listed changes nothing.
 */
#include "core_bench.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <stdlib.h>

#define NOTHING    0
/* Bits of what a transition does. */
#define DOES(kind) (1u << (kind))
#define GIVES_UP   (1u << 10)
#define HEALTHY    (1u << 11)
#define RECOVERED  (1u << 12)
#define COUNTED    (1u << 13)
#define READY      (1u << 14)

struct cell {
    bool known;
    enum xhm_life next;
    unsigned done;
};

#define ROW(next_life, what)                                                                                           \
    { .known = true, .next = XHM_LIFE_##next_life, .done = (what) }
#define FOLLOW   DOES(XHM_ACTION_FOLLOW)
#define RELEASE  DOES(XHM_ACTION_RELEASE)
#define STOP     DOES(XHM_ACTION_STOP)
#define RECREATE DOES(XHM_ACTION_RECREATE)
#define UNPAUSE  DOES(XHM_ACTION_UNPAUSE)
#define PARKED   (HEALTHY | DOES(XHM_ACTION_PAUSE) | READY)

// clang-format off
static const struct cell cells[XHM_LIFE_COUNT][XHM_LIFE_EVENT_COUNT] = {
    [XHM_LIFE_ABSENT][XHM_LIFE_APPEARED] = ROW(STARTING, FOLLOW),
    [XHM_LIFE_ABSENT][XHM_LIFE_KEPT] = ROW(STANDBY, FOLLOW),
    [XHM_LIFE_ABSENT][XHM_LIFE_GRANTED] = ROW(STOPPING, STOP | COUNTED),
    [XHM_LIFE_ABSENT][XHM_LIFE_PULLED] = ROW(STOPPING, STOP),
    [XHM_LIFE_ABSENT][XHM_LIFE_EXHAUSTED] = ROW(LIMITED, GIVES_UP),
    [XHM_LIFE_ABSENT][XHM_LIFE_TO_HALT] = ROW(HALTED, NOTHING),
    [XHM_LIFE_STARTING][XHM_LIFE_ENDED] = ROW(ABSENT, RELEASE),
    [XHM_LIFE_STARTING][XHM_LIFE_HEALTHY] = ROW(RUNNING, HEALTHY),
    [XHM_LIFE_STARTING][XHM_LIFE_READY] = ROW(STANDBY, PARKED),
    [XHM_LIFE_STARTING][XHM_LIFE_GRANTED] = ROW(STOPPING, STOP | COUNTED),
    [XHM_LIFE_STARTING][XHM_LIFE_PULLED] = ROW(STOPPING, STOP),
    [XHM_LIFE_STARTING][XHM_LIFE_EXHAUSTED] = ROW(LIMITED, GIVES_UP),
    [XHM_LIFE_STARTING][XHM_LIFE_TO_HALT] = ROW(HALTED, NOTHING),
    [XHM_LIFE_RUNNING][XHM_LIFE_ENDED] = ROW(ABSENT, RELEASE),
    [XHM_LIFE_RUNNING][XHM_LIFE_READY] = ROW(STANDBY, PARKED),
    [XHM_LIFE_RUNNING][XHM_LIFE_GRANTED] = ROW(STOPPING, STOP | COUNTED),
    [XHM_LIFE_RUNNING][XHM_LIFE_PULLED] = ROW(STOPPING, STOP),
    [XHM_LIFE_RUNNING][XHM_LIFE_EXHAUSTED] = ROW(LIMITED, GIVES_UP),
    [XHM_LIFE_RUNNING][XHM_LIFE_TO_HALT] = ROW(HALTED, NOTHING),
    [XHM_LIFE_STOPPING][XHM_LIFE_APPEARED] = ROW(VERIFYING, FOLLOW),
    [XHM_LIFE_STOPPING][XHM_LIFE_ENDED] = ROW(STOPPING, RELEASE),
    [XHM_LIFE_STOPPING][XHM_LIFE_WAITED] = ROW(RECREATING, RECREATE),
    [XHM_LIFE_STOPPING][XHM_LIFE_TO_HALT] = ROW(HALTED, NOTHING),
    [XHM_LIFE_RECREATING][XHM_LIFE_APPEARED] = ROW(VERIFYING, FOLLOW),
    [XHM_LIFE_RECREATING][XHM_LIFE_ENDED] = ROW(RECREATING, RELEASE),
    [XHM_LIFE_RECREATING][XHM_LIFE_GRANTED] = ROW(STOPPING, STOP | COUNTED),
    [XHM_LIFE_RECREATING][XHM_LIFE_PULLED] = ROW(STOPPING, STOP),
    [XHM_LIFE_RECREATING][XHM_LIFE_EXHAUSTED] = ROW(LIMITED, GIVES_UP),
    [XHM_LIFE_RECREATING][XHM_LIFE_TO_HALT] = ROW(HALTED, NOTHING),
    [XHM_LIFE_VERIFYING][XHM_LIFE_ENDED] = ROW(RECREATING, RELEASE),
    [XHM_LIFE_VERIFYING][XHM_LIFE_HEALTHY] = ROW(RUNNING, HEALTHY | RECOVERED),
    [XHM_LIFE_VERIFYING][XHM_LIFE_READY] = ROW(STANDBY, PARKED | RECOVERED),
    [XHM_LIFE_VERIFYING][XHM_LIFE_GRANTED] = ROW(STOPPING, STOP | COUNTED),
    [XHM_LIFE_VERIFYING][XHM_LIFE_PULLED] = ROW(STOPPING, STOP),
    [XHM_LIFE_VERIFYING][XHM_LIFE_EXHAUSTED] = ROW(LIMITED, GIVES_UP),
    [XHM_LIFE_VERIFYING][XHM_LIFE_TO_HALT] = ROW(HALTED, NOTHING),
    [XHM_LIFE_LIMITED][XHM_LIFE_APPEARED] = ROW(STARTING, FOLLOW),
    [XHM_LIFE_LIMITED][XHM_LIFE_ENDED] = ROW(LIMITED, RELEASE),
    [XHM_LIFE_LIMITED][XHM_LIFE_GRANTED] = ROW(STOPPING, STOP | COUNTED),
    [XHM_LIFE_LIMITED][XHM_LIFE_PULLED] = ROW(STOPPING, STOP),
    [XHM_LIFE_LIMITED][XHM_LIFE_TO_HALT] = ROW(HALTED, NOTHING),
    [XHM_LIFE_HALTED][XHM_LIFE_APPEARED] = ROW(HALTED, FOLLOW),
    [XHM_LIFE_HALTED][XHM_LIFE_KEPT] = ROW(HALTED, FOLLOW),
    [XHM_LIFE_HALTED][XHM_LIFE_ENDED] = ROW(HALTED, RELEASE),
    [XHM_LIFE_HALTED][XHM_LIFE_GRANTED] = ROW(STOPPING, STOP | COUNTED),
    [XHM_LIFE_HALTED][XHM_LIFE_PULLED] = ROW(STOPPING, STOP),
    [XHM_LIFE_HALTED][XHM_LIFE_TO_HALT] = ROW(HALTED, NOTHING),
    [XHM_LIFE_HALTED][XHM_LIFE_TO_RESUME] = ROW(RESUMING, UNPAUSE),
    [XHM_LIFE_HALTED][XHM_LIFE_LET_GO] = ROW(ABSENT, NOTHING),
    [XHM_LIFE_STANDBY][XHM_LIFE_ENDED] = ROW(ABSENT, RELEASE),
    [XHM_LIFE_STANDBY][XHM_LIFE_GRANTED] = ROW(STOPPING, STOP | COUNTED),
    [XHM_LIFE_STANDBY][XHM_LIFE_TO_HALT] = ROW(HALTED, NOTHING),
    [XHM_LIFE_STANDBY][XHM_LIFE_TO_RESUME] = ROW(RESUMING, UNPAUSE),
    [XHM_LIFE_RESUMING][XHM_LIFE_ENDED] = ROW(ABSENT, RELEASE),
    [XHM_LIFE_RESUMING][XHM_LIFE_HEALTHY] = ROW(RUNNING, HEALTHY),
    [XHM_LIFE_RESUMING][XHM_LIFE_READY] = ROW(STANDBY, PARKED),
    [XHM_LIFE_RESUMING][XHM_LIFE_GRANTED] = ROW(STOPPING, STOP | COUNTED),
    [XHM_LIFE_RESUMING][XHM_LIFE_PULLED] = ROW(STOPPING, STOP),
    [XHM_LIFE_RESUMING][XHM_LIFE_EXHAUSTED] = ROW(LIMITED, GIVES_UP),
    [XHM_LIFE_RESUMING][XHM_LIFE_TO_HALT] = ROW(HALTED, NOTHING),
};
// clang-format on

static unsigned what_was_done(const struct xhm_core_bench *bench) {
    unsigned done = NOTHING;

    for (uint32_t i = 0; i < bench->outcome.action_count; i++) {
        done |= DOES(bench->outcome.actions[i].kind);
    }
    done |= bench_raised(bench, XHM_FAULT_RESTART_LIMIT) ? GIVES_UP : NOTHING;
    done |= bench_events(bench, XHM_EVENT_INSTANCE_HEALTHY, 0) > 0 ? HEALTHY : NOTHING;
    done |= bench_events(bench, XHM_EVENT_RESTART_DONE, 0) > 0 ? RECOVERED : NOTHING;
    done |= bench_events(bench, XHM_EVENT_RESTART_DECIDED, 0) > 0 ? COUNTED : NOTHING;
    done |= bench_events(bench, XHM_EVENT_STANDBY_READY, 0) > 0 ? READY : NOTHING;
    return done;
}

static void try_cell(enum xhm_life life, enum xhm_life_event event) {
    const struct cell *cell = &cells[life][event];
    struct xhm_core_bench *bench = bench_make();
    struct xhm_partition_state *brake = bench_brake(bench);
    const struct xhm_step step = {.core = &bench->core, .outcome = &bench->outcome};

    outcome_clear(&bench->outcome);
    bench->core.supervised_ns = 1234;
    brake->life = life;
    brake->domid = 5;
    brake->instance_known = true;
    brake->following = event == XHM_LIFE_ENDED;
    brake->owns_pause = event == XHM_LIFE_TO_RESUME;
    brake->paused_domid = 5;
    lifecycle_event(&step, 0, event);
    assert_int_equal(brake->life, cell->known ? cell->next : life);
    assert_int_equal(what_was_done(bench), cell->done);
    assert_int_equal(brake->life_since_ns, cell->known && cell->next != life ? 1234 : 0);
    assert_int_equal(bench->core.next_task_id, cell->done == RECREATE ? 2 : 1);
    assert_true(event != XHM_LIFE_ENDED || life != XHM_LIFE_VERIFYING || brake->restart_wanted_again);
    free(bench);
}

static void every_cell_of_the_table(void **state) {
    for (unsigned life = 0; life < XHM_LIFE_COUNT; life++) {
        for (unsigned event = 0; event < XHM_LIFE_EVENT_COUNT; event++) {
            try_cell((enum xhm_life)life, (enum xhm_life_event)event);
        }
    }
}

static void nothing_is_stopped_that_is_not_there(void **state) {
    struct xhm_core_bench *bench = bench_make();
    const struct xhm_step step = {.core = &bench->core, .outcome = &bench->outcome};

    lifecycle_event(&step, 0, XHM_LIFE_GRANTED);
    assert_null(bench_action(bench, XHM_ACTION_STOP));
    assert_true(bench_brake(bench)->stop_seen);
    free(bench);
}

static void nothing_is_released_twice(void **state) {
    struct xhm_core_bench *bench = bench_make();
    const struct xhm_step step = {.core = &bench->core, .outcome = &bench->outcome};

    bench_brake(bench)->life = XHM_LIFE_RUNNING;
    lifecycle_event(&step, 0, XHM_LIFE_ENDED);
    assert_null(bench_action(bench, XHM_ACTION_RELEASE));
    free(bench);
}

static void only_restarts_within_the_window_count(void **state) {
    struct xhm_core_bench *bench = bench_make();
    const struct xhm_step step = {.core = &bench->core, .outcome = &bench->outcome};
    const uint64_t window_ns = bench->policy.partitions[0].restart.window_ns;

    for (unsigned i = 0; i < XHM_MAX_RESTART_LIMIT + 4; i++) {
        bench->core.supervised_ns = 1000 + i;
        bench_brake(bench)->life = XHM_LIFE_RUNNING;
        lifecycle_event(&step, 0, XHM_LIFE_GRANTED);
    }
    assert_int_equal(bench_brake(bench)->restart_total, XHM_MAX_RESTART_LIMIT + 4);
    assert_int_equal(restart_in_window(&step, 0), XHM_MAX_RESTART_LIMIT);
    bench->core.supervised_ns = 1019 + window_ns - 1;
    assert_int_equal(restart_in_window(&step, 0), 1);
    bench->core.supervised_ns = 1019 + window_ns;
    assert_int_equal(restart_in_window(&step, 0), 0);
    free(bench);
}

static void becoming_healthy_ends_what_belongs_to_instances(void **state) {
    struct xhm_core_bench *bench = bench_make();
    const struct xhm_step step = {.core = &bench->core, .outcome = &bench->outcome};
    const struct xhm_fault_details none = {{0, 0}};
    static const enum xhm_fault ended[] = {XHM_FAULT_PARTITION_CRASHED, XHM_FAULT_RESTART_OVERDUE,
                                           XHM_FAULT_VCPU_AFFINITY, XHM_FAULT_MEMORY_LIMIT, XHM_FAULT_ENTITY_ALIVE_LOW};
    static const enum xhm_fault kept[] = {XHM_FAULT_PCPU_SHARED, XHM_FAULT_PROBE_CORRUPT, XHM_FAULT_DEADLINE_MISSES};

    bench_brake(bench)->life = XHM_LIFE_VERIFYING;
    for (unsigned i = 0; i < sizeof(ended) / sizeof(ended[0]); i++) {
        fault_state_set(&step, 0, ended[i], 0, true, none);
    }
    for (unsigned i = 0; i < sizeof(kept) / sizeof(kept[0]); i++) {
        fault_state_set(&step, 0, kept[i], 0, true, none);
    }
    lifecycle_event(&step, 0, XHM_LIFE_HEALTHY);
    for (unsigned i = 0; i < sizeof(ended) / sizeof(ended[0]); i++) {
        assert_false(bench_brake_has(bench, ended[i]));
    }
    for (unsigned i = 0; i < sizeof(kept) / sizeof(kept[0]); i++) {
        assert_true(bench_brake_has(bench, kept[i]));
    }
    free(bench);
}

/* A report that is about no task, or about one that was replaced, changes nothing. */
static void reports_of_other_tasks_are_ignored(void **state) {
    struct xhm_core_bench *bench = bench_make();

    bench_run_brake(bench);
    bench->observation.domain_count = 0;
    bench_step(bench);
    const uint64_t task_id = bench_action(bench, XHM_ACTION_RECREATE)->task_id;
    bench->observation.agent_reports[0] = (struct xhm_agent_report){.task_id = 0, .result = XHM_AGENT_FAILED};
    bench->observation.agent_reports[1] = (struct xhm_agent_report){.task_id = task_id + 1, .result = XHM_AGENT_FAILED};
    bench->observation.agent_report_count = 2;
    bench_step(bench);
    assert_false(bench_brake(bench)->task_answered);
    assert_false(bench_brake_has(bench, XHM_FAULT_RESTART_FAILED));
    bench->observation.agent_reports[0] = (struct xhm_agent_report){.task_id = task_id, .result = XHM_AGENT_FAILED};
    bench->observation.agent_report_count = 1;
    bench_step(bench);
    assert_true(bench_brake_has(bench, XHM_FAULT_RESTART_FAILED));
    assert_true(bench_action(bench, XHM_ACTION_RECREATE)->task_id > task_id);
    free(bench);
}

/* The new instance is already there when the agent's complaint comes: what was seen counts. */
static void a_failure_of_what_was_seen_to_work_is_ignored(void **state) {
    struct xhm_core_bench *bench = bench_make();

    bench_run_brake(bench);
    bench->observation.domain_count = 0;
    bench_step(bench);
    const uint64_t task_id = bench_action(bench, XHM_ACTION_RECREATE)->task_id;
    bench_add_domain(bench, XHM_SIM_BRAKE, 6);
    bench_step(bench);
    assert_int_equal(bench_brake(bench)->life, XHM_LIFE_VERIFYING);
    bench->observation.agent_reports[0] = (struct xhm_agent_report){.task_id = task_id, .result = XHM_AGENT_FAILED};
    bench->observation.agent_report_count = 1;
    bench_step(bench);
    assert_int_equal(bench_brake(bench)->life, XHM_LIFE_VERIFYING);
    assert_false(bench_brake_has(bench, XHM_FAULT_RESTART_FAILED));
    free(bench);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_cell_of_the_table),
        cmocka_unit_test(nothing_is_stopped_that_is_not_there),
        cmocka_unit_test(nothing_is_released_twice),
        cmocka_unit_test(only_restarts_within_the_window_count),
        cmocka_unit_test(becoming_healthy_ends_what_belongs_to_instances),
        cmocka_unit_test(reports_of_other_tasks_are_ignored),
        cmocka_unit_test(a_failure_of_what_was_seen_to_work_is_ignored),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
