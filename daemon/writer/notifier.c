#include "notifier.h"

#include <stdio.h>
#include <string.h>
#include <systemd/sd-daemon.h>

static const char watchdog[] = "WATCHDOG=1";

struct notification {
    char state[XHM_NOTIFICATION_SIZE];
};

static bool send_state(struct xhm_notifier *notifier) {
    struct notification notification;

    if (!queue_pop(&notifier->states, &notification)) {
        return false;
    }
    sd_notify(0, notification.state);
    return true;
}

static void send_watchdog(struct xhm_notifier *notifier) {
    if (atomic_exchange_explicit(&notifier->watchdog, false, memory_order_acq_rel)) {
        sd_notify(0, watchdog);
    }
}

static void *run(void *context) {
    struct xhm_notifier *notifier = context;
    bool stopping;
    bool has_sent;

    do {
        stopping = worker_is_stopping(&notifier->worker);
        /* Between any two others, so that many of them never hold it up. */
        do {
            has_sent = send_state(notifier);
            send_watchdog(notifier);
        } while (has_sent);
        if (!stopping) {
            worker_wait(&notifier->worker, -1);
        }
    } while (!stopping);
    return NULL;
}

bool notifier_open(struct xhm_notifier *notifier, char error[XHM_ERROR_SIZE]) {
    atomic_init(&notifier->watchdog, false);
    if (!queue_init(&notifier->states, sizeof(struct notification), XHM_HELD_NOTIFICATIONS)) {
        snprintf(error, XHM_ERROR_SIZE, "cannot allocate the queue of notifications");
        return false;
    }
    return worker_start(&notifier->worker, "xhm-notifier", run, notifier, error);
}

void notifier_notify(struct xhm_notifier *notifier, const char *state) {
    struct notification notification = {.state = ""};

    if (strcmp(state, watchdog) == 0) {
        atomic_store_explicit(&notifier->watchdog, true, memory_order_release);
    } else {
        snprintf(notification.state, sizeof(notification.state), "%s", state);
        queue_push(&notifier->states, &notification);
    }
    worker_ring(&notifier->worker);
}

void notifier_close(struct xhm_notifier *notifier) {
    queue_deinit(&notifier->states);
}
