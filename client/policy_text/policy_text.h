// SPDX-License-Identifier: Apache-2.0
/**
 * Policies as people write them: YAML text <-> struct xhm_policy. docs/policy-reference.md describes the text.
 */
#ifndef XHM_POLICY_TEXT_H
#define XHM_POLICY_TEXT_H

#include "messages.h"
#include "policy.h"
#include "policy_check.h"

/** Largest text accepted, in bytes. */
#define XHM_POLICY_TEXT_MAX_SIZE (4u * 1024u * 1024u)

/**
 * Reads the YAML @p text of @p size bytes into @p policy and validates its meaning with policy_check(). Everything that
 * is wrong is added to @p messages, sorted by line: syntax, keys, units, types, and, as far as what could be read
 * allows it, meaning. policy->hash is 0: only the codec knows it.
 * @return true when the policy is sound; otherwise @p policy holds what could be read
 */
bool policy_text_read(const char *text, size_t size, struct xhm_policy *policy, struct xhm_messages *messages);

/** Validates a policy that has no text (a compiled one). @return true when it is sound */
bool policy_text_check(const struct xhm_policy *policy, struct xhm_messages *messages);

/** Comments between what is written. */
struct policy_text_comments {
    /**
     * Writes comment lines, each indented by @p indent spaces and begun with "# ", that stand before the key @p section
     * of the policy, or before its element number @p index (UINT32_MAX: the key itself).
     */
    void (*write)(void *context, const char *section, uint32_t index, unsigned indent, FILE *out);
    void *context;
};

/** policy_text_write_yaml() with comments. */
void policy_text_write_commented(const struct xhm_policy *policy, const struct policy_text_comments *comments,
                                 FILE *out);

/** Writes @p policy, which must be sound, as YAML that reads back as the same policy. */
void policy_text_write_yaml(const struct xhm_policy *policy, FILE *out);

/** The same keys and values as one JSON object, without a line end. */
void policy_text_write_json(const struct xhm_policy *policy, FILE *out);

#endif
