#include "tasks.h"
#include "injection.h"
#include "log.h"
#include "recreate.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#define DEFAULT_TIMEOUT_MS 30000u
#define LONGEST_TIMEOUT_MS 600000u

static void report(struct agent *agent, const char *partition, const struct agent_result *result) {
    Xhm__V1__AgentReport message = XHM__V1__AGENT_REPORT__INIT;
    char text[AGENT_MESSAGE_SIZE];

    snprintf(text, sizeof(text), "%s", result->message);
    message.task_id = result->task_id;
    message.done = result->is_done;
    message.domid = result->domid;
    message.message = text;
    log_record(result->is_done ? LOG_TASK_DONE : LOG_TASK_FAILED, partition, "task %" PRIu64 " %s%s%s", result->task_id,
               result->is_done ? "done" : "failed", text[0] != '\0' ? ": " : "", text);

    const int sent = xhm_client_agent_report(agent->client, &message);

    if (sent != 0) {
        log_record(LOG_PROBLEM, partition, "cannot report task %" PRIu64 ": %s", result->task_id,
                   xhm_client_result_name(sent));
    }
}

__attribute__((format(printf, 3, 4))) static void refuse(struct agent *agent, const Xhm__V1__AgentTask *task,
                                                         const char *format, ...) {
    struct agent_result result = {.task_id = task->task_id};
    va_list arguments;

    va_start(arguments, format);
    vsnprintf(result.message, sizeof(result.message), format, arguments);
    va_end(arguments);
    report(agent, NULL, &result);
}

static void on_job_end(struct agent_job *job) {
    if (job->result.is_done) {
        snprintf(job->result.message, sizeof(job->result.message), "domain %u", job->result.domid);
    }
    job->activity->result = job->result;
    report(job->agent, job->partition->name, &job->result);
}

static uint64_t timeout_ms(const Xhm__V1__AgentTask *task) {
    if (task->timeout_ms == 0) {
        return DEFAULT_TIMEOUT_MS;
    }
    return task->timeout_ms < LONGEST_TIMEOUT_MS ? task->timeout_ms : LONGEST_TIMEOUT_MS;
}

/* @return what the task consists of, or NULL; `details` of the order are the job's then */
static const struct job_step *choose_steps(const Xhm__V1__AgentTask *task, struct job_order *order) {
    switch (task->kind) {
    case XHM__V1__AGENT_TASK_KIND__AGENT_TASK_RECREATE:
        return recreate_steps;
    case XHM__V1__AGENT_TASK_KIND__AGENT_TASK_INJECT:
    case XHM__V1__AGENT_TASK_KIND__AGENT_TASK_CLEAR_INJECTION:
        return injection_prepare(task, &order->details);
    case XHM__V1__AGENT_TASK_KIND__AGENT_TASK_UNSPECIFIED:
    case _XHM__V1__AGENT_TASK_KIND_IS_INT_SIZE:
        break;
    }
    return NULL;
}

static enum agent_slot slot_of(const Xhm__V1__AgentTask *task) {
    return task->kind == XHM__V1__AGENT_TASK_KIND__AGENT_TASK_RECREATE ? AGENT_SLOT_LIFE : AGENT_SLOT_INJECTION;
}

static void begin(struct agent *agent, const Xhm__V1__AgentTask *task, struct agent_partition *partition,
                  enum agent_slot slot) {
    struct job_order order = {
        .partition = partition,
        .slot = slot,
        .timeout_ms = timeout_ms(task),
        .task_id = task->task_id,
        .uuid = task->uuid.len == DOMAINS_UUID_SIZE ? task->uuid.data : NULL,
        .on_end = on_job_end,
    };

    order.steps = choose_steps(task, &order);
    if (order.steps == NULL) {
        refuse(agent, task, "cannot carry out task kind %d with injection kind %d: %s", (int)task->kind,
               (int)task->injection, XHM_INJECTION ? "not known" : "built without injection");
        return;
    }

    struct agent_job *job = jobs_make(agent, &order);

    if (job == NULL) {
        refuse(agent, task, "cannot begin task: out of memory");
        return;
    }
    log_record(LOG_TASK_BEGUN, partition->name, "task %" PRIu64 " begun: %s, at most %" PRIu64 " ms", task->task_id,
               order.steps == recreate_steps ? "recreate" : "injection", order.timeout_ms);
    jobs_run(job);
}

/* Recreating and undoing replace what is under way in their slot: whoever asked for that has given up on it. Injecting
 * gives way, also to a recreation, which would take the injection's effect away. Undoing looks at instances itself. */
static bool make_way(struct agent *agent, const Xhm__V1__AgentTask *task, struct agent_partition *partition,
                     struct agent_activity *activity) {
    const struct agent_job *life = partition->activities[AGENT_SLOT_LIFE].job;

    if (task->kind != XHM__V1__AGENT_TASK_KIND__AGENT_TASK_INJECT) {
        jobs_supersede(activity, "given up for a newer task");
        return true;
    }
    if (activity->job == NULL && life == NULL) {
        return true;
    }
    refuse(agent, task, "cannot inject into %s: task %" PRIu64 " for it is under way", partition->name,
           life != NULL ? life->result.task_id : activity->job->result.task_id);
    return false;
}

static void accept_for(struct agent *agent, const Xhm__V1__AgentTask *task, struct agent_partition *partition) {
    const enum agent_slot slot = slot_of(task);
    struct agent_activity *activity = &partition->activities[slot];

    if (activity->result.task_id == task->task_id) {
        report(agent, partition->name, &activity->result);
    } else if (activity->job != NULL && activity->job->result.task_id == task->task_id) {
        return; /* told again after a reconnection; the report follows */
    } else if (partition != &agent->ecu && task->uuid.len != DOMAINS_UUID_SIZE) {
        refuse(agent, task, "cannot carry out task for %s: a UUID has %d bytes, not %zu", partition->name,
               DOMAINS_UUID_SIZE, task->uuid.len);
    } else if (make_way(agent, task, partition, activity)) {
        begin(agent, task, partition, slot);
    }
}

static bool is_about_ecu(const Xhm__V1__AgentTask *task) {
    return task->partition[0] == '\0' && slot_of(task) == AGENT_SLOT_INJECTION;
}

void tasks_accept(struct agent *agent, const Xhm__V1__AgentTask *task) {
    struct agent_partition *partition = NULL;

    if (task->task_id == 0) {
        refuse(agent, task, "cannot carry out task: it has no id");
        return;
    }
    if (is_about_ecu(task)) {
        accept_for(agent, task, &agent->ecu);
        return;
    }
    if (!partitions_is_name(task->partition)) {
        refuse(agent, task, "cannot carry out task: \"%.40s\" is no partition name", task->partition);
        return;
    }
    partitions_scan(&agent->partitions, agent->options.partitions_folder);
    partition = partitions_find(&agent->partitions, task->partition);
    if (partition == NULL) {
        refuse(agent, task, "cannot carry out task: there is no %s/%s.cfg", agent->options.partitions_folder,
               task->partition);
    } else {
        accept_for(agent, task, partition);
    }
}

void tasks_forget(struct agent *agent) {
    for (uint32_t i = 0; i < agent->partitions.count; i++) {
        for (size_t slot = 0; slot < AGENT_SLOT_COUNT; slot++) {
            agent->partitions.entries[i].activities[slot].result = (struct agent_result){0};
        }
    }
    agent->ecu.activities[AGENT_SLOT_INJECTION].result = (struct agent_result){0};
}
