// SPDX-License-Identifier: Apache-2.0
#include "agent_gathering_harness.h"
#include "facts_message.h"
#include "log.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define US_PER_MS 1000u

struct gathering_world world;
static struct agent agent;
static int some_object;

/* ---- around the module ---- */

uint64_t agent_now_ms(const struct agent *of) {
    assert_ptr_equal(of, &agent);
    return world.now_ms;
}

int sd_event_add_time_relative(sd_event *event, sd_event_source **source, clockid_t clock, uint64_t delay_us,
                               uint64_t accuracy_us, sd_event_time_handler_t callback, void *context) {
    (void)event, (void)accuracy_us, (void)context;
    assert_int_equal(clock, CLOCK_MONOTONIC);
    assert_null(*source);
    if (world.timer_failure != 0) {
        return -world.timer_failure;
    }
    world.due = callback;
    world.delay_ms = delay_us / US_PER_MS;
    world.timers++;
    *source = (sd_event_source *)&some_object;
    return 0;
}

sd_event_source *sd_event_source_disable_unref(sd_event_source *source) {
    if (source != NULL) {
        world.due = NULL;
    }
    return NULL;
}

int sd_event_exit(sd_event *event, int code) {
    (void)event;
    assert_int_equal(code, EXIT_FAILURE);
    world.has_ended = true;
    return 0;
}

struct child *child_start(sd_event *event, const struct child_work *work, child_end_function *on_end, void *context) {
    (void)event, (void)context;
    assert_false(world.child_runs);
    assert_null(work->arguments);
    if (world.fork_failure != 0) {
        errno = world.fork_failure;
        return NULL;
    }
    world.work = *work;
    world.on_end = on_end;
    world.child_runs = true;
    return (struct child *)&some_object;
}

void child_abandon(struct child *child) {
    assert_non_null(child);
    assert_true(world.child_runs);
    world.child_runs = false;
    world.abandoned++;
}

int xhm_client_agent_facts(struct xhm_client *client, const Xhm__V1__Facts *message) {
    (void)client;
    world.told++;
    world.order = message->order;
    world.number = message->number;
    world.age_ms = message->age_ms;
    assert_null(facts_from_message(message, &world.facts));
    return world.client_answer;
}

const char *xhm_client_result_name(int result) {
    return result == 0 ? "" : "the client does not take it";
}

void log_record(enum log_kind kind, const char *partition, const char *format, ...) {
    va_list arguments;

    assert_int_equal(kind, LOG_PROBLEM);
    assert_null(partition);
    va_start(arguments, format);
    vsnprintf(world.problem, sizeof(world.problem), format, arguments);
    va_end(arguments);
    world.problems++;
}

xc_interface *xc_interface_open(xentoollog_logger *logger, xentoollog_logger *dom0, unsigned flags) {
    (void)logger, (void)dom0, (void)flags;
    errno = EACCES;
    return world.no_xen ? NULL : (xc_interface *)&some_object;
}

struct xs_handle *xs_open(unsigned long flags) {
    (void)flags;
    errno = ECONNREFUSED;
    return world.no_store ? NULL : (struct xs_handle *)&some_object;
}

/* ---- what tests do ---- */

void order_services(uint64_t period_ms, size_t count, const char *const *names) {
    Xhm__V1__FactsOrder order = XHM__V1__FACTS_ORDER__INIT;
    char *services[2 * XHM_MAX_SERVICES];

    for (size_t i = 0; i < count; i++) {
        services[i] = strdup(names[i]);
    }
    order.period_ms = period_ms;
    order.order = ORDER;
    order.n_services = count;
    order.services = services;
    gathering_order(&agent, &order);
    for (size_t i = 0; i < count; i++) {
        free(services[i]);
    }
}

void order(uint64_t period_ms) {
    order_services(period_ms, 0, NULL);
}

void expire(void) {
    const sd_event_time_handler_t due = world.due;

    assert_non_null(due);
    world.due = NULL;
    world.now_ms += world.delay_ms;
    assert_int_equal(due(NULL, 0, NULL), 0);
}

void end_child(const struct child_end *end) {
    assert_true(world.child_runs);
    world.child_runs = false;
    world.on_end(NULL, end);
}

/* What it writes on stderr is not for who runs the tests. */
int run_work(void) {
    const pid_t child = fork();
    int status = 0;

    assert_true(child >= 0);
    if (child == 0) {
        _exit(freopen("/dev/null", "w", stderr) ? world.work.function(world.work.function_context) : 99);
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFEXITED(status));
    return WEXITSTATUS(status);
}

int gather(uint64_t took_ms, const char *output) {
    const int status = run_work();
    const struct child_end end = {.is_success = status == EXIT_SUCCESS, .status = status, .output = output};

    world.now_ms += took_ms;
    end_child(&end);
    return status;
}

/* Trouble that was said is forgotten with facts that come without any. */
int gathering_open(void **state) {
    gathering_stop();
    memset(&world, 0, sizeof(world));
    fake_host_set_up(state);
    order(1000);
    expire();
    gather(0, "");
    gathering_stop();
    memset(&world, 0, sizeof(world));
    world.now_ms = 1000;
    return 0;
}
