/**
 * Validates the meaning of a policy: ranges, uniqueness, contradictions, and what this build can hold. Pure; the client
 * runs it before boot and renders findings with line and column, the daemon runs it again on what it loads.
 */
#ifndef XHM_CORE_POLICY_CHECK_H
#define XHM_CORE_POLICY_CHECK_H

#include "policy.h"

/* X(constant, field, sentence). The field is the policy's key in the element that the finding points at. */
#define XHM_FINDING_CATALOGUE(X)                                                                                       \
    X(SCHEMA, "schema", "is not a schema version that this build reads")                                               \
    X(ECU_ID, "ecu", "must be a name: a-z, 0-9 and -, beginning with a letter, at most 31 characters")                 \
    X(CYCLE_RANGE, "supervisor.cycle", "must lie between 1ms and 10s")                                                 \
    X(CRASH_CHECK_MULTIPLE, "supervisor.crash_check_period",                                                           \
      "must be a whole multiple of the supervision cycle, at most 60s")                                                \
    X(CONFORMANCE_RANGE, "supervisor.conformance_period", "must lie between the supervision cycle and 1h")             \
    X(CHECKS_RANGE, "supervisor.conformance_checks_per_cycle", "must lie between 1 and 64")                            \
    X(OVERRUN_RANGE, "supervisor.overrun_tolerance", "must lie between the supervision cycle and 60s")                 \
    X(BUSY_RANGE, "supervisor.probe_busy_tolerance", "must lie between the supervision cycle and 60s")                 \
    X(VISIBILITY_RANGE, "supervisor.visibility_timeout", "must lie between the crash check period and 1h")             \
    X(AGENT_RANGE, "supervisor.agent_timeout", "must lie between 2s and 1h")                                           \
    X(NO_PARTITIONS, "partitions", "must name at least one partition")                                                 \
    X(COUNT_RANGE, "partitions", "names more partitions, entities, vCPUs or peers than this build has room for")       \
    X(PARTITION_NAME, "name", "must be a name: a-z, 0-9 and -, beginning with a letter, at most 31 characters")        \
    X(PARTITION_NAME_TWICE, "name", "is used by an earlier partition")                                                 \
    X(PARTITION_ID_RANGE, "id", "must lie between 1 and 65535")                                                        \
    X(PARTITION_ID_TWICE, "id", "is used by an earlier partition")                                                     \
    X(IDENTITY_NULL, "identity.uuid", "must not be the null UUID")                                                     \
    X(IDENTITY_TWICE, "identity.uuid", "is the identity of an earlier partition")                                      \
    X(IDENTITY_RESTART, "reactions", "restart is impossible for dom0 and for partitions of fixed domid")               \
    X(GRACE_RANGE, "startup_grace", "must lie between the crash check period and 1h")                                  \
    X(MEMORY_RANGE, "memory", "must lie between 1MiB and 16TiB, and be greater than its slack")                        \
    X(VCPU_EMPTY, "pcpus", "must name at least one pCPU")                                                              \
    X(PCPU_TWO_OWNERS, "pcpus", "names an exclusive pCPU that another partition uses")                                 \
    X(PAGE_COUNT_RANGE, "pages", "is more pages than this build has room for")                                         \
    X(ENTITY_NAME, "name", "must be a name: a-z, 0-9 and -, beginning with a letter, at most 31 characters")           \
    X(ENTITY_NAME_TWICE, "name", "is used by an earlier entity of the partition")                                      \
    X(ENTITY_ID_ZERO, "id", "must not be 0")                                                                           \
    X(ENTITY_ID_TWICE, "id", "is used by an earlier entity of the partition")                                          \
    X(ENTITY_PAGE_RANGE, "page", "is not one of the partition's pages")                                                \
    X(ENTITY_SLOT_RANGE, "slot", "is not a slot of a probe page")                                                      \
    X(ENTITY_SLOT_TWICE, "slot", "is used by an earlier entity of the same page")                                      \
    X(PAGE_UNUSED, "pages", "has a page that no entity uses")                                                          \
    X(ALIVE_MULTIPLE, "alive.reference_cycle", "must be a whole multiple of the supervision cycle, at most 1h")        \
    X(ALIVE_EXPECTED, "alive.expected", "must lie between 1 and 1000000")                                              \
    X(ALIVE_MIN_MARGIN, "alive.min_margin", "must be below expected: otherwise silence would be accepted")             \
    X(ALIVE_MAX_MARGIN, "alive.max_margin", "must be at most 1000000")                                                 \
    X(ALIVE_TOLERANCE, "alive.failed_tolerance", "must be at most 1000")                                               \
    X(MISS_WINDOW_RANGE, "deadline_miss.window", "must lie between the supervision cycle and 1h")                      \
    X(RING_OVERRUN, "checkpoints_per_second", "would overrun the probe's checkpoint ring between two cycles")          \
    X(ENTITY_UNSUPERVISED, "name", "has neither alive supervision nor deadline-miss supervision")                      \
    X(REACTION_MISSING, "reactions", "must say report or restart for every fault class")                               \
    X(RESTART_LIMIT_RANGE, "restart.limit", "must lie between 1 and 16")                                               \
    X(RESTART_WINDOW_RANGE, "restart.within", "must lie between 1s and 24h")                                           \
    X(RESTART_BACKOFF_RANGE, "restart.backoff", "must be at most 1h")                                                  \
    X(RESTART_TIMEOUT_RANGE, "restart.timeout", "must be at least the start-up grace, at most 1h")                     \
    X(ACCESS_ROLES, "roles", "must name at least one role")                                                            \
    X(ACCESS_TWICE, "access", "names a uid or gid for the second time")                                                \
    X(NO_OPERATOR, "access", "gives nobody the role operator")                                                         \
    X(NO_AGENT, "access", "gives nobody the role agent, but a reaction is restart")

/** What can be wrong with a policy. */
enum xhm_finding_kind {
#define XHM_FINDING_ENUM(constant, field, sentence) XHM_FINDING_##constant,
    XHM_FINDING_CATALOGUE(XHM_FINDING_ENUM)
#undef XHM_FINDING_ENUM
    XHM_FINDING_COUNT
};

/** One finding: what, and where. Indices are XHM_FINDING_NOWHERE where they do not apply. */
struct xhm_finding {
    enum xhm_finding_kind kind;
    uint32_t partition;
    uint32_t entity;
    uint32_t vcpu;
    uint32_t other;  /**< the earlier partition, entity or access row that it collides with */
    uint32_t access; /**< row of the access list */
};
#define XHM_FINDING_NOWHERE UINT32_MAX

/** The key that a finding points at, and its sentence. Static strings. */
const char *policy_check_field(enum xhm_finding_kind kind);
const char *policy_check_sentence(enum xhm_finding_kind kind);

/**
 * Checks @p policy. Up to @p capacity findings are written to @p findings, in the order of the policy.
 * @return the number of findings, which may be greater than @p capacity; 0: the policy is sound
 */
uint32_t policy_check(const struct xhm_policy *policy, struct xhm_finding *findings, uint32_t capacity);

#endif
