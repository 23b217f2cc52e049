// SPDX-License-Identifier: Apache-2.0
#include "lint_rules.h"
#include "xl_affinity.h"

#include <string.h>

static bool overlap(const struct xhm_pcpu_set *a, const struct xhm_pcpu_set *b, struct xhm_pcpu_set *common) {
    uint64_t any = 0;
    for (size_t i = 0; i < XHM_PCPU_WORDS; i++) {
        common->words[i] = a->words[i] & b->words[i];
        any |= common->words[i];
    }
    return any != 0;
}

void lint_placement_vcpus(const struct lint_pair *pair, enum xhm_xl_key key) {
    const struct xhm_partition_policy *partition = pair->partition;
    const struct xhm_xl_domain *domain = pair->file->domain;
    const struct xhm_xl_value *value = &domain->values[key];
    if (partition->vcpu_count == 0) {
        lint_tell_unchecked(pair->file, key, "not checked: partition %s declares no vCPUs", partition->name);
    } else if (value->state == XHM_XL_ABSENT && partition->vcpu_count != 1) {
        lint_tell(pair->file, key, "is not given, and xl takes 1; partition %s declares %u", partition->name,
                  partition->vcpu_count);
    } else if (value->state == XHM_XL_READ && domain->vcpus != partition->vcpu_count) {
        lint_tell(pair->file, key, "%u, but partition %s declares %u", domain->vcpus, partition->name,
                  partition->vcpu_count);
    }
}

/* What the guest may bring online by itself is not what was declared to be there. */
void lint_placement_max_vcpus(const struct lint_pair *pair, enum xhm_xl_key key) {
    const struct xhm_xl_domain *domain = pair->file->domain;
    if (!xl_domain_has(domain, key)) {
        return;
    }
    if (domain->max_vcpus < domain->vcpus) {
        lint_tell(pair->file, key, "%u is below vcpus, %u: xl creates no such domain", domain->max_vcpus,
                  domain->vcpus);
    } else if (domain->max_vcpus > domain->vcpus && pair->partition->vcpu_count != 0) {
        lint_tell(pair->file, key,
                  "%u is above vcpus, %u: the guest could bring more vCPUs online than partition %s declares",
                  domain->max_vcpus, domain->vcpus, pair->partition->name);
    }
}

static void compare_vcpu(const struct lint_pair *pair, uint32_t vcpu) {
    const struct xhm_vcpu_policy *declared = &pair->partition->vcpus[vcpu];
    const struct xhm_xl_affinity *affinity = &pair->file->domain->affinity[vcpu];
    char is[XHM_SCALAR_TEXT_SIZE];
    char should_be[XHM_SCALAR_TEXT_SIZE];
    if (!xl_affinity_is(affinity, &declared->pcpus)) {
        xl_affinity_write(affinity, is);
        xl_affinity_write_pcpus(&declared->pcpus, should_be);
        lint_tell(pair->file, XHM_XL_CPUS, "vCPU %u may run on %s, but partition %s declares %s", vcpu, is,
                  pair->partition->name, should_be);
    }
}

void lint_placement_cpus(const struct lint_pair *pair, enum xhm_xl_key key) {
    const struct xhm_partition_policy *partition = pair->partition;
    const struct xhm_xl_domain *domain = pair->file->domain;
    const enum xhm_xl_state state = domain->values[key].state;
    if (partition->vcpu_count == 0) {
        lint_tell_unchecked(pair->file, key, "not checked: partition %s declares no vCPUs", partition->name);
        return;
    }
    if (state == XHM_XL_ABSENT) {
        lint_tell(pair->file, key, "is not given: every vCPU may run on every pCPU, but partition %s declares where",
                  partition->name);
    }
    for (uint32_t vcpu = 0; state == XHM_XL_READ && vcpu < partition->vcpu_count && vcpu < domain->vcpus; vcpu++) {
        compare_vcpu(pair, vcpu);
    }
}

/* A pCPU belongs to one cpupool. xhmd knows in which one a domain is only from the facts that dom0 tells. */
static bool cpupools_count(const struct xhm_policy *policy, const struct xhm_lint_file *file) {
    return policy->platform.facts_period_ns != 0 && file->domain->values[XHM_XL_POOL].state != XHM_XL_UNREADABLE;
}

static bool are_apart(const struct xhm_policy *policy, const struct xhm_partition_policy *owner,
                      const struct xhm_lint_file *file) {
    const uint32_t pool = owner->cpupool_number;
    return pool != 0 && strcmp(policy->cpupools[pool - 1].name, lint_scheduling_pool(file->domain)) != 0;
}

static bool is_empty(const struct xhm_pcpu_set *set) {
    struct xhm_pcpu_set common;
    return !overlap(set, set, &common);
}

/* Takes away the pCPUs that are in no declared cpupool of the file's cpupool's name. */
static void confine(const struct xhm_policy *policy, const struct xhm_lint_file *file, struct xhm_pcpu_set *pcpus) {
    for (uint32_t i = 0; i < policy->cpupool_count; i++) {
        const struct xhm_cpupool_policy *pool = &policy->cpupools[i];
        if (strcmp(pool->name, lint_scheduling_pool(file->domain)) == 0 && !is_empty(&pool->pcpus)) {
            overlap(pcpus, &pool->pcpus, pcpus);
        }
    }
}

/* One vCPU of the file is enough to tell, for each vCPU of the owner. */
static void tell_intruder(const struct xhm_policy *policy, const struct xhm_lint_file *file,
                          const struct xhm_partition_policy *owner, uint32_t owned) {
    const struct xhm_xl_domain *domain = file->domain;
    for (uint32_t vcpu = 0; vcpu < domain->max_vcpus; vcpu++) {
        struct xhm_pcpu_set reach = domain->affinity[vcpu].pcpus;
        if (cpupools_count(policy, file)) {
            confine(policy, file, &reach);
        }
        struct xhm_pcpu_set common;
        if (overlap(&reach, &owner->vcpus[owned].pcpus, &common)) {
            char pcpus[XHM_SCALAR_TEXT_SIZE];
            xl_affinity_write_pcpus(&common, pcpus);
            lint_tell(file, XHM_XL_CPUS, "vCPU %u may run on pCPU %s, which vCPU %u of partition %s has for itself",
                      vcpu, pcpus, owned, owner->name);
            return;
        }
    }
}

static void tell_intruders(const struct xhm_policy *policy, const struct xhm_lint_file *file, uint32_t index) {
    const struct xhm_partition_policy *owner = &policy->partitions[index];
    const bool apart = cpupools_count(policy, file) && are_apart(policy, owner, file);
    for (uint32_t vcpu = 0; index + 1 != file->partition && !apart && vcpu < owner->vcpu_count; vcpu++) {
        if (owner->vcpus[vcpu].exclusive) {
            tell_intruder(policy, file, owner, vcpu);
        }
    }
}

void lint_placement_exclusive(const struct xhm_policy *policy, const struct xhm_lint_file *file) {
    if (file->domain->values[XHM_XL_CPUS].state == XHM_XL_UNREADABLE) {
        return;
    }
    for (uint32_t i = 0; i < policy->partition_count; i++) {
        tell_intruders(policy, file, i);
    }
}
