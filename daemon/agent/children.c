#include "children.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#define PROGRAM_PATH      "/usr/sbin:/usr/bin:/sbin:/bin"
#define EXIT_NO_PROGRAM   127
#define US_PER_MS         1000u
#define TIMER_ACCURACY_US 1000u

struct child {
    pid_t process;
    int process_descriptor;
    int output_descriptor;
    sd_event_source *end_source;
    sd_event_source *output_source;
    sd_event_source *timeout_source;
    child_end_function *on_end; /* NULL: abandoned */
    void *context;
    bool is_timed_out;
    size_t output_length;
    char output[CHILD_OUTPUT_SIZE];
};

static void free_child(struct child *child) {
    sd_event_source_disable_unref(child->end_source);
    sd_event_source_disable_unref(child->output_source);
    sd_event_source_disable_unref(child->timeout_source);
    if (child->process_descriptor >= 0) {
        close(child->process_descriptor);
    }
    if (child->output_descriptor >= 0) {
        close(child->output_descriptor);
    }
    free(child);
}

static void keep_output(struct child *child, const char *text, size_t length) {
    const size_t room = sizeof(child->output) - 1;

    if (length > room) {
        text += length - room;
        length = room;
    }
    if (child->output_length + length > room) {
        const size_t dropped = child->output_length + length - room;

        memmove(child->output, child->output + dropped, child->output_length - dropped);
        child->output_length -= dropped;
    }
    memcpy(child->output + child->output_length, text, length);
    child->output_length += length;
    child->output[child->output_length] = '\0';
}

/* @return false at the end of the output, or when there is none at present */
static bool read_output(struct child *child) {
    char text[512];
    const ssize_t length = read(child->output_descriptor, text, sizeof(text));

    if (length > 0) {
        keep_output(child, text, (size_t)length);
    }
    if (length == 0) {
        sd_event_source_set_enabled(child->output_source, SD_EVENT_OFF);
    }
    return length > 0;
}

static int on_output(sd_event_source *source, int descriptor, uint32_t events, void *context) {
    (void)source, (void)descriptor, (void)events;
    read_output(context);
    return 0;
}

static int on_process_end(sd_event_source *source, int descriptor, uint32_t events, void *context) {
    struct child *child = context;
    siginfo_t information = {0};

    (void)source, (void)descriptor, (void)events;
    if (waitid(P_PID, (id_t)child->process, &information, WEXITED | WNOHANG) != 0 || information.si_pid == 0) {
        return 0;
    }
    while (read_output(child)) {
    }

    const bool is_exit = information.si_code == CLD_EXITED;
    const struct child_end end = {
        .is_success = is_exit && information.si_status == 0,
        .is_timed_out = child->is_timed_out,
        .status = is_exit ? information.si_status : 128 + information.si_status,
        .output = child->output,
    };

    if (child->on_end != NULL) {
        child->on_end(child->context, &end);
    }
    free_child(child);
    return 0;
}

static void kill_group(const struct child *child) {
    kill(-child->process, SIGKILL);
}

static int on_timeout(sd_event_source *source, uint64_t time_us, void *context) {
    struct child *child = context;

    (void)source, (void)time_us;
    child->is_timed_out = true;
    kill_group(child);
    return 0;
}

static _Noreturn void become_program(const char *const *arguments) {
    if (clearenv() == 0 && setenv("PATH", PROGRAM_PATH, 1) == 0 && setenv("LC_ALL", "C", 1) == 0) {
        /* execvp() takes pointers to non-const for historical reasons and does not write to them. */
        execvp(arguments[0], (char *const *)(uintptr_t)arguments);
    }

    const char *reason = strerror(errno);

    /* Where it cannot be said, the exit status says at least that nothing ran. */
    (void)!write(STDERR_FILENO, reason, strlen(reason));
    _exit(EXIT_NO_PROGRAM);
}

/* The pipe is the agent's to read without waiting; the child may wait for it to be read. */
static bool redirect(int output) {
    const int null = open("/dev/null", O_RDONLY | O_CLOEXEC);

    return null >= 0 && fcntl(output, F_SETFL, 0) == 0 && dup2(output, STDERR_FILENO) >= 0 &&
           dup2(output, STDOUT_FILENO) >= 0 && dup2(null, STDIN_FILENO) >= 0;
}

/* A child dies with the agent: the next agent must not race with what this one began. What xl itself leaves running
 * (device models) is no child of ours and stays. */
static bool is_bound_to(pid_t agent) {
    return prctl(PR_SET_PDEATHSIG, SIGKILL) == 0 && getppid() == agent;
}

static _Noreturn void run_in_child(const struct child_work *work, int output, pid_t agent) {
    sigset_t none;

    /* The agent does the same, whoever comes first: it may kill the group at once. */
    (void)setpgid(0, 0);
    if (!redirect(output) || !is_bound_to(agent)) {
        _exit(EXIT_NO_PROGRAM);
    }
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
    if (work->arguments != NULL) {
        become_program(work->arguments);
    }
    _exit(work->function(work->function_context));
}

static bool launch(struct child *child, const struct child_work *work) {
    int output[2];
    const pid_t agent = getpid();

    if (pipe2(output, O_CLOEXEC | O_NONBLOCK) != 0) {
        return false;
    }
    child->output_descriptor = output[0];
    child->process = fork();
    if (child->process == 0) {
        run_in_child(work, output[1], agent);
    }
    close(output[1]);
    if (child->process < 0) {
        return false;
    }
    (void)setpgid(child->process, child->process);
    child->process_descriptor = (int)syscall(SYS_pidfd_open, child->process, 0);
    return child->process_descriptor >= 0;
}

static int add_sources(sd_event *event, struct child *child, uint64_t timeout_ms) {
    int result = sd_event_add_io(event, &child->end_source, child->process_descriptor, EPOLLIN, on_process_end, child);

    if (result >= 0) {
        result = sd_event_add_io(event, &child->output_source, child->output_descriptor, EPOLLIN, on_output, child);
    }
    if (result >= 0) {
        result = sd_event_add_time_relative(event, &child->timeout_source, CLOCK_MONOTONIC, timeout_ms * US_PER_MS,
                                            TIMER_ACCURACY_US, on_timeout, child);
    }
    return result;
}

struct child *child_start(sd_event *event, const struct child_work *work, child_end_function *on_end, void *context) {
    struct child *child = calloc(1, sizeof(*child));

    if (child == NULL) {
        return NULL;
    }
    child->process = -1;
    child->process_descriptor = -1;
    child->output_descriptor = -1;
    child->on_end = on_end;
    child->context = context;

    const int result = launch(child, work) ? add_sources(event, child, work->timeout_ms) : -errno;

    if (result < 0) {
        if (child->process > 0) {
            kill_group(child);
            waitpid(child->process, NULL, 0);
        }
        free_child(child);
        errno = -result;
        return NULL;
    }
    return child;
}

void child_abandon(struct child *child) {
    if (child != NULL) {
        child->on_end = NULL;
        kill_group(child);
    }
}
