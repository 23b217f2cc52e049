#include "jobs.h"
#include "log.h"
#include "timer.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define POLL_PERIOD_MS 30u

static void advance(struct agent_job *job, enum step_result result);

struct agent_job *jobs_make(struct agent *agent, const struct job_order *order) {
    struct agent_job *job = calloc(1, sizeof(*job));

    if (job == NULL) {
        return NULL;
    }
    job->agent = agent;
    job->partition = order->partition;
    job->steps = order->steps;
    job->deadline_ms = agent_now_ms(agent) + order->timeout_ms;
    job->on_end = order->on_end;
    job->result.task_id = order->task_id;
    job->removed_domid = -1;
    job->details = order->details;
    if (order->uuid != NULL) {
        memcpy(job->uuid, order->uuid, sizeof(job->uuid));
    }
    job->activity = &order->partition->activities[order->slot];
    job->activity->job = job;
    return job;
}

static void end_job(struct agent_job *job, bool is_done) {
    job->result.is_done = is_done;
    job->activity->job = NULL;
    child_abandon(job->child);
    sd_event_source_disable_unref(job->timer);
    job->on_end(job);
    free(job->details);
    free(job);
}

enum step_result jobs_fail(struct agent_job *job, const char *format, ...) {
    va_list arguments;

    va_start(arguments, format);
    vsnprintf(job->result.message, sizeof(job->result.message), format, arguments);
    va_end(arguments);
    return STEP_FAILED;
}

void jobs_supersede(struct agent_activity *activity, const char *reason) {
    if (activity->job != NULL) {
        jobs_fail(activity->job, "%s", reason);
        end_job(activity->job, false);
    }
}

static uint64_t remaining_ms(const struct agent_job *job) {
    const uint64_t now_ms = agent_now_ms(job->agent);

    return now_ms < job->deadline_ms ? job->deadline_ms - now_ms : 0;
}

static int on_poll(sd_event_source *source, uint64_t time_us, void *context) {
    struct agent_job *job = context;

    (void)source, (void)time_us;
    job->timer = sd_event_source_disable_unref(job->timer);
    advance(job, job->steps[job->step].begin(job));
    return 0;
}

static enum step_result poll_later(struct agent_job *job) {
    if (remaining_ms(job) == 0) {
        return jobs_fail(job, "%s: no effect within the time allowed", job->doing);
    }

    const int result = timer_start(job->agent->event, &job->timer, POLL_PERIOD_MS, on_poll, job);

    return result < 0 ? jobs_fail(job, "cannot start a timer: %s", strerror(-result)) : STEP_WAIT;
}

/* The last line is where programs say why; earlier ones are in the journal. */
static const char *last_line(const char *output, int *length) {
    size_t end = strlen(output);
    size_t start;

    while (end > 0 && output[end - 1] == '\n') {
        end--;
    }
    start = end;
    while (start > 0 && output[start - 1] != '\n') {
        start--;
    }
    *length = (int)(end - start);
    return output + start;
}

enum step_result jobs_child_failed(struct agent_job *job, const struct child_end *end) {
    int length = 0;
    const char *line = last_line(end->output, &length);

    if (end->is_timed_out) {
        return jobs_fail(job, "%s: did not end within the time allowed and was killed", job->doing);
    }
    return jobs_fail(job, "%s: failed with status %d%s%.*s", job->doing, end->status, length > 0 ? ": " : "", length,
                     line);
}

static void on_child_end(void *context, const struct child_end *end) {
    struct agent_job *job = context;
    const struct job_step *step = &job->steps[job->step];

    job->child = NULL;
    if (end->output[0] != '\0') {
        log_record(LOG_OUTPUT, job->partition->name, "%s: %s", job->doing, end->output);
    }
    if (!end->is_timed_out && step->child_ended != NULL) {
        advance(job, step->child_ended(job, end));
    } else {
        advance(job, end->is_success ? STEP_NEXT : jobs_child_failed(job, end));
    }
}

static void format_doing(struct agent_job *job, const struct child_work *work, const char *doing) {
    size_t used = (size_t)snprintf(job->doing, sizeof(job->doing), "%s", doing != NULL ? doing : work->arguments[0]);

    for (size_t i = 1; doing == NULL && work->arguments[i] != NULL && used < sizeof(job->doing); i++) {
        used += (size_t)snprintf(job->doing + used, sizeof(job->doing) - used, " %s", work->arguments[i]);
    }
}

enum step_result jobs_start_child(struct agent_job *job, const struct child_work *work, const char *doing) {
    struct child_work timed = *work;

    format_doing(job, work, doing);
    timed.timeout_ms = remaining_ms(job);
    if (timed.timeout_ms == 0) {
        return jobs_fail(job, "%s: no time left", job->doing);
    }
    job->child = child_start(job->agent->event, &timed, on_child_end, job);
    return job->child != NULL ? STEP_WAIT : jobs_fail(job, "%s: cannot start: %s", job->doing, strerror(errno));
}

static void advance(struct agent_job *job, enum step_result result) {
    while (result == STEP_NEXT) {
        job->step++;
        if (job->steps[job->step].begin == NULL) {
            end_job(job, true);
            return;
        }
        result = job->steps[job->step].begin(job);
    }
    if (result == STEP_POLL) {
        result = poll_later(job);
    }
    if (result == STEP_FAILED) {
        end_job(job, false);
    }
}

void jobs_run(struct agent_job *job) {
    advance(job, job->steps[0].begin(job));
}
