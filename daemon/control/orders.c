// SPDX-License-Identifier: Apache-2.0
#include "orders.h"

#include "state.h"
#include "words.h"

#include <stdio.h>
#include <string.h>
#include <sys/random.h>

#define REASON(name)       XHM__V1__REFUSAL_REASON__REFUSAL_##name
#define NS_PER_MS          UINT64_C(1000000)
#define MAINTENANCE_MAX_MS UINT64_C(86400000)
#define SUBJECT_SIZE       80
#define ANSWER_COUNT       (XHM_ORDER_NOTHING_TO_DO + 1)

typedef const Xhm__V1__ClientMessage request;

/* --- why an order is refused ---------------------------------------------------------------------------------------
 */

struct refusal {
    Xhm__V1__RefusalReason reason;
    const char *why;
};

/* For every kind of order. */
static const struct refusal refusals[ANSWER_COUNT] = {
    [0] = {REASON(NOT_AVAILABLE), "the core does not say why"},
    [XHM_ORDER_UNDER_WAY] = {REASON(BUSY), "a restart or fail over of it is under way already"},
    [XHM_ORDER_NOT_FOUND] = {REASON(NOT_FOUND), "the policy names no such partition"},
    [XHM_ORDER_IMPOSSIBLE] = {REASON(NOT_AVAILABLE), "it is not recognised by a uuid, so it cannot be recreated"},
    [XHM_ORDER_LATCHED] = {REASON(NOT_AVAILABLE), "a safe state is latched, which has to be cleared first"},
    [XHM_ORDER_NOT_LATCHED] = {REASON(NOT_AVAILABLE), "no safe state is latched"},
    [XHM_ORDER_LESS_SEVERE] = {REASON(NOT_AVAILABLE), "a safe state that is at least as severe is latched already"},
    [XHM_ORDER_BAD_TOKEN] = {REASON(BAD_REQUEST),
                             "this is not the token of the first step, or its 30 seconds are over: begin anew"},
    [XHM_ORDER_OUT_OF_RANGE] = {REASON(BAD_REQUEST), "there is no such order"},
    [XHM_ORDER_NOT_READY] = {REASON(NOT_AVAILABLE),
                             "its standby is not ready: not healthy, not paused by us, or under maintenance"},
    [XHM_ORDER_NOTHING_TO_DO] = {REASON(NOT_AVAILABLE), "it is so already, nothing was changed"},
};

/* Where a kind of order has more to say. */
static const struct refusal special_refusals[XHM_ORDER_KIND_END][ANSWER_COUNT] = {
    [XHM_ORDER_FAIL_OVER] = {[XHM_ORDER_IMPOSSIBLE] = {REASON(NOT_AVAILABLE), "the policy declares no standby for it"},
                             [XHM_ORDER_LATCHED] = {REASON(NOT_AVAILABLE),
                                                    "a safe state is latched: nothing is failed over behind its back"}},
    [XHM_ORDER_RESTART] = {[XHM_ORDER_LATCHED] = {REASON(NOT_AVAILABLE),
                                                  "a safe state is latched: nothing is restarted behind its back"}},
    [XHM_ORDER_MODE] = {[XHM_ORDER_OUT_OF_RANGE] = {REASON(BAD_REQUEST),
                                                    "the modes are startup, run, shutdown and update"},
                        [XHM_ORDER_NOTHING_TO_DO] = {REASON(NOT_AVAILABLE), "the ECU is in this mode already"}},
    [XHM_ORDER_MAINTENANCE] = {[XHM_ORDER_OUT_OF_RANGE] = {REASON(BAD_REQUEST), "it lasts for at most 24 hours"},
                               [XHM_ORDER_NOTHING_TO_DO] = {REASON(NOT_AVAILABLE), "it is not in maintenance"}},
    [XHM_ORDER_SAFE_STATE] = {[XHM_ORDER_NOT_FOUND] = {REASON(NOT_FOUND), "the policy names no such safe state"}},
    [XHM_ORDER_CYCLE_BEGIN] = {[XHM_ORDER_NOTHING_TO_DO] = {REASON(NOT_AVAILABLE),
                                                            "one is open already: end it first"}},
    [XHM_ORDER_CYCLE_END] = {[XHM_ORDER_NOTHING_TO_DO] = {REASON(NOT_AVAILABLE), "none is open"}},
};

static const struct refusal *find_refusal(enum xhm_order_kind kind, enum xhm_order_answer answer) {
    const size_t row = (size_t)answer < ANSWER_COUNT && refusals[answer].why ? (size_t)answer : 0;
    const struct refusal *special = &special_refusals[kind][row];

    return special->why ? special : &refusals[row];
}

static void refuse(struct peer *peer, request *message, enum xhm_order_kind kind, enum xhm_order_answer answer,
                   const char *subject) {
    const struct refusal *refusal = find_refusal(kind, answer);

    peer_refuse(peer, message->request_id, refusal->reason, "%s: %s", subject, refusal->why);
}

/* --- giving one ----------------------------------------------------------------------------------------------------
 */

/* @return false when it was refused, which was answered then */
static bool give(struct peer *peer, request *message, struct xhm_order order, const char *subject) {
    const struct xhm_control_handler *handler = &peer->control->options.handler;
    enum xhm_order_answer answer;

    order.uid = credentials_peer(&peer->credentials);
    answer = handler->order(handler->context, &order);
    if (answer != XHM_ORDER_ACCEPTED) {
        refuse(peer, message, order.kind, answer, subject);
    }
    return answer == XHM_ORDER_ACCEPTED;
}

static void give_and_accept(struct peer *peer, request *message, struct xhm_order order, const char *subject) {
    if (give(peer, message, order, subject)) {
        peer_accept(peer, message->request_id);
    }
}

/* @p what names the order; the partition is found by its name. */
static void give_for_partition(struct peer *peer, request *message, struct xhm_order order, const char *what,
                               const char *name) {
    char subject[SUBJECT_SIZE];

    snprintf(subject, sizeof(subject), "%s of partition %.31s", what, name);
    order.partition = control_find_partition(peer->control, name);
    if (order.partition == XHM_NONE) {
        refuse(peer, message, order.kind, XHM_ORDER_NOT_FOUND, subject);
    } else {
        give_and_accept(peer, message, order, subject);
    }
}

void orders_restart(struct peer *peer, request *message) {
    give_for_partition(peer, message, (struct xhm_order){.kind = XHM_ORDER_RESTART}, "restart",
                       message->restart->partition);
}

void orders_fail_over(struct peer *peer, request *message) {
    give_for_partition(peer, message, (struct xhm_order){.kind = XHM_ORDER_FAIL_OVER}, "fail over",
                       message->fail_over->partition);
}

void orders_mode(struct peer *peer, request *message) {
    const Xhm__V1__EcuMode mode = message->mode->mode;
    const char *word = words_find(XHM_WORDS_MODE, (uint64_t)mode);
    char subject[SUBJECT_SIZE];

    snprintf(subject, sizeof(subject), "mode %s", word ? word : "of an unknown number");
    give_and_accept(peer, message, (struct xhm_order){.kind = XHM_ORDER_MODE, .mode = (enum xhm_ecu_mode)mode},
                    subject);
}

void orders_maintenance(struct peer *peer, request *message) {
    const Xhm__V1__MaintenanceRequest *maintenance = message->maintenance;
    struct xhm_order order = {.kind = XHM_ORDER_MAINTENANCE};

    if (maintenance->duration_ms > MAINTENANCE_MAX_MS) {
        refuse(peer, message, order.kind, XHM_ORDER_OUT_OF_RANGE, "maintenance");
        return;
    }
    order.duration_ns = maintenance->duration_ms * NS_PER_MS;
    give_for_partition(peer, message, order, "maintenance", maintenance->partition);
}

void orders_operation_cycle(struct peer *peer, request *message) {
    const bool begin = message->operation_cycle->begin;
    const enum xhm_order_kind kind = begin ? XHM_ORDER_CYCLE_BEGIN : XHM_ORDER_CYCLE_END;

    give_and_accept(peer, message, (struct xhm_order){.kind = kind},
                    begin ? "beginning an operation cycle" : "ending the operation cycle");
}

/* --- safe states ---------------------------------------------------------------------------------------------------
 */

static uint32_t find_safe_state(const struct xhm_policy *policy, const char *name) {
    for (uint32_t i = 0; i < policy->safe_state_count; i++) {
        if (strcmp(policy->safe_states[i].name, name) == 0) {
            return i;
        }
    }
    return XHM_NONE;
}

void orders_safe_state(struct peer *peer, request *message) {
    const char *name = message->safe_state->name;
    const struct xhm_order order = {.kind = XHM_ORDER_SAFE_STATE,
                                    .safe_state = find_safe_state(control_policy(peer->control), name)};
    char subject[SUBJECT_SIZE];

    snprintf(subject, sizeof(subject), "safe state %.31s", name);
    if (order.safe_state == XHM_NONE) {
        refuse(peer, message, order.kind, XHM_ORDER_NOT_FOUND, subject);
    } else if (give(peer, message, order, subject)) {
        awaited_begin(peer, message->request_id, AWAITED_SAFE_STATE_ENTERED, name);
    }
}

/* Unpredictable, and never 0, which stands for no token. Never waits. @return false when there is none to be had */
static bool make_token(uint64_t *token) {
    return getrandom(token, sizeof(*token), GRND_NONBLOCK) == (ssize_t)sizeof(*token) && *token != 0;
}

static void tell_token(struct peer *peer, request *message, uint64_t token) {
    Xhm__V1__ServerMessage reply = XHM__V1__SERVER_MESSAGE__INIT;
    Xhm__V1__SafeStateClearReply clear = XHM__V1__SAFE_STATE_CLEAR_REPLY__INIT;

    reply.request_id = message->request_id;
    reply.body_case = XHM__V1__SERVER_MESSAGE__BODY_SAFE_STATE_CLEAR;
    reply.safe_state_clear = &clear;
    clear.token = token;
    clear.safe_state = (char *)(uintptr_t)core_safe_state_name(peer->control->options.core);
    peer_tell(peer, &reply);
}

static void ask_to_clear(struct peer *peer, request *message) {
    struct xhm_order order = {.kind = XHM_ORDER_SAFE_STATE_CLEAR};

    if (!make_token(&order.token)) {
        peer_refuse(peer, message->request_id, REASON(NOT_AVAILABLE),
                    "safe state clear: the system has no random numbers for a token now");
    } else if (give(peer, message, order, "safe state clear")) {
        tell_token(peer, message, order.token);
    }
}

static void confirm_clear(struct peer *peer, request *message) {
    const struct xhm_order order = {.kind = XHM_ORDER_SAFE_STATE_CONFIRM, .token = message->safe_state_clear->token};
    char left[XHM_NAME_SIZE];

    snprintf(left, sizeof(left), "%s", core_safe_state_name(peer->control->options.core));
    if (give(peer, message, order, "safe state clear")) {
        awaited_begin(peer, message->request_id, AWAITED_SAFE_STATE_LEFT, left);
    }
}

void orders_safe_state_clear(struct peer *peer, request *message) {
    if (message->safe_state_clear->token == 0) {
        ask_to_clear(peer, message);
    } else {
        confirm_clear(peer, message);
    }
}
