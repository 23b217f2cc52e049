#include "rendezvous.h"
#include "rendezvous_threads.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

/* Enough for libxenstore's and libxengnttab's frames; both keep their data on the heap. */
#define THREAD_STACK_SIZE ((size_t)128 * 1024)
#define STOP_TIMEOUT_NS   1000000000u
#define NS_PER_S          1000000000u

uint64_t rendezvous_now_ns(void) {
    struct timespec now;

    if (clock_gettime(CLOCK_MONOTONIC, &now) != 0) {
        return 0;
    }
    return (uint64_t)now.tv_sec * NS_PER_S + (uint64_t)now.tv_nsec;
}

void rendezvous_wake(int descriptor) {
    /* Non-blocking: the only failure is a counter at its maximum, and that one is readable already. */
    (void)eventfd_write(descriptor, 1);
}

struct xhm_seat *rendezvous_seat(struct xhm_rendezvous *rendezvous, uint32_t index) {
    return &rendezvous->seats[index];
}

void rendezvous_follow(struct xhm_rendezvous *rendezvous, uint32_t index, xhm_instance_word instance) {
    atomic_store_explicit(&rendezvous->seats[index].instance, instance, memory_order_release);
    rendezvous_wake(rendezvous->grant_wake);
    rendezvous_wake(rendezvous->xenstore_wake);
}

uint64_t rendezvous_silent_ns(const struct xhm_rendezvous *rendezvous, uint64_t now_ns) {
    const uint64_t since_ns = atomic_load_explicit(&rendezvous->asking_since_ns, memory_order_acquire);

    return since_ns != 0 && now_ns > since_ns ? now_ns - since_ns : 0;
}

/* The helpers are no part of the supervision: ordinary priority, whatever the caller has, and no signal. */
static int start_thread(pthread_t *thread, const char *name, void *(*run)(void *), void *argument) {
    const struct sched_param ordinary = {.sched_priority = 0};
    pthread_attr_t attributes;
    sigset_t all;
    sigset_t before;
    int error = pthread_attr_init(&attributes);

    if (error != 0) {
        return error;
    }
    pthread_attr_setstacksize(&attributes, THREAD_STACK_SIZE);
    pthread_attr_setinheritsched(&attributes, PTHREAD_EXPLICIT_SCHED);
    pthread_attr_setschedpolicy(&attributes, SCHED_OTHER);
    pthread_attr_setschedparam(&attributes, &ordinary);
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    error = pthread_create(thread, &attributes, run, argument);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    pthread_attr_destroy(&attributes);
    if (error == 0) {
        pthread_setname_np(*thread, name);
    }
    return error;
}

static bool stop_thread(pthread_t thread) {
    const uint64_t until_ns = rendezvous_now_ns() + STOP_TIMEOUT_NS;
    const struct timespec until = {
        .tv_sec = (time_t)(until_ns / NS_PER_S),
        .tv_nsec = (long)(until_ns % NS_PER_S),
    };

    if (pthread_clockjoin_np(thread, NULL, CLOCK_MONOTONIC, &until) == 0) {
        return true;
    }
    pthread_detach(thread);
    return false;
}

static bool open_resources(struct xhm_rendezvous *rendezvous, struct xentoollog_logger *logger,
                           char error[XHM_ERROR_SIZE]) {
    rendezvous->gnttab = xengnttab_open(logger, 0);
    if (rendezvous->gnttab == NULL) {
        snprintf(error, XHM_ERROR_SIZE, "cannot open /dev/xen/gntdev, through which probe pages are mapped: %s%s",
                 strerror(errno), errno == ENOENT ? " (is the module xen-gntdev loaded?)" : "");
        return false;
    }
    rendezvous->xenstore_wake = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    rendezvous->grant_wake = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (rendezvous->xenstore_wake < 0 || rendezvous->grant_wake < 0) {
        snprintf(error, XHM_ERROR_SIZE, "cannot make an eventfd for the probe rendezvous: %s", strerror(errno));
        return false;
    }
    return true;
}

static bool start_threads(struct xhm_rendezvous *rendezvous, char error[XHM_ERROR_SIZE]) {
    int failure = start_thread(&rendezvous->grant_thread, "xhm-grants", rendezvous_grants_run, rendezvous);

    rendezvous->grant_started = failure == 0;
    if (failure == 0) {
        failure = start_thread(&rendezvous->xenstore_thread, "xhm-xenstore", rendezvous_xenstore_run, rendezvous);
        rendezvous->xenstore_started = failure == 0;
    }
    if (failure != 0) {
        snprintf(error, XHM_ERROR_SIZE, "cannot start the threads of the probe rendezvous: %s", strerror(failure));
    }
    return failure == 0;
}

struct xhm_rendezvous *rendezvous_open(struct xentoollog_logger *logger, char error[XHM_ERROR_SIZE]) {
    struct xhm_rendezvous *rendezvous = calloc(1, sizeof(*rendezvous));

    if (rendezvous == NULL) {
        snprintf(error, XHM_ERROR_SIZE, "cannot allocate the probe rendezvous: out of memory");
        return NULL;
    }
    pthread_mutex_init(&rendezvous->announced_lock, NULL);
    rendezvous->xenstore_wake = -1;
    rendezvous->grant_wake = -1;
    if (!open_resources(rendezvous, logger, error) || !start_threads(rendezvous, error)) {
        rendezvous_close(rendezvous);
        return NULL;
    }
    return rendezvous;
}

static void close_descriptor(int descriptor) {
    if (descriptor >= 0) {
        close(descriptor);
    }
}

void rendezvous_close(struct xhm_rendezvous *rendezvous) {
    if (rendezvous == NULL) {
        return;
    }
    atomic_store(&rendezvous->is_stopping, true);
    rendezvous_wake(rendezvous->grant_wake);
    rendezvous_wake(rendezvous->xenstore_wake);

    const bool grants_ended = !rendezvous->grant_started || stop_thread(rendezvous->grant_thread);
    const bool xenstore_ended = !rendezvous->xenstore_started || stop_thread(rendezvous->xenstore_thread);

    if (!grants_ended || !xenstore_ended) {
        fprintf(stderr, "xhmd: leaving behind the thread that waits for %s, which did not answer within 1 s\n",
                grants_ended ? "xenstore" : "the grant device");
        return;
    }
    if (rendezvous->gnttab != NULL) {
        xengnttab_close(rendezvous->gnttab);
    }
    close_descriptor(rendezvous->xenstore_wake);
    close_descriptor(rendezvous->grant_wake);
    pthread_mutex_destroy(&rendezvous->announced_lock);
    free(rendezvous);
}
