#include "loop.h"
#include "policy_file.h"
#include "records.h"
#include "residence.h"
#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/timerfd.h>
#include <systemd/sd-event.h>
#include <time.h>
#include <unistd.h>

#define NS_PER_S       UINT64_C(1000000000)
#define URGENT_LOOK_US 100u

struct xhm_loop {
    struct sd_event *event;
    sd_event_source *timer_source;
    sd_event_source *urgent_source; /**< looks again soon whether urgent records can be told */
    int timer;
    uint64_t due_ns; /**< when the next expiration is due */

    struct xhm_policy_reader *policy_reader;
    struct xhm_policy policies[2]; /**< the running one and room for its successor */
    struct xhm_core core;
    struct xhm_core scratch;
    struct xhm_plan plan;
    struct xhm_observation observation;
    struct xhm_outcome outcome;

    struct xhm_platform *platform;
    struct xhm_writer *writer;
    struct xhm_control *control;
    struct xhm_control_figures figures;
    struct xhm_records records;
    struct xhm_notifier notifier;
    char boot_id[40];
    uint64_t state_generation; /**< of the state that was last handed to the writer */
    uint64_t state_stored;
    bool action_failed;
};

static uint64_t clock_now_ns(clockid_t clock) {
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
    } else if (!platform_act(loop->platform, action, error)) {
        loop->action_failed = true;
        writer_say(loop->writer, error);
    }
}

/* Looks again soon while an urgent record waits. */
static void release_records(struct xhm_loop *loop) {
    records_release(&loop->records, clock_now_ns(CLOCK_MONOTONIC));
    if (records_are_urgent(&loop->records) &&
        (sd_event_source_set_time_relative(loop->urgent_source, URGENT_LOOK_US) < 0 ||
         sd_event_source_set_enabled(loop->urgent_source, SD_EVENT_ONESHOT) < 0)) {
        loop->action_failed = true;
    }
}

static int on_urgent(sd_event_source *source, uint64_t time_us, void *context) {
    (void)source;
    (void)time_us;
    release_records(context);
    return 0;
}

static void perform(struct xhm_loop *loop, const struct xhm_policy *named_by) {
    const uint64_t wall_clock_ns = loop->outcome.event_count > 0 ? clock_now_ns(CLOCK_REALTIME) : 0;

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

static void step(struct xhm_loop *loop, uint32_t ticks) {
    const uint64_t now_ns = clock_now_ns(CLOCK_MONOTONIC);

    if (now_ns > loop->due_ns) {
        keep_worst(&loop->figures.worst_lateness_ns, now_ns - loop->due_ns);
    }
    loop->due_ns += ticks * loop->core.policy->supervisor.cycle_ns;
    release_records(loop);
    observe(loop, now_ns, ticks);
    core_step(&loop->core, &loop->observation, &loop->outcome);
    perform(loop, loop->core.policy);
    notifier_step(&loop->notifier, loop->writer, &loop->core, now_ns);
    keep_worst(&loop->figures.worst_step_ns, clock_now_ns(CLOCK_MONOTONIC) - now_ns);
}

static int on_timer(sd_event_source *source, int descriptor, uint32_t revents, void *context) {
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

static int start_timer(struct xhm_loop *loop) {
    const uint64_t cycle_ns = loop->core.policy->supervisor.cycle_ns;

    loop->due_ns = clock_now_ns(CLOCK_MONOTONIC) + cycle_ns;
    const struct itimerspec schedule = {
        .it_value = {.tv_sec = (time_t)(loop->due_ns / NS_PER_S), .tv_nsec = (long)(loop->due_ns % NS_PER_S)},
        .it_interval = {.tv_sec = (time_t)(cycle_ns / NS_PER_S), .tv_nsec = (long)(cycle_ns % NS_PER_S)},
    };
    return timerfd_settime(loop->timer, TFD_TIMER_ABSTIME, &schedule, NULL) == 0 ? 0 : -errno;
}

static void record_own(void *context, const struct xhm_event *event) {
    struct xhm_loop *loop = context;
    struct xhm_event dated = *event;

    dated.time_ns = clock_now_ns(CLOCK_MONOTONIC);
    records_tell(&loop->records, records_make(&loop->records, &dated, loop->core.policy, clock_now_ns(CLOCK_REALTIME)));
}

static void record_life(struct xhm_loop *loop, enum xhm_event_kind kind, uint64_t value0, uint64_t value1) {
    const struct xhm_event event = {.kind = kind,
                                    .fault = XHM_FAULT_COUNT,
                                    .partition = XHM_NONE,
                                    .entity = XHM_NONE,
                                    .domid = XHM_NONE,
                                    .values = {value0, value1}};
    record_own(loop, &event);
}

static enum xhm_order_answer on_order(void *context, const struct xhm_order *order) {
    struct xhm_loop *loop = context;
    const enum xhm_order_answer answer = core_order(&loop->core, order, &loop->outcome);

    perform(loop, loop->core.policy);
    return answer;
}

static uint64_t on_state_generation(void *context) {
    const struct xhm_loop *loop = context;

    return loop->state_generation;
}

static uint64_t on_state_stored(void *context) {
    const struct xhm_loop *loop = context;

    return loop->state_stored;
}

static bool on_apply(void *context, const uint8_t *compiled, size_t size, uint32_t uid, char error[XHM_ERROR_SIZE]) {
    struct xhm_loop *loop = context;
    const struct xhm_policy *running = loop->core.policy;
    struct xhm_policy *successor = running == &loop->policies[0] ? &loop->policies[1] : &loop->policies[0];
    uint32_t origin[XHM_MAX_PARTITIONS];

    (void)uid;
    const bool taken = policy_reader_take(loop->policy_reader, compiled, size, "given by a peer", successor, error);
    policy_reader_rest(loop->policy_reader);
    if (!taken) {
        return false;
    }
    if (strcmp(successor->ecu_id, running->ecu_id) != 0) {
        snprintf(error, XHM_ERROR_SIZE, "policy given by a peer: it is for ECU %s, this is ECU %s", successor->ecu_id,
                 running->ecu_id);
        return false;
    }
    core_apply_policy(&loop->core, successor, &loop->scratch, origin, &loop->outcome);
    loop->records.policy_hash = successor->hash;
    perform(loop, running);
    platform_renumber(loop->platform, origin);
    control_policy_changed(loop->control, origin);
    if (successor->supervisor.cycle_ns != running->supervisor.cycle_ns && start_timer(loop) != 0) {
        loop->action_failed = true;
        writer_say(loop->writer, "starting the cycle timer for the new policy failed");
    }
    return true;
}

static bool read_boot_id(char boot_id[40]) {
    FILE *file = fopen("/proc/sys/kernel/random/boot_id", "re");

    if (file == NULL) {
        return false;
    }
    const bool read = fgets(boot_id, 37, file) != NULL;
    fclose(file);
    return read;
}

static bool fail(char error[XHM_ERROR_SIZE], const char *doing, int negative_errno) {
    snprintf(error, XHM_ERROR_SIZE, "%s: %s", doing, strerror(-negative_errno));
    return false;
}

static int add_urgent_timer(struct xhm_loop *loop) {
    int result = sd_event_add_time(loop->event, &loop->urgent_source, CLOCK_MONOTONIC, 0, 1, on_urgent, loop);

    if (result >= 0) {
        result = sd_event_source_set_priority(loop->urgent_source, SD_EVENT_PRIORITY_IMPORTANT);
    }
    return result >= 0 ? sd_event_source_set_enabled(loop->urgent_source, SD_EVENT_OFF) : result;
}

static bool open_event_loop(struct xhm_loop *loop, char error[XHM_ERROR_SIZE]) {
    int result = sd_event_new(&loop->event);

    if (result < 0) {
        return fail(error, "making the event loop", result);
    }
    loop->timer = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC);
    if (loop->timer < 0) {
        return fail(error, "making the cycle timer", -errno);
    }
    result = sd_event_add_io(loop->event, &loop->timer_source, loop->timer, EPOLLIN, on_timer, loop);
    if (result >= 0) {
        result = sd_event_source_set_priority(loop->timer_source, SD_EVENT_PRIORITY_IMPORTANT);
    }
    if (result >= 0) {
        result = add_urgent_timer(loop);
    }
    if (result >= 0) {
        result = sd_event_add_signal(loop->event, NULL, SIGTERM, NULL, NULL);
    }
    if (result >= 0) {
        result = sd_event_add_signal(loop->event, NULL, SIGINT, NULL, NULL);
    }
    return result >= 0 || fail(error, "adding the cycle timer and signals to the event loop", result);
}

static bool open_control(struct xhm_loop *loop, const char *socket_path, bool recovered, char error[XHM_ERROR_SIZE]) {
    const struct xhm_control_options options = {
        .socket_path = socket_path,
        .core = &loop->core,
        .writer = loop->writer,
        .figures = &loop->figures,
        .handler = {.context = loop,
                    .order = on_order,
                    .apply = on_apply,
                    .state_generation = on_state_generation,
                    .state_stored = on_state_stored,
                    .record = record_own},
        .last_sequence = loop->records.sequence,
        .fault_memory_recovered = recovered,
    };

    loop->control = control_open(loop->event, &options, error);
    loop->records.control = loop->control;
    return loop->control != NULL;
}

/* Helper threads exist already: they keep the scheduler and the small stacks that they were given. */
static bool claim_resources(struct xhm_loop *loop, const struct xhm_loop_options *options, char error[XHM_ERROR_SIZE]) {
    const struct sched_param priority = {.sched_priority = options->realtime_priority};

    if (options->lock_memory && !residence_lock(error)) {
        return false;
    }
    policy_reader_rest(loop->policy_reader);
    if (options->realtime_priority > 0 && sched_setscheduler(0, SCHED_FIFO, &priority) != 0) {
        return fail(error, "setting the real-time priority", -errno);
    }
    return true;
}

static bool open_all(struct xhm_loop *loop, const struct xhm_loop_options *options, char error[XHM_ERROR_SIZE]) {
    struct xhm_writer_options writer_options = options->writer;
    struct xhm_writer_memory memory = {0};

    if (!read_boot_id(loop->boot_id)) {
        return fail(error, "reading the boot id", -ENOENT);
    }
    loop->figures.boot_id = loop->boot_id;
    loop->policy_reader = policy_reader_new();
    if (loop->policy_reader == NULL) {
        return fail(error, "making room for the policy", -ENOMEM);
    }
    if (!policy_reader_load(loop->policy_reader, options->policy_path, &loop->policies[0], error)) {
        return false;
    }
    loop->platform = platform_open(error);
    if (loop->platform == NULL) {
        return false;
    }
    writer_options.ecu_id = loop->policies[0].ecu_id;
    loop->writer = writer_open(&writer_options, &memory, error);
    if (loop->writer == NULL) {
        return false;
    }
    records_init(&loop->records, loop->writer, loop->policies[0].hash, memory.last_sequence);
    core_init(&loop->core, &loop->policies[0], records_first_task_id(&memory, clock_now_ns(CLOCK_REALTIME)));
    if (!open_event_loop(loop, error) || !open_control(loop, options->socket_path, memory.recovered, error)) {
        return false;
    }
    records_preload(&loop->records);
    notifier_init(&loop->notifier);
    record_life(loop, XHM_EVENT_SUPERVISOR_STARTED, memory.starts, memory.clean || memory.starts <= 1 ? 0 : 1);
    return claim_resources(loop, options, error);
}

struct xhm_loop *loop_open(const struct xhm_loop_options *options, char error[XHM_ERROR_SIZE]) {
    struct xhm_loop *loop = calloc(1, sizeof(*loop));

    if (loop == NULL) {
        fail(error, "making room for the supervisor's state", -ENOMEM);
        return NULL;
    }
    loop->timer = -1;
    if (!open_all(loop, options, error)) {
        loop_close(loop);
        return NULL;
    }
    return loop;
}

int loop_run(struct xhm_loop *loop) {
    int result = start_timer(loop);

    if (result == 0) {
        result = sd_event_loop(loop->event);
    }
    record_life(loop, XHM_EVENT_SUPERVISOR_STOPPED, 0, 0);
    writer_notify(loop->writer, "STOPPING=1");
    return result < 0 ? result : 0;
}

void loop_close(struct xhm_loop *loop) {
    if (loop == NULL) {
        return;
    }
    control_close(loop->control);
    platform_close(loop->platform);
    writer_close(loop->writer);
    loop->timer_source = sd_event_source_unref(loop->timer_source);
    loop->urgent_source = sd_event_source_unref(loop->urgent_source);
    loop->event = sd_event_unref(loop->event);
    if (loop->timer >= 0) {
        close(loop->timer);
    }
    policy_reader_free(loop->policy_reader);
    free(loop);
}
