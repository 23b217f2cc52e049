#include "step.h"

static enum xhm_order_answer refuse_restart(const struct xhm_step *step, const struct xhm_order *order,
                                            enum xhm_order_answer answer) {
    step_event(step, XHM_EVENT_RESTART_REFUSED, order->partition, XHM_NONE, order->uid, 0);
    return answer;
}

static bool is_under_way(enum xhm_life life) {
    return life == XHM_LIFE_STOPPING || life == XHM_LIFE_RECREATING || life == XHM_LIFE_VERIFYING;
}

/* What cannot be recreated can all the same be kept stopped or paused: that ends by the same order. */
static enum xhm_order_answer end_halt(const struct xhm_step *step, const struct xhm_order *order) {
    if (step_state(step, order->partition)->life != XHM_LIFE_HALTED) {
        return refuse_restart(step, order, XHM_ORDER_IMPOSSIBLE);
    }
    step_event(step, XHM_EVENT_RESTART_REQUESTED, order->partition, XHM_NONE, order->uid, 0);
    lifecycle_resume(step, order->partition);
    return XHM_ORDER_ACCEPTED;
}

static enum xhm_order_answer order_restart(const struct xhm_step *step, const struct xhm_order *order) {
    if (order->partition >= step->core->policy->partition_count) {
        return XHM_ORDER_NOT_FOUND;
    }
    if (safe_state_is_latched(step->core)) {
        return refuse_restart(step, order, XHM_ORDER_LATCHED);
    }
    if (!restart_is_possible(step, order->partition)) {
        return end_halt(step, order);
    }
    if (is_under_way(step_state(step, order->partition)->life)) {
        return refuse_restart(step, order, XHM_ORDER_UNDER_WAY);
    }
    step_event(step, XHM_EVENT_RESTART_REQUESTED, order->partition, XHM_NONE, order->uid, 0);
    lifecycle_order_restart(step, order->partition);
    return XHM_ORDER_ACCEPTED;
}

static enum xhm_order_answer order_fail_over(const struct xhm_step *step, const struct xhm_order *order) {
    if (order->partition >= step->core->policy->partition_count) {
        return XHM_ORDER_NOT_FOUND;
    }
    if (safe_state_is_latched(step->core)) {
        return XHM_ORDER_LATCHED;
    }
    return fail_over_order(step, order->partition, order->uid);
}

typedef enum xhm_order_answer (*order_handler)(const struct xhm_step *step, const struct xhm_order *order);

static const order_handler handlers[XHM_ORDER_KIND_END] = {
    [XHM_ORDER_RESTART] = order_restart,
    [XHM_ORDER_FAIL_OVER] = order_fail_over,
    [XHM_ORDER_MODE] = mode_order,
    [XHM_ORDER_MAINTENANCE] = maintenance_order,
    [XHM_ORDER_SAFE_STATE] = safe_state_order,
    [XHM_ORDER_SAFE_STATE_CLEAR] = safe_state_order_clear,
    [XHM_ORDER_SAFE_STATE_CONFIRM] = safe_state_order_confirm,
    [XHM_ORDER_CYCLE_BEGIN] = mode_order_cycle_begin,
    [XHM_ORDER_CYCLE_END] = mode_order_cycle_end,
};

enum xhm_order_answer core_order(struct xhm_core *core, const struct xhm_order *order, struct xhm_outcome *outcome) {
    const struct xhm_step step = {core, NULL, outcome, false};

    outcome_clear(outcome);
    if (order->kind < XHM_ORDER_RESTART || order->kind >= XHM_ORDER_KIND_END) {
        return XHM_ORDER_OUT_OF_RANGE;
    }
    const enum xhm_order_answer answer = handlers[order->kind](&step, order);
    persistent_watch(&step);
    return answer;
}
