// SPDX-License-Identifier: Apache-2.0
/* The checksum against its published check value and against a bit-wise computation from the polynomial itself. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "crc32p4.h"

#define POLYNOMIAL 0xf4acfb13u

static uint32_t reflect(uint32_t value, int bits) {
    uint32_t reflected = 0;

    for (int i = 0; i < bits; i++) {
        if ((value >> i & 1u) != 0) {
            reflected |= 1u << (bits - 1 - i);
        }
    }
    return reflected;
}

/* Straight from the definition: shift left, most significant bit first, each byte and the result reflected. */
static uint32_t crc_by_definition(const uint8_t *bytes, size_t length) {
    uint32_t crc = 0xffffffffu;

    for (size_t i = 0; i < length; i++) {
        crc ^= reflect(bytes[i], 8) << 24;
        for (int bit = 0; bit < 8; bit++) {
            crc = (crc & 0x80000000u) != 0 ? crc << 1 ^ POLYNOMIAL : crc << 1;
        }
    }
    return reflect(crc, 32) ^ 0xffffffffu;
}

static void test_published_check_value(void **state) {
    (void)state;
    assert_int_equal(xhm_crc32p4("123456789", 9), 0x1697d06au);
}

/* The examples that AUTOSAR prints beside the polynomial. */
static void test_published_examples(void **state) {
    static const uint8_t zeros[4] = {0};
    static const uint8_t mixed[3] = {0xf2, 0x01, 0x83};
    static const uint8_t ones[4] = {0xff, 0xff, 0xff, 0xff};

    (void)state;
    assert_int_equal(xhm_crc32p4(zeros, sizeof(zeros)), 0x6fb32240u);
    assert_int_equal(xhm_crc32p4(mixed, sizeof(mixed)), 0x4f721a25u);
    assert_int_equal(xhm_crc32p4(ones, sizeof(ones)), 0xffffffffu);
}

static void test_every_remainder_follows_from_the_polynomial(void **state) {
    (void)state;
    for (unsigned first = 0; first < 256; first++) {
        const uint8_t bytes[2] = {(uint8_t)first, (uint8_t)(first * 7u)};

        assert_int_equal(xhm_crc32p4(bytes, 1), crc_by_definition(bytes, 1));
        assert_int_equal(xhm_crc32p4(bytes, 2), crc_by_definition(bytes, 2));
    }
}

static void test_nothing_gives_zero(void **state) {
    (void)state;
    assert_int_equal(xhm_crc32p4("", 0), 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_published_check_value),
        cmocka_unit_test(test_published_examples),
        cmocka_unit_test(test_every_remainder_follows_from_the_polynomial),
        cmocka_unit_test(test_nothing_gives_zero),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
