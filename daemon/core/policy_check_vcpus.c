// SPDX-License-Identifier: Apache-2.0
#include "pcpu_set.h"
#include "policy_check_parts.h"

static bool collide(const struct xhm_vcpu_policy *a, const struct xhm_vcpu_policy *b) {
    return (a->exclusive || b->exclusive) && pcpu_set_overlaps(&a->pcpus, &b->pcpus);
}

/* The first vCPU of `it` that collides with any of `earlier`, or CHECK_NOWHERE: one finding for each pair of
 * partitions. */
static uint32_t find_collision(const struct xhm_partition_policy *it, const struct xhm_partition_policy *earlier) {
    for (uint32_t i = 0; i < it->vcpu_count; i++) {
        for (uint32_t j = 0; j < earlier->vcpu_count; j++) {
            if (collide(&it->vcpus[i], &earlier->vcpus[j])) {
                return i;
            }
        }
    }
    return CHECK_NOWHERE;
}

void policy_check_vcpus(struct policy_check *check, struct xhm_finding place) {
    const struct xhm_partition_policy *it = &check->policy->partitions[place.partition];

    for (place.vcpu = 0; place.vcpu < it->vcpu_count; place.vcpu++) {
        policy_check_require(check, !pcpu_set_is_empty(&it->vcpus[place.vcpu].pcpus), CHECK_FOUND(VCPU_EMPTY), place);
        policy_check_require(check, !it->vcpus[place.vcpu].whole_core || it->vcpus[place.vcpu].exclusive,
                             CHECK_FOUND(WHOLE_CORE), place);
    }
    for (place.other = 0; place.other < place.partition; place.other++) {
        place.vcpu = find_collision(it, &check->policy->partitions[place.other]);
        policy_check_require(check, place.vcpu == CHECK_NOWHERE, CHECK_FOUND(PCPU_TWO_OWNERS), place);
    }
}
