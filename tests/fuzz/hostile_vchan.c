// SPDX-License-Identifier: Apache-2.0
#include "hostile_vchan.h"

#include "helper_thread.h"
#include "vchan_threads.h"
#include <xenctrl.h> /* first of Xen's: it chooses the interface version of its headers */

#include <errno.h>
#include <libxenvchan.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>
#include <xenstore.h>

#define PAGE_SIZE     4096u
#define CHANNEL_COUNT (2u * VCHAN_OFFERS)
#define START_NS      UINT64_C(1000000000)

/* The library's structure comes first: both are found by either's address. */
struct channel {
    struct libxenvchan base;
    bool exists;
    int event;
    uint8_t *page;
    bool is_armed;
    size_t armed_offset;
    uint8_t armed_value;
};

/* A thread that never runs by itself. */
struct thread {
    void *(*run)(void *argument);
    void *argument;
};

static struct channel channels[CHANNEL_COUNT];
static struct thread offering;
static struct thread relaying;
static uint64_t now_ns = START_NS;
static unsigned reads_of_turn; /* of the clock, until the turn is over; 0: none is under way */
static bool is_refused;

static void require(bool held) {
    if (!held) {
        abort();
    }
}

/* --- the threads ---------------------------------------------------------------------------------------------------
 */

int helper_thread_start(pthread_t *thread, const char *name, void *(*run)(void *), void *argument) {
    const struct thread started = {run, argument};

    *thread = pthread_self();
    if (strcmp(name, "xhm-offer") == 0) {
        offering = started;
    } else if (strcmp(name, "xhm-relay") == 0) {
        relaying = started;
    } else {
        run(argument);
    }
    return 0;
}

bool helper_thread_stop(pthread_t thread) {
    (void)thread;
    return true;
}

int helper_thread_wake_open(void) {
    return eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
}

void helper_thread_wake(int descriptor) {
    (void)eventfd_write(descriptor, 1);
}

/* Both threads read the clock a known number of times in a turn: with the last of them they are told to stop. */
uint64_t helper_thread_now_ns(void) {
    if (reads_of_turn > 0 && --reads_of_turn == 0) {
        struct vchan_offers *offers = relaying.argument;

        atomic_store(&offers->is_stopping, true);
    }
    return now_ns;
}

static void take_turn(const struct thread *thread, int wake, unsigned reads) {
    struct vchan_offers *offers = thread->argument;

    /* Something is there to be done, so that it does not wait. */
    helper_thread_wake(wake);
    reads_of_turn = reads;
    thread->run(thread->argument);
    reads_of_turn = 0;
    atomic_store(&offers->is_stopping, false);
}

void hostile_vchan_offer(void) {
    take_turn(&offering, ((struct vchan_offers *)offering.argument)->offering_wake, VCHAN_OFFERS);
}

void hostile_vchan_relay(void) {
    take_turn(&relaying, ((struct vchan_offers *)relaying.argument)->relaying_wake, 2);
}

void hostile_vchan_pass(uint64_t passed_ns) {
    now_ns += passed_ns;
}

void hostile_vchan_refuse(bool refused) {
    is_refused = refused;
}

/* --- libxenstore and libxenvchan's offering ------------------------------------------------------------------------
 */

struct xs_handle *xs_open(unsigned long flags) {
    (void)flags;
    return NULL;
}

void xs_close(struct xs_handle *store) {
    (void)store;
}

bool xs_rm(struct xs_handle *store, xs_transaction_t transaction, const char *path) {
    (void)store, (void)transaction, (void)path;
    return true;
}

static void *make_memory(size_t size) {
    void *memory = calloc(1, size);

    require(memory != NULL);
    return memory;
}

/* As the library does it: the client writes left, we write right; neither is smaller than asked for. */
static int order_of(size_t least) {
    int order = 12;

    while (((size_t)1 << order) < least) {
        order++;
    }
    return order;
}

static void make_rings(struct channel *channel, size_t read_min, size_t write_min) {
    struct libxenvchan *vchan = &channel->base;

    channel->page = make_memory(PAGE_SIZE);
    vchan->ring = (struct vchan_interface *)(void *)channel->page;
    vchan->read = (struct libxenvchan_ring){.shr = &vchan->ring->left, .order = order_of(read_min)};
    vchan->write = (struct libxenvchan_ring){.shr = &vchan->ring->right, .order = order_of(write_min)};
    vchan->read.buffer = make_memory((size_t)1 << vchan->read.order);
    vchan->write.buffer = make_memory((size_t)1 << vchan->write.order);
    vchan->ring->left_order = (uint16_t)vchan->read.order;
    vchan->ring->right_order = (uint16_t)vchan->write.order;
    vchan->ring->cli_live = VCHAN_AWAITS_CLIENT;
    vchan->ring->srv_live = 1;
    vchan->ring->cli_notify = VCHAN_NOTIFY_WRITE;
}

struct libxenvchan *libxenvchan_server_init(struct xentoollog_logger *logger, int domain, const char *xs_path,
                                            size_t read_min, size_t write_min) {
    struct channel *channel = channels;

    (void)logger, (void)domain, (void)xs_path;
    errno = ENOSPC;
    if (is_refused) {
        return NULL;
    }
    while (channel->exists) {
        channel++;
        require(channel < channels + CHANNEL_COUNT);
    }
    *channel = (struct channel){.exists = true, .event = helper_thread_wake_open()};
    require(channel->event >= 0);
    make_rings(channel, read_min, write_min);
    channel->base.is_server = -1; /* a signed bit */
    channel->base.blocking = -1;
    channel->base.event = (xenevtchn_handle *)(void *)channel;
    return &channel->base;
}

void libxenvchan_close(struct libxenvchan *ctrl) {
    struct channel *channel = (struct channel *)ctrl;

    if (!channel) {
        return;
    }
    require(channel->exists);
    free(channel->base.read.buffer);
    free(channel->base.write.buffer);
    free(channel->page);
    close(channel->event);
    channel->exists = false;
}

/* --- event channels ------------------------------------------------------------------------------------------------
 */

static struct channel *channel_of(xenevtchn_handle *event) {
    return (struct channel *)(void *)event;
}

int xenevtchn_fd(xenevtchn_handle *event) {
    return channel_of(event)->event;
}

/* The moment between two accesses of the library to the page. */
int xenevtchn_notify(xenevtchn_handle *event, evtchn_port_t port) {
    struct channel *channel = channel_of(event);

    (void)port;
    if (channel->is_armed) {
        channel->is_armed = false;
        channel->page[channel->armed_offset] = channel->armed_value;
    }
    return 0;
}

xenevtchn_port_or_error_t xenevtchn_pending(xenevtchn_handle *event) {
    eventfd_t count;

    return eventfd_read(channel_of(event)->event, &count) == 0 ? 1 : -1;
}

int xenevtchn_unmask(xenevtchn_handle *event, evtchn_port_t port) {
    (void)event, (void)port;
    return 0;
}

/* --- the domain ----------------------------------------------------------------------------------------------------
 */

unsigned hostile_vchan_count(void) {
    unsigned count = 0;

    for (unsigned i = 0; i < CHANNEL_COUNT; i++) {
        count += channels[i].exists;
    }
    return count;
}

static struct channel *find(unsigned index) {
    const unsigned count = hostile_vchan_count();

    for (unsigned i = 0, seen = 0; count > 0 && i < CHANNEL_COUNT; i++) {
        if (channels[i].exists && seen++ == index % count) {
            return &channels[i];
        }
    }
    return NULL;
}

void hostile_vchan_kick(unsigned index) {
    const struct channel *channel = find(index);

    if (channel) {
        helper_thread_wake(channel->event);
    }
}

void hostile_vchan_poke(unsigned index, size_t offset, uint8_t value, bool armed) {
    struct channel *channel = find(index);

    if (channel && armed) {
        channel->is_armed = true;
        channel->armed_offset = offset % PAGE_SIZE;
        channel->armed_value = value;
    } else if (channel) {
        channel->page[offset % PAGE_SIZE] = value;
    }
}

void hostile_vchan_connect(unsigned index) {
    struct channel *channel = find(index);

    if (channel) {
        channel->base.ring->cli_live = VCHAN_OPEN;
        helper_thread_wake(channel->event);
    }
}

/* Its own position may have been poked to anything: it writes where that points to, within the ring. */
size_t hostile_vchan_give(unsigned index, const uint8_t *data, size_t size) {
    struct channel *channel = find(index);
    uint32_t ring_size;
    struct ring_shared *shared;
    size_t given = 0;

    if (!channel) {
        return 0;
    }
    ring_size = (uint32_t)1 << channel->base.read.order;
    shared = channel->base.read.shr;
    while (given < size && shared->prod - shared->cons < ring_size) {
        ((uint8_t *)channel->base.read.buffer)[shared->prod++ & (ring_size - 1)] = data[given++];
    }
    helper_thread_wake(channel->event);
    return given;
}

size_t hostile_vchan_take(unsigned index, uint8_t *data, size_t size) {
    struct channel *channel = find(index);
    uint32_t ring_size;
    struct ring_shared *shared;
    size_t taken = 0;

    if (!channel) {
        return 0;
    }
    ring_size = (uint32_t)1 << channel->base.write.order;
    shared = channel->base.write.shr;
    while (taken < size && shared->cons != shared->prod) {
        data[taken++] = ((uint8_t *)channel->base.write.buffer)[shared->cons++ & (ring_size - 1)];
    }
    helper_thread_wake(channel->event);
    return taken;
}
