// SPDX-License-Identifier: Apache-2.0
/* What is written of a policy, as YAML and as JSON, reads back as the same policy. */
#include "full_policy.h"
#include "policy_codec.h"
#include "policy_text.h"

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

static uint64_t seed = 1;

static uint64_t chance(uint64_t below) {
    seed = seed * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (seed >> 33) % below;
}

static bool maybe(void) {
    return chance(2) == 0;
}

static uint32_t some_number(uint32_t below) {
    return (uint32_t)chance(below);
}

static uint64_t some_time(void) {
    static const uint64_t units[] = {1, 1000, 1000000, 1000000000, UINT64_C(60000000000), UINT64_C(3600000000000)};
    return (1 + chance(100000)) * units[chance(6)];
}

/* Names are told apart by their number: what refers to one must find it again. */
static void some_name(char name[XHM_NAME_SIZE], uint32_t number) {
    static const char letters[] = "abcdefghijklmnopqrstuvwxyz0123456789-";
    memset(name, 0, XHM_NAME_SIZE);
    int used = snprintf(name, XHM_NAME_SIZE, "%c%u-", letters[chance(26)], number);
    for (uint64_t i = (uint64_t)used, length = i + chance(XHM_NAME_SIZE - i); i < length; i++) {
        name[i] = letters[chance(sizeof(letters) - 1)];
    }
}

static uint64_t some_set(uint32_t count) {
    return count == 0 ? 0 : (chance(UINT32_MAX) << 31 ^ chance(UINT32_MAX)) & (~UINT64_C(0) >> (64 - count));
}

static struct xhm_debounce_policy some_debounce(void) {
    return (struct xhm_debounce_policy){some_number(300), some_number(300)};
}

static void some_graph(struct xhm_logical_policy *logical) {
    logical->initial_count = 1 + some_number(XHM_MAX_GRAPH_ENDS);
    logical->final_count = some_number(XHM_MAX_GRAPH_ENDS + 1);
    logical->transition_count = some_number(XHM_MAX_TRANSITIONS + 1);
    for (uint32_t i = 0; i < logical->initial_count; i++) {
        logical->initial[i] = some_number(UINT32_MAX);
    }
    for (uint32_t i = 0; i < logical->final_count; i++) {
        logical->finals[i] = some_number(9);
    }
    for (uint32_t i = 0; i < logical->transition_count; i++) {
        logical->transitions[i] = (struct xhm_transition_policy){some_number(9), some_number(9)};
    }
}

static void some_entity(struct xhm_entity_policy *entity, uint32_t number) {
    some_name(entity->name, number);
    entity->id = some_number(UINT32_MAX);
    entity->page = some_number(9);
    entity->slot = some_number(9);
    entity->checkpoints_per_second = some_number(1000);
    if (maybe()) {
        entity->alive = (struct xhm_alive_policy){some_time(), some_number(100), some_number(100), some_number(100),
                                                  some_number(100)};
    }
    if (maybe()) {
        entity->deadline_miss = (struct xhm_deadline_miss_policy){some_time(), some_number(100)};
    }
    entity->deadline_count = some_number(XHM_MAX_DEADLINES + 1);
    for (uint32_t i = 0; i < entity->deadline_count; i++) {
        entity->deadlines[i] =
            (struct xhm_deadline_policy){some_number(9), some_number(9), maybe() ? 0 : some_time(), some_time()};
    }
    if (maybe()) {
        some_graph(&entity->logical);
    }
    if (maybe()) {
        entity->clock = (struct xhm_clock_policy){some_time(), some_number(100)};
    }
    if (maybe()) {
        entity->latency = (struct xhm_latency_policy){some_time(), some_time(), some_debounce()};
    }
    if (maybe()) {
        entity->latency_budget = (struct xhm_latency_budget_policy){some_time(), maybe() ? 0 : some_time(),
                                                                    maybe() ? 0 : some_time(), some_number(100)};
    }
}

static void some_identity(struct xhm_identity *identity) {
    identity->kind = (enum xhm_identity_kind)(1 + chance(3));
    if (identity->kind == XHM_IDENTITY_UUID) {
        for (unsigned i = 0; i < 16; i++) {
            identity->uuid.bytes[i] = (uint8_t)chance(256);
        }
    } else if (identity->kind == XHM_IDENTITY_STATIC_DOMID) {
        identity->domid = (uint16_t)(1 + chance(0x7fef));
    }
}

static void some_vcpu(struct xhm_vcpu_policy *vcpu) {
    for (unsigned word = 0; word < XHM_PCPU_WORDS; word++) {
        vcpu->pcpus.words[word] = chance(3) == 0 ? chance(UINT32_MAX) << chance(32) : 0;
    }
    vcpu->pcpus.words[0] |= 1;
    vcpu->exclusive = maybe();
    vcpu->whole_core = maybe();
    if (maybe()) {
        vcpu->rtds = (struct xhm_rtds_policy){some_time(), maybe() ? 0 : some_time(), maybe()};
    }
}

static void some_devices(struct xhm_partition_policy *partition) {
    partition->devices_declared = maybe();
    partition->device_count = partition->devices_declared ? some_number(XHM_MAX_DEVICES + 1) : 0;
    for (uint32_t i = 0; i < partition->device_count; i++) {
        partition->devices[i] =
            (struct xhm_device_policy){.kind = (enum xhm_device_kind)(1 + chance(XHM_DEVICE_KIND_END - 1)),
                                       .id = some_number(UINT32_MAX),
                                       .backend_number = some_number(policy.partition_count + 1)};
        if (maybe()) {
            partition->devices[i].error_window_ns = some_time();
            partition->devices[i].error_limit = some_number(9);
        }
    }
    partition->assigned_declared = maybe();
    partition->assigned_count = partition->assigned_declared ? some_number(XHM_MAX_ASSIGNED + 1) : 0;
    for (uint32_t i = 0; i < partition->assigned_count; i++) {
        partition->assigned[i] = (uint32_t)chance(UINT64_C(1) << 31);
    }
}

static void some_shares(struct xhm_partition_policy *partition) {
    partition->cpupool_number = some_number(policy.cpupool_count + 1);
    if (maybe()) {
        partition->credit2 = (struct xhm_credit2_policy){1 + some_number(70000), some_number(300)};
    }
    if (maybe()) {
        partition->cache = (struct xhm_cache_policy){1 + chance(UINT32_MAX), maybe(), some_number(200)};
    }
}

static void some_reactions(struct xhm_partition_policy *partition) {
    for (unsigned i = 0; i < XHM_CLASS_COUNT; i++) {
        partition->reactions[i].count = 1 + some_number(XHM_MAX_RUNGS);
        for (unsigned rung = 0; rung < partition->reactions[i].count; rung++) {
            partition->reactions[i].rungs[rung] = (enum xhm_reaction)(1 + chance(XHM_REACTION_END - 1));
        }
        partition->allocated_fhti_ns[i] = maybe() ? 0 : some_time();
    }
}

static void some_partition(struct xhm_partition_policy *partition, uint32_t number) {
    some_name(partition->name, number);
    partition->partition_id = some_number(70000);
    some_identity(&partition->identity);
    partition->startup_grace_ns = some_time();
    partition->start_within_ns = some_time();
    if (maybe()) {
        partition->memory =
            (struct xhm_memory_policy){1 + chance(1u << 30), chance(4096), chance(4096), some_debounce(), maybe()};
    }
    if (maybe()) {
        partition->load = (struct xhm_load_policy){1 + some_number(1000), some_number(1000), some_debounce()};
    }
    partition->vcpu_count = some_number(XHM_MAX_VCPUS + 1);
    for (uint32_t i = 0; i < partition->vcpu_count; i++) {
        some_vcpu(&partition->vcpus[i]);
    }
    some_devices(partition);
    some_shares(partition);
    partition->page_count = some_number(9);
    partition->entity_count = some_number(XHM_MAX_ENTITIES + 1);
    for (uint32_t i = 0; i < partition->entity_count; i++) {
        some_entity(&partition->entities[i], i);
    }
    some_reactions(partition);
    partition->restart =
        (struct xhm_restart_policy){some_number(20), some_time(), maybe() ? 0 : some_time(), some_time()};
    partition->injection_allowed = maybe();
    partition->optional = maybe();
    partition->supervision_off = maybe();
    partition->expired_tolerance = some_number(9);
    partition->depends_on = maybe() ? 0 : some_set(policy.partition_count);
    partition->standby_for_number = some_number(policy.partition_count + 1);
    partition->safe_state_number = some_number(policy.safe_state_count + 1);
    partition->xen_watchdog = maybe();
    partition->assigned_devices = maybe();
    partition->pause_is_safe = maybe();
}

static struct xhm_supervisor_policy some_supervisor(void) {
    return (struct xhm_supervisor_policy){.cycle_ns = some_time(),
                                          .crash_check_period_ns = some_time(),
                                          .conformance_period_ns = some_time(),
                                          .conformance_checks_per_cycle = some_number(100),
                                          .overrun_tolerance_ns = some_time(),
                                          .probe_busy_tolerance_ns = some_time(),
                                          .visibility_timeout_ns = some_time(),
                                          .agent_timeout_ns = some_time(),
                                          .deployment = (enum xhm_deployment)(1 + chance(2)),
                                          .initial_mode = (enum xhm_ecu_mode)(1 + chance(2)),
                                          .scheduling_latency_ns = maybe() ? 0 : some_time(),
                                          .direct_action_ns = maybe() ? 0 : some_time(),
                                          .boot_limit = some_number(200),
                                          .boot_safe_state_number = some_number(policy.safe_state_count + 1),
                                          .last_resort = (enum xhm_last_resort)chance(3),
                                          .last_resort_limit = some_number(20)};
}

static void some_platform(struct xhm_platform_policy *platform) {
    *platform = (struct xhm_platform_policy){.facts_period_ns = maybe() ? 0 : some_time(),
                                             .facts_timeout_ns = maybe() ? 0 : some_time(),
                                             .xen_version_min = maybe() ? 0 : some_number(UINT32_MAX),
                                             .xen_version_max = maybe() ? 0 : some_number(UINT32_MAX),
                                             .option_count = some_number(XHM_MAX_OPTIONS + 1),
                                             .capabilities = some_number(1024),
                                             .pcpus_online = some_number(300),
                                             .free_memory_kib = chance(1u << 30),
                                             .claims_forbidden = maybe(),
                                             .service_count = some_number(XHM_MAX_SERVICES + 1),
                                             .supervisor_number = some_number(policy.partition_count + 1)};
    for (uint32_t i = 0; i < platform->option_count; i++) {
        snprintf(platform->options[i].text, XHM_OPTION_SIZE, "dom0_mem=%uM,max:%uM", i, some_number(9999));
        platform->options[i].forbidden = maybe();
    }
    for (uint32_t i = 0; i < platform->service_count; i++) {
        some_name(platform->services[i], i);
    }
}

static void some_cpupool(struct xhm_cpupool_policy *pool, uint32_t number) {
    static const enum xhm_scheduler schedulers[] = {XHM_SCHEDULER_ANY,      XHM_SCHEDULER_CREDIT, XHM_SCHEDULER_CREDIT2,
                                                    XHM_SCHEDULER_ARINC653, XHM_SCHEDULER_RTDS,   XHM_SCHEDULER_NULL};
    some_name(pool->name, number);
    pool->scheduler = schedulers[chance(6)];
    for (unsigned word = 0; word < XHM_PCPU_WORDS; word++) {
        pool->pcpus.words[word] = maybe() ? chance(UINT32_MAX) << chance(32) : 0;
    }
    pool->major_frame_ns = maybe() ? 0 : some_time();
    pool->frame_count = some_number(XHM_MAX_FRAMES + 1);
    for (uint32_t i = 0; i < pool->frame_count; i++) {
        pool->frames[i] =
            (struct xhm_frame_policy){some_number(policy.partition_count + 1), some_number(20), some_time()};
    }
}

static void some_policy(void) {
    memset(&policy, 0, sizeof(policy));
    policy.schema = XHM_POLICY_SCHEMA;
    some_name(policy.ecu_id, 0);
    policy.partition_count = some_number(XHM_MAX_PARTITIONS + 1);
    policy.safe_state_count = some_number(XHM_MAX_SAFE_STATES + 1);
    policy.group_count = some_number(XHM_MAX_GROUPS + 1);
    policy.cpupool_count = some_number(XHM_MAX_CPUPOOLS + 1);
    some_platform(&policy.platform);
    for (uint32_t i = 0; i < policy.cpupool_count; i++) {
        some_cpupool(&policy.cpupools[i], i);
    }
    policy.supervisor = some_supervisor();
    for (uint32_t i = 0; i < policy.partition_count; i++) {
        some_partition(&policy.partitions[i], i);
    }
    for (uint32_t i = 0; i < policy.group_count; i++) {
        some_name(policy.groups[i].name, i);
        policy.groups[i].in_order = maybe();
        policy.groups[i].members = some_set(policy.partition_count);
    }
    for (uint32_t i = 0; i < policy.safe_state_count; i++) {
        some_name(policy.safe_states[i].name, i);
        for (uint32_t j = 0; j < policy.partition_count; j++) {
            policy.safe_states[i].dispositions[j] = (enum xhm_disposition)chance(XHM_DISPOSITION_END);
        }
    }
    policy.access_count = some_number(XHM_MAX_ACCESS + 1);
    for (uint32_t i = 0; i < policy.access_count; i++) {
        const enum xhm_access_kind kind = (enum xhm_access_kind)some_number(policy.partition_count > 0 ? 3 : 2);
        const uint32_t id =
            kind == XHM_ACCESS_PARTITION ? 1 + some_number(policy.partition_count) : some_number(UINT32_MAX);

        policy.access[i] = (struct xhm_access_policy){kind, id, some_number(XHM_ALL_ROLES + 1)};
    }
    policy.injection_allowed = maybe();
}

static void round_trips_arbitrary_policies(void **state) {
    (void)state;
    for (unsigned i = 0; i < 100; i++) {
        some_policy();
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
