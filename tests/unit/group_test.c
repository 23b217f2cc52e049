// SPDX-License-Identifier: Apache-2.0
/* Covers: XHM-GROUP-1 */
#include "core_bench.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

static struct xhm_core_bench *with_group(bool in_order) {
    struct xhm_core_bench *bench = bench_make();

    bench->policy.group_count = 2;
    bench->policy.groups[0] = (struct xhm_group_policy){.in_order = in_order, .members = 0x7};
    bench->policy.groups[1] = (struct xhm_group_policy){.in_order = true, .members = 0};
    for (uint32_t partition = 0; partition < 3; partition++) {
        bench->core.partitions[partition].life = XHM_LIFE_RUNNING;
    }
    return bench;
}

static void members_are_pulled_by_the_state_of_life(void **state) {
    for (unsigned life = 0; life < XHM_LIFE_COUNT; life++) {
        struct xhm_core_bench *bench = with_group(false);
        struct xhm_partition_state *fusion = &bench->core.partitions[XHM_SIM_FUSION];
        struct xhm_step step = bench_call(bench);
        const bool pulled = life == XHM_LIFE_STARTING || life == XHM_LIFE_RUNNING || life == XHM_LIFE_VERIFYING;
        fusion->life = (enum xhm_life)life;
        lifecycle_restart(&step, XHM_SIM_BRAKE);
        assert_int_equal(fusion->life, pulled ? XHM_LIFE_STOPPING : (enum xhm_life)life);
        assert_int_equal(fusion->restart_kept, 0);
        assert_int_equal(bench_brake(bench)->restart_kept, 1);
        free(bench);
    }
}

static void only_members_that_can_be_and_are_supervised_are_pulled(void **state) {
    struct xhm_core_bench *bench = with_group(false);
    struct xhm_step step = bench_call(bench);

    bench->policy.groups[0].members = 0x5;
    group_pull_along(&step, XHM_SIM_FUSION);
    assert_int_equal(bench_brake(bench)->life, XHM_LIFE_RUNNING);
    bench->policy.partitions[XHM_SIM_INFOTAINMENT].supervision_off = true;
    group_pull_along(&step, XHM_SIM_BRAKE);
    assert_int_equal(bench->core.partitions[XHM_SIM_INFOTAINMENT].life, XHM_LIFE_RUNNING);
    bench->policy.partitions[XHM_SIM_INFOTAINMENT].supervision_off = false;
    bench->policy.partitions[XHM_SIM_INFOTAINMENT].identity.kind = XHM_IDENTITY_STATIC_DOMID;
    group_pull_along(&step, XHM_SIM_BRAKE);
    assert_int_equal(bench->core.partitions[XHM_SIM_INFOTAINMENT].life, XHM_LIFE_RUNNING);
    assert_int_equal(bench->core.partitions[XHM_SIM_FUSION].life, XHM_LIFE_RUNNING);
    free(bench);
}

static void the_one_before_holds_those_behind_it_until_it_runs(void **state) {
    struct xhm_core_bench *bench = with_group(true);
    const struct xhm_step step = bench_call(bench);

    for (unsigned life = 0; life < XHM_LIFE_COUNT; life++) {
        const bool free_to_go = life == XHM_LIFE_RUNNING || life == XHM_LIFE_ABSENT || life == XHM_LIFE_STANDBY;
        bench_brake(bench)->life = (enum xhm_life)life;
        assert_int_equal(group_holds(&step, XHM_SIM_INFOTAINMENT), !free_to_go);
        assert_false(group_holds(&step, XHM_SIM_BRAKE));
    }
    bench_brake(bench)->life = XHM_LIFE_STOPPING;
    bench_brake(bench)->maintenance_until_ns = 1;
    assert_false(group_holds(&step, XHM_SIM_INFOTAINMENT));
    bench_brake(bench)->maintenance_until_ns = 0;
    assert_true(group_holds(&step, XHM_SIM_INFOTAINMENT));
    bench->policy.groups[0].members = 0x6;
    assert_false(group_holds(&step, XHM_SIM_INFOTAINMENT));
    bench->policy.groups[0].members = 0x3;
    assert_false(group_holds(&step, XHM_SIM_INFOTAINMENT));
    bench->policy.groups[0] = (struct xhm_group_policy){.in_order = false, .members = 0x7};
    assert_false(group_holds(&step, XHM_SIM_INFOTAINMENT));
    free(bench);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(members_are_pulled_by_the_state_of_life),
        cmocka_unit_test(only_members_that_can_be_and_are_supervised_are_pulled),
        cmocka_unit_test(the_one_before_holds_those_behind_it_until_it_runs),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
