// SPDX-License-Identifier: Apache-2.0
/**
 * What two policies declare differently, by meaning: key by key as the schema has them, in the units of the text.
 * Elements that have names are compared by them wherever they stand; where the order of a list means nothing, it counts
 * for nothing.
 */
#ifndef XHM_DIFFERENCE_H
#define XHM_DIFFERENCE_H

#include "policy.h"

/** Bytes of a path like "partitions[brake].entities[control-loop].alive.expected", its terminating zero included. */
#define XHM_DIFFERENCE_PATH_SIZE 256

/** One difference. A text is NULL where nothing is declared, and "" for an element as a whole. Valid in the call only.
 */
struct xhm_difference {
    const char *path;
    const char *old_text;
    const char *new_text;
};

/** Tells every difference. @return how many there are: 0, both policies mean the same */
uint32_t difference_tell(const struct xhm_policy *old_policy, const struct xhm_policy *new_policy,
                         void (*tell)(void *context, const struct xhm_difference *difference), void *context);

#endif
