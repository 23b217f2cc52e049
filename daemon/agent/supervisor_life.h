// SPDX-License-Identifier: Apache-2.0
/**
 * Keeps the supervisor's domain alive: looks for it, hears from it, and creates it from its declared file when it is
 * lost (supervisor_keeping.h decides). Another domain than dom0 only.
 */
#ifndef XHM_AGENT_SUPERVISOR_LIFE_H
#define XHM_AGENT_SUPERVISOR_LIFE_H

#include "partitions.h"
#include "supervisor_keeping.h"

struct agent;

/** All zero: nothing is kept. */
struct supervisor_life {
    const char *config_path; /**< --supervisor-config: its xl file; NULL: somebody else keeps it */
    struct keeping_limits limits;
    struct supervisor_keeping keeping;
    struct agent_partition place; /**< no partition: where the job of creating it is */
};

/** Takes up what an earlier process of the agent noted since dom0's boot. */
void supervisor_life_begin(struct agent *agent);

/** Looks, and acts. To be called again and again; does nothing while a creation is under way. */
void supervisor_life_look(struct agent *agent);

/** Asks the supervisor how many steps it completed; the answer is its sign of life. */
void supervisor_life_ask(struct agent *agent);

#endif
