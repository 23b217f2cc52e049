// SPDX-License-Identifier: Apache-2.0
/**
 * How what is declared compares with what runs, for those who ask.
 */
#ifndef XHM_CONTROL_CONFORMANCE_SHOW_H
#define XHM_CONTROL_CONFORMANCE_SHOW_H

#include "control.pb-c.h"
#include "peer.h"

/** Answers the request `conformance`. */
void conformance_show_answer(struct peer *peer, const Xhm__V1__ClientMessage *message);

#endif
