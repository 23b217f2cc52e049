// SPDX-License-Identifier: Apache-2.0
#include "pcpu_set.h"
#include "policy_check_parts.h"
#include "policy_share.h"

#define MICROSECOND UINT64_C(1000)
/* Xen's RTDS_MIN_PERIOD and RTDS_MIN_BUDGET. */
#define SERVER_MIN  (10 * MICROSECOND)

static const struct xhm_cpupool_policy *pool_of(const struct xhm_policy *policy, uint32_t partition) {
    static const struct xhm_cpupool_policy none = {.scheduler = XHM_SCHEDULER_ANY};
    const uint32_t number = policy->partitions[partition].cpupool_number;

    return number != 0 ? &policy->cpupools[number - 1] : &none;
}

static bool is_within_pool(const struct xhm_pcpu_set *pcpus, const struct xhm_pcpu_set *pool) {
    const struct xhm_pcpu_set common = pcpu_set_common(pcpus, pool);

    /* An affinity to all of the pool and more, like that to all pCPUs of the host, is none. */
    return pcpu_set_is_empty(pool) || pcpu_set_equals(&common, pcpus) || pcpu_set_equals(&common, pool);
}

static void check_server(struct policy_check *check, const struct xhm_rtds_policy *it, bool rtds,
                         struct xhm_finding place) {
    policy_check_require(check, it->period_ns == 0 || rtds, CHECK_FOUND(RTDS_SCHEDULER), place);
    policy_check_require(check, it->period_ns != 0 || !rtds, CHECK_FOUND(RTDS_NEEDED), place);
    if (it->period_ns == 0) {
        return;
    }
    const bool period_sound =
        it->period_ns % MICROSECOND == 0 && policy_check_is_within(it->period_ns, SERVER_MIN, CHECK_HOUR);
    const bool budget_sound =
        it->budget_ns % MICROSECOND == 0 && policy_check_is_within(it->budget_ns, SERVER_MIN, it->period_ns);

    policy_check_require(check, period_sound, CHECK_FOUND(RTDS_PERIOD), place);
    policy_check_require(check, !period_sound || budget_sound, CHECK_FOUND(RTDS_BUDGET), place);
}

static bool has_frame(const struct xhm_cpupool_policy *pool, uint32_t partition, uint32_t vcpu) {
    for (uint32_t i = 0; i < pool->frame_count; i++) {
        if (pool->frames[i].partition_number == partition + 1 && pool->frames[i].vcpu == vcpu) {
            return true;
        }
    }
    return pool->frame_count == 0;
}

/** A vCPU of a cpupool, and its pCPUs. */
struct rival {
    uint32_t partition;
    uint32_t vcpu;
    struct xhm_pcpu_set pcpus;
};

/* Steps to the next vCPU of the cpupool @p number. @return false when there is none */
static bool next_rival(const struct xhm_policy *policy, uint32_t number, struct rival *rival) {
    rival->vcpu++;
    while (rival->partition < policy->partition_count) {
        const struct xhm_partition_policy *it = &policy->partitions[rival->partition];

        if (it->cpupool_number == number && rival->vcpu < it->vcpu_count) {
            rival->pcpus = policy_share_pcpus(policy, rival->partition, rival->vcpu);
            return true;
        }
        rival->partition++;
        rival->vcpu = 0;
    }
    return false;
}

#define FIRST_RIVAL ((struct rival){.vcpu = UINT32_MAX})

static bool is_same_vcpu(const struct rival *rival, const struct xhm_finding *place) {
    return rival->partition == place->partition && rival->vcpu == place->vcpu;
}

/* Servers on the same pCPUs are told of once, at the first of them. */
static void check_servers(struct policy_check *check, uint32_t number, struct xhm_finding place) {
    const struct xhm_pcpu_set pcpus = policy_share_pcpus(check->policy, place.partition, place.vcpu);
    struct rival rival = FIRST_RIVAL;
    struct xhm_share_demand demand;
    bool overlaps = false;

    for (next_rival(check->policy, number, &rival); !is_same_vcpu(&rival, &place);
         next_rival(check->policy, number, &rival)) {
        if (pcpu_set_equals(&rival.pcpus, &pcpus)) {
            return;
        }
        overlaps = overlaps || pcpu_set_overlaps(&rival.pcpus, &pcpus);
    }
    policy_share_add_up(check->policy, number - 1, &pcpus, &demand);
    if (demand.pcpu_count == 0) {
        return;
    }
    const bool enough = demand.total <= demand.pcpu_count * XHM_SHARE_WHOLE;

    policy_check_require(check, !overlaps, CHECK_FOUND(RTDS_OVERLAP), place);
    policy_check_require(check, enough, CHECK_FOUND(RTDS_OVERLOAD), place);
    policy_check_require(check, !enough || demand.total <= policy_share_bound(&demand), CHECK_FOUND(RTDS_BOUND), place);
}

/* Whether the other vCPUs that may run on these pCPUs are as many as there are pCPUs, whatever of them each takes. */
static bool may_be_left_out(const struct xhm_policy *policy, uint32_t number, const struct rival *it) {
    struct rival rival = FIRST_RIVAL;
    uint32_t rivals = 0;

    while (next_rival(policy, number, &rival)) {
        rivals += pcpu_set_overlaps(&rival.pcpus, &it->pcpus);
    }
    return rivals > policy_share_count(&it->pcpus);
}

/* Of vCPUs that are in each other's way the last one is told of. */
static void check_own_pcpu(struct policy_check *check, uint32_t number, struct xhm_finding place) {
    const struct rival it = {place.partition, place.vcpu,
                             policy_share_pcpus(check->policy, place.partition, place.vcpu)};
    struct rival later = it;
    bool found = may_be_left_out(check->policy, number, &it);

    while (found && next_rival(check->policy, number, &later)) {
        found = !pcpu_set_overlaps(&later.pcpus, &it.pcpus) || !may_be_left_out(check->policy, number, &later);
    }
    policy_check_require(check, !found, CHECK_FOUND(NULL_PCPU), place);
}

static void check_vcpu(struct policy_check *check, const struct xhm_cpupool_policy *pool, struct xhm_finding place) {
    const struct xhm_partition_policy *partition = &check->policy->partitions[place.partition];
    const struct xhm_vcpu_policy *it = &partition->vcpus[place.vcpu];
    const bool rtds = pool->scheduler == XHM_SCHEDULER_RTDS;

    policy_check_require(check, is_within_pool(&it->pcpus, &pool->pcpus), CHECK_FOUND(VCPU_OUTSIDE_POOL), place);
    check_server(check, &it->rtds, rtds, place);
    policy_check_require(check,
                         pool->scheduler != XHM_SCHEDULER_ARINC653 || has_frame(pool, place.partition, place.vcpu),
                         CHECK_FOUND(FRAME_MISSING), place);
    if (rtds) {
        check_servers(check, partition->cpupool_number, place);
    }
    if (pool->scheduler == XHM_SCHEDULER_NULL) {
        check_own_pcpu(check, partition->cpupool_number, place);
    }
}

static void check_credit2(struct policy_check *check, const struct xhm_cpupool_policy *pool, struct xhm_finding place) {
    const struct xhm_partition_policy *partition = &check->policy->partitions[place.partition];
    const struct xhm_credit2_policy *it = &partition->credit2;
    const uint32_t vcpu_count = partition->vcpu_count != 0 ? partition->vcpu_count : XHM_MAX_VCPUS;

    if (it->weight == 0) {
        return;
    }
    policy_check_require(check, pool->scheduler == XHM_SCHEDULER_CREDIT2, CHECK_FOUND(CREDIT2_SCHEDULER), place);
    policy_check_require(check, it->weight <= UINT16_MAX, CHECK_FOUND(CREDIT2_WEIGHT), place);
    policy_check_require(check, it->cap <= 100 * vcpu_count, CHECK_FOUND(CREDIT2_CAP), place);
}

/* Whether each vCPU counts by itself. */
static bool counts_vcpus(enum xhm_scheduler scheduler) {
    return scheduler == XHM_SCHEDULER_RTDS || scheduler == XHM_SCHEDULER_ARINC653 || scheduler == XHM_SCHEDULER_NULL;
}

void policy_check_scheduling(struct policy_check *check, struct xhm_finding place) {
    const struct xhm_partition_policy *it = &check->policy->partitions[place.partition];
    const struct xhm_cpupool_policy *pool = pool_of(check->policy, place.partition);

    policy_check_require(check, it->vcpu_count != 0 || !counts_vcpus(pool->scheduler), CHECK_FOUND(VCPUS_NEEDED),
                         place);
    check_credit2(check, pool, place);
    for (place.vcpu = 0; place.vcpu < it->vcpu_count; place.vcpu++) {
        check_vcpu(check, pool, place);
    }
}
