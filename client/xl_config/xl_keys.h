// SPDX-License-Identifier: Apache-2.0
/**
 * The keys of xl.cfg(5) that have a meaning here, and those that have no bearing on anything that a policy declares.
 */
#ifndef XHM_XL_KEYS_H
#define XHM_XL_KEYS_H

#include "xl_domain.h"

/** What is known of a key. */
struct xhm_xl_key_info {
    const char *name; /**< as it is written */
    enum xhm_xl_kind kind;
    long most;            /**< of a number */
    const char *fallback; /**< what xl takes when it is not given; NULL: nothing */
};

/** The row of @p key. */
const struct xhm_xl_key_info *xl_keys_info(enum xhm_xl_key key);

/** The key of that name. @return XHM_XL_KEY_COUNT when it has no meaning here */
enum xhm_xl_key xl_keys_find(const char *name);

/** Whether it is known that nothing of a policy depends on the key: what the guest boots, for instance. */
bool xl_keys_is_without_bearing(const char *name);

/** A key with a meaning here that @p name may be a slip of the pen of, or NULL. */
const char *xl_keys_suggest(const char *name);

#endif
