#include "step.h"

/* A pair: a partition, and the one that declares to be its standby. At first the former serves; which side does is
   remembered. The side that does not serve is kept healthy, paused and ready. */

static const struct xhm_fault_details no_details = {{0, 0}};

uint32_t fail_over_partner(const struct xhm_policy *policy, uint32_t partition) {
    const uint32_t number = policy->partitions[partition].standby_for_number;

    if (number != 0) {
        return number - 1;
    }
    for (uint32_t i = 0; i < policy->partition_count; i++) {
        if (policy->partitions[i].standby_for_number == partition + 1) {
            return i;
        }
    }
    return XHM_NONE;
}

bool fail_over_is_inactive(const struct xhm_core *core, uint32_t partition) {
    return !core->partitions[partition].active && fail_over_partner(core->policy, partition) != XHM_NONE;
}

bool core_serves(const struct xhm_core *core, uint32_t partition) {
    return core->partitions[partition].active && fail_over_partner(core->policy, partition) != XHM_NONE;
}

void fail_over_settle(struct xhm_core *core) {
    for (uint32_t standby = 0; standby < core->policy->partition_count; standby++) {
        const uint32_t number = core->policy->partitions[standby].standby_for_number;
        if (number != 0 && core->partitions[standby].active == core->partitions[number - 1].active) {
            core->partitions[standby].active = false;
            core->partitions[number - 1].active = true;
        }
    }
}

/* The domain list must have shown the pause: one that was made in this very step cannot be taken back in it. */
static bool is_ready(const struct xhm_partition_state *standby) {
    return standby->life == XHM_LIFE_STANDBY && pause_is_ours(standby) && standby->pause_seen;
}

/* Of one under maintenance nobody knows what it would do, nor would the end of the fail over be seen. */
bool fail_over_is_available(const struct xhm_step *step, uint32_t partition) {
    const uint32_t partner = fail_over_partner(step->core->policy, partition);

    return partner != XHM_NONE && step_state(step, partition)->active && is_ready(step_state(step, partner)) &&
           !maintenance_is_active(step, partner);
}

void fail_over_activate(const struct xhm_step *step, uint32_t partition) {
    const uint32_t partner = fail_over_partner(step->core->policy, partition);

    step_state(step, partition)->active = true;
    step->outcome->persistent_changed = true;
    if (partner != XHM_NONE) {
        step_state(step, partner)->active = false;
        step_state(step, partner)->standby_seen_ns = step->core->supervised_ns;
    }
}

/* The side that failed is stopped at once, and rebuilt as the next standby. Its faults go with its instance. */
static void retire(const struct xhm_step *step, uint32_t partition) {
    struct xhm_partition_state *state = step_state(step, partition);

    if (!restart_is_possible(step, partition)) {
        lifecycle_halt(step, partition, XHM_DISPOSITION_STOP);
    } else if (state->life != XHM_LIFE_STOPPING) {
        lifecycle_event(step, partition, XHM_LIFE_PULLED);
        state->rebuild = true;
    }
    if (!state->instance_known) {
        lifecycle_forget_instance(step, partition);
    }
}

void fail_over_begin(const struct xhm_step *step, uint32_t partition, enum xhm_fault_class fault_class, uint64_t uid) {
    const uint32_t standby = fail_over_partner(step->core->policy, partition);
    struct xhm_partition_state *state = step_state(step, standby);

    step_event(step, XHM_EVENT_FAIL_OVER_BEGUN, standby, XHM_NONE, partition, uid);
    fail_over_activate(step, standby);
    retire(step, partition);
    lifecycle_event(step, standby, XHM_LIFE_TO_RESUME);
    state->fail_over_from_number = 1 + partition;
    state->fail_over_class = fault_class;
    state->fail_over_began_ns = step->core->supervised_ns;
}

enum xhm_order_answer fail_over_order(const struct xhm_step *step, uint32_t partition, uint64_t uid) {
    const uint32_t standby = fail_over_partner(step->core->policy, partition);

    if (standby == XHM_NONE) {
        return XHM_ORDER_IMPOSSIBLE;
    }
    if (step_state(step, standby)->fail_over_from_number != 0 ||
        step_state(step, partition)->fail_over_from_number != 0) {
        return XHM_ORDER_UNDER_WAY;
    }
    if (!fail_over_is_available(step, partition)) {
        return XHM_ORDER_NOT_READY;
    }
    fail_over_begin(step, partition, XHM_CLASS_PRESENCE, uid);
    return XHM_ORDER_ACCEPTED;
}

static uint64_t taken_ms(const struct xhm_step *step, const struct xhm_partition_state *state) {
    return (step->core->supervised_ns - state->fail_over_began_ns) / 1000000u;
}

void fail_over_done(const struct xhm_step *step, uint32_t partition) {
    struct xhm_partition_state *state = step_state(step, partition);

    if (state->fail_over_from_number != 0) {
        state->fail_over_from_number = 0;
        step_event(step, XHM_EVENT_FAIL_OVER_DONE, partition, XHM_NONE, taken_ms(step, state), 0);
    }
}

static void watch_fail_over(const struct xhm_step *step, uint32_t partition) {
    struct xhm_partition_state *state = step_state(step, partition);
    const uint64_t since_ns = step->core->supervised_ns - state->life_since_ns;
    const struct xhm_fault_details details = {{taken_ms(step, state), 0}};
    const uint32_t owner = state->fail_over_from_number - 1;

    if (state->fail_over_from_number == 0 ||
        (state->life == XHM_LIFE_RESUMING && since_ns <= step_policy(step, partition)->startup_grace_ns)) {
        return;
    }
    state->fail_over_from_number = 0;
    fault_state_set(step, partition, XHM_FAULT_FAIL_OVER_FAILED, XHM_SCOPE_WHOLE, true, details);
    escalation_go_on(step, owner, state->fail_over_class, partition);
}

/* While the standby is not awaited, or a safe state has its own will with it, its absence is not counted. */
static void watch_standby(const struct xhm_step *step, uint32_t partition) {
    const uint32_t partner = fail_over_partner(step->core->policy, partition);

    if (partner == XHM_NONE || fail_over_is_inactive(step->core, partition)) {
        fault_state_set(step, partition, XHM_FAULT_STANDBY_NOT_READY, XHM_SCOPE_WHOLE, false, no_details);
        return;
    }
    struct xhm_partition_state *standby = step_state(step, partner);
    const struct xhm_partition_policy *policy = step_policy(step, partner);
    if (is_ready(standby) || safe_state_is_latched(step->core) || !gate_presence_is_judged(step, partner)) {
        standby->standby_seen_ns = step->core->supervised_ns;
    }
    const uint64_t missed_ns = step->core->supervised_ns - standby->standby_seen_ns;
    const bool late = missed_ns > policy->restart.timeout_ns + policy->startup_grace_ns;
    const struct xhm_fault_details details = {{partner, missed_ns}};
    fault_state_set(step, partition, XHM_FAULT_STANDBY_NOT_READY, XHM_SCOPE_WHOLE,
                    late && step_state(step, partition)->life == XHM_LIFE_RUNNING, details);
}

void fail_over_step(const struct xhm_step *step, uint32_t partition) {
    watch_fail_over(step, partition);
    watch_standby(step, partition);
}
