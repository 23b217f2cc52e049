// SPDX-License-Identifier: Apache-2.0
#include "reader.h"

#include "suggestion.h"
#include "yaml_scan.h"
#include <string.h>

/* What reading one mapping knows of its keys. */
struct key_marks {
    bool seen[XHM_SCHEMA_MAX_KEYS];
    struct xhm_mark mark[XHM_SCHEMA_MAX_KEYS];
};

static void read_mapping(struct xhm_reader *reader, const yaml_node_t *node, const struct xhm_schema_mapping *mapping,
                         void *base);

static size_t push(struct xhm_reader *reader, const char *name) {
    size_t before = strlen(reader->path);
    snprintf(reader->path + before, sizeof(reader->path) - before, "%s%s", before > 0 && name[0] != '[' ? "." : "",
             name);
    return before;
}

static void pop(struct xhm_reader *reader, size_t before) {
    reader->path[before] = '\0';
}

/* Keeps where the value of the path is. */
static void note(struct xhm_reader *reader, struct xhm_mark mark, bool bad) {
    const char *key = reader->path + reader->element;
    locations_add(reader->locations, &reader->scope, *key == '.' ? key + 1 : key, mark, reader->path, bad);
}

static void note_bad_key(struct xhm_reader *reader, const char *name, struct xhm_mark mark) {
    size_t before = push(reader, name);
    note(reader, mark, true);
    pop(reader, before);
}

/* @return the text of a scalar, or NULL after telling why there is none */
static const char *scalar_text(struct xhm_reader *reader, const yaml_node_t *node, const char *noun) {
    struct xhm_mark mark = yaml_scan_mark(node->start_mark);
    if (node->type != YAML_SCALAR_NODE || node->data.scalar.length == 0) {
        messages_add(reader->messages, mark, reader->path, "must be %s, but it is %s", noun, yaml_scan_noun(node));
        return NULL;
    }
    const char *text = (const char *)node->data.scalar.value;
    if (strlen(text) != node->data.scalar.length) {
        messages_add(reader->messages, mark, reader->path, "holds a zero byte");
        return NULL;
    }
    return text;
}

static bool read_scalar(struct xhm_reader *reader, const yaml_node_t *node, enum xhm_scalar_kind kind, void *target) {
    const struct xhm_scalar_info *info = scalar_info(kind);
    const char *text = scalar_text(reader, node, info->noun);
    if (text == NULL) {
        return false;
    }
    char sentence[128];
    const char *wrong = info->reference == XHM_REFERENCE_NONE
                            ? info->read(text, target)
                            : references_read(&reader->references, info, text, target, sentence);
    if ((kind == XHM_SCALAR_NAME || kind == XHM_SCALAR_SCHEDULER) &&
        node->data.scalar.style == YAML_PLAIN_SCALAR_STYLE && scalar_is_yaml_word(text)) {
        wrong = "is no text in YAML unless it is written in quotes";
    }
    if (wrong != NULL) {
        messages_add(reader->messages, yaml_scan_mark(node->start_mark), reader->path, "\"%s\" %s", text, wrong);
    }
    return wrong == NULL;
}

/* A list that may be left out says nothing when it is empty. */
static bool tell_empty(struct xhm_reader *reader, const yaml_node_t *node, const char *nothing) {
    messages_add(reader->messages, yaml_scan_mark(node->start_mark), reader->path,
                 "is an empty list; leave the key out when %s", nothing);
    return false;
}

static const char *nothing_of(const struct xhm_schema_key *key) {
    if (key->may_be_none || key->scalar == XHM_SCALAR_ASSIGNED) {
        return "nothing is to be supervised, or write none";
    }
    return key->fallback == NULL ? "nothing is to be supervised" : "there is none";
}

static bool read_list(struct xhm_reader *reader, const yaml_node_t *node, enum xhm_scalar_kind kind, void *target) {
    bool good = true;
    uint32_t index = 0;
    for (const yaml_node_item_t *item = node->data.sequence.items.start; item < node->data.sequence.items.top; item++) {
        char name[16];
        snprintf(name, sizeof(name), "[%u]", index++);
        size_t before = push(reader, name);
        good = read_scalar(reader, yaml_document_get_node(reader->document, *item), kind, target) && good;
        pop(reader, before);
    }
    return good;
}

static bool read_value(struct xhm_reader *reader, const yaml_node_t *node, const struct xhm_schema_key *key,
                       uint8_t *target) {
    if (!scalar_info(key->scalar)->list || node->type != YAML_SEQUENCE_NODE) {
        return read_scalar(reader, node, key->scalar, target);
    }
    if (key->presence == XHM_SCHEMA_OPTIONAL && node->data.sequence.items.start == node->data.sequence.items.top) {
        return tell_empty(reader, node, nothing_of(key));
    }
    return read_list(reader, node, key->scalar, target);
}

/* The word none in the place of a list declares that there is no element. */
static bool read_none(struct xhm_reader *reader, const yaml_node_t *node, const struct xhm_schema_key *key,
                      uint8_t *base) {
    const char *text = scalar_text(reader, node, "none, or a list");
    const bool none = text != NULL && strcmp(text, "none") == 0;
    if (text != NULL && !none) {
        messages_add(reader->messages, yaml_scan_mark(node->start_mark), reader->path,
                     "must be none, or a list, but it is \"%s\"", text);
    }
    *(bool *)(base + key->declared_offset) = none;
    return none;
}

static void read_sequence(struct xhm_reader *reader, const yaml_node_t *node, const struct xhm_schema_key *key,
                          uint8_t *base) {
    uint32_t *count = (uint32_t *)(void *)(base + key->count_offset);
    const size_t around = reader->element;
    uint32_t length = 0;
    for (const yaml_node_item_t *item = node->data.sequence.items.start; item < node->data.sequence.items.top; item++) {
        const yaml_node_t *element = yaml_document_get_node(reader->document, *item);
        if (length++ >= key->capacity) {
            continue;
        }
        char name[16];
        snprintf(name, sizeof(name), "[%u]", *count);
        size_t before = push(reader, name);
        reader->scope.index[key->level] = *count;
        reader->element = strlen(reader->path);
        note(reader, yaml_scan_mark(element->start_mark), false);
        read_mapping(reader, element, key->mapping, base + key->offset + *count * key->element_size);
        reader->element = around;
        reader->scope.index[key->level] = XHM_NO_INDEX;
        pop(reader, before);
        (*count)++;
    }
    if (length > key->capacity) {
        messages_add(reader->messages, yaml_scan_mark(node->start_mark), reader->path,
                     "has %u elements, but this build has room for %u", length, key->capacity);
    }
    if (key->may_be_none) {
        *(bool *)(base + key->declared_offset) = true;
    }
    if (length == 0 && key->presence == XHM_SCHEMA_OPTIONAL) {
        tell_empty(reader, node, nothing_of(key));
    }
}

/* A mapping of keys that may all be left out, and were. */
static void refuse_empty(struct xhm_reader *reader, struct xhm_mark mark) {
    const char *relative = reader->path + reader->element;
    if (!locations_is_bad(reader->locations, &reader->scope, *relative == '.' ? relative + 1 : relative)) {
        messages_add(reader->messages, mark, reader->path, "declares nothing; leave it out");
    }
}

/*
 * In the structure, a value of 0 means "not supervised" or "not declared": that is said by leaving the key out, never
 * by a number. A mapping says it with its first key.
 */
static void refuse_zero(struct xhm_reader *reader, const struct xhm_schema_key *key, const uint8_t *base,
                        struct xhm_mark mark) {
    const bool mapping = key->form == XHM_SCHEMA_MAPPING;
    const struct xhm_schema_key *first = mapping ? &key->mapping->keys[0] : key;
    if (!schema_is_absent(key, base)) {
        return;
    }
    if (mapping && first->presence != XHM_SCHEMA_REQUIRED) {
        refuse_empty(reader, mark);
        return;
    }
    size_t before = strlen(reader->path);
    if (mapping) {
        push(reader, first->name);
    }
    const char *relative = reader->path + reader->element;
    const struct xhm_location *location =
        locations_find(reader->locations, &reader->scope, *relative == '.' ? relative + 1 : relative);
    pop(reader, before);
    if (location != NULL && !location->bad) {
        messages_add(reader->messages, location->mark, location->path,
                     "must not be %s; leave \"%s\" out when it is not %s",
                     scalar_info(first->scalar)->list ? "empty" : "0", key->name,
                     key->fallback == NULL ? "to be supervised" : "to be declared");
    }
}

static bool read_identity(struct xhm_reader *reader, const yaml_node_t *node, const struct xhm_schema_key *key,
                          struct xhm_identity *identity) {
    /* Findings about any kind of identity name the key uuid. */
    struct xhm_mark mark = yaml_scan_mark(node->start_mark);
    if (node->type == YAML_MAPPING_NODE) {
        read_mapping(reader, node, key->mapping, identity);
        locations_add(reader->locations, &reader->scope, "identity.uuid", mark, reader->path, false);
        return true;
    }
    const char *text = scalar_text(reader, node, "dom0, or a mapping with uuid or static_domid");
    bool good = text != NULL && strcmp(text, "dom0") == 0;
    if (text != NULL && !good) {
        messages_add(reader->messages, mark, reader->path,
                     "\"%s\" is no identity: write dom0, or a mapping with uuid or static_domid", text);
    }
    identity->kind = XHM_IDENTITY_DOM0;
    locations_add(reader->locations, &reader->scope, "identity.uuid", mark, reader->path, !good);
    return good;
}

static bool is_form(struct xhm_reader *reader, const yaml_node_t *node, yaml_node_type_t type, const char *noun) {
    if (node->type != type) {
        messages_add(reader->messages, yaml_scan_mark(node->start_mark), reader->path, "must be %s, but it is %s", noun,
                     yaml_scan_noun(node));
    }
    return node->type == type;
}

static void read_key(struct xhm_reader *reader, const yaml_node_t *node, const struct xhm_schema_key *key,
                     uint8_t *base) {
    bool good = true;
    switch (key->form) {
    case XHM_SCHEMA_SCALAR:
        good = read_value(reader, node, key, base + key->offset);
        break;
    case XHM_SCHEMA_MAPPING:
        good = is_form(reader, node, YAML_MAPPING_NODE, "a mapping of keys");
        if (good) {
            read_mapping(reader, node, key->mapping, base + key->offset);
        }
        break;
    case XHM_SCHEMA_SEQUENCE:
        if (key->may_be_none && node->type == YAML_SCALAR_NODE) {
            good = read_none(reader, node, key, base);
            break;
        }
        good = is_form(reader, node, YAML_SEQUENCE_NODE, "a list");
        if (good) {
            read_sequence(reader, node, key, base);
        }
        break;
    case XHM_SCHEMA_IDENTITY:
        good = read_identity(reader, node, key, (struct xhm_identity *)(void *)(base + key->offset));
        break;
    }
    note(reader, yaml_scan_mark(node->start_mark), !good);
    if (good && (key->form == XHM_SCHEMA_SCALAR || key->form == XHM_SCHEMA_MAPPING)) {
        refuse_zero(reader, key, base, yaml_scan_mark(node->start_mark));
    }
}

static size_t find_key(const struct xhm_schema_mapping *mapping, const char *name) {
    size_t i = 0;
    while (i < mapping->key_count && strcmp(mapping->keys[i].name, name) != 0) {
        i++;
    }
    return i;
}

/* A key that was probably meant counts as given, but badly: that it is missing is not told, too. */
static void tell_unknown(struct xhm_reader *reader, const struct xhm_schema_mapping *mapping, const char *name,
                         struct xhm_mark mark, struct key_marks *marks) {
    if (strcmp(name, "<<") == 0) {
        messages_add(reader->messages, mark, reader->path, "a policy has no merge keys (\"<<\"); write it out");
        return;
    }
    for (size_t i = 0; i < mapping->key_count; i++) {
        if (!marks->seen[i] && suggestion_is_close(name, mapping->keys[i].name)) {
            messages_add(reader->messages, mark, reader->path, "unknown key \"%s\"; did you mean \"%s\"?", name,
                         mapping->keys[i].name);
            marks->seen[i] = true;
            marks->mark[i] = mark;
            note_bad_key(reader, mapping->keys[i].name, mark);
            return;
        }
    }
    messages_add(reader->messages, mark, reader->path, "unknown key \"%s\"", name);
}

static void read_pair(struct xhm_reader *reader, const yaml_node_pair_t *pair, const struct xhm_schema_mapping *mapping,
                      uint8_t *base, struct key_marks *marks) {
    const yaml_node_t *key_node = yaml_document_get_node(reader->document, pair->key);
    struct xhm_mark mark = yaml_scan_mark(key_node->start_mark);
    if (key_node->type != YAML_SCALAR_NODE) {
        messages_add(reader->messages, mark, reader->path, "a key must be a plain word, but it is %s",
                     yaml_scan_noun(key_node));
        return;
    }
    const char *name = (const char *)key_node->data.scalar.value;
    size_t i = find_key(mapping, name);
    if (i == mapping->key_count) {
        tell_unknown(reader, mapping, name, mark, marks);
        return;
    }
    if (marks->seen[i]) {
        messages_add(reader->messages, mark, reader->path, "key \"%s\" is given twice; the first is in line %u", name,
                     marks->mark[i].line);
        return;
    }
    marks->seen[i] = true;
    marks->mark[i] = mark;
    size_t before = push(reader, name);
    read_key(reader, yaml_document_get_node(reader->document, pair->value), &mapping->keys[i], base);
    pop(reader, before);
}

static void apply_fallbacks(const struct xhm_schema_mapping *mapping, uint8_t *base, const struct key_marks *marks) {
    static const struct key_marks nothing_seen = {0};
    for (size_t i = 0; i < mapping->key_count; i++) {
        const struct xhm_schema_key *key = &mapping->keys[i];
        if (key->presence != XHM_SCHEMA_DEFAULT || marks->seen[i]) {
            continue;
        }
        if (key->form == XHM_SCHEMA_MAPPING) {
            apply_fallbacks(key->mapping, base + key->offset, &nothing_seen);
        } else {
            scalar_info(key->scalar)->read(key->fallback, base + key->offset);
        }
    }
}

static void tell_missing(struct xhm_reader *reader, const struct xhm_schema_mapping *mapping, struct xhm_mark mark,
                         const struct key_marks *marks) {
    for (size_t i = 0; i < mapping->key_count; i++) {
        if (mapping->keys[i].presence == XHM_SCHEMA_REQUIRED && !marks->seen[i]) {
            messages_add(reader->messages, mark, reader->path, "key \"%s\" is missing", mapping->keys[i].name);
            note_bad_key(reader, mapping->keys[i].name, mark);
        }
    }
}

static void tell_alternative_names(struct xhm_reader *reader, struct xhm_mark mark, const char *const *names,
                                   size_t count, size_t given) {
    char between[64] = "";
    for (size_t i = 1; i + 1 < count; i++) {
        size_t used = strlen(between);
        snprintf(between + used, sizeof(between) - used, ", \"%s\"", names[i]);
    }
    messages_add(reader->messages, mark, reader->path, "must have either \"%s\"%s or \"%s\"%s", names[0], between,
                 names[count - 1],
                 given <= 1   ? ""
                 : count == 2 ? ", not both"
                              : ", and only one of them");
}

static void tell_alternatives(struct xhm_reader *reader, const struct xhm_schema_mapping *mapping, struct xhm_mark mark,
                              const struct key_marks *marks) {
    const char *names[XHM_SCHEMA_MAX_KEYS];
    size_t count = 0;
    size_t given = 0;
    for (size_t i = 0; i < mapping->key_count; i++) {
        if (mapping->keys[i].presence == XHM_SCHEMA_ALTERNATIVE) {
            names[count++] = mapping->keys[i].name;
            given += marks->seen[i];
        }
    }
    if (count > 0 && given != 1) {
        tell_alternative_names(reader, mark, names, count, given);
        for (size_t i = 0; i < count; i++) {
            note_bad_key(reader, names[i], mark);
        }
    }
}

static void read_mapping(struct xhm_reader *reader, const yaml_node_t *node, const struct xhm_schema_mapping *mapping,
                         void *base) {
    struct key_marks marks = {0};
    struct xhm_mark mark = yaml_scan_mark(node->start_mark);
    if (is_form(reader, node, YAML_MAPPING_NODE, "a mapping of keys")) {
        for (const yaml_node_pair_t *pair = node->data.mapping.pairs.start; pair < node->data.mapping.pairs.top;
             pair++) {
            read_pair(reader, pair, mapping, base, &marks);
        }
        tell_missing(reader, mapping, mark, &marks);
        tell_alternatives(reader, mapping, mark, &marks);
    } else {
        note(reader, mark, true);
    }
    apply_fallbacks(mapping, base, &marks);
}

void reader_read_policy(struct xhm_reader *reader, void *base) {
    const yaml_node_t *root = yaml_document_get_root_node(reader->document);
    reader->scope = locations_top;
    reader->path[0] = '\0';
    reader->element = 0;
    references_of_document(reader->document, &reader->references);
    note(reader, yaml_scan_mark(root->start_mark), false);
    read_mapping(reader, root, &schema_policy, base);
}
