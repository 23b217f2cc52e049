#include "facts_gather.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

bool facts_parse_number(const char *text, uint32_t greatest, uint32_t *number) {
    char *end = NULL;

    if (*text < '0' || *text > '9') {
        return false;
    }
    errno = 0;

    const unsigned long long value = strtoull(text, &end, 10);

    *number = (uint32_t)value;
    return errno == 0 && *end == '\0' && value <= greatest;
}

int facts_read_node(struct xs_handle *store, const char *path, char *text, size_t size) {
    unsigned length = 0;
    char *value = xs_read(store, XBT_NULL, path, &length);

    if (value == NULL) {
        return errno == ENOENT ? 0 : -1;
    }

    const bool is_text = length < size && memchr(value, '\0', length) == NULL;

    if (is_text) {
        memcpy(text, value, length);
        text[length] = '\0';
    }
    free(value);
    return is_text ? 1 : -1;
}

int facts_read_number(struct xs_handle *store, const char *path, uint32_t greatest, uint32_t *number) {
    char text[16];
    const int result = facts_read_node(store, path, text, sizeof(text));

    return result == 1 && !facts_parse_number(text, greatest, number) ? -1 : result;
}
