// SPDX-License-Identifier: Apache-2.0
/**
 * The keys of a policy text: one table that drives reading, writing, and the test of docs/policy-reference.md.
 */
#ifndef XHM_SCHEMA_H
#define XHM_SCHEMA_H

#include "scalar.h"

/** Keys that one mapping can have. */
#define XHM_SCHEMA_MAX_KEYS XHM_MAX_FAULTS

/** What stands behind a key. */
enum xhm_schema_form {
    XHM_SCHEMA_SCALAR,   /**< one value, or a list of them, of kind `scalar` */
    XHM_SCHEMA_MAPPING,  /**< further keys */
    XHM_SCHEMA_SEQUENCE, /**< a list of mappings */
    XHM_SCHEMA_IDENTITY, /**< the word dom0, or a mapping */
};

/** Which index of a place a sequence counts. */
enum xhm_schema_level {
    XHM_LEVEL_PARTITION,
    XHM_LEVEL_ENTITY,
    XHM_LEVEL_VCPU,
    XHM_LEVEL_DEADLINE,
    XHM_LEVEL_TRANSITION,
    XHM_LEVEL_DEVICE,
    XHM_LEVEL_GROUP,
    XHM_LEVEL_SAFE_STATE,
    XHM_LEVEL_OPTION,
    XHM_LEVEL_CPUPOOL,
    XHM_LEVEL_FRAME,
    XHM_LEVEL_ACCESS,
    XHM_LEVEL_COUNT
};

/** Whether a key must be given. */
enum xhm_schema_presence {
    XHM_SCHEMA_REQUIRED,
    XHM_SCHEMA_DEFAULT,     /**< `fallback` counts; for a mapping, the fallbacks of its keys */
    XHM_SCHEMA_DERIVED,     /**< computed from other keys; `fallback` says from what, in words */
    XHM_SCHEMA_OPTIONAL,    /**< absent: not supervised, or what `fallback` says in words; see schema_is_absent() */
    XHM_SCHEMA_ALTERNATIVE, /**< exactly one of the mapping's alternatives must be given */
};

struct xhm_schema_mapping;

/** One key. */
struct xhm_schema_key {
    const char *name;
    enum xhm_schema_form form;
    enum xhm_schema_presence presence;
    enum xhm_scalar_kind scalar;
    size_t offset;        /**< of the value in the structure that the mapping fills */
    const char *fallback; /**< as it would be written in the text */
    const struct xhm_schema_mapping *mapping;
    /* Of a sequence: */
    enum xhm_schema_level level;
    size_t element_size;
    size_t count_offset;
    uint32_t capacity;
    bool may_be_none;       /**< the word none declares that there is no element */
    size_t declared_offset; /**< of the flag that is set for none as well as for elements, with may_be_none */
};

/** A mapping: its keys, in the order in which they are written. */
struct xhm_schema_mapping {
    const char *title; /**< of the section in docs/policy-reference.md */
    size_t key_count;
    const struct xhm_schema_key *keys;
    bool of_faults; /**< its keys are the names of all faults: the reference describes them at once */
};

/** The whole text; fills struct xhm_policy. */
extern const struct xhm_schema_mapping schema_policy;

/** The alternative of a mapping that counts for the structure at @p base: uuid or static_domid; uid, gid or
 * partition; required or forbidden. */
bool schema_alternative_counts(const struct xhm_schema_key *key, const void *base);

/**
 * True when an optional key is absent from the structure at @p base: no element, a value that stands for none, or a
 * mapping whose first key is required and has such a value, or whose keys are all absent.
 */
bool schema_is_absent(const struct xhm_schema_key *key, const void *base);

/** Whether the key is written for the structure at @p base: not absent, nor the alternative that does not count. */
bool schema_is_written(const struct xhm_schema_key *key, const void *base);

#endif
