// SPDX-License-Identifier: Apache-2.0
#include "supervisor_life.h"
#include "agent.h"
#include "daemon/domain/chain_bounds.h"
#include "jobs.h"
#include "log.h"
#include "recreate.h"
#include "supervisor_record.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

/* Of dom0's boot, as the times in it are. */
#define RECORD            "/run/xhm-agent.supervisor"
#define ANSWER_TIMEOUT_MS 5000u

static enum step_result create(struct agent_job *job) {
    const char *const arguments[] = {"xl", "create", "-e", "-q", job->agent->life.config_path, NULL};
    const struct child_work work = {.arguments = arguments};

    return jobs_start_child(job, &work, NULL);
}

static enum step_result verify(struct agent_job *job) {
    const char *path = job->agent->life.config_path;
    xc_domaininfo_t domain;
    const int found = domains_find(job->agent->xen, job->uuid, &domain);

    if (found < 0) {
        return jobs_fail(job, "cannot look for it in Xen's domain list: %s", strerror(-found));
    }
    if (found == 0) {
        return jobs_fail(job, "created from %s, but no domain has the UUID of --supervisor: is it declared there?",
                         path);
    }
    job->result.domid = domain.domain;
    return STEP_NEXT;
}

static const struct job_step steps[] = {
    {recreate_remove_instances, recreate_remove_ended},
    {create, NULL},
    {verify, NULL},
    {NULL, NULL},
};

static void on_end(struct agent_job *job) {
    if (job->result.is_done) {
        log_record(LOG_SUPERVISOR_CREATED, NULL, "the supervisor's domain is created: it is domain %u",
                   (unsigned)job->result.domid);
    } else {
        log_record(LOG_PROBLEM, NULL, "the supervisor's domain is not created: %s", job->result.message);
    }
}

static void store(const struct supervisor_life *life) {
    const int result = supervisor_record_store(RECORD, &life->keeping.record);

    if (result < 0) {
        log_record(LOG_PROBLEM, NULL, "cannot note restarts of the supervisor's domain in %s: %s", RECORD,
                   strerror(-result));
    }
}

/* Noted before it is begun: an agent that dies meanwhile counts it, too. */
static void begin(struct agent *agent, struct keeping_decision decision) {
    struct supervisor_life *life = &agent->life;
    const struct job_order order = {
        .partition = &life->place,
        .slot = AGENT_SLOT_LIFE,
        .steps = steps,
        .timeout_ms = life->limits.start_ms,
        .uuid = agent->supervisor.uuid,
        .on_end = on_end,
    };
    struct agent_job *job = jobs_make(agent, &order);

    if (job == NULL) {
        return;
    }
    keeping_begin(&life->keeping, decision.verdict, agent_now_ms(agent));
    store(life);
    jobs_run(job);
}

static struct keeping_look look_at(struct agent *agent) {
    struct keeping_look look = {.now_ms = agent_now_ms(agent), .presence = KEEPING_UNKNOWN};
    xc_domaininfo_t domain;
    const int found = domains_find(agent->xen, agent->supervisor.uuid, &domain);

    if (found == 0) {
        look.presence = KEEPING_ABSENT;
    } else if (found > 0) {
        look.presence = (domain.flags & XEN_DOMINF_shutdown) != 0 ? KEEPING_ENDED : KEEPING_THERE;
        look.domid = domain.domain;
    }
    return look;
}

static void act(struct agent *agent, struct keeping_decision decision) {
    const char *reason = keeping_reason_text(decision.reason);

    switch (decision.verdict) {
    case KEEPING_CREATE:
        begin(agent, decision);
        break;
    case KEEPING_RESTART:
        log_record(LOG_SUPERVISOR_LOST, NULL, "the supervisor's domain %s and is created again", reason);
        xhm_client_reconnect(agent->client, "the supervisor's domain is created again");
        begin(agent, decision);
        break;
    case KEEPING_LAST_RESORT:
        log_record(LOG_LAST_RESORT, NULL,
                   "the supervisor's domain %s and was restarted %u times within %u s already: the partitions go on "
                   "unsupervised",
                   reason, (unsigned)agent->life.limits.restart_limit,
                   (unsigned)(agent->life.limits.restart_window_ms / 1000u));
        break;
    case KEEPING_NOTHING:
    default:
        break;
    }
}

static const struct keeping_limits declared = {
    .restart_limit = XHM_CHAIN_RESTART_LIMIT,
    .restart_window_ms = XHM_CHAIN_RESTART_WINDOW_MS,
    .silence_ms = XHM_CHAIN_AGENT_SILENCE_MS,
    .start_ms = XHM_CHAIN_START_MS,
};

void supervisor_life_begin(struct agent *agent) {
    struct supervisor_life *life = &agent->life;

    if (life->config_path == NULL) {
        return;
    }
    _Static_assert(XHM_CHAIN_LOOK_MS == AGENT_HEARTBEAT_MS, "a look with each heartbeat");
    _Static_assert(XHM_CHAIN_RESTART_LIMIT <= KEEPING_MAX_LIMIT, "the times of so many restarts are kept");
    life->limits = declared;
    snprintf(life->place.name, sizeof(life->place.name), "supervisor");
    const int result = supervisor_record_load(RECORD, &life->keeping.record);
    if (result < 0) {
        log_record(LOG_PROBLEM, NULL, "cannot read earlier restarts of the supervisor's domain in %s: %s", RECORD,
                   strerror(-result));
    }
}

void supervisor_life_look(struct agent *agent) {
    struct supervisor_life *life = &agent->life;

    if (life->config_path == NULL || life->place.activities[AGENT_SLOT_LIFE].job != NULL) {
        return;
    }
    const struct keeping_look look = look_at(agent);
    const bool was_started = life->keeping.record.is_started;
    const struct keeping_decision decision = keeping_judge(&life->keeping, &life->limits, &look);

    if (!was_started && life->keeping.record.is_started) {
        store(life);
    }
    act(agent, decision);
}

static void on_answer(void *context, int result, const Xhm__V1__ServerMessage *reply) {
    struct agent *agent = context;

    if (result == 0 && reply->body_case == XHM__V1__SERVER_MESSAGE__BODY_HEARTBEAT) {
        keeping_hear(&agent->life.keeping, agent_now_ms(agent), reply->heartbeat->steps);
    }
}

void supervisor_life_ask(struct agent *agent) {
    Xhm__V1__ClientMessage message = XHM__V1__CLIENT_MESSAGE__INIT;
    Xhm__V1__HeartbeatRequest request = XHM__V1__HEARTBEAT_REQUEST__INIT;

    if (agent->life.config_path == NULL) {
        return;
    }
    message.body_case = XHM__V1__CLIENT_MESSAGE__BODY_HEARTBEAT;
    message.heartbeat = &request;
    (void)xhm_client_request(agent->client, &message, ANSWER_TIMEOUT_MS, on_answer, agent);
}
