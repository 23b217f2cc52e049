#include "conformance_parts.h"

bool gate_is_judged(const struct xhm_step *step, uint32_t partition) {
    return !step_policy(step, partition)->supervision_off && mode_rules(step->core)->partitions_judged &&
           !maintenance_is_active(step, partition);
}

/* What is kept stopped or paused on purpose is not judged. */
static bool is_kept(enum xhm_life life) {
    return life == XHM_LIFE_HALTED || life == XHM_LIFE_STANDBY;
}

bool gate_presence_is_judged(const struct xhm_step *step, uint32_t partition) {
    return gate_is_judged(step, partition);
}

bool gate_supervision_is_active(const struct xhm_step *step, uint32_t partition) {
    return gate_is_judged(step, partition) && !is_kept(step_state(step, partition)->life);
}

bool gate_reaction_is_allowed(const struct xhm_step *step, uint32_t partition) {
    return gate_is_judged(step, partition) && !safe_state_is_latched(step->core) &&
           !dependency_is_faulty(step, partition);
}

/* Recovery is not judged but done: what became of it stays visible. */
static bool ends_with_judgement(enum xhm_fault fault) {
    return faults_info(fault)->fault_class < XHM_CLASS_COUNT;
}

static void cease_to_judge(const struct xhm_step *step, uint32_t partition) {
    struct xhm_partition_state *state = step_state(step, partition);

    for (unsigned fault = 0; fault < XHM_FAULT_COUNT; fault++) {
        if (ends_with_judgement((enum xhm_fault)fault)) {
            fault_state_clear(step, partition, (enum xhm_fault)fault);
        }
    }
    for (uint32_t entity = 0; entity < step_policy(step, partition)->entity_count; entity++) {
        const enum xhm_status status = state->entities[entity].status;
        if (status != XHM_STATUS_DEACTIVATED) {
            step_event(step, XHM_EVENT_LOCAL_STATUS, partition, entity, status, XHM_STATUS_DEACTIVATED);
        }
    }
    probe_supervision_reset(state);
    conformance_forget(step->core, partition);
}

/* A start, a restart and the entities of a running instance have their whole time once they are judged again. */
static void hold_clocks(const struct xhm_step *step, uint32_t partition) {
    struct xhm_partition_state *state = step_state(step, partition);
    const uint64_t now_ns = step->core->supervised_ns;

    if (state->life != XHM_LIFE_STOPPING) {
        state->life_since_ns = now_ns;
    }
    state->restart_due_ns = now_ns;
    for (uint32_t entity = 0; entity < step_policy(step, partition)->entity_count; entity++) {
        state->entities[entity].expected_since_ns = now_ns;
    }
}

/* Time in which an absence is not judged does not count. */
static void hold_absence(const struct xhm_step *step, uint32_t partition) {
    struct xhm_partition_state *state = step_state(step, partition);

    if (!state->instance_known) {
        state->instance_since_ns = step->core->supervised_ns;
    }
}

void gate_step(const struct xhm_step *step) {
    for (uint32_t partition = 0; partition < step->core->policy->partition_count; partition++) {
        struct xhm_partition_state *state = step_state(step, partition);
        const bool judged = gate_is_judged(step, partition);

        if (state->judged && !judged) {
            cease_to_judge(step, partition);
        }
        if (!judged) {
            hold_clocks(step, partition);
        }
        if (!judged || !mode_rules(step->core)->absence_is_judged) {
            hold_absence(step, partition);
        }
        state->judged = judged;
    }
}
