// SPDX-License-Identifier: Apache-2.0
/**
 * The API offered to partitions: each followed instance gets vchans of its own, and a connection over one of them comes
 * out as an ordinary stream descriptor, with the domid to which the hypervisor bound it.
 *
 * Two helper threads, because xenstore may never answer while connections must go on:
 *   - the offering thread (vchan_offering.c) makes and closes vchans; both ask xenstore and may block without limit;
 *   - the relaying thread (vchan_relaying.c) moves bytes and never touches xenstore.
 * The supervision thread meets them in atomics only and never waits for either. All memory that other domains write to
 * is the supervisor's own, granted to them: a domain that dies, however it does, finds nothing here that could keep it
 * from vanishing.
 */
#ifndef XHM_CONTROL_VCHAN_OFFERS_H
#define XHM_CONTROL_VCHAN_OFFERS_H

#include "platform.h"
#include "policy.h"
#include "vchan_address.h"

/** Places for followed instances. */
#define VCHAN_SEATS XHM_MAX_PARTITIONS

struct vchan_offers;

/** A peer that connected. */
struct vchan_connection {
    int descriptor; /**< non-blocking stream socket, of whoever took it */
    uint32_t seat;
    uint16_t domid;
};

/** Starts the threads. @return NULL with a sentence in @p error */
struct vchan_offers *vchan_offers_open(char error[XHM_ERROR_SIZE]);

/**
 * Ends the threads and closes every vchan. Bounded: a thread that does not come back from xenstore is left behind, with
 * a message. NULL is allowed.
 */
void vchan_offers_close(struct vchan_offers *offers);

/** Readable when vchan_offers_take() has something to give; to be polled level-triggered. */
int vchan_offers_descriptor(const struct vchan_offers *offers);

/** Offers vchans to the instance with this domid from seat @p seat, a new one each time. Costs two system calls. */
void vchan_offers_begin(struct vchan_offers *offers, uint32_t seat, uint16_t domid);

/** The instance of @p seat ended, or shall have no connection: everything of it is closed. */
void vchan_offers_end(struct vchan_offers *offers, uint32_t seat);

/** Takes a connection of an instance that is still wanted. @return false when there is none */
bool vchan_offers_take(struct vchan_offers *offers, struct vchan_connection *connection);

/** Why offering fails at present: a positive errno value, 0: it does not. */
int vchan_offers_failure(const struct vchan_offers *offers);

#endif
