// SPDX-License-Identifier: Apache-2.0
/* Orders of an authorised peer. What was answered to the last one can be expected (`expect answered latched`). */
#include "sim_command.h"

#include "sim_policy.h"

#include <string.h>

/* The token of the first step of clearing a safe state. A peer draws a random one. */
#define TOKEN UINT64_C(0x5afe)

static const char *give(const struct xhm_sim_call *call, struct xhm_order order) {
    struct xhm_sim_runner *runner = call->runner;
    const enum xhm_life life =
        order.partition < XHM_MAX_PARTITIONS ? runner->core.partitions[order.partition].life : XHM_LIFE_ABSENT;

    order.uid = 1000;
    invariants_before(&runner->invariants, &runner->core);
    runner->answer = core_order(&runner->core, &order, &runner->outcome);
    sim_violation(runner, invariants_after_order(&runner->invariants, &runner->core, &runner->outcome, &order, life));
    sim_take_outcome(runner);
    return NULL;
}

/* restart|fail-over P */
const char *command_order_partition(const struct xhm_sim_call *call) {
    const uint32_t partition = command_partition(call);
    const enum xhm_order_kind kind = command_has(call, 0, "restart") ? XHM_ORDER_RESTART : XHM_ORDER_FAIL_OVER;

    return partition == XHM_NONE ? "no such partition"
                                 : give(call, (struct xhm_order){.kind = kind, .partition = partition});
}

/* mode startup|run|shutdown|update */
const char *command_order_mode(const struct xhm_sim_call *call) {
    uint64_t mode;

    if (!sim_policy_word(XHM_WORDS_MODE, call->words[1], XHM_MODE_END, &mode)) {
        return "no such mode";
    }
    return give(call, (struct xhm_order){.kind = XHM_ORDER_MODE, .mode = (enum xhm_ecu_mode)mode});
}

/* maintenance P DURATION|ends */
const char *command_order_maintenance(const struct xhm_sim_call *call) {
    const uint32_t partition = command_partition(call);
    uint64_t duration_ns = 0;

    if (partition == XHM_NONE) {
        return "no such partition";
    }
    if (!command_has(call, 2, "ends") && !trace_duration(call->words[2], &duration_ns)) {
        return "needs a duration";
    }
    return give(call,
                (struct xhm_order){.kind = XHM_ORDER_MAINTENANCE, .partition = partition, .duration_ns = duration_ns});
}

/* safe-state NAME */
const char *command_order_safe_state(const struct xhm_sim_call *call) {
    const uint32_t index = sim_policy_find_safe_state(call->runner->ecu.policy, call->words[1]);

    return give(call, (struct xhm_order){.kind = XHM_ORDER_SAFE_STATE, .safe_state = index});
}

/* clear: the first step */
const char *command_order_clear(const struct xhm_sim_call *call) {
    return give(call, (struct xhm_order){.kind = XHM_ORDER_SAFE_STATE_CLEAR, .token = TOKEN});
}

/* confirm [wrong]: the second step */
const char *command_order_confirm(const struct xhm_sim_call *call) {
    const uint64_t token = command_has(call, 1, "wrong") ? TOKEN + 1 : TOKEN;

    return give(call, (struct xhm_order){.kind = XHM_ORDER_SAFE_STATE_CONFIRM, .token = token});
}

/* operation-cycle begins|ends */
const char *command_order_operation_cycle(const struct xhm_sim_call *call) {
    const enum xhm_order_kind kind = command_has(call, 1, "begins") ? XHM_ORDER_CYCLE_BEGIN : XHM_ORDER_CYCLE_END;

    return give(call, (struct xhm_order){.kind = kind});
}
