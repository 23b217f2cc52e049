// SPDX-License-Identifier: Apache-2.0
/**
 * Answers that wait for storage: what a peer was promised to outlive the supervisor is acknowledged when it does. What
 * was asked for is in force meanwhile; nothing but the answer waits.
 */
#ifndef XHM_CONTROL_AWAITED_H
#define XHM_CONTROL_AWAITED_H

#include "policy.h"

struct peer;
struct xhm_control;

/** Answers of one peer that can wait at a time; more are answered at once, and not with Accepted. */
#define AWAITED_MAX      4u
/** Storage that takes longer is not waited for any more. */
#define AWAITED_LIMIT_NS UINT64_C(5000000000)

/** What is in force and shall be stored. */
enum awaited_change {
    AWAITED_SAFE_STATE_ENTERED,
    AWAITED_SAFE_STATE_LEFT,
};

/** An answer that waits until a change of what must outlive the supervisor is on storage. */
struct awaited {
    uint64_t request_id;
    uint64_t generation; /**< of the state that holds it */
    uint64_t since_ns;   /**< when control_observe() first saw it, 0: not yet */
    enum awaited_change change;
    char safe_state[XHM_NAME_SIZE];
};

/** The answers of one peer that wait, oldest first. */
struct awaited_list {
    uint32_t count;
    struct awaited of[AWAITED_MAX];
};

/** True when the state of this generation is on storage; generation 0 was never handed to it. */
bool awaited_is_stored(const struct xhm_control *control, uint64_t generation);

/** Answers @p request_id when the state that was submitted last is stored. */
void awaited_begin(struct peer *peer, uint64_t request_id, enum awaited_change change, const char *safe_state);

/** Gives the answers that can be given by @p now_ns, 0: the time is not known, and nothing takes too long. */
void awaited_age(struct peer *peer, uint64_t now_ns);

#endif
