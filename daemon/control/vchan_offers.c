// SPDX-License-Identifier: Apache-2.0
#include "vchan_offers.h"

#include "vchan_threads.h"

#include <xenctrl.h> /* first: it chooses the interface version of Xen's headers */

#include <errno.h>
#include <libxenvchan.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

xhm_instance_word vchan_offers_wanted(const struct vchan_offers *offers, uint32_t index) {
    return atomic_load_explicit(&offers->wanted[index / VCHAN_PORTS_AT_MOST], memory_order_acquire);
}

int vchan_offers_descriptor(const struct vchan_offers *offers) {
    return offers->connected_wake;
}

int vchan_offers_failure(const struct vchan_offers *offers) {
    return atomic_load(&offers->failure);
}

static void want(struct vchan_offers *offers, uint32_t seat, xhm_instance_word instance) {
    atomic_store_explicit(&offers->wanted[seat], instance, memory_order_release);
    helper_thread_wake(offers->relaying_wake);
    helper_thread_wake(offers->offering_wake);
}

void vchan_offers_begin(struct vchan_offers *offers, uint32_t seat, uint16_t domid) {
    want(offers, seat, instance_word_make(++offers->begun, domid));
}

void vchan_offers_end(struct vchan_offers *offers, uint32_t seat) {
    want(offers, seat, 0);
}

uint64_t vchan_mail_make(xhm_instance_word instance, int descriptor) {
    return (uint64_t)instance_word_following(instance) << 32 | (uint32_t)(descriptor + 1);
}

int vchan_mail_descriptor(uint64_t mail) {
    return (int)(uint32_t)mail - 1;
}

/* Whoever takes the mail has the descriptor. It may be of an instance that is not wanted any more. */
static bool take_from(struct vchan_offers *offers, uint32_t index, struct vchan_connection *connection) {
    struct vchan_offer *offer = &offers->all[index];
    const uint64_t mail = atomic_exchange(&offer->mailbox, 0);
    const int descriptor = vchan_mail_descriptor(mail);
    const xhm_instance_word wanted = vchan_offers_wanted(offers, index);

    if (descriptor < 0) {
        return false;
    }
    if (wanted == 0 || mail != vchan_mail_make(wanted, descriptor)) {
        close(descriptor);
        return false;
    }
    *connection = (struct vchan_connection){
        .descriptor = descriptor, .seat = index / VCHAN_PORTS_AT_MOST, .domid = instance_word_domid(wanted)};
    return true;
}

bool vchan_offers_take(struct vchan_offers *offers, struct vchan_connection *connection) {
    eventfd_t count;

    (void)eventfd_read(offers->connected_wake, &count);
    for (uint32_t i = 0; i < VCHAN_OFFERS; i++) {
        if (take_from(offers, i, connection)) {
            /* There may be more. */
            helper_thread_wake(offers->connected_wake);
            return true;
        }
    }
    return false;
}

static bool start(struct vchan_offers *offers, char error[XHM_ERROR_SIZE]) {
    int failure;

    offers->offering_wake = helper_thread_wake_open();
    offers->relaying_wake = helper_thread_wake_open();
    offers->connected_wake = helper_thread_wake_open();
    if (offers->offering_wake < 0 || offers->relaying_wake < 0 || offers->connected_wake < 0) {
        snprintf(error, XHM_ERROR_SIZE, "making an eventfd for the API over vchan: %s", strerror(errno));
        return false;
    }
    failure = helper_thread_start(&offers->relaying_thread, "xhm-relay", vchan_relaying_run, offers);
    offers->relaying_started = failure == 0;
    if (failure == 0) {
        failure = helper_thread_start(&offers->offering_thread, "xhm-offer", vchan_offering_run, offers);
        offers->offering_started = failure == 0;
    }
    if (failure != 0) {
        snprintf(error, XHM_ERROR_SIZE, "starting the threads of the API over vchan: %s", strerror(failure));
    }
    return failure == 0;
}

struct vchan_offers *vchan_offers_open(char error[XHM_ERROR_SIZE]) {
    struct vchan_offers *offers = calloc(1, sizeof(*offers));

    if (!offers) {
        snprintf(error, XHM_ERROR_SIZE, "making room for the API over vchan: %s", strerror(ENOMEM));
        return NULL;
    }
    offers->offering_wake = offers->relaying_wake = offers->connected_wake = -1;
    if (!start(offers, error)) {
        vchan_offers_close(offers);
        return NULL;
    }
    return offers;
}

static void close_descriptor(int descriptor) {
    if (descriptor >= 0) {
        close(descriptor);
    }
}

/* Both threads are gone. Closing asks xenstore to forget the path: with a xenstore that does not answer this waits, so
   it is left to a thread that may be left behind. */
static void *close_vchans(void *argument) {
    struct vchan_offers *offers = argument;

    for (uint32_t i = 0; i < VCHAN_OFFERS; i++) {
        vchan_relaying_disconnect(&offers->all[i]);
        libxenvchan_close(offers->all[i].vchan);
        offers->all[i].vchan = NULL;
    }
    return NULL;
}

void vchan_offers_close(struct vchan_offers *offers) {
    pthread_t closing_thread;
    bool ended;

    if (!offers) {
        return;
    }
    atomic_store(&offers->is_stopping, true);
    helper_thread_wake(offers->relaying_wake);
    helper_thread_wake(offers->offering_wake);
    ended = !offers->relaying_started || helper_thread_stop(offers->relaying_thread);
    ended = (!offers->offering_started || helper_thread_stop(offers->offering_thread)) && ended;
    if (ended && helper_thread_start(&closing_thread, "xhm-close", close_vchans, offers) == 0) {
        ended = helper_thread_stop(closing_thread);
    }
    if (!ended) {
        fprintf(stderr, "xhmd: leaving behind a thread of the API over vchan: xenstore did not answer within 1 s\n");
        return;
    }
    close_descriptor(offers->offering_wake);
    close_descriptor(offers->relaying_wake);
    close_descriptor(offers->connected_wake);
    free(offers);
}
