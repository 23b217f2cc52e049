#include "xen_domains.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#define KIB_PER_PAGE (XC_PAGE_SIZE / 1024)

static bool has_flag(const xc_domaininfo_t *domain, uint32_t flag) {
    return (domain->flags & flag) != 0;
}

static void convert(const xc_domaininfo_t *domain, struct xhm_domain_reading *reading) {
    *reading = (struct xhm_domain_reading){
        .domid = domain->domain,
        .dying = has_flag(domain, XEN_DOMINF_dying),
        .shutdown = has_flag(domain, XEN_DOMINF_shutdown),
        .paused = has_flag(domain, XEN_DOMINF_paused),
        .online_vcpus = domain->nr_online_vcpus,
        .vcpu_slots = domain->max_vcpu_id == XEN_INVALID_MAX_VCPU_ID ? 0 : domain->max_vcpu_id + 1,
        .memory_kib = domain->tot_pages * KIB_PER_PAGE,
        .memory_limit_kib = domain->max_pages * KIB_PER_PAGE,
        .cpu_time_ns = domain->cpu_time,
        .cpupool_id = domain->cpupool,
        .shared_kib = domain->shr_pages * KIB_PER_PAGE,
        .paged_kib = domain->paged_pages * KIB_PER_PAGE,
        .outstanding_kib = domain->outstanding_pages * KIB_PER_PAGE,
    };
    if (reading->shutdown) {
        reading->reason = (uint8_t)((domain->flags >> XEN_DOMINF_shutdownshift) & XEN_DOMINF_shutdownmask);
    }
    _Static_assert(sizeof(domain->handle) == sizeof(reading->uuid.bytes), "a domain handle is a UUID");
    memcpy(reading->uuid.bytes, domain->handle, sizeof(reading->uuid.bytes));
}

static int read_list(struct xhm_xen *xen, uint32_t first_domid, uint32_t count) {
    xen->hypercalls++;
    return xc_domain_getinfolist(xen->interface, first_domid, count, xen->domains);
}

/* @return false when there is no room for them all */
static bool append(const xc_domaininfo_t *domains, uint32_t count, struct xhm_observation *observation) {
    if (count > XHM_MAX_DOMAINS - observation->domain_count) {
        return false;
    }
    for (uint32_t i = 0; i < count; i++) {
        convert(&domains[i], &observation->domains[observation->domain_count++]);
    }
    return true;
}

static enum xhm_sight observe_all(struct xhm_xen *xen, struct xhm_observation *observation) {
    uint32_t first_domid = 0;

    for (;;) {
        const int answer = read_list(xen, first_domid, XHM_XEN_DOMAINS_PER_CALL);

        if (answer < 0 || !append(xen->domains, (uint32_t)answer, observation)) {
            return XHM_SIGHT_UNKNOWN;
        }
        if ((uint32_t)answer < XHM_XEN_DOMAINS_PER_CALL) {
            return XHM_SIGHT_KNOWN;
        }
        first_domid = xen->domains[answer - 1].domain + 1u;
    }
}

void xen_domains_observe(struct xhm_xen *xen, struct xhm_observation *observation) {
    observation->domain_count = 0;
    observation->domains_sight = observe_all(xen, observation);
    if (observation->domains_sight != XHM_SIGHT_KNOWN) {
        observation->domain_count = 0;
    }
}

/* @return the entry of @p domid if it is the instance with @p uuid, or NULL with a sentence in @p error */
static const xc_domaininfo_t *find_instance(struct xhm_xen *xen, uint16_t domid, const struct xhm_uuid *uuid,
                                            const char *verb, char error[XHM_ERROR_SIZE]) {
    const xc_domaininfo_t *domain = &xen->domains[0];
    const int answer = read_list(xen, domid, 1);

    if (answer < 0) {
        snprintf(error, XHM_ERROR_SIZE, "cannot %s domain %u: reading its identity before: %s", verb, (unsigned)domid,
                 strerror(errno));
        return NULL;
    }
    if (answer == 0 || domain->domain != domid) {
        snprintf(error, XHM_ERROR_SIZE, "cannot %s domain %u: it is gone", verb, (unsigned)domid);
        return NULL;
    }
    if (memcmp(domain->handle, uuid->bytes, sizeof(uuid->bytes)) != 0) {
        snprintf(error, XHM_ERROR_SIZE, "did not %s domain %u: it now has another UUID than the instance meant", verb,
                 (unsigned)domid);
        return NULL;
    }
    return domain;
}

bool xen_domains_stop(struct xhm_xen *xen, uint16_t domid, const struct xhm_uuid *uuid, char error[XHM_ERROR_SIZE]) {
    const xc_domaininfo_t *domain = find_instance(xen, domid, uuid, "stop", error);

    if (domain == NULL) {
        return false;
    }
    if (has_flag(domain, XEN_DOMINF_shutdown | XEN_DOMINF_dying)) {
        return true;
    }
    xen->hypercalls++;
    if (xc_domain_shutdown(xen->interface, domid, XHM_SHUTDOWN_WATCHDOG) != 0) {
        snprintf(error, XHM_ERROR_SIZE, "cannot shut domain %u down: %s", (unsigned)domid, strerror(errno));
        return false;
    }
    return true;
}

bool xen_domains_pause(struct xhm_xen *xen, uint16_t domid, const struct xhm_uuid *uuid, char error[XHM_ERROR_SIZE]) {
    if (find_instance(xen, domid, uuid, "pause", error) == NULL) {
        return false;
    }
    xen->hypercalls++;
    if (xc_domain_pause(xen->interface, domid) != 0) {
        snprintf(error, XHM_ERROR_SIZE, "cannot pause domain %u: %s", (unsigned)domid, strerror(errno));
        return false;
    }
    return true;
}

bool xen_domains_unpause(struct xhm_xen *xen, uint16_t domid, const struct xhm_uuid *uuid, char error[XHM_ERROR_SIZE]) {
    if (find_instance(xen, domid, uuid, "unpause", error) == NULL) {
        return false;
    }
    xen->hypercalls++;
    if (xc_domain_unpause(xen->interface, domid) != 0) {
        snprintf(error, XHM_ERROR_SIZE, "cannot unpause domain %u: %s", (unsigned)domid, strerror(errno));
        return false;
    }
    return true;
}
