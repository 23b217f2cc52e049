// SPDX-License-Identifier: Apache-2.0
/* xhm-sim [-v] TRACE…: runs traces in virtual time. -v prints everything that the supervision says and does. */
#include "sim_tell.h"

#include <string.h>

static bool run_file(const char *path, bool verbose) {
    struct xhm_trace trace = {0};
    const struct xhm_sim_setting setting = {
        .trace = &trace, .voice = verbose ? &sim_voice_people : NULL, .output = stdout, .errors = stdout};
    const bool held = trace_read(&trace, path, stdout) && sim_run(&setting) == XHM_SIM_HELD;

    printf("%s: %s\n", path, held ? "held" : "FAILED");
    trace_free(&trace);
    return held;
}

int main(int argc, char **argv) {
    const bool verbose = argc > 1 && strcmp(argv[1], "-v") == 0;
    const int first = verbose ? 2 : 1;
    bool held = true;

    if (argc <= first) {
        fprintf(stderr, "usage: %s [-v] TRACE…\n", argv[0]);
        return 2;
    }
    for (int i = first; i < argc; i++) {
        held = run_file(argv[i], verbose) && held;
    }
    return held ? 0 : 1;
}
