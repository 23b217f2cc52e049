// SPDX-License-Identifier: Apache-2.0
/* How many requests a peer may make: at once, for long, and when it is urgent. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "request_rate.h"

#define S UINT64_C(1000000000)

static struct request_rate rate;

static unsigned take_all(bool urgent) {
    unsigned taken = 0;

    while (request_rate_take(&rate, urgent)) {
        taken++;
    }
    return taken;
}

static void the_last_are_for_what_is_urgent(void **state) {
    (void)state;
    request_rate_init(&rate);
    assert_int_equal(take_all(false), REQUEST_RATE_AT_ONCE - REQUEST_RATE_URGENT);
    assert_int_equal(take_all(true), REQUEST_RATE_URGENT);
    assert_false(request_rate_take(&rate, true));
}

/* However often it is filled: the cycle is not a term of the rate. */
static void it_fills_at_its_rate_and_to_its_brim(void **state) {
    static const uint64_t periods_ns[] = {S / 1000, S / 333, S / 10, S};

    (void)state;
    for (size_t i = 0; i < sizeof(periods_ns) / sizeof(periods_ns[0]); i++) {
        unsigned taken = 0;

        request_rate_init(&rate);
        request_rate_fill(&rate, S);
        take_all(true);
        for (uint64_t now_ns = S; now_ns <= 11 * S; now_ns += periods_ns[i]) {
            request_rate_fill(&rate, now_ns);
            taken += take_all(true);
        }
        assert_in_range(taken, 10 * REQUEST_RATE_PER_S - 2, 10 * REQUEST_RATE_PER_S);
        request_rate_fill(&rate, 100 * S);
        assert_int_equal(take_all(true), REQUEST_RATE_AT_ONCE);
    }
}

/* Before the clock is known there is what there was. */
static void the_first_time_fills_nothing(void **state) {
    (void)state;
    request_rate_init(&rate);
    take_all(true);
    request_rate_fill(&rate, 1000 * S);
    assert_int_equal(take_all(true), 0);
    request_rate_fill(&rate, 1001 * S);
    assert_int_equal(take_all(true), REQUEST_RATE_PER_S);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_last_are_for_what_is_urgent),
        cmocka_unit_test(it_fills_at_its_rate_and_to_its_brim),
        cmocka_unit_test(the_first_time_fills_nothing),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
