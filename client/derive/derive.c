// SPDX-License-Identifier: Apache-2.0
#include "derive_parts.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* The supervisor has facts gathered every second while somebody asks. */
#define FRESH_MS 4000u

void derive_note(struct derive_notes *notes, enum derive_section section, uint32_t index, const char *format, ...) {
    if (notes->count < DERIVE_MAX_NOTES) {
        struct derive_note *note = &notes->notes[notes->count];
        va_list arguments;
        note->section = section;
        note->index = index;
        va_start(arguments, format);
        vsnprintf(note->text, sizeof(note->text), format, arguments);
        va_end(arguments);
    }
    notes->count++;
}

uint32_t derive_domain_count(const struct derivation *derivation) {
    const size_t count = derivation->running->reply->n_domains;
    return count < XHM_MAX_DOMAINS ? (uint32_t)count : XHM_MAX_DOMAINS;
}

const Xhm__V1__RunningDomain *derive_domain(const struct derivation *derivation, uint32_t partition) {
    const uint32_t domain = derivation->domain_of[partition];
    return domain != DERIVE_NONE ? derivation->running->reply->domains[domain] : NULL;
}

const struct xhm_domain_facts *derive_domain_facts(const struct derivation *derivation,
                                                   const Xhm__V1__RunningDomain *domain) {
    const struct xhm_facts *facts = derivation->running->facts;
    for (uint32_t i = 0; facts != NULL && facts->domains == XHM_FACTS_KNOWN && i < facts->domain_count; i++) {
        if (facts->domain[i].domid == domain->domid && domain->uuid.len == sizeof(facts->domain[i].uuid.bytes) &&
            memcmp(facts->domain[i].uuid.bytes, domain->uuid.data, domain->uuid.len) == 0) {
            return &facts->domain[i];
        }
    }
    return NULL;
}

uint32_t derive_pool(const struct derivation *derivation, const Xhm__V1__RunningDomain *domain) {
    const struct xhm_facts *facts = derivation->running->facts;
    for (uint32_t i = 0; facts != NULL && facts->cpupools.availability == XHM_FACTS_KNOWN && i < facts->cpupools.count;
         i++) {
        if (facts->cpupools.pools[i].id == domain->cpupool_id) {
            return i;
        }
    }
    return DERIVE_NONE;
}

struct xhm_pcpu_set derive_affinity(const Xhm__V1__RunningVcpu *vcpu) {
    struct xhm_pcpu_set set = {{0}};
    for (size_t i = 0; i < vcpu->n_hard_affinity; i++) {
        if (vcpu->hard_affinity[i] < XHM_MAX_PCPUS) {
            set.words[vcpu->hard_affinity[i] / 64] |= UINT64_C(1) << vcpu->hard_affinity[i] % 64;
        }
    }
    return set;
}

static enum xhm_scheduler scheduler_of(const struct xhm_facts *facts, uint32_t cpupool_id) {
    for (uint32_t i = 0; i < facts->cpupools.count; i++) {
        if (facts->cpupools.pools[i].id == cpupool_id) {
            return facts->cpupools.pools[i].scheduler;
        }
    }
    return XHM_SCHEDULER_ANY;
}

static bool knows_vcpus(const Xhm__V1__RunningDomain *domain, enum xhm_scheduler scheduler) {
    for (size_t i = 0; i < domain->n_vcpus; i++) {
        const Xhm__V1__RunningVcpu *vcpu = domain->vcpus[i];
        if (!vcpu->known || (vcpu->online && scheduler == XHM_SCHEDULER_RTDS && vcpu->rtds == NULL)) {
            return false;
        }
    }
    return scheduler != XHM_SCHEDULER_CREDIT2 || domain->credit2 != NULL;
}

bool derive_knows_all(const struct derive_running *running) {
    const Xhm__V1__FactsShowReply *reply = running->reply;
    bool knows = running->facts != NULL && reply->facts->age_ms <= FRESH_MS;
    for (size_t i = 0; knows && i < reply->n_domains; i++) {
        const Xhm__V1__RunningDomain *domain = reply->domains[i];
        knows = domain->paused || knows_vcpus(domain, scheduler_of(running->facts, domain->cpupool_id));
    }
    return knows && reply->n_domains > 0;
}

/* What is declared of a partition that does not run stays; that it does not run must be no fault. */
static void derive_absent(struct derivation *derivation, uint32_t partition) {
    derivation->policy->partitions[partition].optional = true;
    derive_note(derivation->notes, DERIVE_OF_PARTITION, partition,
                "It does not run: declared as before, and optional.");
}

static void derive_partitions(struct derivation *derivation) {
    for (uint32_t i = 0; i < derivation->policy->partition_count; i++) {
        if (derivation->domain_of[i] == DERIVE_NONE) {
            derive_absent(derivation, i);
            continue;
        }
        derive_memory(derivation, i);
        derive_vcpus(derivation, i);
        derive_devices(derivation, i);
        derive_assigned(derivation, i);
        derive_cache(derivation, i);
    }
}

void derive_policy(struct xhm_policy *policy, const struct derive_running *running, struct derive_notes *notes) {
    struct derivation derivation = {.policy = policy, .running = running, .notes = notes};
    notes->count = 0;
    policy->hash = 0;
    derive_match(&derivation);
    derive_platform(&derivation);
    derive_cpupools(&derivation);
    derive_partitions(&derivation);
    derive_exclusiveness(&derivation);
}
