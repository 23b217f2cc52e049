// SPDX-License-Identifier: Apache-2.0
/**
 * Fault injections: authorised and recorded here, carried out by the agent. One at a time for each partition, and one
 * into the ECU. An injection is recorded when it is ordered from the agent, and when the agent says that it took
 * effect.
 */
#ifndef XHM_CONTROL_INJECTIONS_H
#define XHM_CONTROL_INJECTIONS_H

#include "control.h"
#include "control.pb-c.h"

struct peer;

/** Place of the injection into the ECU, behind those of the partitions. */
#define INJECTION_ECU   XHM_MAX_PARTITIONS
#define INJECTION_COUNT (XHM_MAX_PARTITIONS + 1)

/** How far an injection has come. */
enum injection_state {
    INJECTION_NONE,
    INJECTION_STARTING, /**< the agent was asked to begin */
    INJECTION_ACTIVE,
    INJECTION_CLEARING, /**< the agent was asked to undo it */
};

/** The injection into one place. A new one replaces it. */
struct injection {
    enum injection_state state;
    Xhm__V1__InjectionKind kind; /**< UNSPECIFIED while clearing what an earlier life of the supervisor may have left */
    uint64_t uid;                /**< of the peer that asked for it */
    uint32_t entity_id;
    uint32_t domid;       /**< instance of the partition when it began, XHM_NONE: none was known */
    uint64_t duration_ns; /**< 0: until cleared */
    uint64_t end_ns;      /**< 0: not known yet */
    uint64_t task_id;
    uint64_t begin_task_id; /**< of the task that began it */
    bool sent;              /**< on the present connection of the agent */
    uint32_t target_pcpu;
    uint64_t memory_kib;
    char other_partition[XHM_NAME_SIZE];
};

/** Every injection there is. */
struct injections {
    uint64_t next_task_id;
    struct injection of[INJECTION_COUNT];
    struct injection renumbered[INJECTION_COUNT];
};

/** Task ids begin far above those of the core and grow over restarts of the supervisor. */
void injections_init(struct injections *injections, uint64_t monotonic_ns);

/** A rig's request to begin. */
void injections_request(struct peer *peer, uint64_t request_id, const Xhm__V1__InjectRequest *request);
/** A rig's request to undo. */
void injections_clear(struct peer *peer, uint64_t request_id, const Xhm__V1__InjectClearRequest *request);

/** Ends injections whose time is over by @p now_ns. */
void injections_age(struct xhm_control *control, uint64_t now_ns);
/** Takes a report of the agent. @return false when no injection waits for it */
bool injections_report(struct xhm_control *control, const Xhm__V1__AgentReport *report);

/** True when a task is to be sent. */
bool injections_have_task(const struct xhm_control *control);
/** Queues tasks to the agent. */
void injections_fill(struct xhm_control *control);
/** The agent's connection was lost: tasks are sent again on the next. */
void injections_unsend(struct xhm_control *control);

/** Partitions of @p former were renumbered; injections into partitions that are no more end unsuccessfully. */
void injections_renumber(struct xhm_control *control, const struct xhm_policy *former,
                         const uint32_t origin[XHM_MAX_PARTITIONS]);

#endif
