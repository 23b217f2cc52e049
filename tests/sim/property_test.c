// SPDX-License-Identifier: Apache-2.0
/* Covers: XHM-UNKNOWN-1 XHM-LADDER-2 XHM-LADDER-3 XHM-SAFE-2 XHM-PAUSE-1 */
/*
 * A million random steps: random commands to the simulated ECU, and observations that are tampered with at random, so
 * that the core also sees what no ECU would show. The invariants of sim_invariants.h are checked in every step. A
 * failure names the seed and the step, which repeat it.
 */
#include "property_parts.h"
#include "sim_policy.h"
#include "sim_runner.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#define SEEDS          200u
#define STEPS_PER_SEED 5500u

/* Calm and wild times alternate, or nothing would ever become healthy. */
static bool is_wild(uint32_t step) {
    return step / 500 % 2 == 1;
}

/* Everything around the partitions works again, and an operator restarts them. */
static void calm_down(struct xhm_sim_runner *runner) {
    static const char *const wishes[] = {
        "mode run",
        "clear",
        "confirm",
        "agent up",
        "agent speaks",
        "agent works",
        "agent takes 200ms",
        "xenstore answers",
        "clock works",
        "hypervisor answers",
        "pin dom0 0 0",
        "fault-memory fine",
        "destroy guest",
        "destroy other",
        "facts resume",
        "move dom0 mid",
        "restart brake",
        "restart fusion",
        "restart infotainment",
    };

    for (size_t i = 0; i < sizeof(wishes) / sizeof(wishes[0]); i++) {
        property_command(runner, wishes[i]);
    }
}

/* Every other run has a pair with ladders that fail over, and a group and a dependency beside it; every third has safe
   states and a last resort. */
static void declare_relations(struct xhm_sim_runner *runner, uint64_t seed) {
    static const char *const declarations[] = {
        "policy standby fusion for brake",
        "policy brake reaction all restart fail_over stop",
        "policy fusion reaction all fail_over restart pause",
        "policy infotainment reaction all restart pause",
        "policy depends infotainment on brake",
    };
    static const char *const safety[] = {
        "policy safe_state limp infotainment stop",
        "policy safe_state silent brake stop fusion pause infotainment start",
        "policy boot_safe_state limp",
        "policy boot_limit 3",
        "policy last_resort restart_supervisor 2",
        "policy fusion safe_state silent",
        "policy fusion reaction all safe_state",
        "policy infotainment reaction all last_resort",
    };

    for (size_t i = 0; seed % 2 == 0 && i < sizeof(declarations) / sizeof(declarations[0]); i++) {
        property_command(runner, declarations[i]);
    }
    if (seed % 4 == 1) {
        property_command(runner, "policy group all in-order brake fusion infotainment");
    }
    for (size_t i = 0; seed % 3 == 0 && i < sizeof(safety) / sizeof(safety[0]); i++) {
        property_command(runner, safety[i]);
    }
    property_command(runner, "apply");
}

/* Two runs of three have every kind of supervision active. */
static void declare_supervision(struct xhm_sim_runner *runner, uint64_t seed) {
    static const char *const entities[] = {"brake.control-loop", "fusion.tracker", "infotainment.ui"};
    static const char *const of_entity[] = {
        "initial 1",           "finals 3",           "transitions 1 2 2 3", "deadline 1 3 500us 6ms",
        "clock_window 500ms",  "clock_tolerance 10", "latency_up 90",       "latency_down 90",
        "latency_raise 100us", "latency_clear 50us", "deadline 2 2 1ms 2s", "budget_worst 800us",
        "budget_late 64us",    "budget_window 1s",   "budget_limit 3",
    };
    static const char *const of_partition[] = {"load_up 64",   "load_down 64",    "load_raise 80",     "load_clear 40",
                                               "memory_up 64", "memory_down 128", "clear_slack 512KiB"};
    static const char *const partitions[] = {"brake", "fusion", "infotainment"};
    char text[128];

    for (size_t i = 0; seed % 3 != 0 && i < 3; i++) {
        for (size_t k = 0; k < sizeof(of_entity) / sizeof(of_entity[0]); k++) {
            snprintf(text, sizeof(text), "policy %s %s", entities[i], of_entity[k]);
            property_command(runner, text);
        }
        for (size_t k = 0; k < sizeof(of_partition) / sizeof(of_partition[0]); k++) {
            snprintf(text, sizeof(text), "policy %s %s", partitions[i], of_partition[k]);
            property_command(runner, text);
        }
    }
}

static void run_seed(struct xhm_sim_runner *runner, uint64_t seed, struct property_tally *tally) {
    static const struct xhm_trace nothing = {.path = "property_test"};

    memset(runner, 0, sizeof(*runner));
    runner->trace = &nothing;
    runner->errors = stderr;
    runner->random = seed;
    assert_int_equal(sim_begin(runner), XHM_SIM_HELD);
    runner->policies[0].partitions[XHM_SIM_FUSION].restart.window_ns = 3 * XHM_SIM_S;
    for (uint32_t i = 0; i < runner->ecu.policy->partition_count; i++) {
        runner->policies[0].partitions[i].startup_grace_ns = 800 * XHM_SIM_MS;
        runner->policies[0].partitions[i].restart.timeout_ns = 2 * XHM_SIM_S;
    }
    declare_supervision(runner, seed);
    property_declare_host(runner, seed);
    declare_relations(runner, seed);
    host_prepare(&runner->ecu.host, runner->ecu.policy);
    for (uint32_t i = 0; i < runner->ecu.policy->partition_count; i++) {
        ecu_start(&runner->ecu, i, 0, 0);
    }
    for (uint32_t step = 0; step < STEPS_PER_SEED; step++) {
        const bool wild = is_wild(step);
        if (step % 1000 == 0) {
            calm_down(runner);
        }
        runner->tamper = wild ? property_tamper : NULL;
        if (property_draw(&runner->random, wild ? 5 : 60) == 0) {
            property_command_at_random(runner);
        }
        if (property_draw(&runner->random, 100) == 0) {
            property_command_by_pattern(runner, property_host_command(property_draw(&runner->random, UINT32_MAX)));
        }
        sim_step(runner);
        property_count_step(runner, tally);
        runner->seen_count = 0;
        if (runner->failures > 0) {
            fail_msg("seed %" PRIu64 ", step %u", seed, step);
        }
    }
    free(runner->seen);
}

static void invariants_hold_whatever_is_seen(void **state) {
    struct xhm_sim_runner *runner = malloc(sizeof(*runner));
    struct property_tally tally = {0};

    assert_non_null(runner);
    for (uint64_t seed = 1; seed <= SEEDS; seed++) {
        run_seed(runner, seed, &tally);
    }
    free(runner);
    property_assert_eventful(&tally);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(invariants_hold_whatever_is_seen),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
