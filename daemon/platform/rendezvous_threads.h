/**
 * What the two helper threads of the rendezvous share. Private to rendezvous*.c.
 */
#ifndef XHM_RENDEZVOUS_THREADS_H
#define XHM_RENDEZVOUS_THREADS_H

#include "announcement.h"
#include "helper_thread.h"
#include "rendezvous.h"

#include <xengnttab.h>
#include <xenstore.h>

/** What the xenstore thread read for one seat. */
struct xhm_announced_seat {
    xhm_instance_word instance; /**< whose announcements these are */
    struct xhm_announcement pages[XHM_MAX_PAGES];
};

/** The xenstore thread's own view of one seat. */
struct xhm_watched_seat {
    xhm_instance_word instance; /**< being watched, 0: none */
    bool is_due;                /**< to be read in this round */
};

/** The grant thread's own view of one page. */
struct xhm_granted_page {
    struct xhm_announcement announcement; /**< that was acted on */
    enum xhm_page_sight sight;            /**< as offered last */
    void *address;                        /**< mapped and offered, or NULL */
    void *retired;                        /**< replaced by the last offer; unmapped when that is taken */
};

/** The grant thread's own view of one seat. */
struct xhm_granted_seat {
    xhm_instance_word instance;
    struct xhm_granted_page pages[XHM_MAX_PAGES];
};

/** What the supervision thread and the two helper threads share. */
struct xhm_rendezvous {
    struct xhm_seat seats[XHM_MAX_PARTITIONS];
    _Atomic uint64_t asking_since_ns; /**< since when xenstore owes an answer, 0: it does not */
    atomic_bool is_stopping;

    int xenstore_wake; /**< eventfd */
    int grant_wake;    /**< eventfd */
    pthread_t xenstore_thread;
    pthread_t grant_thread;
    bool xenstore_started;
    bool grant_started;

    pthread_mutex_t announced_lock; /**< between the helpers only; held for copies, never over a call that waits */
    struct xhm_announced_seat announced[XHM_MAX_PARTITIONS];

    struct xs_handle *store; /**< the xenstore thread's */
    struct xhm_watched_seat watched[XHM_MAX_PARTITIONS];
    uint32_t next_look; /**< seat to be looked at next without a watch */

    xengnttab_handle *gnttab; /**< the grant thread's, once it runs */
    struct xhm_granted_seat granted[XHM_MAX_PARTITIONS];
};

/** The xenstore thread; @p argument is the rendezvous. */
void *rendezvous_xenstore_run(void *argument);

/** The grant thread; @p argument is the rendezvous. */
void *rendezvous_grants_run(void *argument);

#endif
