/**
 * Looking domains up in Xen's own list, which needs no xenstore and does not wait.
 */
#ifndef XHM_AGENT_DOMAINS_H
#define XHM_AGENT_DOMAINS_H

#include <stdbool.h>
#include <stdint.h>
#include <xenctrl.h>

/** Bytes of a domain's UUID. */
#define DOMAINS_UUID_SIZE 16

/**
 * Finds the live domain with @p uuid. Dying entries never match: they may stay for a while and are dead already.
 * @return 1 with *@p found (may be NULL), 0 when there is none, or a negative errno value
 */
int domains_find(xc_interface *xen, const uint8_t uuid[DOMAINS_UUID_SIZE], xc_domaininfo_t *found);

/** Reads domain @p domid, if it lives. @return as domains_find() */
int domains_read(xc_interface *xen, uint32_t domid, xc_domaininfo_t *found);

#endif
