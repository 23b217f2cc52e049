// SPDX-License-Identifier: Apache-2.0
#include "client_internal.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/timerfd.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

/* So that a program with other things to do gets its turn, however much the supervisor sends. */
#define MESSAGES_PER_TURN 256

uint64_t client_link_now_ms(void) {
    struct timespec now = {0};
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000u + (uint64_t)now.tv_nsec / 1000000u;
}

static int connect_unix(const char *path) {
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    if (strlen(path) >= sizeof(address.sun_path)) {
        return -ENAMETOOLONG;
    }
    memcpy(address.sun_path, path, strlen(path) + 1);
    int descriptor = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (descriptor < 0) {
        return -errno;
    }
    if (connect(descriptor, (const struct sockaddr *)&address, sizeof(address)) != 0) {
        int error = errno;
        close(descriptor);
        return -error;
    }
    return descriptor;
}

static int open_connection(struct xhm_client *client) {
    if (client->connect != NULL) {
        return client->connect(client->connect_context);
    }
    return client->over_vchan ? client_vchan_connect(&client->vchan_address, &client->vchan)
                              : connect_unix(client->socket_path);
}

/* Over vchan a connection that could not be made looks like one that was closed or broke. */
static void drop_ended(struct xhm_client *client, const char *doing, const char *why) {
    const char *failure = client->over_vchan ? client_vchan_failure(client->vchan) : NULL;
    if (failure != NULL) {
        client_link_drop(client, "connecting to %s: %s", client->socket_path, failure);
    } else {
        client_link_drop(client, "%s%s", doing, why);
    }
}

/* Who was refused would be refused again at once: that is worth no hurry. */
static void plan_next_attempt(struct xhm_client *client) {
    uint32_t most_ms = client->backoff_max_ms;
    uint32_t wait_ms = client->rejected ? most_ms : client->backoff_ms;
    client->retry_at_ms = client_link_now_ms() + wait_ms;
    client->backoff_ms = wait_ms > most_ms / 2 ? most_ms : 2 * wait_ms;
}

void client_link_connect(struct xhm_client *client, uint64_t now_ms) {
    if (client->socket >= 0 || now_ms < client->retry_at_ms) {
        return;
    }
    client->rejected = false;
    int descriptor = open_connection(client);
    if (descriptor < 0) {
        client_link_drop(client, "connecting to %s: %s", client->socket_path, strerror(-descriptor));
        return;
    }
    client->socket = descriptor;
    client->wants_output = false;
    client->in_used = 0;
    client->out_used = 0;
    struct epoll_event interest = {.events = EPOLLIN, .data.fd = descriptor};
    if (epoll_ctl(client->epoll, EPOLL_CTL_ADD, descriptor, &interest) != 0) {
        client_link_drop(client, "watching the connection to %s: %s", client->socket_path, strerror(errno));
        return;
    }
    client_requests_greet(client, now_ms);
}

void client_link_drop(struct xhm_client *client, const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(client->error, sizeof(client->error), format, arguments);
    va_end(arguments);
    if (client->socket >= 0) {
        close(client->socket);
    }
    client->socket = -1;
    client->hello_id = 0;
    client->in_used = 0;
    client->out_used = 0;
    xhm_client_free_reply(client->greeting);
    client->greeting = NULL;
    plan_next_attempt(client);
    client_requests_fail(client, XHM_CLIENT_NOT_CONNECTED);
    if (client->handler.disconnected != NULL) {
        client->handler.disconnected(client->handler.context, client->error);
    }
}

void client_link_greeted(struct xhm_client *client) {
    client->backoff_ms = client->backoff_first_ms;
    client->error[0] = '\0';
}

bool client_link_send(struct xhm_client *client, const Xhm__V1__ClientMessage *message) {
    size_t size = xhm__v1__client_message__get_packed_size(message);
    uint8_t prefix[XHM_FRAME_PREFIX_SIZE];
    if (size > XHM_FRAME_MAX_SIZE) {
        return false;
    }
    size_t prefix_size = frame_prefix((uint32_t)size, prefix);
    if (size + prefix_size > sizeof(client->out) - client->out_used) {
        return false;
    }
    memcpy(client->out + client->out_used, prefix, prefix_size);
    xhm__v1__client_message__pack(message, client->out + client->out_used + prefix_size);
    client->out_used += prefix_size + size;
    return true;
}

void client_link_write(struct xhm_client *client) {
    if (client->socket < 0 || client->out_used == 0) {
        return;
    }
    ssize_t written = send(client->socket, client->out, client->out_used, MSG_NOSIGNAL | MSG_DONTWAIT);
    if (written > 0) {
        client->out_used -= (size_t)written;
        memmove(client->out, client->out + written, client->out_used);
    } else if (written < 0 && errno != EAGAIN && errno != EINTR) {
        drop_ended(client, "writing to the supervisor: ", strerror(errno));
    }
}

/* @return false when there is no further message to handle now */
static bool handle_one(struct xhm_client *client, size_t *consumed_total) {
    const uint8_t *bytes;
    size_t size;
    size_t consumed;
    switch (frame_next(client->in + *consumed_total, client->in_used - *consumed_total, XHM_FRAME_MAX_SIZE, &bytes,
                       &size, &consumed)) {
    case XHM_FRAME_COMPLETE:
        break;
    case XHM_FRAME_INCOMPLETE:
        return false;
    case XHM_FRAME_TOO_LARGE:
    case XHM_FRAME_MALFORMED:
        client_link_drop(client, "reading from the supervisor: the peer does not send frames of this API");
        return false;
    }
    *consumed_total += consumed;
    Xhm__V1__ServerMessage *message = xhm__v1__server_message__unpack(NULL, size, bytes);
    if (message == NULL) {
        client_link_drop(client, "reading from the supervisor: the peer sent a frame that is no message of this API");
        return false;
    }
    client_requests_handle(client, message);
    return client->socket >= 0;
}

static void handle_all(struct xhm_client *client) {
    size_t consumed = 0;
    while (handle_one(client, &consumed)) {
    }
    if (client->socket >= 0) {
        client->in_used -= consumed;
        memmove(client->in, client->in + consumed, client->in_used);
    }
}

void client_link_read(struct xhm_client *client) {
    for (unsigned turn = 0; client->socket >= 0 && turn < MESSAGES_PER_TURN; turn++) {
        ssize_t size =
            recv(client->socket, client->in + client->in_used, sizeof(client->in) - client->in_used, MSG_DONTWAIT);
        if (size == 0) {
            drop_ended(client, "the supervisor closed the connection", "");
        } else if (size < 0 && errno != EINTR) {
            if (errno != EAGAIN) {
                drop_ended(client, "reading from the supervisor: ", strerror(errno));
            }
            return;
        } else if (size > 0) {
            client->in_used += (size_t)size;
            handle_all(client);
        }
    }
}

static uint64_t next_time_ms(const struct xhm_client *client) {
    uint64_t next_ms = client_requests_next_deadline_ms(client);
    uint64_t own_ms = client->socket < 0      ? client->retry_at_ms
                      : client->hello_id != 0 ? client->hello_deadline_ms
                                              : XHM_CLIENT_NEVER;
    return own_ms < next_ms ? own_ms : next_ms;
}

int client_link_arm(struct xhm_client *client) {
    bool wants_output = client->out_used > 0;
    if (client->socket >= 0 && wants_output != client->wants_output) {
        struct epoll_event interest = {.events = EPOLLIN | (wants_output ? EPOLLOUT : 0), .data.fd = client->socket};
        if (epoll_ctl(client->epoll, EPOLL_CTL_MOD, client->socket, &interest) != 0) {
            return -errno;
        }
        client->wants_output = wants_output;
    }
    uint64_t next_ms = next_time_ms(client);
    struct itimerspec due = {0};
    if (next_ms != XHM_CLIENT_NEVER) {
        /* A time of 0 would disarm the timer; a past one fires at once. */
        due.it_value.tv_sec = (time_t)(next_ms / 1000u);
        due.it_value.tv_nsec = (long)(next_ms % 1000u) * 1000000 + 1;
    }
    return timerfd_settime(client->timer, TFD_TIMER_ABSTIME, &due, NULL) != 0 ? -errno : 0;
}
