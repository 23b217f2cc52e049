/**
 * The connection to the hypervisor, and start-up errors that say what is wrong.
 */
#ifndef XHM_XEN_CONNECTION_H
#define XHM_XEN_CONNECTION_H

#include "platform.h"

#include <xenctrl.h>
#include <xentoollog.h>

/**
 * Domain list entries that one call may ask for: what fits, with libxencall's header, into the one-page buffers that it
 * keeps. Larger buffers would be mapped and unmapped in every call.
 */
#define XHM_XEN_DOMAINS_PER_CALL ((XC_PAGE_SIZE - 64) / sizeof(xc_domaininfo_t))

/** An open connection with its buffers. */
struct xhm_xen {
    xc_interface *interface;
    uint32_t pcpus;        /**< of the host */
    uint32_t cpumap_bytes; /**< of `cpumap` */
    xc_cpumap_t cpumap;    /**< for one affinity */
    xc_domaininfo_t domains[XHM_XEN_DOMAINS_PER_CALL];
    uint64_t hypercalls; /**< made by the functions of xen_domains.h, xen_vcpus.h and xen_scheduling.h */
};

/** Throws everything away: Xen's libraries must not write to stderr from the supervision thread; errno says enough. */
struct xentoollog_logger *xen_connection_logger(void);

/** Opens @p xen (all zero before) and warms its buffers up. @return false with a sentence in @p error */
bool xen_connection_open(struct xhm_xen *xen, char error[XHM_ERROR_SIZE]);

/** Ends it. All zero is allowed. */
void xen_connection_close(struct xhm_xen *xen);

#endif
