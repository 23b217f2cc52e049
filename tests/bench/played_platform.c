// SPDX-License-Identifier: Apache-2.0
#include "played_platform.h"

#include "core.h"
#include "loop_state.h"
#include "platform.h"
#include "xhm_probe.h"

#include <stdlib.h>
#include <string.h>

#define NS_PER_MS     UINT64_C(1000000)
#define TASK_CYCLES   4u /* a task reports in every fourth cycle: start, end, alive, deadline */
#define FIRST_DOMID   1u
#define STEPS_MAX     1000000u
#define TASK_TAKES_NS (NS_PER_MS / 10)

struct guest {
    struct xhm_probe_page page;
    struct xhm_probe_page copy;
    struct xhm_probe_writer writer;
    struct xhm_probe_entity *entity;
};

/* One for the process, as the loop is one. */
static struct {
    const struct xhm_loop *loop;
    struct guest guests[XHM_MAX_PARTITIONS];
    uint64_t ticks;
    uint32_t step_count;
    struct played_step steps[STEPS_MAX];
} played;

static const struct xhm_policy *policy_of_loop(void) {
    return played.loop->core.policy;
}

bool played_platform_attach(const struct xhm_loop *loop) {
    const uint64_t now_ns = loop_clock_now_ns(CLOCK_MONOTONIC);

    played.loop = loop;
    for (uint32_t i = 0; i < policy_of_loop()->partition_count; i++) {
        const struct xhm_partition_policy *partition = &policy_of_loop()->partitions[i];
        const struct xhm_probe_identity identity = {.partition_id = partition->partition_id,
                                                    .instance_id = 1000u + i,
                                                    .clock_kind = XHM_PROBE_CLOCK_LINUX_MONOTONIC};
        struct guest *guest = &played.guests[i];

        if (xhm_probe_page_init(&guest->writer, &guest->page, &identity) != XHM_PROBE_DONE ||
            xhm_probe_entity_init(&guest->writer, 0, partition->entities[0].id, now_ns, &guest->entity) !=
                XHM_PROBE_DONE) {
            return false;
        }
    }
    return true;
}

const struct played_step *played_platform_steps(uint32_t *count) {
    *count = played.step_count;
    return played.steps;
}

/* --- the port ------------------------------------------------------------------------------------------------------
 */

struct xhm_platform {
    int unused;
};
static struct xhm_platform the_platform;

struct xhm_platform *platform_open(char error[XHM_ERROR_SIZE]) {
    (void)error;
    return &the_platform;
}

void platform_close(struct xhm_platform *platform) {
    (void)platform;
}

/* The timer was due when the loop moved its own due time on, by as many cycles as had passed. */
static void note_step(const struct xhm_observation *observation) {
    const uint64_t cycle_ns = policy_of_loop()->supervisor.cycle_ns;

    if (played.step_count < STEPS_MAX) {
        played.steps[played.step_count++] =
            (struct played_step){.now_ns = observation->now_ns,
                                 .due_ns = played.loop->due_ns - observation->ticks * cycle_ns,
                                 .ticks = observation->ticks};
    }
}

static void run_guests(uint64_t now_ns) {
    for (uint32_t i = 0; i < policy_of_loop()->partition_count; i++) {
        struct xhm_probe_entity *entity = played.guests[i].entity;

        xhm_probe_checkpoint(entity, 1, now_ns - TASK_TAKES_NS);
        xhm_probe_checkpoint(entity, 2, now_ns);
        xhm_probe_deadline_report(entity, true, TASK_TAKES_NS, now_ns);
        xhm_probe_alive(entity, now_ns);
    }
}

static void read_domain(uint32_t index, uint64_t now_ns, struct xhm_domain_reading *domain) {
    *domain = (struct xhm_domain_reading){
        .domid = (uint16_t)index, .online_vcpus = 1, .vcpu_slots = 1, .cpu_time_ns = now_ns / 2};
    if (index >= FIRST_DOMID) {
        const struct xhm_partition_policy *partition = &policy_of_loop()->partitions[index - FIRST_DOMID];

        domain->uuid = partition->identity.uuid;
        domain->memory_kib = partition->memory.size_kib;
        domain->memory_limit_kib = domain->memory_kib + XHM_TOOLSTACK_MEMORY_KIB;
    }
}

static void read_vcpu(const struct xhm_plan *plan, uint32_t index, struct xhm_vcpu_reading *vcpu) {
    const uint16_t domid = plan->vcpus[index].domid;

    *vcpu = (struct xhm_vcpu_reading){.sight = XHM_SIGHT_KNOWN, .domid = domid, .online = true, .pcpu = domid};
    vcpu->hard_affinity.words[0] = UINT64_C(1) << domid;
}

void platform_observe(struct xhm_platform *platform, const struct xhm_plan *plan, struct xhm_observation *observation) {
    const uint32_t partitions = policy_of_loop()->partition_count;

    (void)platform;
    note_step(observation);
    for (uint32_t i = 0; i < observation->ticks && i < 10 * TASK_CYCLES; i++) {
        if (played.ticks++ % TASK_CYCLES == 0) {
            run_guests(observation->now_ns);
        }
    }
    observation->domains_sight = plan->read_domains ? XHM_SIGHT_KNOWN : XHM_SIGHT_NOT_DUE;
    observation->domain_count = plan->read_domains ? partitions + FIRST_DOMID : 0;
    for (uint32_t i = 0; i < observation->domain_count; i++) {
        read_domain(i, observation->now_ns, &observation->domains[i]);
    }
    observation->vcpu_count = plan->vcpu_count;
    for (uint32_t i = 0; i < plan->vcpu_count; i++) {
        read_vcpu(plan, i, &observation->vcpus[i]);
    }
    for (uint32_t i = 0; i < partitions; i++) {
        struct guest *guest = &played.guests[i];

        probe_reader_copy(&guest->page, &guest->copy);
        observation->pages[i][0] = (struct xhm_page_observation){XHM_PAGE_COPIED, &guest->copy};
    }
}

/* Nothing is stopped or paused in this ECU: it is healthy, and nobody has a role to ask for it. */
bool platform_act(struct xhm_platform *platform, const struct xhm_action *action, char error[XHM_ERROR_SIZE]) {
    (void)platform, (void)action, (void)error;
    return true;
}

void platform_renumber(struct xhm_platform *platform, const uint32_t origin[XHM_MAX_PARTITIONS]) {
    (void)platform, (void)origin;
}

uint64_t platform_hypercalls(const struct xhm_platform *platform) {
    (void)platform;
    return 0;
}
