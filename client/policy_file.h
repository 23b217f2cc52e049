// SPDX-License-Identifier: Apache-2.0
/**
 * Policy files, as text, compiled or signed: which of them is seen from the contents.
 */
#ifndef XHM_POLICY_FILE_H
#define XHM_POLICY_FILE_H

#include "command.h"
#include "messages.h"
#include "policy.h"
#include "policy_signature.h"

/** A policy in every form. About 2 MiB: allocated by policy_file_new(). */
struct xhm_policy_file {
    struct xhm_policy policy;     /**< sound; `hash` is filled */
    struct xhm_messages messages; /**< why it was refused */
    size_t compiled_size; /**< of what xhmd is given: the compiled policy, with its envelope where it is signed */
    uint8_t compiled[XHM_SIGNED_MAX_SIZE];
    bool is_signed;                    /**< by nobody knows whom: the signature is xhmd's to verify */
    struct xhm_signed_policy envelope; /**< points into `compiled`; of one that is not signed only the policy */
    _Alignas(16) uint8_t arena[XHM_POLICY_ARENA_SIZE];
};

/** @return NULL without memory */
struct xhm_policy_file *policy_file_new(void);
void policy_file_free(struct xhm_policy_file *file);

/**
 * Reads @p path, checks it and, when it is text, compiles it.
 * @return XHM_EXIT_OK, XHM_EXIT_USAGE when it cannot be read (said on stderr), XHM_EXIT_POLICY_REFUSED with `messages`
 */
enum xhm_exit policy_file_load(struct xhm_policy_file *file, const char *path);

/** Takes a policy from @p contents instead of a file; @p name is what messages call it. */
enum xhm_exit policy_file_take(struct xhm_policy_file *file, const char *name, const uint8_t *contents, size_t size);

/** Signs a policy that was read, anew where it was signed already, as version @p version. */
void policy_file_sign(struct xhm_policy_file *file, const struct xhm_secret_key *key, uint64_t version);

/** Writes what xhmd is given to @p path as a whole or not at all (a new file that replaces the old one). */
enum xhm_exit policy_file_write(const struct xhm_policy_file *file, const char *path);

/** Writes @p size bytes to @p path in the same way. */
enum xhm_exit policy_file_write_bytes(const char *path, const uint8_t *bytes, size_t size);

#endif
