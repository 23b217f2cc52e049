// SPDX-License-Identifier: Apache-2.0
#include "sim_command.h"

#include "policy_check.h"
#include "sim_policy.h"

#include <string.h>

/* agent down|up|silent|speaks|works|fails|lies|forgets, or agent takes DURATION */
const char *command_agent(const struct xhm_sim_call *call) {
    static const char *const moods[] = {
        [XHM_SIM_AGENT_WORKS] = "works",
        [XHM_SIM_AGENT_FAILS] = "fails",
        [XHM_SIM_AGENT_LIES] = "lies",
        [XHM_SIM_AGENT_FORGETS] = "forgets",
    };
    struct xhm_sim_agent *agent = &call->runner->ecu.agent;

    if (command_has(call, 1, "down") || command_has(call, 1, "up")) {
        agent->connected = command_has(call, 1, "up");
        return NULL;
    }
    if (command_has(call, 1, "silent") || command_has(call, 1, "speaks")) {
        agent->silent = command_has(call, 1, "silent");
        agent->silent_since_ns = call->runner->ecu.now_ns;
        return NULL;
    }
    if (command_has(call, 1, "takes")) {
        return call->word_count > 2 && trace_duration(call->words[2], &agent->delay_ns) ? NULL : "needs a duration";
    }
    for (unsigned i = 0; i < sizeof(moods) / sizeof(moods[0]); i++) {
        if (command_has(call, 1, moods[i])) {
            agent->mood = (enum xhm_sim_agent_mood)i;
            return NULL;
        }
    }
    return "no such mood of the agent";
}

/* xenstore stalls|answers */
const char *command_xenstore(const struct xhm_sim_call *call) {
    call->runner->ecu.xenstore_stalled = command_has(call, 1, "stalls");
    call->runner->ecu.xenstore_since_ns = call->runner->ecu.now_ns;
    return NULL;
}

/* hypervisor stalls|answers */
const char *command_hypervisor(const struct xhm_sim_call *call) {
    call->runner->ecu.hypervisor_stalled = command_has(call, 1, "stalls");
    return NULL;
}

/* clock fails|works, or clock back|ahead DURATION */
const char *command_clock(const struct xhm_sim_call *call) {
    uint64_t duration_ns;

    if (command_has(call, 1, "fails") || command_has(call, 1, "works")) {
        call->runner->ecu.clock_failed = command_has(call, 1, "fails");
        return NULL;
    }
    if (call->word_count < 3 || !trace_duration(call->words[2], &duration_ns)) {
        return "needs a duration";
    }
    call->runner->ecu.clock_offset_ns += command_has(call, 1, "back") ? -(int64_t)duration_ns : (int64_t)duration_ns;
    return NULL;
}

/* wall-clock back DURATION: there is no wall clock in the core, so this changes nothing; it says so in a trace */
const char *command_wall_clock(const struct xhm_sim_call *call) {
    (void)call;
    return NULL;
}

/* overrun DURATION: the supervisor does not run for so long */
const char *command_overrun(const struct xhm_sim_call *call) {
    struct xhm_sim_runner *runner = call->runner;
    const uint64_t cycle_ns = runner->core.policy->supervisor.cycle_ns;
    uint64_t duration_ns;

    if (!trace_duration(call->words[1], &duration_ns)) {
        return "needs a duration";
    }
    runner->next_step_ns = runner->last_step_ns + (duration_ns / cycle_ns + 1) * cycle_ns;
    return NULL;
}

/* late DURATION: every step from now on comes so much later than it is due */
const char *command_late(const struct xhm_sim_call *call) {
    struct xhm_sim_runner *runner = call->runner;
    uint64_t duration_ns;

    if (!trace_duration(call->words[1], &duration_ns)) {
        return "needs a duration";
    }
    runner->lateness_ns = duration_ns;
    return NULL;
}

/* action-fails: the platform says that a direct action had no effect */
const char *command_action_fails(const struct xhm_sim_call *call) {
    call->runner->ecu.action_failed = true;
    return NULL;
}

/* fault-memory degraded|fine */
const char *command_fault_memory(const struct xhm_sim_call *call) {
    call->runner->ecu.fault_memory_degraded = command_has(call, 1, "degraded");
    return NULL;
}

/* supervisor-restart [clean] [unreadable|lost]: by kill -9 or an orderly end; what becomes of its memory */
const char *command_supervisor_restart(const struct xhm_sim_call *call) {
    enum xhm_persistent_reading reading = XHM_PERSISTENT_READ;
    bool clean = false;

    for (unsigned i = 1; i < call->word_count; i++) {
        if (command_has(call, i, "clean")) {
            clean = true;
        } else if (command_has(call, i, "unreadable")) {
            reading = XHM_PERSISTENT_UNREADABLE;
        } else if (command_has(call, i, "lost")) {
            reading = XHM_PERSISTENT_NONE;
        } else {
            return "no such end of the supervisor";
        }
    }
    sim_restart_supervisor(call->runner, &(struct xhm_sim_restart){reading, clean, true});
    return NULL;
}

/* ecu-restart [clean]: every partition is started; a power cut, or an orderly end */
const char *command_ecu_restart(const struct xhm_sim_call *call) {
    ecu_reboot(&call->runner->ecu);
    sim_restart_supervisor(call->runner,
                           &(struct xhm_sim_restart){XHM_PERSISTENT_READ, command_has(call, 1, "clean"), false});
    return NULL;
}

/* The policy under preparation: a copy of the one in use until `apply`. */
static struct xhm_policy *next_policy(struct xhm_sim_runner *runner) {
    struct xhm_policy *next = &runner->policies[runner->policy_count];

    if (runner->policy_count == XHM_SIM_MAX_POLICIES) {
        return NULL;
    }
    if (next->partition_count == 0) {
        *next = *runner->ecu.policy;
    }
    return next;
}

/* policy WORDS…: a change that waits for `apply`; policy from declared: begins anew with the one before all changes */
const char *command_policy(const struct xhm_sim_call *call) {
    struct xhm_policy *next = next_policy(call->runner);

    if (next == NULL) {
        return "too many policies";
    }
    if (command_has(call, 1, "from")) {
        sim_begin_policy(call->runner, next);
        return NULL;
    }
    return sim_policy_change(next, call->words + 1, call->word_count - 1);
}

const char *command_apply(const struct xhm_sim_call *call) {
    struct xhm_sim_runner *runner = call->runner;
    struct xhm_policy *next = next_policy(runner);
    uint32_t origin[XHM_MAX_PARTITIONS];

    if (next == NULL || policy_check(next, NULL, 0) > 0) {
        return "the policy is not sound";
    }
    if (core_paused_and_dropped(&runner->core, next) != XHM_NONE) {
        runner->answer = XHM_ORDER_IMPOSSIBLE;
        return NULL;
    }
    runner->answer = XHM_ORDER_ACCEPTED;
    runner->policy_count++;
    core_apply_policy(&runner->core, next, &runner->scratch, origin, &runner->outcome);
    sim_take_outcome(runner);
    invariants_after_policy(&runner->invariants, &runner->core, &runner->outcome, origin);
    ecu_renumber(&runner->ecu, next, origin);
    runner->next_step_ns = runner->last_step_ns + next->supervisor.cycle_ns;
    return NULL;
}
