// SPDX-License-Identifier: Apache-2.0
/**
 * Private to the core: the parts of conformance, one file a subject.
 *
 * What the hypervisor tells is compared when it was asked; what only dom0 can tell (facts.h) once with every new set of
 * facts. A verdict that rests on facts is unknown when they are too old, and before they came.
 */
#ifndef XHM_CORE_CONFORMANCE_PARTS_H
#define XHM_CORE_CONFORMANCE_PARTS_H

#include "affinity.h"
#include "pcpu_set.h"
#include "step.h"

/** Bit of XHM_SCOPE_WHOLE. */
#define XHM_WHOLE (UINT64_C(1) << XHM_SCOPE_WHOLE)

/** The scopes of a check for which the policy declares something. */
uint64_t conformance_declared(const struct xhm_policy *policy, uint32_t partition, enum xhm_partition_check check);
uint64_t conformance_declared_of_host(const struct xhm_policy *policy, enum xhm_platform_check check);

/** True when the policy declares something for this scope of a check of the partition. */
bool conformance_declares(const struct xhm_step *step, uint32_t partition, enum xhm_partition_check check,
                          uint32_t scope);

/** Nothing is known of the partition's instance (any more): every declared verdict is unknown. Faults stay. */
void conformance_forget(struct xhm_core *core, uint32_t partition);

/** Likewise, of the host. */
void conformance_forget_host(struct xhm_core *core);

/** Every declared verdict of the partition that rests on facts is unknown, and what was kept of them. Faults stay. */
void conformance_forget_facts(struct xhm_core *core, uint32_t partition);

/** Compares what is declared with a new set of facts. */
void conformance_take_facts(const struct xhm_step *step);

/** Takes a new set of facts, and says whether the last one is too old. Before anything is compared. */
void facts_step(const struct xhm_step *step);

/** Another host is declared: the next set of facts is awaited, and nothing known until then. */
void facts_await(struct xhm_core *core);

/** True when the policy has facts gathered at all. */
bool facts_are_wanted(const struct xhm_core *core);

/** The cpupool @p id in the last set of facts, however old; NULL when it is not in it. */
const struct xhm_cpupool_facts *facts_cpupool(const struct xhm_step *step, uint32_t id);

/** The cpupool declared as number @p cpupool, by its name, in the last set of facts; NULL when it is not in it. */
const struct xhm_cpupool_facts *facts_declared_cpupool(const struct xhm_step *step, uint32_t cpupool);

/** What known facts say of the partition's instance, identified by domid and uuid; NULL when nothing is. */
const struct xhm_domain_facts *facts_instance(const struct xhm_step *step, uint32_t partition);

/**
 * What hard affinity means in cpupool @p id. Where the policy wants no facts it is taken to confine. A cpupool has its
 * scheduler for life: what old facts say of it still holds.
 */
enum xhm_affinity_meaning facts_affinity_meaning(const struct xhm_step *step, uint32_t id);

/**
 * A look at a vCPU of a domain in cpupool @p cpupool_id: whether it may run on what partitions other than its own
 * declare exclusive, or on the siblings of it.
 */
void exclusivity_take_reading(const struct xhm_step *step, const struct xhm_vcpu_reading *reading, uint32_t cpupool_id);

/** New facts: which pCPUs share a core with those that the partition declares as whole cores. */
void exclusivity_take_topology(const struct xhm_step *step, uint32_t partition);

/** New facts: compares the declared cpupools with them. */
void cpupools_take_facts(const struct xhm_step *step);

/** New facts: which cpupools the declared ones are. */
void cpupools_take_ids(const struct xhm_step *step);

/** Compares the cpupool of each partition with the declared one, where a domain list was read. */
void cpupool_step(const struct xhm_step *step);

/** New facts of the partition's instance: keeps what is populated on demand. */
void up_front_take_facts(const struct xhm_step *step, uint32_t partition, const struct xhm_domain_facts *facts);

/** Tells whether all memory of each partition is there, where a domain list was read. */
void up_front_step(const struct xhm_step *step);

/** New facts of the partition's instance: compares its paravirtual and assigned devices. */
void devices_take_facts(const struct xhm_step *step, uint32_t partition, const struct xhm_domain_facts *facts);

/** After an overrun: the next counters are only a base. */
void devices_rebaseline(struct xhm_core *core);

/** New facts of the partition's instance: compares its shares of cache and memory bandwidth. */
void cache_take_facts(const struct xhm_step *step, uint32_t partition, const struct xhm_domain_facts *facts);

/** New facts: compares the host. */
void platform_take_facts(const struct xhm_step *step);

/** The scheduler whose parameters are declared for the vCPU; XHM_SCHEDULER_ANY where none are. */
enum xhm_scheduler scheduling_declared(const struct xhm_partition_policy *policy, uint32_t vcpu);

/** Compares the scheduling parameters of a vCPU of the partition, where they were asked for, if it is @p judged. */
void scheduling_take_reading(const struct xhm_step *step, uint32_t partition, const struct xhm_vcpu_reading *reading,
                             bool judged);

#endif
