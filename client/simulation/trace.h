// SPDX-License-Identifier: Apache-2.0
/*
 * A trace: readable lines that say what happens to the ECU and what is expected of the supervision.
 *
 *   policy WORDS…                   a change to the built-in policy (sim_policy.h), before anything runs
 *   at TIME WORDS…                  a command (sim_commands.c)
 *   at TIME expect WORDS…           holds in the first supervision cycle from TIME on
 *   within DURATION expect WORDS…   happens at least once from the last `at` line until DURATION later
 *   not within DURATION expect …    never happens in that time
 *
 * Times of `at` lines never go back. # begins a comment. The trace ends with the latest time that a line speaks of.
 */
#ifndef XHM_SIM_TRACE_H
#define XHM_SIM_TRACE_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#define XHM_TRACE_MAX_WORDS 16

enum xhm_trace_kind {
    XHM_TRACE_POLICY,
    XHM_TRACE_COMMAND,
    XHM_TRACE_EXPECT_AT,
    XHM_TRACE_EXPECT_WITHIN,
    XHM_TRACE_EXPECT_NOT_WITHIN,
};

/* One line. Words point into the trace's text. */
struct xhm_trace_line {
    unsigned number;
    enum xhm_trace_kind kind;
    uint64_t at_ns;  /* of this line, or of the last `at` line */
    uint64_t end_ns; /* at_ns, or the end of the time that `within` spans */
    unsigned word_count;
    char *words[XHM_TRACE_MAX_WORDS];
};

/* A trace that was read; owned by the caller, ended by trace_free(). All zero is a valid empty trace. */
struct xhm_trace {
    const char *path;
    char *text;
    struct xhm_trace_line *lines;
    unsigned line_count;
    uint64_t end_ns;
};

/* Reads a trace; path must outlive it. Every mistake is told to errors with its line. */
bool trace_read(struct xhm_trace *trace, const char *path, FILE *errors);

void trace_free(struct xhm_trace *trace);

/* A duration as in policies: whole numbers of ns, us, ms, s, m, h, or a sum such as 2s500ms. */
bool trace_duration(const char *text, uint64_t *duration_ns);

/* A size in KiB, MiB or GiB. */
bool trace_size(const char *text, uint64_t *size_kib);

/* A whole decimal number. */
bool trace_number(const char *text, uint64_t *number);

#endif
