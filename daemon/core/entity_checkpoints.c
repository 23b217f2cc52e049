#include "deadline.h"
#include "entity.h"
#include <string.h>

static bool has_graph(const struct xhm_subject *subject) {
    return subject->policy->logical.initial_count > 0;
}

static bool are_supervised(const struct xhm_subject *subject) {
    return has_graph(subject) || subject->policy->deadline_count > 0;
}

/* A violation expires at once. That of an entity that is excused is reported, and over with its next good reference
   cycle, as is the start of one that is still starting: that cycle must have no violation in it. */
static void violate(const struct xhm_subject *subject, enum xhm_fault fault, uint64_t value0, uint64_t value1) {
    const bool starting = entity_is_starting(subject);
    const bool excused = dependency_is_faulty(subject->step, subject->partition);
    const struct xhm_fault_details details = {{value0, value1}};

    if (starting || excused) {
        entity_begin_reference_cycle(subject);
    }
    if (starting) {
        return;
    }
    if (!excused) {
        entity_set_status(subject, XHM_STATUS_EXPIRED);
    } else if (subject->state->status == XHM_STATUS_OK) {
        entity_set_status(subject, XHM_STATUS_FAILED);
    }
    entity_fault(subject, fault, true, details);
}

static void supervise_order(const struct xhm_subject *subject, uint32_t checkpoint_id) {
    struct xhm_logical_state *state = &subject->state->logical;
    const uint32_t before = state->synced ? state->position : 0;

    if (has_graph(subject) && !logical_checkpoint(&subject->policy->logical, state, checkpoint_id)) {
        violate(subject, XHM_FAULT_ENTITY_LOGICAL, before, checkpoint_id);
    }
}

static void supervise_time(const struct xhm_subject *subject, const struct xhm_probe_checkpoint *checkpoint) {
    static const enum xhm_fault faults[] = {
        [XHM_DEADLINE_EARLY] = XHM_FAULT_ENTITY_DEADLINE_EARLY, [XHM_DEADLINE_LATE] = XHM_FAULT_ENTITY_DEADLINE_LATE};

    for (uint32_t i = 0; i < subject->policy->deadline_count; i++) {
        const struct xhm_deadline_finding finding = deadline_checkpoint(
            &subject->policy->deadlines[i], &subject->state->deadlines[i], checkpoint->checkpoint_id,
            checkpoint->timestamp_ns, subject->step->core->supervised_ns);
        if (finding.verdict != XHM_DEADLINE_KEPT) {
            violate(subject, faults[finding.verdict], checkpoint->checkpoint_id, finding.elapsed_ns);
        }
    }
}

/* What continues nothing positions the graph by its last checkpoint; no time is measured from it. An entity that has
   reached none yet is at the beginning. */
static void resynchronise(const struct xhm_subject *subject, const struct xhm_probe_slot_reading *slot) {
    struct xhm_logical_state *logical = &subject->state->logical;

    memset(subject->state->deadlines, 0, sizeof(subject->state->deadlines));
    *logical = (struct xhm_logical_state){.synced = slot->ring_write_index == 0, .position = 0};
    if (has_graph(subject) && slot->entry_count > 0) {
        logical_checkpoint(&subject->policy->logical, logical, slot->entries[slot->entry_count - 1].checkpoint_id);
    }
}

static void tell_lost(const struct xhm_subject *subject, uint64_t lost_count) {
    const struct xhm_fault_details details = {{lost_count, 0}};

    subject->state->checkpoints_lost = true;
    entity_fault(subject, XHM_FAULT_PROBE_CHECKPOINTS_LOST, true, details);
}

/* Without alive supervision the loss is over once checkpoints come without one. */
static void end_loss_by_reading(const struct xhm_subject *subject, const struct xhm_probe_slot_reading *slot) {
    const struct xhm_fault_details none = {{0, 0}};

    if (subject->policy->alive.reference_cycle_ns == 0 && slot->entry_count > 0) {
        entity_fault(subject, XHM_FAULT_PROBE_CHECKPOINTS_LOST, false, none);
    }
}

void entity_take_checkpoints(const struct xhm_subject *subject, const struct xhm_probe_slot_reading *slot) {
    const bool stale = subject->state->checkpoints_stale || slot->is_baseline;

    if (!are_supervised(subject)) {
        return;
    }
    subject->state->checkpoints_stale = false;
    if (stale) {
        resynchronise(subject, slot);
        return;
    }
    if (slot->lost_count > 0) {
        tell_lost(subject, slot->lost_count);
        resynchronise(subject, slot);
        return;
    }
    for (uint32_t i = 0; i < slot->entry_count; i++) {
        supervise_order(subject, slot->entries[i].checkpoint_id);
        supervise_time(subject, &slot->entries[i]);
    }
    end_loss_by_reading(subject, slot);
}

/* A deadline that is violated is over: the next start begins another. */
void entity_watch_deadlines(const struct xhm_subject *subject) {
    const uint64_t now_ns = subject->step->core->supervised_ns;

    for (uint32_t i = 0; i < subject->policy->deadline_count && !entity_is_mid_write(subject); i++) {
        const struct xhm_deadline_policy *policy = &subject->policy->deadlines[i];
        struct xhm_deadline_state *state = &subject->state->deadlines[i];
        if (deadline_is_overdue(policy, state, now_ns)) {
            state->running = false;
            violate(subject, XHM_FAULT_ENTITY_DEADLINE_LATE, policy->to, now_ns - state->seen_ns);
        }
    }
}
