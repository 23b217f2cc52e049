#include "injection_parts.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

static bool is_pcpu_storable(xc_interface *xen) {
    const int size = xc_get_cpumap_size(xen);

    return size > 0 && (size_t)size <= INJECTION_CPUMAP_BYTES;
}

/* Xen writes the mask that took effect back, so the caller's copy must not be the one that is remembered. */
static int set_affinity(xc_interface *xen, uint32_t domid, int vcpu, const uint8_t affinity[INJECTION_CPUMAP_BYTES]) {
    uint8_t mask[INJECTION_CPUMAP_BYTES];

    memcpy(mask, affinity, sizeof(mask));
    return xc_vcpu_setaffinity(xen, domid, vcpu, mask, NULL, XEN_VCPUAFFINITY_HARD);
}

static enum step_result pin_vcpu(struct agent_job *job, const xc_domaininfo_t *domain, int vcpu) {
    const struct injection_wish *wish = job->details;
    struct injection_undo undo = injection_undo_make(job, INJECTION_UNDO_PIN, domain);
    uint8_t target[INJECTION_CPUMAP_BYTES] = {0};

    undo.vcpu = vcpu;
    if (!is_pcpu_storable(job->agent->xen) || wish->target_pcpu >= INJECTION_CPUMAP_BYTES * 8) {
        return jobs_fail(job, "cannot pin domain %u to pCPU %" PRIu32 ": no room for so many pCPUs",
                         (unsigned)domain->domain, wish->target_pcpu);
    }
    if (xc_vcpu_getaffinity(job->agent->xen, domain->domain, vcpu, undo.affinity, NULL, XEN_VCPUAFFINITY_HARD) != 0) {
        return jobs_fail(job, "cannot read the affinity of vCPU %d of domain %u: %s", vcpu, (unsigned)domain->domain,
                         strerror(errno));
    }
    if (injection_undo_remember(job, &undo) != STEP_NEXT) {
        return STEP_FAILED;
    }
    target[wish->target_pcpu / 8] = (uint8_t)(1u << wish->target_pcpu % 8);
    if (set_affinity(job->agent->xen, domain->domain, vcpu, target) != 0) {
        return jobs_fail(job, "cannot pin vCPU %d of domain %u to pCPU %" PRIu32 ": %s", vcpu, (unsigned)domain->domain,
                         wish->target_pcpu, strerror(errno));
    }
    return STEP_NEXT;
}

enum step_result injection_pin(struct agent_job *job) {
    const struct injection_wish *wish = job->details;

    return pin_vcpu(job, &wish->domain, 0);
}

enum step_result injection_pin_other(struct agent_job *job) {
    const struct injection_wish *wish = job->details;
    enum step_result result = STEP_NEXT;

    for (uint32_t vcpu = 0; result == STEP_NEXT && vcpu <= wish->other_domain.max_vcpu_id; vcpu++) {
        result = pin_vcpu(job, &wish->other_domain, (int)vcpu);
    }
    return result;
}

enum step_result injection_pin_end(struct agent_job *job, const struct injection_undo *undo) {
    if (set_affinity(job->agent->xen, undo->domid, undo->vcpu, undo->affinity) != 0) {
        return jobs_fail(job, "cannot restore the affinity of vCPU %d of domain %" PRIu32 ": %s", undo->vcpu,
                         undo->domid, strerror(errno));
    }
    return STEP_NEXT;
}
