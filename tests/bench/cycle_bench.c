// SPDX-License-Identifier: Apache-2.0
/*
 * cycle_bench PARTITIONS CYCLES KIND SUPERVISION: supervision cycles as the loop makes them (plan, page copies, step),
 * without an ECU. Real encoders write into the pages between the cycles.
 *
 * For callgrind: the cycles of the chosen KIND (all, quiet, list, sweep) run in measured_cycle(), the others in
 * other_cycle(), so that --toggle-collect=measured_cycle counts exactly them. Prints how many were measured. Fails when
 * the cycles were not those of a healthy ECU. SUPERVISION is `basic` (alive, deadline misses, placement, memory) or
 * `full` (two deadlines, logical, guest clock, latency, its budget, and load as well).
 */
#include "core.h"
#include "xhm_probe.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define NS_PER_MS      UINT64_C(1000000)
#define CYCLE_NS       (10 * NS_PER_MS)
#define TASK_CYCLES    2 /* a task reports in every other cycle: start, end, alive, deadline */
#define WARM_UP_CYCLES 300u
#define START_DOMID    10u

enum kind {
    KIND_ALL,
    KIND_QUIET, /* nothing scheduled: only the pages are looked at */
    KIND_LIST,  /* the domain list is read, no vCPU */
    KIND_SWEEP, /* vCPUs are looked at, with or without the list */
};

static const char *const kind_names[] = {
    [KIND_ALL] = "all", [KIND_QUIET] = "quiet", [KIND_LIST] = "list", [KIND_SWEEP] = "sweep"};

struct guest {
    struct xhm_probe_page page;
    struct xhm_probe_page copy;
    struct xhm_probe_writer writer;
    struct xhm_probe_entity *entity;
};

static struct xhm_policy policy;
static struct xhm_core core;
static struct xhm_plan plan;
static struct xhm_observation observation;
static struct xhm_outcome outcome;
static struct guest guests[XHM_MAX_PARTITIONS];
static uint64_t now_ns = 1000 * NS_PER_MS;
static unsigned long measured;
static unsigned long others;

/* Everything that can be supervised of an entity and its partition: 1 and 2 are reached in turn. */
static void declare_full(struct xhm_partition_policy *partition) {
    const struct xhm_debounce_policy debounce = {.up_step = 32, .down_step = 32};
    struct xhm_entity_policy *entity = &partition->entities[0];

    entity->deadline_count = 2;
    entity->deadlines[0] =
        (struct xhm_deadline_policy){.from = 1, .to = 2, .min_ns = NS_PER_MS / 2, .max_ns = 5 * NS_PER_MS};
    entity->deadlines[1] =
        (struct xhm_deadline_policy){.from = 1, .to = 1, .min_ns = 15 * NS_PER_MS, .max_ns = 25 * NS_PER_MS};
    entity->logical = (struct xhm_logical_policy){.initial_count = 1,
                                                  .initial = {1},
                                                  .final_count = 1,
                                                  .finals = {2},
                                                  .transition_count = 4,
                                                  .transitions = {{1, 3}, {3, 3}, {3, 2}, {1, 2}}};
    entity->clock = (struct xhm_clock_policy){.window_ns = 200 * NS_PER_MS, .tolerance_percent = 5};
    entity->latency = (struct xhm_latency_policy){.raise_ns = 100000, .clear_ns = 50000, .debounce = debounce};
    entity->latency_budget = (struct xhm_latency_budget_policy){
        .worst_ns = NS_PER_MS, .late_ns = 64000, .window_ns = 1000 * NS_PER_MS, .late_limit = 3};
    partition->load = (struct xhm_load_policy){.raise_percent = 80, .clear_percent = 60, .debounce = debounce};
    partition->memory.slack_kib = 2048;
    partition->memory.clear_slack_kib = 1024;
    partition->memory.debounce = debounce;
}

/* One entity and one exclusive vCPU each; the supervisor's timing is that of an ECU on real hardware. */
static void declare_partition(uint32_t index) {
    struct xhm_partition_policy *partition = &policy.partitions[index];
    struct xhm_entity_policy *entity = &partition->entities[0];

    snprintf(partition->name, sizeof(partition->name), "p%u", (unsigned)index);
    partition->partition_id = index + 1;
    partition->identity.kind = XHM_IDENTITY_UUID;
    memset(partition->identity.uuid.bytes, (int)(index + 1), sizeof(partition->identity.uuid.bytes));
    partition->startup_grace_ns = 5000 * NS_PER_MS;
    partition->memory.size_kib = 98304;
    partition->memory.debounce = (struct xhm_debounce_policy){.up_step = 255, .down_step = 255};
    partition->vcpu_count = 1;
    partition->vcpus[0].pcpus.words[0] = UINT64_C(1) << (index + 1);
    partition->vcpus[0].exclusive = true;
    partition->page_count = 1;
    partition->entity_count = 1;
    snprintf(entity->name, sizeof(entity->name), "loop");
    entity->id = 1;
    entity->checkpoints_per_second = 100;
    entity->alive = (struct xhm_alive_policy){
        .reference_cycle_ns = 100 * NS_PER_MS, .expected = 5, .min_margin = 1, .max_margin = 1, .failed_tolerance = 1};
    entity->deadline_miss = (struct xhm_deadline_miss_policy){.window_ns = 1000 * NS_PER_MS, .limit = 3};
    for (unsigned i = 0; i < XHM_CLASS_COUNT; i++) {
        partition->reactions[i] = (struct xhm_ladder){1, {XHM_REACTION_RESTART}};
    }
    partition->restart =
        (struct xhm_restart_policy){.limit = 3, .window_ns = 60000 * NS_PER_MS, .timeout_ns = 5000 * NS_PER_MS};
}

static void declare_policy(uint32_t partitions, bool full) {
    policy.schema = XHM_POLICY_SCHEMA;
    snprintf(policy.ecu_id, sizeof(policy.ecu_id), "bench");
    policy.supervisor = (struct xhm_supervisor_policy){.cycle_ns = CYCLE_NS,
                                                       .crash_check_period_ns = 100 * NS_PER_MS,
                                                       .conformance_period_ns = 1000 * NS_PER_MS,
                                                       .conformance_checks_per_cycle = 4,
                                                       .overrun_tolerance_ns = 50 * NS_PER_MS,
                                                       .probe_busy_tolerance_ns = 50 * NS_PER_MS,
                                                       .visibility_timeout_ns = 5000 * NS_PER_MS,
                                                       .agent_timeout_ns = 5000 * NS_PER_MS};
    policy.partition_count = partitions;
    for (uint32_t i = 0; i < partitions; i++) {
        declare_partition(i);
        if (full) {
            declare_full(&policy.partitions[i]);
        }
    }
}

static void start_guests(void) {
    for (uint32_t i = 0; i < policy.partition_count; i++) {
        const struct xhm_probe_identity identity = {
            .partition_id = i + 1, .instance_id = 1000u + i, .clock_kind = XHM_PROBE_CLOCK_LINUX_MONOTONIC};

        if (xhm_probe_page_init(&guests[i].writer, &guests[i].page, &identity) != XHM_PROBE_DONE ||
            xhm_probe_entity_init(&guests[i].writer, 0, 1, now_ns, &guests[i].entity) != XHM_PROBE_DONE) {
            fprintf(stderr, "cycle_bench: the probe of partition %u did not start\n", (unsigned)i);
            exit(1);
        }
    }
}

static void run_guests(void) {
    for (uint32_t i = 0; i < policy.partition_count; i++) {
        xhm_probe_checkpoint(guests[i].entity, 1, now_ns);
        xhm_probe_checkpoint(guests[i].entity, 2, now_ns + NS_PER_MS);
        xhm_probe_deadline_report(guests[i].entity, true, 20000, now_ns + NS_PER_MS);
        xhm_probe_alive(guests[i].entity, now_ns + NS_PER_MS);
    }
}

static void prepare_domain(uint32_t index, uint16_t domid) {
    struct xhm_domain_reading *domain = &observation.domains[index];

    *domain = (struct xhm_domain_reading){.domid = domid, .online_vcpus = 1, .vcpu_slots = 1};
    if (index > 0) {
        domain->uuid = policy.partitions[index - 1].identity.uuid;
        domain->memory_kib = policy.partitions[index - 1].memory.size_kib;
        domain->memory_limit_kib = domain->memory_kib + XHM_TOOLSTACK_MEMORY_KIB;
    }
}

/* What never changes on this ECU: Xen's answers. The cost of asking Xen is measured elsewhere. */
static void prepare_observation(void) {
    observation.agent_connected = true;
    for (uint32_t i = 0; i <= policy.partition_count; i++) {
        prepare_domain(i, (uint16_t)(i == 0 ? 0 : START_DOMID + i));
    }
}

static void answer_plan(void) {
    observation.now_ns = now_ns;
    observation.ticks = 1;
    observation.domains_sight = plan.read_domains ? XHM_SIGHT_KNOWN : XHM_SIGHT_NOT_DUE;
    observation.domain_count = plan.read_domains ? policy.partition_count + 1 : 0;
    for (uint32_t i = 0; i < observation.domain_count; i++) {
        observation.domains[i].cpu_time_ns = now_ns / 2;
    }
    observation.vcpu_count = plan.vcpu_count;
    for (uint32_t i = 0; i < plan.vcpu_count; i++) {
        const uint32_t pcpu = plan.vcpus[i].domid == 0 ? 0 : plan.vcpus[i].domid - START_DOMID;

        observation.vcpus[i] = (struct xhm_vcpu_reading){
            .sight = XHM_SIGHT_KNOWN, .domid = plan.vcpus[i].domid, .online = true, .pcpu = pcpu};
        observation.vcpus[i].hard_affinity.words[0] = UINT64_C(1) << pcpu;
    }
}

static inline void copy_and_step(void) {
    for (uint32_t i = 0; i < policy.partition_count; i++) {
        probe_reader_copy(&guests[i].page, &guests[i].copy);
        observation.pages[i][0] = (struct xhm_page_observation){XHM_PAGE_COPIED, &guests[i].copy};
    }
    core_step(&core, &observation, &outcome);
}

void measured_cycle(void);
void other_cycle(void);

/* The plan is made before it is known whether the cycle is to be measured; measured_plan() counts it apart. */
__attribute__((noinline)) void measured_cycle(void) {
    copy_and_step();
    measured++;
}

__attribute__((noinline)) void other_cycle(void) {
    copy_and_step();
    others++;
}

static enum kind kind_of_plan(void) {
    if (plan.vcpu_count > 0) {
        return KIND_SWEEP;
    }
    return plan.read_domains ? KIND_LIST : KIND_QUIET;
}

/* Planning twice would change the core: the cost of a plan is measured on a copy, which is then thrown away. */
void measured_plan(struct xhm_core *of_core, struct xhm_plan *into);
__attribute__((noinline)) void measured_plan(struct xhm_core *of_core, struct xhm_plan *into) {
    core_plan(of_core, 1, into);
}

static struct xhm_core spare;
static struct xhm_plan spare_plan;

static void cycle(enum kind wanted, bool measuring) {
    spare = core;
    core_plan(&core, 1, &plan);
    const bool chosen = measuring && (wanted == KIND_ALL || wanted == kind_of_plan());
    answer_plan();
    if (chosen) {
        measured_plan(&spare, &spare_plan);
        measured_cycle();
    } else {
        other_cycle();
    }
}

static bool all_healthy(void) {
    for (uint32_t i = 0; i < policy.partition_count; i++) {
        if (core.partitions[i].status != XHM_STATUS_OK) {
            return false;
        }
    }
    return core.status == XHM_STATUS_OK;
}

static bool run(enum kind wanted, unsigned long cycles) {
    bool silent = true;

    for (unsigned long i = 0; i < WARM_UP_CYCLES + cycles; i++) {
        if (i % TASK_CYCLES == 0) {
            run_guests();
        }
        cycle(wanted, i >= WARM_UP_CYCLES);
        silent = silent && (i < WARM_UP_CYCLES || outcome.event_count == 0);
        now_ns += CYCLE_NS;
    }
    return silent && all_healthy();
}

static int find_kind(const char *name) {
    for (int i = 0; i < (int)(sizeof(kind_names) / sizeof(kind_names[0])); i++) {
        if (strcmp(kind_names[i], name) == 0) {
            return i;
        }
    }
    return -1;
}

int main(int argc, char *argv[]) {
    const bool enough = argc == 5;
    const unsigned long partitions = enough ? strtoul(argv[1], NULL, 10) : 0;
    const unsigned long cycles = enough ? strtoul(argv[2], NULL, 10) : 0;
    const int kind = enough ? find_kind(argv[3]) : -1;
    const bool full = enough && strcmp(argv[4], "full") == 0;
    const bool known = full || (enough && strcmp(argv[4], "basic") == 0);

    if (partitions == 0 || partitions > XHM_MAX_PARTITIONS || partitions >= 63 || cycles == 0 || kind < 0 || !known) {
        fprintf(stderr, "Usage: cycle_bench PARTITIONS CYCLES all|quiet|list|sweep basic|full\n");
        return 2;
    }
    declare_policy((uint32_t)partitions, full);
    core_init(&core, &policy, 1);
    start_guests();
    prepare_observation();
    if (!run((enum kind)kind, cycles)) {
        fprintf(stderr, "cycle_bench: the ECU was not healthy throughout (ECU status %d, partition 0 %d, %u events)\n",
                (int)core.status, (int)core.partitions[0].status, (unsigned)outcome.event_count);
        return 1;
    }
    printf("%lu\n", measured);
    return 0;
}
