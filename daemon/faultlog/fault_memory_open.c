#include "fault_entry.h"
#include "fault_memory.h"
#include "regions.h"
#include "state_set.h"

#include <string.h>

/*
 * Task ids that are skipped after an unclean end: more than can have been given out and not reached the newest header.
 * Ids must never be given out twice; that some are never used harms nobody.
 */
#define SKIPPED_TASK_IDS 65536u

/* What opening learns on its way. */
struct opening {
    struct xhm_fault_memory *memory;
    struct xhm_fault_findings *findings;
    uint64_t highest_start;   /* life of the supervisor that any record names */
    uint64_t highest_changed; /* sequence that any fault record names */
    bool header_damaged;      /* the header in use may be older than the newest that was written */
};

static uint64_t greater(uint64_t one, uint64_t other) {
    return one > other ? one : other;
}

static bool is_sane(const struct xhm_fault_header *header, const struct xhm_fault_geometry *geometry) {
    return header->geometry.fault_slots == geometry->fault_slots &&
           header->geometry.event_slots == geometry->event_slots &&
           header->geometry.state_slots == geometry->state_slots;
}

/* After a clean end everything was on storage; after another one a copy may be missing that never got there. */
static bool is_lost(const struct opening *opening, const struct xhm_pair_reading *reading) {
    return reading->missing && opening->memory->header.clean;
}

static enum xhm_fault_opening read_header(struct opening *opening) {
    struct xhm_fault_memory *memory = opening->memory;
    const struct xhm_fault_geometry *geometry = &memory->region.geometry;
    struct xhm_pair_reading reading;

    regions_read_pair(&memory->region, (struct xhm_slot_id){XHM_SLOT_HEADER, 0}, &reading);
    if (!reading.found && reading.other_version) {
        return XHM_FAULT_OTHER_FORMAT;
    }
    if (!reading.found || !layout_get_header(reading.content.payload, &memory->header)) {
        opening->header_damaged = true;
        opening->findings->header_lost = true;
        memory->header = (struct xhm_fault_header){.geometry = *geometry};
        memcpy(memory->header.ecu_id, memory->identity.ecu_id, sizeof(memory->header.ecu_id));
        return XHM_FAULT_OPENED;
    }
    memory->header_generation = reading.content.generation;
    opening->header_damaged = reading.damaged || is_lost(opening, &reading);
    if (!is_sane(&memory->header, geometry)) {
        return XHM_FAULT_OTHER_FORMAT;
    }
    return strncmp(memory->header.ecu_id, memory->identity.ecu_id, XHM_NAME_SIZE) == 0 ? XHM_FAULT_OPENED
                                                                                       : XHM_FAULT_OTHER_ECU;
}

static void read_entry(struct opening *opening, uint32_t index) {
    struct xhm_fault_memory *memory = opening->memory;
    const struct xhm_slot_id id = {XHM_SLOT_FAULT, index};
    struct xhm_fault_entry *entry = &memory->entries[index];
    struct xhm_pair_reading reading;
    bool is_sound;
    bool is_hurt;

    regions_read_pair(&memory->region, id, &reading);
    is_sound = reading.found && layout_get_fault(reading.content.payload, entry);
    is_hurt = reading.damaged || reading.other_version || reading.found != is_sound || is_lost(opening, &reading);
    opening->findings->damaged += is_hurt;
    if (is_sound) {
        memory->generations[index] = reading.content.generation;
        opening->highest_start = greater(opening->highest_start, entry->active_start);
        opening->highest_changed = greater(opening->highest_changed, entry->changed_sequence);
    }
    if (is_sound && (is_hurt || reading.missing)) {
        fault_memory_save_entry(memory, index);
    } else if (is_hurt) {
        opening->findings->dropped++;
        regions_erase_pair(&memory->region, id, 0);
    }
}

/* Two records of one fault can only come from damage (an old copy that was taken for the newest): the newer one counts.
 */
static void drop_double(struct opening *opening, uint32_t index) {
    struct xhm_fault_memory *memory = opening->memory;
    struct xhm_fault_entry *entry = &memory->entries[index];

    for (uint32_t i = 0; i < index && entry->number != 0; i++) {
        struct xhm_fault_entry *other = &memory->entries[i];
        const bool is_same = other->number == entry->number &&
                             strncmp(other->partition, entry->partition, XHM_NAME_SIZE) == 0 &&
                             strncmp(other->entity, entry->entity, XHM_NAME_SIZE) == 0;

        if (is_same) {
            const uint32_t older = other->changed_sequence < entry->changed_sequence ? i : index;

            fault_memory_drop_entry(memory, older);
            opening->findings->dropped++;
        }
    }
}

static void read_ring_slot(struct opening *opening, uint32_t index) {
    struct xhm_fault_memory *memory = opening->memory;
    uint8_t *slot = regions_event_slot(&memory->region, index);
    struct xhm_slot_content content;
    struct xhm_held_event event;
    const enum xhm_slot_verdict verdict = slots_read(slot, (struct xhm_slot_id){XHM_SLOT_EVENT, index}, &content);

    if (verdict == XHM_SLOT_EMPTY || verdict == XHM_SLOT_UNFINISHED) {
        return;
    }
    if (verdict != XHM_SLOT_VALID || !layout_get_event(content.payload, &event) ||
        regions_event_index(&memory->region.geometry, event.record.sequence) != index) {
        opening->findings->damaged++;
        opening->findings->dropped++;
        slots_erase(&memory->region.store, slot);
        return;
    }
    opening->highest_start = greater(opening->highest_start, event.start);
    memory->held_sequence = greater(memory->held_sequence, event.record.sequence);
}

/* Fault records that a cut or a repair left behind the ring catch up with it. */
static void reapply_events(struct opening *opening) {
    struct xhm_fault_memory *memory = opening->memory;
    const uint64_t newest = memory->held_sequence;
    const uint64_t oldest = regions_oldest_event(&memory->region.geometry, newest);
    /* A record that is missing though its event is older was replaced since; only newer events may make one. */
    const uint64_t applied = opening->header_damaged ? greater(memory->header.last_sequence, opening->highest_changed)
                                                     : memory->header.last_sequence;

    for (uint64_t ago = newest - oldest + 1; ago > 0 && newest != 0; ago--) {
        struct xhm_held_event event;

        if (regions_read_event(&memory->region, newest - ago + 1, &event)) {
            const bool is_new = event.record.sequence > applied;

            opening->findings->reapplied += is_new;
            fault_memory_apply(memory, &event, is_new);
        }
    }
}

/* Nothing written is nothing known only where the header says that there was nothing yet; and what it says was stored
 * must be there. */
static void read_state(struct opening *opening) {
    struct xhm_fault_memory *memory = opening->memory;
    const uint64_t stored = memory->header.state_generation;
    struct xhm_state_reading reading;

    state_set_read(&memory->region, memory->header.clean && !opening->header_damaged, &memory->state, &reading);
    if (reading.generation < stored || (reading.verdict == XHM_PERSISTENT_NONE && opening->findings->header_lost)) {
        reading.verdict = XHM_PERSISTENT_UNREADABLE;
        reading.generation = 0;
    }
    memory->state_reading = reading.verdict;
    memory->state_held = reading.generation;
    memory->state_highest = greater(reading.highest, stored);
    opening->findings->damaged += memory->state_reading == XHM_PERSISTENT_UNREADABLE;
}

/* The pessimistic record: until fault_memory_end() this life is one that did not end as it should. */
static void begin_life(struct opening *opening) {
    struct xhm_fault_memory *memory = opening->memory;
    struct xhm_fault_header *header = &memory->header;
    struct xhm_fault_findings *findings = opening->findings;

    memory->held_sequence = greater(greater(memory->held_sequence, header->last_sequence), opening->highest_changed);
    if (opening->header_damaged) {
        findings->damaged++;
        header->clean = false;
        /* Every task came with an event. */
        header->last_task_id = greater(header->last_task_id, memory->held_sequence);
    }
    if (!header->clean) {
        header->last_task_id += SKIPPED_TASK_IDS;
    }
    /* What the life before left active was neither cleared nor seen again: this life counts from nothing. */
    for (uint32_t i = 0; i < memory->region.geometry.fault_slots; i++) {
        fault_entry_forget_activity(&memory->entries[i]);
    }
    memory->injections = (struct xhm_injection_marks){.count = 0};
    findings->clean = header->clean;
    header->clean = false;
    header->starts = greater(header->starts, opening->highest_start) + 1;
    header->damaged_total += findings->damaged;
    fault_memory_save_header(memory);
    if (opening->header_damaged) {
        /* Once more, so that both copies are good again. */
        fault_memory_save_header(memory);
    }
}

enum xhm_fault_opening fault_memory_open(struct xhm_fault_memory *memory, const struct xhm_fault_region *region,
                                         const struct xhm_fault_identity *identity,
                                         struct xhm_fault_findings *findings) {
    struct opening opening = {.memory = memory, .findings = findings};
    enum xhm_fault_opening verdict;

    *findings = (struct xhm_fault_findings){.damaged = 0};
    memset(memory, 0, sizeof(*memory));
    memory->region = *region;
    memory->identity = *identity;
    verdict = read_header(&opening);
    if (verdict != XHM_FAULT_OPENED) {
        return verdict;
    }
    for (uint32_t i = 0; i < region->geometry.fault_slots; i++) {
        read_entry(&opening, i);
        drop_double(&opening, i);
    }
    for (uint32_t i = 0; i < region->geometry.event_slots; i++) {
        read_ring_slot(&opening, i);
    }
    reapply_events(&opening);
    read_state(&opening);
    begin_life(&opening);
    return XHM_FAULT_OPENED;
}

void fault_memory_format(const struct xhm_fault_region *region, const char *ecu_id) {
    struct xhm_slot_content content = {.generation = 1};
    struct xhm_fault_header header = {.geometry = region->geometry, .clean = true};

    strncpy(header.ecu_id, ecu_id, sizeof(header.ecu_id) - 1);
    layout_put_header(content.payload, &header);
    regions_write_pair(region, (struct xhm_slot_id){XHM_SLOT_HEADER, 0}, &content);
}
