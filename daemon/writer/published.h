/**
 * The fault records as last published: written by one thread, read by one other, and neither ever waits.
 */
#ifndef XHM_WRITER_PUBLISHED_H
#define XHM_WRITER_PUBLISHED_H

#include "exchange.h"
#include "fault_memory.h"

/** One view of the fault memory. */
struct xhm_published_view {
    uint32_t count;
    struct xhm_fault_record records[XHM_FAULT_SLOTS];
};

/** The views and who has which. */
struct xhm_published {
    struct xhm_published_view views[XHM_EXCHANGE_PLACES];
    struct xhm_exchange exchange;
};

/** Prepares it: nothing published. */
void published_init(struct xhm_published *published);

/** The view to fill next. For the thread that writes. */
struct xhm_published_view *published_back(struct xhm_published *published);

/** Makes that view the newest. For the thread that writes. */
void published_publish(struct xhm_published *published);

/** The newest view; it stays as it is until the next call. For the thread that reads. */
const struct xhm_published_view *published_read(struct xhm_published *published);

#endif
