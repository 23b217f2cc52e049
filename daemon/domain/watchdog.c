// SPDX-License-Identifier: Apache-2.0
#include "watchdog.h"

#include <stddef.h>

int watchdog_start(struct watchdog *watchdog, uint32_t bound_s) {
    xc_interface *xen = xc_interface_open(NULL, NULL, 0);
    const int id = xen != NULL ? xc_watchdog(xen, 0, bound_s) : -1;

    if (id <= 0) {
        return -1;
    }
    *watchdog = (struct watchdog){.xen = xen, .id = (uint32_t)id, .bound_s = bound_s};
    return 0;
}

int watchdog_pet(struct watchdog *watchdog) {
    return xc_watchdog(watchdog->xen, watchdog->id, watchdog->bound_s);
}
