// SPDX-License-Identifier: Apache-2.0
/* When the agent creates the supervisor's domain, creates it again, and gives it up; and what it remembers of that. */
#include "supervisor_keeping.h"
#include "supervisor_record.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#define LOOK_MS  500u
#define DOMID    7
#define START_MS 1000000u

static const struct keeping_limits limits = {
    .restart_limit = 2, .restart_window_ms = 600000, .silence_ms = 30000, .start_ms = 90000};

static struct {
    struct supervisor_keeping keeping;
    uint64_t now_ms;
    uint64_t steps;
} bench;

static int set_up(void **state) {
    (void)state;
    memset(&bench, 0, sizeof(bench));
    bench.now_ms = START_MS;
    return 0;
}

static struct keeping_decision look(enum keeping_presence presence, uint16_t domid) {
    const struct keeping_look seen = {.now_ms = bench.now_ms, .presence = presence, .domid = domid};

    return keeping_judge(&bench.keeping, &limits, &seen);
}

static void expect(enum keeping_presence presence, enum keeping_verdict verdict, enum keeping_reason reason) {
    const struct keeping_decision decision = look(presence, DOMID);

    assert_int_equal(decision.verdict, verdict);
    assert_int_equal(decision.reason, reason);
}

static void hear(void) {
    keeping_hear(&bench.keeping, bench.now_ms, ++bench.steps);
}

/* Looks for so long; whatever is decided in between must be nothing. */
static void pass(uint64_t duration_ms, enum keeping_presence presence) {
    for (uint64_t passed_ms = 0; passed_ms < duration_ms; passed_ms += LOOK_MS) {
        bench.now_ms += LOOK_MS;
        expect(presence, KEEPING_NOTHING, KEEPING_IS_FINE);
    }
}

static void begin_with_one_that_is_heard(void) {
    expect(KEEPING_THERE, KEEPING_NOTHING, KEEPING_IS_FINE);
    hear();
}

static void use_up_restarts(void) {
    for (uint32_t i = 0; i < limits.restart_limit; i++) {
        expect(KEEPING_ABSENT, KEEPING_RESTART, KEEPING_IS_ABSENT);
        keeping_begin(&bench.keeping, KEEPING_RESTART, bench.now_ms);
        bench.now_ms += LOOK_MS;
    }
}

static void the_first_creation_is_no_restart(void **state) {
    (void)state;
    expect(KEEPING_ABSENT, KEEPING_CREATE, KEEPING_IS_ABSENT);
    keeping_begin(&bench.keeping, KEEPING_CREATE, bench.now_ms);
    assert_int_equal(bench.keeping.record.restart_count, 0);
    bench.now_ms += LOOK_MS;
    expect(KEEPING_ABSENT, KEEPING_RESTART, KEEPING_IS_ABSENT);
}

static void one_that_was_there_is_not_created_but_restarted(void **state) {
    (void)state;
    begin_with_one_that_is_heard();
    expect(KEEPING_ABSENT, KEEPING_RESTART, KEEPING_IS_ABSENT);
}

static void what_has_ended_is_lost_at_once(void **state) {
    (void)state;
    begin_with_one_that_is_heard();
    expect(KEEPING_ENDED, KEEPING_RESTART, KEEPING_HAS_ENDED);
}

static void silence_is_judged_after_its_bound(void **state) {
    (void)state;
    begin_with_one_that_is_heard();
    pass(limits.silence_ms, KEEPING_THERE);
    bench.now_ms += LOOK_MS;
    expect(KEEPING_THERE, KEEPING_RESTART, KEEPING_IS_SILENT);
}

static void answers_without_steps_are_silence(void **state) {
    (void)state;
    begin_with_one_that_is_heard();
    for (uint64_t passed_ms = 0; passed_ms < limits.silence_ms; passed_ms += LOOK_MS) {
        bench.now_ms += LOOK_MS;
        keeping_hear(&bench.keeping, bench.now_ms, bench.steps);
        expect(KEEPING_THERE, KEEPING_NOTHING, KEEPING_IS_FINE);
    }
    bench.now_ms += LOOK_MS;
    expect(KEEPING_THERE, KEEPING_RESTART, KEEPING_IS_SILENT);
    hear();
    expect(KEEPING_THERE, KEEPING_NOTHING, KEEPING_IS_FINE);
}

static void a_new_instance_has_time_to_start(void **state) {
    (void)state;
    begin_with_one_that_is_heard();
    keeping_begin(&bench.keeping, KEEPING_RESTART, bench.now_ms);
    hear(); /* of the old instance: nobody is known at present */
    bench.now_ms += 60000;
    pass(limits.start_ms, KEEPING_THERE);
    bench.now_ms += LOOK_MS;
    bench.now_ms += LOOK_MS;
    expect(KEEPING_THERE, KEEPING_RESTART, KEEPING_NEVER_HEARD);
}

static void an_instance_that_somebody_else_made_is_taken_over(void **state) {
    (void)state;
    begin_with_one_that_is_heard();
    bench.now_ms += limits.silence_ms - LOOK_MS;
    assert_int_equal(look(KEEPING_THERE, DOMID + 1).verdict, KEEPING_NOTHING);
    assert_false(bench.keeping.is_heard);
    assert_int_equal(bench.keeping.heard_ms, bench.now_ms);
}

static void nothing_is_concluded_from_a_list_that_cannot_be_read(void **state) {
    (void)state;
    begin_with_one_that_is_heard();
    pass(10 * limits.silence_ms, KEEPING_UNKNOWN);
    assert_true(bench.keeping.is_known);
}

static void time_in_which_the_agent_stood_still_is_no_silence(void **state) {
    (void)state;
    begin_with_one_that_is_heard();
    pass(limits.silence_ms, KEEPING_THERE);
    bench.now_ms += KEEPING_LOOK_GAP_MS + 1;
    expect(KEEPING_THERE, KEEPING_NOTHING, KEEPING_IS_FINE);
    bench.now_ms += LOOK_MS;
    expect(KEEPING_THERE, KEEPING_RESTART, KEEPING_IS_SILENT);
}

static void restarts_have_a_limit_and_the_last_resort_is_told_once(void **state) {
    (void)state;
    begin_with_one_that_is_heard();
    use_up_restarts();
    expect(KEEPING_ABSENT, KEEPING_LAST_RESORT, KEEPING_IS_ABSENT);
    expect(KEEPING_ABSENT, KEEPING_NOTHING, KEEPING_IS_ABSENT);
    bench.now_ms = START_MS + limits.restart_window_ms - 1;
    expect(KEEPING_ABSENT, KEEPING_NOTHING, KEEPING_IS_ABSENT);
    bench.now_ms++;
    expect(KEEPING_ABSENT, KEEPING_RESTART, KEEPING_IS_ABSENT);
}

static void one_that_is_heard_again_can_be_given_up_again(void **state) {
    (void)state;
    begin_with_one_that_is_heard();
    use_up_restarts();
    expect(KEEPING_ABSENT, KEEPING_LAST_RESORT, KEEPING_IS_ABSENT);
    expect(KEEPING_THERE, KEEPING_NOTHING, KEEPING_IS_FINE);
    hear();
    expect(KEEPING_ENDED, KEEPING_LAST_RESORT, KEEPING_HAS_ENDED);
}

static void without_a_limit_there_is_no_restart(void **state) {
    const struct keeping_limits none = {.silence_ms = limits.silence_ms, .start_ms = limits.start_ms};
    const struct keeping_look gone = {.now_ms = START_MS, .presence = KEEPING_ABSENT};

    (void)state;
    begin_with_one_that_is_heard();
    assert_int_equal(keeping_judge(&bench.keeping, &none, &gone).verdict, KEEPING_LAST_RESORT);
}

static void every_reason_has_a_text(void **state) {
    (void)state;
    for (int reason = KEEPING_IS_FINE; reason <= KEEPING_NEVER_HEARD; reason++) {
        assert_non_null(keeping_reason_text((enum keeping_reason)reason));
    }
}

/* ---- what outlives the process ---- */

static char folder[] = "/tmp/xhm-supervisor-record-XXXXXX";
static char path[64];

static int make_folder(void **state) {
    (void)state;
    if (mkdtemp(folder) == NULL) {
        return -1;
    }
    snprintf(path, sizeof(path), "%s/record", folder);
    return 0;
}

static int remove_folder(void **state) {
    (void)state;
    unlink(path);
    return rmdir(folder);
}

static void write_file(const char *text) {
    FILE *file = fopen(path, "w");

    assert_non_null(file);
    assert_true(fputs(text, file) >= 0);
    assert_int_equal(fclose(file), 0);
}

static void without_a_file_nothing_was_started(void **state) {
    struct keeping_record record = {.restart_count = 3};

    (void)state;
    unlink(path);
    assert_int_equal(supervisor_record_load(path, &record), 0);
    assert_false(record.is_started);
    assert_int_equal(record.restart_count, 0);
}

static void the_last_restarts_are_remembered(void **state) {
    (void)state;
    for (uint32_t count = 0; count < 2 * KEEPING_MAX_LIMIT + 1; count++) {
        struct supervisor_keeping keeping = {0};
        struct keeping_record record;

        keeping_begin(&keeping, KEEPING_CREATE, 0);
        for (uint32_t i = 0; i < count; i++) {
            keeping_begin(&keeping, KEEPING_RESTART, UINT64_C(5000000000) + i);
        }
        assert_int_equal(supervisor_record_store(path, &keeping.record), 0);
        assert_int_equal(supervisor_record_load(path, &record), 0);
        assert_true(record.is_started);
        assert_int_equal(record.restart_count, count < KEEPING_MAX_LIMIT ? count : KEEPING_MAX_LIMIT);
        for (uint32_t back = 1; back <= record.restart_count; back++) {
            assert_int_equal(record.restarts_ms[(record.restart_count - back) % KEEPING_MAX_LIMIT],
                             UINT64_C(5000000000) + count - back);
        }
    }
}

static void a_file_that_is_not_as_written_is_said_to_be_so(void **state) {
    static const char *const wrong[] = {
        "",
        "xhm-agent: restarts of something else\n",
        "xhm-agent: restarts of the supervisor's domain, in ms since boot\n12",
        "xhm-agent: restarts of the supervisor's domain, in ms since boot\n12x\n",
        ("xhm-agent: restarts of the supervisor's domain, in ms since boot\n"
         "1\n2\n3\n4\n5\n6\n7\n8\n9\n10\n11\n12\n13\n14\n15\n16\n17\n"),
    };
    struct keeping_record record;

    (void)state;
    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
        write_file(wrong[i]);
        assert_int_equal(supervisor_record_load(path, &record), -EBADMSG);
        assert_true(record.is_started);
        assert_int_equal(record.restart_count, 0);
    }
}

static void a_place_that_cannot_be_used_is_said_to_be_so(void **state) {
    struct keeping_record record = {0};

    (void)state;
    assert_int_equal(supervisor_record_store("/nowhere/record", &record), -ENOENT);
    assert_int_equal(supervisor_record_load("/dev/null/record", &record), -ENOTDIR);
    assert_int_equal(supervisor_record_store(folder, &record), -EISDIR);
}

int main(void) {
    const struct CMUnitTest judging[] = {
        cmocka_unit_test_setup(the_first_creation_is_no_restart, set_up),
        cmocka_unit_test_setup(one_that_was_there_is_not_created_but_restarted, set_up),
        cmocka_unit_test_setup(what_has_ended_is_lost_at_once, set_up),
        cmocka_unit_test_setup(silence_is_judged_after_its_bound, set_up),
        cmocka_unit_test_setup(answers_without_steps_are_silence, set_up),
        cmocka_unit_test_setup(a_new_instance_has_time_to_start, set_up),
        cmocka_unit_test_setup(an_instance_that_somebody_else_made_is_taken_over, set_up),
        cmocka_unit_test_setup(nothing_is_concluded_from_a_list_that_cannot_be_read, set_up),
        cmocka_unit_test_setup(time_in_which_the_agent_stood_still_is_no_silence, set_up),
        cmocka_unit_test_setup(restarts_have_a_limit_and_the_last_resort_is_told_once, set_up),
        cmocka_unit_test_setup(one_that_is_heard_again_can_be_given_up_again, set_up),
        cmocka_unit_test_setup(without_a_limit_there_is_no_restart, set_up),
        cmocka_unit_test(every_reason_has_a_text),
    };
    const struct CMUnitTest remembering[] = {
        cmocka_unit_test(without_a_file_nothing_was_started),
        cmocka_unit_test(the_last_restarts_are_remembered),
        cmocka_unit_test(a_file_that_is_not_as_written_is_said_to_be_so),
        cmocka_unit_test(a_place_that_cannot_be_used_is_said_to_be_so),
    };

    return cmocka_run_group_tests(judging, NULL, NULL) +
           cmocka_run_group_tests(remembering, make_folder, remove_folder);
}
