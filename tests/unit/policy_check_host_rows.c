// SPDX-License-Identifier: Apache-2.0
/* Covers: XHM-POLICY-1, XHM-SHARE-1, XHM-TIME-3 */
/* What is declared of the host, of cpupools, shares and devices: each row spoils it in one way. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "policy_check_rows.h"

#define S policy.supervisor
#define T policy.platform
#define C policy.cpupools
#define B policy.partitions[SAMPLE_BRAKE]
#define F policy.partitions[SAMPLE_FUSION]
#define I policy.partitions[SAMPLE_INFOTAINMENT]
#define Y policy.partitions[FULL_STANDBY]
#define D policy.partitions[FULL_DRIVER]
#define H policy.partitions[FULL_HOST]
#define E B.entities[0]

#define IN_BRAKE  .partition = 1 + SAMPLE_BRAKE
#define IN_FUSION .partition = 1 + SAMPLE_FUSION
#define IN_INFO   .partition = 1 + SAMPLE_INFOTAINMENT
#define IN_DRIVER .partition = 1 + FULL_DRIVER
#define IN_ENTITY IN_BRAKE, .entity = 1 + 0
#define IN_RT     .cpupool = 1 + FULL_RT
#define IN_ARINC  .cpupool = 1 + FULL_ARINC
#define OF_VCPU   .vcpu = 1 + 0
#define HOUR      (3600 * SAMPLE_S)
#define US        UINT64_C(1000)

void without_facts(void) {
    memset(&policy.platform, 0, sizeof(policy.platform));
    policy.cpupool_count = 0;
    for (uint32_t i = 0; i < policy.partition_count; i++) {
        struct xhm_partition_policy *it = &policy.partitions[i];

        it->cpupool_number = 0;
        memset(&it->credit2, 0, sizeof(it->credit2));
        memset(&it->cache, 0, sizeof(it->cache));
        memset(&it->vcpus[0].rtds, 0, sizeof(it->vcpus[0].rtds));
        it->vcpus[0].whole_core = false;
        it->memory.up_front = false;
        it->devices_declared = it->assigned_declared = false;
        it->device_count = it->assigned_count = 0;
    }
}

/* The driver joins fusion in its cpupool, on pCPUs of which fusion may have others. */
static void second_server(uint64_t driver_pcpus, uint64_t fusion_pcpus, uint64_t budget_us) {
    C[FULL_POOL_0].pcpus.words[0] = 0x19;
    C[FULL_RT].pcpus.words[0] = 0x24;
    F.vcpus[0].exclusive = false;
    F.vcpus[0].pcpus.words[0] = fusion_pcpus;
    D.cpupool_number = 1 + FULL_RT;
    D.vcpus[0].pcpus.words[0] = driver_pcpus;
    D.vcpus[0].rtds = (struct xhm_rtds_policy){.period_ns = 10 * SAMPLE_MS, .budget_ns = budget_us * US};
}

static void third_server(uint64_t budget_us) {
    second_server(0x24, 0x24, budget_us);
    F.vcpus[0].rtds.budget_ns = D.vcpus[0].rtds.budget_ns;
    D.vcpu_count = 2;
    D.vcpus[1] = D.vcpus[0];
}

/* Infotainment and the driver under null, where these are their pCPUs. */
static void null_pool(uint64_t pool_pcpus, uint64_t infotainment, uint64_t driver) {
    memset(&I.credit2, 0, sizeof(I.credit2));
    C[FULL_POOL_0].scheduler = XHM_SCHEDULER_NULL;
    C[FULL_POOL_0].pcpus.words[0] = pool_pcpus;
    I.vcpus[0].pcpus.words[0] = infotainment;
    D.cpupool_number = 1 + FULL_POOL_0;
    D.vcpus[0].pcpus.words[0] = driver;
}

static void second_arinc(void) {
    C[FULL_RT].scheduler = XHM_SCHEDULER_ARINC653;
    memset(&F.vcpus[0].rtds, 0, sizeof(F.vcpus[0].rtds));
}

/* The driver has a minor frame, but says nothing of its vCPUs. */
static void driver_with_frame(void) {
    C[FULL_ARINC].frames[1].partition_number = 1 + FULL_DRIVER;
    D.cpupool_number = 1 + FULL_ARINC;
    D.vcpu_count = 0;
}

static void supervisor_in(uint32_t pool, uint64_t pcpus) {
    H.cpupool_number = 1 + pool;
    H.vcpus[0].pcpus.words[0] = pcpus;
}

static void supervisor_with_server(uint64_t period_ms, uint64_t budget_ms) {
    C[FULL_POOL_0].scheduler = XHM_SCHEDULER_RTDS;
    memset(&I.credit2, 0, sizeof(I.credit2));
    I.vcpus[0].rtds = (struct xhm_rtds_policy){.period_ns = SAMPLE_MS, .budget_ns = 500 * US};
    H.vcpus[0].rtds = (struct xhm_rtds_policy){.period_ns = period_ms * SAMPLE_MS, .budget_ns = budget_ms * SAMPLE_MS};
    supervisor_in(FULL_POOL_0, 1);
}

/* Brake's second frame becomes the supervisor's. */
static void supervisor_with_frame(void) {
    B.vcpus[0].exclusive = B.vcpus[0].whole_core = false;
    C[FULL_ARINC].frames[2].partition_number = 1 + FULL_HOST;
    supervisor_in(FULL_ARINC, 2);
}

static void option(const char *text, bool forbidden) {
    memset(&T.options[1], 0, sizeof(T.options[1]));
    strcpy(T.options[1].text, text);
    T.options[1].forbidden = forbidden;
}

/* X(finding, what spoils the policy, its place) */
#define SPOILED_PLATFORMS(X)                                                                                           \
    X(FACTS_NEEDED, (T.facts_period_ns = 0, T.facts_timeout_ns = 0), )                                                 \
    X(FACTS_PERIOD, T.facts_period_ns = 100 * SAMPLE_MS - 1, )                                                         \
    X(FACTS_PERIOD, (F.devices[0].error_window_ns = HOUR, T.facts_period_ns = HOUR + 1), )                             \
    X(FACTS_TIMEOUT, T.facts_timeout_ns = 4 * SAMPLE_S - 1, )                                                          \
    X(FACTS_TIMEOUT, T.facts_timeout_ns = 24 * HOUR + 1, )                                                             \
    X(FACTS_TIMEOUT, (without_facts(), T.facts_timeout_ns = SAMPLE_S), )                                               \
    X(XEN_VERSION_RANGE, T.xen_version_max = 4u << 16 | 16, )                                                          \
    X(CAPABILITY_WORD, T.capabilities |= 1u << 10, )                                                                   \
    X(ASSIGNED_IOMMU, T.capabilities = 1, )                                                                            \
    X(PCPUS_ONLINE_RANGE, T.pcpus_online = XHM_MAX_PCPUS + 1, )                                                        \
    X(FREE_MEMORY_RANGE, T.free_memory_kib = 1023, )                                                                   \
    X(FREE_MEMORY_RANGE, T.free_memory_kib = (UINT64_C(16) << 30) + 1, )                                               \
    X(SERVICE_NAME, strcpy(T.services[0], "xen stored"), )                                                             \
    X(SERVICE_NAME, strcpy(T.services[0], "{}"), )                                                                     \
    X(SERVICE_NAME, strcpy(T.services[0], "xen[0]"), )                                                                 \
    X(SERVICE_NAME, strcpy(T.services[1], ":"), )                                                                      \
    X(SERVICE_NAME, T.services[1][0] = '\0', )                                                                         \
    X(SERVICE_NAME, memset(T.services[1], 'a', XHM_NAME_SIZE), )                                                       \
    X(SERVICE_TWICE, (strcpy(T.services[1], T.services[0]), strcpy(T.services[T.service_count++], "xl")), )            \
    X(SERVICE_TWICE, strcpy(T.services[1], T.services[0]), )                                                           \
    X(SUPERVISOR_DEPLOYMENT,                                                                                           \
      (S.deployment = XHM_DEPLOYMENT_DEDICATED, S.last_resort = XHM_LAST_RESORT_NONE,                                  \
       B.reactions[0].count = B.reactions[1].count = 3), )                                                             \
    X(SUPERVISOR_DEPLOYMENT, T.supervisor_number = 1 + FULL_DRIVER, )                                                  \
    X(SUPERVISOR_BLACKOUT, supervisor_with_server(50, 25), )                                                           \
    X(SUPERVISOR_BLACKOUT, supervisor_with_frame(), )                                                                  \
    X(SCHEDULING_RANGE, (supervisor_with_frame(), S.scheduling_latency_ns = S.overrun_tolerance_ns + 1), )             \
    X(OVERRUN_RANGE, (supervisor_with_frame(), S.overrun_tolerance_ns = 61 * SAMPLE_S), )                              \
    X(OPTION_TEXT, option("", false), .option = 1 + 1)                                                                 \
    X(OPTION_TEXT, option("dom0_mem=1G cpufreq=xen", false), .option = 1 + 1)                                          \
    X(OPTION_TEXT, option("a\"b", false), .option = 1 + 1)                                                             \
    X(OPTION_TEXT, option("a\\b", false), .option = 1 + 1)                                                             \
    X(OPTION_TEXT, option("a\x7f", false), .option = 1 + 1)                                                            \
    X(OPTION_TEXT, memset(T.options[0].text, 'a', XHM_OPTION_SIZE), .option = 1 + 0)                                   \
    X(OPTION_TWICE, option("sched=credit2", false), .option = 1 + 1, .other = 1 + 0)                                   \
    X(OPTION_TWICE, option("sched=credit2", true), .option = 1 + 1, .other = 1 + 0)                                    \
    X(OPTION_TWICE, option("sched=", true), .option = 1 + 1, .other = 1 + 0)                                           \
    X(OPTION_TWICE, (option("cpufreq=xen", false), T.options[0] = T.options[1], option("cpufreq=", true)),             \
      .option = 1 + 1, .other = 1 + 0)                                                                                 \
    X(OPTION_TWICE,                                                                                                    \
      (option("sched=credit", false), T.options[0].forbidden = true, strcpy(T.options[0].text, "sched=")),             \
      .option = 1 + 1, .other = 1 + 0)

#define SPOILED_CPUPOOLS(X)                                                                                            \
    X(POOL_NAME, strcpy(C[FULL_RT].name, "r.t"), IN_RT)                                                                \
    X(POOL_NAME, strcpy(C[FULL_RT].name, "r{t"), IN_RT)                                                                \
    X(POOL_NAME, strcpy(C[FULL_RT].name, "r[t"), IN_RT)                                                                \
    X(POOL_NAME, strcpy(C[FULL_RT].name, "r:t"), IN_RT)                                                                \
    X(POOL_NAME, C[FULL_RT].name[0] = '\0', IN_RT)                                                                     \
    X(POOL_NAME, memset(C[FULL_POOL_0].name, 'Z', XHM_NAME_SIZE), .cpupool = 1 + FULL_POOL_0)                          \
    X(POOL_NAME_TWICE, strcpy(C[FULL_ARINC].name, "rt"), IN_ARINC, .other = 1 + FULL_RT)                               \
    X(POOL_SCHEDULER_WORD, (memset(&I.credit2, 0, sizeof(I.credit2)), C[FULL_POOL_0].scheduler = 4),                   \
      .cpupool = 1 + FULL_POOL_0)                                                                                      \
    X(POOL_COMMON_PCPU, C[FULL_RT].pcpus.words[0] |= 1, IN_RT, .other = 1 + FULL_POOL_0)                               \
    X(POOL_ARINC_TWICE, second_arinc(), IN_ARINC, .other = 1 + FULL_RT)                                                \
    X(POOL_ARINC_PCPUS, C[FULL_ARINC].pcpus.words[0] |= 1u << 7, IN_ARINC)                                             \
    X(POOL_FRAMES_SCHEDULER, C[FULL_ARINC].scheduler = XHM_SCHEDULER_ANY, IN_ARINC)                                    \
    X(POOL_MAJOR_FRAME, C[FULL_ARINC].major_frame_ns = 0, IN_ARINC)                                                    \
    X(POOL_MAJOR_FRAME, C[FULL_ARINC].major_frame_ns = HOUR + 1, IN_ARINC)                                             \
    X(POOL_MAJOR_FRAME, C[FULL_ARINC].frame_count = 0, IN_ARINC)                                                       \
    X(POOL_FRAMES_SUM, C[FULL_ARINC].frames[1].duration_ns += 10 * SAMPLE_MS + 1, IN_ARINC)                            \
    X(FRAME_DURATION, C[FULL_ARINC].frames[1].duration_ns = 0, IN_ARINC, .frame = 1 + 1)                               \
    X(FRAME_DURATION, C[FULL_ARINC].frames[1].duration_ns = HOUR + 1, IN_ARINC, .frame = 1 + 1)                        \
    X(FRAME_PARTITION, C[FULL_ARINC].frames[2].partition_number = 1 + FULL_DRIVER, IN_ARINC, .frame = 1 + 2)           \
    X(FRAME_VCPU, C[FULL_ARINC].frames[2].vcpu = 1, IN_ARINC, .frame = 1 + 2)

#define SPOILED_SHARES(X)                                                                                              \
    X(MEMORY_UP_FRONT, F.memory.slack_kib = 4, IN_FUSION)                                                              \
    X(WHOLE_CORE, B.vcpus[0].exclusive = false, IN_BRAKE, OF_VCPU)                                                     \
    X(VCPU_OUTSIDE_POOL, I.vcpus[0].pcpus.words[0] |= 1u << 9, IN_INFO, OF_VCPU)                                       \
    X(VCPU_OUTSIDE_POOL, F.vcpus[0].pcpus.words[0] = 1u << 9, IN_FUSION, OF_VCPU)                                      \
    X(VCPUS_NEEDED, F.vcpu_count = 0, IN_FUSION)                                                                       \
    X(VCPUS_NEEDED, driver_with_frame(), IN_DRIVER)                                                                    \
    X(VCPUS_NEEDED, (null_pool(0x39, 8, 32), D.vcpu_count = 0), IN_DRIVER)                                             \
    X(RTDS_SCHEDULER, I.vcpus[0].rtds = F.vcpus[0].rtds, IN_INFO, OF_VCPU)                                             \
    X(RTDS_SCHEDULER, D.vcpus[0].rtds = F.vcpus[0].rtds, IN_DRIVER, OF_VCPU)                                           \
    X(RTDS_NEEDED, F.vcpus[0].rtds.period_ns = 0, IN_FUSION, OF_VCPU)                                                  \
    X(RTDS_PERIOD, (F.vcpus[0].rtds.period_ns = 9 * US, F.vcpus[0].rtds.budget_ns = 9 * US), IN_FUSION, OF_VCPU)       \
    X(RTDS_PERIOD, F.vcpus[0].rtds.period_ns += 1, IN_FUSION, OF_VCPU)                                                 \
    X(RTDS_PERIOD, F.vcpus[0].rtds.period_ns = HOUR + US, IN_FUSION, OF_VCPU)                                          \
    X(RTDS_BUDGET, F.vcpus[0].rtds.budget_ns += 1, IN_FUSION, OF_VCPU)                                                 \
    X(RTDS_BUDGET, F.vcpus[0].rtds.budget_ns = 9 * US, IN_FUSION, OF_VCPU)                                             \
    X(RTDS_BUDGET, F.vcpus[0].rtds.budget_ns = F.vcpus[0].rtds.period_ns + US, IN_FUSION, OF_VCPU)                     \
    X(RTDS_OVERLAP, second_server(0x24, 0x20, 1000), IN_DRIVER, OF_VCPU)                                               \
    X(RTDS_OVERLOAD, second_server(4, 4, 6010), IN_FUSION, OF_VCPU)                                                    \
    X(RTDS_BOUND, third_server(6000), IN_FUSION, OF_VCPU)                                                              \
    X(NULL_PCPU, null_pool(0x39, 8, 8), IN_DRIVER, OF_VCPU)                                                            \
    X(NULL_PCPU, (null_pool(0x39, 8, 8), D.vcpu_count = 2, D.vcpus[1].pcpus.words[0] = 0x20), IN_DRIVER, OF_VCPU)      \
    X(NULL_PCPU, null_pool(0x39, 8, 0x28), IN_INFO, OF_VCPU)                                                           \
    X(NULL_PCPU, (null_pool(0x39, 0x28, 0x28), D.vcpu_count = 2, D.vcpus[1] = D.vcpus[0]), IN_DRIVER, .vcpu = 1 + 1)   \
    X(FRAME_MISSING, (B.vcpu_count = 2, B.vcpus[1] = B.vcpus[0]), IN_BRAKE, .vcpu = 1 + 1)                             \
    X(CREDIT2_SCHEDULER, C[FULL_POOL_0].scheduler = XHM_SCHEDULER_CREDIT, IN_INFO)                                     \
    X(CREDIT2_SCHEDULER, D.credit2 = I.credit2, IN_DRIVER)                                                             \
    X(CREDIT2_WEIGHT, I.credit2.weight = 65536, IN_INFO)                                                               \
    X(CREDIT2_CAP, I.credit2.cap = 101, IN_INFO)                                                                       \
    X(CREDIT2_CAP, (I.vcpu_count = 0, I.credit2.cap = 100 * XHM_MAX_VCPUS + 1), IN_INFO)

#define SPOILED_DEVICES(X)                                                                                             \
    X(CACHE_MASK, B.cache.l3_mask = 0x5, IN_BRAKE)                                                                     \
    X(CACHE_COMMON, F.cache.l3_mask = 0x18, IN_FUSION, .other = 1 + SAMPLE_BRAKE)                                      \
    X(CACHE_COMMON, (B.cache.exclusive = false, I.cache = (struct xhm_cache_policy){0x80, true, 0}), IN_INFO,          \
      .other = 1 + SAMPLE_BRAKE)                                                                                       \
    X(CACHE_EXCLUSIVE, B.cache.l3_mask = 0, IN_BRAKE)                                                                  \
    X(CACHE_BANDWIDTH, B.cache.bandwidth_percent = 100, IN_BRAKE)                                                      \
    X(DEVICE_KIND, F.devices[1].kind = 0, IN_FUSION, .device = 1 + 1)                                                  \
    X(DEVICE_KIND, F.devices[1].kind = XHM_DEVICE_KIND_END, IN_FUSION, .device = 1 + 1)                                \
    X(DEVICE_TWICE, (F.devices[1].kind = XHM_DEVICE_VIF, F.devices[1].id = 1), IN_FUSION, .device = 1 + 1,             \
      .other = 1 + 0)                                                                                                  \
    X(DEVICE_BACKEND, F.devices[1].backend_number = 1 + SAMPLE_FUSION, IN_FUSION, .device = 1 + 1)                     \
    X(DEVICE_ERRORS_KIND, F.devices[1].error_window_ns = 10 * SAMPLE_S, IN_FUSION, .device = 1 + 1)                    \
    X(DEVICE_ERRORS_WINDOW, F.devices[0].error_window_ns = 2 * SAMPLE_S - 1, IN_FUSION, .device = 1 + 0)               \
    X(DEVICE_ERRORS_WINDOW, F.devices[0].error_window_ns = HOUR + 1, IN_FUSION, .device = 1 + 0)                       \
    X(ASSIGNED_TWICE, B.assigned[1] = B.assigned[0], IN_BRAKE)                                                         \
    X(ASSIGNED_TWICE,                                                                                                  \
      (D.assigned_declared = true, D.assigned_count = 2, D.assigned[0] = B.assigned[1], D.assigned[1] = 1), IN_DRIVER) \
    X(ASSIGNED_TWICE, (D.assigned_declared = true, D.assigned_count = 1, D.assigned[0] = B.assigned[1]), IN_DRIVER)    \
    X(ASSIGNED_FLAG, B.assigned_devices = false, IN_BRAKE)                                                             \
    X(ASSIGNED_FLAG, D.assigned_declared = true, IN_DRIVER)                                                            \
    X(BUDGET_WORST, E.latency_budget.worst_ns = HOUR + 1, IN_ENTITY)                                                   \
    X(BUDGET_LATE, E.latency_budget.late_ns = 262144, IN_ENTITY)                                                       \
    X(BUDGET_LATE, E.latency_budget.late_ns = 3 * US, IN_ENTITY)                                                       \
    X(BUDGET_LATE, E.latency_budget.late_ns = (US << 21), IN_ENTITY)                                                   \
    X(BUDGET_WINDOW, E.latency_budget.window_ns = 0, IN_ENTITY)                                                        \
    X(BUDGET_WINDOW, E.latency_budget.window_ns = HOUR + 1, IN_ENTITY)                                                 \
    X(BUDGET_WINDOW, (E.latency_budget.late_ns = 0, E.latency_budget.late_limit = 0), IN_ENTITY)                       \
    X(BUDGET_LIMIT, (E.latency_budget.late_ns = 0, E.latency_budget.window_ns = 0), IN_ENTITY)

void each_fault_of_the_host_is_found_alone(void **state) {
    (void)state;
#define EXPECT_ROW(kind, spoil, ...)                                                                                   \
    full_policy(&policy);                                                                                              \
    spoil;                                                                                                             \
    expect(XHM_FINDING_##kind, #spoil, at((struct place){__VA_ARGS__}));
    SPOILED_PLATFORMS(EXPECT_ROW)
    SPOILED_CPUPOOLS(EXPECT_ROW)
    SPOILED_SHARES(EXPECT_ROW)
    SPOILED_DEVICES(EXPECT_ROW)
#undef EXPECT_ROW
}

/* X(what is the only thing that dom0 must tell) */
#define NEEDS_FACTS(X)                                                                                                 \
    X((policy.cpupool_count = 1))                                                                                      \
    X(T.xen_version_min = 4u << 16)                                                                                    \
    X(T.xen_version_max = 4u << 16)                                                                                    \
    X((T.option_count = 1, strcpy(T.options[0].text, "sched=rtds")))                                                   \
    X(T.capabilities = 1)                                                                                              \
    X(T.pcpus_online = 4)                                                                                              \
    X(T.free_memory_kib = 4096)                                                                                        \
    X(T.claims_forbidden = true)                                                                                       \
    X((T.service_count = 1, strcpy(T.services[0], "xl")))                                                              \
    X((B.vcpu_count = 2, B.vcpus[1] = B.vcpus[0], B.vcpus[0].whole_core = true))                                       \
    X(B.vcpus[0].whole_core = true)                                                                                    \
    X(F.memory.up_front = true)                                                                                        \
    X(F.devices_declared = true)                                                                                       \
    X(F.assigned_declared = true)                                                                                      \
    X(B.cache.l3_mask = 0xf)                                                                                           \
    X(B.cache.bandwidth_percent = 50)

void each_kind_of_fact_needs_the_agent(void **state) {
    (void)state;
    full_policy(&policy);
    without_facts();
    expect_sound();
#define EXPECT_NEED(declare)                                                                                           \
    full_policy(&policy);                                                                                              \
    without_facts();                                                                                                   \
    policy.cpupools[0].pcpus.words[0] = 1u << 9;                                                                       \
    declare;                                                                                                           \
    expect(XHM_FINDING_FACTS_NEEDED, #declare, at((struct place){0}));
    NEEDS_FACTS(EXPECT_NEED)
#undef EXPECT_NEED
    T.facts_period_ns = SAMPLE_S;
    T.facts_timeout_ns = 2 * SAMPLE_S;
    expect_sound();
}

void an_affinity_to_the_whole_host_is_none(void **state) {
    (void)state;
    full_policy(&policy);
    B.vcpus[0].exclusive = B.vcpus[0].whole_core = F.vcpus[0].exclusive = false;
    I.vcpus[0].pcpus.words[0] = F.vcpus[0].pcpus.words[0] = 0xff;
    expect_sound();
    memset(&C[FULL_POOL_0].pcpus, 0, sizeof(C[FULL_POOL_0].pcpus));
    I.vcpus[0].pcpus.words[0] = 1u << 9;
    expect_sound();
}

void a_supervisor_that_waits_but_not_for_too_long_is_sound(void **state) {
    (void)state;
    full_policy(&policy);
    supervisor_with_server(49, 25);
    S.scheduling_latency_ns = 2 * SAMPLE_MS;
    expect_sound();
}

void masks_that_are_not_exclusive_may_overlap(void **state) {
    (void)state;
    full_policy(&policy);
    B.cache.exclusive = false;
    F.cache.l3_mask = 0x18;
    expect_sound();
}

void names_have_all_their_characters(void **state) {
    (void)state;
    full_policy(&policy);
    strcpy(T.services[1], "qemu-system_i386.A0");
    strcpy(C[FULL_RT].name, "RT_1-b");
    option("dom0_mem=1G,max:1G", false);
    expect_sound();
}

/* Both bounds are reached, not passed. */
void servers_that_fit_are_sound(void **state) {
    (void)state;
    full_policy(&policy);
    second_server(4, 4, 6000);
    expect_sound();
    full_policy(&policy);
    second_server(4, 0x20, 10000);
    expect_sound();
    full_policy(&policy);
    third_server(5000);
    expect_sound();
}

void under_null_each_vcpu_may_have_its_own(void **state) {
    (void)state;
    full_policy(&policy);
    null_pool(0x39, 0x8, 0x20);
    expect_sound();
    full_policy(&policy);
    null_pool(0x39, 0x28, 0x28);
    expect_sound();
    full_policy(&policy);
    null_pool(0x39, 0x28, 0x38);
    D.vcpu_count = 2;
    D.vcpus[1].pcpus.words[0] = 0x1;
    expect_sound();
}
