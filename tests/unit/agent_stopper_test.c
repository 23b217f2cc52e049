/* The guard that stops a process for a bounded time: with real processes, watched through /proc. */
#include "stopper.h"

#include <errno.h>
#include <poll.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#define LOOKS       1000
#define LOOK_MS     10
#define LONG_MS     60000u
#define VICTIM_NAME "xhm-victim"

static pid_t victim;

static pid_t start_victim(void) {
    const pid_t process = fork();

    if (process == 0) {
        prctl(PR_SET_NAME, VICTIM_NAME);
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        for (;;) {
            pause();
        }
    }
    return process;
}

static char state_of(pid_t process) {
    char path[64];
    char state = '?';
    FILE *file;

    snprintf(path, sizeof(path), "/proc/%d/stat", (int)process);
    file = fopen(path, "re");
    if (file != NULL) {
        if (fscanf(file, "%*d %*s %c", &state) != 1) {
            state = '?';
        }
        fclose(file);
    }
    return state;
}

/* Looks again and again, for ten seconds at most. */
static bool becomes(char state) {
    for (int i = 0; i < LOOKS; i++) {
        if (state_of(victim) == state) {
            return true;
        }
        poll(NULL, 0, LOOK_MS);
    }
    return false;
}

static int set_up(void **state) {
    (void)state;
    victim = start_victim();
    return becomes('S') ? 0 : -1;
}

static int tear_down(void **state) {
    (void)state;
    kill(victim, SIGKILL);
    waitpid(victim, NULL, 0);
    return 0;
}

static void continues_when_its_time_is_over(void **state) {
    const struct stopper_order order = {.process = victim, .duration_ms = 300};
    struct stopper *stopper = NULL;

    (void)state;
    assert_int_equal(stopper_begin(&stopper, &order), 0);
    assert_true(becomes('T'));
    assert_true(becomes('S'));
    stopper_end(stopper);
}

static void continues_when_told(void **state) {
    const struct stopper_order order = {.process = victim, .duration_ms = LONG_MS};
    struct stopper *stopper = NULL;

    (void)state;
    assert_int_equal(stopper_begin(&stopper, &order), 0);
    assert_true(becomes('T'));
    stopper_end(stopper);
    assert_true(becomes('S'));
}

static void does_nothing_when_told_before(void **state) {
    const struct stopper_order order = {.process = victim, .delay_ms = LONG_MS, .duration_ms = LONG_MS};
    struct stopper *stopper = NULL;

    (void)state;
    assert_int_equal(stopper_begin(&stopper, &order), 0);
    stopper_end(stopper);
    assert_int_equal(state_of(victim), 'S');
}

/* Who asked for it is killed: what it asked to be stopped goes on. */
static void continues_when_its_owner_is_gone(void **state) {
    const pid_t owner = fork();

    (void)state;
    if (owner == 0) {
        const struct stopper_order order = {.process = victim, .duration_ms = LONG_MS};
        struct stopper *stopper = NULL;

        if (stopper_begin(&stopper, &order) != 0) {
            _exit(EXIT_FAILURE);
        }
        for (;;) {
            pause();
        }
    }
    assert_true(becomes('T'));
    kill(owner, SIGKILL);
    waitpid(owner, NULL, 0);
    assert_true(becomes('S'));
}

/* As with agent-gone: the process that asks is the one that is stopped. */
static void continues_who_stopped_itself(void **state) {
    const pid_t guest = victim;

    (void)state;
    victim = fork();
    if (victim == 0) {
        const struct stopper_order order = {.process = getpid(), .delay_ms = 50, .duration_ms = 300};
        struct stopper *stopper = NULL;

        if (stopper_begin(&stopper, &order) != 0) {
            _exit(EXIT_FAILURE);
        }
        for (;;) {
            pause();
        }
    }
    assert_true(becomes('T'));
    assert_true(becomes('S'));
    tear_down(NULL);
    victim = guest;
}

static void finds_the_one_of_that_name(void **state) {
    static const char *const names[] = {"xhm-nobody", VICTIM_NAME, NULL};
    static const char *const nobody[] = {"xhm-nobody", NULL};
    pid_t second;

    (void)state;
    assert_int_equal(stopper_find(nobody), -ESRCH);
    assert_int_equal(stopper_find(names), victim);
    second = start_victim();
    for (int i = 0; i < LOOKS && stopper_find(names) == victim; i++) {
        poll(NULL, 0, LOOK_MS);
    }
    assert_int_equal(stopper_find(names), -ENOTUNIQ);
    kill(second, SIGKILL);
    waitpid(second, NULL, 0);
}

static void a_process_that_is_gone_cannot_be_stopped(void **state) {
    struct stopper_order order = {.duration_ms = 10};
    struct stopper *stopper = NULL;

    (void)state;
    order.process = fork();
    if (order.process == 0) {
        _exit(EXIT_SUCCESS);
    }
    waitpid(order.process, NULL, 0);
    assert_int_equal(stopper_begin(&stopper, &order), -ESRCH);
    assert_null(stopper);
    stopper_end(NULL);
}

#define STOPPER_TEST(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void) {
    const struct CMUnitTest tests[] = {
        STOPPER_TEST(continues_when_its_time_is_over),
        STOPPER_TEST(continues_when_told),
        STOPPER_TEST(does_nothing_when_told_before),
        STOPPER_TEST(continues_when_its_owner_is_gone),
        STOPPER_TEST(continues_who_stopped_itself),
        STOPPER_TEST(finds_the_one_of_that_name),
        STOPPER_TEST(a_process_that_is_gone_cannot_be_stopped),
    };

    signal(SIGPIPE, SIG_IGN);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
