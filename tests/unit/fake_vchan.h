// SPDX-License-Identifier: Apache-2.0
/*
 * libxenvchan and as much of libxenstore as its users here need, within one process: the ends of a vchan are two
 * structures over the same rings. The test's threads are the domains; what another domain could do wrong is done by
 * these functions.
 */
#ifndef XHM_FAKE_VCHAN_H
#define XHM_FAKE_VCHAN_H

#include <stdbool.h>
#include <stdint.h>

/* Everything anew; own_domid is what xenstore tells clients. */
void fake_vchan_reset(uint16_t own_domid);
void fake_vchan_own_domid(uint16_t domid);
/* Xenstore does not answer from now on, or does again. */
void fake_vchan_stall(bool stalled);
/* Offering fails with this errno value; 0: it works. */
void fake_vchan_fail(int number);
/* Waits, at most 5 s, until this many vchans are offered to the domain. @return whether it is so */
bool fake_vchan_wait_offers(uint16_t domid, unsigned count);
/* Waits, at most 5 s, until the folder was removed from xenstore last. @return whether it is so */
bool fake_vchan_wait_removed(const char *path);
/* Vchans that servers hold at present. */
unsigned fake_vchan_servers(void);
/* How often a vchan was offered so far. */
unsigned fake_vchan_offered(void);
/* The domain's client ends vanish without a word, as when it is destroyed. */
void fake_vchan_destroy_domain(uint16_t domid);
/* The domain sends an event over each of its vchans. */
void fake_vchan_kick(uint16_t domid);
/* The domain writes into the shared page how it lives: 0 closed, 1 open, 2 not connected. */
void fake_vchan_claim(uint16_t domid, int life);

#endif
