// SPDX-License-Identifier: Apache-2.0
#include "vchan.h"

#include "helper_thread.h"
#include "vchan_relay.h"

#include <xenctrl.h> /* first: it chooses the interface version of Xen's headers */

#include <errno.h>
#include <libxenvchan.h>
#include <poll.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>
#include <xenstore.h>

/* Events are hints: one that is lost is late, and nothing worse. */
#define LOOK_MS 1000

enum attempt_state {
    ATTEMPT_CONNECTING,
    ATTEMPT_CONNECTED, /* or it was, once */
    ATTEMPT_FAILED,
};

struct client_vchan {
    _Atomic unsigned users; /* the client and the thread */
    _Atomic int state;
    _Atomic int failure; /* errno of the last attempt */
    struct vchan_address address;
    struct vchan_relay relay;
};

void client_vchan_release(struct client_vchan *vchan) {
    if (vchan && atomic_fetch_sub(&vchan->users, 1) == 1) {
        free(vchan);
    }
}

/* The domid of the domain in which this runs. @return false with errno when xenstore does not say */
static bool read_own_domid(uint16_t *domid) {
    struct xs_handle *store = xs_open(0);
    unsigned length = 0;
    char *text;

    if (!store) {
        return false;
    }
    text = xs_read(store, XBT_NULL, "domid", &length);
    if (text) {
        *domid = (uint16_t)strtoul(text, NULL, 10);
    }
    free(text);
    xs_close(store);
    return length > 0;
}

/* Every port in turn: one that another program of this domain uses has no room. */
static struct libxenvchan *find_port(const struct vchan_address *address, uint16_t own_domid) {
    struct libxenvchan *vchan = NULL;
    char path[VCHAN_PATH_SIZE];
    const uint32_t ports = address->path[0] != '\0' ? 1 : vchan_address_ports(own_domid);

    for (uint32_t port = 0; !vchan && port < ports; port++) {
        vchan_address_seen(address, own_domid, port, path);
        vchan = libxenvchan_client_init(NULL, address->domid, path);
    }
    return vchan;
}

static struct libxenvchan *open_vchan(struct client_vchan *vchan) {
    struct libxenvchan *opened = NULL;
    uint16_t own_domid = 0;

    errno = 0;
    if (read_own_domid(&own_domid)) {
        opened = find_port(&vchan->address, own_domid);
    }
    atomic_store(&vchan->failure, opened ? 0 : errno != 0 ? errno : ENOENT);
    atomic_store(&vchan->state, opened ? ATTEMPT_CONNECTED : ATTEMPT_FAILED);
    return opened;
}

static void serve(struct client_vchan *vchan) {
    struct pollfd polled[2];

    do {
        const short events = vchan_relay_socket_events(&vchan->relay);

        polled[0] = (struct pollfd){.fd = libxenvchan_fd_for_select(vchan->relay.vchan), .events = POLLIN};
        polled[1] = (struct pollfd){.fd = events != 0 ? vchan->relay.descriptor : -1, .events = events};
        if (poll(polled, 2, vchan_relay_has_more(&vchan->relay) ? 0 : LOOK_MS) > 0 && (polled[0].revents & POLLIN)) {
            /* Takes the event; does not wait, as there is one. */
            (void)libxenvchan_wait(vchan->relay.vchan);
        }
    } while (vchan_relay_move(&vchan->relay, helper_thread_now_ns()));
}

static void *run(void *argument) {
    struct client_vchan *vchan = argument;
    const int descriptor = vchan->relay.descriptor;
    struct libxenvchan *opened = open_vchan(vchan);

    if (opened) {
        vchan_relay_init(&vchan->relay, opened, descriptor);
        serve(vchan);
        libxenvchan_close(opened);
    }
    close(descriptor);
    client_vchan_release(vchan);
    return NULL;
}

static int start(struct client_vchan *vchan, const struct vchan_address *address) {
    pthread_t thread;
    int ends[2];
    int failure;

    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, ends) != 0) {
        return -errno;
    }
    atomic_store(&vchan->users, 2);
    vchan->address = *address;
    vchan->relay.descriptor = ends[0];
    failure = helper_thread_start(&thread, "xhm-vchan", run, vchan);
    if (failure != 0) {
        close(ends[0]);
        close(ends[1]);
        return -failure;
    }
    pthread_detach(thread);
    return ends[1];
}

int client_vchan_connect(const struct vchan_address *address, struct client_vchan **vchan) {
    struct client_vchan *next;
    int descriptor;

    /* A thread that waits for xenstore would be joined by another with every attempt. */
    if (*vchan && atomic_load(&(*vchan)->state) == ATTEMPT_CONNECTING) {
        return -EALREADY;
    }
    next = calloc(1, sizeof(*next));
    if (!next) {
        return -ENOMEM;
    }
    descriptor = start(next, address);
    if (descriptor < 0) {
        free(next);
        return descriptor;
    }
    client_vchan_release(*vchan);
    *vchan = next;
    return descriptor;
}

/* What was never offered to this domain is not there for it in xenstore, or not for its eyes. */
static bool is_without_offer(int failure) {
    return failure == ENOENT || failure == EACCES;
}

const char *client_vchan_failure(const struct client_vchan *vchan) {
    if (!vchan || atomic_load(&vchan->state) != ATTEMPT_FAILED) {
        return NULL;
    }
    return is_without_offer(atomic_load(&vchan->failure))
               ? "no supervisor there offers a connection to this domain, or all that it offers are in use"
               : strerror(atomic_load(&vchan->failure));
}
