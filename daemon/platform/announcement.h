/**
 * What a partition writes into xenstore about one of its probe pages: "<grant reference> <epoch>", decimal. The text
 * comes from a partition that nobody trusts; anything else than exactly that is malformed. Pure.
 */
#ifndef XHM_ANNOUNCEMENT_H
#define XHM_ANNOUNCEMENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/** What a page's node said. */
enum xhm_announcement_kind {
    XHM_ANNOUNCEMENT_NONE = 0, /**< there is no node, or it was taken back */
    XHM_ANNOUNCEMENT_MALFORMED,
    XHM_ANNOUNCEMENT_GRANT,
};

/** One page's announcement. All zero is "none". */
struct xhm_announcement {
    enum xhm_announcement_kind kind;
    uint32_t grant_reference; /**< for XHM_ANNOUNCEMENT_GRANT, else 0 */
    uint64_t epoch;           /**< for XHM_ANNOUNCEMENT_GRANT, else 0 */
};

/** Reads @p length bytes of @p text, which need no terminating zero. */
struct xhm_announcement announcement_parse(const char *text, size_t length);

/** True when acting on @p left and on @p right would come to the same. */
bool announcement_equals(const struct xhm_announcement *left, const struct xhm_announcement *right);

/**
 * Takes one decimal number, digits only, from the start of the @p length bytes at @p text.
 * @return how many bytes it had; 0 when there is no digit or the value is above @p maximum
 */
size_t announcement_parse_decimal(const char *text, size_t length, uint64_t maximum, uint64_t *value);

#endif
