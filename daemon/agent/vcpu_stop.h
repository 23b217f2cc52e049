/**
 * Stops one vCPU of a domain, and not the domain, for fault injections. Xen has this for its debugger (gdbsx), on x86
 * only; libxenctrl has no function for it.
 */
#ifndef XHM_AGENT_VCPU_STOP_H
#define XHM_AGENT_VCPU_STOP_H

#include <stdint.h>
#include <xenctrl.h>

/** Stops @p vcpu, until vcpu_continue() or the end of the domain. @return 0 or a negative errno value */
int vcpu_stop(xc_interface *xen, uint32_t domid, uint32_t vcpu);

/** Takes one vcpu_stop() back. @return 0 or a negative errno value */
int vcpu_continue(xc_interface *xen, uint32_t domid, uint32_t vcpu);

#endif
