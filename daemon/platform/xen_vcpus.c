#include "xen_vcpus.h"
#include "xen_scheduling.h"

#include <string.h>

static void convert_cpumap(const struct xhm_xen *xen, struct xhm_pcpu_set *set) {
    memset(set, 0, sizeof(*set));
    for (uint32_t pcpu = 0; pcpu < xen->pcpus; pcpu++) {
        if ((xen->cpumap[pcpu / 8] & 1u << pcpu % 8) != 0) {
            set->words[pcpu / 64] |= UINT64_C(1) << pcpu % 64;
        }
    }
}

static bool read_state(struct xhm_xen *xen, struct xhm_vcpu_reading *reading) {
    xc_vcpuinfo_t state;

    xen->hypercalls++;
    if (xc_vcpu_getinfo(xen->interface, reading->domid, reading->vcpu, &state) != 0) {
        return false;
    }
    reading->online = state.online != 0;
    reading->pcpu = state.cpu;
    return true;
}

static bool read_affinity(struct xhm_xen *xen, struct xhm_vcpu_reading *reading) {
    memset(xen->cpumap, 0, xen->cpumap_bytes);
    xen->hypercalls++;
    if (xc_vcpu_getaffinity(xen->interface, reading->domid, reading->vcpu, xen->cpumap, NULL, XEN_VCPUAFFINITY_HARD) !=
        0) {
        return false;
    }
    convert_cpumap(xen, &reading->hard_affinity);
    return true;
}

void xen_vcpus_observe(struct xhm_xen *xen, uint16_t domid, uint16_t vcpu, enum xhm_scheduler scheduling,
                       struct xhm_vcpu_reading *reading) {
    *reading = (struct xhm_vcpu_reading){.domid = domid, .vcpu = vcpu};
    if (!read_state(xen, reading) || !read_affinity(xen, reading)) {
        reading->sight = XHM_SIGHT_UNKNOWN;
        return;
    }
    reading->sight = XHM_SIGHT_KNOWN;
    xen_scheduling_observe(xen, domid, vcpu, scheduling, &reading->scheduling);
}
