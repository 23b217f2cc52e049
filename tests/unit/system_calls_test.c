// SPDX-License-Identifier: Apache-2.0
/* The filter of system calls that xhmd runs under in a domain of its own, in real processes. */
#include "system_calls.h"

#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#define REACHED 7

/* How a process ends that calls function() under the filter; function() says whether it went as it should. */
static int end_under_filter(bool (*function)(void)) {
    const pid_t process = fork();
    int status = 0;

    if (process == 0) {
        if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 || system_calls_restrict() != 0) {
            _exit(1);
        }
        _exit(function() ? REACHED : 2);
    }
    assert_true(process > 0);
    assert_int_equal(waitpid(process, &status, 0), process);
    return status;
}

static void expect_served(bool (*function)(void)) {
    const int status = end_under_filter(function);

    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), REACHED);
}

static void expect_killed(bool (*function)(void)) {
    const int status = end_under_filter(function);

    assert_true(WIFSIGNALED(status));
    assert_int_equal(WTERMSIG(status), SIGSYS);
}

static bool opens_a_local_socket(void) {
    return socket(AF_UNIX, SOCK_STREAM, 0) >= 0;
}

static bool is_refused_the_network(void) {
    return socket(AF_INET, SOCK_STREAM, 0) < 0 && errno == EPERM;
}

/* Nothing is behind the descriptor that knows these requests: ENOTTY tells that the kernel looked. */
static bool reaches_a_driver(unsigned long request) {
    return ioctl(open("/dev/null", O_RDWR), request, NULL) < 0 && errno == ENOTTY;
}

static bool is_refused(unsigned long request) {
    return ioctl(open("/dev/null", O_RDWR), request, NULL) < 0 && errno == EPERM;
}

static bool makes_hypercalls(void) {
    return reaches_a_driver(_IOC(_IOC_NONE, 'P', 0, 48));
}

static bool maps_grants_and_has_channels(void) {
    return reaches_a_driver(_IOC(_IOC_NONE, 'G', 0, 24)) && reaches_a_driver(_IOC(_IOC_NONE, 'E', 1, 8));
}

static bool is_refused_foreign_memory(void) {
    return is_refused(_IOC(_IOC_NONE, 'P', 2, 16)) && is_refused(_IOC(_IOC_NONE, 'P', 3, 32)) &&
           is_refused(_IOC(_IOC_NONE, 'P', 4, 32));
}

static bool mounts(void) {
    return mount("none", "/", "tmpfs", 0, NULL) == 0;
}

static bool traces(void) {
    return ptrace(PTRACE_TRACEME, 0, NULL, NULL) == 0;
}

static bool makes_a_process_of_another_user(void) {
    return setuid(0) == 0;
}

static void what_xhmd_needs_is_served(void **state) {
    (void)state;
    expect_served(opens_a_local_socket);
    expect_served(makes_hypercalls);
    expect_served(maps_grants_and_has_channels);
}

static void the_network_and_foreign_memory_are_refused(void **state) {
    (void)state;
    expect_served(is_refused_the_network);
    expect_served(is_refused_foreign_memory);
}

static void everything_else_ends_the_process(void **state) {
    (void)state;
    expect_killed(mounts);
    expect_killed(traces);
    expect_killed(makes_a_process_of_another_user);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_xhmd_needs_is_served),
        cmocka_unit_test(the_network_and_foreign_memory_are_refused),
        cmocka_unit_test(everything_else_ends_the_process),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
