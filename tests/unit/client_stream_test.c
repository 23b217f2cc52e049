// SPDX-License-Identifier: Apache-2.0
/* The order of events: duplicates are dropped, what is missing is named once. */
#include "stream.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

static void drops_duplicates(void **state) {
    (void)state;
    struct xhm_stream stream = {.last = 5};
    struct xhm_stream_gap gap;
    assert_false(client_stream_take_event(&stream, 5, &gap));
    assert_false(gap.found);
    assert_false(client_stream_take_event(&stream, 1, &gap));
    assert_true(client_stream_take_event(&stream, 6, &gap));
    assert_false(gap.found);
    assert_false(client_stream_take_event(&stream, 6, &gap));
    assert_int_equal(stream.last, 6);
}

static void names_what_is_missing(void **state) {
    (void)state;
    struct xhm_stream stream = {.last = 5};
    struct xhm_stream_gap gap;
    assert_true(client_stream_take_event(&stream, 9, &gap));
    assert_true(gap.found);
    assert_int_equal(gap.first, 6);
    assert_int_equal(gap.last, 8);
    assert_true(client_stream_take_event(&stream, 10, &gap));
    assert_false(gap.found);
}

static void takes_told_gaps(void **state) {
    (void)state;
    struct xhm_stream stream = {.last = 5};
    struct xhm_stream_gap gap;
    client_stream_take_gap(&stream, 3, 8, &gap);
    assert_true(gap.found);
    assert_int_equal(gap.first, 6);
    assert_int_equal(gap.last, 8);
    assert_true(client_stream_take_event(&stream, 9, &gap));
    assert_false(gap.found);
    client_stream_take_gap(&stream, 2, 9, &gap);
    assert_false(gap.found);
    client_stream_take_gap(&stream, 20, 12, &gap);
    assert_false(gap.found);
    assert_int_equal(stream.last, 9);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(drops_duplicates),
        cmocka_unit_test(names_what_is_missing),
        cmocka_unit_test(takes_told_gaps),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
