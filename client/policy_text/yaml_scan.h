// SPDX-License-Identifier: Apache-2.0
/**
 * What YAML allows and a policy does not, found on the stream of YAML's events, where the marks of anchors, aliases and
 * tags are still known.
 */
#ifndef XHM_YAML_SCAN_H
#define XHM_YAML_SCAN_H

#include "messages.h"
#include <stdbool.h>
#include <yaml.h>

/** The mark as people count: from 1 on. */
struct xhm_mark yaml_scan_mark(yaml_mark_t mark);

/**
 * Tells of anchors, aliases, explicit tags, further documents, and of what is no YAML at all.
 * @return true when @p text is YAML of exactly one document, so that it can be loaded
 */
bool yaml_scan_is_loadable(const char *text, size_t size, struct xhm_messages *messages);

/** What a node is: "a list", "empty". */
const char *yaml_scan_noun(const yaml_node_t *node);

#endif
