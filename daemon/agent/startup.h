/**
 * What the agent does unasked: at boot (--start) it creates every declared partition that does not run, in name order;
 * at all times it sees to it that running partitions know who the supervisor is.
 */
#ifndef XHM_AGENT_STARTUP_H
#define XHM_AGENT_STARTUP_H

#include "agent.h"

/** Begins; goes on by itself in the agent's event loop. @return 0 or a negative errno value */
int startup_begin(struct agent *agent);

/** Tells the partitions at once that the supervisor's domain is agent->options.supervisor_domid now. */
void startup_announce(struct agent *agent);

#endif
