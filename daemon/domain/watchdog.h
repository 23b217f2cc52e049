// SPDX-License-Identifier: Apache-2.0
/** Xen's watchdog of this domain: when it is not told in time, Xen ends the domain, and nothing but the domain. */
#ifndef XHM_DOMAIN_WATCHDOG_H
#define XHM_DOMAIN_WATCHDOG_H

#include <stdint.h>

struct watchdog;

/**
 * Starts it: from now on it must be petted every @p bound_s seconds.
 * @return NULL with errno
 */
struct watchdog *watchdog_start(uint32_t bound_s);

/** Begins its time anew. @return 0, or -1 with errno */
int watchdog_pet(struct watchdog *watchdog);

#endif
