// SPDX-License-Identifier: Apache-2.0
/**
 * What the two helper threads of the offers share. Private to vchan_off*.c and vchan_relaying.c.
 */
#ifndef XHM_CONTROL_VCHAN_THREADS_H
#define XHM_CONTROL_VCHAN_THREADS_H

#include "hand_over.h"
#include "helper_thread.h"
#include "vchan_offers.h"
#include "vchan_relay.h"
#include <poll.h>

#define VCHAN_OFFERS    (VCHAN_SEATS * VCHAN_PORTS_AT_MOST)
/** What is polled: an eventfd, then the vchan and the socket of each offer. */
#define VCHAN_POLLED    (1 + 2 * VCHAN_OFFERS)
#define VCHAN_NS_PER_MS UINT64_C(1000000)

/** Whose an offer is; it goes round. */
enum vchan_stage {
    VCHAN_STAGE_IDLE,    /**< the offering thread's: there is no vchan */
    VCHAN_STAGE_OFFERED, /**< the relaying thread's: it waits for its client, or is connected */
    VCHAN_STAGE_SPENT,   /**< the offering thread's: to be closed */
};

/** One vchan: of one port of one seat. */
struct vchan_offer {
    _Atomic uint32_t stage;
    xhm_instance_word instance; /**< for whom it was made; of the stage's owner */
    struct libxenvchan *vchan;  /**< of the stage's owner */
    uint64_t due_ns;            /**< the offering thread's: not before */
    _Atomic uint64_t mailbox;   /**< a connection that nobody took yet, 0: none; see vchan_mail_make() */
    /* The relaying thread's. */
    bool is_connected;
    uint64_t window_ns; /**< when the events below began to be counted */
    uint32_t events;
    struct vchan_relay relay;
};

/** What the supervision thread and the two helper threads share. */
struct vchan_offers {
    _Atomic xhm_instance_word wanted[VCHAN_SEATS]; /**< written by the supervision thread; 0: nothing is offered */
    uint64_t begun;                                /**< offers begun so far; the supervision thread's */
    struct vchan_offer all[VCHAN_OFFERS];
    _Atomic int failure; /**< errno of the last attempt to offer, 0: it went well */
    atomic_bool is_stopping;
    int offering_wake;  /**< eventfd */
    int relaying_wake;  /**< eventfd */
    int connected_wake; /**< eventfd, read by the supervision thread */
    pthread_t offering_thread;
    pthread_t relaying_thread;
    struct pollfd polled[VCHAN_POLLED]; /**< the relaying thread's */
    bool offering_started;
    bool relaying_started;
};

/** A connection of @p instance in one word, so that nobody takes it for that of another instance. */
uint64_t vchan_mail_make(xhm_instance_word instance, int descriptor);

/** The descriptor in @p mail, -1: there is none. */
int vchan_mail_descriptor(uint64_t mail);

/** The instance that the seat of offer number @p index is for at present. */
xhm_instance_word vchan_offers_wanted(const struct vchan_offers *offers, uint32_t index);

/** The offering thread; @p argument is the struct vchan_offers. */
void *vchan_offering_run(void *argument);

/** The relaying thread; @p argument is the struct vchan_offers. */
void *vchan_relaying_run(void *argument);

/** Closes our end of offer's connection, whoever has it now. */
void vchan_relaying_disconnect(struct vchan_offer *offer);

#endif
