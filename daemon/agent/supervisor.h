// SPDX-License-Identifier: Apache-2.0
/**
 * Where the supervisor is: dom0 or a domain of its own, which is recognised by its UUID and may have another domid
 * tomorrow.
 */
#ifndef XHM_AGENT_SUPERVISOR_H
#define XHM_AGENT_SUPERVISOR_H

#include "domains.h"

#include <stdbool.h>
#include <stdint.h>
#include <xenctrl.h>

/** All zero: no domain is followed. */
struct agent_supervisor {
    bool is_followed; /**< --supervisor was given */
    bool is_known;    /**< the domain was seen, now or earlier */
    uint8_t uuid[DOMAINS_UUID_SIZE];
    uint16_t domid;   /**< when known */
    char address[48]; /**< for xhm_client: "vchan:DOMID:PATH", the agent's own place */
};

/** Reads the UUID that is to be followed. @return false when @p text is none, or the null UUID */
bool supervisor_parse(const char *text, struct agent_supervisor *supervisor);

/**
 * Looks for the domain in Xen's list, which does not wait.
 * @return true when a new instance of it was found: domid and address are its. An instance that is gone is nothing new:
 * what was told of it holds until there is another.
 */
bool supervisor_look(xc_interface *xen, struct agent_supervisor *supervisor);

#endif
