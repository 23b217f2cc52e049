// SPDX-License-Identifier: Apache-2.0
#include "policy_check.h"

#include "observation.h"

#include <string.h>

#define MS              UINT64_C(1000000)
#define SECOND          (UINT64_C(1000) * MS)
#define HOUR            (UINT64_C(3600) * SECOND)
#define MEMORY_MIN_KIB  UINT64_C(1024)
#define MEMORY_MAX_KIB  (UINT64_C(16) << 30)
#define INDICATIONS_MAX 1000000u
#define TOLERANCE_MAX   1000u
#define NOWHERE         XHM_FINDING_NOWHERE
#define FOUND(name)     XHM_FINDING_##name
#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))

static const struct {
    const char *field;
    const char *sentence;
} texts[XHM_FINDING_COUNT] = {
#define TEXT_ROW(constant, key, words) [XHM_FINDING_##constant] = {.field = key, .sentence = words},
    XHM_FINDING_CATALOGUE(TEXT_ROW)
#undef TEXT_ROW
};

/* A check under way. */
struct check {
    const struct xhm_policy *policy;
    struct xhm_finding *findings;
    uint32_t capacity;
    uint32_t count;
    /* What other values are measured by. A base that is itself out of range is reported at its own place only, and 0
     * here: nothing else is refused because of it. */
    uint64_t cycle_ns;
    uint64_t crash_check_ns;
    uint64_t overrun_ns;
};

/* A value and the range that it must lie in, both ends included. */
struct range {
    enum xhm_finding_kind kind;
    uint64_t value;
    uint64_t low;
    uint64_t high;
};

static const struct xhm_finding nowhere = {
    .partition = NOWHERE, .entity = NOWHERE, .vcpu = NOWHERE, .other = NOWHERE, .access = NOWHERE};

static void require(struct check *check, bool sound, enum xhm_finding_kind kind, struct xhm_finding place) {
    if (sound) {
        return;
    }
    if (check->count < check->capacity) {
        place.kind = kind;
        check->findings[check->count] = place;
    }
    check->count++;
}

static bool is_within(uint64_t value, uint64_t low, uint64_t high) {
    return low <= value && value <= high;
}

static void require_ranges(struct check *check, const struct range *ranges, size_t count, struct xhm_finding place) {
    for (size_t i = 0; i < count; i++) {
        require(check, is_within(ranges[i].value, ranges[i].low, ranges[i].high), ranges[i].kind, place);
    }
}

/* What must not be there twice: `earlier` is where it was before, NOWHERE when it was not. */
static void require_first(struct check *check, uint32_t earlier, enum xhm_finding_kind kind, struct xhm_finding place) {
    place.other = earlier;
    require(check, earlier == NOWHERE, kind, place);
}

static bool is_multiple(uint64_t value, uint64_t cycle_ns) {
    return value != 0 && (cycle_ns == 0 || value % cycle_ns == 0);
}

static bool is_lower(char c) {
    return c >= 'a' && c <= 'z';
}

static bool is_name(const char name[XHM_NAME_SIZE]) {
    size_t length = 0;

    while (length < XHM_NAME_SIZE &&
           (is_lower(name[length]) || name[length] == '-' || (name[length] >= '0' && name[length] <= '9'))) {
        length++;
    }
    return is_lower(name[0]) && length < XHM_NAME_SIZE && name[length] == '\0';
}

/* Bad names are never the same: they are reported as bad. */
static bool is_same_name(const char a[XHM_NAME_SIZE], const char b[XHM_NAME_SIZE]) {
    return is_name(a) && is_name(b) && strcmp(a, b) == 0;
}

static void check_supervisor(struct check *check) {
    const struct xhm_supervisor_policy *it = &check->policy->supervisor;
    const uint64_t cycle_ns = is_within(it->cycle_ns, MS, 10 * SECOND) ? it->cycle_ns : 0;
    const bool crash_check_sound =
        it->crash_check_period_ns <= 60 * SECOND && is_multiple(it->crash_check_period_ns, cycle_ns);
    const uint64_t crash_check_ns = crash_check_sound ? it->crash_check_period_ns : 0;
    const struct range ranges[] = {
        {FOUND(CONFORMANCE_RANGE), it->conformance_period_ns, cycle_ns, HOUR},
        {FOUND(CHECKS_RANGE), it->conformance_checks_per_cycle, 1, XHM_MAX_VCPU_READINGS},
        {FOUND(OVERRUN_RANGE), it->overrun_tolerance_ns, cycle_ns, 60 * SECOND},
        {FOUND(BUSY_RANGE), it->probe_busy_tolerance_ns, cycle_ns, 60 * SECOND},
        {FOUND(VISIBILITY_RANGE), it->visibility_timeout_ns, crash_check_ns, HOUR},
        {FOUND(AGENT_RANGE), it->agent_timeout_ns, 2 * SECOND, HOUR},
    };

    require(check, cycle_ns != 0, FOUND(CYCLE_RANGE), nowhere);
    require(check, crash_check_sound, FOUND(CRASH_CHECK_MULTIPLE), nowhere);
    require_ranges(check, ranges, COUNT_OF(ranges), nowhere);
    check->cycle_ns = cycle_ns;
    check->crash_check_ns = crash_check_ns;
    check->overrun_ns = it->overrun_tolerance_ns <= 60 * SECOND ? it->overrun_tolerance_ns : 0;
}

static void check_alive(struct check *check, const struct xhm_alive_policy *it, struct xhm_finding place) {
    const uint64_t margin_max = is_within(it->expected, 1, INDICATIONS_MAX) ? it->expected - 1 : UINT32_MAX;
    const struct range ranges[] = {
        {FOUND(ALIVE_EXPECTED), it->expected, 1, INDICATIONS_MAX},
        {FOUND(ALIVE_MIN_MARGIN), it->min_margin, 0, margin_max},
        {FOUND(ALIVE_MAX_MARGIN), it->max_margin, 0, INDICATIONS_MAX},
        {FOUND(ALIVE_TOLERANCE), it->failed_tolerance, 0, TOLERANCE_MAX},
    };

    if (it->reference_cycle_ns == 0) {
        return;
    }
    require(check, it->reference_cycle_ns <= HOUR && is_multiple(it->reference_cycle_ns, check->cycle_ns),
            FOUND(ALIVE_MULTIPLE), place);
    require_ranges(check, ranges, COUNT_OF(ranges), place);
}

/*
 * A step may come as late as a cycle and the overrun tolerance after the last; the checkpoints of that time must still
 * be in the ring. One entry is left for the checkpoint that falls on the edge.
 */
static bool fits_in_ring(const struct check *check, uint32_t checkpoints_per_second) {
    const uint64_t longest_ns = check->cycle_ns + check->overrun_ns;

    return longest_ns == 0 || checkpoints_per_second <= (XHM_PROBE_RING_ENTRY_COUNT - 1) * SECOND / longest_ns;
}

static void check_entity_unique(struct check *check, const struct xhm_partition_policy *partition,
                                struct xhm_finding place) {
    const struct xhm_entity_policy *it = &partition->entities[place.entity];
    uint32_t name = NOWHERE;
    uint32_t id = NOWHERE;
    uint32_t slot = NOWHERE;

    for (uint32_t i = place.entity; i-- > 0;) {
        const struct xhm_entity_policy *earlier = &partition->entities[i];

        name = is_same_name(it->name, earlier->name) ? i : name;
        id = it->id && it->id == earlier->id ? i : id;
        slot = it->page == earlier->page && it->slot == earlier->slot ? i : slot;
    }
    require_first(check, name, FOUND(ENTITY_NAME_TWICE), place);
    require_first(check, id, FOUND(ENTITY_ID_TWICE), place);
    require_first(check, slot, FOUND(ENTITY_SLOT_TWICE), place);
}

static void check_entity(struct check *check, const struct xhm_partition_policy *partition, struct xhm_finding place) {
    const struct xhm_entity_policy *it = &partition->entities[place.entity];
    const uint64_t window_ns = it->deadline_miss.window_ns;

    require(check, is_name(it->name), FOUND(ENTITY_NAME), place);
    require(check, it->id != 0, FOUND(ENTITY_ID_ZERO), place);
    require(check, it->page < partition->page_count, FOUND(ENTITY_PAGE_RANGE), place);
    require(check, it->slot < XHM_PROBE_SLOT_COUNT, FOUND(ENTITY_SLOT_RANGE), place);
    check_entity_unique(check, partition, place);
    require(check, fits_in_ring(check, it->checkpoints_per_second), FOUND(RING_OVERRUN), place);
    check_alive(check, &it->alive, place);
    require(check, window_ns == 0 || is_within(window_ns, check->cycle_ns, HOUR), FOUND(MISS_WINDOW_RANGE), place);
    require(check, it->alive.reference_cycle_ns || window_ns, FOUND(ENTITY_UNSUPERVISED), place);
}

static bool is_page_used(const struct xhm_partition_policy *it, uint32_t page) {
    for (uint32_t i = 0; i < it->entity_count; i++) {
        if (it->entities[i].page == page) {
            return true;
        }
    }
    return false;
}

static void check_pages(struct check *check, const struct xhm_partition_policy *it, struct xhm_finding place) {
    const bool sound = it->page_count <= XHM_MAX_PAGES;
    uint32_t used = 0;

    while (used < it->page_count && sound && is_page_used(it, used)) {
        used++;
    }
    require(check, sound, FOUND(PAGE_COUNT_RANGE), place);
    require(check, !sound || used == it->page_count, FOUND(PAGE_UNUSED), place);
}

static bool is_empty(const struct xhm_pcpu_set *set) {
    uint64_t any = 0;

    for (uint32_t i = 0; i < XHM_PCPU_WORDS; i++) {
        any |= set->words[i];
    }
    return any == 0;
}

static bool collide(const struct xhm_vcpu_policy *a, const struct xhm_vcpu_policy *b) {
    uint64_t common = 0;

    for (uint32_t i = 0; i < XHM_PCPU_WORDS; i++) {
        common |= a->pcpus.words[i] & b->pcpus.words[i];
    }
    return common != 0 && (a->exclusive || b->exclusive);
}

/* The first vCPU of `it` that collides with any of `earlier`, or NOWHERE: one finding for each pair of partitions. */
static uint32_t find_collision(const struct xhm_partition_policy *it, const struct xhm_partition_policy *earlier) {
    for (uint32_t i = 0; i < it->vcpu_count; i++) {
        for (uint32_t j = 0; j < earlier->vcpu_count; j++) {
            if (collide(&it->vcpus[i], &earlier->vcpus[j])) {
                return i;
            }
        }
    }
    return NOWHERE;
}

static void check_vcpus(struct check *check, const struct xhm_partition_policy *it, struct xhm_finding place) {
    for (place.vcpu = 0; place.vcpu < it->vcpu_count; place.vcpu++) {
        require(check, !is_empty(&it->vcpus[place.vcpu].pcpus), FOUND(VCPU_EMPTY), place);
    }
    for (place.other = 0; place.other < place.partition; place.other++) {
        place.vcpu = find_collision(it, &check->policy->partitions[place.other]);
        require(check, place.vcpu == NOWHERE, FOUND(PCPU_TWO_OWNERS), place);
    }
}

static bool is_null(const struct xhm_uuid *uuid) {
    static const struct xhm_uuid null;

    return memcmp(uuid, &null, sizeof(null)) == 0;
}

/* An identity of no known kind is as good as none. */
static bool is_identity(const struct xhm_identity *it) {
    return it->kind == XHM_IDENTITY_UUID ? !is_null(&it->uuid)
                                         : it->kind == XHM_IDENTITY_STATIC_DOMID || it->kind == XHM_IDENTITY_DOM0;
}

static uint32_t fixed_domid(const struct xhm_identity *it) {
    return it->kind == XHM_IDENTITY_DOM0 ? 0 : it->domid;
}

static bool is_same_identity(const struct xhm_identity *a, const struct xhm_identity *b) {
    if (!is_identity(a) || (a->kind == XHM_IDENTITY_UUID) != (b->kind == XHM_IDENTITY_UUID)) {
        return false;
    }
    return a->kind == XHM_IDENTITY_UUID ? memcmp(&a->uuid, &b->uuid, sizeof(a->uuid)) == 0
                                        : fixed_domid(a) == fixed_domid(b);
}

static bool is_restarted(const struct xhm_partition_policy *it) {
    for (uint32_t i = 0; i < XHM_CLASS_COUNT; i++) {
        if (it->reactions[i].rungs[0] == XHM_REACTION_RESTART) {
            return true;
        }
    }
    return false;
}

static bool is_ladder(const struct xhm_ladder *ladder) {
    if (ladder->count == 0 || ladder->count > XHM_MAX_RUNGS) {
        return false;
    }
    for (uint32_t i = 0; i < ladder->count; i++) {
        if (ladder->rungs[i] < XHM_REACTION_REPORT || ladder->rungs[i] >= XHM_REACTION_END) {
            return false;
        }
    }
    return true;
}

static bool has_every_reaction(const struct xhm_partition_policy *it) {
    for (uint32_t i = 0; i < XHM_CLASS_COUNT; i++) {
        if (!is_ladder(&it->reactions[i])) {
            return false;
        }
    }
    return true;
}

static void check_partition_unique(struct check *check, struct xhm_finding place) {
    const struct xhm_partition_policy *it = &check->policy->partitions[place.partition];
    uint32_t name = NOWHERE;
    uint32_t id = NOWHERE;
    uint32_t identity = NOWHERE;

    for (uint32_t i = place.partition; i-- > 0;) {
        const struct xhm_partition_policy *earlier = &check->policy->partitions[i];

        name = is_same_name(it->name, earlier->name) ? i : name;
        id = it->partition_id && it->partition_id == earlier->partition_id ? i : id;
        identity = is_same_identity(&it->identity, &earlier->identity) ? i : identity;
    }
    require_first(check, name, FOUND(PARTITION_NAME_TWICE), place);
    require_first(check, id, FOUND(PARTITION_ID_TWICE), place);
    require_first(check, identity, FOUND(IDENTITY_TWICE), place);
}

/* Limits count wherever a restart is possible: an operator may ask for one though no reaction does. */
static void check_restart(struct check *check, const struct xhm_partition_policy *it, struct xhm_finding place) {
    const uint64_t grace_ns = it->startup_grace_ns <= HOUR ? it->startup_grace_ns : 0;
    const struct range ranges[] = {
        {FOUND(RESTART_LIMIT_RANGE), it->restart.limit, 1, XHM_MAX_RESTART_LIMIT},
        {FOUND(RESTART_WINDOW_RANGE), it->restart.window_ns, SECOND, 24 * HOUR},
        {FOUND(RESTART_BACKOFF_RANGE), it->restart.backoff_ns, 0, HOUR},
        {FOUND(RESTART_TIMEOUT_RANGE), it->restart.timeout_ns, grace_ns, HOUR},
    };

    if (it->identity.kind == XHM_IDENTITY_STATIC_DOMID || it->identity.kind == XHM_IDENTITY_DOM0) {
        require(check, !is_restarted(it), FOUND(IDENTITY_RESTART), place);
        return;
    }
    require_ranges(check, ranges, COUNT_OF(ranges), place);
}

static bool is_memory_sound(const struct xhm_memory_policy *it) {
    return (it->size_kib == 0 && it->slack_kib == 0) ||
           (is_within(it->size_kib, MEMORY_MIN_KIB, MEMORY_MAX_KIB) && it->slack_kib < it->size_kib);
}

static void check_partition(struct check *check, struct xhm_finding place) {
    const struct xhm_partition_policy *it = &check->policy->partitions[place.partition];

    require(check, is_name(it->name), FOUND(PARTITION_NAME), place);
    require(check, is_within(it->partition_id, 1, XHM_PROBE_PARTITION_ID_MAX), FOUND(PARTITION_ID_RANGE), place);
    require(check, is_identity(&it->identity), FOUND(IDENTITY_NULL), place);
    check_partition_unique(check, place);
    require(check, is_within(it->startup_grace_ns, check->crash_check_ns, HOUR), FOUND(GRACE_RANGE), place);
    require(check, is_memory_sound(&it->memory), FOUND(MEMORY_RANGE), place);
    check_vcpus(check, it, place);
    check_pages(check, it, place);
    for (uint32_t i = 0; i < it->entity_count; i++) {
        struct xhm_finding entity_place = place;

        entity_place.entity = i;
        check_entity(check, it, entity_place);
    }
    require(check, has_every_reaction(it), FOUND(REACTION_MISSING), place);
    check_restart(check, it, place);
}

static void check_access(struct check *check) {
    const struct xhm_policy *policy = check->policy;
    struct xhm_finding place = nowhere;
    uint32_t roles = 0;
    bool restarts = false;

    for (place.access = 0; place.access < policy->access_count; place.access++) {
        const struct xhm_access_policy *it = &policy->access[place.access];
        uint32_t earlier = 0;

        while (policy->access[earlier].by_gid != it->by_gid || policy->access[earlier].id != it->id) {
            earlier++;
        }
        require(check, it->roles != 0, FOUND(ACCESS_ROLES), place);
        require_first(check, earlier == place.access ? NOWHERE : earlier, FOUND(ACCESS_TWICE), place);
        roles |= it->roles;
    }
    for (uint32_t i = 0; i < policy->partition_count; i++) {
        restarts = restarts || is_restarted(&policy->partitions[i]);
    }
    require(check, roles & XHM_ROLE_OPERATOR, FOUND(NO_OPERATOR), nowhere);
    require(check, !restarts || roles & XHM_ROLE_AGENT, FOUND(NO_AGENT), nowhere);
}

/* Counts beyond the arrays would be read beyond the arrays: nothing else is looked at then. */
static bool check_counts(struct check *check) {
    const struct xhm_policy *policy = check->policy;
    struct xhm_finding place = nowhere;

    require(check, policy->partition_count <= XHM_MAX_PARTITIONS && policy->access_count <= XHM_MAX_ACCESS,
            FOUND(COUNT_RANGE), place);
    for (place.partition = 0; check->count == 0 && place.partition < policy->partition_count; place.partition++) {
        const struct xhm_partition_policy *it = &policy->partitions[place.partition];

        require(check, it->vcpu_count <= XHM_MAX_VCPUS && it->entity_count <= XHM_MAX_ENTITIES, FOUND(COUNT_RANGE),
                place);
    }
    return check->count == 0;
}

uint32_t policy_check(const struct xhm_policy *policy, struct xhm_finding *findings, uint32_t capacity) {
    struct check check = {.policy = policy, .findings = findings, .capacity = capacity};
    struct xhm_finding place = nowhere;

    if (!check_counts(&check)) {
        return check.count;
    }
    require(&check, policy->schema == XHM_POLICY_SCHEMA, FOUND(SCHEMA), nowhere);
    require(&check, is_name(policy->ecu_id), FOUND(ECU_ID), nowhere);
    check_supervisor(&check);
    require(&check, policy->partition_count != 0, FOUND(NO_PARTITIONS), nowhere);
    for (place.partition = 0; place.partition < policy->partition_count; place.partition++) {
        check_partition(&check, place);
    }
    check_access(&check);
    return check.count;
}

const char *policy_check_field(enum xhm_finding_kind kind) {
    return texts[kind].field;
}

const char *policy_check_sentence(enum xhm_finding_kind kind) {
    return texts[kind].sentence;
}
