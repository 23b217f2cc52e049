/*
 * What the agent does with tasks, against a Xen and an xl of our own: sequence, identity, idempotence, time-outs,
 * limits. Only time and the event loop are real.
 */
#include "jobs.h"
#include "log.h"
#include "stopper.h"
#include "tasks.h"
#include "vcpu_stop.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#define MAX_DOMAINS  8
#define MAX_COMMANDS 32
#define WAIT_US      5000000u

static const uint8_t brake_uuid[DOMAINS_UUID_SIZE] = {1};
static const uint8_t other_uuid[DOMAINS_UUID_SIZE] = {2};

/* The ECU that the agent sees. */
static struct {
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
} ecu;

static struct agent agent;

/* ---- Xen ---- */

static void add_domain(const uint8_t *uuid, uint16_t domid, uint32_t flags) {
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

/* ---- tests ---- */

static char folder[] = "/tmp/xhm-agent-tasks-XXXXXX";

static Xhm__V1__InjectionKind injection;
static char other[AGENT_NAME_SIZE];

static void tell_kind(uint64_t task_id, Xhm__V1__AgentTaskKind kind, const char *partition, uint64_t timeout_ms) {
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

static void tell(uint64_t task_id, const char *partition, uint64_t timeout_ms) {
    tell_kind(task_id, XHM__V1__AGENT_TASK_KIND__AGENT_TASK_RECREATE, partition, timeout_ms);
}

static void wait_for_reports(unsigned count) {
    while (ecu.report_count < count) {
        assert_true(sd_event_run(agent.event, WAIT_US) > 0);
    }
}

static int set_up(void **state) {
    (void)state;
    memset(&ecu, 0, sizeof(ecu));
    ecu.next_domid = 7;
    ecu.created_uuid = brake_uuid;
    ecu.destroys = true;
    ecu.affinity = 2;
    injection = XHM__V1__INJECTION_KIND__INJECTION_HANG;
    memset(&agent, 0, sizeof(agent));
    agent.options.partitions_folder = folder;
    return sd_event_new(&agent.event) < 0 || partitions_init(&agent.partitions) != 0 ? -1 : 0;
}

static int tear_down(void **state) {
    (void)state;
    for (uint32_t i = 0; i < agent.partitions.count; i++) {
        jobs_supersede(&agent.partitions.entries[i].activities[AGENT_SLOT_LIFE], "end of test");
    }
    partitions_deinit(&agent.partitions);
    sd_event_unref(agent.event);
    return 0;
}

static void replaces_a_running_instance(void **state) {
    char create[128];

    (void)state;
    add_domain(brake_uuid, 5, 0);
    add_domain(other_uuid, 6, 0);
    tell(1, "brake", 5000);
    wait_for_reports(1);
    assert_true(ecu.report_done);
    assert_int_equal(ecu.report_id, 1);
    assert_int_equal(ecu.report_domid, 7);
    snprintf(create, sizeof(create), "xl create -e -q %s/brake.cfg", folder);
    assert_int_equal(ecu.command_count, 3);
    assert_string_equal(ecu.commands[0], "xl destroy 5");
    assert_string_equal(ecu.commands[1], create);
    assert_string_equal(ecu.commands[2], "write 7 data/xhm/supervisor 0 1");
}

static void a_dying_instance_is_no_obstacle(void **state) {
    (void)state;
    add_domain(brake_uuid, 5, XEN_DOMINF_dying);
    tell(1, "brake", 5000);
    wait_for_reports(1);
    assert_true(ecu.report_done);
    assert_int_equal(ecu.command_count, 2);
}

static void removes_every_live_instance(void **state) {
    (void)state;
    add_domain(brake_uuid, 4, 0);
    add_domain(brake_uuid, 5, XEN_DOMINF_shutdown);
    tell(1, "brake", 5000);
    wait_for_reports(1);
    assert_true(ecu.report_done);
    assert_string_equal(ecu.commands[0], "xl destroy 4");
    assert_string_equal(ecu.commands[1], "xl destroy 5");
}

static void answers_again_without_doing_again(void **state) {
    (void)state;
    tell(9, "brake", 5000);
    tell(9, "brake", 5000);
    wait_for_reports(1);

    const unsigned commands = ecu.command_count;

    tell(9, "brake", 5000);
    wait_for_reports(2);
    assert_true(ecu.report_done);
    assert_int_equal(ecu.report_domid, 7);
    assert_int_equal(ecu.command_count, commands);

    tasks_forget(&agent);
    tell(9, "brake", 5000);
    wait_for_reports(3);
    assert_int_equal(ecu.report_domid, 8);
}

static void fails_when_the_old_instance_stays(void **state) {
    (void)state;
    ecu.destroys = false;
    add_domain(brake_uuid, 5, 0);
    tell(1, "brake", 200);
    wait_for_reports(1);
    assert_false(ecu.report_done);
    assert_string_equal(ecu.report_message, "xl destroy 5: no effect within the time allowed");
    assert_int_equal(ecu.command_count, 1);
}

static void fails_with_the_last_line_of_xl(void **state) {
    (void)state;
    ecu.create_status = 1;
    tell(1, "brake", 5000);
    wait_for_reports(1);
    assert_false(ecu.report_done);
    assert_non_null(strstr(ecu.report_message, "failed with status 1: libxl: error: no memory"));
}

static void fails_when_xl_hangs(void **state) {
    (void)state;
    ecu.hangs = true;
    tell(1, "brake", 150);
    wait_for_reports(1);
    assert_false(ecu.report_done);
    assert_non_null(strstr(ecu.report_message, "xl create"));
    assert_non_null(strstr(ecu.report_message, "was killed"));
}

static void fails_when_the_file_declares_another_uuid(void **state) {
    (void)state;
    ecu.created_uuid = other_uuid;
    tell(1, "brake", 5000);
    wait_for_reports(1);
    assert_false(ecu.report_done);
    assert_non_null(strstr(ecu.report_message, "no domain has its UUID"));
}

static void a_newer_task_takes_over(void **state) {
    (void)state;
    ecu.hangs = true;
    tell(1, "brake", 60000);
    ecu.hangs = false;
    tell(2, "brake", 5000);
    assert_int_equal(ecu.report_id, 1);
    assert_false(ecu.report_done);
    wait_for_reports(2);
    assert_int_equal(ecu.report_id, 2);
    assert_true(ecu.report_done);
}

static void refuses_too_many_creations_before_destroying(void **state) {
    (void)state;
    tell(1, "brake", 5000);
    wait_for_reports(1);
    for (uint32_t i = 0; i < AGENT_CREATIONS_PER_WINDOW; i++) {
        partitions_count_creation(partitions_find(&agent.partitions, "brake"), agent_now_ms(&agent));
    }

    const unsigned commands = ecu.command_count;

    tell(2, "brake", 5000);
    wait_for_reports(2);
    assert_false(ecu.report_done);
    assert_non_null(strstr(ecu.report_message, "already"));
    assert_int_equal(ecu.command_count, commands);
}

static void refuses_what_is_not_declared(void **state) {
    static const char *const names[] = {"fusion", "../../etc/brake", "", "-e"};

    (void)state;
    for (unsigned i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        tell(i + 1, names[i], 5000);
        wait_for_reports(i + 1);
        assert_false(ecu.report_done);
    }
    assert_int_equal(ecu.command_count, 0);
}

static void injects_and_undoes_in_the_instance(void **state) {
    (void)state;
    add_domain(brake_uuid, 5, 0);
    tell_kind(1, XHM__V1__AGENT_TASK_KIND__AGENT_TASK_INJECT, "brake", 5000);
    wait_for_reports(1);
#if XHM_INJECTION
    assert_true(ecu.report_done);
    assert_string_equal(ecu.commands[0], "write 5 data/xhm/inject hang 1");
    tell_kind(2, XHM__V1__AGENT_TASK_KIND__AGENT_TASK_CLEAR_INJECTION, "brake", 5000);
    wait_for_reports(2);
    assert_true(ecu.report_done);
    assert_string_equal(ecu.commands[1], "write 5 data/xhm/inject none");
    tell_kind(3, XHM__V1__AGENT_TASK_KIND__AGENT_TASK_CLEAR_INJECTION, "brake", 5000);
    wait_for_reports(3);
    assert_true(ecu.report_done);
    assert_int_equal(ecu.command_count, 2);
#else
    assert_false(ecu.report_done);
    assert_non_null(strstr(ecu.report_message, "built without injection"));
    assert_int_equal(ecu.command_count, 0);
#endif
}

#if XHM_INJECTION

#define KIND(name) XHM__V1__INJECTION_KIND__INJECTION_##name
#define INJECT     XHM__V1__AGENT_TASK_KIND__AGENT_TASK_INJECT
#define CLEAR      XHM__V1__AGENT_TASK_KIND__AGENT_TASK_CLEAR_INJECTION

/* Begins @p kind as task 1. */
static void inject(Xhm__V1__InjectionKind kind, const char *partition) {
    injection = kind;
    tell_kind(1, INJECT, partition, 5000);
    wait_for_reports(1);
}

static void clear(const char *partition) {
    tell_kind(2, CLEAR, partition, 5000);
    wait_for_reports(2);
    assert_true(ecu.report_done);
}

static void tells_the_guest_each_order(void **state) {
    static const struct {
        Xhm__V1__InjectionKind kind;
        const char *order;
    } rows[] = {
        {KIND(HANG), "hang 1"},           {KIND(SLOW), "slow 1"},       {KIND(EARLY), "early 1"},
        {KIND(WRONG_ORDER), "order 1"},   {KIND(SPIN), "spin 1 2"},     {KIND(CORRUPT), "corrupt 1"},
        {KIND(FROZEN_CLOCK), "frozen 1"}, {KIND(LATENCY), "latency 1"}, {KIND(RING_OVERFLOW), "ring 1"},
        {KIND(TORN), "torn 1"},           {KIND(LOAD), "overload 1"},
    };

    (void)state;
    add_domain(brake_uuid, 5, 0);
    for (unsigned i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        char command[64];

        ecu.report_count = 0;
        ecu.command_count = 0;
        tasks_forget(&agent);
        inject(rows[i].kind, "brake");
        assert_true(ecu.report_done);
        snprintf(command, sizeof(command), "write 5 data/xhm/inject %s", rows[i].order);
        assert_string_equal(ecu.commands[0], command);
        clear("brake");
        assert_string_equal(ecu.commands[1], "write 5 data/xhm/inject none");
    }
}

static void pauses_and_stops_and_takes_it_back(void **state) {
    (void)state;
    add_domain(brake_uuid, 5, 0);
    inject(KIND(PAUSE), "brake");
    assert_int_equal(ecu.pauses, 1);
    clear("brake");
    assert_int_equal(ecu.pauses, 0);
    ecu.report_count = 0;
    tasks_forget(&agent);
    inject(KIND(VCPU_OFF), "brake");
    assert_int_equal(ecu.stopped_vcpus, 1);
    assert_int_equal(ecu.pauses, 0);
    clear("brake");
    assert_int_equal(ecu.stopped_vcpus, 0);
}

static void moves_and_moves_back(void **state) {
    (void)state;
    add_domain(brake_uuid, 5, 0);
    inject(KIND(PIN), "brake");
    assert_int_equal(ecu.affinity, 1 << 3);
    clear("brake");
    assert_int_equal(ecu.affinity, 2);
}

/* An instance that came after the injection is as declared: nothing of it is undone there. */
static void a_later_instance_is_left_alone(void **state) {
    (void)state;
    add_domain(brake_uuid, 5, 0);
    inject(KIND(PAUSE), "brake");
    ecu.domains[0].domain = 6;
    clear("brake");
    assert_int_equal(ecu.pauses, 1);
}

static void memory_and_crash_go_through_xl(void **state) {
    (void)state;
    add_domain(brake_uuid, 5, 0);
    ecu.domains[0].tot_pages = 2048;
    ecu.domains[0].max_pages = 2304;
    inject(KIND(MEMORY), "brake");
    assert_string_equal(ecu.commands[0], "xl mem-set 5 4096k");
    clear("brake");
    assert_string_equal(ecu.commands[1], "xl mem-set 5 8192k");
    ecu.report_count = 0;
    tasks_forget(&agent);
    ecu.domains[0].tot_pages = 512;
    inject(KIND(MEMORY), "brake");
    assert_string_equal(ecu.commands[2], "xl mem-max 5 4096k");
    clear("brake");
    assert_string_equal(ecu.commands[3], "xl mem-max 5 8192k");
    ecu.report_count = 0;
    tasks_forget(&agent);
    inject(KIND(CRASH), "brake");
    assert_string_equal(ecu.commands[4], "xl sysrq 5 c");
}

static void overloads_by_another_partition_that_runs(void **state) {
    (void)state;
    add_domain(brake_uuid, 5, 0);
    add_domain(other_uuid, 6, 0);
    snprintf(other, sizeof(other), "brake");
    inject(KIND(DEADLINE), "brake");
    assert_false(ecu.report_done);
    assert_non_null(strstr(ecu.report_message, "no such partition is running"));
    partitions_find(&agent.partitions, "brake")->running_domid = 6;
    ecu.report_count = 0;
    tasks_forget(&agent);
    inject(KIND(DEADLINE), "brake");
    assert_true(ecu.report_done);
    assert_int_equal(ecu.affinity, 1 << 3);
    assert_string_equal(ecu.commands[0], "write 6 data/xhm/inject overload 0");
    clear("brake");
    assert_int_equal(ecu.affinity, 2);
    assert_string_equal(ecu.commands[1], "write 6 data/xhm/inject none");
    other[0] = '\0';
}

static void stops_services_of_the_ecu(void **state) {
    (void)state;
    inject(KIND(OVERRUN), "");
    assert_true(ecu.report_done);
    assert_true(ecu.has_stopper);
    assert_int_equal(ecu.stopper.process, 77);
    assert_int_equal(ecu.stopper.duration_ms, 1500);
    assert_true(ecu.stopper.delay_ms > 0);
    clear("");
    assert_false(ecu.has_stopper);
    ecu.report_count = 0;
    tasks_forget(&agent);
    inject(KIND(AGENT_GONE), "");
    assert_int_equal(ecu.stopper.process, getpid());
    clear("");
    ecu.report_count = 0;
    tasks_forget(&agent);
    inject(KIND(VISIBILITY), "");
    assert_false(ecu.report_done);
    assert_non_null(strstr(ecu.report_message, "No such process"));
}

static void refuses_injections_into_the_wrong_place(void **state) {
    (void)state;
    add_domain(brake_uuid, 5, 0);
    inject(KIND(OVERRUN), "brake");
    assert_false(ecu.report_done);
    ecu.report_count = 0;
    tasks_forget(&agent);
    inject(KIND(HANG), "");
    assert_false(ecu.report_done);
    ecu.report_count = 0;
    tasks_forget(&agent);
    inject((Xhm__V1__InjectionKind)99, "brake");
    assert_false(ecu.report_done);
    assert_false(ecu.has_stopper);
    assert_int_equal(ecu.command_count, 0);
}

static void nothing_is_undone_without_a_live_instance(void **state) {
    (void)state;
    inject(KIND(PAUSE), "brake");
    assert_false(ecu.report_done);
    assert_non_null(strstr(ecu.report_message, "no live instance"));
    clear("brake");
    assert_int_equal(ecu.pauses, 0);
}

#endif

static void a_recreation_is_not_disturbed_by_injections(void **state) {
    (void)state;
    ecu.hangs = true;
    tell(1, "brake", 60000);
    tell_kind(2, XHM__V1__AGENT_TASK_KIND__AGENT_TASK_INJECT, "brake", 5000);
    wait_for_reports(1);
    assert_int_equal(ecu.report_id, 2);
    assert_false(ecu.report_done);
    tell_kind(3, XHM__V1__AGENT_TASK_KIND__AGENT_TASK_CLEAR_INJECTION, "brake", 5000);
    wait_for_reports(2);
    assert_int_equal(ecu.report_id, 3);
    assert_int_equal(ecu.command_count, 1);
}

#define AGENT_TEST(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void) {
    const struct CMUnitTest tests[] = {
        AGENT_TEST(replaces_a_running_instance),
        AGENT_TEST(a_dying_instance_is_no_obstacle),
        AGENT_TEST(removes_every_live_instance),
        AGENT_TEST(answers_again_without_doing_again),
        AGENT_TEST(fails_when_the_old_instance_stays),
        AGENT_TEST(fails_with_the_last_line_of_xl),
        AGENT_TEST(fails_when_xl_hangs),
        AGENT_TEST(fails_when_the_file_declares_another_uuid),
        AGENT_TEST(a_newer_task_takes_over),
        AGENT_TEST(refuses_too_many_creations_before_destroying),
        AGENT_TEST(refuses_what_is_not_declared),
        AGENT_TEST(injects_and_undoes_in_the_instance),
        AGENT_TEST(a_recreation_is_not_disturbed_by_injections),
#if XHM_INJECTION
        AGENT_TEST(tells_the_guest_each_order),
        AGENT_TEST(pauses_and_stops_and_takes_it_back),
        AGENT_TEST(moves_and_moves_back),
        AGENT_TEST(a_later_instance_is_left_alone),
        AGENT_TEST(memory_and_crash_go_through_xl),
        AGENT_TEST(overloads_by_another_partition_that_runs),
        AGENT_TEST(stops_services_of_the_ecu),
        AGENT_TEST(refuses_injections_into_the_wrong_place),
        AGENT_TEST(nothing_is_undone_without_a_live_instance),
#endif
    };
    char path[128];

    if (mkdtemp(folder) == NULL) {
        return 1;
    }
    snprintf(path, sizeof(path), "%s/brake.cfg", folder);

    FILE *file = fopen(path, "w");

    if (file == NULL) {
        return 1;
    }
    fclose(file);

    const int failures = cmocka_run_group_tests(tests, NULL, NULL);

    remove(path);
    remove(folder);
    return failures;
}
