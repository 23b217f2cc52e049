// SPDX-License-Identifier: Apache-2.0
#include "yaml_scan.h"

#include <string.h>

struct xhm_mark yaml_scan_mark(yaml_mark_t mark) {
    return (struct xhm_mark){.line = (uint32_t)mark.line + 1, .column = (uint32_t)mark.column + 1};
}

/* libyaml reads ahead, so for bytes that are no text it knows the offset only. */
static struct xhm_mark mark_of_offset(const char *text, size_t offset) {
    struct xhm_mark mark = {1, 1};
    for (size_t i = 0; i < offset; i++) {
        mark.line += text[i] == '\n';
        mark.column = text[i] == '\n' ? 1 : mark.column + 1;
    }
    return mark;
}

static void tell_problem(const yaml_parser_t *parser, const char *text, struct xhm_messages *messages) {
    const char *problem = parser->problem != NULL ? parser->problem : "out of memory";
    if (parser->error == YAML_READER_ERROR) {
        messages_add(messages, mark_of_offset(text, parser->problem_offset), "", "not YAML: %s", problem);
        return;
    }
    if (parser->context != NULL && parser->context_mark.line < parser->problem_mark.line) {
        messages_add(messages, yaml_scan_mark(parser->problem_mark), "", "not YAML: %s, %s that began in line %zu",
                     problem, parser->context, parser->context_mark.line + 1);
        return;
    }
    messages_add(messages, yaml_scan_mark(parser->problem_mark), "", "not YAML: %s%s%s", problem,
                 parser->context != NULL ? ", " : "", parser->context != NULL ? parser->context : "");
}

static void tell_node(const yaml_event_t *event, const yaml_char_t *anchor, const yaml_char_t *tag,
                      struct xhm_messages *messages) {
    struct xhm_mark mark = yaml_scan_mark(event->start_mark);
    if (anchor != NULL) {
        messages_add(messages, mark, "", "anchor \"&%s\": a policy says everything where it applies; write it out",
                     (const char *)anchor);
    }
    if (tag != NULL) {
        messages_add(messages, mark, "", "tag \"%s\": a policy uses no YAML tags", (const char *)tag);
    }
}

static void tell_event(const yaml_event_t *event, struct xhm_messages *messages) {
    switch (event->type) {
    case YAML_ALIAS_EVENT:
        messages_add(messages, yaml_scan_mark(event->start_mark), "",
                     "alias \"*%s\": a policy says everything where it applies; write it out",
                     (const char *)event->data.alias.anchor);
        break;
    case YAML_SCALAR_EVENT:
        tell_node(event, event->data.scalar.anchor, event->data.scalar.tag, messages);
        break;
    case YAML_SEQUENCE_START_EVENT:
        tell_node(event, event->data.sequence_start.anchor, event->data.sequence_start.tag, messages);
        break;
    case YAML_MAPPING_START_EVENT:
        tell_node(event, event->data.mapping_start.anchor, event->data.mapping_start.tag, messages);
        break;
    case YAML_NO_EVENT:
    case YAML_STREAM_START_EVENT:
    case YAML_STREAM_END_EVENT:
    case YAML_DOCUMENT_START_EVENT:
    case YAML_DOCUMENT_END_EVENT:
    case YAML_SEQUENCE_END_EVENT:
    case YAML_MAPPING_END_EVENT:
        break;
    }
}

/* @return false when the stream could not be read to its end */
static bool scan(yaml_parser_t *parser, const char *text, uint32_t *documents, struct xhm_messages *messages) {
    for (bool ended = false; !ended;) {
        yaml_event_t event;
        if (!yaml_parser_parse(parser, &event)) {
            tell_problem(parser, text, messages);
            return false;
        }
        ended = event.type == YAML_STREAM_END_EVENT;
        if (event.type == YAML_DOCUMENT_START_EVENT && (*documents)++ == 1) {
            messages_add(messages, yaml_scan_mark(event.start_mark), "", "a policy is one YAML document, not several");
        }
        tell_event(&event, messages);
        yaml_event_delete(&event);
    }
    return true;
}

bool yaml_scan_is_loadable(const char *text, size_t size, struct xhm_messages *messages) {
    yaml_parser_t parser;
    if (!yaml_parser_initialize(&parser)) {
        messages_add(messages, (struct xhm_mark){0}, "", "reading YAML: out of memory");
        return false;
    }
    yaml_parser_set_input_string(&parser, (const unsigned char *)text, size);
    uint32_t documents = 0;
    bool readable = scan(&parser, text, &documents, messages);
    yaml_parser_delete(&parser);
    if (readable && documents == 0) {
        messages_add(messages, (struct xhm_mark){1, 1}, "", "the file holds no policy: it is empty");
    }
    return readable && documents == 1;
}

const char *yaml_scan_noun(const yaml_node_t *node) {
    if (node->type == YAML_SCALAR_NODE) {
        return node->data.scalar.length == 0 ? "empty" : "a single value";
    }
    return node->type == YAML_SEQUENCE_NODE ? "a list" : "a mapping of keys";
}
