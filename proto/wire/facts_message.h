// SPDX-License-Identifier: Apache-2.0
/**
 * struct xhm_facts <-> the message xhm.v1.Facts, field by field. The agent tells what it gathered, the supervisor takes
 * it, and the control API shows it.
 */
#ifndef XHM_FACTS_MESSAGE_H
#define XHM_FACTS_MESSAGE_H

#include "agent.pb-c.h"
#include "arena.h"
#include "facts.h"

/** Largest set of facts that a supervisor takes, packed. */
#define XHM_FACTS_MAX_SIZE (256u * 1024u)

/**
 * Builds the message of @p facts in @p arena; strings and UUIDs point into @p facts. `number` is taken over, `age_ms`
 * and `order` are the caller's.
 * @return NULL when the arena is too small
 */
Xhm__V1__Facts *facts_to_message(const struct xhm_facts *facts, struct xhm_arena *arena);

/**
 * Fills @p facts from @p message: `number` is taken over, `gathered_ns` becomes 0.
 * @return NULL, or the name of the group that is malformed or holds more than this build has room for; @p facts is then
 * of no use
 */
const char *facts_from_message(const Xhm__V1__Facts *message, struct xhm_facts *facts);

#endif
