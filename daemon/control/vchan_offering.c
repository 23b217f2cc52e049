// SPDX-License-Identifier: Apache-2.0
#include "vchan_threads.h"

#include <xenctrl.h> /* first: it chooses the interface version of Xen's headers */

#include <errno.h>
#include <libxenvchan.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <xenstore.h>

/* Rings for what peers send and for what they are told. */
#define RECEIVE_SIZE 4096u
#define SEND_SIZE    16384u
/* A peer that connects and leaves all the time costs no more than this; so does a xenstore that fails. */
#define AGAIN_MS     100u
#define RETRY_MS     1000u

static void make(struct vchan_offers *offers, struct vchan_offer *offer, uint32_t port, xhm_instance_word instance,
                 uint64_t now_ns) {
    const uint16_t domid = instance_word_domid(instance);
    char path[VCHAN_PATH_SIZE];

    vchan_address_offer(domid, port, path);
    errno = 0;
    offer->vchan = libxenvchan_server_init(NULL, domid, path, RECEIVE_SIZE, SEND_SIZE);
    if (!offer->vchan) {
        atomic_store(&offers->failure, errno != 0 ? errno : EIO);
        offer->due_ns = now_ns + RETRY_MS * VCHAN_NS_PER_MS;
        return;
    }
    atomic_store(&offers->failure, 0);
    offer->instance = instance;
    atomic_store_explicit(&offer->stage, VCHAN_STAGE_OFFERED, memory_order_release);
    helper_thread_wake(offers->relaying_wake);
}

/* libxenvchan removes what it wrote, and leaves the folders. Domids do not come again soon, and a domain may have so
   many nodes and no more. */
static void forget(uint16_t domid) {
    struct xs_handle *store = xs_open(0);
    char path[VCHAN_PATH_SIZE];

    if (store) {
        vchan_address_folder(domid, path);
        (void)xs_rm(store, XBT_NULL, path);
        xs_close(store);
    }
}

static void end(struct vchan_offer *offer, xhm_instance_word wanted, uint64_t now_ns) {
    const uint16_t domid = instance_word_domid(offer->instance);

    libxenvchan_close(offer->vchan);
    if (wanted == 0 || instance_word_domid(wanted) != domid) {
        forget(domid);
    }
    offer->vchan = NULL;
    offer->due_ns = now_ns + AGAIN_MS * VCHAN_NS_PER_MS;
    atomic_store_explicit(&offer->stage, VCHAN_STAGE_IDLE, memory_order_release);
}

static void keep_earlier(uint64_t *next_ns, uint64_t due_ns) {
    if (*next_ns == 0 || due_ns < *next_ns) {
        *next_ns = due_ns;
    }
}

static void look_at(struct vchan_offers *offers, uint32_t index, uint64_t *next_ns) {
    struct vchan_offer *offer = &offers->all[index];
    const xhm_instance_word instance = vchan_offers_wanted(offers, index);
    const uint64_t now_ns = helper_thread_now_ns();
    const uint32_t port = index % VCHAN_PORTS_AT_MOST;
    const uint32_t stage = atomic_load_explicit(&offer->stage, memory_order_acquire);

    if (stage == VCHAN_STAGE_SPENT) {
        end(offer, instance, now_ns);
    }
    if (stage == VCHAN_STAGE_OFFERED || instance == 0 ||
        !vchan_address_is_offered(instance_word_domid(instance), port)) {
        return;
    }
    /* The pace is one instance's: the one after it does not wait for it. */
    if (offer->instance == instance && now_ns < offer->due_ns) {
        keep_earlier(next_ns, offer->due_ns);
        return;
    }
    offer->instance = instance;
    make(offers, offer, port, instance, now_ns);
    if (!offer->vchan) {
        keep_earlier(next_ns, offer->due_ns);
    }
}

static void wait_until(struct vchan_offers *offers, uint64_t next_ns) {
    const uint64_t now_ns = helper_thread_now_ns();
    struct pollfd wake = {.fd = offers->offering_wake, .events = POLLIN};
    const int timeout_ms = next_ns == 0 ? -1 : next_ns <= now_ns ? 0 : (int)((next_ns - now_ns) / VCHAN_NS_PER_MS) + 1;
    eventfd_t count;

    if (poll(&wake, 1, timeout_ms) > 0) {
        (void)eventfd_read(offers->offering_wake, &count);
    }
}

void *vchan_offering_run(void *argument) {
    struct vchan_offers *offers = argument;

    while (!atomic_load(&offers->is_stopping)) {
        uint64_t next_ns = 0;

        for (uint32_t i = 0; i < VCHAN_OFFERS && !atomic_load(&offers->is_stopping); i++) {
            look_at(offers, i, &next_ns);
        }
        if (!atomic_load(&offers->is_stopping)) {
            wait_until(offers, next_ns);
        }
    }
    return NULL;
}
