/* Child processes of the agent: their ends, their output, their time-outs. */
#include "children.h"

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#define PLENTY_MS 20000u

struct outcome {
    sd_event *event;
    unsigned ends;
    struct child_end end;
    char output[CHILD_OUTPUT_SIZE];
};

static void on_end(void *context, const struct child_end *end) {
    struct outcome *outcome = context;

    outcome->ends++;
    outcome->end = *end;
    snprintf(outcome->output, sizeof(outcome->output), "%s", end->output);
    sd_event_exit(outcome->event, 0);
}

static struct outcome run(const struct child_work *work) {
    struct outcome outcome = {.ends = 0};

    assert_true(sd_event_new(&outcome.event) >= 0);
    assert_non_null(child_start(outcome.event, work, on_end, &outcome));
    assert_true(sd_event_loop(outcome.event) >= 0);
    sd_event_unref(outcome.event);
    assert_int_equal(outcome.ends, 1);
    return outcome;
}

static struct outcome run_shell(const char *script, uint64_t timeout_ms) {
    const char *const arguments[] = {"sh", "-c", script, NULL};

    return run(&(struct child_work){.arguments = arguments, .timeout_ms = timeout_ms});
}

static void tells_success_and_both_outputs(void **state) {
    const struct outcome outcome = run_shell("echo out; echo err >&2", PLENTY_MS);

    (void)state;
    assert_true(outcome.end.is_success);
    assert_string_equal(outcome.output, "out\nerr\n");
}

static void tells_status_and_signal(void **state) {
    (void)state;
    assert_int_equal(run_shell("exit 3", PLENTY_MS).end.status, 3);
    assert_int_equal(run_shell("kill -TERM $$", PLENTY_MS).end.status, 128 + SIGTERM);
    assert_false(run_shell("exit 3", PLENTY_MS).end.is_success);
}

static void keeps_the_end_of_long_output(void **state) {
    const struct outcome outcome =
        run_shell("i=0; while [ $i -lt 2000 ]; do echo line $i; i=$((i + 1)); done; echo why", PLENTY_MS);

    (void)state;
    assert_int_equal(strlen(outcome.output), CHILD_OUTPUT_SIZE - 1);
    assert_string_equal(outcome.output + strlen(outcome.output) - 4, "why\n");
}

static void kills_what_takes_too_long_with_all_that_it_started(void **state) {
    const struct outcome outcome = run_shell("sleep 1000 & sleep 1000", 100);

    (void)state;
    assert_true(outcome.end.is_timed_out);
    assert_false(outcome.end.is_success);
    assert_int_equal(outcome.end.status, 128 + SIGKILL);
}

static void tells_that_a_program_is_missing(void **state) {
    const char *const arguments[] = {"xhm-no-such-program", NULL};
    const struct outcome outcome = run(&(struct child_work){.arguments = arguments, .timeout_ms = PLENTY_MS});

    (void)state;
    assert_int_equal(outcome.end.status, 127);
    assert_non_null(strstr(outcome.output, "No such file"));
}

static void the_environment_is_fixed(void **state) {
    setenv("LD_PRELOAD_NOT", "1", 1);

    const struct outcome outcome = run_shell("env | grep -c NOT; echo $PATH", PLENTY_MS);

    (void)state;
    assert_string_equal(outcome.output, "0\n/usr/sbin:/usr/bin:/sbin:/bin\n");
}

static int answer(void *context) {
    printf("function %d\n", *(int *)context);
    fflush(stdout);
    return 7;
}

static void runs_functions_like_programs(void **state) {
    int number = 42;
    const struct outcome outcome =
        run(&(struct child_work){.function = answer, .function_context = &number, .timeout_ms = PLENTY_MS});

    (void)state;
    assert_int_equal(outcome.end.status, 7);
    assert_string_equal(outcome.output, "function 42\n");
}

static void an_abandoned_child_is_killed_and_not_told(void **state) {
    const char *const arguments[] = {"sleep", "1000", NULL};
    const struct child_work work = {.arguments = arguments, .timeout_ms = PLENTY_MS};
    struct outcome outcome = {.ends = 0};

    (void)state;
    assert_true(sd_event_new(&outcome.event) >= 0);
    child_abandon(child_start(outcome.event, &work, on_end, &outcome));
    /* Until it is reaped. */
    while (waitid(P_ALL, 0, &(siginfo_t){0}, WEXITED | WNOHANG | WNOWAIT) == 0) {
        assert_true(sd_event_run(outcome.event, PLENTY_MS * 1000) > 0);
    }
    sd_event_unref(outcome.event);
    assert_int_equal(outcome.ends, 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(tells_success_and_both_outputs),
        cmocka_unit_test(tells_status_and_signal),
        cmocka_unit_test(keeps_the_end_of_long_output),
        cmocka_unit_test(kills_what_takes_too_long_with_all_that_it_started),
        cmocka_unit_test(tells_that_a_program_is_missing),
        cmocka_unit_test(the_environment_is_fixed),
        cmocka_unit_test(runs_functions_like_programs),
        cmocka_unit_test(an_abandoned_child_is_killed_and_not_told),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
