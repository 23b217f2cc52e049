#include "vcpu_stop.h"

#include <errno.h>
#include <stdbool.h>

/* The vCPU's whole context is written back as it was read, but for the one flag; in between nothing of the domain may
 * run. */
static int set_online(xc_interface *xen, uint32_t domid, uint32_t vcpu, bool online) {
    vcpu_guest_context_any_t context;

    if (xc_vcpu_getcontext(xen, domid, vcpu, &context) != 0) {
        return -errno;
    }
    context.c.flags = online ? context.c.flags | VGCF_online : context.c.flags & ~(unsigned long)VGCF_online;
    return xc_vcpu_setcontext(xen, domid, vcpu, &context) == 0 ? 0 : -errno;
}

static int set_online_paused(xc_interface *xen, uint32_t domid, uint32_t vcpu, bool online) {
    int result = xc_domain_pause(xen, domid) == 0 ? 0 : -errno;

    if (result == 0) {
        result = set_online(xen, domid, vcpu, online);
        if (xc_domain_unpause(xen, domid) != 0 && result == 0) {
            result = -errno;
        }
    }
    return result;
}

int vcpu_stop(xc_interface *xen, uint32_t domid, uint32_t vcpu) {
    return set_online_paused(xen, domid, vcpu, false);
}

int vcpu_continue(xc_interface *xen, uint32_t domid, uint32_t vcpu) {
    return set_online_paused(xen, domid, vcpu, true);
}
