// SPDX-License-Identifier: Apache-2.0
/** The system calls that xhmd makes, as a filter of the kernel (seccomp). */
#ifndef XHM_DOMAIN_SYSTEM_CALLS_H
#define XHM_DOMAIN_SYSTEM_CALLS_H

/**
 * From now on any other system call ends the process. Of ioctl only hypercalls, grants and event channels remain, and
 * others fail with EPERM; mapping foreign memory through privcmd is among those.
 * @return 0, or -1 with errno
 */
int system_calls_restrict(void);

#endif
