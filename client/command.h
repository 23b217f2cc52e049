// SPDX-License-Identifier: Apache-2.0
/**
 * xhmctl's command table: a command is one row, its options are rows of the option table, and what --help prints is
 * made of both.
 */
#ifndef XHM_COMMAND_H
#define XHM_COMMAND_H

#include "xhm_client.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

/** Exit statuses; the man page documents them. */
enum xhm_exit {
    XHM_EXIT_OK = 0,
    XHM_EXIT_NOT_OK = 1, /**< the ECU is not OK, or what was asked was accepted by nobody */
    XHM_EXIT_USAGE = 2,  /**< wrong usage, or a file that cannot be read or written */
    XHM_EXIT_NO_DAEMON = 3,
    XHM_EXIT_NOT_PERMITTED = 4,
    XHM_EXIT_POLICY_REFUSED = 5,
};

/** Options; the table is in options.c. */
enum xhm_option {
    XHM_OPTION_CONNECT,
    XHM_OPTION_JSON,
    XHM_OPTION_HELP,
    XHM_OPTION_VERSION,
    XHM_OPTION_FOLLOW,
    XHM_OPTION_SINCE,
    XHM_OPTION_OUTPUT,
    XHM_OPTION_ENTITY,
    XHM_OPTION_FOR,
    XHM_OPTION_END,
    XHM_OPTION_CONFIRM,
    XHM_OPTION_PARTITION,
    XHM_OPTION_XL,
    XHM_OPTION_DIRECTORY,
    XHM_OPTION_KEY,
    XHM_OPTION_POLICY_VERSION,
    XHM_OPTION_COUNT
};

/** Set of options as bits. */
#define XHM_OPTION_BIT(option) (1u << (option))
/** Options that every command takes. */
#define XHM_OPTIONS_OF_ALL                                                                                             \
    (XHM_OPTION_BIT(XHM_OPTION_CONNECT) | XHM_OPTION_BIT(XHM_OPTION_JSON) | XHM_OPTION_BIT(XHM_OPTION_HELP) |          \
     XHM_OPTION_BIT(XHM_OPTION_VERSION))
/** Options that take all words up to the next option, and may be given again. */
#define XHM_OPTIONS_OF_FILES XHM_OPTION_BIT(XHM_OPTION_XL)

/** One row of the option table. */
struct xhm_option_info {
    const char *name;     /**< "--since" */
    const char *shortcut; /**< "-o" or NULL */
    const char *argument; /**< "SEQ", NULL for a flag */
    const char *summary;
};

/** Arguments that a command can have after its name. */
#define XHM_MAX_ARGUMENTS 4
/** Files that an option can list. */
#define XHM_MAX_FILES     128

struct xhm_command;

/** What the user asked for. */
struct xhm_invocation {
    const struct xhm_command *command;            /**< NULL before it was found */
    const char *options[XHM_OPTION_COUNT];        /**< values; "" for flags, NULL when not given */
    const char *arguments[XHM_MAX_ARGUMENTS + 2]; /**< the command's words first while it is not found */
    size_t argument_count;
    const char *files[XHM_MAX_FILES]; /**< of XHM_OPTIONS_OF_FILES */
    size_t file_count;
    bool colour;
};

/** One command. */
struct xhm_command {
    const char *name;      /**< one or two words */
    const char *arguments; /**< "KIND PARTITION" */
    size_t min_arguments;
    size_t max_arguments;
    unsigned options; /**< set of enum xhm_option, besides XHM_OPTIONS_OF_ALL */
    const char *summary;
    enum xhm_exit (*run)(const struct xhm_invocation *invocation);
};

/** The option's row. */
const struct xhm_option_info *options_info(enum xhm_option option);

/** Splits the command line into options and arguments. @return false after saying what is wrong */
bool options_parse(struct xhm_invocation *invocation, int argc, char **argv);

/** Says what is wrong with the usage, as printf does, and where help is. @return XHM_EXIT_USAGE */
__attribute__((format(printf, 1, 2))) enum xhm_exit command_wrong_usage(const char *format, ...);

/** Reads the option --for. @return false after saying what is wrong; 0 when it is not given */
bool options_read_duration_ms(const struct xhm_invocation *invocation, uint64_t *duration_ms);

/** Connection that commands share: who asks, where, and the events that come in. Ends with session_close(). */
struct xhm_client *session_open(const struct xhm_invocation *invocation, const struct xhm_client_handler *handler);

/**
 * Sends @p request and waits for its answer. @return XHM_EXIT_OK with *@p reply, to be freed by
 * xhm_client_free_reply(); otherwise it was said why and the value is the exit status
 */
enum xhm_exit session_call(struct xhm_client *client, const Xhm__V1__ClientMessage *request,
                           Xhm__V1__ServerMessage **reply);

/**
 * The whole conversation of a command that asks once: connects, sends @p request, and closes. An answer that is not
 * @p body was said to be none; @p what names what was asked.
 * @return XHM_EXIT_OK with *@p reply, to be freed by xhm_client_free_reply(); otherwise it was said why
 */
enum xhm_exit session_ask(const struct xhm_invocation *invocation, const Xhm__V1__ClientMessage *request,
                          Xhm__V1__ServerMessage__BodyCase body, const char *what, Xhm__V1__ServerMessage **reply);

/** session_ask() for the status of @p partition, "": of all. */
enum xhm_exit session_ask_status(const struct xhm_invocation *invocation, const char *partition,
                                 Xhm__V1__ServerMessage **reply);

/** session_call() for requests whose answer is Accepted: says @p done with --json or without. */
enum xhm_exit session_order(const struct xhm_invocation *invocation, const Xhm__V1__ClientMessage *request,
                            const char *done);

/** The commands, one file a group. */
enum xhm_exit command_status(const struct xhm_invocation *invocation);
enum xhm_exit command_conformance(const struct xhm_invocation *invocation);
enum xhm_exit command_events(const struct xhm_invocation *invocation);
enum xhm_exit command_faults(const struct xhm_invocation *invocation);
enum xhm_exit command_faults_show(const struct xhm_invocation *invocation);
enum xhm_exit command_faults_clear(const struct xhm_invocation *invocation);
enum xhm_exit command_policy_check(const struct xhm_invocation *invocation);
enum xhm_exit command_policy_simulate(const struct xhm_invocation *invocation);
enum xhm_exit command_policy_compile(const struct xhm_invocation *invocation);
enum xhm_exit command_policy_keygen(const struct xhm_invocation *invocation);
enum xhm_exit command_policy_sign(const struct xhm_invocation *invocation);
enum xhm_exit command_policy_show(const struct xhm_invocation *invocation);
enum xhm_exit command_policy_apply(const struct xhm_invocation *invocation);
enum xhm_exit command_policy_derive(const struct xhm_invocation *invocation);
enum xhm_exit command_policy_diff(const struct xhm_invocation *invocation);
enum xhm_exit command_policy_lint(const struct xhm_invocation *invocation);
enum xhm_exit command_policy_emit_xl(const struct xhm_invocation *invocation);
enum xhm_exit command_restart(const struct xhm_invocation *invocation);
enum xhm_exit command_fail_over(const struct xhm_invocation *invocation);
enum xhm_exit command_mode(const struct xhm_invocation *invocation);
enum xhm_exit command_maintenance(const struct xhm_invocation *invocation);
enum xhm_exit command_operation_cycle_begin(const struct xhm_invocation *invocation);
enum xhm_exit command_operation_cycle_end(const struct xhm_invocation *invocation);
enum xhm_exit command_safe_state(const struct xhm_invocation *invocation);
enum xhm_exit command_safe_state_enter(const struct xhm_invocation *invocation);
enum xhm_exit command_safe_state_clear(const struct xhm_invocation *invocation);
enum xhm_exit command_inject(const struct xhm_invocation *invocation);
enum xhm_exit command_inject_clear(const struct xhm_invocation *invocation);

#endif
