#include "loop_state.h"
#include <stdio.h>
#include <string.h>

void loop_record_own(void *context, const struct xhm_event *event, const struct xhm_policy *named_by) {
    struct xhm_loop *loop = context;
    struct xhm_event dated = *event;

    dated.time_ns = loop_clock_now_ns(CLOCK_MONOTONIC);
    records_tell(&loop->records, records_make(&loop->records, &dated, named_by, loop_clock_now_ns(CLOCK_REALTIME)));
}

void loop_record_life(struct xhm_loop *loop, enum xhm_event_kind kind, uint64_t value0, uint64_t value1) {
    const struct xhm_event event = {.kind = kind,
                                    .fault = XHM_FAULT_COUNT,
                                    .partition = XHM_NONE,
                                    .entity = XHM_NONE,
                                    .domid = XHM_NONE,
                                    .values = {value0, value1}};
    loop_record_own(loop, &event, loop->core.policy);
}

enum xhm_order_answer loop_on_order(void *context, const struct xhm_order *order) {
    struct xhm_loop *loop = context;
    const enum xhm_order_answer answer = core_order(&loop->core, order, &loop->outcome);

    loop_perform(loop, loop->core.policy);
    return answer;
}

uint64_t loop_on_state_generation(void *context) {
    const struct xhm_loop *loop = context;

    return loop->keeping.generation;
}

uint64_t loop_on_state_stored(void *context) {
    const struct xhm_loop *loop = context;

    return writer_state_stored(loop->writer);
}

bool loop_on_apply(void *context, const uint8_t *compiled, size_t size, uint64_t uid, char error[XHM_ERROR_SIZE]) {
    struct xhm_loop *loop = context;
    const struct xhm_policy *running = loop->core.policy;
    struct xhm_policy *successor = running == &loop->policies[0] ? &loop->policies[1] : &loop->policies[0];
    uint32_t origin[XHM_MAX_PARTITIONS];

    (void)uid;
    const bool taken = policy_reader_take(loop->policy_reader, compiled, size, "given by a peer", successor, error);
    policy_reader_rest(loop->policy_reader);
    if (!taken) {
        return false;
    }
    if (strcmp(successor->ecu_id, running->ecu_id) != 0) {
        snprintf(error, XHM_ERROR_SIZE, "policy given by a peer: it is for ECU %s, this is ECU %s", successor->ecu_id,
                 running->ecu_id);
        return false;
    }
    const uint32_t held = core_paused_and_dropped(&loop->core, successor);
    if (held != XHM_NONE) {
        snprintf(
            error, XHM_ERROR_SIZE,
            "policy given by a peer: it leaves out partition %s, which the supervisor holds paused: restart or end "
            "it first",
            running->partitions[held].name);
        return false;
    }
    core_apply_policy(&loop->core, successor, &loop->scratch, origin, &loop->outcome);
    loop->records.policy_hash = successor->hash;
    loop_perform(loop, running);
    platform_renumber(loop->platform, origin);
    control_policy_changed(loop->control, running, origin);
    if (successor->supervisor.cycle_ns != running->supervisor.cycle_ns && loop_start_timer(loop) != 0) {
        loop->action_failed = true;
        writer_say(loop->writer, "starting the cycle timer for the new policy failed");
    }
    return true;
}
