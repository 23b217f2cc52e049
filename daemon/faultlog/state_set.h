/**
 * Private to the fault memory: the state that outlives the supervisor (struct xhm_persistent), as a set of slots that
 * is read as a whole or not at all.
 *
 * There are two areas, each with a slot for the ECU and one for each partition. Set g is written to area g % 2, its ECU
 * slot last; all slots of a set carry g. A set that was cut off leaves the one before. Where damage could hide a newer
 * set than the best whole one, there is no answer: an old latch must not pass for the present one.
 */
#ifndef XHM_FAULTLOG_STATE_SET_H
#define XHM_FAULTLOG_STATE_SET_H

#include "fault_memory.h"

/** What both areas say together. */
struct xhm_state_reading {
    enum xhm_persistent_reading verdict; /**< NONE: nothing was ever written */
    uint64_t generation;                 /**< of the set that was read, 0: none was */
    uint64_t highest;                    /**< of any slot, those of unfinished sets included */
};

/** Bytes of both areas. */
size_t state_set_size(const struct xhm_fault_geometry *geometry);

/**
 * Reads the newest whole set to @p state. @p clean: the life before said that everything was on storage, so that an
 * area that was written once and is empty now was lost.
 */
void state_set_read(const struct xhm_fault_region *region, bool clean, struct xhm_persistent *state,
                    struct xhm_state_reading *reading);

/** Writes @p state as set @p generation. */
void state_set_write(const struct xhm_fault_region *region, const struct xhm_persistent *state, uint64_t generation);

#endif
