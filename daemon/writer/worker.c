#include "worker.h"

#include <errno.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

/* libsystemd's journal functions need some of it; nothing of ours is deep. */
#define STACK_SIZE (128 * 1024)
/* How long a worker that was told to give up may take for it. */
#define GIVE_UP_MS 200

static int create_thread(struct xhm_worker *worker, void *(*body)(void *), void *context) {
    const struct sched_param ordinary = {.sched_priority = 0};
    pthread_attr_t attributes;
    sigset_t all;
    sigset_t before;
    int result = pthread_attr_init(&attributes);

    if (result != 0) {
        return result;
    }
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    result = pthread_attr_setstacksize(&attributes, STACK_SIZE);
    result = result != 0 ? result : pthread_attr_setinheritsched(&attributes, PTHREAD_EXPLICIT_SCHED);
    result = result != 0 ? result : pthread_attr_setschedpolicy(&attributes, SCHED_OTHER);
    result = result != 0 ? result : pthread_attr_setschedparam(&attributes, &ordinary);
    result = result != 0 ? result : pthread_create(&worker->thread, &attributes, body, context);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    pthread_attr_destroy(&attributes);
    return result;
}

bool worker_start(struct xhm_worker *worker, const char *name, void *(*body)(void *), void *context,
                  char error[XHM_ERROR_SIZE]) {
    int result;

    worker->name = name;
    atomic_init(&worker->stopping, false);
    worker->bell = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (worker->bell < 0) {
        snprintf(error, XHM_ERROR_SIZE, "cannot create the event descriptor of thread %s: %s", name, strerror(errno));
        return false;
    }
    result = create_thread(worker, body, context);
    if (result != 0) {
        snprintf(error, XHM_ERROR_SIZE, "cannot start thread %s: %s", name, strerror(result));
        close(worker->bell);
        return false;
    }
    pthread_setname_np(worker->thread, name);
    worker->is_running = true;
    return true;
}

void worker_ring(struct xhm_worker *worker) {
    const uint64_t one = 1;

    /* It can only fail when the worker has been rung 2^64 - 2 times already. */
    (void)!write(worker->bell, &one, sizeof(one));
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

bool worker_join(struct xhm_worker *worker, const struct timespec *deadline) {
    struct timespec grace = *deadline;

    if (!worker->is_running) {
        return true;
    }
    if (pthread_clockjoin_np(worker->thread, NULL, CLOCK_MONOTONIC, deadline) != 0) {
        grace.tv_nsec += GIVE_UP_MS * 1000000L;
        grace.tv_sec += grace.tv_nsec / 1000000000L;
        grace.tv_nsec %= 1000000000L;
        pthread_cancel(worker->thread);
        if (pthread_clockjoin_np(worker->thread, NULL, CLOCK_MONOTONIC, &grace) != 0) {
            pthread_detach(worker->thread);
            return false;
        }
    }
    worker->is_running = false;
    close(worker->bell);
    return true;
}
