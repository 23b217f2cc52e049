#include "entity.h"

/* The worst case is known from the slot's head; whether too many were late only from the histogram. */
static uint64_t count_late(const struct xhm_subject *subject, const struct xhm_probe_slot_reading *slot) {
    const struct xhm_latency_budget_policy *policy = &subject->policy->latency_budget;
    const struct xhm_step *step = subject->step;
    const struct xhm_probe_page *copy = step->observation->pages[subject->partition][subject->policy->page].copy;
    const uint64_t fresh =
        probe_histogram_read(copy, subject->policy->slot, slot, policy->late_ns, &subject->state->histogram);

    return policy->late_ns == 0
               ? 0
               : counted_window_add(&subject->state->late, policy->window_ns, fresh, step->core->supervised_ns);
}

void entity_supervise_latency_budget(const struct xhm_subject *subject, const struct xhm_probe_slot_reading *slot) {
    const struct xhm_latency_budget_policy *policy = &subject->policy->latency_budget;

    if (policy->worst_ns == 0 && policy->late_ns == 0) {
        return;
    }
    const uint64_t late = count_late(subject, slot);
    const bool exceeded =
        (policy->worst_ns != 0 && slot->worst_latency_ns > policy->worst_ns) || late > policy->late_limit;
    const bool blind = policy->late_ns != 0 && subject->state->histogram.verdict == XHM_PROBE_HISTOGRAM_ABSENT;
    const struct xhm_fault_details details = {{slot->worst_latency_ns, late}};
    const struct xhm_fault_details page = {{subject->policy->page, 0}};

    entity_fault(subject, XHM_FAULT_LATENCY_BUDGET, exceeded, details);
    entity_fault(subject, XHM_FAULT_PROBE_HISTOGRAM, blind, page);
}
