#include "stopper.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#define FIRST_OWN_DESCRIPTOR 3u
#define NAME_SIZE            32
#define GUARD_NAME           "xhm-guard"

struct stopper {
    int descriptor; /* the guard continues what it stopped when something can be read at the other end, or it is closed
                     */
};

/* ---- finding ---- */

static bool read_name(const char *process, char name[NAME_SIZE]) {
    char path[64];
    FILE *file;
    bool is_read;

    snprintf(path, sizeof(path), "/proc/%.20s/comm", process);
    file = fopen(path, "re");
    if (file == NULL) {
        return false;
    }
    is_read = fgets(name, NAME_SIZE, file) != NULL;
    fclose(file);
    name[is_read ? strcspn(name, "\n") : 0] = '\0';
    return is_read;
}

static bool is_ours(const char *process) {
    char path[64];
    struct stat status;

    snprintf(path, sizeof(path), "/proc/%.20s", process);
    return stat(path, &status) == 0 && status.st_uid == geteuid();
}

static bool is_named(const char *process, const char *const *names) {
    char name[NAME_SIZE];

    if (!isdigit((unsigned char)process[0]) || !is_ours(process) || !read_name(process, name)) {
        return false;
    }
    for (; *names != NULL; names++) {
        if (strcmp(name, *names) == 0) {
            return true;
        }
    }
    return false;
}

pid_t stopper_find(const char *const *names) {
    DIR *processes = opendir("/proc");
    pid_t found = -ESRCH;

    if (processes == NULL) {
        return -errno;
    }
    for (const struct dirent *entry; (entry = readdir(processes)) != NULL;) {
        if (is_named(entry->d_name, names)) {
            found = found == -ESRCH ? (pid_t)strtol(entry->d_name, NULL, 10) : -ENOTUNIQ;
        }
    }
    closedir(processes);
    return found;
}

/* ---- the guard ---- */

static int send_signal(int process, int number) {
    return (int)syscall(SYS_pidfd_send_signal, process, number, NULL, 0);
}

/* Nothing else that the agent holds may live on in the guard: a connection would look open after the agent's end. */
static void close_all_but(int first, int second) {
    const unsigned lower = (unsigned)(first < second ? first : second);
    const unsigned upper = (unsigned)(first < second ? second : first);

    if (lower > FIRST_OWN_DESCRIPTOR) {
        close_range(FIRST_OWN_DESCRIPTOR, lower - 1, 0);
    }
    if (upper > lower + 1) {
        close_range(lower + 1, upper - 1, 0);
    }
    close_range(upper + 1, ~0u, 0);
}

/* @return true when it was told to end */
static bool wait_for_end(int told, uint64_t milliseconds) {
    struct pollfd descriptor = {.fd = told, .events = POLLIN};

    return poll(&descriptor, 1, (int)milliseconds) != 0;
}

/* Whoever ends the agent by its name does not mean the guard, which would leave behind what it stopped. */
static void take_own_name(void) {
    const size_t room = strlen(program_invocation_name);

    prctl(PR_SET_NAME, GUARD_NAME);
    memset(program_invocation_name, 0, room);
    memcpy(program_invocation_name, GUARD_NAME, room < strlen(GUARD_NAME) ? room : strlen(GUARD_NAME));
}

static _Noreturn void guard(const struct stopper_order *order, int process, int told) {
    setsid();
    take_own_name();
    close_all_but(process, told);
    if (!wait_for_end(told, order->delay_ms) && send_signal(process, SIGSTOP) == 0) {
        wait_for_end(told, order->duration_ms);
    }
    send_signal(process, SIGCONT);
    _exit(EXIT_SUCCESS);
}

/* The guard's parent ends at once, so that the guard is nobody's child who would have to wait for it. */
static int launch(const struct stopper_order *order, int process, int told) {
    int status = 0;
    const pid_t parent = fork();

    if (parent == 0) {
        const pid_t child = fork();

        if (child == 0) {
            guard(order, process, told);
        }
        _exit(child < 0 ? EXIT_FAILURE : EXIT_SUCCESS);
    }
    if (parent < 0 || waitpid(parent, &status, 0) != parent) {
        return -errno;
    }
    return WIFEXITED(status) && WEXITSTATUS(status) == EXIT_SUCCESS ? 0 : -EAGAIN;
}

int stopper_begin(struct stopper **stopper, const struct stopper_order *order) {
    struct stopper *made = calloc(1, sizeof(*made));
    const int process = (int)syscall(SYS_pidfd_open, order->process, 0);
    int ends[2] = {-1, -1};
    int result = made != NULL && process >= 0 && pipe2(ends, O_CLOEXEC) == 0 ? 0 : -errno;

    if (result == 0) {
        result = launch(order, process, ends[0]);
    }
    if (process >= 0) {
        close(process);
    }
    if (ends[0] >= 0) {
        close(ends[0]);
    }
    if (result < 0) {
        if (ends[1] >= 0) {
            close(ends[1]);
        }
        free(made);
        return result;
    }
    made->descriptor = ends[1];
    *stopper = made;
    return 0;
}

/* Written, not only closed: a child that was forked in between may hold a copy of this end. */
void stopper_end(struct stopper *stopper) {
    if (stopper != NULL) {
        if (write(stopper->descriptor, "", 1) < 0 && errno != EPIPE) {
            perror("xhm-agent: telling a guard to end");
        }
        close(stopper->descriptor);
        free(stopper);
    }
}
