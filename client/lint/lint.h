// SPDX-License-Identifier: Apache-2.0
/**
 * Compares xl domain configurations with a policy: every way in which partitions created from them could not be what
 * the policy declares. What can not be compared is told as well, never passed over.
 *
 * docs/deterministic-configurations.md lists the rules and what no file can tell.
 */
#ifndef XHM_LINT_H
#define XHM_LINT_H

#include "messages.h"
#include "xl_domain.h"

/** A configuration and what is found about it. */
struct xhm_lint_file {
    const struct xhm_xl_domain *domain;
    struct xhm_messages *errors;    /**< its `file` is the configuration's name */
    struct xhm_messages *unchecked; /**< what was not compared, and why */
    uint32_t partition;             /**< filled: 1 + index of the partition that it is for; 0: of none */
    bool by_uuid;                   /**< filled: it carries the partition's uuid, not only its name */
};

/** What is found about the policy as a whole: partitions without a configuration. */
struct xhm_lint_policy {
    const struct xhm_policy *policy; /**< sound */
    struct xhm_messages *errors;
    struct xhm_messages *unchecked;
    bool files_unreadable; /**< there are files beside those that are compared: which partition has none is not known */
};

/** Compares @p count files with the policy and adds what is found to the messages of both. */
void lint_compare(const struct xhm_lint_policy *declared, struct xhm_lint_file *files, size_t count);

#endif
