#include "xen_scheduling.h"

#include <errno.h>

#define NS_PER_US UINT64_C(1000)

static bool read_rtds(struct xhm_xen *xen, uint16_t domid, uint16_t vcpu, struct xhm_scheduling_reading *reading) {
    struct xen_domctl_schedparam_vcpu parameters = {.vcpuid = vcpu};

    if (xc_sched_rtds_vcpu_get(xen->interface, domid, &parameters, 1) != 0) {
        return false;
    }
    reading->rtds = (struct xhm_rtds_policy){
        .period_ns = parameters.u.rtds.period * NS_PER_US,
        .budget_ns = parameters.u.rtds.budget * NS_PER_US,
        .extratime = (parameters.u.rtds.flags & XEN_DOMCTL_SCHEDRT_extra) != 0,
    };
    return true;
}

static bool read_credit2(struct xhm_xen *xen, uint16_t domid, struct xhm_scheduling_reading *reading) {
    struct xen_domctl_sched_credit2 parameters = {0};

    if (xc_sched_credit2_domain_get(xen->interface, domid, &parameters) != 0) {
        return false;
    }
    reading->credit2 = (struct xhm_credit2_policy){.weight = parameters.weight, .cap = parameters.cap};
    return true;
}

/* Xen answers EINVAL to a question about another scheduler than the domain's (sched_adjust() in xen/common/sched), and
 * RTDS to one about a vCPU that there is not, which the caller has excluded. */
void xen_scheduling_observe(struct xhm_xen *xen, uint16_t domid, uint16_t vcpu, enum xhm_scheduler scheduler,
                            struct xhm_scheduling_reading *reading) {
    *reading = (struct xhm_scheduling_reading){.sight = XHM_SIGHT_NOT_DUE, .scheduler = scheduler};
    if (scheduler != XHM_SCHEDULER_RTDS && scheduler != XHM_SCHEDULER_CREDIT2) {
        return;
    }
    xen->hypercalls++;
    errno = 0;
    if (scheduler == XHM_SCHEDULER_RTDS ? read_rtds(xen, domid, vcpu, reading) : read_credit2(xen, domid, reading)) {
        reading->sight = XHM_SIGHT_KNOWN;
    } else {
        reading->sight = XHM_SIGHT_UNKNOWN;
        reading->other_scheduler = errno == EINVAL;
    }
}
