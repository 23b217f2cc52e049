// SPDX-License-Identifier: Apache-2.0
/*
 * What the agent's tasks act on, played: a Xen, an xl, a xenstore and a supervisor that note what they were asked for.
 * Only time and the event loop are real.
 */
#ifndef XHM_AGENT_TASKS_HARNESS_H
#define XHM_AGENT_TASKS_HARNESS_H

#include "stopper.h"
#include "tasks.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#define MAX_DOMAINS  8
#define MAX_COMMANDS 32

#define KIND(name) XHM__V1__INJECTION_KIND__INJECTION_##name
#define TASK(name) XHM__V1__AGENT_TASK_KIND__AGENT_TASK_##name

/* The ECU that the agent sees. */
struct played_ecu {
    xc_domaininfo_t domains[MAX_DOMAINS];
    unsigned domain_count;
    uint16_t next_domid;
    const uint8_t *created_uuid;
    bool destroys; /* whether xl destroy has an effect */
    bool hangs;    /* xl never ends by itself */
    int create_status;
    unsigned command_count;
    char commands[MAX_COMMANDS][256];
    int pauses;
    int stopped_vcpus;
    uint8_t affinity;
    bool has_stopper;
    struct stopper_order stopper;
    unsigned report_count;
    uint64_t report_id;
    bool report_done;
    uint32_t report_domid;
    char report_message[AGENT_MESSAGE_SIZE];
};

extern struct played_ecu ecu;
extern struct agent agent;
/* Where the agent finds brake.cfg, the only partition that there is. */
extern char folder[];

extern const uint8_t brake_uuid[DOMAINS_UUID_SIZE];
extern const uint8_t other_uuid[DOMAINS_UUID_SIZE];

/* What the next injection is: its kind, and the partition that disturbs where the kind has one. */
extern Xhm__V1__InjectionKind injection;
extern char other[AGENT_NAME_SIZE];

/* cmocka set-up and tear-down of the group, and of each test: an ECU without domains. */
int harness_open_group(void **state);
int harness_close_group(void **state);
int harness_open(void **state);
int harness_close(void **state);

/* A domain with this UUID comes; flags are XEN_DOMINF_*. */
void add_domain(const uint8_t *uuid, uint16_t domid, uint32_t flags);
/* The supervisor gives a task. */
void give_task(uint64_t task_id, Xhm__V1__AgentTaskKind kind, const char *partition, uint64_t timeout_ms);
/* The supervisor wants the partition recreated. */
void give_recreation(uint64_t task_id, const char *partition, uint64_t timeout_ms);
/* Turns the event loop until the agent has reported so often. */
void wait_for_reports(unsigned count);

#endif
