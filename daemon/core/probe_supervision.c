#include "entity.h"
#include <string.h>

static const struct xhm_fault_details no_details = {{0, 0}};

void probe_supervision_reset(struct xhm_partition_state *state) {
    memset(state->entities, 0, sizeof(state->entities));
    memset(state->cursors, 0, sizeof(state->cursors));
    memset(&state->measures, 0, sizeof(state->measures));
    state->pages_attached = 0;
    for (unsigned i = 0; i < XHM_MAX_ENTITIES; i++) {
        state->entities[i].status = XHM_STATUS_DEACTIVATED;
    }
    for (unsigned i = 0; i < XHM_MAX_VCPUS; i++) {
        state->vcpu_seen_pcpu[i] = XHM_NONE;
    }
}

static void take_reading(const struct xhm_subject *subject, const struct xhm_probe_slot_reading *slot) {
    struct xhm_entity_state *state = subject->state;

    entity_take_measures(subject, slot);
    state->reading_known = true;
    state->read_now = true;
    state->alive_counter = slot->alive_counter;
    state->deadline_met = slot->deadline_met;
    state->deadline_missed = slot->deadline_missed;
    state->worst_latency_ns = slot->worst_latency_ns;
    state->last_latency_ns = slot->last_latency_ns;
    entity_take_checkpoints(subject, slot);
    entity_is_read(subject);
}

static void watch_busy_slot(const struct xhm_subject *subject, bool busy) {
    struct xhm_entity_state *state = subject->state;
    const uint64_t now_ns = subject->step->core->supervised_ns;

    if (!busy) {
        state->busy_since_ns = 0;
    } else if (state->busy_since_ns == 0) {
        state->busy_since_ns = now_ns;
    }
    const bool stuck =
        busy && (entity_is_stuck(subject) ||
                 now_ns - state->busy_since_ns > subject->step->core->policy->supervisor.probe_busy_tolerance_ns);
    fault_state_set(subject->step, subject->partition, XHM_FAULT_PROBE_STUCK, subject->entity, stuck, no_details);
}

static bool was_seen(const struct xhm_subject *subject) {
    const struct xhm_probe_cursor *cursor =
        &step_state(subject->step, subject->partition)->cursors[subject->policy->page];

    return cursor->slots[subject->policy->slot].is_seen;
}

/** What a slot's verdict means: XHM_FAULT_COUNT for no fault of the probe. */
static enum xhm_fault fault_of_slot(const struct xhm_subject *subject, const struct xhm_probe_slot_reading *slot) {
    static const enum xhm_fault faults[XHM_PROBE_SLOT_VERDICT_COUNT] = {
        [XHM_PROBE_SLOT_OK] = XHM_FAULT_COUNT,
        [XHM_PROBE_SLOT_EMPTY] = XHM_FAULT_COUNT,
        [XHM_PROBE_SLOT_BUSY] = XHM_FAULT_COUNT,
        [XHM_PROBE_SLOT_BAD_CRC] = XHM_FAULT_PROBE_CORRUPT,
        [XHM_PROBE_SLOT_BAD_DATA_ID] = XHM_FAULT_PROBE_FOREIGN,
        [XHM_PROBE_SLOT_BAD_SEQUENCE] = XHM_FAULT_PROBE_CORRUPT,
        [XHM_PROBE_SLOT_BAD_ENTITY] = XHM_FAULT_PROBE_FOREIGN,
        [XHM_PROBE_SLOT_BAD_RING] = XHM_FAULT_PROBE_CORRUPT,
        [XHM_PROBE_SLOT_BAD_HISTOGRAM] = XHM_FAULT_PROBE_CORRUPT,
    };

    if (slot->verdict == XHM_PROBE_SLOT_OK && slot->entity_id != subject->policy->id) {
        return XHM_FAULT_PROBE_FOREIGN;
    }
    if (slot->verdict == XHM_PROBE_SLOT_EMPTY && was_seen(subject)) {
        return XHM_FAULT_PROBE_CORRUPT;
    }
    return faults[slot->verdict];
}

/* It is protected by itself: damage of it withholds nothing else. */
static void judge_histogram(const struct xhm_subject *subject) {
    const struct xhm_fault_details details = {{subject->policy->page, XHM_PROBE_SLOT_BAD_HISTOGRAM}};

    entity_fault(subject, XHM_FAULT_PROBE_CORRUPT, subject->state->histogram.verdict == XHM_PROBE_HISTOGRAM_BAD,
                 details);
}

/* A busy or never used slot proves nothing: what was found wrong with it before stays until a sound reading. */
static void supervise_slot(const struct xhm_subject *subject, const struct xhm_probe_slot_reading *slot) {
    const enum xhm_fault fault = fault_of_slot(subject, slot);
    const bool sound = slot->verdict == XHM_PROBE_SLOT_OK && fault == XHM_FAULT_COUNT;
    const struct xhm_fault_details details = {{subject->policy->page, slot->verdict}};

    watch_busy_slot(subject, slot->verdict == XHM_PROBE_SLOT_BUSY);
    if (fault == XHM_FAULT_PROBE_FOREIGN || sound) {
        fault_state_set(subject->step, subject->partition, XHM_FAULT_PROBE_FOREIGN, subject->entity, !sound, details);
    }
    if (fault == XHM_FAULT_PROBE_CORRUPT) {
        entity_fault(subject, XHM_FAULT_PROBE_CORRUPT, true, details);
    }
    if (sound) {
        take_reading(subject, slot);
        judge_histogram(subject);
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
            const struct xhm_subject subject = entity_subject(step, partition, entity);
            entity_rebaseline(&subject);
        }
    }
}

/* A header that stays mid-write hides every slot behind it. */
static void supervise_slots(const struct xhm_step *step, uint32_t partition, uint32_t page,
                            const struct xhm_probe_page_reading *reading) {
    const struct xhm_partition_policy *policy = step_policy(step, partition);

    for (uint32_t entity = 0; entity < policy->entity_count; entity++) {
        const struct xhm_subject subject = entity_subject(step, partition, entity);
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

void probe_supervision_rebaseline(const struct xhm_step *step, uint32_t partition) {
    for (uint32_t entity = 0; entity < step_policy(step, partition)->entity_count; entity++) {
        const struct xhm_subject subject = entity_subject(step, partition, entity);
        entity_rebaseline(&subject);
    }
    load_rebaseline(step_state(step, partition));
}

static void begin_reading(const struct xhm_step *step, uint32_t partition) {
    struct xhm_partition_state *state = step_state(step, partition);

    state->pages_attached = 0;
    for (uint32_t entity = 0; entity < step_policy(step, partition)->entity_count; entity++) {
        state->entities[entity].read_now = false;
    }
    if (step->overrun) {
        probe_supervision_rebaseline(step, partition);
    }
}

static void supervise_partition(const struct xhm_step *step, uint32_t partition) {
    const struct xhm_partition_policy *policy = step_policy(step, partition);

    begin_reading(step, partition);
    for (uint32_t page = 0; page < policy->page_count; page++) {
        if (step->observation->pages[partition][page].sight == XHM_PAGE_COPIED) {
            supervise_page(step, partition, page);
        } else {
            page_without_copy(step, partition, page);
        }
    }
    for (uint32_t entity = 0; entity < policy->entity_count; entity++) {
        const struct xhm_subject subject = entity_subject(step, partition, entity);
        entity_watch_deadlines(&subject);
        entity_supervise_alive(&subject);
        entity_watch_start(&subject);
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
