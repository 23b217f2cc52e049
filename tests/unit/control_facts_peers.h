// SPDX-License-Identifier: Apache-2.0
/* Peers of the API's server that deal in facts: the agent, which tells them, another peer, and who looks at them. */
#ifndef XHM_CONTROL_FACTS_PEERS_H
#define XHM_CONTROL_FACTS_PEERS_H

#include "control_harness.h"
#include "facts.h"

extern struct client agent;
extern struct client second;
extern struct client observer;

/* The facts that are told next. */
extern struct xhm_facts told;

/* Connects, and is the agent from then on. */
void open_agent(struct client *who);
/* A policy comes into force that wants facts every @p period_ns, about these services. */
void declare(uint64_t period_ns, const char *service, const char *other);
/* What the agent is asked for, which stays valid until the next message. */
const Xhm__V1__FactsOrder *receive_order(struct client *who);
/* Fills `told` with so many domains, each with as many devices as there is room for. */
void fill_domains(uint32_t count);
/* Tells `told`, with two services: one runs. */
const Xhm__V1__ServerMessage *tell(struct client *who, uint64_t age_ms, uint64_t order);
/* What the supervision step is given at this time. */
const struct xhm_facts *observe(uint64_t now_ns);
/* What the observer is shown. */
const Xhm__V1__FactsShowReply *show(void);

#endif
