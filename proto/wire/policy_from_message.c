// SPDX-License-Identifier: Apache-2.0
#include "policy_message.h"

#include <stdio.h>
#include <string.h>

#define FIELD_SIZE 64
#define KNOWN_ROLES                                                                                                    \
    ((uint32_t)XHM_ROLE_OBSERVER | (uint32_t)XHM_ROLE_OPERATOR | (uint32_t)XHM_ROLE_RIG | (uint32_t)XHM_ROLE_AGENT)
/* From here on Xen uses domids for itself (DOMID_FIRST_RESERVED). */
#define RESERVED_DOMIDS 0x7ff0u

/* Where reading is, so that a refusal can name the field. */
struct place {
    char path[FIELD_SIZE];
    size_t depth; /* characters of the path that lead to the message being read */
    enum xhm_policy_codec_verdict verdict;
};

static bool refuse(struct place *place, enum xhm_policy_codec_verdict verdict, const char *leaf) {
    place->verdict = verdict;
    snprintf(place->path + place->depth, sizeof(place->path) - place->depth, "%s", leaf);
    return false;
}

static bool require(struct place *place, bool sound, const char *leaf) {
    return sound || refuse(place, XHM_POLICY_CODEC_BAD_VALUE, leaf);
}

static bool fits(struct place *place, size_t count, size_t room, const char *leaf) {
    return count <= room || refuse(place, XHM_POLICY_CODEC_TOO_MANY, leaf);
}

/* Steps into an element of a repeated field. @return the depth to go back to by leave() */
static size_t enter(struct place *place, const char *name, size_t index) {
    const size_t before = place->depth;
    const int length = snprintf(place->path + before, sizeof(place->path) - before, "%s[%zu].", name, index);

    place->depth = length > 0 && (size_t)length < sizeof(place->path) - before ? before + (size_t)length : before;
    return before;
}

static void leave(struct place *place, size_t depth) {
    place->depth = depth;
    place->path[depth] = '\0';
}

static bool name_read(struct place *place, const char *from, char to[XHM_NAME_SIZE], const char *leaf) {
    const size_t length = strlen(from);

    if (!require(place, length < XHM_NAME_SIZE, leaf)) {
        return false;
    }
    memcpy(to, from, length + 1);
    return true;
}

static void supervisor_read(const Xhm__V1__SupervisorPolicy *from, struct xhm_supervisor_policy *to) {
    to->cycle_ns = from->cycle_ns;
    to->crash_check_period_ns = from->crash_check_period_ns;
    to->conformance_period_ns = from->conformance_period_ns;
    to->conformance_checks_per_cycle = from->conformance_checks_per_cycle;
    to->overrun_tolerance_ns = from->overrun_tolerance_ns;
    to->probe_busy_tolerance_ns = from->probe_busy_tolerance_ns;
    to->visibility_timeout_ns = from->visibility_timeout_ns;
    to->agent_timeout_ns = from->agent_timeout_ns;
}

static bool uuid_read(struct place *place, const ProtobufCBinaryData *from, struct xhm_uuid *to) {
    if (!require(place, from->len == sizeof(to->bytes), "identity.uuid")) {
        return false;
    }
    memcpy(to->bytes, from->data, sizeof(to->bytes));
    return true;
}

static bool identity_read(struct place *place, const Xhm__V1__Identity *from, struct xhm_identity *to) {
    const Xhm__V1__Identity__KindCase kind = from ? from->kind_case : XHM__V1__IDENTITY__KIND__NOT_SET;

    if (kind == XHM__V1__IDENTITY__KIND_UUID) {
        to->kind = XHM_IDENTITY_UUID;
        return uuid_read(place, &from->uuid, &to->uuid);
    }
    if (kind == XHM__V1__IDENTITY__KIND_STATIC_DOMID) {
        to->kind = XHM_IDENTITY_STATIC_DOMID;
        to->domid = (uint16_t)from->static_domid;
        return require(place, from->static_domid && from->static_domid < RESERVED_DOMIDS, "identity.static_domid");
    }
    to->kind = XHM_IDENTITY_DOM0;
    return require(place, kind == XHM__V1__IDENTITY__KIND_DOM0 && from->dom0, "identity");
}

/* What is present but declares nothing to be watched would be a check that is silently skipped: refused. */
static bool memory_read(struct place *place, const Xhm__V1__MemoryPolicy *from, struct xhm_memory_policy *to) {
    if (!from) {
        return true;
    }
    to->size_kib = from->size_kib;
    to->slack_kib = from->slack_kib;
    return require(place, from->size_kib, "memory.size_kib");
}

static bool alive_read(struct place *place, const Xhm__V1__AlivePolicy *from, struct xhm_alive_policy *to) {
    if (!from) {
        return true;
    }
    to->reference_cycle_ns = from->reference_cycle_ns;
    to->expected = from->expected;
    to->min_margin = from->min_margin;
    to->max_margin = from->max_margin;
    to->failed_tolerance = from->failed_tolerance;
    return require(place, from->reference_cycle_ns, "alive.reference_cycle_ns");
}

static bool deadline_miss_read(struct place *place, const Xhm__V1__DeadlineMissPolicy *from,
                               struct xhm_deadline_miss_policy *to) {
    if (!from) {
        return true;
    }
    to->window_ns = from->window_ns;
    to->limit = from->limit;
    return require(place, from->window_ns, "deadline_miss.window_ns");
}

static bool vcpu_read(struct place *place, const Xhm__V1__VcpuPolicy *from, struct xhm_vcpu_policy *to) {
    for (size_t i = 0; i < from->n_pcpus; i++) {
        const uint32_t pcpu = from->pcpus[i];
        uint64_t bit;

        if (!fits(place, pcpu, XHM_MAX_PCPUS - 1, "pcpus")) {
            return false;
        }
        bit = UINT64_C(1) << (pcpu % 64);
        if (!require(place, !(to->pcpus.words[pcpu / 64] & bit), "pcpus")) {
            return false;
        }
        to->pcpus.words[pcpu / 64] |= bit;
    }
    to->exclusive = from->exclusive;
    return true;
}

static bool vcpus_read(struct place *place, const Xhm__V1__PartitionPolicy *from, struct xhm_partition_policy *to) {
    if (!fits(place, from->n_vcpus, XHM_MAX_VCPUS, "vcpus")) {
        return false;
    }
    for (size_t i = 0; i < from->n_vcpus; i++) {
        const size_t depth = enter(place, "vcpus", i);

        if (!vcpu_read(place, from->vcpus[i], &to->vcpus[i])) {
            return false;
        }
        leave(place, depth);
    }
    to->vcpu_count = (uint32_t)from->n_vcpus;
    return true;
}

static bool entity_read(struct place *place, const Xhm__V1__EntityPolicy *from, struct xhm_entity_policy *to) {
    to->id = from->id;
    to->page = from->page;
    to->slot = from->slot;
    to->checkpoints_per_second = from->checkpoints_per_second;
    return name_read(place, from->name, to->name, "name") && alive_read(place, from->alive, &to->alive) &&
           deadline_miss_read(place, from->deadline_miss, &to->deadline_miss);
}

static bool entities_read(struct place *place, const Xhm__V1__PartitionPolicy *from, struct xhm_partition_policy *to) {
    if (!fits(place, from->n_entities, XHM_MAX_ENTITIES, "entities")) {
        return false;
    }
    for (size_t i = 0; i < from->n_entities; i++) {
        const size_t depth = enter(place, "entities", i);

        if (!entity_read(place, from->entities[i], &to->entities[i])) {
            return false;
        }
        leave(place, depth);
    }
    to->entity_count = (uint32_t)from->n_entities;
    return true;
}

static bool reaction_read(struct place *place, const Xhm__V1__ReactionPolicy *from, struct xhm_partition_policy *to) {
    const uint32_t fault_class = (uint32_t)from->fault_class - 1;

    if (!require(place, fault_class < XHM_CLASS_COUNT && !to->reactions[fault_class].count, "fault_class") ||
        !require(place,
                 from->n_rungs == 1 && (from->rungs[0] == XHM__V1__REACTION__REACTION_REPORT ||
                                        from->rungs[0] == XHM__V1__REACTION__REACTION_RESTART),
                 "rungs")) {
        return false;
    }
    to->reactions[fault_class] = (struct xhm_ladder){.count = 1, .rungs = {(enum xhm_reaction)from->rungs[0]}};
    return true;
}

static bool reactions_read(struct place *place, const Xhm__V1__PartitionPolicy *from, struct xhm_partition_policy *to) {
    for (size_t i = 0; i < from->n_reactions; i++) {
        const size_t depth = enter(place, "reactions", i);

        if (!reaction_read(place, from->reactions[i], to)) {
            return false;
        }
        leave(place, depth);
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

static bool partition_read(struct place *place, const Xhm__V1__PartitionPolicy *from, struct xhm_partition_policy *to) {
    to->partition_id = from->partition_id;
    to->startup_grace_ns = from->startup_grace_ns;
    to->page_count = from->page_count;
    to->injection_allowed = from->injection_allowed;
    restart_read(from->restart, &to->restart);
    return name_read(place, from->name, to->name, "name") && identity_read(place, from->identity, &to->identity) &&
           memory_read(place, from->memory, &to->memory) && vcpus_read(place, from, to) &&
           entities_read(place, from, to) && reactions_read(place, from, to);
}

static bool partitions_read(struct place *place, const Xhm__V1__Policy *from, struct xhm_policy *to) {
    if (!fits(place, from->n_partitions, XHM_MAX_PARTITIONS, "partitions")) {
        return false;
    }
    for (size_t i = 0; i < from->n_partitions; i++) {
        const size_t depth = enter(place, "partitions", i);

        if (!partition_read(place, from->partitions[i], &to->partitions[i])) {
            return false;
        }
        leave(place, depth);
    }
    to->partition_count = (uint32_t)from->n_partitions;
    return true;
}

static bool access_row_read(struct place *place, const Xhm__V1__AccessPolicy *from, struct xhm_access_policy *to) {
    to->by_gid = from->peer_case == XHM__V1__ACCESS_POLICY__PEER_GID;
    to->id = to->by_gid ? from->gid : from->uid;
    to->roles = from->roles;
    return require(place, from->peer_case != XHM__V1__ACCESS_POLICY__PEER__NOT_SET, "peer") &&
           require(place, !(from->roles & ~KNOWN_ROLES), "roles");
}

static bool access_read(struct place *place, const Xhm__V1__Policy *from, struct xhm_policy *to) {
    if (!fits(place, from->n_access, XHM_MAX_ACCESS, "access")) {
        return false;
    }
    for (size_t i = 0; i < from->n_access; i++) {
        const size_t depth = enter(place, "access", i);

        if (!access_row_read(place, from->access[i], &to->access[i])) {
            return false;
        }
        leave(place, depth);
    }
    to->access_count = (uint32_t)from->n_access;
    return true;
}

static bool policy_read(struct place *place, const Xhm__V1__Policy *from, struct xhm_policy *to) {
    to->schema = from->schema;
    to->injection_allowed = from->injection_allowed;
    if (!name_read(place, from->ecu_id, to->ecu_id, "ecu_id") || !require(place, from->supervisor, "supervisor")) {
        return false;
    }
    supervisor_read(from->supervisor, &to->supervisor);
    return partitions_read(place, from, to) && access_read(place, from, to);
}

enum xhm_policy_codec_verdict policy_from_message(const Xhm__V1__Policy *message, struct xhm_policy *policy,
                                                  char field[64]) {
    struct place place = {.verdict = XHM_POLICY_CODEC_OK};

    memset(policy, 0, sizeof(*policy));
    policy_read(&place, message, policy);
    if (field) {
        memcpy(field, place.path, FIELD_SIZE);
    }
    return place.verdict;
}
