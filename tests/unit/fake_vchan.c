// SPDX-License-Identifier: Apache-2.0
#include "fake_vchan.h"

#include <xenctrl.h>

#include <errno.h>
#include <libxenvchan.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>
#include <xenstore.h>

#define CHANNEL_COUNT 64
#define RING_SIZE     8192
#define WAIT_S        5

struct ring {
    size_t used;
    uint8_t data[RING_SIZE];
};

/* What both ends share. */
struct channel {
    bool exists;
    char path[128];
    uint16_t domid;
    int server_life;
    int client_life; /* as the shared page says */
    int server_event;
    int client_event;
    unsigned users;
    struct ring to_server;
    struct ring to_client;
};

/* What an end is a pointer to; libxenvchan's own structure comes first. */
struct end {
    struct libxenvchan base;
    struct channel *channel;
    bool of_server;
};

static struct {
    pthread_mutex_t lock;
    pthread_cond_t changed;
    struct channel channels[CHANNEL_COUNT];
    uint16_t own_domid;
    bool is_stalled;
    int failure;
    unsigned offered;
    char removed[128];
} world = {.lock = PTHREAD_MUTEX_INITIALIZER, .changed = PTHREAD_COND_INITIALIZER};

struct xs_handle {
    int unused;
};
static struct xs_handle the_store;

static void lock(void) {
    pthread_mutex_lock(&world.lock);
}

static void unlock(void) {
    pthread_cond_broadcast(&world.changed);
    pthread_mutex_unlock(&world.lock);
}

/* Under the lock. */
static void wait_while_stalled(void) {
    while (world.is_stalled) {
        pthread_cond_wait(&world.changed, &world.lock);
    }
}

static void kick(int event) {
    (void)eventfd_write(event, 1);
}

/* --- the test's side -------------------------------------------------------------------------------------------------
 */

void fake_vchan_reset(uint16_t own_domid) {
    lock();
    world.own_domid = own_domid;
    world.is_stalled = false;
    world.failure = 0;
    world.offered = 0;
    world.removed[0] = '\0';
    unlock();
}

void fake_vchan_own_domid(uint16_t domid) {
    lock();
    world.own_domid = domid;
    unlock();
}

void fake_vchan_stall(bool stalled) {
    lock();
    world.is_stalled = stalled;
    unlock();
}

void fake_vchan_fail(int number) {
    lock();
    world.failure = number;
    unlock();
}

static unsigned count_offers(uint16_t domid) {
    unsigned count = 0;

    for (int i = 0; i < CHANNEL_COUNT; i++) {
        const struct channel *channel = &world.channels[i];

        count += channel->exists && channel->domid == domid && channel->server_life == 1 && channel->client_life == 2;
    }
    return count;
}

bool fake_vchan_wait_offers(uint16_t domid, unsigned count) {
    struct timespec until;
    int result = 0;
    bool reached;

    clock_gettime(CLOCK_REALTIME, &until);
    until.tv_sec += WAIT_S;
    lock();
    while (count_offers(domid) != count && result == 0) {
        result = pthread_cond_timedwait(&world.changed, &world.lock, &until);
    }
    reached = count_offers(domid) == count;
    unlock();
    return reached;
}

unsigned fake_vchan_servers(void) {
    unsigned count = 0;

    lock();
    for (int i = 0; i < CHANNEL_COUNT; i++) {
        count += world.channels[i].exists && world.channels[i].server_life == 1;
    }
    unlock();
    return count;
}

bool fake_vchan_wait_removed(const char *path) {
    struct timespec until;
    int result = 0;
    bool removed;

    clock_gettime(CLOCK_REALTIME, &until);
    until.tv_sec += WAIT_S;
    lock();
    while (strcmp(world.removed, path) != 0 && result == 0) {
        result = pthread_cond_timedwait(&world.changed, &world.lock, &until);
    }
    removed = strcmp(world.removed, path) == 0;
    unlock();
    return removed;
}

unsigned fake_vchan_offered(void) {
    unsigned offered;

    lock();
    offered = world.offered;
    unlock();
    return offered;
}

void fake_vchan_destroy_domain(uint16_t domid) {
    lock();
    for (int i = 0; i < CHANNEL_COUNT; i++) {
        struct channel *channel = &world.channels[i];

        if (channel->exists && channel->domid == domid) {
            /* Nothing that it sends arrives any more, and nobody tells the server. */
            channel->to_client.used = RING_SIZE;
            channel->path[0] = '\0';
        }
    }
    unlock();
}

void fake_vchan_kick(uint16_t domid) {
    lock();
    for (int i = 0; i < CHANNEL_COUNT; i++) {
        if (world.channels[i].exists && world.channels[i].domid == domid) {
            kick(world.channels[i].server_event);
        }
    }
    unlock();
}

void fake_vchan_claim(uint16_t domid, int life) {
    lock();
    for (int i = 0; i < CHANNEL_COUNT; i++) {
        if (world.channels[i].exists && world.channels[i].domid == domid) {
            world.channels[i].client_life = life;
            kick(world.channels[i].server_event);
        }
    }
    unlock();
}

/* --- libxenstore -----------------------------------------------------------------------------------------------------
 */

struct xs_handle *xs_open(unsigned long flags) {
    (void)flags;
    lock();
    wait_while_stalled();
    unlock();
    return &the_store;
}

void xs_close(struct xs_handle *store) {
    (void)store;
}

bool xs_rm(struct xs_handle *store, xs_transaction_t transaction, const char *path) {
    (void)store, (void)transaction;
    lock();
    wait_while_stalled();
    snprintf(world.removed, sizeof(world.removed), "%s", path);
    unlock();
    return true;
}

void *xs_read(struct xs_handle *store, xs_transaction_t transaction, const char *path, unsigned *length) {
    char text[16];

    (void)store, (void)transaction;
    if (strcmp(path, "domid") != 0) {
        errno = ENOENT;
        return NULL;
    }
    lock();
    wait_while_stalled();
    snprintf(text, sizeof(text), "%u", world.own_domid);
    unlock();
    *length = (unsigned)strlen(text);
    return strdup(text);
}

/* --- libxenvchan -----------------------------------------------------------------------------------------------------
 */

static struct end *make_end(struct channel *channel, bool of_server) {
    struct end *end = calloc(1, sizeof(*end));

    end->channel = channel;
    end->of_server = of_server;
    channel->users++;
    return end;
}

struct libxenvchan *libxenvchan_server_init(struct xentoollog_logger *logger, int domain, const char *xs_path,
                                            size_t read_min, size_t write_min) {
    struct channel *channel = world.channels;
    struct end *end = NULL;

    (void)logger, (void)read_min, (void)write_min;
    lock();
    wait_while_stalled();
    while (channel < world.channels + CHANNEL_COUNT && channel->exists) {
        channel++;
    }
    if (world.failure != 0 || channel == world.channels + CHANNEL_COUNT) {
        errno = world.failure != 0 ? world.failure : ENOSPC;
    } else {
        *channel = (struct channel){.exists = true, .domid = (uint16_t)domain, .server_life = 1, .client_life = 2};
        snprintf(channel->path, sizeof(channel->path), "%s", xs_path);
        channel->server_event = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
        channel->client_event = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
        world.offered++;
        end = make_end(channel, true);
    }
    unlock();
    return end ? &end->base : NULL;
}

struct libxenvchan *libxenvchan_client_init(struct xentoollog_logger *logger, int domain, const char *xs_path) {
    struct end *end = NULL;
    char prefix[64];

    (void)logger;
    snprintf(prefix, sizeof(prefix), "/local/domain/%d/", domain);
    lock();
    wait_while_stalled();
    errno = ENOENT;
    for (int i = 0; !end && i < CHANNEL_COUNT && strncmp(xs_path, prefix, strlen(prefix)) == 0; i++) {
        struct channel *channel = &world.channels[i];

        if (channel->exists && channel->server_life == 1 && channel->client_life == 2 &&
            channel->domid == world.own_domid && strcmp(channel->path, xs_path + strlen(prefix)) == 0) {
            channel->client_life = 1;
            end = make_end(channel, false);
            kick(channel->server_event);
        }
    }
    unlock();
    return end ? &end->base : NULL;
}

void libxenvchan_close(struct libxenvchan *ctrl) {
    struct end *end = (struct end *)ctrl;
    struct channel *channel;

    if (!end) {
        return;
    }
    channel = end->channel;
    lock();
    if (end->of_server) {
        channel->server_life = 0;
        kick(channel->client_event);
        wait_while_stalled();
    } else {
        channel->client_life = 0;
        kick(channel->server_event);
    }
    if (--channel->users == 0) {
        close(channel->server_event);
        close(channel->client_event);
        channel->exists = false;
    }
    unlock();
    free(end);
}

static struct ring *ring_to(struct end *end, bool server) {
    return server ? &end->channel->to_server : &end->channel->to_client;
}

static int life_of_other(const struct end *end) {
    return end->of_server ? end->channel->client_life : end->channel->server_life;
}

static void kick_other(const struct end *end) {
    kick(end->of_server ? end->channel->client_event : end->channel->server_event);
}

int libxenvchan_read(struct libxenvchan *ctrl, void *data, size_t size) {
    struct end *end = (struct end *)ctrl;
    struct ring *ring = ring_to(end, end->of_server);
    int taken;

    lock();
    taken = (int)(size < ring->used ? size : ring->used);
    memcpy(data, ring->data, (size_t)taken);
    ring->used -= (size_t)taken;
    memmove(ring->data, ring->data + taken, ring->used);
    if (taken > 0) {
        kick_other(end);
    } else if (life_of_other(end) == 0) {
        taken = -1;
    }
    unlock();
    return taken;
}

int libxenvchan_write(struct libxenvchan *ctrl, const void *data, size_t size) {
    struct end *end = (struct end *)ctrl;
    struct ring *ring = ring_to(end, !end->of_server);
    int given = -1;

    lock();
    if (life_of_other(end) != 0) {
        given = (int)(size < RING_SIZE - ring->used ? size : RING_SIZE - ring->used);
        memcpy(ring->data + ring->used, data, (size_t)given);
        ring->used += (size_t)given;
        kick_other(end);
    }
    unlock();
    return given;
}

int libxenvchan_data_ready(struct libxenvchan *ctrl) {
    struct end *end = (struct end *)ctrl;
    int ready;

    lock();
    ready = (int)ring_to(end, end->of_server)->used;
    unlock();
    return ready;
}

int libxenvchan_is_open(struct libxenvchan *ctrl) {
    int life;

    lock();
    life = life_of_other((struct end *)ctrl);
    unlock();
    return life;
}

int libxenvchan_fd_for_select(struct libxenvchan *ctrl) {
    const struct end *end = (struct end *)ctrl;

    return end->of_server ? end->channel->server_event : end->channel->client_event;
}

int libxenvchan_wait(struct libxenvchan *ctrl) {
    eventfd_t count;

    return eventfd_read(libxenvchan_fd_for_select(ctrl), &count);
}
