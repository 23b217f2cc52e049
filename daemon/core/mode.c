#include "step.h"

static const struct xhm_mode_rules rules[XHM_MODE_END] = {
    /*                      absence, partitions, reactions */
    [XHM_MODE_STARTUP] = {false, true, true},
    [XHM_MODE_RUN] = {true, true, true},
    [XHM_MODE_SHUTDOWN] = {false, false, false},
    [XHM_MODE_UPDATE] = {false, false, false},
};

enum xhm_ecu_mode mode_initial(const struct xhm_policy *policy) {
    return policy->supervisor.initial_mode == 0 ? XHM_MODE_RUN : policy->supervisor.initial_mode;
}

const struct xhm_mode_rules *mode_rules(const struct xhm_core *core) {
    return &rules[core->mode];
}

bool mode_exists(enum xhm_ecu_mode mode) {
    return mode >= XHM_MODE_STARTUP && mode < XHM_MODE_END;
}

enum xhm_order_answer mode_order(const struct xhm_step *step, const struct xhm_order *order) {
    if (!mode_exists(order->mode)) {
        return XHM_ORDER_OUT_OF_RANGE;
    }
    if (order->mode == step->core->mode) {
        return XHM_ORDER_NOTHING_TO_DO;
    }
    step->core->mode = order->mode;
    step_event(step, XHM_EVENT_MODE_CHANGED, XHM_NONE, XHM_NONE, order->mode, order->uid);
    return XHM_ORDER_ACCEPTED;
}

enum xhm_order_answer mode_order_cycle_begin(const struct xhm_step *step, const struct xhm_order *order) {
    struct xhm_core *core = step->core;

    if (core->operation_cycle_open) {
        return XHM_ORDER_NOTHING_TO_DO;
    }
    core->operation_cycle++;
    core->operation_cycle_open = true;
    step_event(step, XHM_EVENT_OPERATION_CYCLE_BEGUN, XHM_NONE, XHM_NONE, core->operation_cycle, order->uid);
    return XHM_ORDER_ACCEPTED;
}

enum xhm_order_answer mode_order_cycle_end(const struct xhm_step *step, const struct xhm_order *order) {
    struct xhm_core *core = step->core;

    if (!core->operation_cycle_open) {
        return XHM_ORDER_NOTHING_TO_DO;
    }
    core->operation_cycle_open = false;
    step_event(step, XHM_EVENT_OPERATION_CYCLE_ENDED, XHM_NONE, XHM_NONE, core->operation_cycle, order->uid);
    return XHM_ORDER_ACCEPTED;
}
