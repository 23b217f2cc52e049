// SPDX-License-Identifier: Apache-2.0
/* What xhmctl prints: JSON that is JSON whatever the texts hold, aligned tables, names of numbers. */
#include "names.h"
#include "output.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static char *text;
static size_t text_size;
static FILE *out;
static struct xhm_json json;

static int set_up(void **state) {
    (void)state;
    out = open_memstream(&text, &text_size);
    json_init(&json, out);
    return out != NULL ? 0 : -1;
}

static int tear_down(void **state) {
    (void)state;
    fclose(out);
    free(text);
    return 0;
}

static void printed(const char *expected) {
    fflush(out);
    assert_string_equal(text, expected);
}

static void writes_nested_values(void **state) {
    (void)state;
    json_begin_object(&json, NULL);
    json_number(&json, "n", UINT64_MAX);
    json_begin_array(&json, "list");
    json_number(&json, NULL, 1);
    json_begin_object(&json, NULL);
    json_end_object(&json);
    json_null(&json, NULL);
    json_end_array(&json);
    json_bool(&json, "yes", true);
    json_hash(&json, "hash", 0xab);
    json_string(&json, "none", NULL);
    json_end_object(&json);
    printed("{\"n\":18446744073709551615,\"list\":[1,{},null],\"yes\":true,\"hash\":\"00000000000000ab\","
            "\"none\":null}\n");
}

static void writes_one_object_a_line(void **state) {
    (void)state;
    for (unsigned i = 0; i < 2; i++) {
        json_begin_object(&json, NULL);
        json_end_object(&json);
    }
    printed("{}\n{}\n");
}

static void escapes_strings(void **state) {
    (void)state;
    static const struct {
        const char *value;
        const char *written;
    } rows[] = {
        {"", "\"\""},
        {"plain", "\"plain\""},
        {"a\"b\\c", "\"a\\\"b\\\\c\""},
        {"\n\t\x1b[0m\x7f", "\"\\u000a\\u0009\\u001b[0m\\u007f\""},
        {"\xc3\xa4 \xe2\x82\xac \xf0\x9f\x98\x80", "\"\xc3\xa4 \xe2\x82\xac \xf0\x9f\x98\x80\""},
        {"\xff", "\"\\ufffd\""},                                  /* no first byte */
        {"\xc3", "\"\\ufffd\""},                                  /* cut short */
        {"\xc0\xaf", "\"\\ufffd\\ufffd\""},                       /* overlong */
        {"\xe0\x80\x80", "\"\\ufffd\\ufffd\\ufffd\""},            /* overlong */
        {"\xed\xa0\x80", "\"\\ufffd\\ufffd\\ufffd\""},            /* a surrogate */
        {"\xf4\x90\x80\x80", "\"\\ufffd\\ufffd\\ufffd\\ufffd\""}, /* above U+10FFFF */
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        rewind(out);
        json_init(&json, out);
        json_string(&json, NULL, rows[i].value);
        fputc('\0', out);
        printed(rows[i].written);
    }
}

static void aligns_tables(void **state) {
    (void)state;
    struct xhm_table *table = table_new("NAME STATUS FAULTS");
    table_cell(table, XHM_PAINT_PLAIN, "infotainment");
    table_cell(table, XHM_PAINT_GOOD, "OK");
    table_cell(table, XHM_PAINT_PLAIN, "-");
    table_cell(table, XHM_PAINT_PLAIN, "b");
    table_cell(table, XHM_PAINT_BAD, "EXPIRED");
    table_cell(table, XHM_PAINT_PLAIN, "a\x1b[2Jb");
    table_print(table, out, false);
    printed("NAME          STATUS   FAULTS\n"
            "infotainment  OK       -\n"
            "b             EXPIRED  a?[2Jb\n");
    rewind(out);
    table_print(table, out, true);
    fputc('\0', out);
    printed("NAME          STATUS   FAULTS\n"
            "infotainment  \033[32mOK\033[0m       -\n"
            "b             \033[31mEXPIRED\033[0m  a?[2Jb\n");
    table_free(table);
}

static void cuts_long_tables(void **state) {
    (void)state;
    struct xhm_table *table = table_new("A");
    for (unsigned i = 0; i < 100000; i++) {
        table_cell(table, XHM_PAINT_PLAIN, "%u", i);
    }
    table_print(table, out, false);
    fflush(out);
    assert_true(strlen(text) > 1000);
    table_free(table);
}

static void names_numbers(void **state) {
    (void)state;
    char name[XHM_NAME_TEXT_SIZE];
    char time_text[XHM_TIME_TEXT_SIZE];
    assert_string_equal(names_status(XHM__V1__HEALTH_STATUS__STATUS_EXPIRED, name), "EXPIRED");
    assert_string_equal(names_life(XHM__V1__LIFE__LIFE_LIMITED, name), "limited");
    assert_string_equal(names_event(XHM__V1__EVENT_KIND__EVENT_RESTART_DONE, name), "restart_done");
    assert_string_equal(names_event(99, name), "unknown-99");
    assert_string_equal(names_event(UINT32_MAX, name), "unknown-4294967295");
    assert_string_equal(names_shutdown(3, name), "crash");
    assert_string_equal(names_shutdown(UINT32_MAX, name), "none");
    assert_string_equal(names_word(XHM_WORDS_LAST_RESORT, 1, name), "reboot_ecu");
    assert_string_equal(names_word(XHM_WORDS_FAULT_CLASS, 77, name), "unknown-77");
    assert_int_equal(names_find_mode("update"), XHM__V1__ECU_MODE__MODE_UPDATE);
    assert_int_equal(names_find_mode("sleep"), XHM__V1__ECU_MODE__MODE_UNSPECIFIED);
    assert_int_equal(names_find_injection("pin"), XHM__V1__INJECTION_KIND__INJECTION_PIN);
    assert_int_equal(names_find_injection("lightning"), XHM__V1__INJECTION_KIND__INJECTION_UNSPECIFIED);
    assert_int_equal(names_find_fault("0x0205"), XHM_FAULT_ENTITY_LOGICAL);
    assert_int_equal(names_find_fault("entity_logical"), XHM_FAULT_ENTITY_LOGICAL);
    assert_int_equal(names_find_fault("0x020"), XHM_FAULT_COUNT);
    names_time(UINT64_C(1700000000123456789), time_text);
    assert_string_equal(time_text, "2023-11-14T22:13:20.123Z");
    names_time(0, time_text);
    assert_string_equal(time_text, "-");
}

static void spells_status_bytes(void **state) {
    (void)state;
    char bits[XHM_DTC_TEXT_SIZE];
    assert_string_equal(names_dtc_status(0, bits), "none");
    assert_string_equal(names_dtc_status(0x09, bits), "testFailed, confirmedDTC");
    names_dtc_status(0xff, bits);
    assert_non_null(strstr(bits, "warningIndicatorRequested"));
    assert_string_equal(names_dtc_status(0x100, bits), "none");
}

/* Every number that the schema knows has a name, but 0, which is unspecified. */
static void names_all_numbers(void **state) {
    (void)state;
    static const struct {
        const ProtobufCEnumDescriptor *numbers;
        const char *(*name)(uint32_t number, char text[XHM_NAME_TEXT_SIZE]);
    } rows[] = {
        {&xhm__v1__event_kind__descriptor, names_event},         {&xhm__v1__life__descriptor, names_life},
        {&xhm__v1__health_status__descriptor, names_status},     {&xhm__v1__ecu_mode__descriptor, names_mode},
        {&xhm__v1__injection_kind__descriptor, names_injection},
    };
    char name[XHM_NAME_TEXT_SIZE];
    for (size_t row = 0; row < sizeof(rows) / sizeof(rows[0]); row++) {
        for (unsigned i = 0; i < rows[row].numbers->n_values; i++) {
            uint32_t value = (uint32_t)rows[row].numbers->values[i].value;
            bool named = strncmp(rows[row].name(value, name), "unknown", 7) != 0;
            assert_int_equal(named, value != 0);
        }
    }
}

int main(void) {
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(writes_nested_values), TEST(writes_one_object_a_line), TEST(escapes_strings),
        TEST(aligns_tables),        TEST(cuts_long_tables),         TEST(names_numbers),
        TEST(names_all_numbers),    TEST(spells_status_bytes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
