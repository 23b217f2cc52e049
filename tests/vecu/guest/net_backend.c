// SPDX-License-Identifier: Apache-2.0
/*
 * net_backend: what a driver domain with network backends needs beside the kernel's driver, in place of `xl devd`.
 *
 *     net_backend BRIDGE
 *
 * Makes the bridge and, from then on, adds each new backend's interface to it, tells the driver that this is done
 * ("hotplug-status", without which the backend never says that it is connected), and removes from xenstore what is
 * left of a backend that was closed for good, for which the toolstack waits.
 */
#include "xenstore_client.h"

#include <dirent.h>
#include <errno.h>
#include <linux/sockios.h>
#include <net/if.h>
#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#define BACKENDS       "backend/vif" /* relative to the domain's own folder */
#define INTERFACES     "/sys/class/net"
#define STATE_READY    "2" /* XenbusStateInitWait: the interface is there */
#define STATE_CLOSED   "6" /* XenbusStateClosed */
#define MOST_BACKENDS  16
#define BACKEND_LENGTH 64

static struct xhm_xenstore_client store = XHM_XENSTORE_CLIENT_NULL;
static int control;
static const char *bridge;
static char known[MOST_BACKENDS][BACKEND_LENGTH]; /* paths of backends that were connected here; empty: free */

static void fail(const char *what, int error) {
    fprintf(stderr, "net_backend: %s: %s\n", what, strerror(error));
    exit(1);
}

/* Whether the node holds exactly this; a node that is not there holds nothing. */
static bool holds(const char *backend, const char *node, const char *value) {
    char path[BACKEND_LENGTH + 32], seen[XHM_XENSTORE_VALUE_MAXIMUM + 1];

    snprintf(path, sizeof path, "%s/%s", backend, node);
    return xhm_xenstore_read(&store, path, seen) == 0 && strcmp(seen, value) == 0;
}

static void bring_up(const char *interface) {
    struct ifreq request = {0};

    snprintf(request.ifr_name, sizeof request.ifr_name, "%s", interface);
    if (ioctl(control, SIOCGIFFLAGS, &request) < 0)
        fail("reading an interface's flags", errno);
    request.ifr_flags |= IFF_UP;
    if (ioctl(control, SIOCSIFFLAGS, &request) < 0)
        fail("bringing an interface up", errno);
}

static void add_to_bridge(const char *interface) {
    struct ifreq request = {0};

    snprintf(request.ifr_name, sizeof request.ifr_name, "%s", bridge);
    request.ifr_ifindex = (int)if_nametoindex(interface);
    if (ioctl(control, SIOCBRADDIF, &request) < 0 && errno != EBUSY)
        fail("adding an interface to the bridge", errno);
    bring_up(interface);
}

static void remember(const char *backend) {
    for (int i = 0; i < MOST_BACKENDS; i++)
        if (known[i][0] == '\0') {
            snprintf(known[i], sizeof known[i], "%s", backend);
            return;
        }
    fprintf(stderr, "net_backend: %s is one backend too many: it will not be removed when it is closed\n", backend);
}

static void connect_backend(const char *interface, const char *backend) {
    char path[BACKEND_LENGTH + 32];
    int error;

    add_to_bridge(interface);
    snprintf(path, sizeof path, "%s/hotplug-status", backend);
    error = xhm_xenstore_write(&store, path, "connected");
    if (error < 0)
        fail("writing hotplug-status", -error);
    remember(backend);
    printf("net_backend: %s is connected to %s\n", interface, bridge);
}

/* The driver names a backend's interface vifDOMID.ID. */
static void connect_new(void) {
    DIR *folder = opendir(INTERFACES);

    if (folder == NULL)
        fail("reading " INTERFACES, errno);
    for (struct dirent *entry; (entry = readdir(folder)) != NULL;) {
        char backend[BACKEND_LENGTH];
        unsigned domid, id;

        if (sscanf(entry->d_name, "vif%u.%u", &domid, &id) != 2)
            continue;
        snprintf(backend, sizeof backend, BACKENDS "/%u/%u", domid, id);
        if (holds(backend, "state", STATE_READY) && !holds(backend, "hotplug-status", "connected"))
            connect_backend(entry->d_name, backend);
    }
    closedir(folder);
}

static void remove_closed(void) {
    for (int i = 0; i < MOST_BACKENDS; i++)
        if (known[i][0] != '\0' && holds(known[i], "state", STATE_CLOSED) && holds(known[i], "online", "0")) {
            printf("net_backend: %s was closed\n", known[i]);
            xhm_xenstore_remove(&store, known[i]); /* what cannot be removed here, the toolstack removes later */
            known[i][0] = '\0';
        }
}

int main(int argc, char **argv) {
    int error;

    if (argc != 2) {
        fprintf(stderr, "usage: net_backend BRIDGE\n");
        return 2;
    }
    bridge = argv[1];
    setvbuf(stdout, NULL, _IOLBF, 0);
    control = socket(AF_INET, SOCK_DGRAM, 0);
    if (control < 0 || (ioctl(control, SIOCBRADDBR, bridge) < 0 && errno != EEXIST))
        fail("making the bridge", errno);
    bring_up(bridge);
    error = xhm_xenstore_open(&store);
    if (error == 0)
        error = xhm_xenstore_watch(&store, BACKENDS);
    if (error < 0)
        fail("watching xenstore", -error);
    for (;;) {
        struct pollfd readable = {.fd = store.fd, .events = POLLIN};

        if (!store.has_event && poll(&readable, 1, -1) < 0)
            fail("waiting for xenstore", errno);
        if (xhm_xenstore_take_event(&store)) {
            connect_new();
            remove_closed();
        } else if (store.fd < 0) {
            fail("reading from xenstore", EIO);
        }
    }
}
