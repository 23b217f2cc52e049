// SPDX-License-Identifier: Apache-2.0
/**
 * The agent as a peer: which tasks it was given, and what it reported.
 */
#ifndef XHM_CONTROL_AGENT_LINK_H
#define XHM_CONTROL_AGENT_LINK_H

#include "control.h"
#include "control.pb-c.h"

struct peer;

/** The recreation of one partition. */
struct agent_recreation {
    uint64_t task_id; /**< 0: none */
    bool sent;        /**< on the present connection */
    bool reported;    /**< `report` waits for the next observation */
    struct xhm_agent_report report;
};

/** The agent, and what was delegated to it. */
struct agent_link {
    struct peer *peer; /**< NULL: not connected */
    bool injection_supported;
    bool spoke; /**< since the last observation */
    uint64_t spoke_ns;
    struct agent_recreation recreations[XHM_MAX_PARTITIONS];
    struct agent_recreation renumbered[XHM_MAX_PARTITIONS];
};

/** A peer with the role agent says that it lives. The first heartbeat makes it the agent, in the place of any other. */
void agent_link_heartbeat(struct xhm_control *control, struct peer *peer, const Xhm__V1__AgentHeartbeat *heartbeat);

/** The agent reports on a task. What it reports on a task that nobody waits for is ignored. */
void agent_link_report(struct xhm_control *control, struct peer *peer, const Xhm__V1__AgentReport *report);

/** The peer is gone; when it was the agent, its tasks are sent again to the next one. */
void agent_link_lost(struct xhm_control *control, const struct peer *peer);

/** True when @p peer is the agent and a task is to be sent to it. */
bool agent_link_has_task(const struct xhm_control *control, const struct peer *peer);

/** Queues tasks to @p peer if it is the agent. */
void agent_link_fill(struct xhm_control *control, struct peer *peer);

/** The agent's part of the observation. */
void agent_link_observe(struct xhm_control *control, uint64_t now_ns, struct xhm_observation *observation);

/**
 * Queues one task about @p partition, whose name and uuid are filled in; XHM_NONE: about the ECU.
 * @return false when it cannot be queued now
 */
bool agent_link_send(struct xhm_control *control, uint32_t partition, Xhm__V1__AgentTask *task);

/** Partitions were renumbered; tasks for partitions that are no more are forgotten. */
void agent_link_renumber(struct xhm_control *control, const uint32_t origin[XHM_MAX_PARTITIONS]);

#endif
