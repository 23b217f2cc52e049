// SPDX-License-Identifier: Apache-2.0
/* Covers: XHM-DEADLINE-1 XHM-DEADLINE-2 XHM-LOGICAL-1 XHM-RING-1 */
#include "core_bench.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <stdlib.h>

#define LOOP  0 /* control-loop, of which checkpoints are supervised */
#define OTHER 1

/* 1, then any number of 2, then 3; 1 to 3 takes 5 to 40 ms. */
static void declare(struct xhm_entity_policy *entity) {
    entity->logical = (struct xhm_logical_policy){.initial_count = 1,
                                                  .initial = {1},
                                                  .final_count = 1,
                                                  .finals = {3},
                                                  .transition_count = 4,
                                                  .transitions = {{1, 2}, {2, 2}, {2, 3}, {1, 3}}};
    entity->deadline_count = 1;
    entity->deadlines[0] =
        (struct xhm_deadline_policy){.from = 1, .to = 3, .min_ns = 5 * XHM_SIM_MS, .max_ns = 40 * XHM_SIM_MS};
}

static struct xhm_core_bench *make_bare(void) {
    struct xhm_core_bench *bench = bench_make();

    declare(&bench->policy.partitions[0].entities[LOOP]);
    for (unsigned i = 0; i < XHM_CLASS_COUNT; i++) {
        bench->policy.partitions[0].reactions[i] = (struct xhm_ladder){1, {XHM_REACTION_REPORT}};
    }
    return bench;
}

static struct xhm_core_bench *make_healthy(void) {
    struct xhm_core_bench *bench = make_bare();

    bench_run_brake(bench);
    assert_int_equal(bench_brake(bench)->status, XHM_STATUS_OK);
    return bench;
}

static void reach(struct xhm_core_bench *bench, uint32_t checkpoint, uint64_t guest_ms) {
    xhm_probe_checkpoint(bench->pages[0].entities[LOOP], checkpoint, guest_ms * XHM_SIM_MS);
}

static enum xhm_status status(struct xhm_core_bench *bench) {
    return bench_brake(bench)->entities[LOOP].status;
}

/* Values of the last step's event about a fault. */
static const uint64_t *values_of(const struct xhm_core_bench *bench, enum xhm_fault fault) {
    for (uint32_t i = 0; i < bench->outcome.event_count; i++) {
        if (bench->outcome.events[i].kind == XHM_EVENT_FAULT_RAISED && bench->outcome.events[i].fault == fault) {
            return bench->outcome.events[i].values;
        }
    }
    fail_msg("the fault was not raised");
    return NULL;
}

static void what_is_declared_is_healthy(void **state) {
    struct xhm_core_bench *bench = make_healthy();

    for (uint64_t round = 1; round < 100; round++) {
        reach(bench, 1, round * 100);
        bench_step(bench);
        reach(bench, 2, round * 100 + 4);
        reach(bench, 2, round * 100 + 4);
        bench_steps(bench, 2);
        reach(bench, 3, round * 100 + 20);
        bench_step(bench);
        assert_int_equal(bench_brake(bench)->status, XHM_STATUS_OK);
    }
    free(bench);
}

static void a_wrong_order_expires_at_once(void **state) {
    struct xhm_core_bench *bench = make_healthy();

    reach(bench, 1, 10);
    reach(bench, 1, 11);
    bench_step(bench);
    assert_int_equal(status(bench), XHM_STATUS_EXPIRED);
    assert_int_equal(bench_brake(bench)->status, XHM_STATUS_EXPIRED);
    assert_int_equal(values_of(bench, XHM_FAULT_ENTITY_LOGICAL)[0], 1);
    assert_int_equal(values_of(bench, XHM_FAULT_ENTITY_LOGICAL)[1], 1);
    assert_int_equal(bench->core.first_expired.entity, LOOP);
    assert_int_equal(bench_brake(bench)->entities[OTHER].status, XHM_STATUS_OK);
    reach(bench, 3, 20);
    bench_steps(bench, 100);
    assert_int_equal(status(bench), XHM_STATUS_EXPIRED);
    assert_true(bench_brake_has(bench, XHM_FAULT_ENTITY_LOGICAL));
    free(bench);
}

static void after_an_unknown_checkpoint_none_is_the_one_before(void **state) {
    struct xhm_core_bench *bench = make_healthy();

    reach(bench, 9, 10);
    reach(bench, 8, 11);
    bench_step(bench);
    assert_int_equal(values_of(bench, XHM_FAULT_ENTITY_LOGICAL)[0], 0);
    assert_int_equal(values_of(bench, XHM_FAULT_ENTITY_LOGICAL)[1], 9);
    free(bench);
}

static void an_end_is_judged_by_the_guests_clock(void **state) {
    struct xhm_core_bench *bench = make_healthy();

    reach(bench, 1, 100);
    reach(bench, 3, 141);
    bench_step(bench);
    assert_int_equal(status(bench), XHM_STATUS_EXPIRED);
    assert_int_equal(values_of(bench, XHM_FAULT_ENTITY_DEADLINE_LATE)[0], 3);
    assert_int_equal(values_of(bench, XHM_FAULT_ENTITY_DEADLINE_LATE)[1], 41 * XHM_SIM_MS);
    reach(bench, 1, 200);
    reach(bench, 3, 204);
    bench_step(bench);
    assert_int_equal(values_of(bench, XHM_FAULT_ENTITY_DEADLINE_EARLY)[1], 4 * XHM_SIM_MS);
    free(bench);
}

/* Read at 0; late in the first cycle in which more than 40 ms have passed, once. */
static void an_end_that_never_comes_is_late_by_the_supervisors_time(void **state) {
    struct xhm_core_bench *bench = make_healthy();

    reach(bench, 1, 100);
    bench_step(bench);
    bench_steps(bench, 4);
    assert_int_equal(status(bench), XHM_STATUS_OK);
    bench_step(bench);
    assert_int_equal(status(bench), XHM_STATUS_EXPIRED);
    assert_int_equal(values_of(bench, XHM_FAULT_ENTITY_DEADLINE_LATE)[1], 50 * XHM_SIM_MS);
    reach(bench, 3, 900);
    bench_steps(bench, 10);
    assert_int_equal(bench_brake(bench)->fault_occurrences[XHM_FAULT_ENTITY_DEADLINE_LATE], 1);
    free(bench);
}

/* The end may be in the slot that happens to be mid-write; one that stays so hides nothing. */
static void a_slot_that_is_mid_write_is_judged_by_its_next_reading(void **state) {
    struct xhm_core_bench *bench = make_healthy();

    reach(bench, 1, 100);
    bench_steps(bench, 4);
    bench->reporting = false;
    bench->pages[0].page.slots[0].head.sequence |= 1;
    bench_steps(bench, 6);
    assert_int_equal(status(bench), XHM_STATUS_OK);
    bench_step(bench);
    assert_true(bench_raised(bench, XHM_FAULT_PROBE_STUCK));
    assert_true(bench_raised(bench, XHM_FAULT_ENTITY_DEADLINE_LATE));
    free(bench);
}

static void an_overrun_begins_graph_and_deadlines_anew(void **state) {
    struct xhm_core_bench *bench = make_healthy();

    reach(bench, 1, 100);
    bench_step(bench);
    bench->observation.now_ns += 3 * XHM_SIM_S;
    reach(bench, 3, 3000);
    reach(bench, 1, 3001);
    reach(bench, 2, 3002);
    bench_step(bench);
    assert_true(bench_raised(bench, XHM_FAULT_SUPERVISOR_OVERRUN));
    reach(bench, 3, 9000);
    reach(bench, 1, 9001);
    bench_step(bench);
    assert_int_equal(status(bench), XHM_STATUS_OK);
    reach(bench, 1, 9010);
    bench_step(bench);
    assert_int_equal(status(bench), XHM_STATUS_EXPIRED);
    free(bench);
}

static void a_page_that_is_shared_anew_begins_them_anew_too(void **state) {
    static struct xhm_probe_page other;
    struct xhm_core_bench *bench = make_healthy();

    reach(bench, 1, 100);
    bench_step(bench);
    reach(bench, 2, 110);
    reach(bench, 2, 111);
    assert_int_equal(xhm_probe_page_move(&bench->pages[0].writer, &other), XHM_PROBE_DONE);
    reach(bench, 3, 900);
    reach(bench, 1, 901);
    bench->pages[0].page = other;
    bench_step(bench);
    assert_int_equal(status(bench), XHM_STATUS_OK);
    free(bench);
}

static void flood(struct xhm_core_bench *bench, unsigned count) {
    for (unsigned i = 0; i < count; i++) {
        reach(bench, 2, 500);
    }
}

static void lost_checkpoints_are_a_fault_of_the_probe_and_no_violation(void **state) {
    struct xhm_core_bench *bench = make_healthy();

    reach(bench, 1, 100);
    bench_step(bench);
    flood(bench, 49);
    bench_step(bench);
    assert_int_equal(values_of(bench, XHM_FAULT_PROBE_CHECKPOINTS_LOST)[0], 1);
    assert_int_equal(status(bench), XHM_STATUS_OK);
    assert_int_equal(bench_brake(bench)->status, XHM_STATUS_FAILED);
    reach(bench, 3, 9000);
    bench_steps(bench, 21);
    assert_false(bench_brake_has(bench, XHM_FAULT_PROBE_CHECKPOINTS_LOST));
    assert_int_equal(status(bench), XHM_STATUS_OK);
    free(bench);
}

static void a_full_ring_has_lost_nothing(void **state) {
    struct xhm_core_bench *bench = make_healthy();

    reach(bench, 1, 490);
    bench_step(bench);
    flood(bench, 47);
    reach(bench, 3, 500);
    bench_step(bench);
    assert_int_equal(bench_brake(bench)->status, XHM_STATUS_OK);
    free(bench);
}

/* The reference cycle in which something was lost does not end the fault, the next one does. */
static void a_loss_ends_with_a_good_reference_cycle_without_one(void **state) {
    struct xhm_core_bench *bench = make_healthy();
    unsigned steps = 0;

    do {
        flood(bench, 60);
        bench_step(bench);
        assert_true(bench_brake_has(bench, XHM_FAULT_PROBE_CHECKPOINTS_LOST));
    } while (++steps < 35);
    assert_int_equal(bench_brake(bench)->fault_occurrences[XHM_FAULT_PROBE_CHECKPOINTS_LOST], 1);
    bench_steps(bench, 21);
    assert_false(bench_brake_has(bench, XHM_FAULT_PROBE_CHECKPOINTS_LOST));
    free(bench);
}

static void without_alive_supervision_a_reading_ends_the_loss(void **state) {
    struct xhm_core_bench *bench = make_bare();

    bench->policy.partitions[0].entities[LOOP].alive.reference_cycle_ns = 0;
    bench->policy.partitions[0].entities[LOOP].logical.initial_count = 0;
    bench_run_brake(bench);
    flood(bench, 60);
    bench_steps(bench, 10);
    assert_true(bench_brake_has(bench, XHM_FAULT_PROBE_CHECKPOINTS_LOST));
    reach(bench, 2, 900);
    bench_step(bench);
    assert_false(bench_brake_has(bench, XHM_FAULT_PROBE_CHECKPOINTS_LOST));
    free(bench);
}

static void a_new_instance_begins_without_a_loss(void **state) {
    struct xhm_core_bench *bench = make_healthy();

    flood(bench, 60);
    bench_step(bench);
    assert_true(bench_brake_has(bench, XHM_FAULT_PROBE_CHECKPOINTS_LOST));
    bench->observation.domains[0].domid = 6;
    bench_step(bench);
    bench_attach(bench, 0, 9);
    bench_step(bench);
    assert_true(bench_cleared(bench, XHM_FAULT_PROBE_CHECKPOINTS_LOST));
    free(bench);
}

/* Before its first good reference cycle nothing is blamed; but that cycle must be without a violation. */
static void a_violation_while_starting_is_no_good_reference_cycle(void **state) {
    struct xhm_core_bench *bench = make_bare();

    bench_add_domain(bench, XHM_SIM_BRAKE, BENCH_BRAKE_DOMID);
    bench_step(bench);
    bench_attach(bench, XHM_SIM_BRAKE, 7);
    bench->reporting = true;
    bench_step(bench);
    for (unsigned i = 0; i < 30; i++) {
        reach(bench, 77, 100);
        bench_steps(bench, 5);
        assert_int_equal(status(bench), XHM_STATUS_DEACTIVATED);
    }
    assert_int_equal(bench_brake(bench)->fault_occurrences[XHM_FAULT_ENTITY_LOGICAL], 0);
    bench_steps(bench, 11);
    assert_int_equal(status(bench), XHM_STATUS_OK);
    free(bench);
}

static void without_alive_supervision_a_violation_is_latched_too(void **state) {
    struct xhm_core_bench *bench = make_bare();

    bench->policy.partitions[0].entities[LOOP].alive.reference_cycle_ns = 0;
    bench_run_brake(bench);
    assert_int_equal(status(bench), XHM_STATUS_OK);
    reach(bench, 9, 10);
    bench_steps(bench, 5);
    assert_int_equal(status(bench), XHM_STATUS_EXPIRED);
    assert_true(bench_brake_has(bench, XHM_FAULT_ENTITY_LOGICAL));
    free(bench);
}

static void the_first_checkpoint_is_initial(void **state) {
    struct xhm_core_bench *bench = make_healthy();

    reach(bench, 2, 10);
    bench_step(bench);
    assert_int_equal(status(bench), XHM_STATUS_EXPIRED);
    assert_int_equal(values_of(bench, XHM_FAULT_ENTITY_LOGICAL)[0], 0);
    free(bench);
}

/* While fusion, which it depends on, is not there: FAILED, and over with the next good reference cycle. */
static void what_is_excused_does_not_expire(void **state) {
    struct xhm_core_bench *bench = make_bare();

    bench->policy.partitions[0].depends_on = UINT64_C(1) << XHM_SIM_FUSION;
    bench_run_brake(bench);
    reach(bench, 9, 10);
    bench_step(bench);
    assert_int_equal(status(bench), XHM_STATUS_FAILED);
    assert_true(bench_brake_has(bench, XHM_FAULT_ENTITY_LOGICAL));
    reach(bench, 9, 11);
    bench_step(bench);
    assert_int_equal(status(bench), XHM_STATUS_FAILED);
    bench_steps(bench, 10);
    assert_int_equal(status(bench), XHM_STATUS_OK);
    assert_true(!bench_brake_has(bench, XHM_FAULT_ENTITY_LOGICAL));
    free(bench);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_declared_is_healthy),
        cmocka_unit_test(a_wrong_order_expires_at_once),
        cmocka_unit_test(after_an_unknown_checkpoint_none_is_the_one_before),
        cmocka_unit_test(an_end_is_judged_by_the_guests_clock),
        cmocka_unit_test(an_end_that_never_comes_is_late_by_the_supervisors_time),
        cmocka_unit_test(a_slot_that_is_mid_write_is_judged_by_its_next_reading),
        cmocka_unit_test(an_overrun_begins_graph_and_deadlines_anew),
        cmocka_unit_test(a_page_that_is_shared_anew_begins_them_anew_too),
        cmocka_unit_test(lost_checkpoints_are_a_fault_of_the_probe_and_no_violation),
        cmocka_unit_test(a_full_ring_has_lost_nothing),
        cmocka_unit_test(a_loss_ends_with_a_good_reference_cycle_without_one),
        cmocka_unit_test(without_alive_supervision_a_reading_ends_the_loss),
        cmocka_unit_test(a_new_instance_begins_without_a_loss),
        cmocka_unit_test(a_violation_while_starting_is_no_good_reference_cycle),
        cmocka_unit_test(without_alive_supervision_a_violation_is_latched_too),
        cmocka_unit_test(the_first_checkpoint_is_initial),
        cmocka_unit_test(what_is_excused_does_not_expire),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
