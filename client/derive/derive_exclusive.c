// SPDX-License-Identifier: Apache-2.0
#include "affinity.h"
#include "derive_parts.h"
#include "pcpu_set.h"

/* Where a vCPU of a domain may run: within its cpupool, where that is known. */
static struct xhm_pcpu_set reach_of(const struct derivation *derivation, const Xhm__V1__RunningDomain *domain,
                                    const Xhm__V1__RunningVcpu *vcpu) {
    const uint32_t pool = derive_pool(derivation, domain);
    struct xhm_pcpu_set reach = derive_affinity(vcpu);
    if (pool == DERIVE_NONE) {
        return reach;
    }
    const struct xhm_cpupool_facts *facts = &derivation->running->facts->cpupools.pools[pool];
    if (affinity_meaning(facts->scheduler) == XHM_AFFINITY_IGNORED) {
        return facts->pcpus;
    }
    return pcpu_set_common(&reach, &facts->pcpus);
}

/* All pCPUs where domains that are not the partition may run. */
static struct xhm_pcpu_set reach_of_others(const struct derivation *derivation, uint32_t partition) {
    const uint32_t count = derive_domain_count(derivation);
    struct xhm_pcpu_set others = {{0}};
    for (uint32_t i = 0; i < count; i++) {
        const Xhm__V1__RunningDomain *domain = derivation->running->reply->domains[i];
        for (size_t j = 0; derivation->partition_of[i] != partition && j < domain->n_vcpus; j++) {
            if (domain->vcpus[j]->known && domain->vcpus[j]->online) {
                const struct xhm_pcpu_set reach = reach_of(derivation, domain, domain->vcpus[j]);
                pcpu_set_unite(&others, &reach);
            }
        }
    }
    return others;
}

/* With the pCPUs that share a core with one of @p pcpus. */
static struct xhm_pcpu_set with_siblings(const struct derivation *derivation, const struct xhm_pcpu_set *pcpus) {
    const struct xhm_facts *facts = derivation->running->facts;
    struct xhm_pcpu_set all = *pcpus;
    const uint32_t count = facts != NULL ? facts->topology.pcpu_count : 0;
    for (uint32_t i = 0; i < count; i++) {
        for (uint32_t j = 0; j < count; j++) {
            if (pcpu_set_has(pcpus, i) && facts->topology.core[i] == facts->topology.core[j]) {
                pcpu_set_add(&all, j);
            }
        }
    }
    return all;
}

static void confine(struct derivation *derivation, uint32_t partition, uint32_t index,
                    const struct xhm_pcpu_set *others) {
    struct xhm_vcpu_policy *vcpu = &derivation->policy->partitions[partition].vcpus[index];
    const struct xhm_pcpu_set cores = with_siblings(derivation, &vcpu->pcpus);
    if (vcpu->exclusive && pcpu_set_overlaps(&vcpu->pcpus, others)) {
        vcpu->exclusive = vcpu->whole_core = false;
        derive_note(derivation->notes, DERIVE_OF_PARTITION, partition,
                    "The pCPUs of vCPU %u were declared exclusive; another domain may run there.", index);
    }
    if (vcpu->whole_core && pcpu_set_overlaps(&cores, others)) {
        vcpu->whole_core = false;
        derive_note(derivation->notes, DERIVE_OF_PARTITION, partition,
                    "The core of vCPU %u was declared its own; another domain may run on a sibling.", index);
    }
}

/* Masks of the cache that others have bits of. */
static void confine_cache(struct derivation *derivation, uint32_t partition) {
    const struct xhm_facts *facts = derivation->running->facts;
    const Xhm__V1__RunningDomain *own = derive_domain(derivation, partition);
    struct xhm_cache_policy *cache = &derivation->policy->partitions[partition].cache;
    for (uint32_t i = 0; cache->exclusive && facts != NULL && own != NULL && i < facts->domain_count; i++) {
        const struct xhm_domain_facts *domain = &facts->domain[i];
        if (domain->domid != own->domid && (cache->l3_mask & (domain->l3_mask[0] | domain->l3_mask[1])) != 0) {
            cache->exclusive = false;
            derive_note(derivation->notes, DERIVE_OF_PARTITION, partition,
                        "Its cache mask was declared exclusive; domain %u has bits of it.", (unsigned)domain->domid);
        }
    }
}

void derive_exclusiveness(struct derivation *derivation) {
    for (uint32_t i = 0; i < derivation->policy->partition_count; i++) {
        const struct xhm_pcpu_set others = reach_of_others(derivation, i);
        for (uint32_t j = 0; j < derivation->policy->partitions[i].vcpu_count; j++) {
            confine(derivation, i, j, &others);
        }
        confine_cache(derivation, i);
    }
}
