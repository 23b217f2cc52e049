// SPDX-License-Identifier: Apache-2.0
/* Two policies compared by meaning: what differs is told in the text's own units, what only looks different is not. */
#include "difference.h"
#include "full_policy.h"
#include "policy_text.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define ENTITY "partitions[one].entities[task]"

static const char base[] = "schema: 1\n"
                           "ecu: bench\n"
                           "supervisor: {cycle: 10ms, crash_check_period: 20ms, conformance_period: 1s,\n"
                           "             overrun_tolerance: 50ms, probe_busy_tolerance: 100ms}\n"
                           "platform: {facts_period: 1s, facts_timeout: 5s, capabilities: [iommu]}\n"
                           "partitions:\n"
                           "  - name: one\n"
                           "    id: 1\n"
                           "    identity: {uuid: b4a4e000-0000-4000-8000-000000000001}\n"
                           "    startup_grace: 10s\n"
                           "    vcpus: [{pcpus: 1, exclusive: true}, {pcpus: \"2-3\"}]\n"
                           "    entities:\n"
                           "      - name: task\n"
                           "        id: 1\n"
                           "        checkpoints_per_second: 10\n"
                           "        alive: {reference_cycle: 100ms, expected: 5}\n"
                           "        deadlines: [{from: 1, to: 2, max: 50ms}, {from: 2, to: 1, max: 1s}]\n"
                           "        logical: {initial: [1, 2], transitions: [{from: 1, to: 2}, {from: 2, to: 1}]}\n"
                           "    reactions: {entity: [restart, safe_state], presence: restart}\n"
                           "    safe_state: quiet\n"
                           "  - name: two\n"
                           "    id: 2\n"
                           "    identity: {uuid: b4a4e000-0000-4000-8000-000000000002}\n"
                           "    startup_grace: 10s\n"
                           "    depends_on: [one, dom0]\n"
                           "  - name: dom0\n"
                           "    id: 3\n"
                           "    identity: dom0\n"
                           "    startup_grace: 10s\n"
                           "groups: [{name: both, members: [one, two]}]\n"
                           "safe_states: [{name: quiet, stop: [one, two]}, {name: still, pause: [one], stop: [two]}]\n"
                           "access: [{uid: 0, roles: [operator, agent]}, {gid: 5, roles: observer}]\n";

static struct xhm_policy old_policy;
static struct xhm_policy new_policy;
static struct xhm_messages messages;

static void read_policy(const char *text, struct xhm_policy *policy) {
    messages_init(&messages, "test");
    if (!policy_text_read(text, strlen(text), policy, &messages)) {
        messages_print(&messages, stderr);
        fail_msg("not sound:\n%s", text);
    }
}

static void print(void *context, const struct xhm_difference *difference) {
    fprintf(context, "%s: %s -> %s\n", difference->path, difference->old_text != NULL ? difference->old_text : "(none)",
            difference->new_text != NULL ? difference->new_text : "(none)");
}

static char *write_differences(const struct xhm_policy *from, const struct xhm_policy *to) {
    char *text = NULL;
    size_t size = 0;
    uint32_t lines = 0;
    FILE *stream = open_memstream(&text, &size);
    const uint32_t count = difference_tell(from, to, print, stream);
    fclose(stream);
    for (const char *at = text; *at != '\0'; at++) {
        lines += *at == '\n';
    }
    assert_int_equal(lines, count);
    return text;
}

/* The base with one text in it replaced. */
static void edit(const char *from, const char *to, struct xhm_policy *policy) {
    char text[sizeof(base) + 1024];
    const char *at = strstr(base, from);
    assert_non_null(at);
    snprintf(text, sizeof(text), "%.*s%s%s", (int)(at - base), base, to, at + strlen(from));
    read_policy(text, policy);
}

static void tells_what_differs(void **state) {
    (void)state;
    static const struct {
        const char *from;
        const char *to;
        const char *told;
    } rows[] = {
        {"ecu: bench", "ecu: car", "ecu: bench -> car\n"},
        {"cycle: 10ms", "cycle: 20ms", "supervisor.cycle: 10ms -> 20ms\n"},
        {"b4a4e000-0000-4000-8000-000000000002", "b4a4e000-0000-4000-8000-000000000003",
         "partitions[two].identity: uuid b4a4e000-0000-4000-8000-000000000002 -> "
         "uuid b4a4e000-0000-4000-8000-000000000003\n"},
        {"identity: dom0", "identity: {static_domid: 1}", "partitions[dom0].identity: dom0 -> static_domid 1\n"},
        {"pcpus: \"2-3\"", "pcpus: \"3-4\"", "partitions[one].vcpus[1].pcpus: \"2-3\" -> \"3-4\"\n"},
        {", {pcpus: \"2-3\"}", "", "partitions[one].vcpus[1]:  -> (none)\n"},
        {"{pcpus: \"2-3\"}", "{pcpus: \"2-3\"}, {pcpus: 4}", "partitions[one].vcpus[2]: (none) -> \n"},
        {"expected: 5", "expected: 6", ENTITY ".alive.expected: 5 -> 6\n"},
        {"        alive: {reference_cycle: 100ms, expected: 5}\n", "",
         ENTITY ".alive.reference_cycle: 100ms -> (none)\n" ENTITY ".alive.expected: 5 -> (none)\n" ENTITY
                ".alive.min_margin: 0 -> (none)\n" ENTITY ".alive.max_margin: 0 -> (none)\n" ENTITY
                ".alive.failed_tolerance: 0 -> (none)\n"},
        {"max: 50ms", "max: 60ms", ENTITY ".deadlines[from 1 to 2].max: 50ms -> 60ms\n"},
        {"{from: 1, to: 2, max: 50ms}, ", "", ENTITY ".deadlines[from 1 to 2]:  -> (none)\n"},
        {"initial: [1, 2]", "initial: [2]", ENTITY ".logical.initial: [1, 2] -> [2]\n"},
        {"entity: [restart, safe_state]", "entity: safe_state",
         "partitions[one].reactions.entity: [restart, safe_state] -> safe_state\n"},
        {"    safe_state: quiet\n", "    safe_state: still\n", "partitions[one].safe_state: quiet -> still\n"},
        {"depends_on: [one, dom0]", "depends_on: [one]", "partitions[two].depends_on: [dom0, one] -> [one]\n"},
        {"    depends_on: [one, dom0]\n", "", "partitions[two].depends_on: [dom0, one] -> (none)\n"},
        {"    startup_grace: 10s\n    depends_on", "    memory: {size: 96MiB}\n    startup_grace: 10s\n    depends_on",
         "partitions[two].memory.size: (none) -> 96MiB\n"
         "partitions[two].memory.slack: (none) -> 0KiB\n"
         "partitions[two].memory.clear_slack: (none) -> 0KiB\n"
         "partitions[two].memory.up_front: (none) -> false\n"
         "partitions[two].memory.debounce.up: (none) -> 255\n"
         "partitions[two].memory.debounce.down: (none) -> 255\n"},
        {"{name: quiet, stop: [one, two]}", "{name: quiet, stop: [one], start: [two]}",
         "safe_states[quiet].stop: [one, two] -> [one]\nsafe_states[quiet].start: (none) -> [two]\n"},
        {"[{name: quiet, stop: [one, two]}, {name: still, pause: [one], stop: [two]}]",
         "[{name: still, pause: [one], stop: [two]}, {name: quiet, stop: [one, two]}]",
         "safe_states: [quiet, still] -> [still, quiet]\n"},
        {"[{name: quiet,", "[{name: calm, stop: [two]}, {name: quiet,", "safe_states[calm]: (none) -> \n"},
        {"roles: [operator, agent]", "roles: [operator, agent, rig]",
         "access[uid 0].roles: [agent, operator] -> [agent, operator, rig]\n"},
        {"safe_state: quiet\n", "safe_state: quiet\n    devices: none\n", "partitions[one].devices: (none) -> none\n"},
        {"safe_state: quiet\n", "safe_state: quiet\n    devices: [{kind: vif, id: 1}, {kind: vbd}]\n",
         "partitions[one].devices[kind vif id 1]: (none) -> \npartitions[one].devices[kind vbd id 0]: (none) -> \n"},
        {"safe_state: quiet\n",
         "safe_state: quiet\n    pause_is_safe: true\n    assigned_devices: true\n    assigned: [\"03:00.0\"]\n",
         "partitions[one].assigned_devices: false -> true\npartitions[one].pause_is_safe: false -> true\n"
         "partitions[one].assigned: (none) -> [\"0000:03:00.0\"]\n"},
        {"[iommu]}\n", "[iommu], options: [{required: \"sched=rtds\"}, {forbidden: smt}]}\n",
         "platform.options[required \"sched=rtds\"]: (none) -> \nplatform.options[forbidden \"smt\"]: (none) -> \n"},
        {"ecu: bench\n", "ecu: bench\ncpupools: [{name: rt, scheduler: rtds, pcpus: 1}]\n",
         "cpupools[rt]: (none) -> \n"},
        {"{gid: 5,", "{uid: 5,", "access[gid 5]:  -> (none)\naccess[uid 5]: (none) -> \n"},
    };
    read_policy(base, &old_policy);
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        edit(rows[i].from, rows[i].to, &new_policy);
        char *told = write_differences(&old_policy, &new_policy);
        assert_string_equal(told, rows[i].told);
        free(told);
    }
}

/* Other orders, units, forms and comments; defaults that are written out. */
static void what_means_the_same_is_no_difference(void **state) {
    (void)state;
    static const struct {
        const char *from;
        const char *to;
    } rows[] = {
        {"cycle: 10ms", "cycle: 10000us"},
        {"    startup_grace: 10s\n", "    startup_grace: 10s # long\n    start_within: 10s\n"},
        {"pcpus: \"2-3\"", "pcpus: [3, 2], exclusive: false"},
        {"initial: [1, 2]", "initial: [2, 1]"},
        {"{from: 1, to: 2, max: 50ms}, {from: 2, to: 1, max: 1s}",
         "{from: 2, to: 1, max: 1s}, {from: 1, to: 2, max: 50ms}"},
        {"transitions: [{from: 1, to: 2}, {from: 2, to: 1}]", "transitions: [{from: 2, to: 1}, {from: 1, to: 2}]"},
        {"depends_on: [one, dom0]", "depends_on: [dom0, one]"},
        {"  - name: two\n"
         "    id: 2\n"
         "    identity: {uuid: b4a4e000-0000-4000-8000-000000000002}\n"
         "    startup_grace: 10s\n"
         "    depends_on: [one, dom0]\n"
         "  - name: dom0\n"
         "    id: 3\n"
         "    identity: dom0\n"
         "    startup_grace: 10s\n",
         "  - name: dom0\n"
         "    id: 3\n"
         "    identity: dom0\n"
         "    startup_grace: 10s\n"
         "  - name: two\n"
         "    id: 2\n"
         "    identity: {uuid: b4a4e000-0000-4000-8000-000000000002}\n"
         "    startup_grace: 10s\n"
         "    depends_on: [one, dom0]\n"},
        {"[{uid: 0, roles: [operator, agent]}, {gid: 5, roles: observer}]",
         "[{gid: 5, roles: observer}, {uid: 0, roles: [agent, operator]}]"},
    };
    read_policy(base, &old_policy);
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        edit(rows[i].from, rows[i].to, &new_policy);
        char *told = write_differences(&old_policy, &new_policy);
        assert_string_equal(told, "");
        free(told);
    }
}

/* The order of partitions is that in which a group is recreated, when it has one. */
static void order_counts_where_a_group_has_one(void **state) {
    (void)state;
    struct xhm_partition_policy *one = &new_policy.partitions[0];
    read_policy(base, &new_policy);
    const struct xhm_partition_policy swapped = *one;
    new_policy.groups[0].in_order = true;
    old_policy = new_policy;
    *one = new_policy.partitions[1];
    one->depends_on = 1u << 1 | 1u << 2;
    new_policy.partitions[1] = swapped;
    new_policy.safe_states[1].dispositions[0] = XHM_DISPOSITION_STOP;
    new_policy.safe_states[1].dispositions[1] = XHM_DISPOSITION_PAUSE;
    char *told = write_differences(&old_policy, &new_policy);
    assert_string_equal(told, "groups[both].members: [one, two] -> [two, one]\n");
    free(told);
}

static void partitions_come_and_go(void **state) {
    (void)state;
    read_policy(base, &old_policy);
    new_policy = old_policy;
    strcpy(new_policy.partitions[2].name, "domain-zero");
    char *told = write_differences(&old_policy, &new_policy);
    assert_string_equal(told, "partitions[two].depends_on: [dom0, one] -> [domain-zero, one]\n"
                              "partitions[dom0]:  -> (none)\n"
                              "partitions[domain-zero]: (none) -> \n");
    free(told);
}

/* What the writer knows, the comparison sees: every key of a policy that has them all. */
static void a_full_policy_is_equal_to_itself_only(void **state) {
    (void)state;
    full_policy(&old_policy);
    new_policy = old_policy;
    char *told = write_differences(&old_policy, &new_policy);
    assert_string_equal(told, "");
    free(told);
    new_policy.cpupools[FULL_ARINC].frames[0].duration_ns += SAMPLE_MS;
    new_policy.partitions[SAMPLE_BRAKE].assigned[0] = old_policy.partitions[SAMPLE_BRAKE].assigned[1];
    new_policy.partitions[SAMPLE_BRAKE].assigned[1] = old_policy.partitions[SAMPLE_BRAKE].assigned[0];
    told = write_differences(&old_policy, &new_policy);
    assert_string_equal(told, "cpupools[arinc].frames[0].duration: 40ms -> 41ms\n");
    free(told);
    memset(&new_policy, 0, sizeof(new_policy));
    told = write_differences(&old_policy, &new_policy);
    assert_non_null(strstr(told, "\nsupervisor.cycle: 10ms -> 0s\n"));
    assert_non_null(strstr(told, "\npartitions[brake]:  -> (none)\n"));
    free(told);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(tells_what_differs),
        cmocka_unit_test(what_means_the_same_is_no_difference),
        cmocka_unit_test(order_counts_where_a_group_has_one),
        cmocka_unit_test(partitions_come_and_go),
        cmocka_unit_test(a_full_policy_is_equal_to_itself_only),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
