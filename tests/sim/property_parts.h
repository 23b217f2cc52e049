// SPDX-License-Identifier: Apache-2.0
/* Parts of the property test: random commands, tampering with observations, the host, and what is counted. */
#ifndef XHM_PROPERTY_PARTS_H
#define XHM_PROPERTY_PARTS_H

#include "sim_runner.h"

/* A number below `below`. */
uint32_t property_draw(uint64_t *random, uint32_t below);

/* Carries out the command that is written in text. */
void property_command(struct xhm_sim_runner *runner, const char *text);

/*
 * Carries out some command to the partitions, or one by this pattern (property_host_command(), say). Commands that make
 * no sense at the moment (an entity of another partition) are refused by sim_command().
 */
void property_command_at_random(struct xhm_sim_runner *runner);
void property_command_by_pattern(struct xhm_sim_runner *runner, const char *pattern);

/* Every fourth seed declares everything that there is of the host and its shares. */
void property_declare_host(struct xhm_sim_runner *runner, uint64_t seed);

/* A command to the host, or about what dom0 tells of a domain, by any number. */
const char *property_host_command(uint32_t number);

/* Facts are shown again as they are, dated at any time, or as no host would have them. */
void property_tamper_with_facts(struct xhm_sim_runner *runner);

/* Now and then the observation is changed to what no ECU would show. */
void property_tamper(struct xhm_sim_runner *runner);

/* How often something happened over all runs: a test in which nothing happens proves nothing. */
struct property_tally {
    uint64_t steps;
    uint64_t ok_steps;
    uint64_t latched_steps;
    uint64_t latches_cleared;
    uint64_t restarts;
    uint64_t recoveries;
    uint64_t fail_overs;
    uint64_t reactions[XHM_REACTION_END];
    uint64_t lives[XHM_LIFE_COUNT];
    uint64_t faults[XHM_FAULT_COUNT];
};

/* Counts what the last step did. */
void property_count_step(const struct xhm_sim_runner *runner, struct property_tally *tally);

/* Fails where something happened so rarely that nothing was shown. */
void property_assert_eventful(const struct property_tally *tally);

#endif
