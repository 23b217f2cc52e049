// SPDX-License-Identifier: Apache-2.0
/* Covers: XHM-DEPEND-1 */
#include "core_bench.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

static struct xhm_core_bench *with_dependency(void) {
    struct xhm_core_bench *bench = bench_make();

    bench->policy.partitions[XHM_SIM_INFOTAINMENT].depends_on = 1u << XHM_SIM_BRAKE | 1u << XHM_SIM_FUSION;
    bench->core.partitions[XHM_SIM_BRAKE].life = XHM_LIFE_RUNNING;
    bench->core.partitions[XHM_SIM_FUSION].life = XHM_LIFE_RUNNING;
    return bench;
}

static void only_what_runs_without_fault_is_not_faulty(void **state) {
    struct xhm_core_bench *bench = with_dependency();
    struct xhm_step step = bench_call(bench);
    const struct xhm_fault_details none = {{0, 0}};

    for (unsigned life = 0; life < XHM_LIFE_COUNT; life++) {
        bench->core.partitions[XHM_SIM_FUSION].life = (enum xhm_life)life;
        assert_int_equal(dependency_is_faulty(&step, XHM_SIM_INFOTAINMENT), life != XHM_LIFE_RUNNING);
        assert_false(dependency_is_faulty(&step, XHM_SIM_BRAKE));
    }
    bench->policy.partitions[XHM_SIM_FUSION].optional = true;
    assert_true(dependency_is_faulty(&step, XHM_SIM_INFOTAINMENT));
    bench->core.partitions[XHM_SIM_FUSION].life = XHM_LIFE_ABSENT;
    assert_false(dependency_is_faulty(&step, XHM_SIM_INFOTAINMENT));
    fault_state_set(&step, XHM_SIM_FUSION, XHM_FAULT_PARTITION_CRASHED, XHM_SCOPE_WHOLE, true, none);
    assert_true(dependency_is_faulty(&step, XHM_SIM_INFOTAINMENT));
    fault_state_clear(&step, XHM_SIM_FUSION, XHM_FAULT_PARTITION_CRASHED);
    bench->policy.partitions[XHM_SIM_FUSION].optional = false;
    bench->policy.partitions[XHM_SIM_FUSION].supervision_off = true;
    assert_false(dependency_is_faulty(&step, XHM_SIM_INFOTAINMENT));
    bench->policy.partitions[XHM_SIM_FUSION].supervision_off = false;
    bench->core.partitions[XHM_SIM_FUSION].life = XHM_LIFE_RUNNING;
    bench->core.partitions[XHM_SIM_FUSION].entities[0].status = XHM_STATUS_EXPIRED;
    assert_true(dependency_is_faulty(&step, XHM_SIM_INFOTAINMENT));
    bench->core.partitions[XHM_SIM_FUSION].entities[0].status = XHM_STATUS_OK;
    fault_state_set(&step, XHM_SIM_BRAKE, XHM_FAULT_PARTITION_PAUSED, XHM_SCOPE_WHOLE, true, none);
    assert_true(dependency_is_faulty(&step, XHM_SIM_INFOTAINMENT));
    free(bench);
}

static const struct xhm_event *excused(const struct xhm_core_bench *bench, unsigned which) {
    for (uint32_t i = 0; i < bench->outcome.event_count; i++) {
        if (bench->outcome.events[i].kind == XHM_EVENT_EXCUSED && which-- == 0) {
            return &bench->outcome.events[i];
        }
    }
    return NULL;
}

static void beginning_and_end_are_told_once(void **state) {
    struct xhm_core_bench *bench = with_dependency();
    struct xhm_step step = bench_call(bench);

    dependency_step(&step);
    assert_null(excused(bench, 0));
    bench->core.partitions[XHM_SIM_FUSION].life = XHM_LIFE_ABSENT;
    dependency_step(&step);
    assert_int_equal(excused(bench, 0)->partition, XHM_SIM_INFOTAINMENT);
    assert_int_equal(excused(bench, 0)->values[0], XHM_SIM_FUSION);
    assert_int_equal(excused(bench, 0)->values[1], 1);
    step = bench_call(bench);
    dependency_step(&step);
    assert_null(excused(bench, 0));
    /* Another one becomes the reason. */
    bench->core.partitions[XHM_SIM_BRAKE].life = XHM_LIFE_ABSENT;
    dependency_step(&step);
    assert_int_equal(excused(bench, 0)->values[0], XHM_SIM_FUSION);
    assert_int_equal(excused(bench, 0)->values[1], 0);
    assert_int_equal(excused(bench, 1)->values[0], XHM_SIM_BRAKE);
    assert_int_equal(excused(bench, 1)->values[1], 1);
    bench->core.partitions[XHM_SIM_BRAKE].life = XHM_LIFE_RUNNING;
    bench->core.partitions[XHM_SIM_FUSION].life = XHM_LIFE_RUNNING;
    step = bench_call(bench);
    dependency_step(&step);
    assert_int_equal(excused(bench, 0)->values[1], 0);
    assert_null(excused(bench, 1));
    free(bench);
}

static void a_dependency_on_a_pair_is_one_on_the_side_that_serves(void **state) {
    struct xhm_core_bench *bench = with_dependency();
    struct xhm_step step = bench_call(bench);

    bench->policy.partitions[XHM_SIM_FUSION].standby_for_number = 1 + XHM_SIM_BRAKE;
    bench->policy.partitions[XHM_SIM_INFOTAINMENT].depends_on = 1u << XHM_SIM_BRAKE;
    fail_over_activate(&step, XHM_SIM_FUSION);
    bench->core.partitions[XHM_SIM_BRAKE].life = XHM_LIFE_STANDBY;
    assert_false(dependency_is_faulty(&step, XHM_SIM_INFOTAINMENT));
    bench->core.partitions[XHM_SIM_FUSION].life = XHM_LIFE_RESUMING;
    assert_true(dependency_is_faulty(&step, XHM_SIM_INFOTAINMENT));
    free(bench);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(only_what_runs_without_fault_is_not_faulty),
        cmocka_unit_test(beginning_and_end_are_told_once),
        cmocka_unit_test(a_dependency_on_a_pair_is_one_on_the_side_that_serves),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
