// SPDX-License-Identifier: Apache-2.0
/**
 * The requests of the API: a table of what may be asked, by whom, and who answers.
 */
#ifndef XHM_CONTROL_REQUESTS_H
#define XHM_CONTROL_REQUESTS_H

#include "peer.h"

/** Decodes, authorises and answers one message. What is no message ends the connection. */
void requests_handle(struct peer *peer, const uint8_t *message, size_t size);

/** Answers a frame that is too large for the peer's own buffer and cannot be taken; @p data is its beginning. */
void requests_refuse_large(struct peer *peer, const uint8_t *data, size_t size);

#endif
