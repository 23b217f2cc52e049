// SPDX-License-Identifier: Apache-2.0
/**
 * Reads an xl domain configuration with Xen's own parser, libxlutil: what it takes and what it refuses is what xl does.
 */
#ifndef XHM_XL_READER_H
#define XHM_XL_READER_H

#include "xl_domain.h"

/** Largest configuration accepted, in bytes. */
#define XHM_XL_MAX_SIZE (1024u * 1024u)

/**
 * Reads the configuration @p text, zero-terminated, of @p size bytes. What xl could not take, and what has no room
 * here, is added to @p messages, with the line that the parser names. Keys that nothing here reads, and values that are
 * given again, are listed in the domain's `others`.
 * @return false when it is no xl configuration at all, or without memory: @p domain is not to be used
 */
bool xl_reader_read(const char *text, size_t size, struct xhm_xl_domain *domain, struct xhm_messages *messages);

#endif
