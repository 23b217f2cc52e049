/**
 * Private to the fault memory: where its slots are in the buffer, and reading and writing them in two copies.
 */
#ifndef XHM_FAULTLOG_REGIONS_H
#define XHM_FAULTLOG_REGIONS_H

#include "fault_memory.h"

/** Copies of a header or a fault record. Generation g is written to copy g % 2, so the newest is never overwritten. */
#define XHM_COPIES 2u

/** What two copies of one record say together. */
struct xhm_pair_reading {
    bool found;         /**< `content` is the newest readable copy */
    bool damaged;       /**< one of them held damage */
    bool missing;       /**< one of them is empty and should not be: lost, or never reached storage */
    bool other_version; /**< one of them is whole, but of another version */
    struct xhm_slot_content content;
};

/** Reads both copies of a header (index 0) or of a fault record. */
void regions_read_pair(const struct xhm_fault_region *region, struct xhm_slot_id id, struct xhm_pair_reading *reading);

/** Writes @p content over the older copy; its generation must be one more than the newest's. */
void regions_write_pair(const struct xhm_fault_region *region, struct xhm_slot_id id,
                        const struct xhm_slot_content *content);

/** Empties both copies, the newest, which has @p newest, last: cut off between them it is as it was. */
void regions_erase_pair(const struct xhm_fault_region *region, struct xhm_slot_id id, uint64_t newest);

/** Slot of the ring for events whose sequence gives @p index. */
uint8_t *regions_event_slot(const struct xhm_fault_region *region, uint32_t index);

/** Where the areas of the state begin: behind the ring. */
uint8_t *regions_state(const struct xhm_fault_region *region);

/** Index into the ring of the event with @p sequence. */
uint32_t regions_event_index(const struct xhm_fault_geometry *geometry, uint64_t sequence);

/** Reads the event with @p sequence. @return false when the ring does not hold it */
bool regions_read_event(const struct xhm_fault_region *region, uint64_t sequence, struct xhm_held_event *event);

/** The lowest sequence that a ring whose newest event is @p newest can hold. */
uint64_t regions_oldest_event(const struct xhm_fault_geometry *geometry, uint64_t newest);

/** Writes the memory's header. */
void fault_memory_save_header(struct xhm_fault_memory *memory);

/** Writes fault record @p index. */
void fault_memory_save_entry(struct xhm_fault_memory *memory, uint32_t index);

/** Makes fault record @p index free. */
void fault_memory_drop_entry(struct xhm_fault_memory *memory, uint32_t index);

/** Brings the fault records that @p event is about up to date with it; @p create: makes one when there is none. */
void fault_memory_apply(struct xhm_fault_memory *memory, const struct xhm_held_event *event, bool create);

#endif
