// SPDX-License-Identifier: Apache-2.0
#include "xl_domain.h"

#include <string.h>

bool xl_domain_has(const struct xhm_xl_domain *domain, enum xhm_xl_key key) {
    return domain->values[key].state == XHM_XL_READ;
}

bool xl_domain_is_paravirtualised(const struct xhm_xl_domain *domain) {
    return !xl_domain_has(domain, XHM_XL_TYPE) || strcmp(domain->values[XHM_XL_TYPE].text, "pv") == 0;
}

const char *xl_domain_created_otherwise(const struct xhm_partition_policy *partition) {
    static const char *const by_identity[] = {
        [XHM_IDENTITY_STATIC_DOMID] = "it has a fixed domid: the boot loader creates it, not xl",
        [XHM_IDENTITY_DOM0] = "it is dom0: Xen creates it, not xl",
    };
    return by_identity[partition->identity.kind];
}

const char *xl_domain_backend(const struct xhm_policy *policy, const struct xhm_device_policy *device) {
    const uint32_t number = device->backend_number;
    const bool dom0 = number == 0 || policy->partitions[number - 1].identity.kind == XHM_IDENTITY_DOM0;
    return dom0 ? NULL : policy->partitions[number - 1].name;
}
