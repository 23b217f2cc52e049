/**
 * Reading a compiled policy, from a file at start or from memory when a peer applies one.
 */
#ifndef XHM_POLICY_FILE_H
#define XHM_POLICY_FILE_H

#include "platform.h"
#include "policy_codec.h"

/** Working memory for decoding; large, so that it is allocated once. */
struct xhm_policy_reader;

/** @return NULL when there is no memory */
struct xhm_policy_reader *policy_reader_new(void);
void policy_reader_free(struct xhm_policy_reader *reader);

/** Gives the working memory's pages back until the next use: a megabyte need not stay locked for a rare request. */
void policy_reader_rest(struct xhm_policy_reader *reader);

/**
 * Decodes and validates @p size bytes at @p compiled; @p source names them in messages. @p policy is changed only on
 * success. @return false with a sentence in @p error that names what is wrong
 */
bool policy_reader_take(struct xhm_policy_reader *reader, const uint8_t *compiled, size_t size, const char *source,
                        struct xhm_policy *policy, char error[XHM_ERROR_SIZE]);

/** Reads the file at @p path likewise. Blocks: for start-up only. */
bool policy_reader_load(struct xhm_policy_reader *reader, const char *path, struct xhm_policy *policy,
                        char error[XHM_ERROR_SIZE]);

#endif
