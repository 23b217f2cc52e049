// SPDX-License-Identifier: Apache-2.0
/* The sample policy with everything declared that a policy can declare; sound. Brake has a standby. */
#ifndef XHM_FULL_POLICY_H
#define XHM_FULL_POLICY_H

#include "sample_policy.h"

enum {
    FULL_STANDBY = SAMPLE_PARTITIONS,
    FULL_DRIVER,
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
    policy->access[0].roles |= XHM_ROLE_CLUSTER;
}

#endif
