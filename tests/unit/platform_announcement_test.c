/* What partitions write into xenstore about their pages, and what they could write instead. */
#include "announcement.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

struct parse_case {
    const char *text;
    struct xhm_announcement expected;
};

static void check(const struct parse_case *cases, size_t count) {
    for (size_t i = 0; i < count; i++) {
        const struct xhm_announcement parsed = announcement_parse(cases[i].text, strlen(cases[i].text));

        if (!announcement_equals(&parsed, &cases[i].expected)) {
            fail_msg("\"%s\" was read as kind %d, reference %u, epoch %llu", cases[i].text, (int)parsed.kind,
                     parsed.grant_reference, (unsigned long long)parsed.epoch);
        }
    }
}

static void accepts_reference_and_epoch(void **state) {
    static const struct parse_case cases[] = {
        {"0 0", {XHM_ANNOUNCEMENT_GRANT, 0, 0}},
        {"8 1", {XHM_ANNOUNCEMENT_GRANT, 8, 1}},
        {"007 042", {XHM_ANNOUNCEMENT_GRANT, 7, 42}},
        {"4294967295 18446744073709551615", {XHM_ANNOUNCEMENT_GRANT, UINT32_MAX, UINT64_MAX}},
    };

    (void)state;
    check(cases, sizeof(cases) / sizeof(cases[0]));
}

static void refuses_everything_else(void **state) {
    static const struct parse_case cases[] = {
        {"", {XHM_ANNOUNCEMENT_MALFORMED, 0, 0}},
        {" ", {XHM_ANNOUNCEMENT_MALFORMED, 0, 0}},
        {"8", {XHM_ANNOUNCEMENT_MALFORMED, 0, 0}},
        {"8 ", {XHM_ANNOUNCEMENT_MALFORMED, 0, 0}},
        {" 8 1", {XHM_ANNOUNCEMENT_MALFORMED, 0, 0}},
        {"8  1", {XHM_ANNOUNCEMENT_MALFORMED, 0, 0}},
        {"8 1 ", {XHM_ANNOUNCEMENT_MALFORMED, 0, 0}},
        {"8 1\n", {XHM_ANNOUNCEMENT_MALFORMED, 0, 0}},
        {"8\t1", {XHM_ANNOUNCEMENT_MALFORMED, 0, 0}},
        {"-8 1", {XHM_ANNOUNCEMENT_MALFORMED, 0, 0}},
        {"+8 1", {XHM_ANNOUNCEMENT_MALFORMED, 0, 0}},
        {"8 -1", {XHM_ANNOUNCEMENT_MALFORMED, 0, 0}},
        {"0x8 1", {XHM_ANNOUNCEMENT_MALFORMED, 0, 0}},
        {"8 1 2", {XHM_ANNOUNCEMENT_MALFORMED, 0, 0}},
        {"4294967296 1", {XHM_ANNOUNCEMENT_MALFORMED, 0, 0}},
        {"1 18446744073709551616", {XHM_ANNOUNCEMENT_MALFORMED, 0, 0}},
        {"99999999999999999999999999 1", {XHM_ANNOUNCEMENT_MALFORMED, 0, 0}},
        {"eight 1", {XHM_ANNOUNCEMENT_MALFORMED, 0, 0}},
    };

    (void)state;
    check(cases, sizeof(cases) / sizeof(cases[0]));
}

static void reads_no_further_than_the_length(void **state) {
    const struct xhm_announcement short_one = announcement_parse("8 123", 4);
    const struct xhm_announcement with_zero = announcement_parse("8 1\0 2", 6);

    (void)state;
    assert_int_equal(short_one.kind, XHM_ANNOUNCEMENT_GRANT);
    assert_int_equal(short_one.epoch, 12);
    assert_int_equal(with_zero.kind, XHM_ANNOUNCEMENT_MALFORMED);
}

static void decimal_respects_its_maximum(void **state) {
    uint64_t value = 99;

    (void)state;
    assert_int_equal(announcement_parse_decimal("3", 1, 3, &value), 1);
    assert_int_equal(value, 3);
    assert_int_equal(announcement_parse_decimal("4", 1, 3, &value), 0);
    assert_int_equal(announcement_parse_decimal("31", 2, 31, &value), 2);
    assert_int_equal(announcement_parse_decimal("32", 2, 31, &value), 0);
    assert_int_equal(announcement_parse_decimal("", 0, 31, &value), 0);
    assert_int_equal(value, 31);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(accepts_reference_and_epoch),
        cmocka_unit_test(refuses_everything_else),
        cmocka_unit_test(reads_no_further_than_the_length),
        cmocka_unit_test(decimal_respects_its_maximum),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
