// SPDX-License-Identifier: Apache-2.0
#include "locations.h"

#include <stdlib.h>
#include <string.h>

const struct xhm_scope locations_top = {{XHM_NO_INDEX, XHM_NO_INDEX, XHM_NO_INDEX, XHM_NO_INDEX, XHM_NO_INDEX,
                                         XHM_NO_INDEX, XHM_NO_INDEX, XHM_NO_INDEX, XHM_NO_INDEX, XHM_NO_INDEX,
                                         XHM_NO_INDEX, XHM_NO_INDEX}};
_Static_assert(XHM_LEVEL_COUNT == 12, "the whole policy is outside of every level");

void locations_init(struct xhm_locations *locations) {
    *locations = (struct xhm_locations){0};
}

void locations_deinit(struct xhm_locations *locations) {
    free(locations->rows);
    locations_init(locations);
}

static bool make_room(struct xhm_locations *locations) {
    if (locations->count < locations->capacity) {
        return true;
    }
    size_t capacity = locations->capacity == 0 ? 256 : 2 * locations->capacity;
    struct xhm_location *rows = reallocarray(locations->rows, capacity, sizeof(*rows));
    if (rows == NULL) {
        locations->incomplete = true;
        return false;
    }
    locations->rows = rows;
    locations->capacity = capacity;
    return true;
}

void locations_add(struct xhm_locations *locations, const struct xhm_scope *scope, const char *key,
                   struct xhm_mark mark, const char *path, bool bad) {
    if (!make_room(locations)) {
        return;
    }
    struct xhm_location *row = &locations->rows[locations->count++];
    *row = (struct xhm_location){.scope = *scope, .mark = mark, .bad = bad};
    strncpy(row->key, key, sizeof(row->key) - 1);
    strncpy(row->path, path, sizeof(row->path) - 1);
}

const struct xhm_location *locations_find(const struct xhm_locations *locations, const struct xhm_scope *scope,
                                          const char *key) {
    for (size_t i = 0; i < locations->count; i++) {
        const struct xhm_location *row = &locations->rows[i];
        if (memcmp(&row->scope, scope, sizeof(*scope)) == 0 && strcmp(row->key, key) == 0) {
            return row;
        }
    }
    return NULL;
}

const struct xhm_location *locations_find_around(const struct xhm_locations *locations, struct xhm_scope scope) {
    static const enum xhm_schema_level inside_out[] = {XHM_LEVEL_TRANSITION, XHM_LEVEL_DEADLINE, XHM_LEVEL_ENTITY,
                                                       XHM_LEVEL_VCPU,       XHM_LEVEL_DEVICE,   XHM_LEVEL_ACCESS,
                                                       XHM_LEVEL_PARTITION,  XHM_LEVEL_GROUP,    XHM_LEVEL_SAFE_STATE,
                                                       XHM_LEVEL_FRAME,      XHM_LEVEL_CPUPOOL,  XHM_LEVEL_OPTION};
    const struct xhm_location *found = locations_find(locations, &scope, "");
    for (size_t i = 0; found == NULL && i < XHM_LEVEL_COUNT; i++) {
        scope.index[inside_out[i]] = XHM_NO_INDEX;
        found = locations_find(locations, &scope, "");
    }
    return found;
}

static bool are_related(const struct xhm_scope *a, const struct xhm_scope *b) {
    for (size_t i = 0; i < XHM_LEVEL_COUNT; i++) {
        if (a->index[i] != b->index[i] && a->index[i] != XHM_NO_INDEX && b->index[i] != XHM_NO_INDEX) {
            return false;
        }
    }
    return true;
}

static bool is_around(const struct xhm_scope *outer, const struct xhm_scope *inner) {
    for (size_t i = 0; i < XHM_LEVEL_COUNT; i++) {
        if (outer->index[i] != XHM_NO_INDEX && outer->index[i] != inner->index[i]) {
            return false;
        }
    }
    return true;
}

/* The same key, or one is a mapping around the other. */
static bool are_nested(const char *a, const char *b) {
    size_t i = 0;
    while (a[i] != '\0' && a[i] == b[i]) {
        i++;
    }
    return (a[i] == '\0' && (b[i] == '\0' || b[i] == '.')) || (b[i] == '\0' && a[i] == '.');
}

bool locations_is_bad(const struct xhm_locations *locations, const struct xhm_scope *scope, const char *key) {
    for (size_t i = 0; i < locations->count; i++) {
        const struct xhm_location *row = &locations->rows[i];
        const bool same = row->key[0] == '\0' ? is_around(&row->scope, scope)
                                              : are_nested(row->key, key) && are_related(&row->scope, scope);
        if (row->bad && same) {
            return true;
        }
    }
    return false;
}

void locations_write_path(const struct xhm_scope *scope, char path[XHM_PATH_SIZE]) {
    static const char *const names[XHM_LEVEL_COUNT] = {
        [XHM_LEVEL_PARTITION] = "partitions",
        [XHM_LEVEL_ENTITY] = "entities",
        [XHM_LEVEL_VCPU] = "vcpus",
        [XHM_LEVEL_DEADLINE] = "deadlines",
        [XHM_LEVEL_TRANSITION] = "logical.transitions",
        [XHM_LEVEL_GROUP] = "groups",
        [XHM_LEVEL_SAFE_STATE] = "safe_states",
        [XHM_LEVEL_ACCESS] = "access",
        [XHM_LEVEL_DEVICE] = "devices",
        [XHM_LEVEL_OPTION] = "platform.options",
        [XHM_LEVEL_CPUPOOL] = "cpupools",
        [XHM_LEVEL_FRAME] = "frames",
    };
    size_t used = 0;
    path[0] = '\0';
    for (size_t i = 0; i < XHM_LEVEL_COUNT; i++) {
        if (scope->index[i] != XHM_NO_INDEX && used < XHM_PATH_SIZE) {
            used += (size_t)snprintf(path + used, XHM_PATH_SIZE - used, "%s%s[%u]", used > 0 ? "." : "", names[i],
                                     scope->index[i]);
        }
    }
}
