/**
 * What creating and recreating a partition consists of.
 */
#ifndef XHM_AGENT_RECREATE_H
#define XHM_AGENT_RECREATE_H

#include "jobs.h"

/** Destroy what is left, create from the declared file, verify the identity, announce the supervisor. */
extern const struct job_step recreate_steps[];

/** Create only: for a partition that is known not to run. */
extern const struct job_step start_steps[];

/**
 * Steps of their own, for a job with a uuid: destroys every live domain that carries it, one after the other, and goes
 * on when there is none.
 */
enum step_result recreate_remove_instances(struct agent_job *job);
enum step_result recreate_remove_ended(struct agent_job *job, const struct child_end *end);

#endif
