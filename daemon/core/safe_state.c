#include "step.h"
#include <string.h>

/* Time from the first step of clearing to the second. */
#define CONFIRM_WITHIN_NS (30 * UINT64_C(1000000000))

/* Stands for that nobody knows whether one is latched. It is no name, so no policy has it. */
static const char unknown[] = "?";

static bool is_lost(const struct xhm_core *core) {
    return core->latch.lost[0] != '\0';
}

bool safe_state_is_latched(const struct xhm_core *core) {
    return core->latch.number != 0 || is_lost(core);
}

const char *core_safe_state_name(const struct xhm_core *core) {
    if (core->latch.number != 0) {
        return core->policy->safe_states[core->latch.number - 1].name;
    }
    if (is_lost(core)) {
        return core->latch.lost;
    }
    return core->fault_scopes[XHM_FAULT_LATCH_UNKNOWN] != 0 ? unknown : "";
}

static void apply_to(const struct xhm_step *step, uint32_t partition, enum xhm_disposition disposition) {
    if (disposition == XHM_DISPOSITION_START) {
        lifecycle_start(step, partition);
    } else if (disposition != XHM_DISPOSITION_LEAVE) {
        lifecycle_halt(step, partition, disposition);
    }
}

static void apply(const struct xhm_step *step) {
    const struct xhm_policy *policy = step->core->policy;
    const struct xhm_safe_state_policy *safe_state = &policy->safe_states[step->core->latch.number - 1];

    for (uint32_t partition = 0; partition < policy->partition_count; partition++) {
        apply_to(step, partition, safe_state->dispositions[partition]);
    }
}

/* What was stopped or paused before for another reason stays so when the safe state is cleared. */
static void remember_halts(const struct xhm_step *step) {
    for (uint32_t partition = 0; partition < step->core->policy->partition_count; partition++) {
        struct xhm_partition_state *state = step_state(step, partition);
        state->stays_halted = state->halted != XHM_DISPOSITION_LEAVE;
    }
}

/* Before the first step nobody knows what is there: what is to be started may well be running. */
static void latch(const struct xhm_step *step, uint32_t index, enum xhm_safe_state_cause cause) {
    step->core->latch = (struct xhm_latch_state){.number = 1 + index, .apply_again = step->core->steps == 0};
    step->outcome->persistent_changed = true;
    step_event(step, XHM_EVENT_SAFE_STATE_ENTERED, XHM_NONE, XHM_NONE, index, cause);
    if (!step->core->latch.apply_again) {
        apply(step);
    }
}

bool safe_state_enter(const struct xhm_step *step, uint32_t index, enum xhm_safe_state_cause cause) {
    if (index >= step->core->policy->safe_state_count || step->core->latch.number > index) {
        return false;
    }
    if (!safe_state_is_latched(step->core)) {
        remember_halts(step);
    }
    latch(step, index, cause);
    return true;
}

void safe_state_enter_at_boot(const struct xhm_step *step, enum xhm_safe_state_cause cause) {
    const uint32_t number = step->core->policy->supervisor.boot_safe_state_number;

    if (number != 0) {
        safe_state_enter(step, number - 1, cause);
    }
}

void safe_state_unknown(const struct xhm_step *step) {
    const struct xhm_fault_details none = {{0, 0}};

    fault_state_set(step, XHM_NONE, XHM_FAULT_LATCH_UNKNOWN, XHM_SCOPE_WHOLE, true, none);
    safe_state_enter_at_boot(step, XHM_CAUSE_LATCH_UNKNOWN);
}

/* 1 + index, or 0. */
static uint32_t find_number(const struct xhm_policy *policy, const char *name) {
    for (uint32_t i = 0; i < policy->safe_state_count; i++) {
        if (strcmp(policy->safe_states[i].name, name) == 0) {
            return 1 + i;
        }
    }
    return 0;
}

void safe_state_remembered(const struct xhm_step *step, const char *name) {
    const uint32_t number = find_number(step->core->policy, name);

    if (number != 0) {
        latch(step, number - 1, XHM_CAUSE_REMEMBERED);
        return;
    }
    if (strcmp(name, unknown) != 0) {
        step_copy_name(step->core->latch.lost, name);
    }
    safe_state_unknown(step);
}

void safe_state_policy_changed(struct xhm_core *core, const char *name) {
    const uint32_t number = find_number(core->policy, name);

    core->latch = (struct xhm_latch_state){.number = number, .apply_again = number != 0};
    if (number == 0) {
        step_copy_name(core->latch.lost, name);
    }
}

/* One that the policy does not have stays latched, with the partitions as they are, until it is cleared or another one
   is entered. */
void safe_state_step(const struct xhm_step *step) {
    if (is_lost(step->core)) {
        safe_state_unknown(step);
    }
    if (step->core->latch.apply_again && step->observation->domains_sight == XHM_SIGHT_KNOWN) {
        step->core->latch.apply_again = false;
        apply(step);
    }
}

enum xhm_order_answer safe_state_order(const struct xhm_step *step, const struct xhm_order *order) {
    if (order->safe_state >= step->core->policy->safe_state_count) {
        return XHM_ORDER_NOT_FOUND;
    }
    return safe_state_enter(step, order->safe_state, XHM_CAUSE_REQUEST) ? XHM_ORDER_ACCEPTED : XHM_ORDER_LESS_SEVERE;
}

/* That nobody knows whether a safe state was latched is cleared like a latch. */
static bool can_be_cleared(const struct xhm_core *core) {
    return safe_state_is_latched(core) || core->fault_scopes[XHM_FAULT_LATCH_UNKNOWN] != 0;
}

enum xhm_order_answer safe_state_order_clear(const struct xhm_step *step, const struct xhm_order *order) {
    struct xhm_latch_state *latch = &step->core->latch;

    if (!can_be_cleared(step->core)) {
        return XHM_ORDER_NOT_LATCHED;
    }
    if (order->token == 0) {
        return XHM_ORDER_OUT_OF_RANGE;
    }
    latch->clear_token = order->token;
    latch->clear_asked_ns = step->core->supervised_ns;
    step_event(step, XHM_EVENT_SAFE_STATE_CLEAR_ASKED, XHM_NONE, XHM_NONE, latch->number - 1, order->uid);
    return XHM_ORDER_ACCEPTED;
}

bool core_safe_state_clear_is_asked(const struct xhm_core *core) {
    return core->latch.clear_token != 0 && core->supervised_ns - core->latch.clear_asked_ns <= CONFIRM_WITHIN_NS;
}

static bool is_confirmed(const struct xhm_core *core, uint64_t token) {
    return core_safe_state_clear_is_asked(core) && token == core->latch.clear_token;
}

static void resume_all(const struct xhm_step *step) {
    for (uint32_t partition = 0; partition < step->core->policy->partition_count; partition++) {
        struct xhm_partition_state *state = step_state(step, partition);
        if (state->halted != XHM_DISPOSITION_LEAVE && !state->stays_halted) {
            lifecycle_resume(step, partition);
        }
        state->stays_halted = false;
    }
}

enum xhm_order_answer safe_state_order_confirm(const struct xhm_step *step, const struct xhm_order *order) {
    const uint32_t index = step->core->latch.number - 1;

    if (!can_be_cleared(step->core)) {
        return XHM_ORDER_NOT_LATCHED;
    }
    if (!is_confirmed(step->core, order->token)) {
        return XHM_ORDER_BAD_TOKEN;
    }
    step->core->latch = (struct xhm_latch_state){.number = 0};
    step_event(step, XHM_EVENT_SAFE_STATE_CLEARED, XHM_NONE, XHM_NONE, index, order->uid);
    fault_state_clear(step, XHM_NONE, XHM_FAULT_LATCH_UNKNOWN);
    resume_all(step);
    return XHM_ORDER_ACCEPTED;
}
