// SPDX-License-Identifier: Apache-2.0
/**
 * Values that are sets or lists: pCPUs, checkpoints and roles. Part of scalar.h's table.
 */
#ifndef XHM_SCALAR_LISTS_H
#define XHM_SCALAR_LISTS_H

#include "scalar.h"

/** Verdicts of scalar_lists_number(). */
enum xhm_number_verdict {
    XHM_NUMBER_READ,
    XHM_NUMBER_NONE, /**< no decimal digit there */
    XHM_NUMBER_TOO_LARGE,
};

/** Reads decimal digits at @p text to *@p value, at most @p limit. *@p after is set behind them. */
enum xhm_number_verdict scalar_lists_number(const char *text, uint64_t limit, uint64_t *value, const char **after);

/** Adds the pCPUs of @p text, "1", "1,3", "2-3", to the struct xhm_pcpu_set at @p target. */
const char *scalar_lists_read_pcpus(const char *text, void *target);

/** Writes a struct xhm_pcpu_set, quoted where YAML could take a list for a number. */
void scalar_lists_write_pcpus(const void *source, char text[XHM_SCALAR_TEXT_SIZE]);

/** Adds the checkpoint @p text to the count and array at @p target. */
const char *scalar_lists_read_checkpoint(const char *text, void *target);

/** Writes checkpoints as a flow list. */
void scalar_lists_write_checkpoints(const void *source, char text[XHM_SCALAR_TEXT_SIZE]);

/** Adds the role named @p text to the set at @p target. */
const char *scalar_lists_read_role(const char *text, void *target);

/** Writes a set of roles as a YAML (and JSON-like) flow list. */
void scalar_lists_write_roles(const void *source, char text[XHM_SCALAR_TEXT_SIZE]);

#endif
