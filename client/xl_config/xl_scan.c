// SPDX-License-Identifier: Apache-2.0
#include "xl_scan.h"

#include <string.h>

#define NAME_CHARACTERS "abcdefghijklmnopqrstuvwxyz0123456789._"

void xl_scan_init(struct xhm_xl_scan *scan, const char *text) {
    *scan = (struct xhm_xl_scan){.at = text, .line_begin = text, .line = 1};
}

/* A string ends at its own quote; a backslash takes the next character along. */
static void skip_string(struct xhm_xl_scan *scan) {
    const char quote = *scan->at++;
    while (*scan->at != '\0' && *scan->at != quote) {
        scan->at += scan->at[0] == '\\' && scan->at[1] != '\0' ? 2 : 1;
    }
    scan->at += *scan->at != '\0';
}

static void skip_one(struct xhm_xl_scan *scan) {
    switch (*scan->at) {
    case '#':
        scan->at += strcspn(scan->at, "\n");
        return;
    case '"':
    case '\'':
        skip_string(scan);
        return;
    case '\n':
        scan->line++;
        scan->line_begin = scan->at + 1;
        break;
    case '[':
        scan->depth++;
        break;
    case ']':
        scan->depth--;
        break;
    default:
        break;
    }
    scan->at++;
}

static void take_name(struct xhm_xl_scan *scan, size_t length, struct xhm_xl_scan_key *key) {
    const size_t kept = length < sizeof(key->name) ? length : sizeof(key->name) - 1;
    memcpy(key->name, scan->at, kept);
    key->name[kept] = '\0';
    key->mark = (struct xhm_mark){scan->line, (uint32_t)(scan->at - scan->line_begin) + 1};
    scan->at += length;
    key->adds = scan->at[strspn(scan->at, " \t")] == '+';
}

bool xl_scan_next(struct xhm_xl_scan *scan, struct xhm_xl_scan_key *key) {
    while (*scan->at != '\0') {
        const size_t length = strspn(scan->at, NAME_CHARACTERS);
        const bool named = *scan->at >= 'a' && *scan->at <= 'z';
        if (named && scan->depth == 0) {
            take_name(scan, length, key);
            return true;
        }
        if (length > 0) {
            scan->at += length;
        } else {
            skip_one(scan);
        }
    }
    return false;
}
