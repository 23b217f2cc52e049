// SPDX-License-Identifier: Apache-2.0
#include "conformance_parts.h"
#include <string.h>

typedef uint64_t scopes_of_partition(const struct xhm_partition_policy *policy);
typedef uint64_t scopes_of_host(const struct xhm_policy *policy);

static uint64_t whole_if(bool declared) {
    return declared ? XHM_WHOLE : 0;
}

static uint64_t first(uint32_t count) {
    return (UINT64_C(1) << count) - 1;
}

static uint64_t vcpus(const struct xhm_partition_policy *policy) {
    return first(policy->vcpu_count);
}

static uint64_t vcpu_count(const struct xhm_partition_policy *policy) {
    return whole_if(policy->vcpu_count > 0);
}

static uint64_t exclusive(const struct xhm_partition_policy *policy) {
    bool any = false;

    for (uint32_t vcpu = 0; vcpu < policy->vcpu_count; vcpu++) {
        any |= policy->vcpus[vcpu].exclusive;
    }
    return whole_if(any);
}

static uint64_t whole_cores(const struct xhm_partition_policy *policy) {
    bool any = false;

    for (uint32_t vcpu = 0; vcpu < policy->vcpu_count; vcpu++) {
        any |= policy->vcpus[vcpu].whole_core;
    }
    return whole_if(any);
}

static uint64_t membership(const struct xhm_partition_policy *policy) {
    return whole_if(policy->cpupool_number > 0);
}

static uint64_t scheduling(const struct xhm_partition_policy *policy) {
    uint64_t scopes = 0;

    for (uint32_t vcpu = 0; vcpu < policy->vcpu_count; vcpu++) {
        scopes |= (uint64_t)(scheduling_declared(policy, vcpu) != XHM_SCHEDULER_ANY) << vcpu;
    }
    return scopes;
}

static uint64_t cache(const struct xhm_partition_policy *policy) {
    return whole_if(policy->cache.l3_mask > 0 || policy->cache.bandwidth_percent > 0);
}

static uint64_t memory(const struct xhm_partition_policy *policy) {
    return whole_if(policy->memory.size_kib > 0);
}

static uint64_t up_front(const struct xhm_partition_policy *policy) {
    return whole_if(policy->memory.up_front);
}

static uint64_t any_device(const struct xhm_partition_policy *policy) {
    return whole_if(policy->devices_declared);
}

static uint64_t devices(const struct xhm_partition_policy *policy) {
    return policy->devices_declared ? first(policy->device_count) : 0;
}

static uint64_t device_errors(const struct xhm_partition_policy *policy) {
    uint64_t scopes = 0;

    for (uint32_t device = 0; device < XHM_MAX_DEVICES; device++) {
        scopes |= (uint64_t)(policy->devices[device].error_window_ns > 0) << device;
    }
    return scopes & devices(policy);
}

static uint64_t assignment(const struct xhm_partition_policy *policy) {
    return whole_if(policy->assigned_declared);
}

static scopes_of_partition *const of_partition[XHM_PARTITION_CHECK_COUNT] = {
    [XHM_CHECK_VCPU_AFFINITY] = vcpus,
    [XHM_CHECK_VCPU_PLACEMENT] = vcpus,
    [XHM_CHECK_VCPU_COUNT] = vcpu_count,
    [XHM_CHECK_PCPU_SHARED] = exclusive,
    [XHM_CHECK_CORE_SHARED] = whole_cores,
    [XHM_CHECK_CPUPOOL_MEMBERSHIP] = membership,
    [XHM_CHECK_SCHEDULING_PARAMETERS] = scheduling,
    [XHM_CHECK_CACHE_ALLOCATION] = cache,
    [XHM_CHECK_MEMORY_SIZE] = memory,
    [XHM_CHECK_MEMORY_LIMIT] = memory,
    [XHM_CHECK_MEMORY_NOT_UP_FRONT] = up_front,
    [XHM_CHECK_DEVICE_UNDECLARED] = any_device,
    [XHM_CHECK_DEVICE_MISSING] = devices,
    [XHM_CHECK_DEVICE_DISCONNECTED] = devices,
    [XHM_CHECK_DEVICE_ERRORS] = device_errors,
    [XHM_CHECK_DEVICE_ASSIGNMENT] = assignment,
};

static uint64_t version(const struct xhm_policy *policy) {
    return whole_if(policy->platform.xen_version_min > 0 || policy->platform.xen_version_max > 0);
}

static uint64_t options(const struct xhm_policy *policy) {
    return first(policy->platform.option_count);
}

static uint64_t capabilities(const struct xhm_policy *policy) {
    return whole_if(policy->platform.capabilities != 0);
}

static uint64_t pcpus_online(const struct xhm_policy *policy) {
    return whole_if(policy->platform.pcpus_online > 0);
}

static uint64_t services(const struct xhm_policy *policy) {
    return first(policy->platform.service_count);
}

static uint64_t free_memory(const struct xhm_policy *policy) {
    return whole_if(policy->platform.free_memory_kib > 0);
}

static uint64_t claims(const struct xhm_policy *policy) {
    return whole_if(policy->platform.claims_forbidden);
}

static uint64_t cpupools(const struct xhm_policy *policy) {
    return first(policy->cpupool_count);
}

static uint64_t cpupool_pcpus(const struct xhm_policy *policy) {
    uint64_t scopes = 0;

    for (uint32_t pool = 0; pool < XHM_MAX_CPUPOOLS; pool++) {
        scopes |= (uint64_t)!pcpu_set_is_empty(&policy->cpupools[pool].pcpus) << pool;
    }
    return scopes & cpupools(policy);
}

static uint64_t schedulers(const struct xhm_policy *policy) {
    uint64_t scopes = 0;

    for (uint32_t pool = 0; pool < XHM_MAX_CPUPOOLS; pool++) {
        scopes |= (uint64_t)(policy->cpupools[pool].scheduler != XHM_SCHEDULER_ANY) << pool;
    }
    return scopes & cpupools(policy);
}

static uint64_t schedules(const struct xhm_policy *policy) {
    uint64_t scopes = 0;

    for (uint32_t pool = 0; pool < XHM_MAX_CPUPOOLS; pool++) {
        scopes |= (uint64_t)(policy->cpupools[pool].major_frame_ns > 0) << pool;
    }
    return scopes & cpupools(policy);
}

static scopes_of_host *const of_host[XHM_PLATFORM_CHECK_COUNT] = {
    [XHM_CHECK_PLATFORM_VERSION] = version,         [XHM_CHECK_PLATFORM_OPTION] = options,
    [XHM_CHECK_PLATFORM_CAPABILITY] = capabilities, [XHM_CHECK_PLATFORM_PCPUS] = pcpus_online,
    [XHM_CHECK_PLATFORM_SERVICE] = services,        [XHM_CHECK_PLATFORM_MEMORY] = free_memory,
    [XHM_CHECK_PLATFORM_CLAIMS] = claims,           [XHM_CHECK_CPUPOOL_MISSING] = cpupools,
    [XHM_CHECK_CPUPOOL_PCPUS] = cpupool_pcpus,      [XHM_CHECK_SCHEDULER_KIND] = schedulers,
    [XHM_CHECK_SCHEDULE_FRAMES] = schedules,
};

uint64_t conformance_declared(const struct xhm_policy *policy, uint32_t partition, enum xhm_partition_check check) {
    return of_partition[check](&policy->partitions[partition]);
}

uint64_t conformance_declared_of_host(const struct xhm_policy *policy, enum xhm_platform_check check) {
    return of_host[check](policy);
}

bool conformance_declares(const struct xhm_step *step, uint32_t partition, enum xhm_partition_check check,
                          uint32_t scope) {
    return (conformance_declared(step->core->policy, partition, check) >> scope & 1u) != 0;
}

static void make_unknown(struct xhm_verdicts *verdicts, uint64_t declared) {
    memset(verdicts->scopes, 0, sizeof(verdicts->scopes));
    verdicts->scopes[XHM_VERDICT_UNKNOWN] = declared;
}

void conformance_forget(struct xhm_core *core, uint32_t partition) {
    for (unsigned i = 0; i < XHM_PARTITION_CHECK_COUNT; i++) {
        make_unknown(&core->partitions[partition].verdicts[i],
                     conformance_declared(core->policy, partition, (enum xhm_partition_check)i));
    }
}

void conformance_forget_host(struct xhm_core *core) {
    for (unsigned i = 0; i < XHM_PLATFORM_CHECK_COUNT; i++) {
        make_unknown(&core->verdicts[i], conformance_declared_of_host(core->policy, (enum xhm_platform_check)i));
    }
}

static bool rests_on_facts(enum xhm_partition_check check) {
    static const bool rests[XHM_PARTITION_CHECK_COUNT] = {
        [XHM_CHECK_CORE_SHARED] = true,         [XHM_CHECK_CPUPOOL_MEMBERSHIP] = true,
        [XHM_CHECK_CACHE_ALLOCATION] = true,    [XHM_CHECK_MEMORY_NOT_UP_FRONT] = true,
        [XHM_CHECK_DEVICE_UNDECLARED] = true,   [XHM_CHECK_DEVICE_MISSING] = true,
        [XHM_CHECK_DEVICE_DISCONNECTED] = true, [XHM_CHECK_DEVICE_ERRORS] = true,
        [XHM_CHECK_DEVICE_ASSIGNMENT] = true,
    };
    return rests[check];
}

void conformance_forget_facts(struct xhm_core *core, uint32_t partition) {
    struct xhm_partition_state *state = &core->partitions[partition];

    state->siblings = (struct xhm_pcpu_set){{0}};
    state->siblings_known = XHM_FACTS_UNKNOWN;
    state->measures.pod = XHM_FACTS_UNKNOWN;
    state->measures.pod_kib = 0;
    for (unsigned i = 0; i < XHM_PARTITION_CHECK_COUNT; i++) {
        if (rests_on_facts((enum xhm_partition_check)i)) {
            make_unknown(&state->verdicts[i],
                         conformance_declared(core->policy, partition, (enum xhm_partition_check)i));
        }
    }
}
