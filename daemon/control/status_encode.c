// SPDX-License-Identifier: Apache-2.0
#include "status_encode.h"

#include <string.h>

#define NS_PER_MS UINT64_C(1000000)

static char *string_of(const char *text) {
    return (char *)(uintptr_t)text;
}

static uint32_t count_active(const uint64_t scopes[XHM_FAULT_COUNT]) {
    uint32_t count = 0;

    for (unsigned i = 0; i < XHM_FAULT_COUNT; i++) {
        count += scopes[i] != 0;
    }
    return count;
}

static Xhm__V1__ActiveFault *fault_encode(enum xhm_fault fault, uint64_t scopes, uint32_t occurrences,
                                          struct xhm_arena *arena) {
    const uint64_t parts = scopes & ~(UINT64_C(1) << XHM_SCOPE_WHOLE);
    Xhm__V1__ActiveFault *to = arena_message(arena, &xhm__v1__active_fault__descriptor);

    if (!to || !(to->scopes = arena_take(arena, (size_t)__builtin_popcountll(parts) * sizeof(to->scopes[0])))) {
        return NULL;
    }
    to->fault = faults_info(fault)->number;
    to->fault_name = string_of(faults_info(fault)->name);
    to->occurrences = occurrences;
    for (uint32_t bit = 0; bit < XHM_SCOPE_WHOLE; bit++) {
        if (parts >> bit & 1) {
            to->scopes[to->n_scopes++] = bit;
        }
    }
    return to;
}

static bool faults_encode(const uint64_t scopes[XHM_FAULT_COUNT], const uint32_t occurrences[XHM_FAULT_COUNT],
                          struct xhm_arena *arena, size_t *count, Xhm__V1__ActiveFault ***faults) {
    *faults = arena_take(arena, count_active(scopes) * sizeof((*faults)[0]));
    if (!*faults) {
        return false;
    }
    for (unsigned i = 0; i < XHM_FAULT_COUNT; i++) {
        if (!scopes[i]) {
            continue;
        }
        (*faults)[*count] = fault_encode((enum xhm_fault)i, scopes[i], occurrences[i], arena);
        if (!(*faults)[*count]) {
            return false;
        }
        (*count)++;
    }
    return true;
}

static bool histogram_encode(const struct xhm_probe_histogram_state *state, struct xhm_arena *arena,
                             Xhm__V1__EntityStatus *to) {
    if (!state->counting) {
        return true;
    }
    to->latency_buckets = arena_take(arena, sizeof(state->buckets));
    if (!to->latency_buckets) {
        return false;
    }
    memcpy(to->latency_buckets, state->buckets, sizeof(state->buckets));
    to->n_latency_buckets = XHM_PROBE_HISTOGRAM_BUCKET_COUNT;
    return true;
}

static Xhm__V1__EntityStatus *entity_encode(const struct xhm_entity_policy *policy,
                                            const struct xhm_entity_state *state, struct xhm_arena *arena) {
    Xhm__V1__EntityStatus *to = arena_message(arena, &xhm__v1__entity_status__descriptor);

    if (!to) {
        return NULL;
    }
    to->name = string_of(policy->name);
    to->status = (Xhm__V1__HealthStatus)state->status;
    to->reading_known = state->reading_known;
    to->alive_counter = state->alive_counter;
    to->deadline_met = state->deadline_met;
    to->deadline_missed = state->deadline_missed;
    to->worst_latency_ns = state->worst_latency_ns;
    to->last_latency_ns = state->last_latency_ns;
    return histogram_encode(&state->histogram, arena, to) ? to : NULL;
}

static bool entities_encode(const struct xhm_partition_policy *policy, const struct xhm_partition_state *state,
                            struct xhm_arena *arena, Xhm__V1__PartitionStatus *to) {
    to->entities = arena_take(arena, policy->entity_count * sizeof(to->entities[0]));
    if (!to->entities) {
        return false;
    }
    for (uint32_t i = 0; i < policy->entity_count; i++) {
        if (!(to->entities[i] = entity_encode(&policy->entities[i], &state->entities[i], arena))) {
            return false;
        }
    }
    to->n_entities = policy->entity_count;
    return true;
}

static bool vcpus_encode(const struct xhm_partition_policy *policy, const struct xhm_partition_state *state,
                         struct xhm_arena *arena, Xhm__V1__PartitionStatus *to) {
    to->vcpus = arena_take(arena, policy->vcpu_count * sizeof(to->vcpus[0]));
    if (!to->vcpus) {
        return false;
    }
    for (uint32_t i = 0; i < policy->vcpu_count; i++) {
        Xhm__V1__VcpuStatus *vcpu = arena_message(arena, &xhm__v1__vcpu_status__descriptor);

        if (!vcpu) {
            return false;
        }
        if (state->vcpu_seen_pcpu[i] != XHM_NONE) {
            vcpu->last_look_case = XHM__V1__VCPU_STATUS__LAST_LOOK_PCPU;
            vcpu->pcpu = state->vcpu_seen_pcpu[i];
        }
        to->vcpus[i] = vcpu;
    }
    to->n_vcpus = policy->vcpu_count;
    return true;
}

static void instance_encode(const struct xhm_partition_state *state, Xhm__V1__PartitionStatus *to) {
    if (state->instance_known) {
        to->instance_case = XHM__V1__PARTITION_STATUS__INSTANCE_DOMID;
        to->domid = state->domid;
        to->memory_kib = state->domain.memory_kib;
        to->memory_limit_kib = state->domain.memory_limit_kib;
        to->load_known = state->measures.load_known;
        to->load_percent = state->measures.load_percent;
    }
}

/* Told while it lasts: the partition that this one depends on and that is faulty. */
static bool excuse_encode(const struct xhm_core *core, const struct xhm_partition_state *state, struct xhm_arena *arena,
                          Xhm__V1__PartitionStatus *to) {
    if (state->excused_by_number == 0) {
        return true;
    }
    to->excused_by = arena_take(arena, sizeof(to->excused_by[0]));
    if (!to->excused_by) {
        return false;
    }
    to->excused_by[to->n_excused_by++] = string_of(core->policy->partitions[state->excused_by_number - 1].name);
    return true;
}

static uint64_t maintenance_left_ms(const struct xhm_core *core, const struct xhm_partition_state *state) {
    return state->maintenance_until_ns > core->supervised_ns
               ? (state->maintenance_until_ns - core->supervised_ns + NS_PER_MS - 1) / NS_PER_MS
               : 0;
}

static Xhm__V1__PartitionStatus *partition_encode(const struct xhm_core *core, uint32_t partition,
                                                  struct xhm_arena *arena) {
    const struct xhm_partition_policy *policy = &core->policy->partitions[partition];
    const struct xhm_partition_state *state = &core->partitions[partition];
    Xhm__V1__PartitionStatus *to = arena_message(arena, &xhm__v1__partition_status__descriptor);

    if (!to) {
        return NULL;
    }
    to->name = string_of(policy->name);
    to->status = (Xhm__V1__HealthStatus)state->status;
    to->life = (Xhm__V1__Life)(state->life + 1);
    to->restarts = state->restart_total;
    to->restarts_in_window = core_restarts_in_window(core, partition);
    to->maintenance_left_ms = maintenance_left_ms(core, state);
    to->supervision_off = policy->supervision_off;
    to->active = core_serves(core, partition);
    instance_encode(state, to);
    return entities_encode(policy, state, arena, to) && vcpus_encode(policy, state, arena, to) &&
                   excuse_encode(core, state, arena, to) &&
                   faults_encode(state->fault_scopes, state->fault_occurrences, arena, &to->n_faults, &to->faults)
               ? to
               : NULL;
}

static bool partitions_encode(const struct xhm_core *core, uint32_t partition, struct xhm_arena *arena,
                              Xhm__V1__Status *to) {
    const uint32_t first = partition == XHM_NONE ? 0 : partition;
    const uint32_t end = partition == XHM_NONE ? core->policy->partition_count : partition + 1;

    to->partitions = arena_take(arena, (end - first) * sizeof(to->partitions[0]));
    if (!to->partitions) {
        return false;
    }
    for (uint32_t i = first; i < end; i++) {
        Xhm__V1__PartitionStatus *status = partition_encode(core, i, arena);

        if (!status) {
            return false;
        }
        to->partitions[to->n_partitions++] = status;
    }
    return true;
}

/* Of an index that is damaged there is no name. */
static void first_expired_names(const struct xhm_core *core, Xhm__V1__FirstExpired *to) {
    const struct xhm_first_expired *first = &core->first_expired;

    if (first->partition < core->policy->partition_count) {
        const struct xhm_partition_policy *partition = &core->policy->partitions[first->partition];

        to->partition = string_of(partition->name);
        if (first->entity < partition->entity_count) {
            to->entity = string_of(partition->entities[first->entity].name);
        }
    }
}

static bool first_expired_encode(const struct xhm_core *core, struct xhm_arena *arena, Xhm__V1__Status *to) {
    const struct xhm_first_expired *first = &core->first_expired;
    const bool intact = first->partition == ~first->partition_complement && first->entity == ~first->entity_complement;

    if (intact && first->partition == XHM_NONE) {
        return true;
    }
    to->first_expired = arena_message(arena, &xhm__v1__first_expired__descriptor);
    if (!to->first_expired) {
        return false;
    }
    to->first_expired->intact = intact;
    first_expired_names(core, to->first_expired);
    return true;
}

static bool safe_state_encode(const struct xhm_core *core, struct xhm_arena *arena, Xhm__V1__Status *to) {
    if (core_safe_state_name(core)[0] == '\0') {
        return true;
    }
    to->safe_state = arena_message(arena, &xhm__v1__safe_state_status__descriptor);
    if (!to->safe_state) {
        return false;
    }
    to->safe_state->name = string_of(core_safe_state_name(core));
    to->safe_state->clear_asked = core_safe_state_clear_is_asked(core);
    return true;
}

Xhm__V1__Status *status_encode(const struct xhm_core *core, uint32_t partition, struct xhm_arena *arena) {
    Xhm__V1__Status *to = arena_message(arena, &xhm__v1__status__descriptor);

    if (!to) {
        return NULL;
    }
    to->ecu_id = string_of(core->policy->ecu_id);
    to->status = (Xhm__V1__HealthStatus)core->status;
    to->policy_hash = core->policy->hash;
    to->steps = core->steps;
    to->overruns = core->overruns;
    to->version = string_of(XHM_VERSION);
    to->mode = (Xhm__V1__EcuMode)core->mode;
    to->operation_cycle = core->operation_cycle;
    to->operation_cycle_open = core->operation_cycle_open;
    to->starts_without_health = core->starts_without_health;
    return safe_state_encode(core, arena, to) && first_expired_encode(core, arena, to) &&
                   partitions_encode(core, partition, arena, to) &&
                   faults_encode(core->fault_scopes, core->fault_occurrences, arena, &to->n_faults, &to->faults)
               ? to
               : NULL;
}
