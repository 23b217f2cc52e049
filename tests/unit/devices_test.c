// SPDX-License-Identifier: Apache-2.0
/* Covers: XHM-DEVICE-1 */
#include "core_bench.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#define NET  XHM_SIM_INFOTAINMENT
#define NET7 7

/* brake has a network device with its backend in infotainment, and a disk of dom0. */
static struct xhm_core_bench *make(void) {
    struct xhm_core_bench *bench = bench_make();
    struct xhm_partition_policy *brake = &bench->policy.partitions[0];

    bench_set_ladder(bench, 0, (struct xhm_ladder){1, {XHM_REACTION_REPORT}});
    bench_want_facts(bench);
    brake->devices_declared = true;
    brake->device_count = 2;
    brake->devices[0] = (struct xhm_device_policy){
        .kind = XHM_DEVICE_VIF, .backend_number = 1 + NET, .error_window_ns = 10 * XHM_SIM_S, .error_limit = 5};
    brake->devices[1] = (struct xhm_device_policy){.kind = XHM_DEVICE_VBD, .id = 51712};
    brake->assigned_declared = true;
    brake->assigned_count = 2;
    brake->assigned[0] = 0x18;
    brake->assigned[1] = 0x20;
    bench_restart(bench);
    bench_add_domain(bench, NET, NET7);
    bench_run_brake(bench);
    bench_add_domain(bench, XHM_SIM_FUSION, 0)->uuid = (struct xhm_uuid){{0}};
    bench_step(bench);

    struct xhm_domain_facts *facts = bench_add_domain_facts(bench, BENCH_BRAKE_DOMID);
    facts->devices = XHM_FACTS_KNOWN;
    facts->device_count = 2;
    facts->device[0] = (struct xhm_device_facts){.kind = XHM_DEVICE_VBD,
                                                 .id = 51712,
                                                 .frontend_state = XHM_XENBUS_CONNECTED,
                                                 .backend_state = XHM_XENBUS_CONNECTED};
    facts->device[1] = (struct xhm_device_facts){.kind = XHM_DEVICE_VIF,
                                                 .backend_domid = NET7,
                                                 .frontend_state = XHM_XENBUS_CONNECTED,
                                                 .backend_state = XHM_XENBUS_CONNECTED,
                                                 .counters = XHM_FACTS_KNOWN,
                                                 .errors = 1000};
    facts->assigned = XHM_FACTS_KNOWN;
    facts->assigned_count = 2;
    facts->assigned_pci[0] = 0x20;
    facts->assigned_pci[1] = 0x18;
    return bench;
}

static struct xhm_device_facts *vif(struct xhm_core_bench *bench) {
    return &bench->facts.domain[0].device[1];
}

static void tell(struct xhm_core_bench *bench) {
    bench_tell_facts(bench);
    bench_step(bench);
}

static enum xhm_verdict verdict(const struct xhm_core_bench *bench, enum xhm_partition_check check) {
    const bool whole = check == XHM_CHECK_DEVICE_UNDECLARED || check == XHM_CHECK_DEVICE_ASSIGNMENT;

    return bench_verdict(bench, check, whole ? XHM_SCOPE_WHOLE : 0);
}

static void everything_is(const struct xhm_core_bench *bench, enum xhm_verdict expected) {
    for (unsigned check = XHM_CHECK_DEVICE_UNDECLARED; check <= XHM_CHECK_DEVICE_ASSIGNMENT; check++) {
        assert_int_equal(verdict(bench, (enum xhm_partition_check)check), expected);
    }
}

static void devices_as_declared_conform(void **state) {
    struct xhm_core_bench *bench = make();

    everything_is(bench, XHM_VERDICT_UNKNOWN);
    tell(bench);
    assert_int_equal(bench->outcome.event_count, 0);
    everything_is(bench, XHM_VERDICT_CONFORMS);
    assert_int_equal(bench_verdict(bench, XHM_CHECK_DEVICE_DISCONNECTED, 1), XHM_VERDICT_CONFORMS);
    assert_int_equal(bench_verdict(bench, XHM_CHECK_DEVICE_ERRORS, 1), XHM_VERDICT_UNDECLARED);
    bench_steps(bench, 400);
    everything_is(bench, XHM_VERDICT_UNKNOWN);
    free(bench);
}

static void what_was_not_gathered_is_unknown(void **state) {
    struct xhm_core_bench *bench = make();

    bench->facts.domain[0].devices = XHM_FACTS_UNKNOWN;
    bench->facts.domain[0].assigned = XHM_FACTS_UNKNOWN;
    tell(bench);
    everything_is(bench, XHM_VERDICT_UNKNOWN);
    bench->facts.domain[0].assigned = XHM_FACTS_NOT_AVAILABLE;
    tell(bench);
    assert_int_equal(verdict(bench, XHM_CHECK_DEVICE_ASSIGNMENT), XHM_VERDICT_NOT_AVAILABLE);
    assert_int_equal(bench->outcome.event_count, 0);
    free(bench);
}

static void what_is_not_declared_has_no_verdict(void **state) {
    struct xhm_core_bench *bench = make();

    bench->policy.partitions[0].devices_declared = false;
    bench->policy.partitions[0].assigned_declared = false;
    bench->policy.partitions[0].assigned_count = 0;
    bench_restart(bench);
    bench_add_domain(bench, NET, NET7);
    bench_run_brake(bench);
    vif(bench)->backend_state = 1;
    tell(bench);
    everything_is(bench, XHM_VERDICT_UNDECLARED);
    free(bench);
}

static void a_device_that_is_not_declared_is_a_fault(void **state) {
    struct xhm_core_bench *bench = make();
    struct xhm_domain_facts *facts = &bench->facts.domain[0];

    facts->device[facts->device_count++] = (struct xhm_device_facts){.kind = XHM_DEVICE_VIF, .id = 3};
    tell(bench);
    assert_true(bench_raised(bench, XHM_FAULT_DEVICE_UNDECLARED));
    assert_int_equal(bench->outcome.events[0].values[0], XHM_DEVICE_VIF);
    assert_int_equal(bench->outcome.events[0].values[1], 3);
    facts->device_count--;
    tell(bench);
    assert_true(bench_cleared(bench, XHM_FAULT_DEVICE_UNDECLARED));
    facts->more_devices = true;
    tell(bench);
    assert_true(bench_raised(bench, XHM_FAULT_DEVICE_UNDECLARED));
    free(bench);
}

static void a_declared_device_that_is_not_there_is_a_fault(void **state) {
    struct xhm_core_bench *bench = make();
    struct xhm_domain_facts *facts = &bench->facts.domain[0];

    facts->device_count = 1;
    tell(bench);
    assert_true(bench_raised(bench, XHM_FAULT_DEVICE_MISSING));
    assert_int_equal(bench->outcome.events[0].values[0], XHM_DEVICE_VIF);
    assert_int_equal(verdict(bench, XHM_CHECK_DEVICE_DISCONNECTED), XHM_VERDICT_UNKNOWN);
    assert_int_equal(verdict(bench, XHM_CHECK_DEVICE_ERRORS), XHM_VERDICT_UNKNOWN);
    facts->device_count = 2;
    tell(bench);
    assert_true(bench_cleared(bench, XHM_FAULT_DEVICE_MISSING));
    everything_is(bench, XHM_VERDICT_CONFORMS);
    vif(bench)->id = 3;
    tell(bench);
    assert_true(bench_raised(bench, XHM_FAULT_DEVICE_MISSING));
    assert_int_equal(verdict(bench, XHM_CHECK_DEVICE_DISCONNECTED), XHM_VERDICT_UNKNOWN);
    assert_int_equal(verdict(bench, XHM_CHECK_DEVICE_ERRORS), XHM_VERDICT_UNKNOWN);
    assert_true(bench_raised(bench, XHM_FAULT_DEVICE_UNDECLARED));
    facts->device_count = 1;
    facts->more_devices = true;
    tell(bench);
    assert_int_equal(verdict(bench, XHM_CHECK_DEVICE_MISSING), XHM_VERDICT_UNKNOWN);
    free(bench);
}

static void a_device_is_connected_on_both_sides_to_its_backend(void **state) {
    struct xhm_core_bench *bench = make();

    for (unsigned i = 0; i < 3; i++) {
        const struct xhm_device_facts fine = *vif(bench);
        vif(bench)->frontend_state = i == 0 ? 1 : XHM_XENBUS_CONNECTED;
        vif(bench)->backend_state = i == 1 ? 0 : XHM_XENBUS_CONNECTED;
        vif(bench)->backend_domid = i == 2 ? 0 : NET7;
        tell(bench);
        assert_true(bench_raised(bench, XHM_FAULT_DEVICE_DISCONNECTED));
        assert_int_equal(bench->outcome.events[0].values[0], vif(bench)->backend_domid);
        assert_int_equal(bench->outcome.events[0].values[1], vif(bench)->backend_state);
        *vif(bench) = fine;
        tell(bench);
        assert_true(bench_cleared(bench, XHM_FAULT_DEVICE_DISCONNECTED));
    }
    free(bench);
}

/* The driver domain dies, comes again as another instance, and its frontend connects to that. */
static void a_backend_that_was_restarted_is_the_new_instance(void **state) {
    struct xhm_core_bench *bench = make();

    tell(bench);
    bench->observation.domains[0].paused = true;
    tell(bench);
    assert_true(bench_raised(bench, XHM_FAULT_DEVICE_DISCONNECTED));
    bench->observation.domains[0].paused = false;
    bench->observation.domains[0].dying = true;
    tell(bench);
    assert_int_equal(verdict(bench, XHM_CHECK_DEVICE_DISCONNECTED), XHM_VERDICT_DEVIATES);
    bench_add_domain(bench, NET, NET7 + 2);
    tell(bench);
    assert_int_equal(verdict(bench, XHM_CHECK_DEVICE_DISCONNECTED), XHM_VERDICT_DEVIATES);
    vif(bench)->backend_domid = NET7 + 2;
    tell(bench);
    assert_true(bench_cleared(bench, XHM_FAULT_DEVICE_DISCONNECTED));
    free(bench);
}

static void errors_count_within_their_window(void **state) {
    struct xhm_core_bench *bench = make();

    tell(bench);
    vif(bench)->errors += 5;
    tell(bench);
    assert_int_equal(verdict(bench, XHM_CHECK_DEVICE_ERRORS), XHM_VERDICT_CONFORMS);
    vif(bench)->errors++;
    tell(bench);
    assert_true(bench_raised(bench, XHM_FAULT_DEVICE_ERRORS));
    assert_int_equal(bench->outcome.events[0].values[0], 1006);
    assert_int_equal(bench->outcome.events[0].values[1], 6);
    for (unsigned i = 0; i < 11; i++) {
        bench_steps(bench, 99);
        tell(bench);
    }
    assert_int_equal(verdict(bench, XHM_CHECK_DEVICE_ERRORS), XHM_VERDICT_CONFORMS);
    free(bench);
}

static void counters_that_begin_anew_count_from_there(void **state) {
    struct xhm_core_bench *bench = make();

    tell(bench);
    vif(bench)->errors = 5;
    tell(bench);
    assert_int_equal(verdict(bench, XHM_CHECK_DEVICE_ERRORS), XHM_VERDICT_CONFORMS);
    vif(bench)->errors = 1;
    tell(bench);
    assert_int_equal(verdict(bench, XHM_CHECK_DEVICE_ERRORS), XHM_VERDICT_DEVIATES);
    free(bench);
}

/* Neither what was counted while nobody read, nor what the supervisor slept through. */
static void a_gap_is_not_counted(void **state) {
    struct xhm_core_bench *bench = make();

    tell(bench);
    vif(bench)->counters = XHM_FACTS_UNKNOWN;
    tell(bench);
    assert_int_equal(verdict(bench, XHM_CHECK_DEVICE_ERRORS), XHM_VERDICT_UNKNOWN);
    vif(bench)->counters = XHM_FACTS_KNOWN;
    vif(bench)->errors += 100;
    tell(bench);
    assert_int_equal(verdict(bench, XHM_CHECK_DEVICE_ERRORS), XHM_VERDICT_CONFORMS);
    bench->observation.now_ns += 10 * XHM_SIM_S;
    bench_step(bench);
    vif(bench)->errors += 100;
    tell(bench);
    assert_int_equal(verdict(bench, XHM_CHECK_DEVICE_ERRORS), XHM_VERDICT_CONFORMS);
    vif(bench)->errors += 6;
    tell(bench);
    assert_int_equal(verdict(bench, XHM_CHECK_DEVICE_ERRORS), XHM_VERDICT_DEVIATES);
    free(bench);
}

static void assigned_devices_are_exactly_the_declared_ones(void **state) {
    struct xhm_core_bench *bench = make();
    struct xhm_domain_facts *facts = &bench->facts.domain[0];

    tell(bench);
    facts->assigned_pci[1] = 0x28;
    tell(bench);
    assert_true(bench_raised(bench, XHM_FAULT_DEVICE_ASSIGNMENT));
    facts->assigned_pci[1] = 0x18;
    tell(bench);
    assert_true(bench_cleared(bench, XHM_FAULT_DEVICE_ASSIGNMENT));
    facts->assigned_pci[facts->assigned_count++] = 0x28;
    tell(bench);
    assert_true(bench_raised(bench, XHM_FAULT_DEVICE_ASSIGNMENT));
    facts->assigned_count = 2;
    facts->more_assigned = true;
    tell(bench);
    assert_int_equal(verdict(bench, XHM_CHECK_DEVICE_ASSIGNMENT), XHM_VERDICT_DEVIATES);
    free(bench);
}

static void a_new_declaration_ends_faults_of_the_old_one(void **state) {
    struct xhm_core_bench *bench = make();
    static struct xhm_policy policy;
    uint32_t origin[XHM_MAX_PARTITIONS];

    tell(bench);
    vif(bench)->backend_state = 1;
    tell(bench);
    policy = bench->policy;
    policy.partitions[0].devices[0].backend_number = 0;
    core_apply_policy(&bench->core, &policy, &bench->scratch, origin, &bench->outcome);
    assert_true(bench_cleared(bench, XHM_FAULT_DEVICE_DISCONNECTED));
    assert_int_equal(verdict(bench, XHM_CHECK_DEVICE_DISCONNECTED), XHM_VERDICT_UNKNOWN);
    assert_false(bench_brake(bench)->measures.devices[0].counting);
    free(bench);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(devices_as_declared_conform),
        cmocka_unit_test(what_was_not_gathered_is_unknown),
        cmocka_unit_test(what_is_not_declared_has_no_verdict),
        cmocka_unit_test(a_device_that_is_not_declared_is_a_fault),
        cmocka_unit_test(a_declared_device_that_is_not_there_is_a_fault),
        cmocka_unit_test(a_device_is_connected_on_both_sides_to_its_backend),
        cmocka_unit_test(a_backend_that_was_restarted_is_the_new_instance),
        cmocka_unit_test(errors_count_within_their_window),
        cmocka_unit_test(counters_that_begin_anew_count_from_there),
        cmocka_unit_test(a_gap_is_not_counted),
        cmocka_unit_test(assigned_devices_are_exactly_the_declared_ones),
        cmocka_unit_test(a_new_declaration_ends_faults_of_the_old_one),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
