// SPDX-License-Identifier: Apache-2.0
#define _GNU_SOURCE
#include "exec_command.h"

#include <errno.h>
#include <fcntl.h>
#include <pty.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

enum {
    INPUT_MAX = 64 * 1024 * 1024
};

static void close_fd(int *fd) {
    if (*fd >= 0)
        close(*fd);
    *fd = -1;
}

/* False if there is no room for it. */
static bool bytes_append(struct bytes *bytes, const void *data, size_t length) {
    if (bytes->length + length > INPUT_MAX)
        return false;
    if (bytes->length + length > bytes->capacity) {
        size_t capacity = 2 * (bytes->length + length);
        uint8_t *larger = realloc(bytes->data, capacity);

        if (!larger)
            return false;
        bytes->data = larger;
        bytes->capacity = capacity;
    }
    memcpy(bytes->data + bytes->length, data, length);
    bytes->length += length;
    return true;
}

static void bytes_drop(struct bytes *bytes, size_t length) {
    memmove(bytes->data, bytes->data + length, bytes->length - length);
    bytes->length -= length;
}

void command_init(struct command *command) {
    *command = (struct command){.to_stdin = -1, .from_stdout = -1, .from_stderr = -1};
}

void command_abandon(struct command *command) {
    if (command->pid > 0) {
        kill(-command->pid, SIGKILL);
        kill(command->pid, SIGKILL);
        while (waitpid(command->pid, NULL, 0) < 0 && errno == EINTR)
            ;
    }
    command->pid = 0;
    close_fd(&command->to_stdin);
    close_fd(&command->from_stdout);
    close_fd(&command->from_stderr);
    command->input.length = 0;
}

static void run_child(char *const arguments[], int report) {
    execvp(arguments[0], arguments);
    int error = errno;
    if (write(report, &error, sizeof error) < 0)
        _exit(126);
    _exit(127);
}

/* Both ends of the child's standard input and output are one pseudo-terminal. */
static pid_t fork_on_terminal(int *to_stdin, int *from_stdout) {
    pid_t pid = forkpty(from_stdout, NULL, NULL, NULL);

    if (pid > 0) {
        fcntl(*from_stdout, F_SETFD, FD_CLOEXEC);
        *to_stdin = fcntl(*from_stdout, F_DUPFD_CLOEXEC, 0);
    }
    return pid;
}

static pid_t fork_on_pipes(int in[2], int out[2], int err[2]) {
    pid_t pid;

    if (pipe2(in, O_CLOEXEC) < 0 || pipe2(out, O_CLOEXEC) < 0 || pipe2(err, O_CLOEXEC) < 0)
        return -1;
    pid = fork();
    if (pid == 0) {
        setsid();
        dup2(in[0], 0);
        dup2(out[1], 1);
        dup2(err[1], 2);
    }
    return pid;
}

bool command_start(struct command *command, char *const arguments[], bool terminal) {
    int in[2] = {-1, -1}, out[2] = {-1, -1}, err[2] = {-1, -1}, report[2], error = 0;
    pid_t pid;

    if (pipe2(report, O_CLOEXEC) < 0)
        return false;
    pid = terminal ? fork_on_terminal(&in[1], &out[0]) : fork_on_pipes(in, out, err);
    if (pid == 0) {
        signal(SIGPIPE, SIG_DFL);
        run_child(arguments, report[1]);
    }
    if (pid < 0)
        error = errno;
    close_fd(&in[0]);
    close_fd(&out[1]);
    close_fd(&err[1]);
    close(report[1]);
    if (pid > 0 && read(report[0], &error, sizeof error) != sizeof error)
        error = 0; /* closed by execvp(): the program runs */
    close(report[0]);

    command->pid = pid > 0 ? pid : 0;
    command->to_stdin = in[1];
    command->from_stdout = out[0];
    command->from_stderr = err[0];
    command->stdin_ended = false;
    if (error) {
        command_abandon(command);
        errno = error;
        return false;
    }
    fcntl(command->to_stdin, F_SETFL, O_NONBLOCK);
    fcntl(command->from_stdout, F_SETFL, O_NONBLOCK);
    if (command->from_stderr >= 0)
        fcntl(command->from_stderr, F_SETFL, O_NONBLOCK);
    return true;
}

bool command_input(struct command *command, const uint8_t *data, size_t length) {
    if (command->to_stdin < 0)
        return true; /* the command has closed its standard input */
    return bytes_append(&command->input, data, length);
}

void command_feed(struct command *command) {
    if (command->to_stdin >= 0 && command->input.length > 0) {
        ssize_t n = write(command->to_stdin, command->input.data, command->input.length);

        if (n > 0)
            bytes_drop(&command->input, (size_t)n);
        else if (n < 0 && errno != EAGAIN && errno != EINTR)
            close_fd(&command->to_stdin); /* the command no longer reads */
    }
    if (command->stdin_ended && command->input.length == 0)
        close_fd(&command->to_stdin);
}
