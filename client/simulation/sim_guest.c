// SPDX-License-Identifier: Apache-2.0
#include "sim_guest.h"

#include "outcome.h"

#include <stdio.h>
#include <string.h>

static const struct xhm_pcpu_set pcpu_0 = {{1}};
static const struct xhm_pcpu_set pcpu_all = {{UINT64_MAX, UINT64_MAX, UINT64_MAX, UINT64_MAX}};

static uint32_t first_pcpu(const struct xhm_pcpu_set *set) {
    for (uint32_t pcpu = 0; pcpu < XHM_MAX_PCPUS; pcpu++) {
        if ((set->words[pcpu / 64] >> (pcpu % 64) & 1u) != 0) {
            return pcpu;
        }
    }
    return XHM_NONE;
}

void guest_pin(struct xhm_sim_domain *domain, uint32_t vcpu, const struct xhm_pcpu_set *affinity) {
    domain->vcpus[vcpu].affinity = *affinity;
    domain->vcpus[vcpu].pcpu = first_pcpu(affinity);
}

void guest_create(struct xhm_sim_domain *domain, const char *name, uint16_t domid) {
    memset(domain, 0, sizeof(*domain));
    domain->exists = true;
    snprintf(domain->name, sizeof(domain->name), "%s", name);
    domain->domid = domid;
    memset(domain->uuid.bytes, 0xf0, sizeof(domain->uuid.bytes));
    memcpy(domain->uuid.bytes, &domid, sizeof(domid));
    domain->clock_percent = 100;
    domain->load_percent = 20;
    domain->memory_kib = 65536;
    domain->memory_limit_kib = 65536 + XHM_TOOLSTACK_MEMORY_KIB;
    domain->vcpu_count = 1;
    domain->vcpus[0].online = true;
    guest_pin(domain, 0, &pcpu_0);
}

static void prepare_task(struct xhm_sim_task *task, const struct xhm_entity_policy *policy) {
    const struct xhm_alive_policy *alive = &policy->alive;

    *task = (struct xhm_sim_task){.id = policy->id, .page = policy->page, .slot = policy->slot, .reports = 1};
    task->period_ns =
        alive->reference_cycle_ns > 0 ? alive->reference_cycle_ns / alive->expected : 10 * UINT64_C(1000000);
    task_follow_policy(task, policy);
}

void guest_become_partition(struct xhm_sim_domain *domain, const struct xhm_partition_policy *policy, uint64_t now_ns,
                            uint64_t build_ns) {
    domain->policy = policy;
    domain->paused = true;
    domain->building = true;
    domain->built_at_ns = now_ns + build_ns;
    domain->boot_at_ns = domain->built_at_ns + XHM_SIM_BOOT_NS;
    if (policy->identity.kind == XHM_IDENTITY_UUID) {
        domain->uuid = policy->identity.uuid;
    }
    if (policy->memory.size_kib > 0) {
        domain->memory_kib = policy->memory.size_kib;
        domain->memory_limit_kib = policy->memory.size_kib + XHM_TOOLSTACK_MEMORY_KIB;
    }
    domain->vcpu_count = policy->vcpu_count > 0 ? policy->vcpu_count : 1;
    for (uint32_t vcpu = 0; vcpu < domain->vcpu_count; vcpu++) {
        domain->vcpus[vcpu].online = true;
        guest_pin(domain, vcpu, &pcpu_all);
    }
    domain->task_count = policy->entity_count;
    for (uint32_t i = 0; i < policy->entity_count; i++) {
        prepare_task(&domain->tasks[i], &policy->entities[i]);
    }
}

static void finish_build(struct xhm_sim_domain *domain) {
    domain->paused = false;
    for (uint32_t vcpu = 0; vcpu < domain->policy->vcpu_count; vcpu++) {
        guest_pin(domain, vcpu, &domain->policy->vcpus[vcpu].pcpus);
    }
}

static void start_page(struct xhm_sim_domain *domain, uint32_t index, uint64_t instance_id, uint64_t now_ns) {
    struct xhm_sim_page *page = &domain->pages[index];
    const struct xhm_probe_identity identity = {.partition_id = domain->policy->partition_id,
                                                .page_index = index,
                                                .instance_id = instance_id,
                                                .clock_kind = XHM_PROBE_CLOCK_LINUX_MONOTONIC};

    xhm_probe_page_init(&page->writer, &page->frames[0], &identity);
    for (uint32_t i = 0; i < domain->task_count; i++) {
        struct xhm_sim_task *task = &domain->tasks[i];
        if (task->page == index) {
            task->probe = NULL;
        }
        if (task->page == index && !task->absent) {
            xhm_probe_entity_init(&page->writer, task->slot, task->id, guest_time(domain, now_ns), &task->probe);
            task->next_ns = now_ns + task->period_ns;
            task->path_position = task->path_length;
        }
    }
    page->mapped = &page->frames[0];
    page->offered = true;
}

static void boot(struct xhm_sim_domain *domain) {
    domain->booted = true;
    for (uint32_t page = 0; page < domain->policy->page_count; page++) {
        start_page(domain, page, 1000u + domain->domid, domain->boot_at_ns);
    }
}

bool guest_is_running(const struct xhm_sim_domain *domain) {
    return domain->exists && !domain->dying && !domain->shutdown && !domain->paused && domain->supervisor_pauses == 0;
}

static void consume(struct xhm_sim_domain *domain, uint64_t now_ns) {
    if (guest_is_running(domain)) {
        domain->cpu_time_ns += (now_ns - domain->ran_until_ns) * domain->load_percent / 100;
    }
    domain->ran_until_ns = now_ns;
}

uint64_t guest_time(const struct xhm_sim_domain *domain, uint64_t now_ns) {
    return domain->clock_shown_ns + (now_ns - domain->clock_since_ns) * domain->clock_percent / 100;
}

void guest_set_clock(struct xhm_sim_domain *domain, uint64_t now_ns, uint64_t shown_ns, uint64_t percent) {
    domain->clock_since_ns = now_ns;
    domain->clock_shown_ns = shown_ns;
    domain->clock_percent = percent;
}

void guest_run(struct xhm_sim_domain *domain, uint64_t now_ns) {
    consume(domain, now_ns);
    if (!domain->exists || domain->policy == NULL) {
        return;
    }
    if (domain->building && now_ns >= domain->built_at_ns) {
        domain->building = false;
        finish_build(domain);
    }
    if (!domain->booted && guest_is_running(domain) && now_ns >= domain->boot_at_ns) {
        boot(domain);
    }
    for (uint32_t i = 0; i < domain->task_count; i++) {
        task_run(&domain->tasks[i], domain, now_ns);
    }
}

void guest_shut_down(struct xhm_sim_domain *domain, uint8_t reason) {
    if (domain->shutdown) {
        return;
    }
    domain->shutdown = true;
    if (!domain->prelatched) {
        domain->reason = reason;
    }
}

void guest_restart_probe(struct xhm_sim_domain *domain, uint32_t page, uint64_t now_ns) {
    start_page(domain, page, domain->pages[page].writer.instance_id + 1, now_ns);
}

void guest_share_again(struct xhm_sim_domain *domain, uint32_t page) {
    struct xhm_sim_page *shared = &domain->pages[page];
    struct xhm_probe_page *other = shared->writer.page == &shared->frames[0] ? &shared->frames[1] : &shared->frames[0];

    xhm_probe_page_move(&shared->writer, other);
    shared->mapped = other;
}

struct xhm_probe_page *guest_scribble(struct xhm_sim_domain *domain, uint32_t page) {
    struct xhm_sim_page *scribbled = &domain->pages[page];

    if (!scribbled->scribbled) {
        scribbled->scribble = *scribbled->mapped;
        scribbled->scribbled = true;
    }
    return &scribbled->scribble;
}

void guest_unscribble(struct xhm_sim_domain *domain, uint32_t page) {
    domain->pages[page].scribbled = false;
}
