#include "loop_state.h"
#include <errno.h>
#include <stdio.h>
#include <sys/timerfd.h>
#include <unistd.h>

#define NS_PER_S       UINT64_C(1000000000)
#define URGENT_LOOK_US 100u

uint64_t loop_clock_now_ns(clockid_t clock) {
    struct timespec now;

    if (clock_gettime(clock, &now) != 0) {
        return 0;
    }
    return (uint64_t)now.tv_sec * NS_PER_S + (uint64_t)now.tv_nsec;
}

static void perform_action(struct xhm_loop *loop, const struct xhm_action *action) {
    char error[XHM_ERROR_SIZE] = "";

    if (action->kind == XHM_ACTION_RECREATE) {
        writer_task_id(loop->writer, action->task_id);
        control_agent_recreate(loop->control, action);
    } else if (action->kind == XHM_ACTION_REBOOT_ECU || action->kind == XHM_ACTION_RESTART_SUPERVISOR) {
        keeping_last_resort(&loop->keeping, action->kind);
    } else if (!platform_act(loop->platform, action, error)) {
        loop->action_failed = true;
        writer_say(loop->writer, error);
    }
}

/* Looks again soon while an urgent record waits. */
static void release_records(struct xhm_loop *loop) {
    records_release(&loop->records, loop_clock_now_ns(CLOCK_MONOTONIC));
    if (records_are_urgent(&loop->records) &&
        (sd_event_source_set_time_relative(loop->urgent_source, URGENT_LOOK_US) < 0 ||
         sd_event_source_set_enabled(loop->urgent_source, SD_EVENT_ONESHOT) < 0)) {
        loop->action_failed = true;
    }
}

int loop_on_urgent(sd_event_source *source, uint64_t time_us, void *context) {
    (void)source;
    (void)time_us;
    release_records(context);
    return 0;
}

void loop_perform(struct xhm_loop *loop, const struct xhm_policy *named_by) {
    const uint64_t wall_clock_ns = loop->outcome.event_count > 0 ? loop_clock_now_ns(CLOCK_REALTIME) : 0;

    keeping_take(&loop->keeping, &loop->core, &loop->outcome);
    for (uint32_t i = 0; i < loop->outcome.action_count; i++) {
        perform_action(loop, &loop->outcome.actions[i]);
    }
    for (uint32_t i = 0; i < loop->outcome.event_count; i++) {
        const struct xhm_record *record =
            records_make(&loop->records, &loop->outcome.events[i], named_by, wall_clock_ns);
        records_tell(&loop->records, record);
    }
    loop->records.lost += loop->outcome.events_dropped;
    if (records_are_urgent(&loop->records)) {
        release_records(loop);
    }
}

static void observe(struct xhm_loop *loop, uint64_t now_ns, uint32_t ticks) {
    struct xhm_observation *observation = &loop->observation;

    core_plan(&loop->core, ticks, &loop->plan);
    control_plan(loop->control, &loop->plan);
    observation->now_ns = now_ns;
    observation->ticks = ticks;
    platform_observe(loop->platform, &loop->plan, observation);
    control_observe(loop->control, now_ns, observation);
    observation->events_lost = writer_take_lost(loop->writer) > 0 || loop->records.lost > 0;
    loop->records.lost = 0;
    observation->fault_memory_degraded = writer_degraded(loop->writer);
    observation->action_failed = loop->action_failed;
    loop->action_failed = false;
}

static void keep_worst(uint64_t *worst, uint64_t value) {
    if (value > *worst) {
        *worst = value;
    }
}

static void end_if_wanted(struct xhm_loop *loop) {
    const enum xhm_loop_end end = keeping_step(&loop->keeping);

    if (end != XHM_LOOP_GOES_ON && sd_event_exit(loop->event, (int)end) < 0) {
        loop->action_failed = true;
    }
}

static void step(struct xhm_loop *loop, uint32_t ticks) {
    const uint64_t now_ns = loop_clock_now_ns(CLOCK_MONOTONIC);

    if (now_ns > loop->due_ns) {
        keep_worst(&loop->figures.worst_lateness_ns, now_ns - loop->due_ns);
    }
    loop->due_ns += ticks * loop->core.policy->supervisor.cycle_ns;
    release_records(loop);
    observe(loop, now_ns, ticks);
    core_step(&loop->core, &loop->observation, &loop->outcome);
    loop_perform(loop, loop->core.policy);
    notifier_step(&loop->notifier, loop->writer, &loop->core, now_ns);
    end_if_wanted(loop);
    keep_worst(&loop->figures.worst_step_ns, loop_clock_now_ns(CLOCK_MONOTONIC) - now_ns);
}

int loop_on_timer(sd_event_source *source, int descriptor, uint32_t revents, void *context) {
    struct xhm_loop *loop = context;
    uint64_t expirations = 0;

    (void)source;
    (void)revents;
    if (read(descriptor, &expirations, sizeof(expirations)) != (ssize_t)sizeof(expirations)) {
        return errno == EAGAIN || errno == EINTR ? 0 : -errno;
    }
    step(loop, expirations < UINT32_MAX ? (uint32_t)expirations : UINT32_MAX);
    return 0;
}

int loop_start_timer(struct xhm_loop *loop) {
    const uint64_t cycle_ns = loop->core.policy->supervisor.cycle_ns;

    loop->due_ns = loop_clock_now_ns(CLOCK_MONOTONIC) + cycle_ns;
    const struct itimerspec schedule = {
        .it_value = {.tv_sec = (time_t)(loop->due_ns / NS_PER_S), .tv_nsec = (long)(loop->due_ns % NS_PER_S)},
        .it_interval = {.tv_sec = (time_t)(cycle_ns / NS_PER_S), .tv_nsec = (long)(cycle_ns % NS_PER_S)},
    };
    return timerfd_settime(loop->timer, TFD_TIMER_ABSTIME, &schedule, NULL) == 0 ? 0 : -errno;
}

int loop_run(struct xhm_loop *loop, enum xhm_loop_end *end) {
    int result = loop_start_timer(loop);

    *end = XHM_LOOP_GOES_ON;
    if (result == 0) {
        result = sd_event_loop(loop->event);
    }
    if (result > 0) {
        *end = (enum xhm_loop_end)result;
    }
    keeping_store(&loop->keeping, &loop->core);
    loop_record_life(loop, XHM_EVENT_SUPERVISOR_STOPPED, 0, 0);
    writer_notify(loop->writer, "STOPPING=1");
    return result < 0 ? result : 0;
}
