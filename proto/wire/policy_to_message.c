// SPDX-License-Identifier: Apache-2.0
#include "policy_message.h"

#include <stddef.h>

/* protobuf-c's members are not const, but packing does not write through them. */
static char *string_of(const char *text) {
    return (char *)(uintptr_t)text;
}

static Xhm__V1__SupervisorPolicy *supervisor_build(const struct xhm_supervisor_policy *from, struct xhm_arena *arena) {
    Xhm__V1__SupervisorPolicy *to = arena_message(arena, &xhm__v1__supervisor_policy__descriptor);

    if (!to) {
        return NULL;
    }
    to->cycle_ns = from->cycle_ns;
    to->crash_check_period_ns = from->crash_check_period_ns;
    to->conformance_period_ns = from->conformance_period_ns;
    to->conformance_checks_per_cycle = from->conformance_checks_per_cycle;
    to->overrun_tolerance_ns = from->overrun_tolerance_ns;
    to->probe_busy_tolerance_ns = from->probe_busy_tolerance_ns;
    to->visibility_timeout_ns = from->visibility_timeout_ns;
    to->agent_timeout_ns = from->agent_timeout_ns;
    return to;
}

static Xhm__V1__Identity *identity_build(const struct xhm_identity *from, struct xhm_arena *arena) {
    Xhm__V1__Identity *to = arena_message(arena, &xhm__v1__identity__descriptor);

    if (!to) {
        return NULL;
    }
    switch (from->kind) {
    case XHM_IDENTITY_UUID:
        to->kind_case = XHM__V1__IDENTITY__KIND_UUID;
        to->uuid.data = (uint8_t *)(uintptr_t)from->uuid.bytes;
        to->uuid.len = sizeof(from->uuid.bytes);
        break;
    case XHM_IDENTITY_STATIC_DOMID:
        to->kind_case = XHM__V1__IDENTITY__KIND_STATIC_DOMID;
        to->static_domid = from->domid;
        break;
    case XHM_IDENTITY_DOM0:
        to->kind_case = XHM__V1__IDENTITY__KIND_DOM0;
        to->dom0 = true;
        break;
    }
    return to;
}

static bool memory_build(const struct xhm_memory_policy *from, struct xhm_arena *arena, Xhm__V1__MemoryPolicy **to) {
    if (!from->size_kib) {
        return true;
    }
    *to = arena_message(arena, &xhm__v1__memory_policy__descriptor);
    if (!*to) {
        return false;
    }
    (*to)->size_kib = from->size_kib;
    (*to)->slack_kib = from->slack_kib;
    return true;
}

static Xhm__V1__VcpuPolicy *vcpu_build(const struct xhm_vcpu_policy *from, struct xhm_arena *arena) {
    Xhm__V1__VcpuPolicy *to = arena_message(arena, &xhm__v1__vcpu_policy__descriptor);
    size_t count = 0;

    for (unsigned i = 0; i < XHM_PCPU_WORDS; i++) {
        count += (size_t)__builtin_popcountll(from->pcpus.words[i]);
    }
    if (!to || !(to->pcpus = arena_take(arena, count * sizeof(to->pcpus[0])))) {
        return NULL;
    }
    for (uint32_t pcpu = 0; pcpu < XHM_MAX_PCPUS; pcpu++) {
        if (from->pcpus.words[pcpu / 64] >> (pcpu % 64) & 1) {
            to->pcpus[to->n_pcpus++] = pcpu;
        }
    }
    to->exclusive = from->exclusive;
    return to;
}

static bool vcpus_build(const struct xhm_partition_policy *from, struct xhm_arena *arena,
                        Xhm__V1__PartitionPolicy *to) {
    to->vcpus = arena_take(arena, from->vcpu_count * sizeof(to->vcpus[0]));
    if (!to->vcpus) {
        return false;
    }
    for (uint32_t i = 0; i < from->vcpu_count; i++) {
        if (!(to->vcpus[i] = vcpu_build(&from->vcpus[i], arena))) {
            return false;
        }
    }
    to->n_vcpus = from->vcpu_count;
    return true;
}

static bool alive_build(const struct xhm_alive_policy *from, struct xhm_arena *arena, Xhm__V1__AlivePolicy **to) {
    if (!from->reference_cycle_ns) {
        return true;
    }
    *to = arena_message(arena, &xhm__v1__alive_policy__descriptor);
    if (!*to) {
        return false;
    }
    (*to)->reference_cycle_ns = from->reference_cycle_ns;
    (*to)->expected = from->expected;
    (*to)->min_margin = from->min_margin;
    (*to)->max_margin = from->max_margin;
    (*to)->failed_tolerance = from->failed_tolerance;
    return true;
}

static bool deadline_miss_build(const struct xhm_deadline_miss_policy *from, struct xhm_arena *arena,
                                Xhm__V1__DeadlineMissPolicy **to) {
    if (!from->window_ns) {
        return true;
    }
    *to = arena_message(arena, &xhm__v1__deadline_miss_policy__descriptor);
    if (!*to) {
        return false;
    }
    (*to)->window_ns = from->window_ns;
    (*to)->limit = from->limit;
    return true;
}

static Xhm__V1__EntityPolicy *entity_build(const struct xhm_entity_policy *from, struct xhm_arena *arena) {
    Xhm__V1__EntityPolicy *to = arena_message(arena, &xhm__v1__entity_policy__descriptor);

    if (!to) {
        return NULL;
    }
    to->name = string_of(from->name);
    to->id = from->id;
    to->page = from->page;
    to->slot = from->slot;
    to->checkpoints_per_second = from->checkpoints_per_second;
    return alive_build(&from->alive, arena, &to->alive) &&
                   deadline_miss_build(&from->deadline_miss, arena, &to->deadline_miss)
               ? to
               : NULL;
}

static bool entities_build(const struct xhm_partition_policy *from, struct xhm_arena *arena,
                           Xhm__V1__PartitionPolicy *to) {
    to->entities = arena_take(arena, from->entity_count * sizeof(to->entities[0]));
    if (!to->entities) {
        return false;
    }
    for (uint32_t i = 0; i < from->entity_count; i++) {
        if (!(to->entities[i] = entity_build(&from->entities[i], arena))) {
            return false;
        }
    }
    to->n_entities = from->entity_count;
    return true;
}

static bool reactions_build(const struct xhm_partition_policy *from, struct xhm_arena *arena,
                            Xhm__V1__PartitionPolicy *to) {
    to->reactions = arena_take(arena, XHM_CLASS_COUNT * sizeof(to->reactions[0]));
    if (!to->reactions) {
        return false;
    }
    for (uint32_t i = 0; i < XHM_CLASS_COUNT; i++) {
        Xhm__V1__ReactionPolicy *reaction = arena_message(arena, &xhm__v1__reaction_policy__descriptor);

        if (!reaction || !(reaction->rungs = arena_take(arena, XHM_MAX_RUNGS * sizeof(reaction->rungs[0])))) {
            return false;
        }
        reaction->fault_class = (Xhm__V1__FaultClass)(i + 1);
        for (uint32_t rung = 0; rung < from->reactions[i].count; rung++) {
            reaction->rungs[reaction->n_rungs++] = (Xhm__V1__Reaction)from->reactions[i].rungs[rung];
        }
        to->reactions[i] = reaction;
    }
    to->n_reactions = XHM_CLASS_COUNT;
    return true;
}

static Xhm__V1__RestartPolicy *restart_build(const struct xhm_restart_policy *from, struct xhm_arena *arena) {
    Xhm__V1__RestartPolicy *to = arena_message(arena, &xhm__v1__restart_policy__descriptor);

    if (!to) {
        return NULL;
    }
    to->limit = from->limit;
    to->window_ns = from->window_ns;
    to->backoff_ns = from->backoff_ns;
    to->timeout_ns = from->timeout_ns;
    return to;
}

static Xhm__V1__PartitionPolicy *partition_build(const struct xhm_partition_policy *from, struct xhm_arena *arena) {
    Xhm__V1__PartitionPolicy *to = arena_message(arena, &xhm__v1__partition_policy__descriptor);

    if (!to || from->vcpu_count > XHM_MAX_VCPUS || from->entity_count > XHM_MAX_ENTITIES) {
        return NULL;
    }
    to->name = string_of(from->name);
    to->partition_id = from->partition_id;
    to->startup_grace_ns = from->startup_grace_ns;
    to->page_count = from->page_count;
    to->injection_allowed = from->injection_allowed;
    to->identity = identity_build(&from->identity, arena);
    to->restart = restart_build(&from->restart, arena);
    return to->identity && to->restart && memory_build(&from->memory, arena, &to->memory) &&
                   vcpus_build(from, arena, to) && entities_build(from, arena, to) && reactions_build(from, arena, to)
               ? to
               : NULL;
}

static bool partitions_build(const struct xhm_policy *from, struct xhm_arena *arena, Xhm__V1__Policy *to) {
    to->partitions = arena_take(arena, from->partition_count * sizeof(to->partitions[0]));
    if (!to->partitions) {
        return false;
    }
    for (uint32_t i = 0; i < from->partition_count; i++) {
        if (!(to->partitions[i] = partition_build(&from->partitions[i], arena))) {
            return false;
        }
    }
    to->n_partitions = from->partition_count;
    return true;
}

static bool access_build(const struct xhm_policy *from, struct xhm_arena *arena, Xhm__V1__Policy *to) {
    to->access = arena_take(arena, from->access_count * sizeof(to->access[0]));
    if (!to->access) {
        return false;
    }
    for (uint32_t i = 0; i < from->access_count; i++) {
        const struct xhm_access_policy *row = &from->access[i];
        Xhm__V1__AccessPolicy *access = arena_message(arena, &xhm__v1__access_policy__descriptor);

        if (!access) {
            return false;
        }
        access->peer_case = row->by_gid ? XHM__V1__ACCESS_POLICY__PEER_GID : XHM__V1__ACCESS_POLICY__PEER_UID;
        access->uid = row->id;
        access->roles = row->roles;
        to->access[i] = access;
    }
    to->n_access = from->access_count;
    return true;
}

Xhm__V1__Policy *policy_to_message(const struct xhm_policy *policy, struct xhm_arena *arena) {
    Xhm__V1__Policy *message = arena_message(arena, &xhm__v1__policy__descriptor);

    if (!message || policy->partition_count > XHM_MAX_PARTITIONS || policy->access_count > XHM_MAX_ACCESS) {
        return NULL;
    }
    message->schema = policy->schema;
    message->ecu_id = string_of(policy->ecu_id);
    message->injection_allowed = policy->injection_allowed;
    message->supervisor = supervisor_build(&policy->supervisor, arena);
    return message->supervisor && partitions_build(policy, arena, message) && access_build(policy, arena, message)
               ? message
               : NULL;
}
