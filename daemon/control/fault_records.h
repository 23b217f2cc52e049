// SPDX-License-Identifier: Apache-2.0
/**
 * The fault memory, shown and cleared.
 */
#ifndef XHM_CONTROL_FAULT_RECORDS_H
#define XHM_CONTROL_FAULT_RECORDS_H

#include "control.pb-c.h"

struct peer;

/* Each carries out one request of an authorised peer and answers it. */
void fault_records_show(struct peer *peer, const Xhm__V1__ClientMessage *message);
void fault_records_clear(struct peer *peer, const Xhm__V1__ClientMessage *message);

#endif
