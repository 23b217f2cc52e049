// SPDX-License-Identifier: Apache-2.0
/*
 * First program of the supervisor's own domain: sets up the little that xhmd needs, and then does for it what systemd
 * does in dom0: starts it again when it ends, and ends it when it is silent (sd_notify(3), WATCHDOG=1). Each sign of
 * life of xhmd, and nothing else, is passed on to Xen's watchdog of the domain.
 */
#include "base.h"
#include "chain_bounds.h"
#include "child.h"
#include "injection.h"
#include "watchdog.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/reboot.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define NS_PER_MS 1000000
#define MS_PER_S  1000

struct init {
    int signals;
    int notifications;
    int injections; /* -1: none */
    struct watchdog watchdog;
    bool is_ready;  /* xhmd said so since it was started */
    pid_t child;    /* 0: none */
    int64_t due_ms; /* when xhmd is started, or else ended; 0: it is on its way */
};

static int64_t now_ms(void) {
    struct timespec now = {0};

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * MS_PER_S + now.tv_nsec / NS_PER_MS;
}

static void say(const char *sentence) {
    fprintf(stderr, "init: %.1f s: %s\n", (double)now_ms() / MS_PER_S, sentence);
}

/* A domain that cannot supervise ends, so that dom0 sees it and can act. */
static _Noreturn void end_domain(const char *sentence) {
    say(sentence);
    sync();
    reboot(RB_POWER_OFF);
    _exit(1);
}

static bool open_signals(struct init *init) {
    sigset_t child_ended;

    sigemptyset(&child_ended);
    sigaddset(&child_ended, SIGCHLD);
    init->signals =
        sigprocmask(SIG_BLOCK, &child_ended, NULL) == 0 ? signalfd(-1, &child_ended, SFD_CLOEXEC | SFD_NONBLOCK) : -1;
    return init->signals >= 0;
}

static bool open_notifications(struct init *init) {
    const struct sockaddr_un address = {.sun_family = AF_UNIX, .sun_path = XHM_DOMAIN_NOTIFY_PATH};

    init->notifications = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    return init->notifications >= 0 &&
           bind(init->notifications, (const struct sockaddr *)&address, sizeof(address)) == 0 &&
           chown(XHM_DOMAIN_NOTIFY_PATH, XHM_DOMAIN_USER, XHM_DOMAIN_USER) == 0;
}

static void start_child(struct init *init) {
    init->is_ready = false;
    init->due_ms = now_ms() + XHM_CHAIN_READY_MS;
    init->child = child_start();
    if (init->child < 0) {
        end_domain("xhmd cannot be started: the domain ends");
    }
}

static void tell_end(int status) {
    char sentence[96];

    snprintf(sentence, sizeof(sentence), "xhmd ended by %s %d; it is started again",
             WIFSIGNALED(status) ? "signal" : "exit status",
             WIFSIGNALED(status) ? WTERMSIG(status) : WEXITSTATUS(status));
    say(sentence);
}

static void reap(struct init *init) {
    struct signalfd_siginfo ignored;
    int status = 0;
    pid_t ended;

    while (read(init->signals, &ignored, sizeof(ignored)) > 0) {
    }
    while ((ended = waitpid(-1, &status, WNOHANG)) > 0) {
        if (ended == init->child) {
            tell_end(status);
            init->child = 0;
            init->due_ms = now_ms() + XHM_CHAIN_PAUSE_MS;
        }
    }
}

/* xhmd gives one after a completed supervision step only (loop/notifier.h). One that comes on its way to its end, after
   it was silent for too long, comes too late. */
static void take_sign_of_life(struct init *init) {
    if (init->due_ms == 0) {
        return;
    }
    init->due_ms = now_ms() + XHM_CHAIN_SILENCE_MS;
    if (watchdog_pet(&init->watchdog) != 0) {
        say("Xen's watchdog cannot be petted and will end the domain");
    }
}

/* One message has several lines; a longer one than xhmd sends is cut. */
static void take_notification(struct init *init) {
    char message[512];
    const ssize_t length = recv(init->notifications, message, sizeof(message) - 1, 0);

    if (length <= 0 || init->child == 0) {
        return;
    }
    message[length] = '\0';
    if (strstr(message, "READY=1") != NULL) {
        say("xhmd is ready");
        init->is_ready = true;
        take_sign_of_life(init);
    } else if (init->is_ready && strstr(message, "WATCHDOG=1") != NULL) {
        take_sign_of_life(init);
    }
}

static void act_when_due(struct init *init) {
    if (init->due_ms == 0 || now_ms() < init->due_ms) {
        return;
    }
    if (init->child == 0) {
        start_child(init);
    } else {
        say("xhmd is silent and is ended");
        init->due_ms = 0;
        kill(init->child, SIGKILL);
    }
}

static int wait_ms(const struct init *init) {
    const int64_t left_ms = init->due_ms - now_ms();

    return init->due_ms == 0 ? -1 : left_ms > 0 ? (int)left_ms + 1 : 0;
}

int main(void) {
    struct init init = {0};

    if (base_set_up() != 0 || !open_signals(&init) || !open_notifications(&init)) {
        end_domain("the domain cannot be set up and ends");
    }
    say("the domain is set up");
    if (watchdog_start(&init.watchdog, XHM_CHAIN_WATCHDOG_S) != 0) {
        end_domain("Xen's watchdog cannot be started: the domain ends");
    }
    init.injections = injection_descriptor();
    start_child(&init);
    for (;;) {
        struct pollfd polled[] = {{.fd = init.signals, .events = POLLIN},
                                  {.fd = init.notifications, .events = POLLIN},
                                  {.fd = init.injections, .events = POLLIN}};

        if (poll(polled, sizeof(polled) / sizeof(polled[0]), wait_ms(&init)) > 0) {
            if (polled[0].revents != 0) {
                reap(&init);
            }
            if (polled[1].revents != 0) {
                take_notification(&init);
            }
            if (polled[2].revents != 0) {
                injection_take(init.child);
            }
        }
        act_when_due(&init);
    }
}
