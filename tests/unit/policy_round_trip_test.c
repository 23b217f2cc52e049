// SPDX-License-Identifier: Apache-2.0
/* What is written of a policy, as YAML and as JSON, reads back as the same policy. */
#include "full_policy.h"
#include "policy_codec.h"
#include "policy_text.h"
#include "random_policy.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static struct xhm_policy policy;
static struct xhm_policy other;
static struct xhm_messages messages;
static _Alignas(16) uint8_t arena_memory[XHM_POLICY_ARENA_SIZE];
static uint8_t compiled[XHM_POLICY_MAX_SIZE];

static uint64_t compile(struct xhm_policy *from) {
    struct xhm_arena arena;
    uint64_t hash = 0;
    arena_init(&arena, arena_memory, sizeof(arena_memory));
    assert_true(policy_codec_encode(from, &arena, compiled, sizeof(compiled), &hash) > 0);
    return hash;
}

static char *write_text(void (*write)(const struct xhm_policy *policy, FILE *out)) {
    char *text = NULL;
    size_t size = 0;
    FILE *stream = open_memstream(&text, &size);
    write(&policy, stream);
    fclose(stream);
    return text;
}

/* Unsound policies round-trip as well: what cannot be declared is found, not changed. */
static void round_trip_as(void (*write)(const struct xhm_policy *policy, FILE *out)) {
    char *text = write_text(write);
    messages_init(&messages, "written");
    policy_text_read(text, strlen(text), &other, &messages);
    for (uint32_t i = 0; i < messages_kept(&messages); i++) {
        if (strstr(messages.messages[i].text, "key") != NULL || strstr(messages.messages[i].text, "YAML") != NULL) {
            fail_msg("%s\n%s", messages.messages[i].text, text);
        }
    }
    /* By their compiled forms: structures have padding. */
    if (compile(&policy) != compile(&other)) {
        fail_msg("differs after a round trip:\n%s", text);
    }
    free(text);
}

static void round_trip(void) {
    round_trip_as(policy_text_write_yaml);
    round_trip_as(policy_text_write_json);
}

static void round_trips_the_samples(void **state) {
    (void)state;
    sample_policy(&policy);
    round_trip();
    full_policy(&policy);
    round_trip();
}

/* No key of complete supervision is lost: one that is not written would be missed here, not by its default. */
static void writes_everything_that_is_declared(void **state) {
    (void)state;
    static const char *const lines[] = {
        "  scheduling_latency: 1ms\n",
        "  direct_action: 1ms\n",
        "  deployment: dom0\n",
        "  initial_mode: startup\n",
        "  boot_limit: 5\n",
        "  boot_safe_state: quiet\n",
        "  last_resort: reboot_ecu\n",
        "  last_resort_limit: 3\n",
        "    start_within: 45s\n",
        "    optional: true\n",
        "    supervision: deactivated\n",
        "    standby_for: brake\n",
        "    depends_on: [driver]\n",
        "    xen_watchdog: true\n",
        "    assigned_devices: true\n",
        "    pause_is_safe: true\n",
        "      clear_slack: 512KiB\n      up_front: false\n      debounce:\n        up: 64\n        down: 32\n",
        "      up_front: true\n",
        "platform:\n  facts_period: 2s\n  facts_timeout: 10s\n  supervisor: host\n",
        "  xen_version:\n    min: \"4.17\"\n    max: \"4.20\"\n",
        "  options:\n    - required: \"sched=credit2\"\n    - forbidden: \"cpufreq=\"\n",
        "  capabilities: [hvm, iommu]\n  pcpus_online: 6\n  free_memory: 256MiB\n  claims: forbidden\n",
        "  services: [\"xenstored\", \"xenconsoled\"]\n",
        "  - name: Pool-0\n    scheduler: credit2\n    pcpus: \"0,3-5\"\n",
        "    major_frame: 100ms\n    frames:\n      - partition: brake\n        vcpu: 0\n        duration: 40ms\n",
        "        duration: 40ms\n      - vcpu: 0\n        duration: 10ms\n      - partition: brake\n",
        "    cpupool: arinc\n    cache:\n      l3_mask: \"0xf0\"\n      exclusive: true\n      bandwidth: 50%\n",
        "    devices: none\n    assigned: [\"0000:03:03.0\", \"0001:00:00.0\"]\n    vcpus:\n",
        "        exclusive: true\n        whole_core: true\n",
        "        rtds:\n          period: 10ms\n          budget: 4ms\n          extratime: true\n",
        "    credit2:\n      weight: 512\n      cap: 50%\n",
        "      - kind: vif\n        id: 1\n        backend: driver\n        errors:\n          window: 10s\n",
        "          limit: 5\n      - kind: vbd\n        id: 51712\n    assigned: none\n",
        "        latency_budget:\n          worst: 1ms\n          late: 256us\n          window: 10s\n",
        "          window: 10s\n          limit: 2\n",
        "    load:\n      raise: 90%\n      clear: 80%\n      debounce:\n        up: 16\n        down: 8\n",
        "        deadlines:\n          - from: 1\n            to: 2\n            min: 1ms\n            max: 8ms\n",
        "        logical:\n          initial: [1, 4]\n          finals: [3]\n          transitions:\n",
        "            - from: 2\n              to: 3\n",
        "        latency:\n          raise: 3ms\n          clear: 2ms\n",
        "        clock:\n          window: 1s\n          tolerance: 20%\n",
        "    expired_tolerance: 3\n",
        "      presence: [fail_over, restart, safe_state, last_resort]\n",
        "      memory: report\n",
        "    safe_state: limp-home\n",
        "    allocated_fhti:\n      presence: 1s\n      entity: 2s\n    injection",
        "groups:\n  - name: driving\n    order: in_order\n    members: [brake, fusion]\n",
        "    stop: [infotainment]\n  - name: limp-home\n    pause: [fusion]\n",
        "    pause: [fusion]\n    stop: [brake]\n    start: [brake-standby]\n",
        "    roles: [observer, operator, rig, agent, cluster, integrator]\n",
        "  - partition: infotainment\n    roles: [cluster]\n",
    };
    full_policy(&policy);
    char *text = write_text(policy_text_write_yaml);
    for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
        if (strstr(text, lines[i]) == NULL) {
            fail_msg("is not written:\n%s-- in:\n%s", lines[i], text);
        }
    }
    free(text);
}

static void round_trips_the_examples(void **state) {
    (void)state;
    static const char *const paths[] = {XHM_SOURCE_ROOT "/policies/cockpit.yaml",
                                        XHM_SOURCE_ROOT "/policies/cockpit-standby.yaml"};
    for (size_t i = 0; i < sizeof(paths) / sizeof(paths[0]); i++) {
        static char text[65536];
        FILE *stream = fopen(paths[i], "re");
        assert_non_null(stream);
        size_t size = fread(text, 1, sizeof(text), stream);
        fclose(stream);
        messages_init(&messages, paths[i]);
        assert_true(policy_text_read(text, size, &policy, &messages));
        assert_int_equal(policy.partition_count, 3 + i);
        round_trip();
    }
}

/* Names that YAML would take for something else are quoted when they are written, in lists, too. */
static void round_trips_yaml_words(void **state) {
    (void)state;
    full_policy(&policy);
    strcpy(policy.partitions[SAMPLE_BRAKE].name, "null");
    strcpy(policy.partitions[FULL_DRIVER].name, "on");
    strcpy(policy.safe_states[1].name, "off");
    memset(policy.ecu_id, 0, sizeof(policy.ecu_id));
    strcpy(policy.ecu_id, "no");
    round_trip();
}

static void round_trips_arbitrary_policies(void **state) {
    (void)state;
    for (unsigned i = 0; i < 100; i++) {
        random_policy(&policy);
        round_trip();
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(round_trips_the_samples),        cmocka_unit_test(writes_everything_that_is_declared),
        cmocka_unit_test(round_trips_the_examples),       cmocka_unit_test(round_trips_yaml_words),
        cmocka_unit_test(round_trips_arbitrary_policies),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
