#include "loop_state.h"
#include "residence.h"
#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/timerfd.h>
#include <unistd.h>

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
    int result = sd_event_add_time(loop->event, &loop->urgent_source, CLOCK_MONOTONIC, 0, 1, loop_on_urgent, loop);

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
    result = sd_event_add_io(loop->event, &loop->timer_source, loop->timer, EPOLLIN, loop_on_timer, loop);
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
        .over_vchan = true,
        .core = &loop->core,
        .writer = loop->writer,
        .figures = &loop->figures,
        .handler = {.context = loop,
                    .order = loop_on_order,
                    .apply = loop_on_apply,
                    .state_generation = loop_on_state_generation,
                    .state_stored = loop_on_state_stored,
                    .record = loop_record_own},
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

static bool load_keys(struct xhm_loop *loop, const struct xhm_loop_options *options, char error[XHM_ERROR_SIZE]) {
    if (options->policy_key_count > 0 && !signature_prepare()) {
        return fail(error, "preparing to verify signatures", -EIO);
    }
    loop->trust.ecu_id = options->ecu_id;
    for (uint32_t i = 0; i < options->policy_key_count; i++) {
        if (!policy_trust_add_key(&loop->trust, options->policy_keys[i], error)) {
            return false;
        }
    }
    return true;
}

/* Without keys it is not known whose fault memory this is before a policy was taken: then only the caller is told. */
static void record_refusal(struct xhm_loop *loop, const struct xhm_loop_options *options,
                           enum xhm_policy_refusal refusal) {
    static const struct xhm_policy nothing;
    struct xhm_writer_options writer_options = options->writer;
    struct xhm_writer_memory memory = {0};
    char error[XHM_ERROR_SIZE];

    writer_options.ecu_id = options->ecu_id;
    if (loop->writer == NULL && options->ecu_id != NULL) {
        loop->writer = writer_open(&writer_options, &memory, error);
        if (loop->writer == NULL) {
            fprintf(stderr, "xhmd: recording that the policy is refused: %s\n", error);
            return;
        }
        records_init(&loop->records, loop->writer, 0, memory.last_sequence);
        loop->core.policy = &nothing;
    }
    if (loop->writer != NULL) {
        loop_record_life(loop, XHM_EVENT_POLICY_REFUSED, refusal, XHM_NONE);
    }
}

static bool load_policy(struct xhm_loop *loop, const struct xhm_loop_options *options,
                        struct xhm_policy_request *request, char error[XHM_ERROR_SIZE]) {
    enum xhm_policy_refusal refusal;

    loop->policy_reader = policy_reader_new();
    if (loop->policy_reader == NULL) {
        return fail(error, "making room for the policy", -ENOMEM);
    }
    refusal = policy_reader_load(loop->policy_reader, request, error);
    if (refusal != XHM_POLICY_TAKEN) {
        record_refusal(loop, options, refusal);
    }
    return refusal == XHM_POLICY_TAKEN;
}

/* What was taken before this life. Where nothing can be read of it, the signature is all there is to go by. */
static bool judge_policy(struct xhm_loop *loop, const struct xhm_loop_options *options,
                         const struct xhm_policy_request *request, const struct xhm_writer_memory *memory,
                         char error[XHM_ERROR_SIZE]) {
    if (memory->reading == XHM_PERSISTENT_READ) {
        loop->trust.mark = memory->persistent.policy;
    }
    const enum xhm_policy_refusal refusal = policy_trust_judge(&loop->trust, request->version, request->policy);
    if (refusal != XHM_POLICY_TAKEN) {
        policy_reader_refuse(request, refusal, error);
        record_refusal(loop, options, refusal);
        return false;
    }
    policy_trust_take(&loop->trust, request->version, request->policy);
    loop->keeping.state.policy = loop->trust.mark;
    return true;
}

/* Partitions are not known yet, so that nothing but events and a first storing come of it. */
static void restore_state(struct xhm_loop *loop, const struct xhm_writer_memory *memory) {
    loop->keeping.writer = loop->writer;
    loop->keeping.boot_id = loop->boot_id;
    loop->core.now_ns = loop_clock_now_ns(CLOCK_MONOTONIC);
    keeping_restore(&loop->keeping, memory, &loop->core, &loop->outcome);
    loop_perform(loop, loop->core.policy);
}

static bool open_all(struct xhm_loop *loop, const struct xhm_loop_options *options, char error[XHM_ERROR_SIZE]) {
    struct xhm_writer_options writer_options = options->writer;
    struct xhm_writer_memory memory = {0};
    struct xhm_policy_request request = {
        .trust = &loop->trust, .source = options->policy_path, .policy = &loop->policies[0]};

    if (!read_boot_id(loop->boot_id)) {
        return fail(error, "reading the boot id", -ENOENT);
    }
    loop->figures.boot_id = loop->boot_id;
    if (!load_keys(loop, options, error) || !load_policy(loop, options, &request, error)) {
        return false;
    }
    /* Another ECU's policy must not put this ECU's fault memory aside, which knows what was taken before. */
    writer_options.ecu_id = options->ecu_id != NULL ? options->ecu_id : loop->policies[0].ecu_id;
    loop->writer = writer_open(&writer_options, &memory, error);
    if (loop->writer == NULL) {
        return false;
    }
    loop->core.policy = &loop->policies[0];
    records_init(&loop->records, loop->writer, loop->policies[0].hash, memory.last_sequence);
    if (!judge_policy(loop, options, &request, &memory, error)) {
        return false;
    }
    loop->platform = platform_open(error);
    if (loop->platform == NULL) {
        return false;
    }
    core_init(&loop->core, &loop->policies[0], records_first_task_id(&memory, loop_clock_now_ns(CLOCK_REALTIME)));
    if (!open_event_loop(loop, error) || !open_control(loop, options->socket_path, memory.recovered, error)) {
        return false;
    }
    records_preload(&loop->records);
    notifier_init(&loop->notifier);
    loop_record_life(loop, XHM_EVENT_SUPERVISOR_STARTED, memory.starts, memory.clean || memory.starts <= 1 ? 0 : 1);
    restore_state(loop, &memory);
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
        if (loop->writer != NULL) {
            writer_no_life(loop->writer);
        }
        loop_close(loop);
        return NULL;
    }
    return loop;
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
