#include "step.h"

/* The record is pessimistic: each start counts as one without health until the ECU is healthy. */

void boot_guard_start(const struct xhm_step *step, uint32_t starts_before) {
    struct xhm_core *core = step->core;
    const uint32_t limit = core->policy->supervisor.boot_limit;

    core->starts_without_health = starts_before < UINT32_MAX ? starts_before + 1 : UINT32_MAX;
    const struct xhm_fault_details details = {{core->starts_without_health, limit}};
    if (limit > 0 && core->starts_without_health > limit) {
        fault_state_set(step, XHM_NONE, XHM_FAULT_BOOT_LOOP, XHM_SCOPE_WHOLE, true, details);
        safe_state_enter_at_boot(step, XHM_CAUSE_BOOT_LOOP);
    }
}

void boot_guard_count_again(struct xhm_core *core) {
    if (core->starts_without_health < UINT32_MAX) {
        core->starts_without_health++;
    }
}

bool boot_guard_owns(enum xhm_fault fault) {
    return fault == XHM_FAULT_BOOT_LOOP || fault == XHM_FAULT_LAST_RESORT_LIMIT;
}

/* What comes back within a restart window is what the policy calls a relapse. */
static uint64_t longest_restart_window_ns(const struct xhm_policy *policy) {
    uint64_t longest_ns = 0;

    for (uint32_t partition = 0; partition < policy->partition_count; partition++) {
        const uint64_t window_ns = policy->partitions[partition].restart.window_ns;
        longest_ns = window_ns > longest_ns ? window_ns : longest_ns;
    }
    return longest_ns;
}

static void healthy(const struct xhm_step *step) {
    struct xhm_core *core = step->core;

    core->starts_without_health = 0;
    core->last_resorts_without_health = 0;
    core->last_resort_taken_ns = 0;
    fault_state_clear(step, XHM_NONE, XHM_FAULT_BOOT_LOOP);
    fault_state_clear(step, XHM_NONE, XHM_FAULT_LAST_RESORT_LIMIT);
}

void boot_guard_step(const struct xhm_step *step, bool ok) {
    struct xhm_core *core = step->core;

    if (!ok) {
        core->ok_since_ns = 0;
        return;
    }
    if (core->ok_since_ns == 0) {
        core->ok_since_ns = core->supervised_ns;
    }
    if (core->supervised_ns - core->ok_since_ns >= longest_restart_window_ns(core->policy)) {
        healthy(step);
    }
}
