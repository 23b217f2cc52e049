// SPDX-License-Identifier: Apache-2.0
/**
 * Inside of libxhm-client: a connection over vchan, which comes out as an ordinary stream descriptor.
 *
 * Connecting asks xenstore, which may never answer, and a vchan is shared memory: both are left to a thread of the
 * connection's own, which ends by itself when the descriptor is closed.
 */
#ifndef XHM_CLIENT_VCHAN_H
#define XHM_CLIENT_VCHAN_H

#include "vchan_address.h"

/** One connection, or the attempt to make one. */
struct client_vchan;

/**
 * Begins to connect. Whether it succeeds shows on the descriptor: it ends when it does not.
 * @p last is the connection before, or NULL; it is given back, and *@p vchan is the new one.
 * @return a non-blocking descriptor or a negative errno value; -EALREADY: the thread of @p last still waits for an
 * answer of xenstore
 */
int client_vchan_connect(const struct vchan_address *address, struct client_vchan **vchan);

/** Why there is no connection: a sentence that goes on from the address, or NULL when there was one. */
const char *client_vchan_failure(const struct client_vchan *vchan);

/** Gives the connection's record back; its thread may go on until it sees that nobody is there. NULL is allowed. */
void client_vchan_release(struct client_vchan *vchan);

#endif
