/**
 * Scheduling parameters of a vCPU, as Xen's schedulers keep them.
 */
#ifndef XHM_XEN_SCHEDULING_H
#define XHM_XEN_SCHEDULING_H

#include "xen_connection.h"

/**
 * Reads the parameters that vCPU @p vcpu of domain @p domid has under @p scheduler: XHM_SCHEDULER_RTDS, or
 * XHM_SCHEDULER_CREDIT2, which keeps them for the whole domain. Any other scheduler has none: nothing is asked. The
 * vCPU must have been seen right before.
 */
void xen_scheduling_observe(struct xhm_xen *xen, uint16_t domid, uint16_t vcpu, enum xhm_scheduler scheduler,
                            struct xhm_scheduling_reading *reading);

#endif
