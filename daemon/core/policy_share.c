// SPDX-License-Identifier: Apache-2.0
#include "policy_share.h"

#include "pcpu_set.h"

#define MICROSECOND UINT64_C(1000)
#define HOUR        (UINT64_C(3600) * 1000000 * MICROSECOND)

struct xhm_pcpu_set policy_share_pcpus(const struct xhm_policy *policy, uint32_t partition, uint32_t vcpu) {
    const struct xhm_partition_policy *it = &policy->partitions[partition];
    const struct xhm_pcpu_set *affinity = &it->vcpus[vcpu].pcpus;
    const struct xhm_pcpu_set *pool =
        it->cpupool_number != 0 ? &policy->cpupools[it->cpupool_number - 1].pcpus : affinity;

    return pcpu_set_is_empty(pool) ? *affinity : pcpu_set_common(affinity, pool);
}

uint32_t policy_share_count(const struct xhm_pcpu_set *pcpus) {
    uint32_t count = 0;

    for (uint32_t pcpu = 0; pcpu < XHM_MAX_PCPUS; pcpu++) {
        count += pcpu_set_has(pcpus, pcpu);
    }
    return count;
}

/* Up to an hour in microseconds times a billion fits into 64 bits. */
static uint64_t share_of(uint64_t part_ns, uint64_t whole_ns) {
    const uint64_t whole = whole_ns / MICROSECOND;

    if (whole == 0 || whole_ns > HOUR || part_ns > whole_ns) {
        return 0;
    }
    return ((part_ns + MICROSECOND - 1) / MICROSECOND * XHM_SHARE_WHOLE + whole - 1) / whole;
}

uint64_t policy_share_of_server(const struct xhm_rtds_policy *server) {
    return share_of(server->budget_ns, server->period_ns);
}

uint64_t policy_share_of_frames(const struct xhm_cpupool_policy *pool, uint32_t partition) {
    uint64_t duration_ns = 0;

    for (uint32_t i = 0; i < pool->frame_count; i++) {
        duration_ns += pool->frames[i].partition_number == partition + 1 ? pool->frames[i].duration_ns : 0;
    }
    return share_of(duration_ns, pool->major_frame_ns);
}

void policy_share_add_up(const struct xhm_policy *policy, uint32_t pool, const struct xhm_pcpu_set *pcpus,
                         struct xhm_share_demand *demand) {
    *demand = (struct xhm_share_demand){.pcpu_count = policy_share_count(pcpus)};
    for (uint32_t partition = 0; partition < policy->partition_count; partition++) {
        const struct xhm_partition_policy *it = &policy->partitions[partition];

        for (uint32_t vcpu = 0; it->cpupool_number == pool + 1 && vcpu < it->vcpu_count; vcpu++) {
            const struct xhm_pcpu_set own = policy_share_pcpus(policy, partition, vcpu);
            const uint64_t share = policy_share_of_server(&it->vcpus[vcpu].rtds);

            if (pcpu_set_equals(&own, pcpus)) {
                demand->server_count++;
                demand->total += share;
                demand->greatest = share > demand->greatest ? share : demand->greatest;
            }
        }
    }
}

/* Only called with pCPUs: a vCPU without one has been refused. */
uint64_t policy_share_bound(const struct xhm_share_demand *demand) {
    return demand->pcpu_count * XHM_SHARE_WHOLE - (demand->pcpu_count - 1) * demand->greatest;
}

/* A budget may be given at the beginning of one period, and at the end of the next. */
static uint64_t wait_for_budget(const struct xhm_rtds_policy *server) {
    return server->budget_ns < server->period_ns ? 2 * (server->period_ns - server->budget_ns) : 0;
}

/* The gap before each frame of the vCPU; the one before the first begins with the last, a major frame earlier. */
static uint64_t wait_for_frame(const struct xhm_cpupool_policy *pool, uint32_t partition, uint32_t vcpu) {
    uint64_t longest_ns = 0;
    uint64_t first_ns = pool->major_frame_ns;
    uint64_t end_ns = 0;
    uint64_t now_ns = 0;

    for (uint32_t i = 0; i < pool->frame_count; i++) {
        const struct xhm_frame_policy *frame = &pool->frames[i];

        if (frame->partition_number == partition + 1 && frame->vcpu == vcpu) {
            const uint64_t gap_ns = now_ns - end_ns;

            first_ns = first_ns == pool->major_frame_ns ? now_ns : first_ns;
            longest_ns = now_ns != first_ns && gap_ns > longest_ns ? gap_ns : longest_ns;
            end_ns = now_ns + frame->duration_ns;
        }
        now_ns += frame->duration_ns;
    }
    const uint64_t around_ns = first_ns + pool->major_frame_ns - end_ns;

    return around_ns > longest_ns ? around_ns : longest_ns;
}

uint64_t policy_share_blackout(const struct xhm_policy *policy) {
    const uint32_t number = policy->platform.supervisor_number;
    const uint32_t pool_number = number != 0 ? policy->partitions[number - 1].cpupool_number : 0;
    uint64_t longest_ns = 0;

    if (pool_number == 0) {
        return 0;
    }
    const struct xhm_partition_policy *supervisor = &policy->partitions[number - 1];
    const struct xhm_cpupool_policy *pool = &policy->cpupools[pool_number - 1];

    for (uint32_t vcpu = 0; vcpu < supervisor->vcpu_count; vcpu++) {
        const uint64_t wait_ns = pool->scheduler == XHM_SCHEDULER_RTDS ? wait_for_budget(&supervisor->vcpus[vcpu].rtds)
                                 : pool->frame_count != 0              ? wait_for_frame(pool, number - 1, vcpu)
                                                                       : 0;

        longest_ns = wait_ns > longest_ns ? wait_ns : longest_ns;
    }
    return longest_ns;
}
