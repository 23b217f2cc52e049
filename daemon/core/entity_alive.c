#include "alive.h"
#include "entity.h"

void entity_begin_reference_cycle(const struct xhm_subject *subject) {
    subject->state->counting = true;
    subject->state->window_ticks = 0;
    subject->state->window_start_ns = subject->step->core->supervised_ns;
    subject->state->alive_at_start = subject->state->alive_counter;
    subject->state->checkpoints_lost = false;
}

static void good_reference_cycle(const struct xhm_subject *subject, struct xhm_fault_details details) {
    struct xhm_entity_state *state = subject->state;

    state->good_cycles = state->good_cycles < UINT32_MAX ? state->good_cycles + 1 : UINT32_MAX;
    entity_fault(subject, XHM_FAULT_PROBE_RESTARTED, false, details);
    if (!state->checkpoints_lost) {
        entity_fault(subject, XHM_FAULT_PROBE_CHECKPOINTS_LOST, false, details);
    }
}

static void raise_alive_fault(const struct xhm_subject *subject, enum xhm_alive_verdict verdict,
                              struct xhm_fault_details details) {
    if (verdict != XHM_ALIVE_GOOD) {
        entity_fault(subject, verdict == XHM_ALIVE_LOW ? XHM_FAULT_ENTITY_ALIVE_LOW : XHM_FAULT_ENTITY_ALIVE_HIGH, true,
                     details);
    }
}

/* Before its first good reference cycle an entity is starting: the start-up grace bounds that, not this supervision. */
static void judge_reference_cycle(const struct xhm_subject *subject) {
    struct xhm_entity_state *state = subject->state;
    const struct xhm_alive_policy *alive = &subject->policy->alive;
    const uint64_t elapsed_ns = subject->step->core->supervised_ns - state->window_start_ns;
    const uint64_t indications = state->alive_counter - state->alive_at_start;
    const enum xhm_alive_verdict verdict = alive_judge(alive, indications, elapsed_ns);
    const struct xhm_fault_details details = {{indications, elapsed_ns}};

    if (verdict == XHM_ALIVE_GOOD) {
        good_reference_cycle(subject, details);
    }
    state->base_stale = !state->read_now;
    entity_begin_reference_cycle(subject);
    if (state->good_cycles == 0) {
        return;
    }
    entity_set_status(subject, alive_next_status(state->status, verdict, alive->failed_tolerance,
                                                 dependency_is_faulty(subject->step, subject->partition),
                                                 &state->failed_cycles));
    raise_alive_fault(subject, verdict, details);
}

void entity_supervise_alive(const struct xhm_subject *subject) {
    struct xhm_entity_state *state = subject->state;
    const uint64_t cycle_ns = subject->step->core->policy->supervisor.cycle_ns;

    if (subject->policy->alive.reference_cycle_ns == 0 || !state->reading_known) {
        return;
    }
    /* What came before the first reading after a gap must not count in the cycle of that reading. */
    if (!state->counting || (state->base_stale && state->read_now)) {
        state->base_stale = false;
        entity_begin_reference_cycle(subject);
        return;
    }
    state->window_ticks += subject->step->observation->ticks;
    if ((uint64_t)state->window_ticks * cycle_ns >= subject->policy->alive.reference_cycle_ns &&
        !entity_is_mid_write(subject)) {
        judge_reference_cycle(subject);
    }
}

/* While a partition that it depends on is faulty, an entity has time to start. */
void entity_watch_start(const struct xhm_subject *subject) {
    struct xhm_entity_state *state = subject->state;
    const struct xhm_partition_state *partition = step_state(subject->step, subject->partition);
    const uint64_t now_ns = subject->step->core->supervised_ns;
    const struct xhm_fault_details details = {{0, now_ns - state->expected_since_ns}};

    if (partition->life != XHM_LIFE_RUNNING || !entity_is_starting(subject)) {
        return;
    }
    if (dependency_is_faulty(subject->step, subject->partition)) {
        state->expected_since_ns = now_ns;
    }
    if (now_ns - state->expected_since_ns > step_policy(subject->step, subject->partition)->startup_grace_ns) {
        entity_set_status(subject, XHM_STATUS_EXPIRED);
        entity_fault(subject, XHM_FAULT_ENTITY_ALIVE_LOW, true, details);
    }
}

void entity_is_read(const struct xhm_subject *subject) {
    const struct xhm_fault_details none = {{0, 0}};

    if (subject->policy->alive.reference_cycle_ns == 0 && subject->state->status != XHM_STATUS_EXPIRED) {
        entity_set_status(subject, XHM_STATUS_OK);
        entity_fault(subject, XHM_FAULT_PROBE_RESTARTED, false, none);
    }
}
