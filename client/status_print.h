// SPDX-License-Identifier: Apache-2.0
/**
 * The ECU's status, printed: tables for people, JSON for programs.
 */
#ifndef XHM_STATUS_PRINT_H
#define XHM_STATUS_PRINT_H

#include "output.h"
#include "status.pb-c.h"

/** @p detailed: with entities, vCPUs and faults of each partition that @p status holds. */
void status_print_people(const Xhm__V1__Status *status, bool detailed, bool colour);
void status_print_json(const Xhm__V1__Status *status);

/** The line about a latched safe state, which is not NULL. */
void status_print_safe_state(const Xhm__V1__SafeStateStatus *safe_state, bool colour);
/** The key safe_state: an object, or null when @p safe_state is NULL. */
void status_json_safe_state(struct xhm_json *json, const Xhm__V1__SafeStateStatus *safe_state);

#endif
