#include "regions.h"
#include "state_set.h"

#include <string.h>

/* Order in the buffer: header copies, all first copies of the fault records, all second copies, the event ring. */
static uint8_t *copy_of(const struct xhm_fault_region *region, struct xhm_slot_id id, uint64_t generation) {
    const size_t copy = (size_t)(generation % XHM_COPIES);
    const size_t slot = id.kind == XHM_SLOT_HEADER ? copy : XHM_COPIES + copy * region->geometry.fault_slots + id.index;

    return region->bytes + slot * XHM_SLOT_SIZE;
}

size_t fault_memory_size(const struct xhm_fault_geometry *geometry) {
    return (XHM_COPIES + (size_t)XHM_COPIES * geometry->fault_slots + geometry->event_slots) * XHM_SLOT_SIZE +
           state_set_size(geometry);
}

uint8_t *regions_state(const struct xhm_fault_region *region) {
    return regions_event_slot(region, region->geometry.event_slots);
}

void regions_read_pair(const struct xhm_fault_region *region, struct xhm_slot_id id, struct xhm_pair_reading *reading) {
    bool is_copy_empty[XHM_COPIES] = {false, false};

    *reading = (struct xhm_pair_reading){.found = false};
    for (uint32_t copy = 0; copy < XHM_COPIES; copy++) {
        struct xhm_slot_content content;

        switch (slots_read(copy_of(region, id, copy), id, &content)) {
        case XHM_SLOT_VALID:
            if (content.generation % XHM_COPIES != copy || content.generation >= XHM_COUNT_LIMIT) {
                reading->damaged = true;
            } else if (!reading->found || content.generation > reading->content.generation) {
                reading->found = true;
                reading->content = content;
            }
            break;
        case XHM_SLOT_EMPTY:
            is_copy_empty[copy] = true;
            break;
        case XHM_SLOT_UNFINISHED:
            break;
        case XHM_SLOT_DAMAGED:
            reading->damaged = true;
            break;
        case XHM_SLOT_OTHER_VERSION:
            reading->other_version = true;
            break;
        }
    }
    /* From its second generation on a record has two copies. */
    reading->missing = reading->found && reading->content.generation > 1 &&
                       is_copy_empty[(reading->content.generation + 1) % XHM_COPIES];
}

void regions_write_pair(const struct xhm_fault_region *region, struct xhm_slot_id id,
                        const struct xhm_slot_content *content) {
    slots_write(&region->store, copy_of(region, id, content->generation), id, content);
}

void regions_erase_pair(const struct xhm_fault_region *region, struct xhm_slot_id id, uint64_t newest) {
    for (uint32_t copy = 1; copy <= XHM_COPIES; copy++) {
        slots_erase(&region->store, copy_of(region, id, newest + copy));
    }
}

uint8_t *regions_event_slot(const struct xhm_fault_region *region, uint32_t index) {
    const size_t before = XHM_COPIES + (size_t)XHM_COPIES * region->geometry.fault_slots;

    return region->bytes + (before + index) * XHM_SLOT_SIZE;
}

uint32_t regions_event_index(const struct xhm_fault_geometry *geometry, uint64_t sequence) {
    return (uint32_t)(sequence % geometry->event_slots);
}

bool regions_read_event(const struct xhm_fault_region *region, uint64_t sequence, struct xhm_held_event *event) {
    const struct xhm_slot_id id = {XHM_SLOT_EVENT, regions_event_index(&region->geometry, sequence)};
    struct xhm_slot_content content;

    return slots_read(regions_event_slot(region, id.index), id, &content) == XHM_SLOT_VALID &&
           layout_get_event(content.payload, event) && event->record.sequence == sequence;
}

uint64_t regions_oldest_event(const struct xhm_fault_geometry *geometry, uint64_t newest) {
    return newest > geometry->event_slots ? newest - geometry->event_slots + 1 : 1;
}
