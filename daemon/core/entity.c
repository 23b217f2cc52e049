#include "entity.h"
#include <string.h>

struct xhm_subject entity_subject(const struct xhm_step *step, uint32_t partition, uint32_t entity) {
    return (struct xhm_subject){step, partition, entity, &step_policy(step, partition)->entities[entity],
                                &step_state(step, partition)->entities[entity]};
}

void entity_fault(const struct xhm_subject *subject, enum xhm_fault fault, bool present,
                  struct xhm_fault_details details) {
    fault_state_set(subject->step, subject->partition, fault, subject->entity, present, details);
}

bool entity_is_stuck(const struct xhm_subject *subject) {
    return (step_state(subject->step, subject->partition)->fault_scopes[XHM_FAULT_PROBE_STUCK] >> subject->entity &
            1u) != 0;
}

bool entity_is_mid_write(const struct xhm_subject *subject) {
    return subject->state->busy_since_ns != 0 && !entity_is_stuck(subject);
}

bool entity_is_starting(const struct xhm_subject *subject) {
    return subject->state->status == XHM_STATUS_DEACTIVATED;
}

static void remember_first_expired(const struct xhm_subject *subject) {
    struct xhm_first_expired *first = &subject->step->core->first_expired;

    if (first->partition != XHM_NONE) {
        return;
    }
    first->partition = subject->partition;
    first->entity = subject->entity;
    first->partition_complement = ~subject->partition;
    first->entity_complement = ~subject->entity;
}

static void end_entity_faults(const struct xhm_subject *subject) {
    static const enum xhm_fault faults[] = {XHM_FAULT_ENTITY_ALIVE_LOW, XHM_FAULT_ENTITY_ALIVE_HIGH,
                                            XHM_FAULT_ENTITY_DEADLINE_EARLY, XHM_FAULT_ENTITY_DEADLINE_LATE,
                                            XHM_FAULT_ENTITY_LOGICAL};
    const struct xhm_fault_details none = {{0, 0}};

    for (unsigned i = 0; i < sizeof(faults) / sizeof(faults[0]); i++) {
        entity_fault(subject, faults[i], false, none);
    }
}

void entity_set_status(const struct xhm_subject *subject, enum xhm_status status) {
    const enum xhm_status before = subject->state->status;

    if (status == XHM_STATUS_OK) {
        end_entity_faults(subject);
    }
    if (status == before) {
        return;
    }
    subject->state->status = status;
    step_event(subject->step, XHM_EVENT_LOCAL_STATUS, subject->partition, subject->entity, before, status);
    if (status == XHM_STATUS_EXPIRED) {
        remember_first_expired(subject);
    }
}

/* Without a sound reading the entity is silent, and judged so. */
void entity_rebaseline(const struct xhm_subject *subject) {
    entity_begin_reference_cycle(subject);
    subject->state->base_stale = true;
    subject->state->miss_counting = false;
    probe_histogram_rebase(&subject->state->histogram);
    subject->state->busy_since_ns = 0;
    subject->state->checkpoints_stale = true;
    memset(subject->state->deadlines, 0, sizeof(subject->state->deadlines));
    memset(&subject->state->clock, 0, sizeof(subject->state->clock));
}
