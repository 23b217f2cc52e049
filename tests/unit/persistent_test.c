// SPDX-License-Identifier: Apache-2.0
/* Covers: XHM-LADDER-2 XHM-PAUSE-1 XHM-SAFE-4 */
/* What outlives the supervisor: that export and restore carry it whole, and when it is to be stored. */
#include "core_bench.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

static struct xhm_persistent export(const struct xhm_core_bench *bench) {
    struct xhm_persistent persistent;

    memset(&persistent, 0, sizeof(persistent));
    core_export(&bench->core, &persistent);
    persistent.same_boot = true;
    return persistent;
}

static struct xhm_persistent_partition *exported(struct xhm_persistent *persistent, const char *name) {
    for (uint32_t i = 0; i < persistent->partition_count; i++) {
        if (strcmp(persistent->partitions[i].name, name) == 0) {
            return &persistent->partitions[i];
        }
    }
    fail_msg("%s is not exported", name);
    return NULL;
}

/* Restarts were decided at these supervised times, and the present is `now_ns`. */
static void decide(struct xhm_core_bench *bench, unsigned count, uint64_t now_ns) {
    const struct xhm_step step = bench_call(bench);

    for (unsigned i = 1; i <= count; i++) {
        bench->core.supervised_ns = i * XHM_SIM_S;
        restart_note(&step, XHM_SIM_BRAKE);
    }
    bench->core.supervised_ns = now_ns;
}

/* Nothing is restarted by itself. */
static struct xhm_core_bench *make_passive(void) {
    struct xhm_core_bench *bench = bench_make();

    for (uint32_t i = 0; i < bench->policy.partition_count; i++) {
        bench_set_ladder(bench, i, (struct xhm_ladder){1, {XHM_REACTION_REPORT}});
    }
    bench_step(bench);
    return bench;
}

static void what_the_loop_fills_in_is_left_alone(void **state) {
    struct xhm_core_bench *bench = bench_make();
    struct xhm_persistent persistent;

    (void)state;
    memset(&persistent, 0x55, sizeof(persistent));
    persistent.same_boot = true;
    persistent.clean = true;
    core_export(&bench->core, &persistent);
    assert_int_equal(persistent.boot_id[0], 0x55);
    assert_true(persistent.same_boot && persistent.clean);
    assert_int_equal(persistent.partition_count, 3);
    assert_int_equal(persistent.partitions[3].name[0], 0);
    free(bench);
}

static void restarts_are_carried_oldest_first(void **state) {
    static const unsigned counts[] = {0, 1, XHM_MAX_RESTART_LIMIT - 1, XHM_MAX_RESTART_LIMIT,
                                      XHM_MAX_RESTART_LIMIT + 5};

    (void)state;
    for (unsigned i = 0; i < sizeof(counts) / sizeof(counts[0]); i++) {
        struct xhm_core_bench *bench = bench_make();
        const unsigned kept = counts[i] < XHM_MAX_RESTART_LIMIT ? counts[i] : XHM_MAX_RESTART_LIMIT;
        decide(bench, counts[i], 100 * XHM_SIM_S);
        struct xhm_persistent persistent = export(bench);
        const struct xhm_persistent_partition *brake = exported(&persistent, "brake");
        assert_int_equal(brake->restart_count, kept);
        for (unsigned k = 0; k < kept; k++) {
            assert_int_equal(brake->restart_times_ns[k], (counts[i] - kept + k + 1) * XHM_SIM_S);
        }
        bench_begin_again(bench, &persistent, XHM_PERSISTENT_READ);
        const struct xhm_persistent again = export(bench);
        assert_memory_equal(&again.partitions, &persistent.partitions, sizeof(again.partitions));
        free(bench);
    }
}

static void time_without_the_supervisor_ages_no_window(void **state) {
    struct xhm_core_bench *bench = bench_make();

    (void)state;
    decide(bench, 3, 4 * XHM_SIM_S);
    const struct xhm_persistent persistent = export(bench);
    bench_begin_again(bench, &persistent, XHM_PERSISTENT_READ);
    bench->observation.now_ns += 3600 * XHM_SIM_S;
    bench_step(bench);
    struct xhm_step step = bench_call(bench);
    assert_int_equal(bench->core.supervised_ns, 4 * XHM_SIM_S);
    assert_int_equal(restart_in_window(&step, XHM_SIM_BRAKE), 3);
    bench->core.supervised_ns = 61 * XHM_SIM_S - 1;
    assert_int_equal(restart_in_window(&step, XHM_SIM_BRAKE), 3);
    bench->core.supervised_ns = 61 * XHM_SIM_S;
    assert_int_equal(restart_in_window(&step, XHM_SIM_BRAKE), 2);
    free(bench);
}

static void everything_is_carried(void **state) {
    struct xhm_core_bench *bench = bench_make();
    struct xhm_partition_state *brake = bench_brake(bench);
    struct xhm_partition_state *fusion = &bench->core.partitions[XHM_SIM_FUSION];

    (void)state;
    bench->policy.partitions[XHM_SIM_FUSION].standby_for_number = 1;
    bench->core.supervised_ns = 50 * XHM_SIM_S;
    bench->core.mode = XHM_MODE_UPDATE;
    bench->core.operation_cycle = 6;
    bench->core.operation_cycle_open = true;
    bench->core.last_resorts_without_health = 2;
    brake->maintenance_until_ns = 70 * XHM_SIM_S;
    brake->halted = XHM_DISPOSITION_PAUSE;
    brake->stays_halted = true;
    brake->owns_pause = true;
    brake->paused_domid = 17;
    brake->paused_uuid.bytes[3] = 9;
    fusion->active = true;
    const struct xhm_persistent persistent = export(bench);
    bench_begin_again(bench, &persistent, XHM_PERSISTENT_READ);
    struct xhm_persistent again = export(bench);
    assert_int_equal(again.starts_without_health, 1);
    again.starts_without_health = 0;
    assert_memory_equal(&again, &persistent, sizeof(again));
    assert_int_equal(brake->life, XHM_LIFE_HALTED);
    assert_int_equal(bench->core.mode, XHM_MODE_UPDATE);
    assert_true(fusion->active && !brake->active);
    free(bench);
}

static void another_boot_has_no_mode_and_no_pauses(void **state) {
    struct xhm_core_bench *bench = bench_make();

    (void)state;
    bench->core.mode = XHM_MODE_SHUTDOWN;
    bench_brake(bench)->owns_pause = true;
    bench_brake(bench)->halted = XHM_DISPOSITION_PAUSE;
    struct xhm_persistent persistent = export(bench);
    persistent.same_boot = false;
    bench_begin_again(bench, &persistent, XHM_PERSISTENT_READ);
    assert_int_equal(bench->core.mode, XHM_MODE_RUN);
    assert_false(bench_brake(bench)->owns_pause);
    assert_int_equal(bench_brake(bench)->halted, XHM_DISPOSITION_PAUSE);
    free(bench);
}

static void partitions_are_found_by_name(void **state) {
    struct xhm_core_bench *bench = bench_make();

    (void)state;
    decide(bench, 2, 5 * XHM_SIM_S);
    const struct xhm_persistent persistent = export(bench);
    const struct xhm_partition_policy brake = bench->policy.partitions[0];
    bench->policy.partitions[0] = bench->policy.partitions[1];
    bench->policy.partitions[1] = brake;
    strcpy(bench->policy.partitions[0].name, "new");
    bench_begin_again(bench, &persistent, XHM_PERSISTENT_READ);
    assert_int_equal(bench->core.partitions[0].restart_kept, 0);
    assert_int_equal(bench->core.partitions[1].restart_kept, 2);
    free(bench);
}

static void nonsense_is_not_believed(void **state) {
    struct xhm_core_bench *bench = bench_make();

    (void)state;
    bench->core.supervised_ns = 50 * XHM_SIM_S;
    struct xhm_persistent persistent = export(bench);
    struct xhm_persistent_partition *brake = exported(&persistent, "brake");
    persistent.mode = XHM_MODE_END;
    persistent.partition_count = UINT32_MAX;
    brake->restart_count = UINT32_MAX;
    for (unsigned i = 0; i < XHM_MAX_RESTART_LIMIT; i++) {
        brake->restart_times_ns[i] = i == 3 ? 1 : UINT64_MAX;
    }
    brake->maintenance_until_ns = UINT64_MAX;
    brake->halted = XHM_DISPOSITION_START;
    exported(&persistent, "infotainment")->name[0] = '\0';
    bench_begin_again(bench, &persistent, XHM_PERSISTENT_READ);
    assert_int_equal(bench->core.mode, XHM_MODE_RUN);
    assert_int_equal(bench_brake(bench)->restart_kept, 1);
    assert_int_equal(bench_brake(bench)->maintenance_until_ns, 50 * XHM_SIM_S + 24 * 3600 * XHM_SIM_S);
    assert_int_equal(bench_brake(bench)->halted, XHM_DISPOSITION_LEAVE);
    free(bench);
}

static void only_what_changed_is_to_be_stored(void **state) {
    struct xhm_core_bench *bench = make_passive();

    (void)state;
    assert_true(bench->outcome.persistent_changed);
    for (unsigned i = 0; i < 3000; i++) {
        bench_step(bench);
        assert_false(bench->outcome.persistent_changed);
    }
    free(bench);
}

/* One change of what is exported. */
static void change(struct xhm_core *core, unsigned which) {
    struct xhm_partition_state *brake = &core->partitions[XHM_SIM_BRAKE];

    switch (which) {
    case 0:
        core->mode = XHM_MODE_STARTUP;
        break;
    case 1:
        strcpy(core->latch.lost, "limp");
        break;
    case 2:
        core->starts_without_health++;
        break;
    case 3:
        core->last_resorts_without_health++;
        break;
    case 4:
        core->operation_cycle++;
        break;
    case 5:
        core->operation_cycle_open = true;
        break;
    case 6:
        brake->maintenance_until_ns++;
        break;
    case 7:
        brake->owns_pause = true;
        break;
    case 8:
        brake->paused_domid++;
        break;
    case 9:
        brake->paused_uuid.bytes[15]++;
        break;
    case 10:
        brake->halted = XHM_DISPOSITION_STOP;
        break;
    case 11:
        brake->stays_halted = true;
        break;
    case 12:
        brake->active = true;
        break;
    case 13:
        brake->restart_kept = XHM_MAX_RESTART_LIMIT;
        break;
    case 14: /* the ring is full: only the newest time is another one */
        brake->restart_times_ns[XHM_MAX_RESTART_LIMIT - 1]++;
        break;
    case 15:
        brake->restart_next = 1;
        brake->restart_times_ns[0] = 5;
        break;
    default:
        brake->restart_kept = 0;
        break;
    }
}

static void every_change_is_to_be_stored(void **state) {
    struct xhm_core_bench *bench = make_passive();

    (void)state;
    for (unsigned which = 0; which <= 16; which++) {
        const struct xhm_step step = bench_call(bench);
        persistent_watch(&step);
        assert_false(bench->outcome.persistent_changed);
        change(&bench->core, which);
        persistent_watch(&step);
        assert_true(bench->outcome.persistent_changed);
        const struct xhm_persistent told = bench->core.told;
        struct xhm_persistent now = export(bench);
        now.same_boot = false;
        assert_memory_equal(&told, &now, sizeof(now));
    }
    free(bench);
}

static void ageing_is_stored_every_ten_seconds(void **state) {
    struct xhm_core_bench *bench = make_passive();
    unsigned stored = 0;

    (void)state;
    bench_order(bench, (struct xhm_order){.kind = XHM_ORDER_MAINTENANCE, .duration_ns = 35 * XHM_SIM_S});
    assert_true(bench->outcome.persistent_changed);
    for (unsigned i = 0; i < 3499; i++) {
        bench_step(bench);
        stored += bench->outcome.persistent_changed;
    }
    assert_int_equal(stored, 3);
    bench_step(bench); /* it ends */
    assert_true(bench->outcome.persistent_changed);
    const struct xhm_step step = bench_call(bench);
    restart_note(&step, XHM_SIM_BRAKE);
    for (unsigned i = 0; i < 5999; i++) {
        bench_step(bench);
        stored += bench->outcome.persistent_changed;
    }
    assert_int_equal(stored, 3 + 6);
    free(bench);
}

static void a_policy_keeps_all_of_it(void **state) {
    struct xhm_core_bench *bench = bench_make();
    static struct xhm_policy other;
    uint32_t origin[XHM_MAX_PARTITIONS];

    (void)state;
    decide(bench, 2, 5 * XHM_SIM_S);
    bench_brake(bench)->maintenance_until_ns = 9 * XHM_SIM_S;
    bench->core.starts_without_health = 2;
    bench->core.operation_cycle = 3;
    bench->core.mode = XHM_MODE_STARTUP;
    const struct xhm_persistent before = export(bench);
    other = bench->policy;
    other.partitions[0] = bench->policy.partitions[1];
    other.partitions[1] = bench->policy.partitions[0];
    core_apply_policy(&bench->core, &other, &bench->scratch, origin, &bench->outcome);
    assert_true(bench->outcome.persistent_changed);
    const struct xhm_persistent after = export(bench);
    assert_memory_equal(&after.partitions[1], &before.partitions[0], sizeof(after.partitions[0]));
    assert_int_equal(after.mode, XHM_MODE_STARTUP);
    assert_int_equal(after.operation_cycle, 3);
    assert_int_equal(after.starts_without_health, 2);
    free(bench);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_the_loop_fills_in_is_left_alone),
        cmocka_unit_test(restarts_are_carried_oldest_first),
        cmocka_unit_test(time_without_the_supervisor_ages_no_window),
        cmocka_unit_test(everything_is_carried),
        cmocka_unit_test(another_boot_has_no_mode_and_no_pauses),
        cmocka_unit_test(partitions_are_found_by_name),
        cmocka_unit_test(nonsense_is_not_believed),
        cmocka_unit_test(only_what_changed_is_to_be_stored),
        cmocka_unit_test(every_change_is_to_be_stored),
        cmocka_unit_test(ageing_is_stored_every_ten_seconds),
        cmocka_unit_test(a_policy_keeps_all_of_it),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
