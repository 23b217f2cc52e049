// SPDX-License-Identifier: Apache-2.0
/* Covers: XHM-API-6 */
/* When a cluster shows its telltale, in virtual time. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "telltale.h"

#define LIMIT_MS 1000
#define START_MS 50000

static struct telltale telltale;

static int set_up(void **state) {
    (void)state;
    telltale_init(&telltale, LIMIT_MS, START_MS);
    return 0;
}

static void it_is_on_until_something_is_proved(void **state) {
    (void)state;
    assert_int_equal(telltale_at(&telltale, START_MS), TELLTALE_SUPERVISOR_SILENT);
    telltale_answered(&telltale, START_MS + 10, 0, false);
    assert_int_equal(telltale_at(&telltale, START_MS + 10), TELLTALE_OFF);
}

static void silence_has_a_bound(void **state) {
    (void)state;
    telltale_answered(&telltale, START_MS, 7, false);
    assert_int_equal(telltale_holds_ms(&telltale, START_MS + 400), 600);
    assert_int_equal(telltale_at(&telltale, START_MS + LIMIT_MS), TELLTALE_OFF);
    assert_int_equal(telltale_holds_ms(&telltale, START_MS + LIMIT_MS), 0);
    assert_int_equal(telltale_at(&telltale, START_MS + LIMIT_MS + 1), TELLTALE_SUPERVISOR_SILENT);
    assert_true(telltale_holds_ms(&telltale, START_MS + LIMIT_MS + 1) == UINT64_MAX);
    telltale_answered(&telltale, START_MS + 5000, 8, false);
    assert_int_equal(telltale_at(&telltale, START_MS + 5000), TELLTALE_OFF);
}

static void answers_alone_prove_nothing(void **state) {
    (void)state;
    telltale_answered(&telltale, START_MS, 7, false);
    for (uint64_t now_ms = START_MS; now_ms <= START_MS + 3000; now_ms += 100) {
        telltale_answered(&telltale, now_ms, 7, false);
        assert_int_equal(telltale_at(&telltale, now_ms),
                         now_ms > START_MS + LIMIT_MS ? TELLTALE_SUPERVISOR_SILENT : TELLTALE_OFF);
    }
    /* Another life of the supervisor counts from the beginning: that is a proof, too. */
    telltale_answered(&telltale, START_MS + 3100, 1, false);
    assert_int_equal(telltale_at(&telltale, START_MS + 3100), TELLTALE_OFF);
}

static void it_is_on_in_a_safe_state(void **state) {
    (void)state;
    telltale_answered(&telltale, START_MS, 1, false);
    telltale_safe_state_entered(&telltale);
    assert_int_equal(telltale_at(&telltale, START_MS), TELLTALE_SAFE_STATE);
    telltale_answered(&telltale, START_MS + 100, 2, true);
    assert_int_equal(telltale_at(&telltale, START_MS + 100), TELLTALE_SAFE_STATE);
    telltale_answered(&telltale, START_MS + 200, 3, false);
    assert_int_equal(telltale_at(&telltale, START_MS + 200), TELLTALE_OFF);
}

/* The worse news is shown: nobody knows whether the ECU is still in the safe state. */
static void silence_stands_before_the_safe_state(void **state) {
    (void)state;
    telltale_answered(&telltale, START_MS, 1, true);
    assert_int_equal(telltale_at(&telltale, START_MS + LIMIT_MS + 1), TELLTALE_SUPERVISOR_SILENT);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(it_is_on_until_something_is_proved, set_up),
        cmocka_unit_test_setup(silence_has_a_bound, set_up),
        cmocka_unit_test_setup(answers_alone_prove_nothing, set_up),
        cmocka_unit_test_setup(it_is_on_in_a_safe_state, set_up),
        cmocka_unit_test_setup(silence_stands_before_the_safe_state, set_up),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
