// SPDX-License-Identifier: Apache-2.0
/**
 * "Did you mean …": the nearest of the known words.
 */
#ifndef XHM_SUGGESTION_H
#define XHM_SUGGESTION_H

#include <stdbool.h>
#include <stddef.h>

/** How many letters must be added, removed or changed to make @p b of @p a; words over 63 letters count as far away. */
size_t suggestion_distance(const char *a, const char *b);

/** True when @p word may be a slip of the pen for @p known. */
bool suggestion_is_close(const char *word, const char *known);

#endif
