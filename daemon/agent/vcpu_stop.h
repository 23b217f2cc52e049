/**
 * Stops one vCPU of a domain, and not the domain, for fault injections: Xen is told that the vCPU is offline, of which
 * the guest knows nothing.
 */
#ifndef XHM_AGENT_VCPU_STOP_H
#define XHM_AGENT_VCPU_STOP_H

#include <stdint.h>
#include <xenctrl.h>

/** Stops @p vcpu, until vcpu_continue() or the end of the domain. @return 0 or a negative errno value */
int vcpu_stop(xc_interface *xen, uint32_t domid, uint32_t vcpu);

/** Lets it go on where it was stopped. @return 0 or a negative errno value */
int vcpu_continue(xc_interface *xen, uint32_t domid, uint32_t vcpu);

#endif
