/**
 * Facts about the host, for xhmd: gathered as often as it ordered, one set at a time, each by a child process that may
 * wait for xenstore without keeping the agent's loop from its heartbeats. A child that does not end is killed, and no
 * facts come of it.
 */
#ifndef XHM_AGENT_GATHERING_H
#define XHM_AGENT_GATHERING_H

#include "agent.h"

/** Longest time that one gathering may take. */
#define AGENT_GATHERING_TIMEOUT_MS 5000u

/** Takes the order of xhmd: begins to gather, or changes what is gathered, or stops. */
void gathering_order(struct agent *agent, const Xhm__V1__FactsOrder *order);

/** Stops: the connection over which the order came is lost, or the agent ends. */
void gathering_stop(void);

#endif
