// SPDX-License-Identifier: Apache-2.0
/**
 * Where each element of a policy text stands, so that what policy_check() finds can be told at its line and column.
 */
#ifndef XHM_LOCATIONS_H
#define XHM_LOCATIONS_H

#include "messages.h"
#include "schema.h"

/** Bytes of a path like "partitions[31].entities[7].alive.reference_cycle", its terminating zero included. */
#define XHM_PATH_SIZE 128

/** Stands for "not inside a sequence of that level". */
#define XHM_NO_INDEX UINT32_MAX

/** An element: one index a level, XHM_NO_INDEX outside of it. */
struct xhm_scope {
    uint32_t index[XHM_LEVEL_COUNT];
};

/** Bytes of a key inside its element like "alive.reference_cycle", its terminating zero included. */
#define XHM_LOCATION_KEY_SIZE 64

/** One location: the value of a key, "alive.expected" for one in a mapping, or with an empty key the element itself. */
struct xhm_location {
    struct xhm_scope scope;
    char key[XHM_LOCATION_KEY_SIZE];
    struct xhm_mark mark;
    bool bad; /**< the value is missing or could not be read: what follows from it is not worth telling */
    char path[XHM_PATH_SIZE];
};

/** All locations of one text. Owns its memory. */
struct xhm_locations {
    struct xhm_location *rows;
    size_t count;
    size_t capacity;
    bool incomplete; /**< memory ran out */
};

/** The whole policy. */
extern const struct xhm_scope locations_top;

void locations_init(struct xhm_locations *locations);
void locations_deinit(struct xhm_locations *locations);

/** Keeps a location. */
void locations_add(struct xhm_locations *locations, const struct xhm_scope *scope, const char *key,
                   struct xhm_mark mark, const char *path, bool bad);

/** The location of @p key in @p scope, or NULL. */
const struct xhm_location *locations_find(const struct xhm_locations *locations, const struct xhm_scope *scope,
                                          const char *key);

/** The location of the innermost element around @p scope that has one, or NULL. */
const struct xhm_location *locations_find_around(const struct xhm_locations *locations, struct xhm_scope scope);

/** True when @p key, a mapping around it or a key inside it is bad in @p scope, in an element around or inside it. */
bool locations_is_bad(const struct xhm_locations *locations, const struct xhm_scope *scope, const char *key);

/** Writes the path of the element @p scope: "partitions[1].entities[0]"; "" for the whole policy. */
void locations_write_path(const struct xhm_scope *scope, char path[XHM_PATH_SIZE]);

#endif
