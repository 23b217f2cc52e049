// SPDX-License-Identifier: Apache-2.0
#include "vchan_threads.h"

#include <xenctrl.h> /* first: it chooses the interface version of Xen's headers */

#include <libxenvchan.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

/* The kernel's own buffer counts as memory that a slow peer can hold. */
#define KERNEL_BUFFER_SIZE (64 * 1024)
/* A peer that sends events without end is looked at so often, and not more. */
#define EVENTS_PER_WINDOW  200u
#define WINDOW_MS          100u
/* Events are hints: one that is lost is late, and nothing worse. */
#define LOOK_MS            1000u

#define VCHAN_OF(polled, index)  (&(polled)[1 + 2 * (index)])
#define SOCKET_OF(polled, index) (&(polled)[2 + 2 * (index)])

void vchan_relaying_disconnect(struct vchan_offer *offer) {
    const int untaken = vchan_mail_descriptor(atomic_exchange(&offer->mailbox, 0));

    if (untaken >= 0) {
        close(untaken);
    }
    if (offer->is_connected) {
        close(offer->relay.descriptor);
        offer->is_connected = false;
    }
}

static void give_back(struct vchan_offers *offers, struct vchan_offer *offer) {
    vchan_relaying_disconnect(offer);
    atomic_store_explicit(&offer->stage, VCHAN_STAGE_SPENT, memory_order_release);
    helper_thread_wake(offers->offering_wake);
}

/* A client is there: its connection goes to the supervision thread. */
static bool connect_client(struct vchan_offers *offers, struct vchan_offer *offer) {
    const int size = KERNEL_BUFFER_SIZE;
    int ends[2];

    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, ends) != 0) {
        return false;
    }
    /* Only a bound: without it the kernel's default holds. */
    (void)setsockopt(ends[0], SOL_SOCKET, SO_SNDBUF, &size, sizeof(size));
    vchan_relay_init(&offer->relay, offer->vchan, ends[0]);
    offer->is_connected = true;
    atomic_store(&offer->mailbox, vchan_mail_make(offer->instance, ends[1]));
    helper_thread_wake(offers->connected_wake);
    return true;
}

/* @return false when the offer is used up */
static bool serve(struct vchan_offers *offers, struct vchan_offer *offer, uint64_t now_ns) {
    if (!offer->is_connected) {
        const int life = libxenvchan_is_open(offer->vchan);

        if (life == VCHAN_AWAITS_CLIENT) {
            return true;
        }
        if (life != VCHAN_OPEN || !connect_client(offers, offer)) {
            return false;
        }
    }
    return vchan_relay_move(&offer->relay, now_ns);
}

/* True while the peer has used up the looks that it gets in a window of time. */
static bool is_paced(struct vchan_offer *offer, uint64_t now_ns) {
    if (now_ns - offer->window_ns >= WINDOW_MS * VCHAN_NS_PER_MS) {
        offer->window_ns = now_ns;
        offer->events = 0;
    }
    return offer->events >= EVENTS_PER_WINDOW;
}

static void poll_for(struct pollfd *polled, int descriptor, short events) {
    polled->fd = events != 0 ? descriptor : -1;
    polled->events = events;
    polled->revents = 0;
}

static bool is_ours(const struct vchan_offer *offer) {
    return atomic_load_explicit(&offer->stage, memory_order_acquire) == VCHAN_STAGE_OFFERED;
}

/* @return for how long at most nothing needs to be looked at, in ms; -1: without limit */
static int prepare(struct vchan_offers *offers, struct pollfd *polled, uint64_t now_ns) {
    int timeout_ms = -1;

    poll_for(&polled[0], offers->relaying_wake, POLLIN);
    for (uint32_t i = 0; i < VCHAN_OFFERS; i++) {
        struct vchan_offer *offer = &offers->all[i];
        bool paced;

        poll_for(VCHAN_OF(polled, i), -1, 0);
        poll_for(SOCKET_OF(polled, i), -1, 0);
        if (!is_ours(offer)) {
            continue;
        }
        paced = is_paced(offer, now_ns);
        poll_for(VCHAN_OF(polled, i), libxenvchan_fd_for_select(offer->vchan), paced ? 0 : POLLIN);
        if (offer->is_connected) {
            poll_for(SOCKET_OF(polled, i), offer->relay.descriptor, vchan_relay_socket_events(&offer->relay));
        }
        timeout_ms = timeout_ms < 0 ? (int)LOOK_MS : timeout_ms;
        if (paced) {
            timeout_ms = timeout_ms < (int)WINDOW_MS ? timeout_ms : (int)WINDOW_MS;
        } else if (offer->is_connected && vchan_relay_has_more(&offer->relay)) {
            timeout_ms = 0;
        }
    }
    return timeout_ms;
}

static void look_at(struct vchan_offers *offers, uint32_t index, const struct pollfd *polled, uint64_t now_ns) {
    struct vchan_offer *offer = &offers->all[index];

    if (!is_ours(offer)) {
        return;
    }
    if (VCHAN_OF(polled, index)->revents & POLLIN) {
        /* Takes the event; does not wait, as there is one. */
        (void)libxenvchan_wait(offer->vchan);
        offer->events++;
    }
    if (vchan_offers_wanted(offers, index) != offer->instance || !serve(offers, offer, now_ns)) {
        give_back(offers, offer);
    }
}

/* What the supervision thread sent before it ended, as far as the peers take it at once. */
static void say_last_words(struct vchan_offers *offers) {
    for (uint32_t i = 0; i < VCHAN_OFFERS; i++) {
        if (is_ours(&offers->all[i]) && offers->all[i].is_connected) {
            (void)vchan_relay_move(&offers->all[i].relay, helper_thread_now_ns());
        }
    }
}

void *vchan_relaying_run(void *argument) {
    struct vchan_offers *offers = argument;
    struct pollfd *polled = offers->polled;

    while (!atomic_load(&offers->is_stopping)) {
        const int timeout_ms = prepare(offers, polled, helper_thread_now_ns());
        uint64_t now_ns;
        eventfd_t count;

        if (poll(polled, VCHAN_POLLED, timeout_ms) > 0 && (polled[0].revents & POLLIN)) {
            (void)eventfd_read(offers->relaying_wake, &count);
        }
        now_ns = helper_thread_now_ns();
        for (uint32_t i = 0; i < VCHAN_OFFERS; i++) {
            look_at(offers, i, polled, now_ns);
        }
    }
    say_last_words(offers);
    return NULL;
}
