// SPDX-License-Identifier: Apache-2.0
#include "client_internal.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/timerfd.h>
#include <unistd.h>

static uint32_t or_default(uint32_t value, uint32_t fallback) {
    return value != 0 ? value : fallback;
}

static bool take_options(struct xhm_client *client, const struct xhm_client_options *options) {
    client->socket_path = strdup(options->socket_path != NULL ? options->socket_path : XHM_CLIENT_SOCKET);
    client->name = strdup(options->name != NULL ? options->name : "libxhm-client");
    client->handler = options->handler;
    client->connect = options->connect;
    client->connect_context = options->connect_context;
    client->backoff_first_ms = or_default(options->backoff_first_ms, 100);
    client->backoff_max_ms = or_default(options->backoff_max_ms, 5000);
    client->hello_timeout_ms = or_default(options->hello_timeout_ms, 5000);
    client->backoff_ms = client->backoff_first_ms;
    return client->socket_path != NULL && client->name != NULL;
}

/* @return NULL, or a sentence that goes on from the address */
static const char *take_address(struct xhm_client *client) {
    client->over_vchan = client->connect == NULL && vchan_address_is_meant(client->socket_path);
    return client->over_vchan ? vchan_address_read(client->socket_path, &client->vchan_address) : NULL;
}

static bool open_descriptors(struct xhm_client *client) {
    struct epoll_event interest = {.events = EPOLLIN};
    client->epoll = epoll_create1(EPOLL_CLOEXEC);
    client->timer = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK);
    return client->epoll >= 0 && client->timer >= 0 &&
           epoll_ctl(client->epoll, EPOLL_CTL_ADD, client->timer, &interest) == 0 && client_link_arm(client) == 0;
}

XHM_PUBLIC struct xhm_client *xhm_client_open(const struct xhm_client_options *options,
                                              char error[XHM_CLIENT_ERROR_SIZE]) {
    struct xhm_client *client = calloc(1, sizeof(*client));
    if (client == NULL) {
        snprintf(error, XHM_CLIENT_ERROR_SIZE, "making an API client: out of memory");
        return NULL;
    }
    client->epoll = -1;
    client->timer = -1;
    client->socket = -1;
    client->next_id = 1;
    if (!take_options(client, options) || !open_descriptors(client)) {
        snprintf(error, XHM_CLIENT_ERROR_SIZE, "making an API client: %s", strerror(errno));
        xhm_client_close(client);
        return NULL;
    }
    const char *wrong = take_address(client);
    if (wrong != NULL) {
        snprintf(error, XHM_CLIENT_ERROR_SIZE, "the address \"%.100s\" %s", client->socket_path, wrong);
        xhm_client_close(client);
        return NULL;
    }
    error[0] = '\0';
    return client;
}

static void close_descriptor(int descriptor) {
    if (descriptor >= 0) {
        close(descriptor);
    }
}

XHM_PUBLIC void xhm_client_close(struct xhm_client *client) {
    if (client == NULL) {
        return;
    }
    close_descriptor(client->socket);
    close_descriptor(client->timer);
    close_descriptor(client->epoll);
    for (size_t i = 0; i < client->report_count; i++) {
        xhm__v1__agent_report__free_unpacked(client->reports[i], NULL);
    }
    xhm_client_free_reply(client->greeting);
    client_vchan_release(client->vchan);
    free(client->socket_path);
    free(client->name);
    free(client);
}

XHM_PUBLIC int xhm_client_descriptor(const struct xhm_client *client) {
    return client->epoll;
}

XHM_PUBLIC int xhm_client_process(struct xhm_client *client) {
    uint64_t expirations;
    if (read(client->timer, &expirations, sizeof(expirations)) < 0 && errno != EAGAIN && errno != EINTR) {
        return -errno;
    }
    uint64_t now_ms = client_link_now_ms();
    client_link_connect(client, now_ms);
    client_link_read(client);
    client_requests_expire(client, now_ms);
    if (client->greeting != NULL) {
        client_requests_send_reports(client);
    }
    client_link_write(client);
    return client_link_arm(client);
}

XHM_PUBLIC bool xhm_client_is_connected(const struct xhm_client *client) {
    return client->greeting != NULL;
}

XHM_PUBLIC void xhm_client_reconnect(struct xhm_client *client, const char *reason) {
    if (client->socket >= 0) {
        client_link_drop(client, "%s", reason);
        (void)client_link_arm(client);
    }
}

XHM_PUBLIC bool xhm_client_is_rejected(const struct xhm_client *client) {
    return client->rejected;
}

XHM_PUBLIC const char *xhm_client_error(const struct xhm_client *client) {
    return client->error;
}

XHM_PUBLIC const Xhm__V1__HelloReply *xhm_client_greeting(const struct xhm_client *client) {
    return client->greeting != NULL ? client->greeting->hello : NULL;
}

XHM_PUBLIC uint64_t xhm_client_last_sequence(const struct xhm_client *client) {
    return client->stream.last;
}

XHM_PUBLIC void xhm_client_free_reply(Xhm__V1__ServerMessage *reply) {
    if (reply != NULL) {
        xhm__v1__server_message__free_unpacked(reply, NULL);
    }
}

XHM_PUBLIC const char *xhm_client_result_name(int result) {
    static const char *const names[] = {
        [XHM_CLIENT_OK] = "fine",
        [XHM_CLIENT_NOT_CONNECTED] = "no connection to the supervisor",
        [XHM_CLIENT_TIMED_OUT] = "the supervisor does not answer in time",
        [XHM_CLIENT_BUSY] = "too many requests wait for the supervisor",
        [XHM_CLIENT_REJECTED] = "the supervisor does not take this connection",
    };
    if (result < 0) {
        return strerror(-result);
    }
    return (size_t)result < sizeof(names) / sizeof(names[0]) ? names[result] : "unknown result";
}

/* @return 0, XHM_CLIENT_TIMED_OUT, or a negative errno value */
static int wait_and_process(struct xhm_client *client, uint64_t deadline_ms) {
    uint64_t now_ms = client_link_now_ms();
    if (now_ms >= deadline_ms) {
        return XHM_CLIENT_TIMED_OUT;
    }
    uint64_t left_ms = deadline_ms - now_ms;
    struct pollfd poll_descriptor = {.fd = client->epoll, .events = POLLIN};
    if (poll(&poll_descriptor, 1, left_ms > 60000 ? 60000 : (int)left_ms) < 0 && errno != EINTR) {
        return -errno;
    }
    return xhm_client_process(client);
}

static int wait_for_connection(struct xhm_client *client, uint64_t deadline_ms) {
    if (client->socket < 0) {
        client->retry_at_ms = 0;
        int result = xhm_client_process(client);
        if (result != 0) {
            return result;
        }
    }
    while (client->greeting == NULL) {
        if (client->socket < 0) {
            return client->rejected ? XHM_CLIENT_REJECTED : XHM_CLIENT_NOT_CONNECTED;
        }
        int result = wait_and_process(client, deadline_ms);
        if (result != 0) {
            return result;
        }
    }
    return 0;
}

struct call_state {
    bool finished;
    int result;
};

static void finish_call(void *context, int result, const Xhm__V1__ServerMessage *reply) {
    (void)reply;
    struct call_state *state = context;
    state->finished = true;
    state->result = result;
}

XHM_PUBLIC int xhm_client_call(struct xhm_client *client, const Xhm__V1__ClientMessage *request, uint32_t timeout_ms,
                               Xhm__V1__ServerMessage **reply) {
    uint64_t deadline_ms = client_link_now_ms() + timeout_ms;
    *reply = NULL;
    int result = wait_for_connection(client, deadline_ms);
    if (result != 0) {
        return result;
    }
    struct call_state state = {.finished = false};
    const struct xhm_client_pending how = {.on_reply = finish_call, .context = &state, .keep = reply};
    uint64_t now_ms = client_link_now_ms();
    result = client_requests_begin(client, request, now_ms < deadline_ms ? (uint32_t)(deadline_ms - now_ms) : 1, &how);
    while (result == 0 && !state.finished) {
        result = wait_and_process(client, deadline_ms + 1000u);
    }
    client_requests_forget(client, reply);
    return result != 0 ? result : state.result;
}
