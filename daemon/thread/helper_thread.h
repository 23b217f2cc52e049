// SPDX-License-Identifier: Apache-2.0
/**
 * Threads for what can block: no part of the supervision, so of ordinary priority, with a small stack and no signal.
 * They and the supervision thread meet in atomics and wake each other by eventfds.
 */
#ifndef XHM_HELPER_THREAD_H
#define XHM_HELPER_THREAD_H

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

/**
 * Starts @p run(@p argument) as a thread called @p name (at most 15 characters), whatever the caller's priority and
 * signal mask. @return 0 or a positive errno value
 */
int helper_thread_start(pthread_t *thread, const char *name, void *(*run)(void *), void *argument);

/** Waits, at most 1 s, for a thread that was told to end. @return false when it did not: it is left behind then */
bool helper_thread_stop(pthread_t thread);

/** An eventfd to wake a thread by. @return -1 with errno when there is none */
int helper_thread_wake_open(void);

/** Makes an eventfd readable. Never waits. */
void helper_thread_wake(int descriptor);

/** CLOCK_MONOTONIC; 0 when it cannot be read. */
uint64_t helper_thread_now_ns(void);

#endif
