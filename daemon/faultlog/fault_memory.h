/**
 * The fault memory over a buffer: pure, no file, no clock. What it guarantees and how is in docs/fault-memory.md.
 *
 * The buffer is the memory; the structure is only what was read from it, so that a decision never depends on bytes that
 * something else may have changed since. One thread works on it.
 */
#ifndef XHM_FAULTLOG_FAULT_MEMORY_H
#define XHM_FAULTLOG_FAULT_MEMORY_H

#include "injection_marks.h"
#include "layout.h"

/** Capacities of a real memory. */
#define XHM_FAULT_SLOTS 256u
#define XHM_EVENT_SLOTS 1024u

/** What opening found. */
struct xhm_fault_findings {
    uint32_t damaged;   /**< slots that held damage: repaired from their copy, or dropped */
    uint32_t dropped;   /**< of those, the ones without a good copy */
    uint32_t reapplied; /**< events that had not reached their fault record yet */
    bool header_lost;   /**< no copy of the header was readable: counts and ids were taken from the records */
    bool clean;         /**< the life before said that it ended */
};

/** Verdict of opening. Only the first leaves a memory that can be used. */
enum xhm_fault_opening {
    XHM_FAULT_OPENED,
    XHM_FAULT_OTHER_ECU,    /**< whole, and of another ECU: untouched */
    XHM_FAULT_OTHER_FORMAT, /**< whole, and of another version or geometry: untouched */
};

/** Who opens it. */
struct xhm_fault_identity {
    char ecu_id[XHM_NAME_SIZE];
    uint8_t boot_id[XHM_BOOT_ID_SIZE];
};

/** Where a memory is, and through what it is written. */
struct xhm_fault_region {
    uint8_t *bytes;
    struct xhm_fault_geometry geometry;
    struct xhm_store store;
};

/** An opened memory. */
struct xhm_fault_memory {
    struct xhm_fault_region region;
    struct xhm_fault_identity identity;
    struct xhm_fault_header header;
    uint64_t header_generation;
    uint64_t held_sequence;                /**< of the newest event in the ring */
    struct xhm_injection_marks injections; /**< under way in this life */
    struct xhm_fault_entry entries[XHM_FAULT_SLOTS];
    uint64_t generations[XHM_FAULT_SLOTS];     /**< of each entry's slot, whether or not it holds one */
    enum xhm_persistent_reading state_reading; /**< what opening found */
    uint64_t state_held;                       /**< generation of `state`, 0: none is held */
    uint64_t state_highest;                    /**< generation that any slot may carry */
    struct xhm_persistent state;               /**< as read, or as written last */
};

/** Bytes of a memory of that geometry. */
size_t fault_memory_size(const struct xhm_fault_geometry *geometry);

/** Makes an empty memory in @p region, whose bytes must be zero. */
void fault_memory_format(const struct xhm_fault_region *region, const char *ecu_id);

/**
 * Opens the memory in @p region and begins a new life of the supervisor in it. Any bytes are allowed: damage is
 * repaired or dropped, and counted. The capacities are at most XHM_FAULT_SLOTS and XHM_EVENT_SLOTS, and not 0.
 */
enum xhm_fault_opening fault_memory_open(struct xhm_fault_memory *memory, const struct xhm_fault_region *region,
                                         const struct xhm_fault_identity *identity,
                                         struct xhm_fault_findings *findings);

/** Goes on in other bytes of the same size: writes everything that is known by heart to @p bytes. */
void fault_memory_move(struct xhm_fault_memory *memory, uint8_t *bytes);

/**
 * Holds an event, and keeps its fault when it is about one.
 * @return false when an event with this sequence, or a later one, is held already
 */
bool fault_memory_record(struct xhm_fault_memory *memory, const struct xhm_record *record);

/** Keeps @p state for the next life, as a whole or, when that is cut off, not at all. */
void fault_memory_state(struct xhm_fault_memory *memory, const struct xhm_persistent *state);

/** Remembers that delegated task ids up to @p task_id were given out. */
void fault_memory_task_id(struct xhm_fault_memory *memory, uint64_t task_id);

/** Says that everything recorded so far is on storage. @return false when it was said already: nothing was written */
bool fault_memory_commit(struct xhm_fault_memory *memory);

/** Says that this life ended as it should. */
void fault_memory_end(struct xhm_fault_memory *memory);

/** Copies up to @p capacity fault records for the API, newest first. @return their number */
uint32_t fault_memory_faults(const struct xhm_fault_memory *memory, struct xhm_fault_record *records,
                             uint32_t capacity);

/** Copies the newest events of the ring, up to @p capacity, oldest first. @return their number */
uint32_t fault_memory_events(const struct xhm_fault_memory *memory, struct xhm_record *records, uint32_t capacity);

#endif
