// SPDX-License-Identifier: Apache-2.0
#include "facts_show.h"

#include "facts_message.h"
#include "state.h"

#define NS_PER_MS UINT64_C(1000000)

static bool affinity_encode(const struct xhm_pcpu_set *set, struct xhm_arena *arena, Xhm__V1__RunningVcpu *to) {
    uint32_t count = 0;

    for (unsigned i = 0; i < XHM_PCPU_WORDS; i++) {
        count += (uint32_t)__builtin_popcountll(set->words[i]);
    }
    to->hard_affinity = arena_take(arena, count * sizeof(to->hard_affinity[0]));
    for (uint32_t pcpu = 0; to->hard_affinity && pcpu < XHM_MAX_PCPUS; pcpu++) {
        if (set->words[pcpu / 64] >> pcpu % 64 & 1) {
            to->hard_affinity[to->n_hard_affinity++] = pcpu;
        }
    }
    return to->hard_affinity != NULL;
}

static bool is_known(const struct xhm_scheduling_reading *scheduling, enum xhm_scheduler scheduler) {
    return scheduling->sight == XHM_SIGHT_KNOWN && scheduling->scheduler == scheduler;
}

static bool rtds_encode(const struct xhm_scheduling_reading *scheduling, struct xhm_arena *arena,
                        Xhm__V1__RunningVcpu *to) {
    if (!is_known(scheduling, XHM_SCHEDULER_RTDS)) {
        return true;
    }
    to->rtds = arena_message(arena, &xhm__v1__rtds_policy__descriptor);
    if (to->rtds) {
        to->rtds->period_ns = scheduling->rtds.period_ns;
        to->rtds->budget_ns = scheduling->rtds.budget_ns;
        to->rtds->extratime = scheduling->rtds.extratime;
    }
    return to->rtds != NULL;
}

static Xhm__V1__RunningVcpu *vcpu_encode(const struct xhm_vcpu_reading *reading, struct xhm_arena *arena) {
    Xhm__V1__RunningVcpu *to = arena_message(arena, &xhm__v1__running_vcpu__descriptor);

    if (!to || reading->sight != XHM_SIGHT_KNOWN) {
        return to;
    }
    to->known = true;
    to->online = reading->online;
    to->pcpu = reading->pcpu;
    return affinity_encode(&reading->hard_affinity, arena, to) && rtds_encode(&reading->scheduling, arena, to) ? to
                                                                                                               : NULL;
}

static bool vcpus_encode(const struct running_domain *domain, struct xhm_arena *arena, Xhm__V1__RunningDomain *to) {
    const uint32_t slots = domain->reading.vcpu_slots;
    const uint32_t count = slots < XHM_MAX_VCPUS ? slots : XHM_MAX_VCPUS;

    to->vcpus = arena_take(arena, count * sizeof(to->vcpus[0]));
    if (!to->vcpus) {
        return false;
    }
    for (uint32_t i = 0; i < count; i++) {
        if (!(to->vcpus[i] = vcpu_encode(&domain->vcpus[i], arena))) {
            return false;
        }
        to->n_vcpus++;
    }
    return true;
}

/* Each vCPU of a domain has the same, so any look at one of them tells it. */
static bool credit2_encode(const struct running_domain *domain, struct xhm_arena *arena, Xhm__V1__RunningDomain *to) {
    for (uint32_t i = 0; i < XHM_MAX_VCPUS; i++) {
        const struct xhm_scheduling_reading *scheduling = &domain->vcpus[i].scheduling;

        if (domain->vcpus[i].sight == XHM_SIGHT_KNOWN && is_known(scheduling, XHM_SCHEDULER_CREDIT2)) {
            to->credit2 = arena_message(arena, &xhm__v1__credit2_policy__descriptor);
            if (to->credit2) {
                to->credit2->weight = scheduling->credit2.weight;
                to->credit2->cap = scheduling->credit2.cap;
            }
            return to->credit2 != NULL;
        }
    }
    return true;
}

static Xhm__V1__RunningDomain *domain_encode(const struct running_domain *domain, struct xhm_arena *arena) {
    Xhm__V1__RunningDomain *to = arena_message(arena, &xhm__v1__running_domain__descriptor);

    if (!to || !vcpus_encode(domain, arena, to) || !credit2_encode(domain, arena, to)) {
        return NULL;
    }
    to->domid = domain->reading.domid;
    to->uuid.len = sizeof(domain->reading.uuid.bytes);
    to->uuid.data = (uint8_t *)(uintptr_t)domain->reading.uuid.bytes;
    to->online_vcpus = domain->reading.online_vcpus;
    to->memory_kib = domain->reading.memory_kib;
    to->memory_limit_kib = domain->reading.memory_limit_kib;
    to->cpupool_id = domain->reading.cpupool_id;
    to->shared_kib = domain->reading.shared_kib;
    to->paged_kib = domain->reading.paged_kib;
    to->outstanding_kib = domain->reading.outstanding_kib;
    to->paused = domain->reading.paused;
    return to;
}

static bool domains_encode(const struct running *running, struct xhm_arena *arena, Xhm__V1__FactsShowReply *to) {
    to->domains = arena_take(arena, running->count * sizeof(to->domains[0]));
    if (!to->domains) {
        return false;
    }
    for (uint32_t i = 0; i < running->count; i++) {
        if (!(to->domains[i] = domain_encode(&running->domains[i], arena))) {
            return false;
        }
        to->n_domains++;
    }
    return true;
}

static bool facts_encode(struct xhm_control *control, Xhm__V1__FactsShowReply *to) {
    const struct xhm_facts *facts = facts_link_current(control);

    if (!facts) {
        return true;
    }
    to->facts = facts_to_message(facts, &control->arena);
    if (to->facts) {
        to->facts->age_ms = (control->facts.now_ns - facts->gathered_ns) / NS_PER_MS;
    }
    return to->facts != NULL;
}

void facts_show_answer(struct peer *peer, const Xhm__V1__ClientMessage *message) {
    struct xhm_control *control = peer->control;
    Xhm__V1__ServerMessage reply = XHM__V1__SERVER_MESSAGE__INIT;
    Xhm__V1__FactsShowReply show = XHM__V1__FACTS_SHOW_REPLY__INIT;

    facts_link_want(control);
    reply.request_id = message->request_id;
    reply.body_case = XHM__V1__SERVER_MESSAGE__BODY_FACTS_SHOW;
    reply.facts_show = &show;
    if (!facts_encode(control, &show) || !domains_encode(&control->running, &control->arena, &show)) {
        peer_refuse_room(peer, message->request_id, "facts show");
        return;
    }
    peer_tell(peer, &reply);
}
