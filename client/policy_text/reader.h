// SPDX-License-Identifier: Apache-2.0
/**
 * Fills a structure from a YAML document as the schema says. Part of policy_text.h.
 */
#ifndef XHM_READER_H
#define XHM_READER_H

#include "locations.h"
#include "references.h"
#include <yaml.h>

/** What reading one document needs. */
struct xhm_reader {
    yaml_document_t *document;
    struct xhm_messages *messages;
    struct xhm_locations *locations;
    struct xhm_references references;
    struct xhm_scope scope;
    size_t element; /**< bytes of the path that lead to the element `scope` */
    char path[XHM_PATH_SIZE];
};

/** Reads the whole document into the policy at @p base; what is wrong is told, everything else is read. */
void reader_read_policy(struct xhm_reader *reader, void *base);

#endif
