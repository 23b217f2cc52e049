/**
 * Tasks of the supervisor: taken once, carried out by a job, reported; told again, answered again.
 */
#ifndef XHM_AGENT_TASKS_H
#define XHM_AGENT_TASKS_H

#include "agent.h"

/** Takes @p task; the report follows when it has ended, or at once when it cannot be begun. */
void tasks_accept(struct agent *agent, const Xhm__V1__AgentTask *task);

/** Forgets the results remembered: the supervisor's task ids began anew, so that an id may now mean another task. */
void tasks_forget(struct agent *agent);

#endif
