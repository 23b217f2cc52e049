// SPDX-License-Identifier: Apache-2.0
#include "trace.h"

#include <stdlib.h>
#include <string.h>

struct unit {
    const char *name;
    uint64_t factor;
};

static const struct unit time_units[] = {
    {"ns", 1},
    {"us", UINT64_C(1000)},
    {"ms", UINT64_C(1000000)},
    {"s", UINT64_C(1000000000)},
    {"m", UINT64_C(60000000000)},
    {"h", UINT64_C(3600000000000)},
};

static const struct unit size_units[] = {
    {"KiB", 1},
    {"MiB", 1024},
    {"GiB", UINT64_C(1048576)},
};

static const char *skip_digits(const char *text, uint64_t *number) {
    *number = 0;
    while (*text >= '0' && *text <= '9') {
        *number = *number * 10 + (uint64_t)(*text - '0');
        text++;
    }
    return text;
}

static const struct unit *find_unit(const struct unit *units, size_t count, const char *text, size_t length) {
    for (size_t i = 0; i < count; i++) {
        if (strlen(units[i].name) == length && strncmp(units[i].name, text, length) == 0) {
            return &units[i];
        }
    }
    return NULL;
}

static bool parse_sum(const char *text, const struct unit *units, size_t count, uint64_t *sum) {
    *sum = 0;
    do {
        uint64_t number;
        const char *name = skip_digits(text, &number);
        const size_t length = strcspn(name, "0123456789");
        const struct unit *unit = find_unit(units, count, name, length);
        if (name == text || unit == NULL) {
            return false;
        }
        *sum += number * unit->factor;
        text = name + length;
    } while (*text != '\0');
    return true;
}

bool trace_duration(const char *text, uint64_t *duration_ns) {
    return parse_sum(text, time_units, sizeof(time_units) / sizeof(time_units[0]), duration_ns);
}

bool trace_size(const char *text, uint64_t *size_kib) {
    return parse_sum(text, size_units, sizeof(size_units) / sizeof(size_units[0]), size_kib);
}

bool trace_number(const char *text, uint64_t *number) {
    const char *end = skip_digits(text, number);

    return end != text && *end == '\0';
}

static bool split_words(char *text, struct xhm_trace_line *line) {
    static const char blanks[] = " \t\r";

    text[strcspn(text, "#")] = '\0';
    line->word_count = 0;
    for (char *rest = NULL, *word = strtok_r(text, blanks, &rest); word != NULL; word = strtok_r(NULL, blanks, &rest)) {
        if (line->word_count == XHM_TRACE_MAX_WORDS) {
            return false;
        }
        line->words[line->word_count++] = word;
    }
    return true;
}

static void drop_words(struct xhm_trace_line *line, unsigned count) {
    line->word_count -= count;
    memmove(line->words, line->words + count, line->word_count * sizeof(line->words[0]));
}

static bool starts_with(const struct xhm_trace_line *line, unsigned position, const char *word) {
    return line->word_count > position && strcmp(line->words[position], word) == 0;
}

static const char *parse_within(struct xhm_trace_line *line, enum xhm_trace_kind kind, unsigned skip) {
    uint64_t duration_ns;

    if (line->word_count < skip + 3 || !trace_duration(line->words[skip], &duration_ns)) {
        return "must read: within DURATION expect …";
    }
    if (!starts_with(line, skip + 1, "expect")) {
        return "`within` must be followed by `expect`";
    }
    line->kind = kind;
    line->end_ns = line->at_ns + duration_ns;
    drop_words(line, skip + 2);
    return NULL;
}

static const char *parse_at(struct xhm_trace_line *line) {
    const uint64_t before_ns = line->at_ns;

    if (line->word_count < 3 || !trace_duration(line->words[1], &line->at_ns)) {
        return "must read: at TIME command or expectation";
    }
    if (line->at_ns < before_ns) {
        return "goes back in time";
    }
    line->end_ns = line->at_ns;
    drop_words(line, 2);
    line->kind = XHM_TRACE_COMMAND;
    if (starts_with(line, 0, "expect")) {
        line->kind = XHM_TRACE_EXPECT_AT;
        drop_words(line, 1);
    }
    return line->word_count > 0 ? NULL : "expects nothing";
}

/* Returns what is wrong, or NULL. line->at_ns holds the time of the last `at` line. */
static const char *parse_line(struct xhm_trace_line *line) {
    if (starts_with(line, 0, "policy") && line->word_count > 1) {
        line->kind = XHM_TRACE_POLICY;
        drop_words(line, 1);
        return NULL;
    }
    if (starts_with(line, 0, "at")) {
        return parse_at(line);
    }
    if (starts_with(line, 0, "within")) {
        return parse_within(line, XHM_TRACE_EXPECT_WITHIN, 1);
    }
    if (starts_with(line, 0, "not") && starts_with(line, 1, "within")) {
        return parse_within(line, XHM_TRACE_EXPECT_NOT_WITHIN, 2);
    }
    return "must begin with policy, at, within or not within";
}

static char *read_text(const char *path, FILE *errors) {
    FILE *file = fopen(path, "r");
    char *text = NULL;
    size_t room = 0;

    if (file == NULL) {
        fprintf(errors, "%s: cannot be opened\n", path);
        return NULL;
    }
    if (getdelim(&text, &room, '\0', file) < 0) {
        fprintf(errors, "%s: cannot be read or is empty\n", path);
        free(text);
        text = NULL;
    }
    fclose(file);
    return text;
}

static unsigned count_lines(const char *text) {
    unsigned count = 1;

    for (; *text != '\0'; text++) {
        count += *text == '\n';
    }
    return count;
}

static bool parse_text(struct xhm_trace *trace, FILE *errors) {
    uint64_t at_ns = 0;
    unsigned number = 0;
    bool sound = true;

    for (char *text = trace->text, *next = NULL; text != NULL; text = next) {
        struct xhm_trace_line *line = &trace->lines[trace->line_count];
        const char *mistake = NULL;

        next = strchr(text, '\n');
        if (next != NULL) {
            *next++ = '\0';
        }
        *line = (struct xhm_trace_line){.number = ++number, .at_ns = at_ns, .end_ns = at_ns};
        mistake = split_words(text, line) ? NULL : "has too many words";
        if (mistake == NULL && line->word_count == 0) {
            continue;
        }
        mistake = mistake == NULL ? parse_line(line) : mistake;
        if (mistake != NULL) {
            fprintf(errors, "%s:%u: %s\n", trace->path, number, mistake);
            sound = false;
            continue;
        }
        at_ns = line->at_ns;
        trace->end_ns = line->end_ns > trace->end_ns ? line->end_ns : trace->end_ns;
        trace->line_count++;
    }
    return sound;
}

bool trace_read(struct xhm_trace *trace, const char *path, FILE *errors) {
    *trace = (struct xhm_trace){.path = path, .text = read_text(path, errors)};
    if (trace->text == NULL) {
        return false;
    }
    trace->lines = calloc(count_lines(trace->text), sizeof(*trace->lines));
    return trace->lines != NULL && parse_text(trace, errors);
}

void trace_free(struct xhm_trace *trace) {
    free(trace->lines);
    free(trace->text);
    *trace = (struct xhm_trace){0};
}
