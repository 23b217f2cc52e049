#include "step.h"

#define LONGEST_NS (24 * 3600 * UINT64_C(1000000000))

/** How a maintenance ended, as its event says. */
enum ending {
    ENDED_BY_TIME = 0,
    ENDED_BY_REQUEST = 1,
};

bool maintenance_is_active(const struct xhm_step *step, uint32_t partition) {
    return step_state(step, partition)->maintenance_until_ns != 0;
}

uint64_t maintenance_restored(const struct xhm_core *core, uint64_t until_ns) {
    const uint64_t latest_ns = core->supervised_ns + LONGEST_NS;

    return until_ns < latest_ns ? until_ns : latest_ns;
}

static void end(const struct xhm_step *step, uint32_t partition, enum ending ending, uint64_t uid) {
    step_state(step, partition)->maintenance_until_ns = 0;
    step_event(step, XHM_EVENT_MAINTENANCE_ENDED, partition, XHM_NONE, ending, uid);
}

void maintenance_step(const struct xhm_step *step) {
    for (uint32_t partition = 0; partition < step->core->policy->partition_count; partition++) {
        if (maintenance_is_active(step, partition) &&
            step->core->supervised_ns >= step_state(step, partition)->maintenance_until_ns) {
            end(step, partition, ENDED_BY_TIME, XHM_NONE);
        }
    }
}

enum xhm_order_answer maintenance_order(const struct xhm_step *step, const struct xhm_order *order) {
    if (order->partition >= step->core->policy->partition_count) {
        return XHM_ORDER_NOT_FOUND;
    }
    if (order->duration_ns > LONGEST_NS) {
        return XHM_ORDER_OUT_OF_RANGE;
    }
    if (order->duration_ns > 0) {
        step_state(step, order->partition)->maintenance_until_ns = step->core->supervised_ns + order->duration_ns;
        step_event(step, XHM_EVENT_MAINTENANCE_BEGUN, order->partition, XHM_NONE, order->duration_ns / 1000000u,
                   order->uid);
        return XHM_ORDER_ACCEPTED;
    }
    if (!maintenance_is_active(step, order->partition)) {
        return XHM_ORDER_NOTHING_TO_DO;
    }
    end(step, order->partition, ENDED_BY_REQUEST, order->uid);
    return XHM_ORDER_ACCEPTED;
}
