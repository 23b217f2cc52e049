#include "domains.h"

#include <errno.h>
#include <string.h>

#define DOMAINS_PER_CALL 32

static bool is_live(const xc_domaininfo_t *domain) {
    return (domain->flags & XEN_DOMINF_dying) == 0;
}

int domains_find(xc_interface *xen, const uint8_t uuid[DOMAINS_UUID_SIZE], xc_domaininfo_t *found) {
    xc_domaininfo_t domains[DOMAINS_PER_CALL];
    uint32_t first_domid = 0;

    for (;;) {
        const int count = xc_domain_getinfolist(xen, first_domid, DOMAINS_PER_CALL, domains);

        if (count < 0) {
            return -errno;
        }
        for (int i = 0; i < count; i++) {
            if (is_live(&domains[i]) && memcmp(domains[i].handle, uuid, DOMAINS_UUID_SIZE) == 0) {
                if (found != NULL) {
                    *found = domains[i];
                }
                return 1;
            }
        }
        if (count < DOMAINS_PER_CALL) {
            return 0;
        }
        first_domid = domains[count - 1].domain + 1u;
    }
}

int domains_read(xc_interface *xen, uint32_t domid, xc_domaininfo_t *found) {
    const int count = xc_domain_getinfolist(xen, domid, 1, found);

    if (count < 0) {
        return -errno;
    }
    return count == 1 && found->domain == domid && is_live(found) ? 1 : 0;
}
