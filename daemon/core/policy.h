/**
 * What the integrator declared: the policy, as the supervision core reads it. Each part of it has a header of its own
 * (policy_*.h); this one has the whole.
 *
 * The structure is filled by the policy codec (proto/wire/policy_codec.h) from a compiled policy, or by a test. It
 * holds no pointers: copying it copies the policy. All times are in nanoseconds, all sizes in KiB. Its meaning is
 * validated by policy_check() (policy_check.h); nothing else may assume that a policy is sound.
 */
#ifndef XHM_CORE_POLICY_H
#define XHM_CORE_POLICY_H

#include "policy_access.h"
#include "policy_limits.h"
#include "policy_partition.h"
#include "policy_placement.h"
#include "policy_platform.h"
#include "policy_reaction.h"
#include "policy_supervisor.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/** Version of the policy schema that this build reads. */
#define XHM_POLICY_SCHEMA 1u
/** Diagnostic trouble codes have 24 bits. */
#define XHM_DTC_END       (UINT32_C(1) << 24)

/** The whole policy. */
struct xhm_policy {
    uint32_t schema;
    char ecu_id[XHM_NAME_SIZE];
    uint64_t hash; /**< CRC-64 of the compiled body, filled by the codec: the policy's identity in events */
    struct xhm_supervisor_policy supervisor;
    uint32_t partition_count;
    struct xhm_partition_policy partitions[XHM_MAX_PARTITIONS];
    uint32_t group_count;
    struct xhm_group_policy groups[XHM_MAX_GROUPS];
    uint32_t safe_state_count;
    struct xhm_safe_state_policy safe_states[XHM_MAX_SAFE_STATES];
    uint32_t access_count;
    struct xhm_access_policy access[XHM_MAX_ACCESS];
    bool injection_allowed; /**< this ECU takes fault injections at all */
    struct xhm_platform_policy platform;
    uint32_t cpupool_count;
    struct xhm_cpupool_policy cpupools[XHM_MAX_CPUPOOLS];
    uint32_t dtcs[XHM_MAX_FAULTS]; /**< by enum xhm_fault: the fault's DTC, below XHM_DTC_END; 0: none */
};

#endif
