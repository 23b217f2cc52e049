// SPDX-License-Identifier: Apache-2.0
/* Covers: XHM-ALIVE-3 XHM-ALIVE-4 XHM-PROBE-1 */
#include "core_bench.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#define CONTROL_LOOP 0
#define DIAGNOSTICS  1

/* brake is healthy and its faults are only reported, so that what is tested stays as it is. */
static struct xhm_core_bench *make_reported(void) {
    struct xhm_core_bench *bench = bench_make();

    for (unsigned i = 0; i < XHM_CLASS_COUNT; i++) {
        bench->policy.partitions[0].reactions[i] = (struct xhm_ladder){1, {XHM_REACTION_REPORT}};
    }
    bench_run_brake(bench);
    assert_int_equal(bench_brake(bench)->life, XHM_LIFE_RUNNING);
    return bench;
}

static struct xhm_probe_page *page_of(struct xhm_core_bench *bench) {
    return &bench->pages[0].page;
}

static bool has_scope(struct xhm_core_bench *bench, enum xhm_fault fault, uint32_t entity) {
    return (bench_brake(bench)->fault_scopes[fault] >> entity & 1u) != 0;
}

/* Breaks the page, steps, mends it, steps; the fault must come and go. */
static void expect_page_fault(void (*damage)(struct xhm_probe_page *page), enum xhm_fault fault) {
    struct xhm_core_bench *bench = make_reported();
    const struct xhm_probe_page sound = *page_of(bench);

    bench->reporting = false;
    damage(page_of(bench));
    bench_step(bench);
    assert_true(has_scope(bench, fault, CONTROL_LOOP));
    assert_int_equal(bench_brake(bench)->status, XHM_STATUS_FAILED);
    *page_of(bench) = sound;
    bench_step(bench);
    assert_false(bench_brake_has(bench, fault));
    free(bench);
}

static void damage_magic(struct xhm_probe_page *page) {
    page->header.magic = 0;
}

static void damage_version(struct xhm_probe_page *page) {
    page->header.version_major = 9;
}

static void damage_layout(struct xhm_probe_page *page) {
    page->header.slot_size = 1;
}

static void damage_header_crc(struct xhm_probe_page *page) {
    page->header.crc ^= 1;
}

static void damage_slot_crc(struct xhm_probe_page *page) {
    page->slots[0].head.crc ^= 1;
}

static void damage_slot_place(struct xhm_probe_page *page) {
    page->slots[0] = page->slots[1];
}

static void damage_slot_away(struct xhm_probe_page *page) {
    memset(&page->slots[0], 0, sizeof(page->slots[0]));
}

static void damage_partition(struct xhm_probe_page *page) {
    struct xhm_probe_writer writer;

    xhm_probe_page_init(&writer, page, &(struct xhm_probe_identity){.partition_id = 999, .instance_id = 1});
}

static void damage_page_index(struct xhm_probe_page *page) {
    struct xhm_probe_writer writer;

    xhm_probe_page_init(&writer, page,
                        &(struct xhm_probe_identity){.partition_id = 1, .page_index = 3, .instance_id = 1});
}

static void each_damage_has_its_fault(void **state) {
    expect_page_fault(damage_magic, XHM_FAULT_PROBE_FORMAT);
    expect_page_fault(damage_version, XHM_FAULT_PROBE_FORMAT);
    expect_page_fault(damage_layout, XHM_FAULT_PROBE_FORMAT);
    expect_page_fault(damage_header_crc, XHM_FAULT_PROBE_CORRUPT);
    expect_page_fault(damage_slot_crc, XHM_FAULT_PROBE_CORRUPT);
    expect_page_fault(damage_slot_away, XHM_FAULT_PROBE_CORRUPT);
    expect_page_fault(damage_slot_place, XHM_FAULT_PROBE_FOREIGN);
    expect_page_fault(damage_partition, XHM_FAULT_PROBE_FOREIGN);
    expect_page_fault(damage_page_index, XHM_FAULT_PROBE_FOREIGN);
}

static void a_slot_of_an_undeclared_entity_is_foreign(void **state) {
    struct xhm_core_bench *bench = make_reported();

    bench->policy.partitions[0].entities[CONTROL_LOOP].id = 55;
    bench_step(bench);
    assert_true(has_scope(bench, XHM_FAULT_PROBE_FOREIGN, CONTROL_LOOP));
    assert_false(has_scope(bench, XHM_FAULT_PROBE_FOREIGN, DIAGNOSTICS));
    free(bench);
}

static void a_slot_is_stuck_only_beyond_the_tolerance(void **state) {
    struct xhm_core_bench *bench = make_reported();

    bench->reporting = false;
    page_of(bench)->slots[0].head.sequence |= 1;
    bench_steps(bench, 6);
    assert_false(bench_brake_has(bench, XHM_FAULT_PROBE_STUCK));
    bench_step(bench);
    assert_true(has_scope(bench, XHM_FAULT_PROBE_STUCK, CONTROL_LOOP));
    assert_false(has_scope(bench, XHM_FAULT_PROBE_STUCK, DIAGNOSTICS));
    free(bench);
}

static void a_stuck_slot_stays_stuck_over_an_overrun(void **state) {
    struct xhm_core_bench *bench = make_reported();

    bench->reporting = false;
    page_of(bench)->slots[0].head.sequence |= 1;
    bench_steps(bench, 8);
    bench->observation.now_ns += 3 * XHM_SIM_S;
    bench_step(bench);
    assert_true(bench_raised(bench, XHM_FAULT_SUPERVISOR_OVERRUN));
    assert_true(has_scope(bench, XHM_FAULT_PROBE_STUCK, CONTROL_LOOP));
    free(bench);
}

static void a_stuck_header_hides_every_entity(void **state) {
    struct xhm_core_bench *bench = make_reported();

    bench->reporting = false;
    page_of(bench)->header.page_sequence |= 1;
    bench_steps(bench, 7);
    assert_true(has_scope(bench, XHM_FAULT_PROBE_STUCK, CONTROL_LOOP));
    assert_true(has_scope(bench, XHM_FAULT_PROBE_STUCK, DIAGNOSTICS));
    free(bench);
}

static void a_detached_page_is_missing_while_running(void **state) {
    struct xhm_core_bench *bench = make_reported();

    bench->pages[0].attached = false;
    bench->observation.pages[0][0] = (struct xhm_page_observation){XHM_PAGE_DETACHED, NULL};
    bench_step(bench);
    assert_true(bench_raised(bench, XHM_FAULT_PROBE_MISSING));
    bench->pages[0].attached = true;
    bench_step(bench);
    assert_true(bench_cleared(bench, XHM_FAULT_PROBE_MISSING));
    free(bench);
}

static void a_page_may_be_missing_while_starting_but_not_refused(void **state) {
    struct xhm_core_bench *bench = bench_make();

    bench_add_domain(bench, XHM_SIM_BRAKE, 5);
    bench_steps(bench, 10);
    assert_false(bench_brake_has(bench, XHM_FAULT_PROBE_MISSING));
    bench->observation.pages[0][0] = (struct xhm_page_observation){XHM_PAGE_REFUSED, NULL};
    bench_step(bench);
    assert_true(bench_brake_has(bench, XHM_FAULT_PROBE_FORMAT));
    free(bench);
}

static void a_new_probe_instance_is_told_for_each_entity(void **state) {
    struct xhm_core_bench *bench = make_reported();

    bench_attach(bench, 0, 8);
    bench_step(bench);
    assert_true(has_scope(bench, XHM_FAULT_PROBE_RESTARTED, CONTROL_LOOP));
    assert_true(has_scope(bench, XHM_FAULT_PROBE_RESTARTED, DIAGNOSTICS));
    bench_steps(bench, 15);
    assert_false(has_scope(bench, XHM_FAULT_PROBE_RESTARTED, CONTROL_LOOP));
    assert_true(has_scope(bench, XHM_FAULT_PROBE_RESTARTED, DIAGNOSTICS));
    bench_steps(bench, 50);
    assert_false(bench_brake_has(bench, XHM_FAULT_PROBE_RESTARTED));
    assert_false(bench_brake_has(bench, XHM_FAULT_ENTITY_ALIVE_LOW));
    free(bench);
}

static void indications_of_a_gap_do_not_count_twice(void **state) {
    struct xhm_core_bench *bench = make_reported();

    bench->policy.partitions[0].entities[CONTROL_LOOP].alive.failed_tolerance = 100;
    bench->policy.partitions[0].entities[DIAGNOSTICS].alive.failed_tolerance = 100;
    bench->observation.pages[0][0] = (struct xhm_page_observation){XHM_PAGE_DETACHED, NULL};
    bench->pages[0].attached = false;
    bench_steps(bench, 65);
    assert_true(bench_brake_has(bench, XHM_FAULT_ENTITY_ALIVE_LOW));
    for (unsigned i = 0; i < 65; i++) {
        xhm_probe_alive(bench->pages[0].entities[0], 1);
        xhm_probe_alive(bench->pages[0].entities[1], 1);
    }
    bench->pages[0].attached = true;
    bench_steps(bench, 60);
    assert_int_equal(bench_brake(bench)->fault_occurrences[XHM_FAULT_ENTITY_ALIVE_HIGH], 0);
    free(bench);
}

static void an_overrun_counts_neither_indications_nor_misses(void **state) {
    struct xhm_core_bench *bench = make_reported();

    for (unsigned i = 0; i < 300; i++) {
        xhm_probe_alive(bench->pages[0].entities[0], 1);
        xhm_probe_deadline_report(bench->pages[0].entities[0], false, 1, 1);
    }
    bench->observation.now_ns += 3 * XHM_SIM_S;
    bench_step(bench);
    bench_steps(bench, 100);
    assert_int_equal(bench_brake(bench)->status, XHM_STATUS_OK);
    assert_int_equal(bench_brake(bench)->fault_occurrences[XHM_FAULT_ENTITY_ALIVE_HIGH], 0);
    assert_int_equal(bench_brake(bench)->fault_occurrences[XHM_FAULT_DEADLINE_MISSES], 0);
    free(bench);
}

static void an_overrun_forgives_no_miss(void **state) {
    struct xhm_core_bench *bench = make_reported();

    for (unsigned i = 0; i < 5; i++) {
        xhm_probe_deadline_report(bench->pages[0].entities[0], false, 1, 1);
    }
    bench_step(bench);
    assert_true(bench_raised(bench, XHM_FAULT_DEADLINE_MISSES));
    bench->observation.now_ns += 30 * XHM_SIM_S;
    bench_step(bench);
    assert_true(bench_brake_has(bench, XHM_FAULT_DEADLINE_MISSES));
    bench_steps(bench, 120);
    assert_false(bench_brake_has(bench, XHM_FAULT_DEADLINE_MISSES));
    free(bench);
}

static void an_entity_without_alive_supervision_is_ok_once_read(void **state) {
    struct xhm_core_bench *bench = bench_make();

    bench->policy.partitions[0].entities[DIAGNOSTICS].alive.reference_cycle_ns = 0;
    bench->policy.partitions[0].entities[CONTROL_LOOP].deadline_miss.window_ns = 0;
    bench_run_brake(bench);
    assert_int_equal(bench_brake(bench)->entities[DIAGNOSTICS].status, XHM_STATUS_OK);
    assert_int_equal(bench_brake(bench)->status, XHM_STATUS_OK);
    bench_attach(bench, 0, 8);
    bench_step(bench);
    assert_false(has_scope(bench, XHM_FAULT_PROBE_RESTARTED, DIAGNOSTICS));
    free(bench);
}

/* An entity that has not begun has time while fusion, which brake depends on, is not there. */
static void what_is_excused_has_time_to_start(void **state) {
    struct xhm_core_bench *bench = make_reported();
    struct xhm_entity_state *entity = &bench_brake(bench)->entities[CONTROL_LOOP];
    const unsigned grace = (unsigned)(bench->policy.partitions[0].startup_grace_ns / (10 * XHM_SIM_MS));

    bench->policy.partitions[0].depends_on = UINT64_C(1) << XHM_SIM_FUSION;
    bench->reporting = false;
    memset(entity, 0, sizeof(*entity));
    entity->status = XHM_STATUS_DEACTIVATED;
    entity->expected_since_ns = bench->core.supervised_ns;
    bench_steps(bench, 2 * grace);
    assert_int_equal(entity->status, XHM_STATUS_DEACTIVATED);
    bench->policy.partitions[0].depends_on = 0;
    bench_steps(bench, grace);
    assert_int_equal(entity->status, XHM_STATUS_DEACTIVATED);
    bench_step(bench);
    assert_int_equal(entity->status, XHM_STATUS_EXPIRED);
    free(bench);
}

static void good_reference_cycles_saturate(void **state) {
    struct xhm_core_bench *bench = make_reported();

    bench_brake(bench)->entities[CONTROL_LOOP].good_cycles = UINT32_MAX - 1;
    bench_steps(bench, 30);
    assert_int_equal(bench_brake(bench)->entities[CONTROL_LOOP].good_cycles, UINT32_MAX);
    assert_int_equal(bench_brake(bench)->status, XHM_STATUS_OK);
    free(bench);
}

static void too_many_indications_are_a_fault_of_their_own(void **state) {
    struct xhm_core_bench *bench = make_reported();

    for (unsigned i = 0; i < 30; i++) {
        xhm_probe_alive(bench->pages[0].entities[0], 1);
    }
    bench_steps(bench, 10);
    assert_true(has_scope(bench, XHM_FAULT_ENTITY_ALIVE_HIGH, CONTROL_LOOP));
    assert_int_equal(bench_brake(bench)->entities[CONTROL_LOOP].status, XHM_STATUS_FAILED);
    bench_steps(bench, 10);
    assert_false(bench_brake_has(bench, XHM_FAULT_ENTITY_ALIVE_HIGH));
    free(bench);
}

static void the_first_expired_entity_is_kept(void **state) {
    struct xhm_core_bench *bench = make_reported();

    bench->reporting = false;
    bench_steps(bench, 200);
    assert_int_equal(bench_brake(bench)->entities[DIAGNOSTICS].status, XHM_STATUS_EXPIRED);
    assert_int_equal(bench->core.first_expired.entity, CONTROL_LOOP);
    assert_int_equal(bench->core.first_expired.entity_complement, ~(uint32_t)CONTROL_LOOP);
    assert_int_equal(bench->core.first_expired.partition, 0);
    free(bench);
}

/* The local status of the control loop before and after each event of the last step that tells of it. */
static void follow_status(const struct xhm_core_bench *bench, uint64_t *status, unsigned *changes) {
    for (uint32_t i = 0; i < bench->outcome.event_count; i++) {
        const struct xhm_event *event = &bench->outcome.events[i];

        if (event->kind == XHM_EVENT_LOCAL_STATUS && event->entity == CONTROL_LOOP) {
            assert_int_equal(event->partition, XHM_SIM_BRAKE);
            assert_int_equal(event->values[0], *status);
            *status = event->values[1];
            (*changes)++;
        }
    }
}

static void each_change_of_a_local_status_is_told(void **state) {
    struct xhm_core_bench *bench = make_reported();
    uint64_t status = XHM_STATUS_OK;
    unsigned changes = 0;

    bench->reporting = false;
    for (unsigned i = 0; i < 200; i++) {
        bench_step(bench);
        follow_status(bench, &status, &changes);
        assert_int_equal(status, bench_brake(bench)->entities[CONTROL_LOOP].status);
    }
    assert_int_equal(status, XHM_STATUS_EXPIRED);
    assert_int_equal(changes, 2);
    free(bench);
}

static void before_its_first_good_cycle_an_entity_is_starting(void **state) {
    struct xhm_core_bench *bench = bench_make();

    bench_add_domain(bench, XHM_SIM_BRAKE, 5);
    bench_step(bench);
    bench_attach(bench, XHM_SIM_BRAKE, 7);
    bench_steps(bench, 100);
    assert_int_equal(bench_brake(bench)->entities[CONTROL_LOOP].status, XHM_STATUS_DEACTIVATED);
    assert_false(bench_brake_has(bench, XHM_FAULT_ENTITY_ALIVE_LOW));
    free(bench);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_damage_has_its_fault),
        cmocka_unit_test(a_slot_of_an_undeclared_entity_is_foreign),
        cmocka_unit_test(a_slot_is_stuck_only_beyond_the_tolerance),
        cmocka_unit_test(a_stuck_slot_stays_stuck_over_an_overrun),
        cmocka_unit_test(a_stuck_header_hides_every_entity),
        cmocka_unit_test(a_detached_page_is_missing_while_running),
        cmocka_unit_test(a_page_may_be_missing_while_starting_but_not_refused),
        cmocka_unit_test(a_new_probe_instance_is_told_for_each_entity),
        cmocka_unit_test(indications_of_a_gap_do_not_count_twice),
        cmocka_unit_test(an_overrun_counts_neither_indications_nor_misses),
        cmocka_unit_test(an_overrun_forgives_no_miss),
        cmocka_unit_test(an_entity_without_alive_supervision_is_ok_once_read),
        cmocka_unit_test(what_is_excused_has_time_to_start),
        cmocka_unit_test(good_reference_cycles_saturate),
        cmocka_unit_test(too_many_indications_are_a_fault_of_their_own),
        cmocka_unit_test(the_first_expired_entity_is_kept),
        cmocka_unit_test(each_change_of_a_local_status_is_told),
        cmocka_unit_test(before_its_first_good_cycle_an_entity_is_starting),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
