/**
 * The link to the service manager: the thread that waits for the service manager, so that neither a disk nor the
 * journal holds up a WATCHDOG=1 of a supervisor that is well.
 */
#ifndef XHM_WRITER_MANAGER_H
#define XHM_WRITER_MANAGER_H

#include "queue.h"
#include "worker.h"

/** Room for one notification. */
#define XHM_NOTIFICATION_SIZE  128
/** Notifications that can wait at a time, beside a WATCHDOG=1. */
#define XHM_HELD_NOTIFICATIONS 16

/** The link. */
struct xhm_manager {
    struct xhm_worker worker;
    struct xhm_queue states;
    _Atomic bool watchdog; /**< a WATCHDOG=1 waits */
};

/** Starts the thread. @return false with a sentence in @p error */
bool manager_open(struct xhm_manager *manager, char error[XHM_ERROR_SIZE]);

/** Queues a notification; it is dropped when as many wait as can. Never waits. */
void manager_notify(struct xhm_manager *manager, const char *state);

/** Frees what is left when the thread has ended. */
void manager_close(struct xhm_manager *manager);

#endif
