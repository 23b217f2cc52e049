// SPDX-License-Identifier: Apache-2.0
/*
 * Vchans whose other end is a hostile domain, and the two threads that offer and relay them, a turn at a time.
 *
 * libxenvchan's own code reads and writes the rings; only what it asks of Xen and xenstore is played here: offering and
 * closing a vchan, and event channels. The shared page and the rings are pieces of memory of their own, so that a
 * sanitizer sees every access beyond them. The domain writes to the page whatever it likes, also while the library is
 * at work.
 */
#ifndef XHM_HOSTILE_VCHAN_H
#define XHM_HOSTILE_VCHAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Vchans that are offered or connected now. */
unsigned hostile_vchan_count(void);
/* The clock of the threads. */
void hostile_vchan_pass(uint64_t passed_ns);
/* Offering fails from now on, or works again. */
void hostile_vchan_refuse(bool refused);

/* One turn of each thread. */
void hostile_vchan_offer(void);
void hostile_vchan_relay(void);

/* What the domain does with vchan number `index` of those that there are; nothing when there is none. */
void hostile_vchan_kick(unsigned index);
/* A byte of the shared page becomes this, now or, if armed, when the library next tells of a change. */
void hostile_vchan_poke(unsigned index, size_t offset, uint8_t value, bool armed);
/* As an honest client: connects, gives bytes, takes at most so many. @return how many */
void hostile_vchan_connect(unsigned index);
size_t hostile_vchan_give(unsigned index, const uint8_t *data, size_t size);
size_t hostile_vchan_take(unsigned index, uint8_t *data, size_t size);

#endif
