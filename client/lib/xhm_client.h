// SPDX-License-Identifier: Apache-2.0
/**
 * libxhm-client: the control API of the supervisor, for programs.
 *
 * A client owns one connection to xhmd. Nothing in it waits but xhm_client_call(): a program polls
 * xhm_client_descriptor() for input together with its other descriptors (poll, epoll, sd-event, …) and calls
 * xhm_client_process() when it is readable; everything that happened is then told by the callbacks of
 * struct xhm_client_handler. When the connection is lost the client connects again with a bounded backoff, and an event
 * stream goes on from the last event seen: no event is told twice, and what cannot come any more is told as a gap.
 *
 * Messages are the generated protobuf-c types of proto/control.proto, `Xhm__V1__…`: the schema is the documentation of
 * their fields. A message handed to a callback belongs to the library and is valid until the callback returns.
 *
 * Results come in two signs: negative is an errno value that ends the client's usefulness (out of memory, …), positive
 * is a named result (enum xhm_client_result) that the caller must handle, 0 is success. One client is used by one
 * thread at a time. Callbacks may call every function here but xhm_client_close(), xhm_client_process() and
 * xhm_client_call().
 */
#ifndef XHM_CLIENT_H
#define XHM_CLIENT_H

#include "control.pb-c.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/** Where xhmd listens unless it was told otherwise. */
#define XHM_CLIENT_SOCKET       "/run/xhm/control.sock"
/** Version of the API that this library speaks. */
#define XHM_CLIENT_API_VERSION  1u
/** Bytes of an error sentence, its terminating zero included. */
#define XHM_CLIENT_ERROR_SIZE   256
/** Requests that can wait for their answers at the same time. */
#define XHM_CLIENT_MAX_REQUESTS 32

/** One connection to a supervisor. */
struct xhm_client;

/** Named results. */
enum xhm_client_result {
    XHM_CLIENT_OK = 0,
    XHM_CLIENT_NOT_CONNECTED = 1, /**< there is no connection at present; xhm_client_error() says why */
    XHM_CLIENT_TIMED_OUT = 2,     /**< no answer in time */
    XHM_CLIENT_BUSY = 3,          /**< XHM_CLIENT_MAX_REQUESTS wait already, or the supervisor reads too slowly */
    XHM_CLIENT_REJECTED = 4,      /**< the supervisor refused the connection itself: version, no role, too many peers */
};

/** A sentence for @p result, an enum xhm_client_result or a negative errno value. */
const char *xhm_client_result_name(int result);

/** What the client tells its program. Each callback may be NULL. */
struct xhm_client_handler {
    void *context; /**< handed to every callback */
    /** Connected and greeted; requests can be sent. Also after every reconnection. */
    void (*connected)(void *context, const Xhm__V1__HelloReply *reply);
    /** The connection was lost, could not be made, or was refused. @p reason is a sentence. */
    void (*disconnected)(void *context, const char *reason);
    /** An event, in the order of sequence numbers, never twice. */
    void (*event)(void *context, const Xhm__V1__Event *event);
    /**
     * Events @p first_missing to @p last_missing will not come. Both are 0 when the supervisor's numbering began anew
     * (its fault memory was lost): lower numbers than before follow.
     */
    void (*gap)(void *context, uint64_t first_missing, uint64_t last_missing);
    /** For agents: a task to carry out, told again after each reconnection until it is reported. */
    void (*agent_task)(void *context, const Xhm__V1__AgentTask *task);
    /** For agents: which facts about the host to gather from now on, until the connection is lost. */
    void (*facts_order)(void *context, const Xhm__V1__FactsOrder *order);
};

/** How to connect. Zero or NULL stands for the default that is named. */
struct xhm_client_options {
    const char *socket_path; /**< or vchan:DOMID[:PATH], the supervisor's domain seen from another: XHM_CLIENT_SOCKET */
    const char *name;        /**< who is asking, for the supervisor's journal: "libxhm-client" */
    struct xhm_client_handler handler;
    uint32_t backoff_first_ms; /**< wait before the first reconnection; doubled each time: 100 */
    uint32_t backoff_max_ms;   /**< longest wait between two attempts: 5000 */
    uint32_t hello_timeout_ms; /**< a supervisor that does not greet within this time is left: 5000 */
    /**
     * Makes a connected, non-blocking stream descriptor, which the client owns from then on; for transports other than
     * the UNIX socket at socket_path, and for tests. @return a descriptor or a negative errno value
     */
    int (*connect)(void *context);
    void *connect_context;
};

/**
 * Makes a client and begins to connect. Strings of @p options are copied. A supervisor that is not there is no error
 * here: it is told by handler.disconnected, and tried again.
 * @return NULL with a sentence in @p error when there is no memory or no descriptor left
 */
struct xhm_client *xhm_client_open(const struct xhm_client_options *options, char error[XHM_CLIENT_ERROR_SIZE]);

/** Closes the connection and frees everything. Requests that wait are forgotten. NULL is allowed. */
void xhm_client_close(struct xhm_client *client);

/** A descriptor that is readable when xhm_client_process() has work. It stays the same over reconnections. */
int xhm_client_descriptor(const struct xhm_client *client);

/**
 * Does what can be done without waiting: reads, answers callbacks, writes, connects, ends what timed out.
 * @return 0, or a negative errno value when the client is of no more use
 */
int xhm_client_process(struct xhm_client *client);

/** True between handler.connected and handler.disconnected. */
bool xhm_client_is_connected(const struct xhm_client *client);

/**
 * Closes a connection of which the program has reason to think that nobody is at its other end (over vchan a domain
 * that was destroyed says nothing any more, and what is mapped of it keeps it from vanishing); @p reason is a sentence.
 * handler.disconnected is told, and the client connects again. Nothing happens when there is no connection.
 */
void xhm_client_reconnect(struct xhm_client *client, const char *reason);

/** True when the supervisor itself refused the last connection or the event stream: version, no role, too many peers.
 */
bool xhm_client_is_rejected(const struct xhm_client *client);

/** Why there is no connection, as a sentence; "" when there is one or none was tried yet. Owned by the client. */
const char *xhm_client_error(const struct xhm_client *client);

/** What the supervisor said in its greeting: ECU, roles, policy. NULL when not connected. Owned by the client. */
const Xhm__V1__HelloReply *xhm_client_greeting(const struct xhm_client *client);

/**
 * An answer. @p reply is NULL when none will come, and @p result says why: XHM_CLIENT_NOT_CONNECTED or
 * XHM_CLIENT_TIMED_OUT. Otherwise @p result is 0, also when the answer is `refused`.
 */
typedef void xhm_client_reply_function(void *context, int result, const Xhm__V1__ServerMessage *reply);

/**
 * Sends @p request (its request_id is chosen here) and remembers to call @p on_reply exactly once, unless the client is
 * closed before. @p timeout_ms 0 waits for as long as the connection lasts.
 * @return 0, XHM_CLIENT_NOT_CONNECTED, XHM_CLIENT_BUSY, or a negative errno value; @p on_reply is then not called
 */
int xhm_client_request(struct xhm_client *client, const Xhm__V1__ClientMessage *request, uint32_t timeout_ms,
                       xhm_client_reply_function *on_reply, void *context);

/**
 * The convenience of a program that has nothing else to do: waits for the connection, sends @p request, waits for its
 * answer, all within @p timeout_ms. Callbacks run meanwhile, so the events that an EventsRequest lists come before it
 * returns.
 * @return 0 with *@p reply, to be freed by xhm_client_free_reply(); XHM_CLIENT_NOT_CONNECTED at once when no supervisor
 * is there; XHM_CLIENT_TIMED_OUT, XHM_CLIENT_BUSY, XHM_CLIENT_REJECTED, or a negative errno value
 */
int xhm_client_call(struct xhm_client *client, const Xhm__V1__ClientMessage *request, uint32_t timeout_ms,
                    Xhm__V1__ServerMessage **reply);

/**
 * Asks for the safe state @p name, for peers with the role cluster or operator. It is in force as soon as the
 * supervisor reads this. The reply is `accepted` once its latch is on storage; `refused` with REFUSAL_NOT_AVAILABLE and
 * a message that says so may mean that it is in force and not on storage. Otherwise like xhm_client_request().
 */
int xhm_client_safe_state(struct xhm_client *client, const char *name, uint32_t timeout_ms,
                          xhm_client_reply_function *on_reply, void *context);

/**
 * Asks how what is declared of @p partition (NULL: of all, and of the host) compares with what runs. The reply is
 * `conformance` or `refused`. Otherwise like xhm_client_request().
 */
int xhm_client_conformance(struct xhm_client *client, const char *partition, uint32_t timeout_ms,
                           xhm_client_reply_function *on_reply, void *context);

/**
 * Asks what is running, whatever the policy says of it. The first answer may know little: asking makes the supervisor
 * look closer, for ten seconds from the last time somebody asked. The reply is `facts_show` or `refused`. Otherwise
 * like xhm_client_request().
 */
int xhm_client_facts(struct xhm_client *client, uint32_t timeout_ms, xhm_client_reply_function *on_reply,
                     void *context);

/** Frees a reply of xhm_client_call(). NULL is allowed. */
void xhm_client_free_reply(Xhm__V1__ServerMessage *reply);

/**
 * Follows the events with sequence numbers above @p since, now or as soon as connected, and again from the last one
 * seen after each reconnection. UINT64_MAX: only those that come from now on.
 * @return 0, XHM_CLIENT_BUSY or a negative errno value
 */
int xhm_client_follow(struct xhm_client *client, uint64_t since);

/** Sequence number of the last event or gap told, or the `since` asked for: where to resume another time. */
uint64_t xhm_client_last_sequence(const struct xhm_client *client);

/**
 * For agents: says how a task ended. Kept and sent after the reconnection when there is no connection, so that a result
 * is not lost with it; XHM_CLIENT_BUSY when 32 reports wait already.
 * @return 0, XHM_CLIENT_BUSY or a negative errno value
 */
int xhm_client_agent_report(struct xhm_client *client, const Xhm__V1__AgentReport *report);

/**
 * For agents: a sign of life. Not kept: an old one means nothing.
 * @return 0, XHM_CLIENT_NOT_CONNECTED, XHM_CLIENT_BUSY or a negative errno value
 */
int xhm_client_agent_heartbeat(struct xhm_client *client, const Xhm__V1__AgentHeartbeat *heartbeat);

/**
 * For agents: one set of facts, whose age is counted until now. Handed to the socket at once and not kept: it would be
 * older than it says.
 * @return 0, XHM_CLIENT_NOT_CONNECTED, XHM_CLIENT_BUSY or a negative errno value
 */
int xhm_client_agent_facts(struct xhm_client *client, const Xhm__V1__Facts *facts);

#ifdef __cplusplus
}
#endif

#endif
