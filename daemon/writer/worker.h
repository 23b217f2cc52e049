/**
 * A thread of the writer: waits for one kind of thing only, so that what stalls one of them does not stall another.
 */
#ifndef XHM_WRITER_WORKER_H
#define XHM_WRITER_WORKER_H

#include "platform.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

/** The thread. */
struct xhm_worker {
    const char *name; /**< at most 15 characters */
    int bell;         /**< an eventfd: something to do */
    int end;          /**< an eventfd: the body has returned */
    void *(*body)(void *);
    void *context;
    _Atomic bool stopping;
    bool is_running;
    pthread_t thread;
};

/**
 * Starts @p body with an explicit stack size, every signal blocked and ordinary scheduling, whatever the caller's.
 * @return false with a sentence in @p error
 */
bool worker_start(struct xhm_worker *worker, const char *name, void *(*body)(void *), void *context,
                  char error[XHM_ERROR_SIZE]);

/** Rings: the worker's next or present worker_wait() returns. Never waits. */
void worker_ring(struct xhm_worker *worker);

/** In the worker: waits for a ring, at most @p timeout_ms (-1: for ever). */
void worker_wait(struct xhm_worker *worker, int timeout_ms);

/** In the worker: true when it shall do what is left to do and return. Ask before looking what is left. */
bool worker_is_stopping(struct xhm_worker *worker);

/** Asks the worker to end. */
void worker_stop(struct xhm_worker *worker);

/**
 * Waits until the worker ended, at most until @p deadline_ms of worker_clock_ms().
 * @return false when it did not: it is left to itself, and so must be everything it uses
 */
bool worker_join(struct xhm_worker *worker, uint64_t deadline_ms);

/** CLOCK_MONOTONIC in milliseconds. */
uint64_t worker_clock_ms(void);

#endif
