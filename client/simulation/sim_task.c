// SPDX-License-Identifier: Apache-2.0
/* A task of a simulated domain: what it reports, and when. */
#include "sim_guest.h"

static bool is_on_path(const struct xhm_sim_task *task, uint32_t checkpoint) {
    for (uint32_t i = 0; i < task->path_length; i++) {
        if (task->path[i] == checkpoint) {
            return true;
        }
    }
    return false;
}

static uint32_t next_in_graph(const struct xhm_sim_task *task, const struct xhm_logical_policy *logical,
                              uint32_t checkpoint) {
    for (uint32_t i = 0; i < logical->transition_count; i++) {
        if (logical->transitions[i].from == checkpoint && !is_on_path(task, logical->transitions[i].to)) {
            return logical->transitions[i].to;
        }
    }
    return 0;
}

static void append(struct xhm_sim_task *task, uint32_t checkpoint) {
    if (task->path_length < XHM_SIM_PATH_LENGTH && !is_on_path(task, checkpoint)) {
        task->gaps_ns[task->path_length] = task->path_length > 0 ? task->period_ns / 20 : 0;
        task->path[task->path_length++] = checkpoint;
    }
}

/* The first branch that does not lead back, until there is none. */
static void follow_graph(struct xhm_sim_task *task, const struct xhm_logical_policy *logical) {
    for (uint32_t checkpoint = logical->initial[0]; checkpoint != 0 && task->path_length < XHM_SIM_PATH_LENGTH;
         checkpoint = next_in_graph(task, logical, checkpoint)) {
        append(task, checkpoint);
    }
}

/* The last gap before the end of a deadline makes it come in the middle of its bounds, if it would not be in time. */
static void keep_deadline(struct xhm_sim_task *task, const struct xhm_deadline_policy *deadline) {
    const uint64_t wanted_ns = deadline->min_ns + (deadline->max_ns - deadline->min_ns) / 2;
    uint64_t elapsed_ns = 0;
    bool begun = false;

    for (uint32_t i = 0; i < task->path_length; i++) {
        elapsed_ns = begun ? elapsed_ns + task->gaps_ns[i] : 0;
        if (begun && task->path[i] == deadline->to) {
            if (elapsed_ns < deadline->min_ns || elapsed_ns > deadline->max_ns) {
                const uint64_t before_ns = elapsed_ns - task->gaps_ns[i];
                task->gaps_ns[i] = wanted_ns > before_ns ? wanted_ns - before_ns : 0;
            }
            return;
        }
        begun = begun || task->path[i] == deadline->from;
    }
}

void task_follow_policy(struct xhm_sim_task *task, const struct xhm_entity_policy *policy) {
    if (policy->logical.initial_count > 0) {
        follow_graph(task, &policy->logical);
    }
    for (uint32_t i = 0; i < policy->deadline_count && policy->logical.initial_count == 0; i++) {
        append(task, policy->deadlines[i].from);
        append(task, policy->deadlines[i].to);
    }
    for (uint32_t i = 0; i < policy->deadline_count; i++) {
        keep_deadline(task, &policy->deadlines[i]);
    }
    task->path_position = task->path_length;
    task->latency_ns = policy->latency.clear_ns / 2;
}

static bool is_under_way(const struct xhm_sim_task *task) {
    return task->path_position < task->path_length;
}

static void reach_checkpoint(struct xhm_sim_task *task, const struct xhm_sim_domain *domain) {
    xhm_probe_checkpoint(task->probe, task->path[task->path_position], guest_time(domain, task->next_checkpoint_ns));
    task->path_position++;
    if (is_under_way(task)) {
        task->next_checkpoint_ns += task->gaps_ns[task->path_position];
    }
}

static void activate(struct xhm_sim_task *task, const struct xhm_sim_domain *domain) {
    const uint64_t guest_ns = guest_time(domain, task->next_ns);

    for (uint32_t i = 0; i < task->reports; i++) {
        xhm_probe_alive(task->probe, guest_ns);
    }
    if (task->latency_ns > 0) {
        xhm_probe_deadline_report(task->probe, true, task->latency_ns, guest_ns);
    }
    if (!is_under_way(task)) {
        task->path_position = 0;
        task->next_checkpoint_ns = task->next_ns;
    }
}

/* One that waits on its path goes on with it as soon as it can. */
static void run_path(struct xhm_sim_task *task, const struct xhm_sim_domain *domain, uint64_t until_ns, bool able) {
    while (is_under_way(task) && task->next_checkpoint_ns <= until_ns) {
        if (!able || (task->stalled && task->path_position == 1)) {
            task->next_checkpoint_ns = until_ns + 1;
        } else {
            reach_checkpoint(task, domain);
        }
    }
}

/* A task that could not run for a while goes on at its next period, without catching up. */
void task_run(struct xhm_sim_task *task, const struct xhm_sim_domain *domain, uint64_t now_ns) {
    const bool able = guest_is_running(domain) && !task->hung && !task->absent;

    if (task->probe == NULL) {
        return;
    }
    while (task->next_ns <= now_ns) {
        run_path(task, domain, task->next_ns, able);
        if (able) {
            activate(task, domain);
        }
        task->next_ns += task->period_ns;
    }
    run_path(task, domain, now_ns, able);
}
