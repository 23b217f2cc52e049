// SPDX-License-Identifier: Apache-2.0
#include "sim_command.h"

#include "sim_policy.h"

/* The task of D that E, in words[2], names. */
static struct xhm_sim_task *task_of(const struct xhm_sim_call *call) {
    struct xhm_sim_domain *domain = command_domain(call);

    if (domain == NULL || domain->policy == NULL) {
        return NULL;
    }
    const uint32_t entity = sim_policy_find_entity(domain->policy, call->words[2]);
    return entity == XHM_NONE ? NULL : &domain->tasks[entity];
}

static const char no_task[] = "needs a partition and an entity";

static uint64_t guest_now(const struct xhm_sim_call *call) {
    return guest_time(command_domain(call), call->runner->ecu.now_ns);
}

/* hang|resume P E */
const char *command_hang(const struct xhm_sim_call *call) {
    struct xhm_sim_task *task = task_of(call);

    if (task == NULL) {
        return no_task;
    }
    task->hung = command_has(call, 0, "hang");
    return NULL;
}

/* pace P E PERIOD: between two alive indications, from now on */
const char *command_pace(const struct xhm_sim_call *call) {
    struct xhm_sim_task *task = task_of(call);

    if (task == NULL || !trace_duration(call->words[3], &task->period_ns) || task->period_ns == 0) {
        return no_task;
    }
    task->next_ns = call->runner->ecu.now_ns + task->period_ns;
    return NULL;
}

/* burst P E N: N alive indications at once */
const char *command_burst(const struct xhm_sim_call *call) {
    struct xhm_sim_task *task = task_of(call);
    uint64_t count;

    if (task == NULL || task->probe == NULL || !trace_number(call->words[3], &count)) {
        return no_task;
    }
    for (uint64_t i = 0; i < count; i++) {
        xhm_probe_alive(task->probe, guest_now(call));
    }
    return NULL;
}

/* miss P E N: N deadlines missed */
const char *command_miss(const struct xhm_sim_call *call) {
    struct xhm_sim_task *task = task_of(call);
    uint64_t count;

    if (task == NULL || task->probe == NULL || !trace_number(call->words[3], &count)) {
        return no_task;
    }
    for (uint64_t i = 0; i < count; i++) {
        xhm_probe_deadline_report(task->probe, false, 2 * XHM_SIM_MS, guest_now(call));
    }
    return NULL;
}

/* leave-out P E: the entity is not started when its page is started the next time */
const char *command_leave_out(const struct xhm_sim_call *call) {
    struct xhm_sim_task *task = task_of(call);

    if (task == NULL) {
        return no_task;
    }
    task->absent = true;
    return NULL;
}

/* path P E N…: the checkpoints of each activation from the next one on; as far apart as the policy's were */
const char *command_path(const struct xhm_sim_call *call) {
    struct xhm_sim_task *task = task_of(call);
    uint32_t length = 0;

    if (task == NULL) {
        return no_task;
    }
    for (unsigned i = 3; i < call->word_count && length < XHM_SIM_PATH_LENGTH; i++) {
        uint64_t checkpoint;
        if (!trace_number(call->words[i], &checkpoint)) {
            return "needs checkpoints";
        }
        task->path[length++] = (uint32_t)checkpoint;
    }
    task->path_length = length;
    task->path_position = length;
    return NULL;
}

/* spacing P E DURATION: between two checkpoints of an activation */
const char *command_spacing(const struct xhm_sim_call *call) {
    struct xhm_sim_task *task = task_of(call);
    uint64_t gap_ns;

    if (task == NULL || !trace_duration(call->words[3], &gap_ns)) {
        return no_task;
    }
    for (uint32_t i = 1; i < XHM_SIM_PATH_LENGTH; i++) {
        task->gaps_ns[i] = gap_ns;
    }
    return NULL;
}

/* stall P E [no]: it waits behind the first checkpoint of its path, and reports that it is alive */
const char *command_stall(const struct xhm_sim_call *call) {
    struct xhm_sim_task *task = task_of(call);

    if (task == NULL) {
        return no_task;
    }
    task->stalled = !command_has(call, 3, "no");
    return NULL;
}

/* checkpoint P E N [TIMES]: one checkpoint, or so many of it at once */
const char *command_checkpoint(const struct xhm_sim_call *call) {
    struct xhm_sim_task *task = task_of(call);
    uint64_t checkpoint;
    uint64_t times = 1;

    if (task == NULL || task->probe == NULL || !trace_number(call->words[3], &checkpoint) ||
        (call->word_count > 4 && !trace_number(call->words[4], &times))) {
        return no_task;
    }
    for (uint64_t i = 0; i < times; i++) {
        xhm_probe_checkpoint(task->probe, (uint32_t)checkpoint, guest_now(call));
    }
    return NULL;
}

/* latency P E DURATION: reported with each activation from now on; 0ms: none is reported */
const char *command_latency(const struct xhm_sim_call *call) {
    struct xhm_sim_task *task = task_of(call);

    return task != NULL && trace_duration(call->words[3], &task->latency_ns) ? NULL : no_task;
}
