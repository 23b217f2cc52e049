// SPDX-License-Identifier: Apache-2.0
/*
 * Policies as text: what is refused and with which words, and what is read.
 *
 * bad_policies/NAME.yaml must be refused with exactly the lines of bad_policies/NAME.expected.
 */
#include "faults.h"
#include "policy_text.h"
#include "schema.h"
#include "suggestion.h"

#include <dirent.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define MS UINT64_C(1000000)
#define S  (UINT64_C(1000) * MS)

#define BAD_POLICIES XHM_SOURCE_ROOT "/tests/unit/bad_policies"

static struct xhm_policy policy;
static struct xhm_messages messages;

static char *read_file(const char *path, size_t *size) {
    FILE *stream = fopen(path, "re");
    assert_non_null(stream);
    char *contents = calloc(1, XHM_POLICY_TEXT_MAX_SIZE);
    assert_non_null(contents);
    *size = fread(contents, 1, XHM_POLICY_TEXT_MAX_SIZE - 1, stream);
    fclose(stream);
    return contents;
}

static bool read_text(const char *text, struct xhm_policy *to) {
    messages_init(&messages, "test.yaml");
    return policy_text_read(text, strlen(text), to, &messages);
}

static void write_messages(char *text, size_t size) {
    size_t used = 0;
    text[0] = '\0';
    for (uint32_t i = 0; i < messages_kept(&messages); i++) {
        const struct xhm_message *message = &messages.messages[i];
        used += (size_t)snprintf(text + used, size - used, "%u:%u: %s\n", message->mark.line, message->mark.column,
                                 message->text);
        assert_true(used < size);
    }
}

static const bool has_default_capacities = XHM_MAX_PARTITIONS == 32 && XHM_MAX_ENTITIES == 8 && XHM_MAX_VCPUS == 16 &&
                                           XHM_MAX_PAGES == 4 && XHM_MAX_PCPUS == 256;

/* What these files say depends on the capacities of this build. */
static bool needs_default_capacities(const char *name) {
    static const char *const prefixes[] = {"too_many", "pcpu_too_high", "page"};
    for (size_t i = 0; i < sizeof(prefixes) / sizeof(prefixes[0]); i++) {
        if (strncmp(name, prefixes[i], strlen(prefixes[i])) == 0) {
            return !has_default_capacities;
        }
    }
    return false;
}

static void refuses_one(const char *name, char *all_expected, size_t all_size) {
    char path[4096];
    char told[16384];
    size_t text_size;
    size_t expected_size;
    snprintf(path, sizeof(path), BAD_POLICIES "/%s.yaml", name);
    char *text = read_file(path, &text_size);
    snprintf(path, sizeof(path), BAD_POLICIES "/%s.expected", name);
    char *expected = read_file(path, &expected_size);

    messages_init(&messages, name);
    bool sound = policy_text_read(text, text_size, &policy, &messages);
    write_messages(told, sizeof(told));
    if (sound || strcmp(told, expected) != 0) {
        print_error("%s.yaml\n-- expected:\n%s-- told:\n%s", name, expected, told);
    }
    assert_false(sound);
    assert_string_equal(told, expected);
    strncat(all_expected, expected, all_size - strlen(all_expected) - 1);
    free(text);
    free(expected);
}

/* Every sentence about a policy's meaning is provoked by some file, but for what a text cannot say. */
static void covers_every_finding(const char *all_expected) {
    for (unsigned kind = 0; kind < XHM_FINDING_COUNT; kind++) {
        bool unsayable = kind == XHM_FINDING_COUNT_RANGE || kind == XHM_FINDING_REFERENCE_RANGE ||
                         kind == XHM_FINDING_DISPOSITION_WORD || kind == XHM_FINDING_CAPABILITY_WORD ||
                         kind == XHM_FINDING_POOL_SCHEDULER_WORD || kind == XHM_FINDING_DEVICE_KIND;
        const char *sentence = policy_check_sentence((enum xhm_finding_kind)kind);
        bool of_pages = kind == XHM_FINDING_PAGE_COUNT_RANGE || kind == XHM_FINDING_PAGE_UNUSED ||
                        kind == XHM_FINDING_ENTITY_PAGE_RANGE;
        unsayable = unsayable || (of_pages && !has_default_capacities);
        if (!unsayable && strstr(all_expected, sentence) == NULL) {
            fail_msg("no bad policy provokes \"%s\"", sentence);
        }
    }
}

static void refuses_bad_policies(void **state) {
    (void)state;
    static char all_expected[256 * 1024];
    DIR *folder = opendir(BAD_POLICIES);
    unsigned count = 0;
    assert_non_null(folder);
    for (const struct dirent *entry = readdir(folder); entry != NULL; entry = readdir(folder)) {
        char name[256];
        snprintf(name, sizeof(name), "%s", entry->d_name);
        char *suffix = strstr(name, ".yaml");
        if (suffix != NULL) {
            *suffix = '\0';
            count++;
            if (!needs_default_capacities(name)) {
                refuses_one(name, all_expected, sizeof(all_expected));
            }
        }
    }
    closedir(folder);
    assert_true(count >= 30);
    covers_every_finding(all_expected);
}

static const char smallest[] = "schema: 1\n"
                               "ecu: small\n"
                               "supervisor: {cycle: 10ms, crash_check_period: 20ms, conformance_period: 1s,\n"
                               "             overrun_tolerance: 50ms, probe_busy_tolerance: 100ms}\n"
                               "partitions:\n"
                               "  - name: one\n"
                               "    id: 7\n"
                               "    identity: dom0\n"
                               "    startup_grace: 1m\n"
                               "    entities:\n"
                               "      - name: task\n"
                               "        id: 1\n"
                               "        page: 1\n"
                               "        alive: {reference_cycle: 100ms, expected: 5}\n"
                               "      - {name: slow, id: 2, deadline_miss: {window: 1s, limit: 0}}\n"
                               "access: [{gid: 5, roles: operator}]\n";

static void fills_in_defaults(void **state) {
    (void)state;
    assert_true(read_text(smallest, &policy));
    const struct xhm_partition_policy *one = &policy.partitions[0];
    assert_int_equal(policy.supervisor.conformance_checks_per_cycle, 4);
    assert_int_equal(policy.supervisor.visibility_timeout_ns, 5 * S);
    assert_int_equal(policy.supervisor.agent_timeout_ns, 5 * S);
    assert_false(policy.injection_allowed);
    assert_int_equal(one->identity.kind, XHM_IDENTITY_DOM0);
    assert_int_equal(one->page_count, 2);
    assert_int_equal(one->vcpu_count, 0);
    assert_int_equal(one->memory.size_kib, 0);
    assert_int_equal(one->entities[0].alive.failed_tolerance, 0);
    assert_int_equal(one->entities[1].alive.reference_cycle_ns, 0);
    for (unsigned i = 0; i < XHM_CLASS_COUNT; i++) {
        assert_int_equal(one->reactions[i].rungs[0], XHM_REACTION_REPORT);
    }
    assert_int_equal(one->restart.limit, 3);
    assert_int_equal(one->restart.window_ns, 600 * S);
    assert_int_equal(one->restart.timeout_ns, 60 * S);
    assert_false(one->injection_allowed);
    assert_int_equal(policy.access[0].kind, XHM_ACCESS_GID);
    assert_int_equal(policy.access[0].roles, XHM_ROLE_OPERATOR);
}

static void reads_every_unit(void **state) {
    (void)state;
    static const struct {
        enum xhm_scalar_kind kind;
        const char *text;
        uint64_t value;
        const char *written;
    } rows[] = {
        {XHM_SCALAR_DURATION, "1ns", 1, "1ns"},
        {XHM_SCALAR_DURATION, "25us", 25000, "25us"},
        {XHM_SCALAR_DURATION, "10ms", 10 * MS, "10ms"},
        {XHM_SCALAR_DURATION, "1000 ms", S, "1s"},
        {XHM_SCALAR_DURATION, "2m", 120 * S, "2m"},
        {XHM_SCALAR_DURATION, "1h", 3600 * S, "1h"},
        {XHM_SCALAR_DURATION, "90s", 90 * S, "90s"},
        {XHM_SCALAR_DURATION, "0s", 0, "0s"},
        {XHM_SCALAR_DURATION, "18446744073709551615ns", UINT64_MAX, "18446744073709551615ns"},
        {XHM_SCALAR_SIZE, "512KiB", 512, "512KiB"},
        {XHM_SCALAR_SIZE, "96MiB", 98304, "96MiB"},
        {XHM_SCALAR_SIZE, "1024MiB", 1u << 20, "1GiB"},
        {XHM_SCALAR_SIZE, "16TiB", UINT64_C(1) << 34, "16TiB"},
        {XHM_SCALAR_SIZE, "0KiB", 0, "0KiB"},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        uint64_t value = 99;
        char text[XHM_SCALAR_TEXT_SIZE];
        assert_null(scalar_info(rows[i].kind)->read(rows[i].text, &value));
        assert_true(value == rows[i].value);
        scalar_info(rows[i].kind)->write(&value, text);
        assert_string_equal(text, rows[i].written);
    }
}

static void reads_sets_of_pcpus(void **state) {
    (void)state;
    static const struct {
        const char *text;
        uint64_t word;
        const char *written;
    } rows[] = {
        {"0", 1, "0"},
        {"1,3", 0xa, "\"1,3\""},
        {"2-3", 0xc, "\"2-3\""},
        {"5, 0-2", 0x27, "\"0-2,5\""},
        {"63", UINT64_C(1) << 63, "63"},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct xhm_pcpu_set set = {{0}};
        char text[XHM_SCALAR_TEXT_SIZE];
        assert_null(scalar_info(XHM_SCALAR_PCPUS)->read(rows[i].text, &set));
        assert_true(set.words[0] == rows[i].word);
        scalar_info(XHM_SCALAR_PCPUS)->write(&set, text);
        assert_string_equal(text, rows[i].written);
    }
}

/* The longest text that a set can have: every second pCPU. */
static void writes_the_longest_set(void **state) {
    (void)state;
    struct xhm_pcpu_set set;
    struct xhm_pcpu_set back = {{0}};
    char text[XHM_SCALAR_TEXT_SIZE];
    memset(&set, 0x55, sizeof(set));
    scalar_info(XHM_SCALAR_PCPUS)->write(&set, text);
    text[strlen(text) - 1] = '\0';
    assert_null(scalar_info(XHM_SCALAR_PCPUS)->read(text + 1, &back));
    assert_memory_equal(&set, &back, sizeof(set));
}

static void suggests_near_words_only(void **state) {
    (void)state;
    assert_int_equal(suggestion_distance("", "abc"), 3);
    assert_int_equal(suggestion_distance("kitten", "sitting"), 3);
    assert_true(suggestion_is_close("parttions", "partitions"));
    assert_true(suggestion_is_close("Id", "id"));
    assert_false(suggestion_is_close("name", "id"));
    assert_false(
        suggestion_is_close("a-word-of-more-than-sixty-three-letters-that-nobody-would-ever-write-in-a-policy",
                            "a-word-of-more-than-sixty-three-letters-that-nobody-would-ever-write-in-a-policy"));
}

/* In the reference, a section of a mapping's title has one row a key, which says the default. */
static void documents_mapping(const char *reference, const struct xhm_schema_mapping *mapping) {
    char text[256];
    snprintf(text, sizeof(text), "\n## `%s`\n", mapping->title);
    const char *section = strstr(reference, text);
    if (section == NULL) {
        fail_msg("docs/policy-reference.md has no section \"## `%s`\"", mapping->title);
        return;
    }
    const char *next = strstr(section + strlen(text), "\n## ");
    if (mapping->of_faults) {
        assert_int_equal(mapping->key_count, XHM_FAULT_COUNT);
        return;
    }
    size_t length = next != NULL ? (size_t)(next - section) : strlen(section);
    for (size_t i = 0; i < mapping->key_count; i++) {
        const struct xhm_schema_key *key = &mapping->keys[i];
        snprintf(text, sizeof(text), "\n| `%s` |", key->name);
        const char *row = memmem(section, length, text, strlen(text));
        if (row == NULL) {
            fail_msg("docs/policy-reference.md does not describe `%s` of `%s`", key->name, mapping->title);
            return;
        }
        static const char *const words[] = {[XHM_SCHEMA_REQUIRED] = "required",
                                            [XHM_SCHEMA_OPTIONAL] = "not supervised",
                                            [XHM_SCHEMA_ALTERNATIVE] = "one of"};
        const char *said = key->fallback != NULL             ? key->fallback
                           : key->form == XHM_SCHEMA_MAPPING ? ""
                                                             : words[key->presence];
        if (memmem(row + 1, strcspn(row + 1, "\n"), said, strlen(said)) == NULL) {
            fail_msg("docs/policy-reference.md does not say \"%s\" of `%s` in `%s`", said, key->name, mapping->title);
        }
        if (key->mapping != NULL) {
            documents_mapping(reference, key->mapping);
        }
    }
}

static void reference_describes_every_key(void **state) {
    (void)state;
    size_t size;
    char *reference = read_file(XHM_SOURCE_ROOT "/docs/policy-reference.md", &size);
    documents_mapping(reference, &schema_policy);
    free(reference);
}

static void counts_what_it_cannot_keep(void **state) {
    (void)state;
    messages_init(&messages, "file");
    for (unsigned i = 0; i < XHM_MAX_MESSAGES + 5; i++) {
        messages_add(&messages, (struct xhm_mark){XHM_MAX_MESSAGES - i % 7, 1}, "path", "message %u", i);
    }
    messages_sort(&messages);
    char *text = NULL;
    size_t size = 0;
    FILE *stream = open_memstream(&text, &size);
    messages_print(&messages, stream);
    fclose(stream);
    assert_non_null(strstr(text, "file:250:1: path: message 6\n"));
    assert_non_null(strstr(text, "file: and 5 more\n"));
    free(text);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(refuses_bad_policies),       cmocka_unit_test(fills_in_defaults),
        cmocka_unit_test(reads_every_unit),           cmocka_unit_test(reads_sets_of_pcpus),
        cmocka_unit_test(writes_the_longest_set),     cmocka_unit_test(suggests_near_words_only),
        cmocka_unit_test(counts_what_it_cannot_keep), cmocka_unit_test(reference_describes_every_key),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
