// SPDX-License-Identifier: Apache-2.0
/*
 * exec_server: runs commands inside the virtual ECU for the host (tests/vecu/lib/remote.py).
 *
 *     exec_server PORT…     serves each character device (a virtio-serial port) from a process of its own
 *     exec_server -         serves standard input and output (a partition, below vchan_pipe)
 *
 * One client at a time on a channel, one command at a time for a client; several channels give several commands.
 *
 * Frames are SLIP: END (0xC0) around each, with END and ESC escaped inside. A frame cut short by a client that died is
 * therefore ended by the next client's first byte, and no state of the channel has to be agreed on beforehand: it works
 * unchanged after the machine was restored from a snapshot and another process holds the other end.
 *
 * A frame is SESSION (8 bytes chosen by the client), TYPE (1 byte), data:
 *     to the server    'X' run: flags (1 byte, FLAG_TERMINAL), then the arguments, each ended by NUL
 *                      'I' standard input     'E' end of standard input     'K' signal the command (1 byte)
 *     to the client    'A' started     'O' standard output     'R' standard error
 *                      'S' ended: exit status (1 byte; 128 + signal number if a signal ended it)
 *                      'F' the command could not be started: text
 * A new session, or the client's end being closed, kills the process group of the command that was running.
 * The command has ended when its process has: what it left running in the background keeps no channel busy.
 */
#define _GNU_SOURCE
#include "exec_command.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

enum {
    SLIP_END = 0xC0,
    SLIP_ESC = 0xDB,
    SLIP_ESC_END = 0xDC,
    SLIP_ESC_ESC = 0xDD,
    SESSION_SIZE = 8,
    HEADER_SIZE = SESSION_SIZE + 1,
    FRAME_MAX = 64 * 1024,   /* longest frame accepted, header included */
    OUTPUT_CHUNK = 8 * 1024, /* longest piece of output sent in one frame */
    ARGUMENTS_MAX = 256,
    FLAG_TERMINAL = 1,
    HANG_UP_MS = 500,
    HANG_UP_STEP_MS = 20,
};

struct channel {
    int in, out;
    uint8_t session[SESSION_SIZE];
    uint8_t frame[FRAME_MAX];
    size_t frame_length;
    bool escaped, too_long;
    bool reconnects; /* after one client's end another may come */
    struct command command;
};

static void fail(const char *what) {
    fprintf(stderr, "exec_server: %s: %s\n", what, strerror(errno));
    exit(1);
}

static void close_fd(int *fd) {
    if (*fd >= 0)
        close(*fd);
    *fd = -1;
}

/*
 * True if the client has gone for good. One client's end and the next one's beginning reach a virtio-serial port beside
 * its data, not in order with it: a hang-up may be seen while the next client's request is already being served. So a
 * hang-up counts only if it lasts.
 */
static bool has_gone(const struct channel *channel) {
    if (!channel->reconnects)
        return true;
    for (int waited = 0; waited < HANG_UP_MS; waited += HANG_UP_STEP_MS) {
        struct pollfd look = {.fd = channel->out};

        if (poll(&look, 1, 0) >= 0 && !(look.revents & POLLHUP))
            return false;
        poll(NULL, 0, HANG_UP_STEP_MS);
    }
    return true;
}

/* Writes all, waiting for room; false when the client has gone. */
static bool write_all(const struct channel *channel, const uint8_t *data, size_t length) {
    int fd = channel->out;

    while (length > 0) {
        ssize_t n = write(fd, data, length);

        if (n >= 0) {
            data += n;
            length -= (size_t)n;
        } else if (errno == EAGAIN) {
            struct pollfd wait = {.fd = fd, .events = POLLOUT};

            if (poll(&wait, 1, -1) < 0 && errno != EINTR)
                fail("waiting for room in the channel");
            if ((wait.revents & (POLLHUP | POLLERR)) && has_gone(channel))
                return false;
        } else if (errno != EINTR) {
            return false;
        }
    }
    return true;
}

static bool send_frame(struct channel *channel, char type, const void *data, size_t length) {
    static uint8_t encoded[2 * (HEADER_SIZE + OUTPUT_CHUNK) + 2];
    uint8_t header[HEADER_SIZE];
    size_t used = 0;

    memcpy(header, channel->session, SESSION_SIZE);
    header[SESSION_SIZE] = (uint8_t)type;
    encoded[used++] = SLIP_END;
    for (size_t i = 0; i < HEADER_SIZE + length; i++) {
        uint8_t byte = i < HEADER_SIZE ? header[i] : ((const uint8_t *)data)[i - HEADER_SIZE];

        if (byte == SLIP_END || byte == SLIP_ESC) {
            encoded[used++] = SLIP_ESC;
            byte = byte == SLIP_END ? SLIP_ESC_END : SLIP_ESC_ESC;
        }
        encoded[used++] = byte;
    }
    encoded[used++] = SLIP_END;
    return write_all(channel, encoded, used);
}

static void send_text(struct channel *channel, char type, const char *what) {
    char text[512];
    int length = snprintf(text, sizeof text, "%s: %s", what, strerror(errno));

    send_frame(channel, type, text, (size_t)length < sizeof text ? (size_t)length : sizeof text - 1);
}

static void handle_run(struct channel *channel, uint8_t *data, size_t length) {
    char *arguments[ARGUMENTS_MAX + 1];
    size_t count = 0;

    if (length < 3 || data[length - 1] != 0) {
        errno = EINVAL;
        send_text(channel, 'F', "reading the request to run a command");
        return;
    }
    for (size_t at = 1; at < length; at += strlen((char *)data + at) + 1) {
        if (count == ARGUMENTS_MAX) {
            errno = E2BIG;
            send_text(channel, 'F', "reading the arguments of the command");
            return;
        }
        arguments[count++] = (char *)data + at;
    }
    arguments[count] = NULL;
    if (command_start(&channel->command, arguments, data[0] & FLAG_TERMINAL))
        send_frame(channel, 'A', NULL, 0);
    else
        send_text(channel, 'F', arguments[0]);
}

static void handle_frame(struct channel *channel) {
    struct command *command = &channel->command;
    uint8_t *data = channel->frame + HEADER_SIZE;
    size_t length = channel->frame_length - HEADER_SIZE;

    if (channel->frame_length < HEADER_SIZE)
        return;
    if (channel->frame[SESSION_SIZE] == 'X') {
        command_abandon(command);
        memcpy(channel->session, channel->frame, SESSION_SIZE);
        handle_run(channel, data, length);
        return;
    }
    if (command->pid == 0 || memcmp(channel->session, channel->frame, SESSION_SIZE) != 0)
        return;
    switch (channel->frame[SESSION_SIZE]) {
    case 'I':
        if (!command_input(command, data, length)) {
            command_abandon(command);
            errno = ENOBUFS;
            send_text(channel, 'F', "the command does not read its standard input");
        }
        break;
    case 'E':
        command->stdin_ended = true;
        break;
    case 'K':
        if (length == 1)
            kill(-command->pid, data[0]);
        break;
    }
}

static void take_byte(struct channel *channel, uint8_t byte) {
    if (byte == SLIP_END) {
        if (channel->frame_length > 0 && !channel->too_long && !channel->escaped)
            handle_frame(channel);
        channel->frame_length = 0;
        channel->escaped = channel->too_long = false;
        return;
    }
    if (byte == SLIP_ESC) {
        channel->escaped = true;
        return;
    }
    if (channel->escaped) {
        byte = byte == SLIP_ESC_END ? SLIP_END : SLIP_ESC;
        channel->escaped = false;
    }
    if (channel->frame_length == FRAME_MAX)
        channel->too_long = true;
    else
        channel->frame[channel->frame_length++] = byte;
}

/* Passes on what can be read; closes the descriptor at its end. False when the client has gone. */
static bool pass_output(struct channel *channel, int *fd, char type) {
    uint8_t chunk[OUTPUT_CHUNK];
    ssize_t n = read(*fd, chunk, sizeof chunk);

    if (n > 0)
        return send_frame(channel, type, chunk, (size_t)n);
    if (n == 0 || (errno != EAGAIN && errno != EINTR))
        close_fd(fd); /* a pseudo-terminal ends with EIO */
    return true;
}

/* If the command's process has ended: sends what is left of its output, then its status. */
static void reap(struct channel *channel) {
    struct command *command = &channel->command;
    struct pollfd left[2];
    int status;

    if (command->pid == 0 || waitpid(command->pid, &status, WNOHANG) != command->pid)
        return;
    for (;;) {
        left[0] = (struct pollfd){.fd = command->from_stdout, .events = POLLIN};
        left[1] = (struct pollfd){.fd = command->from_stderr, .events = POLLIN};
        if (poll(left, 2, 0) <= 0 || !((left[0].revents | left[1].revents) & POLLIN))
            break;
        if ((left[0].revents & POLLIN) && !pass_output(channel, &command->from_stdout, 'O'))
            break;
        if ((left[1].revents & POLLIN) && !pass_output(channel, &command->from_stderr, 'R'))
            break;
    }
    uint8_t code = (uint8_t)(WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status));

    command->pid = 0;
    command_abandon(command);
    send_frame(channel, 'S', &code, 1);
}

/* Returns when a client is at the other end: writing blocks until then, and an END between frames means nothing. */
static void await_client(const struct channel *channel) {
    static const uint8_t end = SLIP_END;
    int flags = fcntl(channel->out, F_GETFL);

    fcntl(channel->out, F_SETFL, flags & ~O_NONBLOCK);
    while (write(channel->out, &end, 1) < 0)
        if (errno != EINTR)
            fail("waiting for a client");
    fcntl(channel->out, F_SETFL, flags);
}

/* Serves one client after another; returns only if the channel cannot be used any more. */
static void serve(struct channel *channel, int child_ended) {
    struct command *command = &channel->command;

    command_init(command);
    for (;;) {
        struct pollfd fds[] = {
            {.fd = channel->in, .events = POLLIN},
            {.fd = command->from_stdout, .events = POLLIN},
            {.fd = command->from_stderr, .events = POLLIN},
            {.fd = command->input.length > 0 ? command->to_stdin : -1, .events = POLLOUT},
            {.fd = child_ended, .events = POLLIN},
        };
        uint8_t chunk[4096];

        if (poll(fds, 5, -1) < 0 && errno != EINTR)
            fail("waiting for something to do");
        if (fds[4].revents & POLLIN)
            while (read(child_ended, chunk, sizeof chunk) > 0)
                ;
        if (fds[0].revents & POLLIN) {
            ssize_t n = read(channel->in, chunk, sizeof chunk);

            for (ssize_t i = 0; i < n; i++)
                take_byte(channel, chunk[i]);
            if (n == 0)
                fds[0].revents |= POLLHUP;
        }
        if ((fds[0].revents & (POLLHUP | POLLERR)) && has_gone(channel)) {
            command_abandon(command);
            if (!channel->reconnects)
                return;
            await_client(channel);
            continue;
        }
        command_feed(command);
        if (command->from_stdout >= 0 && fds[1].revents && fds[1].fd == command->from_stdout &&
            !pass_output(channel, &command->from_stdout, 'O'))
            command_abandon(command);
        if (command->from_stderr >= 0 && fds[2].revents && fds[2].fd == command->from_stderr &&
            !pass_output(channel, &command->from_stderr, 'R'))
            command_abandon(command);
        reap(channel);
    }
}

static int child_ended_write = -1;

static void on_child_ended(int signal_number) {
    int saved = errno;
    (void)signal_number;
    if (write(child_ended_write, "", 1) < 0)
        errno = saved; /* the pipe is full of earlier wake-ups: enough */
    errno = saved;
}

static void serve_channel(int in, int out, bool reconnects) {
    static struct channel channel;
    struct sigaction action = {.sa_handler = on_child_ended, .sa_flags = SA_RESTART | SA_NOCLDSTOP};
    int wake[2];

    if (pipe2(wake, O_CLOEXEC | O_NONBLOCK) < 0)
        fail("making a pipe");
    child_ended_write = wake[1];
    if (sigaction(SIGCHLD, &action, NULL) < 0)
        fail("catching SIGCHLD");
    signal(SIGPIPE, SIG_IGN);
    channel.reconnects = reconnects;
    channel.in = in;
    channel.out = out;
    fcntl(in, F_SETFL, fcntl(in, F_GETFL) | O_NONBLOCK);
    fcntl(out, F_SETFL, fcntl(out, F_GETFL) | O_NONBLOCK);
    serve(&channel, wake[0]);
}

int main(int argc, char **argv) {
    if (argc < 2) {
        fprintf(stderr, "usage: exec_server PORT… | -\n");
        return 2;
    }
    setenv("PATH", "/usr/sbin:/usr/bin:/sbin:/bin", 0);
    setenv("HOME", "/root", 0);
    setenv("TERM", "dumb", 0);
    if (strcmp(argv[1], "-") == 0) {
        int in = fcntl(0, F_DUPFD_CLOEXEC, 3), out = fcntl(1, F_DUPFD_CLOEXEC, 3);

        if (in < 0 || out < 0)
            fail("duplicating the channel's descriptors");
        serve_channel(in, out, false);
        return 0;
    }
    for (int i = 1; i < argc; i++) {
        pid_t pid = fork();

        if (pid < 0)
            fail("starting a server process");
        if (pid == 0) {
            prctl(PR_SET_PDEATHSIG, SIGTERM);
            int fd = open(argv[i], O_RDWR | O_CLOEXEC | O_NOCTTY);

            if (fd < 0)
                fail(argv[i]);
            serve_channel(fd, fd, true);
            return 1;
        }
    }
    while (wait(NULL) > 0 || errno == EINTR)
        ;
    return 1; /* every server process has ended: the service manager shall start us again */
}
