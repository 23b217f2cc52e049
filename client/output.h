// SPDX-License-Identifier: Apache-2.0
/**
 * What xhmctl prints: JSON for programs, aligned tables for people.
 */
#ifndef XHM_OUTPUT_H
#define XHM_OUTPUT_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

/** Nesting that a JSON writer can hold. */
#define XHM_JSON_MAX_DEPTH 16

/** Writes one JSON value. Keys are given inside objects and NULL inside arrays and at the top. */
struct xhm_json {
    FILE *out;
    unsigned depth;
    bool filled[XHM_JSON_MAX_DEPTH]; /**< a value was written at that depth: the next needs a comma */
};

void json_init(struct xhm_json *json, FILE *out);
void json_begin_object(struct xhm_json *json, const char *key);
void json_end_object(struct xhm_json *json);
void json_begin_array(struct xhm_json *json, const char *key);
void json_end_array(struct xhm_json *json);
/** @p value NULL writes null. Bytes that are no UTF-8 become U+FFFD. */
void json_string(struct xhm_json *json, const char *key, const char *value);
/** Numbers are written whole: programs that read them as floating point lose digits above 2^53. */
void json_number(struct xhm_json *json, const char *key, uint64_t value);
void json_bool(struct xhm_json *json, const char *key, bool value);
void json_null(struct xhm_json *json, const char *key);
/** A policy hash as people write it: a string of 16 hexadecimal digits. */
void json_hash(struct xhm_json *json, const char *key, uint64_t hash);

/** Columns and rows that a table can hold. */
#define XHM_TABLE_MAX_COLUMNS 12
#define XHM_TABLE_MAX_ROWS    2048
#define XHM_TABLE_CELL_SIZE   96

/** How a cell is shown on a terminal. */
enum xhm_paint {
    XHM_PAINT_PLAIN,
    XHM_PAINT_GOOD,
    XHM_PAINT_WARNING,
    XHM_PAINT_BAD,
};

/** A table of cells, aligned when it is printed. About 2 MiB: allocated by table_new(). */
struct xhm_table;

/** A table whose header row is the words of @p header, separated by spaces. @return NULL without memory */
struct xhm_table *table_new(const char *header);
void table_free(struct xhm_table *table);
/** Adds a cell; a row is begun by the first cell after a full one. Cells longer than their size are cut. */
__attribute__((format(printf, 3, 4))) void table_cell(struct xhm_table *table, enum xhm_paint paint, const char *format,
                                                      ...);
/** Prints it with two spaces between columns; the last column is not padded. */
void table_print(const struct xhm_table *table, FILE *out, bool colour);

/** Copies @p text to @p clean with control characters (terminal escapes) replaced by '?'. */
void output_clean(const char *text, char *clean, size_t size);

/** True when @p out is a terminal and neither NO_COLOR nor TERM=dumb forbids colour. */
bool output_wants_colour(FILE *out);

#endif
