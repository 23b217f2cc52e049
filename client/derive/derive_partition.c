// SPDX-License-Identifier: Apache-2.0
#include "affinity.h"
#include "derive_parts.h"
#include "pcpu_set.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define NS_PER_S          UINT64_C(1000000000)
#define START_UP_GRACE_NS (60 * NS_PER_S)
#define RESTART_LIMIT     3u
#define RESTART_WINDOW_NS (600 * NS_PER_S)
#define LEAST_MEMORY_KIB  1024u

static bool has_uuid(const Xhm__V1__RunningDomain *domain) {
    uint8_t any = 0;
    for (size_t i = 0; i < domain->uuid.len; i++) {
        any |= domain->uuid.data[i];
    }
    return domain->uuid.len == sizeof(struct xhm_uuid) && any != 0;
}

static bool is_of(const Xhm__V1__RunningDomain *domain, const struct xhm_identity *identity) {
    switch (identity->kind) {
    case XHM_IDENTITY_UUID:
        return domain->uuid.len == sizeof(identity->uuid) &&
               memcmp(domain->uuid.data, identity->uuid.bytes, sizeof(identity->uuid)) == 0;
    case XHM_IDENTITY_STATIC_DOMID:
        return domain->domid == identity->domid;
    case XHM_IDENTITY_DOM0:
        return domain->domid == 0;
    }
    return false;
}

static uint32_t find_partition(const struct xhm_policy *policy, const Xhm__V1__RunningDomain *domain) {
    for (uint32_t i = 0; i < policy->partition_count; i++) {
        if (is_of(domain, &policy->partitions[i].identity)) {
            return i;
        }
    }
    return DERIVE_NONE;
}

static struct xhm_identity identity_of(const Xhm__V1__RunningDomain *domain) {
    struct xhm_identity identity = {.kind = XHM_IDENTITY_STATIC_DOMID, .domid = (uint16_t)domain->domid};
    if (domain->domid == 0) {
        identity = (struct xhm_identity){.kind = XHM_IDENTITY_DOM0};
    } else if (has_uuid(domain)) {
        identity = (struct xhm_identity){.kind = XHM_IDENTITY_UUID};
        memcpy(identity.uuid.bytes, domain->uuid.data, sizeof(identity.uuid.bytes));
    }
    return identity;
}

static bool is_name_used(const struct xhm_policy *policy, const char *name) {
    for (uint32_t i = 0; i < policy->partition_count; i++) {
        if (strcmp(policy->partitions[i].name, name) == 0) {
            return true;
        }
    }
    return false;
}

/* After what stays the same over restarts, as long as that is known. */
static void choose_name(const struct xhm_policy *policy, const struct xhm_identity *identity, uint32_t domid,
                        char name[XHM_NAME_SIZE]) {
    const uint8_t *bytes = identity->uuid.bytes;
    if (identity->kind == XHM_IDENTITY_DOM0) {
        snprintf(name, XHM_NAME_SIZE, "dom0");
    } else if (identity->kind == XHM_IDENTITY_UUID) {
        snprintf(name, XHM_NAME_SIZE, "domain-%02x%02x%02x%02x", bytes[0], bytes[1], bytes[2], bytes[3]);
    } else {
        snprintf(name, XHM_NAME_SIZE, "domain-%u", domid);
    }
    for (unsigned i = 2; is_name_used(policy, name); i++) {
        snprintf(name, XHM_NAME_SIZE, "domain-%u-%u", domid, i);
    }
}

static uint32_t choose_id(const struct xhm_policy *policy) {
    uint32_t id = 1;
    for (uint32_t i = 0; i < policy->partition_count; i++) {
        if (policy->partitions[i].partition_id == id) {
            id++;
            i = UINT32_MAX; /* from the beginning */
        }
    }
    return id;
}

/* Nothing is known of what it does: it is reported on, and never acted upon. */
static uint32_t add_partition(struct derivation *derivation, const Xhm__V1__RunningDomain *domain) {
    struct xhm_policy *policy = derivation->policy;
    struct xhm_partition_policy *partition = &policy->partitions[policy->partition_count];
    const uint64_t grace_ns = policy->supervisor.crash_check_period_ns > START_UP_GRACE_NS
                                  ? policy->supervisor.crash_check_period_ns
                                  : START_UP_GRACE_NS;
    memset(partition, 0, sizeof(*partition));
    partition->identity = identity_of(domain);
    choose_name(policy, &partition->identity, domain->domid, partition->name);
    partition->partition_id = choose_id(policy);
    partition->startup_grace_ns = partition->start_within_ns = grace_ns;
    for (unsigned i = 0; i < XHM_CLASS_COUNT; i++) {
        partition->reactions[i] = (struct xhm_ladder){1, {XHM_REACTION_REPORT}};
    }
    partition->restart =
        (struct xhm_restart_policy){.limit = RESTART_LIMIT, .window_ns = RESTART_WINDOW_NS, .timeout_ns = grace_ns};
    partition->memory.debounce = (struct xhm_debounce_policy){255, 255};
    derive_note(derivation->notes, DERIVE_OF_PARTITION, policy->partition_count,
                "No partition named this domain, which is domain %u now: give it a name, entities and reactions.",
                domain->domid);
    return policy->partition_count++;
}

void derive_match(struct derivation *derivation) {
    const uint32_t count = derive_domain_count(derivation);
    for (uint32_t i = 0; i < XHM_MAX_PARTITIONS; i++) {
        derivation->domain_of[i] = DERIVE_NONE;
    }
    for (uint32_t i = 0; i < count; i++) {
        const Xhm__V1__RunningDomain *domain = derivation->running->reply->domains[i];
        uint32_t partition = find_partition(derivation->policy, domain);
        if (partition == DERIVE_NONE && derivation->policy->partition_count == XHM_MAX_PARTITIONS) {
            derive_note(derivation->notes, DERIVE_OF_ALL, 0, "There is no room for a partition for domain %u.",
                        domain->domid);
        } else if (partition == DERIVE_NONE) {
            partition = add_partition(derivation, domain);
        }
        derivation->partition_of[i] = partition;
        if (partition != DERIVE_NONE) {
            derivation->domain_of[partition] = i;
        }
    }
}

static bool is_accepted(const struct xhm_memory_policy *memory, const Xhm__V1__RunningDomain *domain) {
    return domain->memory_kib + memory->slack_kib >= memory->size_kib &&
           domain->memory_kib <= memory->size_kib + memory->slack_kib &&
           domain->memory_limit_kib <= memory->size_kib + memory->slack_kib + XHM_TOOLSTACK_MEMORY_KIB;
}

/* What is unknown stays as it was declared. */
static bool is_up_front(const struct derivation *derivation, const Xhm__V1__RunningDomain *domain, bool declared) {
    const struct xhm_domain_facts *facts = derive_domain_facts(derivation, domain);
    if (domain->shared_kib != 0 || domain->paged_kib != 0 || domain->outstanding_kib != 0) {
        return false;
    }
    if (facts == NULL || facts->pod == XHM_FACTS_UNKNOWN) {
        return declared;
    }
    return facts->pod == XHM_FACTS_NOT_AVAILABLE || facts->pod_kib == 0;
}

void derive_memory(struct derivation *derivation, uint32_t partition) {
    const Xhm__V1__RunningDomain *domain = derive_domain(derivation, partition);
    struct xhm_memory_policy *memory = &derivation->policy->partitions[partition].memory;
    if (memory->size_kib == 0 || !is_accepted(memory, domain)) {
        const uint64_t declared_kib = domain->memory_kib + XHM_TOOLSTACK_MEMORY_KIB;
        memory->size_kib = domain->memory_kib;
        memory->slack_kib = domain->memory_limit_kib > declared_kib ? domain->memory_limit_kib - declared_kib : 0;
        memory->clear_slack_kib = memory->slack_kib;
    }
    if (memory->size_kib < LEAST_MEMORY_KIB || memory->slack_kib >= memory->size_kib) {
        derive_note(derivation->notes, DERIVE_OF_PARTITION, partition,
                    "Its memory is not declared: it has %" PRIu64 "KiB, and may have up to %" PRIu64 "KiB.",
                    domain->memory_kib, domain->memory_limit_kib);
        *memory = (struct xhm_memory_policy){.debounce = {255, 255}};
        return;
    }
    memory->up_front = memory->slack_kib == 0 && is_up_front(derivation, domain, memory->up_front);
}

/* @return the number of vCPUs when all of them are known, and those that are online are the first ones; else 0 */
static uint32_t count_vcpus(const Xhm__V1__RunningDomain *domain) {
    uint32_t online = 0;
    for (size_t i = 0; i < domain->n_vcpus; i++) {
        if (!domain->vcpus[i]->known || (domain->vcpus[i]->online && online != i)) {
            return 0;
        }
        online += domain->vcpus[i]->online ? 1 : 0;
    }
    return online == domain->online_vcpus && online <= XHM_MAX_VCPUS ? online : 0;
}

/* Affinity that the scheduler does not look at is whatever it is: the cpupool says where the vCPU runs. */
static struct xhm_pcpu_set pcpus_of(const struct derivation *derivation, uint32_t pool,
                                    const Xhm__V1__RunningVcpu *vcpu) {
    const struct xhm_facts *facts = derivation->running->facts;
    if (pool != DERIVE_NONE && affinity_meaning(facts->cpupools.pools[pool].scheduler) == XHM_AFFINITY_IGNORED) {
        return facts->cpupools.pools[pool].pcpus;
    }
    return derive_affinity(vcpu);
}

static void derive_vcpu(const struct derivation *derivation, uint32_t pool, const Xhm__V1__RunningVcpu *from,
                        struct xhm_vcpu_policy *vcpu) {
    vcpu->pcpus = pcpus_of(derivation, pool, from);
    vcpu->rtds = (struct xhm_rtds_policy){0};
    if (from->rtds != NULL) {
        vcpu->rtds = (struct xhm_rtds_policy){
            .period_ns = from->rtds->period_ns, .budget_ns = from->rtds->budget_ns, .extratime = from->rtds->extratime};
    }
}

static void derive_membership(struct derivation *derivation, uint32_t partition, uint32_t pool) {
    struct xhm_partition_policy *policy = &derivation->policy->partitions[partition];
    const Xhm__V1__RunningDomain *domain = derive_domain(derivation, partition);
    if (derivation->running->facts != NULL && derivation->running->facts->cpupools.availability == XHM_FACTS_KNOWN) {
        policy->cpupool_number = pool != DERIVE_NONE ? derivation->pool_number_of[pool] : 0;
    }
    policy->credit2 = (struct xhm_credit2_policy){0};
    if (domain->credit2 != NULL) {
        policy->credit2 = (struct xhm_credit2_policy){domain->credit2->weight, domain->credit2->cap};
    }
}

void derive_vcpus(struct derivation *derivation, uint32_t partition) {
    struct xhm_partition_policy *policy = &derivation->policy->partitions[partition];
    const Xhm__V1__RunningDomain *domain = derive_domain(derivation, partition);
    const uint32_t pool = derive_pool(derivation, domain);
    const uint32_t count = count_vcpus(domain);
    if (domain->paused) {
        derive_note(derivation->notes, DERIVE_OF_PARTITION, partition,
                    "It is paused, so that its vCPUs could not be looked at: declared as before.");
        return;
    }
    derive_membership(derivation, partition, pool);
    if (count == 0) {
        derive_note(derivation->notes, DERIVE_OF_PARTITION, partition,
                    "Its vCPUs are not declared: not all were seen, or others than the first are online.");
    }
    for (uint32_t i = count; i < policy->vcpu_count; i++) {
        policy->vcpus[i] = (struct xhm_vcpu_policy){0};
    }
    policy->vcpu_count = count;
    for (uint32_t i = 0; i < count; i++) {
        derive_vcpu(derivation, pool, domain->vcpus[i], &policy->vcpus[i]);
    }
}
