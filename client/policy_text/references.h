// SPDX-License-Identifier: Apache-2.0
/**
 * Names that stand for partitions, safe states and cpupools elsewhere in the policy: the text has names, the structure
 * numbers.
 */
#ifndef XHM_REFERENCES_H
#define XHM_REFERENCES_H

#include "scalar.h"
#include <yaml.h>

#define XHM_MAX_REFERENCES (XHM_MAX_PARTITIONS > XHM_MAX_SAFE_STATES ? XHM_MAX_PARTITIONS : XHM_MAX_SAFE_STATES)
_Static_assert(XHM_MAX_CPUPOOLS <= XHM_MAX_REFERENCES, "cpupools have room");

/** Names of one kind, in the order of the policy. */
struct xhm_reference_list {
    uint32_t count;
    const char *names[XHM_MAX_REFERENCES];
};

/** What can be referred to. The names belong to the document or policy that they were collected from. */
struct xhm_references {
    struct xhm_reference_list lists[XHM_REFERENCE_COUNT];
};

/** Collects the names that @p document declares, wherever they stand in it: a name may be used before it is declared.
 */
void references_of_document(yaml_document_t *document, struct xhm_references *references);

/** Things of one kind that a policy can have. */
uint32_t references_capacity(enum xhm_reference_kind kind);

/** Collects the names of @p policy. */
void references_of_policy(const struct xhm_policy *policy, struct xhm_references *references);

/**
 * Adds the reference named @p text to the value at @p target, as the scalar kind @p info does.
 * @return NULL, or a sentence that goes on from the value, in @p sentence where it must be composed
 */
const char *references_read(const struct xhm_references *references, const struct xhm_scalar_info *info,
                            const char *text, void *target, char sentence[128]);

/** Writes the references at @p source, a list in brackets for kinds that are lists. @return how many there are */
uint32_t references_write(const struct xhm_references *references, const struct xhm_scalar_info *info,
                          const void *source, char text[XHM_SCALAR_TEXT_SIZE]);

/** Writes the value at @p source, whatever its kind: names where it refers to something. */
void references_write_scalar(const struct xhm_references *references, enum xhm_scalar_kind kind, const void *source,
                             char text[XHM_SCALAR_TEXT_SIZE]);

#endif
