// SPDX-License-Identifier: Apache-2.0
/**
 * The listening socket of the API.
 */
#ifndef XHM_CONTROL_LISTENER_H
#define XHM_CONTROL_LISTENER_H

#include "platform.h"
#include <sys/un.h>
#include <systemd/sd-event.h>

struct credentials;
struct xhm_control;

/** The socket at which processes of this domain connect. */
struct listener {
    int descriptor; /**< -1: none */
    struct sockaddr_un address;
    sd_event_source *source;
};

/** Binds @p path and listens; a stale socket there is replaced. @return false with a sentence in @p error */
bool listener_open(struct xhm_control *control, const char *path, char error[XHM_ERROR_SIZE]);

/** Listens again after a shortage of descriptors or memory. */
void listener_resume(struct listener *listener);

/** Makes a peer of a connection, of whatever transport, or tells it that there is no place and closes it. */
void listener_admit(struct xhm_control *control, int descriptor, const struct credentials *credentials);

/** Closes and removes the socket. */
void listener_close(struct listener *listener);

#endif
