#include "worker.h"

#include <errno.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

/* libsystemd's journal functions need some of it; nothing of ours is deep. */
#define STACK_SIZE (128 * 1024)

static void ring(int bell) {
    const uint64_t one = 1;

    /* It can only fail when it has been rung 2^64 - 2 times already. */
    (void)!write(bell, &one, sizeof(one));
}

static void *run(void *context) {
    struct xhm_worker *worker = context;

    worker->body(worker->context);
    ring(worker->end);
    return NULL;
}

static int create_thread(struct xhm_worker *worker) {
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
    result = result != 0 ? result : pthread_create(&worker->thread, &attributes, run, worker);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    pthread_attr_destroy(&attributes);
    return result;
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
    worker->bell = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    worker->end = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (worker->bell < 0 || worker->end < 0) {
        snprintf(error, XHM_ERROR_SIZE, "cannot create an event descriptor of thread %s: %s", name, strerror(errno));
        close_bells(worker);
        return false;
    }
    result = create_thread(worker);
    if (result != 0) {
        snprintf(error, XHM_ERROR_SIZE, "cannot start thread %s: %s", name, strerror(result));
        close_bells(worker);
        return false;
    }
    pthread_setname_np(worker->thread, name);
    worker->is_running = true;
    return true;
}

void worker_ring(struct xhm_worker *worker) {
    ring(worker->bell);
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
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
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
