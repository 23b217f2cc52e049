// SPDX-License-Identifier: Apache-2.0
#include "sim_policy.h"

#include "outcome.h"

#include <stdio.h>
#include <string.h>

static void add_entity(struct xhm_partition_policy *partition, const char *name, uint32_t slot, uint32_t expected,
                       uint64_t reference_cycle_ns) {
    struct xhm_entity_policy *entity = &partition->entities[partition->entity_count++];

    memset(entity, 0, sizeof(*entity));
    snprintf(entity->name, sizeof(entity->name), "%s", name);
    entity->id = slot + 1;
    entity->slot = slot;
    entity->alive = (struct xhm_alive_policy){.reference_cycle_ns = reference_cycle_ns,
                                              .expected = expected,
                                              .min_margin = 1,
                                              .max_margin = 1,
                                              .failed_tolerance = 1};
    entity->deadline_miss = (struct xhm_deadline_miss_policy){.window_ns = XHM_SIM_S, .limit = 3};
}

static struct xhm_partition_policy *add_partition(struct xhm_policy *policy, const char *name,
                                                  enum xhm_reaction reaction) {
    const uint32_t index = policy->partition_count++;
    struct xhm_partition_policy *partition = &policy->partitions[index];

    memset(partition, 0, sizeof(*partition));
    snprintf(partition->name, sizeof(partition->name), "%s", name);
    partition->partition_id = index + 1;
    partition->identity.kind = XHM_IDENTITY_UUID;
    memset(partition->identity.uuid.bytes, (int)(index + 1), sizeof(partition->identity.uuid.bytes));
    partition->startup_grace_ns = 5 * XHM_SIM_S;
    partition->memory = (struct xhm_memory_policy){
        .size_kib = 98304, .slack_kib = 1024, .clear_slack_kib = 1024, .debounce = {255, 255}};
    partition->start_within_ns = partition->startup_grace_ns;
    partition->vcpu_count = 1;
    partition->vcpus[0].pcpus.words[0] = UINT64_C(1) << (index + 1);
    partition->vcpus[0].exclusive = reaction == XHM_REACTION_RESTART;
    partition->page_count = 1;
    partition->restart =
        (struct xhm_restart_policy){.limit = 3, .window_ns = 60 * XHM_SIM_S, .timeout_ns = 20 * XHM_SIM_S};
    for (unsigned i = 0; i < XHM_CLASS_COUNT; i++) {
        partition->reactions[i] = (struct xhm_ladder){1, {reaction}};
    }
    return partition;
}

void sim_policy_default(struct xhm_policy *policy) {
    memset(policy, 0, sizeof(*policy));
    policy->schema = XHM_POLICY_SCHEMA;
    snprintf(policy->ecu_id, sizeof(policy->ecu_id), "simulated");
    policy->supervisor = (struct xhm_supervisor_policy){.cycle_ns = 10 * XHM_SIM_MS,
                                                        .crash_check_period_ns = 100 * XHM_SIM_MS,
                                                        .conformance_period_ns = XHM_SIM_S,
                                                        .conformance_checks_per_cycle = 4,
                                                        .overrun_tolerance_ns = 50 * XHM_SIM_MS,
                                                        .probe_busy_tolerance_ns = 50 * XHM_SIM_MS,
                                                        .visibility_timeout_ns = 5 * XHM_SIM_S,
                                                        .agent_timeout_ns = 5 * XHM_SIM_S,
                                                        .deployment = XHM_DEPLOYMENT_DOM0,
                                                        .initial_mode = XHM_MODE_RUN,
                                                        .scheduling_latency_ns = XHM_SIM_MS,
                                                        .direct_action_ns = XHM_SIM_MS};
    struct xhm_partition_policy *brake = add_partition(policy, "brake", XHM_REACTION_RESTART);
    add_entity(brake, "control-loop", 0, 10, 100 * XHM_SIM_MS);
    add_entity(brake, "diagnostics", 1, 5, 500 * XHM_SIM_MS);
    add_entity(add_partition(policy, "fusion", XHM_REACTION_RESTART), "tracker", 0, 10, 200 * XHM_SIM_MS);
    add_entity(add_partition(policy, "infotainment", XHM_REACTION_REPORT), "ui", 0, 10, XHM_SIM_S);
    policy->access_count = 1;
    policy->access[0] =
        (struct xhm_access_policy){.roles = XHM_ROLE_OBSERVER | XHM_ROLE_OPERATOR | XHM_ROLE_RIG | XHM_ROLE_AGENT};
}

void sim_policy_many(struct xhm_policy *policy, uint32_t count) {
    policy->partition_count = 0;
    while (policy->partition_count < count) {
        char name[XHM_NAME_SIZE];
        snprintf(name, sizeof(name), "p%u", policy->partition_count + 1);
        add_entity(add_partition(policy, name, XHM_REACTION_RESTART), "loop", 0, 10, 100 * XHM_SIM_MS);
    }
}

uint32_t sim_policy_find(const struct xhm_policy *policy, const char *name) {
    for (uint32_t i = 0; i < policy->partition_count; i++) {
        if (strcmp(policy->partitions[i].name, name) == 0) {
            return i;
        }
    }
    return XHM_NONE;
}

uint32_t sim_policy_find_entity(const struct xhm_partition_policy *partition, const char *name) {
    for (uint32_t i = 0; i < partition->entity_count; i++) {
        if (strcmp(partition->entities[i].name, name) == 0) {
            return i;
        }
    }
    return XHM_NONE;
}
