/* domctl.h is for tools of exactly one version of Xen; it is refused by others with EACCES. */
#define __XEN_TOOLS__ 1

#include "vcpu_stop.h"

#include <errno.h>
#include <xen/domctl.h>
#include <xencall.h>

static int send_order(xencall_handle *call, struct xen_domctl *order, const struct xen_domctl *wanted) {
    *order = *wanted;
    return xencall1(call, __HYPERVISOR_domctl, (uint64_t)(uintptr_t)order) < 0 ? -errno : 0;
}

static int call_xen(const struct xen_domctl *wanted) {
    xencall_handle *call = xencall_open(NULL, 0);
    struct xen_domctl *order = call != NULL ? xencall_alloc_buffer(call, sizeof(*order)) : NULL;
    const int result = order != NULL ? send_order(call, order, wanted) : -errno;

    if (order != NULL) {
        xencall_free_buffer(call, order);
    }
    if (call != NULL) {
        xencall_close(call);
    }
    return result;
}

/* The debugger's orders are taken only while the whole domain is paused; the pause of the one vCPU outlasts that. */
static int carry_out(xc_interface *xen, uint32_t command, uint32_t domid, uint32_t vcpu) {
    const struct xen_domctl wanted = {
        .cmd = command,
        .interface_version = XEN_DOMCTL_INTERFACE_VERSION,
        .domain = (domid_t)domid,
        .u.gdbsx_pauseunp_vcpu.vcpu = vcpu,
    };
    int result = xc_domain_pause(xen, domid) == 0 ? 0 : -errno;

    if (result == 0) {
        result = call_xen(&wanted);
        if (xc_domain_unpause(xen, domid) != 0 && result == 0) {
            result = -errno;
        }
    }
    return result;
}

int vcpu_stop(xc_interface *xen, uint32_t domid, uint32_t vcpu) {
    return carry_out(xen, XEN_DOMCTL_gdbsx_pausevcpu, domid, vcpu);
}

int vcpu_continue(xc_interface *xen, uint32_t domid, uint32_t vcpu) {
    return carry_out(xen, XEN_DOMCTL_gdbsx_unpausevcpu, domid, vcpu);
}
