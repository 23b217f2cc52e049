// SPDX-License-Identifier: Apache-2.0
#include "awaited.h"

#include "state.h"

#include <stdio.h>

/* What is said when storage does not follow: what was asked for is done all the same. */
static const struct {
    const char *request;
    const char *done;
} changes[] = {
    [AWAITED_SAFE_STATE_ENTERED] = {"safe state", "is in force, but a restart of the supervisor may lose it"},
    [AWAITED_SAFE_STATE_LEFT] = {"safe state clear", "was left, but a restart of the supervisor may enter it again"},
};

static void refuse(struct peer *peer, const struct awaited *awaited, const char *why) {
    peer_refuse(peer, awaited->request_id, XHM__V1__REFUSAL_REASON__REFUSAL_NOT_AVAILABLE, "%s: %.31s %s: %s",
                changes[awaited->change].request, awaited->safe_state, changes[awaited->change].done, why);
}

static bool is_too_late(struct awaited *awaited, uint64_t now_ns) {
    if (awaited->since_ns == 0) {
        awaited->since_ns = now_ns;
    }
    return now_ns > awaited->since_ns && now_ns - awaited->since_ns > AWAITED_LIMIT_NS;
}

bool awaited_is_stored(const struct xhm_control *control, uint64_t generation) {
    const struct xhm_control_handler *handler = &control->options.handler;

    return generation != 0 && handler->state_stored(handler->context) >= generation;
}

/* @return false when the answer still has to wait */
static bool answer(struct peer *peer, struct awaited *awaited, uint64_t now_ns) {
    if (awaited_is_stored(peer->control, awaited->generation)) {
        peer_accept(peer, awaited->request_id);
    } else if (writer_degraded(peer->control->options.writer)) {
        refuse(peer, awaited, "the fault memory cannot be written");
    } else if (is_too_late(awaited, now_ns)) {
        refuse(peer, awaited, "storage does not answer in time");
    } else {
        return false;
    }
    return true;
}

void awaited_begin(struct peer *peer, uint64_t request_id, enum awaited_change change, const char *safe_state) {
    const struct xhm_control_handler *handler = &peer->control->options.handler;
    struct awaited_list *list = &peer->awaited;
    struct awaited awaited = {
        .request_id = request_id,
        .generation = handler->state_generation(handler->context),
        .change = change,
    };

    snprintf(awaited.safe_state, sizeof(awaited.safe_state), "%.31s", safe_state);
    if (answer(peer, &awaited, 0)) {
        return;
    }
    if (list->count == AWAITED_MAX) {
        refuse(peer, &awaited, "too many answers of this peer wait for storage already");
    } else {
        list->of[list->count++] = awaited;
    }
}

void awaited_age(struct peer *peer, uint64_t now_ns) {
    struct awaited_list *list = &peer->awaited;
    uint32_t left = 0;

    /* Nothing can be queued behind a large reply. */
    if (list->count == 0 || peer_has_large_reply(peer)) {
        return;
    }
    for (uint32_t i = 0; i < list->count; i++) {
        if (!answer(peer, &list->of[i], now_ns)) {
            list->of[left++] = list->of[i];
        }
    }
    list->count = left;
    peer_wake(peer);
}
