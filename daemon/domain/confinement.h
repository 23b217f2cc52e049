// SPDX-License-Identifier: Apache-2.0
/** What xhmd loses before it is started: privileges, and the system calls that it has no use for. */
#ifndef XHM_DOMAIN_CONFINEMENT_H
#define XHM_DOMAIN_CONFINEMENT_H

/**
 * Makes the calling process an unprivileged one for good: own user and groups, no capability, none to be had again, the
 * limits that real-time priority and locked memory need, and the filter of system_calls.h. What it executes next
 * inherits all.
 * @return 0, or -1 with errno; the process must not go on then
 */
int confinement_enter(void);

#endif
