// SPDX-License-Identifier: Apache-2.0
/** Xen's watchdog of this domain: when it is not told in time, Xen ends the domain, and nothing but the domain. */
#ifndef XHM_DOMAIN_WATCHDOG_H
#define XHM_DOMAIN_WATCHDOG_H

#include <stdint.h>
#include <xenctrl.h>

/** Never given back: a watchdog that can be stopped is none. */
struct watchdog {
    xc_interface *xen;
    uint32_t id;      /* that Xen gave it, from 1 */
    uint32_t bound_s; /* Xen ends the domain when it was not petted for so long */
};

/**
 * Starts it: from now on it must be petted every @p bound_s seconds.
 * @return 0, or -1 with errno
 */
int watchdog_start(struct watchdog *watchdog, uint32_t bound_s);

/** Begins its time anew. @return 0, or -1 with errno */
int watchdog_pet(struct watchdog *watchdog);

#endif
