#include "worker.h"
#include "helper_thread.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define NS_PER_MS 1000000u

static void *run(void *context) {
    struct xhm_worker *worker = context;

    worker->body(worker->context);
    helper_thread_wake(worker->end);
    return NULL;
}

static void close_bells(struct xhm_worker *worker) {
    if (worker->bell >= 0) {
        close(worker->bell);
    }
    if (worker->end >= 0) {
        close(worker->end);
    }
}

bool worker_start(struct xhm_worker *worker, const char *name, void *(*body)(void *), void *context,
                  char error[XHM_ERROR_SIZE]) {
    int result;

    worker->name = name;
    atomic_init(&worker->stopping, false);
    worker->body = body;
    worker->context = context;
    worker->bell = helper_thread_wake_open();
    worker->end = helper_thread_wake_open();
    if (worker->bell < 0 || worker->end < 0) {
        snprintf(error, XHM_ERROR_SIZE, "cannot create an event descriptor of thread %s: %s", name, strerror(errno));
        close_bells(worker);
        return false;
    }
    result = helper_thread_start(&worker->thread, name, run, worker);
    if (result != 0) {
        snprintf(error, XHM_ERROR_SIZE, "cannot start thread %s: %s", name, strerror(result));
        close_bells(worker);
        return false;
    }
    worker->is_running = true;
    return true;
}

void worker_ring(struct xhm_worker *worker) {
    helper_thread_wake(worker->bell);
}

void worker_wait(struct xhm_worker *worker, int timeout_ms) {
    struct pollfd bell = {.fd = worker->bell, .events = POLLIN};
    uint64_t rings;

    if (poll(&bell, 1, timeout_ms) > 0) {
        (void)!read(worker->bell, &rings, sizeof(rings));
    }
}

bool worker_is_stopping(struct xhm_worker *worker) {
    return atomic_load_explicit(&worker->stopping, memory_order_acquire);
}

void worker_stop(struct xhm_worker *worker) {
    if (worker->is_running) {
        atomic_store_explicit(&worker->stopping, true, memory_order_release);
        worker_ring(worker);
    }
}

uint64_t worker_clock_ms(void) {
    return helper_thread_now_ns() / NS_PER_MS;
}

bool worker_join(struct xhm_worker *worker, uint64_t deadline_ms) {
    const uint64_t now_ms = worker_clock_ms();
    struct pollfd end = {.fd = worker->end, .events = POLLIN};

    if (!worker->is_running) {
        return true;
    }
    if (poll(&end, 1, deadline_ms > now_ms ? (int)(deadline_ms - now_ms) : 0) <= 0) {
        pthread_detach(worker->thread);
        return false;
    }
    pthread_join(worker->thread, NULL);
    worker->is_running = false;
    close_bells(worker);
    return true;
}
