#include "facts_gather.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

/* Xen's ways to say that the processor, or this build of Xen, does not have it. */
static bool is_lack(int cause) {
    return cause == ENODEV || cause == ENOENT || cause == EOPNOTSUPP || cause == ENOSYS;
}

static enum xhm_availability explain(const char *what, uint32_t domid) {
    if (is_lack(errno)) {
        return XHM_FACTS_NOT_AVAILABLE;
    }
    fprintf(stderr, "cannot read %s of domain %u: %s\n", what, domid, strerror(errno));
    return XHM_FACTS_UNKNOWN;
}

/* With code and data prioritised apart there are two masks; only if they are equal are they one. */
static bool read_mask(xc_interface *xen, uint32_t domid, uint32_t socket, bool is_apart, uint64_t *mask) {
    uint64_t data = 0;

    if (!is_apart) {
        return xc_psr_get_domain_data(xen, domid, XC_PSR_CAT_L3_CBM, socket, mask) == 0;
    }
    if (xc_psr_get_domain_data(xen, domid, XC_PSR_CAT_L3_CBM_CODE, socket, mask) != 0 ||
        xc_psr_get_domain_data(xen, domid, XC_PSR_CAT_L3_CBM_DATA, socket, &data) != 0) {
        return false;
    }
    errno = EXDEV;
    return *mask == data;
}

static enum xhm_availability read_cache(xc_interface *xen, struct xhm_domain_facts *domain) {
    xc_psr_hw_info hardware = {0};

    if (xc_psr_get_hw_info(xen, 0, XC_PSR_CAT_L3, &hardware) != 0 ||
        !read_mask(xen, domain->domid, 0, hardware.cat.cdp_enabled, &domain->l3_mask[0])) {
        return explain("the cache mask", domain->domid);
    }
    domain->l3_mask[1] = domain->l3_mask[0];
    if (xc_psr_get_hw_info(xen, 1, XC_PSR_CAT_L3, &hardware) != 0) {
        return errno == ERANGE || is_lack(errno) ? XHM_FACTS_KNOWN : explain("the cache mask", domain->domid);
    }
    return read_mask(xen, domain->domid, 1, hardware.cat.cdp_enabled, &domain->l3_mask[1])
               ? XHM_FACTS_KNOWN
               : explain("the second cache mask", domain->domid);
}

static enum xhm_availability read_bandwidth(xc_interface *xen, struct xhm_domain_facts *domain) {
    xc_psr_hw_info hardware = {0};
    uint64_t throttle = 0;

    if (xc_psr_get_hw_info(xen, 0, XC_PSR_MBA, &hardware) != 0 ||
        xc_psr_get_domain_data(xen, domain->domid, XC_PSR_MBA_THRTL, 0, &throttle) != 0) {
        return explain("the memory bandwidth", domain->domid);
    }
    domain->bandwidth_percent = (uint32_t)throttle;
    return XHM_FACTS_KNOWN;
}

void facts_read_shares(const struct facts_sources *sources, struct xhm_domain_facts *domain) {
    domain->cache = read_cache(sources->xen, domain);
    domain->bandwidth = read_bandwidth(sources->xen, domain);
}
