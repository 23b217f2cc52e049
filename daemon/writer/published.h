/**
 * The fault records as last published: written by one thread, read by one other, and neither ever waits.
 */
#ifndef XHM_WRITER_PUBLISHED_H
#define XHM_WRITER_PUBLISHED_H

#include "fault_memory.h"

#include <stdatomic.h>

/** One view of the fault memory. */
struct xhm_published_view {
    uint32_t count;
    struct xhm_fault_record records[XHM_FAULT_SLOTS];
};

/** Three views: one being written, one being read, and the newest whole one between them. */
struct xhm_published {
    struct xhm_published_view views[3];
    uint32_t back;           /**< the writer's */
    uint32_t front;          /**< the reader's */
    _Atomic uint32_t middle; /**< index, and XHM_PUBLISHED_FRESH when the reader has not seen it */
};

/** Bit of `middle`. */
#define XHM_PUBLISHED_FRESH 4u

/** Prepares it: nothing published. */
void published_init(struct xhm_published *published);

/** The view to fill next. For the thread that writes. */
struct xhm_published_view *published_back(struct xhm_published *published);

/** Makes that view the newest. For the thread that writes. */
void published_publish(struct xhm_published *published);

/** The newest view; it stays as it is until the next call. For the thread that reads. */
const struct xhm_published_view *published_read(struct xhm_published *published);

#endif
