// SPDX-License-Identifier: Apache-2.0
#include "running.h"

#include <string.h>

static bool is_same(const struct running_domain *domain, const struct xhm_domain_reading *reading) {
    return domain->reading.domid == reading->domid &&
           memcmp(&domain->reading.uuid, &reading->uuid, sizeof(reading->uuid)) == 0;
}

static void remove_from(struct running *running, uint32_t at) {
    running->count--;
    memmove(&running->domains[at], &running->domains[at + 1], (running->count - at) * sizeof(running->domains[0]));
}

/* Of a full table the last makes room: either it is gone, or it is learned anew. */
static void insert_at(struct running *running, uint32_t at) {
    running->count -= running->count == XHM_MAX_DOMAINS;
    memmove(&running->domains[at + 1], &running->domains[at], (running->count - at) * sizeof(running->domains[0]));
    memset(&running->domains[at], 0, sizeof(running->domains[0]));
    running->count++;
}

/* Xen's list is in the order of domids, and so is the table: from one list to the next hardly anything moves. */
static void take_domain(struct running *running, uint32_t at, const struct xhm_domain_reading *reading) {
    while (at < running->count && running->domains[at].reading.domid < reading->domid) {
        remove_from(running, at);
    }
    if (at == running->count || !is_same(&running->domains[at], reading)) {
        insert_at(running, at);
    }
    running->domains[at].reading = *reading;
}

static void take_domains(struct running *running, const struct xhm_observation *observation) {
    uint32_t count = 0;

    for (uint32_t i = 0; i < observation->domain_count; i++) {
        if (!observation->domains[i].dying && !observation->domains[i].shutdown) {
            take_domain(running, count++, &observation->domains[i]);
        }
    }
    running->count = count;
}

static uint32_t find(const struct running *running, uint16_t domid) {
    uint32_t at = 0;

    while (at < running->count && running->domains[at].reading.domid != domid) {
        at++;
    }
    return at;
}

void running_observe(struct running *running, const struct xhm_observation *observation) {
    if (observation->domains_sight == XHM_SIGHT_KNOWN) {
        take_domains(running, observation);
    }
    for (uint32_t i = 0; i < observation->vcpu_count; i++) {
        const struct xhm_vcpu_reading *reading = &observation->vcpus[i];
        const uint32_t at = find(running, reading->domid);

        if (at < running->count && reading->vcpu < XHM_MAX_VCPUS) {
            running->domains[at].vcpus[reading->vcpu] = *reading;
        }
    }
}

static enum xhm_scheduler scheduler_of(const struct xhm_facts *facts, uint32_t cpupool_id) {
    for (uint32_t i = 0; i < facts->cpupools.count; i++) {
        if (facts->cpupools.pools[i].id == cpupool_id) {
            return facts->cpupools.pools[i].scheduler;
        }
    }
    return XHM_SCHEDULER_ANY;
}

void running_plan(const struct running *running, const struct xhm_facts *facts, struct xhm_plan *plan) {
    for (uint32_t i = 0; facts && i < plan->vcpu_count; i++) {
        const uint32_t at = find(running, plan->vcpus[i].domid);

        if (at < running->count && plan->vcpus[i].scheduling == XHM_SCHEDULER_ANY) {
            plan->vcpus[i].scheduling = scheduler_of(facts, running->domains[at].reading.cpupool_id);
        }
    }
}
