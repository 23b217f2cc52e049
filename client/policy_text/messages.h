// SPDX-License-Identifier: Apache-2.0
/**
 * What is wrong with a policy, collected so that all of it is told in one go.
 */
#ifndef XHM_MESSAGES_H
#define XHM_MESSAGES_H

#include <stdint.h>
#include <stdio.h>

/** Messages kept; further ones are counted. */
#define XHM_MAX_MESSAGES 256
/** Bytes of one message, its terminating zero included. */
#define XHM_MESSAGE_SIZE 352

/** Where in a text: both from 1 on; 0 where the source has no lines (a compiled policy), or the column is not known. */
struct xhm_mark {
    uint32_t line;
    uint32_t column;
};

/** One message: `path: sentence`. */
struct xhm_message {
    struct xhm_mark mark;
    char text[XHM_MESSAGE_SIZE];
};

/** The messages about one file. */
struct xhm_messages {
    const char *file; /**< as the user named it; not owned */
    uint32_t count;   /**< of all that were added; those from XHM_MAX_MESSAGES on are not kept */
    struct xhm_message messages[XHM_MAX_MESSAGES];
};

/** Empties @p messages; @p file must outlive it. */
void messages_init(struct xhm_messages *messages, const char *file);

/** Adds `path: sentence`. @p path may be "": only the sentence is kept then. */
__attribute__((format(printf, 4, 5))) void messages_add(struct xhm_messages *messages, struct xhm_mark mark,
                                                        const char *path, const char *format, ...);

/** Messages that were kept: the valid ones of `messages`. */
uint32_t messages_kept(const struct xhm_messages *messages);

/** Sorts by line and column; messages of the same place keep their order. */
void messages_sort(struct xhm_messages *messages);

/** Writes one line a message, `file:line:column: path: sentence` as far as the place is known, and one that counts
 * those that were not kept. */
void messages_print(const struct xhm_messages *messages, FILE *out);

#endif
