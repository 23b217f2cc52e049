#include "manager.h"

#include <stdio.h>
#include <string.h>
#include <systemd/sd-daemon.h>

static const char watchdog[] = "WATCHDOG=1";

struct notification {
    char state[XHM_NOTIFICATION_SIZE];
};

static bool send_state(struct xhm_manager *manager) {
    struct notification notification;

    if (!queue_pop(&manager->states, &notification)) {
        return false;
    }
    sd_notify(0, notification.state);
    return true;
}

static void send_watchdog(struct xhm_manager *manager) {
    if (atomic_exchange_explicit(&manager->watchdog, false, memory_order_acq_rel)) {
        sd_notify(0, watchdog);
    }
}

static void *run(void *context) {
    struct xhm_manager *manager = context;
    bool stopping;
    bool has_sent;

    do {
        stopping = worker_is_stopping(&manager->worker);
        /* Between any two others, so that many of them never hold it up. */
        do {
            has_sent = send_state(manager);
            send_watchdog(manager);
        } while (has_sent);
        if (!stopping) {
            worker_wait(&manager->worker, -1);
        }
    } while (!stopping);
    return NULL;
}

bool manager_open(struct xhm_manager *manager, char error[XHM_ERROR_SIZE]) {
    atomic_init(&manager->watchdog, false);
    if (!queue_init(&manager->states, sizeof(struct notification), XHM_HELD_NOTIFICATIONS)) {
        snprintf(error, XHM_ERROR_SIZE, "cannot allocate the queue of notifications");
        return false;
    }
    return worker_start(&manager->worker, "xhm-manager", run, manager, error);
}

void manager_notify(struct xhm_manager *manager, const char *state) {
    struct notification notification = {.state = ""};

    if (strcmp(state, watchdog) == 0) {
        atomic_store_explicit(&manager->watchdog, true, memory_order_release);
    } else {
        snprintf(notification.state, sizeof(notification.state), "%s", state);
        queue_push(&manager->states, &notification);
    }
    worker_ring(&manager->worker);
}

void manager_close(struct xhm_manager *manager) {
    queue_deinit(&manager->states);
}
