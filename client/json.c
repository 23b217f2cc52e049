// SPDX-License-Identifier: Apache-2.0
#include "output.h"

#include <assert.h>
#include <inttypes.h>
#include <string.h>

void json_init(struct xhm_json *json, FILE *out) {
    *json = (struct xhm_json){.out = out};
}

/* Length of the UTF-8 sequence at @p text, 0 when there is none: overlong forms and surrogates are none. */
static size_t utf8_length(const char *text) {
    const unsigned char *at = (const unsigned char *)text;
    size_t length = at[0] < 0x80 ? 1 : at[0] < 0xc2 ? 0 : at[0] < 0xe0 ? 2 : at[0] < 0xf0 ? 3 : at[0] < 0xf5 ? 4 : 0;
    for (size_t i = 1; i < length; i++) {
        if ((at[i] & 0xc0) != 0x80) {
            return 0;
        }
    }
    bool overlong = (at[0] == 0xe0 && at[1] < 0xa0) || (at[0] == 0xf0 && at[1] < 0x90);
    bool outside = (at[0] == 0xed && at[1] > 0x9f) || (at[0] == 0xf4 && at[1] > 0x8f);
    return overlong || outside ? 0 : length;
}

static void write_quoted(FILE *out, const char *text) {
    fputc('"', out);
    while (*text != '\0') {
        size_t length = utf8_length(text);
        unsigned char byte = (unsigned char)*text;
        if (length == 0) {
            fputs("\\ufffd", out);
            length = 1;
        } else if (byte == '"' || byte == '\\') {
            fprintf(out, "\\%c", byte);
        } else if (byte < 0x20 || byte == 0x7f) {
            fprintf(out, "\\u%04x", byte);
        } else {
            fwrite(text, 1, length, out);
        }
        text += length;
    }
    fputc('"', out);
}

static void begin_value(struct xhm_json *json, const char *key) {
    if (json->filled[json->depth]) {
        fputc(',', json->out);
    }
    json->filled[json->depth] = true;
    if (key != NULL) {
        write_quoted(json->out, key);
        fputc(':', json->out);
    }
}

static void begin(struct xhm_json *json, const char *key, char bracket) {
    begin_value(json, key);
    fputc(bracket, json->out);
    json->depth++;
    assert(json->depth < XHM_JSON_MAX_DEPTH);
    json->filled[json->depth] = false;
}

static void end(struct xhm_json *json, char bracket) {
    json->depth--;
    fputc(bracket, json->out);
    if (json->depth == 0) {
        fputc('\n', json->out);
        json->filled[0] = false;
    }
}

void json_begin_object(struct xhm_json *json, const char *key) {
    begin(json, key, '{');
}

void json_end_object(struct xhm_json *json) {
    end(json, '}');
}

void json_begin_array(struct xhm_json *json, const char *key) {
    begin(json, key, '[');
}

void json_end_array(struct xhm_json *json) {
    end(json, ']');
}

void json_string(struct xhm_json *json, const char *key, const char *value) {
    if (value == NULL) {
        json_null(json, key);
        return;
    }
    begin_value(json, key);
    write_quoted(json->out, value);
}

void json_number(struct xhm_json *json, const char *key, uint64_t value) {
    begin_value(json, key);
    fprintf(json->out, "%" PRIu64, value);
}

void json_bool(struct xhm_json *json, const char *key, bool value) {
    begin_value(json, key);
    fputs(value ? "true" : "false", json->out);
}

void json_null(struct xhm_json *json, const char *key) {
    begin_value(json, key);
    fputs("null", json->out);
}

void json_hash(struct xhm_json *json, const char *key, uint64_t hash) {
    begin_value(json, key);
    fprintf(json->out, "\"%016" PRIx64 "\"", hash);
}
