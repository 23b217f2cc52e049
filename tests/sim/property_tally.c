// SPDX-License-Identifier: Apache-2.0
#include "property_parts.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <inttypes.h>

/* What was ordered before the step, and what a last resort left, are no longer in the outcome. */
static void count_seen(const struct xhm_sim_runner *runner, struct property_tally *tally) {
    for (size_t i = 0; i < runner->seen_count; i++) {
        const struct xhm_sim_seen *seen = &runner->seen[i];
        tally->latches_cleared += !seen->is_action && seen->kind == XHM_EVENT_SAFE_STATE_CLEARED;
        if (!seen->is_action && seen->kind == XHM_EVENT_REACTION) {
            tally->reactions[seen->values[0]]++;
        }
    }
}

void property_count_step(const struct xhm_sim_runner *runner, struct property_tally *tally) {
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

void property_assert_eventful(const struct property_tally *tally) {
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

    print_message("%" PRIu64 " steps, %" PRIu64 " with the ECU OK, %" PRIu64 " restarts, %" PRIu64
                  " recoveries, %" PRIu64 " fail overs, %" PRIu64 " steps latched, %" PRIu64 " latches cleared\n",
                  tally->steps, tally->ok_steps, tally->restarts, tally->recoveries, tally->fail_overs,
                  tally->latched_steps, tally->latches_cleared);
    assert_true(tally->fail_overs > 50);
    for (unsigned reaction = XHM_REACTION_RESTART; reaction < XHM_REACTION_END; reaction++) {
        assert_true(tally->reactions[reaction] > 50);
    }
    assert_true(tally->steps >= 1000000);
    assert_true(tally->ok_steps > 1000);
    assert_true(tally->latched_steps > 1000);
    assert_true(tally->latches_cleared > 50);
    for (unsigned life = 0; life < XHM_LIFE_COUNT; life++) {
        assert_true(tally->lives[life] > 1000);
    }
    for (size_t i = 0; i < sizeof(supervised) / sizeof(supervised[0]); i++) {
        print_message("%s: raised %" PRIu64 " times\n", faults_info(supervised[i])->name, tally->faults[supervised[i]]);
        assert_true(tally->faults[supervised[i]] > 10);
    }
    for (unsigned fault = 0; fault < XHM_FAULT_COUNT; fault++) {
        if (tally->faults[fault] == 0) {
            print_message("never raised: %s\n", faults_info((enum xhm_fault)fault)->name);
        }
    }
}
