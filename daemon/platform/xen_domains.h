/**
 * Xen's domain list, and the direct actions on a domain.
 */
#ifndef XHM_XEN_DOMAINS_H
#define XHM_XEN_DOMAINS_H

#include "xen_connection.h"

/** Reads all domains, live and dying. A list that does not fit is XHM_SIGHT_UNKNOWN as a whole: half of it would lie.
 */
void xen_domains_observe(struct xhm_xen *xen, struct xhm_observation *observation);

/**
 * Shuts @p domid down with reason `watchdog`, if it still is the instance with @p uuid. An instance that has shut down
 * or is dying already is stopped: nothing is done, true is returned.
 * @return false with a sentence in @p error
 */
bool xen_domains_stop(struct xhm_xen *xen, uint16_t domid, const struct xhm_uuid *uuid, char error[XHM_ERROR_SIZE]);

/**
 * Pauses @p domid once more, if it still is the instance with @p uuid. Xen counts pauses (to 255): the caller owns this
 * one and takes it back with xen_domains_unpause().
 * @return false with a sentence in @p error
 */
bool xen_domains_pause(struct xhm_xen *xen, uint16_t domid, const struct xhm_uuid *uuid, char error[XHM_ERROR_SIZE]);

/** Takes one pause back, if @p domid still is the instance with @p uuid. @return false with a sentence in @p error */
bool xen_domains_unpause(struct xhm_xen *xen, uint16_t domid, const struct xhm_uuid *uuid, char error[XHM_ERROR_SIZE]);

#endif
