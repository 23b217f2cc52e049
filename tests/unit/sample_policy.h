// SPDX-License-Identifier: Apache-2.0
/* A sound policy of three partitions for tests: brake and fusion are restarted, infotainment is only reported. */
#ifndef XHM_SAMPLE_POLICY_H
#define XHM_SAMPLE_POLICY_H

#include "policy.h"

#include <string.h>

#define SAMPLE_MS UINT64_C(1000000)
#define SAMPLE_S  (UINT64_C(1000) * SAMPLE_MS)

enum {
    SAMPLE_BRAKE,
    SAMPLE_FUSION,
    SAMPLE_INFOTAINMENT,
    SAMPLE_PARTITIONS
};

static inline void sample_entity(struct xhm_entity_policy *entity, const char *name, uint32_t number) {
    strcpy(entity->name, name);
    entity->id = number + 1;
    entity->page = 0;
    entity->slot = number;
    entity->checkpoints_per_second = 100;
    entity->alive = (struct xhm_alive_policy){
        .reference_cycle_ns = 100 * SAMPLE_MS, .expected = 10, .min_margin = 2, .max_margin = 2, .failed_tolerance = 1};
    entity->deadline_miss = (struct xhm_deadline_miss_policy){.window_ns = SAMPLE_S, .limit = 3};
}

static inline void sample_partition(struct xhm_partition_policy *partition, const char *name, uint32_t number,
                                    enum xhm_reaction reaction) {
    strcpy(partition->name, name);
    partition->partition_id = number + 1;
    partition->identity.kind = XHM_IDENTITY_UUID;
    memset(partition->identity.uuid.bytes, (int)(0x10 + number), sizeof(partition->identity.uuid.bytes));
    partition->startup_grace_ns = 30 * SAMPLE_S;
    partition->memory = (struct xhm_memory_policy){
        .size_kib = 98304, .slack_kib = 1024, .clear_slack_kib = 1024, .debounce = {255, 255}};
    partition->start_within_ns = partition->startup_grace_ns;
    partition->vcpu_count = 1;
    partition->vcpus[0].pcpus.words[0] = UINT64_C(1) << (number + 1);
    partition->vcpus[0].exclusive = reaction == XHM_REACTION_RESTART;
    partition->page_count = 1;
    partition->entity_count = 1;
    sample_entity(&partition->entities[0], "control-loop", 0);
    for (unsigned i = 0; i < XHM_CLASS_COUNT; i++) {
        partition->reactions[i] = (struct xhm_ladder){1, {reaction}};
    }
    partition->restart = (struct xhm_restart_policy){
        .limit = 3, .window_ns = 600 * SAMPLE_S, .backoff_ns = SAMPLE_S, .timeout_ns = 60 * SAMPLE_S};
    partition->injection_allowed = true;
}

static inline void sample_policy(struct xhm_policy *policy) {
    memset(policy, 0, sizeof(*policy));
    policy->schema = XHM_POLICY_SCHEMA;
    strcpy(policy->ecu_id, "cockpit-1");
    policy->supervisor = (struct xhm_supervisor_policy){.cycle_ns = 10 * SAMPLE_MS,
                                                        .crash_check_period_ns = 100 * SAMPLE_MS,
                                                        .conformance_period_ns = SAMPLE_S,
                                                        .conformance_checks_per_cycle = 4,
                                                        .overrun_tolerance_ns = 50 * SAMPLE_MS,
                                                        .probe_busy_tolerance_ns = 50 * SAMPLE_MS,
                                                        .visibility_timeout_ns = 5 * SAMPLE_S,
                                                        .agent_timeout_ns = 5 * SAMPLE_S,
                                                        .deployment = XHM_DEPLOYMENT_DOM0,
                                                        .initial_mode = XHM_MODE_RUN,
                                                        .scheduling_latency_ns = SAMPLE_MS,
                                                        .direct_action_ns = SAMPLE_MS};
    policy->partition_count = SAMPLE_PARTITIONS;
    sample_partition(&policy->partitions[SAMPLE_BRAKE], "brake", SAMPLE_BRAKE, XHM_REACTION_RESTART);
    sample_partition(&policy->partitions[SAMPLE_FUSION], "fusion", SAMPLE_FUSION, XHM_REACTION_RESTART);
    sample_partition(&policy->partitions[SAMPLE_INFOTAINMENT], "infotainment", SAMPLE_INFOTAINMENT,
                     XHM_REACTION_REPORT);
    policy->access_count = 1;
    policy->access[0] = (struct xhm_access_policy){
        .id = 0, .roles = XHM_ROLE_OBSERVER | XHM_ROLE_OPERATOR | XHM_ROLE_RIG | XHM_ROLE_AGENT};
    policy->injection_allowed = true;
}

#endif
