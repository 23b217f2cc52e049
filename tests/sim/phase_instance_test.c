// SPDX-License-Identifier: Apache-2.0
/* Covers: XHM-TIME-1 */
/* What the domain list tells: instances, number of vCPUs, memory. */
#include "phase_bench.h"

static bool has_crashed(const struct xhm_core *core) {
    return phase_has(core, XHM_FAULT_PARTITION_CRASHED);
}

static bool has_stopped(const struct xhm_core *core) {
    return phase_has(core, XHM_FAULT_PARTITION_STOPPED);
}

static bool has_gone(const struct xhm_core *core) {
    return phase_has(core, XHM_FAULT_PARTITION_MISSING);
}

static bool is_paused(const struct xhm_core *core) {
    return phase_has(core, XHM_FAULT_PARTITION_PAUSED);
}

static bool is_ambiguous(const struct xhm_core *core) {
    return phase_has(core, XHM_FAULT_IDENTITY_AMBIGUOUS);
}

static bool has_other_vcpu_count(const struct xhm_core *core) {
    return phase_has(core, XHM_FAULT_VCPU_COUNT);
}

static bool has_other_memory(const struct xhm_core *core) {
    return phase_has(core, XHM_FAULT_MEMORY_SIZE);
}

static bool has_other_memory_limit(const struct xhm_core *core) {
    return phase_has(core, XHM_FAULT_MEMORY_LIMIT);
}

static void crash(struct phase_bench *bench) {
    guest_shut_down(phase_brake(bench), XHM_SHUTDOWN_CRASH);
}

static void stop(struct phase_bench *bench) {
    guest_shut_down(phase_brake(bench), XHM_SHUTDOWN_POWEROFF);
}

static void disappear(struct phase_bench *bench) {
    ecu_destroy(&bench->runner.ecu, phase_brake(bench));
}

static void pause_it(struct phase_bench *bench) {
    phase_brake(bench)->paused = true;
}

static void add_twin(struct phase_bench *bench) {
    ecu_add_domain(&bench->runner.ecu, "twin", 0)->uuid = bench->brake->identity.uuid;
}

static void take_vcpu_off(struct phase_bench *bench) {
    phase_brake(bench)->vcpus[0].online = false;
}

static void shrink(struct phase_bench *bench) {
    phase_brake(bench)->memory_kib = bench->brake->memory.size_kib / 2;
}

static void raise_limit(struct phase_bench *bench) {
    phase_brake(bench)->memory_limit_kib *= 2;
}

static const struct phase_fault faults[] = {
    {XHM_DETECTION_INSTANCE, crash, has_crashed},     {XHM_DETECTION_INSTANCE, stop, has_stopped},
    {XHM_DETECTION_INSTANCE, disappear, has_gone},    {XHM_DETECTION_INSTANCE, pause_it, is_paused},
    {XHM_DETECTION_INSTANCE, add_twin, is_ambiguous}, {XHM_DETECTION_VCPU_COUNT, take_vcpu_off, has_other_vcpu_count},
    {XHM_DETECTION_MEMORY, shrink, has_other_memory}, {XHM_DETECTION_MEMORY, raise_limit, has_other_memory_limit},
};

static void check_all(uint64_t cycle_ns, uint64_t crash_check_period_ns) {
    struct phase_bench *bench = phase_make();

    bench->policy->supervisor.cycle_ns = cycle_ns;
    bench->policy->supervisor.crash_check_period_ns = crash_check_period_ns;
    phase_settle_plainly(bench);
    for (size_t i = 0; i < sizeof(faults) / sizeof(faults[0]); i++) {
        phase_check(bench, &faults[i], crash_check_period_ns);
    }
    phase_free(bench);
}

static void what_the_domain_list_tells_is_seen_by_the_next_one(void **state) {
    check_all(10 * XHM_SIM_MS, 100 * XHM_SIM_MS);
    check_all(10 * XHM_SIM_MS, 10 * XHM_SIM_MS);
    check_all(20 * XHM_SIM_MS, 60 * XHM_SIM_MS);
    check_all(5 * XHM_SIM_MS, 150 * XHM_SIM_MS);
}

/* 3, 6 and 255 domain lists. */
static void debounced_memory_is_seen_in_time(void **state) {
    static const uint32_t up_steps[] = {100, 50, 1};
    static const struct phase_fault memory = {XHM_DETECTION_MEMORY, shrink, has_other_memory};

    for (size_t i = 0; i < sizeof(up_steps) / sizeof(up_steps[0]); i++) {
        struct phase_bench *bench = phase_make();
        bench->policy->supervisor.crash_check_period_ns = 20 * XHM_SIM_MS;
        bench->brake->memory.debounce.up_step = up_steps[i];
        phase_settle_plainly(bench);
        phase_check(bench, &memory, 40 * XHM_SIM_MS);
        phase_free(bench);
    }
}

static void with_skipped_steps_the_bounds_hold(void **state) {
    struct phase_bench *bench = phase_make();

    phase_skip_steps(bench);
    bench->brake->memory.debounce.up_step = 100;
    phase_settle_plainly(bench);
    for (size_t i = 0; i < sizeof(faults) / sizeof(faults[0]); i++) {
        phase_check_holds(bench, &faults[i], 110 * XHM_SIM_MS);
    }
    phase_free(bench);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_the_domain_list_tells_is_seen_by_the_next_one),
        cmocka_unit_test(debounced_memory_is_seen_in_time),
        cmocka_unit_test(with_skipped_steps_the_bounds_hold),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
