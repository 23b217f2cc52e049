// SPDX-License-Identifier: Apache-2.0
#include "policy_check_parts.h"
#include "policy_share.h"

#include <string.h>

#define KNOWN_CAPABILITIES 0x3ffu
#define CAPABILITY_IOMMU   (1u << 2)
#define MEMORY_MIN_KIB     UINT64_C(1024)
#define MEMORY_MAX_KIB     (UINT64_C(16) << 30)

/* What of a partition only dom0 can tell. */
static bool partition_needs_facts(const struct xhm_partition_policy *it) {
    bool whole_core = false;

    for (uint32_t i = 0; i < it->vcpu_count; i++) {
        whole_core = whole_core || it->vcpus[i].whole_core;
    }
    return whole_core || it->memory.up_front || it->devices_declared || it->assigned_declared || it->cache.l3_mask ||
           it->cache.bandwidth_percent;
}

bool policy_check_needs_facts(const struct xhm_policy *policy) {
    const struct xhm_platform_policy *it = &policy->platform;

    for (uint32_t i = 0; i < policy->partition_count; i++) {
        if (partition_needs_facts(&policy->partitions[i])) {
            return true;
        }
    }
    return policy->cpupool_count || it->xen_version_min || it->xen_version_max || it->option_count ||
           it->capabilities || it->pcpus_online || it->free_memory_kib || it->claims_forbidden || it->service_count;
}

static void check_facts(struct policy_check *check) {
    const struct xhm_platform_policy *it = &check->policy->platform;
    const uint64_t period_ns = it->facts_period_ns;
    const bool period_sound = period_ns == 0 || policy_check_is_within(period_ns, 100 * CHECK_MS, CHECK_HOUR);
    const bool timeout_sound = period_ns == 0
                                   ? it->facts_timeout_ns == 0
                                   : policy_check_is_within(it->facts_timeout_ns, 2 * period_ns, 24 * CHECK_HOUR);

    policy_check_require(check, period_ns != 0 || !policy_check_needs_facts(check->policy), CHECK_FOUND(FACTS_NEEDED),
                         policy_check_nowhere);
    policy_check_require(check, period_sound, CHECK_FOUND(FACTS_PERIOD), policy_check_nowhere);
    policy_check_require(check, !period_sound || timeout_sound, CHECK_FOUND(FACTS_TIMEOUT), policy_check_nowhere);
}

static bool is_of_process_name(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_' ||
           c == '.';
}

static void check_services(struct policy_check *check) {
    const struct xhm_platform_policy *it = &check->policy->platform;
    bool sound = true;
    bool twice = false;

    for (uint32_t i = 0; i < it->service_count; i++) {
        sound = sound && policy_check_is_text(it->services[i], XHM_NAME_SIZE, is_of_process_name);
        for (uint32_t j = 0; sound && j < i; j++) {
            twice = twice || strcmp(it->services[i], it->services[j]) == 0;
        }
    }
    policy_check_require(check, sound, CHECK_FOUND(SERVICE_NAME), policy_check_nowhere);
    policy_check_require(check, !twice, CHECK_FOUND(SERVICE_TWICE), policy_check_nowhere);
}

static bool is_of_option(char c) {
    return c > ' ' && c <= '~' && c != '"' && c != '\\';
}

static bool is_option(const struct xhm_option_policy *it) {
    return policy_check_is_text(it->text, XHM_OPTION_SIZE, is_of_option);
}

/* "sched=" stands for every option that begins so. */
static bool begins_with(const char *option, const char *beginning) {
    const size_t length = strlen(beginning);

    return beginning[length - 1] == '=' && strncmp(option, beginning, length) == 0;
}

static bool collide(const struct xhm_option_policy *a, const struct xhm_option_policy *b) {
    return strcmp(a->text, b->text) == 0 ||
           (a->forbidden != b->forbidden &&
            begins_with(a->forbidden ? b->text : a->text, a->forbidden ? a->text : b->text));
}

static void check_options(struct policy_check *check) {
    const struct xhm_platform_policy *it = &check->policy->platform;
    struct xhm_finding place = policy_check_nowhere;

    for (place.option = 0; place.option < it->option_count; place.option++) {
        const bool sound = is_option(&it->options[place.option]);
        uint32_t earlier = CHECK_NOWHERE;

        for (uint32_t i = place.option; sound && i-- > 0;) {
            earlier = is_option(&it->options[i]) && collide(&it->options[i], &it->options[place.option]) ? i : earlier;
        }
        policy_check_require(check, sound, CHECK_FOUND(OPTION_TEXT), place);
        policy_check_require_first(check, earlier, CHECK_FOUND(OPTION_TWICE), place);
    }
}

static bool assigns_devices(const struct xhm_policy *policy) {
    uint32_t count = 0;

    for (uint32_t i = 0; i < policy->partition_count; i++) {
        count += policy->partitions[i].assigned_count;
    }
    return count != 0;
}

static bool is_memory(uint64_t kib) {
    return kib == 0 || policy_check_is_within(kib, MEMORY_MIN_KIB, MEMORY_MAX_KIB);
}

/* A deployment that is no word has been refused as such. */
static bool agrees_with_deployment(const struct xhm_policy *policy) {
    const uint32_t number = policy->platform.supervisor_number;
    const bool dom0 = number != 0 && policy->partitions[number - 1].identity.kind == XHM_IDENTITY_DOM0;

    return number == 0 || policy->supervisor.deployment != (dom0 ? XHM_DEPLOYMENT_DEDICATED : XHM_DEPLOYMENT_DOM0);
}

void policy_check_platform(struct policy_check *check) {
    const struct xhm_policy *policy = check->policy;
    const struct xhm_platform_policy *it = &policy->platform;
    const struct xhm_finding place = policy_check_nowhere;

    check_facts(check);
    policy_check_require(check, agrees_with_deployment(policy), CHECK_FOUND(SUPERVISOR_DEPLOYMENT), place);
    policy_check_require(check, it->xen_version_max == 0 || it->xen_version_min <= it->xen_version_max,
                         CHECK_FOUND(XEN_VERSION_RANGE), place);
    check_options(check);
    policy_check_require(check, (it->capabilities & ~KNOWN_CAPABILITIES) == 0, CHECK_FOUND(CAPABILITY_WORD), place);
    policy_check_require(check, (it->capabilities & CAPABILITY_IOMMU) != 0 || !assigns_devices(policy),
                         CHECK_FOUND(ASSIGNED_IOMMU), place);
    policy_check_require(check, it->pcpus_online <= XHM_MAX_PCPUS, CHECK_FOUND(PCPUS_ONLINE_RANGE), place);
    policy_check_require(check, is_memory(it->free_memory_kib), CHECK_FOUND(FREE_MEMORY_RANGE), place);
    check_services(check);
}

/* Each of the two is refused by itself where it is out of its own range. */
void policy_check_blackout(struct policy_check *check) {
    const uint64_t blackout_ns = policy_share_blackout(check->policy);
    const uint64_t latency_ns = check->policy->supervisor.scheduling_latency_ns;

    policy_check_require(check,
                         blackout_ns == 0 || check->overrun_ns == 0 || latency_ns > check->overrun_ns ||
                             blackout_ns <= check->overrun_ns - latency_ns,
                         CHECK_FOUND(SUPERVISOR_BLACKOUT), policy_check_nowhere);
}
