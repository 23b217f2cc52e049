// SPDX-License-Identifier: Apache-2.0
#include "faults.h"
#include "policy_entity_message.h"
#include "policy_platform_message.h"
#include "policy_resource_message.h"

#include <stddef.h>

/* protobuf-c's members are not const, but packing does not write through them. */
static char *string_of(const char *text) {
    return (char *)(uintptr_t)text;
}

/* The numbers of the bits of a set, each bit + 1. @return false when the arena is too small */
static bool set_build(uint64_t set, struct xhm_arena *arena, uint32_t **numbers, size_t *count) {
    *numbers = arena_take(arena, (size_t)__builtin_popcountll(set) * sizeof(**numbers));
    if (!*numbers) {
        return false;
    }
    for (uint32_t bit = 0; bit < 64; bit++) {
        if (set >> bit & 1) {
            (*numbers)[(*count)++] = bit + 1;
        }
    }
    return true;
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
    to->deployment = from->deployment;
    to->initial_mode = from->initial_mode;
    to->scheduling_latency_ns = from->scheduling_latency_ns;
    to->direct_action_ns = from->direct_action_ns;
    to->boot_limit = from->boot_limit;
    to->boot_safe_state_number = from->boot_safe_state_number;
    to->last_resort = from->last_resort;
    to->last_resort_limit = from->last_resort_limit;
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
    (*to)->clear_slack_kib = from->clear_slack_kib;
    (*to)->up_front = from->up_front;
    (*to)->debounce = policy_debounce_to_message(&from->debounce, arena);
    return (*to)->debounce;
}

static bool load_build(const struct xhm_load_policy *from, struct xhm_arena *arena, Xhm__V1__LoadPolicy **to) {
    if (!from->raise_percent) {
        return true;
    }
    *to = arena_message(arena, &xhm__v1__load_policy__descriptor);
    if (!*to) {
        return false;
    }
    (*to)->raise_percent = from->raise_percent;
    (*to)->clear_percent = from->clear_percent;
    (*to)->debounce = policy_debounce_to_message(&from->debounce, arena);
    return (*to)->debounce;
}

static bool allocations_build(const struct xhm_partition_policy *from, struct xhm_arena *arena,
                              Xhm__V1__PartitionPolicy *to) {
    to->allocated_fhti = arena_take(arena, XHM_CLASS_COUNT * sizeof(to->allocated_fhti[0]));
    if (!to->allocated_fhti) {
        return false;
    }
    for (uint32_t i = 0; i < XHM_CLASS_COUNT; i++) {
        Xhm__V1__AllocationPolicy *allocation;

        if (!from->allocated_fhti_ns[i]) {
            continue;
        }
        if (!(allocation = arena_message(arena, &xhm__v1__allocation_policy__descriptor))) {
            return false;
        }
        allocation->fault_class = (Xhm__V1__FaultClass)(i + 1);
        allocation->fhti_ns = from->allocated_fhti_ns[i];
        to->allocated_fhti[to->n_allocated_fhti++] = allocation;
    }
    return true;
}

static bool entities_build(const struct xhm_partition_policy *from, struct xhm_arena *arena,
                           Xhm__V1__PartitionPolicy *to) {
    to->entities = arena_take(arena, from->entity_count * sizeof(to->entities[0]));
    if (!to->entities) {
        return false;
    }
    for (uint32_t i = 0; i < from->entity_count; i++) {
        if (!(to->entities[i] = policy_entity_to_message(&from->entities[i], arena))) {
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

static bool has_room(const struct xhm_partition_policy *from) {
    for (uint32_t i = 0; i < XHM_CLASS_COUNT; i++) {
        if (from->reactions[i].count > XHM_MAX_RUNGS) {
            return false;
        }
    }
    return from->entity_count <= XHM_MAX_ENTITIES;
}

static Xhm__V1__PartitionPolicy *partition_build(const struct xhm_partition_policy *from, struct xhm_arena *arena) {
    Xhm__V1__PartitionPolicy *to = arena_message(arena, &xhm__v1__partition_policy__descriptor);

    if (!to || !has_room(from)) {
        return NULL;
    }
    to->name = string_of(from->name);
    to->partition_id = from->partition_id;
    to->startup_grace_ns = from->startup_grace_ns;
    to->page_count = from->page_count;
    to->injection_allowed = from->injection_allowed;
    to->optional = from->optional;
    to->start_within_ns = from->start_within_ns;
    to->supervision_off = from->supervision_off;
    to->expired_tolerance = from->expired_tolerance;
    to->standby_for_number = from->standby_for_number;
    to->safe_state_number = from->safe_state_number;
    to->xen_watchdog = from->xen_watchdog;
    to->assigned_devices = from->assigned_devices;
    to->pause_is_safe = from->pause_is_safe;
    to->cpupool_number = from->cpupool_number;
    to->identity = identity_build(&from->identity, arena);
    to->restart = restart_build(&from->restart, arena);
    return to->identity && to->restart && memory_build(&from->memory, arena, &to->memory) &&
                   policy_resources_to_message(from, arena, to) && entities_build(from, arena, to) &&
                   reactions_build(from, arena, to) && load_build(&from->load, arena, &to->load) &&
                   allocations_build(from, arena, to) &&
                   set_build(from->depends_on, arena, &to->depends_on_numbers, &to->n_depends_on_numbers)
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

static bool groups_build(const struct xhm_policy *from, struct xhm_arena *arena, Xhm__V1__Policy *to) {
    to->groups = arena_take(arena, from->group_count * sizeof(to->groups[0]));
    if (!to->groups) {
        return false;
    }
    for (uint32_t i = 0; i < from->group_count; i++) {
        Xhm__V1__GroupPolicy *group = arena_message(arena, &xhm__v1__group_policy__descriptor);

        if (!group || !set_build(from->groups[i].members, arena, &group->member_numbers, &group->n_member_numbers)) {
            return false;
        }
        group->name = string_of(from->groups[i].name);
        group->in_order = from->groups[i].in_order;
        to->groups[i] = group;
    }
    to->n_groups = from->group_count;
    return true;
}

static Xhm__V1__SafeStatePolicy *safe_state_build(const struct xhm_safe_state_policy *from, struct xhm_arena *arena) {
    Xhm__V1__SafeStatePolicy *to = arena_message(arena, &xhm__v1__safe_state_policy__descriptor);

    if (!to || !(to->dispositions = arena_take(arena, XHM_MAX_PARTITIONS * sizeof(to->dispositions[0])))) {
        return NULL;
    }
    to->name = string_of(from->name);
    for (uint32_t i = 0; i < XHM_MAX_PARTITIONS; i++) {
        Xhm__V1__DispositionPolicy *disposition;

        if (from->dispositions[i] == XHM_DISPOSITION_LEAVE) {
            continue;
        }
        if (!(disposition = arena_message(arena, &xhm__v1__disposition_policy__descriptor))) {
            return NULL;
        }
        disposition->partition_number = i + 1;
        disposition->disposition = from->dispositions[i];
        to->dispositions[to->n_dispositions++] = disposition;
    }
    return to;
}

static bool safe_states_build(const struct xhm_policy *from, struct xhm_arena *arena, Xhm__V1__Policy *to) {
    to->safe_states = arena_take(arena, from->safe_state_count * sizeof(to->safe_states[0]));
    if (!to->safe_states) {
        return false;
    }
    for (uint32_t i = 0; i < from->safe_state_count; i++) {
        if (!(to->safe_states[i] = safe_state_build(&from->safe_states[i], arena))) {
            return false;
        }
    }
    to->n_safe_states = from->safe_state_count;
    return true;
}

static bool access_build(const struct xhm_policy *from, struct xhm_arena *arena, Xhm__V1__Policy *to) {
    static const Xhm__V1__AccessPolicy__PeerCase peers[] = {
        [XHM_ACCESS_UID] = XHM__V1__ACCESS_POLICY__PEER_UID,
        [XHM_ACCESS_GID] = XHM__V1__ACCESS_POLICY__PEER_GID,
        [XHM_ACCESS_PARTITION] = XHM__V1__ACCESS_POLICY__PEER_PARTITION_NUMBER,
    };

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
        access->peer_case = peers[row->kind];
        access->uid = row->id; /* all of them share their place */
        access->roles = row->roles;
        to->access[i] = access;
    }
    to->n_access = from->access_count;
    return true;
}

static bool dtcs_build(const struct xhm_policy *from, struct xhm_arena *arena, Xhm__V1__Policy *to) {
    to->dtcs = arena_take(arena, XHM_FAULT_COUNT * sizeof(to->dtcs[0]));
    for (unsigned fault = 0; to->dtcs && fault < XHM_FAULT_COUNT; fault++) {
        Xhm__V1__DtcPolicy *dtc;

        if (from->dtcs[fault] == 0) {
            continue;
        }
        if (!(dtc = arena_message(arena, &xhm__v1__dtc_policy__descriptor))) {
            return false;
        }
        dtc->fault = faults_info((enum xhm_fault)fault)->number;
        dtc->dtc = from->dtcs[fault];
        to->dtcs[to->n_dtcs++] = dtc;
    }
    return to->dtcs != NULL;
}

Xhm__V1__Policy *policy_to_message(const struct xhm_policy *policy, struct xhm_arena *arena) {
    Xhm__V1__Policy *message = arena_message(arena, &xhm__v1__policy__descriptor);

    if (!message || policy->partition_count > XHM_MAX_PARTITIONS || policy->access_count > XHM_MAX_ACCESS ||
        policy->group_count > XHM_MAX_GROUPS || policy->safe_state_count > XHM_MAX_SAFE_STATES) {
        return NULL;
    }
    message->schema = policy->schema;
    message->ecu_id = string_of(policy->ecu_id);
    message->injection_allowed = policy->injection_allowed;
    message->supervisor = supervisor_build(&policy->supervisor, arena);
    return message->supervisor && partitions_build(policy, arena, message) && access_build(policy, arena, message) &&
                   groups_build(policy, arena, message) && safe_states_build(policy, arena, message) &&
                   policy_platform_to_message(policy, arena, message) && dtcs_build(policy, arena, message)
               ? message
               : NULL;
}
