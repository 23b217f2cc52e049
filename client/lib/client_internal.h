// SPDX-License-Identifier: Apache-2.0
/**
 * Inside of libxhm-client: the client's state, and what its files offer each other.
 */
#ifndef XHM_CLIENT_INTERNAL_H
#define XHM_CLIENT_INTERNAL_H

#include "frame.h"
#include "stream.h"
#include "vchan.h"
#include "xhm_client.h"

/** Functions that the shared library shows. */
#define XHM_PUBLIC __attribute__((visibility("default")))

/** Agent reports kept while there is no connection. */
#define XHM_CLIENT_MAX_REPORTS 32
/** Bytes that wait to be written: two of the largest messages. */
#define XHM_CLIENT_OUT_SIZE    (2u * (XHM_FRAME_MAX_SIZE + XHM_FRAME_PREFIX_SIZE))
/** Bytes that were read and are no whole message yet. */
#define XHM_CLIENT_IN_SIZE     (XHM_FRAME_MAX_SIZE + XHM_FRAME_PREFIX_SIZE)
/** "No time limit" for times in ms. */
#define XHM_CLIENT_NEVER       UINT64_MAX

/** A request that waits for its answer; unused when id is 0. */
struct xhm_client_pending {
    uint64_t id;
    uint64_t deadline_ms;
    xhm_client_reply_function *on_reply;
    void *context;
    Xhm__V1__ServerMessage **keep; /**< of xhm_client_call(): takes the reply over */
};

struct xhm_client {
    char *socket_path; /**< or an address over vchan */
    bool over_vchan;
    struct vchan_address vchan_address;
    struct client_vchan *vchan; /**< the last connection over vchan */
    char *name;
    struct xhm_client_handler handler;
    int (*connect)(void *context);
    void *connect_context;
    uint32_t backoff_first_ms;
    uint32_t backoff_max_ms;
    uint32_t hello_timeout_ms;

    int epoll;  /**< what the program polls: the socket and the timer */
    int timer;  /**< fires at the earliest of all times below */
    int socket; /**< -1: not connected */
    bool wants_output;
    bool rejected; /**< the last attempt was refused by the supervisor */
    bool greeted_once;
    uint64_t retry_at_ms;
    uint32_t backoff_ms;
    uint64_t hello_id; /**< 0: greeted, or no socket */
    uint64_t hello_deadline_ms;
    Xhm__V1__ServerMessage *greeting; /**< NULL: not connected */
    char error[XHM_CLIENT_ERROR_SIZE];

    uint64_t next_id;
    struct xhm_client_pending pending[XHM_CLIENT_MAX_REQUESTS];
    bool following;
    uint64_t follow_id; /**< of the request that began the stream on this connection */
    struct xhm_stream stream;
    size_t report_count;
    Xhm__V1__AgentReport *reports[XHM_CLIENT_MAX_REPORTS]; /**< oldest first */

    size_t in_used;
    size_t out_used;
    uint8_t in[XHM_CLIENT_IN_SIZE];
    uint8_t out[XHM_CLIENT_OUT_SIZE];
};

/** Monotonic time in ms. */
uint64_t client_link_now_ms(void);

/** Connects, if it is time to. */
void client_link_connect(struct xhm_client *client, uint64_t now_ms);

/** Closes the connection for the reason said as printf does, and plans the next attempt. */
__attribute__((format(printf, 2, 3))) void client_link_drop(struct xhm_client *client, const char *format, ...);

/** The greeting came: the backoff starts over. */
void client_link_greeted(struct xhm_client *client);

/** Reads and handles messages, a bounded number of them. */
void client_link_read(struct xhm_client *client);

/** Writes what waits. */
void client_link_write(struct xhm_client *client);

/** Sets timer and interest for the next xhm_client_process(). @return 0 or a negative errno value */
int client_link_arm(struct xhm_client *client);

/** Puts @p message in front of the socket. @return false when it does not fit now */
bool client_link_send(struct xhm_client *client, const Xhm__V1__ClientMessage *message);

/** Says hello on a new connection. */
void client_requests_greet(struct xhm_client *client, uint64_t now_ms);

/** Takes one message of the supervisor over. */
void client_requests_handle(struct xhm_client *client, Xhm__V1__ServerMessage *message);

/** Ends the requests whose time is over by @p now_ms. */
void client_requests_expire(struct xhm_client *client, uint64_t now_ms);

/** Ends all requests with @p result. */
void client_requests_fail(struct xhm_client *client, int result);

/** Forgets the request whose reply goes to @p keep: its caller has left. */
void client_requests_forget(struct xhm_client *client, Xhm__V1__ServerMessage **keep);

/** Sends the agent's reports that wait, as far as there is room. */
void client_requests_send_reports(struct xhm_client *client);

/** The earliest time at which a request's time is over. */
uint64_t client_requests_next_deadline_ms(const struct xhm_client *client);

/** xhm_client_request() that may keep the reply. */
int client_requests_begin(struct xhm_client *client, const Xhm__V1__ClientMessage *request, uint32_t timeout_ms,
                          const struct xhm_client_pending *how);

#endif
