// SPDX-License-Identifier: Apache-2.0
/* Each row spoils the policy that declares everything in one way and expects exactly one finding. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "policy_check_rows.h"

struct xhm_policy policy;
struct xhm_finding findings[CAPACITY];
const struct xhm_finding nowhere = {.partition = NOWHERE,
                                    .entity = NOWHERE,
                                    .vcpu = NOWHERE,
                                    .deadline = NOWHERE,
                                    .transition = NOWHERE,
                                    .fault_class = NOWHERE,
                                    .group = NOWHERE,
                                    .safe_state = NOWHERE,
                                    .device = NOWHERE,
                                    .option = NOWHERE,
                                    .cpupool = NOWHERE,
                                    .frame = NOWHERE,
                                    .access = NOWHERE,
                                    .fault = NOWHERE,
                                    .other = NOWHERE};

struct xhm_finding at(struct place place) {
    struct xhm_finding finding = nowhere;

    finding.partition = place.partition - 1;
    finding.entity = place.entity - 1;
    finding.deadline = place.deadline - 1;
    finding.transition = place.transition - 1;
    finding.fault_class = place.fault_class - 1;
    finding.group = place.group - 1;
    finding.safe_state = place.safe_state - 1;
    finding.other = place.other - 1;
    finding.vcpu = place.vcpu - 1;
    finding.device = place.device - 1;
    finding.option = place.option - 1;
    finding.cpupool = place.cpupool - 1;
    finding.frame = place.frame - 1;
    finding.fault = place.fault - 1;
    return finding;
}

static unsigned seen[XHM_FINDING_COUNT];

static uint32_t check(const char *what, uint32_t expected) {
    const uint32_t count = policy_check(&policy, findings, CAPACITY);

    if (count != expected) {
        for (uint32_t i = 0; i < count && i < CAPACITY; i++) {
            print_error("%s: %s %s\n", what, policy_check_field(findings[i].kind),
                        policy_check_sentence(findings[i].kind));
        }
        fail_msg("%s: %u findings", what, count);
    }
    return count;
}

void expect_sound(void) {
    check("a sound policy", 0);
}

void expect(enum xhm_finding_kind kind, const char *what, struct xhm_finding place) {
    check(what, 1);
    place.kind = kind;
    if (memcmp(&findings[0], &place, sizeof(place)) != 0) {
        fail_msg("%s: found \"%s\", or another place than expected", what, policy_check_sentence(findings[0].kind));
    }
    seen[kind]++;
}

bool is_seen(enum xhm_finding_kind kind) {
    return seen[kind] != 0;
}

#define S policy.supervisor
#define B policy.partitions[SAMPLE_BRAKE]
#define F policy.partitions[SAMPLE_FUSION]
#define I policy.partitions[SAMPLE_INFOTAINMENT]
#define Y policy.partitions[FULL_STANDBY]
#define D policy.partitions[FULL_DRIVER]
#define H policy.partitions[FULL_HOST]
#define C policy.cpupools
#define E policy.partitions[SAMPLE_BRAKE].entities[0]
#define L policy.partitions[SAMPLE_BRAKE].entities[0].logical
#define G policy.groups
#define Q policy.safe_states

#define IN_BRAKE    .partition = 1 + SAMPLE_BRAKE
#define IN_ENTITY   .partition = 1 + SAMPLE_BRAKE, .entity = 1 + 0
#define IN_STANDBY  .partition = 1 + FULL_STANDBY
#define OF_STANDBY  .partition = 1 + FULL_STANDBY, .other = 1 + SAMPLE_BRAKE
#define CLASS(name) .partition = 1 + SAMPLE_FUSION, .fault_class = 1 + XHM_CLASS_##name
#define RUNGS(...)                                                                                                     \
    (struct xhm_ladder) {                                                                                              \
        .count = sizeof((enum xhm_reaction[]){__VA_ARGS__}) / sizeof(enum xhm_reaction), .rungs = { __VA_ARGS__ }      \
    }
#define LADDER(...) F.reactions[XHM_CLASS_PROBE] = RUNGS(__VA_ARGS__)
#define HOUR        (3600 * SAMPLE_S)

/* Dom0 is one partition only. */
static void fixed(struct xhm_partition_policy *partition, enum xhm_identity_kind kind) {
    if (kind == XHM_IDENTITY_DOM0) {
        policy.platform.supervisor_number = 0;
        H.identity = (struct xhm_identity){.kind = XHM_IDENTITY_STATIC_DOMID, .domid = 6};
    }
    partition->identity = (struct xhm_identity){.kind = kind, .domid = kind == XHM_IDENTITY_DOM0 ? 0 : 7};
}

static void driver_of_dom0(void) {
    fixed(&D, XHM_IDENTITY_DOM0);
}

static void share(struct xhm_partition_policy *partition) {
    partition->vcpus[0].exclusive = partition->vcpus[0].whole_core = false;
}

static void second_group(const char *name, uint64_t members) {
    policy.group_count = 2;
    strcpy(G[1].name, name);
    G[1].members = members;
}

static void fewer_entities(void) {
    Y.entity_count = 2;
    Y.entities[1] = Y.entities[0];
    strcpy(Y.entities[1].name, "second");
    Y.entities[1].id = 9;
    Y.entities[1].slot = 1;
}

static void second_standby(uint32_t primary) {
    D.standby_for_number = 1 + primary;
    D.assigned_devices = false;
}

/* Nobody is the agent, and nothing is left for it to do. */
static void nothing_is_done(void) {
    for (uint32_t i = 0; i < policy.partition_count; i++) {
        for (unsigned j = 0; j < XHM_CLASS_COUNT; j++) {
            policy.partitions[i].reactions[j] = RUNGS(XHM_REACTION_REPORT);
        }
    }
    Y.standby_for_number = 0;
    without_facts();
    Q[1].dispositions[FULL_STANDBY] = XHM_DISPOSITION_STOP;
    policy.access[0].roles = XHM_ROLE_OPERATOR;
}

static void cycle_of_three(void) {
    D.depends_on = 1u << SAMPLE_INFOTAINMENT;
    I.depends_on = 1u << SAMPLE_BRAKE | 1u << SAMPLE_FUSION;
}

static void no_graph(void) {
    memset(&L, 0, sizeof(L));
}

/* X(finding, what spoils the policy, its place) */
#define SPOILED_SUPERVISORS(X)                                                                                         \
    X(SCHEDULING_RANGE, S.scheduling_latency_ns = S.overrun_tolerance_ns + 1, )                                        \
    X(ACTION_RANGE, S.direct_action_ns = 10 * SAMPLE_S + 1, )                                                          \
    X(DEPLOYMENT_WORD, S.deployment = 0, )                                                                             \
    X(DEPLOYMENT_WORD, S.deployment = 3, )                                                                             \
    X(MODE_WORD, S.initial_mode = 0, )                                                                                 \
    X(MODE_WORD, S.initial_mode = XHM_MODE_SHUTDOWN, )                                                                 \
    X(BOOT_LIMIT_RANGE, S.boot_limit = 101, )                                                                          \
    X(LAST_RESORT_WORD, S.last_resort = 3, )                                                                           \
    X(LAST_RESORT_DEPLOYMENT, (S.deployment = XHM_DEPLOYMENT_DEDICATED, policy.platform.supervisor_number = 0), )      \
    X(LAST_RESORT_LIMIT, S.last_resort_limit = 0, )                                                                    \
    X(LAST_RESORT_LIMIT, S.last_resort_limit = 17, )                                                                   \
    X(COUNT_RANGE, policy.group_count = XHM_MAX_GROUPS + 1, )                                                          \
    X(COUNT_RANGE, policy.safe_state_count = XHM_MAX_SAFE_STATES + 1, )                                                \
    X(COUNT_RANGE, policy.cpupool_count = XHM_MAX_CPUPOOLS + 1, )                                                      \
    X(COUNT_RANGE, policy.platform.option_count = XHM_MAX_OPTIONS + 1, )                                               \
    X(COUNT_RANGE, policy.platform.service_count = XHM_MAX_SERVICES + 1, )                                             \
    X(COUNT_RANGE, C[FULL_RT].frame_count = XHM_MAX_FRAMES + 1, .cpupool = 1 + FULL_RT)                                \
    X(COUNT_RANGE, B.device_count = XHM_MAX_DEVICES + 1, IN_BRAKE)                                                     \
    X(COUNT_RANGE, B.assigned_count = XHM_MAX_ASSIGNED + 1, IN_BRAKE)                                                  \
    X(COUNT_RANGE, B.reactions[3].count = XHM_MAX_RUNGS + 1, IN_BRAKE)                                                 \
    X(COUNT_RANGE, E.deadline_count = XHM_MAX_DEADLINES + 1, IN_ENTITY)                                                \
    X(COUNT_RANGE, L.initial_count = XHM_MAX_GRAPH_ENDS + 1, IN_ENTITY)                                                \
    X(COUNT_RANGE, L.final_count = XHM_MAX_GRAPH_ENDS + 1, IN_ENTITY)                                                  \
    X(COUNT_RANGE, L.transition_count = XHM_MAX_TRANSITIONS + 1, IN_ENTITY)                                            \
    X(REFERENCE_RANGE, S.boot_safe_state_number = 3, )                                                                 \
    X(REFERENCE_RANGE, B.depends_on = 1u << FULL_PARTITIONS, IN_BRAKE)                                                 \
    X(REFERENCE_RANGE, Y.standby_for_number = FULL_PARTITIONS + 1, IN_STANDBY)                                         \
    X(REFERENCE_RANGE, policy.platform.supervisor_number = FULL_PARTITIONS + 1, )                                      \
    X(REFERENCE_RANGE, B.cpupool_number = FULL_POOLS + 1, IN_BRAKE)                                                    \
    X(REFERENCE_RANGE, F.devices[1].backend_number = FULL_PARTITIONS + 1, .partition = 1 + SAMPLE_FUSION)              \
    X(REFERENCE_RANGE, C[FULL_ARINC].frames[2].partition_number = FULL_PARTITIONS + 1, .cpupool = 1 + FULL_ARINC,      \
      .frame = 1 + 2)                                                                                                  \
    X(REFERENCE_RANGE, B.safe_state_number = 3, IN_BRAKE)                                                              \
    X(REFERENCE_RANGE, G[0].members |= UINT64_C(1) << 63, .group = 1 + 0)                                              \
    X(REFERENCE_RANGE, Q[1].dispositions[FULL_PARTITIONS] = XHM_DISPOSITION_STOP, .safe_state = 1 + 1)

#define SPOILED_PARTITIONS(X)                                                                                          \
    X(START_WITHIN_RANGE, B.start_within_ns = 99 * SAMPLE_MS, IN_BRAKE)                                                \
    X(START_WITHIN_RANGE, B.start_within_ns = HOUR + 1, IN_BRAKE)                                                      \
    X(EXPIRED_TOLERANCE, B.expired_tolerance = 1001, IN_BRAKE)                                                         \
    X(MEMORY_CLEAR, B.memory.clear_slack_kib = B.memory.slack_kib + 1, IN_BRAKE)                                       \
    X(MEMORY_DEBOUNCE, B.memory.debounce.up_step = 0, IN_BRAKE)                                                        \
    X(MEMORY_DEBOUNCE, B.memory.debounce.down_step = 256, IN_BRAKE)                                                    \
    X(LOAD_RANGE, B.load.raise_percent = 101, IN_BRAKE)                                                                \
    X(LOAD_RANGE, (I.vcpu_count = 0, I.load = B.load, I.load.raise_percent = 100 * XHM_MAX_VCPUS + 1),                 \
      .partition = 1 + SAMPLE_INFOTAINMENT)                                                                            \
    X(LOAD_CLEAR, B.load.clear_percent = 91, IN_BRAKE)                                                                 \
    X(LOAD_DEBOUNCE, B.load.debounce.down_step = 0, IN_BRAKE)                                                          \
    X(ALLOCATION_RANGE, B.allocated_fhti_ns[XHM_CLASS_PROBE] = S.cycle_ns - 1, IN_BRAKE,                               \
      .fault_class = 1 + XHM_CLASS_PROBE)                                                                              \
    X(ALLOCATION_RANGE, B.allocated_fhti_ns[XHM_CLASS_LOAD] = HOUR + 1, IN_BRAKE, .fault_class = 1 + XHM_CLASS_LOAD)

#define SPOILED_ENTITIES(X)                                                                                            \
    X(CHECKPOINT_RATE, E.checkpoints_per_second = 0, IN_ENTITY)                                                        \
    X(CHECKPOINT_RATE, (no_graph(), E.checkpoints_per_second = 0), IN_ENTITY)                                          \
    X(DEADLINE_ZERO, (no_graph(), E.deadlines[1].from = 0), IN_ENTITY, .deadline = 1 + 1)                              \
    X(DEADLINE_ZERO, (no_graph(), E.deadlines[1].to = 0), IN_ENTITY, .deadline = 1 + 1)                                \
    X(DEADLINE_RANGE, E.deadlines[0].min_ns = E.deadlines[0].max_ns, IN_ENTITY, .deadline = 1 + 0)                     \
    X(DEADLINE_RANGE, E.deadlines[1].max_ns = HOUR + 1, IN_ENTITY, .deadline = 1 + 1)                                  \
    X(DEADLINE_TWICE, E.deadlines[1].to = 2, IN_ENTITY, .deadline = 1 + 1, .other = 1 + 0)                             \
    X(DEADLINE_GRAPH, E.deadlines[0].from = 5, IN_ENTITY, .deadline = 1 + 0)                                           \
    X(DEADLINE_GRAPH, E.deadlines[0].to = 5, IN_ENTITY, .deadline = 1 + 0)                                             \
    X(LOGICAL_INITIAL, (L.initial_count = 3, L.initial[2] = L.initial[0]), IN_ENTITY)                                  \
    X(LOGICAL_INITIAL, (L.initial_count = 3, L.initial[2] = 0), IN_ENTITY)                                             \
    X(TRANSITION_ZERO, (L.transition_count = 5, L.transitions[4] = (struct xhm_transition_policy){2, 0}), IN_ENTITY,   \
      .transition = 1 + 4)                                                                                             \
    X(TRANSITION_ZERO, (L.transition_count = 5, L.transitions[4] = (struct xhm_transition_policy){0, 2}), IN_ENTITY,   \
      .transition = 1 + 4)                                                                                             \
    X(LOGICAL_FINALS, (L.final_count = 2, L.finals[1] = 3), IN_ENTITY)                                                 \
    X(LOGICAL_UNREACHED, (L.final_count = 2, L.finals[0] = 8, L.finals[1] = 3), IN_ENTITY)                             \
    X(LOGICAL_UNREACHED, (L.final_count = 2, L.finals[1] = 8), IN_ENTITY)                                              \
    X(LOGICAL_DEAD_END, (L.initial_count = 3, L.initial[0] = 8, L.initial[2] = 1), IN_ENTITY)                          \
    X(LOGICAL_DEAD_END, (L.initial_count = 3, L.initial[2] = 8), IN_ENTITY)                                            \
    X(TRANSITION_TWICE, (L.transition_count = 5, L.transitions[4] = L.transitions[2]), IN_ENTITY, .transition = 1 + 4, \
      .other = 1 + 2)                                                                                                  \
    X(TRANSITION_UNREACHED, (L.transition_count = 5, L.transitions[4] = (struct xhm_transition_policy){8, 1}),         \
      IN_ENTITY, .transition = 1 + 4)                                                                                  \
    X(TRANSITION_DEAD_END, (L.transition_count = 5, L.transitions[4] = (struct xhm_transition_policy){2, 8}),          \
      IN_ENTITY, .transition = 1 + 4)                                                                                  \
    X(LATENCY_RANGE, E.latency.raise_ns = HOUR + 1, IN_ENTITY)                                                         \
    X(LATENCY_CLEAR, E.latency.clear_ns = E.latency.raise_ns + 1, IN_ENTITY)                                           \
    X(LATENCY_DEBOUNCE, E.latency.debounce.up_step = 256, IN_ENTITY)                                                   \
    X(CLOCK_WINDOW, E.clock.window_ns = 10 * S.cycle_ns - 1, IN_ENTITY)                                                \
    X(CLOCK_WINDOW, E.clock.window_ns = HOUR + 1, IN_ENTITY)                                                           \
    X(CLOCK_TOLERANCE, E.clock.tolerance_percent = 0, IN_ENTITY)                                                       \
    X(CLOCK_TOLERANCE, E.clock.tolerance_percent = 51, IN_ENTITY)

#define SPOILED_REACTIONS(X)                                                                                           \
    X(REACTION_MISSING, F.reactions[XHM_CLASS_PROBE].count = 0, CLASS(PROBE))                                          \
    X(REACTION_MISSING, LADDER(0), CLASS(PROBE))                                                                       \
    X(REACTION_MISSING, LADDER(XHM_REACTION_RESTART, XHM_REACTION_END), CLASS(PROBE))                                  \
    X(RUNG_TWICE, LADDER(XHM_REACTION_RESTART, XHM_REACTION_RESTART), CLASS(PROBE))                                    \
    X(REPORT_BESIDE, LADDER(XHM_REACTION_REPORT, XHM_REACTION_RESTART), CLASS(PROBE))                                  \
    X(RUNG_ORDER, LADDER(XHM_REACTION_STOP, XHM_REACTION_RESTART), CLASS(PROBE))                                       \
    X(RUNG_ORDER, LADDER(XHM_REACTION_RESTART, XHM_REACTION_STOP, XHM_REACTION_PAUSE), CLASS(PROBE))                   \
    X(RUNG_FAIL_OVER, LADDER(XHM_REACTION_FAIL_OVER), CLASS(PROBE))                                                    \
    X(RUNG_SAFE_STATE, LADDER(XHM_REACTION_SAFE_STATE), CLASS(PROBE))                                                  \
    X(RUNG_LAST_RESORT,                                                                                                \
      (B.reactions[0].count = 3, B.reactions[1].count = 3, S.last_resort = XHM_LAST_RESORT_NONE,                       \
       LADDER(XHM_REACTION_RESTART, XHM_REACTION_LAST_RESORT)),                                                        \
      CLASS(PROBE))                                                                                                    \
    X(RUNG_OF_DOM0, (driver_of_dom0(), D.reactions[XHM_CLASS_LOAD] = RUNGS(XHM_REACTION_STOP)),                        \
      .partition = 1 + FULL_DRIVER, .fault_class = 1 + XHM_CLASS_LOAD)                                                 \
    X(RUNG_OF_DOM0,                                                                                                    \
      (driver_of_dom0(), D.pause_is_safe = true, D.reactions[XHM_CLASS_LOAD] = RUNGS(XHM_REACTION_PAUSE)),             \
      .partition = 1 + FULL_DRIVER, .fault_class = 1 + XHM_CLASS_LOAD)                                                 \
    X(IDENTITY_RESTART, (fixed(&F, XHM_IDENTITY_STATIC_DOMID), G[0].members = 1u << SAMPLE_BRAKE | 1u << FULL_DRIVER), \
      .partition = 1 + SAMPLE_FUSION)                                                                                  \
    X(IDENTITY_RESTART, (fixed(&D, XHM_IDENTITY_STATIC_DOMID), D.reactions[0] = RUNGS(XHM_REACTION_RESTART)),          \
      .partition = 1 + FULL_DRIVER)

#define SPOILED_RELATIONS(X)                                                                                           \
    X(STANDBY_CHAIN, second_standby(FULL_STANDBY), .partition = 1 + FULL_DRIVER)                                       \
    X(STANDBY_CHAIN, second_standby(FULL_DRIVER), .partition = 1 + FULL_DRIVER)                                        \
    X(STANDBY_TWICE, second_standby(SAMPLE_BRAKE), .partition = 1 + FULL_DRIVER, .other = 1 + FULL_STANDBY)            \
    X(STANDBY_IDENTITY,                                                                                                \
      (fixed(&Y, XHM_IDENTITY_STATIC_DOMID), Q[1].dispositions[FULL_STANDBY] = XHM_DISPOSITION_LEAVE), OF_STANDBY)     \
    X(STANDBY_IDENTITY, (fixed(&I, XHM_IDENTITY_STATIC_DOMID), second_standby(SAMPLE_INFOTAINMENT)),                   \
      .partition = 1 + FULL_DRIVER, .other = 1 + SAMPLE_INFOTAINMENT)                                                  \
    X(STANDBY_PCPUS, (share(&B), Y.vcpus[0].pcpus = B.vcpus[0].pcpus), OF_STANDBY)                                     \
    X(STANDBY_PCPUS, Y.vcpu_count = 0, OF_STANDBY)                                                                     \
    X(STANDBY_PCPUS, (without_facts(), B.vcpu_count = 0), OF_STANDBY)                                                  \
    X(STANDBY_ENTITIES, Y.entities[0].id++, OF_STANDBY)                                                                \
    X(STANDBY_ENTITIES, fewer_entities(), OF_STANDBY)                                                                  \
    X(DEPENDS_ON_ITSELF, I.depends_on = 1u << SAMPLE_INFOTAINMENT, .partition = 1 + SAMPLE_INFOTAINMENT)               \
    X(DEPENDS_CYCLE, cycle_of_three(), .partition = 1 + FULL_DRIVER)                                                   \
    X(PAUSE_UNSAFE, B.pause_is_safe = false, IN_BRAKE)                                                                 \
    X(PAUSE_UNSAFE, Y.assigned_devices = true, IN_STANDBY)                                                             \
    X(PAUSE_UNSAFE, F.xen_watchdog = true, .partition = 1 + SAMPLE_FUSION)                                             \
    X(PAUSE_UNSAFE, D.reactions[XHM_CLASS_LOAD] = RUNGS(XHM_REACTION_PAUSE), .partition = 1 + FULL_DRIVER)

#define SPOILED_GROUPS(X)                                                                                              \
    X(GROUP_NAME, strcpy(G[0].name, "Driving"), .group = 1 + 0)                                                        \
    X(GROUP_NAME_TWICE, second_group("driving", 1u << FULL_DRIVER | 1u << FULL_STANDBY), .group = 1 + 1,               \
      .other = 1 + 0)                                                                                                  \
    X(GROUP_SMALL, G[0].members = 1u << SAMPLE_BRAKE, .group = 1 + 0)                                                  \
    X(GROUP_SMALL, G[0].members = 0, .group = 1 + 0)                                                                   \
    X(GROUP_COMMON_MEMBER, second_group("b", 1u << SAMPLE_BRAKE | 1u << FULL_DRIVER), .group = 1 + 1, .other = 1 + 0)  \
    X(GROUP_IDENTITY, (driver_of_dom0(), G[0].members |= 1u << FULL_DRIVER), .group = 1 + 0)                           \
    X(SAFE_STATE_NAME, strcpy(Q[1].name, "limp_home"), .safe_state = 1 + 1)                                            \
    X(SAFE_STATE_NAME_TWICE, strcpy(Q[1].name, "quiet"), .safe_state = 1 + 1, .other = 1 + 0)                          \
    X(SAFE_STATE_EMPTY, Q[0].dispositions[SAMPLE_INFOTAINMENT] = XHM_DISPOSITION_LEAVE, .safe_state = 1 + 0)           \
    X(DISPOSITION_WORD, (Q[0].dispositions[SAMPLE_BRAKE] = XHM_DISPOSITION_END), .safe_state = 1 + 0)                  \
    X(DISPOSITION_WORD, Q[0].dispositions[SAMPLE_INFOTAINMENT] = XHM_DISPOSITION_END, .safe_state = 1 + 0)             \
    X(SAFE_STATE_DOM0, (driver_of_dom0(), Q[0].dispositions[FULL_DRIVER] = XHM_DISPOSITION_STOP), .safe_state = 1 + 0) \
    X(SAFE_STATE_START,                                                                                                \
      (fixed(&D, XHM_IDENTITY_STATIC_DOMID), Q[0].dispositions[FULL_DRIVER] = XHM_DISPOSITION_START),                  \
      .safe_state = 1 + 0)                                                                                             \
    X(SAFE_STATE_DOM0, (fixed(&I, XHM_IDENTITY_DOM0), Q[0].dispositions[FULL_DRIVER] = XHM_DISPOSITION_STOP),          \
      .safe_state = 1 + 0)                                                                                             \
    X(SAFE_STATE_START,                                                                                                \
      (fixed(&I, XHM_IDENTITY_STATIC_DOMID), Q[0].dispositions[SAMPLE_INFOTAINMENT] = XHM_DISPOSITION_START,           \
       Q[0].dispositions[FULL_DRIVER] = XHM_DISPOSITION_STOP),                                                         \
      .safe_state = 1 + 0)                                                                                             \
    X(NO_AGENT, policy.access[0].roles = XHM_ROLE_OPERATOR, )                                                          \
    X(NO_AGENT, (nothing_is_done(), B.reactions[0] = RUNGS(XHM_REACTION_RESTART)), )                                   \
    X(NO_AGENT, (nothing_is_done(), Y.standby_for_number = 1 + SAMPLE_BRAKE), )                                        \
    X(DTC_RANGE, policy.dtcs[XHM_FAULT_LOAD_HIGH] = 0x1000000, .fault = 1 + XHM_FAULT_LOAD_HIGH)                       \
    X(DTC_TWICE, policy.dtcs[XHM_FAULT_LOAD_HIGH] = 0xc10002, .fault = 1 + XHM_FAULT_LOAD_HIGH)                        \
    X(NO_AGENT, (nothing_is_done(), Q[1].dispositions[FULL_STANDBY] = XHM_DISPOSITION_START), )                        \
    X(NO_AGENT,                                                                                                        \
      (nothing_is_done(), policy.platform.facts_period_ns = SAMPLE_S, policy.platform.facts_timeout_ns = HOUR), )

void what_needs_no_agent_needs_none(void **state) {
    (void)state;
    full_policy(&policy);
    nothing_is_done();
    expect_sound();
}

void a_standby_may_fail_over_to_its_primary(void **state) {
    (void)state;
    full_policy(&policy);
    Y.reactions[XHM_CLASS_ENTITY] = RUNGS(XHM_REACTION_FAIL_OVER);
    expect_sound();
}

void one_kind_of_supervision_is_enough(void **state) {
    (void)state;
    for (unsigned kind = 0; kind < 8; kind++) {
        full_policy(&policy);
        const struct xhm_entity_policy whole = E;
        memset(&E.alive, 0, sizeof(E) - offsetof(struct xhm_entity_policy, alive));
        E.alive = kind == 0 ? whole.alive : E.alive;
        E.deadline_miss = kind == 1 ? whole.deadline_miss : E.deadline_miss;
        E.deadline_count = kind == 2 ? 1 : 0;
        E.deadlines[0] = whole.deadlines[0];
        E.logical = kind == 3 ? whole.logical : E.logical;
        E.clock = kind == 4 ? whole.clock : E.clock;
        E.latency = kind == 5 ? whole.latency : E.latency;
        E.latency_budget.worst_ns = kind == 6 ? whole.latency_budget.worst_ns : 0;
        E.latency_budget = kind == 7 ? whole.latency_budget : E.latency_budget;
        E.latency_budget.worst_ns = kind == 7 ? 0 : E.latency_budget.worst_ns;
        expect_sound();
    }
}

void a_partition_of_fixed_domid_can_be_halted(void **state) {
    (void)state;
    full_policy(&policy);
    fixed(&D, XHM_IDENTITY_STATIC_DOMID);
    D.reactions[XHM_CLASS_LOAD] = RUNGS(XHM_REACTION_STOP, XHM_REACTION_SAFE_STATE, XHM_REACTION_LAST_RESORT);
    D.safe_state_number = 1;
    Q[0].dispositions[FULL_DRIVER] = XHM_DISPOSITION_STOP;
    expect_sound();
}

void each_fault_of_complete_supervision_is_found_alone(void **state) {
    (void)state;
#define EXPECT_ROW(kind, spoil, ...)                                                                                   \
    full_policy(&policy);                                                                                              \
    spoil;                                                                                                             \
    expect(XHM_FINDING_##kind, #spoil, at((struct place){__VA_ARGS__}));
    SPOILED_SUPERVISORS(EXPECT_ROW)
    SPOILED_PARTITIONS(EXPECT_ROW)
    SPOILED_ENTITIES(EXPECT_ROW)
    SPOILED_REACTIONS(EXPECT_ROW)
    SPOILED_RELATIONS(EXPECT_ROW)
    SPOILED_GROUPS(EXPECT_ROW)
#undef EXPECT_ROW
}
