/**
 * What the parts of policy_check() share: a check under way, and how a finding is made. Part of policy_check.h.
 */
#ifndef XHM_CORE_POLICY_CHECK_PARTS_H
#define XHM_CORE_POLICY_CHECK_PARTS_H

#include "policy_check.h"

#define CHECK_MS              UINT64_C(1000000)
#define CHECK_SECOND          (UINT64_C(1000) * CHECK_MS)
#define CHECK_HOUR            (UINT64_C(3600) * CHECK_SECOND)
#define CHECK_NOWHERE         XHM_FINDING_NOWHERE
#define CHECK_FOUND(name)     XHM_FINDING_##name
#define CHECK_COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))

/** A check under way. */
struct policy_check {
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

/** A value and the range that it must lie in, both ends included. */
struct policy_check_range {
    enum xhm_finding_kind kind;
    uint64_t value;
    uint64_t low;
    uint64_t high;
};

/** The policy as a whole. */
extern const struct xhm_finding policy_check_nowhere;

/** Finds @p kind at @p place unless it is @p sound. */
void policy_check_require(struct policy_check *check, bool sound, enum xhm_finding_kind kind, struct xhm_finding place);

/** Finds each of @p ranges whose value is outside. */
void policy_check_require_ranges(struct policy_check *check, const struct policy_check_range *ranges, size_t count,
                                 struct xhm_finding place);

/** What must not be there twice: @p earlier is where it was before, CHECK_NOWHERE when it was not. */
void policy_check_require_first(struct policy_check *check, uint32_t earlier, enum xhm_finding_kind kind,
                                struct xhm_finding place);

bool policy_check_is_within(uint64_t value, uint64_t low, uint64_t high);

/** A multiple of the supervision cycle, above 0; any value above 0 when the cycle itself is bad (0). */
bool policy_check_is_multiple(uint64_t value, uint64_t cycle_ns);

/** Steps of a debounce counter in their ranges. */
bool policy_check_is_debounce(const struct xhm_debounce_policy *debounce);

bool policy_check_is_name(const char name[XHM_NAME_SIZE]);

/** Bad names are never the same: they are reported as bad. */
bool policy_check_is_same_name(const char a[XHM_NAME_SIZE], const char b[XHM_NAME_SIZE]);

/** Whether the instance can be recreated: it is recognised by its UUID. */
bool policy_check_is_recreatable(const struct xhm_partition_policy *partition);

/** Whether any fault class of the partition has the rung @p reaction. */
bool policy_check_has_rung(const struct xhm_partition_policy *partition, enum xhm_reaction reaction);

/** Whether the partition has a standby, or is one. */
bool policy_check_is_of_pair(const struct xhm_policy *policy, uint32_t partition);

/* Parts, in the order of the policy. `place` names the element; the rest of it is CHECK_NOWHERE. */

/** The supervisor's own timing and means; sets what other values are measured by. */
void policy_check_supervisor(struct policy_check *check);

/** Whether facts are gathered by the agent. */
bool policy_check_needs_facts(const struct xhm_policy *policy);

/** Whether @p text, of @p size bytes, has 1 to size - 1 characters, all of which @p belongs accepts. */
bool policy_check_is_text(const char *text, size_t size, bool (*belongs)(char character));

/** What the host must be. */
void policy_check_platform(struct policy_check *check);

/** That the supervisor's own scheduler does not keep it waiting for too long. */
void policy_check_blackout(struct policy_check *check);

/** Cpupools and their schedules. */
void policy_check_cpupools(struct policy_check *check);

/** One partition in its cpupool: shares, and whether they can be had. */
void policy_check_scheduling(struct policy_check *check, struct xhm_finding place);

/** One partition's devices, and its share of the cache. */
void policy_check_devices(struct policy_check *check, struct xhm_finding place);

/** One partition: name, identity, times, memory, load, pages, restart limits. */
void policy_check_partition(struct policy_check *check, struct xhm_finding place);

/** One partition's pCPUs. */
void policy_check_vcpus(struct policy_check *check, struct xhm_finding place);

/** One entity of a partition. */
void policy_check_entity(struct policy_check *check, struct xhm_finding place);

/** The deadlines and the checkpoint graph of one entity. */
void policy_check_graph(struct policy_check *check, struct xhm_finding place);

/** The ladders of one partition. */
void policy_check_reactions(struct policy_check *check, struct xhm_finding place);

/** What one partition is to others: standby, dependent; and whether it may be paused. */
void policy_check_relations(struct policy_check *check, struct xhm_finding place);

/** Groups, and then safe states. */
void policy_check_groups(struct policy_check *check);
void policy_check_safe_states(struct policy_check *check);

/** The access list. */
void policy_check_access(struct policy_check *check);
void policy_check_dtcs(struct policy_check *check);

/** The counts and references of the policy: what is out of bounds must not be followed. */
void policy_check_bounds(struct policy_check *check);

#endif
