// SPDX-License-Identifier: Apache-2.0
#include "schema_parts.h"

#include "faults.h"

#include <string.h>

static const struct xhm_schema_key rtds_keys[] = {
    {"period", REQUIRED, SCALAR(DURATION), AT(xhm_rtds_policy, period_ns)},
    {"budget", REQUIRED, SCALAR(DURATION), AT(xhm_rtds_policy, budget_ns)},
    {"extratime", DEFAULT("false"), SCALAR(FLAG), AT(xhm_rtds_policy, extratime)},
};
static const struct xhm_schema_mapping rtds = {"partitions[].vcpus[].rtds", KEYS(rtds_keys)};

static const struct xhm_schema_key vcpu_keys[] = {
    {"pcpus", REQUIRED, SCALAR(PCPUS), AT(xhm_vcpu_policy, pcpus)},
    {"exclusive", DEFAULT("false"), SCALAR(FLAG), AT(xhm_vcpu_policy, exclusive)},
    {"whole_core", DEFAULT("false"), SCALAR(FLAG), AT(xhm_vcpu_policy, whole_core)},
    {"rtds", OPTIONAL, MAPPING(rtds), AT(xhm_vcpu_policy, rtds)},
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
    {"clear_slack", DERIVED("`slack`"), SCALAR(SIZE), AT(xhm_memory_policy, clear_slack_kib)},
    {"up_front", DEFAULT("false"), SCALAR(FLAG), AT(xhm_memory_policy, up_front)},
    {"debounce", DEFAULT(NULL), MAPPING(schema_debounce), AT(xhm_memory_policy, debounce)},
};
static const struct xhm_schema_mapping memory = {"partitions[].memory", KEYS(memory_keys)};

static const struct xhm_schema_key load_keys[] = {
    {"raise", REQUIRED, SCALAR(PERCENT), AT(xhm_load_policy, raise_percent)},
    {"clear", DERIVED("`raise`"), SCALAR(PERCENT), AT(xhm_load_policy, clear_percent)},
    {"debounce", DEFAULT(NULL), MAPPING(schema_debounce), AT(xhm_load_policy, debounce)},
};
static const struct xhm_schema_mapping load = {"partitions[].load", KEYS(load_keys)};

static const struct xhm_schema_key credit2_keys[] = {
    {"weight", REQUIRED, SCALAR(COUNT), AT(xhm_credit2_policy, weight)},
    {"cap", NONE, SCALAR(PERCENT), AT(xhm_credit2_policy, cap)},
};
static const struct xhm_schema_mapping credit2 = {"partitions[].credit2", KEYS(credit2_keys)};

static const struct xhm_schema_key cache_keys[] = {
    {"l3_mask", OPTIONAL, SCALAR(MASK), AT(xhm_cache_policy, l3_mask)},
    {"exclusive", DEFAULT("false"), SCALAR(FLAG), AT(xhm_cache_policy, exclusive)},
    {"bandwidth", OPTIONAL, SCALAR(PERCENT), AT(xhm_cache_policy, bandwidth_percent)},
};
static const struct xhm_schema_mapping cache = {"partitions[].cache", KEYS(cache_keys)};

static const struct xhm_schema_key device_error_keys[] = {
    {"window", REQUIRED, SCALAR(DURATION), AT(xhm_device_policy, error_window_ns)},
    {"limit", REQUIRED, SCALAR(COUNT), AT(xhm_device_policy, error_limit)},
};
static const struct xhm_schema_mapping device_errors = {"partitions[].devices[].errors", KEYS(device_error_keys)};

static const struct xhm_schema_key device_keys[] = {
    {"kind", REQUIRED, SCALAR(DEVICE_KIND), AT(xhm_device_policy, kind)},
    {"id", DEFAULT("0"), SCALAR(COUNT), AT(xhm_device_policy, id)},
    {"backend", .presence = XHM_SCHEMA_OPTIONAL, .fallback = "dom0", SCALAR(PARTITION),
     AT(xhm_device_policy, backend_number)},
    {"errors", OPTIONAL, MAPPING(device_errors)},
};
static const struct xhm_schema_mapping device = {"partitions[].devices[]", KEYS(device_keys)};

static const struct xhm_schema_key reaction_keys[] = {
    {"presence", REACTION(PRESENCE)}, {"entity", REACTION(ENTITY)},       {"probe", REACTION(PROBE)},
    {"deadline", REACTION(DEADLINE)}, {"placement", REACTION(PLACEMENT)}, {"memory", REACTION(MEMORY)},
    {"load", REACTION(LOAD)},         {"device", REACTION(DEVICE)},
};
static const struct xhm_schema_mapping reactions = {"partitions[].reactions", KEYS(reaction_keys)};
_Static_assert(sizeof(reaction_keys) / sizeof(reaction_keys[0]) == XHM_CLASS_COUNT,
               "every fault class that a policy declares a reaction for has a key");

static const struct xhm_schema_key allocation_keys[] = {
    {"presence", ALLOCATED(PRESENCE)}, {"entity", ALLOCATED(ENTITY)},       {"probe", ALLOCATED(PROBE)},
    {"deadline", ALLOCATED(DEADLINE)}, {"placement", ALLOCATED(PLACEMENT)}, {"memory", ALLOCATED(MEMORY)},
    {"load", ALLOCATED(LOAD)},         {"device", ALLOCATED(DEVICE)},
};
static const struct xhm_schema_mapping allocations = {"partitions[].allocated_fhti", KEYS(allocation_keys)};
_Static_assert(sizeof(allocation_keys) / sizeof(allocation_keys[0]) == XHM_CLASS_COUNT,
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
    {"start_within", DERIVED("the start-up grace"), SCALAR(DURATION), AT(xhm_partition_policy, start_within_ns)},
    {"optional", DEFAULT("false"), SCALAR(FLAG), AT(xhm_partition_policy, optional)},
    {"supervision", DEFAULT("active"), SCALAR(SUPERVISION), AT(xhm_partition_policy, supervision_off)},
    {"standby_for", NONE, SCALAR(PARTITION), AT(xhm_partition_policy, standby_for_number)},
    {"depends_on", NONE, SCALAR(PARTITIONS), AT(xhm_partition_policy, depends_on)},
    {"xen_watchdog", DEFAULT("false"), SCALAR(FLAG), AT(xhm_partition_policy, xen_watchdog)},
    {"assigned_devices", DEFAULT("false"), SCALAR(FLAG), AT(xhm_partition_policy, assigned_devices)},
    {"pause_is_safe", DEFAULT("false"), SCALAR(FLAG), AT(xhm_partition_policy, pause_is_safe)},
    {"memory", OPTIONAL, MAPPING(memory), AT(xhm_partition_policy, memory)},
    {"load", OPTIONAL, MAPPING(load), AT(xhm_partition_policy, load)},
    {"cpupool", OPTIONAL, SCALAR(CPUPOOL), AT(xhm_partition_policy, cpupool_number)},
    {"credit2", OPTIONAL, MAPPING(credit2), AT(xhm_partition_policy, credit2)},
    {"cache", OPTIONAL, MAPPING(cache), AT(xhm_partition_policy, cache)},
    {"devices", OPTIONAL, AT(xhm_partition_policy, devices),
     SEQUENCE(device, xhm_partition_policy, device_count, DEVICE, xhm_device_policy, XHM_MAX_DEVICES),
     MAY_BE_NONE(xhm_partition_policy, devices_declared)},
    {"assigned", OPTIONAL, SCALAR(ASSIGNED)},
    {"vcpus", OPTIONAL, AT(xhm_partition_policy, vcpus),
     SEQUENCE(vcpu, xhm_partition_policy, vcpu_count, VCPU, xhm_vcpu_policy, XHM_MAX_VCPUS)},
    {"pages", DERIVED("as many as the entities use"), SCALAR(COUNT), AT(xhm_partition_policy, page_count)},
    {"entities", OPTIONAL, AT(xhm_partition_policy, entities),
     SEQUENCE(schema_entity, xhm_partition_policy, entity_count, ENTITY, xhm_entity_policy, XHM_MAX_ENTITIES)},
    {"expired_tolerance", DEFAULT("0"), SCALAR(COUNT), AT(xhm_partition_policy, expired_tolerance)},
    {"reactions", DEFAULT(NULL), MAPPING(reactions), AT(xhm_partition_policy, reactions)},
    {"safe_state", NONE, SCALAR(SAFE_STATE), AT(xhm_partition_policy, safe_state_number)},
    {"restart", DEFAULT(NULL), MAPPING(restart), AT(xhm_partition_policy, restart)},
    {"allocated_fhti", NONE, MAPPING(allocations), AT(xhm_partition_policy, allocated_fhti_ns)},
    {"injection", DEFAULT("forbidden"), SCALAR(PERMISSION), AT(xhm_partition_policy, injection_allowed)},
};
_Static_assert(sizeof(partition_keys) / sizeof(partition_keys[0]) <= XHM_SCHEMA_MAX_KEYS, "a mapping's keys have room");
static const struct xhm_schema_mapping partition = {"partitions[]", KEYS(partition_keys)};

static const struct xhm_schema_key group_keys[] = {
    {"name", REQUIRED, SCALAR(NAME), AT(xhm_group_policy, name)},
    {"order", DEFAULT("together"), SCALAR(ORDER), AT(xhm_group_policy, in_order)},
    {"members", REQUIRED, SCALAR(PARTITIONS), AT(xhm_group_policy, members)},
};
static const struct xhm_schema_mapping group = {"groups[]", KEYS(group_keys)};

static const struct xhm_schema_key safe_state_keys[] = {
    {"name", REQUIRED, SCALAR(NAME), AT(xhm_safe_state_policy, name)},
    {"pause", NONE, SCALAR(PAUSED), AT(xhm_safe_state_policy, dispositions)},
    {"stop", NONE, SCALAR(STOPPED), AT(xhm_safe_state_policy, dispositions)},
    {"start", NONE, SCALAR(STARTED), AT(xhm_safe_state_policy, dispositions)},
};
static const struct xhm_schema_mapping safe_state = {"safe_states[]", KEYS(safe_state_keys)};

static const struct xhm_schema_key version_keys[] = {
    {"min", NONE, SCALAR(VERSION), AT(xhm_platform_policy, xen_version_min)},
    {"max", NONE, SCALAR(VERSION), AT(xhm_platform_policy, xen_version_max)},
};
static const struct xhm_schema_mapping version = {"platform.xen_version", KEYS(version_keys)};

static const struct xhm_schema_key option_keys[] = {
    {"required", ALTERNATIVE, SCALAR(OPTION_REQUIRED)},
    {"forbidden", ALTERNATIVE, SCALAR(OPTION_FORBIDDEN)},
};
static const struct xhm_schema_mapping option = {"platform.options[]", KEYS(option_keys)};

static const struct xhm_schema_key platform_keys[] = {
    {"facts_period", NONE, SCALAR(DURATION), AT(xhm_platform_policy, facts_period_ns)},
    {"facts_timeout", NONE, SCALAR(DURATION), AT(xhm_platform_policy, facts_timeout_ns)},
    {"supervisor", NONE, SCALAR(PARTITION), AT(xhm_platform_policy, supervisor_number)},
    {"xen_version", OPTIONAL, MAPPING(version)},
    {"options", OPTIONAL, AT(xhm_platform_policy, options),
     SEQUENCE(option, xhm_platform_policy, option_count, OPTION, xhm_option_policy, XHM_MAX_OPTIONS)},
    {"capabilities", OPTIONAL, SCALAR(CAPABILITIES), AT(xhm_platform_policy, capabilities)},
    {"pcpus_online", OPTIONAL, SCALAR(COUNT), AT(xhm_platform_policy, pcpus_online)},
    {"free_memory", OPTIONAL, SCALAR(SIZE), AT(xhm_platform_policy, free_memory_kib)},
    {"claims", .presence = XHM_SCHEMA_OPTIONAL, .fallback = "allowed", SCALAR(FORBIDDEN),
     AT(xhm_platform_policy, claims_forbidden)},
    {"services", OPTIONAL, SCALAR(SERVICES), AT(xhm_platform_policy, service_count)},
};
static const struct xhm_schema_mapping platform = {"platform", KEYS(platform_keys)};

static const struct xhm_schema_key frame_keys[] = {
    {"partition", .presence = XHM_SCHEMA_OPTIONAL, .fallback = "idle", SCALAR(PARTITION),
     AT(xhm_frame_policy, partition_number)},
    {"vcpu", DEFAULT("0"), SCALAR(COUNT), AT(xhm_frame_policy, vcpu)},
    {"duration", REQUIRED, SCALAR(DURATION), AT(xhm_frame_policy, duration_ns)},
};
static const struct xhm_schema_mapping frame = {"cpupools[].frames[]", KEYS(frame_keys)};

static const struct xhm_schema_key cpupool_keys[] = {
    {"name", REQUIRED, SCALAR(NAME), AT(xhm_cpupool_policy, name)},
    {"scheduler", OPTIONAL, SCALAR(SCHEDULER), AT(xhm_cpupool_policy, scheduler)},
    {"pcpus", OPTIONAL, SCALAR(PCPUS), AT(xhm_cpupool_policy, pcpus)},
    {"major_frame", OPTIONAL, SCALAR(DURATION), AT(xhm_cpupool_policy, major_frame_ns)},
    {"frames", OPTIONAL, AT(xhm_cpupool_policy, frames),
     SEQUENCE(frame, xhm_cpupool_policy, frame_count, FRAME, xhm_frame_policy, XHM_MAX_FRAMES)},
};
static const struct xhm_schema_mapping cpupool = {"cpupools[]", KEYS(cpupool_keys)};

static const struct xhm_schema_key access_keys[] = {
    {"uid", ALTERNATIVE, SCALAR(UID)},
    {"gid", ALTERNATIVE, SCALAR(GID)},
    {"partition", ALTERNATIVE, SCALAR(PARTITION_PEER)},
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
    {"scheduling_latency", UNMEASURED, SCALAR(DURATION), AT(xhm_supervisor_policy, scheduling_latency_ns)},
    {"direct_action", UNMEASURED, SCALAR(DURATION), AT(xhm_supervisor_policy, direct_action_ns)},
    {"deployment", DEFAULT("dom0"), SCALAR(DEPLOYMENT), AT(xhm_supervisor_policy, deployment)},
    {"initial_mode", DEFAULT("run"), SCALAR(MODE), AT(xhm_supervisor_policy, initial_mode)},
    {"boot_limit", DEFAULT("0"), SCALAR(COUNT), AT(xhm_supervisor_policy, boot_limit)},
    {"boot_safe_state", NONE, SCALAR(SAFE_STATE), AT(xhm_supervisor_policy, boot_safe_state_number)},
    {"last_resort", DEFAULT("none"), SCALAR(LAST_RESORT), AT(xhm_supervisor_policy, last_resort)},
    {"last_resort_limit", DEFAULT("3"), SCALAR(COUNT), AT(xhm_supervisor_policy, last_resort_limit)},
};
static const struct xhm_schema_mapping supervisor = {"supervisor", KEYS(supervisor_keys)};

#define DTC_KEY(constant, number, key, class_name, meaning)                                                            \
    {key, NONE, SCALAR(DTC), .offset = sizeof(uint32_t) * XHM_FAULT_##constant},
static const struct xhm_schema_key dtc_keys[] = {XHM_FAULT_CATALOGUE(DTC_KEY)};
static const struct xhm_schema_mapping dtc = {"dtc", KEYS(dtc_keys), .of_faults = true};

static const struct xhm_schema_key policy_keys[] = {
    {"schema", REQUIRED, SCALAR(COUNT), AT(xhm_policy, schema)},
    {"ecu", REQUIRED, SCALAR(NAME), AT(xhm_policy, ecu_id)},
    {"supervisor", REQUIRED, MAPPING(supervisor), AT(xhm_policy, supervisor)},
    {"platform", OPTIONAL, MAPPING(platform), AT(xhm_policy, platform)},
    {"cpupools", NONE, AT(xhm_policy, cpupools),
     SEQUENCE(cpupool, xhm_policy, cpupool_count, CPUPOOL, xhm_cpupool_policy, XHM_MAX_CPUPOOLS)},
    {"partitions", REQUIRED, AT(xhm_policy, partitions),
     SEQUENCE(partition, xhm_policy, partition_count, PARTITION, xhm_partition_policy, XHM_MAX_PARTITIONS)},
    {"groups", NONE, AT(xhm_policy, groups),
     SEQUENCE(group, xhm_policy, group_count, GROUP, xhm_group_policy, XHM_MAX_GROUPS)},
    {"safe_states", NONE, AT(xhm_policy, safe_states),
     SEQUENCE(safe_state, xhm_policy, safe_state_count, SAFE_STATE, xhm_safe_state_policy, XHM_MAX_SAFE_STATES)},
    {"access", REQUIRED, AT(xhm_policy, access),
     SEQUENCE(access_row, xhm_policy, access_count, ACCESS, xhm_access_policy, XHM_MAX_ACCESS)},
    {"dtc", NONE, MAPPING(dtc), AT(xhm_policy, dtcs)},
    {"injection", DEFAULT("forbidden"), SCALAR(PERMISSION), AT(xhm_policy, injection_allowed)},
};
const struct xhm_schema_mapping schema_policy = {"policy", KEYS(policy_keys)};

bool schema_alternative_counts(const struct xhm_schema_key *key, const void *base) {
    if (key->scalar == XHM_SCALAR_UUID || key->scalar == XHM_SCALAR_STATIC_DOMID) {
        return ((const struct xhm_identity *)base)->kind ==
               (key->scalar == XHM_SCALAR_UUID ? XHM_IDENTITY_UUID : XHM_IDENTITY_STATIC_DOMID);
    }
    if (key->scalar == XHM_SCALAR_OPTION_REQUIRED || key->scalar == XHM_SCALAR_OPTION_FORBIDDEN) {
        return ((const struct xhm_option_policy *)base)->forbidden == (key->scalar == XHM_SCALAR_OPTION_FORBIDDEN);
    }
    switch (((const struct xhm_access_policy *)base)->kind) {
    case XHM_ACCESS_UID:
        return key->scalar == XHM_SCALAR_UID;
    case XHM_ACCESS_GID:
        return key->scalar == XHM_SCALAR_GID;
    case XHM_ACCESS_PARTITION:
        break;
    }
    return key->scalar == XHM_SCALAR_PARTITION_PEER;
}

/* A mapping whose keys may all be left out; those with a default say nothing by themselves. */
static bool is_empty(const struct xhm_schema_mapping *mapping, const void *base) {
    for (size_t i = 0; i < mapping->key_count; i++) {
        if (mapping->keys[i].presence == XHM_SCHEMA_OPTIONAL && !schema_is_absent(&mapping->keys[i], base)) {
            return false;
        }
    }
    return true;
}

bool schema_is_absent(const struct xhm_schema_key *key, const void *base) {
    const uint8_t *value = (const uint8_t *)base + key->offset;
    if (key->presence != XHM_SCHEMA_OPTIONAL) {
        return false;
    }
    if (key->may_be_none) {
        return !*(const bool *)((const uint8_t *)base + key->declared_offset);
    }
    if (key->form == XHM_SCHEMA_SEQUENCE) {
        uint32_t count;
        memcpy(&count, (const uint8_t *)base + key->count_offset, sizeof(count));
        return count == 0;
    }
    if (key->form == XHM_SCHEMA_SCALAR) {
        return scalar_is_none(key->scalar, value);
    }
    const struct xhm_schema_key *first = &key->mapping->keys[0];
    if (first->presence == XHM_SCHEMA_REQUIRED) {
        return scalar_is_none(first->scalar, value + first->offset);
    }
    return is_empty(key->mapping, value);
}

bool schema_is_written(const struct xhm_schema_key *key, const void *base) {
    return key->presence == XHM_SCHEMA_ALTERNATIVE ? schema_alternative_counts(key, base)
                                                   : !schema_is_absent(key, base);
}
