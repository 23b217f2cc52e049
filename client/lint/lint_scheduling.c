// SPDX-License-Identifier: Apache-2.0
#include "lint_rules.h"

#include <inttypes.h>
#include <string.h>

#define NS_PER_US 1000u

const char *lint_scheduling_pool(const struct xhm_xl_domain *domain) {
    return xl_domain_has(domain, XHM_XL_POOL) ? domain->values[XHM_XL_POOL].text : "Pool-0";
}

void lint_scheduling_compare_pool(const struct lint_pair *pair, enum xhm_xl_key key) {
    const struct xhm_partition_policy *partition = pair->partition;
    const enum xhm_xl_state state = pair->file->domain->values[key].state;
    if (partition->cpupool_number == 0) {
        lint_tell_unchecked(pair->file, key, "not checked: partition %s declares no cpupool", partition->name);
        return;
    }
    const char *declared = pair->policy->cpupools[partition->cpupool_number - 1].name;
    const char *pool = lint_scheduling_pool(pair->file->domain);
    if (state != XHM_XL_UNREADABLE && strcmp(pool, declared) != 0) {
        lint_tell(pair->file, key, "%s\"%s\", but partition %s declares cpupool %s",
                  state == XHM_XL_ABSENT ? "is not given, and xl takes " : "", pool, partition->name, declared);
    }
}

/* Of credit2, with what Xen takes when nothing is given. */
static void compare_share(const struct lint_pair *pair, enum xhm_xl_key key, uint32_t declared, uint32_t fallback) {
    const struct xhm_xl_value *value = &pair->file->domain->values[key];
    const uint64_t given = value->state == XHM_XL_READ ? value->number : fallback;
    if (pair->partition->credit2.weight == 0) {
        lint_tell_unchecked(pair->file, key, "not checked: partition %s declares no credit2", pair->partition->name);
    } else if (value->state != XHM_XL_UNREADABLE && given != declared) {
        lint_tell(pair->file, key, "%s%" PRIu64 ", but partition %s declares %u",
                  value->state == XHM_XL_ABSENT ? "is not given, and Xen takes " : "", given, pair->partition->name,
                  declared);
    }
}

void lint_scheduling_weight(const struct lint_pair *pair, enum xhm_xl_key key) {
    compare_share(pair, key, pair->partition->credit2.weight, 256);
}

void lint_scheduling_cap(const struct lint_pair *pair, enum xhm_xl_key key) {
    compare_share(pair, key, pair->partition->credit2.cap, 0);
}

/* xl gives all vCPUs of a domain the same period, when it creates it. */
static void compare_period(const struct lint_pair *pair, enum xhm_xl_key key, const char *before, uint64_t period_us) {
    const struct xhm_partition_policy *partition = pair->partition;
    for (uint32_t vcpu = 0; vcpu < partition->vcpu_count; vcpu++) {
        const uint64_t declared_us = partition->vcpus[vcpu].rtds.period_ns / NS_PER_US;
        if (declared_us != 0 && declared_us != period_us) {
            lint_tell(pair->file, key, "%s%" PRIu64 "us, but partition %s declares %" PRIu64 "us for vCPU %u", before,
                      period_us, partition->name, declared_us, vcpu);
            return;
        }
    }
}

void lint_scheduling_period(const struct lint_pair *pair, enum xhm_xl_key key) {
    const struct xhm_partition_policy *partition = pair->partition;
    const struct xhm_xl_value *value = &pair->file->domain->values[key];
    if (!xl_domain_declares_rtds(partition)) {
        lint_tell_unchecked(pair->file, key, "not checked: partition %s declares no rtds", partition->name);
        return;
    }
    if (value->state == XHM_XL_READ) {
        compare_period(pair, key, "", value->number);
    } else if (value->state == XHM_XL_ABSENT && xl_domain_rtds_period_us(partition) != 0) {
        compare_period(pair, key, "is not given, and Xen takes ", XHM_XL_RTDS_PERIOD_US);
    }
    if (value->state == XHM_XL_READ && value->number < XHM_XL_RTDS_BUDGET_US) {
        lint_tell(pair->file, key, "%" PRIu64 "us is below Xen's own budget of %uus: xl creates no such domain",
                  value->number, XHM_XL_RTDS_BUDGET_US);
    }
}

static bool needs_sched_rtds(const struct lint_pair *pair) {
    return xl_domain_declares_rtds(pair->partition) && xl_domain_rtds_period_us(pair->partition) == 0;
}

static bool declares_frames(const struct lint_pair *pair) {
    const uint32_t pool = pair->partition->cpupool_number;
    return pool != 0 && pair->policy->cpupools[pool - 1].major_frame_ns != 0;
}

static bool declares_cache(const struct lint_pair *pair) {
    return pair->partition->cache.l3_mask != 0 || pair->partition->cache.bandwidth_percent != 0;
}

static bool declares_whole_cores(const struct lint_pair *pair) {
    for (uint32_t vcpu = 0; vcpu < pair->partition->vcpu_count; vcpu++) {
        if (pair->partition->vcpus[vcpu].whole_core) {
            return true;
        }
    }
    return false;
}

/* What a partition declares, and no configuration of it can say. */
static const struct {
    bool (*is_declared)(const struct lint_pair *pair);
    const char *what;
    const char *sentence;
} beyond[] = {
    {needs_sched_rtds, "rtds", "no xl file says these servers: xl sched-rtds sets them after each creation"},
    {declares_frames, "frames", "no xl file has an ARINC 653 schedule: it is set for the cpupool"},
    {declares_cache, "cache", "no xl file has shares of the cache: xl psr-cat-set sets them after each creation"},
    {declares_whole_cores, "whole_core", "which pCPUs are siblings only the ECU knows"},
};

void lint_scheduling_tell_beyond(const struct lint_pair *pair) {
    for (size_t i = 0; i < sizeof(beyond) / sizeof(beyond[0]); i++) {
        if (beyond[i].is_declared(pair)) {
            messages_add(pair->file->unchecked, (struct xhm_mark){0}, beyond[i].what, "not checked: %s",
                         beyond[i].sentence);
        }
    }
}
