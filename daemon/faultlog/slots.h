/**
 * Slots: records in a buffer that is either as it was before a write or as it is after, wherever the write was cut off.
 *
 * Pure: a slot is 512 bytes of the caller's memory. Every byte goes there through the port `xhm_store`, in an order
 * that docs/fault-memory.md explains; the tests cut that port off at every byte.
 */
#ifndef XHM_FAULTLOG_SLOTS_H
#define XHM_FAULTLOG_SLOTS_H

#include <stddef.h>
#include <stdint.h>

/** One slot: a sector, so that a disk that tears a write between sectors never harms a neighbour. */
#define XHM_SLOT_SIZE    512u
/** Room for a record in it. */
#define XHM_SLOT_PAYLOAD 488u
/** Version of the layout of every kind of record; a change of any structure in layout.h needs a new one. */
#define XHM_SLOT_VERSION 2u

/** The port through which stored bytes are written: copies @p size bytes to @p destination, in the order of the calls.
 */
struct xhm_store {
    void (*store)(void *context, void *destination, const void *source, size_t size);
    void *context;
};

/** What a slot holds. Numbers are on disk. */
enum xhm_slot_kind {
    XHM_SLOT_HEADER = 1,
    XHM_SLOT_FAULT = 2,
    XHM_SLOT_EVENT = 3,
    XHM_SLOT_STATE = 4,     /**< what the next life must know of the ECU: struct xhm_persistent */
    XHM_SLOT_PARTITION = 5, /**< likewise of one partition */
};

/** What reading a slot found. */
enum xhm_slot_verdict {
    XHM_SLOT_EMPTY,         /**< never written, or erased */
    XHM_SLOT_VALID,         /**< a whole record of this kind, place and version */
    XHM_SLOT_UNFINISHED,    /**< a write that was cut off: nothing that was complete is lost */
    XHM_SLOT_DAMAGED,       /**< a record that was complete once and is not now, or bytes of something else */
    XHM_SLOT_OTHER_VERSION, /**< whole, but written by a build with another layout */
};

/** Names a slot. It is part of what the checksum covers: a record that turns up elsewhere is damaged. */
struct xhm_slot_id {
    enum xhm_slot_kind kind;
    uint32_t index;
};

/** The content of a slot: of two copies the one with the higher generation counts. */
struct xhm_slot_content {
    uint64_t generation;
    uint8_t payload[XHM_SLOT_PAYLOAD];
};

/** Writes @p content over the slot at @p slot. */
void slots_write(const struct xhm_store *store, void *slot, struct xhm_slot_id id,
                 const struct xhm_slot_content *content);

/** Reads the slot at @p slot; fills @p content when it is valid. */
enum xhm_slot_verdict slots_read(const void *slot, struct xhm_slot_id id, struct xhm_slot_content *content);

/** Makes the slot at @p slot empty. */
void slots_erase(const struct xhm_store *store, void *slot);

#endif
