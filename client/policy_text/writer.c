// SPDX-License-Identifier: Apache-2.0
#include "policy_text.h"
#include "references.h"
#include "schema.h"

#include <string.h>

/* The walk over the schema is the same for both notations; these are the marks around what it finds. */
struct notation {
    void (*begin)(FILE *out, unsigned depth, bool list);
    void (*end)(FILE *out, unsigned depth, bool list);
    void (*element)(FILE *out, unsigned depth, bool first);
    void (*key)(FILE *out, unsigned depth, const char *name, bool first, bool in_list);
    void (*scalar)(FILE *out, enum xhm_scalar_kind kind, const char *text);
};

struct walk {
    FILE *out;
    const struct notation *notation;
    const struct policy_text_comments *comments; /* NULL: none */
    struct xhm_references references;
};

static void yaml_begin(FILE *out, unsigned depth, bool list) {
    (void)list;
    if (depth > 0) {
        fputc('\n', out);
    }
}

static void yaml_end(FILE *out, unsigned depth, bool list) {
    (void)out;
    (void)depth;
    (void)list;
}

static void yaml_element(FILE *out, unsigned depth, bool first) {
    (void)first;
    fprintf(out, "%*s- ", (int)(2 * (depth - 1)), "");
}

static void yaml_key(FILE *out, unsigned depth, const char *name, bool first, bool in_list) {
    fprintf(out, "%*s%s:", first && in_list ? 0 : (int)(2 * depth), "", name);
}

static void yaml_scalar(FILE *out, enum xhm_scalar_kind kind, const char *text) {
    (void)kind;
    fprintf(out, " %s\n", text);
}

static void json_begin(FILE *out, unsigned depth, bool list) {
    (void)depth;
    fputc(list ? '[' : '{', out);
}

static void json_end(FILE *out, unsigned depth, bool list) {
    (void)depth;
    fputc(list ? ']' : '}', out);
}

static void json_element(FILE *out, unsigned depth, bool first) {
    (void)depth;
    if (!first) {
        fputc(',', out);
    }
}

static void json_key(FILE *out, unsigned depth, const char *name, bool first, bool in_list) {
    (void)depth;
    (void)in_list;
    fprintf(out, "%s\"%s\":", first ? "" : ",", name);
}

/* Texts of scalars consist of letters, digits and marks that JSON needs not escape; lists of words are "[a, b]". */
static void json_scalar(FILE *out, enum xhm_scalar_kind kind, const char *text) {
    bool bare = kind == XHM_SCALAR_COUNT || kind == XHM_SCALAR_FLAG || kind == XHM_SCALAR_STATIC_DOMID ||
                kind == XHM_SCALAR_UID || kind == XHM_SCALAR_GID || kind == XHM_SCALAR_CHECKPOINTS;
    if (bare || text[0] == '"') {
        fputs(text, out);
        return;
    }
    bool list = text[0] == '[';
    if (list && text[1] == ']') {
        fputs("[]", out);
        return;
    }
    fputs(list ? "[\"" : "\"", out);
    for (const char *at = text + list; *at != '\0' && *at != ']'; at++) {
        if (*at == ',') {
            fputs("\",\"", out);
        } else if (*at != ' ' && *at != '"') {
            fputc(*at, out);
        }
    }
    fputs(list ? "\"]" : "\"", out);
}

static void write_mapping(const struct walk *walk, const struct xhm_schema_mapping *mapping, const uint8_t *base,
                          unsigned depth, bool in_list);

/* Comments are about the keys of the policy itself, and the elements behind them. */
static void write_comment(const struct walk *walk, const char *section, uint32_t index, unsigned depth) {
    if (walk->comments != NULL && depth == (index == UINT32_MAX ? 0u : 1u)) {
        walk->comments->write(walk->comments->context, section, index, 2 * depth, walk->out);
    }
}

static void write_sequence(const struct walk *walk, const struct xhm_schema_key *key, const uint8_t *base,
                           uint32_t count, unsigned depth) {
    walk->notation->begin(walk->out, depth, true);
    for (uint32_t i = 0; i < count; i++) {
        write_comment(walk, key->name, i, depth);
        walk->notation->element(walk->out, depth + 1, i == 0);
        write_mapping(walk, key->mapping, base + key->offset + i * key->element_size, depth + 1, true);
    }
    walk->notation->end(walk->out, depth, true);
}

static void write_scalar(const struct walk *walk, enum xhm_scalar_kind kind, const uint8_t *source) {
    char text[XHM_SCALAR_TEXT_SIZE];
    references_write_scalar(&walk->references, kind, source, text);
    walk->notation->scalar(walk->out, kind, text);
}

static void write_value(const struct walk *walk, const struct xhm_schema_key *key, const uint8_t *base,
                        unsigned depth) {
    uint32_t count;
    switch (key->form) {
    case XHM_SCHEMA_SCALAR:
        write_scalar(walk, key->scalar, base + key->offset);
        break;
    case XHM_SCHEMA_SEQUENCE:
        memcpy(&count, base + key->count_offset, sizeof(count));
        if (count == 0) {
            walk->notation->scalar(walk->out, XHM_SCALAR_NAME, "none");
            break;
        }
        write_sequence(walk, key, base, count, depth);
        break;
    case XHM_SCHEMA_IDENTITY:
        if (((const struct xhm_identity *)(const void *)(base + key->offset))->kind == XHM_IDENTITY_DOM0) {
            walk->notation->scalar(walk->out, XHM_SCALAR_NAME, "dom0");
            break;
        }
        write_mapping(walk, key->mapping, base + key->offset, depth, false);
        break;
    case XHM_SCHEMA_MAPPING:
        write_mapping(walk, key->mapping, base + key->offset, depth, false);
        break;
    }
}

static void write_mapping(const struct walk *walk, const struct xhm_schema_mapping *mapping, const uint8_t *base,
                          unsigned depth, bool in_list) {
    bool first = true;
    walk->notation->begin(walk->out, in_list ? 0 : depth, false);
    for (size_t i = 0; i < mapping->key_count; i++) {
        const struct xhm_schema_key *key = &mapping->keys[i];
        if (schema_is_written(key, base)) {
            write_comment(walk, key->name, UINT32_MAX, depth);
            walk->notation->key(walk->out, depth, key->name, first, in_list);
            write_value(walk, key, base, depth + 1);
            first = false;
        }
    }
    walk->notation->end(walk->out, depth, false);
}

void policy_text_write_commented(const struct xhm_policy *policy, const struct policy_text_comments *comments,
                                 FILE *out) {
    static const struct notation yaml = {yaml_begin, yaml_end, yaml_element, yaml_key, yaml_scalar};
    struct walk walk = {.out = out, .notation = &yaml, .comments = comments};
    references_of_policy(policy, &walk.references);
    write_mapping(&walk, &schema_policy, (const uint8_t *)policy, 0, false);
}

void policy_text_write_yaml(const struct xhm_policy *policy, FILE *out) {
    policy_text_write_commented(policy, NULL, out);
}

void policy_text_write_json(const struct xhm_policy *policy, FILE *out) {
    static const struct notation json = {json_begin, json_end, json_element, json_key, json_scalar};
    struct walk walk = {.out = out, .notation = &json};
    references_of_policy(policy, &walk.references);
    write_mapping(&walk, &schema_policy, (const uint8_t *)policy, 0, false);
}
