// SPDX-License-Identifier: Apache-2.0
#include "shares.h"

#include "pcpu_set.h"
#include "policy_share.h"

/** Rows under way. */
struct rows {
    uint32_t count;
    struct xhm_share_row *rows;
};

static bool is_listed(const struct rows *rows, uint32_t cpupool, const struct xhm_pcpu_set *pcpus) {
    for (uint32_t i = 0; i < rows->count; i++) {
        if (rows->rows[i].cpupool == cpupool && pcpu_set_equals(&rows->rows[i].pcpus, pcpus)) {
            return true;
        }
    }
    return false;
}

static struct xhm_share_row *add_row(struct rows *rows, uint32_t cpupool, const struct xhm_pcpu_set *pcpus) {
    struct xhm_share_row *row = &rows->rows[rows->count++];
    *row = (struct xhm_share_row){.cpupool = cpupool, .pcpus = *pcpus};
    return row;
}

static void add_servers(const struct xhm_policy *policy, uint32_t cpupool, const struct xhm_pcpu_set *pcpus,
                        struct rows *rows) {
    struct xhm_share_demand demand;
    policy_share_add_up(policy, cpupool, pcpus, &demand);
    struct xhm_share_row *row = add_row(rows, cpupool, pcpus);
    row->vcpu_count = demand.server_count;
    row->needed = demand.total;
    row->bound = policy_share_bound(&demand);
}

/* Under null, each vCPU that has exactly these pCPUs needs one of them. */
static void add_owners(const struct xhm_policy *policy, uint32_t cpupool, const struct xhm_pcpu_set *pcpus,
                       struct rows *rows) {
    struct xhm_share_demand demand;
    policy_share_add_up(policy, cpupool, pcpus, &demand);
    struct xhm_share_row *row = add_row(rows, cpupool, pcpus);
    row->vcpu_count = demand.server_count;
    row->needed = demand.server_count * XHM_SHARE_WHOLE;
    row->bound = demand.pcpu_count * XHM_SHARE_WHOLE;
}

static void add_vcpus(const struct xhm_policy *policy, uint32_t partition, struct rows *rows) {
    const struct xhm_partition_policy *it = &policy->partitions[partition];
    const uint32_t cpupool = it->cpupool_number - 1;
    const bool rtds = policy->cpupools[cpupool].scheduler == XHM_SCHEDULER_RTDS;

    for (uint32_t vcpu = 0; vcpu < it->vcpu_count; vcpu++) {
        const struct xhm_pcpu_set pcpus = policy_share_pcpus(policy, partition, vcpu);
        if (!is_listed(rows, cpupool, &pcpus)) {
            (rtds ? add_servers : add_owners)(policy, cpupool, &pcpus, rows);
        }
    }
}

static void add_schedule(const struct xhm_policy *policy, uint32_t cpupool, struct rows *rows) {
    const struct xhm_cpupool_policy *pool = &policy->cpupools[cpupool];
    struct xhm_share_row *row = add_row(rows, cpupool, &pool->pcpus);

    for (uint32_t i = 0; i < policy->partition_count; i++) {
        row->needed += policy_share_of_frames(pool, i);
        row->vcpu_count += policy->partitions[i].cpupool_number == cpupool + 1 ? policy->partitions[i].vcpu_count : 0;
    }
    row->bound = XHM_SHARE_WHOLE;
}

uint32_t shares_compute(const struct xhm_policy *policy, struct xhm_share_row rows[XHM_MAX_SHARE_ROWS]) {
    struct rows all = {.rows = rows};

    for (uint32_t cpupool = 0; cpupool < policy->cpupool_count; cpupool++) {
        const enum xhm_scheduler scheduler = policy->cpupools[cpupool].scheduler;
        if (scheduler == XHM_SCHEDULER_ARINC653 && policy->cpupools[cpupool].frame_count > 0) {
            add_schedule(policy, cpupool, &all);
        }
        for (uint32_t i = 0; i < policy->partition_count; i++) {
            if ((scheduler == XHM_SCHEDULER_RTDS || scheduler == XHM_SCHEDULER_NULL) &&
                policy->partitions[i].cpupool_number == cpupool + 1) {
                add_vcpus(policy, i, &all);
            }
        }
    }
    return all.count;
}
