// SPDX-License-Identifier: Apache-2.0
/*
 * xhm-rt-task: a set of periodic real-time tasks that report through the probe. It is the sample of how a partition
 * uses libxhm-probe, and the workload of the virtual ECU.
 */
#include "injection.h"
#include "probe_thread.h"
#include "xhm_probe_linux.h"

#include <errno.h>
#include <getopt.h>
#include <inttypes.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#define NS_PER_S  1000000000u
#define NS_PER_MS 1000000u
#define NS_PER_US 1000u

#define CHECKPOINT_START 1u
#define CHECKPOINT_END   2u

#define TASK_PRIORITY_HIGHEST  80
/* After a long stop of the whole domain, nobody needs each lost activation counted one by one. */
#define SKIPPED_REPORT_MAXIMUM 100u

#define CALIBRATION_SAMPLES 50u
#define CALIBRATION_ROUNDS  UINT64_C(100000)

#define EXIT_USAGE 2

struct task {
    uint32_t entity_id;
    char name[32];
    uint64_t period_ns;
    uint64_t work_us;
    uint64_t rounds_per_ms; /* of compute() */
    uint64_t deadline_ns;
    struct xhm_probe_entity *entity;
    pthread_t thread;
};

struct arguments {
    uint32_t partition_id;
    uint32_t page_index;
    bool is_verbose;
    size_t task_count;
    struct task tasks[XHM_PROBE_SLOT_COUNT];
};

static const char usage_text[] =
    "Usage: xhm-rt-task --partition-id N --entity ID:NAME:PERIOD_MS:WORK_US[:DEADLINE_MS] ...\n"
    "Runs one periodic SCHED_FIFO task for each entity and reports it through the probe page of this partition.\n"
    "\n"
    "  --partition-id N   the partition's id in the policy, 1 to 65535\n"
    "  --page-index N     which probe page of the partition this process owns, 0 to 255 (0)\n"
    "  --entity SPEC      a task; up to 4. Each period it reports checkpoint 1, works for WORK_US of CPU time,\n"
    "                     reports checkpoint 2, one alive indication, and whether it ended within DEADLINE_MS\n"
    "                     of its release (its period, if not given). Slots and priorities follow the options' order.\n"
    "  --verbose          say on standard error when the page is shared\n"
    "  --help             show this\n"
    "\n"
    "Exit status: 0 after SIGTERM or SIGINT, 1 if it cannot start, 2 for wrong usage.\n"
    "\n";

static bool parse_number(const char *text, uint64_t maximum, uint64_t *value) {
    char *end = NULL;

    if (*text < '0' || *text > '9') {
        return false;
    }
    errno = 0;
    *value = strtoull(text, &end, 10);
    return errno == 0 && *end == '\0' && *value <= maximum;
}

static bool parse_entity(char *specification, struct task *task) {
    char *fields[5] = {0};
    char *rest = specification;
    uint64_t numbers[5] = {0};
    const uint64_t limits[5] = {UINT32_MAX, 0, 3600000, 3600000000u, 3600000};
    size_t field_count = 0;

    for (; rest != NULL && field_count < 5; field_count++) {
        fields[field_count] = strsep(&rest, ":");
        if (field_count != 1 && !parse_number(fields[field_count], limits[field_count], &numbers[field_count])) {
            return false;
        }
    }
    if (field_count == 4) {
        numbers[4] = numbers[2];
    }
    if (rest != NULL || field_count < 4 || numbers[0] == 0 || numbers[2] == 0 || numbers[4] == 0 ||
        fields[1][0] == '\0' || strlen(fields[1]) >= sizeof(task->name)) {
        return false;
    }
    task->entity_id = (uint32_t)numbers[0];
    memcpy(task->name, fields[1], strlen(fields[1]) + 1);
    task->period_ns = numbers[2] * NS_PER_MS;
    task->work_us = numbers[3];
    task->deadline_ns = numbers[4] * NS_PER_MS;
    return true;
}

static const struct option options[] = {
    {"partition-id", required_argument, NULL, 'p'},
    {"page-index", required_argument, NULL, 'i'},
    {"entity", required_argument, NULL, 'e'},
    {"verbose", no_argument, NULL, 'v'},
    {"help", no_argument, NULL, 'h'},
    {0},
};

/* @return false when the value is none of this option, or one too many */
static bool take_value(int option, char *value, struct arguments *arguments) {
    uint64_t number = 0;
    bool is_valid;

    switch (option) {
    case 'p':
        is_valid = parse_number(value, XHM_PROBE_PARTITION_ID_MAX, &number) && number != 0;
        arguments->partition_id = (uint32_t)number;
        return is_valid;
    case 'i':
        is_valid = parse_number(value, XHM_PROBE_PAGE_INDEX_MAX, &number);
        arguments->page_index = (uint32_t)number;
        return is_valid;
    default:
        is_valid = arguments->task_count < XHM_PROBE_SLOT_COUNT &&
                   parse_entity(value, &arguments->tasks[arguments->task_count]);
        arguments->task_count++;
        return is_valid;
    }
}

/* @return false with the exit status when there is nothing to run */
static bool parse_arguments(int count, char **values, struct arguments *arguments, int *status) {
    int option = 0;

    *status = EXIT_USAGE;
    while ((option = getopt_long(count, values, "", options, NULL)) != -1) {
        switch (option) {
        case 'v':
            arguments->is_verbose = true;
            break;
        case 'h':
            printf("%s%s", usage_text, injection_help());
            *status = EXIT_SUCCESS;
            return false;
        case '?':
            return false;
        default:
            if (!take_value(option, optarg, arguments)) {
                fprintf(stderr, "xhm-rt-task: bad value of an option, or more than %u entities; see --help\n",
                        XHM_PROBE_SLOT_COUNT);
                return false;
            }
        }
    }
    if (optind != count || arguments->partition_id == 0 || arguments->task_count == 0) {
        fputs("xhm-rt-task: --partition-id and at least one --entity are needed; see --help\n", stderr);
        return false;
    }
    return true;
}

static void sleep_until(uint64_t wake_up_ns) {
    const struct timespec wake_up = {
        .tv_sec = (time_t)(wake_up_ns / NS_PER_S),
        .tv_nsec = (long)(wake_up_ns % NS_PER_S),
    };

    while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &wake_up, NULL) == EINTR) {
    }
}

/* Work that no compiler takes away. */
static void compute(uint64_t rounds) {
    for (volatile uint64_t round = 0; round < rounds; round++) {
    }
}

/*
 * Rounds of compute() in a millisecond of a vCPU that nobody disturbs: the fastest of many short samples.
 * The thread's CPU clock would not do instead: in a partition it goes on while the hypervisor runs somebody else, so
 * that an overload would shorten the work instead of delaying it.
 */
static uint64_t calibrate(void) {
    uint64_t fastest_ns = UINT64_MAX;

    for (unsigned sample = 0; sample < CALIBRATION_SAMPLES; sample++) {
        const uint64_t begin_ns = xhm_probe_linux_now_ns();
        compute(CALIBRATION_ROUNDS);
        const uint64_t taken_ns = xhm_probe_linux_now_ns() - begin_ns;
        fastest_ns = taken_ns > 0 && taken_ns < fastest_ns ? taken_ns : fastest_ns;
    }
    return CALIBRATION_ROUNDS * NS_PER_US * 1000u / fastest_ns;
}

static void work(const struct task *task) {
    compute(injection_work_us(task->entity_id, task->work_us) * task->rounds_per_ms / 1000u);
}

static void report_checkpoint(const struct task *task, uint32_t checkpoint_id) {
    xhm_probe_checkpoint(task->entity, checkpoint_id, injection_time_ns(task->entity_id, xhm_probe_linux_now_ns()));
    injection_after_report(task->entity);
}

static void report_alive(const struct task *task) {
    for (unsigned i = 0; i < injection_alive_count(task->entity_id); i++) {
        xhm_probe_alive(task->entity, injection_time_ns(task->entity_id, xhm_probe_linux_now_ns()));
        injection_after_report(task->entity);
    }
}

static void report_deadline(const struct task *task, bool met, uint64_t latency_ns, uint64_t now_ns) {
    xhm_probe_deadline_report(task->entity, met, injection_latency_ns(task->entity_id, latency_ns),
                              injection_time_ns(task->entity_id, now_ns));
    injection_after_report(task->entity);
}

static void activation_run(const struct task *task, uint64_t release_ns) {
    const bool is_reversed = injection_reverses_checkpoints(task->entity_id);
    const uint64_t start_ns = xhm_probe_linux_now_ns();

    report_checkpoint(task, is_reversed ? CHECKPOINT_END : CHECKPOINT_START);
    work(task);
    report_checkpoint(task, is_reversed ? CHECKPOINT_START : CHECKPOINT_END);
    for (unsigned i = 0; i < injection_extra_rounds(task->entity_id); i++) {
        report_checkpoint(task, CHECKPOINT_START);
        report_checkpoint(task, CHECKPOINT_END);
    }

    const uint64_t end_ns = xhm_probe_linux_now_ns();

    report_alive(task);
    report_deadline(task, end_ns <= release_ns + task->deadline_ns, start_ns - release_ns, end_ns);
}

/*
 * The next release that still lies ahead. Activations that were never started are missed deadlines; they are not made
 * up for, because a burst of them would be as wrong as their absence.
 */
static uint64_t find_next_release(const struct task *task, uint64_t release_ns) {
    const uint64_t now_ns = xhm_probe_linux_now_ns();
    uint64_t next_ns = release_ns + task->period_ns;
    uint64_t skipped_count = 0;

    if (next_ns + task->period_ns <= now_ns) {
        skipped_count = (now_ns - next_ns) / task->period_ns;
        next_ns += skipped_count * task->period_ns;
    }
    for (uint64_t i = 0; i < skipped_count && i < SKIPPED_REPORT_MAXIMUM; i++) {
        report_deadline(task, false, now_ns - (next_ns - (skipped_count - i) * task->period_ns), now_ns);
    }
    return next_ns;
}

static void *task_thread(void *argument) {
    const struct task *task = argument;
    uint64_t release_ns = xhm_probe_linux_now_ns() + task->period_ns;

    for (;;) {
        sleep_until(release_ns);
        injection_before_activation(task->entity_id);
        activation_run(task, release_ns);
        release_ns = find_next_release(task, release_ns);
    }
    return NULL;
}

static int task_start(struct task *task, int priority) {
    const struct xhm_probe_scheduling scheduling = {
        .policy = SCHED_FIFO, .priority = priority, .cpu = XHM_PROBE_ANY_CPU};

    return xhm_probe_thread_start(&task->thread, &scheduling, task_thread, task);
}

static void print_line(void *context, const char *line) {
    (void)context;
    fprintf(stderr, "xhm-rt-task: %s\n", line);
}

static int fail(const char *what, int error) {
    fprintf(stderr, "xhm-rt-task: %s: %s\n", what, strerror(-error));
    return EXIT_FAILURE;
}

/* Threads are created after this, so that all of them leave the signals to main(). */
static void block_ending_signals(sigset_t *ending) {
    sigemptyset(ending);
    sigaddset(ending, SIGTERM);
    sigaddset(ending, SIGINT);
    pthread_sigmask(SIG_BLOCK, ending, NULL);
}

int main(int count, char **values) {
    struct arguments arguments = {0};
    struct xhm_probe_linux *probe = NULL;
    sigset_t ending;
    int signal_number = 0;
    int error = 0;

    if (!parse_arguments(count, values, &arguments, &error)) {
        return error;
    }
    block_ending_signals(&ending);
    if (mlockall(MCL_CURRENT | MCL_FUTURE) < 0) {
        return fail("cannot lock memory", -errno);
    }

    const struct xhm_probe_linux_settings settings = {
        .partition_id = arguments.partition_id,
        .page_index = arguments.page_index,
        .report = arguments.is_verbose ? print_line : NULL,
    };

    error = xhm_probe_linux_open(&probe, &settings);
    for (size_t i = 0; error == 0 && i < arguments.task_count; i++) {
        struct task *task = &arguments.tasks[i];

        error = xhm_probe_linux_add_entity(probe, (uint32_t)i, task->entity_id, &task->entity);
    }
    if (error == 0) {
        error = xhm_probe_linux_start(probe);
    }
    if (error < 0) {
        return fail("cannot start the probe", error);
    }
    error = injection_start();
    const uint64_t rounds_per_ms = calibrate();
    for (size_t i = 0; error == 0 && i < arguments.task_count; i++) {
        arguments.tasks[i].rounds_per_ms = rounds_per_ms;
        error = task_start(&arguments.tasks[i], TASK_PRIORITY_HIGHEST - (int)i);
    }
    if (error < 0) {
        return fail("cannot start a real-time task", error);
    }
    sigwait(&ending, &signal_number);
    /* The tasks end with the process, and the kernel takes the page back when nobody has it mapped any more. */
    return EXIT_SUCCESS;
}
