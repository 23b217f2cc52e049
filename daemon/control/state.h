// SPDX-License-Identifier: Apache-2.0
/**
 * Everything that the API's server holds, in one piece of memory that control_open() allocates.
 */
#ifndef XHM_CONTROL_STATE_H
#define XHM_CONTROL_STATE_H

#include "agent_link.h"
#include "arena.h"
#include "control.h"
#include "facts_link.h"
#include "held_events.h"
#include "injections.h"
#include "listener.h"
#include "peer.h"
#include "running.h"
#include "vchan_listener.h"

/** Enough for the tree of any reply, and for the requests that are large. */
#define CONTROL_ARENA_SIZE                                                                                             \
    (512u * 1024u + 4u * sizeof(struct xhm_facts) +                                                                    \
     XHM_MAX_PARTITIONS * (64u + 4u * XHM_MAX_VCPUS + 4u * XHM_MAX_DEVICES) * 192u)
/** Refusals that are recorded at once; further ones are answered only, and one a second is recorded. */
#define CONTROL_REFUSAL_BUDGET 10u

/** Heartbeats that are told to be missing, or back, at once; further ones are told one a second. */
#define CONTROL_HEARTBEAT_BUDGET 16u

/** The safe state that control_observe() saw last. */
struct seen_latch {
    char name[XHM_NAME_SIZE];
    uint64_t generation; /**< of a state that holds it */
};

/** The whole server. */
struct xhm_control {
    struct xhm_control_options options;
    struct sd_event *event;
    struct listener listener;
    struct vchan_listener vchan_listener;
    struct peer peers[PEER_COUNT];
    struct peer_large large;
    struct held_events held;
    struct agent_link agent;
    struct injections injections;
    struct facts_link facts;
    struct running running;
    struct seen_latch latch;
    struct xhm_arena arena; /**< of the request, reply or event that is being handled */
    uint32_t refusal_budget;
    uint32_t heartbeat_budget;
    bool limit_was_told; /**< in the second under way: that a peer asks too much */
    uint64_t refusal_refill_ns;
    _Alignas(16) uint8_t arena_memory[CONTROL_ARENA_SIZE];
};

/** The running policy. */
static inline const struct xhm_policy *control_policy(const struct xhm_control *control) {
    return control->options.core->policy;
}

/** Records an event of the API itself; @p partition may be XHM_NONE. */
void control_record(struct xhm_control *control, enum xhm_event_kind kind, uint32_t partition, uint64_t value0,
                    uint64_t value1);

/** The same about a partition of @p named_by, the policy that was replaced. */
void control_record_former(struct xhm_control *control, const struct xhm_policy *named_by, enum xhm_event_kind kind,
                           uint32_t partition, uint64_t value0, uint64_t value1);

/** Replaces what is no printable ASCII: text of peers goes into logs, and back as UTF-8, which protobuf insists on. */
void control_make_plain(char *text);

/** Index of the partition of this name, or XHM_NONE. */
uint32_t control_find_partition(const struct xhm_control *control, const char *name);

/** True when the latch of the safe state that is in force is on storage. */
bool control_latch_is_stored(const struct xhm_control *control);

#endif
