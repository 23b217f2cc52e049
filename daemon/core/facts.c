// SPDX-License-Identifier: Apache-2.0
#include "conformance_parts.h"
#include <string.h>

bool facts_are_wanted(const struct xhm_core *core) {
    return core->policy->platform.facts_period_ns > 0;
}

/* By the clock, but no older than the time for which the supervisor has run since it last did not: time in which it did
   not run ages nothing. A date that is still to come is now. */
static uint64_t age_of(const struct xhm_step *step, const struct xhm_facts *facts) {
    const struct xhm_core *core = step->core;
    const uint64_t ran_ns = core->supervised_ns - core->facts.ran_since_ns;
    const uint64_t age_ns = core->now_ns > facts->gathered_ns ? core->now_ns - facts->gathered_ns : 0;

    return age_ns < ran_ns ? age_ns : ran_ns;
}

static void take_set(const struct xhm_step *step) {
    struct xhm_facts_state *state = &step->core->facts;
    const struct xhm_facts *facts = step->observation->facts;

    state->news = facts != NULL && facts->number != 0 && facts->number != state->number;
    if (state->news) {
        state->number = facts->number;
        state->gathered_ns = step->core->supervised_ns - age_of(step, facts);
    }
}

static void lose_sight(struct xhm_core *core) {
    conformance_forget_host(core);
    for (uint32_t partition = 0; partition < core->policy->partition_count; partition++) {
        conformance_forget_facts(core, partition);
    }
    memset(core->cpupools, 0, sizeof(core->cpupools));
    core->facts.known = false;
}

void facts_await(struct xhm_core *core) {
    lose_sight(core);
    core->facts.gathered_ns = core->supervised_ns;
}

/* Before the first set, and after a new policy, the agent has as long as a set may be old. A set that was gathered for
   the policy before is not looked at. */
static void watch_age(const struct xhm_step *step) {
    struct xhm_facts_state *state = &step->core->facts;
    const uint64_t age_ns = step->core->supervised_ns - state->gathered_ns;
    const struct xhm_fault_details details = {{age_ns, 0}};
    const bool stale = facts_are_wanted(step->core) && age_ns > step->core->policy->platform.facts_timeout_ns;
    const bool known = facts_are_wanted(step->core) && !stale && (state->news || state->known);

    fault_state_set(step, XHM_NONE, XHM_FAULT_FACTS_STALE, XHM_SCOPE_WHOLE, stale, details);
    if (state->known && !known) {
        lose_sight(step->core);
    }
    state->known = known;
}

void facts_step(const struct xhm_step *step) {
    if (step->overrun) {
        step->core->facts.ran_since_ns = step->core->supervised_ns;
        devices_rebaseline(step->core);
    }
    take_set(step);
    watch_age(step);
}

static const struct xhm_cpupools_facts *cpupools(const struct xhm_step *step) {
    const struct xhm_facts *facts = step->observation->facts;

    return facts != NULL && facts->cpupools.availability == XHM_FACTS_KNOWN ? &facts->cpupools : NULL;
}

const struct xhm_cpupool_facts *facts_cpupool(const struct xhm_step *step, uint32_t id) {
    const struct xhm_cpupools_facts *all = cpupools(step);

    for (uint32_t i = 0; all != NULL && i < all->count; i++) {
        if (all->pools[i].id == id) {
            return &all->pools[i];
        }
    }
    return NULL;
}

const struct xhm_cpupool_facts *facts_declared_cpupool(const struct xhm_step *step, uint32_t cpupool) {
    const struct xhm_cpupools_facts *all = cpupools(step);

    for (uint32_t i = 0; all != NULL && i < all->count; i++) {
        if (strcmp(all->pools[i].name, step->core->policy->cpupools[cpupool].name) == 0) {
            return &all->pools[i];
        }
    }
    return NULL;
}

const struct xhm_domain_facts *facts_instance(const struct xhm_step *step, uint32_t partition) {
    const struct xhm_partition_state *state = step_state(step, partition);
    const struct xhm_facts *facts = step->observation->facts;

    for (uint32_t i = 0; facts->domains == XHM_FACTS_KNOWN && i < facts->domain_count; i++) {
        const struct xhm_domain_facts *domain = &facts->domain[i];
        if (domain->domid == state->domid && memcmp(&domain->uuid, &state->uuid, sizeof(domain->uuid)) == 0) {
            return domain;
        }
    }
    return NULL;
}

enum xhm_affinity_meaning facts_affinity_meaning(const struct xhm_step *step, uint32_t id) {
    if (!facts_are_wanted(step->core)) {
        return XHM_AFFINITY_CONFINES;
    }
    const struct xhm_cpupool_facts *pool = facts_cpupool(step, id);
    return pool != NULL ? affinity_meaning(pool->scheduler) : XHM_AFFINITY_UNKNOWN;
}
