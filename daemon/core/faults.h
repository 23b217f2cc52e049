/**
 * The fault catalogue: every fault has a stable number, a stable name, a class and a meaning.
 *
 * Numbers are never reused. docs/fault-catalogue.md says cause, reaction and how to provoke each one; a test checks
 * that the document and this table agree.
 */
#ifndef XHM_CORE_FAULTS_H
#define XHM_CORE_FAULTS_H

#include "policy.h"

/* X(constant, number, name, class, meaning) */
#define XHM_FAULT_CATALOGUE(X)                                                                                         \
    X(PARTITION_MISSING, 0x0101, "partition_missing", PRESENCE, "no live instance of the partition")                   \
    X(PARTITION_CRASHED, 0x0102, "partition_crashed", PRESENCE, "the instance shut down with reason crash")            \
    X(PARTITION_STOPPED, 0x0103, "partition_stopped", PRESENCE, "the instance shut down by itself")                    \
    X(PARTITION_START_OVERDUE, 0x0104, "partition_start_overdue", PRESENCE, "not healthy within its start-up grace")   \
    X(IDENTITY_AMBIGUOUS, 0x0105, "identity_ambiguous", PRESENCE, "two live domains carry the partition's identity")   \
    X(PARTITION_PAUSED, 0x0106, "partition_paused", PRESENCE, "paused by somebody else")                               \
    X(ENTITY_ALIVE_LOW, 0x0201, "entity_alive_low", ENTITY, "too few alive indications in a reference cycle")          \
    X(ENTITY_ALIVE_HIGH, 0x0202, "entity_alive_high", ENTITY, "too many alive indications in a reference cycle")       \
    X(ENTITY_DEADLINE_EARLY, 0x0203, "entity_deadline_early", ENTITY, "a checkpoint came before its least time")       \
    X(ENTITY_DEADLINE_LATE, 0x0204, "entity_deadline_late", ENTITY, "a checkpoint came late, or never")                \
    X(ENTITY_LOGICAL, 0x0205, "entity_logical", ENTITY, "checkpoints came in an order that is not declared")           \
    X(PROBE_MISSING, 0x0301, "probe_missing", PROBE, "no probe page attached")                                         \
    X(PROBE_FORMAT, 0x0302, "probe_format", PROBE, "magic, version or layout of a probe page is not ours")             \
    X(PROBE_CORRUPT, 0x0303, "probe_corrupt", PROBE, "end-to-end protection of a probe slot failed")                   \
    X(PROBE_FOREIGN, 0x0304, "probe_foreign", PROBE, "a probe page names another partition, page or entity")           \
    X(PROBE_STUCK, 0x0305, "probe_stuck", PROBE, "a write to a probe slot never completes")                            \
    X(PROBE_RESTARTED, 0x0306, "probe_restarted", PROBE, "the probe began anew within one instance of its partition")  \
    X(PROBE_CHECKPOINTS_LOST, 0x0307, "probe_checkpoints_lost", PROBE,                                                 \
      "the checkpoint ring overflowed between two cycles")                                                             \
    X(PROBE_CLOCK, 0x0308, "probe_clock", PROBE, "the guest's clock stands still or runs at another rate")             \
    X(PROBE_HISTOGRAM, 0x0309, "probe_histogram", PROBE,                                                               \
      "the probe has no histogram: a declared latency budget cannot be judged")                                        \
    X(DEADLINE_MISSES, 0x0401, "deadline_misses", DEADLINE, "more deadline misses than allowed within the window")     \
    X(LATENCY_HIGH, 0x0402, "latency_high", DEADLINE, "wake-up latency above its threshold")                           \
    X(LATENCY_BUDGET, 0x0403, "latency_budget", DEADLINE, "a wake-up latency beyond the declared budget")              \
    X(VCPU_AFFINITY, 0x0501, "vcpu_affinity", PLACEMENT, "a vCPU's hard affinity is not the declared one")             \
    X(VCPU_PLACEMENT, 0x0502, "vcpu_placement", PLACEMENT, "a vCPU runs on a pCPU outside its declaration")            \
    X(VCPU_COUNT, 0x0503, "vcpu_count", PLACEMENT, "number of online vCPUs is not the declared one")                   \
    X(PCPU_SHARED, 0x0504, "pcpu_shared", PLACEMENT, "another domain may run on an exclusive pCPU")                    \
    X(CORE_SHARED, 0x0505, "core_shared", PLACEMENT, "another domain may run on an SMT sibling of an exclusive pCPU")  \
    X(CPUPOOL_MEMBERSHIP, 0x0506, "cpupool_membership", PLACEMENT,                                                     \
      "the partition is in another cpupool than declared")                                                             \
    X(SCHEDULING_PARAMETERS, 0x0507, "scheduling_parameters", PLACEMENT,                                               \
      "a vCPU's scheduling parameters are not the declared ones")                                                      \
    X(CACHE_ALLOCATION, 0x0508, "cache_allocation", PLACEMENT,                                                         \
      "cache capacity or memory bandwidth is not allocated as declared")                                               \
    X(MEMORY_SIZE, 0x0601, "memory_size", MEMORY, "memory in use is outside the declared size")                        \
    X(MEMORY_LIMIT, 0x0602, "memory_limit", MEMORY, "memory limit is above the declared size")                         \
    X(MEMORY_NOT_UP_FRONT, 0x0604, "memory_not_up_front", MEMORY,                                                      \
      "memory is shared, paged, claimed or populated on demand")                                                       \
    X(LOAD_HIGH, 0x0603, "load_high", LOAD, "the partition consumes more CPU time than declared")                      \
    X(DEVICE_UNDECLARED, 0x0901, "device_undeclared", DEVICE, "a paravirtual device that is not declared")             \
    X(DEVICE_MISSING, 0x0902, "device_missing", DEVICE, "a declared paravirtual device is not there")                  \
    X(DEVICE_DISCONNECTED, 0x0903, "device_disconnected", DEVICE,                                                      \
      "a device is not connected to a live backend as declared")                                                       \
    X(DEVICE_ERRORS, 0x0904, "device_errors", DEVICE,                                                                  \
      "more errors and drops of a device than allowed within the window")                                              \
    X(DEVICE_ASSIGNMENT, 0x0905, "device_assignment", DEVICE, "the assigned devices are not the declared ones")        \
    X(RESTART_OVERDUE, 0x0701, "restart_overdue", RECOVERY, "no healthy new instance within the time-out")             \
    X(RESTART_FAILED, 0x0702, "restart_failed", RECOVERY,                                                              \
      "the agent reports that it could not recreate the partition")                                                    \
    X(RESTART_LIMIT, 0x0703, "restart_limit", RECOVERY, "no rung of the escalation ladder is left")                    \
    X(FAIL_OVER_FAILED, 0x0704, "fail_over_failed", RECOVERY, "the standby did not take over in time")                 \
    X(STANDBY_NOT_READY, 0x0705, "standby_not_ready", RECOVERY, "there is no healthy, paused standby")                 \
    X(SUPERVISOR_OVERRUN, 0x0801, "supervisor_overrun", SUPERVISOR, "the supervisor did not run in time")              \
    X(HYPERVISOR_UNKNOWN, 0x0802, "hypervisor_unknown", SUPERVISOR, "the hypervisor does not answer our questions")    \
    X(XENSTORE_UNKNOWN, 0x0803, "xenstore_unknown", SUPERVISOR, "xenstore does not answer: attaching is blind")        \
    X(AGENT_ABSENT, 0x0804, "agent_absent", SUPERVISOR, "xhm-agent is not connected or silent")                        \
    X(EVENTS_LOST, 0x0805, "events_lost", SUPERVISOR, "a queue of the supervisor overflowed")                          \
    X(FAULT_MEMORY_DEGRADED, 0x0806, "fault_memory_degraded", SUPERVISOR, "the fault memory cannot be written")        \
    X(ACTION_FAILED, 0x0807, "action_failed", SUPERVISOR, "a direct action had no effect")                             \
    X(CLOCK_FAILED, 0x0808, "clock_failed", SUPERVISOR, "the supervisor's clock cannot be read or went back")          \
    X(CONFORMANCE_LATE, 0x0809, "conformance_late", SUPERVISOR, "a conformance sweep took longer than declared")       \
    X(CONFORMANCE_UNKNOWN, 0x080a, "conformance_unknown", SUPERVISOR, "vCPUs of a live domain cannot be looked at")    \
    X(LATCH_UNKNOWN, 0x080b, "latch_unknown", SUPERVISOR, "after an unclean end no safe-state latch can be read")      \
    X(BOOT_LOOP, 0x080c, "boot_loop", SUPERVISOR, "too many starts in a row without a healthy ECU")                    \
    X(LAST_RESORT_LIMIT, 0x080d, "last_resort_limit", SUPERVISOR, "last resorts in a row are used up")                 \
    X(FACTS_STALE, 0x080e, "facts_stale", SUPERVISOR, "what only dom0 can tell is older than allowed, or never came")  \
    X(PLATFORM_VERSION, 0x0a01, "platform_version", PLATFORM, "Xen's version is outside the declared range")           \
    X(PLATFORM_OPTION, 0x0a02, "platform_option", PLATFORM, "an option of Xen's command line is missing or forbidden") \
    X(PLATFORM_CAPABILITY, 0x0a03, "platform_capability", PLATFORM, "the host lacks a declared capability")            \
    X(PLATFORM_PCPUS, 0x0a04, "platform_pcpus", PLATFORM, "number of pCPUs online is not the declared one")            \
    X(PLATFORM_SERVICE, 0x0a05, "platform_service", PLATFORM, "a declared service of dom0 does not run")               \
    X(PLATFORM_MEMORY, 0x0a06, "platform_memory", PLATFORM, "less of the host's memory is free than declared")         \
    X(PLATFORM_CLAIMS, 0x0a07, "platform_claims", PLATFORM, "memory is claimed and not yet populated")                 \
    X(CPUPOOL_MISSING, 0x0a08, "cpupool_missing", PLATFORM, "a declared cpupool does not exist")                       \
    X(CPUPOOL_PCPUS, 0x0a09, "cpupool_pcpus", PLATFORM, "a cpupool has other pCPUs than declared")                     \
    X(SCHEDULER_KIND, 0x0a0a, "scheduler_kind", PLATFORM, "a cpupool has another scheduler than declared")             \
    X(SCHEDULE_FRAMES, 0x0a0b, "schedule_frames", PLATFORM, "the ARINC 653 schedule is not the declared one")

/** Position in the catalogue; dense, for tables. The stable number is faults_info()->number. */
enum xhm_fault {
#define XHM_FAULT_ENUM(constant, number, name, class_name, meaning) XHM_FAULT_##constant,
    XHM_FAULT_CATALOGUE(XHM_FAULT_ENUM)
#undef XHM_FAULT_ENUM
    XHM_FAULT_COUNT
};

/** One row of the catalogue. Strings are static. */
struct xhm_fault_info {
    uint32_t number;
    const char *name;
    enum xhm_fault_class fault_class;
    const char *meaning;
};

_Static_assert(XHM_FAULT_COUNT <= XHM_MAX_FAULTS, "every fault has room in a policy");

/** The catalogue row of @p fault, which must be below XHM_FAULT_COUNT. */
const struct xhm_fault_info *faults_info(enum xhm_fault fault);

/** Finds a fault by its stable number; XHM_FAULT_COUNT when there is none. */
enum xhm_fault faults_find(uint32_t number);

#endif
