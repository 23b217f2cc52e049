// SPDX-License-Identifier: Apache-2.0
/*
 * How a run is told: the names of what was seen are those of the journal and of the API.
 */
#ifndef XHM_SIM_TELL_H
#define XHM_SIM_TELL_H

#include "event_catalogue.h"
#include "sim_runner.h"

/* Bytes of a value that is a number. */
#define XHM_SIM_VALUE_SIZE 24

/* NULL when there is no such action. */
const char *sim_action_name(enum xhm_action_kind kind);

/* The name of the event or action. */
const char *sim_seen_name(const struct xhm_sim_seen *seen);

/*
 * Value `index` (0 or 1) in words, in text or static; *label is what it is. Both are NULL when it means nothing.
 * Indices of partitions and safe states are named by policy.
 */
const char *sim_seen_value(const struct xhm_policy *policy, const struct xhm_sim_seen *seen, unsigned index,
                           char text[XHM_SIM_VALUE_SIZE], const char **label);

void sim_print_time(FILE *output, uint64_t time_ns);
void sim_print_words(FILE *output, const struct xhm_trace_line *line);

/* Says one thing that was seen, on one line. */
void sim_print_seen(const struct xhm_sim_runner *runner, FILE *output, const struct xhm_sim_seen *seen);

/* Tells everything to runner->output, one line each; commands of the trace are marked by a star. */
extern const struct xhm_sim_voice sim_voice_people;

#endif
