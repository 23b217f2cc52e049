// SPDX-License-Identifier: Apache-2.0
#include "difference.h"

#include "references.h"
#include "schema.h"
#include <stdlib.h>
#include <string.h>

/* No more words than every second character of a text begins. */
#define MAX_WORDS (XHM_SCALAR_TEXT_SIZE / 2u)

/* How the elements of a list are told from one another: by so many of their keys, 0: by their place. */
static const size_t identifying_keys[XHM_LEVEL_COUNT] = {
    [XHM_LEVEL_PARTITION] = 1, [XHM_LEVEL_ENTITY] = 1, [XHM_LEVEL_DEADLINE] = 2,   [XHM_LEVEL_TRANSITION] = 2,
    [XHM_LEVEL_DEVICE] = 2,    [XHM_LEVEL_GROUP] = 1,  [XHM_LEVEL_SAFE_STATE] = 1, [XHM_LEVEL_OPTION] = 2,
    [XHM_LEVEL_CPUPOOL] = 1,   [XHM_LEVEL_ACCESS] = 3,
};

/* Lists of named elements whose order means something: a later safe state is more severe. */
static const bool order_counts[XHM_LEVEL_COUNT] = {[XHM_LEVEL_SAFE_STATE] = true};

struct walk {
    struct xhm_references references[2]; /**< of the old policy, of the new one */
    void (*tell)(void *context, const struct xhm_difference *difference);
    void *context;
    uint32_t count;
    char path[XHM_DIFFERENCE_PATH_SIZE];
};

/* The same place in both policies; NULL in one that does not have it. */
struct place {
    const uint8_t *base[2];
};

static void tell(struct walk *walk, const char *old_text, const char *new_text) {
    const struct xhm_difference difference = {walk->path, old_text, new_text};
    walk->tell(walk->context, &difference);
    walk->count++;
}

/* @return the length before, to be cut back to */
static size_t enter(struct walk *walk, const char *before, const char *name, const char *after) {
    const size_t length = strlen(walk->path);
    snprintf(walk->path + length, sizeof(walk->path) - length, "%s%.127s%s", length > 0 ? before : "", name, after);
    return length;
}

static int compare_words(const void *a, const void *b) {
    return strcmp(*(char *const *)a, *(char *const *)b);
}

/* "[b, a]" becomes "[a, b]" */
static void sort_list(char text[XHM_SCALAR_TEXT_SIZE]) {
    char copy[XHM_SCALAR_TEXT_SIZE];
    char *words[MAX_WORDS];
    size_t count = 0;
    if (text[0] != '[') {
        return;
    }
    memcpy(copy, text, XHM_SCALAR_TEXT_SIZE);
    for (char *word = strtok(copy, "[], "); word != NULL; word = strtok(NULL, "[], ")) {
        words[count++] = word;
    }
    qsort(words, count, sizeof(words[0]), compare_words);
    size_t used = 1;
    for (size_t i = 0; i < count; i++) {
        used += (size_t)snprintf(text + used, XHM_SCALAR_TEXT_SIZE - used, "%s%s", i > 0 ? ", " : "", words[i]);
    }
    snprintf(text + used, XHM_SCALAR_TEXT_SIZE - used, "]");
}

static void write_text(const struct walk *walk, int side, const struct xhm_schema_key *key, const uint8_t *base,
                       char text[XHM_SCALAR_TEXT_SIZE]) {
    references_write_scalar(&walk->references[side], key->scalar, base + key->offset, text);
}

static bool is_there(const struct place *place, int side, const struct xhm_schema_key *key) {
    return place->base[side] != NULL && schema_is_written(key, place->base[side]);
}

static void compare_texts(struct walk *walk, const char *old_text, const char *new_text) {
    const bool same = old_text != NULL && new_text != NULL && strcmp(old_text, new_text) == 0;
    if (!same && (old_text != NULL || new_text != NULL)) {
        tell(walk, old_text, new_text);
    }
}

/* The members of a group have an order when they are recreated one after another, and ladders always have one. */
static bool is_ordered(const struct place *place, const struct xhm_schema_key *key, enum xhm_schema_level level) {
    bool in_order = key->scalar == XHM_SCALAR_REACTION;
    for (int side = 0; side < 2 && level == XHM_LEVEL_GROUP; side++) {
        in_order = in_order || (place->base[side] != NULL &&
                                ((const struct xhm_group_policy *)(const void *)place->base[side])->in_order);
    }
    return in_order;
}

static void compare_scalar(struct walk *walk, const struct xhm_schema_key *key, const struct place *place,
                           enum xhm_schema_level level) {
    char texts[2][XHM_SCALAR_TEXT_SIZE];
    const char *given[2] = {NULL, NULL};
    for (int side = 0; side < 2; side++) {
        if (is_there(place, side, key)) {
            write_text(walk, side, key, place->base[side], texts[side]);
            if (!is_ordered(place, key, level)) {
                sort_list(texts[side]);
            }
            given[side] = texts[side];
        }
    }
    compare_texts(walk, given[0], given[1]);
}

/* "dom0", or the alternative that counts: "uuid b4a4e000-…" */
static void write_identity(const struct walk *walk, int side, const struct xhm_schema_key *key, const uint8_t *base,
                           char text[XHM_SCALAR_TEXT_SIZE]) {
    snprintf(text, XHM_SCALAR_TEXT_SIZE, "dom0");
    const uint8_t *identity = base + key->offset;
    for (size_t i = 0; i < key->mapping->key_count; i++) {
        const struct xhm_schema_key *alternative = &key->mapping->keys[i];
        if (schema_alternative_counts(alternative, identity)) {
            char value[XHM_SCALAR_TEXT_SIZE];
            write_text(walk, side, alternative, identity, value);
            snprintf(text, XHM_SCALAR_TEXT_SIZE, "%s %.64s", alternative->name, value);
        }
    }
}

static void compare_identity(struct walk *walk, const struct xhm_schema_key *key, const struct place *place) {
    char texts[2][XHM_SCALAR_TEXT_SIZE];
    const char *given[2] = {NULL, NULL};
    for (int side = 0; side < 2; side++) {
        if (place->base[side] != NULL) {
            write_identity(walk, side, key, place->base[side], texts[side]);
            given[side] = texts[side];
        }
    }
    compare_texts(walk, given[0], given[1]);
}

static void compare_mapping(struct walk *walk, const struct xhm_schema_mapping *mapping, const struct place *place,
                            enum xhm_schema_level level);

static const uint8_t *element(const struct xhm_schema_key *key, const uint8_t *base, uint32_t index) {
    return base + key->offset + index * key->element_size;
}

/* "brake"; "from 1 to 2" where the keys say what their values mean; "0", its place */
static void write_name(const struct walk *walk, int side, const struct xhm_schema_key *key, const uint8_t *base,
                       uint32_t index, char name[XHM_SCALAR_TEXT_SIZE]) {
    const size_t keys = identifying_keys[key->level];
    size_t used = 0;
    if (keys == 0) {
        snprintf(name, XHM_SCALAR_TEXT_SIZE, "%u", index);
    }
    for (size_t i = 0; i < keys; i++) {
        const struct xhm_schema_key *part = &key->mapping->keys[i];
        const uint8_t *at = element(key, base, index);
        if (schema_is_written(part, at)) {
            char value[XHM_SCALAR_TEXT_SIZE];
            write_text(walk, side, part, at, value);
            used += (size_t)snprintf(name + used, XHM_SCALAR_TEXT_SIZE - used, "%s%s%s%.64s", used > 0 ? " " : "",
                                     keys > 1 ? part->name : "", keys > 1 ? " " : "", value);
        }
    }
}

static uint32_t element_count(const struct xhm_schema_key *key, const uint8_t *base) {
    uint32_t count = 0;
    if (base != NULL) {
        memcpy(&count, base + key->count_offset, sizeof(count));
    }
    return count;
}

/* @return the index of the element of that name, or how many there are */
static uint32_t find_element(const struct walk *walk, int side, const struct xhm_schema_key *key, const uint8_t *base,
                             const char *name) {
    const uint32_t count = element_count(key, base);
    for (uint32_t i = 0; i < count; i++) {
        char other[XHM_SCALAR_TEXT_SIZE];
        write_name(walk, side, key, base, i, other);
        if (strcmp(other, name) == 0) {
            return i;
        }
    }
    return count;
}

static void compare_element(struct walk *walk, const struct xhm_schema_key *key, const struct place *place, int side,
                            uint32_t index) {
    const int other = 1 - side;
    char name[XHM_SCALAR_TEXT_SIZE];
    write_name(walk, side, key, place->base[side], index, name);
    const uint32_t there = find_element(walk, other, key, place->base[other], name);
    const bool both = there < element_count(key, place->base[other]);
    const size_t length = enter(walk, "[", name, "]");
    if (!both) {
        tell(walk, side == 0 ? "" : NULL, side == 0 ? NULL : "");
    } else if (side == 0) {
        const struct place elements = {{element(key, place->base[0], index), element(key, place->base[1], there)}};
        compare_mapping(walk, key->mapping, &elements, key->level);
    }
    walk->path[length] = '\0';
}

/* The names of those elements that the other side has as well, in their order. */
static void write_order(const struct walk *walk, const struct xhm_schema_key *key, const struct place *place, int side,
                        char text[XHM_SCALAR_TEXT_SIZE]) {
    const uint8_t *other = place->base[1 - side];
    size_t used = (size_t)snprintf(text, XHM_SCALAR_TEXT_SIZE, "[");
    for (uint32_t i = 0; i < element_count(key, place->base[side]); i++) {
        char name[XHM_SCALAR_TEXT_SIZE];
        write_name(walk, side, key, place->base[side], i, name);
        if (find_element(walk, 1 - side, key, other, name) < element_count(key, other)) {
            used += (size_t)snprintf(text + used, XHM_SCALAR_TEXT_SIZE - used, "%s%.64s", used > 1 ? ", " : "", name);
        }
    }
    snprintf(text + used, XHM_SCALAR_TEXT_SIZE - used, "]");
}

static void compare_order(struct walk *walk, const struct xhm_schema_key *key, const struct place *place) {
    char orders[2][XHM_SCALAR_TEXT_SIZE];
    write_order(walk, key, place, 0, orders[0]);
    write_order(walk, key, place, 1, orders[1]);
    compare_texts(walk, orders[0], orders[1]);
}

/* That there is no element may be declared, which is not the same as nothing declared; elements are told as such. */
static void compare_none(struct walk *walk, const struct xhm_schema_key *key, const struct place *place) {
    const char *given[2] = {NULL, NULL};
    for (int side = 0; side < 2; side++) {
        if (is_there(place, side, key) && element_count(key, place->base[side]) == 0) {
            given[side] = "none";
        }
    }
    if (element_count(key, place->base[0]) == 0 && element_count(key, place->base[1]) == 0) {
        compare_texts(walk, given[0], given[1]);
    }
}

static void compare_sequence(struct walk *walk, const struct xhm_schema_key *key, const struct place *place) {
    compare_none(walk, key, place);
    for (int side = 0; side < 2; side++) {
        for (uint32_t i = 0; i < element_count(key, place->base[side]); i++) {
            compare_element(walk, key, place, side, i);
        }
    }
    if (order_counts[key->level]) {
        compare_order(walk, key, place);
    }
}

/* An optional mapping that only one policy has is told key by key, so that what it says is seen. */
static void compare_inside(struct walk *walk, const struct xhm_schema_key *key, const struct place *place) {
    struct place inside;
    for (int side = 0; side < 2; side++) {
        inside.base[side] = is_there(place, side, key) ? place->base[side] + key->offset : NULL;
    }
    compare_mapping(walk, key->mapping, &inside, XHM_LEVEL_COUNT);
}

static void compare_key(struct walk *walk, const struct xhm_schema_key *key, const struct place *place,
                        enum xhm_schema_level level) {
    switch (key->form) {
    case XHM_SCHEMA_SCALAR:
        compare_scalar(walk, key, place, level);
        break;
    case XHM_SCHEMA_MAPPING:
        compare_inside(walk, key, place);
        break;
    case XHM_SCHEMA_SEQUENCE:
        compare_sequence(walk, key, place);
        break;
    case XHM_SCHEMA_IDENTITY:
        compare_identity(walk, key, place);
        break;
    }
}

static void compare_mapping(struct walk *walk, const struct xhm_schema_mapping *mapping, const struct place *place,
                            enum xhm_schema_level level) {
    for (size_t i = 0; i < mapping->key_count; i++) {
        const size_t length = enter(walk, ".", mapping->keys[i].name, "");
        compare_key(walk, &mapping->keys[i], place, level);
        walk->path[length] = '\0';
    }
}

uint32_t difference_tell(const struct xhm_policy *old_policy, const struct xhm_policy *new_policy,
                         void (*told)(void *context, const struct xhm_difference *difference), void *context) {
    struct walk walk = {.tell = told, .context = context};
    const struct place place = {{(const uint8_t *)old_policy, (const uint8_t *)new_policy}};
    references_of_policy(old_policy, &walk.references[0]);
    references_of_policy(new_policy, &walk.references[1]);
    compare_mapping(&walk, &schema_policy, &place, XHM_LEVEL_COUNT);
    return walk.count;
}
