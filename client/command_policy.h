// SPDX-License-Identifier: Apache-2.0
/**
 * What the files of `xhmctl policy …` share.
 */
#ifndef XHM_COMMAND_POLICY_H
#define XHM_COMMAND_POLICY_H

#include "output.h"
#include "policy_file.h"

/** Loads the policy that is the first argument. @return NULL after saying why not, with the exit status */
struct xhm_policy_file *command_policy_load(const struct xhm_invocation *invocation, enum xhm_exit *status);

/** Loads the policy that is argument number @p argument. @return likewise */
struct xhm_policy_file *command_policy_load_argument(const struct xhm_invocation *invocation, size_t argument,
                                                     enum xhm_exit *status);

/** Asks the supervisor for the running policy. @return likewise */
struct xhm_policy_file *command_policy_load_running(const struct xhm_invocation *invocation, enum xhm_exit *status);

/** Prints @p messages as the member "@p key" of the object that is being written. */
void policy_messages_print_json(struct xhm_json *json, const char *key, const struct xhm_messages *messages);

/** Prints what follows from a sound policy: the table of times, and each sum with its terms. */
void policy_timing_print(const struct xhm_policy *policy);

/** The same as the member "partitions" of the object that is being written. */
void policy_timing_print_json(struct xhm_json *json, const struct xhm_policy *policy);

/** Prints what the declared schedulers have to give, and what is asked of them; nothing where none is declared. */
void policy_shares_print(const struct xhm_policy *policy);

/** The same as the members "shares" and "supervisor_wait_ns". */
void policy_shares_print_json(struct xhm_json *json, const struct xhm_policy *policy);

/** Prints who watches the supervisor, and how long the loss of each link lasts at worst. */
void policy_chain_print(const struct xhm_policy *policy);

/** The same as the member "watchdog_chain". */
void policy_chain_print_json(struct xhm_json *json, const struct xhm_policy *policy);

#endif
