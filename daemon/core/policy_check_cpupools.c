// SPDX-License-Identifier: Apache-2.0
#include "pcpu_set.h"
#include "policy_check_parts.h"
#include "policy_share.h"

#include <string.h>

static bool is_of_pool_name(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_';
}

static bool is_pool_name(const struct xhm_cpupool_policy *it) {
    return policy_check_is_text(it->name, XHM_NAME_SIZE, is_of_pool_name);
}

static void check_pool_unique(struct policy_check *check, struct xhm_finding place) {
    const struct xhm_cpupool_policy *it = &check->policy->cpupools[place.cpupool];
    uint32_t name = CHECK_NOWHERE;
    uint32_t pcpu = CHECK_NOWHERE;
    uint32_t arinc = CHECK_NOWHERE;

    for (uint32_t i = place.cpupool; i-- > 0;) {
        const struct xhm_cpupool_policy *earlier = &check->policy->cpupools[i];

        name = is_pool_name(it) && is_pool_name(earlier) && strcmp(it->name, earlier->name) == 0 ? i : name;
        pcpu = pcpu_set_overlaps(&it->pcpus, &earlier->pcpus) ? i : pcpu;
        arinc = it->scheduler == XHM_SCHEDULER_ARINC653 && earlier->scheduler == XHM_SCHEDULER_ARINC653 ? i : arinc;
    }
    policy_check_require_first(check, name, CHECK_FOUND(POOL_NAME_TWICE), place);
    policy_check_require_first(check, pcpu, CHECK_FOUND(POOL_COMMON_PCPU), place);
    policy_check_require_first(check, arinc, CHECK_FOUND(POOL_ARINC_TWICE), place);
}

/* A duration that is out of range is reported at its own place, and adds nothing here. */
static uint64_t sum_of_frames(const struct xhm_cpupool_policy *it) {
    uint64_t sum_ns = 0;

    for (uint32_t i = 0; i < it->frame_count; i++) {
        sum_ns += it->frames[i].duration_ns <= CHECK_HOUR ? it->frames[i].duration_ns : 0;
    }
    return sum_ns;
}

static void check_schedule(struct policy_check *check, struct xhm_finding place) {
    const struct xhm_cpupool_policy *it = &check->policy->cpupools[place.cpupool];
    const bool has_schedule = it->major_frame_ns != 0 || it->frame_count != 0;
    const bool major_sound = it->frame_count != 0 && policy_check_is_within(it->major_frame_ns, 1, CHECK_HOUR);

    if (!has_schedule) {
        return;
    }
    policy_check_require(check, it->scheduler == XHM_SCHEDULER_ARINC653, CHECK_FOUND(POOL_FRAMES_SCHEDULER), place);
    policy_check_require(check, major_sound, CHECK_FOUND(POOL_MAJOR_FRAME), place);
    policy_check_require(check, !major_sound || sum_of_frames(it) <= it->major_frame_ns, CHECK_FOUND(POOL_FRAMES_SUM),
                         place);
}

static void check_frame(struct policy_check *check, struct xhm_finding place) {
    const struct xhm_frame_policy *it = &check->policy->cpupools[place.cpupool].frames[place.frame];

    policy_check_require(check, policy_check_is_within(it->duration_ns, 1, CHECK_HOUR), CHECK_FOUND(FRAME_DURATION),
                         place);
    if (it->partition_number == 0) {
        return;
    }
    const struct xhm_partition_policy *partition = &check->policy->partitions[it->partition_number - 1];

    policy_check_require(check, partition->cpupool_number == place.cpupool + 1, CHECK_FOUND(FRAME_PARTITION), place);
    policy_check_require(check, partition->vcpu_count == 0 || it->vcpu < partition->vcpu_count, CHECK_FOUND(FRAME_VCPU),
                         place);
}

static bool is_scheduler(enum xhm_scheduler scheduler) {
    return scheduler == XHM_SCHEDULER_ANY ||
           policy_check_is_within((uint64_t)scheduler, XHM_SCHEDULER_CREDIT, XHM_SCHEDULER_NULL);
}

void policy_check_cpupools(struct policy_check *check) {
    struct xhm_finding place = policy_check_nowhere;

    for (place.cpupool = 0; place.cpupool < check->policy->cpupool_count; place.cpupool++) {
        const struct xhm_cpupool_policy *it = &check->policy->cpupools[place.cpupool];

        policy_check_require(check, is_pool_name(it), CHECK_FOUND(POOL_NAME), place);
        policy_check_require(check, is_scheduler(it->scheduler), CHECK_FOUND(POOL_SCHEDULER_WORD), place);
        check_pool_unique(check, place);
        policy_check_require(check, it->scheduler != XHM_SCHEDULER_ARINC653 || policy_share_count(&it->pcpus) <= 1,
                             CHECK_FOUND(POOL_ARINC_PCPUS), place);
        check_schedule(check, place);
        for (place.frame = 0; place.frame < it->frame_count; place.frame++) {
            check_frame(check, place);
        }
        place.frame = CHECK_NOWHERE;
    }
}
