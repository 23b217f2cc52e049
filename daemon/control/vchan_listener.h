// SPDX-License-Identifier: Apache-2.0
/**
 * The API over vchan, as the supervision thread sees it: which partitions it is offered to, and who connected.
 */
#ifndef XHM_CONTROL_VCHAN_LISTENER_H
#define XHM_CONTROL_VCHAN_LISTENER_H

#include "platform.h"
#include "vchan_offers.h"
#include <systemd/sd-event.h>

struct xhm_control;

/** The instance of one partition that vchans are offered to. */
struct vchan_guest {
    uint32_t seat;
    bool offered; /**< what follows names an instance */
    uint16_t domid;
    uint64_t since_ns; /**< supervised time at which the core saw it first: two instances never share it */
};

/** To which partitions the API is offered, and which of them are connected. */
struct vchan_listener {
    struct vchan_offers *offers; /**< NULL: there is none */
    sd_event_source *source;
    int told_failure; /**< errno value that was said last */
    struct vchan_guest guests[XHM_MAX_PARTITIONS];
};

/** Begins to offer. @return false with a sentence in @p error */
bool vchan_listener_open(struct xhm_control *control, char error[XHM_ERROR_SIZE]);

/** Follows the core: offers begin with an instance that has a role, and end with it. Memory only while nothing changes.
 */
void vchan_listener_observe(struct xhm_control *control);

/** Partitions were renumbered. */
void vchan_listener_renumber(struct xhm_control *control, const uint32_t origin[XHM_MAX_PARTITIONS]);

/** Ends all offers. */
void vchan_listener_close(struct vchan_listener *listener);

#endif
