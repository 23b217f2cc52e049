// SPDX-License-Identifier: Apache-2.0
#include "watchdog.h"

#include <stddef.h>
#include <xenctrl.h>

/* One for the process, which never gives it back: a watchdog that can be stopped is none. */
struct watchdog {
    xc_interface *xen;
    uint32_t id;
    uint32_t bound_s;
};

static struct watchdog the_watchdog;

struct watchdog *watchdog_start(uint32_t bound_s) {
    xc_interface *xen = xc_interface_open(NULL, NULL, 0);
    const int id = xen != NULL ? xc_watchdog(xen, 0, bound_s) : -1;

    if (id <= 0) {
        return NULL;
    }
    the_watchdog = (struct watchdog){.xen = xen, .id = (uint32_t)id, .bound_s = bound_s};
    return &the_watchdog;
}

int watchdog_pet(struct watchdog *watchdog) {
    return xc_watchdog(watchdog->xen, watchdog->id, watchdog->bound_s);
}
