// SPDX-License-Identifier: Apache-2.0
#include "injection.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

int injection_descriptor(void) {
    return STDIN_FILENO;
}

/* A line of the console; a longer one than any order is none. */
void injection_take(pid_t child) {
    char line[16];
    const ssize_t length = read(STDIN_FILENO, line, sizeof(line) - 1);

    if (length <= 0) {
        return;
    }
    line[length] = '\0';
    line[strcspn(line, "\r\n")] = '\0';
    fprintf(stderr, "init: injected: %s\n", line);
    if (strcmp(line, "kill") == 0 && child > 0) {
        kill(child, SIGKILL);
    } else if (strcmp(line, "stop") == 0 && child > 0) {
        kill(child, SIGSTOP);
    } else if (strcmp(line, "hang") == 0) {
        for (;;) {
            pause();
        }
    }
}
