// SPDX-License-Identifier: Apache-2.0
/**
 * Faults that a test rig injects into the supervisor's domain, in which there is no shell: a word on the domain's
 * console, which only dom0 can write to. Not in a production build (-Dinjection=true).
 */
#ifndef XHM_DOMAIN_INJECTION_H
#define XHM_DOMAIN_INJECTION_H

#include <sys/types.h>

/** @return a descriptor that is readable when something is to be injected, or -1: nothing is ever */
int injection_descriptor(void);

/** Does what was ordered to @p child, xhmd; 0: it does not run. Nothing else is done than "kill", "stop", "hang". */
void injection_take(pid_t child);

#endif
