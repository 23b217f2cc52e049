// SPDX-License-Identifier: Apache-2.0
/**
 * Finds the keys of an xl configuration in its text. Xen's parser tells the value of a key that one asks for, but
 * neither which keys there are nor where they stand.
 */
#ifndef XHM_XL_SCAN_H
#define XHM_XL_SCAN_H

#include "messages.h"
#include <stdbool.h>

/** Bytes of a key's name that are kept, the terminating zero included. */
#define XHM_XL_SCAN_NAME_SIZE 32

/** A key in the text. */
struct xhm_xl_scan_key {
    char name[XHM_XL_SCAN_NAME_SIZE]; /**< cut when it is longer */
    struct xhm_mark mark;
    bool adds; /**< "+=": more of a value that was given before */
};

/** A text that is gone through. */
struct xhm_xl_scan {
    const char *at;
    const char *line_begin;
    uint32_t line;
    uint32_t depth; /**< of brackets */
};

/** Begins at @p text, which must outlive the scan. */
void xl_scan_init(struct xhm_xl_scan *scan, const char *text);

/** Finds the next key, in a text that Xen's parser has accepted. @return false at the end */
bool xl_scan_next(struct xhm_xl_scan *scan, struct xhm_xl_scan_key *key);

#endif
