// SPDX-License-Identifier: Apache-2.0
/*
 * vchan_pipe: a byte stream between dom0 and a partition, for the virtual ECU's command channel.
 *
 *     vchan_pipe serve PATH COMMAND…
 *         in a partition: offers a vchan to dom0 under the xenstore path PATH (relative to the partition's own folder)
 *         and runs COMMAND for each client, its standard input and output being the stream
 *     vchan_pipe connect DOMID PATH BOUND
 *         in dom0: connects standard input and output to that vchan, waiting at most BOUND seconds for it to be
 *         offered; exit status 1 if it is not, or if the domain is destroyed meanwhile
 *
 * It uses shared pages and an event channel of its own, so neither the partition's console nor its log are disturbed.
 */
#define _GNU_SOURCE
#include <xenctrl.h> /* first: it chooses the interface version of Xen's headers, which libxenvchan.h includes, too */

#include <errno.h>
#include <fcntl.h>
#include <libxenvchan.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum {
    RING_SIZE = 8192, /* bytes in each direction */
    STATE_CLOSED = 0, /* what libxenvchan_is_open() answers */
    STATE_WAITING = 2,
    RETRY_MS = 50,
    SERVE_RETRY_MS = 1000,
    LIFE_CHECK_MS = 500,
};

static void fail(const char *what) {
    fprintf(stderr, "vchan_pipe: %s: %s\n", what, strerror(errno));
    exit(1);
}

static int64_t now_ms(void) {
    struct timespec now;

    if (clock_gettime(CLOCK_MONOTONIC, &now) < 0)
        fail("reading the clock");
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* Moves what fits from the descriptor to the vchan; false at the end of the descriptor. */
static bool to_vchan(struct libxenvchan *vchan, int fd) {
    uint8_t chunk[4096];
    int room = libxenvchan_buffer_space(vchan);
    ssize_t n;

    if (room <= 0)
        return true;
    n = read(fd, chunk, (size_t)room < sizeof chunk ? (size_t)room : sizeof chunk);
    if (n < 0)
        return errno == EAGAIN || errno == EINTR;
    return n > 0 && libxenvchan_write(vchan, chunk, (size_t)n) == n;
}

/* Moves everything that has arrived in the vchan to the descriptor (which blocks); false if nobody reads it. */
static bool from_vchan(struct libxenvchan *vchan, int fd) {
    while (libxenvchan_data_ready(vchan) > 0) {
        uint8_t chunk[4096];
        int n = libxenvchan_read(vchan, chunk, sizeof chunk);

        for (int done = 0; done < n;) {
            ssize_t written = write(fd, chunk + done, (size_t)(n - done));

            if (written < 0 && errno != EINTR)
                return false;
            if (written > 0)
                done += (int)written;
        }
        if (n <= 0)
            return false;
    }
    return true;
}

/* False once the domain is destroyed: it then says nothing more, and our mapping would keep its memory from being
 * freed. */
static bool is_alive(xc_interface *xen, int domid) {
    xc_dominfo_t info;

    return xc_domain_getinfo(xen, (uint32_t)domid, 1, &info) == 1 && info.domid == (uint32_t)domid && !info.dying;
}

/* Moves bytes both ways until one side ends. With xen (in dom0), it is false if the other domain was destroyed. */
static bool shuttle(struct libxenvchan *vchan, int in, int out, xc_interface *xen, int domid) {
    for (;;) {
        bool room = libxenvchan_buffer_space(vchan) > 0;
        struct pollfd fds[] = {
            {.fd = libxenvchan_fd_for_select(vchan), .events = POLLIN},
            {.fd = room ? in : -1, .events = POLLIN},
        };
        bool idle = libxenvchan_data_ready(vchan) == 0 && libxenvchan_is_open(vchan) != STATE_CLOSED;
        int ready = poll(fds, 2, !idle ? 0 : xen ? LIFE_CHECK_MS : -1);

        if (ready < 0 && errno != EINTR)
            fail("waiting for the vchan");
        if (ready == 0 && idle && xen && !is_alive(xen, domid))
            return false;
        if (ready > 0 && (fds[0].revents & POLLIN))
            libxenvchan_wait(vchan); /* takes the event; does not block, one is there */
        if (!from_vchan(vchan, out))
            return true;
        if (ready > 0 && (fds[1].revents & (POLLIN | POLLHUP)) && !to_vchan(vchan, in))
            return true;
        if (libxenvchan_is_open(vchan) == STATE_CLOSED && libxenvchan_data_ready(vchan) == 0)
            return true;
    }
}

static pid_t start(char **command, int *stream) {
    int ends[2];
    pid_t pid;

    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) < 0)
        fail("making a socket pair");
    pid = fork();
    if (pid < 0)
        fail("starting the command");
    if (pid == 0) {
        dup2(ends[1], 0);
        dup2(ends[1], 1);
        execv(command[0], command);
        fail(command[0]);
    }
    close(ends[1]);
    *stream = ends[0];
    return pid;
}

static void serve(const char *path, char **command) {
    for (;;) {
        struct libxenvchan *vchan = libxenvchan_server_init(NULL, 0, path, RING_SIZE, RING_SIZE);
        int stream;
        pid_t pid;

        if (!vchan) {
            fprintf(stderr, "vchan_pipe: offering %s to dom0: %s\n", path, strerror(errno));
            poll(NULL, 0, SERVE_RETRY_MS);
            continue;
        }
        vchan->blocking = 0;
        while (libxenvchan_is_open(vchan) == STATE_WAITING)
            libxenvchan_wait(vchan);
        pid = start(command, &stream);
        shuttle(vchan, stream, stream, NULL, 0);
        close(stream); /* the command sees the end of its input, and ends */
        libxenvchan_close(vchan);
        while (waitpid(pid, NULL, 0) < 0 && errno == EINTR)
            ;
    }
}

static int connect_to(int domid, const char *path, int bound_s) {
    int64_t end = now_ms() + (int64_t)bound_s * 1000;
    xc_interface *xen = xc_interface_open(NULL, NULL, 0);
    struct libxenvchan *vchan;
    char full[256];
    bool ended;

    if (!xen)
        fail("opening the hypervisor's interface");
    snprintf(full, sizeof full, "/local/domain/%d/%s", domid, path);
    while (!(vchan = libxenvchan_client_init(NULL, domid, full))) {
        if (now_ms() >= end) {
            fprintf(stderr, "vchan_pipe: connecting to domain %d at %s: no answer within %d s\n", domid, full, bound_s);
            return 1;
        }
        poll(NULL, 0, RETRY_MS);
    }
    vchan->blocking = 0;
    ended = shuttle(vchan, 0, 1, xen, domid);
    libxenvchan_close(vchan);
    xc_interface_close(xen);
    if (!ended)
        fprintf(stderr, "vchan_pipe: domain %d was destroyed\n", domid);
    return ended ? 0 : 1;
}

int main(int argc, char **argv) {
    signal(SIGPIPE, SIG_IGN);
    if (argc >= 4 && strcmp(argv[1], "serve") == 0)
        serve(argv[2], argv + 3);
    if (argc == 5 && strcmp(argv[1], "connect") == 0)
        return connect_to(atoi(argv[2]), argv[3], atoi(argv[4]));
    fprintf(stderr, "usage: vchan_pipe serve PATH COMMAND… | connect DOMID PATH BOUND_SECONDS\n");
    return 2;
}
