#include "facts_gather.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#define KIB_PER_PAGE     (XC_PAGE_SIZE / 1024)
#define DOMAINS_PER_CALL 32

/* @return the number of domains, or -1 when they cannot be read or are more than fit */
static int list_domains(xc_interface *xen, xc_domaininfo_t domains[XHM_MAX_FACT_DOMAINS]) {
    xc_domaininfo_t part[DOMAINS_PER_CALL];
    uint32_t first_domid = 0;
    int total = 0;

    for (;;) {
        const int count = xc_domain_getinfolist(xen, first_domid, DOMAINS_PER_CALL, part);

        if (count < 0) {
            fprintf(stderr, "cannot read the domain list: %s\n", strerror(errno));
            return -1;
        }
        for (int i = 0; i < count; i++) {
            if ((part[i].flags & XEN_DOMINF_dying) != 0) {
                continue;
            }
            if (total == XHM_MAX_FACT_DOMAINS) {
                fprintf(stderr, "cannot tell of more than %d domains (build option max_domains)\n",
                        XHM_MAX_FACT_DOMAINS);
                return -1;
            }
            domains[total++] = part[i];
        }
        if (count < DOMAINS_PER_CALL) {
            return total;
        }
        first_domid = part[count - 1].domain + 1u;
    }
}

/* Only domains with translated memory can have it; some architectures do not know it at all. */
static void read_pod(xc_interface *xen, const xc_domaininfo_t *from, struct xhm_domain_facts *domain) {
    uint64_t total_pages = 0;
    uint64_t cached_pages = 0;
    uint64_t entries = 0;

    if ((from->flags & XEN_DOMINF_hvm_guest) == 0) {
        domain->pod = XHM_FACTS_NOT_AVAILABLE;
    } else if (xc_domain_get_pod_target(xen, from->domain, &total_pages, &cached_pages, &entries) == 0) {
        domain->pod_kib = entries * KIB_PER_PAGE;
        domain->pod = XHM_FACTS_KNOWN;
    } else if (errno == ENOSYS || errno == EOPNOTSUPP) {
        domain->pod = XHM_FACTS_NOT_AVAILABLE;
    } else {
        fprintf(stderr, "cannot read what domain %u has to populate: %s\n", (unsigned)from->domain, strerror(errno));
    }
}

static void read_domain(const struct facts_sources *sources, const xc_domaininfo_t *from,
                        struct xhm_domain_facts *domain) {
    domain->domid = from->domain;
    memcpy(domain->uuid.bytes, from->handle, sizeof(domain->uuid.bytes));
    read_pod(sources->xen, from, domain);
    facts_read_devices(sources, domain);
    facts_read_assigned(sources, domain);
    facts_read_shares(sources, domain);
}

void facts_read_domains(const struct facts_sources *sources, struct xhm_facts *facts) {
    static xc_domaininfo_t domains[XHM_MAX_FACT_DOMAINS];
    const int count = list_domains(sources->xen, domains);

    if (count < 0) {
        return;
    }
    for (int i = 0; i < count; i++) {
        read_domain(sources, &domains[i], &facts->domain[i]);
    }
    facts->domain_count = (uint32_t)count;
    facts->domains = XHM_FACTS_KNOWN;
    facts_read_counters(facts->domain_count, facts->domain);
}
