// SPDX-License-Identifier: Apache-2.0
/**
 * Private to the derivation: what its parts work on, and the parts.
 */
#ifndef XHM_DERIVE_PARTS_H
#define XHM_DERIVE_PARTS_H

#include "derive.h"

/** "None", for indices. */
#define DERIVE_NONE UINT32_MAX

/** One derivation under way. */
struct derivation {
    struct xhm_policy *policy;
    const struct derive_running *running;
    struct derive_notes *notes;
    uint32_t partition_of[XHM_MAX_DOMAINS];    /**< of each running domain, or DERIVE_NONE */
    uint32_t domain_of[XHM_MAX_PARTITIONS];    /**< index into the reply, or DERIVE_NONE: it does not run */
    uint32_t pool_number_of[XHM_MAX_CPUPOOLS]; /**< of each cpupool of the facts: 1 + index in the policy, 0: none */
};

/** Adds a note, as printf does. */
__attribute__((format(printf, 4, 5))) void derive_note(struct derive_notes *notes, enum derive_section section,
                                                       uint32_t index, const char *format, ...);

/** Running domains that are looked at. */
uint32_t derive_domain_count(const struct derivation *derivation);

/** The running domain of a partition, or NULL. */
const Xhm__V1__RunningDomain *derive_domain(const struct derivation *derivation, uint32_t partition);

/** Facts about a running domain, or NULL. */
const struct xhm_domain_facts *derive_domain_facts(const struct derivation *derivation,
                                                   const Xhm__V1__RunningDomain *domain);

/** The cpupool of a running domain in the facts, or DERIVE_NONE. */
uint32_t derive_pool(const struct derivation *derivation, const Xhm__V1__RunningDomain *domain);

/** The pCPUs of a vCPU's hard affinity. */
struct xhm_pcpu_set derive_affinity(const Xhm__V1__RunningVcpu *vcpu);

/** Finds which domain is which partition, and makes partitions of those that are none. */
void derive_match(struct derivation *derivation);

/** Memory and vCPUs of one partition. */
void derive_memory(struct derivation *derivation, uint32_t partition);
void derive_vcpus(struct derivation *derivation, uint32_t partition);

/** Devices, assigned devices, cache and memory bandwidth of one partition. */
void derive_devices(struct derivation *derivation, uint32_t partition);
void derive_assigned(struct derivation *derivation, uint32_t partition);
void derive_cache(struct derivation *derivation, uint32_t partition);

/** The host, and its cpupools. */
void derive_platform(struct derivation *derivation);
void derive_cpupools(struct derivation *derivation);

/** Takes exclusiveness back where others may run there, too. */
void derive_exclusiveness(struct derivation *derivation);

#endif
