/**
 * Jobs: what is being done about one partition, as a sequence of steps that never wait. One job for a slot of a
 * partition at a time; others go on side by side.
 */
#ifndef XHM_AGENT_JOBS_H
#define XHM_AGENT_JOBS_H

#include "agent.h"
#include "children.h"
#include "domains.h"
#include "rendezvous_key.h"

/** What a step wants next. */
enum step_result {
    STEP_NEXT,   /**< done; on to the next step, after the last one the job is done */
    STEP_WAIT,   /**< a child was started; `child_ended` will be called */
    STEP_POLL,   /**< begin this step again in a moment */
    STEP_FAILED, /**< job->result.message says why */
};

struct agent_job;

/** One step. A table of them, ended by a zero `begin`, is what a kind of job does. */
struct job_step {
    enum step_result (*begin)(struct agent_job *job);
    enum step_result (*child_ended)(struct agent_job *job, const struct child_end *end); /**< NULL: success is enough */
};

typedef void job_end_function(struct agent_job *job);

/** One job. */
struct agent_job {
    struct agent *agent;
    struct agent_partition *partition;
    struct agent_activity *activity; /**< of the partition, which this job occupies */
    const struct job_step *steps;
    uint32_t step;
    uint64_t deadline_ms;
    job_end_function *on_end; /**< reports; the job is freed after it */
    struct agent_result result;
    uint8_t uuid[DOMAINS_UUID_SIZE];
    int removed_domid;           /**< that xl was told to destroy, -1: none */
    struct rendezvous_node node; /**< being written by the child */
    void *details;               /**< of the kind of job; freed with it */
    char doing[AGENT_MESSAGE_SIZE / 3];
    struct child *child;
    sd_event_source *timer;
};

/** What a job is made of. */
struct job_order {
    struct agent_partition *partition;
    enum agent_slot slot;
    const struct job_step *steps;
    uint64_t timeout_ms;
    uint64_t task_id;    /**< 0: nobody asked */
    const uint8_t *uuid; /**< or NULL */
    void *details;       /**< from malloc(), or NULL */
    job_end_function *on_end;
};

/** Makes a job for a slot that must be free; it runs after jobs_run(). @return NULL without memory */
struct agent_job *jobs_make(struct agent *agent, const struct job_order *order);

/** Begins with the first step; the job may have ended, and be freed, when this returns. */
void jobs_run(struct agent_job *job);

/** Ends the job of @p activity, if it has one, as failed: @p reason. */
void jobs_supersede(struct agent_activity *activity, const char *reason);

/** For steps: fails with a sentence. */
enum step_result jobs_fail(struct agent_job *job, const char *format, ...) __attribute__((format(printf, 2, 3)));

/**
 * For steps: starts a program or function with what is left of the job's time. @p doing is for messages; NULL: the
 * program's arguments.
 */
enum step_result jobs_start_child(struct agent_job *job, const struct child_work *work, const char *doing);

/** For steps: fails with what the child was doing and why that failed. */
enum step_result jobs_child_failed(struct agent_job *job, const struct child_end *end);

#endif
