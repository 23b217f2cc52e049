#include "step.h"

/* A last resort that is not over with this life of the supervisor by then had no effect. */
#define PATIENCE_NS (10 * UINT64_C(1000000000))

/* One that cannot be stored would be counted nowhere, and so taken at every boot for ever. */
bool last_resort_is_available(const struct xhm_core *core) {
    const struct xhm_supervisor_policy *policy = &core->policy->supervisor;

    return core->fault_scopes[XHM_FAULT_FAULT_MEMORY_DEGRADED] == 0 && policy->last_resort != XHM_LAST_RESORT_NONE &&
           core->last_resort_taken_ns == 0 && core->last_resorts_without_health < policy->last_resort_limit;
}

void last_resort_take(const struct xhm_step *step) {
    struct xhm_core *core = step->core;
    const enum xhm_last_resort kind = core->policy->supervisor.last_resort;
    const struct xhm_action action = {
        .kind = kind == XHM_LAST_RESORT_REBOOT_ECU ? XHM_ACTION_REBOOT_ECU : XHM_ACTION_RESTART_SUPERVISOR,
        .partition = XHM_NONE,
    };

    if (!last_resort_is_available(core)) {
        return;
    }
    core->last_resorts_without_health++;
    boot_guard_count_again(core);
    core->last_resort_taken_ns = core->supervised_ns;
    step->outcome->persistent_changed = true;
    step_event(step, XHM_EVENT_LAST_RESORT, XHM_NONE, XHM_NONE, kind, core->last_resorts_without_health);
    outcome_action(step->outcome, &action);
}

bool last_resort_failed(const struct xhm_core *core) {
    return core->last_resort_taken_ns != 0 && core->supervised_ns - core->last_resort_taken_ns > PATIENCE_NS;
}

void last_resort_step(const struct xhm_step *step) {
    const struct xhm_core *core = step->core;
    const uint32_t limit = core->policy->supervisor.last_resort_limit;
    const struct xhm_fault_details details = {{core->last_resorts_without_health, limit}};
    const bool used_up = core->last_resorts_without_health > 0 && core->last_resorts_without_health >= limit;

    fault_state_set(step, XHM_NONE, XHM_FAULT_LAST_RESORT_LIMIT, XHM_SCOPE_WHOLE, used_up, details);
}
