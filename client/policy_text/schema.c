// SPDX-License-Identifier: Apache-2.0
#include "schema.h"

#define KEYS(array)      .key_count = sizeof(array) / sizeof((array)[0]), .keys = (array)
#define AT(type, member) .offset = offsetof(struct type, member)
#define REQUIRED         .presence = XHM_SCHEMA_REQUIRED
#define OPTIONAL         .presence = XHM_SCHEMA_OPTIONAL
#define ALTERNATIVE      .presence = XHM_SCHEMA_ALTERNATIVE
#define DEFAULT(text)    .presence = XHM_SCHEMA_DEFAULT, .fallback = (text)
#define DERIVED(text)    .presence = XHM_SCHEMA_DERIVED, .fallback = (text)
#define SCALAR(kind)     .form = XHM_SCHEMA_SCALAR, .scalar = XHM_SCALAR_##kind
#define MAPPING(table)   .form = XHM_SCHEMA_MAPPING, .mapping = &(table)
#define SEQUENCE(table, type, count, which, element, most)                                                             \
    .form = XHM_SCHEMA_SEQUENCE, .mapping = &(table), .count_offset = offsetof(struct type, count),                    \
    .level = XHM_LEVEL_##which, .element_size = sizeof(struct element), .capacity = (most)
#define REACTION(class_name)                                                                                           \
    DEFAULT("report"), SCALAR(REACTION), .offset = sizeof(struct xhm_ladder) * XHM_CLASS_##class_name

static const struct xhm_schema_key alive_keys[] = {
    {"reference_cycle", REQUIRED, SCALAR(DURATION), AT(xhm_alive_policy, reference_cycle_ns)},
    {"expected", REQUIRED, SCALAR(COUNT), AT(xhm_alive_policy, expected)},
    {"min_margin", DEFAULT("0"), SCALAR(COUNT), AT(xhm_alive_policy, min_margin)},
    {"max_margin", DEFAULT("0"), SCALAR(COUNT), AT(xhm_alive_policy, max_margin)},
    {"failed_tolerance", DEFAULT("0"), SCALAR(COUNT), AT(xhm_alive_policy, failed_tolerance)},
};
static const struct xhm_schema_mapping alive = {"partitions[].entities[].alive", KEYS(alive_keys)};

static const struct xhm_schema_key deadline_miss_keys[] = {
    {"window", REQUIRED, SCALAR(DURATION), AT(xhm_deadline_miss_policy, window_ns)},
    {"limit", REQUIRED, SCALAR(COUNT), AT(xhm_deadline_miss_policy, limit)},
};
static const struct xhm_schema_mapping deadline_miss = {"partitions[].entities[].deadline_miss",
                                                        KEYS(deadline_miss_keys)};

static const struct xhm_schema_key entity_keys[] = {
    {"name", REQUIRED, SCALAR(NAME), AT(xhm_entity_policy, name)},
    {"id", REQUIRED, SCALAR(COUNT), AT(xhm_entity_policy, id)},
    {"page", DEFAULT("0"), SCALAR(COUNT), AT(xhm_entity_policy, page)},
    {"slot", DEFAULT("0"), SCALAR(COUNT), AT(xhm_entity_policy, slot)},
    {"checkpoints_per_second", DEFAULT("0"), SCALAR(COUNT), AT(xhm_entity_policy, checkpoints_per_second)},
    {"alive", OPTIONAL, MAPPING(alive), AT(xhm_entity_policy, alive)},
    {"deadline_miss", OPTIONAL, MAPPING(deadline_miss), AT(xhm_entity_policy, deadline_miss)},
};
static const struct xhm_schema_mapping entity = {"partitions[].entities[]", KEYS(entity_keys)};

static const struct xhm_schema_key vcpu_keys[] = {
    {"pcpus", REQUIRED, SCALAR(PCPUS), AT(xhm_vcpu_policy, pcpus)},
    {"exclusive", DEFAULT("false"), SCALAR(FLAG), AT(xhm_vcpu_policy, exclusive)},
};
static const struct xhm_schema_mapping vcpu = {"partitions[].vcpus[]", KEYS(vcpu_keys)};

static const struct xhm_schema_key identity_keys[] = {
    {"uuid", ALTERNATIVE, SCALAR(UUID)},
    {"static_domid", ALTERNATIVE, SCALAR(STATIC_DOMID)},
};
static const struct xhm_schema_mapping identity = {"partitions[].identity", KEYS(identity_keys)};

static const struct xhm_schema_key memory_keys[] = {
    {"size", REQUIRED, SCALAR(SIZE), AT(xhm_memory_policy, size_kib)},
    {"slack", DEFAULT("0KiB"), SCALAR(SIZE), AT(xhm_memory_policy, slack_kib)},
};
static const struct xhm_schema_mapping memory = {"partitions[].memory", KEYS(memory_keys)};

static const struct xhm_schema_key reaction_keys[] = {
    {"presence", REACTION(PRESENCE)}, {"entity", REACTION(ENTITY)},       {"probe", REACTION(PROBE)},
    {"deadline", REACTION(DEADLINE)}, {"placement", REACTION(PLACEMENT)}, {"memory", REACTION(MEMORY)},
    {"load", REACTION(LOAD)},
};
static const struct xhm_schema_mapping reactions = {"partitions[].reactions", KEYS(reaction_keys)};
_Static_assert(sizeof(reaction_keys) / sizeof(reaction_keys[0]) == XHM_CLASS_COUNT,
               "every fault class that a policy declares a reaction for has a key");

static const struct xhm_schema_key restart_keys[] = {
    {"limit", DEFAULT("3"), SCALAR(COUNT), AT(xhm_restart_policy, limit)},
    {"within", DEFAULT("10m"), SCALAR(DURATION), AT(xhm_restart_policy, window_ns)},
    {"backoff", DEFAULT("0s"), SCALAR(DURATION), AT(xhm_restart_policy, backoff_ns)},
    {"timeout", DERIVED("the start-up grace"), SCALAR(DURATION), AT(xhm_restart_policy, timeout_ns)},
};
static const struct xhm_schema_mapping restart = {"partitions[].restart", KEYS(restart_keys)};

static const struct xhm_schema_key partition_keys[] = {
    {"name", REQUIRED, SCALAR(NAME), AT(xhm_partition_policy, name)},
    {"id", REQUIRED, SCALAR(COUNT), AT(xhm_partition_policy, partition_id)},
    {"identity", REQUIRED, .form = XHM_SCHEMA_IDENTITY, .mapping = &identity, AT(xhm_partition_policy, identity)},
    {"startup_grace", REQUIRED, SCALAR(DURATION), AT(xhm_partition_policy, startup_grace_ns)},
    {"memory", OPTIONAL, MAPPING(memory), AT(xhm_partition_policy, memory)},
    {"vcpus", OPTIONAL, AT(xhm_partition_policy, vcpus),
     SEQUENCE(vcpu, xhm_partition_policy, vcpu_count, VCPU, xhm_vcpu_policy, XHM_MAX_VCPUS)},
    {"pages", DERIVED("as many as the entities use"), SCALAR(COUNT), AT(xhm_partition_policy, page_count)},
    {"entities", OPTIONAL, AT(xhm_partition_policy, entities),
     SEQUENCE(entity, xhm_partition_policy, entity_count, ENTITY, xhm_entity_policy, XHM_MAX_ENTITIES)},
    {"reactions", DEFAULT(NULL), MAPPING(reactions), AT(xhm_partition_policy, reactions)},
    {"restart", DEFAULT(NULL), MAPPING(restart), AT(xhm_partition_policy, restart)},
    {"injection", DEFAULT("forbidden"), SCALAR(PERMISSION), AT(xhm_partition_policy, injection_allowed)},
};
static const struct xhm_schema_mapping partition = {"partitions[]", KEYS(partition_keys)};

static const struct xhm_schema_key access_keys[] = {
    {"uid", ALTERNATIVE, SCALAR(UID)},
    {"gid", ALTERNATIVE, SCALAR(GID)},
    {"roles", REQUIRED, SCALAR(ROLES), AT(xhm_access_policy, roles)},
};
static const struct xhm_schema_mapping access_row = {"access[]", KEYS(access_keys)};

static const struct xhm_schema_key supervisor_keys[] = {
    {"cycle", REQUIRED, SCALAR(DURATION), AT(xhm_supervisor_policy, cycle_ns)},
    {"crash_check_period", REQUIRED, SCALAR(DURATION), AT(xhm_supervisor_policy, crash_check_period_ns)},
    {"conformance_period", REQUIRED, SCALAR(DURATION), AT(xhm_supervisor_policy, conformance_period_ns)},
    {"conformance_checks_per_cycle", DEFAULT("4"), SCALAR(COUNT),
     AT(xhm_supervisor_policy, conformance_checks_per_cycle)},
    {"overrun_tolerance", REQUIRED, SCALAR(DURATION), AT(xhm_supervisor_policy, overrun_tolerance_ns)},
    {"probe_busy_tolerance", REQUIRED, SCALAR(DURATION), AT(xhm_supervisor_policy, probe_busy_tolerance_ns)},
    {"visibility_timeout", DEFAULT("5s"), SCALAR(DURATION), AT(xhm_supervisor_policy, visibility_timeout_ns)},
    {"agent_timeout", DEFAULT("5s"), SCALAR(DURATION), AT(xhm_supervisor_policy, agent_timeout_ns)},
};
static const struct xhm_schema_mapping supervisor = {"supervisor", KEYS(supervisor_keys)};

static const struct xhm_schema_key policy_keys[] = {
    {"schema", REQUIRED, SCALAR(COUNT), AT(xhm_policy, schema)},
    {"ecu", REQUIRED, SCALAR(NAME), AT(xhm_policy, ecu_id)},
    {"supervisor", REQUIRED, MAPPING(supervisor), AT(xhm_policy, supervisor)},
    {"partitions", REQUIRED, AT(xhm_policy, partitions),
     SEQUENCE(partition, xhm_policy, partition_count, PARTITION, xhm_partition_policy, XHM_MAX_PARTITIONS)},
    {"access", REQUIRED, AT(xhm_policy, access),
     SEQUENCE(access_row, xhm_policy, access_count, ACCESS, xhm_access_policy, XHM_MAX_ACCESS)},
    {"injection", DEFAULT("forbidden"), SCALAR(PERMISSION), AT(xhm_policy, injection_allowed)},
};
const struct xhm_schema_mapping schema_policy = {"policy", KEYS(policy_keys)};

bool schema_alternative_counts(const struct xhm_schema_key *key, const void *base) {
    switch (key->scalar) {
    case XHM_SCALAR_UUID:
        return ((const struct xhm_identity *)base)->kind == XHM_IDENTITY_UUID;
    case XHM_SCALAR_STATIC_DOMID:
        return ((const struct xhm_identity *)base)->kind == XHM_IDENTITY_STATIC_DOMID;
    case XHM_SCALAR_UID:
        return !((const struct xhm_access_policy *)base)->by_gid;
    case XHM_SCALAR_GID:
        return ((const struct xhm_access_policy *)base)->by_gid;
    case XHM_SCALAR_NAME:
    case XHM_SCALAR_DURATION:
    case XHM_SCALAR_SIZE:
    case XHM_SCALAR_COUNT:
    case XHM_SCALAR_FLAG:
    case XHM_SCALAR_PERMISSION:
    case XHM_SCALAR_REACTION:
    case XHM_SCALAR_PCPUS:
    case XHM_SCALAR_ROLES:
    case XHM_SCALAR_KIND_COUNT:
        break;
    }
    return false;
}
