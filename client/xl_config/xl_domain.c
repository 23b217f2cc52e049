// SPDX-License-Identifier: Apache-2.0
#include "xl_domain.h"

#include <string.h>

#define NS_PER_US 1000u

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

bool xl_domain_declares_rtds(const struct xhm_partition_policy *partition) {
    for (uint32_t vcpu = 0; vcpu < partition->vcpu_count; vcpu++) {
        if (partition->vcpus[vcpu].rtds.period_ns != 0) {
            return true;
        }
    }
    return false;
}

/* Xen lets every new vCPU use idle time, and has one period for all vCPUs of a domain when it is created. */
uint64_t xl_domain_rtds_period_us(const struct xhm_partition_policy *partition) {
    uint64_t period_ns = 0;
    for (uint32_t vcpu = 0; vcpu < partition->vcpu_count; vcpu++) {
        const struct xhm_rtds_policy *rtds = &partition->vcpus[vcpu].rtds;
        const bool can_be_said = rtds->extratime && rtds->budget_ns == XHM_XL_RTDS_BUDGET_US * NS_PER_US &&
                                 (period_ns == 0 || period_ns == rtds->period_ns);
        if (rtds->period_ns != 0 && !can_be_said) {
            return 0;
        }
        period_ns = rtds->period_ns != 0 ? rtds->period_ns : period_ns;
    }
    return period_ns / NS_PER_US;
}
