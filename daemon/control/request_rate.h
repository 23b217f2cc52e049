// SPDX-License-Identifier: Apache-2.0
/**
 * How many requests a peer may make: a bucket that fills at a fixed rate, and from which every request takes. Pure.
 */
#ifndef XHM_CONTROL_REQUEST_RATE_H
#define XHM_CONTROL_REQUEST_RATE_H

#include <stdbool.h>
#include <stdint.h>

/** Requests that a peer may make a second, for as long as it likes. */
#define REQUEST_RATE_PER_S   200u
/** Requests that it may make at once after a pause. */
#define REQUEST_RATE_AT_ONCE 256u
/** Of these, kept for requests that are urgent: a peer that asks too much can still enter a safe state. */
#define REQUEST_RATE_URGENT  16u

/** A peer's bucket of requests, filled at a steady rate. */
struct request_rate {
    uint32_t left;       /**< requests that may be made now */
    uint64_t counted_ns; /**< until when the bucket was filled, 0: not yet */
};

/** A peer that has made no request. */
void request_rate_init(struct request_rate *rate);

/** Fills the bucket with what has come together by @p now_ns. */
void request_rate_fill(struct request_rate *rate, uint64_t now_ns);

/** Takes one request. @return false when the peer has used up what it may */
bool request_rate_take(struct request_rate *rate, bool urgent);

#endif
