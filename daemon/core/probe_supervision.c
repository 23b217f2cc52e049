#include "alive.h"
#include "deadline_miss.h"
#include "step.h"
#include <string.h>

/** An entity under supervision in this step, with everything that concerns it. */
struct subject {
    const struct xhm_step *step;
    uint32_t partition;
    uint32_t entity;
    const struct xhm_entity_policy *policy;
    struct xhm_entity_state *state;
};

static const struct xhm_fault_details no_details = {{0, 0}};

void probe_supervision_reset(struct xhm_partition_state *state) {
    memset(state->entities, 0, sizeof(state->entities));
    memset(state->cursors, 0, sizeof(state->cursors));
    state->pages_attached = 0;
    for (unsigned i = 0; i < XHM_MAX_ENTITIES; i++) {
        state->entities[i].status = XHM_STATUS_DEACTIVATED;
    }
    for (unsigned i = 0; i < XHM_MAX_VCPUS; i++) {
        state->vcpu_seen_pcpu[i] = XHM_NONE;
    }
}

static void change_status(const struct subject *subject, enum xhm_status status) {
    const enum xhm_status before = subject->state->status;

    if (status == before) {
        return;
    }
    subject->state->status = status;
    step_event(subject->step, XHM_EVENT_LOCAL_STATUS, subject->partition, subject->entity, before, status);
}

static void remember_first_expired(const struct subject *subject) {
    struct xhm_first_expired *first = &subject->step->core->first_expired;

    if (subject->state->status != XHM_STATUS_EXPIRED || first->partition != XHM_NONE) {
        return;
    }
    first->partition = subject->partition;
    first->entity = subject->entity;
    first->partition_complement = ~subject->partition;
    first->entity_complement = ~subject->entity;
}

static void begin_reference_cycle(const struct subject *subject) {
    subject->state->counting = true;
    subject->state->window_ticks = 0;
    subject->state->window_start_ns = subject->step->core->supervised_ns;
    subject->state->alive_at_start = subject->state->alive_counter;
}

/* Counters go on from the next sound reading: what happened before it is neither counted nor blamed. Without such a
   reading the entity is silent, and judged so. */
static void rebaseline(const struct subject *subject) {
    begin_reference_cycle(subject);
    subject->state->base_stale = true;
    subject->state->miss_counting = false;
    subject->state->busy_since_ns = 0;
}

/* Before its first good reference cycle an entity is starting: the start-up grace bounds that, not this supervision. */
static void judge_reference_cycle(const struct subject *subject) {
    struct xhm_entity_state *state = subject->state;
    const struct xhm_alive_policy *alive = &subject->policy->alive;
    const uint64_t elapsed_ns = subject->step->core->supervised_ns - state->window_start_ns;
    const uint64_t indications = state->alive_counter - state->alive_at_start;
    const enum xhm_alive_verdict verdict = alive_judge(alive, indications, elapsed_ns);
    const struct xhm_fault_details details = {{indications, elapsed_ns}};

    state->base_stale = !state->read_now;
    begin_reference_cycle(subject);
    if (verdict == XHM_ALIVE_GOOD) {
        state->good_cycles = state->good_cycles < UINT32_MAX ? state->good_cycles + 1 : UINT32_MAX;
        fault_state_set(subject->step, subject->partition, XHM_FAULT_PROBE_RESTARTED, subject->entity, false, details);
    }
    if (state->good_cycles == 0) {
        return;
    }
    change_status(subject, alive_next_status(state->status, verdict, alive->failed_tolerance, &state->failed_cycles));
    remember_first_expired(subject);
    if (verdict == XHM_ALIVE_LOW || state->status == XHM_STATUS_OK) {
        fault_state_set(subject->step, subject->partition, XHM_FAULT_ENTITY_ALIVE_LOW, subject->entity,
                        verdict == XHM_ALIVE_LOW, details);
    }
    if (verdict == XHM_ALIVE_HIGH || state->status == XHM_STATUS_OK) {
        fault_state_set(subject->step, subject->partition, XHM_FAULT_ENTITY_ALIVE_HIGH, subject->entity,
                        verdict == XHM_ALIVE_HIGH, details);
    }
}

static bool is_stuck(const struct subject *subject) {
    return (step_state(subject->step, subject->partition)->fault_scopes[XHM_FAULT_PROBE_STUCK] >> subject->entity &
            1u) != 0;
}

static void supervise_alive(const struct subject *subject) {
    struct xhm_entity_state *state = subject->state;
    const uint64_t cycle_ns = subject->step->core->policy->supervisor.cycle_ns;

    if (subject->policy->alive.reference_cycle_ns == 0 || !state->reading_known) {
        return;
    }
    /* What came before the first reading after a gap must not count in the cycle of that reading. */
    if (!state->counting || (state->base_stale && state->read_now)) {
        state->base_stale = false;
        begin_reference_cycle(subject);
        return;
    }
    state->window_ticks += subject->step->observation->ticks;
    /* A slot that happens to be mid-write is judged by its next reading, unless it stays so. */
    if ((uint64_t)state->window_ticks * cycle_ns >= subject->policy->alive.reference_cycle_ns &&
        (state->busy_since_ns == 0 || is_stuck(subject))) {
        judge_reference_cycle(subject);
    }
}

/* An entity that a policy added to a running instance has the start-up grace of an instance to begin. */
static void watch_entity_start(const struct subject *subject) {
    struct xhm_entity_state *state = subject->state;
    const struct xhm_partition_state *partition = step_state(subject->step, subject->partition);
    const uint64_t waited_ns = subject->step->core->supervised_ns - state->expected_since_ns;
    const struct xhm_fault_details details = {{0, waited_ns}};

    if (partition->life != XHM_LIFE_RUNNING || state->status != XHM_STATUS_DEACTIVATED ||
        waited_ns <= step_policy(subject->step, subject->partition)->startup_grace_ns) {
        return;
    }
    change_status(subject, XHM_STATUS_EXPIRED);
    remember_first_expired(subject);
    fault_state_set(subject->step, subject->partition, XHM_FAULT_ENTITY_ALIVE_LOW, subject->entity, true, details);
}

static void supervise_deadline_misses(const struct subject *subject, uint64_t missed) {
    const struct xhm_deadline_miss_policy *policy = &subject->policy->deadline_miss;
    const uint64_t fresh = subject->state->miss_counting ? missed - subject->state->deadline_missed : 0;
    const struct xhm_fault_details details = {{missed, fresh}};

    if (policy->window_ns == 0) {
        return;
    }
    const bool exceeded = deadline_miss_update(policy, subject->state, missed, subject->step->core->supervised_ns);
    fault_state_set(subject->step, subject->partition, XHM_FAULT_DEADLINE_MISSES, subject->entity, exceeded, details);
}

static void take_reading(const struct subject *subject, const struct xhm_probe_slot_reading *slot) {
    struct xhm_entity_state *state = subject->state;

    supervise_deadline_misses(subject, slot->deadline_missed);
    state->reading_known = true;
    state->read_now = true;
    state->alive_counter = slot->alive_counter;
    state->deadline_met = slot->deadline_met;
    state->deadline_missed = slot->deadline_missed;
    state->worst_latency_ns = slot->worst_latency_ns;
    if (subject->policy->alive.reference_cycle_ns == 0 && state->status != XHM_STATUS_EXPIRED) {
        change_status(subject, XHM_STATUS_OK);
        fault_state_set(subject->step, subject->partition, XHM_FAULT_PROBE_RESTARTED, subject->entity, false,
                        no_details);
    }
}

static void watch_busy_slot(const struct subject *subject, bool busy) {
    struct xhm_entity_state *state = subject->state;
    const uint64_t now_ns = subject->step->core->supervised_ns;

    if (!busy) {
        state->busy_since_ns = 0;
    } else if (state->busy_since_ns == 0) {
        state->busy_since_ns = now_ns;
    }
    const bool stuck =
        busy && (is_stuck(subject) ||
                 now_ns - state->busy_since_ns > subject->step->core->policy->supervisor.probe_busy_tolerance_ns);
    fault_state_set(subject->step, subject->partition, XHM_FAULT_PROBE_STUCK, subject->entity, stuck, no_details);
}

static bool was_seen(const struct subject *subject) {
    const struct xhm_probe_cursor *cursor =
        &step_state(subject->step, subject->partition)->cursors[subject->policy->page];

    return cursor->slots[subject->policy->slot].is_seen;
}

/** What a slot's verdict means: XHM_FAULT_COUNT for no fault of the probe. */
static enum xhm_fault fault_of_slot(const struct subject *subject, const struct xhm_probe_slot_reading *slot) {
    static const enum xhm_fault faults[XHM_PROBE_SLOT_VERDICT_COUNT] = {
        [XHM_PROBE_SLOT_OK] = XHM_FAULT_COUNT,
        [XHM_PROBE_SLOT_EMPTY] = XHM_FAULT_COUNT,
        [XHM_PROBE_SLOT_BUSY] = XHM_FAULT_COUNT,
        [XHM_PROBE_SLOT_BAD_CRC] = XHM_FAULT_PROBE_CORRUPT,
        [XHM_PROBE_SLOT_BAD_DATA_ID] = XHM_FAULT_PROBE_FOREIGN,
        [XHM_PROBE_SLOT_BAD_SEQUENCE] = XHM_FAULT_PROBE_CORRUPT,
        [XHM_PROBE_SLOT_BAD_ENTITY] = XHM_FAULT_PROBE_FOREIGN,
        [XHM_PROBE_SLOT_BAD_RING] = XHM_FAULT_PROBE_CORRUPT,
    };

    if (slot->verdict == XHM_PROBE_SLOT_OK && slot->entity_id != subject->policy->id) {
        return XHM_FAULT_PROBE_FOREIGN;
    }
    if (slot->verdict == XHM_PROBE_SLOT_EMPTY && was_seen(subject)) {
        return XHM_FAULT_PROBE_CORRUPT;
    }
    return faults[slot->verdict];
}

/* A busy or never used slot proves nothing: what was found wrong with it before stays until a sound reading. */
static void supervise_slot(const struct subject *subject, const struct xhm_probe_slot_reading *slot) {
    const enum xhm_fault fault = fault_of_slot(subject, slot);
    const bool sound = slot->verdict == XHM_PROBE_SLOT_OK && fault == XHM_FAULT_COUNT;
    const struct xhm_fault_details details = {{subject->policy->page, slot->verdict}};

    watch_busy_slot(subject, slot->verdict == XHM_PROBE_SLOT_BUSY);
    if (fault == XHM_FAULT_PROBE_FOREIGN || sound) {
        fault_state_set(subject->step, subject->partition, XHM_FAULT_PROBE_FOREIGN, subject->entity, !sound, details);
    }
    if (fault == XHM_FAULT_PROBE_CORRUPT || sound) {
        fault_state_set(subject->step, subject->partition, XHM_FAULT_PROBE_CORRUPT, subject->entity, !sound, details);
    }
    if (sound) {
        take_reading(subject, slot);
    }
}

static enum xhm_fault fault_of_page(enum xhm_probe_page_verdict verdict) {
    static const enum xhm_fault faults[XHM_PROBE_PAGE_VERDICT_COUNT] = {
        [XHM_PROBE_PAGE_OK] = XHM_FAULT_COUNT,
        [XHM_PROBE_PAGE_BUSY] = XHM_FAULT_COUNT,
        [XHM_PROBE_PAGE_BAD_MAGIC] = XHM_FAULT_PROBE_FORMAT,
        [XHM_PROBE_PAGE_BAD_VERSION] = XHM_FAULT_PROBE_FORMAT,
        [XHM_PROBE_PAGE_BAD_LAYOUT] = XHM_FAULT_PROBE_FORMAT,
        [XHM_PROBE_PAGE_BAD_CRC] = XHM_FAULT_PROBE_CORRUPT,
        [XHM_PROBE_PAGE_UNKNOWN_FEATURE] = XHM_FAULT_PROBE_FORMAT,
        [XHM_PROBE_PAGE_WRONG_PARTITION] = XHM_FAULT_PROBE_FOREIGN,
        [XHM_PROBE_PAGE_WRONG_PAGE] = XHM_FAULT_PROBE_FOREIGN,
        [XHM_PROBE_PAGE_BAD_INSTANCE] = XHM_FAULT_PROBE_FORMAT,
    };

    return faults[verdict];
}

/* In a scope of entities, the first entity of a page stands for the page. */
static uint32_t first_entity_of_page(const struct xhm_partition_policy *policy, uint32_t page) {
    for (uint32_t entity = 0; entity < policy->entity_count; entity++) {
        if (policy->entities[entity].page == page) {
            return entity;
        }
    }
    return 0;
}

static void tell_page_fault(const struct xhm_step *step, uint32_t partition, uint32_t page, enum xhm_fault fault,
                            uint64_t verdict) {
    static const enum xhm_fault page_faults[] = {XHM_FAULT_PROBE_MISSING, XHM_FAULT_PROBE_FORMAT};
    const uint32_t scope = first_entity_of_page(step_policy(step, partition), page);
    const struct xhm_fault_details details = {{page, verdict}};

    for (unsigned i = 0; i < sizeof(page_faults) / sizeof(page_faults[0]); i++) {
        fault_state_set(step, partition, page_faults[i], scope, page_faults[i] == fault, details);
    }
    if (fault == XHM_FAULT_PROBE_CORRUPT || fault == XHM_FAULT_PROBE_FOREIGN) {
        fault_state_set(step, partition, fault, scope, true, details);
    }
}

/* Within one instance a probe that begins anew has lost its counters: somebody restarted it behind our back. Each
   entity of the page stands for itself, as one of them may never come back. */
static void watch_probe_instance(const struct xhm_step *step, uint32_t partition, uint32_t page, uint64_t instance_id) {
    const struct xhm_partition_policy *policy = step_policy(step, partition);
    struct xhm_partition_state *state = step_state(step, partition);
    const uint64_t before = state->cursors[page].instance_id;
    const struct xhm_fault_details details = {{page, instance_id}};

    if (before == 0) {
        step_event(step, XHM_EVENT_PAGE_ATTACHED, partition, XHM_NONE, page, instance_id);
    }
    if (before == 0 || before == instance_id) {
        return;
    }
    for (uint32_t entity = 0; entity < policy->entity_count; entity++) {
        if (policy->entities[entity].page == page) {
            fault_state_set(step, partition, XHM_FAULT_PROBE_RESTARTED, entity, true, details);
            rebaseline(&(struct subject){step, partition, entity, &policy->entities[entity], &state->entities[entity]});
        }
    }
}

/* A header that stays mid-write hides every slot behind it. */
static void supervise_slots(const struct xhm_step *step, uint32_t partition, uint32_t page,
                            const struct xhm_probe_page_reading *reading) {
    const struct xhm_partition_policy *policy = step_policy(step, partition);

    for (uint32_t entity = 0; entity < policy->entity_count; entity++) {
        const struct subject subject = {step, partition, entity, &policy->entities[entity],
                                        &step_state(step, partition)->entities[entity]};
        if (policy->entities[entity].page != page) {
            continue;
        }
        if (reading->verdict == XHM_PROBE_PAGE_OK) {
            supervise_slot(&subject, &reading->slots[policy->entities[entity].slot]);
        } else {
            watch_busy_slot(&subject, reading->verdict == XHM_PROBE_PAGE_BUSY);
        }
    }
}

static void supervise_page(const struct xhm_step *step, uint32_t partition, uint32_t page) {
    struct xhm_partition_state *state = step_state(step, partition);
    struct xhm_probe_page_reading reading;

    probe_reader_decode(step->observation->pages[partition][page].copy, step_policy(step, partition)->partition_id,
                        page, &state->cursors[page], &reading);
    tell_page_fault(step, partition, page, fault_of_page(reading.verdict), reading.verdict);
    if (reading.verdict == XHM_PROBE_PAGE_OK) {
        state->pages_attached |= 1u << page;
        watch_probe_instance(step, partition, page, reading.instance_id);
    }
    probe_reader_advance(&state->cursors[page], &reading);
    supervise_slots(step, partition, page, &reading);
}

/* While an instance is still starting, a page that is not there yet is no fault: the start-up grace bounds that. */
static void page_without_copy(const struct xhm_step *step, uint32_t partition, uint32_t page) {
    const struct xhm_partition_state *state = step_state(step, partition);
    const enum xhm_page_sight sight = step->observation->pages[partition][page].sight;

    if (state->life == XHM_LIFE_RUNNING) {
        tell_page_fault(step, partition, page, XHM_FAULT_PROBE_MISSING, sight);
    } else if (sight == XHM_PAGE_REFUSED) {
        tell_page_fault(step, partition, page, XHM_FAULT_PROBE_FORMAT, sight);
    }
}

static void begin_reading(const struct xhm_step *step, uint32_t partition) {
    const struct xhm_partition_policy *policy = step_policy(step, partition);
    struct xhm_partition_state *state = step_state(step, partition);

    state->pages_attached = 0;
    for (uint32_t entity = 0; entity < policy->entity_count; entity++) {
        state->entities[entity].read_now = false;
        if (step->overrun) {
            rebaseline(&(struct subject){step, partition, entity, &policy->entities[entity], &state->entities[entity]});
        }
    }
}

void probe_supervision_rebaseline(const struct xhm_step *step, uint32_t partition) {
    const struct xhm_partition_policy *policy = step_policy(step, partition);
    struct xhm_partition_state *state = step_state(step, partition);

    for (uint32_t entity = 0; entity < policy->entity_count; entity++) {
        rebaseline(&(struct subject){step, partition, entity, &policy->entities[entity], &state->entities[entity]});
    }
}

static void supervise_partition(const struct xhm_step *step, uint32_t partition) {
    const struct xhm_partition_policy *policy = step_policy(step, partition);
    struct xhm_partition_state *state = step_state(step, partition);

    begin_reading(step, partition);
    for (uint32_t page = 0; page < policy->page_count; page++) {
        if (step->observation->pages[partition][page].sight == XHM_PAGE_COPIED) {
            supervise_page(step, partition, page);
        } else {
            page_without_copy(step, partition, page);
        }
    }
    for (uint32_t entity = 0; entity < policy->entity_count; entity++) {
        const struct subject subject = {step, partition, entity, &policy->entities[entity], &state->entities[entity]};
        supervise_alive(&subject);
        watch_entity_start(&subject);
    }
}

void probe_supervision_step(const struct xhm_step *step) {
    for (uint32_t partition = 0; partition < step->core->policy->partition_count; partition++) {
        const struct xhm_partition_state *state = step_state(step, partition);
        if (state->following && state->followed_at_step != step->core->steps &&
            gate_supervision_is_active(step, partition)) {
            supervise_partition(step, partition);
        }
    }
}
