// SPDX-License-Identifier: Apache-2.0
#include "command_policy.h"
#include "sim_tell.h"

#include <string.h>

static void begin_line(struct xhm_json *json, uint64_t time_ns) {
    json_init(json, stdout);
    json_begin_object(json, NULL);
    json_number(json, "time_ns", time_ns);
}

static void tell_seen(const struct xhm_sim_runner *runner, const struct xhm_sim_seen *seen) {
    struct xhm_json json;

    begin_line(&json, seen->time_ns);
    json_string(&json, seen->is_action ? "action" : "event", sim_seen_name(seen));
    json_string(&json, "partition", seen->partition);
    if (seen->entity[0] != '\0') {
        json_string(&json, "entity", seen->entity);
    }
    if (seen->fault != XHM_FAULT_COUNT) {
        json_string(&json, "fault", faults_info(seen->fault)->name);
    }
    if (seen->domid != XHM_NONE) {
        json_number(&json, "domid", seen->domid);
    }
    for (unsigned i = 0; i < 2; i++) {
        char text[XHM_SIM_VALUE_SIZE];
        const char *label = NULL;
        const char *value = sim_seen_value(runner->ecu.policy, seen, i, text, &label);
        if (label != NULL && value == text) {
            json_number(&json, label, seen->values[i]);
        } else if (label != NULL) {
            json_string(&json, label, value);
        }
    }
    json_end_object(&json);
}

static void tell_command(const struct xhm_sim_runner *runner, const struct xhm_trace_line *line) {
    struct xhm_json json;

    (void)runner;
    begin_line(&json, line->at_ns);
    json_number(&json, "line", line->number);
    json_begin_array(&json, "command");
    for (unsigned i = 0; i < line->word_count; i++) {
        json_string(&json, NULL, line->words[i]);
    }
    json_end_array(&json);
    json_end_object(&json);
}

static const struct xhm_sim_voice voice_json = {tell_seen, tell_command};

static enum xhm_exit simulate(const struct xhm_policy *policy, const char *path, bool json) {
    static const enum xhm_exit statuses[] = {
        [XHM_SIM_HELD] = XHM_EXIT_OK,
        [XHM_SIM_BROKEN] = XHM_EXIT_NOT_OK,
        [XHM_SIM_MISTAKE] = XHM_EXIT_USAGE,
        [XHM_SIM_REFUSED] = XHM_EXIT_POLICY_REFUSED,
    };
    static const char *const words[] = {
        [XHM_SIM_HELD] = "everything that was expected came true",
        [XHM_SIM_BROKEN] = "not everything that was expected came true",
        [XHM_SIM_MISTAKE] = "the trace asks for what cannot be",
        [XHM_SIM_REFUSED] = "the policy, as the trace changes it, is refused",
    };
    struct xhm_trace trace = {0};
    const struct xhm_sim_setting setting = {.trace = &trace,
                                            .declared = policy,
                                            .voice = json ? &voice_json : &sim_voice_people,
                                            .output = stdout,
                                            .errors = stderr};
    const enum xhm_sim_result result = trace_read(&trace, path, stderr) ? sim_run(&setting) : XHM_SIM_MISTAKE;

    trace_free(&trace);
    if (result != XHM_SIM_HELD) {
        fprintf(stderr, "%s: %s\n", path, words[result]);
    } else if (!json) {
        printf("%s: %s\n", path, words[result]);
    }
    return statuses[result];
}

enum xhm_exit command_policy_simulate(const struct xhm_invocation *invocation) {
    enum xhm_exit status;
    struct xhm_policy_file *file = command_policy_load(invocation, &status);

    if (file != NULL) {
        status = simulate(&file->policy, invocation->arguments[1], invocation->options[XHM_OPTION_JSON] != NULL);
        policy_file_free(file);
    }
    return status;
}
