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
    X(SCHEDULING_RANGE, "supervisor.scheduling_latency", "must be at most the overrun tolerance")                      \
    X(ACTION_RANGE, "supervisor.direct_action", "must be at most 10s")                                                 \
    X(DEPLOYMENT_WORD, "supervisor.deployment", "must be dom0 or dedicated")                                           \
    X(MODE_WORD, "supervisor.initial_mode", "must be startup or run")                                                  \
    X(BOOT_LIMIT_RANGE, "supervisor.boot_limit", "must be at most 100")                                                \
    X(LAST_RESORT_WORD, "supervisor.last_resort", "must be none, reboot_ecu or restart_supervisor")                    \
    X(LAST_RESORT_DEPLOYMENT, "supervisor.last_resort",                                                                \
      "cannot be reboot_ecu: only a supervisor in dom0 can have the machine rebooted")                                 \
    X(LAST_RESORT_LIMIT, "supervisor.last_resort_limit", "must lie between 1 and 16")                                  \
    X(FACTS_NEEDED, "platform.facts_period", "must be declared: the policy declares what only dom0 can tell")          \
    X(FACTS_PERIOD, "platform.facts_period", "must lie between 100ms and 1h")                                          \
    X(FACTS_TIMEOUT, "platform.facts_timeout",                                                                         \
      "must be declared with facts_period, and only with it: at least twice as long, at most 24h")                     \
    X(XEN_VERSION_RANGE, "platform.xen_version.max", "must not be below min")                                          \
    X(CAPABILITY_WORD, "platform.capabilities", "names a capability that this build does not know")                    \
    X(PCPUS_ONLINE_RANGE, "platform.pcpus_online", "is more pCPUs than this build has room for")                       \
    X(FREE_MEMORY_RANGE, "platform.free_memory", "must lie between 1MiB and 16TiB")                                    \
    X(SERVICE_NAME, "platform.services", "must name processes: letters, digits, -, _ and ., at most 31")               \
    X(SERVICE_TWICE, "platform.services", "names a service twice")                                                     \
    X(ASSIGNED_IOMMU, "platform.capabilities", "must name iommu: devices are assigned")                                \
    X(SUPERVISOR_DEPLOYMENT, "platform.supervisor", "contradicts the deployment: in dom0, or in a domain of its own")  \
    X(SUPERVISOR_BLACKOUT, "platform.supervisor",                                                                      \
      "may be kept waiting by its own scheduler, and be late besides, for longer than the overrun tolerance")          \
    X(OPTION_TEXT, "", "must be one word of 1 to 63 characters without quotes")                                        \
    X(OPTION_TWICE, "", "repeats or contradicts an earlier option")                                                    \
    X(POOL_NAME, "name", "must be the name of a cpupool: letters, digits, - and _, at most 31 characters")             \
    X(POOL_NAME_TWICE, "name", "is used by an earlier cpupool")                                                        \
    X(POOL_SCHEDULER_WORD, "scheduler", "must be credit, credit2, arinc653, rtds or null")                             \
    X(POOL_COMMON_PCPU, "pcpus", "names a pCPU of an earlier cpupool")                                                 \
    X(POOL_ARINC_TWICE, "scheduler",                                                                                   \
      "is arinc653 for a second time: Xen keeps one place in the schedule for all such cpupools")                      \
    X(POOL_ARINC_PCPUS, "pcpus", "must be one pCPU: the schedule of arinc653 runs one vCPU at a time")                 \
    X(POOL_FRAMES_SCHEDULER, "major_frame", "and frames need the scheduler arinc653")                                  \
    X(POOL_MAJOR_FRAME, "major_frame", "must be declared with frames, and frames with it; at most 1h")                 \
    X(POOL_FRAMES_SUM, "frames", "are longer than the major frame")                                                    \
    X(FRAME_DURATION, "duration", "must be above 0, at most 1h")                                                       \
    X(FRAME_PARTITION, "partition", "is not in this cpupool")                                                          \
    X(FRAME_VCPU, "vcpu", "is no vCPU of that partition")                                                              \
    X(NO_PARTITIONS, "partitions", "must name at least one partition")                                                 \
    X(COUNT_RANGE, "partitions", "names more partitions, entities, vCPUs or peers than this build has room for")       \
    X(REFERENCE_RANGE, "partitions", "refers to a partition or safe state that the policy does not have")              \
    X(PARTITION_NAME, "name", "must be a name: a-z, 0-9 and -, beginning with a letter, at most 31 characters")        \
    X(PARTITION_NAME_TWICE, "name", "is used by an earlier partition")                                                 \
    X(PARTITION_ID_RANGE, "id", "must lie between 1 and 65535")                                                        \
    X(PARTITION_ID_TWICE, "id", "is used by an earlier partition")                                                     \
    X(IDENTITY_NULL, "identity.uuid", "must not be the null UUID")                                                     \
    X(IDENTITY_TWICE, "identity.uuid", "is the identity of an earlier partition")                                      \
    X(IDENTITY_RESTART, "reactions",                                                                                   \
      "restart and fail_over are impossible for dom0 and for partitions of fixed domid")                               \
    X(GRACE_RANGE, "startup_grace", "must lie between the crash check period and 1h")                                  \
    X(START_WITHIN_RANGE, "start_within", "must lie between the crash check period and 1h")                            \
    X(EXPIRED_TOLERANCE, "expired_tolerance", "must be at most 1000")                                                  \
    X(MEMORY_RANGE, "memory", "must lie between 1MiB and 16TiB, and be greater than its slack")                        \
    X(MEMORY_CLEAR, "memory.clear_slack", "must be at most the slack")                                                 \
    X(MEMORY_UP_FRONT, "memory.up_front", "contradicts the slack: ballooning is accepted")                             \
    X(MEMORY_DEBOUNCE, "memory.debounce", "must have steps between 1 and 255")                                         \
    X(LOAD_RANGE, "load.raise", "must be at most 100% for each vCPU")                                                  \
    X(LOAD_CLEAR, "load.clear", "must be at most the load that raises")                                                \
    X(LOAD_DEBOUNCE, "load.debounce", "must have steps between 1 and 255")                                             \
    X(ALLOCATION_RANGE, "allocated_fhti", "must lie between the supervision cycle and 1h")                             \
    X(VCPU_EMPTY, "pcpus", "must name at least one pCPU")                                                              \
    X(PCPU_TWO_OWNERS, "pcpus", "names an exclusive pCPU that another partition uses")                                 \
    X(WHOLE_CORE, "whole_core", "needs exclusive")                                                                     \
    X(VCPU_OUTSIDE_POOL, "pcpus", "names a pCPU that the partition's cpupool does not have")                           \
    X(VCPUS_NEEDED, "vcpus", "must be declared: under rtds, arinc653 and null each vCPU counts")                       \
    X(RTDS_SCHEDULER, "rtds", "needs a cpupool with the scheduler rtds")                                               \
    X(RTDS_NEEDED, "rtds", "must be declared: the scheduler of the partition's cpupool is rtds")                       \
    X(RTDS_PERIOD, "rtds.period", "must be whole microseconds between 10us and 1h")                                    \
    X(RTDS_BUDGET, "rtds.budget", "must be whole microseconds between 10us and the period")                            \
    X(RTDS_OVERLAP, "pcpus",                                                                                           \
      "has some pCPUs, but not all, in common with another vCPU: that both get their budgets cannot be shown")         \
    X(RTDS_OVERLOAD, "rtds", "and the other servers on these pCPUs need more than there is")                           \
    X(RTDS_BOUND, "rtds", "and the other servers on these pCPUs are beyond the bound of global EDF")                   \
    X(NULL_PCPU, "pcpus", "may all be taken by other vCPUs: under null each vCPU keeps one for itself")                \
    X(FRAME_MISSING, "pcpus", "do not help: the schedule of the partition's cpupool has no frame for this vCPU")       \
    X(CREDIT2_SCHEDULER, "credit2", "needs a cpupool with the scheduler credit2")                                      \
    X(CREDIT2_WEIGHT, "credit2.weight", "must lie between 1 and 65535")                                                \
    X(CREDIT2_CAP, "credit2.cap", "must be at most 100% for each vCPU")                                                \
    X(CACHE_MASK, "cache.l3_mask", "must have its bits beside each other")                                             \
    X(CACHE_COMMON, "cache.l3_mask", "has bits of an exclusive mask in common with another partition")                 \
    X(CACHE_EXCLUSIVE, "cache.exclusive", "needs l3_mask")                                                             \
    X(CACHE_BANDWIDTH, "cache.bandwidth", "must be below 100%")                                                        \
    X(DEVICE_KIND, "kind", "must be vif, vbd, vfb, vkbd, 9pfs, vsnd, vusb or other")                                   \
    X(DEVICE_TWICE, "id", "is used by an earlier device of the same kind")                                             \
    X(DEVICE_BACKEND, "backend", "is the partition itself")                                                            \
    X(DEVICE_ERRORS_KIND, "errors", "are counted of a vif only")                                                       \
    X(DEVICE_ERRORS_WINDOW, "errors.window", "must lie between the facts' period and 1h")                              \
    X(ASSIGNED_TWICE, "assigned", "names a device twice, or one that another partition has")                           \
    X(ASSIGNED_FLAG, "assigned_devices", "must agree with the list of assigned devices")                               \
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
    X(CHECKPOINT_RATE, "checkpoints_per_second", "must be above 0: deadlines or a graph of checkpoints are declared")  \
    X(DEADLINE_ZERO, "from", "must be a checkpoint other than 0, and so must to")                                      \
    X(DEADLINE_RANGE, "max", "must be above min, at most 1h")                                                          \
    X(DEADLINE_TWICE, "from", "begins the same pair of checkpoints as an earlier deadline")                            \
    X(DEADLINE_GRAPH, "from", "or to is a checkpoint that the graph does not have")                                    \
    X(LOGICAL_INITIAL, "logical.initial", "must name checkpoints other than 0, each once")                             \
    X(LOGICAL_FINALS, "logical.finals", "must name checkpoints other than 0, each once")                               \
    X(LOGICAL_UNREACHED, "logical.finals", "names a checkpoint that is never reached from an initial one")             \
    X(LOGICAL_DEAD_END, "logical.initial", "names a checkpoint after which nothing may come, and that is not final")   \
    X(TRANSITION_ZERO, "from", "must be a checkpoint other than 0, and so must to")                                    \
    X(TRANSITION_TWICE, "from", "begins the same transition as an earlier one")                                        \
    X(TRANSITION_UNREACHED, "from", "is a checkpoint that is never reached from an initial one")                       \
    X(TRANSITION_DEAD_END, "to", "is a checkpoint after which nothing may come, and that is not final")                \
    X(LATENCY_RANGE, "latency.raise", "must be at most 1h")                                                            \
    X(LATENCY_CLEAR, "latency.clear", "must be at most the latency that raises")                                       \
    X(LATENCY_DEBOUNCE, "latency.debounce", "must have steps between 1 and 255")                                       \
    X(BUDGET_WORST, "latency_budget.worst", "must be at most 1h")                                                      \
    X(BUDGET_LATE, "latency_budget.late", "must be a bound of the histogram: 1us, 2us, 4us, ... 1048576us")            \
    X(BUDGET_WINDOW, "latency_budget.window",                                                                          \
      "must be declared with late, and only with it: between the supervision cycle and 1h")                            \
    X(BUDGET_LIMIT, "latency_budget.limit", "needs late")                                                              \
    X(CLOCK_WINDOW, "clock.window", "must lie between 10 supervision cycles and 1h")                                   \
    X(CLOCK_TOLERANCE, "clock.tolerance", "must lie between 1% and 50%")                                               \
    X(ENTITY_UNSUPERVISED, "name", "declares nothing that is supervised")                                              \
    X(REACTION_MISSING, "reactions", "must have at least one rung, and none but reactions")                            \
    X(RUNG_TWICE, "reactions", "has a rung twice")                                                                     \
    X(REPORT_BESIDE, "reactions", "has report beside other rungs, which report as well")                               \
    X(RUNG_ORDER, "reactions", "has a rung that is not more severe than the one before")                               \
    X(RUNG_FAIL_OVER, "reactions", "has fail_over, but no partition is its standby")                                   \
    X(RUNG_SAFE_STATE, "reactions", "has safe_state, but the partition names no safe_state")                           \
    X(RUNG_LAST_RESORT, "reactions", "has last_resort, but the supervisor has none")                                   \
    X(RUNG_OF_DOM0, "reactions", "has pause or stop, which are impossible for dom0")                                   \
    X(STANDBY_CHAIN, "standby_for", "names a standby: itself, or that of another partition")                           \
    X(STANDBY_TWICE, "standby_for", "names a partition that has a standby already")                                    \
    X(STANDBY_IDENTITY, "standby_for", "needs an identity by uuid on both sides")                                      \
    X(STANDBY_PCPUS, "standby_for", "needs vcpus on pCPUs of its own on both sides")                                   \
    X(STANDBY_ENTITIES, "standby_for", "needs the same entity ids on both sides")                                      \
    X(DEPENDS_ON_ITSELF, "depends_on", "names the partition itself")                                                   \
    X(DEPENDS_CYCLE, "depends_on", "closes a circle of partitions that depend on each other")                          \
    X(PAUSE_UNSAFE, "pause_is_safe",                                                                                   \
      "must be true: the policy pauses the partition, but its Xen watchdog or devices go on")                          \
    X(RESTART_LIMIT_RANGE, "restart.limit", "must lie between 1 and 16")                                               \
    X(RESTART_WINDOW_RANGE, "restart.within", "must lie between 1s and 24h")                                           \
    X(RESTART_BACKOFF_RANGE, "restart.backoff", "must be at most 1h")                                                  \
    X(RESTART_TIMEOUT_RANGE, "restart.timeout", "must be at least the start-up grace, at most 1h")                     \
    X(GROUP_NAME, "name", "must be a name: a-z, 0-9 and -, beginning with a letter, at most 31 characters")            \
    X(GROUP_NAME_TWICE, "name", "is used by an earlier group")                                                         \
    X(GROUP_SMALL, "members", "must name at least two partitions")                                                     \
    X(GROUP_COMMON_MEMBER, "members", "names a partition of an earlier group")                                         \
    X(GROUP_IDENTITY, "members", "names dom0 or a partition of fixed domid, which cannot be restarted")                \
    X(SAFE_STATE_NAME, "name", "must be a name: a-z, 0-9 and -, beginning with a letter, at most 31 characters")       \
    X(SAFE_STATE_NAME_TWICE, "name", "is used by an earlier safe state")                                               \
    X(SAFE_STATE_EMPTY, "name", "is a safe state that pauses, stops and starts nothing")                               \
    X(DISPOSITION_WORD, "name", "does something with a partition that is not pause, stop or start")                    \
    X(SAFE_STATE_DOM0, "name", "is a safe state that does not leave dom0 alone")                                       \
    X(SAFE_STATE_START, "start", "names a partition of fixed domid, which nobody can create")                          \
    X(DTC_RANGE, "dtc", "must be a DTC: 24 bits, at most 0xffffff")                                                    \
    X(DTC_TWICE, "dtc", "is the DTC of an earlier fault of the catalogue")                                             \
    X(ACCESS_ROLES, "roles", "must name at least one role")                                                            \
    X(ACCESS_TWICE, "access", "names a uid, gid or partition for the second time")                                     \
    X(NO_OPERATOR, "access", "gives nobody the role operator")                                                         \
    X(NO_AGENT, "access", "gives nobody the role agent, but the policy restarts or starts partitions, or needs facts")

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
    uint32_t deadline;
    uint32_t transition;
    uint32_t fault_class; /**< the field is that key of the mapping `field` */
    uint32_t group;
    uint32_t safe_state;
    uint32_t device;
    uint32_t option; /**< of Xen's command line */
    uint32_t cpupool;
    uint32_t frame;
    uint32_t access; /**< row of the access list */
    uint32_t fault;  /**< enum xhm_fault: the field is the key of that name of the mapping `field` */
    uint32_t other;  /**< the earlier partition, entity, … that it collides with */
};
#define XHM_FINDING_NOWHERE UINT32_MAX

/** The key that a finding points at, "alive.expected" for one in a mapping of the element, and its sentence. Static
 * strings. */
const char *policy_check_field(enum xhm_finding_kind kind);
const char *policy_check_sentence(enum xhm_finding_kind kind);

/**
 * Checks @p policy. Up to @p capacity findings are written to @p findings, in the order of the policy.
 * @return the number of findings, which may be greater than @p capacity; 0: the policy is sound
 */
uint32_t policy_check(const struct xhm_policy *policy, struct xhm_finding *findings, uint32_t capacity);

#endif
