// SPDX-License-Identifier: Apache-2.0
/**
 * Writes the xl domain configuration that meets what a policy declares of a partition, commented, to be completed with
 * what the guest boots.
 */
#ifndef XHM_XL_WRITER_H
#define XHM_XL_WRITER_H

#include "messages.h"
#include "policy.h"

/**
 * Whether a configuration of partition @p index can be written at all.
 * @return NULL, or why it cannot, as a sentence
 */
const char *xl_writer_refuses(const struct xhm_policy *policy, uint32_t index);

/** Writes it; the policy must be sound, and xl_writer_refuses() must not. */
void xl_writer_write(const struct xhm_policy *policy, uint32_t index, FILE *out);

#endif
