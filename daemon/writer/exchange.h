/**
 * Three places for one value that is handed from one thread to another: the newest whole one counts, and neither ever
 * waits. One place is being written, one is being read, the third is the newest whole one between them. Only their
 * indices are kept here; the places are the user's.
 */
#ifndef XHM_WRITER_EXCHANGE_H
#define XHM_WRITER_EXCHANGE_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

/** Places that belong to an exchange. */
#define XHM_EXCHANGE_PLACES 3u

/** Which of the three places is whose. */
struct xhm_exchange {
    uint32_t back;           /**< the writer's place */
    uint32_t front;          /**< the reader's place */
    _Atomic uint32_t middle; /**< the third one, and whether the reader has not seen it */
};

/** Prepares it: nothing was handed over. */
void exchange_init(struct xhm_exchange *exchange);

/** For the thread that writes: what was written to place `back` is the newest; `back` is another place then. */
void exchange_give(struct xhm_exchange *exchange);

/** For the thread that reads: makes the newest place `front`. @return false when it was taken before */
bool exchange_take(struct xhm_exchange *exchange);

#endif
