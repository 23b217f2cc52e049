// SPDX-License-Identifier: Apache-2.0
#include "random_policy.h"

#include <stdio.h>
#include <string.h>

static uint64_t seed = 1;

static uint64_t chance(uint64_t below) {
    seed = seed * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (seed >> 33) % below;
}

static bool maybe(void) {
    return chance(2) == 0;
}

static uint32_t some_number(uint32_t below) {
    return (uint32_t)chance(below);
}

static uint64_t some_time(void) {
    static const uint64_t units[] = {1, 1000, 1000000, 1000000000, UINT64_C(60000000000), UINT64_C(3600000000000)};
    return (1 + chance(100000)) * units[chance(6)];
}

/* Names are told apart by their number: what refers to one must find it again. */
static void some_name(char name[XHM_NAME_SIZE], uint32_t number) {
    static const char letters[] = "abcdefghijklmnopqrstuvwxyz0123456789-";
    memset(name, 0, XHM_NAME_SIZE);
    int used = snprintf(name, XHM_NAME_SIZE, "%c%u-", letters[chance(26)], number);
    for (uint64_t i = (uint64_t)used, length = i + chance(XHM_NAME_SIZE - i); i < length; i++) {
        name[i] = letters[chance(sizeof(letters) - 1)];
    }
}

static uint64_t some_set(uint32_t count) {
    return count == 0 ? 0 : (chance(UINT32_MAX) << 31 ^ chance(UINT32_MAX)) & (~UINT64_C(0) >> (64 - count));
}

static struct xhm_debounce_policy some_debounce(void) {
    return (struct xhm_debounce_policy){some_number(300), some_number(300)};
}

static void some_graph(struct xhm_logical_policy *logical) {
    logical->initial_count = 1 + some_number(XHM_MAX_GRAPH_ENDS);
    logical->final_count = some_number(XHM_MAX_GRAPH_ENDS + 1);
    logical->transition_count = some_number(XHM_MAX_TRANSITIONS + 1);
    for (uint32_t i = 0; i < logical->initial_count; i++) {
        logical->initial[i] = some_number(UINT32_MAX);
    }
    for (uint32_t i = 0; i < logical->final_count; i++) {
        logical->finals[i] = some_number(9);
    }
    for (uint32_t i = 0; i < logical->transition_count; i++) {
        logical->transitions[i] = (struct xhm_transition_policy){some_number(9), some_number(9)};
    }
}

static void some_entity(struct xhm_entity_policy *entity, uint32_t number) {
    some_name(entity->name, number);
    entity->id = some_number(UINT32_MAX);
    entity->page = some_number(9);
    entity->slot = some_number(9);
    entity->checkpoints_per_second = some_number(1000);
    if (maybe()) {
        entity->alive = (struct xhm_alive_policy){some_time(), some_number(100), some_number(100), some_number(100),
                                                  some_number(100)};
    }
    if (maybe()) {
        entity->deadline_miss = (struct xhm_deadline_miss_policy){some_time(), some_number(100)};
    }
    entity->deadline_count = some_number(XHM_MAX_DEADLINES + 1);
    for (uint32_t i = 0; i < entity->deadline_count; i++) {
        entity->deadlines[i] =
            (struct xhm_deadline_policy){some_number(9), some_number(9), maybe() ? 0 : some_time(), some_time()};
    }
    if (maybe()) {
        some_graph(&entity->logical);
    }
    if (maybe()) {
        entity->clock = (struct xhm_clock_policy){some_time(), some_number(100)};
    }
    if (maybe()) {
        entity->latency = (struct xhm_latency_policy){some_time(), some_time(), some_debounce()};
    }
    if (maybe()) {
        entity->latency_budget = (struct xhm_latency_budget_policy){some_time(), maybe() ? 0 : some_time(),
                                                                    maybe() ? 0 : some_time(), some_number(100)};
    }
}

static void some_identity(struct xhm_identity *identity) {
    identity->kind = (enum xhm_identity_kind)(1 + chance(3));
    if (identity->kind == XHM_IDENTITY_UUID) {
        for (unsigned i = 0; i < 16; i++) {
            identity->uuid.bytes[i] = (uint8_t)chance(256);
        }
    } else if (identity->kind == XHM_IDENTITY_STATIC_DOMID) {
        identity->domid = (uint16_t)(1 + chance(0x7fef));
    }
}

static void some_vcpu(struct xhm_vcpu_policy *vcpu) {
    for (unsigned word = 0; word < XHM_PCPU_WORDS; word++) {
        vcpu->pcpus.words[word] = chance(3) == 0 ? chance(UINT32_MAX) << chance(32) : 0;
    }
    vcpu->pcpus.words[0] |= 1;
    vcpu->exclusive = maybe();
    vcpu->whole_core = maybe();
    if (maybe()) {
        vcpu->rtds = (struct xhm_rtds_policy){some_time(), maybe() ? 0 : some_time(), maybe()};
    }
}

static void some_devices(const struct xhm_policy *policy, struct xhm_partition_policy *partition) {
    partition->devices_declared = maybe();
    partition->device_count = partition->devices_declared ? some_number(XHM_MAX_DEVICES + 1) : 0;
    for (uint32_t i = 0; i < partition->device_count; i++) {
        partition->devices[i] =
            (struct xhm_device_policy){.kind = (enum xhm_device_kind)(1 + chance(XHM_DEVICE_KIND_END - 1)),
                                       .id = some_number(UINT32_MAX),
                                       .backend_number = some_number(policy->partition_count + 1)};
        if (maybe()) {
            partition->devices[i].error_window_ns = some_time();
            partition->devices[i].error_limit = some_number(9);
        }
    }
    partition->assigned_declared = maybe();
    partition->assigned_count = partition->assigned_declared ? some_number(XHM_MAX_ASSIGNED + 1) : 0;
    for (uint32_t i = 0; i < partition->assigned_count; i++) {
        partition->assigned[i] = (uint32_t)chance(UINT64_C(1) << 31);
    }
}

static void some_shares(const struct xhm_policy *policy, struct xhm_partition_policy *partition) {
    partition->cpupool_number = some_number(policy->cpupool_count + 1);
    if (maybe()) {
        partition->credit2 = (struct xhm_credit2_policy){1 + some_number(70000), some_number(300)};
    }
    if (maybe()) {
        partition->cache = (struct xhm_cache_policy){1 + chance(UINT32_MAX), maybe(), some_number(200)};
    }
}

static void some_reactions(struct xhm_partition_policy *partition) {
    for (unsigned i = 0; i < XHM_CLASS_COUNT; i++) {
        partition->reactions[i].count = 1 + some_number(XHM_MAX_RUNGS);
        for (unsigned rung = 0; rung < partition->reactions[i].count; rung++) {
            partition->reactions[i].rungs[rung] = (enum xhm_reaction)(1 + chance(XHM_REACTION_END - 1));
        }
        partition->allocated_fhti_ns[i] = maybe() ? 0 : some_time();
    }
}

static void some_partition(const struct xhm_policy *policy, struct xhm_partition_policy *partition, uint32_t number) {
    some_name(partition->name, number);
    partition->partition_id = some_number(70000);
    some_identity(&partition->identity);
    partition->startup_grace_ns = some_time();
    partition->start_within_ns = some_time();
    if (maybe()) {
        partition->memory =
            (struct xhm_memory_policy){1 + chance(1u << 30), chance(4096), chance(4096), some_debounce(), maybe()};
    }
    if (maybe()) {
        partition->load = (struct xhm_load_policy){1 + some_number(1000), some_number(1000), some_debounce()};
    }
    partition->vcpu_count = some_number(XHM_MAX_VCPUS + 1);
    for (uint32_t i = 0; i < partition->vcpu_count; i++) {
        some_vcpu(&partition->vcpus[i]);
    }
    some_devices(policy, partition);
    some_shares(policy, partition);
    partition->page_count = some_number(9);
    partition->entity_count = some_number(XHM_MAX_ENTITIES + 1);
    for (uint32_t i = 0; i < partition->entity_count; i++) {
        some_entity(&partition->entities[i], i);
    }
    some_reactions(partition);
    partition->restart =
        (struct xhm_restart_policy){some_number(20), some_time(), maybe() ? 0 : some_time(), some_time()};
    partition->injection_allowed = maybe();
    partition->optional = maybe();
    partition->supervision_off = maybe();
    partition->expired_tolerance = some_number(9);
    partition->depends_on = maybe() ? 0 : some_set(policy->partition_count);
    partition->standby_for_number = some_number(policy->partition_count + 1);
    partition->safe_state_number = some_number(policy->safe_state_count + 1);
    partition->xen_watchdog = maybe();
    partition->assigned_devices = maybe();
    partition->pause_is_safe = maybe();
}

static struct xhm_supervisor_policy some_supervisor(const struct xhm_policy *policy) {
    return (struct xhm_supervisor_policy){.cycle_ns = some_time(),
                                          .crash_check_period_ns = some_time(),
                                          .conformance_period_ns = some_time(),
                                          .conformance_checks_per_cycle = some_number(100),
                                          .overrun_tolerance_ns = some_time(),
                                          .probe_busy_tolerance_ns = some_time(),
                                          .visibility_timeout_ns = some_time(),
                                          .agent_timeout_ns = some_time(),
                                          .deployment = (enum xhm_deployment)(1 + chance(2)),
                                          .initial_mode = (enum xhm_ecu_mode)(1 + chance(2)),
                                          .scheduling_latency_ns = maybe() ? 0 : some_time(),
                                          .direct_action_ns = maybe() ? 0 : some_time(),
                                          .boot_limit = some_number(200),
                                          .boot_safe_state_number = some_number(policy->safe_state_count + 1),
                                          .last_resort = (enum xhm_last_resort)chance(3),
                                          .last_resort_limit = some_number(20)};
}

static void some_platform(const struct xhm_policy *policy, struct xhm_platform_policy *platform) {
    *platform = (struct xhm_platform_policy){.facts_period_ns = maybe() ? 0 : some_time(),
                                             .facts_timeout_ns = maybe() ? 0 : some_time(),
                                             .xen_version_min = maybe() ? 0 : some_number(UINT32_MAX),
                                             .xen_version_max = maybe() ? 0 : some_number(UINT32_MAX),
                                             .option_count = some_number(XHM_MAX_OPTIONS + 1),
                                             .capabilities = some_number(1024),
                                             .pcpus_online = some_number(300),
                                             .free_memory_kib = chance(1u << 30),
                                             .claims_forbidden = maybe(),
                                             .service_count = some_number(XHM_MAX_SERVICES + 1),
                                             .supervisor_number = some_number(policy->partition_count + 1)};
    for (uint32_t i = 0; i < platform->option_count; i++) {
        snprintf(platform->options[i].text, XHM_OPTION_SIZE, "dom0_mem=%uM,max:%uM", i, some_number(9999));
        platform->options[i].forbidden = maybe();
    }
    for (uint32_t i = 0; i < platform->service_count; i++) {
        some_name(platform->services[i], i);
    }
}

static void some_cpupool(const struct xhm_policy *policy, struct xhm_cpupool_policy *pool, uint32_t number) {
    static const enum xhm_scheduler schedulers[] = {XHM_SCHEDULER_ANY,      XHM_SCHEDULER_CREDIT, XHM_SCHEDULER_CREDIT2,
                                                    XHM_SCHEDULER_ARINC653, XHM_SCHEDULER_RTDS,   XHM_SCHEDULER_NULL};
    some_name(pool->name, number);
    pool->scheduler = schedulers[chance(6)];
    for (unsigned word = 0; word < XHM_PCPU_WORDS; word++) {
        pool->pcpus.words[word] = maybe() ? chance(UINT32_MAX) << chance(32) : 0;
    }
    pool->major_frame_ns = maybe() ? 0 : some_time();
    pool->frame_count = some_number(XHM_MAX_FRAMES + 1);
    for (uint32_t i = 0; i < pool->frame_count; i++) {
        pool->frames[i] =
            (struct xhm_frame_policy){some_number(policy->partition_count + 1), some_number(20), some_time()};
    }
}

void random_policy(struct xhm_policy *policy) {
    memset(policy, 0, sizeof(*policy));
    policy->schema = XHM_POLICY_SCHEMA;
    some_name(policy->ecu_id, 0);
    policy->partition_count = some_number(XHM_MAX_PARTITIONS + 1);
    policy->safe_state_count = some_number(XHM_MAX_SAFE_STATES + 1);
    policy->group_count = some_number(XHM_MAX_GROUPS + 1);
    policy->cpupool_count = some_number(XHM_MAX_CPUPOOLS + 1);
    some_platform(policy, &policy->platform);
    for (uint32_t i = 0; i < policy->cpupool_count; i++) {
        some_cpupool(policy, &policy->cpupools[i], i);
    }
    policy->supervisor = some_supervisor(policy);
    for (uint32_t i = 0; i < policy->partition_count; i++) {
        some_partition(policy, &policy->partitions[i], i);
    }
    for (uint32_t i = 0; i < policy->group_count; i++) {
        some_name(policy->groups[i].name, i);
        policy->groups[i].in_order = maybe();
        policy->groups[i].members = some_set(policy->partition_count);
    }
    for (uint32_t i = 0; i < policy->safe_state_count; i++) {
        some_name(policy->safe_states[i].name, i);
        for (uint32_t j = 0; j < policy->partition_count; j++) {
            policy->safe_states[i].dispositions[j] = (enum xhm_disposition)chance(XHM_DISPOSITION_END);
        }
    }
    policy->access_count = some_number(XHM_MAX_ACCESS + 1);
    for (uint32_t i = 0; i < policy->access_count; i++) {
        const enum xhm_access_kind kind = (enum xhm_access_kind)some_number(policy->partition_count > 0 ? 3 : 2);
        const uint32_t id =
            kind == XHM_ACCESS_PARTITION ? 1 + some_number(policy->partition_count) : some_number(UINT32_MAX);

        policy->access[i] = (struct xhm_access_policy){kind, id, some_number(XHM_ALL_ROLES + 1)};
    }
    policy->injection_allowed = maybe();
}
