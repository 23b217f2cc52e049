// SPDX-License-Identifier: Apache-2.0
#include "findings.h"

#include "faults.h"
#include "timing.h"

#include <string.h>

#define MAX_FINDINGS 256u
#define MAX_SOURCES  6u

/* Keys besides its own that a finding is computed from: it is not told when one of them could not be read. */
static const char *const computed_from[XHM_FINDING_COUNT][MAX_SOURCES] = {
    [XHM_FINDING_CRASH_CHECK_MULTIPLE] = {"supervisor.cycle"},
    [XHM_FINDING_CONFORMANCE_RANGE] = {"supervisor.cycle"},
    [XHM_FINDING_OVERRUN_RANGE] = {"supervisor.cycle"},
    [XHM_FINDING_BUSY_RANGE] = {"supervisor.cycle"},
    [XHM_FINDING_VISIBILITY_RANGE] = {"supervisor.crash_check_period"},
    [XHM_FINDING_SCHEDULING_RANGE] = {"supervisor.overrun_tolerance"},
    [XHM_FINDING_LAST_RESORT_DEPLOYMENT] = {"supervisor.deployment"},
    [XHM_FINDING_LAST_RESORT_LIMIT] = {"supervisor.last_resort"},
    [XHM_FINDING_FACTS_TIMEOUT] = {"platform.facts_period"},
    [XHM_FINDING_XEN_VERSION_RANGE] = {"platform.xen_version"},
    [XHM_FINDING_ASSIGNED_IOMMU] = {"platform.capabilities"},
    [XHM_FINDING_OPTION_TEXT] = {"required", "forbidden"},
    [XHM_FINDING_OPTION_TWICE] = {"required", "forbidden"},
    [XHM_FINDING_SUPERVISOR_DEPLOYMENT] = {"supervisor.deployment", "identity"},
    [XHM_FINDING_SUPERVISOR_BLACKOUT] = {"supervisor", "cpupools", "partitions", "cpupool", "vcpus", "rtds"},
    [XHM_FINDING_POOL_ARINC_PCPUS] = {"scheduler"},
    [XHM_FINDING_POOL_FRAMES_SCHEDULER] = {"scheduler"},
    [XHM_FINDING_POOL_MAJOR_FRAME] = {"frames"},
    [XHM_FINDING_POOL_FRAMES_SUM] = {"major_frame", "duration"},
    [XHM_FINDING_FRAME_PARTITION] = {"cpupool"},
    [XHM_FINDING_FRAME_VCPU] = {"partition", "vcpus"},
    [XHM_FINDING_VCPU_OUTSIDE_POOL] = {"cpupool"},
    [XHM_FINDING_VCPUS_NEEDED] = {"cpupool", "scheduler"},
    [XHM_FINDING_RTDS_SCHEDULER] = {"cpupool", "scheduler"},
    [XHM_FINDING_RTDS_NEEDED] = {"cpupool", "scheduler"},
    [XHM_FINDING_RTDS_BUDGET] = {"rtds.period"},
    [XHM_FINDING_RTDS_OVERLAP] = {"cpupool", "pcpus"},
    [XHM_FINDING_RTDS_OVERLOAD] = {"cpupool", "pcpus", "rtds"},
    [XHM_FINDING_RTDS_BOUND] = {"cpupool", "pcpus", "rtds"},
    [XHM_FINDING_NULL_PCPU] = {"cpupool", "pcpus"},
    [XHM_FINDING_FRAME_MISSING] = {"frames", "cpupool"},
    [XHM_FINDING_CREDIT2_SCHEDULER] = {"cpupool", "scheduler"},
    [XHM_FINDING_CREDIT2_CAP] = {"vcpus"},
    [XHM_FINDING_CACHE_COMMON] = {"cache"},
    [XHM_FINDING_CACHE_EXCLUSIVE] = {"cache.l3_mask"},
    [XHM_FINDING_DEVICE_TWICE] = {"kind"},
    [XHM_FINDING_DEVICE_ERRORS_KIND] = {"kind"},
    [XHM_FINDING_DEVICE_ERRORS_WINDOW] = {"platform.facts_period"},
    [XHM_FINDING_ASSIGNED_FLAG] = {"assigned"},
    [XHM_FINDING_MEMORY_UP_FRONT] = {"memory"},
    [XHM_FINDING_BUDGET_WINDOW] = {"supervisor.cycle", "latency_budget"},
    [XHM_FINDING_BUDGET_LIMIT] = {"latency_budget"},
    [XHM_FINDING_IDENTITY_RESTART] = {"identity"},
    [XHM_FINDING_GRACE_RANGE] = {"supervisor.crash_check_period"},
    [XHM_FINDING_START_WITHIN_RANGE] = {"supervisor.crash_check_period", "startup_grace"},
    [XHM_FINDING_MEMORY_CLEAR] = {"memory"},
    [XHM_FINDING_LOAD_RANGE] = {"vcpus"},
    [XHM_FINDING_LOAD_CLEAR] = {"load"},
    [XHM_FINDING_ALLOCATION_RANGE] = {"supervisor.cycle"},
    [XHM_FINDING_MEMORY_RANGE] = {"memory"},
    [XHM_FINDING_ENTITY_PAGE_RANGE] = {"pages"},
    [XHM_FINDING_ENTITY_SLOT_TWICE] = {"page"},
    [XHM_FINDING_PAGE_UNUSED] = {"page", "entities"},
    [XHM_FINDING_ALIVE_MULTIPLE] = {"supervisor.cycle"},
    [XHM_FINDING_ALIVE_MIN_MARGIN] = {"alive.expected"},
    [XHM_FINDING_MISS_WINDOW_RANGE] = {"supervisor.cycle"},
    [XHM_FINDING_RING_OVERRUN] = {"supervisor.cycle", "supervisor.overrun_tolerance"},
    [XHM_FINDING_CHECKPOINT_RATE] = {"logical.initial"},
    [XHM_FINDING_DEADLINE_ZERO] = {"to"},
    [XHM_FINDING_DEADLINE_RANGE] = {"min"},
    [XHM_FINDING_DEADLINE_TWICE] = {"to"},
    [XHM_FINDING_DEADLINE_GRAPH] = {"logical", "from", "to"},
    [XHM_FINDING_LOGICAL_UNREACHED] = {"logical", "from", "to"},
    [XHM_FINDING_LOGICAL_DEAD_END] = {"logical", "from", "to"},
    [XHM_FINDING_TRANSITION_ZERO] = {"to"},
    [XHM_FINDING_TRANSITION_TWICE] = {"to"},
    [XHM_FINDING_TRANSITION_UNREACHED] = {"logical", "from", "to"},
    [XHM_FINDING_TRANSITION_DEAD_END] = {"logical", "from", "to"},
    [XHM_FINDING_LATENCY_CLEAR] = {"latency"},
    [XHM_FINDING_CLOCK_WINDOW] = {"supervisor.cycle"},
    [XHM_FINDING_ENTITY_UNSUPERVISED] = {"alive", "deadline_miss", "deadlines", "logical", "latency", "clock"},
    [XHM_FINDING_RUNG_FAIL_OVER] = {"standby_for"},
    [XHM_FINDING_RUNG_SAFE_STATE] = {"safe_state"},
    [XHM_FINDING_RUNG_LAST_RESORT] = {"supervisor.last_resort"},
    [XHM_FINDING_RUNG_OF_DOM0] = {"identity"},
    [XHM_FINDING_STANDBY_IDENTITY] = {"identity"},
    [XHM_FINDING_STANDBY_PCPUS] = {"vcpus", "pcpus"},
    [XHM_FINDING_STANDBY_ENTITIES] = {"entities", "id"},
    [XHM_FINDING_PAUSE_UNSAFE] = {"reactions", "pause", "standby_for", "xen_watchdog", "assigned_devices"},
    [XHM_FINDING_GROUP_IDENTITY] = {"identity"},
    [XHM_FINDING_SAFE_STATE_EMPTY] = {"pause", "stop", "start"},
    [XHM_FINDING_SAFE_STATE_DOM0] = {"pause", "stop", "start", "identity"},
    [XHM_FINDING_SAFE_STATE_START] = {"identity"},
    [XHM_FINDING_RESTART_TIMEOUT_RANGE] = {"startup_grace"},
    [XHM_FINDING_ACCESS_TWICE] = {"uid", "gid", "partition"},
    [XHM_FINDING_NO_OPERATOR] = {"roles"},
    [XHM_FINDING_NO_AGENT] = {"roles", "reactions", "standby_for", "start"},
};

/* Those that are computed from keys of other partitions, too. */
static const bool concerns_others[XHM_FINDING_COUNT] = {
    [XHM_FINDING_RUNG_FAIL_OVER] = true,
    [XHM_FINDING_STANDBY_IDENTITY] = true,
    [XHM_FINDING_STANDBY_PCPUS] = true,
    [XHM_FINDING_STANDBY_ENTITIES] = true,
    [XHM_FINDING_PAUSE_UNSAFE] = true,
    [XHM_FINDING_FACTS_NEEDED] = true,
    [XHM_FINDING_SUPERVISOR_DEPLOYMENT] = true,
    [XHM_FINDING_SUPERVISOR_BLACKOUT] = true,
    [XHM_FINDING_FRAME_PARTITION] = true,
    [XHM_FINDING_FRAME_VCPU] = true,

    [XHM_FINDING_VCPU_OUTSIDE_POOL] = true,
    [XHM_FINDING_VCPUS_NEEDED] = true,
    [XHM_FINDING_RTDS_SCHEDULER] = true,
    [XHM_FINDING_RTDS_NEEDED] = true,
    [XHM_FINDING_RTDS_OVERLAP] = true,
    [XHM_FINDING_RTDS_OVERLOAD] = true,
    [XHM_FINDING_RTDS_BOUND] = true,
    [XHM_FINDING_NULL_PCPU] = true,
    [XHM_FINDING_FRAME_MISSING] = true,
    [XHM_FINDING_CREDIT2_SCHEDULER] = true,
    [XHM_FINDING_CACHE_COMMON] = true,
};

/* What `other` counts, for findings that have it. */
static const struct {
    bool known;
    enum xhm_schema_level level;
} other_levels[XHM_FINDING_COUNT] = {
    [XHM_FINDING_PARTITION_NAME_TWICE] = {true, XHM_LEVEL_PARTITION},
    [XHM_FINDING_PARTITION_ID_TWICE] = {true, XHM_LEVEL_PARTITION},
    [XHM_FINDING_IDENTITY_TWICE] = {true, XHM_LEVEL_PARTITION},
    [XHM_FINDING_PCPU_TWO_OWNERS] = {true, XHM_LEVEL_PARTITION},
    [XHM_FINDING_ENTITY_NAME_TWICE] = {true, XHM_LEVEL_ENTITY},
    [XHM_FINDING_ENTITY_ID_TWICE] = {true, XHM_LEVEL_ENTITY},
    [XHM_FINDING_ENTITY_SLOT_TWICE] = {true, XHM_LEVEL_ENTITY},
    [XHM_FINDING_DEADLINE_TWICE] = {true, XHM_LEVEL_DEADLINE},
    [XHM_FINDING_TRANSITION_TWICE] = {true, XHM_LEVEL_TRANSITION},
    [XHM_FINDING_STANDBY_TWICE] = {true, XHM_LEVEL_PARTITION},
    [XHM_FINDING_STANDBY_IDENTITY] = {true, XHM_LEVEL_PARTITION},
    [XHM_FINDING_STANDBY_PCPUS] = {true, XHM_LEVEL_PARTITION},
    [XHM_FINDING_STANDBY_ENTITIES] = {true, XHM_LEVEL_PARTITION},
    [XHM_FINDING_OPTION_TWICE] = {true, XHM_LEVEL_OPTION},
    [XHM_FINDING_POOL_NAME_TWICE] = {true, XHM_LEVEL_CPUPOOL},
    [XHM_FINDING_POOL_COMMON_PCPU] = {true, XHM_LEVEL_CPUPOOL},
    [XHM_FINDING_POOL_ARINC_TWICE] = {true, XHM_LEVEL_CPUPOOL},
    [XHM_FINDING_CACHE_COMMON] = {true, XHM_LEVEL_PARTITION},
    [XHM_FINDING_DEVICE_TWICE] = {true, XHM_LEVEL_DEVICE},
    [XHM_FINDING_GROUP_NAME_TWICE] = {true, XHM_LEVEL_GROUP},
    [XHM_FINDING_GROUP_COMMON_MEMBER] = {true, XHM_LEVEL_GROUP},
    [XHM_FINDING_SAFE_STATE_NAME_TWICE] = {true, XHM_LEVEL_SAFE_STATE},
    [XHM_FINDING_ACCESS_TWICE] = {true, XHM_LEVEL_ACCESS},
};

static struct xhm_scope finding_scope(const struct xhm_finding *finding) {
    struct xhm_scope scope = locations_top;
    scope.index[XHM_LEVEL_PARTITION] = finding->partition;
    scope.index[XHM_LEVEL_ENTITY] = finding->entity;
    scope.index[XHM_LEVEL_VCPU] = finding->vcpu;
    scope.index[XHM_LEVEL_DEADLINE] = finding->deadline;
    scope.index[XHM_LEVEL_TRANSITION] = finding->transition;
    scope.index[XHM_LEVEL_DEVICE] = finding->device;
    scope.index[XHM_LEVEL_OPTION] = finding->option;
    scope.index[XHM_LEVEL_CPUPOOL] = finding->cpupool;
    scope.index[XHM_LEVEL_FRAME] = finding->frame;
    scope.index[XHM_LEVEL_GROUP] = finding->group;
    scope.index[XHM_LEVEL_SAFE_STATE] = finding->safe_state;
    scope.index[XHM_LEVEL_ACCESS] = finding->access;
    return scope;
}

/* The key that the finding points at: of a mapping by fault class or fault, the key of that one. */
static void write_field(const struct xhm_finding *finding, char field[XHM_LOCATION_KEY_SIZE]) {
    const char *key = "";

    if (finding->fault_class != XHM_FINDING_NOWHERE) {
        key = timing_class_name((enum xhm_fault_class)finding->fault_class);
    } else if (finding->fault != XHM_FINDING_NOWHERE) {
        key = faults_info((enum xhm_fault)finding->fault)->name;
    }
    snprintf(field, XHM_LOCATION_KEY_SIZE, "%s%s%s", policy_check_field(finding->kind), *key != '\0' ? "." : "", key);
}

static bool follows_from_bad_value(const struct xhm_finding *finding, const char *field, const struct xhm_scope *scope,
                                   const struct xhm_locations *locations) {
    if (locations_is_bad(locations, scope, field)) {
        return true;
    }
    for (size_t i = 0; i < MAX_SOURCES && computed_from[finding->kind][i] != NULL; i++) {
        if (locations_is_bad(locations, concerns_others[finding->kind] ? &locations_top : scope,
                             computed_from[finding->kind][i])) {
            return true;
        }
    }
    return false;
}

/* "; see partitions[0] in line 12", or "" */
static void write_other(const struct xhm_finding *finding, struct xhm_scope scope,
                        const struct xhm_locations *locations, char text[XHM_PATH_SIZE + 32]) {
    text[0] = '\0';
    if (!other_levels[finding->kind].known || finding->other == XHM_FINDING_NOWHERE) {
        return;
    }
    const enum xhm_schema_level level = other_levels[finding->kind].level;
    if (level != XHM_LEVEL_ENTITY && level != XHM_LEVEL_DEADLINE && level != XHM_LEVEL_TRANSITION &&
        level != XHM_LEVEL_DEVICE) {
        scope = locations_top;
    }
    scope.index[level] = finding->other;
    char path[XHM_PATH_SIZE];
    locations_write_path(&scope, path);
    const struct xhm_location *location = locations_find(locations, &scope, "");
    if (location != NULL) {
        snprintf(text, XHM_PATH_SIZE + 32, "; see %s in line %u", path, location->mark.line);
    } else {
        snprintf(text, XHM_PATH_SIZE + 32, "; see %s", path);
    }
}

/* What is not given is missed where it would stand: in the innermost mapping, or else element, that is there. */
static const struct xhm_location *find_mapping_around(const struct xhm_locations *locations,
                                                      const struct xhm_scope *scope,
                                                      char field[XHM_LOCATION_KEY_SIZE]) {
    const struct xhm_location *location = NULL;
    for (char *dot = strrchr(field, '.'); dot != NULL && location == NULL; dot = strrchr(field, '.')) {
        *dot = '\0';
        location = locations_find(locations, scope, field);
    }
    return location != NULL ? location : locations_find_around(locations, *scope);
}

static void tell_one(const struct xhm_finding *finding, const struct xhm_locations *locations,
                     struct xhm_messages *messages) {
    struct xhm_scope scope = finding_scope(finding);
    char field[XHM_LOCATION_KEY_SIZE];
    write_field(finding, field);
    if (follows_from_bad_value(finding, field, &scope, locations)) {
        return;
    }
    const char *sentence = policy_check_sentence(finding->kind);
    char other[XHM_PATH_SIZE + 32];
    write_other(finding, scope, locations, other);
    const struct xhm_location *location = locations_find(locations, &scope, field);
    if (location != NULL) {
        messages_add(messages, location->mark, location->path, "%s%s", sentence, other);
        return;
    }
    char path[XHM_PATH_SIZE];
    locations_write_path(&scope, path);
    size_t used = strlen(path);
    if (finding->access == XHM_FINDING_NOWHERE || strcmp(field, "access") != 0) {
        snprintf(path + used, sizeof(path) - used, "%s%s", used > 0 && field[0] != '\0' ? "." : "", field);
    }
    location = find_mapping_around(locations, &scope, field);
    messages_add(messages, location != NULL ? location->mark : (struct xhm_mark){0}, path, "%s%s", sentence, other);
}

void findings_tell(const struct xhm_policy *policy, const struct xhm_locations *locations,
                   struct xhm_messages *messages) {
    struct xhm_finding findings[MAX_FINDINGS];
    uint32_t count = policy_check(policy, findings, MAX_FINDINGS);
    for (uint32_t i = 0; i < count && i < MAX_FINDINGS; i++) {
        tell_one(&findings[i], locations, messages);
    }
    if (count > MAX_FINDINGS) {
        messages_add(messages, (struct xhm_mark){0}, "", "and %u more findings about the policy's meaning",
                     count - MAX_FINDINGS);
    }
}
