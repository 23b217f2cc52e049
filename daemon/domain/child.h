// SPDX-License-Identifier: Apache-2.0
/** xhmd as the first program's only child. */
#ifndef XHM_DOMAIN_CHILD_H
#define XHM_DOMAIN_CHILD_H

#include <sys/types.h>

/**
 * Starts xhmd, confined.
 * @return its process id, or -1 with errno
 */
pid_t child_start(void);

#endif
