// SPDX-License-Identifier: Apache-2.0
#include "sim_tell.h"

#include "sim_policy.h"

#include <inttypes.h>
#include <string.h>

const char *sim_action_name(enum xhm_action_kind kind) {
    static const char *const names[] = {
        [XHM_ACTION_FOLLOW] = "follow",
        [XHM_ACTION_RELEASE] = "release",
        [XHM_ACTION_STOP] = "stop",
        [XHM_ACTION_RECREATE] = "recreate",
        [XHM_ACTION_PAUSE] = "pause",
        [XHM_ACTION_UNPAUSE] = "unpause",
        [XHM_ACTION_REBOOT_ECU] = "reboot_ecu",
        [XHM_ACTION_RESTART_SUPERVISOR] = "restart_supervisor",
    };
    return (size_t)kind < sizeof(names) / sizeof(names[0]) ? names[kind] : NULL;
}

const char *sim_seen_name(const struct xhm_sim_seen *seen) {
    return seen->is_action ? sim_action_name((enum xhm_action_kind)seen->kind)
                           : event_catalogue_info((enum xhm_event_kind)seen->kind)->name;
}

const char *sim_seen_value(const struct xhm_policy *policy, const struct xhm_sim_seen *seen, unsigned index,
                           char text[XHM_SIM_VALUE_SIZE], const char **label) {
    const bool about_fault = seen->fault != XHM_FAULT_COUNT;
    const struct xhm_event event = {
        .kind = (enum xhm_event_kind)seen->kind, .fault = seen->fault, .values = {seen->values[0], seen->values[1]}};

    *label = NULL;
    if (seen->is_action) {
        return NULL;
    }
    const struct xhm_event_info *info = event_catalogue_info((enum xhm_event_kind)seen->kind);
    *label = about_fault ? event_catalogue_fault_labels(seen->fault)[index] : info->labels[index];
    if (*label == NULL) {
        return NULL;
    }
    const char *word = about_fault ? NULL : words_find(info->words[index], seen->values[index]);
    word = word != NULL ? word : event_catalogue_value_name(&event, index, policy);
    if (word == NULL) {
        snprintf(text, XHM_SIM_VALUE_SIZE, "%" PRIu64, seen->values[index]);
        word = seen->values[index] == XHM_NONE ? "none" : text;
    }
    return word;
}

void sim_print_time(FILE *output, uint64_t time_ns) {
    fprintf(output, "%6" PRIu64 ".%03" PRIu64 "s", time_ns / XHM_SIM_S, time_ns % XHM_SIM_S / XHM_SIM_MS);
}

void sim_print_words(FILE *output, const struct xhm_trace_line *line) {
    for (unsigned i = 0; i < line->word_count; i++) {
        fprintf(output, " %s", line->words[i]);
    }
}

void sim_print_seen(const struct xhm_sim_runner *runner, FILE *output, const struct xhm_sim_seen *seen) {
    sim_print_time(output, seen->time_ns);
    fprintf(output, " %-14s %s%s", seen->partition, seen->is_action ? "-> " : "", sim_seen_name(seen));
    if (seen->fault != XHM_FAULT_COUNT) {
        fprintf(output, " %s", faults_info(seen->fault)->name);
    }
    if (seen->entity[0] != '\0') {
        fprintf(output, " %s", seen->entity);
    }
    if (seen->domid != XHM_NONE) {
        fprintf(output, " domid=%u", seen->domid);
    }
    for (unsigned i = 0; i < 2; i++) {
        char text[XHM_SIM_VALUE_SIZE];
        const char *label = NULL;
        const char *value = sim_seen_value(runner->ecu.policy, seen, i, text, &label);
        if (label != NULL) {
            fprintf(output, " %s=%s", label, value);
        }
    }
    fputc('\n', output);
}

static void tell_seen(const struct xhm_sim_runner *runner, const struct xhm_sim_seen *seen) {
    sim_print_seen(runner, runner->output, seen);
}

static void tell_command(const struct xhm_sim_runner *runner, const struct xhm_trace_line *line) {
    sim_print_time(runner->output, line->at_ns);
    fputs(" *", runner->output);
    sim_print_words(runner->output, line);
    fputc('\n', runner->output);
}

const struct xhm_sim_voice sim_voice_people = {tell_seen, tell_command};
