// SPDX-License-Identifier: Apache-2.0
/**
 * Orders of peers to the core: what is asked, and a sentence for every answer.
 */
#ifndef XHM_CONTROL_ORDERS_H
#define XHM_CONTROL_ORDERS_H

#include "control.pb-c.h"

struct peer;

/* Each carries out one request of an authorised peer and answers it. */
void orders_restart(struct peer *peer, const Xhm__V1__ClientMessage *message);
void orders_fail_over(struct peer *peer, const Xhm__V1__ClientMessage *message);
void orders_mode(struct peer *peer, const Xhm__V1__ClientMessage *message);
void orders_maintenance(struct peer *peer, const Xhm__V1__ClientMessage *message);
void orders_safe_state(struct peer *peer, const Xhm__V1__ClientMessage *message);
void orders_safe_state_clear(struct peer *peer, const Xhm__V1__ClientMessage *message);
void orders_operation_cycle(struct peer *peer, const Xhm__V1__ClientMessage *message);

#endif
