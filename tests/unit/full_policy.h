// SPDX-License-Identifier: Apache-2.0
/* The sample policy with everything declared that a policy can declare; sound. Brake has a standby. */
#ifndef XHM_FULL_POLICY_H
#define XHM_FULL_POLICY_H

#include "faults.h"
#include "sample_policy.h"

enum {
    FULL_POOL_0,
    FULL_RT,
    FULL_ARINC,
    FULL_POOLS
};

enum {
    FULL_STANDBY = SAMPLE_PARTITIONS,
    FULL_DRIVER,
    FULL_HOST,
    FULL_PARTITIONS
};

static inline void full_entity(struct xhm_entity_policy *entity) {
    entity->deadline_count = 2;
    entity->deadlines[0] =
        (struct xhm_deadline_policy){.from = 1, .to = 2, .min_ns = SAMPLE_MS, .max_ns = 8 * SAMPLE_MS};
    entity->deadlines[1] = (struct xhm_deadline_policy){.from = 1, .to = 1, .max_ns = 20 * SAMPLE_MS};
    entity->logical = (struct xhm_logical_policy){
        .initial_count = 2,
        .initial = {1, 4},
        .final_count = 1,
        .finals = {3},
        .transition_count = 4,
        .transitions = {{1, 2}, {2, 1}, {2, 3}, {4, 1}},
    };
    entity->clock = (struct xhm_clock_policy){.window_ns = SAMPLE_S, .tolerance_percent = 20};
    entity->latency = (struct xhm_latency_policy){
        .raise_ns = 3 * SAMPLE_MS, .clear_ns = 2 * SAMPLE_MS, .debounce = {.up_step = 50, .down_step = 10}};
    entity->latency_budget = (struct xhm_latency_budget_policy){
        .worst_ns = SAMPLE_MS, .late_ns = 256000, .window_ns = 10 * SAMPLE_S, .late_limit = 2};
}

static inline void full_brake(struct xhm_partition_policy *brake) {
    static const struct xhm_ladder ladder = {
        4, {XHM_REACTION_FAIL_OVER, XHM_REACTION_RESTART, XHM_REACTION_SAFE_STATE, XHM_REACTION_LAST_RESORT}};

    full_entity(&brake->entities[0]);
    brake->reactions[XHM_CLASS_PRESENCE] = ladder;
    brake->reactions[XHM_CLASS_ENTITY] = ladder;
    brake->reactions[XHM_CLASS_MEMORY] = (struct xhm_ladder){1, {XHM_REACTION_REPORT}};
    brake->reactions[XHM_CLASS_LOAD] = (struct xhm_ladder){2, {XHM_REACTION_PAUSE, XHM_REACTION_SAFE_STATE}};
    brake->memory.clear_slack_kib = 512;
    brake->memory.debounce = (struct xhm_debounce_policy){.up_step = 64, .down_step = 32};
    brake->load =
        (struct xhm_load_policy){.raise_percent = 90, .clear_percent = 80, .debounce = {.up_step = 16, .down_step = 8}};
    brake->start_within_ns = 45 * SAMPLE_S;
    brake->expired_tolerance = 3;
    brake->depends_on = UINT64_C(1) << FULL_DRIVER;
    brake->safe_state_number = 2;
    brake->xen_watchdog = true;
    brake->pause_is_safe = true;
    brake->allocated_fhti_ns[XHM_CLASS_PRESENCE] = SAMPLE_S;
    brake->allocated_fhti_ns[XHM_CLASS_ENTITY] = 2 * SAMPLE_S;
}

/* Brake has a minor frame twice, fusion an RTDS server, infotainment a weight. */
static inline void full_cpupools(struct xhm_policy *policy) {
    struct xhm_cpupool_policy *arinc = &policy->cpupools[FULL_ARINC];

    policy->cpupool_count = FULL_POOLS;
    policy->cpupools[FULL_POOL_0] =
        (struct xhm_cpupool_policy){.name = "Pool-0", .scheduler = XHM_SCHEDULER_CREDIT2, .pcpus = {{0x39}}};
    policy->cpupools[FULL_RT] =
        (struct xhm_cpupool_policy){.name = "rt", .scheduler = XHM_SCHEDULER_RTDS, .pcpus = {{1u << 2}}};
    *arinc = (struct xhm_cpupool_policy){.name = "arinc",
                                         .scheduler = XHM_SCHEDULER_ARINC653,
                                         .pcpus = {{1u << 1}},
                                         .major_frame_ns = 100 * SAMPLE_MS,
                                         .frame_count = 3};
    arinc->frames[0] =
        (struct xhm_frame_policy){.partition_number = 1 + SAMPLE_BRAKE, .vcpu = 0, .duration_ns = 40 * SAMPLE_MS};
    arinc->frames[1] = (struct xhm_frame_policy){.duration_ns = 10 * SAMPLE_MS};
    arinc->frames[2] = arinc->frames[0];
    policy->partitions[SAMPLE_BRAKE].cpupool_number = 1 + FULL_ARINC;
    policy->partitions[SAMPLE_FUSION].cpupool_number = 1 + FULL_RT;
    policy->partitions[SAMPLE_FUSION].vcpus[0].rtds =
        (struct xhm_rtds_policy){.period_ns = 10 * SAMPLE_MS, .budget_ns = 4 * SAMPLE_MS, .extratime = true};
    policy->partitions[SAMPLE_INFOTAINMENT].cpupool_number = 1 + FULL_POOL_0;
    policy->partitions[SAMPLE_INFOTAINMENT].credit2 = (struct xhm_credit2_policy){.weight = 512, .cap = 50};
}

static inline void full_platform(struct xhm_platform_policy *platform) {
    *platform = (struct xhm_platform_policy){
        .facts_period_ns = 2 * SAMPLE_S,
        .facts_timeout_ns = 10 * SAMPLE_S,
        .xen_version_min = 4u << 16 | 17,
        .xen_version_max = 4u << 16 | 20,
        .option_count = 2,
        .options = {{.text = "sched=credit2"}, {.text = "cpufreq=", .forbidden = true}},
        .capabilities = 0x5, /* hvm, iommu */
        .pcpus_online = 6,
        .free_memory_kib = 262144,
        .claims_forbidden = true,
        .service_count = 2,
        .services = {"xenstored", "xenconsoled"},
        .supervisor_number = 1 + FULL_HOST,
    };
}

static inline void full_resources(struct xhm_policy *policy) {
    struct xhm_partition_policy *brake = &policy->partitions[SAMPLE_BRAKE];
    struct xhm_partition_policy *fusion = &policy->partitions[SAMPLE_FUSION];

    brake->vcpus[0].whole_core = true;
    brake->cache = (struct xhm_cache_policy){.l3_mask = 0xf0, .exclusive = true, .bandwidth_percent = 50};
    brake->devices_declared = true;
    brake->assigned_devices = true;
    brake->assigned_declared = true;
    brake->assigned_count = 2;
    brake->assigned[0] = 0x0318;  /* 0000:03:03.0 */
    brake->assigned[1] = 0x10000; /* 0001:00:00.0 */
    fusion->memory.slack_kib = fusion->memory.clear_slack_kib = 0;
    fusion->memory.up_front = true;
    fusion->assigned_declared = true;
    fusion->devices_declared = true;
    fusion->device_count = 2;
    fusion->devices[0] = (struct xhm_device_policy){.kind = XHM_DEVICE_VIF,
                                                    .id = 1,
                                                    .backend_number = 1 + FULL_DRIVER,
                                                    .error_window_ns = 10 * SAMPLE_S,
                                                    .error_limit = 5};
    fusion->devices[1] = (struct xhm_device_policy){.kind = XHM_DEVICE_VBD, .id = 51712};
}

static inline void full_policy(struct xhm_policy *policy) {
    struct xhm_partition_policy *standby;

    sample_policy(policy);
    policy->partition_count = FULL_PARTITIONS;
    full_brake(&policy->partitions[SAMPLE_BRAKE]);
    standby = &policy->partitions[FULL_STANDBY];
    sample_partition(standby, "brake-standby", FULL_STANDBY, XHM_REACTION_REPORT);
    full_entity(&standby->entities[0]);
    standby->standby_for_number = 1 + SAMPLE_BRAKE;
    sample_partition(&policy->partitions[FULL_DRIVER], "driver", FULL_DRIVER, XHM_REACTION_REPORT);
    policy->partitions[FULL_DRIVER].assigned_devices = true;
    policy->partitions[FULL_DRIVER].optional = true;
    sample_partition(&policy->partitions[FULL_HOST], "host", FULL_HOST, XHM_REACTION_REPORT);
    policy->partitions[FULL_HOST].identity = (struct xhm_identity){.kind = XHM_IDENTITY_DOM0};
    policy->partitions[FULL_HOST].vcpus[0].pcpus.words[0] = 1;
    full_cpupools(policy);
    full_platform(&policy->platform);
    full_resources(policy);
    policy->partitions[SAMPLE_INFOTAINMENT].supervision_off = true;
    policy->supervisor.initial_mode = XHM_MODE_STARTUP;
    policy->supervisor.boot_limit = 5;
    policy->supervisor.boot_safe_state_number = 1;
    policy->supervisor.last_resort = XHM_LAST_RESORT_REBOOT_ECU;
    policy->supervisor.last_resort_limit = 3;
    policy->group_count = 1;
    strcpy(policy->groups[0].name, "driving");
    policy->groups[0].in_order = true;
    policy->groups[0].members = 1u << SAMPLE_BRAKE | 1u << SAMPLE_FUSION;
    policy->safe_state_count = 2;
    strcpy(policy->safe_states[0].name, "quiet");
    policy->safe_states[0].dispositions[SAMPLE_INFOTAINMENT] = XHM_DISPOSITION_STOP;
    strcpy(policy->safe_states[1].name, "limp-home");
    policy->safe_states[1].dispositions[SAMPLE_BRAKE] = XHM_DISPOSITION_STOP;
    policy->safe_states[1].dispositions[SAMPLE_FUSION] = XHM_DISPOSITION_PAUSE;
    policy->safe_states[1].dispositions[FULL_STANDBY] = XHM_DISPOSITION_START;
    policy->dtcs[XHM_FAULT_PARTITION_MISSING] = 0xc10002;
    policy->dtcs[XHM_FAULT_LAST_RESORT_LIMIT] = 0x1;
    policy->access[0].roles = XHM_ALL_ROLES;
    policy->access_count = 2;
    policy->access[1] = (struct xhm_access_policy){
        .kind = XHM_ACCESS_PARTITION, .id = 1 + SAMPLE_INFOTAINMENT, .roles = XHM_ROLE_CLUSTER};
}

#endif
