// SPDX-License-Identifier: Apache-2.0
#include "agent_link.h"

#include "state.h"

#include <stdio.h>
#include <string.h>

#define NS_PER_MS UINT64_C(1000000)

static void unsend(struct xhm_control *control) {
    for (uint32_t i = 0; i < XHM_MAX_PARTITIONS; i++) {
        control->agent.recreations[i].sent = false;
    }
    injections_unsend(control);
}

void agent_link_lost(struct xhm_control *control, const struct peer *peer) {
    if (control->agent.peer == peer) {
        control->agent.peer = NULL;
        unsend(control);
        facts_link_lost(control);
    }
}

void agent_link_heartbeat(struct xhm_control *control, struct peer *peer, const Xhm__V1__AgentHeartbeat *heartbeat) {
    struct agent_link *agent = &control->agent;

    if (agent->peer && agent->peer != peer) {
        peer_close(agent->peer);
    }
    agent->peer = peer;
    agent->spoke = true;
    agent->injection_supported = heartbeat->injection_supported;
}

static bool take_recreation(struct agent_link *agent, const Xhm__V1__AgentReport *report) {
    for (uint32_t i = 0; i < XHM_MAX_PARTITIONS; i++) {
        struct agent_recreation *recreation = &agent->recreations[i];

        if (recreation->task_id != report->task_id || recreation->reported) {
            continue;
        }
        recreation->reported = true;
        recreation->report = (struct xhm_agent_report){
            .task_id = report->task_id,
            .result = report->done && report->domid <= UINT16_MAX ? XHM_AGENT_DONE : XHM_AGENT_FAILED,
            .domid = (uint16_t)report->domid,
        };
        return true;
    }
    return false;
}

static void say_failure(struct xhm_control *control, const Xhm__V1__AgentReport *report) {
    char sentence[XHM_ERROR_SIZE];

    snprintf(sentence, sizeof(sentence), "the agent reports: %s", report->message);
    control_make_plain(sentence);
    writer_say(control->options.writer, sentence);
}

void agent_link_report(struct xhm_control *control, struct peer *peer, const Xhm__V1__AgentReport *report) {
    if (control->agent.peer != peer || report->task_id == 0) {
        return;
    }
    control->agent.spoke = true;
    if ((take_recreation(&control->agent, report) || injections_report(control, report)) && !report->done) {
        say_failure(control, report);
    }
}

static bool is_due(const struct agent_recreation *recreation) {
    return recreation->task_id != 0 && !recreation->sent && !recreation->reported;
}

bool agent_link_has_task(const struct xhm_control *control, const struct peer *peer) {
    if (control->agent.peer != peer) {
        return false;
    }
    for (uint32_t i = 0; i < control_policy(control)->partition_count; i++) {
        if (is_due(&control->agent.recreations[i])) {
            return true;
        }
    }
    return injections_have_task(control);
}

bool agent_link_send(struct xhm_control *control, uint32_t partition, Xhm__V1__AgentTask *task) {
    Xhm__V1__ServerMessage message = XHM__V1__SERVER_MESSAGE__INIT;

    message.body_case = XHM__V1__SERVER_MESSAGE__BODY_AGENT_TASK;
    message.agent_task = task;
    if (partition != XHM_NONE) {
        const struct xhm_partition_policy *policy = &control_policy(control)->partitions[partition];

        task->partition = (char *)(uintptr_t)policy->name;
        task->uuid.data = (uint8_t *)(uintptr_t)policy->identity.uuid.bytes;
        task->uuid.len = sizeof(policy->identity.uuid.bytes);
    }
    return peer_offer(control->agent.peer, &message);
}

static void send_recreation(struct xhm_control *control, uint32_t partition) {
    struct agent_recreation *recreation = &control->agent.recreations[partition];
    Xhm__V1__AgentTask task = XHM__V1__AGENT_TASK__INIT;

    task.task_id = recreation->task_id;
    task.kind = XHM__V1__AGENT_TASK_KIND__AGENT_TASK_RECREATE;
    task.timeout_ms = control_policy(control)->partitions[partition].restart.timeout_ns / NS_PER_MS;
    recreation->sent = agent_link_send(control, partition, &task);
}

void agent_link_fill(struct xhm_control *control, struct peer *peer) {
    if (control->agent.peer != peer || peer->state != PEER_OPEN) {
        return;
    }
    for (uint32_t i = 0; i < control_policy(control)->partition_count; i++) {
        if (is_due(&control->agent.recreations[i])) {
            send_recreation(control, i);
        }
    }
    injections_fill(control);
}

void control_agent_recreate(struct xhm_control *control, const struct xhm_action *action) {
    control->agent.recreations[action->partition] = (struct agent_recreation){.task_id = action->task_id};
    if (control->agent.peer) {
        peer_wake(control->agent.peer);
    }
}

static void take_reports(struct agent_link *agent, struct xhm_observation *observation) {
    observation->agent_report_count = 0;
    for (uint32_t i = 0; i < XHM_MAX_PARTITIONS; i++) {
        struct agent_recreation *recreation = &agent->recreations[i];

        if (recreation->reported && observation->agent_report_count < XHM_MAX_AGENT_REPORTS) {
            observation->agent_reports[observation->agent_report_count++] = recreation->report;
            recreation->task_id = 0;
            recreation->reported = false;
        }
    }
}

void agent_link_observe(struct xhm_control *control, uint64_t now_ns, struct xhm_observation *observation) {
    struct agent_link *agent = &control->agent;

    /* Without a clock the silence cannot be measured: it is counted from the next time on. */
    if (agent->spoke && now_ns != 0) {
        agent->spoke = false;
        agent->spoke_ns = now_ns;
    }
    observation->agent_connected = agent->peer != NULL;
    observation->agent_silent_ns = agent->peer && now_ns > agent->spoke_ns ? now_ns - agent->spoke_ns : 0;
    take_reports(agent, observation);
}

void agent_link_renumber(struct xhm_control *control, const uint32_t origin[XHM_MAX_PARTITIONS]) {
    struct agent_link *agent = &control->agent;

    memset(agent->renumbered, 0, sizeof(agent->renumbered));
    for (uint32_t i = 0; i < control_policy(control)->partition_count; i++) {
        if (origin[i] < XHM_MAX_PARTITIONS) {
            agent->renumbered[i] = agent->recreations[origin[i]];
        }
    }
    memcpy(agent->recreations, agent->renumbered, sizeof(agent->recreations));
}
