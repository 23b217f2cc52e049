// SPDX-License-Identifier: Apache-2.0
#include "faults.h"
#include "policy_entity_message.h"
#include "policy_platform_message.h"
#include "policy_resource_message.h"

#include <string.h>

/* From here on Xen uses domids for itself (DOMID_FIRST_RESERVED). */
#define RESERVED_DOMIDS 0x7ff0u

static bool supervisor_read(struct xhm_policy_place *place, const Xhm__V1__SupervisorPolicy *from,
                            struct xhm_supervisor_policy *to) {
    if (!policy_place_require(place, from, "supervisor")) {
        return false;
    }
    to->cycle_ns = from->cycle_ns;
    to->crash_check_period_ns = from->crash_check_period_ns;
    to->conformance_period_ns = from->conformance_period_ns;
    to->conformance_checks_per_cycle = from->conformance_checks_per_cycle;
    to->overrun_tolerance_ns = from->overrun_tolerance_ns;
    to->probe_busy_tolerance_ns = from->probe_busy_tolerance_ns;
    to->visibility_timeout_ns = from->visibility_timeout_ns;
    to->agent_timeout_ns = from->agent_timeout_ns;
    to->deployment = (enum xhm_deployment)from->deployment;
    to->initial_mode = (enum xhm_ecu_mode)from->initial_mode;
    to->scheduling_latency_ns = from->scheduling_latency_ns;
    to->direct_action_ns = from->direct_action_ns;
    to->boot_limit = from->boot_limit;
    to->boot_safe_state_number = from->boot_safe_state_number;
    to->last_resort = (enum xhm_last_resort)from->last_resort;
    to->last_resort_limit = from->last_resort_limit;
    return policy_place_require(place,
                                from->deployment == XHM_DEPLOYMENT_DOM0 || from->deployment == XHM_DEPLOYMENT_DEDICATED,
                                "supervisor.deployment") &&
           policy_place_require(place, from->initial_mode == XHM_MODE_STARTUP || from->initial_mode == XHM_MODE_RUN,
                                "supervisor.initial_mode") &&
           policy_place_require(place, from->last_resort <= XHM_LAST_RESORT_RESTART_SUPERVISOR,
                                "supervisor.last_resort");
}

static bool uuid_read(struct xhm_policy_place *place, const ProtobufCBinaryData *from, struct xhm_uuid *to) {
    if (!policy_place_require(place, from->len == sizeof(to->bytes), "identity.uuid")) {
        return false;
    }
    memcpy(to->bytes, from->data, sizeof(to->bytes));
    return true;
}

static bool identity_read(struct xhm_policy_place *place, const Xhm__V1__Identity *from, struct xhm_identity *to) {
    const Xhm__V1__Identity__KindCase kind = from ? from->kind_case : XHM__V1__IDENTITY__KIND__NOT_SET;

    if (kind == XHM__V1__IDENTITY__KIND_UUID) {
        to->kind = XHM_IDENTITY_UUID;
        return uuid_read(place, &from->uuid, &to->uuid);
    }
    if (kind == XHM__V1__IDENTITY__KIND_STATIC_DOMID) {
        to->kind = XHM_IDENTITY_STATIC_DOMID;
        to->domid = (uint16_t)from->static_domid;
        return policy_place_require(place, from->static_domid && from->static_domid < RESERVED_DOMIDS,
                                    "identity.static_domid");
    }
    to->kind = XHM_IDENTITY_DOM0;
    return policy_place_require(place, kind == XHM__V1__IDENTITY__KIND_DOM0 && from->dom0, "identity");
}

/* What is present but declares nothing to be watched would be a check that is silently skipped: refused. */
static bool memory_read(struct xhm_policy_place *place, const Xhm__V1__MemoryPolicy *from,
                        struct xhm_memory_policy *to) {
    if (!from) {
        return true;
    }
    to->size_kib = from->size_kib;
    to->slack_kib = from->slack_kib;
    to->clear_slack_kib = from->clear_slack_kib;
    to->up_front = from->up_front;
    policy_debounce_from_message(from->debounce, &to->debounce);
    return policy_place_require(place, from->size_kib, "memory.size_kib");
}

static bool load_read(struct xhm_policy_place *place, const Xhm__V1__LoadPolicy *from, struct xhm_load_policy *to) {
    if (!from) {
        return true;
    }
    to->raise_percent = from->raise_percent;
    to->clear_percent = from->clear_percent;
    policy_debounce_from_message(from->debounce, &to->debounce);
    return policy_place_require(place, from->raise_percent, "load.raise_percent");
}

static bool allocations_read(struct xhm_policy_place *place, const Xhm__V1__PartitionPolicy *from,
                             struct xhm_partition_policy *to) {
    for (size_t i = 0; i < from->n_allocated_fhti; i++) {
        const size_t depth = policy_place_enter(place, "allocated_fhti", i);
        const uint32_t fault_class = (uint32_t)from->allocated_fhti[i]->fault_class - 1;

        if (!policy_place_require(place, fault_class < XHM_CLASS_COUNT && !to->allocated_fhti_ns[fault_class],
                                  "fault_class") ||
            !policy_place_require(place, from->allocated_fhti[i]->fhti_ns, "fhti_ns")) {
            return false;
        }
        to->allocated_fhti_ns[fault_class] = from->allocated_fhti[i]->fhti_ns;
        policy_place_leave(place, depth);
    }
    return true;
}

static bool entities_read(struct xhm_policy_place *place, const Xhm__V1__PartitionPolicy *from,
                          struct xhm_partition_policy *to) {
    if (!policy_place_fits(place, from->n_entities, XHM_MAX_ENTITIES, "entities")) {
        return false;
    }
    for (size_t i = 0; i < from->n_entities; i++) {
        const size_t depth = policy_place_enter(place, "entities", i);

        if (!policy_entity_from_message(place, from->entities[i], &to->entities[i])) {
            return false;
        }
        policy_place_leave(place, depth);
    }
    to->entity_count = (uint32_t)from->n_entities;
    return true;
}

static bool reaction_read(struct xhm_policy_place *place, const Xhm__V1__ReactionPolicy *from,
                          struct xhm_partition_policy *to) {
    const uint32_t fault_class = (uint32_t)from->fault_class - 1;
    struct xhm_ladder *ladder;

    if (!policy_place_require(place, fault_class < XHM_CLASS_COUNT && !to->reactions[fault_class].count,
                              "fault_class") ||
        !policy_place_fits(place, from->n_rungs, XHM_MAX_RUNGS, "rungs")) {
        return false;
    }
    ladder = &to->reactions[fault_class];
    for (size_t i = 0; i < from->n_rungs; i++) {
        const uint32_t rung = (uint32_t)from->rungs[i];

        if (!policy_place_require(place, rung >= XHM_REACTION_REPORT && rung < XHM_REACTION_END, "rungs")) {
            return false;
        }
        ladder->rungs[ladder->count++] = (enum xhm_reaction)rung;
    }
    return policy_place_require(place, ladder->count, "rungs");
}

static bool reactions_read(struct xhm_policy_place *place, const Xhm__V1__PartitionPolicy *from,
                           struct xhm_partition_policy *to) {
    for (size_t i = 0; i < from->n_reactions; i++) {
        const size_t depth = policy_place_enter(place, "reactions", i);

        if (!reaction_read(place, from->reactions[i], to)) {
            return false;
        }
        policy_place_leave(place, depth);
    }
    return true;
}

/* Absent limits stay 0, which policy_check() accepts only where a restart is impossible. */
static void restart_read(const Xhm__V1__RestartPolicy *from, struct xhm_restart_policy *to) {
    if (from) {
        to->limit = from->limit;
        to->window_ns = from->window_ns;
        to->backoff_ns = from->backoff_ns;
        to->timeout_ns = from->timeout_ns;
    }
}

static bool partition_read(struct xhm_policy_place *place, const Xhm__V1__PartitionPolicy *from,
                           struct xhm_partition_policy *to) {
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
    restart_read(from->restart, &to->restart);
    return policy_place_read_name(place, from->name, to->name, "name") &&
           identity_read(place, from->identity, &to->identity) && memory_read(place, from->memory, &to->memory) &&
           policy_resources_from_message(place, from, to) && entities_read(place, from, to) &&
           reactions_read(place, from, to) && load_read(place, from->load, &to->load) &&
           allocations_read(place, from, to) &&
           policy_place_read_set(place, from->depends_on_numbers, from->n_depends_on_numbers, XHM_MAX_PARTITIONS,
                                 &to->depends_on, "depends_on_numbers");
}

static bool partitions_read(struct xhm_policy_place *place, const Xhm__V1__Policy *from, struct xhm_policy *to) {
    if (!policy_place_fits(place, from->n_partitions, XHM_MAX_PARTITIONS, "partitions")) {
        return false;
    }
    for (size_t i = 0; i < from->n_partitions; i++) {
        const size_t depth = policy_place_enter(place, "partitions", i);

        if (!partition_read(place, from->partitions[i], &to->partitions[i])) {
            return false;
        }
        policy_place_leave(place, depth);
    }
    to->partition_count = (uint32_t)from->n_partitions;
    return true;
}

static bool groups_read(struct xhm_policy_place *place, const Xhm__V1__Policy *from, struct xhm_policy *to) {
    if (!policy_place_fits(place, from->n_groups, XHM_MAX_GROUPS, "groups")) {
        return false;
    }
    for (size_t i = 0; i < from->n_groups; i++) {
        const size_t depth = policy_place_enter(place, "groups", i);
        const Xhm__V1__GroupPolicy *group = from->groups[i];

        to->groups[i].in_order = group->in_order;
        if (!policy_place_read_name(place, group->name, to->groups[i].name, "name") ||
            !policy_place_read_set(place, group->member_numbers, group->n_member_numbers, XHM_MAX_PARTITIONS,
                                   &to->groups[i].members, "member_numbers")) {
            return false;
        }
        policy_place_leave(place, depth);
    }
    to->group_count = (uint32_t)from->n_groups;
    return true;
}

static bool disposition_read(struct xhm_policy_place *place, const Xhm__V1__DispositionPolicy *from, uint64_t *named,
                             struct xhm_safe_state_policy *to) {
    if (!policy_place_fits(place, from->partition_number, XHM_MAX_PARTITIONS, "partition_number") ||
        !policy_place_require(place, from->partition_number && !(*named >> (from->partition_number - 1)),
                              "partition_number") ||
        !policy_place_require(place,
                              from->disposition > XHM_DISPOSITION_LEAVE && from->disposition < XHM_DISPOSITION_END,
                              "disposition")) {
        return false;
    }
    *named |= UINT64_C(1) << (from->partition_number - 1);
    to->dispositions[from->partition_number - 1] = (enum xhm_disposition)from->disposition;
    return true;
}

static bool safe_state_read(struct xhm_policy_place *place, const Xhm__V1__SafeStatePolicy *from,
                            struct xhm_safe_state_policy *to) {
    uint64_t named = 0;

    for (size_t i = 0; i < from->n_dispositions; i++) {
        const size_t depth = policy_place_enter(place, "dispositions", i);

        if (!disposition_read(place, from->dispositions[i], &named, to)) {
            return false;
        }
        policy_place_leave(place, depth);
    }
    return policy_place_read_name(place, from->name, to->name, "name");
}

static bool safe_states_read(struct xhm_policy_place *place, const Xhm__V1__Policy *from, struct xhm_policy *to) {
    if (!policy_place_fits(place, from->n_safe_states, XHM_MAX_SAFE_STATES, "safe_states")) {
        return false;
    }
    for (size_t i = 0; i < from->n_safe_states; i++) {
        const size_t depth = policy_place_enter(place, "safe_states", i);

        if (!safe_state_read(place, from->safe_states[i], &to->safe_states[i])) {
            return false;
        }
        policy_place_leave(place, depth);
    }
    to->safe_state_count = (uint32_t)from->n_safe_states;
    return true;
}

static bool access_row_read(struct xhm_policy_place *place, const Xhm__V1__AccessPolicy *from,
                            struct xhm_access_policy *to) {
    switch (from->peer_case) {
    case XHM__V1__ACCESS_POLICY__PEER_UID:
        to->kind = XHM_ACCESS_UID;
        to->id = from->uid;
        break;
    case XHM__V1__ACCESS_POLICY__PEER_GID:
        to->kind = XHM_ACCESS_GID;
        to->id = from->gid;
        break;
    case XHM__V1__ACCESS_POLICY__PEER_PARTITION_NUMBER:
        to->kind = XHM_ACCESS_PARTITION;
        to->id = from->partition_number;
        break;
    case XHM__V1__ACCESS_POLICY__PEER__NOT_SET:
    case _XHM__V1__ACCESS_POLICY__PEER__CASE_IS_INT_SIZE:
        break;
    }
    to->roles = from->roles;
    return policy_place_require(place, from->peer_case != XHM__V1__ACCESS_POLICY__PEER__NOT_SET, "peer") &&
           policy_place_require(place, !(from->roles & ~XHM_ALL_ROLES), "roles");
}

static bool access_read(struct xhm_policy_place *place, const Xhm__V1__Policy *from, struct xhm_policy *to) {
    if (!policy_place_fits(place, from->n_access, XHM_MAX_ACCESS, "access")) {
        return false;
    }
    for (size_t i = 0; i < from->n_access; i++) {
        const size_t depth = policy_place_enter(place, "access", i);

        if (!access_row_read(place, from->access[i], &to->access[i])) {
            return false;
        }
        policy_place_leave(place, depth);
    }
    to->access_count = (uint32_t)from->n_access;
    return true;
}

static bool dtc_read(struct xhm_policy_place *place, const Xhm__V1__DtcPolicy *from, struct xhm_policy *to) {
    const enum xhm_fault fault = faults_find(from->fault);

    if (!policy_place_require(place, fault != XHM_FAULT_COUNT && to->dtcs[fault] == 0, "fault") ||
        !policy_place_require(place, from->dtc != 0, "dtc")) {
        return false;
    }
    to->dtcs[fault] = from->dtc;
    return true;
}

static bool dtcs_read(struct xhm_policy_place *place, const Xhm__V1__Policy *from, struct xhm_policy *to) {
    for (size_t i = 0; i < from->n_dtcs; i++) {
        const size_t depth = policy_place_enter(place, "dtcs", i);

        if (!dtc_read(place, from->dtcs[i], to)) {
            return false;
        }
        policy_place_leave(place, depth);
    }
    return true;
}

static bool policy_read(struct xhm_policy_place *place, const Xhm__V1__Policy *from, struct xhm_policy *to) {
    to->schema = from->schema;
    to->injection_allowed = from->injection_allowed;
    if (!policy_place_read_name(place, from->ecu_id, to->ecu_id, "ecu_id") ||
        !supervisor_read(place, from->supervisor, &to->supervisor)) {
        return false;
    }
    return partitions_read(place, from, to) && access_read(place, from, to) && groups_read(place, from, to) &&
           safe_states_read(place, from, to) && policy_platform_from_message(place, from, to) &&
           dtcs_read(place, from, to);
}

enum xhm_policy_codec_verdict policy_from_message(const Xhm__V1__Policy *message, struct xhm_policy *policy,
                                                  char field[64]) {
    struct xhm_policy_place place = {.verdict = XHM_POLICY_CODEC_OK};

    memset(policy, 0, sizeof(*policy));
    policy_read(&place, message, policy);
    if (field) {
        memcpy(field, place.path, XHM_POLICY_PLACE_SIZE);
    }
    return place.verdict;
}
