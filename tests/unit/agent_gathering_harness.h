// SPDX-License-Identifier: Apache-2.0
/*
 * What surrounds the agent's gathering, played: its loop, its children, its client and its log. When a child ends and
 * when the timer expires is up to the test.
 */
#ifndef XHM_AGENT_GATHERING_HARNESS_H
#define XHM_AGENT_GATHERING_HARNESS_H

#include "agent_fake_host.h"
#include "children.h"
#include "gathering.h"

#define ORDER UINT64_C(7)

/* What the agent's loop, its children, its client and its log were asked for. */
struct gathering_world {
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
    bool has_ended; /* the loop was told to end, with a failure */
};

extern struct gathering_world world;

/* cmocka set-up: nothing is ordered, no trouble was said, and the clock shows one second. */
int gathering_open(void **state);

/* The supervisor orders facts, numbered ORDER, about these services. */
void order_services(uint64_t period_ms, size_t count, const char *const *names);
/* The same about none. */
void order(uint64_t period_ms);
/* The timer that runs expires. */
void expire(void);
/* The child that runs ends like this. */
void end_child(const struct child_end *end);
/* The child that runs does its work, in a process of its own. @return its exit status */
int run_work(void);
/* The same, it takes so long, and the child ends. */
int gather(uint64_t took_ms, const char *output);

#endif
