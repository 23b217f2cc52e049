// SPDX-License-Identifier: Apache-2.0
/*
 * The few xenstore requests that the transport needs, spoken to the kernel's /dev/xen/xenbus.
 *
 * libxenstore is not used here because its static archive is built without threads: there a watch event that arrives
 * before the reply to a request puts the connection out of step for good, and the descriptor for polling never becomes
 * readable. A partition's programs are static.
 *
 * Paths are relative to the partition's own subtree. Every request may wait for xenstored without limit.
 */
#ifndef XHM_XENSTORE_CLIENT_H
#define XHM_XENSTORE_CLIENT_H

#include <stdbool.h>
#include <stddef.h>

/* Longest value that is read or written, without a terminating zero. */
#define XHM_XENSTORE_VALUE_MAXIMUM 255

/* One connection to xenstore. */
struct xhm_xenstore_client {
    int fd;         /* readable when an event or a reply waits; -1 if not connected, also after a broken connection */
    bool has_event; /* a watch fired and xhm_xenstore_take_event() was not called since */
};

#define XHM_XENSTORE_CLIENT_NULL                                                                                       \
    { .fd = -1 }

/* Connects. Returns 0 or a negative errno. */
int xhm_xenstore_open(struct xhm_xenstore_client *client);

/* Ends the connection and all its watches. A client that is not connected is allowed. */
void xhm_xenstore_close(struct xhm_xenstore_client *client);

/* Watches path; the first event comes at once. Returns 0 or a negative errno. */
int xhm_xenstore_watch(struct xhm_xenstore_client *client, const char *path);

/* Takes all events that wait, without waiting for one. Returns whether there was any. */
bool xhm_xenstore_take_event(struct xhm_xenstore_client *client);

/* Reads a value and terminates it. Returns 0 or a negative errno; -E2BIG if the value does not fit. */
int xhm_xenstore_read(struct xhm_xenstore_client *client, const char *path, char value[XHM_XENSTORE_VALUE_MAXIMUM + 1]);

/* Writes a value, making the node and its parents if needed. Returns 0 or a negative errno. */
int xhm_xenstore_write(struct xhm_xenstore_client *client, const char *path, const char *value);

/* Lets the domain reader_domid, and nobody else but its owner, read a node. Returns 0 or a negative errno. */
int xhm_xenstore_permit_reader(struct xhm_xenstore_client *client, const char *path, unsigned owner_domid,
                               unsigned reader_domid);

/* Removes a node. Returns 0 or a negative errno. */
int xhm_xenstore_remove(struct xhm_xenstore_client *client, const char *path);

#endif
