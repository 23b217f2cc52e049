#include "recreate.h"

#include <stdio.h>
#include <string.h>

/* @return whether the job may go on to create; refused before anything is destroyed */
static enum step_result check_rate(struct agent_job *job) {
    snprintf(job->doing, sizeof(job->doing), "waiting for the least distance between two creations");
    if (partitions_may_create(job->partition, agent_now_ms(job->agent)) < 0) {
        return jobs_fail(job, "cannot create %s: it was created %u times within the last %u s already",
                         job->partition->name, AGENT_CREATIONS_PER_WINDOW, AGENT_CREATION_WINDOW_MS / 1000);
    }
    return STEP_NEXT;
}

/* Begun again until no live domain carries the identity. What xl says about it does not matter, Xen's list does. */
enum step_result recreate_remove_instances(struct agent_job *job) {
    char domid[16];
    const char *const arguments[] = {"xl", "destroy", domid, NULL};
    const struct child_work work = {.arguments = arguments};
    xc_domaininfo_t domain;
    const int found = domains_find(job->agent->xen, job->uuid, &domain);

    if (found < 0) {
        return jobs_fail(job, "cannot look for instances of %s in Xen's domain list: %s", job->partition->name,
                         strerror(-found));
    }
    if (found == 0) {
        return STEP_NEXT;
    }
    if (job->removed_domid == domain.domain) {
        return STEP_POLL;
    }
    job->removed_domid = domain.domain;
    snprintf(domid, sizeof(domid), "%u", (unsigned)domain.domain);
    return jobs_start_child(job, &work, NULL);
}

enum step_result recreate_remove_ended(struct agent_job *job, const struct child_end *end) {
    (void)job, (void)end;
    return STEP_POLL;
}

static enum step_result pace(struct agent_job *job) {
    return partitions_may_create(job->partition, agent_now_ms(job->agent)) == 0 ? STEP_NEXT : STEP_POLL;
}

/* -e: no xl process stays behind that would act on the domain's end. */
static enum step_result create(struct agent_job *job) {
    char path[PATH_MAX];
    const char *const arguments[] = {"xl", "create", "-e", "-q", path, NULL};
    const struct child_work work = {.arguments = arguments};

    partitions_format_path(job->partition, job->agent->options.partitions_folder, path);
    partitions_count_creation(job->partition, agent_now_ms(job->agent));
    return jobs_start_child(job, &work, NULL);
}

static enum step_result verify(struct agent_job *job) {
    xc_domaininfo_t domain;
    const int found = domains_find(job->agent->xen, job->uuid, &domain);

    if (found < 0) {
        return jobs_fail(job, "cannot look for the new instance of %s in Xen's domain list: %s", job->partition->name,
                         strerror(-found));
    }
    if (found == 0) {
        return jobs_fail(job,
                         "created %s, but no domain has its UUID: does %s.cfg declare the UUID that the policy does?",
                         job->partition->name, job->partition->name);
    }
    job->result.domid = domain.domain;
    job->partition->running_domid = domain.domain;
    return STEP_NEXT;
}

static enum step_result announce(struct agent_job *job) {
    const struct rendezvous_supervisor supervisor = rendezvous_supervisor_make(job->agent->options.supervisor_domid);
    const struct child_work work = {.function = rendezvous_write, .function_context = &job->node};

    job->node = rendezvous_node_supervisor(job->result.domid, &supervisor);
    return jobs_start_child(job, &work, "announcing the supervisor to the new instance");
}

const struct job_step recreate_steps[] = {
    {check_rate, NULL}, {recreate_remove_instances, recreate_remove_ended},
    {pace, NULL},       {create, NULL},
    {verify, NULL},     {announce, NULL},
    {NULL, NULL},
};

const struct job_step start_steps[] = {
    {check_rate, NULL},
    {pace, NULL},
    {create, NULL},
    {NULL, NULL},
};
