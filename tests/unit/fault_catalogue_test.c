/* docs/fault-catalogue.md and the tables in the code say the same, in both directions. Argument: the document. */
#include "event_catalogue.h"

#include <ctype.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <syslog.h>

#include <cmocka.h>

#define TEXT_SIZE (256 * 1024)

static char *document;

static const char *const class_names[] = {
    [XHM_CLASS_PRESENCE] = "presence", [XHM_CLASS_ENTITY] = "entity",       [XHM_CLASS_PROBE] = "probe",
    [XHM_CLASS_DEADLINE] = "deadline", [XHM_CLASS_PLACEMENT] = "placement", [XHM_CLASS_MEMORY] = "memory",
    [XHM_CLASS_LOAD] = "load",         [XHM_CLASS_RECOVERY] = "recovery",   [XHM_CLASS_SUPERVISOR] = "supervisor",
    [XHM_CLASS_DEVICE] = "device",     [XHM_CLASS_PLATFORM] = "platform",
};

static const char *const priority_names[] = {
    [LOG_ERR] = "err", [LOG_WARNING] = "warning", [LOG_NOTICE] = "notice", [LOG_INFO] = "info"};

/* The part of the document about a fault: from its heading to the next. */
static void section_of(const struct xhm_fault_info *info, char *section, size_t size) {
    char heading[128];
    const char *begin;
    const char *end;

    snprintf(heading, sizeof(heading), "\n### 0x%04x %s\n", info->number, info->name);
    begin = strstr(document, heading);
    if (begin == NULL) {
        fail_msg("the document has no section \"### 0x%04x %s\"", info->number, info->name);
        return;
    }
    end = strstr(begin + 2, "\n##");
    assert_non_null(end);
    snprintf(section, size, "%.*s\n", (int)(end - begin), begin);
}

static void values_text(const char *const labels[2], const char *none, char *text, size_t size) {
    if (labels[0] == NULL) {
        snprintf(text, size, "%s", none);
    } else if (labels[1] == NULL) {
        snprintf(text, size, "`%s`", labels[0]);
    } else {
        snprintf(text, size, "`%s`, `%s`", labels[0], labels[1]);
    }
}

static void require_line(const char *section, const char *name, const char *key, const char *value) {
    char line[512];

    snprintf(line, sizeof(line), "\n- %s: %s\n", key, value);
    if (strstr(section, line) == NULL) {
        fail_msg("the section of %s has no line \"- %s: %s\"", name, key, value);
    }
}

static void require_text(const char *section, const char *name, const char *key) {
    char begin[64];
    const char *text;

    snprintf(begin, sizeof(begin), "\n- %s: ", key);
    text = strstr(section, begin);
    if (text == NULL || strlen(text) < strlen(begin) + 20) {
        fail_msg("the section of %s does not say its %s", name, key);
    }
}

static void every_fault_is_documented(void **state) {
    static char section[8192];

    (void)state;
    for (unsigned fault = 0; fault < XHM_FAULT_COUNT; fault++) {
        const struct xhm_fault_info *info = faults_info((enum xhm_fault)fault);
        char values[128];

        section_of(info, section, sizeof(section));
        values_text(event_catalogue_fault_labels((enum xhm_fault)fault), "none", values, sizeof(values));
        require_line(section, info->name, "Class", class_names[info->fault_class]);
        require_line(section, info->name, "Meaning", info->meaning);
        require_line(section, info->name, "Values", values);
        require_text(section, info->name, "Cause");
        require_text(section, info->name, "Reaction");
        require_text(section, info->name, "Provoke");
    }
}

static void every_documented_fault_exists(void **state) {
    unsigned count = 0;

    (void)state;
    for (const char *at = strstr(document, "\n### "); at != NULL; at = strstr(at + 1, "\n### ")) {
        char name[64];
        unsigned number;

        assert_int_equal(sscanf(at, "\n### 0x%x %63s", &number, name), 2);
        if (faults_find(number) == XHM_FAULT_COUNT) {
            fail_msg("the document describes fault 0x%04x %s, which does not exist", number, name);
        }
        count++;
    }
    assert_int_equal(count, XHM_FAULT_COUNT);
}

static void require_event_row(const char *kind, const struct xhm_event_info *info, const char *none) {
    char values[128];
    char row[512];

    values_text(info->labels, none, values, sizeof(values));
    snprintf(row, sizeof(row), "\n| %s | %s | %s | %s | %s |\n", kind, info->name, info->message_id,
             priority_names[info->priority], values);
    if (strstr(document, row) == NULL) {
        fail_msg("the document has no row \"%s\"", row + 1);
    }
}

static void every_event_is_documented(void **state) {
    unsigned rows = 0;

    (void)state;
    for (unsigned kind = 1; kind <= XHM_EVENT_HIGHEST; kind++) {
        const struct xhm_event_info *info = event_catalogue_info((enum xhm_event_kind)kind);
        char number[16];

        assert_non_null(info->name);
        snprintf(number, sizeof(number), "%u", kind);
        require_event_row(number, info, kind <= XHM_EVENT_FAULT_CLEARED ? "of the fault" : "none");
    }
    require_event_row("–", event_catalogue_sentence(), "none");
    require_event_row("–", event_catalogue_info((enum xhm_event_kind)0), "none");
    for (const char *at = strstr(document, "\n| "); at != NULL; at = strstr(at + 1, "\n| ")) {
        rows++;
    }
    /* Two more for the table's head, two for what is no event. */
    assert_int_equal(rows, XHM_EVENT_HIGHEST + 4);
}

static void numbers_names_and_ids_are_unique(void **state) {
    (void)state;
    for (unsigned one = 0; one < XHM_FAULT_COUNT; one++) {
        const struct xhm_fault_info *info = faults_info((enum xhm_fault)one);

        assert_int_equal(faults_find(info->number), one);
        for (unsigned other = 0; other < one; other++) {
            assert_string_not_equal(info->name, faults_info((enum xhm_fault)other)->name);
        }
    }
    for (unsigned one = 0; one <= XHM_EVENT_HIGHEST; one++) {
        const struct xhm_event_info *info = event_catalogue_info((enum xhm_event_kind)one);

        assert_int_equal(strlen(info->message_id), 32);
        assert_int_equal(strspn(info->message_id, "0123456789abcdef"), 32);
        assert_string_not_equal(info->message_id, event_catalogue_sentence()->message_id);
        for (unsigned other = 0; other < one; other++) {
            const struct xhm_event_info *others = event_catalogue_info((enum xhm_event_kind)other);

            assert_string_not_equal(info->name, others->name);
            assert_string_not_equal(info->message_id, others->message_id);
        }
    }
}

static void describes_what_happened(void **state) {
    const struct xhm_record expired = {
        .sequence = 1,
        .event = {.kind = XHM_EVENT_LOCAL_STATUS,
                  .fault = XHM_FAULT_COUNT,
                  .domid = XHM_NONE,
                  .values = {XHM_STATUS_FAILED, XHM_STATUS_EXPIRED}},
        .partition = "brake",
        .entity = "control",
    };
    const struct xhm_record ended = {
        .sequence = 2,
        .event = {.kind = XHM_EVENT_INSTANCE_ENDED, .fault = XHM_FAULT_COUNT, .domid = 4, .values = {XHM_NONE, 0}},
        .partition = "brake",
    };
    struct xhm_record unknown = {
        .sequence = 3,
        .event = {.kind = (enum xhm_event_kind)99, .fault = XHM_FAULT_COUNT, .domid = XHM_NONE, .values = {1, 2}},
    };
    char sentence[XHM_SENTENCE_SIZE];

    (void)state;
    event_catalogue_describe(&expired, sentence);
    assert_string_equal(sentence, "brake/control: local_status old=FAILED new=EXPIRED");
    event_catalogue_describe(&ended, sentence);
    assert_string_equal(sentence, "brake: instance_ended reason=none domid=4");
    event_catalogue_describe(&unknown, sentence);
    assert_string_equal(sentence, "ECU: unknown value=1 value=2");
    memset(unknown.partition, 'x', sizeof(unknown.partition) - 1);
    memset(unknown.entity, 'y', sizeof(unknown.entity) - 1);
    unknown.event.kind = XHM_EVENT_FAULT_RAISED;
    for (unsigned fault = 0; fault < XHM_FAULT_COUNT; fault++) {
        unknown.event.fault = (enum xhm_fault)fault;
        unknown.event.values[0] = UINT64_MAX;
        unknown.event.values[1] = UINT64_MAX;
        event_catalogue_describe(&unknown, sentence);
        assert_true(strlen(sentence) < XHM_SENTENCE_SIZE - 1);
    }
}

int main(int argument_count, char **arguments) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_fault_is_documented), cmocka_unit_test(every_documented_fault_exists),
        cmocka_unit_test(every_event_is_documented), cmocka_unit_test(numbers_names_and_ids_are_unique),
        cmocka_unit_test(describes_what_happened),
    };
    FILE *file = argument_count == 2 ? fopen(arguments[1], "re") : NULL;
    int failed;

    document = calloc(1, TEXT_SIZE);
    if (file == NULL || document == NULL || fread(document, 1, TEXT_SIZE - 1, file) == 0) {
        fprintf(stderr, "usage: fault_catalogue_test DOCUMENT, which must be readable\n");
        return 2;
    }
    fclose(file);
    failed = cmocka_run_group_tests(tests, NULL, NULL);
    free(document);
    return failed;
}
