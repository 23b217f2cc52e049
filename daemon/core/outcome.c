#include "outcome.h"

void outcome_clear(struct xhm_outcome *outcome) {
    outcome->persistent_changed = false;
    outcome->event_count = 0;
    outcome->events_dropped = 0;
    outcome->action_count = 0;
}

void outcome_event(struct xhm_outcome *outcome, const struct xhm_event *event) {
    if (outcome->event_count == XHM_MAX_EVENTS) {
        outcome->events_dropped++;
        return;
    }
    outcome->events[outcome->event_count++] = *event;
}

void outcome_action(struct xhm_outcome *outcome, const struct xhm_action *action) {
    if (outcome->action_count < XHM_MAX_ACTIONS) {
        outcome->actions[outcome->action_count++] = *action;
    }
}
