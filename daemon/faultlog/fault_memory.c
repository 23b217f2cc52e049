#include "fault_memory.h"
#include "fault_entry.h"
#include "regions.h"
#include "state_set.h"

#include <string.h>

void fault_memory_save_header(struct xhm_fault_memory *memory) {
    struct xhm_slot_content content = {.generation = ++memory->header_generation};

    layout_put_header(content.payload, &memory->header);
    regions_write_pair(&memory->region, (struct xhm_slot_id){XHM_SLOT_HEADER, 0}, &content);
}

void fault_memory_save_entry(struct xhm_fault_memory *memory, uint32_t index) {
    struct xhm_slot_content content = {.generation = ++memory->generations[index]};

    layout_put_fault(content.payload, &memory->entries[index]);
    regions_write_pair(&memory->region, (struct xhm_slot_id){XHM_SLOT_FAULT, index}, &content);
}

void fault_memory_drop_entry(struct xhm_fault_memory *memory, uint32_t index) {
    regions_erase_pair(&memory->region, (struct xhm_slot_id){XHM_SLOT_FAULT, index}, memory->generations[index]);
    memory->entries[index] = (struct xhm_fault_entry){.number = 0};
    memory->generations[index] = 0;
}

static bool is_record_of(const struct xhm_fault_entry *entry, const struct xhm_held_event *event) {
    return entry->number == event->fault_number &&
           strncmp(entry->partition, event->record.partition, XHM_NAME_SIZE) == 0 &&
           strncmp(entry->entity, event->record.entity, XHM_NAME_SIZE) == 0;
}

static struct xhm_fault_entry *find_entry(struct xhm_fault_memory *memory, const struct xhm_held_event *event) {
    for (uint32_t i = 0; i < memory->region.geometry.fault_slots; i++) {
        if (is_record_of(&memory->entries[i], event)) {
            return &memory->entries[i];
        }
    }
    return NULL;
}

/* A free record, else the inactive one whose fault was raised the longest ago. NULL: every record is active. */
static struct xhm_fault_entry *find_room(struct xhm_fault_memory *memory) {
    struct xhm_fault_entry *oldest = NULL;

    for (uint32_t i = 0; i < memory->region.geometry.fault_slots; i++) {
        struct xhm_fault_entry *entry = &memory->entries[i];

        if (entry->number == 0) {
            return entry;
        }
        if (entry->active_scopes == 0 && (oldest == NULL || entry->last.sequence < oldest->last.sequence)) {
            oldest = entry;
        }
    }
    return oldest;
}

static struct xhm_fault_entry *make_entry(struct xhm_fault_memory *memory, const struct xhm_held_event *event) {
    struct xhm_fault_entry *entry = find_room(memory);

    if (entry == NULL) {
        memory->header.unstored_total++;
        fault_memory_save_header(memory);
        return NULL;
    }
    if (entry->number != 0) {
        memory->header.replaced_total++;
    }
    *entry = (struct xhm_fault_entry){.number = event->fault_number};
    memcpy(entry->partition, event->record.partition, sizeof(entry->partition));
    memcpy(entry->entity, event->record.entity, sizeof(entry->entity));
    return entry;
}

static void apply_to_own(struct xhm_fault_memory *memory, const struct xhm_held_event *event, bool create) {
    const bool raised = event->record.event.kind == XHM_EVENT_FAULT_RAISED;
    struct xhm_fault_entry *entry = find_entry(memory, event);

    if (entry == NULL && raised && create) {
        entry = make_entry(memory, event);
    }
    if (entry == NULL || entry->changed_sequence >= event->record.sequence) {
        return;
    }
    fault_entry_change(entry, event);
    if (raised) {
        fault_entry_mark(entry, injection_marks_find(&memory->injections, entry->partition));
    }
    fault_memory_save_entry(memory, (uint32_t)(entry - memory->entries));
}

static void apply_to_all(struct xhm_fault_memory *memory, const struct xhm_held_event *event) {
    for (uint32_t i = 0; i < memory->region.geometry.fault_slots; i++) {
        struct xhm_fault_entry *entry = &memory->entries[i];

        if (entry->number == 0 || entry->changed_sequence >= event->record.sequence ||
            !fault_entry_is_meant(entry, event)) {
            continue;
        }
        fault_entry_change(entry, event);
        if (fault_entry_is_over(entry, event)) {
            fault_memory_drop_entry(memory, i);
        } else {
            fault_memory_save_entry(memory, i);
        }
    }
}

void fault_memory_apply(struct xhm_fault_memory *memory, const struct xhm_held_event *event, bool create) {
    const enum xhm_event_kind kind = event->record.event.kind;

    injection_marks_take(&memory->injections, event);
    if (kind != XHM_EVENT_FAULT_RAISED && kind != XHM_EVENT_FAULT_CLEARED) {
        apply_to_all(memory, event);
    } else if (event->fault_number != 0) {
        apply_to_own(memory, event, create);
    }
}

static void hold_event(struct xhm_fault_memory *memory, const struct xhm_held_event *event) {
    const struct xhm_slot_id id = {XHM_SLOT_EVENT,
                                   regions_event_index(&memory->region.geometry, event->record.sequence)};
    struct xhm_slot_content content = {.generation = event->record.sequence};

    layout_put_event(content.payload, event);
    slots_write(&memory->region.store, regions_event_slot(&memory->region, id.index), id, &content);
    memory->held_sequence = event->record.sequence;
}

bool fault_memory_record(struct xhm_fault_memory *memory, const struct xhm_record *record) {
    struct xhm_held_event event = {.record = *record, .start = memory->header.starts};

    if (record->sequence <= memory->held_sequence) {
        return false;
    }
    memcpy(event.boot_id, memory->identity.boot_id, sizeof(event.boot_id));
    if ((unsigned)record->event.fault < XHM_FAULT_COUNT) {
        event.fault_number = faults_info(record->event.fault)->number;
    }
    /* The ring is written ahead: when the record is cut off, opening applies the event again. */
    hold_event(memory, &event);
    fault_memory_apply(memory, &event, true);
    return true;
}

/*
 * Never the area of the set that is held: it is the one to fall back to. Never a generation that an unfinished set may
 * carry: its slots must not complete another one.
 */
static void write_state(struct xhm_fault_memory *memory) {
    uint64_t generation = memory->state_highest + 1;

    if (memory->state_held != 0 && generation % XHM_COPIES == memory->state_held % XHM_COPIES) {
        generation++;
    }
    state_set_write(&memory->region, &memory->state, generation);
    memory->state_highest = generation;
    memory->state_held = generation;
}

/* Where opening could not tell which set is the newest, both areas have to be written before one of them is trusted. */
void fault_memory_state(struct xhm_fault_memory *memory, const struct xhm_persistent *state) {
    const bool had_none = memory->state_held == 0;

    memory->state = *state;
    if (memory->region.geometry.state_slots == 0) {
        return;
    }
    write_state(memory);
    if (had_none && memory->state_reading == XHM_PERSISTENT_UNREADABLE) {
        write_state(memory);
    }
}

void fault_memory_task_id(struct xhm_fault_memory *memory, uint64_t task_id) {
    if (task_id > memory->header.last_task_id) {
        memory->header.last_task_id = task_id;
        fault_memory_save_header(memory);
    }
}

static void note_stored(struct xhm_fault_memory *memory) {
    memory->header.last_sequence = memory->held_sequence;
    if (memory->state_held != 0) {
        memory->header.state_generation = memory->state_held;
    }
}

bool fault_memory_commit(struct xhm_fault_memory *memory) {
    if (memory->header.last_sequence == memory->held_sequence &&
        (memory->state_held == 0 || memory->header.state_generation == memory->state_held)) {
        return false;
    }
    note_stored(memory);
    fault_memory_save_header(memory);
    return true;
}

void fault_memory_end(struct xhm_fault_memory *memory) {
    memory->header.clean = true;
    note_stored(memory);
    fault_memory_save_header(memory);
}

void fault_memory_move(struct xhm_fault_memory *memory, uint8_t *bytes) {
    memory->region.bytes = bytes;
    fault_memory_save_header(memory);
    if (memory->state_held != 0) {
        write_state(memory);
    }
    for (uint32_t i = 0; i < memory->region.geometry.fault_slots; i++) {
        if (memory->entries[i].number != 0) {
            fault_memory_save_entry(memory, i);
        }
    }
}

static void tell_entry(const struct xhm_fault_entry *entry, struct xhm_fault_record *record) {
    *record = (struct xhm_fault_record){
        .number = entry->number,
        .active = entry->active_scopes != 0,
        .occurrences = entry->occurrences,
        .first_sequence = entry->first.sequence,
        .last_sequence = entry->last.sequence,
        .first_wall_clock_ns = entry->first.wall_clock_ns,
        .last_wall_clock_ns = entry->last.wall_clock_ns,
        .status = entry->status,
        .aging_cycles = entry->aging_cycles,
        .injected = entry->injected,
        .injection_sequence = entry->injection.sequence,
        .injection_wall_clock_ns = entry->injection.wall_clock_ns,
        .freeze_frame = entry->freeze_frame,
    };
    memcpy(record->partition, entry->partition, sizeof(record->partition));
    memcpy(record->entity, entry->entity, sizeof(record->entity));
}

uint32_t fault_memory_faults(const struct xhm_fault_memory *memory, struct xhm_fault_record *records,
                             uint32_t capacity) {
    uint16_t order[XHM_FAULT_SLOTS];
    uint32_t count = 0;

    for (uint32_t i = 0; i < memory->region.geometry.fault_slots; i++) {
        uint32_t place = count;

        if (memory->entries[i].number == 0) {
            continue;
        }
        while (place > 0 && memory->entries[order[place - 1]].last.sequence < memory->entries[i].last.sequence) {
            order[place] = order[place - 1];
            place--;
        }
        order[place] = (uint16_t)i;
        count++;
    }
    count = count < capacity ? count : capacity;
    for (uint32_t i = 0; i < count; i++) {
        tell_entry(&memory->entries[order[i]], &records[i]);
    }
    return count;
}

uint32_t fault_memory_events(const struct xhm_fault_memory *memory, struct xhm_record *records, uint32_t capacity) {
    const uint64_t newest = memory->held_sequence;
    uint64_t oldest = regions_oldest_event(&memory->region.geometry, newest);
    uint32_t count = 0;

    if (capacity < newest - oldest + 1) {
        oldest = newest - capacity + 1;
    }
    for (uint64_t ago = newest - oldest + 1; ago > 0 && newest != 0; ago--) {
        struct xhm_held_event event;

        if (regions_read_event(&memory->region, newest - ago + 1, &event) &&
            (event.fault_number == 0 || event.record.event.fault != XHM_FAULT_COUNT)) {
            records[count++] = event.record;
        }
    }
    return count;
}
