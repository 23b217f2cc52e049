#include "injection.h"
#include "injection_parts.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define KIND(name)   XHM__V1__INJECTION_KIND__INJECTION_##name
#define FIRST_ENTITY 1u
#define MAX_STEPS    5

static enum step_result find_instance(struct agent_job *job) {
    struct injection_wish *wish = job->details;
    const int found = domains_find(job->agent->xen, job->uuid, &wish->domain);

    job->result.domid = wish->domain.domain;
    return found == 1 ? STEP_NEXT
                      : jobs_fail(job, "cannot inject into %s: %s", job->partition->name,
                                  found == 0 ? "it has no live instance" : strerror(-found));
}

static enum step_result find_other(struct agent_job *job) {
    struct injection_wish *wish = job->details;
    const struct agent_partition *other = partitions_find(&job->agent->partitions, wish->other);

    if (other == NULL || other->running_domid < 0 ||
        domains_read(job->agent->xen, (uint32_t)other->running_domid, &wish->other_domain) != 1) {
        return jobs_fail(job, "cannot move a vCPU of \"%.32s\" to the pCPU of %s: no such partition is running",
                         wish->other, job->partition->name);
    }
    return STEP_NEXT;
}

/* What each kind consists of. */
static const struct job_step steps_of[][MAX_STEPS] = {
    [KIND(HANG)] = {{find_instance, NULL}, {injection_order, NULL}},
    [KIND(SLOW)] = {{find_instance, NULL}, {injection_order, NULL}},
    [KIND(EARLY)] = {{find_instance, NULL}, {injection_order, NULL}},
    [KIND(WRONG_ORDER)] = {{find_instance, NULL}, {injection_order, NULL}},
    [KIND(SPIN)] = {{find_instance, NULL}, {injection_order, NULL}},
    [KIND(CORRUPT)] = {{find_instance, NULL}, {injection_order, NULL}},
    [KIND(FROZEN_CLOCK)] = {{find_instance, NULL}, {injection_order, NULL}},
    [KIND(LATENCY)] = {{find_instance, NULL}, {injection_order, NULL}},
    [KIND(RING_OVERFLOW)] = {{find_instance, NULL}, {injection_order, NULL}},
    [KIND(TORN)] = {{find_instance, NULL}, {injection_order, NULL}},
    [KIND(LOAD)] = {{find_instance, NULL}, {injection_order, NULL}},
    [KIND(CRASH)] = {{find_instance, NULL}, {injection_crash, NULL}},
    [KIND(MEMORY)] = {{find_instance, NULL}, {injection_memory, NULL}},
    [KIND(PAUSE)] = {{find_instance, NULL}, {injection_pause, NULL}},
    [KIND(VCPU_OFF)] = {{find_instance, NULL}, {injection_vcpu_off, NULL}},
    [KIND(PIN)] = {{find_instance, NULL}, {injection_pin, NULL}},
    [KIND(DEADLINE)] = {{find_instance, NULL},
                        {find_other, NULL},
                        {injection_pin_other, NULL},
                        {injection_order_overload, NULL}},
    [KIND(VISIBILITY)] = {{injection_stop_service, NULL}},
    [KIND(AGENT_GONE)] = {{injection_stop_service, NULL}},
    [KIND(OVERRUN)] = {{injection_stop_service, NULL}},
};

static const struct job_step end_of_stop[] = {{injection_stop_service_end, NULL}, {NULL, NULL}};

static struct injection_wish *make_wish(const Xhm__V1__AgentTask *task) {
    struct injection_wish *wish = calloc(1, sizeof(*wish));

    if (wish != NULL) {
        wish->kind = task->injection;
        wish->entity_id = task->entity_id != 0 ? task->entity_id : FIRST_ENTITY;
        wish->target_pcpu = task->target_pcpu < UINT32_MAX ? (uint32_t)task->target_pcpu : UINT32_MAX;
        wish->memory_kib = task->memory_kib;
        wish->duration_ms = task->duration_ms;
        snprintf(wish->other, sizeof(wish->other), "%s", task->other_partition);
    }
    return wish;
}

const struct job_step *injection_prepare(const Xhm__V1__AgentTask *task, void **details) {
    const size_t kind = (size_t)task->injection;
    const bool is_into_ecu = task->partition[0] == '\0';

    if (task->kind == XHM__V1__AGENT_TASK_KIND__AGENT_TASK_CLEAR_INJECTION) {
        return is_into_ecu ? end_of_stop : injection_undo_steps;
    }
    if (kind >= sizeof(steps_of) / sizeof(steps_of[0]) || steps_of[kind][0].begin == NULL ||
        is_into_ecu != (steps_of[kind][0].begin == injection_stop_service)) {
        return NULL;
    }
    *details = make_wish(task);
    return *details != NULL ? steps_of[kind] : NULL;
}
