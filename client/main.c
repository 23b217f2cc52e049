// SPDX-License-Identifier: Apache-2.0
#include "command.h"
#include "output.h"
#include "suggestion.h"
#include "xhm_config.h"

#include <string.h>

#define BIT(option) XHM_OPTION_BIT(XHM_OPTION_##option)

/* Longer names before their beginnings: "inject clear" is not an injection of the kind "clear". */
static const struct xhm_command commands[] = {
    {"status", "[PARTITION]", 0, 1, 0, "show the ECU's health, or one partition's in detail", command_status},
    {"conformance", "[PARTITION]", 0, 1, 0, "compare what is declared with what runs", command_conformance},
    {"events", "", 0, 0, BIT(FOLLOW) | BIT(SINCE), "list what happened, oldest first", command_events},
    {"faults show", "CODE", 1, 1, 0, "explain a fault, and show its records with their freeze frames",
     command_faults_show},
    {"faults clear", "[CODE]", 0, 1, BIT(PARTITION), "remove the records of faults that are not active",
     command_faults_clear},
    {"faults", "", 0, 0, 0, "list the fault memory, newest first", command_faults},
    {"policy check", "FILE", 1, 1, 0, "say everything that is wrong with a policy, or its worst-case times",
     command_policy_check},
    {"policy simulate", "FILE TRACE", 2, 2, 0, "say what xhmd would do in a trace, in virtual time",
     command_policy_simulate},
    {"policy lint", "POLICY", 1, 1, BIT(XL), "say in which ways xl configurations can not meet a policy",
     command_policy_lint},
    {"policy emit-xl", "POLICY", 1, 1, BIT(DIRECTORY), "write the xl configurations that meet a policy",
     command_policy_emit_xl},
    {"policy compile", "FILE", 1, 1, BIT(OUTPUT), "check a policy and write what xhmd loads", command_policy_compile},
    {"policy keygen", "", 0, 0, BIT(OUTPUT), "make a pair of keys: a secret one to sign policies, and FILE.pub",
     command_policy_keygen},
    {"policy sign", "FILE", 1, 1, BIT(KEY) | BIT(POLICY_VERSION) | BIT(OUTPUT),
     "check a policy and write what an xhmd loads that takes signed ones only", command_policy_sign},
    {"policy derive", "", 0, 0, BIT(OUTPUT), "write a policy that accepts exactly what is running",
     command_policy_derive},
    {"policy diff", "[OLD] NEW", 1, 2, 0, "say what a policy declares differently, from the running one or OLD",
     command_policy_diff},
    {"policy show", "[FILE]", 0, 1, 0, "print the running policy, or FILE, as text", command_policy_show},
    {"policy apply", "FILE", 1, 1, 0, "check a policy and make it the running one", command_policy_apply},
    {"restart", "PARTITION", 1, 1, 0, "restart a partition", command_restart},
    {"fail-over", "PARTITION", 1, 1, 0, "let the standby of a partition take over", command_fail_over},
    {"mode", "[MODE]", 0, 1, 0, "show the ECU's mode, or set it: startup, run, shutdown or update", command_mode},
    {"maintenance", "PARTITION", 1, 1, BIT(FOR) | BIT(END), "do not judge a partition, nor react to it, for a time",
     command_maintenance},
    {"safe-state enter", "NAME", 1, 1, 0, "enter a safe state, and wait until its latch is on storage",
     command_safe_state_enter},
    {"safe-state clear", "", 0, 0, BIT(CONFIRM), "leave the safe state, in two steps", command_safe_state_clear},
    {"safe-state", "", 0, 0, 0, "show the safe state that is latched", command_safe_state},
    {"operation-cycle begin", "", 0, 0, 0, "begin an operation cycle", command_operation_cycle_begin},
    {"operation-cycle end", "", 0, 0, 0, "end the operation cycle", command_operation_cycle_end},
    {"inject clear", "[PARTITION]", 0, 1, 0, "undo injections, of one partition or all", command_inject_clear},
    {"inject", "KIND [PARTITION]", 1, 2, BIT(ENTITY) | BIT(FOR), "inject a fault (kinds: xhmctl(1))", command_inject},
};
#define COMMAND_COUNT (sizeof(commands) / sizeof(commands[0]))

static void print_options(unsigned set, const char *indent) {
    for (unsigned i = 0; i < XHM_OPTION_COUNT; i++) {
        const struct xhm_option_info *info = options_info((enum xhm_option)i);
        if ((set & XHM_OPTION_BIT(i)) != 0) {
            char name[48];
            snprintf(name, sizeof(name), "%s%s%s%s%s", info->shortcut != NULL ? info->shortcut : "",
                     info->shortcut != NULL ? ", " : "", info->name, info->argument != NULL ? " " : "",
                     info->argument != NULL ? info->argument : "");
            printf("%s%-22s %s\n", indent, name, info->summary);
        }
    }
}

static void print_command(const struct xhm_command *command) {
    char usage[48];
    snprintf(usage, sizeof(usage), "%s %s", command->name, command->arguments);
    printf("  %-26s %s\n", usage, command->summary);
    print_options(command->options, "      ");
}

static enum xhm_exit print_help(const struct xhm_command *only) {
    if (only != NULL) {
        printf("Usage: xhmctl [OPTION…] %s %s\n\n", only->name, only->arguments);
        print_command(only);
    } else {
        puts("Usage: xhmctl [OPTION…] COMMAND\n\nTalks to xhmd, the health monitor of this ECU, and prepares its "
             "policies.\n\nCommands:");
        for (size_t i = 0; i < COMMAND_COUNT; i++) {
            print_command(&commands[i]);
        }
    }
    puts("\nOptions of every command:");
    print_options(XHM_OPTIONS_OF_ALL, "  ");
    puts("\nExit status: 0 fine, 1 the ECU is not OK, 2 usage, 3 no daemon, 4 not permitted, 5 policy refused.");
    return XHM_EXIT_OK;
}

/* @return how many words of the command line are the command's name, 0 when they are not */
static size_t match_words(const struct xhm_command *command, const struct xhm_invocation *invocation) {
    const char *at = command->name;
    size_t count = 0;
    while (*at != '\0') {
        size_t length = strcspn(at, " ");
        if (count == invocation->argument_count || strlen(invocation->arguments[count]) != length ||
            strncmp(invocation->arguments[count], at, length) != 0) {
            return 0;
        }
        count++;
        at += length;
        at += strspn(at, " ");
    }
    return count;
}

static bool find_command(struct xhm_invocation *invocation) {
    for (size_t i = 0; i < COMMAND_COUNT; i++) {
        size_t words = match_words(&commands[i], invocation);
        if (words > 0) {
            invocation->command = &commands[i];
            invocation->argument_count -= words;
            memmove(invocation->arguments, invocation->arguments + words,
                    invocation->argument_count * sizeof(invocation->arguments[0]));
            return true;
        }
    }
    return false;
}

static enum xhm_exit unknown_command(const struct xhm_invocation *invocation) {
    const char *second = invocation->argument_count > 1 ? invocation->arguments[1] : "";
    char given[128];
    for (size_t i = 0; i < COMMAND_COUNT; i++) {
        bool two_words = strchr(commands[i].name, ' ') != NULL;
        snprintf(given, sizeof(given), "%s%s%s", invocation->arguments[0], two_words ? " " : "",
                 two_words ? second : "");
        if (suggestion_is_close(given, commands[i].name)) {
            return command_wrong_usage("unknown command \"%s\"; did you mean \"%s\"?", given, commands[i].name);
        }
    }
    return command_wrong_usage("unknown command \"%s\"", invocation->arguments[0]);
}

static enum xhm_exit run_command(const struct xhm_invocation *invocation) {
    const struct xhm_command *command = invocation->command;
    if (invocation->argument_count < command->min_arguments || invocation->argument_count > command->max_arguments) {
        return command_wrong_usage("the usage is: xhmctl %s %s", command->name, command->arguments);
    }
    for (unsigned i = 0; i < XHM_OPTION_COUNT; i++) {
        if (invocation->options[i] != NULL && ((command->options | XHM_OPTIONS_OF_ALL) & XHM_OPTION_BIT(i)) == 0) {
            return command_wrong_usage("%s takes no option %s", command->name, options_info((enum xhm_option)i)->name);
        }
    }
    return command->run(invocation);
}

static enum xhm_exit dispatch(struct xhm_invocation *invocation) {
    if (invocation->options[XHM_OPTION_VERSION] != NULL) {
        puts("xhmctl " XHM_VERSION);
        return XHM_EXIT_OK;
    }
    bool found = find_command(invocation);
    if (invocation->options[XHM_OPTION_HELP] != NULL) {
        return print_help(invocation->command);
    }
    if (invocation->argument_count == 0 && !found) {
        return command_wrong_usage("a command is missing");
    }
    return found ? run_command(invocation) : unknown_command(invocation);
}

int main(int argc, char **argv) {
    struct xhm_invocation invocation = {.colour = output_wants_colour(stdout)};
    enum xhm_exit status = options_parse(&invocation, argc, argv) ? dispatch(&invocation) : XHM_EXIT_USAGE;
    if (fflush(stdout) != 0 || ferror(stdout) != 0) {
        fprintf(stderr, "xhmctl: writing the output: it could not be written\n");
        return status == XHM_EXIT_OK ? XHM_EXIT_USAGE : (int)status;
    }
    return (int)status;
}
