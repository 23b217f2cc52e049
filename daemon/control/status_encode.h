// SPDX-License-Identifier: Apache-2.0
/**
 * The state of the core as the message xhm.v1.Status.
 */
#ifndef XHM_CONTROL_STATUS_ENCODE_H
#define XHM_CONTROL_STATUS_ENCODE_H

#include "arena.h"
#include "control.h"
#include "status.pb-c.h"

/**
 * Builds the status in @p arena; strings point into the policy. Sequence, boot id and figures of the loop are left to
 * the caller. @p partition is an index, or XHM_NONE for all. @return NULL when the arena is too small
 */
Xhm__V1__Status *status_encode(const struct xhm_core *core, uint32_t partition, struct xhm_arena *arena);

#endif
