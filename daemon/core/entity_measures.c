#include "deadline_miss.h"
#include "debounce.h"
#include "entity.h"
#include "policy_share.h"
#include <string.h>

static void supervise_deadline_misses(const struct xhm_subject *subject, uint64_t missed) {
    const struct xhm_deadline_miss_policy *policy = &subject->policy->deadline_miss;
    const uint64_t fresh = subject->state->miss_counting ? missed - subject->state->deadline_missed : 0;
    const struct xhm_fault_details details = {{missed, fresh}};

    if (policy->window_ns == 0) {
        return;
    }
    const bool exceeded = deadline_miss_update(policy, subject->state, missed, subject->step->core->supervised_ns);
    entity_fault(subject, XHM_FAULT_DEADLINE_MISSES, exceeded, details);
}

static void supervise_latency(const struct xhm_subject *subject, const struct xhm_probe_slot_reading *slot) {
    const struct xhm_latency_policy *policy = &subject->policy->latency;
    const enum xhm_measured measured = debounce_measure(slot->last_latency_ns, policy->raise_ns, policy->clear_ns);
    const struct xhm_fault_details details = {{slot->last_latency_ns, slot->worst_latency_ns}};

    if (policy->raise_ns == 0 || !slot->written || entity_is_starting(subject)) {
        return;
    }
    fault_state_debounced(subject->step, subject->partition, XHM_FAULT_LATENCY_HIGH, subject->entity,
                          debounce_step(&policy->debounce, measured, &subject->state->latency_counter), details);
}

/* A paused guest writes nothing, and what its clock does meanwhile is the hypervisor's matter. Without a clock of ours
   there is nothing to compare with. */
static bool is_clock_comparable(const struct xhm_subject *subject) {
    return subject->step->core->fault_scopes[XHM_FAULT_CLOCK_FAILED] == 0 &&
           !step_state(subject->step, subject->partition)->domain.paused;
}

static void supervise_clock(const struct xhm_subject *subject, const struct xhm_probe_slot_reading *slot) {
    const struct xhm_policy *policy = subject->step->core->policy;
    const struct xhm_guest_clock_reading reading = {
        .written = slot->written && !slot->is_baseline,
        .guest_ns = slot->guest_time_ns,
        .now_ns = subject->step->core->supervised_ns,
        .lateness_ns = policy->supervisor.scheduling_latency_ns + policy_share_blackout(policy),
    };

    if (subject->policy->clock.window_ns == 0) {
        return;
    }
    if (slot->is_baseline || !is_clock_comparable(subject)) {
        memset(&subject->state->clock, 0, sizeof(subject->state->clock));
    }
    if (!is_clock_comparable(subject)) {
        return;
    }
    const struct xhm_guest_clock_finding finding =
        guest_clock_read(&subject->policy->clock, &subject->state->clock, &reading);
    const struct xhm_fault_details details = {{finding.guest_ns, finding.supervised_ns}};
    if (finding.verdict != XHM_GUEST_CLOCK_OPEN) {
        entity_fault(subject, XHM_FAULT_PROBE_CLOCK, finding.verdict == XHM_GUEST_CLOCK_BAD, details);
    }
}

/* What was measured of the instance before ended with it. */
static void begin_measuring(const struct xhm_subject *subject) {
    static const enum xhm_fault faults[] = {XHM_FAULT_PROBE_CHECKPOINTS_LOST, XHM_FAULT_PROBE_CLOCK,
                                            XHM_FAULT_LATENCY_HIGH};
    const struct xhm_fault_details none = {{0, 0}};

    for (unsigned i = 0; i < sizeof(faults) / sizeof(faults[0]); i++) {
        entity_fault(subject, faults[i], false, none);
    }
}

void entity_take_measures(const struct xhm_subject *subject, const struct xhm_probe_slot_reading *slot) {
    if (!subject->state->reading_known) {
        begin_measuring(subject);
    }
    supervise_deadline_misses(subject, slot->deadline_missed);
    supervise_latency(subject, slot);
    entity_supervise_latency_budget(subject, slot);
    supervise_clock(subject, slot);
}
