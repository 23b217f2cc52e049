// SPDX-License-Identifier: Apache-2.0
/* Covers: XHM-UNKNOWN-1 XHM-LADDER-2 XHM-LADDER-3 XHM-SAFE-2 XHM-PAUSE-1 */
/*
 * A million random steps: random commands to the simulated ECU, and observations that are tampered with at random, so
 * that the core also sees what no ECU would show. The invariants of sim_invariants.h are checked in every step. A
 * failure names the seed and the step, which repeat it.
 */
#include "property_host.h"
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

/* P stands for a partition, E for an entity of it, N for a number, D for a foreign domain. */
static const char *const commands[] = {
    "start P",
    "start P building 300ms",
    "destroy P",
    "crash P",
    "poweroff P",
    "reboot P",
    "prelatch P suspend",
    "pause P",
    "unpause P",
    "unpause P",
    "stubborn P",
    "twin P D",
    "shadow P D",
    "foreign D pcpus N",
    "destroy D",
    "foreign D pcpus all paused",
    "unpause D",
    "blind P yes",
    "blind P no",
    "pin P 0 N",
    "pin P 0 all",
    "pin dom0 0 all",
    "pin dom0 0 0",
    "place P 0 N",
    "offline P 0",
    "online P 0",
    "online P 1",
    "memory P 80MiB",
    "memory P 96MiB",
    "memory-limit P 200MiB",
    "memory-limit P 97MiB",
    "hang P E",
    "hang P E",
    "resume P E",
    "pace P E 5ms",
    "pace P E 10ms",
    "pace P E 30ms",
    "burst P E 9",
    "miss P E N",
    "miss P E 1",
    "leave-out P E",
    "restart-probe P 0",
    "share-again P 0",
    "detach P 0",
    "attach P 0",
    "refuse P 0",
    "refuse P 0 no",
    "scribble P 0 garbage",
    "scribble P 0 version",
    "scribble P 0 header",
    "scribble P 0 busy-header",
    "scribble P 0 partition",
    "scribble P 0 slot",
    "scribble P 0 empty-slot",
    "scribble P 0 busy-slot",
    "scribble P 0 moved-slot",
    "unscribble P 0",
    "unscribble P 0",
    "unscribble P 0",
    "agent down",
    "agent up",
    "agent up",
    "agent silent",
    "agent speaks",
    "agent works",
    "agent works",
    "agent fails",
    "agent lies",
    "agent forgets",
    "agent takes 50ms",
    "agent takes 2s",
    "xenstore stalls",
    "xenstore answers",
    "hypervisor stalls",
    "hypervisor answers",
    "hypervisor answers",
    "clock fails",
    "clock works",
    "clock works",
    "clock back 30ms",
    "clock ahead 40ms",
    "clock ahead 5s",
    "overrun 40ms",
    "overrun 3s",
    "action-fails",
    "fault-memory degraded",
    "fault-memory fine",
    "restart P",
    "restart P",
    "fail-over P",
    "fail-over P",
    "fail-over brake",
    "steal-pause P",
    "policy P limit 2",
    "policy P limit 4",
    "policy P.E min_margin 2",
    "policy P.E expected 8",
    "policy P memory 80MiB",
    "policy P reaction all restart",
    "policy P reaction all report",
    "policy P reaction all restart stop",
    "policy P reaction all pause",
    "policy P reaction all restart fail_over pause",
    "policy P reaction all fail_over stop",
    "policy P reaction all fail_over restart",
    "policy P optional yes",
    "policy P supervision_off yes",
    "policy P supervision_off no",
    "policy P expired_tolerance 20",
    "policy standby fusion for brake",
    "policy depends infotainment on brake",
    "policy group chain in-order brake fusion infotainment",
    "policy group pair together brake infotainment",
    "policy drop fusion",
    "policy from declared",
    "apply",
    "supervisor-restart",
    "supervisor-restart clean",
    "supervisor-restart unreadable",
    "supervisor-restart lost",
    "ecu-restart",
    "mode startup",
    "mode run",
    "mode run",
    "mode run",
    "mode shutdown",
    "mode update",
    "maintenance P 2s",
    "maintenance P ends",
    "safe-state limp",
    "safe-state silent",
    "clear",
    "clear",
    "confirm",
    "confirm",
    "confirm wrong",
    "operation-cycle begins",
    "operation-cycle ends",
    "policy P safe_state limp",
    "policy P reaction all restart safe_state",
    "policy P reaction all last_resort restart",
    "policy boot_limit 2",
    "path P E 1 2 3",
    "path P E 1 2 3",
    "path P E 1 3",
    "path P E 1 2 N 3",
    "spacing P E 500us",
    "spacing P E 500us",
    "spacing P E 100us",
    "spacing P E 4ms",
    "stall P E",
    "stall P E no",
    "stall P E no",
    "checkpoint P E N",
    "checkpoint P E 2 N",
    "checkpoint P E 2 70",
    "latency P E 1ms",
    "latency P E 1ms",
    "latency P E 2ms",
    "latency P E 70us",
    "latency P E 10us",
    "latency P E 10us",
    "load P 90",
    "load P 50",
    "load P 20",
    "load P 20",
    "guest-clock P runs 0",
    "guest-clock P runs 80",
    "guest-clock P runs 100",
    "guest-clock P runs 100",
    "guest-clock P back 1s",
    "guest-clock P ahead 1s",
    "policy P memory_up 40",
    "policy P.E latency_raise 60us",
    "policy P.E deadline 1 2 1ms 30ms",
    "policy P.E transitions 2 1",
    "policy P load_raise 70",
};

static const char *fill_in(char word, uint64_t *random) {
    static const char *const partitions[] = {"brake", "fusion", "infotainment"};
    static const char *const entities[] = {"control-loop", "diagnostics", "tracker", "ui"};
    static const char *const numbers[] = {"0", "1", "2", "3", "4", "7"};
    static const char *const domains[] = {"guest", "other"};

    switch (word) {
    case 'P':
        return partitions[property_draw(random, 3)];
    case 'E':
        return entities[property_draw(random, 4)];
    case 'N':
        return numbers[property_draw(random, 6)];
    case 'D':
        return domains[property_draw(random, 2)];
    default:
        return NULL;
    }
}

void property_command(struct xhm_sim_runner *runner, const char *text) {
    char copy[128];
    char *words[XHM_TRACE_MAX_WORDS];
    unsigned word_count = 0;
    char *rest = NULL;

    snprintf(copy, sizeof(copy), "%s", text);
    for (char *word = strtok_r(copy, " ", &rest); word != NULL; word = strtok_r(NULL, " ", &rest)) {
        words[word_count++] = word;
    }
    sim_command(runner, words, word_count);
}

/* Commands that make no sense at the moment (an entity of another partition, say) are refused by sim_command(). */
static void command_at_random(struct xhm_sim_runner *runner, const char *pattern) {
    char text[128] = "";

    for (; *pattern != '\0'; pattern++) {
        const char *filled = fill_in(*pattern, &runner->random);
        const char single[2] = {*pattern, '\0'};
        strcat(text, filled != NULL ? filled : single);
    }
    property_command(runner, text);
}

static void tamper_with_domains(struct xhm_sim_runner *runner) {
    struct xhm_observation *observation = &runner->observation;
    uint64_t *random = &runner->random;

    if (observation->domain_count < XHM_MAX_DOMAINS && property_draw(random, 2) == 0) {
        struct xhm_domain_reading *added = &observation->domains[observation->domain_count++];
        memset(added, 0, sizeof(*added));
        added->domid = (uint16_t)property_draw(random, 12);
        memset(added->uuid.bytes, (int)property_draw(random, 5), sizeof(added->uuid.bytes));
        added->vcpu_slots = property_draw(random, 5);
    }
    for (uint32_t i = 0; i < observation->domain_count; i++) {
        struct xhm_domain_reading *domain = &observation->domains[i];
        domain->cpu_time_ns = property_draw(random, 20) == 0 ? property_draw(random, UINT32_MAX) : domain->cpu_time_ns;
        domain->dying ^= property_draw(random, 20) == 0;
        domain->shutdown ^= property_draw(random, 20) == 0;
        domain->paused ^= property_draw(random, 20) == 0;
        domain->reason = property_draw(random, 20) == 0 ? (uint8_t)property_draw(random, 256) : domain->reason;
        domain->online_vcpus ^= property_draw(random, 20) == 0;
    }
}

static void tamper_with_vcpus(struct xhm_sim_runner *runner) {
    struct xhm_observation *observation = &runner->observation;
    uint64_t *random = &runner->random;

    if (observation->vcpu_count == XHM_MAX_VCPU_READINGS) {
        return;
    }
    observation->vcpus[observation->vcpu_count++] =
        (struct xhm_vcpu_reading){.sight = (enum xhm_sight)property_draw(random, 3),
                                  .domid = (uint16_t)property_draw(random, 12),
                                  .vcpu = (uint16_t)property_draw(random, property_draw(random, 2) == 0 ? 2 : 65536),
                                  .online = property_draw(random, 2) == 0,
                                  .pcpu = property_draw(random, property_draw(random, 2) == 0 ? 8 : UINT32_MAX),
                                  .hard_affinity = {{property_draw(random, 256)}}};
}

static void tamper_with_pages(struct xhm_sim_runner *runner) {
    uint64_t *random = &runner->random;
    const uint32_t partition = property_draw(random, 3);
    struct xhm_probe_page *copy = &runner->ecu.links[partition].copies[0];
    struct xhm_page_observation *page = &runner->observation.pages[partition][0];

    switch (property_draw(random, 3)) {
    case 0:
        *page = (struct xhm_page_observation){XHM_PAGE_DETACHED, NULL};
        break;
    case 1:
        *page = (struct xhm_page_observation){XHM_PAGE_REFUSED, NULL};
        break;
    default:
        ((uint8_t *)copy)[property_draw(random, sizeof(*copy))] ^= (uint8_t)(1u << property_draw(random, 8));
        *page = (struct xhm_page_observation){XHM_PAGE_COPIED, copy};
        break;
    }
}

static void tamper_with_reports(struct xhm_sim_runner *runner) {
    struct xhm_observation *observation = &runner->observation;
    const uint64_t next = runner->core.next_task_id;

    if (observation->agent_report_count < XHM_MAX_AGENT_REPORTS) {
        observation->agent_reports[observation->agent_report_count++] =
            (struct xhm_agent_report){.task_id = next - property_draw(&runner->random, next > 5 ? 5 : (uint32_t)next),
                                      .result = (enum xhm_agent_result)(1 + property_draw(&runner->random, 2))};
    }
}

static void tamper_with_means(struct xhm_sim_runner *runner) {
    struct xhm_observation *observation = &runner->observation;

    observation->ticks = 1 + property_draw(&runner->random, 4);
    observation->xenstore_silent_ns = property_draw(&runner->random, 10) * XHM_SIM_S;
    observation->agent_silent_ns = property_draw(&runner->random, 10) * XHM_SIM_S;
    observation->agent_connected = property_draw(&runner->random, 2) == 0;
    observation->events_lost = property_draw(&runner->random, 2) == 0;
    observation->action_failed = property_draw(&runner->random, 2) == 0;
}

static void tamper_at_random(struct xhm_sim_runner *runner) {
    static void (*const ways[])(struct xhm_sim_runner * runner) = {
        tamper_with_domains, tamper_with_vcpus, tamper_with_pages,
        tamper_with_reports, tamper_with_means, property_tamper_with_facts,
    };

    if (property_draw(&runner->random, 10) == 0) {
        ways[property_draw(&runner->random, sizeof(ways) / sizeof(ways[0]))](runner);
    }
}

/* How often something happened over all runs: a test in which nothing happens proves nothing. */
struct tally {
    uint64_t steps;
    uint64_t ok_steps;
    uint64_t latched_steps;
    uint64_t latches_cleared;
    uint64_t restarts;
    uint64_t recoveries;
    uint64_t fail_overs;
    uint64_t reactions[XHM_REACTION_END];
    uint64_t lives[XHM_LIFE_COUNT];
    uint64_t faults[XHM_FAULT_COUNT];
};

/* What was ordered before the step, and what a last resort left, are no longer in the outcome. */
static void count_seen(const struct xhm_sim_runner *runner, struct tally *tally) {
    for (size_t i = 0; i < runner->seen_count; i++) {
        const struct xhm_sim_seen *seen = &runner->seen[i];
        tally->latches_cleared += !seen->is_action && seen->kind == XHM_EVENT_SAFE_STATE_CLEARED;
        if (!seen->is_action && seen->kind == XHM_EVENT_REACTION) {
            tally->reactions[seen->values[0]]++;
        }
    }
}

static void count_step(const struct xhm_sim_runner *runner, struct tally *tally) {
    tally->steps++;
    tally->ok_steps += runner->core.status == XHM_STATUS_OK;
    tally->latched_steps += runner->invariants.latched;
    count_seen(runner, tally);
    for (uint32_t i = 0; i < runner->core.policy->partition_count; i++) {
        tally->lives[runner->core.partitions[i].life]++;
    }
    for (uint32_t i = 0; i < runner->outcome.event_count; i++) {
        const struct xhm_event *event = &runner->outcome.events[i];
        tally->restarts += event->kind == XHM_EVENT_RESTART_DECIDED;
        tally->recoveries += event->kind == XHM_EVENT_RESTART_DONE;
        tally->fail_overs += event->kind == XHM_EVENT_FAIL_OVER_DONE;
        if (event->kind == XHM_EVENT_FAULT_RAISED) {
            tally->faults[event->fault]++;
        }
    }
}

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

static void run_seed(struct xhm_sim_runner *runner, uint64_t seed, struct tally *tally) {
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
        runner->tamper = wild ? tamper_at_random : NULL;
        if (property_draw(&runner->random, wild ? 5 : 60) == 0) {
            command_at_random(runner, commands[property_draw(&runner->random, sizeof(commands) / sizeof(commands[0]))]);
        }
        if (property_draw(&runner->random, 100) == 0) {
            command_at_random(runner, property_host_command(property_draw(&runner->random, UINT32_MAX)));
        }
        sim_step(runner);
        count_step(runner, tally);
        runner->seen_count = 0;
        if (runner->failures > 0) {
            fail_msg("seed %" PRIu64 ", step %u", seed, step);
        }
    }
    free(runner->seen);
}

static void invariants_hold_whatever_is_seen(void **state) {
    static const enum xhm_fault supervised[] = {
        XHM_FAULT_ENTITY_DEADLINE_EARLY,
        XHM_FAULT_ENTITY_DEADLINE_LATE,
        XHM_FAULT_ENTITY_LOGICAL,
        XHM_FAULT_PROBE_CHECKPOINTS_LOST,
        XHM_FAULT_PROBE_CLOCK,
        XHM_FAULT_LATENCY_HIGH,
        XHM_FAULT_LOAD_HIGH,
        XHM_FAULT_CORE_SHARED,
        XHM_FAULT_CPUPOOL_MEMBERSHIP,
        XHM_FAULT_SCHEDULING_PARAMETERS,
        XHM_FAULT_CACHE_ALLOCATION,
        XHM_FAULT_MEMORY_NOT_UP_FRONT,
        XHM_FAULT_DEVICE_UNDECLARED,
        XHM_FAULT_DEVICE_MISSING,
        XHM_FAULT_DEVICE_DISCONNECTED,
        XHM_FAULT_DEVICE_ERRORS,
        XHM_FAULT_DEVICE_ASSIGNMENT,
        XHM_FAULT_FACTS_STALE,
        XHM_FAULT_PLATFORM_VERSION,
        XHM_FAULT_PLATFORM_OPTION,
        XHM_FAULT_PLATFORM_CAPABILITY,
        XHM_FAULT_PLATFORM_PCPUS,
        XHM_FAULT_PLATFORM_SERVICE,
        XHM_FAULT_PLATFORM_MEMORY,
        XHM_FAULT_PLATFORM_CLAIMS,
        XHM_FAULT_CPUPOOL_MISSING,
        XHM_FAULT_CPUPOOL_PCPUS,
        XHM_FAULT_SCHEDULER_KIND,
        XHM_FAULT_SCHEDULE_FRAMES,
    };
    struct xhm_sim_runner *runner = malloc(sizeof(*runner));
    struct tally tally = {0};

    assert_non_null(runner);
    for (uint64_t seed = 1; seed <= SEEDS; seed++) {
        run_seed(runner, seed, &tally);
    }
    free(runner);

    print_message("%" PRIu64 " steps, %" PRIu64 " with the ECU OK, %" PRIu64 " restarts, %" PRIu64
                  " recoveries, %" PRIu64 " fail overs, %" PRIu64 " steps latched, %" PRIu64 " latches cleared\n",
                  tally.steps, tally.ok_steps, tally.restarts, tally.recoveries, tally.fail_overs, tally.latched_steps,
                  tally.latches_cleared);
    assert_true(tally.fail_overs > 50);
    for (unsigned reaction = XHM_REACTION_RESTART; reaction < XHM_REACTION_END; reaction++) {
        assert_true(tally.reactions[reaction] > 50);
    }
    assert_true(tally.steps >= 1000000);
    assert_true(tally.ok_steps > 1000);
    assert_true(tally.latched_steps > 1000);
    assert_true(tally.latches_cleared > 50);
    for (unsigned life = 0; life < XHM_LIFE_COUNT; life++) {
        assert_true(tally.lives[life] > 1000);
    }
    for (size_t i = 0; i < sizeof(supervised) / sizeof(supervised[0]); i++) {
        print_message("%s: raised %" PRIu64 " times\n", faults_info(supervised[i])->name, tally.faults[supervised[i]]);
        assert_true(tally.faults[supervised[i]] > 10);
    }
    for (unsigned fault = 0; fault < XHM_FAULT_COUNT; fault++) {
        if (tally.faults[fault] == 0) {
            print_message("never raised: %s\n", faults_info((enum xhm_fault)fault)->name);
        }
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(invariants_hold_whatever_is_seen),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
