/**
 * Fault injections, carried out as real operations on real domains and services. Built with -Dinjection=true only;
 * otherwise injection_none.c is built instead, which knows none.
 */
#ifndef XHM_AGENT_INJECTION_H
#define XHM_AGENT_INJECTION_H

#include "jobs.h"

/** @return the steps of an INJECT or CLEAR_INJECTION task and their @p details, or NULL when it cannot be done */
const struct job_step *injection_prepare(const Xhm__V1__AgentTask *task, void **details);

#endif
