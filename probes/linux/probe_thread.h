// SPDX-License-Identifier: Apache-2.0
/** Threads with their scheduling said, whatever the caller's own: it may be a real-time thread, or none. */
#ifndef XHM_PROBE_THREAD_H
#define XHM_PROBE_THREAD_H

#include <pthread.h>

/** No vCPU in particular. */
#define XHM_PROBE_ANY_CPU (-1)

/** How a thread is scheduled. */
struct xhm_probe_scheduling {
    int policy;   /**< SCHED_OTHER or SCHED_FIFO */
    int priority; /**< 0 with SCHED_OTHER, 1 to 99 with SCHED_FIFO */
    int cpu;      /**< the only vCPU that it runs on, or XHM_PROBE_ANY_CPU */
};

/** Starts @p run(@p argument) with a stack of 128 KiB. @return 0 or a negative errno value */
int xhm_probe_thread_start(pthread_t *thread, const struct xhm_probe_scheduling *scheduling, void *(*run)(void *),
                           void *argument);

#endif
