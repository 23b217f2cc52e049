// SPDX-License-Identifier: Apache-2.0
#include "xenstore_client.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <xen/io/xs_wire.h>

#define DEVICE      "/dev/xen/xenbus"
#define WATCH_TOKEN "xhm"

/* A message in either direction. */
struct message {
    struct xsd_sockmsg header;
    char payload[XENSTORE_PAYLOAD_MAX];
};

static int transfer(const struct xhm_xenstore_client *client, void *buffer, size_t size, bool is_write) {
    char *bytes = buffer;
    size_t done = 0;

    while (done < size) {
        const ssize_t count =
            is_write ? write(client->fd, bytes + done, size - done) : read(client->fd, bytes + done, size - done);

        if (count > 0) {
            done += (size_t)count;
        } else if (count == 0) {
            return -EPIPE;
        } else if (errno != EINTR) {
            return -errno;
        }
    }
    return 0;
}

/* Reads one whole message. A connection that is out of step is of no use any more and is closed. */
static int receive(struct xhm_xenstore_client *client, struct message *message) {
    int error = transfer(client, &message->header, sizeof(message->header), false);

    if (error == 0 && message->header.len > sizeof(message->payload)) {
        error = -EPROTO;
    }
    if (error == 0) {
        error = transfer(client, message->payload, message->header.len, false);
    }
    if (error < 0) {
        xhm_xenstore_close(client);
    }
    return error;
}

static int translate_error(const struct message *reply) {
    const size_t length = strnlen(reply->payload, reply->header.len);

    for (size_t i = 0; i < sizeof(xsd_errors) / sizeof(xsd_errors[0]); i++) {
        if (strlen(xsd_errors[i].errstring) == length && memcmp(xsd_errors[i].errstring, reply->payload, length) == 0) {
            return -xsd_errors[i].errnum;
        }
    }
    return -EIO;
}

/* One request at a time: the next message that is no event is its reply. */
static int exchange(struct xhm_xenstore_client *client, struct message *message) {
    if (client->fd < 0) {
        return -ENOTCONN;
    }

    const uint32_t type = message->header.type;
    int error = transfer(client, message, sizeof(message->header) + message->header.len, true);

    if (error < 0) {
        xhm_xenstore_close(client);
        return error;
    }
    do {
        error = receive(client, message);
        client->has_event = client->has_event || (error == 0 && message->header.type == XS_WATCH_EVENT);
    } while (error == 0 && message->header.type == XS_WATCH_EVENT);
    if (error < 0) {
        return error;
    }
    if (message->header.type == XS_ERROR) {
        return translate_error(message);
    }
    if (message->header.type != type) {
        xhm_xenstore_close(client);
        return -EPROTO;
    }
    return 0;
}

/* Sends path, its zero and rest; message is the request and then the reply. */
static int request(struct xhm_xenstore_client *client, struct message *message, enum xsd_sockmsg_type type,
                   const char *path, const char *rest, size_t rest_size) {
    const size_t path_size = strlen(path) + 1;

    if (path_size + rest_size > sizeof(message->payload)) {
        return -E2BIG;
    }
    message->header = (struct xsd_sockmsg){.type = type, .len = (uint32_t)(path_size + rest_size)};
    memcpy(message->payload, path, path_size);
    memcpy(message->payload + path_size, rest, rest_size);
    return exchange(client, message);
}

int xhm_xenstore_open(struct xhm_xenstore_client *client) {
    client->has_event = false;
    client->fd = open(DEVICE, O_RDWR | O_CLOEXEC);
    return client->fd < 0 ? -errno : 0;
}

void xhm_xenstore_close(struct xhm_xenstore_client *client) {
    if (client->fd >= 0) {
        close(client->fd);
        client->fd = -1;
    }
    client->has_event = false;
}

int xhm_xenstore_watch(struct xhm_xenstore_client *client, const char *path) {
    struct message message;

    return request(client, &message, XS_WATCH, path, WATCH_TOKEN, sizeof(WATCH_TOKEN));
}

bool xhm_xenstore_take_event(struct xhm_xenstore_client *client) {
    struct message message;
    struct pollfd descriptor = {.fd = client->fd, .events = POLLIN};

    while (client->fd >= 0 && poll(&descriptor, 1, 0) > 0) {
        if (receive(client, &message) == 0 && message.header.type == XS_WATCH_EVENT) {
            client->has_event = true;
        }
    }

    const bool had_event = client->has_event;

    client->has_event = false;
    return had_event;
}

int xhm_xenstore_read(struct xhm_xenstore_client *client, const char *path,
                      char value[XHM_XENSTORE_VALUE_MAXIMUM + 1]) {
    struct message message;
    const int error = request(client, &message, XS_READ, path, "", 0);

    if (error < 0) {
        return error;
    }
    if (message.header.len > XHM_XENSTORE_VALUE_MAXIMUM) {
        return -E2BIG;
    }
    memcpy(value, message.payload, message.header.len);
    value[message.header.len] = '\0';
    return 0;
}

int xhm_xenstore_write(struct xhm_xenstore_client *client, const char *path, const char *value) {
    struct message message;

    return request(client, &message, XS_WRITE, path, value, strlen(value));
}

int xhm_xenstore_permit_reader(struct xhm_xenstore_client *client, const char *path, unsigned owner_domid,
                               unsigned reader_domid) {
    struct message message;
    char permissions[32];
    /* Two strings, each with its zero: the owner with no right for all others, then the reader. */
    const int length = snprintf(permissions, sizeof(permissions), "n%u%cr%u", owner_domid, '\0', reader_domid);

    return request(client, &message, XS_SET_PERMS, path, permissions, (size_t)length + 1);
}

int xhm_xenstore_remove(struct xhm_xenstore_client *client, const char *path) {
    struct message message;

    return request(client, &message, XS_RM, path, "", 0);
}
