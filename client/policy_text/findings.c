// SPDX-License-Identifier: Apache-2.0
#include "findings.h"

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
    [XHM_FINDING_IDENTITY_RESTART] = {"identity"},
    [XHM_FINDING_GRACE_RANGE] = {"supervisor.crash_check_period"},
    [XHM_FINDING_MEMORY_RANGE] = {"memory"},
    [XHM_FINDING_ENTITY_PAGE_RANGE] = {"pages"},
    [XHM_FINDING_ENTITY_SLOT_TWICE] = {"page"},
    [XHM_FINDING_PAGE_UNUSED] = {"page", "entities"},
    [XHM_FINDING_ALIVE_MULTIPLE] = {"supervisor.cycle"},
    [XHM_FINDING_ALIVE_MIN_MARGIN] = {"alive.expected"},
    [XHM_FINDING_MISS_WINDOW_RANGE] = {"supervisor.cycle"},
    [XHM_FINDING_RING_OVERRUN] = {"supervisor.cycle"},
    [XHM_FINDING_ENTITY_UNSUPERVISED] = {"alive", "deadline_miss", "deadlines", "logical", "latency", "clock"},
    [XHM_FINDING_RESTART_TIMEOUT_RANGE] = {"startup_grace"},
    [XHM_FINDING_ACCESS_TWICE] = {"uid", "gid"},
    [XHM_FINDING_NO_OPERATOR] = {"roles"},
    [XHM_FINDING_NO_AGENT] = {"roles", "reactions"},
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
    [XHM_FINDING_ACCESS_TWICE] = {true, XHM_LEVEL_ACCESS},
};

static struct xhm_scope finding_scope(const struct xhm_finding *finding) {
    struct xhm_scope scope = locations_top;
    scope.index[XHM_LEVEL_PARTITION] = finding->partition;
    scope.index[XHM_LEVEL_ENTITY] = finding->entity;
    scope.index[XHM_LEVEL_VCPU] = finding->vcpu;
    scope.index[XHM_LEVEL_ACCESS] = finding->access;
    return scope;
}

static bool follows_from_bad_value(const struct xhm_finding *finding, const struct xhm_scope *scope,
                                   const struct xhm_locations *locations) {
    if (locations_is_bad(locations, scope, policy_check_field(finding->kind))) {
        return true;
    }
    for (size_t i = 0; i < MAX_SOURCES && computed_from[finding->kind][i] != NULL; i++) {
        if (locations_is_bad(locations, scope, computed_from[finding->kind][i])) {
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
    if (other_levels[finding->kind].level != XHM_LEVEL_ENTITY) {
        scope = locations_top;
    }
    scope.index[other_levels[finding->kind].level] = finding->other;
    char path[XHM_PATH_SIZE];
    locations_write_path(&scope, path);
    const struct xhm_location *location = locations_find(locations, &scope, "");
    if (location != NULL) {
        snprintf(text, XHM_PATH_SIZE + 32, "; see %s in line %u", path, location->mark.line);
    } else {
        snprintf(text, XHM_PATH_SIZE + 32, "; see %s", path);
    }
}

static void tell_one(const struct xhm_finding *finding, const struct xhm_locations *locations,
                     struct xhm_messages *messages) {
    struct xhm_scope scope = finding_scope(finding);
    if (follows_from_bad_value(finding, &scope, locations)) {
        return;
    }
    const char *field = policy_check_field(finding->kind);
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
        snprintf(path + used, sizeof(path) - used, "%s%s", used > 0 ? "." : "", field);
    }
    location = locations_find_around(locations, scope);
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
