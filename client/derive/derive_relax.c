// SPDX-License-Identifier: Apache-2.0
#include "derive_parts.h"
#include "policy_check.h"

#include <string.h>

/* Findings that one look takes; what is left is found by the next. */
#define FINDINGS_AT_ONCE 64
/* Everything that can be left out is left out long before so many looks. */
#define LOOKS_AT_MOST    64

typedef void relax_function(struct xhm_policy *policy, const struct xhm_finding *finding);

static void leave_memory(struct xhm_policy *policy, const struct xhm_finding *finding) {
    policy->partitions[finding->partition].memory = (struct xhm_memory_policy){.debounce = {255, 255}};
}

static void leave_up_front(struct xhm_policy *policy, const struct xhm_finding *finding) {
    policy->partitions[finding->partition].memory.up_front = false;
}

static void leave_load(struct xhm_policy *policy, const struct xhm_finding *finding) {
    policy->partitions[finding->partition].load = (struct xhm_load_policy){.debounce = {255, 255}};
}

static void share_vcpus(struct xhm_partition_policy *partition) {
    for (uint32_t i = 0; i < partition->vcpu_count; i++) {
        partition->vcpus[i].exclusive = partition->vcpus[i].whole_core = false;
    }
}

static void leave_exclusive(struct xhm_policy *policy, const struct xhm_finding *finding) {
    share_vcpus(&policy->partitions[finding->partition]);
    share_vcpus(&policy->partitions[finding->other]);
}

static void leave_whole_core(struct xhm_policy *policy, const struct xhm_finding *finding) {
    policy->partitions[finding->partition].vcpus[finding->vcpu].whole_core = false;
}

static void leave_membership(struct xhm_policy *policy, const struct xhm_finding *finding) {
    policy->partitions[finding->partition].cpupool_number = 0;
}

static void leave_rtds(struct xhm_policy *policy, const struct xhm_finding *finding) {
    struct xhm_partition_policy *partition = &policy->partitions[finding->partition];
    for (uint32_t i = 0; i < partition->vcpu_count; i++) {
        partition->vcpus[i].rtds = (struct xhm_rtds_policy){0};
    }
}

static void leave_credit2(struct xhm_policy *policy, const struct xhm_finding *finding) {
    policy->partitions[finding->partition].credit2 = (struct xhm_credit2_policy){0};
}

static void leave_schedule(struct xhm_policy *policy, const struct xhm_finding *finding) {
    policy->cpupools[finding->cpupool].major_frame_ns = 0;
    policy->cpupools[finding->cpupool].frame_count = 0;
}

static void leave_scheduler(struct xhm_policy *policy, const struct xhm_finding *finding) {
    policy->cpupools[finding->cpupool].scheduler = XHM_SCHEDULER_ANY;
    leave_schedule(policy, finding);
}

/* The pools behind it move up, and so do those who are in them. */
static void leave_pool(struct xhm_policy *policy, const struct xhm_finding *finding) {
    policy->cpupool_count--;
    memmove(&policy->cpupools[finding->cpupool], &policy->cpupools[finding->cpupool + 1],
            (policy->cpupool_count - finding->cpupool) * sizeof(policy->cpupools[0]));
    for (uint32_t i = 0; i < policy->partition_count; i++) {
        uint32_t *number = &policy->partitions[i].cpupool_number;
        if (*number == finding->cpupool + 1) {
            *number = 0;
        } else if (*number > finding->cpupool + 1) {
            --*number;
        }
    }
}

static void leave_cache(struct xhm_policy *policy, const struct xhm_finding *finding) {
    policy->partitions[finding->partition].cache = (struct xhm_cache_policy){0};
}

static void leave_cache_exclusive(struct xhm_policy *policy, const struct xhm_finding *finding) {
    policy->partitions[finding->partition].cache.exclusive = false;
    if (finding->other < policy->partition_count) {
        policy->partitions[finding->other].cache.exclusive = false;
    }
}

static void leave_devices(struct xhm_policy *policy, const struct xhm_finding *finding) {
    policy->partitions[finding->partition].devices_declared = false;
    policy->partitions[finding->partition].device_count = 0;
}

static void leave_device_errors(struct xhm_policy *policy, const struct xhm_finding *finding) {
    policy->partitions[finding->partition].devices[finding->device].error_window_ns = 0;
    policy->partitions[finding->partition].devices[finding->device].error_limit = 0;
}

static void leave_assigned(struct xhm_policy *policy, const struct xhm_finding *finding) {
    policy->partitions[finding->partition].assigned_declared = false;
    policy->partitions[finding->partition].assigned_count = 0;
}

/* Said of the host: nobody's assigned devices are declared then. */
static void leave_all_assigned(struct xhm_policy *policy, const struct xhm_finding *finding) {
    for (uint32_t i = 0; i < policy->partition_count; i++) {
        policy->partitions[i].assigned_declared = false;
        policy->partitions[i].assigned_count = 0;
    }
}

static void leave_option(struct xhm_policy *policy, const struct xhm_finding *finding) {
    struct xhm_platform_policy *platform = &policy->platform;
    platform->option_count--;
    memmove(&platform->options[finding->option], &platform->options[finding->option + 1],
            (platform->option_count - finding->option) * sizeof(platform->options[0]));
}

static void leave_supervisor(struct xhm_policy *policy, const struct xhm_finding *finding) {
    policy->platform.supervisor_number = 0;
}

static void leave_pcpus_online(struct xhm_policy *policy, const struct xhm_finding *finding) {
    policy->platform.pcpus_online = 0;
}

static void leave_free_memory(struct xhm_policy *policy, const struct xhm_finding *finding) {
    policy->platform.free_memory_kib = 0;
}

#define RELAX(kind, function) [XHM_FINDING_##kind] = (function)

static relax_function *const relaxations[XHM_FINDING_COUNT] = {
    RELAX(MEMORY_RANGE, leave_memory),
    RELAX(MEMORY_CLEAR, leave_memory),
    RELAX(MEMORY_UP_FRONT, leave_up_front),
    RELAX(LOAD_RANGE, leave_load),
    RELAX(PCPU_TWO_OWNERS, leave_exclusive),
    RELAX(WHOLE_CORE, leave_whole_core),
    RELAX(VCPU_OUTSIDE_POOL, leave_membership),
    RELAX(VCPUS_NEEDED, leave_membership),
    RELAX(RTDS_NEEDED, leave_membership),
    RELAX(FRAME_MISSING, leave_membership),
    RELAX(NULL_PCPU, leave_membership),
    RELAX(RTDS_SCHEDULER, leave_rtds),
    RELAX(RTDS_PERIOD, leave_rtds),
    RELAX(RTDS_BUDGET, leave_rtds),
    RELAX(RTDS_OVERLAP, leave_rtds),
    RELAX(RTDS_OVERLOAD, leave_rtds),
    RELAX(RTDS_BOUND, leave_rtds),
    RELAX(CREDIT2_SCHEDULER, leave_credit2),
    RELAX(CREDIT2_WEIGHT, leave_credit2),
    RELAX(CREDIT2_CAP, leave_credit2),
    RELAX(POOL_NAME, leave_pool),
    RELAX(POOL_NAME_TWICE, leave_pool),
    RELAX(POOL_COMMON_PCPU, leave_pool),
    RELAX(POOL_SCHEDULER_WORD, leave_scheduler),
    RELAX(POOL_ARINC_TWICE, leave_scheduler),
    RELAX(POOL_ARINC_PCPUS, leave_scheduler),
    RELAX(POOL_FRAMES_SCHEDULER, leave_schedule),
    RELAX(POOL_MAJOR_FRAME, leave_schedule),
    RELAX(POOL_FRAMES_SUM, leave_schedule),
    RELAX(FRAME_DURATION, leave_schedule),
    RELAX(FRAME_PARTITION, leave_schedule),
    RELAX(FRAME_VCPU, leave_schedule),
    RELAX(CACHE_MASK, leave_cache),
    RELAX(CACHE_BANDWIDTH, leave_cache),
    RELAX(CACHE_COMMON, leave_cache_exclusive),
    RELAX(CACHE_EXCLUSIVE, leave_cache_exclusive),
    RELAX(DEVICE_KIND, leave_devices),
    RELAX(DEVICE_TWICE, leave_devices),
    RELAX(DEVICE_BACKEND, leave_devices),
    RELAX(DEVICE_ERRORS_KIND, leave_device_errors),
    RELAX(DEVICE_ERRORS_WINDOW, leave_device_errors),
    RELAX(ASSIGNED_TWICE, leave_assigned),
    RELAX(ASSIGNED_IOMMU, leave_all_assigned),
    RELAX(OPTION_TEXT, leave_option),
    RELAX(OPTION_TWICE, leave_option),
    RELAX(SUPERVISOR_BLACKOUT, leave_supervisor),
    RELAX(SUPERVISOR_DEPLOYMENT, leave_supervisor),
    RELAX(PCPUS_ONLINE_RANGE, leave_pcpus_online),
    RELAX(FREE_MEMORY_RANGE, leave_free_memory),
};

static void note_relaxation(struct derive_notes *notes, const struct xhm_finding *finding) {
    const char *field = policy_check_field(finding->kind);
    const char *sentence = policy_check_sentence(finding->kind);
    if (finding->partition != XHM_FINDING_NOWHERE) {
        derive_note(notes, DERIVE_OF_PARTITION, finding->partition, "Not declared as it runs, because %s %s.", field,
                    sentence);
    } else if (finding->cpupool != XHM_FINDING_NOWHERE) {
        derive_note(notes, DERIVE_OF_CPUPOOL, finding->cpupool, "Not declared as it runs, because %s %s.", field,
                    sentence);
    } else {
        derive_note(notes, DERIVE_OF_PLATFORM, 0, "Not declared as it runs, because %s %s.", field, sentence);
    }
}

/* One finding a look: leaving one thing out changes what else is wrong, and where. */
bool derive_relax(struct xhm_policy *policy, struct derive_notes *notes) {
    struct xhm_finding findings[FINDINGS_AT_ONCE];
    const uint32_t looks = LOOKS_AT_MOST * (XHM_MAX_PARTITIONS + XHM_MAX_CPUPOOLS);
    for (uint32_t look = 0; look < looks; look++) {
        const uint32_t found = policy_check(policy, findings, FINDINGS_AT_ONCE);
        relax_function *relax = NULL;
        uint32_t i = 0;
        while (i < found && i < FINDINGS_AT_ONCE && (relax = relaxations[findings[i].kind]) == NULL) {
            i++;
        }
        if (relax == NULL) {
            return found == 0;
        }
        note_relaxation(notes, &findings[i]);
        relax(policy, &findings[i]);
    }
    return false;
}
