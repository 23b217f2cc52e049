/**
 * One look at one vCPU.
 */
#ifndef XHM_XEN_VCPUS_H
#define XHM_XEN_VCPUS_H

#include "xen_connection.h"

/**
 * Reads where @p vcpu of @p domid runs and may run, and what share it has: the parameters that it has under
 * @p scheduling, XHM_SCHEDULER_ANY to ask for none. XHM_SIGHT_UNKNOWN when it or its domain is not there (any more).
 */
void xen_vcpus_observe(struct xhm_xen *xen, uint16_t domid, uint16_t vcpu, enum xhm_scheduler scheduling,
                       struct xhm_vcpu_reading *reading);

#endif
