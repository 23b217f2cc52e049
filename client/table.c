// SPDX-License-Identifier: Apache-2.0
#include "output.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct cell {
    enum xhm_paint paint;
    char text[XHM_TABLE_CELL_SIZE];
};

struct xhm_table {
    size_t column_count;
    size_t cell_count;
    struct cell cells[(XHM_TABLE_MAX_ROWS + 1) * XHM_TABLE_MAX_COLUMNS];
};

struct xhm_table *table_new(const char *header) {
    struct xhm_table *table = malloc(sizeof(*table));
    if (table == NULL) {
        return NULL;
    }
    table->column_count = 0;
    table->cell_count = 0;
    while (*header != '\0') {
        size_t length = strcspn(header, " ");
        table_cell(table, XHM_PAINT_PLAIN, "%.*s", (int)length, header);
        table->column_count++;
        header += length;
        header += strspn(header, " ");
    }
    return table;
}

void table_free(struct xhm_table *table) {
    free(table);
}

void table_cell(struct xhm_table *table, enum xhm_paint paint, const char *format, ...) {
    if (table->cell_count == sizeof(table->cells) / sizeof(table->cells[0])) {
        return;
    }
    struct cell *cell = &table->cells[table->cell_count++];
    cell->paint = paint;
    char text[XHM_TABLE_CELL_SIZE];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text, sizeof(text), format, arguments);
    va_end(arguments);
    output_clean(text, cell->text, sizeof(cell->text));
}

static size_t column_width(const struct xhm_table *table, size_t column) {
    size_t width = 0;
    for (size_t i = column; i < table->cell_count; i += table->column_count) {
        size_t length = strlen(table->cells[i].text);
        width = length > width ? length : width;
    }
    return width;
}

static void print_cell(const struct cell *cell, size_t width, FILE *out, bool colour) {
    static const char *const paints[] = {
        [XHM_PAINT_PLAIN] = "",
        [XHM_PAINT_GOOD] = "\033[32m",
        [XHM_PAINT_WARNING] = "\033[33m",
        [XHM_PAINT_BAD] = "\033[31m",
    };
    bool painted = colour && cell->paint != XHM_PAINT_PLAIN;
    fprintf(out, "%s%s%s%*s", painted ? paints[cell->paint] : "", cell->text, painted ? "\033[0m" : "",
            width > 0 ? (int)(width - strlen(cell->text) + 2) : 0, "");
}

void table_print(const struct xhm_table *table, FILE *out, bool colour) {
    size_t widths[XHM_TABLE_MAX_COLUMNS];
    for (size_t column = 0; column < table->column_count; column++) {
        widths[column] = column_width(table, column);
    }
    for (size_t i = 0; i < table->cell_count; i++) {
        bool last = (i + 1) % table->column_count == 0;
        print_cell(&table->cells[i], last ? 0 : widths[i % table->column_count], out, colour);
        if (last) {
            fputc('\n', out);
        }
    }
}

void output_clean(const char *text, char *clean, size_t size) {
    size_t i = 0;
    for (; i + 1 < size && text[i] != '\0'; i++) {
        unsigned char byte = (unsigned char)text[i];
        clean[i] = byte < 0x20 || byte == 0x7f ? '?' : text[i];
    }
    clean[i] = '\0';
}

bool output_wants_colour(FILE *out) {
    const char *forbidden = getenv("NO_COLOR");
    const char *terminal = getenv("TERM");
    return isatty(fileno(out)) == 1 && (forbidden == NULL || forbidden[0] == '\0') && terminal != NULL &&
           strcmp(terminal, "dumb") != 0;
}
