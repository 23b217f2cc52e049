// SPDX-License-Identifier: Apache-2.0
/*
 * When the agent gathers facts, what it tells of them, and what becomes of a gathering that fails or is overtaken.
 * When a child ends and when the timer expires is up to the test.
 */
#include "agent_fake_host.h"
#include "children.h"
#include "facts_message.h"
#include "gathering.h"
#include "log.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#define ORDER     UINT64_C(7)
#define US_PER_MS 1000u

/* What the agent's loop, its children, its client and its log were asked for. */
static struct {
    uint64_t now_ms;
    sd_event_time_handler_t due; /* NULL: no timer runs */
    uint64_t delay_ms;
    unsigned timers; /* started so far */
    int timer_failure;
    struct child_work work; /* of the child that runs */
    child_end_function *on_end;
    bool child_runs;
    int fork_failure;
    unsigned abandoned;
    unsigned told;
    struct xhm_facts facts; /* told last */
    uint64_t order;
    uint64_t number;
    uint64_t age_ms;
    int client_answer;
    unsigned problems;
    char problem[256];
    bool no_xen;
    bool no_store;
} world;

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

static void order_services(uint64_t period_ms, size_t count, const char *const *names) {
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

static void order(uint64_t period_ms) {
    order_services(period_ms, 0, NULL);
}

static void expire(void) {
    const sd_event_time_handler_t due = world.due;

    assert_non_null(due);
    world.due = NULL;
    world.now_ms += world.delay_ms;
    assert_int_equal(due(NULL, 0, NULL), 0);
}

static void end_child(const struct child_end *end) {
    assert_true(world.child_runs);
    world.child_runs = false;
    world.on_end(NULL, end);
}

/* In a process of its own, as always; what it writes on stderr is not for who runs the tests. */
static int run_work(void) {
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

/* The child does its work, which takes so long, and ends. @return its exit status */
static int gather(uint64_t took_ms, const char *output) {
    const int status = run_work();
    const struct child_end end = {.is_success = status == EXIT_SUCCESS, .status = status, .output = output};

    world.now_ms += took_ms;
    end_child(&end);
    return status;
}

/* Trouble that was said is forgotten with facts that come without any. */
static int set_up(void **state) {
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

/* ---- tests ---- */

static void an_order_is_begun_at_once_and_goes_on_in_its_period(void **state) {
    (void)state;
    order(2000);
    assert_int_equal(world.delay_ms, 0);
    expire();
    assert_int_equal(world.work.timeout_ms, AGENT_GATHERING_TIMEOUT_MS);
    assert_int_equal(gather(300, ""), EXIT_SUCCESS);
    assert_int_equal(world.told, 1);
    assert_int_equal(world.delay_ms, 1700);
    expire();
    assert_int_equal(gather(100, ""), EXIT_SUCCESS);
    assert_int_equal(world.told, 2);
    assert_int_equal(world.delay_ms, 1900);
    assert_int_equal(world.problems, 0);
}

static void what_is_told_has_order_number_and_age(void **state) {
    (void)state;
    order(2000);
    expire();
    gather(300, "");
    assert_int_equal(world.order, ORDER);
    assert_int_equal(world.age_ms, 300);

    const uint64_t first = world.number;

    expire();
    gather(20, "");
    assert_int_equal(world.number, first + 1);
    assert_int_equal(world.age_ms, 20);
}

static void what_is_told_is_what_the_host_shows(void **state) {
    (void)state;
    ecu.domain_count = 2;
    ecu.domains[1].domain = 5;
    order(2000);
    expire();
    gather(0, "");
    assert_int_equal(world.facts.host.free_memory_kib, 4000);
    assert_int_equal(world.facts.domain_count, 2);
    assert_int_equal(world.facts.domain[1].domid, 5);
    assert_int_equal(world.facts.cpupools.count, 1);
}

/* This very process is a service that runs; further names than there is room for are not looked for. */
static void ordered_services_are_looked_for(void **state) {
    const char *names[2 * XHM_MAX_SERVICES];

    (void)state;
    for (size_t i = 0; i < 2 * XHM_MAX_SERVICES; i++) {
        names[i] = i == 1 ? program_invocation_short_name : "no-such-service";
    }
    order_services(2000, 2 * XHM_MAX_SERVICES, names);
    expire();
    gather(0, "");
    assert_int_equal(world.facts.services.count, XHM_MAX_SERVICES);
    assert_false(world.facts.services.running[0]);
    assert_true(world.facts.services.running[1]);
}

static void one_that_takes_longer_than_its_period_is_followed_at_once(void **state) {
    (void)state;
    order(200);
    expire();
    gather(900, "");
    assert_int_equal(world.delay_ms, 0);
    assert_int_equal(world.told, 1);
    assert_int_equal(world.age_ms, 900);
}

static void nobody_can_order_more_often_than_the_least_period(void **state) {
    (void)state;
    order(1);
    expire();
    gather(0, "");
    assert_int_equal(world.delay_ms, 50);
}

static void period_0_stops(void **state) {
    (void)state;
    order(2000);
    order(0);
    assert_null(world.due);
    assert_int_equal(world.timers, 1);
}

static void stopping_abandons_what_is_under_way(void **state) {
    (void)state;
    order(2000);
    expire();
    gathering_stop();
    assert_int_equal(world.abandoned, 1);
    assert_null(world.due);
    gathering_stop();
    assert_int_equal(world.abandoned, 1);
}

static bool is_mapped(void *memory) {
    return msync(memory, 1, MS_ASYNC) == 0;
}

/* It may still write for a moment, but not where the facts of the next order will stand. */
static void an_abandoned_child_loses_what_it_shares_with_the_agent(void **state) {
    void *former;

    (void)state;
    order(2000);
    expire();
    former = world.work.function_context;
    assert_true(is_mapped(former));
    gathering_stop();
    assert_false(is_mapped(former));
    order(500);
    expire();
    assert_int_equal(gather(0, ""), EXIT_SUCCESS);
    assert_int_equal(world.told, 1);
    assert_int_equal(world.delay_ms, 500);
}

static void a_new_order_overtakes_the_gathering_under_way(void **state) {
    (void)state;
    order(2000);
    expire();
    order(500);
    assert_int_equal(world.abandoned, 1);
    assert_int_equal(world.told, 0);
    assert_int_equal(world.delay_ms, 0);
}

static void a_child_that_does_not_end_is_told_once_and_nothing_comes_of_it(void **state) {
    const struct child_end end = {.is_timed_out = true, .status = 137, .output = "half a sent"};

    (void)state;
    order(2000);
    for (int i = 0; i < 3; i++) {
        expire();
        world.now_ms += AGENT_GATHERING_TIMEOUT_MS;
        end_child(&end);
        assert_int_equal(world.delay_ms, 0);
    }
    assert_int_equal(world.told, 0);
    assert_int_equal(world.problems, 1);
    assert_non_null(strstr(world.problem, "xenstore may not answer"));
}

static void trouble_is_told_once_a_spell(void **state) {
    (void)state;
    order(2000);
    for (int i = 0; i < 2; i++) {
        expire();
        gather(0, "reading the cpupools: Permission denied");
    }
    assert_int_equal(world.problems, 1);
    assert_non_null(strstr(world.problem, "reading the cpupools"));
    assert_int_equal(world.told, 2);
    expire();
    gather(0, "");
    expire();
    gather(0, "reading the cpupools: Permission denied");
    assert_int_equal(world.problems, 2);
}

static void without_xen_nothing_is_told(void **state) {
    (void)state;
    world.no_xen = true;
    order(2000);
    expire();
    assert_int_equal(gather(0, "cannot open it"), EXIT_FAILURE);
    assert_int_equal(world.told, 0);
    assert_int_equal(world.problems, 1);
    assert_int_equal(world.delay_ms, 2000);
}

static void without_xenstore_nothing_is_told(void **state) {
    (void)state;
    world.no_store = true;
    order(2000);
    expire();
    assert_int_equal(gather(0, "cannot open it"), EXIT_FAILURE);
    assert_int_equal(world.told, 0);
}

static void facts_that_xhmd_does_not_get_are_trouble(void **state) {
    (void)state;
    world.client_answer = -1;
    order(2000);
    expire();
    gather(0, "");
    assert_int_equal(world.told, 1);
    assert_int_equal(world.problems, 1);
    assert_non_null(strstr(world.problem, "the client does not take it"));
}

static void what_the_child_left_unreadable_is_not_told(void **state) {
    const struct child_end end = {.is_success = true, .output = ""};

    (void)state;
    order(2000);
    expire();
    /* A size, and bytes of no message: what a child with a bug would leave. */
    *(size_t *)world.work.function_context = 3;
    memset((uint8_t *)world.work.function_context + sizeof(size_t), 0xff, 3);
    end_child(&end);
    assert_int_equal(world.told, 0);
    assert_int_equal(world.problems, 1);
    assert_non_null(strstr(world.problem, "cannot be read"));
}

static void a_child_that_cannot_be_started_is_tried_again_after_a_period(void **state) {
    (void)state;
    world.fork_failure = EAGAIN;
    order(2000);
    expire();
    assert_int_equal(world.problems, 1);
    assert_non_null(strstr(world.problem, strerror(EAGAIN)));
    assert_int_equal(world.delay_ms, 2000);
    world.fork_failure = 0;
    expire();
    gather(0, "");
    assert_int_equal(world.told, 1);
}

static void a_timer_that_cannot_be_started_is_told(void **state) {
    (void)state;
    world.timer_failure = ENOMEM;
    order(2000);
    assert_int_equal(world.problems, 1);
    assert_non_null(strstr(world.problem, "cannot start a timer"));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(an_order_is_begun_at_once_and_goes_on_in_its_period, set_up),
        cmocka_unit_test_setup(what_is_told_has_order_number_and_age, set_up),
        cmocka_unit_test_setup(what_is_told_is_what_the_host_shows, set_up),
        cmocka_unit_test_setup(ordered_services_are_looked_for, set_up),
        cmocka_unit_test_setup(one_that_takes_longer_than_its_period_is_followed_at_once, set_up),
        cmocka_unit_test_setup(nobody_can_order_more_often_than_the_least_period, set_up),
        cmocka_unit_test_setup(period_0_stops, set_up),
        cmocka_unit_test_setup(stopping_abandons_what_is_under_way, set_up),
        cmocka_unit_test_setup(an_abandoned_child_loses_what_it_shares_with_the_agent, set_up),
        cmocka_unit_test_setup(a_new_order_overtakes_the_gathering_under_way, set_up),
        cmocka_unit_test_setup(a_child_that_does_not_end_is_told_once_and_nothing_comes_of_it, set_up),
        cmocka_unit_test_setup(trouble_is_told_once_a_spell, set_up),
        cmocka_unit_test_setup(without_xen_nothing_is_told, set_up),
        cmocka_unit_test_setup(without_xenstore_nothing_is_told, set_up),
        cmocka_unit_test_setup(facts_that_xhmd_does_not_get_are_trouble, set_up),
        cmocka_unit_test_setup(what_the_child_left_unreadable_is_not_told, set_up),
        cmocka_unit_test_setup(a_child_that_cannot_be_started_is_tried_again_after_a_period, set_up),
        cmocka_unit_test_setup(a_timer_that_cannot_be_started_is_told, set_up),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
