#include "state_set.h"
#include "regions.h"

#include <string.h>

static const uint32_t ecu_slot = 0;

static uint32_t area_slots(const struct xhm_fault_geometry *geometry) {
    return geometry->state_slots == 0 ? 0 : 1 + geometry->state_slots;
}

size_t state_set_size(const struct xhm_fault_geometry *geometry) {
    return (size_t)XHM_COPIES * area_slots(geometry) * XHM_SLOT_SIZE;
}

/* Slot 0 of an area is the ECU's, slot 1 + i that of partition i. */
static uint8_t *slot_at(const struct xhm_fault_region *region, uint64_t generation, uint32_t slot) {
    const size_t area = (size_t)(generation % XHM_COPIES);

    return regions_state(region) + (area * area_slots(&region->geometry) + slot) * XHM_SLOT_SIZE;
}

static struct xhm_slot_id id_of(uint32_t slot) {
    return slot == ecu_slot ? (struct xhm_slot_id){XHM_SLOT_STATE, 0}
                            : (struct xhm_slot_id){XHM_SLOT_PARTITION, slot - 1};
}

/* What one area says. */
struct area {
    bool is_empty;    /* no set was ever written to it */
    bool is_damaged;  /* something in it was whole once and is not now */
    bool is_whole;    /* `state` is a set */
    uint64_t highest; /* generation of any readable slot */
    uint64_t generation;
    struct xhm_persistent state;
};

static bool read_slot(const struct xhm_fault_region *region, uint32_t number, uint32_t slot, struct area *area,
                      struct xhm_slot_content *content) {
    const enum xhm_slot_verdict verdict = slots_read(slot_at(region, number, slot), id_of(slot), content);

    area->is_empty = area->is_empty || (slot == ecu_slot && verdict == XHM_SLOT_EMPTY);
    area->is_damaged = area->is_damaged || verdict == XHM_SLOT_DAMAGED || verdict == XHM_SLOT_OTHER_VERSION;
    if (verdict != XHM_SLOT_VALID) {
        return false;
    }
    if (content->generation % XHM_COPIES != number || content->generation >= XHM_COUNT_LIMIT) {
        area->is_damaged = true;
        return false;
    }
    area->highest = content->generation > area->highest ? content->generation : area->highest;
    return true;
}

static void read_area(const struct xhm_fault_region *region, uint32_t number, struct area *area) {
    struct xhm_slot_content content;

    *area = (struct area){.is_empty = false};
    area->is_whole = read_slot(region, number, ecu_slot, area, &content) &&
                     layout_get_state(content.payload, &area->state) &&
                     area->state.partition_count <= region->geometry.state_slots;
    area->generation = area->highest;
    for (uint32_t i = 0; i < region->geometry.state_slots; i++) {
        const bool is_valid = read_slot(region, number, i + 1, area, &content);
        const bool is_of_set = is_valid && content.generation == area->generation && i < XHM_MAX_PARTITIONS &&
                               layout_get_partition(content.payload, &area->state.partitions[i]);

        if (area->is_whole && i < area->state.partition_count) {
            area->is_whole = is_of_set;
        }
    }
}

/* Whether the area may have held a set that is newer than @p generation and can be read no more. */
static bool hides_newer(const struct area *area, uint64_t generation, bool clean) {
    const bool is_lost = clean && area->is_empty && generation > 1;

    return is_lost || (area->is_damaged && (area->highest == 0 || area->highest > generation));
}

void state_set_read(const struct xhm_fault_region *region, bool clean, struct xhm_persistent *state,
                    struct xhm_state_reading *reading) {
    struct area areas[XHM_COPIES];
    const struct area *best = NULL;

    *reading = (struct xhm_state_reading){.verdict = XHM_PERSISTENT_NONE};
    if (region->geometry.state_slots == 0) {
        return;
    }
    for (uint32_t number = 0; number < XHM_COPIES; number++) {
        read_area(region, number, &areas[number]);
        if (areas[number].highest > reading->highest) {
            reading->highest = areas[number].highest;
        }
        if (areas[number].is_whole && (best == NULL || areas[number].generation > best->generation)) {
            best = &areas[number];
        }
    }
    if (best != NULL && !hides_newer(&areas[0], best->generation, clean) &&
        !hides_newer(&areas[1], best->generation, clean)) {
        *state = best->state;
        reading->generation = best->generation;
        reading->verdict = XHM_PERSISTENT_READ;
    } else if (best != NULL || areas[0].is_damaged || areas[1].is_damaged) {
        reading->verdict = XHM_PERSISTENT_UNREADABLE;
    }
}

static void write_slot(const struct xhm_fault_region *region, uint32_t slot, const struct xhm_slot_content *content) {
    slots_write(&region->store, slot_at(region, content->generation, slot), id_of(slot), content);
}

void state_set_write(const struct xhm_fault_region *region, const struct xhm_persistent *state, uint64_t generation) {
    struct xhm_slot_content content = {.generation = generation};

    for (uint32_t i = 0; i < state->partition_count && i < region->geometry.state_slots; i++) {
        layout_put_partition(content.payload, &state->partitions[i]);
        write_slot(region, i + 1, &content);
    }
    layout_put_state(content.payload, state);
    write_slot(region, ecu_slot, &content);
}
