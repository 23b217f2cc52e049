// SPDX-License-Identifier: Apache-2.0
#include "sim_runner.h"

#include "policy_check.h"
#include "sim_policy.h"
#include "sim_tell.h"
#include "step.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

/* How much of what was seen a failure repeats. */
#define TOLD_WITH_FAILURE 12u

static void say(struct xhm_sim_runner *runner, const struct xhm_trace_line *line, const char *what) {
    fprintf(runner->errors, "%s:%u: at ", runner->trace->path, line->number);
    sim_print_time(runner->errors, runner->last_step_ns);
    fprintf(runner->errors, ": %s:", what);
    sim_print_words(runner->errors, line);
    fprintf(runner->errors, "\n");
}

static void mistake_in(struct xhm_sim_runner *runner, const struct xhm_trace_line *line, const char *what) {
    if (what != NULL) {
        runner->mistakes++;
        say(runner, line, what);
    }
}

static void fail(struct xhm_sim_runner *runner, const struct xhm_trace_line *line, const char *what) {
    size_t first = runner->seen_count;

    runner->failures++;
    say(runner, line, what);
    while (first > 0 && runner->seen_count - first < TOLD_WITH_FAILURE &&
           runner->seen[first - 1].time_ns >= line->at_ns) {
        first--;
    }
    for (; first < runner->seen_count; first++) {
        fprintf(runner->errors, "    seen ");
        sim_print_seen(runner, runner->errors, &runner->seen[first]);
    }
}

void sim_violation(struct xhm_sim_runner *runner, const char *violated) {
    if (violated != NULL) {
        runner->failures++;
        fprintf(runner->errors, "%s: at ", runner->trace->path);
        sim_print_time(runner->errors, runner->ecu.now_ns);
        fprintf(runner->errors, ": invariant violated: %s\n", violated);
    }
}

static void remember(struct xhm_sim_runner *runner, const struct xhm_sim_seen *seen) {
    if (runner->seen_count == runner->seen_room) {
        runner->seen_room = runner->seen_room > 0 ? 2 * runner->seen_room : 256;
        runner->seen = realloc(runner->seen, runner->seen_room * sizeof(*runner->seen));
        if (runner->seen == NULL) {
            abort();
        }
    }
    runner->seen[runner->seen_count++] = *seen;
    if (runner->voice != NULL) {
        runner->voice->seen(runner, seen);
    }
}

static void remember_event(struct xhm_sim_runner *runner, const struct xhm_event *event) {
    const struct xhm_policy *policy = runner->ecu.policy;
    struct xhm_sim_seen seen = {.time_ns = runner->ecu.now_ns,
                                .kind = (int)event->kind,
                                .fault = event->fault,
                                .partition = "ecu",
                                .entity = "",
                                .domid = event->domid,
                                .values = {event->values[0], event->values[1]}};

    if (event->partition != XHM_NONE) {
        seen.partition = policy->partitions[event->partition].name;
        if (event->entity != XHM_NONE) {
            seen.entity = policy->partitions[event->partition].entities[event->entity].name;
        }
    }
    remember(runner, &seen);
}

static void take_action(struct xhm_sim_runner *runner, const struct xhm_action *action) {
    const struct xhm_sim_seen seen = {
        .time_ns = runner->ecu.now_ns,
        .is_action = true,
        .kind = (int)action->kind,
        .fault = XHM_FAULT_COUNT,
        .partition = action->partition == XHM_NONE ? "ecu" : runner->ecu.policy->partitions[action->partition].name,
        .entity = "",
        .domid = action->domid,
        .values = {action->task_id, 0}};

    remember(runner, &seen);
    ecu_act(&runner->ecu, action);
}

void sim_restart_supervisor(struct xhm_sim_runner *runner, const struct xhm_sim_restart *restart) {
    const uint64_t next_task_id = runner->core.next_task_id;
    const bool latched = safe_state_is_latched(&runner->core);
    const bool remembers = restart->reading == XHM_PERSISTENT_READ;

    if (restart->clean) {
        core_export(&runner->core, &runner->stored);
    }
    runner->stored.clean = restart->clean;
    runner->stored.same_boot = restart->same_boot;
    ecu_forget_supervisor(&runner->ecu);
    core_init(&runner->core, runner->ecu.policy, next_task_id);
    core_restore(&runner->core, &runner->stored, restart->reading, &runner->outcome);
    sim_violation(runner, invariants_restarted(&runner->invariants, &runner->core, remembers, latched));
    sim_take_outcome(runner);
}

static void take_last_resort(struct xhm_sim_runner *runner) {
    const bool reboot = runner->ecu.last_resort == XHM_LAST_RESORT_REBOOT_ECU;

    runner->ecu.last_resort = XHM_LAST_RESORT_NONE;
    if (reboot) {
        ecu_reboot(&runner->ecu);
    }
    sim_restart_supervisor(runner, &(struct xhm_sim_restart){XHM_PERSISTENT_READ, true, !reboot});
}

/* What the outcome could not hold, the supervisor says in the next cycle. What is to be stored is stored before a last
   resort is taken. */
void sim_take_outcome(struct xhm_sim_runner *runner) {
    for (uint32_t i = 0; i < runner->outcome.event_count; i++) {
        remember_event(runner, &runner->outcome.events[i]);
    }
    if (runner->outcome.persistent_changed) {
        core_export(&runner->core, &runner->stored);
    }
    for (uint32_t i = 0; i < runner->outcome.action_count; i++) {
        take_action(runner, &runner->outcome.actions[i]);
    }
    runner->ecu.events_lost = runner->outcome.events_dropped > 0;
    runner->events_dropped += runner->outcome.events_dropped;
    if (runner->ecu.last_resort != XHM_LAST_RESORT_NONE) {
        take_last_resort(runner);
    }
}

void sim_step(struct xhm_sim_runner *runner) {
    const uint64_t cycle_ns = runner->core.policy->supervisor.cycle_ns;
    const uint64_t due_ns = runner->next_step_ns + runner->lateness_ns / cycle_ns * cycle_ns;
    const uint64_t passed_ns = due_ns - runner->last_step_ns;
    const uint32_t ticks = passed_ns > cycle_ns ? (uint32_t)(passed_ns / cycle_ns) : 1;

    ecu_run(&runner->ecu, runner->next_step_ns + runner->lateness_ns);
    core_plan(&runner->core, ticks, &runner->plan);
    ecu_observe(&runner->ecu, &runner->plan, ticks, &runner->observation);
    if (runner->tamper != NULL) {
        runner->tamper(runner);
    }
    invariants_before(&runner->invariants, &runner->core);
    core_step(&runner->core, &runner->observation, &runner->outcome);
    sim_violation(runner, invariants_after_step(&runner->invariants, &runner->core, &runner->outcome));
    runner->last_step_ns = due_ns;
    runner->next_step_ns = due_ns + cycle_ns;
    sim_take_outcome(runner);
}

static void judge(struct xhm_sim_runner *runner, unsigned index) {
    const struct xhm_trace_line *line = &runner->trace->lines[index];
    const uint64_t now_ns = runner->last_step_ns;
    enum xhm_sim_expectation *expectation = &runner->expectations[index];
    const bool over = now_ns > line->end_ns;

    if (*expectation != XHM_SIM_OPEN || now_ns < line->at_ns) {
        return;
    }
    if (over && line->kind != XHM_TRACE_EXPECT_AT) {
        *expectation = line->kind == XHM_TRACE_EXPECT_WITHIN ? XHM_SIM_FAILED : XHM_SIM_MET;
    } else {
        const bool met = sim_expect(runner, line->words, line->word_count) == XHM_SIM_MATCH_YES;
        if (line->kind == XHM_TRACE_EXPECT_AT) {
            *expectation = met ? XHM_SIM_MET : XHM_SIM_FAILED;
        } else if (met) {
            *expectation = line->kind == XHM_TRACE_EXPECT_WITHIN ? XHM_SIM_MET : XHM_SIM_FAILED;
        }
    }
    if (*expectation == XHM_SIM_FAILED) {
        fail(runner, line, line->kind == XHM_TRACE_EXPECT_NOT_WITHIN ? "seen, but must not be" : "expected, not seen");
    }
}

static bool is_expectation(const struct xhm_trace_line *line) {
    return line->kind != XHM_TRACE_POLICY && line->kind != XHM_TRACE_COMMAND;
}

static void judge_all(struct xhm_sim_runner *runner) {
    for (unsigned i = 0; i < runner->trace->line_count; i++) {
        if (is_expectation(&runner->trace->lines[i])) {
            judge(runner, i);
        }
    }
    runner->seen_before = runner->seen_count;
}

static void run_command(struct xhm_sim_runner *runner, const struct xhm_trace_line *line) {
    if (line->kind != XHM_TRACE_COMMAND) {
        return;
    }
    ecu_run(&runner->ecu, line->at_ns);
    if (runner->voice != NULL) {
        runner->voice->command(runner, line);
    }
    mistake_in(runner, line, sim_command(runner, line->words, line->word_count));
}

static void run_commands(struct xhm_sim_runner *runner, unsigned *next) {
    for (; *next < runner->trace->line_count; (*next)++) {
        const struct xhm_trace_line *line = &runner->trace->lines[*next];
        if (line->at_ns > runner->next_step_ns) {
            return;
        }
        run_command(runner, line);
    }
}

void sim_begin_policy(const struct xhm_sim_runner *runner, struct xhm_policy *policy) {
    if (runner->declared != NULL) {
        *policy = *runner->declared;
    } else {
        sim_policy_default(policy);
    }
}

static bool is_sound(struct xhm_sim_runner *runner, const struct xhm_policy *policy) {
    struct xhm_finding finding;

    if (policy_check(policy, &finding, 1) == 0) {
        return true;
    }
    fprintf(runner->errors, "%s: the policy is not sound: %s %s\n", runner->trace->path,
            policy_check_field(finding.kind), policy_check_sentence(finding.kind));
    return false;
}

/* Every word must mean something before the first step: an expectation that can never be is a mistake. */
static void check_expectations(struct xhm_sim_runner *runner) {
    for (unsigned i = 0; i < runner->trace->line_count; i++) {
        const struct xhm_trace_line *line = &runner->trace->lines[i];
        if (is_expectation(line) && sim_expect(runner, line->words, line->word_count) == XHM_SIM_MATCH_MISTAKE) {
            mistake_in(runner, line, "no such expectation");
        }
    }
}

enum xhm_sim_result sim_begin(struct xhm_sim_runner *runner) {
    struct xhm_policy *policy = &runner->policies[0];

    sim_begin_policy(runner, policy);
    for (unsigned i = 0; i < runner->trace->line_count; i++) {
        const struct xhm_trace_line *line = &runner->trace->lines[i];
        if (line->kind == XHM_TRACE_POLICY) {
            mistake_in(runner, line, sim_policy_change(policy, line->words, line->word_count));
        }
    }
    if (runner->mistakes == 0 && !is_sound(runner, policy)) {
        return XHM_SIM_REFUSED;
    }
    runner->policy_count = 1;
    core_init(&runner->core, policy, 1);
    ecu_init(&runner->ecu, policy);
    invariants_begin(&runner->invariants, &runner->core);
    core_restore(&runner->core, &runner->stored, XHM_PERSISTENT_NONE, &runner->outcome);
    sim_take_outcome(runner);
    check_expectations(runner);
    return runner->mistakes == 0 ? XHM_SIM_HELD : XHM_SIM_MISTAKE;
}

static void run_steps(struct xhm_sim_runner *runner) {
    unsigned next = 0;

    while (runner->last_step_ns < runner->trace->end_ns || runner->core.steps == 0) {
        const uint64_t planned_ns = runner->next_step_ns;
        run_commands(runner, &next);
        if (runner->next_step_ns != planned_ns) {
            continue;
        }
        sim_step(runner);
        judge_all(runner);
    }
    for (unsigned i = 0; i < runner->trace->line_count; i++) {
        const struct xhm_trace_line *line = &runner->trace->lines[i];
        if (runner->expectations[i] == XHM_SIM_OPEN && line->kind == XHM_TRACE_EXPECT_WITHIN) {
            fail(runner, line, "expected, not seen");
        }
    }
}

static enum xhm_sim_result run(struct xhm_sim_runner *runner) {
    const enum xhm_sim_result begun = sim_begin(runner);

    if (begun != XHM_SIM_HELD) {
        return begun;
    }
    run_steps(runner);
    if (runner->mistakes > 0) {
        return XHM_SIM_MISTAKE;
    }
    return runner->failures > 0 ? XHM_SIM_BROKEN : XHM_SIM_HELD;
}

enum xhm_sim_result sim_run(const struct xhm_sim_setting *setting) {
    struct xhm_sim_runner *runner = calloc(1, sizeof(*runner));
    enum xhm_sim_expectation *expectations = calloc(setting->trace->line_count + 1, sizeof(enum xhm_sim_expectation));
    enum xhm_sim_result result = XHM_SIM_MISTAKE;

    if (runner != NULL && expectations != NULL) {
        runner->trace = setting->trace;
        runner->declared = setting->declared;
        runner->voice = setting->voice;
        runner->output = setting->output;
        runner->errors = setting->errors;
        runner->expectations = expectations;
        result = run(runner);
        free(runner->seen);
    } else {
        fprintf(setting->errors, "%s: no memory to run it\n", setting->trace->path);
    }
    free(expectations);
    free(runner);
    return result;
}
