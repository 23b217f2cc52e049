/**
 * Reading a compiled policy, signed or not, from a file at start or from memory when a peer applies one.
 */
#ifndef XHM_POLICY_FILE_H
#define XHM_POLICY_FILE_H

#include "policy_trust.h"

/** Working memory for decoding; large, so that it is allocated once. */
struct xhm_policy_reader;

/** @return NULL when there is no memory */
struct xhm_policy_reader *policy_reader_new(void);
void policy_reader_free(struct xhm_policy_reader *reader);

/** Gives the working memory's pages back until the next use: a megabyte need not stay locked for a rare request. */
void policy_reader_rest(struct xhm_policy_reader *reader);

/** Where a policy comes from, and where it goes. */
struct xhm_policy_request {
    const struct xhm_policy_trust *trust;
    const char *source;        /**< names it in messages */
    struct xhm_policy *policy; /**< changed only when the policy is taken */
    uint64_t version;          /**< of a signed policy that was taken, 0: it is not signed */
};

/**
 * Opens @p size bytes at @p data as @p request trusts them, decodes and validates them. What was taken before is not
 * looked at: policy_trust_judge() does that.
 * @return XHM_POLICY_TAKEN, or why not with a sentence in @p error that names what is wrong
 */
enum xhm_policy_refusal policy_reader_take(struct xhm_policy_reader *reader, const uint8_t *data, size_t size,
                                           struct xhm_policy_request *request, char error[XHM_ERROR_SIZE]);

/** Reads the file that `source` names likewise. Blocks: for start-up only. One that cannot be read is unsound. */
enum xhm_policy_refusal policy_reader_load(struct xhm_policy_reader *reader, struct xhm_policy_request *request,
                                           char error[XHM_ERROR_SIZE]);

/** Writes the sentence of a refusal that policy_trust_judge() gave. */
void policy_reader_refuse(const struct xhm_policy_request *request, enum xhm_policy_refusal refusal,
                          char error[XHM_ERROR_SIZE]);

#endif
