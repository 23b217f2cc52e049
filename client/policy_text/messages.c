// SPDX-License-Identifier: Apache-2.0
#include "messages.h"

#include <stdarg.h>
#include <stdbool.h>
#include <string.h>

void messages_init(struct xhm_messages *messages, const char *file) {
    messages->file = file;
    messages->count = 0;
}

/* Texts of a policy are quoted in messages; they must not reach the terminal as control sequences. */
static void clean(char *text) {
    for (; *text != '\0'; text++) {
        unsigned char byte = (unsigned char)*text;
        *text = byte < 0x20 || byte == 0x7f ? '?' : *text;
    }
}

void messages_add(struct xhm_messages *messages, struct xhm_mark mark, const char *path, const char *format, ...) {
    if (messages->count++ >= XHM_MAX_MESSAGES) {
        return;
    }
    struct xhm_message *message = &messages->messages[messages->count - 1];
    message->mark = mark;
    int used = snprintf(message->text, sizeof(message->text), "%s%s", path, path[0] != '\0' ? ": " : "");
    if (used < 0 || (size_t)used >= sizeof(message->text)) {
        return;
    }
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(message->text + used, sizeof(message->text) - (size_t)used, format, arguments);
    va_end(arguments);
    clean(message->text);
}

static bool is_before(const struct xhm_mark *a, const struct xhm_mark *b) {
    return a->line != b->line ? a->line < b->line : a->column < b->column;
}

uint32_t messages_kept(const struct xhm_messages *messages) {
    return messages->count < XHM_MAX_MESSAGES ? messages->count : XHM_MAX_MESSAGES;
}

void messages_sort(struct xhm_messages *messages) {
    for (uint32_t i = 1; i < messages_kept(messages); i++) {
        const struct xhm_message moving = messages->messages[i];
        uint32_t hole = i;
        while (hole > 0 && is_before(&moving.mark, &messages->messages[hole - 1].mark)) {
            messages->messages[hole] = messages->messages[hole - 1];
            hole--;
        }
        messages->messages[hole] = moving;
    }
}

void messages_print(const struct xhm_messages *messages, FILE *out) {
    for (uint32_t i = 0; i < messages_kept(messages); i++) {
        const struct xhm_message *message = &messages->messages[i];
        fputs(messages->file, out);
        if (message->mark.line != 0) {
            fprintf(out, ":%u", message->mark.line);
        }
        if (message->mark.column != 0) {
            fprintf(out, ":%u", message->mark.column);
        }
        fprintf(out, ": %s\n", message->text);
    }
    if (messages->count > XHM_MAX_MESSAGES) {
        fprintf(out, "%s: and %u more\n", messages->file, messages->count - XHM_MAX_MESSAGES);
    }
}
