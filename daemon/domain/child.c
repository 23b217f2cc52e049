// SPDX-License-Identifier: Apache-2.0
#include "child.h"

#include "base.h"
#include "chain_bounds.h"
#include "confinement.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define TEXT_OF(number) #number
#define TEXT(number)    TEXT_OF(number)

/* The time that sd_notify's watchdog is told in, in microseconds. */
#define WATCHDOG_USEC TEXT(XHM_CHAIN_SILENCE_MS) "000"

static char *const arguments[] = {
    "/usr/sbin/xhmd", "--log", "stderr", "--realtime-priority", "50", NULL,
};

static char *const environment[] = {
    "NOTIFY_SOCKET=" XHM_DOMAIN_NOTIFY_PATH,
    "WATCHDOG_USEC=" WATCHDOG_USEC,
    NULL,
};

static void become(void) {
    sigset_t none;

    sigemptyset(&none);
    if (sigprocmask(SIG_SETMASK, &none, NULL) == 0 && confinement_enter() == 0) {
        execve(arguments[0], arguments, environment);
    }
    fprintf(stderr, "init: starting %s: %s\n", arguments[0], strerror(errno));
    _exit(1);
}

pid_t child_start(void) {
    const pid_t child = fork();

    if (child == 0) {
        become();
    }
    return child;
}
