// SPDX-License-Identifier: Apache-2.0
#include "helper_thread.h"

#include <sched.h>
#include <signal.h>
#include <sys/eventfd.h>
#include <time.h>

/* Enough for the frames of Xen's libraries, which keep their data on the heap, and for libsystemd's journal functions.
 */
#define THREAD_STACK_SIZE ((size_t)128 * 1024)
#define STOP_TIMEOUT_NS   1000000000u
#define NS_PER_S          1000000000u

uint64_t helper_thread_now_ns(void) {
    struct timespec now;

    if (clock_gettime(CLOCK_MONOTONIC, &now) != 0) {
        return 0;
    }
    return (uint64_t)now.tv_sec * NS_PER_S + (uint64_t)now.tv_nsec;
}

int helper_thread_wake_open(void) {
    return eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
}

void helper_thread_wake(int descriptor) {
    /* Non-blocking: the only failure is a counter at its maximum, and that one is readable already. */
    (void)eventfd_write(descriptor, 1);
}

int helper_thread_start(pthread_t *thread, const char *name, void *(*run)(void *), void *argument) {
    const struct sched_param ordinary = {.sched_priority = 0};
    pthread_attr_t attributes;
    sigset_t all;
    sigset_t before;
    int error = pthread_attr_init(&attributes);

    if (error != 0) {
        return error;
    }
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    error = pthread_attr_setstacksize(&attributes, THREAD_STACK_SIZE);
    error = error != 0 ? error : pthread_attr_setinheritsched(&attributes, PTHREAD_EXPLICIT_SCHED);
    error = error != 0 ? error : pthread_attr_setschedpolicy(&attributes, SCHED_OTHER);
    error = error != 0 ? error : pthread_attr_setschedparam(&attributes, &ordinary);
    error = error != 0 ? error : pthread_create(thread, &attributes, run, argument);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    pthread_attr_destroy(&attributes);
    if (error == 0) {
        pthread_setname_np(*thread, name);
    }
    return error;
}

bool helper_thread_stop(pthread_t thread) {
    const uint64_t until_ns = helper_thread_now_ns() + STOP_TIMEOUT_NS;
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
