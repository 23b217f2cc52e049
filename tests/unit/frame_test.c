// SPDX-License-Identifier: Apache-2.0
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "frame.h"

static const uint8_t *message;
static size_t message_size;
static size_t consumed;

static enum xhm_frame_verdict next(const uint8_t *data, size_t size, size_t limit) {
    return frame_next(data, size, limit, &message, &message_size, &consumed);
}

static void prefixes_are_varints(void **state) {
    static const struct {
        uint32_t size;
        size_t length;
        uint8_t prefix[XHM_FRAME_PREFIX_SIZE];
    } rows[] = {
        {0, 1, {0x00}},
        {127, 1, {0x7f}},
        {128, 2, {0x80, 0x01}},
        {300, 2, {0xac, 0x02}},
        {UINT32_MAX, 5, {0xff, 0xff, 0xff, 0xff, 0x0f}},
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        uint8_t prefix[XHM_FRAME_PREFIX_SIZE];

        assert_int_equal(frame_prefix(rows[i].size, prefix), rows[i].length);
        assert_memory_equal(prefix, rows[i].prefix, rows[i].length);
    }
}

static void a_frame_is_found_at_every_size(void **state) {
    static uint8_t data[XHM_FRAME_PREFIX_SIZE + 20000];

    for (uint32_t size = 0; size <= 20000; size += 1 + size / 7) {
        const size_t prefix = frame_prefix(size, data);

        assert_int_equal(next(data, prefix + size, XHM_FRAME_MAX_SIZE), XHM_FRAME_COMPLETE);
        assert_ptr_equal(message, data + prefix);
        assert_int_equal(message_size, size);
        assert_int_equal(consumed, prefix + size);
        assert_int_equal(next(data, sizeof(data), XHM_FRAME_MAX_SIZE), XHM_FRAME_COMPLETE);
        assert_int_equal(consumed, prefix + size);
    }
}

static void parts_of_a_frame_are_incomplete(void **state) {
    uint8_t data[302];
    const size_t prefix = frame_prefix(300, data);

    for (size_t size = 0; size < sizeof(data); size++) {
        assert_int_equal(next(data, size, XHM_FRAME_MAX_SIZE), XHM_FRAME_INCOMPLETE);
        assert_null(message);
        assert_int_equal(consumed, size < prefix ? 0 : prefix + 300);
    }
    assert_int_equal(next(data, sizeof(data), XHM_FRAME_MAX_SIZE), XHM_FRAME_COMPLETE);
}

static void the_limit_is_kept(void **state) {
    uint8_t data[XHM_FRAME_PREFIX_SIZE];
    const size_t size = frame_prefix(1001, data);

    assert_int_equal(next(data, size, 1001), XHM_FRAME_INCOMPLETE);
    assert_int_equal(next(data, size, 1000), XHM_FRAME_TOO_LARGE);
}

static void what_is_no_varint_is_malformed(void **state) {
    static const uint8_t endless[] = {0x80, 0x80, 0x80, 0x80, 0x80, 0x00};
    static const uint8_t huge[] = {0xff, 0xff, 0xff, 0xff, 0x7f};

    assert_int_equal(next(endless, sizeof(endless), XHM_FRAME_MAX_SIZE), XHM_FRAME_MALFORMED);
    assert_int_equal(next(endless, 4, XHM_FRAME_MAX_SIZE), XHM_FRAME_INCOMPLETE);
    assert_int_equal(next(huge, sizeof(huge), XHM_FRAME_MAX_SIZE), XHM_FRAME_TOO_LARGE);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(prefixes_are_varints),
        cmocka_unit_test(a_frame_is_found_at_every_size),
        cmocka_unit_test(parts_of_a_frame_are_incomplete),
        cmocka_unit_test(the_limit_is_kept),
        cmocka_unit_test(what_is_no_varint_is_malformed),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
