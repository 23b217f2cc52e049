// SPDX-License-Identifier: Apache-2.0
/**
 * What is running, for those who ask: the last facts, and what was seen of each domain.
 */
#ifndef XHM_CONTROL_FACTS_SHOW_H
#define XHM_CONTROL_FACTS_SHOW_H

#include "control.pb-c.h"
#include "peer.h"

/** Answers the request `facts show`. */
void facts_show_answer(struct peer *peer, const Xhm__V1__ClientMessage *message);

#endif
