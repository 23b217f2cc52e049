// SPDX-License-Identifier: Apache-2.0
#include "agent_tasks_harness.h"
#include "jobs.h"
#include "log.h"
#include "vcpu_stop.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define WAIT_US 5000000u

const uint8_t brake_uuid[DOMAINS_UUID_SIZE] = {1};
const uint8_t other_uuid[DOMAINS_UUID_SIZE] = {2};

struct played_ecu ecu;
struct agent agent;
char folder[] = "/tmp/xhm-agent-tasks-XXXXXX";
Xhm__V1__InjectionKind injection;
char other[AGENT_NAME_SIZE];

/* ---- Xen ---- */

void add_domain(const uint8_t *uuid, uint16_t domid, uint32_t flags) {
    xc_domaininfo_t *domain = &ecu.domains[ecu.domain_count++];

    memset(domain, 0, sizeof(*domain));
    domain->domain = domid;
    domain->flags = flags;
    memcpy(domain->handle, uuid, DOMAINS_UUID_SIZE);
}

int xc_domain_getinfolist(xc_interface *xen, uint32_t first, unsigned maximum, xc_domaininfo_t *list) {
    unsigned count = 0;

    (void)xen;
    for (unsigned i = 0; i < ecu.domain_count && count < maximum; i++) {
        if (ecu.domains[i].domain >= first) {
            list[count++] = ecu.domains[i];
        }
    }
    return (int)count;
}

int xc_domain_pause(xc_interface *xen, uint32_t domid) {
    (void)xen, (void)domid;
    return ++ecu.pauses, 0;
}

int xc_domain_unpause(xc_interface *xen, uint32_t domid) {
    (void)xen, (void)domid;
    return --ecu.pauses, 0;
}

int xc_get_cpumap_size(xc_interface *xen) {
    (void)xen;
    return 1;
}

int xc_vcpu_getaffinity(xc_interface *xen, uint32_t domid, int vcpu, xc_cpumap_t hard, xc_cpumap_t soft,
                        uint32_t flags) {
    (void)xen, (void)domid, (void)vcpu, (void)soft, (void)flags;
    hard[0] = ecu.affinity;
    return 0;
}

int xc_vcpu_setaffinity(xc_interface *xen, uint32_t domid, int vcpu, xc_cpumap_t hard, xc_cpumap_t soft,
                        uint32_t flags) {
    (void)xen, (void)domid, (void)vcpu, (void)soft, (void)flags;
    ecu.affinity = hard[0];
    return 0;
}

int vcpu_stop(xc_interface *xen, uint32_t domid, uint32_t vcpu) {
    (void)xen, (void)domid, (void)vcpu;
    return ++ecu.stopped_vcpus, 0;
}

int vcpu_continue(xc_interface *xen, uint32_t domid, uint32_t vcpu) {
    (void)xen, (void)domid, (void)vcpu;
    return --ecu.stopped_vcpus, 0;
}

/* ---- services ---- */

pid_t stopper_find(const char *const *names) {
    return strcmp(names[0], "xhmd") == 0 ? 77 : -ESRCH;
}

int stopper_begin(struct stopper **stopper, const struct stopper_order *order) {
    *stopper = (struct stopper *)&ecu.stopper;
    ecu.stopper = *order;
    ecu.has_stopper = true;
    return 0;
}

void stopper_end(struct stopper *stopper) {
    ecu.has_stopper &= stopper == NULL;
}

/* ---- children ---- */

struct child {
    sd_event_source *source;
    child_end_function *on_end;
    void *context;
    struct child_end end;
};

static void end_child(struct child *child) {
    sd_event_source_disable_unref(child->source);
    child->on_end(child->context, &child->end);
    free(child);
}

static int on_defer(sd_event_source *source, void *context) {
    (void)source;
    end_child(context);
    return 0;
}

static int on_time(sd_event_source *source, uint64_t time_us, void *context) {
    struct child *child = context;

    (void)source, (void)time_us;
    child->end = (struct child_end){.is_timed_out = true, .status = 137, .output = ""};
    end_child(child);
    return 0;
}

static void run_xl(const char *const *arguments, struct child_end *end) {
    if (strcmp(arguments[1], "destroy") == 0 && ecu.destroys) {
        for (unsigned i = 0; i < ecu.domain_count; i++) {
            if (ecu.domains[i].domain == atoi(arguments[2])) {
                ecu.domains[i].flags |= XEN_DOMINF_dying;
            }
        }
    }
    if (strcmp(arguments[1], "create") == 0) {
        end->status = ecu.create_status;
        end->is_success = ecu.create_status == 0;
        end->output = end->is_success ? "" : "Parsing config\nlibxl: error: no memory\n";
        if (end->is_success) {
            add_domain(ecu.created_uuid, ecu.next_domid++, 0);
        }
    }
}

struct child *child_start(sd_event *event, const struct child_work *work, child_end_function *on_end, void *context) {
    struct child *child = calloc(1, sizeof(*child));
    char *command = ecu.commands[ecu.command_count++];
    size_t used = 0;

    child->on_end = on_end;
    child->context = context;
    child->end = (struct child_end){.is_success = true, .output = ""};
    if (work->arguments == NULL) {
        const struct rendezvous_node *node = work->function_context;

        snprintf(command, sizeof(ecu.commands[0]), "write %u %s %s", node->domid, node->path, node->value);
    } else {
        for (size_t i = 0; work->arguments[i] != NULL; i++) {
            used += (size_t)snprintf(command + used, sizeof(ecu.commands[0]) - used, "%s%s", i > 0 ? " " : "",
                                     work->arguments[i]);
        }
    }
    if (ecu.hangs) {
        sd_event_add_time_relative(event, &child->source, CLOCK_MONOTONIC, work->timeout_ms * 1000, 1, on_time, child);
        return child;
    }
    if (work->arguments != NULL) {
        run_xl(work->arguments, &child->end);
    }
    sd_event_add_defer(event, &child->source, on_defer, child);
    return child;
}

void child_abandon(struct child *child) {
    if (child != NULL) {
        sd_event_source_disable_unref(child->source);
        free(child);
    }
}

/* ---- xhmd, journal, clock ---- */

int xhm_client_agent_report(struct xhm_client *client, const Xhm__V1__AgentReport *report) {
    (void)client;
    ecu.report_count++;
    ecu.report_id = report->task_id;
    ecu.report_done = report->done != 0;
    ecu.report_domid = report->domid;
    snprintf(ecu.report_message, sizeof(ecu.report_message), "%s", report->message);
    return 0;
}

const char *xhm_client_result_name(int result) {
    (void)result;
    return "";
}

void log_record(enum log_kind kind, const char *partition, const char *format, ...) {
    (void)kind, (void)partition, (void)format;
}

uint64_t agent_now_ms(const struct agent *self) {
    uint64_t now_us = 0;

    sd_event_now(self->event, CLOCK_MONOTONIC, &now_us);
    return now_us / 1000;
}

/* ---- the supervisor, and the tests' surroundings ---- */

void give_task(uint64_t task_id, Xhm__V1__AgentTaskKind kind, const char *partition, uint64_t timeout_ms) {
    Xhm__V1__AgentTask task = XHM__V1__AGENT_TASK__INIT;

    task.task_id = task_id;
    task.kind = kind;
    task.injection = injection;
    task.target_pcpu = 3;
    task.memory_kib = 4096;
    task.duration_ms = 1500;
    task.other_partition = other;
    task.partition = (char *)(uintptr_t)partition;
    task.uuid.data = (uint8_t *)(uintptr_t)brake_uuid;
    task.uuid.len = sizeof(brake_uuid);
    task.timeout_ms = timeout_ms;
    tasks_accept(&agent, &task);
}

void give_recreation(uint64_t task_id, const char *partition, uint64_t timeout_ms) {
    give_task(task_id, TASK(RECREATE), partition, timeout_ms);
}

void wait_for_reports(unsigned count) {
    while (ecu.report_count < count) {
        assert_true(sd_event_run(agent.event, WAIT_US) > 0);
    }
}

int harness_open(void **state) {
    (void)state;
    memset(&ecu, 0, sizeof(ecu));
    ecu.next_domid = 7;
    ecu.created_uuid = brake_uuid;
    ecu.destroys = true;
    ecu.affinity = 2;
    injection = KIND(HANG);
    memset(&agent, 0, sizeof(agent));
    agent.options.partitions_folder = folder;
    return sd_event_new(&agent.event) < 0 || partitions_init(&agent.partitions) != 0 ? -1 : 0;
}

int harness_close(void **state) {
    (void)state;
    for (uint32_t i = 0; i < agent.partitions.count; i++) {
        jobs_supersede(&agent.partitions.entries[i].activities[AGENT_SLOT_LIFE], "end of test");
    }
    partitions_deinit(&agent.partitions);
    sd_event_unref(agent.event);
    return 0;
}

/* The agent takes its partitions from the names of the files in its folder. */
static void name_file(char path[128]) {
    snprintf(path, 128, "%s/brake.cfg", folder);
}

int harness_open_group(void **state) {
    char path[128];

    (void)state;
    if (mkdtemp(folder) == NULL) {
        return -1;
    }
    name_file(path);

    FILE *file = fopen(path, "w");

    return file != NULL && fclose(file) == 0 ? 0 : -1;
}

int harness_close_group(void **state) {
    char path[128];

    (void)state;
    name_file(path);
    return remove(path) == 0 && remove(folder) == 0 ? 0 : -1;
}
