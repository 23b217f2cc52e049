// SPDX-License-Identifier: Apache-2.0
#include "xl_reader.h"

#include "xl_affinity.h"
#include "xl_keys.h"
#include "xl_scan.h"
#include <errno.h>
#include <libxlutil.h>
#include <stdlib.h>
#include <string.h>

/* What reading one configuration needs. */
struct reader {
    XLU_Config *config;
    FILE *report; /**< libxlutil's messages; text and size are valid after a flush */
    char *report_text;
    size_t report_size;
    size_t report_told; /**< bytes of it that were handed on */
    struct xhm_xl_domain *domain;
    struct xhm_messages *messages;
};

/* "FILE:LINE:COLUMN: ", of which the column may be missing, and all of it when the message is about the whole file */
static const char *take_mark(const char *line, const char *file, struct xhm_mark *mark) {
    const size_t length = strlen(file);
    *mark = (struct xhm_mark){0};
    if (strncmp(line, file, length) != 0 || line[length] != ':') {
        return line;
    }
    char *after;
    uint32_t *const numbers[] = {&mark->line, &mark->column};
    line += length + 1;
    for (size_t i = 0; i < 2; i++) {
        const unsigned long number = strtoul(line, &after, 10);
        if (after == line || *after != ':') {
            break;
        }
        *numbers[i] = (uint32_t)number;
        line = after + 1;
    }
    return line + strspn(line, " ");
}

/* Hands on what libxlutil said. @return whether it said anything */
static bool tell_report(struct reader *reader) {
    fflush(reader->report);
    bool told = false;
    char *rest = reader->report_text + reader->report_told;
    reader->report_told = reader->report_size;
    for (char *line = strsep(&rest, "\n"); line != NULL; line = strsep(&rest, "\n")) {
        struct xhm_mark mark;
        const char *sentence = take_mark(line, reader->messages->file, &mark);
        if (*sentence != '\0') {
            messages_add(reader->messages, mark, "", "%s", sentence);
            told = true;
        }
    }
    return told;
}

static void tell(struct reader *reader, enum xhm_xl_key key, const char *text, const char *wrong) {
    struct xhm_xl_value *value = &reader->domain->values[key];
    value->state = XHM_XL_UNREADABLE;
    messages_add(reader->messages, value->mark, xl_keys_info(key)->name, "\"%s\" %s", text, wrong);
}

static int read_text(struct reader *reader, enum xhm_xl_key key) {
    const char *text;
    struct xhm_xl_value *value = &reader->domain->values[key];
    const int verdict = xlu_cfg_get_string(reader->config, xl_keys_info(key)->name, &text, 0);
    if (verdict == 0 && strlen(text) >= sizeof(value->text)) {
        tell(reader, key, text, "is too long");
    } else if (verdict == 0) {
        strcpy(value->text, text);
    }
    return verdict;
}

static int read_number(struct reader *reader, enum xhm_xl_key key) {
    long number = 0;
    const struct xhm_xl_key_info *info = xl_keys_info(key);
    const int verdict = xlu_cfg_get_bounded_long(reader->config, info->name, 0, info->most, &number, 0);
    reader->domain->values[key].number = (uint64_t)number;
    return verdict;
}

static void keep_item(struct reader *reader, enum xhm_xl_key key, const char *item) {
    struct xhm_xl_domain *domain = reader->domain;
    if (item == NULL) {
        tell(reader, key, "…", "is a list in a list");
    } else if (domain->item_count == XHM_XL_MAX_ITEMS) {
        tell(reader, key, item, "is one element too many for all the lists of this file");
    } else if (strlen(item) >= XHM_XL_TEXT_SIZE) {
        tell(reader, key, item, "is too long");
    } else {
        strcpy(domain->items[domain->item_count++], item);
    }
}

static int read_list(struct reader *reader, enum xhm_xl_key key) {
    XLU_ConfigList *list;
    int count = 0;
    struct xhm_xl_value *value = &reader->domain->values[key];
    const int verdict = xlu_cfg_get_list(reader->config, xl_keys_info(key)->name, &list, &count, 0);
    value->first_item = reader->domain->item_count;
    for (int i = 0; verdict == 0 && i < count; i++) {
        keep_item(reader, key, xlu_cfg_get_listitem(list, i));
    }
    value->item_count = (uint32_t)count;
    return verdict;
}

static void read_affinity(struct reader *reader, const char *text, uint32_t vcpu) {
    if (text == NULL) {
        tell(reader, XHM_XL_CPUS, "…", "is a list in a list");
        return;
    }
    const char *wrong = xl_affinity_read(text, &reader->domain->affinity[vcpu]);
    if (wrong != NULL) {
        tell(reader, XHM_XL_CPUS, text, wrong);
    }
}

/* xl leaves alone what a list does not reach, and ignores what it has too much. */
static void read_affinity_list(struct reader *reader, XLU_ConfigList *list, uint32_t count) {
    for (uint32_t vcpu = 0; vcpu < count && vcpu < reader->domain->max_vcpus; vcpu++) {
        read_affinity(reader, xlu_cfg_get_listitem(list, (int)vcpu), vcpu);
    }
}

static int read_cpus(struct reader *reader, enum xhm_xl_key key) {
    XLU_ConfigList *list;
    int count = 0;
    const char *text;
    const char *name = xl_keys_info(key)->name;
    if (xlu_cfg_get_list(reader->config, name, &list, &count, 1) == 0) {
        read_affinity_list(reader, list, (uint32_t)count);
        return 0;
    }
    const int verdict = xlu_cfg_get_string(reader->config, name, &text, 0);
    if (verdict == 0) {
        read_affinity(reader, text, 0);
        for (uint32_t vcpu = 1; vcpu < reader->domain->max_vcpus; vcpu++) {
            reader->domain->affinity[vcpu] = reader->domain->affinity[0];
        }
    }
    return verdict;
}

static void read_value(struct reader *reader, enum xhm_xl_key key) {
    static int (*const readers[])(struct reader * reader, enum xhm_xl_key key) = {
        [XHM_XL_KIND_TEXT] = read_text,
        [XHM_XL_KIND_NUMBER] = read_number,
        [XHM_XL_KIND_LIST] = read_list,
        [XHM_XL_KIND_CPUS] = read_cpus,
    };
    struct xhm_xl_value *value = &reader->domain->values[key];
    value->state = XHM_XL_READ;
    const int verdict = readers[xl_keys_info(key)->kind](reader, key);
    if (verdict != 0) {
        value->state = verdict == ESRCH ? XHM_XL_ABSENT : XHM_XL_UNREADABLE;
    }
}

static void keep_other(struct reader *reader, const struct xhm_xl_scan_key *key, uint32_t line_forgotten) {
    struct xhm_xl_domain *domain = reader->domain;
    if (domain->other_count < XHM_XL_MAX_OTHERS) {
        struct xhm_xl_other *other = &domain->others[domain->other_count];
        _Static_assert(sizeof(other->name) == sizeof(key->name), "names are kept whole");
        memcpy(other->name, key->name, sizeof(other->name));
        other->mark = key->mark;
        other->line_forgotten = line_forgotten;
    }
    domain->other_count++;
}

static void find_keys(struct reader *reader, const char *text) {
    struct xhm_xl_scan scan;
    struct xhm_xl_scan_key found;
    xl_scan_init(&scan, text);
    while (xl_scan_next(&scan, &found)) {
        const enum xhm_xl_key key = xl_keys_find(found.name);
        if (key == XHM_XL_KEY_COUNT) {
            if (!xl_keys_is_without_bearing(found.name)) {
                keep_other(reader, &found, 0);
            }
            continue;
        }
        struct xhm_mark *mark = &reader->domain->values[key].mark;
        if (mark->line != 0 && !found.adds) {
            keep_other(reader, &found, mark->line);
        }
        *mark = found.mark;
    }
}

/* How many vCPUs there are says how many of them have an affinity. */
static void read_values(struct reader *reader) {
    struct xhm_xl_domain *domain = reader->domain;
    read_value(reader, XHM_XL_VCPUS);
    read_value(reader, XHM_XL_MAXVCPUS);
    domain->vcpus = (uint32_t)domain->values[XHM_XL_VCPUS].number;
    domain->vcpus += domain->vcpus == 0;
    domain->max_vcpus = (uint32_t)domain->values[XHM_XL_MAXVCPUS].number;
    domain->max_vcpus = domain->max_vcpus == 0 ? domain->vcpus : domain->max_vcpus;
    for (unsigned vcpu = 0; vcpu < XHM_XL_MAX_VCPUS; vcpu++) {
        xl_affinity_set_every(&domain->affinity[vcpu]);
    }
    for (unsigned key = 0; key < XHM_XL_KEY_COUNT; key++) {
        if (key != XHM_XL_VCPUS && key != XHM_XL_MAXVCPUS) {
            read_value(reader, (enum xhm_xl_key)key);
        }
    }
}

static void read_uuid(struct reader *reader) {
    const struct xhm_xl_value *value = &reader->domain->values[XHM_XL_UUID];
    if (value->state != XHM_XL_READ) {
        return;
    }
    struct xhm_identity identity;
    const char *wrong = scalar_info(XHM_SCALAR_UUID)->read(value->text, &identity);
    if (wrong != NULL) {
        tell(reader, XHM_XL_UUID, value->text, wrong);
        return;
    }
    reader->domain->uuid = identity.uuid;
}

static bool parse(struct reader *reader, const char *text, size_t size) {
    const int verdict = xlu_cfg_readdata(reader->config, text, (int)size);
    const bool told = tell_report(reader);
    if (verdict != 0 && !told) {
        messages_add(reader->messages, (struct xhm_mark){0}, "", "reading it: %s", strerror(verdict));
    }
    return verdict == 0;
}

static bool read_with(struct reader *reader, const char *text, size_t size) {
    reader->config = xlu_cfg_init(reader->report, reader->messages->file);
    if (reader->config == NULL) {
        messages_add(reader->messages, (struct xhm_mark){0}, "", "reading it: out of memory");
        return false;
    }
    const bool parsed = parse(reader, text, size);
    if (parsed) {
        find_keys(reader, text);
        read_values(reader);
        read_uuid(reader);
        tell_report(reader);
    }
    xlu_cfg_destroy(reader->config);
    return parsed;
}

bool xl_reader_read(const char *text, size_t size, struct xhm_xl_domain *domain, struct xhm_messages *messages) {
    *domain = (struct xhm_xl_domain){0};
    if (size > XHM_XL_MAX_SIZE || strlen(text) != size) {
        messages_add(messages, (struct xhm_mark){0}, "", "is no xl configuration: %s",
                     size > XHM_XL_MAX_SIZE ? "it is larger than 1 MiB" : "it has zero bytes");
        return false;
    }
    struct reader reader = {.domain = domain, .messages = messages};
    reader.report = open_memstream(&reader.report_text, &reader.report_size);
    if (reader.report == NULL) {
        messages_add(messages, (struct xhm_mark){0}, "", "reading it: out of memory");
        return false;
    }
    const bool read = read_with(&reader, text, size);
    fclose(reader.report);
    free(reader.report_text);
    return read;
}
