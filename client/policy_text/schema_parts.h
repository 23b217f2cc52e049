// SPDX-License-Identifier: Apache-2.0
/**
 * How rows of the schema are written, and the mappings of one file that another one uses. Private to schema.
 */
#ifndef XHM_SCHEMA_PARTS_H
#define XHM_SCHEMA_PARTS_H

#include "schema.h"

#define KEYS(array)      .key_count = sizeof(array) / sizeof((array)[0]), .keys = (array)
#define AT(type, member) .offset = offsetof(struct type, member)
#define REQUIRED         .presence = XHM_SCHEMA_REQUIRED
#define OPTIONAL         .presence = XHM_SCHEMA_OPTIONAL
#define UNMEASURED       .presence = XHM_SCHEMA_OPTIONAL, .fallback = "not measured"
#define NONE             .presence = XHM_SCHEMA_OPTIONAL, .fallback = "none"
#define ALTERNATIVE      .presence = XHM_SCHEMA_ALTERNATIVE
#define DEFAULT(text)    .presence = XHM_SCHEMA_DEFAULT, .fallback = (text)
#define DERIVED(text)    .presence = XHM_SCHEMA_DERIVED, .fallback = (text)
#define SCALAR(kind)     .form = XHM_SCHEMA_SCALAR, .scalar = XHM_SCALAR_##kind
#define MAPPING(table)   .form = XHM_SCHEMA_MAPPING, .mapping = &(table)
#define SEQUENCE(table, type, count, which, element, most)                                                             \
    .form = XHM_SCHEMA_SEQUENCE, .mapping = &(table), .count_offset = offsetof(struct type, count),                    \
    .level = XHM_LEVEL_##which, .element_size = sizeof(struct element), .capacity = (most)
#define MAY_BE_NONE(type, member) .may_be_none = true, .declared_offset = offsetof(struct type, member)
#define REACTION(class_name)                                                                                           \
    DEFAULT("report"), SCALAR(REACTION), .offset = sizeof(struct xhm_ladder) * XHM_CLASS_##class_name

#define ALLOCATED(class_name) NONE, SCALAR(DURATION), .offset = sizeof(uint64_t) * XHM_CLASS_##class_name

/** partitions[].entities[], and debounce, which others have as well. */
extern const struct xhm_schema_mapping schema_entity;
extern const struct xhm_schema_mapping schema_debounce;

#endif
