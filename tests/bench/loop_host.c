// SPDX-License-Identifier: Apache-2.0
/*
 * loop_host POLICY FOLDER PRIORITY: xhmd's own supervision loop with its API, writer and fault memory, without Xen: the
 * ECU is that of played_platform.c. For API clients that want to know what they do to the supervision cycle.
 *
 * POLICY is compiled. In FOLDER are the API's socket `socket`, the fault memory `faults`, the log `log`. PRIORITY is
 * that of SCHED_FIFO, 0: none. Says "ready" on standard output. At SIGTERM it ends and writes FOLDER/steps: one line
 * for each supervision step, "due now ticks" in ns of CLOCK_MONOTONIC.
 */
#include "played_platform.h"

#include <errno.h>
#include <malloc.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct paths {
    char socket[100];
    char faults[100];
    char log[100];
    char steps[100];
};

static void name_paths(const char *folder, struct paths *paths) {
    snprintf(paths->socket, sizeof(paths->socket), "%.80s/socket", folder);
    snprintf(paths->faults, sizeof(paths->faults), "%.80s/faults", folder);
    snprintf(paths->log, sizeof(paths->log), "%.80s/log", folder);
    snprintf(paths->steps, sizeof(paths->steps), "%.80s/steps", folder);
}

static bool write_steps(const char *path) {
    uint32_t count;
    const struct played_step *steps = played_platform_steps(&count);
    FILE *stream = fopen(path, "we");

    if (stream == NULL) {
        return false;
    }
    for (uint32_t i = 0; i < count; i++) {
        fprintf(stream, "%llu %llu %u\n", (unsigned long long)steps[i].due_ns, (unsigned long long)steps[i].now_ns,
                steps[i].ticks);
    }
    return fclose(stream) == 0;
}

static void block_signals(void) {
    sigset_t set;

    sigemptyset(&set);
    sigaddset(&set, SIGTERM);
    sigaddset(&set, SIGINT);
    sigprocmask(SIG_BLOCK, &set, NULL);
    signal(SIGPIPE, SIG_IGN);
}

int main(int argc, char *argv[]) {
    struct paths paths;
    char error[XHM_ERROR_SIZE] = "";
    enum xhm_loop_end end;

    if (argc != 4) {
        fprintf(stderr, "Usage: loop_host POLICY FOLDER PRIORITY\n");
        return 2;
    }
    name_paths(argv[2], &paths);
    const struct xhm_loop_options options = {
        .policy_path = argv[1],
        .socket_path = paths.socket,
        .writer = {.sink = XHM_SINK_FILE, .sink_path = paths.log, .fault_memory_path = paths.faults},
        .lock_memory = false,
        .realtime_priority = atoi(argv[3]),
    };

    block_signals();
    mallopt(M_ARENA_MAX, 1);
    struct xhm_loop *loop = loop_open(&options, error);
    if (loop == NULL || !played_platform_attach(loop)) {
        fprintf(stderr, "loop_host: %s\n", loop == NULL ? error : "a probe did not start");
        return 1;
    }
    puts("ready");
    fflush(stdout);
    const int result = loop_run(loop, &end);
    loop_close(loop);
    if (result < 0 || !write_steps(paths.steps)) {
        fprintf(stderr, "loop_host: %s\n", strerror(result < 0 ? -result : errno));
        return 1;
    }
    return 0;
}
