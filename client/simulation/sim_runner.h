// SPDX-License-Identifier: Apache-2.0
/*
 * Runs the supervision core on the simulated ECU through one trace, in virtual time, and checks what the trace expects.
 */
#ifndef XHM_SIM_RUNNER_H
#define XHM_SIM_RUNNER_H

#include "sim_ecu.h"
#include "sim_invariants.h"
#include "trace.h"

/* Policies that one trace can apply, the first one included. */
#define XHM_SIM_MAX_POLICIES 8

/* Something that the core said or did. Strings belong to a policy of the runner. */
struct xhm_sim_seen {
    uint64_t time_ns;
    bool is_action;
    int kind; /* enum xhm_event_kind or enum xhm_action_kind */
    enum xhm_fault fault;
    const char *partition; /* "ecu" when it is about none */
    const char *entity;    /* "" when it is about none */
    uint32_t domid;
    uint64_t values[2];
};

enum xhm_sim_expectation {
    XHM_SIM_OPEN,
    XHM_SIM_MET,
    XHM_SIM_FAILED,
};

struct xhm_sim_runner;

/* Who tells a run while it goes on. */
struct xhm_sim_voice {
    void (*seen)(const struct xhm_sim_runner *runner, const struct xhm_sim_seen *seen);
    void (*command)(const struct xhm_sim_runner *runner, const struct xhm_trace_line *line);
};

/* How a run ended. */
enum xhm_sim_result {
    XHM_SIM_HELD,
    XHM_SIM_BROKEN,  /* an expectation or an invariant did not hold */
    XHM_SIM_MISTAKE, /* the trace says what cannot be done or expected */
    XHM_SIM_REFUSED, /* the policy, with the trace's changes, is not sound */
};

struct xhm_sim_runner {
    const struct xhm_trace *trace;
    const struct xhm_policy *declared; /* NULL: the built-in policy */
    const struct xhm_sim_voice *voice; /* NULL: only what goes wrong is told */
    FILE *output;                      /* of the voice */
    FILE *errors;

    struct xhm_policy policies[XHM_SIM_MAX_POLICIES]; /* the last one may be under preparation */
    unsigned policy_count;                            /* those that are or were in use */
    struct xhm_sim_ecu ecu;
    struct xhm_core core;
    struct xhm_core scratch;
    struct xhm_plan plan;
    struct xhm_observation observation;
    struct xhm_outcome outcome;
    struct xhm_invariants invariants;

    struct xhm_persistent stored; /* what a kill of the supervisor leaves */
    enum xhm_order_answer answer; /* to the last order, 0: none yet */

    uint64_t last_step_ns; /* when the last step was due */
    uint64_t next_step_ns; /* when the next one is */
    uint64_t lateness_ns;  /* by which it comes later than that, and all that follow; a step that is late by a cycle or
                             more stands for those that were due meanwhile */
    struct xhm_sim_seen *seen; /* all of it, in order */
    size_t seen_count;
    size_t seen_room;
    size_t seen_before; /* what was seen before the present cycle */
    uint64_t events_dropped;
    enum xhm_sim_expectation *expectations;        /* one for each line */
    unsigned failures;                             /* of expectations and invariants */
    unsigned mistakes;                             /* of the trace */
    void (*tamper)(struct xhm_sim_runner *runner); /* may change the observation before the core gets it; or NULL */
    uint64_t random;                               /* for tamper */
};

/*
 * Begins with the declared policy as the trace changes it; runner is all zero but for trace, errors and what the caller
 * wants. Returns XHM_SIM_HELD when it can be run.
 */
enum xhm_sim_result sim_begin(struct xhm_sim_runner *runner);

/* The policy that a run begins with, before the trace's changes. */
void sim_begin_policy(const struct xhm_sim_runner *runner, struct xhm_policy *policy);

/* One supervision cycle. */
void sim_step(struct xhm_sim_runner *runner);

/* What a run is made of. */
struct xhm_sim_setting {
    const struct xhm_trace *trace;
    const struct xhm_policy *declared; /* NULL: the built-in policy */
    const struct xhm_sim_voice *voice; /* or NULL */
    FILE *output;
    FILE *errors;
};

/* Runs a trace. What goes wrong goes to errors. */
enum xhm_sim_result sim_run(const struct xhm_sim_setting *setting);

/* Carries out one command. Returns what is wrong with its words, or NULL. */
const char *sim_command(struct xhm_sim_runner *runner, char *const *words, unsigned word_count);

/* Takes what runner->outcome says: records it, and has the ECU carry out the actions. */
void sim_take_outcome(struct xhm_sim_runner *runner);

/* How the supervisor ended, and what its next life finds. */
struct xhm_sim_restart {
    enum xhm_persistent_reading reading;
    bool clean;
    bool same_boot;
};

/* The supervisor ends, and begins again. Task ids grow on. */
void sim_restart_supervisor(struct xhm_sim_runner *runner, const struct xhm_sim_restart *restart);

/* Notes a violated invariant; NULL is none. */
void sim_violation(struct xhm_sim_runner *runner, const char *violated);

/* Whether something is expected, and is so. */
enum xhm_sim_match {
    XHM_SIM_MATCH_NO,
    XHM_SIM_MATCH_YES,
    XHM_SIM_MATCH_MISTAKE, /* the words mean nothing */
};

/* Judges the words of an expectation by the present state and what was seen in the present cycle. */
enum xhm_sim_match sim_expect(const struct xhm_sim_runner *runner, char *const *words, unsigned word_count);

/* Likewise, two words about the ECU as a whole. */
enum xhm_sim_match sim_expect_ecu(const struct xhm_sim_runner *runner, char *const *words);

#endif
