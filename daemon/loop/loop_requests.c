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

/* Everything that can be wrong with it is found before anything changes. */
static enum xhm_policy_refusal judge_successor(struct xhm_loop *loop, const struct xhm_policy_request *request,
                                               char error[XHM_ERROR_SIZE]) {
    const struct xhm_policy *running = loop->core.policy;
    const enum xhm_policy_refusal refusal = policy_trust_judge(&loop->trust, request->version, request->policy);

    if (refusal != XHM_POLICY_TAKEN) {
        policy_reader_refuse(request, refusal, error);
        return refusal;
    }
    if (strcmp(request->policy->ecu_id, running->ecu_id) != 0) {
        snprintf(error, XHM_ERROR_SIZE, "policy given by a peer: it is for ECU %s, this is ECU %s",
                 request->policy->ecu_id, running->ecu_id);
        return XHM_POLICY_OTHER_ECU;
    }
    const uint32_t held = core_paused_and_dropped(&loop->core, request->policy);
    if (held != XHM_NONE) {
        snprintf(error, XHM_ERROR_SIZE,
                 "policy given by a peer: it leaves out partition %s, which the supervisor holds paused: restart or "
                 "end it first",
                 running->partitions[held].name);
        return XHM_POLICY_DROPS_PAUSED;
    }
    return XHM_POLICY_TAKEN;
}

static enum xhm_policy_refusal take_successor(struct xhm_loop *loop, const uint8_t *data, size_t size,
                                              struct xhm_policy_request *request, char error[XHM_ERROR_SIZE]) {
    const enum xhm_policy_refusal refusal = policy_reader_take(loop->policy_reader, data, size, request, error);

    policy_reader_rest(loop->policy_reader);
    return refusal == XHM_POLICY_TAKEN ? judge_successor(loop, request, error) : refusal;
}

enum xhm_policy_refusal loop_on_apply(void *context, const uint8_t *data, size_t size, char error[XHM_ERROR_SIZE]) {
    struct xhm_loop *loop = context;
    const struct xhm_policy *running = loop->core.policy;
    struct xhm_policy *successor = running == &loop->policies[0] ? &loop->policies[1] : &loop->policies[0];
    uint32_t origin[XHM_MAX_PARTITIONS];

    struct xhm_policy_request request = {.trust = &loop->trust, .source = "given by a peer", .policy = successor};
    const enum xhm_policy_refusal refusal = take_successor(loop, data, size, &request, error);
    if (refusal != XHM_POLICY_TAKEN) {
        return refusal;
    }
    policy_trust_take(&loop->trust, request.version, successor);
    loop->keeping.state.policy = loop->trust.mark;
    core_apply_policy(&loop->core, successor, &loop->scratch, origin, &loop->outcome);
    loop->records.policy_hash = successor->hash;
    loop_perform(loop, running);
    platform_renumber(loop->platform, origin);
    control_policy_changed(loop->control, running, origin);
    if (successor->supervisor.cycle_ns != running->supervisor.cycle_ns && loop_start_timer(loop) != 0) {
        loop->action_failed = true;
        writer_say(loop->writer, "starting the cycle timer for the new policy failed");
    }
    return XHM_POLICY_TAKEN;
}
