// SPDX-License-Identifier: Apache-2.0
/* Rules that concern all domains of a declared cpupool together: what its scheduler can do for them. */
#include "lint_rules.h"

#include <string.h>

#define DEFAULT_SHARE_PERMILLE (XHM_XL_RTDS_BUDGET_US * 1000u / XHM_XL_RTDS_PERIOD_US)

/** The domains of one cpupool. */
struct members {
    const struct xhm_lint_policy *declared;
    const struct xhm_cpupool_policy *pool;
    const struct xhm_lint_file *files;
    size_t count; /**< of files, members or not */
    char path[XHM_NAME_SIZE + sizeof("cpupool ")];
};

static bool is_member(const struct members *members, const struct xhm_lint_file *file) {
    return file->domain->values[XHM_XL_POOL].state != XHM_XL_UNREADABLE &&
           strcmp(lint_scheduling_pool(file->domain), members->pool->name) == 0;
}

static uint32_t count_pcpus(const struct xhm_pcpu_set *pcpus) {
    uint32_t count = 0;
    for (size_t i = 0; i < XHM_PCPU_WORDS; i++) {
        count += (uint32_t)__builtin_popcountll(pcpus->words[i]);
    }
    return count;
}

static void check_null(const struct members *members) {
    const uint32_t pcpus = count_pcpus(&members->pool->pcpus);
    uint32_t vcpus = 0;
    for (size_t i = 0; i < members->count; i++) {
        vcpus += is_member(members, &members->files[i]) ? members->files[i].domain->max_vcpus : 0;
    }
    if (pcpus != 0 && vcpus > pcpus) {
        messages_add(members->declared->errors, (struct xhm_mark){0}, members->path,
                     "the files have %u vCPUs for its %u pCPUs, and under the scheduler null each needs its own", vcpus,
                     pcpus);
    }
}

static uint64_t share_permille(const struct members *members, const struct xhm_lint_file *file, uint32_t vcpu) {
    const struct xhm_policy *policy = members->declared->policy;
    if (file->partition != 0 && vcpu < policy->partitions[file->partition - 1].vcpu_count) {
        const struct xhm_rtds_policy *rtds = &policy->partitions[file->partition - 1].vcpus[vcpu].rtds;
        return rtds->period_ns != 0 ? rtds->budget_ns * 1000u / rtds->period_ns : DEFAULT_SHARE_PERMILLE;
    }
    return DEFAULT_SHARE_PERMILLE;
}

static void check_rtds(const struct members *members) {
    const uint32_t pcpus = count_pcpus(&members->pool->pcpus);
    uint64_t permille = 0;
    for (size_t i = 0; i < members->count; i++) {
        const uint32_t vcpus = is_member(members, &members->files[i]) ? members->files[i].domain->max_vcpus : 0;
        for (uint32_t vcpu = 0; vcpu < vcpus; vcpu++) {
            permille += share_permille(members, &members->files[i], vcpu);
        }
    }
    if (pcpus != 0 && permille > pcpus * UINT64_C(1000)) {
        messages_add(
            members->declared->errors, (struct xhm_mark){0}, members->path,
            "the RTDS servers of the files need %llu%% of a pCPU, more than its %u pCPUs have; a vCPU without a "
            "declared server gets 4ms in each 10ms",
            (unsigned long long)(permille / 10), pcpus);
    }
}

static bool has_frame(const struct xhm_cpupool_policy *pool, uint32_t partition) {
    for (uint32_t i = 0; i < pool->frame_count; i++) {
        if (pool->frames[i].partition_number == partition) {
            return true;
        }
    }
    return false;
}

static void check_arinc653(const struct members *members) {
    for (size_t i = 0; i < members->count; i++) {
        const struct xhm_lint_file *file = &members->files[i];
        if (!is_member(members, file)) {
            continue;
        }
        if (file->domain->max_vcpus > 1) {
            lint_tell(file, XHM_XL_VCPUS, "%u in %s: ARINC 653 schedules domains of one vCPU", file->domain->max_vcpus,
                      members->path);
        }
        if (members->pool->major_frame_ns != 0 &&
            (file->partition == 0 || !has_frame(members->pool, file->partition))) {
            lint_tell(file, XHM_XL_POOL, "no frame of %s is for this domain: it would never run", members->path);
        }
    }
}

void lint_pools_check(const struct xhm_lint_policy *declared, const struct xhm_lint_file *files, size_t count) {
    static const struct {
        enum xhm_scheduler scheduler;
        void (*check)(const struct members *members);
    } rows[] = {
        {XHM_SCHEDULER_NULL, check_null},
        {XHM_SCHEDULER_RTDS, check_rtds},
        {XHM_SCHEDULER_ARINC653, check_arinc653},
    };
    for (uint32_t i = 0; i < declared->policy->cpupool_count; i++) {
        struct members members = {
            .declared = declared, .pool = &declared->policy->cpupools[i], .files = files, .count = count};
        snprintf(members.path, sizeof(members.path), "cpupool %s", members.pool->name);
        for (size_t row = 0; row < sizeof(rows) / sizeof(rows[0]); row++) {
            if (rows[row].scheduler == members.pool->scheduler) {
                rows[row].check(&members);
            }
        }
    }
}
