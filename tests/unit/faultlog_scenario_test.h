/**
 * A story that is told to a small fault memory, and what must be found after each of its steps. Shared by the tests of
 * the fault memory.
 */
#ifndef FAULTLOG_SCENARIO_TEST_H
#define FAULTLOG_SCENARIO_TEST_H

#include "fault_memory.h"

#include <stdio.h>
#include <string.h>

#define SCENARIO_FAULTS 3u
#define SCENARIO_EVENTS 5u
/** Partitions whose state is kept; a test that wants any says so before it includes this. */
#ifndef SCENARIO_STATES
#define SCENARIO_STATES 0u
#endif
#define SCENARIO_STATE_SLOTS (SCENARIO_STATES == 0 ? 0 : 2 * (1 + SCENARIO_STATES))
#define SCENARIO_BYTES       ((2 + 2 * SCENARIO_FAULTS + SCENARIO_EVENTS + SCENARIO_STATE_SLOTS) * XHM_SLOT_SIZE)

static const struct xhm_fault_geometry scenario_geometry = {
    .fault_slots = SCENARIO_FAULTS, .event_slots = SCENARIO_EVENTS, .state_slots = SCENARIO_STATES};
static const struct xhm_fault_identity scenario_identity = {.ecu_id = "cockpit", .boot_id = {0xb0, 0x07}};

/** What can be seen of a memory from outside. */
struct scenario_view {
    uint32_t fault_count;
    struct xhm_fault_record faults[SCENARIO_FAULTS];
    uint32_t event_count;
    struct xhm_record events[SCENARIO_EVENTS];
    uint64_t state; /* number of the state, 0: none, UINT64_MAX: cannot be read, or is a mixture */
};

static inline void scenario_store(void *context, void *destination, const void *source, size_t size) {
    (void)context;
    memcpy(destination, source, size);
}

static inline struct xhm_fault_region scenario_region(uint8_t *bytes) {
    return (struct xhm_fault_region){.bytes = bytes, .geometry = scenario_geometry, .store = {.store = scenario_store}};
}

static inline struct xhm_record scenario_record(uint64_t sequence, enum xhm_event_kind kind, enum xhm_fault fault,
                                                const char *partition) {
    struct xhm_record record = {
        .sequence = sequence,
        .wall_clock_ns = 1000 * sequence,
        .event = {.kind = kind,
                  .fault = fault,
                  .partition = XHM_NONE,
                  .entity = XHM_NONE,
                  .domid = 7,
                  .time_ns = 10 * sequence,
                  .values = {sequence, 2 * sequence}},
        .policy_hash = 0x1234,
    };

    snprintf(record.partition, sizeof(record.partition), "%s", partition);
    snprintf(record.value_names[1], sizeof(record.value_names[1]), "%s", partition);
    return record;
}

#define RAISED  XHM_EVENT_FAULT_RAISED
#define CLEARED XHM_EVENT_FAULT_CLEARED

/** One event of the story, and whether a sync follows it. */
struct scenario_step {
    enum xhm_event_kind kind;
    enum xhm_fault fault;
    const char *partition;
    uint64_t task_id; /* given out before it, 0: none */
    bool committed;
    uint64_t value; /* first value of an event that is not about a fault */
};

/*
 * First occurrence, recurrence, two scopes of one fault, a fault that replaces an older inactive one, a full ring, an
 * injected occurrence, operation cycles, a clearing by an operator, and a fault that takes the room of a cleared one.
 */
static const struct scenario_step scenario_steps[] = {
    {XHM_EVENT_SUPERVISOR_STARTED, XHM_FAULT_COUNT, "", 0, true, 0},
    {RAISED, XHM_FAULT_MEMORY_SIZE, "brake", 0, false, 0},
    {RAISED, XHM_FAULT_VCPU_AFFINITY, "fusion", 0, true, 0},
    {CLEARED, XHM_FAULT_MEMORY_SIZE, "brake", 1, false, 0},
    {RAISED, XHM_FAULT_MEMORY_SIZE, "brake", 0, false, 0},
    {RAISED, XHM_FAULT_AGENT_ABSENT, "", 2, true, 0},
    {CLEARED, XHM_FAULT_AGENT_ABSENT, "", 0, false, 0},
    {RAISED, XHM_FAULT_VCPU_AFFINITY, "fusion", 0, false, 0},
    {CLEARED, XHM_FAULT_VCPU_AFFINITY, "fusion", 3, true, 0},
    {RAISED, XHM_FAULT_PROBE_STUCK, "brake", 0, false, 0},
    {CLEARED, XHM_FAULT_VCPU_AFFINITY, "fusion", 0, false, 0},
    {XHM_EVENT_RESTART_DECIDED, XHM_FAULT_COUNT, "brake", 4, true, 0},
    {XHM_EVENT_INJECTION_ORDERED, XHM_FAULT_COUNT, "brake", 0, false, 0},
    {RAISED, XHM_FAULT_PROBE_STUCK, "brake", 0, true, 0},
    {XHM_EVENT_INJECTION_STARTED, XHM_FAULT_COUNT, "brake", 0, false, 0},
    {XHM_EVENT_INJECTION_ENDED, XHM_FAULT_COUNT, "brake", 0, false, 0},
    {CLEARED, XHM_FAULT_PROBE_STUCK, "brake", 0, false, 0},
    {CLEARED, XHM_FAULT_PROBE_STUCK, "brake", 0, true, 0},
    {XHM_EVENT_OPERATION_CYCLE_BEGUN, XHM_FAULT_COUNT, "", 0, false, 3},
    {RAISED, XHM_FAULT_VCPU_AFFINITY, "fusion", 0, true, 0},
    {XHM_EVENT_OPERATION_CYCLE_ENDED, XHM_FAULT_COUNT, "", 0, true, 3},
    {XHM_EVENT_OPERATION_CYCLE_BEGUN, XHM_FAULT_COUNT, "", 0, false, 4},
    {XHM_EVENT_FAULTS_CLEARED, XHM_FAULT_COUNT, "brake", 0, false, 0},
    {RAISED, XHM_FAULT_VCPU_COUNT, "fusion", 0, true, 0},
    {XHM_EVENT_OPERATION_CYCLE_ENDED, XHM_FAULT_COUNT, "", 0, true, 4},
};
#define SCENARIO_STEPS (sizeof(scenario_steps) / sizeof(scenario_steps[0]))

/** Hands over state @p number: each of its slots names it. */
static inline void scenario_state(struct xhm_fault_memory *memory, uint64_t number) {
    struct xhm_persistent state = {.supervised_ns = number, .mode = XHM_MODE_RUN, .partition_count = SCENARIO_STATES};

    for (uint32_t i = 0; i < state.partition_count; i++) {
        strcpy(state.partitions[i].name, "brake");
        state.partitions[i].maintenance_until_ns = number;
    }
    fault_memory_state(memory, &state);
}

/** Number of the state that @p memory holds, see struct scenario_view. */
static inline uint64_t scenario_state_of(const struct xhm_fault_memory *memory) {
    if (memory->state_held == 0) {
        return memory->state_reading == XHM_PERSISTENT_UNREADABLE ? UINT64_MAX : 0;
    }
    for (uint32_t i = 0; i < memory->state.partition_count; i++) {
        if (memory->state.partitions[i].maintenance_until_ns != memory->state.supervised_ns) {
            return UINT64_MAX;
        }
    }
    return memory->state.supervised_ns;
}

/** Tells step @p step (from 0) to @p memory; with the last one before a sync comes a state. */
static inline bool scenario_tell(struct xhm_fault_memory *memory, size_t step) {
    const struct scenario_step *told = &scenario_steps[step];
    struct xhm_record record = scenario_record(step + 1, told->kind, told->fault, told->partition);

    if (told->fault == XHM_FAULT_COUNT) {
        record.event.values[0] = told->value;
    }
    if (told->task_id != 0) {
        fault_memory_task_id(memory, told->task_id);
    }
    if (!fault_memory_record(memory, &record)) {
        return false;
    }
    if (told->committed && SCENARIO_STATES > 0) {
        scenario_state(memory, step + 1);
    }
    return true;
}

/** Says that everything told is on storage, when step @p step is followed by that. */
static inline void scenario_commit(struct xhm_fault_memory *memory, size_t step) {
    if (scenario_steps[step].committed) {
        fault_memory_commit(memory);
    }
}

/** Looks at @p memory. Whether a fault is active belongs to one life and is left out. */
static inline void scenario_look(const struct xhm_fault_memory *memory, struct scenario_view *view) {
    memset(view, 0, sizeof(*view));
    view->fault_count = fault_memory_faults(memory, view->faults, SCENARIO_FAULTS);
    view->event_count = fault_memory_events(memory, view->events, SCENARIO_EVENTS);
    view->state = scenario_state_of(memory);
    for (uint32_t i = 0; i < view->fault_count; i++) {
        view->faults[i].active = false;
        view->faults[i].status &= (uint8_t)~XHM_DTC_TEST_FAILED;
    }
}

static inline bool scenario_same_fault(const struct xhm_fault_record *one, const struct xhm_fault_record *other) {
    return one->number == other->number && strcmp(one->partition, other->partition) == 0 &&
           strcmp(one->entity, other->entity) == 0 && one->occurrences == other->occurrences &&
           one->first_sequence == other->first_sequence && one->last_sequence == other->last_sequence &&
           one->first_wall_clock_ns == other->first_wall_clock_ns &&
           one->last_wall_clock_ns == other->last_wall_clock_ns && one->status == other->status &&
           one->aging_cycles == other->aging_cycles && one->injected == other->injected &&
           one->injection_sequence == other->injection_sequence &&
           one->injection_wall_clock_ns == other->injection_wall_clock_ns &&
           one->freeze_frame.time_ns == other->freeze_frame.time_ns;
}

/** The record in @p view of the fault that @p like is about; NULL: none. */
static inline const struct xhm_fault_record *scenario_find_fault(const struct scenario_view *view,
                                                                 const struct xhm_fault_record *like) {
    for (uint32_t i = 0; i < view->fault_count; i++) {
        if (view->faults[i].number == like->number && strcmp(view->faults[i].partition, like->partition) == 0 &&
            strcmp(view->faults[i].entity, like->entity) == 0) {
            return &view->faults[i];
        }
    }
    return NULL;
}

static inline bool scenario_same_event(const struct xhm_record *one, const struct xhm_record *other) {
    return one->sequence == other->sequence && one->wall_clock_ns == other->wall_clock_ns &&
           one->event.kind == other->event.kind && one->event.fault == other->event.fault &&
           one->event.domid == other->event.domid && one->event.time_ns == other->event.time_ns &&
           one->event.values[0] == other->event.values[0] && one->event.values[1] == other->event.values[1] &&
           strcmp(one->partition, other->partition) == 0 && strcmp(one->entity, other->entity) == 0 &&
           strcmp(one->value_names[0], other->value_names[0]) == 0 &&
           strcmp(one->value_names[1], other->value_names[1]) == 0 && one->policy_hash == other->policy_hash;
}

static inline bool scenario_same_faults(const struct scenario_view *one, const struct scenario_view *other) {
    for (uint32_t i = 0; i < one->fault_count && one->fault_count == other->fault_count; i++) {
        if (!scenario_same_fault(&one->faults[i], &other->faults[i])) {
            return false;
        }
    }
    return one->fault_count == other->fault_count;
}

static inline bool scenario_holds_event(const struct scenario_view *view, const struct xhm_record *event) {
    for (uint32_t i = 0; i < view->event_count; i++) {
        if (scenario_same_event(&view->events[i], event)) {
            return true;
        }
    }
    return false;
}

/** What is seen before the story (view 0) and after each of its steps. */
static inline void scenario_views(struct scenario_view views[SCENARIO_STEPS + 1]) {
    static struct xhm_fault_memory memory;
    static uint8_t bytes[SCENARIO_BYTES];
    const struct xhm_fault_region region = scenario_region(bytes);
    struct xhm_fault_findings findings;

    memset(bytes, 0, sizeof(bytes));
    fault_memory_format(&region, scenario_identity.ecu_id);
    fault_memory_open(&memory, &region, &scenario_identity, &findings);
    scenario_look(&memory, &views[0]);
    for (size_t step = 0; step < SCENARIO_STEPS; step++) {
        scenario_tell(&memory, step);
        scenario_commit(&memory, step);
        scenario_look(&memory, &views[step + 1]);
    }
}

#endif
